#include "services/sts/sts_store.h"

enum {
    SQL_ADD,
    SQL_FIND,
    SQL_PURGE_TAGS,
    SQL_PURGE,
    SQL_ADD_TAG,
    SQL_HAS_TRANSITIVE,
    SQL_COPY_TRANSITIVE,
    SQL_COUNT
};

static const char *const sql[SQL_COUNT] = {
    [SQL_ADD] =
        "INSERT INTO sts_session (access_key, secret_key, session_token, account, arn, user_id, kind, "
        "source_identity, expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_FIND] = "SELECT secret_key, session_token, account, arn, user_id, kind, source_identity, expires_ms "
                 "FROM sts_session WHERE access_key = ?",
    [SQL_PURGE_TAGS] = "DELETE FROM sts_session_tag WHERE access_key IN "
                       "(SELECT access_key FROM sts_session WHERE expires_ms <= ?)",
    [SQL_PURGE] = "DELETE FROM sts_session WHERE expires_ms <= ?",
    [SQL_ADD_TAG] = "INSERT INTO sts_session_tag (access_key, key, value, transitive) VALUES (?, ?, ?, ?)",
    [SQL_HAS_TRANSITIVE] = "SELECT 1 FROM sts_session_tag WHERE access_key = ? AND key = ? COLLATE NOCASE "
                           "AND transitive = 1 LIMIT 1",
    [SQL_COPY_TRANSITIVE] =
        "INSERT INTO sts_session_tag (access_key, key, value, transitive) "
        "SELECT ?2, key, value, 1 FROM sts_session_tag WHERE access_key = ?1 AND transitive = 1",
};

const struct store_module sts_store_module = {
    .name = "sts",
    .schema =
        "CREATE TABLE IF NOT EXISTS sts_session ("
        " id INTEGER PRIMARY KEY, access_key TEXT NOT NULL UNIQUE, secret_key TEXT NOT NULL,"
        " session_token TEXT NOT NULL, account TEXT NOT NULL, arn TEXT NOT NULL, user_id TEXT NOT NULL,"
        " kind INTEGER NOT NULL, source_identity TEXT, expires_ms INTEGER NOT NULL) STRICT;"
        "CREATE INDEX IF NOT EXISTS sts_session_end ON sts_session (expires_ms);"
        "CREATE TABLE IF NOT EXISTS sts_session_tag ("
        " access_key TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, transitive INTEGER NOT NULL,"
        " UNIQUE (access_key, key)) STRICT;",
    .sql = sql,
    .sql_count = SQL_COUNT,
};

static struct statement *prepare(struct store *store, int index) {
    return store_statement(store, &sts_store_module, index);
}

void sts_store_add(struct store *store, const struct sts_session *session) {
    struct statement *add = prepare(store, SQL_ADD);
    statement_bind_string(add, 1, session->access_key);
    statement_bind_string(add, 2, session->secret_key);
    statement_bind_string(add, 3, session->session_token);
    statement_bind_string(add, 4, session->account);
    statement_bind_string(add, 5, session->arn);
    statement_bind_string(add, 6, session->user_id);
    statement_bind_int64(add, 7, session->kind);
    statement_bind_string(add, 8, session->source_identity);
    statement_bind_int64(add, 9, session->expires_ms);
    statement_run(add);
}

bool sts_store_find(struct store *store, const char *access_key, struct arena *arena,
                    struct sts_session *session) {
    struct statement *find = prepare(store, SQL_FIND);
    statement_bind_string(find, 1, access_key);
    if (!statement_step(find)) {
        return false;
    }
    *session = (struct sts_session){
        .access_key = access_key,
        .secret_key = statement_string(find, 0, arena),
        .session_token = statement_string(find, 1, arena),
        .account = statement_string(find, 2, arena),
        .arn = statement_string(find, 3, arena),
        .user_id = statement_string(find, 4, arena),
        .kind = (enum sts_session_kind)statement_int64(find, 5),
        .source_identity = statement_string(find, 6, arena),
        .expires_ms = statement_int64(find, 7),
    };
    statement_reset(find);
    return true;
}

void sts_store_purge(struct store *store, int64_t before_ms) {
    for (int index = SQL_PURGE_TAGS; index <= SQL_PURGE; index++) {
        struct statement *purge = prepare(store, index);
        statement_bind_int64(purge, 1, before_ms);
        statement_run(purge);
    }
}

void sts_store_add_tag(struct store *store, const char *access_key, struct text key, struct text value,
                       bool transitive) {
    struct statement *add = prepare(store, SQL_ADD_TAG);
    statement_bind_string(add, 1, access_key);
    statement_bind_text(add, 2, key);
    statement_bind_text(add, 3, value);
    statement_bind_int64(add, 4, transitive);
    statement_run(add);
}

bool sts_store_has_transitive_tag(struct store *store, const char *access_key, struct text key) {
    struct statement *find = prepare(store, SQL_HAS_TRANSITIVE);
    statement_bind_string(find, 1, access_key);
    statement_bind_text(find, 2, key);
    bool found = statement_step(find);
    statement_reset(find);
    return found;
}

void sts_store_copy_transitive_tags(struct store *store, const char *from_access_key,
                                    const char *to_access_key) {
    struct statement *copy = prepare(store, SQL_COPY_TRANSITIVE);
    statement_bind_string(copy, 1, from_access_key);
    statement_bind_string(copy, 2, to_access_key);
    statement_run(copy);
}
