#include "services/dynamodb/table.h"

#include "emulator/base/arn.h"
#include "services/dynamodb/dynamodb_store.h"

#define DAY_MS (24LL * 60 * 60 * 1000)

/* ---- cache ---- */

static size_t bucket_of(const char *account, const char *region, struct text name) {
    size_t hash = 5381;
    for (size_t i = 0; i < name.size; i++) {
        hash = hash * 33 + (unsigned char)name.data[i];
    }
    hash = hash * 33 + (unsigned char)account[ACCOUNT_SIZE - 2];
    return (hash * 33 + (unsigned char)region[0]) % TABLE_BUCKETS;
}

static bool is_table(const struct table *table, const char *account, const char *region, struct text name) {
    return text_same(table->name, name) && strcmp(table->account, account) == 0 &&
           strcmp(table->region, region) == 0;
}

static int64_t load_number(struct store *store, const struct table *table, const char *name) {
    struct text text = dynamodb_setting(store, table->id, name, table->arena);
    int64_t number = 0;
    (void)text_to_int64(text.data ? text : TEXT("0"), &number);
    return number;
}

static void load_settings(struct dynamodb_state *state, struct table *table) {
    struct store *store = emulator_store(state->emulator);
    struct arena *arena = table->arena;
    table->stream_view = dynamodb_setting(store, table->id, SETTING_STREAM_VIEW, arena);
    table->ttl_attribute = dynamodb_setting(store, table->id, SETTING_TTL_ATTRIBUTE, arena);
    table->stream_id = load_number(store, table, SETTING_STREAM_ID);
    table->read_units = load_number(store, table, SETTING_READ_UNITS);
    table->write_units = load_number(store, table, SETTING_WRITE_UNITS);
    table->maximum_read_units = load_number(store, table, SETTING_MAXIMUM_READ);
    table->maximum_write_units = load_number(store, table, SETTING_MAXIMUM_WRITE);
    if (load_number(store, table, SETTING_RECOVERY)) {
        int64_t days = load_number(store, table, SETTING_RECOVERY_DAYS);
        table->recovery_ms = (days ? days : RECOVERY_DAYS) * DAY_MS;
    }
    table->replicas = dynamodb_setting(store, table->id, SETTING_REPLICAS, arena);
}

struct table *table_find(struct dynamodb_state *state, const char *account, const char *region,
                         struct text name) {
    struct table **bucket = &state->buckets[bucket_of(account, region, name)];
    for (struct table *table = *bucket; table; table = table->next) {
        if (is_table(table, account, region, name)) {
            return table;
        }
    }
    struct dynamodb_table_row row;
    struct arena *arena = arena_open();
    if (!dynamodb_store_table(emulator_store(state->emulator), account, region, name, arena, &row)) {
        arena_close(arena);
        return NULL;
    }
    struct table *table = arena_zalloc(arena, sizeof(*table));
    *table = (struct table){.arena = arena,
                            .id = row.id,
                            .account = arena_strdup(arena, account),
                            .region = arena_strdup(arena, region),
                            .name = arena_text(arena, name),
                            .created_ms = row.created_ms};
    table->arn = arn_build(arena, "dynamodb", region, account,
                           arena_printf(arena, "table/%.*s", TEXT_ARGUMENTS(name)));
    table_read_definition(table, row.definition);
    load_settings(state, table);
    table->next = *bucket;
    *bucket = table;
    return table;
}

static void free_forgotten(void *argument, enum task_event event) {
    struct dynamodb_state *state = argument;
    (void)event;
    state->free_task = 0;
    while (state->forgotten) {
        struct table *table = state->forgotten;
        state->forgotten = table->next;
        arena_close(table->arena);
    }
}

/* The call of this turn may hold it still. */
static void retire(struct dynamodb_state *state, struct table *table) {
    table->next = state->forgotten;
    state->forgotten = table;
    if (state->free_task == 0) {
        state->free_task =
            emulator_schedule(state->emulator, emulator_now_ms(state->emulator), free_forgotten, state);
    }
}

void table_forget(struct dynamodb_state *state, const char *account, const char *region, struct text name) {
    struct table **place = &state->buckets[bucket_of(account, region, name)];
    while (*place && !is_table(*place, account, region, name)) {
        place = &(*place)->next;
    }
    if (*place) {
        struct table *table = *place;
        *place = table->next;
        retire(state, table);
    }
}

void table_forget_all(struct dynamodb_state *state) {
    for (size_t i = 0; i < TABLE_BUCKETS; i++) {
        while (state->buckets[i]) {
            struct table *table = state->buckets[i];
            state->buckets[i] = table->next;
            arena_close(table->arena);
        }
    }
    if (state->free_task != 0) {
        emulator_cancel(state->emulator, state->free_task);
    }
    free_forgotten(state, TASK_CANCELLED);
}

struct table_index *table_index(const struct table *table, struct text name) {
    for (size_t i = 0; i < table->index_count; i++) {
        if (text_same(table->indexes[i].name, name)) {
            return &table->indexes[i];
        }
    }
    return NULL;
}

/* ---- the definition as kept ---- */

static void write_parts(struct strbuf *buffer, const struct key_part *parts, size_t count) {
    strbuf_append_char(buffer, '[');
    for (size_t i = 0; i < count; i++) {
        strbuf_append_string(buffer, i > 0 ? ",[" : "[");
        json_write_string(buffer, parts[i].name);
        strbuf_printf(buffer, ",\"%s\"]", attribute_type_name(parts[i].type));
    }
    strbuf_append_char(buffer, ']');
}

static void write_schema(struct strbuf *buffer, const struct key_schema *schema) {
    strbuf_printf(buffer, "\"hashes\":%zu,\"keys\":", schema->hash_count);
    write_parts(buffer, schema->parts, schema->hash_count + schema->range_count);
}

void table_write_definition(struct strbuf *buffer, const struct table *table) {
    strbuf_printf(buffer, "{\"next\":%lld,\"attributes\":", (long long)table->next_index);
    write_parts(buffer, table->attributes, table->attribute_count);
    strbuf_append_char(buffer, ',');
    write_schema(buffer, &table->schema);
    strbuf_append_string(buffer, ",\"indexes\":[");
    for (size_t i = 0; i < table->index_count; i++) {
        const struct table_index *index = &table->indexes[i];
        strbuf_append_string(buffer, i > 0 ? ",{\"name\":" : "{\"name\":");
        json_write_string(buffer, index->name);
        strbuf_printf(buffer, ",\"id\":%lld,\"global\":%d,\"projection\":%d,\"read\":%lld,\"write\":%lld,",
                      (long long)index->id, index->global, (int)index->projection,
                      (long long)index->read_units, (long long)index->write_units);
        strbuf_printf(buffer, "\"maxRead\":%lld,\"maxWrite\":%lld,\"warmRead\":%lld,\"warmWrite\":%lld,",
                      (long long)index->maximum_read_units, (long long)index->maximum_write_units,
                      (long long)index->warm_read_units, (long long)index->warm_write_units);
        write_schema(buffer, &index->schema);
        strbuf_append_string(buffer, ",\"included\":[");
        for (size_t j = 0; j < index->included_count; j++) {
            strbuf_append_string(buffer, j > 0 ? "," : "");
            json_write_string(buffer, index->included[j]);
        }
        strbuf_append_string(buffer, "]}");
    }
    strbuf_append_string(buffer, "]}");
}

static int64_t integer_of(const struct json_value *object, const char *key) {
    const struct json_value *value = json_find(object, key);
    int64_t number = 0;
    if (value) {
        (void)text_to_int64(value->text, &number);
    }
    return number;
}

static size_t read_parts(struct key_part *parts, const struct json_value *list) {
    size_t count = 0;
    for (const struct json_value *part = list->child; part; part = part->next) {
        parts[count].name = part->child->text;
        (void)attribute_type_of(part->child->next->text, &parts[count].type);
        count++;
    }
    return count;
}

static void read_schema(struct key_schema *schema, const struct json_value *object) {
    schema->hash_count = (size_t)integer_of(object, "hashes");
    schema->range_count = read_parts(schema->parts, json_find(object, "keys")) - schema->hash_count;
}

static void read_index(struct arena *arena, struct table_index *index, const struct json_value *object) {
    *index = (struct table_index){
        .id = integer_of(object, "id"),
        .global = integer_of(object, "global") != 0,
        .name = json_find_text(object, "name"),
        .projection = (enum projection_type)integer_of(object, "projection"),
        .read_units = integer_of(object, "read"),
        .write_units = integer_of(object, "write"),
        .maximum_read_units = integer_of(object, "maxRead"),
        .maximum_write_units = integer_of(object, "maxWrite"),
        .warm_read_units = integer_of(object, "warmRead"),
        .warm_write_units = integer_of(object, "warmWrite"),
    };
    read_schema(&index->schema, object);
    const struct json_value *included = json_find(object, "included");
    index->included = arena_alloc(arena, included->count * sizeof(struct text));
    for (const struct json_value *name = included->child; name; name = name->next) {
        index->included[index->included_count++] = name->text;
    }
}

void table_read_definition(struct table *table, struct text definition) {
    struct arena *arena = table->arena;
    const struct json_value *root = json_parse(arena, definition, NULL);
    const struct json_value *attributes = json_find(root, "attributes");
    const struct json_value *indexes = json_find(root, "indexes");
    table->attributes = arena_zalloc(arena, attributes->count * sizeof(struct key_part));
    table->attribute_count = read_parts(table->attributes, attributes);
    table->next_index = integer_of(root, "next");
    read_schema(&table->schema, root);
    table->indexes = arena_zalloc(arena, indexes->count * sizeof(struct table_index));
    for (const struct json_value *index = indexes->child; index; index = index->next) {
        read_index(arena, &table->indexes[table->index_count++], index);
    }
}

/* ---- what indexes hold ---- */

bool table_index_holds(const struct table *table, const struct table_index *index, struct text name) {
    if (index->projection == PROJECTION_ALL || key_schema_has(&index->schema, name) ||
        key_schema_has(&table->schema, name)) {
        return true;
    }
    for (size_t i = 0; i < index->included_count; i++) {
        if (text_same(index->included[i], name)) {
            return true;
        }
    }
    return false;
}

struct attribute *table_index_view(struct arena *arena, const struct table *table,
                                   const struct table_index *index, const struct attribute *item) {
    struct attribute *view = attribute_new(arena, ATTRIBUTE_M);
    struct attribute **end = &view->first;
    for (const struct attribute *member = item->first; member; member = member->next) {
        if (table_index_holds(table, index, member->name)) {
            *end = attribute_named(arena, member, member->name);
            end = &(*end)->next;
            view->count++;
        }
    }
    return view;
}
