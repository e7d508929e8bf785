/* Tokens of PartiQL; for partiql_*.c only. */
#ifndef STACKRIG_PARTIQL_LEXER_H
#define STACKRIG_PARTIQL_LEXER_H

#include "services/dynamodb/partiql.h"

enum partiql_token_kind {
    PARTIQL_END,
    PARTIQL_WORD,   /* bare: keyword or name */
    PARTIQL_QUOTED, /* "name" */
    PARTIQL_STRING, /* 'text' */
    PARTIQL_NUMBER,
    PARTIQL_SYMBOL,
    PARTIQL_BAD,
};

struct partiql_parser {
    struct arena *arena;
    struct text source;
    size_t at;
    size_t begin; /* of the current token */
    enum partiql_token_kind kind;
    struct text text; /* of the current token, quotes undone */
    const struct json_value *next_parameter;
    int depth;
    bool in_item;        /* members of the outermost map are roots themselves */
    const char *place;   /* of the value that is read, for messages: "root.a[1]" */
    const char *message; /* set: stop */
};

#define NOT_WELL_FORMED "Statement wasn't well formed, can't be processed: "

void partiql_advance(struct partiql_parser *parser);
bool partiql_at(const struct partiql_parser *parser, const char *symbol);
bool partiql_at_word(const struct partiql_parser *parser, const char *word);
/* Skips it when it is there. */
bool partiql_take(struct partiql_parser *parser, const char *symbol);
bool partiql_take_word(struct partiql_parser *parser, const char *word);
/* Sets the message for the current token; returns NULL for callers to pass on. */
void *partiql_unexpected(struct partiql_parser *parser);
/* The same with these words, and with where the token stands: " at line:column:length". */
void *partiql_refuse(struct partiql_parser *parser, const char *message);
void *partiql_refuse_at(struct partiql_parser *parser, const char *message,
                        const struct partiql_parser *token);
bool partiql_expect(struct partiql_parser *parser, const char *symbol);
bool partiql_expect_word(struct partiql_parser *parser, const char *word);

/* partiql_values.c; NULL and false: message. */
struct attribute *partiql_value(struct partiql_parser *parser);
bool partiql_path(struct partiql_parser *parser, struct document_path *path);
struct node *partiql_operand(struct partiql_parser *parser);
/* A name and an opening bracket follow. */
bool partiql_at_call(struct partiql_parser *parser);
struct node *partiql_condition(struct partiql_parser *parser);
struct update_action *partiql_assignment(struct partiql_parser *parser);

#endif
