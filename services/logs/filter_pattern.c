/* Terms, and the choice between the three forms. The conditions of the other two: filter_condition.c. */
#include "services/logs/filter_pattern.h"

#include "emulator/base/json_value.h"
#include "emulator/base/pattern.h"
#include "services/logs/filter_condition.h"

enum pattern_form { FORM_TERMS, FORM_JSON, FORM_COLUMNS };
enum term_kind { TERM_REQUIRED, TERM_OPTIONAL, TERM_EXCLUDED };

struct term {
    enum term_kind kind;
    struct text text;
    struct pattern *regex; /* NULL: plain text */
    struct term *next;
};

struct filter_pattern {
    enum pattern_form form;
    struct term *terms;
    bool optional_only; /* one of the ?terms has to match; with other terms beside them they count for nothing
                         */
    struct filter_condition *condition; /* FORM_JSON */
    struct filter_columns *columns;     /* FORM_COLUMNS */
};

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Letters, digits, underscore and everything outside ASCII need no quotes. */
static bool is_plain(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || (unsigned char)byte >= 0x80;
}

/* ---- Reading terms ---- */

/* "..." with \" and \\ inside. False: the end is missing. */
static bool read_quoted(struct arena *arena, struct text *rest, struct text *out) {
    char *copy = arena_alloc(arena, rest->size + 1);
    size_t size = 0;
    for (size_t i = 1; i < rest->size; i++) {
        char byte = rest->data[i];
        if (byte == '"') {
            *out = (struct text){copy, size};
            *rest = text_slice(*rest, i + 1, rest->size);
            return true;
        }
        if (byte == '\\' && i + 1 < rest->size) {
            byte = rest->data[++i];
        }
        copy[size++] = byte;
    }
    return false;
}

static bool read_regex(struct arena *arena, struct text *rest, struct term *term) {
    ptrdiff_t end = text_find_char(text_slice(*rest, 1, rest->size), '%');
    if (end < 0) {
        return false;
    }
    term->regex = pattern_compile(arena, text_slice(*rest, 1, (size_t)end), NULL);
    *rest = text_slice(*rest, (size_t)end + 2, rest->size);
    return term->regex;
}

static bool read_word(struct arena *arena, struct text *rest, struct text *out, const char **message) {
    size_t size = 0;
    bool plain = true;
    while (size < rest->size && !is_blank(rest->data[size])) {
        plain = plain && is_plain(rest->data[size]);
        size++;
    }
    *out = text_slice(*rest, 0, size);
    *rest = text_slice(*rest, size, rest->size);
    if (!plain) {
        *message = arena_printf(arena, "Invalid character(s) in term '%.*s'", TEXT_ARGUMENTS(*out));
    }
    return plain && size > 0;
}

/* One term off the front of *rest, which begins with no blank. */
static bool read_term(struct arena *arena, struct text *rest, struct term *term, const char **message) {
    char first = rest->data[0];
    if (first == '-' || first == '?') {
        term->kind = first == '-' ? TERM_EXCLUDED : TERM_OPTIONAL;
        *rest = text_slice(*rest, 1, rest->size);
    }
    if (rest->size == 0) {
        return false;
    }
    switch (rest->data[0]) {
    case '"':
        return read_quoted(arena, rest, &term->text);
    case '%':
        return read_regex(arena, rest, term);
    default:
        return read_word(arena, rest, &term->text, message);
    }
}

static bool read_terms(struct arena *arena, struct text source, struct filter_pattern *pattern,
                       const char **message) {
    struct term **end = &pattern->terms;
    pattern->optional_only = true;
    for (;;) {
        while (source.size > 0 && is_blank(source.data[0])) {
            source = text_slice(source, 1, source.size);
        }
        if (source.size == 0) {
            return true;
        }
        struct term *term = arena_zalloc(arena, sizeof(*term));
        if (!read_term(arena, &source, term, message)) {
            return false;
        }
        pattern->optional_only = pattern->optional_only && term->kind == TERM_OPTIONAL;
        *end = term;
        end = &term->next;
    }
}

struct filter_pattern *filter_pattern_compile(struct arena *arena, struct text source, const char **message) {
    struct filter_pattern *pattern = arena_zalloc(arena, sizeof(*pattern));
    struct text text = text_trim(source);
    bool good;
    *message = "Invalid filter pattern";
    if (text_starts_with(text, "{")) {
        pattern->form = FORM_JSON;
        pattern->condition = filter_condition_parse(arena, text);
        good = pattern->condition;
    } else if (text_starts_with(text, "[")) {
        pattern->form = FORM_COLUMNS;
        pattern->columns = filter_columns_parse(arena, text);
        good = pattern->columns;
    } else {
        pattern->form = FORM_TERMS;
        good = read_terms(arena, text, pattern, message);
    }
    return good ? pattern : NULL;
}

/* ---- Matching ---- */

static bool contains(struct text message, struct text part) {
    return part.size == 0 || memmem(message.data, message.size, part.data, part.size);
}

static bool term_matches(const struct term *term, struct text message) {
    return term->regex ? pattern_matches(term->regex, message) : contains(message, term->text);
}

static bool terms_match(const struct filter_pattern *pattern, struct text message) {
    if (pattern->optional_only) {
        for (const struct term *term = pattern->terms; term; term = term->next) {
            if (term_matches(term, message)) {
                return true;
            }
        }
        return !pattern->terms;
    }
    for (const struct term *term = pattern->terms; term; term = term->next) {
        if (term->kind != TERM_OPTIONAL && term_matches(term, message) != (term->kind == TERM_REQUIRED)) {
            return false;
        }
    }
    return true;
}

bool filter_pattern_matches(const struct filter_pattern *pattern, struct text message, struct arena *arena) {
    switch (pattern->form) {
    case FORM_TERMS:
        return terms_match(pattern, message);
    case FORM_JSON: {
        const struct json_value *document = json_parse(arena, text_trim(message), NULL);
        return document && document->type == JSON_VALUE_OBJECT &&
               filter_condition_holds(pattern->condition, document);
    }
    case FORM_COLUMNS:
        return filter_columns_match(pattern->columns, message, arena);
    }
    return false;
}
