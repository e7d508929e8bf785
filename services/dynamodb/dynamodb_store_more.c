#include "services/dynamodb/dynamodb_store_more.h"

#include "emulator/core/identity.h"
#include "services/dynamodb/dynamodb_sql.h"

struct statement *dynamodb_store_tags(struct store *store, const char *arn) {
    struct statement *statement = dynamodb_prepare(store, SQL_TAGS);
    statement_bind_string(statement, 1, arn);
    return statement;
}

void dynamodb_store_put_tag(struct store *store, const char *arn, struct text key, struct text value) {
    struct statement *statement = dynamodb_prepare(store, SQL_PUT_TAG);
    statement_bind_string(statement, 1, arn);
    statement_bind_text(statement, 2, key);
    statement_bind_text(statement, 3, value);
    statement_run(statement);
}

void dynamodb_store_delete_tag(struct store *store, const char *arn, struct text key) {
    struct statement *statement = dynamodb_prepare(store, SQL_DELETE_TAG);
    statement_bind_string(statement, 1, arn);
    statement_bind_text(statement, 2, key);
    statement_run(statement);
}

struct text dynamodb_store_token(struct store *store, const char *account, const char *region,
                                 struct text token, int64_t after_ms, struct arena *arena) {
    struct statement *forget = dynamodb_prepare(store, SQL_FORGET_TOKENS);
    statement_bind_int64(forget, 1, after_ms);
    statement_run(forget);
    struct statement *statement = dynamodb_prepare(store, SQL_TOKEN);
    statement_bind_string(statement, 1, account);
    statement_bind_string(statement, 2, region);
    statement_bind_text(statement, 3, token);
    struct text digest = TEXT_NONE;
    if (statement_step(statement)) {
        digest = arena_text(arena, statement_text(statement, 0));
        statement_reset(statement);
    }
    return digest;
}

void dynamodb_store_add_token(struct store *store, const char *account, const char *region, struct text token,
                              struct text digest, int64_t now_ms) {
    struct statement *statement = dynamodb_prepare(store, SQL_ADD_TOKEN);
    statement_bind_string(statement, 1, account);
    statement_bind_string(statement, 2, region);
    statement_bind_text(statement, 3, token);
    statement_bind_blob(statement, 4, digest);
    statement_bind_int64(statement, 5, now_ms);
    statement_run(statement);
}

void dynamodb_store_add_backup(struct store *store, const char *account, const char *region, int64_t table_id,
                               const struct backup_row *backup) {
    struct statement *statement = dynamodb_prepare(store, SQL_ADD_BACKUP);
    statement_bind_string(statement, 1, account);
    statement_bind_string(statement, 2, region);
    statement_bind_text(statement, 3, backup->arn);
    statement_bind_text(statement, 4, backup->name);
    statement_bind_text(statement, 5, backup->table_name);
    statement_bind_int64(statement, 6, backup->created_ms);
    statement_bind_int64(statement, 7, backup->size);
    statement_bind_text(statement, 8, backup->definition);
    statement_bind_text(statement, 9, backup->settings);
    statement_run(statement);
    int64_t id = store_last_rowid(store);
    struct statement *items = dynamodb_prepare(store, SQL_SAVE_ITEMS);
    statement_bind_int64(items, 1, id);
    statement_bind_int64(items, 2, table_id);
    statement_run(items);
}

struct backup_row dynamodb_store_backup_row(struct statement *rows) {
    return (struct backup_row){.id = statement_int64(rows, 0),
                               .arn = statement_text(rows, 1),
                               .name = statement_text(rows, 2),
                               .table_name = statement_text(rows, 3),
                               .created_ms = statement_int64(rows, 4),
                               .size = statement_int64(rows, 5),
                               .definition = statement_text(rows, 6),
                               .settings = statement_text(rows, 7)};
}

bool dynamodb_store_find_backup(struct store *store, struct text arn, struct arena *arena,
                                struct backup_row *backup) {
    struct statement *statement = dynamodb_prepare(store, SQL_BACKUP);
    statement_bind_text(statement, 1, arn);
    if (!statement_step(statement)) {
        return false;
    }
    *backup = dynamodb_store_backup_row(statement);
    struct text *texts[] = {&backup->arn, &backup->name, &backup->table_name, &backup->definition,
                            &backup->settings};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = arena_text(arena, *texts[i]);
    }
    statement_reset(statement);
    return true;
}

void dynamodb_store_delete_backup(struct store *store, int64_t id) {
    static const int statements[] = {SQL_DELETE_BACKUP_ITEMS, SQL_DELETE_BACKUP};
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        struct statement *statement = dynamodb_prepare(store, statements[i]);
        statement_bind_int64(statement, 1, id);
        statement_run(statement);
    }
}

struct statement *dynamodb_store_backups(struct store *store, const char *account, const char *region,
                                         struct text after_arn) {
    struct statement *statement = dynamodb_prepare(store, SQL_BACKUPS);
    statement_bind_string(statement, 1, account);
    statement_bind_string(statement, 2, region);
    statement_bind_text(statement, 3, after_arn.data ? after_arn : TEXT(""));
    return statement;
}

struct statement *dynamodb_store_backup_items(struct store *store, int64_t id) {
    struct statement *statement = dynamodb_prepare(store, SQL_SAVED_ITEMS);
    statement_bind_int64(statement, 1, id);
    return statement;
}

/* ---- what point-in-time recovery keeps ---- */

void dynamodb_store_add_change(struct store *store, int64_t table_id, const struct item_key *key,
                               int64_t now_ms, struct text item, int64_t forget_ms) {
    struct statement *forget = dynamodb_prepare(store, SQL_TRIM_CHANGES);
    statement_bind_int64(forget, 1, table_id);
    statement_bind_int64(forget, 2, forget_ms);
    statement_run(forget);
    struct statement *statement = dynamodb_prepare(store, SQL_ADD_CHANGE);
    statement_bind_int64(statement, 1, table_id);
    statement_bind_int64(statement, 2, key->slot);
    statement_bind_blob(statement, 3, key->hash);
    statement_bind_blob(statement, 4, key->range);
    statement_bind_int64(statement, 5, now_ms);
    statement_bind_text(statement, 6, item);
    statement_run(statement);
}

void dynamodb_store_delete_changes(struct store *store, int64_t table_id) {
    struct statement *statement = dynamodb_prepare(store, SQL_DELETE_CHANGES);
    statement_bind_int64(statement, 1, table_id);
    statement_run(statement);
}

struct statement *dynamodb_store_items_at(struct store *store, int64_t table_id, int64_t at_ms) {
    struct statement *statement = dynamodb_prepare(store, SQL_ITEMS_AT);
    statement_bind_int64(statement, 1, table_id);
    statement_bind_int64(statement, 2, at_ms);
    return statement;
}

/* ---- exports and imports ---- */

int64_t dynamodb_store_add_job(struct store *store, const char *account, const char *region,
                               const struct job_row *job) {
    struct statement *statement = dynamodb_prepare(store, SQL_ADD_JOB);
    statement_bind_string(statement, 1, account);
    statement_bind_string(statement, 2, region);
    statement_bind_int64(statement, 3, (int64_t)job->kind);
    statement_bind_text(statement, 4, job->arn);
    statement_bind_text(statement, 5, job->token);
    statement_bind_text(statement, 6, job->table_arn);
    statement_bind_int64(statement, 7, job->started_ms);
    statement_bind_text(statement, 8, job->status);
    statement_bind_text(statement, 9, job->description);
    statement_run(statement);
    return store_last_rowid(store);
}

void dynamodb_store_finish_job(struct store *store, int64_t id, const char *status, struct text result) {
    struct statement *statement = dynamodb_prepare(store, SQL_FINISH_JOB);
    statement_bind_int64(statement, 1, id);
    statement_bind_string(statement, 2, status);
    statement_bind_text(statement, 3, result);
    statement_run(statement);
}

void dynamodb_store_fail_jobs(struct store *store, struct text result) {
    struct statement *statement = dynamodb_prepare(store, SQL_FAIL_JOBS);
    statement_bind_text(statement, 1, result);
    statement_run(statement);
}

struct job_row dynamodb_store_job_row(struct statement *rows) {
    return (struct job_row){.id = statement_int64(rows, 0),
                            .arn = statement_text(rows, 1),
                            .table_arn = statement_text(rows, 2),
                            .started_ms = statement_int64(rows, 3),
                            .status = statement_text(rows, 4),
                            .description = statement_text(rows, 5),
                            .result = statement_text(rows, 6)};
}

static bool read_job(struct statement *statement, struct arena *arena, struct job_row *job) {
    if (!statement_step(statement)) {
        return false;
    }
    struct job_row row = dynamodb_store_job_row(statement);
    row.kind = job->kind;
    row.token = job->token;
    struct text *texts[] = {&row.arn, &row.table_arn, &row.status, &row.description, &row.result};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = arena_text(arena, *texts[i]);
    }
    statement_reset(statement);
    *job = row;
    return true;
}

bool dynamodb_store_find_job(struct store *store, struct arena *arena, struct job_row *job) {
    struct statement *statement = dynamodb_prepare(store, SQL_JOB);
    statement_bind_text(statement, 1, job->arn);
    statement_bind_int64(statement, 2, (int64_t)job->kind);
    return read_job(statement, arena, job);
}

bool dynamodb_store_find_job_of_token(struct store *store, const struct identity *identity,
                                      struct arena *arena, struct job_row *job) {
    struct statement *statement = dynamodb_prepare(store, SQL_JOB_OF_TOKEN);
    statement_bind_string(statement, 1, identity->account);
    statement_bind_string(statement, 2, identity->region);
    statement_bind_int64(statement, 3, (int64_t)job->kind);
    statement_bind_text(statement, 4, job->token);
    return read_job(statement, arena, job);
}

struct statement *dynamodb_store_jobs(struct store *store, const struct identity *identity,
                                      enum job_kind kind, int64_t after) {
    struct statement *statement = dynamodb_prepare(store, SQL_JOBS);
    statement_bind_string(statement, 1, identity->account);
    statement_bind_string(statement, 2, identity->region);
    statement_bind_int64(statement, 3, (int64_t)kind);
    statement_bind_int64(statement, 4, after);
    return statement;
}
