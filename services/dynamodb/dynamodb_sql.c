#include "services/dynamodb/dynamodb_sql.h"

static const char *const sql[SQL_COUNT] = {
    [SQL_TABLE] = "SELECT id, created_ms, definition FROM dynamodb_table "
                  "WHERE account = ?1 AND region = ?2 AND name = ?3",
    [SQL_ADD_TABLE] = "INSERT INTO dynamodb_table (account, region, name, created_ms, definition) "
                      "VALUES (?1, ?2, ?3, ?4, ?5)",
    [SQL_SET_DEFINITION] = "UPDATE dynamodb_table SET definition = ?2 WHERE id = ?1",
    [SQL_DELETE_TABLE] = "DELETE FROM dynamodb_table WHERE id = ?1",
    [SQL_TABLE_NAMES] = "SELECT name FROM dynamodb_table WHERE account = ?1 AND region = ?2 AND name > ?3 "
                        "ORDER BY name",
    [SQL_TABLE_COUNT] = "SELECT count(*) FROM dynamodb_table WHERE account = ?1 AND region = ?2",
    [SQL_SETTING] = "SELECT value FROM dynamodb_setting WHERE table_id = ?1 AND name = ?2",
    [SQL_SET_SETTING] = "INSERT INTO dynamodb_setting (table_id, name, value) VALUES (?1, ?2, ?3) "
                        "ON CONFLICT (table_id, name) DO UPDATE SET value = excluded.value",
    [SQL_DELETE_SETTING] = "DELETE FROM dynamodb_setting WHERE table_id = ?1 AND name = ?2",
    [SQL_DELETE_SETTINGS] = "DELETE FROM dynamodb_setting WHERE table_id = ?1",
    [SQL_GET] = "SELECT id, size, item FROM dynamodb_item "
                "WHERE table_id = ?1 AND slot = ?2 AND hash = ?3 AND range = ?4",
    [SQL_ADD] = "INSERT INTO dynamodb_item (table_id, slot, hash, range, size, expires, item) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [SQL_REPLACE] = "UPDATE dynamodb_item SET size = ?2, expires = ?3, item = ?4 WHERE id = ?1",
    [SQL_DELETE] = "DELETE FROM dynamodb_item WHERE id = ?1",
    [SQL_DELETE_ITEMS] = "DELETE FROM dynamodb_item WHERE table_id = ?1",
    [SQL_SET_EXPIRY] = "UPDATE dynamodb_item SET expires = ?2 WHERE id = ?1",
    [SQL_EXPIRED] = "SELECT t.account, t.region, t.name, i.item FROM dynamodb_item i "
                    "JOIN dynamodb_table t ON t.id = i.table_id "
                    "WHERE i.expires IS NOT NULL AND i.expires <= ?1 AND i.expires > ?2 "
                    "ORDER BY i.expires, i.id LIMIT ?3",
    [SQL_COUNT_ITEMS] = "SELECT count(*), sum(size) FROM dynamodb_item WHERE table_id = ?1",
    [SQL_COUNT_ENTRIES] = "SELECT count(*) FROM dynamodb_entry WHERE index_id = ?1",
    [SQL_ADD_ENTRY] = "INSERT INTO dynamodb_entry (index_id, slot, hash, range, base, item_id) "
                      "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [SQL_DELETE_ENTRY] = "DELETE FROM dynamodb_entry WHERE index_id = ?1 AND slot = ?2 AND hash = ?3 "
                         "AND range = ?4 AND base = ?5",
    [SQL_DELETE_ENTRIES] = "DELETE FROM dynamodb_entry WHERE index_id = ?1",
    [SQL_QUERY] = "SELECT id, size, item FROM dynamodb_item WHERE table_id = ?1 AND slot = ?2 AND hash = ?3 "
                  "AND range >= ?4 AND range < ?5 ORDER BY range",
    [SQL_QUERY_BACKWARD] = "SELECT id, size, item FROM dynamodb_item WHERE table_id = ?1 AND slot = ?2 "
                           "AND hash = ?3 AND range >= ?4 AND range < ?5 ORDER BY range DESC",
    [SQL_SCAN] = "SELECT id, size, item FROM dynamodb_item WHERE table_id = ?1 "
                 "AND (slot, hash, range) > (?2, ?3, ?4) AND slot <= ?5 ORDER BY slot, hash, range",
    [SQL_QUERY_INDEX] = "SELECT i.id, i.size, i.item FROM dynamodb_entry e CROSS JOIN dynamodb_item i "
                        "ON i.id = e.item_id WHERE e.index_id = ?1 AND e.slot = ?2 AND e.hash = ?3 "
                        "AND (e.range, e.base) > (?4, ?6) AND (e.range, e.base) < (?5, ?7) "
                        "ORDER BY e.range, e.base",
    [SQL_QUERY_INDEX_BACKWARD] =
        "SELECT i.id, i.size, i.item FROM dynamodb_entry e CROSS JOIN dynamodb_item i "
        "ON i.id = e.item_id WHERE e.index_id = ?1 AND e.slot = ?2 AND e.hash = ?3 "
        "AND (e.range, e.base) > (?4, ?6) AND (e.range, e.base) < (?5, ?7) "
        "ORDER BY e.range DESC, e.base DESC",
    [SQL_SCAN_INDEX] = "SELECT i.id, i.size, i.item FROM dynamodb_entry e CROSS JOIN dynamodb_item i "
                       "ON i.id = e.item_id WHERE e.index_id = ?1 "
                       "AND (e.slot, e.hash, e.range, e.base) > (?2, ?3, ?4, ?6) AND e.slot <= ?5 "
                       "ORDER BY e.slot, e.hash, e.range, e.base",
    [SQL_TAGS] = "SELECT key, value FROM dynamodb_tag WHERE arn = ?1 ORDER BY key",
    [SQL_PUT_TAG] = "INSERT INTO dynamodb_tag (arn, key, value) VALUES (?1, ?2, ?3) "
                    "ON CONFLICT (arn, key) DO UPDATE SET value = excluded.value",
    [SQL_DELETE_TAG] = "DELETE FROM dynamodb_tag WHERE arn = ?1 AND key = ?2",
    [SQL_DELETE_TAGS] = "DELETE FROM dynamodb_tag WHERE arn = ?1",
    [SQL_TOKEN] = "SELECT digest FROM dynamodb_token WHERE account = ?1 AND region = ?2 AND token = ?3",
    [SQL_ADD_TOKEN] = "INSERT INTO dynamodb_token (account, region, token, digest, created_ms) "
                      "VALUES (?1, ?2, ?3, ?4, ?5)",
    [SQL_FORGET_TOKENS] = "DELETE FROM dynamodb_token WHERE created_ms <= ?1",
    [SQL_ADD_STREAM] =
        "INSERT INTO dynamodb_stream (account, region, table_name, label, view, keys, created_ms) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [SQL_CLOSE_STREAM] = "UPDATE dynamodb_stream SET closed_ms = ?2 WHERE id = ?1 AND closed_ms IS NULL",
    [SQL_STREAM] = "SELECT id, table_name, label, view, keys, created_ms, closed_ms FROM dynamodb_stream "
                   "WHERE account = ?1 AND region = ?2 AND table_name = ?3 AND label = ?4",
    [SQL_STREAMS] = "SELECT id, table_name, label, view, keys, created_ms, closed_ms FROM dynamodb_stream "
                    "WHERE account = ?1 AND region = ?2 AND (table_name, label) > (?3, ?4) "
                    "ORDER BY table_name, label",
    [SQL_ADD_RECORD] = "INSERT INTO dynamodb_record (stream_id, created_ms, record) VALUES (?1, ?2, ?3)",
    [SQL_RECORDS] = "SELECT sequence, created_ms, record FROM dynamodb_record "
                    "WHERE stream_id = ?1 AND sequence >= ?2 ORDER BY sequence",
    [SQL_LAST_RECORD] = "SELECT max(sequence) FROM dynamodb_record WHERE stream_id = ?1",
    [SQL_TRIM_RECORDS] = "DELETE FROM dynamodb_record WHERE created_ms < ?1",
    [SQL_TRIM_STREAMS] = "DELETE FROM dynamodb_stream WHERE closed_ms < ?1",
    [SQL_ADD_BACKUP] =
        "INSERT INTO dynamodb_backup (account, region, arn, name, table_name, created_ms, size, "
        "definition, settings) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [SQL_BACKUP] = "SELECT id, arn, name, table_name, created_ms, size, definition, settings "
                   "FROM dynamodb_backup WHERE arn = ?1",
    [SQL_BACKUPS] = "SELECT id, arn, name, table_name, created_ms, size, definition, settings "
                    "FROM dynamodb_backup WHERE account = ?1 AND region = ?2 AND arn > ?3 ORDER BY arn",
    [SQL_DELETE_BACKUP] = "DELETE FROM dynamodb_backup WHERE id = ?1",
    [SQL_DELETE_BACKUP_ITEMS] = "DELETE FROM dynamodb_backup_item WHERE backup_id = ?1",
    [SQL_SAVE_ITEMS] = "INSERT INTO dynamodb_backup_item (backup_id, item) "
                       "SELECT ?1, item FROM dynamodb_item WHERE table_id = ?2",
    [SQL_ADD_CHANGE] = "INSERT INTO dynamodb_change (table_id, slot, hash, range, created_ms, item) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [SQL_TRIM_CHANGES] = "DELETE FROM dynamodb_change WHERE table_id = ?1 AND created_ms < ?2",
    [SQL_DELETE_CHANGES] = "DELETE FROM dynamodb_change WHERE table_id = ?1",
    /* What no later change has touched, and of the rest what was there before the first of them. */
    [SQL_ITEMS_AT] =
        "SELECT slot, hash, range, item FROM dynamodb_item i WHERE table_id = ?1 AND NOT EXISTS "
        "(SELECT 1 FROM dynamodb_change c WHERE c.table_id = ?1 AND c.slot = i.slot AND c.hash = i.hash "
        "AND c.range = i.range AND c.created_ms > ?2) "
        "UNION ALL SELECT slot, hash, range, item FROM dynamodb_change c WHERE table_id = ?1 "
        "AND created_ms > ?2 AND item IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM dynamodb_change d WHERE d.table_id = ?1 AND d.slot = c.slot AND d.hash = c.hash "
        "AND d.range = c.range AND d.created_ms > ?2 AND d.id < c.id) "
        "ORDER BY slot, hash, range",
    [SQL_ADD_JOB] = "INSERT INTO dynamodb_job (account, region, kind, arn, token, table_arn, started_ms, "
                    "status, description, result) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '')",
    [SQL_FINISH_JOB] = "UPDATE dynamodb_job SET status = ?2, result = ?3 WHERE id = ?1",
    [SQL_FAIL_JOBS] = "UPDATE dynamodb_job SET status = 'FAILED', result = ?1 WHERE status = 'IN_PROGRESS'",
    [SQL_JOB] = "SELECT id, arn, table_arn, started_ms, status, description, result FROM dynamodb_job "
                "WHERE arn = ?1 AND kind = ?2",
    [SQL_JOB_OF_TOKEN] = "SELECT id, arn, table_arn, started_ms, status, description, result "
                         "FROM dynamodb_job WHERE account = ?1 AND region = ?2 AND kind = ?3 AND token = ?4 "
                         "ORDER BY id DESC LIMIT 1",
    [SQL_JOBS] = "SELECT id, arn, table_arn, started_ms, status, description, result FROM dynamodb_job "
                 "WHERE account = ?1 AND region = ?2 AND kind = ?3 AND id > ?4 ORDER BY id",
    [SQL_SAVED_ITEMS] = "SELECT item FROM dynamodb_backup_item WHERE backup_id = ?1 ORDER BY rowid",
};

const struct store_module dynamodb_store_module = {
    .name = "dynamodb",
    .schema =
        "CREATE TABLE IF NOT EXISTS dynamodb_table ("
        " id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL,"
        " name TEXT NOT NULL, created_ms INTEGER NOT NULL, definition TEXT NOT NULL,"
        " UNIQUE (account, region, name)) STRICT;"
        "CREATE TABLE IF NOT EXISTS dynamodb_setting ("
        " table_id INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,"
        " PRIMARY KEY (table_id, name)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE IF NOT EXISTS dynamodb_item ("
        " id INTEGER PRIMARY KEY, table_id INTEGER NOT NULL, slot INTEGER NOT NULL, hash BLOB NOT NULL,"
        " range BLOB NOT NULL, size INTEGER NOT NULL, expires INTEGER, item TEXT NOT NULL) STRICT;"
        "CREATE UNIQUE INDEX IF NOT EXISTS dynamodb_item_key ON dynamodb_item (table_id, slot, hash, range);"
        "CREATE INDEX IF NOT EXISTS dynamodb_item_expiry ON dynamodb_item (expires) WHERE expires IS NOT "
        "NULL;"
        "CREATE TABLE IF NOT EXISTS dynamodb_entry ("
        " index_id INTEGER NOT NULL, slot INTEGER NOT NULL, hash BLOB NOT NULL, range BLOB NOT NULL,"
        " base BLOB NOT NULL, item_id INTEGER NOT NULL,"
        " PRIMARY KEY (index_id, slot, hash, range, base)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE IF NOT EXISTS dynamodb_tag ("
        " arn TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, UNIQUE (arn, key)) STRICT;"
        "CREATE TABLE IF NOT EXISTS dynamodb_token ("
        " account TEXT NOT NULL, region TEXT NOT NULL, token TEXT NOT NULL, digest BLOB NOT NULL,"
        " created_ms INTEGER NOT NULL, UNIQUE (account, region, token)) STRICT;"
        "CREATE INDEX IF NOT EXISTS dynamodb_token_age ON dynamodb_token (created_ms);"
        "CREATE TABLE IF NOT EXISTS dynamodb_stream ("
        " id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL,"
        " table_name TEXT NOT NULL, label TEXT NOT NULL, view TEXT NOT NULL, keys TEXT NOT NULL,"
        " created_ms INTEGER NOT NULL, closed_ms INTEGER, UNIQUE (account, region, table_name, label)) "
        "STRICT;"
        "CREATE TABLE IF NOT EXISTS dynamodb_record ("
        " sequence INTEGER PRIMARY KEY AUTOINCREMENT, stream_id INTEGER NOT NULL, created_ms INTEGER NOT "
        "NULL,"
        " record TEXT NOT NULL) STRICT;"
        "CREATE INDEX IF NOT EXISTS dynamodb_record_stream ON dynamodb_record (stream_id, sequence);"
        "CREATE INDEX IF NOT EXISTS dynamodb_record_age ON dynamodb_record (created_ms);"
        "CREATE TABLE IF NOT EXISTS dynamodb_backup ("
        " id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL,"
        " arn TEXT NOT NULL UNIQUE, name TEXT NOT NULL, table_name TEXT NOT NULL,"
        " created_ms INTEGER NOT NULL, size INTEGER NOT NULL, definition TEXT NOT NULL,"
        " settings TEXT NOT NULL) STRICT;"
        "CREATE TABLE IF NOT EXISTS dynamodb_backup_item ("
        " backup_id INTEGER NOT NULL, item TEXT NOT NULL) STRICT;"
        "CREATE INDEX IF NOT EXISTS dynamodb_backup_items ON dynamodb_backup_item (backup_id);"
        "CREATE TABLE IF NOT EXISTS dynamodb_change ("
        " id INTEGER PRIMARY KEY AUTOINCREMENT, table_id INTEGER NOT NULL, slot INTEGER NOT NULL,"
        " hash BLOB NOT NULL, range BLOB NOT NULL, created_ms INTEGER NOT NULL, item TEXT) STRICT;"
        "CREATE INDEX IF NOT EXISTS dynamodb_change_key ON dynamodb_change (table_id, slot, hash, range);"
        "CREATE INDEX IF NOT EXISTS dynamodb_change_age ON dynamodb_change (table_id, created_ms);"
        "CREATE TABLE IF NOT EXISTS dynamodb_job ("
        " id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL,"
        " kind INTEGER NOT NULL, arn TEXT NOT NULL UNIQUE, token TEXT, table_arn TEXT NOT NULL,"
        " started_ms INTEGER NOT NULL, status TEXT NOT NULL, description TEXT NOT NULL,"
        " result TEXT NOT NULL) STRICT;",
    .sql = sql,
    .sql_count = SQL_COUNT,
};

struct statement *dynamodb_prepare(struct store *store, int index) {
    return store_statement(store, &dynamodb_store_module, index);
}
