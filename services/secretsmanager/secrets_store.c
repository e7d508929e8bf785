#include "services/secretsmanager/secrets_store.h"

#include "emulator/base/die.h"

#define COLUMNS                                                                                              \
    "SELECT id, name, arn, description, kms_key_id, policy, created_ms, changed_ms, accessed_ms, "           \
    "deleted_ms, removal_ms FROM secretsmanager_secret "

static const char *const sql[SECRETS_SQL_COUNT] = {
    [SECRETS_SQL_ADD] = "INSERT INTO secretsmanager_secret (account, region, name, arn, description, "
                        "kms_key_id, created_ms, changed_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
    [SECRETS_SQL_FIND_NAME] = COLUMNS "WHERE account = ? AND region = ? AND name = ?",
    /* Also without the hyphen and six characters at the end. */
    [SECRETS_SQL_FIND_ARN] =
        COLUMNS "WHERE region = ?1 AND (arn = ?2 OR substr(arn, 1, length(arn) - 7) = ?2) "
                "ORDER BY arn = ?2 DESC, id LIMIT 1",
    [SECRETS_SQL_LIST] =
        COLUMNS "WHERE account = ?1 AND region = ?2 ORDER BY CASE WHEN ?3 THEN id ELSE -id END",
    [SECRETS_SQL_UPDATE] = "UPDATE secretsmanager_secret SET description = ?2, kms_key_id = ?3, policy = ?4, "
                           "changed_ms = ?5, deleted_ms = ?6, removal_ms = nullif(?7, 0) WHERE id = ?1",
    [SECRETS_SQL_SET_ACCESSED] = "UPDATE secretsmanager_secret SET accessed_ms = ?2 WHERE id = ?1",
    [SECRETS_SQL_OVERDUE] = "SELECT id FROM secretsmanager_secret WHERE removal_ms <= ? ORDER BY id LIMIT 1",
    [SECRETS_SQL_DELETE] = "DELETE FROM secretsmanager_secret WHERE id = ?",
    [SECRETS_SQL_DELETE_VERSIONS] = "DELETE FROM secretsmanager_version WHERE secret = ?",
    [SECRETS_SQL_DELETE_STAGES] = "DELETE FROM secretsmanager_stage WHERE secret = ?",
    [SECRETS_SQL_DELETE_TAGS] = "DELETE FROM secretsmanager_tag WHERE secret = ?",
    [SECRETS_SQL_ADD_VERSION] = "INSERT INTO secretsmanager_version (secret, version_id, string, bytes, "
                                "created_ms, kms_key_id) VALUES (?, ?, ?, ?, ?, ?)",
    [SECRETS_SQL_FIND_VERSION] = "SELECT version_id, string, bytes, created_ms, accessed_ms "
                                 "FROM secretsmanager_version WHERE secret = ? AND version_id = ?",
    [SECRETS_SQL_FIND_STAGE] = "SELECT version_id FROM secretsmanager_stage WHERE secret = ? AND stage = ?",
    [SECRETS_SQL_VERSION_ACCESSED] =
        "UPDATE secretsmanager_version SET accessed_ms = ?3 WHERE secret = ?1 AND version_id = ?2",
    /* ?3: those without labels too. */
    [SECRETS_SQL_LIST_VERSIONS] =
        "SELECT id, version_id, created_ms, accessed_ms, kms_key_id FROM secretsmanager_version v "
        "WHERE secret = ?1 AND id > ?2 AND (?3 OR EXISTS (SELECT 1 FROM secretsmanager_stage s "
        "WHERE s.secret = v.secret AND s.version_id = v.version_id)) ORDER BY id LIMIT ?4",
    [SECRETS_SQL_STAGED_VERSIONS] = "SELECT version_id, stage FROM secretsmanager_stage WHERE secret = ? "
                                    "ORDER BY version_id, stage",
    [SECRETS_SQL_PUT_STAGE] = "INSERT INTO secretsmanager_stage (secret, stage, version_id) VALUES (?, ?, ?) "
                              "ON CONFLICT (secret, stage) DO UPDATE SET version_id = excluded.version_id",
    [SECRETS_SQL_DELETE_STAGE] = "DELETE FROM secretsmanager_stage WHERE secret = ? AND stage = ?",
    [SECRETS_SQL_VERSION_STAGES] =
        "SELECT stage FROM secretsmanager_stage WHERE secret = ? AND version_id = ? ORDER BY stage",
    [SECRETS_SQL_PUT_TAG] = "INSERT INTO secretsmanager_tag (secret, name, value) VALUES (?, ?, ?) "
                            "ON CONFLICT (secret, name) DO UPDATE SET value = excluded.value",
    [SECRETS_SQL_DELETE_TAG] = "DELETE FROM secretsmanager_tag WHERE secret = ? AND name = ?",
    [SECRETS_SQL_TAGS] = "SELECT name, value FROM secretsmanager_tag WHERE secret = ? ORDER BY rowid",
};

const struct store_module secrets_store_module = {
    .name = "secretsmanager",
    .schema = "CREATE TABLE IF NOT EXISTS secretsmanager_secret ("
              " id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL,"
              " name TEXT NOT NULL, arn TEXT NOT NULL, description TEXT, kms_key_id TEXT, policy TEXT,"
              " created_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL,"
              " accessed_ms INTEGER NOT NULL DEFAULT 0, deleted_ms INTEGER NOT NULL DEFAULT 0,"
              " removal_ms INTEGER, UNIQUE (account, region, name)) STRICT;"
              "CREATE INDEX IF NOT EXISTS secretsmanager_removal ON secretsmanager_secret (removal_ms)"
              " WHERE removal_ms IS NOT NULL;"
              "CREATE TABLE IF NOT EXISTS secretsmanager_version ("
              " id INTEGER PRIMARY KEY AUTOINCREMENT, secret INTEGER NOT NULL, version_id TEXT NOT NULL,"
              " string TEXT, bytes BLOB, created_ms INTEGER NOT NULL, accessed_ms INTEGER NOT NULL DEFAULT 0,"
              " kms_key_id TEXT, UNIQUE (secret, version_id)) STRICT;"
              "CREATE TABLE IF NOT EXISTS secretsmanager_stage ("
              " secret INTEGER NOT NULL, stage TEXT NOT NULL, version_id TEXT NOT NULL,"
              " UNIQUE (secret, stage)) STRICT;"
              "CREATE TABLE IF NOT EXISTS secretsmanager_tag ("
              " secret INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,"
              " UNIQUE (secret, name)) STRICT;",
    .sql = sql,
    .sql_count = SECRETS_SQL_COUNT,
};

struct statement *secrets_statement(struct store *store, enum secrets_sql index, const char *types, ...) {
    struct statement *statement = store_statement(store, &secrets_store_module, (int)index);
    va_list arguments;
    va_start(arguments, types);
    statement_bind_all(statement, types, arguments);
    va_end(arguments);
    return statement;
}

void secrets_read(struct statement *statement, struct arena *arena, struct secret *secret) {
    *secret = (struct secret){
        .id = statement_int64(statement, 0),
        .name = statement_string(statement, 1, arena),
        .arn = statement_string(statement, 2, arena),
        .description = statement_string(statement, 3, arena),
        .kms_key_id = statement_string(statement, 4, arena),
        .policy = statement_string(statement, 5, arena),
        .created_ms = statement_int64(statement, 6),
        .changed_ms = statement_int64(statement, 7),
        .accessed_ms = statement_int64(statement, 8),
        .deleted_ms = statement_int64(statement, 9),
        .removal_ms = statement_int64(statement, 10),
    };
}

void secrets_update(struct store *store, const struct secret *secret) {
    statement_run(secrets_statement(store, SECRETS_SQL_UPDATE, "isssiii", secret->id, secret->description,
                                    secret->kms_key_id, secret->policy, secret->changed_ms,
                                    secret->deleted_ms, secret->removal_ms));
}

void secrets_delete(struct store *store, int64_t id) {
    static const enum secrets_sql parts[] = {SECRETS_SQL_DELETE_VERSIONS, SECRETS_SQL_DELETE_STAGES,
                                             SECRETS_SQL_DELETE_TAGS, SECRETS_SQL_DELETE};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        statement_run(secrets_statement(store, parts[i], "i", id));
    }
}
