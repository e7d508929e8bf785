#include "services/dynamodb/partiql_lexer.h"

#include <ctype.h>

static bool is_word_byte(char byte) {
    return isalnum((unsigned char)byte) || byte == '_' || byte == '$';
}

/* 'it''s' or "a""b", the quote at `at`. */
static void read_quoted(struct partiql_parser *parser, char quote) {
    struct strbuf text = STRBUF_INIT;
    size_t at = parser->at + 1;
    parser->kind = PARTIQL_BAD;
    for (; at < parser->source.size; at++) {
        if (parser->source.data[at] == quote) {
            bool doubled = at + 1 < parser->source.size && parser->source.data[at + 1] == quote;
            if (!doubled) {
                parser->kind = quote == '"' ? PARTIQL_QUOTED : PARTIQL_STRING;
                at++;
                break;
            }
            at++;
        }
        strbuf_append_char(&text, parser->source.data[at]);
    }
    parser->text = arena_text(parser->arena, strbuf_text(&text));
    parser->at = at;
    strbuf_release(&text);
}

static size_t number_size_at(struct text source, size_t at) {
    size_t end = at;
    while (end < source.size && (isdigit((unsigned char)source.data[end]) || source.data[end] == '.')) {
        end++;
    }
    if (end < source.size && (source.data[end] == 'e' || source.data[end] == 'E')) {
        size_t digits = end + 1;
        digits += digits < source.size && (source.data[digits] == '+' || source.data[digits] == '-');
        if (digits < source.size && isdigit((unsigned char)source.data[digits])) {
            for (end = digits; end < source.size && isdigit((unsigned char)source.data[end]);) {
                end++;
            }
        }
    }
    return end - at;
}

/* Skips blanks and comments. False: a comment that does not end. */
static bool skip_blanks(struct partiql_parser *parser) {
    struct text source = parser->source;
    for (;;) {
        struct text rest = text_slice(source, parser->at, source.size);
        if (rest.size > 0 && isspace((unsigned char)rest.data[0])) {
            parser->at++;
        } else if (text_starts_with(rest, "--")) {
            while (parser->at < source.size && source.data[parser->at] != '\n') {
                parser->at++;
            }
        } else if (text_starts_with(rest, "/*")) {
            size_t end = parser->at + 2;
            while (end + 1 < source.size && (source.data[end] != '*' || source.data[end + 1] != '/')) {
                end++;
            }
            if (end + 1 >= source.size) {
                return false;
            }
            parser->at = end + 2;
        } else {
            return true;
        }
    }
}

void partiql_advance(struct partiql_parser *parser) {
    static const char *const pairs[] = {"<<", ">>", "<>", "<=", ">=", "!="};
    struct text source = parser->source;
    bool good = skip_blanks(parser);
    struct text rest = text_slice(source, parser->at, source.size);
    parser->begin = parser->at;
    parser->kind = PARTIQL_END;
    if (!good) {
        parser->kind = PARTIQL_BAD;
        parser->at = source.size;
        (void)partiql_refuse(parser, NOT_WELL_FORMED);
        return;
    }
    parser->text = TEXT("<EOF>");
    if (rest.size == 0 || (rest.size == 1 && rest.data[0] == ';')) {
        return;
    }
    char first = rest.data[0];
    size_t size = 1;
    if (first == '\'' || first == '"') {
        read_quoted(parser, first);
        if (parser->kind == PARTIQL_BAD) {
            (void)partiql_refuse(parser, NOT_WELL_FORMED);
        }
        return;
    }
    if (isdigit((unsigned char)first) ||
        (first == '.' && rest.size > 1 && isdigit((unsigned char)rest.data[1]))) {
        size = number_size_at(source, parser->at);
        parser->kind = PARTIQL_NUMBER;
    } else if (is_word_byte(first)) {
        while (size < rest.size && is_word_byte(rest.data[size])) {
            size++;
        }
        parser->kind = PARTIQL_WORD;
    } else {
        parser->kind = strchr("<>=!()[]{},.:?*+-|", first) && first ? PARTIQL_SYMBOL : PARTIQL_BAD;
        for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
            size = text_starts_with(rest, pairs[i]) ? 2 : size;
        }
    }
    parser->text = text_slice(rest, 0, size);
    parser->at += size;
    if (parser->kind == PARTIQL_BAD) {
        (void)partiql_refuse(parser, NOT_WELL_FORMED);
    }
}

bool partiql_at(const struct partiql_parser *parser, const char *symbol) {
    return parser->kind == PARTIQL_SYMBOL && text_equals(parser->text, symbol);
}

bool partiql_at_word(const struct partiql_parser *parser, const char *word) {
    return parser->kind == PARTIQL_WORD && text_equals_ignore_case(parser->text, word);
}

bool partiql_take(struct partiql_parser *parser, const char *symbol) {
    bool there = partiql_at(parser, symbol);
    if (there) {
        partiql_advance(parser);
    }
    return there;
}

bool partiql_take_word(struct partiql_parser *parser, const char *word) {
    bool there = partiql_at_word(parser, word);
    if (there) {
        partiql_advance(parser);
    }
    return there;
}

void *partiql_refuse(struct partiql_parser *parser, const char *message) {
    parser->message = parser->message ? parser->message : message;
    return NULL;
}

void *partiql_refuse_at(struct partiql_parser *parser, const char *message,
                        const struct partiql_parser *token) {
    size_t line = 1, column = 1, length = 0;
    for (size_t i = 0; i < token->at; i++) {
        char byte = parser->source.data[i];
        bool first = ((unsigned char)byte & 0xc0) != 0x80; /* of a character */
        if (i >= token->begin) {
            length += first;
        } else if (byte == '\n') {
            line++;
            column = 1;
        } else {
            column += first;
        }
    }
    return partiql_refuse(parser,
                          arena_printf(parser->arena, "%s at %zu:%zu:%zu", message, line, column, length));
}

void *partiql_unexpected(struct partiql_parser *parser) {
    return partiql_refuse(parser, arena_printf(parser->arena, NOT_WELL_FORMED "Unexpected token: %.*s",
                                               TEXT_ARGUMENTS(parser->text)));
}

bool partiql_expect(struct partiql_parser *parser, const char *symbol) {
    if (!partiql_take(parser, symbol)) {
        partiql_unexpected(parser);
        return false;
    }
    return true;
}

bool partiql_expect_word(struct partiql_parser *parser, const char *word) {
    if (!partiql_take_word(parser, word)) {
        partiql_unexpected(parser);
        return false;
    }
    return true;
}
