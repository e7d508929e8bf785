#include <ctype.h>

#include "services/dynamodb/expression_parser.h"

#define MAXIMUM_BYTES 4096
#define MAXIMUM_OPERATORS 300

static const char *const role_names[] = {
    [ROLE_CONDITION] = "ConditionExpression",        [ROLE_FILTER] = "FilterExpression",
    [ROLE_KEY_CONDITION] = "KeyConditionExpression", [ROLE_UPDATE] = "UpdateExpression",
    [ROLE_PROJECTION] = "ProjectionExpression",
};

/* ---- tokens ---- */

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static bool is_name_byte(char byte) {
    return isalnum((unsigned char)byte) || byte == '_';
}

static size_t run_of_name(struct text source, size_t from) {
    size_t end = from;
    while (end < source.size && is_name_byte(source.data[end])) {
        end++;
    }
    return end - from;
}

static struct token next_token(struct parser *parser) {
    struct text source = parser->source;
    while (parser->at < source.size && is_blank(source.data[parser->at])) {
        parser->at++;
    }
    struct token token = {.kind = TOKEN_END, .text = {source.data + parser->at, 0}};
    if (parser->at >= source.size) {
        return token;
    }
    char first = source.data[parser->at];
    size_t size = 1;
    if (first == '#' || first == ':') {
        size += run_of_name(source, parser->at + 1);
        token.kind = size == 1 ? TOKEN_BAD : first == '#' ? TOKEN_NAME : TOKEN_VALUE;
    } else if (isdigit((unsigned char)first)) {
        while (parser->at + size < source.size && isdigit((unsigned char)source.data[parser->at + size])) {
            size++;
        }
        token.kind = TOKEN_NUMBER;
    } else if (isalpha((unsigned char)first)) {
        size = run_of_name(source, parser->at);
        token.kind = TOKEN_WORD;
    } else if (strchr("=<>()[],.+-", first) && first != '\0') {
        char second = parser->at + 1 < source.size ? source.data[parser->at + 1] : '\0';
        size = (first == '<' && (second == '=' || second == '>')) || (first == '>' && second == '=') ? 2 : 1;
        token.kind = TOKEN_SYMBOL;
    } else {
        token.kind = TOKEN_BAD;
        while (parser->at + size < source.size && (source.data[parser->at + size] & 0xC0) == 0x80) {
            size++; /* the rest of a UTF-8 character */
        }
    }
    token.text.size = size;
    parser->at += size;
    return token;
}

void parser_advance(struct parser *parser) {
    parser->previous = parser->token;
    parser->token = parser->next;
    parser->next = next_token(parser);
}

bool parser_begin(struct parser *parser, struct placeholders *placeholders, enum expression_role role,
                  struct text source, const char **message) {
    *parser = (struct parser){
        .arena = placeholders->arena, .placeholders = placeholders, .role = role, .source = source};
    if (source.size > MAXIMUM_BYTES) {
        static const char text[] = "Expression size has exceeded the maximum allowed size";
        *message = role == ROLE_UPDATE ? arena_printf(parser->arena, "Invalid UpdateExpression: %s;", text)
                                       : arena_printf(parser->arena, "Invalid %s: %s; expression size: %zu",
                                                      role_names[role], text, source.size);
        return false;
    }
    parser_advance(parser);
    parser_advance(parser);
    parser->previous = (struct token){.text = TEXT_NONE};
    if (parser->token.kind == TOKEN_END) {
        *message =
            arena_printf(parser->arena, "Invalid %s: The expression can not be empty;", role_names[role]);
        return false;
    }
    return true;
}

bool parser_at_symbol(const struct parser *parser, const char *symbol) {
    return parser->token.kind == TOKEN_SYMBOL && text_equals(parser->token.text, symbol);
}

bool parser_at_word(const struct parser *parser, const char *word) {
    return parser->token.kind == TOKEN_WORD && text_equals_ignore_case(parser->token.text, word);
}

bool parser_expect(struct parser *parser, const char *symbol) {
    if (!parser_at_symbol(parser, symbol)) {
        parser_syntax_error(parser);
        return false;
    }
    parser_advance(parser);
    return true;
}

/* ---- mistakes ---- */

/* From the token before to the token after, as written. */
static struct text neighbourhood(const struct parser *parser) {
    const char *start = parser->previous.text.data ? parser->previous.text.data : parser->token.text.data;
    const struct token *last = parser->next.kind == TOKEN_END ? &parser->token : &parser->next;
    if (parser->token.kind == TOKEN_END) {
        return parser->previous.text.data ? parser->previous.text : parser->token.text;
    }
    return (struct text){start, (size_t)(last->text.data + last->text.size - start)};
}

void *parser_syntax_error(struct parser *parser) {
    if (!parser->syntax) {
        struct text token = parser->token.kind == TOKEN_END ? TEXT("<EOF>") : parser->token.text;
        parser->syntax = arena_printf(parser->arena, "Syntax error; token: \"%.*s\", near: \"%.*s\"",
                                      TEXT_ARGUMENTS(token), TEXT_ARGUMENTS(neighbourhood(parser)));
    }
    return NULL;
}

void parser_mistake(struct parser *parser, enum mistake mistake, const char *format, ...) {
    if (parser->mistakes[mistake]) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    parser->mistakes[mistake] = arena_vprintf(parser->arena, format, arguments);
    va_end(arguments);
}

void parser_count_operator(struct parser *parser) {
    parser->operators++;
}

const char *parser_verdict(struct parser *parser, const enum mistake *order) {
    const char *text = parser->syntax;
    if (!text && parser->operators > MAXIMUM_OPERATORS) {
        text = arena_printf(parser->arena, "The expression contains too many operators; operator count: %zu",
                            parser->operators);
    }
    for (size_t i = 0; !text && order[i] != MISTAKE_COUNT; i++) {
        text = parser->mistakes[order[i]];
    }
    return text ? arena_printf(parser->arena, "Invalid %s: %s", role_names[parser->role], text) : NULL;
}
