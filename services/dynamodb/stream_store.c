#include "services/dynamodb/dynamodb_sql.h"
#include "services/dynamodb/stream_records.h"
#include "services/dynamodb/table.h"

int64_t stream_store_begin(struct store *store, const struct table *table, struct text label,
                           struct text view, struct text keys, int64_t now_ms) {
    struct statement *statement = dynamodb_prepare(store, SQL_ADD_STREAM);
    statement_bind_string(statement, 1, table->account);
    statement_bind_string(statement, 2, table->region);
    statement_bind_text(statement, 3, table->name);
    statement_bind_text(statement, 4, label);
    statement_bind_text(statement, 5, view);
    statement_bind_text(statement, 6, keys);
    statement_bind_int64(statement, 7, now_ms);
    statement_run(statement);
    return store_last_rowid(store);
}

void stream_store_end(struct store *store, int64_t stream_id, int64_t now_ms) {
    struct statement *statement = dynamodb_prepare(store, SQL_CLOSE_STREAM);
    statement_bind_int64(statement, 1, stream_id);
    statement_bind_int64(statement, 2, now_ms);
    statement_run(statement);
}

void stream_store_add(struct store *store, int64_t stream_id, int64_t now_ms, struct text record) {
    struct statement *statement = dynamodb_prepare(store, SQL_ADD_RECORD);
    statement_bind_int64(statement, 1, stream_id);
    statement_bind_int64(statement, 2, now_ms);
    statement_bind_text(statement, 3, record);
    statement_run(statement);
}

void stream_store_trim(struct store *store, int64_t before_ms) {
    static const int statements[] = {SQL_TRIM_RECORDS, SQL_TRIM_STREAMS};
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        struct statement *statement = dynamodb_prepare(store, statements[i]);
        statement_bind_int64(statement, 1, before_ms);
        statement_run(statement);
    }
}

struct stream_row stream_store_row(struct statement *rows) {
    return (struct stream_row){.id = statement_int64(rows, 0),
                               .table_name = statement_text(rows, 1),
                               .label = statement_text(rows, 2),
                               .view = statement_text(rows, 3),
                               .keys = statement_text(rows, 4),
                               .created_ms = statement_int64(rows, 5),
                               .closed_ms = statement_int64(rows, 6)};
}

bool stream_store_find(struct store *store, const char *account, const char *region, struct text table_name,
                       struct text label, struct arena *arena, struct stream_row *row) {
    struct statement *statement = dynamodb_prepare(store, SQL_STREAM);
    statement_bind_string(statement, 1, account);
    statement_bind_string(statement, 2, region);
    statement_bind_text(statement, 3, table_name);
    statement_bind_text(statement, 4, label);
    if (!statement_step(statement)) {
        return false;
    }
    *row = stream_store_row(statement);
    row->table_name = arena_text(arena, row->table_name);
    row->label = arena_text(arena, row->label);
    row->view = arena_text(arena, row->view);
    row->keys = arena_text(arena, row->keys);
    statement_reset(statement);
    return true;
}

struct statement *stream_store_list(struct store *store, const char *account, const char *region,
                                    struct text table_name, struct text label) {
    struct statement *statement = dynamodb_prepare(store, SQL_STREAMS);
    statement_bind_string(statement, 1, account);
    statement_bind_string(statement, 2, region);
    statement_bind_text(statement, 3, table_name);
    statement_bind_text(statement, 4, label);
    return statement;
}

struct statement *stream_store_records(struct store *store, int64_t stream_id, int64_t from) {
    struct statement *statement = dynamodb_prepare(store, SQL_RECORDS);
    statement_bind_int64(statement, 1, stream_id);
    statement_bind_int64(statement, 2, from);
    return statement;
}

int64_t stream_store_last(struct store *store, int64_t stream_id) {
    struct statement *statement = dynamodb_prepare(store, SQL_LAST_RECORD);
    statement_bind_int64(statement, 1, stream_id);
    int64_t last = 0;
    if (statement_step(statement)) {
        last = statement_int64(statement, 0);
        statement_reset(statement);
    }
    return last;
}
