/* Values, paths, operands and conditions of PartiQL. */
#include "services/dynamodb/partiql_lexer.h"

#define MAXIMUM_DEPTH 100

static bool deeper(struct partiql_parser *parser) {
    if (++parser->depth > MAXIMUM_DEPTH) {
        partiql_unexpected(parser);
        return false;
    }
    return true;
}

/* ---- values ---- */

static struct attribute *read_parameter(struct partiql_parser *parser) {
    partiql_advance(parser);
    if (!parser->next_parameter) {
        parser->message = "Number of parameters in request and statement don't match.";
        return NULL;
    }
    const char *message = NULL;
    struct attribute *value = attribute_read(parser->arena, WORDING_OLDER, parser->next_parameter, &message);
    parser->next_parameter = parser->next_parameter->next;
    if (!value) {
        parser->message = message;
    }
    return value;
}

static struct attribute *read_number(struct partiql_parser *parser, bool negative) {
    struct number number;
    const char *text =
        arena_printf(parser->arena, "%s%.*s", negative ? "-" : "", TEXT_ARGUMENTS(parser->text));
    enum number_verdict verdict = number_parse(text_of(text), &number);
    partiql_advance(parser);
    if (verdict != NUMBER_GOOD) {
        parser->message = number_verdict_message(parser->arena, verdict, text_of(text));
        return NULL;
    }
    return attribute_new_number(parser->arena, &number);
}

static struct attribute *read_members(struct partiql_parser *parser, enum attribute_type type,
                                      const char *end) {
    struct attribute *value = attribute_new(parser->arena, type);
    partiql_advance(parser);
    while (!partiql_at(parser, end)) {
        struct text name = parser->text;
        if (type == ATTRIBUTE_M) {
            if (parser->kind != PARTIQL_STRING && parser->kind != PARTIQL_QUOTED) {
                return partiql_unexpected(parser);
            }
            partiql_advance(parser);
            if (!partiql_expect(parser, ":")) {
                return NULL;
            }
        }
        struct attribute *member = partiql_value(parser);
        if (!member) {
            return NULL;
        }
        attribute_append(value,
                         attribute_named(parser->arena, member, type == ATTRIBUTE_M ? name : TEXT_NONE));
        if (!partiql_take(parser, ",") && !partiql_at(parser, end)) {
            return partiql_unexpected(parser);
        }
    }
    partiql_advance(parser);
    return value;
}

/* <<1, 2>>: its type is that of its members. */
static struct attribute *read_set(struct partiql_parser *parser) {
    struct attribute *set = read_members(parser, ATTRIBUTE_L, ">>");
    if (!set) {
        return NULL;
    }
    enum attribute_type type = set->first ? set->first->type : ATTRIBUTE_NULL;
    set->type = type == ATTRIBUTE_S ? ATTRIBUTE_SS : type == ATTRIBUTE_N ? ATTRIBUTE_NS : ATTRIBUTE_BS;
    for (const struct attribute *member = set->first; member; member = member->next) {
        if (member->type != attribute_member_type(set->type)) {
            parser->message =
                "The parameter cannot be converted to a set: its members are of different types";
            return NULL;
        }
    }
    if (set->count == 0) {
        parser->message = "One or more parameter values were invalid: An string set  may not be empty";
        return NULL;
    }
    return set;
}

struct attribute *partiql_value(struct partiql_parser *parser) {
    struct attribute *value = NULL;
    if (!deeper(parser)) {
        return NULL;
    }
    if (partiql_at(parser, "?")) {
        value = read_parameter(parser);
    } else if (parser->kind == PARTIQL_STRING) {
        value = attribute_new_text(parser->arena, ATTRIBUTE_S, parser->text);
        partiql_advance(parser);
    } else if (parser->kind == PARTIQL_NUMBER) {
        value = read_number(parser, false);
    } else if (partiql_take(parser, "-")) {
        value = read_number(parser, true);
    } else if (partiql_at_word(parser, "true") || partiql_at_word(parser, "false")) {
        value = attribute_new(parser->arena, ATTRIBUTE_BOOL);
        value->boolean = partiql_at_word(parser, "true");
        partiql_advance(parser);
    } else if (partiql_take_word(parser, "null")) {
        value = attribute_new(parser->arena, ATTRIBUTE_NULL);
    } else if (partiql_at(parser, "[")) {
        value = read_members(parser, ATTRIBUTE_L, "]");
    } else if (partiql_at(parser, "{")) {
        value = read_members(parser, ATTRIBUTE_M, "}");
    } else if (partiql_at(parser, "<<")) {
        value = read_set(parser);
    } else {
        partiql_unexpected(parser);
    }
    parser->depth--;
    return value;
}

/* ---- paths ---- */

static bool is_name(const struct partiql_parser *parser) {
    return parser->kind == PARTIQL_WORD || parser->kind == PARTIQL_QUOTED;
}

bool partiql_path(struct partiql_parser *parser, struct document_path *path) {
    struct path_step steps[ATTRIBUTE_MAXIMUM_DEPTH];
    size_t count = 0;
    bool more = true;
    while (more) {
        if (count == ATTRIBUTE_MAXIMUM_DEPTH || !is_name(parser)) {
            partiql_unexpected(parser);
            return false;
        }
        steps[count++] = (struct path_step){.name = parser->text};
        partiql_advance(parser);
        while (partiql_take(parser, "[")) {
            int64_t index = 0;
            bool name = parser->kind == PARTIQL_STRING;
            bool good = name || (parser->kind == PARTIQL_NUMBER && text_to_int64(parser->text, &index) &&
                                 index <= INT32_MAX);
            if (!good || count == ATTRIBUTE_MAXIMUM_DEPTH) {
                partiql_unexpected(parser);
                return false;
            }
            steps[count] = (struct path_step){.index = name ? 0 : (uint32_t)index};
            steps[count++].name = name ? parser->text : TEXT_NONE;
            partiql_advance(parser);
            if (!partiql_expect(parser, "]")) {
                return false;
            }
        }
        more = partiql_take(parser, ".");
    }
    struct path_step *kept = arena_alloc(parser->arena, count * sizeof(*kept));
    memcpy(kept, steps, count * sizeof(*kept));
    path->steps = kept;
    path->count = count;
    return true;
}

/* ---- operands ---- */

static const struct {
    const char *name;
    enum node_kind kind;
    size_t operands;
} functions[] = {
    {"begins_with", NODE_BEGINS_WITH, 2},
    {"contains", NODE_CONTAINS, 2},
    {"size", NODE_SIZE, 1},
    {"attribute_type", NODE_ATTRIBUTE_TYPE, 2},
    {"attribute_exists", NODE_ATTRIBUTE_EXISTS, 1},
    {"attribute_not_exists", NODE_ATTRIBUTE_NOT_EXISTS, 1},
    {"list_append", NODE_LIST_APPEND, 2},
    {"if_not_exists", NODE_IF_NOT_EXISTS, 2},
};

/* True: a word and an opening bracket. */
static bool at_call(struct partiql_parser *parser) {
    struct partiql_parser ahead = *parser;
    if (!is_name(parser)) {
        return false;
    }
    partiql_advance(&ahead);
    return partiql_at(&ahead, "(");
}

static struct node *read_call(struct partiql_parser *parser) {
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (!text_equals_ignore_case(parser->text, functions[i].name)) {
            continue;
        }
        struct node *node = node_new(parser->arena, functions[i].kind);
        partiql_advance(parser);
        do {
            partiql_advance(parser);
            struct node *operand = partiql_operand(parser);
            if (!operand) {
                return NULL;
            }
            node_add(node, operand);
        } while (partiql_at(parser, ","));
        if (node->count != functions[i].operands ||
            (node->kind == NODE_IF_NOT_EXISTS && node->first->kind != NODE_PATH)) {
            return partiql_unexpected(parser);
        }
        return partiql_expect(parser, ")") ? node : NULL;
    }
    return partiql_unexpected(parser);
}

struct node *partiql_operand(struct partiql_parser *parser) {
    bool literal_word = partiql_at_word(parser, "true") || partiql_at_word(parser, "false") ||
                        partiql_at_word(parser, "null");
    struct node *node = NULL;
    if (!deeper(parser)) {
        return NULL;
    }
    if (at_call(parser)) {
        node = read_call(parser);
    } else if (is_name(parser) && !literal_word) {
        struct document_path path;
        node = partiql_path(parser, &path) ? node_path(parser->arena, path) : NULL;
    } else {
        struct attribute *value = partiql_value(parser);
        node = value ? node_value(parser->arena, value) : NULL;
    }
    parser->depth--;
    return node;
}

/* ---- conditions ---- */

static struct node *negate(struct partiql_parser *parser, struct node *node) {
    struct node *negated = node_new(parser->arena, NODE_NOT);
    node_add(negated, node);
    return negated;
}

/* IS [NOT] MISSING, IS [NOT] NULL. */
static struct node *read_is(struct partiql_parser *parser, struct node *left) {
    bool negated = partiql_take_word(parser, "NOT");
    struct node *node = NULL;
    if (partiql_take_word(parser, "MISSING")) {
        node = node_new(parser->arena, NODE_ATTRIBUTE_NOT_EXISTS);
        node_add(node, left);
    } else if (partiql_take_word(parser, "NULL")) {
        node = node_new(parser->arena, NODE_ATTRIBUTE_TYPE);
        node_add(node, left);
        node_add(node,
                 node_value(parser->arena, attribute_new_text(parser->arena, ATTRIBUTE_S, TEXT("NULL"))));
    } else {
        return partiql_unexpected(parser);
    }
    return negated ? negate(parser, node) : node;
}

static struct node *read_in(struct partiql_parser *parser, struct node *left) {
    const char *end = partiql_at(parser, "(") ? ")" : "]";
    struct node *node = node_new(parser->arena, NODE_IN);
    node_add(node, left);
    if (!partiql_at(parser, "(") && !partiql_at(parser, "[")) {
        return partiql_unexpected(parser);
    }
    do {
        partiql_advance(parser);
        struct node *operand = partiql_operand(parser);
        if (!operand) {
            return NULL;
        }
        node_add(node, operand);
    } while (partiql_at(parser, ","));
    return partiql_expect(parser, end) ? node : NULL;
}

static struct node *read_between(struct partiql_parser *parser, struct node *left) {
    struct node *node = node_new(parser->arena, NODE_BETWEEN);
    struct node *low = partiql_operand(parser);
    if (!low || !partiql_expect_word(parser, "AND")) {
        return NULL;
    }
    struct node *high = partiql_operand(parser);
    if (!high) {
        return NULL;
    }
    node_add(node, left);
    node_add(node, low);
    node_add(node, high);
    return node;
}

static struct node *read_comparison(struct partiql_parser *parser) {
    static const enum node_kind kinds[] = {NODE_EQ, NODE_NE, NODE_LT, NODE_LE, NODE_GT, NODE_GE};
    struct node *left = partiql_operand(parser);
    if (!left) {
        return NULL;
    }
    if (partiql_take_word(parser, "IS")) {
        return read_is(parser, left);
    }
    bool negated = partiql_take_word(parser, "NOT");
    if (partiql_take_word(parser, "IN")) {
        struct node *node = read_in(parser, left);
        return node && negated ? negate(parser, node) : node;
    }
    if (partiql_take_word(parser, "BETWEEN")) {
        struct node *node = read_between(parser, left);
        return node && negated ? negate(parser, node) : node;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        bool there =
            partiql_at(parser, node_kind_name(kinds[i])) || (kinds[i] == NODE_NE && partiql_at(parser, "!="));
        if (there && !negated) {
            struct node *node = node_new(parser->arena, kinds[i]);
            partiql_advance(parser);
            struct node *right = partiql_operand(parser);
            if (!right) {
                return NULL;
            }
            node_add(node, left);
            node_add(node, right);
            return node;
        }
    }
    return left->kind >= NODE_AND && !negated ? left : partiql_unexpected(parser);
}

static struct node *read_not(struct partiql_parser *parser) {
    struct node *node = NULL;
    if (!deeper(parser)) {
        return NULL;
    }
    if (partiql_take_word(parser, "NOT")) {
        node = read_not(parser);
        node = node ? negate(parser, node) : NULL;
    } else if (partiql_take(parser, "(")) {
        node = partiql_condition(parser);
        node = node && partiql_expect(parser, ")") ? node : NULL;
    } else {
        node = read_comparison(parser);
    }
    parser->depth--;
    return node;
}

static struct node *read_chain(struct partiql_parser *parser, const char *word, enum node_kind kind,
                               struct node *(*read)(struct partiql_parser *)) {
    struct node *left = read(parser);
    struct node *chain = NULL;
    while (left && partiql_take_word(parser, word)) {
        struct node *right = read(parser);
        if (!right) {
            return NULL;
        }
        if (!chain) {
            chain = node_new(parser->arena, kind);
            node_add(chain, left);
        }
        node_add(chain, right);
    }
    return left && chain ? chain : left;
}

static struct node *read_and(struct partiql_parser *parser) {
    return read_chain(parser, "AND", NODE_AND, read_not);
}

struct node *partiql_condition(struct partiql_parser *parser) {
    return read_chain(parser, "OR", NODE_OR, read_and);
}
