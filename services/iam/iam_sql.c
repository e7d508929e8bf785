#include "services/iam/iam_sql.h"

#define ENTITY_COLUMNS                                                                                       \
    "SELECT e.id, e.kind, e.account, e.name, e.path, e.unique_id, e.created_ms, e.updated_ms, "              \
    "e.description, "                                                                                        \
    "e.trust_policy, e.max_session_s, e.boundary_arn, e.default_version, e.next_version FROM iam_entity e "
#define KEY_COLUMNS "SELECT user_id, access_key, secret_key, status, created_ms FROM iam_access_key "

static const char *const sql[SQL_COUNT] = {
    [SQL_CREATE] = "INSERT INTO iam_entity (account, kind, name, path, unique_id, created_ms, updated_ms, "
                   "description, trust_policy, max_session_s, boundary_arn, default_version, next_version) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_FIND] = ENTITY_COLUMNS "WHERE e.account = ? AND e.kind = ? AND e.name = ? COLLATE NOCASE",
    [SQL_ENTITIES] = ENTITY_COLUMNS "WHERE e.account = ? AND e.kind = ? AND e.name > ? COLLATE NOCASE "
                                    "ORDER BY e.name COLLATE NOCASE",
    [SQL_POLICY_USERS] =
        ENTITY_COLUMNS "WHERE e.account = ?1 AND ("
                       "(?3 AND e.id IN (SELECT entity_id FROM iam_attachment WHERE policy_arn = ?2)) OR "
                       "(?4 AND e.boundary_arn = ?2)) ORDER BY e.kind, e.name",
    [SQL_UPDATE] = "UPDATE iam_entity SET name = ?2, path = ?3, updated_ms = ?4, description = ?5, "
                   "trust_policy = ?6, max_session_s = ?7, boundary_arn = ?8, default_version = ?9, "
                   "next_version = ?10 WHERE id = ?1",
    [SQL_DELETE_TAGS] = "DELETE FROM iam_tag WHERE entity_id = ?",
    [SQL_DELETE_INLINES] = "DELETE FROM iam_inline WHERE entity_id = ?",
    [SQL_DELETE_ATTACHMENTS] = "DELETE FROM iam_attachment WHERE entity_id = ?",
    [SQL_DELETE_VERSIONS] = "DELETE FROM iam_version WHERE policy_id = ?",
    [SQL_DELETE_MEMBERS] = "DELETE FROM iam_member WHERE owner_id = ?1 OR member_id = ?1",
    [SQL_DELETE_KEYS] = "DELETE FROM iam_access_key WHERE user_id = ?",
    [SQL_DELETE] = "DELETE FROM iam_entity WHERE id = ?",
    [SQL_PUT_TAG] = "INSERT INTO iam_tag (entity_id, key, value) VALUES (?, ?, ?) "
                    "ON CONFLICT (entity_id, key) DO UPDATE SET value = excluded.value, key = excluded.key",
    [SQL_DELETE_TAG] = "DELETE FROM iam_tag WHERE entity_id = ? AND key = ?",
    [SQL_TAG_COUNT] = "SELECT count(*) FROM iam_tag WHERE entity_id = ?",
    [SQL_TAGS] = "SELECT key, value FROM iam_tag WHERE entity_id = ? AND key > ? ORDER BY key",
    [SQL_PUT_INLINE] = "INSERT INTO iam_inline (entity_id, name, document) VALUES (?, ?, ?) "
                       "ON CONFLICT (entity_id, name) DO UPDATE SET document = excluded.document",
    [SQL_INLINE] = "SELECT document FROM iam_inline WHERE entity_id = ? AND name = ?",
    [SQL_DELETE_INLINE] = "DELETE FROM iam_inline WHERE entity_id = ? AND name = ?",
    [SQL_INLINES] = "SELECT name, document FROM iam_inline WHERE entity_id = ? AND name > ? ORDER BY name",
    [SQL_INLINE_BYTES] = "SELECT total(length(document)) FROM iam_inline WHERE entity_id = ?",
    [SQL_ATTACH] = "INSERT INTO iam_attachment (entity_id, policy_arn) VALUES (?, ?) ON CONFLICT DO NOTHING",
    [SQL_DETACH] = "DELETE FROM iam_attachment WHERE entity_id = ? AND policy_arn = ?",
    [SQL_ATTACHMENTS] = "SELECT policy_arn FROM iam_attachment WHERE entity_id = ? ORDER BY id",
    [SQL_ATTACHMENT_COUNT] = "SELECT count(*) FROM iam_attachment WHERE entity_id = ?",
    [SQL_USAGE_COUNT] = "SELECT count(*) FROM iam_attachment a JOIN iam_entity e ON e.id = a.entity_id "
                        "WHERE e.account = ? AND a.policy_arn = ?",
    [SQL_BOUNDARY_COUNT] = "SELECT count(*) FROM iam_entity WHERE account = ? AND boundary_arn = ?",
    [SQL_ADD_VERSION] =
        "INSERT INTO iam_version (policy_id, number, document, created_ms) VALUES (?, ?, ?, ?)",
    [SQL_VERSIONS] =
        "SELECT number, created_ms, document FROM iam_version WHERE policy_id = ? ORDER BY number DESC",
    [SQL_VERSION] = "SELECT number, created_ms, document FROM iam_version WHERE policy_id = ? AND number = ?",
    [SQL_VERSION_COUNT] = "SELECT count(*) FROM iam_version WHERE policy_id = ?",
    [SQL_DELETE_VERSION] = "DELETE FROM iam_version WHERE policy_id = ? AND number = ?",
    [SQL_ADD_MEMBER] = "INSERT INTO iam_member (owner_id, member_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
    [SQL_REMOVE_MEMBER] = "DELETE FROM iam_member WHERE owner_id = ? AND member_id = ?",
    [SQL_MEMBERS] =
        ENTITY_COLUMNS "JOIN iam_member m ON m.member_id = e.id WHERE m.owner_id = ? ORDER BY e.name",
    [SQL_OWNERS] =
        ENTITY_COLUMNS "JOIN iam_member m ON m.owner_id = e.id WHERE m.member_id = ? ORDER BY e.name",
    [SQL_MEMBER_COUNT] = "SELECT count(*) FROM iam_member WHERE owner_id = ?",
    [SQL_OWNER_COUNT] = "SELECT count(*) FROM iam_member WHERE member_id = ?",
    [SQL_ADD_KEY] = "INSERT INTO iam_access_key (user_id, access_key, secret_key, status, created_ms) "
                    "VALUES (?, ?, ?, ?, ?)",
    [SQL_FIND_KEY] = KEY_COLUMNS "WHERE access_key = ?",
    [SQL_FIND_BY_ID] = ENTITY_COLUMNS "WHERE e.id = ?",
    [SQL_KEYS] = KEY_COLUMNS "WHERE user_id = ? ORDER BY id",
    [SQL_KEY_COUNT] = "SELECT count(*) FROM iam_access_key WHERE user_id = ?",
    [SQL_SET_KEY_STATUS] = "UPDATE iam_access_key SET status = ?2 WHERE access_key = ?1",
    [SQL_DELETE_KEY] = "DELETE FROM iam_access_key WHERE access_key = ?",
    [SQL_PUT_LOGIN_PROFILE] =
        "INSERT OR REPLACE INTO iam_login_profile (user_id, created_ms, reset_required) VALUES (?, ?, ?)",
    [SQL_LOGIN_PROFILE] = "SELECT created_ms, reset_required FROM iam_login_profile WHERE user_id = ?",
    [SQL_DELETE_LOGIN_PROFILE] = "DELETE FROM iam_login_profile WHERE user_id = ?",
    [SQL_PUT_SETTING] = "INSERT OR REPLACE INTO iam_setting (account, kind, document) VALUES (?, ?, ?)",
    [SQL_SETTING] = "SELECT document FROM iam_setting WHERE account = ? AND kind = ?",
    [SQL_DELETE_SETTING] = "DELETE FROM iam_setting WHERE account = ? AND kind = ?",
    [SQL_ALIAS_IS_TAKEN] = "SELECT count(*) FROM iam_setting WHERE kind = 'Alias' AND document = ?",
    [SQL_ENTITY_COUNT] = "SELECT count(*) FROM iam_entity WHERE account = ? AND kind = ?",
    [SQL_ALL_VERSIONS_COUNT] = "SELECT count(*) FROM iam_version v JOIN iam_entity e ON e.id = v.policy_id "
                               "WHERE e.account = ?",
    [SQL_ADD_DELETION] = "INSERT INTO iam_deletion (account, task_id) VALUES (?, ?)",
    [SQL_HAS_DELETION] = "SELECT 1 FROM iam_deletion WHERE account = ? AND task_id = ?",
};

const struct store_module iam_store_module = {
    .name = "iam",
    .schema =
        "CREATE TABLE IF NOT EXISTS iam_entity (id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL,"
        " kind INTEGER NOT NULL, name TEXT NOT NULL COLLATE NOCASE, path TEXT NOT NULL,"
        " unique_id TEXT NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,"
        " description TEXT, trust_policy TEXT, max_session_s INTEGER NOT NULL, boundary_arn TEXT,"
        " default_version INTEGER NOT NULL, next_version INTEGER NOT NULL, UNIQUE (account, kind, name)) "
        "STRICT;"
        "CREATE INDEX IF NOT EXISTS iam_entity_boundary ON iam_entity (boundary_arn);"
        "CREATE TABLE IF NOT EXISTS iam_tag (entity_id INTEGER NOT NULL, key TEXT NOT NULL COLLATE NOCASE,"
        " value TEXT NOT NULL, UNIQUE (entity_id, key)) STRICT;"
        "CREATE TABLE IF NOT EXISTS iam_inline (entity_id INTEGER NOT NULL, name TEXT NOT NULL,"
        " document TEXT NOT NULL, UNIQUE (entity_id, name)) STRICT;"
        "CREATE TABLE IF NOT EXISTS iam_attachment (id INTEGER PRIMARY KEY, entity_id INTEGER NOT NULL,"
        " policy_arn TEXT NOT NULL, UNIQUE (entity_id, policy_arn)) STRICT;"
        "CREATE INDEX IF NOT EXISTS iam_attachment_policy ON iam_attachment (policy_arn);"
        "CREATE TABLE IF NOT EXISTS iam_version (policy_id INTEGER NOT NULL, number INTEGER NOT NULL,"
        " document TEXT NOT NULL, created_ms INTEGER NOT NULL, UNIQUE (policy_id, number)) STRICT;"
        "CREATE TABLE IF NOT EXISTS iam_member (owner_id INTEGER NOT NULL, member_id INTEGER NOT NULL,"
        " UNIQUE (owner_id, member_id)) STRICT;"
        "CREATE INDEX IF NOT EXISTS iam_member_member ON iam_member (member_id);"
        "CREATE TABLE IF NOT EXISTS iam_access_key (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL,"
        " access_key TEXT NOT NULL UNIQUE, secret_key TEXT NOT NULL, status TEXT NOT NULL,"
        " created_ms INTEGER NOT NULL) STRICT;"
        "CREATE INDEX IF NOT EXISTS iam_access_key_user ON iam_access_key (user_id);"
        "CREATE TABLE IF NOT EXISTS iam_login_profile (user_id INTEGER PRIMARY KEY,"
        " created_ms INTEGER NOT NULL, reset_required INTEGER NOT NULL) STRICT;"
        "CREATE TABLE IF NOT EXISTS iam_setting (account TEXT NOT NULL, kind TEXT NOT NULL,"
        " document TEXT NOT NULL, UNIQUE (account, kind)) STRICT;"
        "CREATE TABLE IF NOT EXISTS iam_deletion (account TEXT NOT NULL, task_id TEXT NOT NULL,"
        " UNIQUE (account, task_id)) STRICT;",
    .sql = sql,
    .sql_count = SQL_COUNT,
};

struct statement *iam_prepare(struct store *store, int index) {
    return store_statement(store, &iam_store_module, index);
}

struct statement *iam_prepare_id(struct store *store, int index, int64_t id) {
    struct statement *statement = iam_prepare(store, index);
    statement_bind_int64(statement, 1, id);
    return statement;
}

struct statement *iam_prepare_id_text(struct store *store, int index, int64_t id, struct text text) {
    struct statement *statement = iam_prepare_id(store, index, id);
    statement_bind_text(statement, 2, text);
    return statement;
}

struct statement *iam_prepare_ids(struct store *store, int index, int64_t first, int64_t second) {
    struct statement *statement = iam_prepare_id(store, index, first);
    statement_bind_int64(statement, 2, second);
    return statement;
}

struct statement *iam_prepare_account(struct store *store, int index, const char *account, struct text text) {
    struct statement *statement = iam_prepare(store, index);
    statement_bind_string(statement, 1, account);
    statement_bind_text(statement, 2, text);
    return statement;
}
