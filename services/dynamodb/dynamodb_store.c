#include "services/dynamodb/dynamodb_store.h"

#include "services/dynamodb/dynamodb_sql.h"
#include "services/dynamodb/table.h"

static struct statement *prepare(struct store *store, int index) {
    return dynamodb_prepare(store, index);
}

static struct statement *prepare_id(struct store *store, int index, int64_t id) {
    struct statement *statement = prepare(store, index);
    statement_bind_int64(statement, 1, id);
    return statement;
}

static struct statement *prepare_scope(struct store *store, int index, const char *account,
                                       const char *region) {
    struct statement *statement = prepare(store, index);
    statement_bind_string(statement, 1, account);
    statement_bind_string(statement, 2, region);
    return statement;
}

/* ---- tables ---- */

bool dynamodb_store_table(struct store *store, const char *account, const char *region, struct text name,
                          struct arena *arena, struct dynamodb_table_row *row) {
    struct statement *statement = prepare_scope(store, SQL_TABLE, account, region);
    statement_bind_text(statement, 3, name);
    if (!statement_step(statement)) {
        return false;
    }
    *row = (struct dynamodb_table_row){.id = statement_int64(statement, 0),
                                       .created_ms = statement_int64(statement, 1),
                                       .name = arena_text(arena, name),
                                       .definition = arena_text(arena, statement_text(statement, 2))};
    statement_reset(statement);
    return true;
}

int64_t dynamodb_store_add_table(struct store *store, const char *account, const char *region,
                                 const struct dynamodb_table_row *row) {
    struct statement *statement = prepare_scope(store, SQL_ADD_TABLE, account, region);
    statement_bind_text(statement, 3, row->name);
    statement_bind_int64(statement, 4, row->created_ms);
    statement_bind_text(statement, 5, row->definition);
    statement_run(statement);
    return store_last_rowid(store);
}

void dynamodb_store_set_definition(struct store *store, int64_t id, struct text definition) {
    struct statement *statement = prepare_id(store, SQL_SET_DEFINITION, id);
    statement_bind_text(statement, 2, definition);
    statement_run(statement);
}

void dynamodb_store_delete_table(struct store *store, const struct table *table, const char *arn) {
    static const int of_table[] = {SQL_DELETE_ITEMS, SQL_DELETE_CHANGES, SQL_DELETE_SETTINGS,
                                   SQL_DELETE_TABLE};
    for (size_t i = 0; i < table->index_count; i++) {
        dynamodb_store_delete_entries(store, table->indexes[i].id);
    }
    for (size_t i = 0; i < sizeof(of_table) / sizeof(of_table[0]); i++) {
        statement_run(prepare_id(store, of_table[i], table->id));
    }
    struct statement *tags = prepare(store, SQL_DELETE_TAGS);
    statement_bind_string(tags, 1, arn);
    statement_run(tags);
}

struct statement *dynamodb_store_table_names(struct store *store, const char *account, const char *region,
                                             struct text after) {
    struct statement *statement = prepare_scope(store, SQL_TABLE_NAMES, account, region);
    statement_bind_text(statement, 3, after.data ? after : TEXT(""));
    return statement;
}

int64_t dynamodb_store_table_count(struct store *store, const char *account, const char *region) {
    return statement_only_number(prepare_scope(store, SQL_TABLE_COUNT, account, region), 0);
}

struct text dynamodb_setting(struct store *store, int64_t table_id, const char *name, struct arena *arena) {
    struct statement *statement = prepare_id(store, SQL_SETTING, table_id);
    struct text value = TEXT_NONE;
    statement_bind_string(statement, 2, name);
    if (statement_step(statement)) {
        value = arena_text(arena, statement_text(statement, 0));
        statement_reset(statement);
    }
    return value;
}

void dynamodb_set_setting(struct store *store, int64_t table_id, const char *name, struct text value) {
    struct statement *statement =
        prepare_id(store, value.data ? SQL_SET_SETTING : SQL_DELETE_SETTING, table_id);
    statement_bind_string(statement, 2, name);
    if (value.data) {
        statement_bind_text(statement, 3, value);
    }
    statement_run(statement);
}

/* ---- items ---- */

static struct statement *prepare_key(struct store *store, int index, int64_t id, const struct item_key *key) {
    struct statement *statement = prepare_id(store, index, id);
    statement_bind_int64(statement, 2, key->slot);
    statement_bind_blob(statement, 3, key->hash);
    statement_bind_blob(statement, 4, key->range);
    return statement;
}

struct stored_item dynamodb_store_row(struct statement *rows) {
    return (struct stored_item){
        .id = statement_int64(rows, 0), .size = statement_int64(rows, 1), .text = statement_text(rows, 2)};
}

struct stored_item dynamodb_store_peek(struct store *store, const struct table *table,
                                       const struct item_key *key, struct statement **statement) {
    *statement = prepare_key(store, SQL_GET, table->id, key);
    return statement_step(*statement) ? dynamodb_store_row(*statement) : (struct stored_item){.id = 0};
}

struct stored_item dynamodb_store_get(struct store *store, const struct table *table,
                                      const struct item_key *key, struct arena *arena) {
    struct statement *statement;
    struct stored_item item = dynamodb_store_peek(store, table, key, &statement);
    if (item.id != 0) {
        item.text = arena ? arena_text(arena, item.text) : TEXT_NONE;
        statement_reset(statement);
    }
    return item;
}

static void bind_expiry(struct statement *statement, int parameter, int64_t expires_s) {
    if (expires_s > 0) {
        statement_bind_int64(statement, parameter, expires_s);
    } else {
        statement_bind_null(statement, parameter);
    }
}

int64_t dynamodb_store_put(struct store *store, struct table *table, const struct item_key *key,
                           const struct stored_item *old, const struct stored_item *item, int64_t expires_s) {
    if (table->counted) {
        table->item_count += old->id == 0;
        table->item_bytes += item->size - (old->id ? old->size : 0);
    }
    if (old->id != 0) {
        struct statement *statement = prepare_id(store, SQL_REPLACE, old->id);
        statement_bind_int64(statement, 2, item->size);
        bind_expiry(statement, 3, expires_s);
        statement_bind_text(statement, 4, item->text);
        statement_run(statement);
        return old->id;
    }
    struct statement *statement = prepare_key(store, SQL_ADD, table->id, key);
    statement_bind_int64(statement, 5, item->size);
    bind_expiry(statement, 6, expires_s);
    statement_bind_text(statement, 7, item->text);
    statement_run(statement);
    return store_last_rowid(store);
}

void dynamodb_store_delete(struct store *store, struct table *table, const struct stored_item *old) {
    table->item_count--;
    table->item_bytes -= old->size;
    statement_run(prepare_id(store, SQL_DELETE, old->id));
}

void dynamodb_store_set_expiry(struct store *store, int64_t item_id, int64_t expires_s) {
    struct statement *statement = prepare_id(store, SQL_SET_EXPIRY, item_id);
    bind_expiry(statement, 2, expires_s);
    statement_run(statement);
}

struct statement *dynamodb_store_expired(struct store *store, int64_t until_s, int64_t after_s,
                                         int64_t limit) {
    struct statement *statement = prepare_id(store, SQL_EXPIRED, until_s);
    statement_bind_int64(statement, 2, after_s);
    statement_bind_int64(statement, 3, limit);
    return statement;
}

void dynamodb_store_count(struct store *store, struct table *table) {
    struct statement *statement = prepare_id(store, SQL_COUNT_ITEMS, table->id);
    if (!table->counted && statement_step(statement)) {
        table->item_count = statement_int64(statement, 0);
        table->item_bytes = statement_int64(statement, 1);
        table->counted = true;
        statement_reset(statement);
    }
}

int64_t dynamodb_store_index_count(struct store *store, int64_t index_id) {
    return statement_only_number(prepare_id(store, SQL_COUNT_ENTRIES, index_id), 0);
}

/* ---- index entries ---- */

void dynamodb_store_add_entry(struct store *store, int64_t index_id, const struct item_key *key,
                              struct text base, int64_t item_id) {
    struct statement *statement = prepare_key(store, SQL_ADD_ENTRY, index_id, key);
    statement_bind_blob(statement, 5, base);
    statement_bind_int64(statement, 6, item_id);
    statement_run(statement);
}

void dynamodb_store_delete_entry(struct store *store, int64_t index_id, const struct item_key *key,
                                 struct text base) {
    struct statement *statement = prepare_key(store, SQL_DELETE_ENTRY, index_id, key);
    statement_bind_blob(statement, 5, base);
    statement_run(statement);
}

void dynamodb_store_delete_entries(struct store *store, int64_t index_id) {
    statement_run(prepare_id(store, SQL_DELETE_ENTRIES, index_id));
}

/* ---- readings ---- */

struct statement *dynamodb_store_query(struct store *store, const struct table *table,
                                       const struct table_index *index, const struct item_key *key,
                                       const struct item_place *from, const struct item_place *to,
                                       bool forward) {
    int statement_index = index ? (forward ? SQL_QUERY_INDEX : SQL_QUERY_INDEX_BACKWARD)
                                : (forward ? SQL_QUERY : SQL_QUERY_BACKWARD);
    struct statement *statement = prepare_id(store, statement_index, index ? index->id : table->id);
    statement_bind_int64(statement, 2, key->slot);
    statement_bind_blob(statement, 3, key->hash);
    statement_bind_blob(statement, 4, from->range);
    statement_bind_blob(statement, 5, to->range);
    if (index) {
        statement_bind_blob(statement, 6, from->base);
        statement_bind_blob(statement, 7, to->base);
    }
    return statement;
}

struct statement *dynamodb_store_scan(struct store *store, const struct table *table,
                                      const struct table_index *index, const struct item_place *after,
                                      int64_t last_slot) {
    struct statement *statement =
        prepare_id(store, index ? SQL_SCAN_INDEX : SQL_SCAN, index ? index->id : table->id);
    statement_bind_int64(statement, 2, after->slot);
    statement_bind_blob(statement, 3, after->hash);
    statement_bind_blob(statement, 4, after->range);
    statement_bind_int64(statement, 5, last_slot);
    if (index) {
        statement_bind_blob(statement, 6, after->base);
    }
    return statement;
}
