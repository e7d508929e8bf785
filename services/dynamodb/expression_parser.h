/* What the parsers of expressions share; for expression_*.c only. */
#ifndef STACKRIG_EXPRESSION_PARSER_H
#define STACKRIG_EXPRESSION_PARSER_H

#include "services/dynamodb/expression.h"

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,   /* a name, a keyword or a function */
    TOKEN_NAME,   /* #name */
    TOKEN_VALUE,  /* :value */
    TOKEN_NUMBER, /* of an index */
    TOKEN_SYMBOL, /* one of = <> < <= > >= ( ) [ ] , . + - */
    TOKEN_BAD,
};

struct token {
    enum token_kind kind;
    struct text text;
};

/* Mistakes that do not stop the parser; which one is told is decided at its end. */
enum mistake {
    MISTAKE_PARENTHESES,
    MISTAKE_UNKNOWN_FUNCTION,
    MISTAKE_MISUSED_FUNCTION,
    MISTAKE_RESERVED,
    MISTAKE_SECTION,
    MISTAKE_CONDITION, /* the first of the four below in the first condition that has one */
    MISTAKE_PLACEHOLDER,
    MISTAKE_OPERAND,
    MISTAKE_DISTINCT,
    MISTAKE_FUNCTION,
    MISTAKE_COUNT
};

struct parser {
    struct arena *arena;
    struct placeholders *placeholders;
    enum expression_role role;
    struct text source;
    size_t at; /* behind `next` */
    struct token previous;
    struct token token; /* the one to look at */
    struct token next;
    const char *syntax; /* set: stop */
    const char *mistakes[MISTAKE_COUNT];
    size_t operators;
    int depth;
};

/* False: empty or too long; *message. */
bool parser_begin(struct parser *parser, struct placeholders *placeholders, enum expression_role role,
                  struct text source, const char **message);
void parser_advance(struct parser *parser);
/* Sets `syntax` for the current token; returns NULL for its callers to pass on. */
void *parser_syntax_error(struct parser *parser);
bool parser_at_symbol(const struct parser *parser, const char *symbol);
/* Keywords in any case. */
bool parser_at_word(const struct parser *parser, const char *word);
/* Skips it or sets `syntax`. */
bool parser_expect(struct parser *parser, const char *symbol);
/* The first mistake of a kind stays. */
void parser_mistake(struct parser *parser, enum mistake mistake, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Counts operators and functions; past AWS's limit a mistake. */
void parser_count_operator(struct parser *parser);
/* The text to answer, after the last token: syntax, then the mistakes in `order` (ends with MISTAKE_COUNT).
 */
const char *parser_verdict(struct parser *parser, const enum mistake *order);

/* False: syntax. */
bool parse_path(struct parser *parser, struct document_path *path);
/* A function's operands, from its opening bracket on; a word that is no function is a mistake. */
struct node *parse_function(struct parser *parser);
/* path, :value or function; NULL: syntax. */
struct node *parse_operand(struct parser *parser);
/* Checks that need only the operands themselves (types of constants, paths where needed). */
void check_operands(struct parser *parser, const struct node *node);

#endif
