/*
 * The parameters of before 2014 (Expected, AttributeUpdates, KeyConditions, filters, AttributesToGet) as
 * trees of expression.h. Source: dynamodb.md section 12; DynamoDB Developer Guide, "Legacy conditional
 * parameters".
 */
#include "services/dynamodb/dynamodb.h"

#define INVALID "One or more parameter values were invalid: "
#define BIT(type) (1U << (type))
#define SCALARS (BIT(ATTRIBUTE_S) | BIT(ATTRIBUTE_N) | BIT(ATTRIBUTE_B))
#define ANY (BIT(ATTRIBUTE_TYPE_COUNT) - 1)

static const struct {
    const char *name;
    enum node_kind kind;
    int minimum;
    int maximum;
    unsigned types;
    bool of_keys; /* allowed in KeyConditions */
} operators[] = {
    {"EQ", NODE_EQ, 1, 1, ANY, true},
    {"NE", NODE_NE, 1, 1, ANY, false},
    {"LE", NODE_LE, 1, 1, SCALARS, true},
    {"LT", NODE_LT, 1, 1, SCALARS, true},
    {"GE", NODE_GE, 1, 1, SCALARS, true},
    {"GT", NODE_GT, 1, 1, SCALARS, true},
    {"BETWEEN", NODE_BETWEEN, 2, 2, SCALARS, true},
    {"IN", NODE_IN, 1, INT32_MAX, SCALARS, false},
    {"BEGINS_WITH", NODE_BEGINS_WITH, 1, 1, BIT(ATTRIBUTE_S) | BIT(ATTRIBUTE_B), true},
    {"CONTAINS", NODE_CONTAINS, 1, 1, SCALARS, false},
    {"NOT_CONTAINS", NODE_NOT, 1, 1, SCALARS, false},
    {"NULL", NODE_ATTRIBUTE_NOT_EXISTS, 0, 0, 0, false},
    {"NOT_NULL", NODE_ATTRIBUTE_EXISTS, 0, 0, 0, false},
};
#define OPERATOR_COUNT (sizeof(operators) / sizeof(operators[0]))

static bool fail(struct call *call, struct result *refusal, const char *message) {
    *refusal = dynamodb_invalid(call, "%s", message);
    return false;
}

static struct node *path_node(struct call *call, struct text name) {
    return node_path(call->arena, path_of_name(call->arena, name));
}

static bool read_value(struct call *call, const struct json_value *json, struct attribute **value,
                       struct result *refusal) {
    const char *message = NULL;
    *value = attribute_read(call->arena, dynamodb_wording(call), json, &message);
    return *value ? true : fail(call, refusal, message);
}

/* Of one type, and of one that the operator takes. */
static bool check_values(struct call *call, size_t at, const struct node *first, struct result *refusal) {
    for (const struct node *other = first; other; other = other->next) {
        if (other->value->type != first->value->type) {
            return fail(call, refusal,
                        INVALID "AttributeValues inside AttributeValueList must be of same type");
        }
    }
    for (const struct node *other = first; other; other = other->next) {
        if (!(operators[at].types & BIT(other->value->type))) {
            return fail(call, refusal,
                        arena_printf(call->arena,
                                     INVALID "ComparisonOperator %s is not valid for %s AttributeValue type",
                                     operators[at].name, attribute_type_name(other->value->type)));
        }
    }
    return true;
}

static bool add_values(struct call *call, struct node *node, struct input list, struct result *refusal) {
    for (struct input element = input_first(list); element.value; element = input_next(element)) {
        struct attribute *value;
        if (!read_value(call, element.value, &value, refusal)) {
            return false;
        }
        node_add(node, node_value(call->arena, value));
    }
    return true;
}

/* One comparison by operator and values. */
static bool read_comparison(struct call *call, struct text name, struct text operator, struct input list,
                            struct node **node, struct result *refusal) {
    size_t at = 0;
    while (at < OPERATOR_COUNT && !text_equals(operator, operators[at].name)) {
        at++;
    }
    if (at == OPERATOR_COUNT) {
        return fail(call, refusal, INVALID "ComparisonOperator is not valid");
    }
    bool negated = operators[at].kind == NODE_NOT;
    struct node *inner = node_new(call->arena, negated ? NODE_CONTAINS : operators[at].kind);
    node_add(inner, path_node(call, name));
    if (!add_values(call, inner, list, refusal)) {
        return false;
    }
    int count = (int)input_count(list);
    if (count < operators[at].minimum || count > operators[at].maximum) {
        return fail(call, refusal,
                    arena_printf(call->arena,
                                 INVALID "Invalid number of argument(s) for the %s ComparisonOperator",
                                 operators[at].name));
    }
    if (!check_values(call, at, inner->first->next, refusal)) {
        return false;
    }
    *node = inner;
    if (operators[at].kind == NODE_BETWEEN) {
        const struct attribute *low = inner->first->next->value, *high = inner->first->next->next->value;
        if (attribute_compare(low, high) > 0) {
            return fail(
                call, refusal,
                "The BETWEEN condition was provided a range where the lower bound is greater than the "
                "upper bound");
        }
    }
    if (negated) {
        struct node *exists = node_new(call->arena, NODE_ATTRIBUTE_EXISTS);
        struct node *without = node_new(call->arena, NODE_NOT);
        node_add(exists, path_node(call, name));
        node_add(without, inner);
        *node = node_new(call->arena, NODE_AND);
        node_add(*node, exists);
        node_add(*node, without);
    }
    return true;
}

/* Value and Exists, the oldest form. */
static bool read_exists(struct call *call, struct text name, struct input expected, struct node **node,
                        struct result *refusal) {
    bool has_value = input_has(expected, "Value");
    bool exists = input_boolean(expected, "Exists", true);
    const char *format = NULL;
    if (input_has(expected, "AttributeValueList")) {
        format = INVALID "AttributeValueList can only be used with a ComparisonOperator for Attribute: %.*s";
    } else if (exists && !has_value) {
        format = input_has(expected, "Exists")
                     ? INVALID "Value must be provided when Exists is true for Attribute: %.*s"
                     : INVALID "Value must be provided when Exists is null for Attribute: %.*s";
    } else if (!exists && has_value) {
        format = INVALID "Value cannot be used when Exists is false for Attribute: %.*s";
    }
    if (format) {
        return fail(call, refusal, arena_printf(call->arena, format, TEXT_ARGUMENTS(name)));
    }
    *node = node_new(call->arena, exists ? NODE_EQ : NODE_ATTRIBUTE_NOT_EXISTS);
    node_add(*node, path_node(call, name));
    if (exists) {
        struct attribute *value;
        if (!read_value(call, input_value(expected, "Value"), &value, refusal)) {
            return false;
        }
        node_add(*node, node_value(call->arena, value));
    }
    return true;
}

/* `Value` counts as a list of one. */
static struct input values_of(struct call *call, struct input condition, bool has_value_member) {
    struct input list = input_list(condition, "AttributeValueList");
    if (has_value_member && input_has(condition, "Value")) {
        struct json_value *one = json_new(call->arena, JSON_VALUE_ARRAY);
        struct json_value *copy = json_new(call->arena, JSON_VALUE_OBJECT);
        *copy = *input_value(condition, "Value");
        copy->next = NULL;
        json_append(one, copy);
        list.value = one;
    }
    return list;
}

static bool read_expectation(struct call *call, struct input expected, struct node **node,
                             struct result *refusal) {
    struct text name = input_key(expected), operator= input_text(expected, "ComparisonOperator");
    bool has_value = input_has(expected, "Value"), has_list = input_has(expected, "AttributeValueList");
    bool unary = text_equals(operator, "NULL") || text_equals(operator, "NOT_NULL");
    if (has_value && has_list) {
        return fail(call, refusal,
                    arena_printf(call->arena,
                                 INVALID "Value and AttributeValueList cannot be used together for "
                                         "Attribute: %.*s",
                                 TEXT_ARGUMENTS(name)));
    }
    if (!operator.data) {
        return read_exists(call, name, expected, node, refusal);
    }
    if (input_has(expected, "Exists")) {
        return fail(call, refusal,
                    arena_printf(call->arena,
                                 INVALID "Exists and ComparisonOperator cannot be used together for "
                                         "Attribute: %.*s",
                                 TEXT_ARGUMENTS(name)));
    }
    if (!unary && !has_value && !has_list) {
        return fail(call, refusal,
                    arena_printf(call->arena,
                                 INVALID "Value or AttributeValueList must be used with ComparisonOperator: "
                                         "%.*s for Attribute: %.*s",
                                 TEXT_ARGUMENTS(operator), TEXT_ARGUMENTS(name)));
    }
    return read_comparison(call, name, input_text(expected, "ComparisonOperator"),
                           values_of(call, expected, true), node, refusal);
}

/* ConditionalOperator makes sense with two conditions or more. */
static bool read_operator(struct call *call, struct input input, size_t conditions, enum node_kind *kind,
                          struct result *refusal) {
    struct text operator= input_text(input, "ConditionalOperator");
    *kind = text_equals(operator, "OR") ? NODE_OR : NODE_AND;
    if (operator.data && conditions == 0) {
        return fail(call, refusal, INVALID "ConditionalOperator cannot be used without Filter or Expected");
    }
    if (operator.data && conditions == 1) {
        return fail(call, refusal,
                    "ConditionalOperator can only be used when Filter or Expected has two or more elements");
    }
    return true;
}

bool legacy_read_expected(struct call *call, struct input input, struct node **condition,
                          struct result *refusal) {
    struct input map = input_map(input, "Expected");
    enum node_kind kind;
    if (!read_operator(call, input, input_count(map), &kind, refusal)) {
        return false;
    }
    struct node *all = node_new(call->arena, kind);
    for (struct input expected = input_first(map); expected.value; expected = input_next(expected)) {
        struct node *node;
        if (!read_expectation(call, expected, &node, refusal)) {
            return false;
        }
        node_add(all, node);
    }
    *condition = all->count > 0 ? all : *condition;
    return true;
}

static bool read_conditions(struct call *call, struct input map, enum node_kind kind, struct node **condition,
                            struct result *refusal) {
    struct node *all = node_new(call->arena, kind);
    for (struct input element = input_first(map); element.value; element = input_next(element)) {
        struct node *node;
        if (!read_comparison(call, input_key(element), input_text(element, "ComparisonOperator"),
                             values_of(call, element, false), &node, refusal)) {
            return false;
        }
        node_add(all, node);
    }
    *condition = all->count > 0 ? all : *condition;
    return true;
}

bool legacy_read_filter(struct call *call, struct input input, const char *member, struct node **condition,
                        struct result *refusal) {
    struct input map = input_map(input, member);
    enum node_kind kind;
    return read_operator(call, input, input_count(map), &kind, refusal) &&
           read_conditions(call, map, kind, condition, refusal);
}

bool legacy_read_key_conditions(struct call *call, struct input input, struct node **condition,
                                struct result *refusal) {
    return read_conditions(call, input_map(input, "KeyConditions"), NODE_AND, condition, refusal);
}

bool legacy_check_indexable(struct call *call, struct input input, struct result *refusal) {
    struct input map = input_map(input, "KeyConditions");
    for (struct input element = input_first(map); element.value; element = input_next(element)) {
        struct text operator= input_text(element, "ComparisonOperator");
        for (size_t i = 0; i < OPERATOR_COUNT; i++) {
            if (text_equals(operator, operators[i].name) && !operators[i].of_keys) {
                *refusal = dynamodb_invalid_plainly(
                    call, "Attempted conditional constraint is not an indexable operation");
                return false;
            }
        }
    }
    return true;
}

/* ---- AttributeUpdates ---- */

static bool read_action(struct call *call, struct input element, struct update_action *action,
                        struct result *refusal) {
    struct text name = input_text(element, "Action");
    bool has_value = input_has(element, "Value");
    struct attribute *value = NULL;
    action->path = path_of_name(call->arena, input_key(element));
    if (input_key(element).size > ATTRIBUTE_MAXIMUM_NAME) {
        return fail(call, refusal, ATTRIBUTE_NAME_TOO_LONG);
    }
    if (has_value && !read_value(call, input_value(element, "Value"), &value, refusal)) {
        return false;
    }
    action->kind = text_equals(name, "ADD")      ? UPDATE_ADD
                   : text_equals(name, "DELETE") ? UPDATE_DELETE
                                                 : UPDATE_SET;
    if (!value) {
        if (action->kind != UPDATE_DELETE) {
            return fail(call, refusal,
                        INVALID "Only DELETE action is allowed when no attribute value is specified");
        }
        action->kind = UPDATE_REMOVE;
        return true;
    }
    bool set = attribute_is_set(value);
    bool summable = set || value->type == ATTRIBUTE_N || value->type == ATTRIBUTE_L;
    if ((action->kind == UPDATE_ADD && !summable) || (action->kind == UPDATE_DELETE && !set)) {
        return fail(call, refusal,
                    arena_printf(call->arena, INVALID "%s for the type %s",
                                 action->kind == UPDATE_ADD ? "ADD action is not supported"
                                                            : "DELETE action with value is not supported",
                                 attribute_type_name(value->type)));
    }
    action->operand = node_value(call->arena, value);
    return true;
}

bool legacy_read_updates(struct call *call, struct input input, struct update **update,
                         struct result *refusal) {
    struct input map = input_map(input, "AttributeUpdates");
    if (!map.value) {
        return true;
    }
    struct update *all = arena_zalloc(call->arena, sizeof(*all));
    struct update_action **end = &all->first;
    all->legacy_add = true;
    all->paths = arena_alloc(call->arena, (input_count(map) + 1) * sizeof(struct document_path));
    for (struct input element = input_first(map); element.value; element = input_next(element)) {
        struct update_action *action = arena_zalloc(call->arena, sizeof(*action));
        if (!read_action(call, element, action, refusal)) {
            return false;
        }
        *end = action;
        end = &action->next;
        all->paths[all->path_count++] = action->path;
    }
    *update = all;
    return true;
}

/* ---- AttributesToGet ---- */

bool legacy_read_attributes_to_get(struct call *call, struct input input,
                                   struct projection_paths **projection, struct result *refusal) {
    struct input list = input_list(input, "AttributesToGet");
    if (!list.value) {
        return true;
    }
    struct projection_paths *all = arena_zalloc(call->arena, sizeof(*all));
    all->paths = arena_alloc(call->arena, (input_count(list) + 1) * sizeof(struct document_path));
    for (struct input name = input_first(list); name.value; name = input_next(name)) {
        struct document_path path = path_of_name(call->arena, input_as_text(name));
        if (input_as_text(name).size > ATTRIBUTE_MAXIMUM_NAME) {
            return fail(call, refusal, ATTRIBUTE_NAME_TOO_LONG);
        }
        for (size_t i = 0; i < all->count; i++) {
            if (path_same(&all->paths[i], &path)) {
                return fail(call, refusal,
                            arena_printf(call->arena, INVALID "Duplicate value in attribute name: %.*s",
                                         TEXT_ARGUMENTS(input_as_text(name))));
            }
        }
        all->paths[all->count++] = path;
    }
    *projection = all;
    return true;
}
