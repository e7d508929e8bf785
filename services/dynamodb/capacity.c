/* ConsumedCapacity and ItemCollectionMetrics. Source: dynamodb.md section 8. */
#include <math.h>

#include "services/dynamodb/dynamodb.h"

#define READ_UNIT_BYTES 4096
#define WRITE_UNIT_BYTES 1024

double read_units(int64_t bytes, bool consistent) {
    int64_t units = (bytes + READ_UNIT_BYTES - 1) / READ_UNIT_BYTES;
    double whole = units < 1 ? 1 : (double)units;
    return consistent ? whole : whole / 2;
}

double write_units(int64_t bytes) {
    int64_t units = (bytes + WRITE_UNIT_BYTES - 1) / WRITE_UNIT_BYTES;
    return units < 1 ? 1 : (double)units;
}

bool wants_capacity(struct text mode) {
    return text_equals(mode, "TOTAL") || text_equals(mode, "INDEXES");
}

/* The item as the index has it; NULL: not in the index. */
static struct attribute *index_entry(struct arena *arena, const struct table *table,
                                     const struct table_index *index, const struct attribute *item) {
    struct item_key key;
    if (!item || !key_encode_entry(arena, &index->schema, item, &key)) {
        return NULL;
    }
    return table_index_view(arena, table, index, item);
}

static double index_write_units(struct arena *arena, const struct table *table,
                                const struct table_index *index, const struct attribute *old_item,
                                const struct attribute *new_item) {
    struct attribute *before = index_entry(arena, table, index, old_item);
    struct attribute *after = index_entry(arena, table, index, new_item);
    if (!before || !after) {
        struct attribute *only = before ? before : after;
        return only ? write_units((int64_t)attribute_item_size(only)) : 0;
    }
    if (attribute_equals(before, after)) {
        return 0;
    }
    struct item_key old_key, new_key;
    bool both = key_encode_entry(arena, &index->schema, before, &old_key) &&
                key_encode_entry(arena, &index->schema, after, &new_key);
    double old_units = write_units((int64_t)attribute_item_size(before));
    double new_units = write_units((int64_t)attribute_item_size(after));
    if (both && text_same(old_key.hash, new_key.hash) && text_same(old_key.range, new_key.range)) {
        return old_units > new_units ? old_units : new_units;
    }
    return old_units + new_units; /* moved: taken out and put in */
}

void consumed_add_write(struct arena *arena, struct consumed *consumed, const struct attribute *old_item,
                        const struct attribute *new_item, int64_t old_bytes, int64_t new_bytes,
                        double factor) {
    const struct table *table = consumed->table;
    consumed->writes = true;
    consumed->units += factor * write_units(old_bytes > new_bytes ? old_bytes : new_bytes);
    if (table->index_count == 0) {
        return;
    }
    if (!consumed->index_units) {
        consumed->index_units = arena_zalloc(arena, table->index_count * sizeof(double));
    }
    for (size_t i = 0; i < table->index_count; i++) {
        consumed->index_units[i] +=
            factor * index_write_units(arena, table, &table->indexes[i], old_item, new_item);
    }
}

void consumed_add(struct arena *arena, struct consumed *sum, const struct consumed *more) {
    sum->table = more->table;
    sum->writes = more->writes;
    sum->units += more->units;
    if (more->index_units && !sum->index_units) {
        sum->index_units = arena_zalloc(arena, more->table->index_count * sizeof(double));
    }
    for (size_t i = 0; more->index_units && i < more->table->index_count; i++) {
        sum->index_units[i] += more->index_units[i];
    }
}

static void write_units_members(struct output *out, const struct consumed *consumed, double units) {
    output_double(out, "CapacityUnits", units);
    if (consumed->in_transaction) {
        output_double(out, consumed->writes ? "WriteCapacityUnits" : "ReadCapacityUnits", units);
    }
}

static void write_indexes(struct output *out, const struct consumed *consumed, bool global) {
    bool open = false;
    for (size_t i = 0; consumed->index_units && i < consumed->table->index_count; i++) {
        const struct table_index *index = &consumed->table->indexes[i];
        if (index->global != global || consumed->index_units[i] <= 0) {
            continue;
        }
        if (!open) {
            output_begin_map(out, global ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes");
            open = true;
        }
        output_begin_structure(out, arena_text_string(out->arena, index->name));
        write_units_members(out, consumed, consumed->index_units[i]);
        output_end(out);
    }
    if (open) {
        output_end(out);
    }
}

void consumed_write(struct output *out, const char *member, struct text mode,
                    const struct consumed *consumed) {
    if (!wants_capacity(mode)) {
        return;
    }
    double total = consumed->units;
    for (size_t i = 0; consumed->index_units && i < consumed->table->index_count; i++) {
        total += consumed->index_units[i];
    }
    output_begin_structure(out, member);
    output_text(out, "TableName", consumed->table_name);
    write_units_members(out, consumed, total);
    if (text_equals(mode, "INDEXES")) {
        output_begin_structure(out, "Table");
        write_units_members(out, consumed, consumed->units);
        output_end(out);
        write_indexes(out, consumed, false);
        write_indexes(out, consumed, true);
    }
    output_end(out);
}

bool has_local_index(const struct table *table) {
    return table->index_count > 0 && !table->indexes[0].global;
}

void write_collection_metrics_entry(struct call *call, const struct table *table,
                                    const struct attribute *item) {
    struct output *out = call_output(call);
    const struct attribute *hash = attribute_find(item, table->schema.parts[0].name);
    struct strbuf json = STRBUF_INIT;
    if (hash) {
        attribute_write(&json, hash);
    }
    output_begin_map(out, "ItemCollectionKey");
    if (hash) {
        output_json(out, arena_text_string(call->arena, table->schema.parts[0].name),
                    arena_text(call->arena, strbuf_text(&json)));
    }
    output_end(out);
    output_begin_list(out, "SizeEstimateRangeGB");
    output_double(out, NULL, 0);
    output_double(out, NULL, 1);
    output_end(out);
    strbuf_release(&json);
}

void write_collection_metrics(struct call *call, const struct table *table, struct input input,
                              const struct attribute *item) {
    if (!text_equals(input_text(input, "ReturnItemCollectionMetrics"), "SIZE") || !has_local_index(table)) {
        return;
    }
    output_begin_structure(call_output(call), "ItemCollectionMetrics");
    write_collection_metrics_entry(call, table, item);
    output_end(call_output(call));
}
