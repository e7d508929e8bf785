#include "services/dynamodb/key_condition.h"
#include "services/dynamodb/page.h"

static const struct node *key_in_filter(const struct node *node, const struct key_schema *schema) {
    if (node->kind == NODE_PATH) {
        return key_schema_has(schema, node->path.steps[0].name) ? node : NULL;
    }
    for (const struct node *operand = node->first; operand; operand = operand->next) {
        const struct node *found = key_in_filter(operand, schema);
        if (found) {
            return found;
        }
    }
    return NULL;
}

static bool check_filter(struct call *call, struct input input, const struct page *page,
                         struct result *refusal) {
    const struct node *key = page->filter ? key_in_filter(page->filter, page->schema) : NULL;
    if (key) {
        *refusal = dynamodb_invalid_plainly(
            call, "%s can only contain non-primary key attributes: Primary key attribute: %.*s",
            input_has(input, "QueryFilter") ? "QueryFilter" : "Filter Expression",
            TEXT_ARGUMENTS(key->path.steps[0].name));
    }
    return !key;
}

/* Narrows the range to what comes after ExclusiveStartKey. */
static bool apply_start(struct call *call, const struct page *page, const struct key_range *range,
                        bool forward, struct item_place *from, struct item_place *to,
                        struct result *refusal) {
    struct item_place start;
    const char *message = NULL, *wrong = NULL;
    if (!page->start) {
        return true;
    }
    if (!page_start(call, page, &start, &wrong)) {
        message = arena_printf(call->arena, "The provided starting key is invalid: %s", wrong);
    } else if (range->one_item && !page->index) {
        message = "The query can return at most one row and cannot be restarted";
    } else if (!text_same(start.hash, range->key.hash)) {
        message = "The provided starting key is outside query boundaries based on provided conditions";
    } else if (text_compare(start.range, range->bounds.from) < 0 ||
               text_compare(start.range, range->bounds.to) >= 0) {
        message = "The provided starting key does not match the range key predicate";
    }
    if (message) {
        *refusal = dynamodb_invalid_plainly(call, "%s", message);
        return false;
    }
    if (!forward) {
        to->range = start.range;
        to->base = start.base;
    } else {
        from->range = page->index ? start.range : key_after(call->arena, start.range);
        from->base = start.base;
    }
    return true;
}

struct result dynamodb_query(struct call *call, struct input input) {
    struct result refusal;
    struct page page = {0};
    struct node *condition = NULL;
    struct key_range range = {0};
    if (!page_read_request(call, input, "QueryFilter", &page, &condition, &refusal)) {
        return refusal;
    }
    if (!condition) {
        return dynamodb_invalid_plainly(call, "Conditions can be of length 1 or 2 only");
    }
    const char *message =
        input_has(input, "KeyConditionExpression") ? key_condition_check(call->arena, condition) : NULL;
    if (message) {
        return dynamodb_invalid_plainly(call, "%s", message);
    }
    if (!page_find(call, input, &page, &refusal) || !legacy_check_indexable(call, input, &refusal)) {
        return refusal;
    }
    message = key_condition_read(call->arena, condition, page.schema, &range);
    if (message) {
        return dynamodb_invalid_plainly(call, "%s", message);
    }
    struct item_place from = {.range = range.bounds.from, .base = TEXT("")};
    struct item_place to = {.range = range.bounds.to, .base = TEXT("")};
    bool forward = input_boolean(input, "ScanIndexForward", true);
    if (!apply_start(call, &page, &range, forward, &from, &to, &refusal) ||
        !page_check_projected_keys(call, &page, &refusal) || !check_filter(call, input, &page, &refusal) ||
        !page_check_filtered_keys(call, &page, &refusal)) {
        return refusal;
    }
    struct statement *rows =
        dynamodb_store_query(call->store, page.table, page.index, &range.key, &from, &to, forward);
    return page_answer(call, input, &page, rows);
}
