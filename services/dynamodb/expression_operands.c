/* Operands of all expressions: paths, placeholders, functions, and what is wrong with them. */
#include "services/dynamodb/expression_parser.h"

#define MAXIMUM_PATH_LEVELS 32
#define MAXIMUM_FUNCTION_DEPTH 64

static const char *const kind_names[NODE_KIND_COUNT] = {
    [NODE_SIZE] = "size",
    [NODE_IF_NOT_EXISTS] = "if_not_exists",
    [NODE_LIST_APPEND] = "list_append",
    [NODE_PLUS] = "+",
    [NODE_MINUS] = "-",
    [NODE_AND] = "AND",
    [NODE_OR] = "OR",
    [NODE_NOT] = "NOT",
    [NODE_EQ] = "=",
    [NODE_NE] = "<>",
    [NODE_LT] = "<",
    [NODE_LE] = "<=",
    [NODE_GT] = ">",
    [NODE_GE] = ">=",
    [NODE_BETWEEN] = "BETWEEN",
    [NODE_IN] = "IN",
    [NODE_ATTRIBUTE_EXISTS] = "attribute_exists",
    [NODE_ATTRIBUTE_NOT_EXISTS] = "attribute_not_exists",
    [NODE_ATTRIBUTE_TYPE] = "attribute_type",
    [NODE_BEGINS_WITH] = "begins_with",
    [NODE_CONTAINS] = "contains",
};

const char *node_kind_name(enum node_kind kind) {
    return kind_names[kind] ? kind_names[kind] : "";
}

struct node *node_new(struct arena *arena, enum node_kind kind) {
    struct node *node = arena_zalloc(arena, sizeof(*node));
    node->kind = kind;
    return node;
}

struct node *node_path(struct arena *arena, struct document_path path) {
    struct node *node = node_new(arena, NODE_PATH);
    node->path = path;
    return node;
}

struct node *node_value(struct arena *arena, const struct attribute *value) {
    struct node *node = node_new(arena, NODE_VALUE);
    node->value = value;
    return node;
}

void node_add(struct node *parent, struct node *operand) {
    struct node **end = &parent->first;
    while (*end) {
        end = &(*end)->next;
    }
    *end = operand;
    parent->count++;
}

/* ---- placeholders and paths ---- */

static struct placeholder *find_placeholder(struct placeholder *all, size_t count, struct text key) {
    for (size_t i = 0; i < count; i++) {
        if (text_same(all[i].key, key)) {
            all[i].used = true;
            return &all[i];
        }
    }
    return NULL;
}

static struct text resolve_name(struct parser *parser) {
    struct text text = parser->token.text;
    if (parser->token.kind == TOKEN_WORD) {
        if (is_reserved_word(text)) {
            parser_mistake(parser, MISTAKE_RESERVED,
                           "Attribute name is a reserved keyword; reserved keyword: %.*s",
                           TEXT_ARGUMENTS(text));
        }
        return text;
    }
    struct placeholder *found =
        find_placeholder(parser->placeholders->names, parser->placeholders->name_count, text);
    if (!found) {
        parser_mistake(parser, MISTAKE_PLACEHOLDER,
                       "An expression attribute name used in the document path is not defined; attribute "
                       "name: %.*s",
                       TEXT_ARGUMENTS(text));
        return text;
    }
    return found->name;
}

static bool parse_index(struct parser *parser, struct path_step *step) {
    parser_advance(parser);
    int64_t index = 0;
    if (parser->token.kind != TOKEN_NUMBER) {
        parser_syntax_error(parser);
        return false;
    }
    if (!text_to_int64(parser->token.text, &index) || index > INT32_MAX) {
        parser_mistake(parser, MISTAKE_OPERAND, "List index is not within the allowable range; index: [%.*s]",
                       TEXT_ARGUMENTS(parser->token.text));
        index = 0;
    }
    *step = (struct path_step){.index = (uint32_t)index};
    parser_advance(parser);
    return parser_expect(parser, "]");
}

bool parse_path(struct parser *parser, struct document_path *path) {
    size_t capacity = 4, count = 0;
    struct path_step *steps = arena_alloc(parser->arena, capacity * sizeof(*steps));
    if (parser->token.kind != TOKEN_WORD && parser->token.kind != TOKEN_NAME) {
        parser_syntax_error(parser);
        return false;
    }
    steps[count++] = (struct path_step){.name = resolve_name(parser)};
    parser_advance(parser);
    while (parser_at_symbol(parser, ".") || parser_at_symbol(parser, "[")) {
        if (count == capacity) {
            struct path_step *more = arena_alloc(parser->arena, capacity * 2 * sizeof(*steps));
            memcpy(more, steps, count * sizeof(*steps));
            steps = more;
            capacity *= 2;
        }
        if (parser_at_symbol(parser, "[")) {
            if (!parse_index(parser, &steps[count++])) {
                return false;
            }
            continue;
        }
        parser_advance(parser);
        if (parser->token.kind != TOKEN_WORD && parser->token.kind != TOKEN_NAME) {
            parser_syntax_error(parser);
            return false;
        }
        steps[count++] = (struct path_step){.name = resolve_name(parser)};
        parser_advance(parser);
    }
    if (count > MAXIMUM_PATH_LEVELS) {
        parser_mistake(parser, MISTAKE_RESERVED,
                       "The document path has too many nesting levels; nesting levels: %zu", count);
    }
    *path = (struct document_path){.steps = steps, .count = count};
    return true;
}

static struct node *parse_value(struct parser *parser) {
    struct text key = parser->token.text;
    struct placeholder *found =
        find_placeholder(parser->placeholders->values, parser->placeholders->value_count, key);
    if (!found) {
        parser_mistake(
            parser, MISTAKE_PLACEHOLDER,
            "An expression attribute value used in expression is not defined; attribute value: %.*s",
            TEXT_ARGUMENTS(key));
    }
    parser_advance(parser);
    return node_value(parser->arena, found ? found->value : NULL);
}

/* ---- functions ---- */

static const struct {
    enum node_kind kind;
    size_t operands;
    bool in_update;
} functions[] = {
    {NODE_ATTRIBUTE_EXISTS, 1, false}, {NODE_ATTRIBUTE_NOT_EXISTS, 1, false},
    {NODE_ATTRIBUTE_TYPE, 2, false},   {NODE_BEGINS_WITH, 2, false},
    {NODE_CONTAINS, 2, false},         {NODE_SIZE, 1, false},
    {NODE_IF_NOT_EXISTS, 2, true},     {NODE_LIST_APPEND, 2, true},
};
#define FUNCTION_COUNT (sizeof(functions) / sizeof(functions[0]))

/* Checks name and number of operands of the function just read. */
static void check_function(struct parser *parser, struct text name, size_t at, struct node *node) {
    bool in_update = parser->role == ROLE_UPDATE;
    if (at == FUNCTION_COUNT) {
        parser_mistake(parser, MISTAKE_UNKNOWN_FUNCTION, "Invalid function name; function: %.*s",
                       TEXT_ARGUMENTS(name));
        return;
    }
    if (functions[at].in_update != in_update) {
        parser_mistake(parser, MISTAKE_UNKNOWN_FUNCTION,
                       in_update ? "The function is not allowed in an update expression; function: %.*s"
                                 : "The function is not allowed in a condition expression; function: %.*s",
                       TEXT_ARGUMENTS(name));
        return;
    }
    node->kind = functions[at].kind;
    if (node->count != functions[at].operands) {
        parser_mistake(parser, MISTAKE_OPERAND,
                       "Incorrect number of operands for operator or function; operator or function: %.*s, "
                       "number of operands: %zu",
                       TEXT_ARGUMENTS(name), node->count);
        return;
    }
    check_operands(parser, node);
}

struct node *parse_function(struct parser *parser) {
    struct text name = parser->token.text;
    struct node *node = node_new(parser->arena, NODE_SIZE);
    size_t at = 0;
    while (at < FUNCTION_COUNT && !text_equals(name, kind_names[functions[at].kind])) {
        at++;
    }
    parser_count_operator(parser);
    if (++parser->depth > MAXIMUM_FUNCTION_DEPTH) {
        return parser_syntax_error(parser);
    }
    parser_advance(parser);
    parser_advance(parser);
    while (!parser_at_symbol(parser, ")")) {
        size_t brackets = 0;
        for (; parser_at_symbol(parser, "("); brackets++) {
            parser_advance(parser);
        }
        struct node *operand = parse_operand(parser);
        if (!operand) {
            return NULL;
        }
        for (; brackets > 0; brackets--) {
            if (!parser_expect(parser, ")")) {
                return NULL;
            }
        }
        node_add(node, operand);
        if (parser_at_symbol(parser, ",")) {
            parser_advance(parser);
            if (!parser_at_symbol(parser, ")")) {
                continue;
            }
            return parser_syntax_error(parser);
        }
        if (!parser_at_symbol(parser, ")")) {
            return parser_syntax_error(parser);
        }
    }
    if (node->count == 0) {
        return parser_syntax_error(parser);
    }
    parser_advance(parser);
    parser->depth--;
    check_function(parser, name, at, node);
    return node;
}

/* Words of the grammar of conditions are no names there, reserved or not. */
static bool is_operator_word(const struct parser *parser) {
    static const char *const words[] = {"AND", "OR", "NOT", "BETWEEN", "IN"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (parser_at_word(parser, words[i])) {
            return true;
        }
    }
    return false;
}

struct node *parse_operand(struct parser *parser) {
    if (parser->token.kind == TOKEN_VALUE) {
        return parse_value(parser);
    }
    if (parser->token.kind == TOKEN_WORD && parser->next.kind == TOKEN_SYMBOL &&
        text_equals(parser->next.text, "(")) {
        return parse_function(parser);
    }
    struct document_path path;
    if (parser->role != ROLE_UPDATE && is_operator_word(parser)) {
        return parser_syntax_error(parser);
    }
    return parse_path(parser, &path) ? node_path(parser->arena, path) : NULL;
}

/* ---- what is wrong with operands ---- */

#define BIT(type) (1U << (type))
#define ORDERED (BIT(ATTRIBUTE_S) | BIT(ATTRIBUTE_N) | BIT(ATTRIBUTE_B))
#define COLLECTIONS                                                                                          \
    (BIT(ATTRIBUTE_SS) | BIT(ATTRIBUTE_NS) | BIT(ATTRIBUTE_BS) | BIT(ATTRIBUTE_L) | BIT(ATTRIBUTE_M))
#define ANY (BIT(ATTRIBUTE_TYPE_COUNT) - 1)

/* Types that constants may have: of the first operand and of the others. */
static const struct {
    unsigned first;
    unsigned others;
} allowed[NODE_KIND_COUNT] = {
    [NODE_SIZE] = {BIT(ATTRIBUTE_S) | BIT(ATTRIBUTE_B) | COLLECTIONS, 0},
    [NODE_LIST_APPEND] = {BIT(ATTRIBUTE_L), BIT(ATTRIBUTE_L)},
    [NODE_IF_NOT_EXISTS] = {ANY, ANY},
    [NODE_PLUS] = {BIT(ATTRIBUTE_N), BIT(ATTRIBUTE_N)},
    [NODE_MINUS] = {BIT(ATTRIBUTE_N), BIT(ATTRIBUTE_N)},
    [NODE_EQ] = {ANY, ANY},
    [NODE_NE] = {ANY, ANY},
    [NODE_LT] = {ORDERED, ORDERED},
    [NODE_LE] = {ORDERED, ORDERED},
    [NODE_GT] = {ORDERED, ORDERED},
    [NODE_GE] = {ORDERED, ORDERED},
    [NODE_BETWEEN] = {ORDERED, ORDERED},
    [NODE_IN] = {ANY, ANY},
    [NODE_ATTRIBUTE_EXISTS] = {ANY, ANY},
    [NODE_ATTRIBUTE_NOT_EXISTS] = {ANY, ANY},
    [NODE_ATTRIBUTE_TYPE] = {ANY, BIT(ATTRIBUTE_S)},
    [NODE_BEGINS_WITH] = {BIT(ATTRIBUTE_S) | BIT(ATTRIBUTE_B), BIT(ATTRIBUTE_S) | BIT(ATTRIBUTE_B)},
    [NODE_CONTAINS] = {BIT(ATTRIBUTE_S) | BIT(ATTRIBUTE_B) | (COLLECTIONS & ~BIT(ATTRIBUTE_M)), ANY},
};

/* The type an operand has whatever the item holds. False: not known. */
static bool known_type(const struct node *operand, enum attribute_type *type) {
    if (operand->kind == NODE_VALUE && operand->value) {
        *type = operand->value->type;
        return true;
    }
    if (operand->kind == NODE_SIZE || operand->kind == NODE_PLUS || operand->kind == NODE_MINUS) {
        *type = ATTRIBUTE_N;
        return true;
    }
    if (operand->kind == NODE_LIST_APPEND) {
        *type = ATTRIBUTE_L;
        return true;
    }
    return false;
}

static void check_types(struct parser *parser, const struct node *node) {
    for (const struct node *operand = node->first; operand; operand = operand->next) {
        unsigned types = operand == node->first ? allowed[node->kind].first : allowed[node->kind].others;
        enum attribute_type type;
        if (known_type(operand, &type) && !(types & BIT(type))) {
            parser_mistake(parser, MISTAKE_OPERAND,
                           "Incorrect operand type for operator or function; operator or function: %s, "
                           "operand type: %s",
                           node_kind_name(node->kind), attribute_type_name(type));
        }
    }
}

static void check_distinct(struct parser *parser, const struct node *node) {
    bool needs = (node->kind >= NODE_EQ && node->kind <= NODE_IN) || node->kind == NODE_BEGINS_WITH ||
                 node->kind == NODE_CONTAINS;
    if (!needs || !node->first || node->first->kind != NODE_PATH) {
        return;
    }
    for (const struct node *other = node->first->next; other; other = other->next) {
        if (other->kind == NODE_PATH && path_same(&node->first->path, &other->path)) {
            struct strbuf path = STRBUF_INIT;
            path_describe(&path, &node->first->path);
            parser_mistake(parser, MISTAKE_DISTINCT,
                           "The first operand must be distinct from the remaining operands for this operator "
                           "or function; operator: %s, first operand: %s",
                           node_kind_name(node->kind), path.data);
            strbuf_release(&path);
        }
    }
}

static void check_type_name(struct parser *parser, const struct node *wanted) {
    enum attribute_type type;
    if (wanted->kind == NODE_VALUE && wanted->value && wanted->value->type == ATTRIBUTE_S &&
        !attribute_type_of(wanted->value->text, &type)) {
        parser_mistake(parser, MISTAKE_FUNCTION,
                       "Invalid attribute type name found; type: %.*s, valid types: "
                       "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
                       TEXT_ARGUMENTS(wanted->value->text));
    } else if (wanted->kind != NODE_VALUE) {
        parser_mistake(parser, MISTAKE_OPERAND,
                       "Incorrect operand type for operator or function; operator or function: "
                       "attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
    }
}

static void check_bounds(struct parser *parser, const struct attribute *low, const struct attribute *high) {
    bool same = low->type == high->type;
    if (same && attribute_compare(low, high) <= 0) {
        return;
    }
    struct strbuf text = STRBUF_INIT;
    strbuf_append_string(&text, same
                                    ? "The BETWEEN operator requires upper bound to be greater than or equal "
                                      "to lower bound; lower bound operand: AttributeValue: "
                                    : "The BETWEEN operator requires same data type for lower and upper "
                                      "bounds; lower bound operand: AttributeValue: ");
    attribute_describe(&text, low);
    strbuf_append_string(&text, ", upper bound operand: AttributeValue: ");
    attribute_describe(&text, high);
    parser_mistake(parser, MISTAKE_FUNCTION, "%s", text.data);
    strbuf_release(&text);
}

void check_operands(struct parser *parser, const struct node *node) {
    for (const struct node *operand = node->first; operand; operand = operand->next) {
        if (operand->kind >= NODE_AND) {
            parser_mistake(parser, MISTAKE_MISUSED_FUNCTION,
                           "The function is not allowed to be used this way in an expression; function: %s",
                           node_kind_name(operand->kind));
        }
    }
    check_types(parser, node);
    check_distinct(parser, node);
    bool needs_path = node->kind == NODE_ATTRIBUTE_EXISTS || node->kind == NODE_ATTRIBUTE_NOT_EXISTS ||
                      node->kind == NODE_IF_NOT_EXISTS;
    const struct node *first = node->first;
    const struct node *second = first ? first->next : NULL;
    const struct node *third = second ? second->next : NULL;
    if (needs_path && first && first->kind != NODE_PATH) {
        parser_mistake(parser, MISTAKE_FUNCTION,
                       "Operator or function requires a document path; operator or function: %s",
                       node_kind_name(node->kind));
    }
    if (node->kind == NODE_ATTRIBUTE_TYPE && second) {
        check_type_name(parser, second);
    }
    if (node->kind == NODE_BETWEEN && third && second->kind == NODE_VALUE && third->kind == NODE_VALUE &&
        second->value && third->value && !parser->mistakes[MISTAKE_OPERAND]) {
        check_bounds(parser, second->value, third->value);
    }
}
