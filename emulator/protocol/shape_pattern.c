#include "emulator/protocol/shape_pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "emulator/base/die.h"

/* Backtracking steps of one match: stops a hostile subject, never an honest one. */
#define MATCH_LIMIT 4000000
#define JIT_STACK_START ((size_t)32 * 1024)
#define JIT_STACK_LIMIT ((size_t)4 * 1024 * 1024)
#define CACHE_START 256

struct compiled_pattern {
    const char *pattern; /* the key: patterns are constants, one address each; NULL: a free place */
    char *text;          /* what stood there: a test's model may give its memory to the next one's */
    pcre2_code *code;    /* NULL: does not compile */
    bool just_in_time;
};

/*
 * What has been compiled so far. A pure memo: it holds nothing but what the constant tables imply, so it is
 * the one variable in this room that outlives a call.
 */
static struct {
    struct compiled_pattern *places;
    size_t capacity; /* a power of two */
    size_t count;
    pcre2_match_data *match;
    pcre2_match_context *context;
} cache;

static int hex_digit(char byte) {
    return byte >= '0' && byte <= '9'   ? byte - '0'
           : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
           : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10
                                        : -1;
}

/* Reads XXXX of \uXXXX; -1 when it is none. */
static int read_unit(const char *escape) {
    if (escape[0] != '\\' || escape[1] != 'u') {
        return -1;
    }
    int unit = 0;
    for (int index = 2; index < 6; index++) {
        int digit = hex_digit(escape[index]);
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
    }
    return unit;
}

/* Java's POSIX classes (ASCII only, as in Java without UNICODE_CHARACTER_CLASS), for use in and out of []. */
static const char *const java_classes[][2] = {
    {"\\p{Alnum}", "a-zA-Z0-9"},
    {"\\p{Alpha}", "a-zA-Z"},
    {"\\p{Digit}", "0-9"},
    {"\\p{Lower}", "a-z"},
    {"\\p{Upper}", "A-Z"},
    {"\\p{Space}", "\\x09-\\x0d\\x20"},
    {"\\p{Blank}", "\\x20\\x09"},
    {"\\p{Punct}", "\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e"},
    {"\\p{Graph}", "\\x21-\\x7e"},
    {"\\p{Print}", "\\x20-\\x7e"},
    {"\\p{ASCII}", "\\x00-\\x7f"},
    {"\\p{Cntrl}", "\\x00-\\x1f\\x7f"},
    {"\\p{IsAlphabetic}", "\\p{L}\\p{Nl}"},
    {"\\p{IsDigit}", "\\p{Nd}"},
};

/* Appends the translation of a Java class at `at`; 0 when there is none, else the bytes it took. */
static size_t translate_class(struct strbuf *buffer, const char *at, bool in_class) {
    for (size_t index = 0; index < sizeof(java_classes) / sizeof(java_classes[0]); index++) {
        size_t size = strlen(java_classes[index][0]);
        if (strncmp(at, java_classes[index][0], size) == 0) {
            strbuf_append_string(buffer, in_class ? "" : "[");
            strbuf_append_string(buffer, java_classes[index][1]);
            strbuf_append_string(buffer, in_class ? "" : "]");
            return size;
        }
    }
    return 0;
}

/* A hyphen after \w and the like is itself; PCRE2 would take it for a broken range. */
static bool append_escape(struct strbuf *buffer, const char *at, bool in_class, size_t *taken) {
    strbuf_append(buffer, at, 2);
    *taken = 2;
    if (strchr("pP", at[1]) && at[2] == '{' && strchr(at, '}')) {
        *taken = (size_t)(strchr(at, '}') - at) + 1;
        strbuf_append(buffer, at + 2, *taken - 2);
    } else if (!strchr("wWdDsShH", at[1])) {
        return false;
    }
    return in_class && at[*taken] == '-' && at[*taken + 1] != ']';
}

/* "{1,100000}": PCRE2 counts to 65535 only, beyond which the shape's own maximum decides. 0: no such one. */
static size_t translate_repeat(struct strbuf *buffer, const char *at) {
    unsigned minimum;
    unsigned maximum;
    int size = 0;
    if (sscanf(at, "{%5u,%8u}%n", &minimum, &maximum, &size) < 2 || size == 0 || maximum <= 65535) {
        return 0;
    }
    strbuf_printf(buffer, "{%u,}", minimum);
    return (size_t)size;
}

void shape_pattern_translate(struct strbuf *buffer, const char *pattern) {
    bool in_class = false;
    for (const char *at = pattern; *at;) {
        int unit = read_unit(at);
        if (unit >= 0) {
            at += 6;
            int low = unit >= 0xd800 && unit < 0xdc00 ? read_unit(at) : -1;
            if (low >= 0xdc00 && low < 0xe000) {
                unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                at += 6;
            }
            strbuf_printf(buffer, "\\x{%x}", (unsigned)unit);
            continue;
        }
        size_t taken = *at == '\\'  ? translate_class(buffer, at, in_class)
                       : *at == '{' ? translate_repeat(buffer, at)
                                    : 0;
        if (taken) {
            at += taken;
        } else if (*at == '\\' && at[1]) {
            bool hyphen = append_escape(buffer, at, in_class, &taken);
            at += taken + hyphen;
            strbuf_append_string(buffer, hyphen ? "\\-" : "");
        } else if (*at == '[' && in_class) {
            strbuf_append_string(buffer, "\\["); /* [: and [. begin something else in PCRE2 */
            at++;
        } else {
            in_class = *at == '[' || (in_class && *at != ']');
            strbuf_append_char(buffer, *at++);
        }
    }
}

static pcre2_code *compile(const char *pattern) {
    struct strbuf buffer = STRBUF_INIT;
    shape_pattern_translate(&buffer, pattern);
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    pcre2_set_compile_extra_options(context, PCRE2_EXTRA_ALLOW_SURROGATE_ESCAPES);
    int error = 0;
    PCRE2_SIZE offset = 0;
    struct text text = strbuf_text(&buffer);
    /* PCRE2_DOTALL is not set: `.` does not match a line feed in Java either. */
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)text.data, text.size,
                                     PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NEVER_BACKSLASH_C,
                                     &error, &offset, context);
    pcre2_compile_context_free(context);
    strbuf_release(&buffer);
    return code;
}

bool shape_pattern_compiles(const char *pattern) {
    pcre2_code *code = compile(pattern);
    bool compiles = code != NULL;
    pcre2_code_free(code);
    return compiles;
}

static struct compiled_pattern *place_of(const char *pattern) {
    uint64_t hash = (uint64_t)(uintptr_t)pattern * UINT64_C(0x9e3779b97f4a7c15);
    size_t place = (size_t)(hash >> 32) & (cache.capacity - 1);
    while (cache.places[place].pattern && cache.places[place].pattern != pattern) {
        place = (place + 1) & (cache.capacity - 1);
    }
    return &cache.places[place];
}

static void grow_cache(void) {
    struct compiled_pattern *old = cache.places;
    size_t old_capacity = cache.capacity;
    cache.capacity = old_capacity ? old_capacity * 2 : CACHE_START;
    cache.places = xcalloc(cache.capacity, sizeof(*cache.places));
    for (size_t index = 0; index < old_capacity; index++) {
        if (old[index].pattern) {
            *place_of(old[index].pattern) = old[index];
        }
    }
    free(old);
}

static void compile_at(struct compiled_pattern *place, const char *pattern) {
    pcre2_code_free(place->code);
    free(place->text);
    place->pattern = pattern;
    place->text = xstrdup(pattern);
    place->code = compile(pattern);
    place->just_in_time = place->code && pcre2_jit_compile(place->code, PCRE2_JIT_COMPLETE) == 0;
}

static const struct compiled_pattern *compiled(const char *pattern) {
    if (cache.capacity) {
        struct compiled_pattern *known = place_of(pattern);
        if (known->pattern && strcmp(known->text, pattern) != 0) {
            compile_at(known, pattern);
        }
        if (known->pattern) {
            return known;
        }
    }
    if (cache.count * 2 >= cache.capacity) {
        grow_cache();
    }
    if (!cache.context) {
        cache.context = pcre2_match_context_create(NULL);
        cache.match = pcre2_match_data_create(1, NULL);
        pcre2_set_match_limit(cache.context, MATCH_LIMIT);
        pcre2_jit_stack *stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_LIMIT, NULL);
        pcre2_jit_stack_assign(cache.context, NULL, stack);
    }
    struct compiled_pattern *place = place_of(pattern);
    compile_at(place, pattern);
    cache.count++;
    return place;
}

static bool is_ascii(struct text text) {
    unsigned char all = 0;
    for (size_t index = 0; index < text.size; index++) {
        all |= (unsigned char)text.data[index];
    }
    return all < 0x80;
}

bool shape_pattern_matches(const char *pattern, struct text subject) {
    const struct compiled_pattern *known = compiled(pattern);
    if (!known->code) {
        return true;
    }
    subject = subject.data ? subject : TEXT("");
    PCRE2_SPTR data = (PCRE2_SPTR)subject.data;
    /* The quick entry checks nothing, so it gets only what cannot be malformed UTF-8. */
    int found = known->just_in_time && is_ascii(subject)
                    ? pcre2_jit_match(known->code, data, subject.size, 0, 0, cache.match, cache.context)
                    : pcre2_match(known->code, data, subject.size, 0, 0, cache.match, cache.context);
    if (found == PCRE2_ERROR_JIT_STACKLIMIT) {
        found = pcre2_match(known->code, data, subject.size, 0, PCRE2_NO_JIT, cache.match, cache.context);
    }
    return found >= 0;
}
