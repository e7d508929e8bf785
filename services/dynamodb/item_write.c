#include "services/dynamodb/item_write.h"

#include "services/dynamodb/dynamodb_store_more.h"
#include "services/dynamodb/global_tables.h"
#include "services/dynamodb/throttle.h"

static const struct attribute no_item = {.type = ATTRIBUTE_M};

void item_write_load(struct call *call, struct item_write *write, bool with_item) {
    const struct table *table = write->table;
    bool needed = with_item || table->index_count > 0 || table->stream_view.data || table->replicas.data ||
                  table->recovery_ms > 0;
    write->old = dynamodb_store_get(call->store, table, &write->key, needed ? call->arena : NULL);
    if (!needed) {
        return;
    }
    write->old_item = write->old.id ? attribute_parse_item(call->arena, write->old.text)
                                    : attribute_named(call->arena, &no_item, TEXT_NONE);
}

/* ---- checks ---- */

static const char *wrong_index_type(struct call *call, const struct table_index *index,
                                    const struct key_part *part, enum attribute_type actual) {
    return arena_printf(call->arena,
                        "One or more parameter values were invalid: Type mismatch for Index Key %.*s "
                        "Expected: %s Actual: %s IndexName: %.*s",
                        TEXT_ARGUMENTS(part->name), attribute_type_name(part->type),
                        attribute_type_name(actual), TEXT_ARGUMENTS(index->name));
}

/* The type an operand has whatever the item; ATTRIBUTE_TYPE_COUNT: only the item tells. */
static enum attribute_type type_of(const struct node *operand) {
    if (operand->kind == NODE_VALUE) {
        return operand->value->type;
    }
    if (operand->kind == NODE_PLUS || operand->kind == NODE_MINUS) {
        return ATTRIBUTE_N;
    }
    return operand->kind == NODE_LIST_APPEND ? ATTRIBUTE_L : ATTRIBUTE_TYPE_COUNT;
}

static const char *check_updated_type(struct call *call, const struct table_index *index,
                                      const struct key_part *part, const struct update *update) {
    for (const struct update_action *action = update->first; action; action = action->next) {
        if (action->path.count == 1 && action->operand && text_same(action->path.steps[0].name, part->name)) {
            enum attribute_type type = type_of(action->operand);
            bool wrong = type != ATTRIBUTE_TYPE_COUNT && type != part->type;
            return wrong ? wrong_index_type(call, index, part, type) : NULL;
        }
    }
    return NULL;
}

const char *path_check_scalar(struct call *call, const struct table *table,
                              const struct document_path *path) {
    struct text name = path->steps[0].name;
    bool of_table = key_schema_has(&table->schema, name), of_index = false;
    for (size_t i = 0; i < table->index_count; i++) {
        of_index = of_index || key_schema_has(&table->indexes[i].schema, name);
    }
    if (path->count < 2 || (!of_table && !of_index)) {
        return NULL;
    }
    return arena_printf(call->arena,
                        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
                        "allowed: %s: %.*s",
                        of_table ? "Key" : "IndexKey", TEXT_ARGUMENTS(name));
}

const char *node_check_scalars(struct call *call, const struct table *table, const struct node *node) {
    const char *message = node->kind == NODE_PATH ? path_check_scalar(call, table, &node->path) : NULL;
    for (const struct node *operand = node->first; !message && operand; operand = operand->next) {
        message = node_check_scalars(call, table, operand);
    }
    return message;
}

const char *update_check_keys(struct call *call, const struct table *table, const struct update *update) {
    for (size_t i = 0; update && i < update->path_count; i++) {
        struct text name = update->paths[i].steps[0].name;
        if (key_schema_has(&table->schema, name)) {
            return arena_printf(
                call->arena,
                "One or more parameter values were invalid: Cannot update attribute %.*s. This "
                "attribute is part of the key",
                TEXT_ARGUMENTS(name));
        }
    }
    for (size_t i = 0; update && i < table->index_count; i++) {
        const struct table_index *index = &table->indexes[i];
        for (size_t j = 0; j < index->schema.hash_count + index->schema.range_count; j++) {
            const char *message = check_updated_type(call, index, &index->schema.parts[j], update);
            if (message) {
                return message;
            }
        }
    }
    const char *message = NULL;
    for (const struct update_action *action = update ? update->first : NULL; !message && action;
         action = action->next) {
        message = path_check_scalar(call, table, &action->path);
        if (!message && action->operand) {
            message = node_check_scalars(call, table, action->operand);
        }
    }
    return message;
}

static const char *check_index_key(struct call *call, const struct table_index *index, size_t at,
                                   const struct attribute *value, bool by_update) {
    const struct key_part *part = &index->schema.parts[at];
    if (value->type != part->type) {
        if (by_update) {
            return "The update expression attempted to update the secondary index key to unsupported type";
        }
        return wrong_index_type(call, index, part, value->type);
    }
    if (value->text.size > 0) {
        return key_check_value(call->arena, part, at >= index->schema.hash_count, value);
    }
    return arena_printf(
        call->arena,
        "One or more parameter values are not valid. %s The AttributeValue for a key attribute "
        "cannot contain an empty %s value. IndexName: %.*s, IndexKey: %.*s",
        by_update ? "The update expression attempted to update a secondary index key to a "
                    "value that is not supported."
                  : "A value specified for a secondary index key is not supported.",
        value->type == ATTRIBUTE_B ? "binary" : "string", TEXT_ARGUMENTS(index->name),
        TEXT_ARGUMENTS(part->name));
}

static const char *check_index_keys(struct call *call, const struct item_write *write, bool by_update) {
    for (size_t i = 0; i < write->table->index_count; i++) {
        const struct table_index *index = &write->table->indexes[i];
        for (size_t j = 0; j < index->schema.hash_count + index->schema.range_count; j++) {
            struct text name = index->schema.parts[j].name;
            const struct attribute *value = attribute_find(write->new_item, name);
            /* What was there before the index was may stay. */
            const struct attribute *old =
                by_update && write->old.id ? attribute_find(write->old_item, name) : NULL;
            bool kept = value && old && attribute_equals(value, old);
            const char *message = value && !kept ? check_index_key(call, index, j, value, by_update) : NULL;
            if (message) {
                return message;
            }
        }
    }
    return NULL;
}

const char *item_write_check(struct call *call, struct item_write *write, bool by_update) {
    if (!write->new_item) {
        return NULL;
    }
    write->new_bytes = (int64_t)attribute_item_size(write->new_item);
    if (write->new_bytes > ITEM_MAXIMUM_BYTES) {
        return by_update ? "Item size to update has exceeded the maximum allowed size"
                         : "Item size has exceeded the maximum allowed size";
    }
    return check_index_keys(call, write, by_update);
}

/* ---- what it costs ---- */

struct consumed item_write_price(struct call *call, const struct item_write *write, double factor,
                                 bool fails) {
    struct consumed price = {.table = write->table};
    const struct attribute *old_item = write->old.id ? write->old_item : NULL;
    consumed_add_write(call->arena, &price, old_item, fails ? old_item : write->new_item,
                       write->old.id ? write->old.size : 0, fails ? 0 : write->new_bytes, factor);
    return price;
}

bool item_write_admitted(struct call *call, const struct item_write *write, bool fails,
                         struct result *refusal) {
    if (!throttle_is_on(call)) {
        return true;
    }
    struct consumed price = item_write_price(call, write, 1, fails);
    return throttle_admits(call, &price, refusal);
}

/* ---- committing ---- */

static bool same_key(const struct item_key *a, const struct item_key *b) {
    return text_same(a->hash, b->hash) && text_same(a->range, b->range);
}

static void move_entries(struct call *call, const struct item_write *write, int64_t item_id) {
    struct text base = key_join(call->arena, &write->key);
    for (size_t i = 0; i < write->table->index_count; i++) {
        const struct table_index *index = &write->table->indexes[i];
        struct item_key before, after;
        bool was = write->old.id && key_encode_entry(call->arena, &index->schema, write->old_item, &before);
        bool is = write->new_item && key_encode_entry(call->arena, &index->schema, write->new_item, &after);
        if (was && is && same_key(&before, &after)) {
            continue;
        }
        if (was) {
            dynamodb_store_delete_entry(call->store, index->id, &before, base);
        }
        if (is) {
            dynamodb_store_add_entry(call->store, index->id, &after, base, item_id);
        }
    }
}

void item_write_commit(struct call *call, struct item_write *write) {
    int64_t item_id = write->old.id;
    if (write->new_item) {
        struct strbuf text = STRBUF_INIT;
        strbuf_reserve(&text, (size_t)write->new_bytes + 256);
        attribute_write_item(&text, write->new_item);
        struct stored_item item = {.size = write->new_bytes, .text = strbuf_text(&text)};
        int64_t expires = expiry_of(write->table, write->new_item);
        item_id = dynamodb_store_put(call->store, write->table, &write->key, &write->old, &item, expires);
        strbuf_release(&text);
    } else if (write->old.id) {
        dynamodb_store_delete(call->store, write->table, &write->old);
    }
    if (write->table->index_count > 0) {
        move_entries(call, write, item_id);
    }
    if (write->table->stream_view.data) {
        stream_record_write(call, write);
    }
    if (write->table->recovery_ms > 0 && (write->old.id || write->new_item)) {
        dynamodb_store_add_change(call->store, write->table->id, &write->key, call->now_ms,
                                  write->old.id ? write->old.text : TEXT_NONE,
                                  call->now_ms - write->table->recovery_ms);
    }
    if (write->table->replicas.data && !write->repeated) {
        replicas_write(call, write);
    }
}
