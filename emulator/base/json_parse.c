/* The reader: bytes to a tree that borrows them. The writer is in json_value.c. */
#include "emulator/base/json_value.h"

/*
 * Strings are scanned eight bytes at a time: a word without quote, backslash, control character and byte
 * above 0x7f is skipped at once; otherwise the first such byte decides.
 */
#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

struct parser {
    struct arena *arena;
    const char *start;
    const char *at;
    const char *end;
    const char *message; /* of the first error; at stands on the byte then */
    int depth;
    int values;
};

static bool parse_value(struct parser *parser, struct json_value *value);

static bool fail(struct parser *parser, const char *at, const char *message) {
    parser->at = at;
    parser->message = message;
    return false;
}

static inline void skip_blanks(struct parser *parser) {
    const char *at = parser->at;
    while (at < parser->end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) {
        at++;
    }
    parser->at = at;
}

/* ---- Strings ---- */

static inline bool is_plain(unsigned char byte) {
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* The first byte from `at` that needs a look, or the end. */
static inline const char *skip_plain(const char *at, const char *end) {
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        word = __builtin_bswap64(word);
#endif
        uint64_t quote = word ^ EACH_BYTE('"');
        uint64_t backslash = word ^ EACH_BYTE('\\');
        /* A borrow can only falsify bytes behind the first hit, so the first hit is right. */
        uint64_t hits = (((quote - EACH_BYTE(1)) & ~quote) | ((backslash - EACH_BYTE(1)) & ~backslash) |
                         ((word - EACH_BYTE(0x20)) & ~word) | word) &
                        EACH_BYTE(0x80);
        if (hits) {
            return at + (__builtin_ctzll(hits) >> 3);
        }
        at += 8;
    }
    while (at < end && is_plain((unsigned char)*at)) {
        at++;
    }
    return at;
}

/* Length of the UTF-8 sequence at `at` (first byte above 0x7f), 0 when it is not valid: overlong forms,
 * surrogates and what lies past U+10FFFF are not. */
static size_t utf8_length(const char *at, const char *end) {
    const unsigned char *b = (const unsigned char *)at;
    size_t rest = (size_t)(end - at);
    if (b[0] >= 0xc2 && b[0] <= 0xdf) {
        return rest >= 2 && (b[1] & 0xc0) == 0x80 ? 2 : 0;
    }
    if ((b[0] & 0xf0) == 0xe0) {
        unsigned char lowest = b[0] == 0xe0 ? 0xa0 : 0x80;
        unsigned char highest = b[0] == 0xed ? 0x9f : 0xbf;
        return rest >= 3 && b[1] >= lowest && b[1] <= highest && (b[2] & 0xc0) == 0x80 ? 3 : 0;
    }
    if (b[0] >= 0xf0 && b[0] <= 0xf4) {
        unsigned char lowest = b[0] == 0xf0 ? 0x90 : 0x80;
        unsigned char highest = b[0] == 0xf4 ? 0x8f : 0xbf;
        return rest >= 4 && b[1] >= lowest && b[1] <= highest && (b[2] & 0xc0) == 0x80 &&
                       (b[3] & 0xc0) == 0x80
                   ? 4
                   : 0;
    }
    return 0;
}

static int hex_value(char byte) {
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    char low = (char)(byte | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* The four digits of \uXXXX, or -1. */
static int32_t read_hex4(const char *at, const char *end) {
    if (end - at < 4) {
        return -1;
    }
    int32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(at[i]);
        if (digit < 0) {
            return -1;
        }
        unit = unit << 4 | digit;
    }
    return unit;
}

static char *put_utf8(char *out, uint32_t point) {
    if (point < 0x80) {
        *out++ = (char)point;
    } else if (point < 0x800) {
        *out++ = (char)(0xc0 | point >> 6);
        *out++ = (char)(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        *out++ = (char)(0xe0 | point >> 12);
        *out++ = (char)(0x80 | (point >> 6 & 0x3f));
        *out++ = (char)(0x80 | (point & 0x3f));
    } else {
        *out++ = (char)(0xf0 | point >> 18);
        *out++ = (char)(0x80 | (point >> 12 & 0x3f));
        *out++ = (char)(0x80 | (point >> 6 & 0x3f));
        *out++ = (char)(0x80 | (point & 0x3f));
    }
    return out;
}

/* *at stands behind "\u". */
static bool decode_unicode(struct parser *parser, const char **at, char **out) {
    int32_t unit = read_hex4(*at, parser->end);
    if (unit < 0) {
        return fail(parser, *at, "invalid \\u escape");
    }
    uint32_t point = (uint32_t)unit;
    const char *next = *at + 4;
    if (point >= 0xd800 && point <= 0xdfff) {
        int32_t low = -1;
        if (point < 0xdc00 && parser->end - next >= 6 && next[0] == '\\' && next[1] == 'u') {
            low = read_hex4(next + 2, parser->end);
        }
        if (low < 0xdc00 || low > 0xdfff) {
            return fail(parser, *at, "lone surrogate");
        }
        point = 0x10000 + ((point - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
        next += 6;
    }
    *out = put_utf8(*out, point);
    *at = next;
    return true;
}

/* *at stands behind the backslash. */
static bool decode_escape(struct parser *parser, const char **at, char **out) {
    static const char decoded[256] = {
        ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
        ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
    };
    if (*at == parser->end) {
        return fail(parser, *at, "unterminated string");
    }
    char letter = *(*at)++;
    if (letter == 'u') {
        return decode_unicode(parser, at, out);
    }
    char byte = decoded[(unsigned char)letter];
    if (!byte) {
        return fail(parser, *at - 1, "invalid escape");
    }
    *(*out)++ = byte;
    return true;
}

/* Closing quote of a string with escapes, by looking at backslashes only; NULL: unterminated. */
static const char *find_end_quote(const char *at, const char *end) {
    for (; at < end; at++) {
        if (*at == '"') {
            return at;
        }
        if (*at == '\\') {
            at++;
        }
    }
    return NULL;
}

/* The string from `start` (behind the quote) whose first backslash is at `at`. */
static bool parse_escaped(struct parser *parser, const char *start, const char *at, struct text *text) {
    const char *close = find_end_quote(at, parser->end);
    if (!close) {
        return fail(parser, parser->end, "unterminated string");
    }
    /* An escape is never shorter than what it stands for. */
    char *decoded = arena_alloc(parser->arena, (size_t)(close - start) + 1);
    char *out = decoded;
    const char *plain = start;
    for (;;) {
        memcpy(out, plain, (size_t)(at - plain));
        out += at - plain;
        plain = at;
        if (*at == '"') {
            break;
        }
        if (*at == '\\') {
            at++;
            if (!decode_escape(parser, &at, &out)) {
                return false;
            }
            plain = at;
        } else if ((unsigned char)*at < 0x20) {
            return fail(parser, at, "control character in string");
        } else {
            size_t length = utf8_length(at, parser->end);
            if (!length) {
                return fail(parser, at, "invalid UTF-8");
            }
            at += length;
        }
        at = skip_plain(at, parser->end);
    }
    *out = '\0';
    *text = (struct text){decoded, (size_t)(out - decoded)};
    parser->at = close + 1;
    return true;
}

/* parser->at stands on the opening quote. */
static inline bool parse_string(struct parser *parser, struct text *text) {
    const char *start = parser->at + 1;
    const char *at = start;
    for (;;) {
        at = skip_plain(at, parser->end);
        if (at == parser->end) {
            return fail(parser, at, "unterminated string");
        }
        if (*at == '"') {
            *text = (struct text){start, (size_t)(at - start)};
            parser->at = at + 1;
            return true;
        }
        if (*at == '\\') {
            return parse_escaped(parser, start, at, text);
        }
        if ((unsigned char)*at < 0x20) {
            return fail(parser, at, "control character in string");
        }
        size_t length = utf8_length(at, parser->end);
        if (!length) {
            return fail(parser, at, "invalid UTF-8");
        }
        at += length;
    }
}

/* ---- Numbers, literals ---- */

static inline bool is_digit(const char *at, const char *end) {
    return at < end && *at >= '0' && *at <= '9';
}

static const char *skip_digits(const char *at, const char *end) {
    while (is_digit(at, end)) {
        at++;
    }
    return at;
}

static bool parse_number(struct parser *parser, struct json_value *value) {
    const char *at = parser->at;
    const char *end = parser->end;
    at += *at == '-';
    if (!is_digit(at, end)) {
        return fail(parser, at, "invalid number");
    }
    at = *at == '0' ? at + 1 : skip_digits(at, end);
    if (at < end && *at == '.') {
        at++;
        if (!is_digit(at, end)) {
            return fail(parser, at, "invalid number");
        }
        at = skip_digits(at, end);
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < end && (*at == '+' || *at == '-');
        if (!is_digit(at, end)) {
            return fail(parser, at, "invalid number");
        }
        at = skip_digits(at, end);
    }
    value->type = JSON_VALUE_NUMBER;
    value->text = (struct text){parser->at, (size_t)(at - parser->at)};
    parser->at = at;
    return true;
}

static bool parse_literal(struct parser *parser, const char *word, size_t size, struct json_value *value,
                          enum json_type type) {
    if ((size_t)(parser->end - parser->at) < size || memcmp(parser->at, word, size) != 0) {
        return fail(parser, parser->at, "invalid token");
    }
    value->type = type;
    parser->at += size;
    return true;
}

/* ---- Arrays, objects ---- */

static struct json_value *new_value(struct parser *parser) {
    struct json_value *value = arena_alloc(parser->arena, sizeof(*value));
    *value = (struct json_value){.type = JSON_VALUE_NULL};
    return value;
}

static bool parse_key(struct parser *parser, struct json_value *member) {
    if (parser->at == parser->end || *parser->at != '"') {
        return fail(parser, parser->at, "expected a string as key");
    }
    if (!parse_string(parser, &member->key)) {
        return false;
    }
    skip_blanks(parser);
    if (parser->at == parser->end || *parser->at != ':') {
        return fail(parser, parser->at, "expected ':'");
    }
    parser->at++;
    skip_blanks(parser);
    return true;
}

/* parser->at stands on the opening bracket. */
static bool parse_children(struct parser *parser, struct json_value *parent, enum json_type type,
                           char close) {
    parent->type = type;
    if (++parser->depth > JSON_MAXIMUM_DEPTH) {
        return fail(parser, parser->at, "nested too deeply");
    }
    parser->at++;
    skip_blanks(parser);
    struct json_value **place = &parent->child;
    if (parser->at < parser->end && *parser->at == close) {
        parser->at++;
        parser->depth--;
        return true;
    }
    for (;;) {
        if (++parser->values > JSON_MAXIMUM_VALUES) {
            return fail(parser, parser->at, "too many values");
        }
        struct json_value *child = new_value(parser);
        if ((type == JSON_VALUE_OBJECT && !parse_key(parser, child)) || !parse_value(parser, child)) {
            return false;
        }
        *place = child;
        place = &child->next;
        parent->count++;
        skip_blanks(parser);
        if (parser->at == parser->end) {
            return fail(parser, parser->at, "unexpected end");
        }
        char byte = *parser->at++;
        if (byte == close) {
            parser->depth--;
            return true;
        }
        if (byte != ',') {
            return fail(parser, parser->at - 1, "expected ',' or a closing bracket");
        }
        skip_blanks(parser);
    }
}

static bool parse_value(struct parser *parser, struct json_value *value) {
    if (parser->at == parser->end) {
        return fail(parser, parser->at, "unexpected end");
    }
    const char *start = parser->at;
    bool good;
    switch (*start) {
    case '"':
        value->type = JSON_VALUE_STRING;
        good = parse_string(parser, &value->text);
        break;
    case '{':
        good = parse_children(parser, value, JSON_VALUE_OBJECT, '}');
        break;
    case '[':
        good = parse_children(parser, value, JSON_VALUE_ARRAY, ']');
        break;
    case 't':
        good = parse_literal(parser, "true", 4, value, JSON_VALUE_TRUE);
        break;
    case 'f':
        good = parse_literal(parser, "false", 5, value, JSON_VALUE_FALSE);
        break;
    case 'n':
        good = parse_literal(parser, "null", 4, value, JSON_VALUE_NULL);
        break;
    default:
        good = *start == '-' || is_digit(start, parser->end) ? parse_number(parser, value)
                                                             : fail(parser, start, "invalid token");
    }
    value->raw = (struct text){start, (size_t)(parser->at - start)};
    return good;
}

static void report(const struct parser *parser, struct json_error *error) {
    *error = (struct json_error){
        .offset = (size_t)(parser->at - parser->start), .line = 1, .column = 1, .message = parser->message};
    for (const char *at = parser->start; at < parser->at; at++) {
        error->column++;
        if (*at == '\n') {
            error->line++;
            error->column = 1;
        }
    }
}

struct json_value *json_parse(struct arena *arena, struct text source, struct json_error *error) {
    const char *start = source.data ? source.data : "";
    struct parser parser = {.arena = arena, .start = start, .at = start, .end = start + source.size};
    struct json_value *value = new_value(&parser);
    skip_blanks(&parser);
    bool good = parse_value(&parser, value);
    if (good) {
        skip_blanks(&parser);
        if (parser.at != parser.end) {
            good = fail(&parser, parser.at, "something after the value");
        }
    }
    if (!good && error) {
        report(&parser, error);
    }
    return good ? value : NULL;
}
