#include "harness/wire_pattern.h"

#include <ctype.h>
#include <string.h>

#include "emulator/base/clock.h"

struct placeholder {
    const char *name;
    bool (*fits)(struct text part);
};

static bool fits_any(struct text part) {
    return part.size > 0;
}

static bool consists_of(struct text part, const char *characters) {
    for (size_t i = 0; i < part.size; i++) {
        if (!part.data[i] || !strchr(characters, part.data[i])) {
            return false;
        }
    }
    return part.size > 0;
}

static bool fits_digits(struct text part) {
    return consists_of(part, "0123456789");
}

static bool fits_hex(struct text part) {
    return consists_of(part, "0123456789abcdefABCDEF");
}

static bool fits_word(struct text part) {
    return consists_of(part, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.+/=");
}

static bool fits_uuid(struct text part) {
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (part.size != sizeof shape - 1) {
        return false;
    }
    for (size_t i = 0; i < part.size; i++) {
        if (shape[i] == '-' ? part.data[i] != '-' : !isxdigit((unsigned char)part.data[i])) {
            return false;
        }
    }
    return true;
}

/* ISO 8601, an HTTP date, or seconds since 1970 with or without a fraction. */
static bool fits_timestamp(struct text part) {
    int64_t time_ms;
    double seconds;
    return clock_parse(part, &time_ms) || (text_to_double(part, &seconds) && seconds > 1e9 && seconds < 1e14);
}

static const struct placeholder placeholders[] = {
    {"any", fits_any}, {"uuid", fits_uuid},           {"digits", fits_digits},
    {"hex", fits_hex}, {"timestamp", fits_timestamp}, {"word", fits_word},
};

static struct text find_capture(const struct wire_captures *captures, struct text name) {
    for (const struct wire_capture *capture = captures->first; capture; capture = capture->next) {
        if (text_same(capture->name, name)) {
            return capture->value;
        }
    }
    return TEXT_NONE;
}

static void add_capture(struct wire_captures *captures, struct text name, struct text value) {
    struct wire_capture *capture = arena_alloc(captures->arena, sizeof *capture);
    *capture = (struct wire_capture){arena_text(captures->arena, name), arena_text(captures->arena, value),
                                     captures->first};
    captures->first = capture;
}

/* The inside of "{{...}}" at the start of the text; absent when none begins there. */
static struct text inside_braces(struct text text) {
    if (!text_starts_with(text, "{{")) {
        return TEXT_NONE;
    }
    ptrdiff_t end = text_find(text, "}}");
    return end < 0 ? TEXT_NONE : text_slice(text, 2, (size_t)end - 2);
}

static const struct placeholder *find_placeholder(struct text name) {
    for (size_t i = 0; i < sizeof placeholders / sizeof placeholders[0]; i++) {
        if (text_equals(name, placeholders[i].name)) {
            return &placeholders[i];
        }
    }
    return NULL;
}

static bool match(struct wire_captures *captures, struct text pattern, struct text found, size_t offset,
                  size_t *reached);

static bool match_placeholder(struct wire_captures *captures, const struct placeholder *placeholder,
                              struct text name, struct text pattern, struct text found, size_t offset,
                              size_t *reached) {
    for (size_t end = offset + 1; end <= found.size; end++) {
        struct text part = text_slice(found, offset, end - offset);
        if (!placeholder->fits(part)) {
            continue;
        }
        struct wire_capture *before = captures->first;
        if (name.data) {
            add_capture(captures, name, part);
        }
        if (match(captures, pattern, found, end, reached)) {
            return true;
        }
        captures->first = before;
    }
    return false;
}

static bool match(struct wire_captures *captures, struct text pattern, struct text found, size_t offset,
                  size_t *reached) {
    while (pattern.size > 0) {
        *reached = offset > *reached ? offset : *reached;
        struct text inside = inside_braces(pattern);
        if (inside.data && inside.size > 0) {
            struct text rest = text_slice(pattern, inside.size + 4, pattern.size);
            struct text name = inside;
            struct text kind = text_cut(&name, ':');
            const struct placeholder *placeholder = find_placeholder(kind);
            if (placeholder) {
                return match_placeholder(captures, placeholder, name, rest, found, offset, reached);
            }
        }
        if (offset >= found.size || found.data[offset] != pattern.data[0]) {
            return false;
        }
        offset++;
        pattern = text_slice(pattern, 1, pattern.size);
    }
    *reached = offset > *reached ? offset : *reached;
    return offset == found.size;
}

bool wire_pattern_match(struct wire_captures *captures, struct text pattern, struct text found,
                        size_t *reached) {
    size_t furthest = 0;
    struct text expanded = wire_pattern_expand(captures, pattern);
    bool good = match(captures, expanded, found.data ? found : TEXT(""), 0, &furthest);
    if (reached) {
        *reached = furthest;
    }
    return good;
}

struct text wire_pattern_expand(struct wire_captures *captures, struct text source) {
    struct strbuf buffer = STRBUF_INIT;
    size_t offset = 0;
    while (offset < source.size) {
        struct text rest = text_slice(source, offset, source.size);
        struct text inside = inside_braces(rest);
        struct text value = TEXT_NONE;
        if (text_starts_with(inside, "=")) {
            value = find_capture(captures, text_slice(inside, 1, inside.size));
        }
        if (value.data) {
            strbuf_append_text(&buffer, value);
            offset += inside.size + 4;
        } else {
            strbuf_append_char(&buffer, rest.data[0]);
            offset++;
        }
    }
    struct text expanded = arena_text(captures->arena, buffer.data ? strbuf_text(&buffer) : TEXT(""));
    strbuf_release(&buffer);
    return expanded;
}
