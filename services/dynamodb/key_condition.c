#include "services/dynamodb/key_condition.h"

#define INVALID "Invalid KeyConditionExpression: "
#define MAXIMUM_CONDITIONS KEY_MAXIMUM_PARTS

/* One condition: attribute, operator, constants. */
struct part_condition {
    enum node_kind kind;
    struct text name;
    const struct attribute *first;
    const struct attribute *second; /* BETWEEN */
};

struct conditions {
    struct arena *arena;
    struct part_condition all[MAXIMUM_CONDITIONS];
    size_t count;
    const char *message;
};

static bool fail(struct conditions *conditions, const char *message) {
    conditions->message = message;
    return false;
}

static bool is_indexable(enum node_kind kind) {
    return kind == NODE_EQ || (kind >= NODE_LT && kind <= NODE_BETWEEN) || kind == NODE_BEGINS_WITH;
}

/* The operator as seen from the other side. */
static enum node_kind turned(enum node_kind kind) {
    static const enum node_kind pairs[][2] = {
        {NODE_LT, NODE_GT}, {NODE_LE, NODE_GE}, {NODE_GT, NODE_LT}, {NODE_GE, NODE_LE}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (pairs[i][0] == kind) {
            return pairs[i][1];
        }
    }
    return kind;
}

/* Which operand is the attribute: its position, or -1 with message. */
static int find_attribute(struct conditions *conditions, const struct node *node) {
    int found = -1, at = 0;
    for (const struct node *operand = node->first; operand; operand = operand->next, at++) {
        if (operand->kind == NODE_SIZE || operand->kind >= NODE_AND) {
            fail(conditions, INVALID "KeyConditionExpressions cannot contain nested operations");
            return -1;
        }
        if (operand->kind != NODE_PATH) {
            continue;
        }
        if (operand->path.count > 1) {
            fail(conditions, INVALID "KeyConditionExpressions cannot have conditions on nested attributes");
            return -1;
        }
        if (found >= 0) {
            fail(conditions,
                 INVALID "Invalid condition in KeyConditionExpression: Multiple attribute names used "
                         "in one condition");
            return -1;
        }
        found = at;
    }
    if (found < 0) {
        fail(conditions, INVALID "Invalid condition in KeyConditionExpression: No key attribute specified");
    }
    return found;
}

static bool add_condition(struct conditions *conditions, const struct node *node) {
    if (!is_indexable(node->kind)) {
        return fail(conditions, arena_printf(conditions->arena,
                                             INVALID "Invalid operator used in KeyConditionExpression: %s",
                                             node_kind_name(node->kind)));
    }
    int at = find_attribute(conditions, node);
    if (at < 0) {
        return false;
    }
    bool first_only = node->kind == NODE_BETWEEN || node->kind == NODE_BEGINS_WITH;
    if (at > 0 && first_only) {
        return fail(conditions,
                    arena_printf(conditions->arena,
                                 INVALID "Invalid condition in KeyConditionExpression: %s operator "
                                         "must have the key attribute as its first operand",
                                 node_kind_name(node->kind)));
    }
    const struct node *attribute = at == 0 ? node->first : node->first->next;
    const struct node *constant = at == 0 ? node->first->next : node->first;
    struct part_condition condition = {
        .kind = at == 0 ? node->kind : turned(node->kind),
        .name = attribute->path.steps[0].name,
        .first = constant->value,
        .second = node->kind == NODE_BETWEEN ? constant->next->value : NULL,
    };
    for (size_t i = 0; i < conditions->count; i++) {
        if (text_same(conditions->all[i].name, condition.name)) {
            return fail(conditions,
                        INVALID "KeyConditionExpressions must only contain one condition per key");
        }
    }
    if (conditions->count == MAXIMUM_CONDITIONS) {
        return fail(conditions, "Conditions can be of length 1 or 2 only");
    }
    conditions->all[conditions->count++] = condition;
    return true;
}

static bool collect(struct conditions *conditions, const struct node *node) {
    if (node->kind != NODE_AND) {
        return add_condition(conditions, node);
    }
    for (const struct node *operand = node->first; operand; operand = operand->next) {
        if (!collect(conditions, operand)) {
            return false;
        }
    }
    return true;
}

static const struct part_condition *condition_of(const struct conditions *conditions, struct text name) {
    for (size_t i = 0; i < conditions->count; i++) {
        if (text_same(conditions->all[i].name, name)) {
            return &conditions->all[i];
        }
    }
    return NULL;
}

static bool missed(struct conditions *conditions, struct text name) {
    return fail(conditions, arena_printf(conditions->arena, "Query condition missed key schema element: %.*s",
                                         TEXT_ARGUMENTS(name)));
}

static bool fits_type(const struct part_condition *condition, const struct key_part *part) {
    return condition->first->type == part->type &&
           (!condition->second || condition->second->type == part->type);
}

static bool check_constants(struct conditions *conditions, const struct key_schema *schema, size_t at,
                            const struct part_condition *condition) {
    const struct key_part *part = &schema->parts[at];
    if (condition->kind == NODE_BEGINS_WITH && part->type == ATTRIBUTE_N) {
        return fail(conditions,
                    INVALID "Incorrect operand type for operator or function; operator or function: "
                            "begins_with, operand type: N");
    }
    if (condition->kind == NODE_BEGINS_WITH) {
        return true;
    }
    conditions->message =
        key_check_value(conditions->arena, part, at >= schema->hash_count, condition->first);
    if (!conditions->message && condition->second) {
        conditions->message =
            key_check_value(conditions->arena, part, at >= schema->hash_count, condition->second);
    }
    return !conditions->message;
}

/* Of a key with several range attributes: those before this one are fixed. False: message. */
static bool check_prefix(struct conditions *conditions, const struct key_schema *schema, size_t at) {
    const char *list = "";
    for (size_t i = schema->hash_count; i < at; i++) {
        const struct part_condition *condition = condition_of(conditions, schema->parts[i].name);
        if (!condition || condition->kind != NODE_EQ) {
            list = arena_printf(conditions->arena, "%s%s%.*s", list, list[0] ? ", " : "",
                                TEXT_ARGUMENTS(schema->parts[i].name));
        }
    }
    return !list[0] ||
           fail(conditions,
                arena_printf(conditions->arena,
                             "RANGE key attributes %s must have equality conditions specified in the query "
                             "because a condition is present on key attribute %.*s",
                             list, TEXT_ARGUMENTS(schema->parts[at].name)));
}

/* Every attribute is conditioned as far as it must be. */
static bool match_schema(struct conditions *conditions, const struct key_schema *schema) {
    size_t parts = schema->hash_count + schema->range_count, used = 0;
    bool open = false; /* a part was left out, or compared by more than equality */
    if (parts <= 2 && conditions->count > 2) {
        return fail(conditions, arena_printf(conditions->arena,
                                             "The number of query conditions (%zu) exceeds the number of key "
                                             "attributes defined in the schema (%zu)",
                                             conditions->count, parts));
    }
    for (size_t i = 0; i < parts; i++) {
        const struct part_condition *condition = condition_of(conditions, schema->parts[i].name);
        if (!condition) {
            if (i < schema->hash_count) {
                return missed(conditions, schema->parts[i].name);
            }
            open = true;
            continue;
        }
        if (!fits_type(condition, &schema->parts[i])) {
            return fail(conditions,
                        "One or more parameter values were invalid: Condition parameter type does not "
                        "match schema type");
        }
        if (open && i >= schema->hash_count && !check_prefix(conditions, schema, i)) {
            return false;
        }
        if (open || (i < schema->hash_count && condition->kind != NODE_EQ)) {
            return fail(conditions, "Query key condition not supported");
        }
        if (!check_constants(conditions, schema, i, condition)) {
            return false;
        }
        open = condition->kind != NODE_EQ;
        used++;
    }
    if (used < conditions->count) {
        return schema->range_count > 0 ? missed(conditions, schema->parts[schema->hash_count].name)
                                       : fail(conditions, "Query key condition not supported");
    }
    return true;
}

static struct text with_part(struct arena *arena, const struct strbuf *prefix,
                             const struct key_schema *schema, size_t at, const struct attribute *value,
                             bool beginning) {
    struct strbuf bytes = STRBUF_INIT;
    strbuf_append_text(&bytes, strbuf_text(prefix));
    key_append_part(&bytes, schema, at, value, beginning);
    struct text text = arena_text(arena, strbuf_text(&bytes));
    strbuf_release(&bytes);
    return text;
}

static void bound(struct arena *arena, const struct strbuf *prefix, const struct key_schema *schema,
                  size_t at, const struct part_condition *condition, struct key_bounds *bounds) {
    bool beginning = condition->kind == NODE_BEGINS_WITH;
    struct text first = with_part(arena, prefix, schema, at, condition->first, beginning);
    struct text last =
        condition->second ? with_part(arena, prefix, schema, at, condition->second, false) : first;
    struct text after = beginning                      ? key_after_prefix(arena, first)
                        : key_part_is_last(schema, at) ? key_after(arena, last)
                                                       : key_after_prefix(arena, last);
    switch ((int)condition->kind) {
    case NODE_LT:
        bounds->to = first;
        break;
    case NODE_LE:
        bounds->to = after;
        break;
    case NODE_GT:
        bounds->from = after;
        break;
    case NODE_GE:
        bounds->from = first;
        break;
    default: /* EQ, BETWEEN, begins_with */
        bounds->from = first;
        bounds->to = after;
        break;
    }
}

static void make_range(struct conditions *conditions, const struct key_schema *schema,
                       struct key_range *range) {
    struct arena *arena = conditions->arena;
    struct strbuf bytes = STRBUF_INIT;
    for (size_t i = 0; i < schema->hash_count; i++) {
        key_append_part(&bytes, schema, i, condition_of(conditions, schema->parts[i].name)->first, false);
    }
    range->key.hash = arena_text(arena, strbuf_text(&bytes));
    range->key.slot = key_slot(range->key.hash);
    strbuf_clear(&bytes);
    size_t parts = schema->hash_count + schema->range_count, at = schema->hash_count;
    const struct part_condition *condition = NULL;
    for (; at < parts; at++) {
        condition = condition_of(conditions, schema->parts[at].name);
        if (!condition || condition->kind != NODE_EQ || at + 1 == parts) {
            break;
        }
        key_append_part(&bytes, schema, at, condition->first, false);
        condition = NULL;
    }
    range->bounds = key_bounds_all();
    if (bytes.size > 0) {
        range->bounds.from = arena_text(arena, strbuf_text(&bytes));
        range->bounds.to = key_after_prefix(arena, range->bounds.from);
    }
    if (condition) {
        bound(arena, &bytes, schema, at, condition, &range->bounds);
    }
    range->one_item = at == parts || (condition && condition->kind == NODE_EQ);
    strbuf_release(&bytes);
}

const char *key_condition_check(struct arena *arena, const struct node *condition) {
    struct conditions conditions = {.arena = arena};
    (void)collect(&conditions, condition);
    return conditions.message;
}

const char *key_condition_read(struct arena *arena, const struct node *condition,
                               const struct key_schema *schema, struct key_range *range) {
    struct conditions conditions = {.arena = arena};
    if (collect(&conditions, condition) && match_schema(&conditions, schema)) {
        make_range(&conditions, schema, range);
    }
    return conditions.message;
}
