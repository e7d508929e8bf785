/* What conditions mean. Source: dynamodb.md section 4.2. */
#include "services/dynamodb/expression.h"

struct evaluation {
    struct arena *arena;
    const struct attribute *item;
};

static bool holds(const struct evaluation *evaluation, const struct node *node);

/* Java's length: UTF-16 units. */
static size_t character_count(struct text text) {
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        count += ((byte & 0xC0) != 0x80) + (byte >= 0xF0);
    }
    return count;
}

/* NULL: has no size. */
static const struct attribute *size_of(const struct evaluation *evaluation, const struct attribute *value) {
    size_t size = value->count;
    if (value->type == ATTRIBUTE_S) {
        size = character_count(value->text);
    } else if (value->type == ATTRIBUTE_B) {
        size = value->text.size;
    } else if (!attribute_is_set(value) && value->type != ATTRIBUTE_L && value->type != ATTRIBUTE_M) {
        return NULL;
    }
    return attribute_new_text(evaluation->arena, ATTRIBUTE_N,
                              text_of(arena_printf(evaluation->arena, "%zu", size)));
}

/* NULL: missing. */
static const struct attribute *operand_value(const struct evaluation *evaluation, const struct node *node) {
    if (node->kind == NODE_PATH) {
        return path_get(evaluation->item, &node->path);
    }
    if (node->kind == NODE_SIZE) {
        const struct attribute *value = operand_value(evaluation, node->first);
        return value ? size_of(evaluation, value) : NULL;
    }
    return node->value;
}

static bool is_ordered(const struct attribute *value) {
    return value->type == ATTRIBUTE_S || value->type == ATTRIBUTE_N || value->type == ATTRIBUTE_B;
}

static bool compare(enum node_kind kind, const struct attribute *left, const struct attribute *right) {
    if (kind == NODE_EQ || kind == NODE_NE) {
        bool equal = left && right && attribute_equals(left, right);
        return equal == (kind == NODE_EQ);
    }
    if (!left || !right || left->type != right->type || !is_ordered(left)) {
        return false;
    }
    int order = attribute_compare(left, right);
    switch ((int)kind) {
    case NODE_LT:
        return order < 0;
    case NODE_LE:
        return order <= 0;
    case NODE_GT:
        return order > 0;
    case NODE_GE:
        return order >= 0;
    default:
        return false;
    }
}

static bool begins_with(const struct attribute *value, const struct attribute *prefix) {
    return value && prefix && value->type == prefix->type &&
           (value->type == ATTRIBUTE_S || value->type == ATTRIBUTE_B) &&
           value->text.size >= prefix->text.size &&
           memcmp(value->text.data, prefix->text.data, prefix->text.size) == 0;
}

static bool contains(const struct attribute *value, const struct attribute *part) {
    if (!value || !part) {
        return false;
    }
    if (value->type == ATTRIBUTE_S || value->type == ATTRIBUTE_B) {
        return value->type == part->type &&
               (part->text.size == 0 ||
                memmem(value->text.data, value->text.size, part->text.data, part->text.size) != NULL);
    }
    if (attribute_is_set(value)) {
        return part->type == attribute_member_type(value->type) && attribute_set_has(value, part);
    }
    for (const struct attribute *member = value->type == ATTRIBUTE_L ? value->first : NULL; member;
         member = member->next) {
        if (attribute_equals(member, part)) {
            return true;
        }
    }
    return false;
}

static bool is_of_type(const struct attribute *value, const struct attribute *type) {
    return value && type && text_equals(type->text, attribute_type_name(value->type));
}

static bool holds_in(const struct evaluation *evaluation, const struct node *node) {
    const struct attribute *value = operand_value(evaluation, node->first);
    for (const struct node *other = node->first->next; other; other = other->next) {
        if (compare(NODE_EQ, value, operand_value(evaluation, other))) {
            return true;
        }
    }
    return false;
}

/* AND (wanted false) and OR (wanted true): does any operand have the deciding value? */
static bool any_operand_is(const struct evaluation *evaluation, const struct node *node, bool wanted) {
    for (const struct node *operand = node->first; operand; operand = operand->next) {
        if (holds(evaluation, operand) == wanted) {
            return true;
        }
    }
    return false;
}

static bool holds(const struct evaluation *evaluation, const struct node *node) {
    const struct attribute *value = node->kind > NODE_NOT ? operand_value(evaluation, node->first) : NULL;
    const struct attribute *second =
        node->kind > NODE_NOT && node->count > 1 ? operand_value(evaluation, node->first->next) : NULL;
    switch ((int)node->kind) {
    case NODE_AND:
        return !any_operand_is(evaluation, node, false);
    case NODE_OR:
        return any_operand_is(evaluation, node, true);
    case NODE_NOT:
        return !holds(evaluation, node->first);
    case NODE_EQ:
    case NODE_NE:
    case NODE_LT:
    case NODE_LE:
    case NODE_GT:
    case NODE_GE:
        return compare(node->kind, value, second);
    case NODE_BETWEEN:
        return compare(NODE_GE, value, second) &&
               compare(NODE_LE, value, operand_value(evaluation, node->first->next->next));
    case NODE_IN:
        return holds_in(evaluation, node);
    case NODE_ATTRIBUTE_EXISTS:
        return value != NULL;
    case NODE_ATTRIBUTE_NOT_EXISTS:
        return value == NULL;
    case NODE_ATTRIBUTE_TYPE:
        return is_of_type(value, second);
    case NODE_BEGINS_WITH:
        return begins_with(value, second);
    case NODE_CONTAINS:
        return contains(value, second);
    default:
        return false;
    }
}

bool expression_holds(struct arena *arena, const struct node *condition, const struct attribute *item) {
    struct evaluation evaluation = {.arena = arena, .item = item};
    return holds(&evaluation, condition);
}
