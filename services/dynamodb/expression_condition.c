/* Grammar of conditions and filters. Binding, tightest first: comparisons, NOT, AND, OR. */
#include "services/dynamodb/expression_parser.h"

#define MAXIMUM_DEPTH 200
#define MAXIMUM_IN_OPERANDS 100 /* the tested one included */

static struct node *parse_or(struct parser *parser);

static bool is_condition(const struct node *node) {
    return node->kind >= NODE_AND;
}

/* size() alone is no condition, a bare path or value neither. False: syntax. */
static bool require_condition(struct parser *parser, const struct node *node) {
    if (is_condition(node)) {
        return true;
    }
    if (node->kind == NODE_SIZE && !node->in_parentheses) {
        parser_mistake(parser, MISTAKE_MISUSED_FUNCTION,
                       "The function is not allowed to be used this way in an expression; function: size");
        return true;
    }
    parser_syntax_error(parser);
    return false;
}

/* The mistakes of one condition count in their order; those of the first condition win. */
static void settle_condition(struct parser *parser) {
    static const enum mistake order[] = {MISTAKE_PLACEHOLDER, MISTAKE_OPERAND, MISTAKE_DISTINCT,
                                         MISTAKE_FUNCTION};
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        const char *text = parser->mistakes[order[i]];
        parser->mistakes[order[i]] = NULL;
        if (text && !parser->mistakes[MISTAKE_CONDITION]) {
            parser->mistakes[MISTAKE_CONDITION] = text;
        }
    }
}

/* An operand or a bracketed anything. */
static struct node *parse_term(struct parser *parser) {
    if (!parser_at_symbol(parser, "(")) {
        return parse_operand(parser);
    }
    if (++parser->depth > MAXIMUM_DEPTH) {
        return parser_syntax_error(parser);
    }
    parser_advance(parser);
    struct node *inner = parse_or(parser);
    if (!inner || !parser_expect(parser, ")")) {
        return NULL;
    }
    parser->depth--;
    if (inner->in_parentheses) {
        parser_mistake(parser, MISTAKE_PARENTHESES, "The expression has redundant parentheses;");
    }
    inner->in_parentheses = true;
    return inner;
}

/* The right side of a comparison. */
static struct node *parse_side(struct parser *parser, struct node *parent) {
    struct node *side = parse_term(parser);
    if (!side) {
        return NULL;
    }
    if (is_condition(side) && (side->kind < NODE_ATTRIBUTE_EXISTS || side->in_parentheses)) {
        return parser_syntax_error(parser);
    }
    node_add(parent, side);
    return parent;
}

static bool comparator_of(struct text text, enum node_kind *kind) {
    for (enum node_kind candidate = NODE_EQ; candidate <= NODE_GE; candidate++) {
        if (text_equals(text, node_kind_name(candidate))) {
            *kind = candidate;
            return true;
        }
    }
    return false;
}

static struct node *parse_in(struct parser *parser, struct node *node) {
    if (!parser_expect(parser, "(")) {
        return NULL;
    }
    for (;;) {
        if (!parse_side(parser, node)) {
            return NULL;
        }
        if (!parser_at_symbol(parser, ",")) {
            break;
        }
        parser_advance(parser);
    }
    if (node->count > MAXIMUM_IN_OPERANDS) {
        parser_mistake(parser, MISTAKE_OPERAND,
                       "Incorrect number of operands for operator or function; operator or function: IN, "
                       "number of operands: %zu",
                       node->count);
    }
    return parser_expect(parser, ")") ? node : NULL;
}

static struct node *parse_between(struct parser *parser, struct node *node) {
    if (!parse_side(parser, node)) {
        return NULL;
    }
    if (!parser_at_word(parser, "AND")) {
        return parser_syntax_error(parser);
    }
    parser_advance(parser);
    return parse_side(parser, node);
}

/* A comparison, or what stands before where one could be. */
static struct node *parse_comparison(struct parser *parser) {
    struct node *left = parse_term(parser);
    if (!left) {
        return NULL;
    }
    enum node_kind kind = NODE_KIND_COUNT;
    if (parser_at_word(parser, "BETWEEN")) {
        kind = NODE_BETWEEN;
    } else if (parser_at_word(parser, "IN")) {
        kind = NODE_IN;
    } else if (parser->token.kind != TOKEN_SYMBOL || !comparator_of(parser->token.text, &kind)) {
        if (is_condition(left) && left->kind >= NODE_ATTRIBUTE_EXISTS) {
            settle_condition(parser);
        }
        return left;
    }
    if (is_condition(left) && (left->kind < NODE_ATTRIBUTE_EXISTS || left->in_parentheses)) {
        return parser_syntax_error(parser);
    }
    parser_count_operator(parser);
    parser_advance(parser);
    struct node *node = node_new(parser->arena, kind);
    node_add(node, left);
    struct node *parsed = kind == NODE_BETWEEN ? parse_between(parser, node)
                          : kind == NODE_IN    ? parse_in(parser, node)
                                               : parse_side(parser, node);
    if (parsed) {
        check_operands(parser, node);
        settle_condition(parser);
    }
    return parsed;
}

static struct node *parse_not(struct parser *parser) {
    if (!parser_at_word(parser, "NOT")) {
        return parse_comparison(parser);
    }
    if (++parser->depth > MAXIMUM_DEPTH) {
        return parser_syntax_error(parser);
    }
    parser_count_operator(parser);
    parser_advance(parser);
    struct node *operand = parse_not(parser);
    if (!operand || !require_condition(parser, operand)) {
        return NULL;
    }
    parser->depth--;
    struct node *node = node_new(parser->arena, NODE_NOT);
    node_add(node, operand);
    return node;
}

typedef struct node *parse_fn(struct parser *parser);

/* parse (WORD parse)*, in one flat node. */
static struct node *parse_chain(struct parser *parser, const char *word, enum node_kind kind,
                                parse_fn *parse) {
    struct node *left = parse(parser);
    if (!left || !parser_at_word(parser, word)) {
        return left;
    }
    struct node *node = node_new(parser->arena, kind);
    struct node *last = left;
    if (!require_condition(parser, left)) {
        return NULL;
    }
    node_add(node, left);
    while (parser_at_word(parser, word)) {
        parser_count_operator(parser);
        parser_advance(parser);
        struct node *right = parse(parser);
        if (!right || !require_condition(parser, right)) {
            return NULL;
        }
        last->next = right;
        last = right;
        node->count++;
    }
    return node;
}

static struct node *parse_and(struct parser *parser) {
    return parse_chain(parser, "AND", NODE_AND, parse_not);
}

static struct node *parse_or(struct parser *parser) {
    return parse_chain(parser, "OR", NODE_OR, parse_and);
}

struct node *condition_parse(struct placeholders *placeholders, enum expression_role role, struct text source,
                             const char **message) {
    static const enum mistake order[] = {MISTAKE_PARENTHESES,      MISTAKE_UNKNOWN_FUNCTION,
                                         MISTAKE_MISUSED_FUNCTION, MISTAKE_RESERVED,
                                         MISTAKE_CONDITION,        MISTAKE_COUNT};
    struct parser parser;
    if (!parser_begin(&parser, placeholders, role, source, message)) {
        return NULL;
    }
    struct node *node = parse_or(&parser);
    if (node && parser.token.kind != TOKEN_END) {
        parser_syntax_error(&parser);
    } else if (node) {
        (void)require_condition(&parser, node);
        settle_condition(&parser);
    }
    *message = parser_verdict(&parser, order);
    return *message ? NULL : node;
}
