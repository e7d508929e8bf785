#include "services/kms/kms_store.h"

#include "emulator/base/die.h"

#define KEY_COLUMNS                                                                                          \
    "SELECT id, account, region, key_id, description, usage, spec, manager, state, policy, material_id, "    \
    "created_ms, deletion_ms, rotation_days, next_rotation_ms, multi_region FROM kms_key "
#define GRANT_COLUMNS                                                                                        \
    "SELECT g.id, g.grant_id, g.name, g.created_ms, g.grantee, g.retiring, g.operations, g.constraints, "    \
    "k.account, k.region, k.key_id FROM kms_grant g JOIN kms_key k ON k.id = g.key "

static const char *const sql[KMS_SQL_COUNT] = {
    [KMS_SQL_ADD_KEY] = "INSERT INTO kms_key (account, region, key_id, description, usage, spec, manager, "
                        "state, policy, material_id, created_ms, multi_region) "
                        "VALUES (?, ?, ?, ?, ?, ?, ?, 'Enabled', ?, ?, ?, ?)",
    [KMS_SQL_FIND_KEY] = KEY_COLUMNS "WHERE account = ? AND region = ? AND key_id = ?",
    [KMS_SQL_LIST_KEYS] = KEY_COLUMNS "WHERE account = ? AND region = ? AND id > ? ORDER BY id LIMIT ?",
    [KMS_SQL_SET_STATE] = "UPDATE kms_key SET state = ?2 WHERE id = ?1",
    [KMS_SQL_SET_DELETION] = "UPDATE kms_key SET state = ?2, deletion_ms = ?3 WHERE id = ?1",
    [KMS_SQL_SET_DESCRIPTION] = "UPDATE kms_key SET description = ?2 WHERE id = ?1",
    [KMS_SQL_SET_POLICY] = "UPDATE kms_key SET policy = ?2 WHERE id = ?1",
    [KMS_SQL_SET_ROTATION] = "UPDATE kms_key SET rotation_days = ?2, next_rotation_ms = ?3 WHERE id = ?1",
    [KMS_SQL_SET_MATERIAL] = "UPDATE kms_key SET material_id = ?2, next_rotation_ms = ?3 WHERE id = ?1",
    [KMS_SQL_OVERDUE] = "SELECT id FROM kms_key WHERE deletion_ms <= ? ORDER BY id LIMIT 1",
    [KMS_SQL_DELETE_KEY] = "DELETE FROM kms_key WHERE id = ?",
    [KMS_SQL_DELETE_MATERIAL] = "DELETE FROM kms_material WHERE key = ?",
    [KMS_SQL_DELETE_TAGS] = "DELETE FROM kms_tag WHERE key = ?",
    [KMS_SQL_DELETE_GRANTS] = "DELETE FROM kms_grant WHERE key = ?",
    [KMS_SQL_DELETE_ALIASES] = "DELETE FROM kms_alias WHERE key = ?",
    [KMS_SQL_ADD_MATERIAL] = "INSERT INTO kms_material (key, material_id, bytes, created_ms, rotation) "
                             "VALUES (?, ?, ?, ?, ?)",
    [KMS_SQL_FIND_MATERIAL] = "SELECT bytes FROM kms_material WHERE key = ? AND material_id = ?",
    [KMS_SQL_ROTATIONS] = "SELECT id, material_id, created_ms, rotation FROM kms_material "
                          "WHERE key = ? AND rotation IS NOT NULL AND id > ? ORDER BY id LIMIT ?",
    [KMS_SQL_ADD_ALIAS] = "INSERT INTO kms_alias (account, region, name, key, created_ms, updated_ms) "
                          "VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
    [KMS_SQL_FIND_ALIAS] = "SELECT a.key, k.key_id FROM kms_alias a JOIN kms_key k ON k.id = a.key "
                           "WHERE a.account = ? AND a.region = ? AND a.name = ?",
    [KMS_SQL_MOVE_ALIAS] = "UPDATE kms_alias SET key = ?4, updated_ms = ?5 "
                           "WHERE account = ?1 AND region = ?2 AND name = ?3",
    [KMS_SQL_DELETE_ALIAS] = "DELETE FROM kms_alias WHERE account = ? AND region = ? AND name = ?",
    /* ?3 0: of all keys. */
    [KMS_SQL_LIST_ALIASES] =
        "SELECT a.name, k.key_id, a.created_ms, a.updated_ms FROM kms_alias a JOIN kms_key k ON k.id = a.key "
        "WHERE a.account = ?1 AND a.region = ?2 AND (?3 = 0 OR a.key = ?3) AND a.name > ?4 "
        "ORDER BY a.name LIMIT ?5",
    [KMS_SQL_PUT_TAG] = "INSERT INTO kms_tag (key, name, value) VALUES (?, ?, ?) "
                        "ON CONFLICT (key, name) DO UPDATE SET value = excluded.value",
    [KMS_SQL_DELETE_TAG] = "DELETE FROM kms_tag WHERE key = ? AND name = ?",
    [KMS_SQL_LIST_TAGS] = "SELECT name, value FROM kms_tag WHERE key = ? AND name > ? ORDER BY name LIMIT ?",
    [KMS_SQL_COUNT_TAGS] = "SELECT count(*) FROM kms_tag WHERE key = ?",
    [KMS_SQL_ADD_GRANT] = "INSERT INTO kms_grant (key, grant_id, name, created_ms, grantee, retiring, "
                          "operations, constraints) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [KMS_SQL_FIND_GRANT] = GRANT_COLUMNS "WHERE g.key = ? AND g.grant_id = ?",
    [KMS_SQL_FIND_GRANT_TOKEN] =
        GRANT_COLUMNS "JOIN kms_grant_token t ON t.grant_id = g.grant_id WHERE t.token = ? AND k.account = ? "
                      "AND k.region = ?",
    [KMS_SQL_SAME_GRANT] = GRANT_COLUMNS "WHERE g.key = ?1 AND g.name = ?2 AND g.grantee = ?3 AND "
                                         "g.retiring IS ?4 AND g.operations = ?5 AND g.constraints IS ?6",
    [KMS_SQL_ADD_GRANT_TOKEN] = "INSERT INTO kms_grant_token (grant_id, token) VALUES (?, ?)",
    [KMS_SQL_DELETE_GRANT] = "DELETE FROM kms_grant WHERE grant_id = ?",
    [KMS_SQL_DELETE_GRANT_TOKENS] = "DELETE FROM kms_grant_token WHERE grant_id = ?",
    [KMS_SQL_LIST_GRANTS] =
        GRANT_COLUMNS "WHERE g.key = ?1 AND g.id > ?2 AND (?3 IS NULL OR g.grant_id = ?3) "
                      "AND (?4 IS NULL OR g.grantee = ?4) ORDER BY g.id LIMIT ?5",
    [KMS_SQL_RETIRABLE_GRANTS] = GRANT_COLUMNS "WHERE k.account = ?1 AND k.region = ?2 AND g.retiring = ?3 "
                                               "AND g.id > ?4 ORDER BY g.id LIMIT ?5",
    [KMS_SQL_PUT_PLAINTEXT] = "INSERT INTO kms_plaintext (ciphertext, context, plaintext, key_arn) "
                              "VALUES (?, ?, ?, ?) ON CONFLICT (ciphertext, context) DO UPDATE SET "
                              "plaintext = excluded.plaintext, key_arn = excluded.key_arn",
    /* The one with this context, else the one for any. */
    [KMS_SQL_FIND_PLAINTEXTS] = "SELECT plaintext, key_arn FROM kms_plaintext WHERE ciphertext = ?1 AND "
                                "(context = ?2 OR context = x'') ORDER BY length(context) DESC LIMIT 1",
    [KMS_SQL_COUNT_PLAINTEXTS] = "SELECT count(*) FROM kms_plaintext",
    [KMS_SQL_FORGET_PLAINTEXTS] = "DELETE FROM kms_plaintext",
};

const struct store_module kms_store_module = {
    .name = "kms",
    .schema =
        "CREATE TABLE IF NOT EXISTS kms_key ("
        " id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL,"
        " key_id TEXT NOT NULL, description TEXT NOT NULL, usage TEXT NOT NULL, spec TEXT NOT NULL,"
        " manager TEXT NOT NULL, state TEXT NOT NULL, policy TEXT NOT NULL, material_id TEXT NOT NULL,"
        " created_ms INTEGER NOT NULL, deletion_ms INTEGER, rotation_days INTEGER NOT NULL DEFAULT 0,"
        " next_rotation_ms INTEGER NOT NULL DEFAULT 0, multi_region INTEGER NOT NULL,"
        " UNIQUE (account, region, key_id)) STRICT;"
        "CREATE INDEX IF NOT EXISTS kms_key_deletion ON kms_key (deletion_ms) WHERE deletion_ms IS NOT NULL;"
        "CREATE TABLE IF NOT EXISTS kms_material ("
        " id INTEGER PRIMARY KEY AUTOINCREMENT, key INTEGER NOT NULL, material_id TEXT NOT NULL,"
        " bytes BLOB NOT NULL, created_ms INTEGER NOT NULL, rotation TEXT, UNIQUE (key, material_id)) STRICT;"
        "CREATE TABLE IF NOT EXISTS kms_alias ("
        " account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, key INTEGER NOT NULL,"
        " created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, UNIQUE (account, region, name)) STRICT;"
        "CREATE TABLE IF NOT EXISTS kms_tag ("
        " key INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, UNIQUE (key, name)) STRICT;"
        "CREATE TABLE IF NOT EXISTS kms_grant ("
        " id INTEGER PRIMARY KEY AUTOINCREMENT, key INTEGER NOT NULL, grant_id TEXT NOT NULL, name TEXT,"
        " created_ms INTEGER NOT NULL, grantee TEXT NOT NULL, retiring TEXT, operations TEXT NOT NULL,"
        " constraints TEXT, UNIQUE (grant_id)) STRICT;"
        "CREATE TABLE IF NOT EXISTS kms_grant_token ("
        " grant_id TEXT NOT NULL, token TEXT NOT NULL, UNIQUE (token)) STRICT;"
        "CREATE TABLE IF NOT EXISTS kms_plaintext ("
        " ciphertext BLOB NOT NULL, context BLOB NOT NULL, plaintext BLOB NOT NULL, key_arn TEXT,"
        " UNIQUE (ciphertext, context)) STRICT;",
    .sql = sql,
    .sql_count = KMS_SQL_COUNT,
};

struct statement *kms_statement(struct store *store, enum kms_sql index, const char *types, ...) {
    struct statement *statement = store_statement(store, &kms_store_module, (int)index);
    va_list arguments;
    va_start(arguments, types);
    statement_bind_all(statement, types, arguments);
    va_end(arguments);
    return statement;
}

void kms_read_key(struct statement *statement, struct arena *arena, struct kms_key *key) {
    *key = (struct kms_key){
        .id = statement_int64(statement, 0),
        .account = statement_string(statement, 1, arena),
        .region = statement_string(statement, 2, arena),
        .key_id = statement_string(statement, 3, arena),
        .description = statement_string(statement, 4, arena),
        .usage = statement_string(statement, 5, arena),
        .spec = statement_string(statement, 6, arena),
        .manager = statement_string(statement, 7, arena),
        .state = statement_string(statement, 8, arena),
        .policy = statement_string(statement, 9, arena),
        .material_id = statement_string(statement, 10, arena),
        .created_ms = statement_int64(statement, 11),
        .deletion_ms = statement_int64(statement, 12),
        .rotation_days = statement_int64(statement, 13),
        .next_rotation_ms = statement_int64(statement, 14),
        .multi_region = statement_int64(statement, 15) != 0,
    };
    key->arn = arena_printf(arena, "arn:aws:kms:%s:%s:key/%s", key->region, key->account, key->key_id);
}
