/* Values, paths, operands and conditions of PartiQL. */
#include "services/dynamodb/partiql_lexer.h"

#include <ctype.h>

#define MAXIMUM_DEPTH 100

static bool deeper(struct partiql_parser *parser) {
    if (++parser->depth > MAXIMUM_DEPTH) {
        partiql_unexpected(parser);
        return false;
    }
    return true;
}

static bool is_name(const struct partiql_parser *parser) {
    return parser->kind == PARTIQL_WORD || parser->kind == PARTIQL_QUOTED;
}

bool partiql_at_call(struct partiql_parser *parser) {
    struct partiql_parser ahead = *parser;
    if (!is_name(parser)) {
        return false;
    }
    partiql_advance(&ahead);
    return partiql_at(&ahead, "(");
}

/* The current token in small letters. */
static const char *lower_case(const struct partiql_parser *parser) {
    char *lower = arena_alloc(parser->arena, parser->text.size + 1);
    for (size_t i = 0; i < parser->text.size; i++) {
        lower[i] = (char)tolower((unsigned char)parser->text.data[i]);
    }
    lower[parser->text.size] = '\0';
    return lower;
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

/* A scale beyond 32 bits is no token at all; a number out of range is told with its place. */
static struct attribute *read_number(struct partiql_parser *parser, bool negative) {
    struct number number;
    const char *text =
        arena_printf(parser->arena, "%s%.*s", negative ? "-" : "", TEXT_ARGUMENTS(parser->text));
    enum number_verdict verdict = number_parse(text_of(text), &number);
    partiql_advance(parser);
    if (verdict == NUMBER_GOOD) {
        return attribute_new_number(parser->arena, &number);
    }
    if (number_verdict_32(text_of(text), verdict) == NUMBER_NOT_NUMERIC) {
        return partiql_refuse(parser, NOT_WELL_FORMED);
    }
    return partiql_refuse(parser, arena_printf(parser->arena, "%s under %s",
                                               number_verdict_message(parser->arena, verdict, text_of(text)),
                                               parser->place));
}

static struct attribute *read_members(struct partiql_parser *parser, enum attribute_type type,
                                      const char *end) {
    struct attribute *value = attribute_new(parser->arena, type);
    const char *place = parser->place;
    bool roots = parser->in_item && parser->depth == 1;
    partiql_advance(parser);
    while (!partiql_at(parser, end)) {
        struct text name = parser->text;
        parser->place = roots ? place
                        : type == ATTRIBUTE_M
                            ? arena_printf(parser->arena, "%s.%.*s", place, TEXT_ARGUMENTS(name))
                            : arena_printf(parser->arena, "%s[%u]", place, value->count);
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
    parser->place = place;
    partiql_advance(parser);
    return value;
}

static bool has_twins(const struct attribute *set) {
    for (const struct attribute *member = set->first; member; member = member->next) {
        for (const struct attribute *other = set->first; other != member; other = other->next) {
            if (text_same(member->text, other->text)) {
                return true;
            }
        }
    }
    return false;
}

static const char *duplicates_message(struct partiql_parser *parser, const struct attribute *set) {
    const char *list = "";
    for (const struct attribute *member = set->first; member; member = member->next) {
        list =
            arena_printf(parser->arena, "%s%s%.*s", list, list[0] ? ", " : "", TEXT_ARGUMENTS(member->text));
    }
    return arena_printf(
        parser->arena,
        "One or more parameter values were invalid: Input collection [%s] contains duplicates.", list);
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
        return partiql_refuse(parser, "Empty bags are not supported");
    }
    if (has_twins(set)) {
        return partiql_refuse(parser, duplicates_message(parser, set));
    }
    attribute_sort_set(parser->arena, set);
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
    } else if (partiql_at_call(parser)) {
        partiql_refuse_at(parser,
                          arena_printf(parser->arena, "Unsupported data type: %s under key %s",
                                       lower_case(parser), parser->place),
                          parser);
    } else {
        partiql_refuse(parser, NOT_WELL_FORMED "Unexpected term");
    }
    parser->depth--;
    return value;
}

/* ---- paths ---- */

/* Words that cannot stand behind a dot. */
static bool is_keyword(const struct partiql_parser *parser) {
    static const char *const words[] = {
        "and",    "any",   "as",      "between", "by",     "case",      "cross", "delete", "distinct",
        "else",   "end",   "escape",  "except",  "exists", "false",     "from",  "full",   "group",
        "having", "in",    "inner",   "insert",  "into",   "intersect", "is",    "join",   "left",
        "like",   "limit", "missing", "natural", "not",    "null",      "on",    "or",     "order",
        "outer",  "pivot", "right",   "select",  "set",    "then",      "true",  "union",  "unpivot",
        "update", "using", "values",  "when",    "where",  "with"};
    for (size_t i = 0; parser->kind == PARTIQL_WORD && i < sizeof(words) / sizeof(words[0]); i++) {
        if (text_equals_ignore_case(parser->text, words[i])) {
            return true;
        }
    }
    return false;
}

bool partiql_path(struct partiql_parser *parser, struct document_path *path) {
    struct path_step steps[ATTRIBUTE_MAXIMUM_DEPTH];
    size_t count = 0;
    bool more = true;
    while (more) {
        if (count > 0 && is_keyword(parser)) {
            partiql_refuse(parser, NOT_WELL_FORMED "Invalid path dot component");
            return false;
        }
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

static const char *wrong_operands(struct partiql_parser *parser, size_t at, const struct node *node) {
    bool of_path = node->kind == NODE_ATTRIBUTE_EXISTS || node->kind == NODE_ATTRIBUTE_NOT_EXISTS ||
                   node->kind == NODE_IF_NOT_EXISTS;
    if (node->count != functions[at].operands) {
        return arena_printf(
            parser->arena,
            "Incorrect number of operands for operator or function; operator or function: %s, "
            "number of operands: %zu",
            functions[at].name, (size_t)node->count);
    }
    if (of_path && node->first->kind != NODE_PATH) {
        return arena_printf(parser->arena,
                            "Operator or function requires a document path; operator or function: %s",
                            functions[at].name);
    }
    return NULL;
}

static struct node *read_call(struct partiql_parser *parser) {
    size_t at = 0, count = sizeof(functions) / sizeof(functions[0]);
    while (at < count && !text_equals_ignore_case(parser->text, functions[at].name)) {
        at++;
    }
    if (at == count) {
        return partiql_refuse_at(
            parser, arena_printf(parser->arena, "Unrecognized function: %s", lower_case(parser)), parser);
    }
    struct node *node = node_new(parser->arena, functions[at].kind);
    partiql_advance(parser);
    partiql_advance(parser);
    while (!partiql_at(parser, ")")) {
        struct node *operand = partiql_operand(parser);
        if (!operand) {
            return NULL;
        }
        node_add(node, operand);
        if (!partiql_take(parser, ",") && !partiql_at(parser, ")")) {
            return partiql_unexpected(parser);
        }
    }
    const char *message = wrong_operands(parser, at, node);
    partiql_advance(parser);
    return message ? partiql_refuse(parser, message) : node;
}

struct node *partiql_operand(struct partiql_parser *parser) {
    bool literal_word = partiql_at_word(parser, "true") || partiql_at_word(parser, "false") ||
                        partiql_at_word(parser, "null");
    struct node *node = NULL;
    if (!deeper(parser)) {
        return NULL;
    }
    if (partiql_at_call(parser)) {
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

static bool read_type_name(struct partiql_parser *parser, enum attribute_type *type) {
    static const struct {
        const char *word;
        enum attribute_type type;
    } rows[] = {
        {"NULL", ATTRIBUTE_NULL}, {"BOOL", ATTRIBUTE_BOOL}, {"BOOLEAN", ATTRIBUTE_BOOL},
        {"STRING", ATTRIBUTE_S},  {"NUMBER", ATTRIBUTE_N},  {"INT", ATTRIBUTE_N},
        {"INTEGER", ATTRIBUTE_N}, {"DECIMAL", ATTRIBUTE_N}, {"NUMERIC", ATTRIBUTE_N},
        {"BINARY", ATTRIBUTE_B},  {"LIST", ATTRIBUTE_L},    {"MAP", ATTRIBUTE_M},
        {"STRUCT", ATTRIBUTE_M},  {"TUPLE", ATTRIBUTE_M},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (partiql_take_word(parser, rows[i].word)) {
            *type = rows[i].type;
            return true;
        }
    }
    return false;
}

/* IS [NOT] MISSING, IS [NOT] NULL or another type. */
static struct node *read_is(struct partiql_parser *parser, struct node *left) {
    enum attribute_type type = ATTRIBUTE_NULL;
    bool negated = partiql_take_word(parser, "NOT");
    struct node *node = NULL;
    if (partiql_take_word(parser, "MISSING")) {
        node = node_new(parser->arena, NODE_ATTRIBUTE_NOT_EXISTS);
        node_add(node, left);
    } else if (read_type_name(parser, &type)) {
        node = node_new(parser->arena, NODE_ATTRIBUTE_TYPE);
        node_add(node, left);
        node_add(node, node_value(parser->arena, attribute_new_text(parser->arena, ATTRIBUTE_S,
                                                                    text_of(attribute_type_name(type)))));
    } else {
        return partiql_unexpected(parser);
    }
    return negated ? negate(parser, node) : node;
}

/* Only what has an order can be compared by it. */
static struct node *check_order(struct partiql_parser *parser, struct node *node) {
    for (const struct node *operand = node->first; operand; operand = operand->next) {
        enum attribute_type type = operand->kind == NODE_VALUE ? operand->value->type : ATTRIBUTE_S;
        if (type != ATTRIBUTE_S && type != ATTRIBUTE_N && type != ATTRIBUTE_B) {
            return partiql_refuse(parser,
                                  arena_printf(parser->arena,
                                               "Incorrect operand type for operator or function; operator or "
                                               "function: %s, operand type: %s",
                                               node_kind_name(node->kind), attribute_type_name(type)));
        }
    }
    return node;
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
    return check_order(parser, node);
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
            if (left->kind >= NODE_AND && right->kind == NODE_VALUE && right->value->type == ATTRIBUTE_BOOL &&
                (node->kind == NODE_EQ || node->kind == NODE_NE)) { /* a condition that is true, or not */
                return (node->kind == NODE_EQ) == right->value->boolean ? left : negate(parser, left);
            }
            node_add(node, left);
            node_add(node, right);
            return node->kind == NODE_EQ || node->kind == NODE_NE ? node : check_order(parser, node);
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
