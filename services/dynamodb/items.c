/* PutItem, GetItem, UpdateItem, DeleteItem. */
#include "services/dynamodb/item_write.h"
#include "services/dynamodb/throttle.h"

static const char *const put_legacy[] = {"Expected", "ConditionalOperator", NULL};
static const char *const put_expressions[] = {"ConditionExpression", NULL};
static const char *const update_legacy[] = {"AttributeUpdates", "Expected", "ConditionalOperator", NULL};
static const char *const update_expressions[] = {"UpdateExpression", "ConditionExpression", NULL};
static const char *const get_legacy[] = {"AttributesToGet", NULL};
static const char *const get_expressions[] = {"ProjectionExpression", NULL};

/* ---- answers ---- */

static void write_item(struct output *out, const char *member, const struct attribute *item) {
    if (!item || item->count == 0) {
        return;
    }
    struct strbuf text = STRBUF_INIT;
    attribute_write_item(&text, item);
    output_json(out, member, strbuf_text(&text));
    strbuf_release(&text);
}

static struct result condition_failed(struct call *call, struct input input, const struct item_write *write) {
    struct result result =
        call_error(call, &dynamodb_error_ConditionalCheckFailedException, "The conditional request failed");
    if (text_equals(input_text(input, "ReturnValuesOnConditionCheckFailure"), "ALL_OLD") && write->old.id) {
        output_json(call_error_output(call), "Item", write->old.text);
    }
    return result;
}

/* ConsumedCapacity and ItemCollectionMetrics of a write. */
static void write_costs(struct call *call, struct input input, const struct item_write *write,
                        const struct attribute *key) {
    struct text mode = input_text(input, "ReturnConsumedCapacity");
    if (wants_capacity(mode)) {
        struct consumed consumed = item_write_price(call, write, 1, false);
        consumed.table_name = input_text(input, "TableName");
        consumed_write(call_output(call), "ConsumedCapacity", mode, &consumed);
    }
    write_collection_metrics(call, write->table, input, key);
}

/* ---- what Put, Update and Delete share ---- */

struct change {
    struct placeholders placeholders;
    struct node *condition;
    struct update *update;
    bool return_old;
};

static bool read_condition(struct call *call, struct input input, struct change *change,
                           struct result *refusal) {
    return legacy_read_expected(call, input, &change->condition, refusal) &&
           dynamodb_read_placeholders(call, input, true, &change->placeholders, refusal);
}

static bool finish_condition(struct call *call, struct input input, struct change *change,
                             struct result *refusal) {
    return dynamodb_read_condition(call, input, "ConditionExpression", ROLE_CONDITION, &change->placeholders,
                                   &change->condition, refusal) &&
           dynamodb_check_used(call, &change->placeholders, refusal);
}

/* Put and Delete return the old item or nothing. */
static bool read_return_values(struct call *call, struct input input, struct change *change,
                               struct result *refusal) {
    struct text wanted = input_text(input, "ReturnValues");
    change->return_old = text_equals(wanted, "ALL_OLD");
    if (wanted.data && !change->return_old && !text_equals(wanted, "NONE")) {
        *refusal = dynamodb_invalid(call, "ReturnValues can only be ALL_OLD or NONE");
        return false;
    }
    return true;
}

static bool read_values(struct call *call, struct input input, const char *member, struct attribute **item,
                        struct result *refusal) {
    const char *message = NULL;
    *item = attribute_read_item(call->arena, dynamodb_wording(call), input_value(input, member), &message);
    if (!*item) {
        *refusal = dynamodb_invalid(call, "%s", message);
    }
    return *item != NULL;
}

/* Table and key of the item; checks come from key_check_item() or key_check(). */
static bool find_item(struct call *call, struct input input, const struct attribute *item,
                      const char *(*check)(struct arena *, const struct key_schema *,
                                           const struct attribute *),
                      struct item_write *write, struct result *refusal) {
    if (!dynamodb_named_table(call, input_text(input, "TableName"), &write->table, refusal)) {
        return false;
    }
    const char *message = check(call->arena, &write->table->schema, item);
    if (message) {
        *refusal = dynamodb_invalid_plainly(call, "%s", message);
        return false;
    }
    (void)key_encode(call->arena, &write->table->schema, item, &write->key);
    return true;
}

/* Has the condition decide. A request that it refuses is paid for, and refused sooner by a throttled table.
 */
static bool condition_allows(struct call *call, struct input input, const struct change *change,
                             const struct item_write *write, struct result *refusal) {
    if (!change->condition || expression_holds(call->arena, change->condition, write->old_item)) {
        return true;
    }
    if (item_write_admitted(call, write, true, refusal)) {
        *refusal = condition_failed(call, input, write);
    }
    return false;
}

/* ---- PutItem ---- */

struct result dynamodb_put_item(struct call *call, struct input input) {
    struct result refusal;
    struct change change = {0};
    struct item_write write = {0};
    if (!dynamodb_check_mix(call, input, put_legacy, put_expressions, put_expressions, &refusal) ||
        !read_values(call, input, "Item", &write.new_item, &refusal) ||
        !read_return_values(call, input, &change, &refusal)) {
        return refusal;
    }
    if (attribute_item_size(write.new_item) > ITEM_MAXIMUM_BYTES) {
        return dynamodb_invalid_plainly(call, "Item size has exceeded the maximum allowed size");
    }
    if (!read_condition(call, input, &change, &refusal) ||
        !finish_condition(call, input, &change, &refusal) ||
        !find_item(call, input, write.new_item, key_check_item, &write, &refusal)) {
        return refusal;
    }
    const char *message = item_write_check(call, &write, false);
    if (message) {
        return dynamodb_invalid_plainly(call, "%s", message);
    }
    item_write_load(call, &write, change.condition || change.return_old);
    if (!condition_allows(call, input, &change, &write, &refusal) ||
        !item_write_admitted(call, &write, false, &refusal)) {
        return refusal;
    }
    item_write_commit(call, &write);
    if (change.return_old && write.old.id) {
        output_json(call_output(call), "Attributes", write.old.text);
    }
    write_costs(call, input, &write, write.new_item);
    return result_output();
}

/* ---- DeleteItem ---- */

struct result dynamodb_delete_item(struct call *call, struct input input) {
    struct result refusal;
    struct change change = {0};
    struct item_write write = {0};
    struct attribute *key;
    if (!dynamodb_check_mix(call, input, put_legacy, put_expressions, put_expressions, &refusal) ||
        !read_values(call, input, "Key", &key, &refusal) ||
        !read_return_values(call, input, &change, &refusal) ||
        !read_condition(call, input, &change, &refusal) ||
        !finish_condition(call, input, &change, &refusal) ||
        !find_item(call, input, key, key_check, &write, &refusal)) {
        return refusal;
    }
    item_write_load(call, &write, change.condition || change.return_old);
    if (!condition_allows(call, input, &change, &write, &refusal) ||
        !item_write_admitted(call, &write, false, &refusal)) {
        return refusal;
    }
    item_write_commit(call, &write);
    if (change.return_old && write.old.id) {
        output_json(call_output(call), "Attributes", write.old.text);
    }
    write_costs(call, input, &write, key);
    return result_output();
}

/* ---- UpdateItem ---- */

static bool read_update(struct call *call, struct input input, struct change *change,
                        struct result *refusal) {
    const char *message = NULL;
    if (!input_has(input, "UpdateExpression")) {
        return true;
    }
    change->update = update_parse(&change->placeholders, input_text(input, "UpdateExpression"), &message);
    if (!change->update) {
        *refusal = dynamodb_invalid(call, "%s", message);
    }
    return change->update != NULL;
}

/* The item that the update is applied to: the old one, or its key alone. */
static const struct attribute *base_of(const struct item_write *write, const struct attribute *key) {
    return write->old.id ? write->old_item : key;
}

static void write_updated(struct call *call, struct input input, const struct item_write *write,
                          const struct update *update) {
    struct text wanted = input_text(input, "ReturnValues");
    struct output *out = call_output(call);
    if (text_equals(wanted, "ALL_OLD") && write->old.id) {
        output_json(out, "Attributes", write->old.text);
    } else if (text_equals(wanted, "ALL_NEW")) {
        write_item(out, "Attributes", write->new_item);
    } else if (update && write->new_item && text_equals(wanted, "UPDATED_NEW")) {
        write_item(out, "Attributes",
                   paths_project(call->arena, write->new_item, update->paths, update->path_count));
    } else if (update && write->old.id && text_equals(wanted, "UPDATED_OLD")) {
        write_item(out, "Attributes",
                   paths_project(call->arena, write->old_item, update->paths, update->path_count));
    }
}

/* UpdateItem measures what it writes, with a price for each action, besides the finished item. Source: the
 * public conformance suite's captures, to the byte. */
static bool is_too_much(const struct update *update, const struct attribute *item) {
    size_t bytes = 3;
    for (const struct update_action *action = update ? update->first : NULL; action; action = action->next) {
        struct text name = action->path.steps[0].name;
        bool writes = action->kind == UPDATE_SET || action->kind == UPDATE_ADD, counted = false;
        const struct attribute *value = writes ? attribute_find(item, name) : NULL;
        bytes += writes ? 19 : 2;
        for (size_t i = 1; writes && i < action->path.count; i++) {
            bytes += !action->path.steps[i].name.data; /* an index */
        }
        for (const struct update_action *other = update->first; other != action; other = other->next) {
            counted = counted || ((other->kind == UPDATE_SET || other->kind == UPDATE_ADD) &&
                                  text_same(other->path.steps[0].name, name));
        }
        bytes += value && !counted ? name.size + attribute_size(value) : 0;
    }
    return bytes > ITEM_MAXIMUM_BYTES;
}

struct result dynamodb_update_item(struct call *call, struct input input) {
    struct result refusal;
    struct change change = {0};
    struct item_write write = {0};
    struct attribute *key;
    if (!dynamodb_check_mix(call, input, update_legacy, update_expressions, update_expressions, &refusal) ||
        !read_values(call, input, "Key", &key, &refusal) ||
        !legacy_read_updates(call, input, &change.update, &refusal) ||
        !read_condition(call, input, &change, &refusal) || !read_update(call, input, &change, &refusal) ||
        !finish_condition(call, input, &change, &refusal) ||
        !find_item(call, input, key, key_check, &write, &refusal)) {
        return refusal;
    }
    const char *message = update_check_keys(call, write.table, change.update);
    if (message) {
        return dynamodb_invalid_plainly(call, "%s", message);
    }
    item_write_load(call, &write, true);
    if (!condition_allows(call, input, &change, &write, &refusal)) {
        return refusal;
    }
    if (!change.update) {
        write.new_item = write.old.id ? write.old_item : key;
    } else {
        struct attribute *updated =
            update_apply(call->arena, change.update, base_of(&write, key), write.old.id != 0, &message);
        if (!updated) {
            return dynamodb_invalid_plainly(call, "%s", message);
        }
        write.new_item = write.old.id || update_creates(change.update) ? updated : NULL;
    }
    message = write.new_item && is_too_much(change.update, write.new_item)
                  ? "Item size to update has exceeded the maximum allowed size"
                  : item_write_check(call, &write, true);
    if (message) {
        return dynamodb_invalid_plainly(call, "%s", message);
    }
    if (!item_write_admitted(call, &write, false, &refusal)) {
        return refusal;
    }
    item_write_commit(call, &write);
    write_updated(call, input, &write, change.update);
    write_costs(call, input, &write, key);
    return result_output();
}

/* ---- GetItem ---- */

static void write_projected(struct call *call, struct text text, const struct projection_paths *projection) {
    struct attribute *item = attribute_parse_item(call->arena, text);
    struct attribute *part = paths_project(call->arena, item, projection->paths, projection->count);
    if (part) {
        write_item(call_output(call), "Item", part);
    } else {
        output_json(call_output(call), "Item", TEXT("{}"));
    }
}

struct result dynamodb_get_item(struct call *call, struct input input) {
    struct result refusal;
    struct placeholders placeholders;
    struct projection_paths *projection = NULL;
    struct item_write place = {0};
    struct attribute *key;
    if (!dynamodb_check_mix(call, input, get_legacy, get_expressions, NULL, &refusal) ||
        !read_values(call, input, "Key", &key, &refusal) ||
        !legacy_read_attributes_to_get(call, input, &projection, &refusal) ||
        !dynamodb_read_placeholders(call, input, false, &placeholders, &refusal) ||
        !dynamodb_read_projection(call, input, &placeholders, &projection, &refusal) ||
        !dynamodb_check_used(call, &placeholders, &refusal) ||
        !find_item(call, input, key, key_check, &place, &refusal) ||
        !projection_check_keys(call, place.table, projection, &refusal)) {
        return refusal;
    }
    struct statement *statement;
    struct stored_item item = dynamodb_store_peek(call->store, place.table, &place.key, &statement);
    if (item.id && projection) {
        write_projected(call, item.text, projection);
    } else if (item.id) {
        output_json(call_output(call), "Item", item.text);
    }
    statement_reset(statement);
    struct consumed consumed = {
        .table = place.table,
        .table_name = input_text(input, "TableName"),
        .units = read_units(item.id ? item.size : 0, input_boolean(input, "ConsistentRead", false)),
    };
    if (!throttle_admits(call, &consumed, &refusal)) {
        return refusal;
    }
    consumed_write(call_output(call), "ConsumedCapacity", input_text(input, "ReturnConsumedCapacity"),
                   &consumed);
    return result_output();
}
