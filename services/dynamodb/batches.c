/* BatchGetItem, BatchWriteItem. Source: dynamodb.md section 6. */
#include "services/dynamodb/item_write.h"
#include "services/dynamodb/throttle.h"

#define MAXIMUM_WRITES 25
#define MAXIMUM_READS 100
#define MAXIMUM_ANSWER_BYTES (16 * 1024 * 1024)
#define DUPLICATES "Provided list of item keys contains duplicates"

static bool fail(struct call *call, struct result *refusal, const char *message) {
    *refusal = dynamodb_invalid(call, "%s", message);
    return false;
}

static bool same_place(const struct item_write *a, const struct item_write *b) {
    return a->table->id == b->table->id && text_same(a->key.hash, b->key.hash) &&
           text_same(a->key.range, b->key.range);
}

/* ---- BatchWriteItem ---- */

struct batch_write {
    struct item_write write;
    struct input request;  /* as it came, to be given back */
    bool left;             /* not processed */
    struct attribute *key; /* of a delete */
    struct text table_name;
};

static bool read_write(struct call *call, struct input request, struct batch_write *batch,
                       struct result *refusal) {
    struct input put = input_structure(request, "PutRequest");
    struct input delete = input_structure(request, "DeleteRequest");
    const char *message = NULL;
    if ((put.value != NULL) == (delete.value != NULL)) { /* the same words for neither */
        return fail(call, refusal,
                    "Supplied AttributeValue has more than one datatypes set, must contain exactly "
                    "one of the supported datatypes");
    }
    struct attribute *values =
        attribute_read_item(call->arena, dynamodb_wording(call),
                            put.value ? input_value(put, "Item") : input_value(delete, "Key"), &message);
    if (!values) {
        return fail(call, refusal, message);
    }
    if (put.value && attribute_item_size(values) > ITEM_MAXIMUM_BYTES) {
        return fail(call, refusal, "Item size has exceeded the maximum allowed size");
    }
    batch->write.new_item = put.value ? values : NULL;
    batch->key = values;
    return true;
}

static bool read_writes(struct call *call, struct input tables, struct batch_write *batch, size_t *count,
                        struct result *refusal) {
    for (struct input table = input_first(tables); table.value; table = input_next(table)) {
        for (struct input request = input_first(table); request.value; request = input_next(request)) {
            if (*count == MAXIMUM_WRITES) {
                return fail(call, refusal, "Too many items requested for the BatchWriteItem call");
            }
            batch[*count].table_name = input_key(table);
            batch[*count].request = request;
            if (!read_write(call, request, &batch[*count], refusal)) {
                return false;
            }
            (*count)++;
        }
    }
    return true;
}

static bool find_write(struct call *call, struct batch_write *batch, size_t at, struct result *refusal) {
    struct item_write *write = &batch[at].write;
    if (!dynamodb_named_table(call, batch[at].table_name, &write->table, refusal)) {
        return false;
    }
    const struct key_schema *schema = &write->table->schema;
    struct attribute *key =
        write->new_item ? key_of_item(call->arena, schema, write->new_item) : batch[at].key;
    const char *message = key_check(call->arena, schema, key);
    message = message ? message : item_write_check(call, write, false);
    if (message) {
        return fail(call, refusal, message);
    }
    (void)key_encode(call->arena, schema, key, &write->key);
    for (size_t i = 0; i < at; i++) {
        if (same_place(&batch[i].write, write)) {
            return fail(call, refusal, DUPLICATES);
        }
    }
    batch[at].key = key;
    return true;
}

/* The consumption of one table, one element of the answer's list. */
static void write_batch_costs(struct call *call, struct input input, struct batch_write *batch,
                              size_t count) {
    struct text mode = input_text(input, "ReturnConsumedCapacity");
    if (!wants_capacity(mode)) {
        return;
    }
    output_begin_list(call_output(call), "ConsumedCapacity");
    for (struct input table = input_first(input_map(input, "RequestItems")); table.value;
         table = input_next(table)) {
        struct consumed consumed = {.table_name = input_key(table)};
        for (size_t i = 0; i < count; i++) {
            const struct item_write *write = &batch[i].write;
            if (text_same(batch[i].table_name, consumed.table_name) && !batch[i].left) {
                struct consumed price = item_write_price(call, write, 1, false);
                consumed_add(call->arena, &consumed, &price);
            }
        }
        if (consumed.table) {
            consumed_write(call_output(call), NULL, mode, &consumed);
        }
    }
    output_end(call_output(call));
}

static void write_batch_metrics(struct call *call, struct input input, struct batch_write *batch,
                                size_t count) {
    struct output *out = call_output(call);
    if (!text_equals(input_text(input, "ReturnItemCollectionMetrics"), "SIZE")) {
        return;
    }
    output_begin_map(out, "ItemCollectionMetrics");
    for (struct input table = input_first(input_map(input, "RequestItems")); table.value;
         table = input_next(table)) {
        bool open = false;
        for (size_t i = 0; i < count; i++) {
            if (batch[i].left || !text_same(batch[i].table_name, input_key(table)) ||
                !has_local_index(batch[i].write.table)) {
                continue;
            }
            if (!open) {
                output_begin_list(out, arena_text_string(call->arena, input_key(table)));
                open = true;
            }
            output_begin_structure(out, NULL);
            write_collection_metrics_entry(call, batch[i].write.table, batch[i].key);
            output_end(out);
        }
        if (open) {
            output_end(out);
        }
    }
    output_end(out);
}

static void write_unprocessed_items(struct call *call, struct input tables, const struct batch_write *batch,
                                    size_t count) {
    struct output *out = call_output(call);
    output_begin_map(out, "UnprocessedItems");
    for (struct input table = input_first(tables); table.value; table = input_next(table)) {
        bool open = false;
        for (size_t i = 0; i < count; i++) {
            if (!batch[i].left || !text_same(batch[i].table_name, input_key(table))) {
                continue;
            }
            if (!open) {
                output_begin_list(out, arena_text_string(call->arena, input_key(table)));
                open = true;
            }
            output_value(out, NULL, batch[i].request.value);
        }
        if (open) {
            output_end(out);
        }
    }
    output_end(out);
}

/* Which of so many requests a scripted fault leaves unprocessed: at least one, never all. */
static bool *choose_left(struct call *call, size_t count) {
    bool *left = arena_zalloc(call->arena, (count + 1) * sizeof(*left));
    if (!dynamodb_fault_is(call, "partial") || count < 2) {
        return left;
    }
    struct ids *ids = emulator_ids(call->emulator);
    for (size_t i = 1 + ids_random_below(ids, count - 1); i > 0;) {
        size_t which = ids_random_below(ids, count);
        i -= !left[which];
        left[which] = true;
    }
    return left;
}

/* Writes what throttled tables and faults let pass. False: not one; *refusal. */
static bool commit_writes(struct call *call, struct batch_write *batch, size_t count,
                          struct result *refusal) {
    const bool *left = choose_left(call, count);
    struct throttled why = {0};
    size_t done = 0;
    for (size_t i = 0; i < count; i++) {
        struct item_write *write = &batch[i].write;
        item_write_load(call, write, false);
        batch[i].left = left[i];
        if (!left[i] && throttle_is_on(call)) {
            struct consumed price = item_write_price(call, write, 1, false);
            batch[i].left = !throttle_take(call, &price, &why);
        }
        if (!batch[i].left) {
            item_write_commit(call, write);
            done++;
        }
    }
    if (done == 0 && why.table) {
        *refusal = throttle_refuse(call, &why);
    }
    return done > 0 || !why.table;
}

struct result dynamodb_batch_write_item(struct call *call, struct input input) {
    struct result refusal;
    struct batch_write *batch = arena_zalloc(call->arena, MAXIMUM_WRITES * sizeof(*batch));
    size_t count = 0;
    if (!read_writes(call, input_map(input, "RequestItems"), batch, &count, &refusal)) {
        return refusal;
    }
    for (size_t i = 0; i < count; i++) {
        if (!find_write(call, batch, i, &refusal)) {
            return refusal;
        }
    }
    if (!commit_writes(call, batch, count, &refusal)) {
        return refusal;
    }
    write_unprocessed_items(call, input_map(input, "RequestItems"), batch, count);
    write_batch_metrics(call, input, batch, count);
    write_batch_costs(call, input, batch, count);
    return result_output();
}

/* ---- BatchGetItem ---- */

struct batch_get {
    struct item_write place; /* table and key only */
    const struct json_value *key;
    struct input part; /* KeysAndAttributes */
    struct projection_paths *projection;
    bool left; /* by a fault */
    bool done;
};

static const char *const get_legacy[] = {"AttributesToGet", NULL};
static const char *const get_expressions[] = {"ProjectionExpression", NULL};

static bool read_part(struct call *call, struct input part, struct projection_paths **projection,
                      struct result *refusal) {
    struct placeholders placeholders;
    return dynamodb_check_mix(call, part, get_legacy, get_expressions, NULL, refusal) &&
           legacy_read_attributes_to_get(call, part, projection, refusal) &&
           dynamodb_read_placeholders(call, part, false, &placeholders, refusal) &&
           dynamodb_read_projection(call, part, &placeholders, projection, refusal) &&
           dynamodb_check_used(call, &placeholders, refusal);
}

static bool read_reads(struct call *call, struct input tables, struct batch_get *batch, size_t *count,
                       struct result *refusal) {
    for (struct input part = input_first(tables); part.value; part = input_next(part)) {
        struct projection_paths *projection = NULL;
        if (!read_part(call, part, &projection, refusal)) {
            return false;
        }
        for (struct input key = input_first(input_list(part, "Keys")); key.value; key = input_next(key)) {
            if (*count == MAXIMUM_READS) {
                return fail(call, refusal, "Too many items requested for the BatchGetItem call");
            }
            batch[(*count)++] = (struct batch_get){.part = part, .projection = projection, .key = key.value};
        }
    }
    return true;
}

/*
 * Reads name a key twice only if they spell it the same way: 1 and 1.0 are two keys of one item here, though
 * not to BatchWriteItem. `a` and `b` are of one place. Source: dynamodb.md section 6.
 */
static bool same_spelling(const struct key_schema *schema, const struct json_value *a,
                          const struct json_value *b) {
    for (size_t i = 0; i < schema->hash_count + schema->range_count; i++) {
        const struct key_part *part = &schema->parts[i];
        if (part->type != ATTRIBUTE_N) {
            continue;
        }
        struct text first = TEXT_NONE, second = TEXT_NONE;
        for (const struct json_value *member = a->child; member; member = member->next) {
            first = text_same(member->key, part->name) ? json_find_text(member, "N") : first;
        }
        for (const struct json_value *member = b->child; member; member = member->next) {
            second = text_same(member->key, part->name) ? json_find_text(member, "N") : second;
        }
        if (!text_same(first, second)) {
            return false;
        }
    }
    return true;
}

static bool find_read(struct call *call, struct batch_get *batch, size_t at, struct result *refusal) {
    const char *message = NULL;
    struct item_write *place = &batch[at].place;
    struct attribute *key = attribute_read_item(call->arena, dynamodb_wording(call), batch[at].key, &message);
    if (!key) {
        return fail(call, refusal, message);
    }
    if (!dynamodb_named_table(call, input_key(batch[at].part), &place->table, refusal)) {
        return false;
    }
    message = key_check(call->arena, &place->table->schema, key);
    if (message) {
        return fail(call, refusal, message);
    }
    (void)key_encode(call->arena, &place->table->schema, key, &place->key);
    for (size_t i = 0; i < at; i++) {
        if (same_place(&batch[i].place, place) &&
            same_spelling(&place->table->schema, batch[i].key, batch[at].key)) {
            return fail(call, refusal, DUPLICATES);
        }
    }
    return true;
}

static void write_found(struct call *call, const struct batch_get *get, struct text text) {
    struct output *out = call_output(call);
    if (!get->projection) {
        output_json(out, NULL, text);
        return;
    }
    struct strbuf json = STRBUF_INIT;
    struct attribute *part = paths_project(call->arena, attribute_parse_item(call->arena, text),
                                           get->projection->paths, get->projection->count);
    if (part) {
        attribute_write_item(&json, part);
    }
    output_json(out, NULL, part ? strbuf_text(&json) : TEXT("{}"));
    strbuf_release(&json);
}

/* Reads the keys of one table until the answer is full. */
static void read_table(struct call *call, struct input part, struct batch_get *batch, size_t count,
                       int64_t *bytes, struct consumed *consumed, struct throttled *why) {
    bool consistent = input_boolean(part, "ConsistentRead", false);
    for (size_t i = 0; i < count; i++) {
        struct statement *statement;
        if (batch[i].part.value != part.value || batch[i].left || *bytes > MAXIMUM_ANSWER_BYTES) {
            continue;
        }
        consumed->table = batch[i].place.table;
        struct stored_item item =
            dynamodb_store_peek(call->store, batch[i].place.table, &batch[i].place.key, &statement);
        if (item.id && *bytes + item.size > MAXIMUM_ANSWER_BYTES) {
            *bytes = MAXIMUM_ANSWER_BYTES + 1;
            statement_reset(statement);
            continue;
        }
        struct consumed price = {.table = consumed->table,
                                 .units = read_units(item.id ? item.size : 0, consistent)};
        if (!throttle_take(call, &price, why)) {
            statement_reset(statement);
            continue;
        }
        consumed->units += price.units;
        if (item.id) {
            *bytes += item.size;
            write_found(call, &batch[i], item.text);
        }
        statement_reset(statement);
        batch[i].done = true;
    }
}

static void write_unprocessed(struct call *call, struct input tables, struct batch_get *batch, size_t count) {
    static const char *const members[] = {"AttributesToGet", "ConsistentRead", "ProjectionExpression",
                                          "ExpressionAttributeNames"};
    struct output *out = call_output(call);
    output_begin_map(out, "UnprocessedKeys");
    for (struct input part = input_first(tables); part.value; part = input_next(part)) {
        bool open = false;
        for (size_t i = 0; i < count; i++) {
            if (batch[i].part.value != part.value || batch[i].done) {
                continue;
            }
            if (!open) {
                output_begin_structure(out, arena_text_string(call->arena, input_key(part)));
                output_begin_list(out, "Keys");
                open = true;
            }
            output_value(out, NULL, batch[i].key);
        }
        if (!open) {
            continue;
        }
        output_end(out);
        for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
            if (input_has(part, members[i])) {
                output_value(out, members[i], input_value(part, members[i]));
            }
        }
        output_end(out);
    }
    output_end(out);
}

struct result dynamodb_batch_get_item(struct call *call, struct input input) {
    struct result refusal;
    struct input tables = input_map(input, "RequestItems");
    struct batch_get *batch = arena_zalloc(call->arena, MAXIMUM_READS * sizeof(*batch));
    struct consumed *consumed = arena_zalloc(call->arena, (input_count(tables) + 1) * sizeof(*consumed));
    struct throttled why = {0};
    size_t count = 0, table_count = 0, done = 0;
    int64_t bytes = 0;
    if (!read_reads(call, tables, batch, &count, &refusal)) {
        return refusal;
    }
    for (size_t i = 0; i < count; i++) {
        if (!find_read(call, batch, i, &refusal)) {
            return refusal;
        }
    }
    const bool *left = choose_left(call, count);
    for (size_t i = 0; i < count; i++) {
        batch[i].left = left[i];
    }
    struct output *out = call_output(call);
    output_begin_map(out, "Responses");
    for (struct input part = input_first(tables); part.value; part = input_next(part)) {
        consumed[table_count].table_name = input_key(part);
        output_begin_list(out, arena_text_string(call->arena, input_key(part)));
        read_table(call, part, batch, count, &bytes, &consumed[table_count++], &why);
        output_end(out);
    }
    output_end(out);
    for (size_t i = 0; i < count; i++) {
        done += batch[i].done;
    }
    if (done == 0 && why.table) {
        return throttle_refuse(call, &why);
    }
    write_unprocessed(call, tables, batch, count);
    struct text mode = input_text(input, "ReturnConsumedCapacity");
    if (wants_capacity(mode)) {
        output_begin_list(out, "ConsumedCapacity");
        for (size_t i = 0; i < table_count; i++) {
            consumed_write(out, NULL, mode, &consumed[i]);
        }
        output_end(out);
    }
    return result_output();
}
