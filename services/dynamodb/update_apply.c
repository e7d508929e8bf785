/* What updates do. Source: dynamodb.md section 4.3. */
#include <stdlib.h>

#include "services/dynamodb/expression.h"

#define WRONG_TYPE "An operand in the update expression has an incorrect data type"
#define NO_SUCH_ATTRIBUTE "The provided expression refers to an attribute that does not exist in the item"
#define INVALID_PATH "The document path provided in the update expression is invalid for update"

struct application {
    struct arena *arena;
    const struct attribute *old; /* all right sides read this */
    struct attribute *item;      /* becomes the new one */
    const char *message;
};

static struct attribute *evaluate(struct application *application, const struct node *node);

static struct attribute *fail(struct application *application, const char *message) {
    application->message = message;
    return NULL;
}

static struct attribute *calculate(struct application *application, enum node_kind kind,
                                   const struct attribute *left, const struct attribute *right) {
    if (left->type != ATTRIBUTE_N || right->type != ATTRIBUTE_N) {
        return fail(application, WRONG_TYPE);
    }
    struct number a = attribute_number(left), b = attribute_number(right), result;
    enum number_verdict verdict =
        kind == NODE_MINUS ? number_subtract(&a, &b, &result) : number_add(&a, &b, &result);
    if (verdict != NUMBER_GOOD) {
        return fail(application, number_verdict_message(application->arena, verdict, TEXT("")));
    }
    return attribute_new_number(application->arena, &result);
}

static struct attribute *append_lists(struct application *application, const struct attribute *left,
                                      const struct attribute *right) {
    if (left->type != ATTRIBUTE_L || right->type != ATTRIBUTE_L) {
        return fail(application, WRONG_TYPE);
    }
    struct attribute *list = attribute_copy(application->arena, left);
    struct attribute *tail = attribute_copy(application->arena, right);
    struct attribute **end = &list->first;
    while (*end) {
        end = &(*end)->next;
    }
    *end = tail->first;
    list->count += tail->count;
    return list;
}

/* The value of a right side, not shared with the item. NULL: message. */
static struct attribute *evaluate(struct application *application, const struct node *node) {
    if (node->kind == NODE_VALUE) {
        return attribute_copy(application->arena, node->value);
    }
    if (node->kind == NODE_PATH) {
        const struct attribute *value = path_get(application->old, &node->path);
        return value ? attribute_copy(application->arena, value) : fail(application, NO_SUCH_ATTRIBUTE);
    }
    if (node->kind == NODE_IF_NOT_EXISTS) {
        const struct attribute *value = path_get(application->old, &node->first->path);
        return value ? attribute_copy(application->arena, value) : evaluate(application, node->first->next);
    }
    const struct attribute *left = evaluate(application, node->first);
    const struct attribute *right = left ? evaluate(application, node->first->next) : NULL;
    if (!right) {
        return NULL;
    }
    return node->kind == NODE_LIST_APPEND ? append_lists(application, left, right)
                                          : calculate(application, node->kind, left, right);
}

/* The members of `set` and those of `more` (wanted) or without them (not wanted). */
static struct attribute *combine_sets(struct application *application, const struct attribute *set,
                                      const struct attribute *more, bool adding) {
    struct attribute *result = attribute_new(application->arena, set->type);
    struct attribute **end = &result->first;
    for (int pass = 0; pass < (adding ? 2 : 1); pass++) {
        const struct attribute *member = pass == 0 ? set->first : more->first;
        const struct attribute *other = pass == 0 ? more : set;
        for (; member; member = member->next) {
            if (attribute_set_has(other, member) && !(adding && pass == 0)) {
                continue;
            }
            *end = attribute_named(application->arena, member, TEXT_NONE);
            end = &(*end)->next;
            result->count++;
        }
    }
    attribute_sort_set(application->arena, result);
    return result;
}

static bool put(struct application *application, const struct document_path *path, struct attribute *value) {
    if (!path_set(application->arena, application->item, path, value)) {
        application->message = INVALID_PATH;
        return false;
    }
    return true;
}

static bool apply_add(struct application *application, const struct update_action *action, bool legacy) {
    const struct attribute *operand = action->operand->value;
    const struct attribute *there = path_get(application->old, &action->path);
    struct attribute *value;
    if (!there) {
        value = attribute_copy(application->arena, operand);
    } else if (there->type == ATTRIBUTE_N && operand->type == ATTRIBUTE_N) {
        value = calculate(application, NODE_PLUS, there, operand);
    } else if (attribute_is_set(there) && there->type == operand->type) {
        value = combine_sets(application, there, operand, true);
    } else if (legacy && there->type == ATTRIBUTE_L && operand->type == ATTRIBUTE_L) {
        value = append_lists(application, there, operand);
    } else {
        value = fail(application, WRONG_TYPE);
    }
    return value && put(application, &action->path, value);
}

static bool apply_delete(struct application *application, const struct update_action *action) {
    const struct attribute *operand = action->operand->value;
    const struct attribute *there = path_get(application->old, &action->path);
    if (!there) {
        return true;
    }
    if (there->type != operand->type || !attribute_is_set(there)) {
        fail(application, WRONG_TYPE);
        return false;
    }
    struct attribute *left = combine_sets(application, there, operand, false);
    if (left->count == 0) {
        return path_remove(application->item, &action->path);
    }
    return put(application, &action->path, left);
}

/* Elements beyond the end of a list are appended in the order of their indexes. */
static int compare_last_index(const void *a, const void *b) {
    const struct update_action *left = *(const struct update_action *const *)a;
    const struct update_action *right = *(const struct update_action *const *)b;
    uint32_t left_index = left->path.steps[left->path.count - 1].index;
    uint32_t right_index = right->path.steps[right->path.count - 1].index;
    return (left_index > right_index) - (left_index < right_index);
}

static bool apply_sets(struct application *application, const struct update *update) {
    size_t count = 0;
    const struct update_action **sets =
        arena_alloc(application->arena, (update->path_count + 1) * sizeof(*sets));
    struct attribute **values = arena_alloc(application->arena, (update->path_count + 1) * sizeof(*values));
    for (const struct update_action *action = update->first; action; action = action->next) {
        if (action->kind == UPDATE_SET) {
            sets[count++] = action;
        }
    }
    if (count > 1) {
        qsort(sets, count, sizeof(*sets), compare_last_index);
    }
    for (size_t i = 0; i < count; i++) {
        values[i] = evaluate(application, sets[i]->operand);
        if (!values[i]) {
            return false;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!put(application, &sets[i]->path, values[i])) {
            return false;
        }
    }
    return true;
}

static bool apply_action(struct application *application, const struct update *update,
                         const struct update_action *action, bool exists) {
    switch (action->kind) {
    case UPDATE_SET:
        return true; /* done together */
    case UPDATE_REMOVE:
        if (path_remove(application->item, &action->path) || !exists) {
            return true;
        }
        application->message = INVALID_PATH;
        return false;
    case UPDATE_ADD:
        return apply_add(application, action, update->legacy_add);
    case UPDATE_DELETE:
        return apply_delete(application, action);
    }
    return true;
}

struct attribute *update_apply(struct arena *arena, const struct update *update, const struct attribute *item,
                               bool exists, const char **message) {
    struct application application = {.arena = arena, .old = item, .item = attribute_copy(arena, item)};
    bool good = apply_sets(&application, update);
    for (const struct update_action *action = update->first; good && action; action = action->next) {
        good = apply_action(&application, update, action, exists);
    }
    path_sweep(application.item);
    *message = application.message;
    if (update->legacy_add && *message && strcmp(*message, WRONG_TYPE) == 0) {
        *message = "Type mismatch for attribute to update";
    }
    return good ? application.item : NULL;
}

bool update_creates(const struct update *update) {
    for (const struct update_action *action = update->first; action; action = action->next) {
        if (action->kind == UPDATE_SET || action->kind == UPDATE_ADD) {
            return true;
        }
    }
    return update->first == NULL;
}
