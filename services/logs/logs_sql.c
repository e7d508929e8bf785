#include "services/logs/logs_sql.h"

#define GROUP_COLUMNS                                                                                        \
    "SELECT id, name, created_ms, retention_days, class, kms_key_id, deletion_protected, stored_bytes "      \
    "FROM logs_group WHERE account = ? AND region = ? "
#define STREAM_COLUMNS                                                                                       \
    "SELECT id, name, created_ms, first_event_ms, last_event_ms, last_ingestion_ms FROM logs_stream "        \
    "WHERE group_id = ?1 "
#define EVENT_COLUMNS "SELECT e.timestamp, e.id, e.ingestion_ms, e.message"
#define EVENT_RANGE "AND (e.timestamp, e.id) > (?2, ?3) AND (e.timestamp, e.id) < (?4, ?5) "

static const char *const sql[SQL_COUNT] = {
    [SQL_CREATE_GROUP] = "INSERT INTO logs_group (account, region, name, created_ms, retention_days, class, "
                         "kms_key_id, deletion_protected, stored_bytes) VALUES (?, ?, ?, ?, 0, ?, ?, ?, 0)",
    [SQL_FIND_GROUP] = GROUP_COLUMNS "AND name = ?",
    [SQL_GROUPS] = GROUP_COLUMNS "AND name > ? ORDER BY name",
    [SQL_DELETE_GROUP_EVENTS] = "DELETE FROM logs_event WHERE group_id = ?",
    [SQL_DELETE_GROUP_STREAMS] = "DELETE FROM logs_stream WHERE group_id = ?",
    [SQL_DELETE_GROUP_TAGS] = "DELETE FROM logs_tag WHERE group_id = ?",
    [SQL_DELETE_GROUP_FILTERS] = "DELETE FROM logs_filter WHERE group_id = ?",
    [SQL_DELETE_GROUP] = "DELETE FROM logs_group WHERE id = ?",
    [SQL_SET_RETENTION] = "UPDATE logs_group SET retention_days = ?2 WHERE id = ?1",
    [SQL_SET_PROTECTION] = "UPDATE logs_group SET deletion_protected = ?2 WHERE id = ?1",
    [SQL_SET_KEY] = "UPDATE logs_group SET kms_key_id = ?2 WHERE id = ?1",
    [SQL_PUT_TAG] = "INSERT INTO logs_tag (group_id, key, value) VALUES (?, ?, ?) "
                    "ON CONFLICT (group_id, key) DO UPDATE SET value = excluded.value",
    [SQL_DELETE_TAG] = "DELETE FROM logs_tag WHERE group_id = ? AND key = ?",
    [SQL_TAG_COUNT] = "SELECT count(*) FROM logs_tag WHERE group_id = ?",
    [SQL_TAGS] = "SELECT key, value FROM logs_tag WHERE group_id = ? ORDER BY key",
    [SQL_CREATE_STREAM] =
        "INSERT INTO logs_stream (group_id, name, created_ms, first_event_ms, last_event_ms, "
        "last_ingestion_ms) VALUES (?, ?, ?, -1, -1, -1)",
    [SQL_FIND_STREAM] = STREAM_COLUMNS "AND name = ?2",
    [SQL_DELETE_STREAM_EVENTS] = "DELETE FROM logs_event WHERE stream_id = ?",
    [SQL_DELETE_STREAM] = "DELETE FROM logs_stream WHERE id = ?",
    [SQL_STREAMS_BY_NAME] = STREAM_COLUMNS "AND (?2 IS NULL OR name > ?2) ORDER BY name",
    [SQL_STREAMS_BY_NAME_DOWN] = STREAM_COLUMNS "AND (?2 IS NULL OR name < ?2) ORDER BY name DESC",
    [SQL_STREAMS_BY_LAST] =
        STREAM_COLUMNS "AND (?2 IS NULL OR (last_event_ms, name) > (?3, ?2)) ORDER BY last_event_ms, name",
    [SQL_STREAMS_BY_LAST_DOWN] = STREAM_COLUMNS
    "AND (?2 IS NULL OR (last_event_ms, name) < (?3, ?2)) ORDER BY last_event_ms DESC, name DESC",
    [SQL_PUT_FILTER] =
        "INSERT OR REPLACE INTO logs_filter (group_id, kind, name, pattern, destination, role_arn, "
        "distribution, transformations, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_DELETE_FILTER] = "DELETE FROM logs_filter WHERE group_id = ? AND kind = ? AND name = ?",
    [SQL_FILTERS] =
        "SELECT name, pattern, destination, role_arn, distribution, transformations, created_ms, group_id, "
        "kind, NULL FROM logs_filter WHERE group_id = ? AND kind = ? AND name > ? ORDER BY name",
    [SQL_METRIC_FILTERS] =
        "SELECT f.name, f.pattern, f.destination, f.role_arn, f.distribution, f.transformations, "
        "f.created_ms, "
        "f.group_id, f.kind, g.name FROM logs_group g JOIN logs_filter f ON f.group_id = g.id "
        "WHERE g.account = ?1 AND g.region = ?2 AND (?3 IS NULL OR g.name = ?3) AND f.kind = ?4 "
        "AND (f.name, g.name) > (?5, ?6) ORDER BY f.name, g.name",
    [SQL_PUT_POLICY] = "INSERT OR REPLACE INTO logs_policy (account, region, key, scope, name, resource_arn, "
                       "document, revision, updated_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_DELETE_POLICY] =
        "DELETE FROM logs_policy WHERE account = ? AND region = ? AND key = ? AND scope = ?",
    [SQL_POLICIES] = "SELECT scope, key, name, resource_arn, document, revision, updated_ms FROM logs_policy "
                     "WHERE account = ? AND region = ? AND key > ? AND scope = ? ORDER BY key",
    [SQL_FILTER_COUNT] = "SELECT count(*) FROM logs_filter WHERE group_id = ? AND kind = ?",
    [SQL_PLAIN_TARGET] =
        "SELECT s.group_id, s.id FROM logs_group g JOIN logs_stream s ON s.group_id = g.id "
        "WHERE g.account = ?1 AND g.region = ?2 AND g.name = ?3 AND s.name = ?4 AND g.retention_days = 0 "
        "AND NOT EXISTS (SELECT 1 FROM logs_filter f WHERE f.group_id = g.id AND f.kind = ?5)",
    [SQL_ADD_EVENT] = "INSERT INTO logs_event (group_id, stream_id, timestamp, message, ingestion_ms) "
                      "VALUES (?, ?, ?, ?, ?)",
    [SQL_NOTE_STREAM] =
        "UPDATE logs_stream SET "
        "first_event_ms = CASE WHEN first_event_ms < 0 THEN ?2 ELSE min(first_event_ms, ?2) END, "
        "last_event_ms = max(last_event_ms, ?3), last_ingestion_ms = ?4 WHERE id = ?1",
    [SQL_NOTE_GROUP] = "UPDATE logs_group SET stored_bytes = stored_bytes + ?2 WHERE id = ?1",
    [SQL_EXPIRE_EVENTS] = "DELETE FROM logs_event WHERE group_id = ? AND timestamp < ?",
    [SQL_STREAM_EVENTS] = EVENT_COLUMNS ", NULL FROM logs_event e WHERE e.stream_id = ?1 " EVENT_RANGE
                                        "ORDER BY e.timestamp, e.id",
    [SQL_STREAM_EVENTS_DOWN] = EVENT_COLUMNS ", NULL FROM logs_event e WHERE e.stream_id = ?1 " EVENT_RANGE
                                             "ORDER BY e.timestamp DESC, e.id DESC",
    [SQL_GROUP_EVENTS] = EVENT_COLUMNS ", s.name FROM logs_event e JOIN logs_stream s ON s.id = e.stream_id "
                                       "WHERE e.group_id = ?1 " EVENT_RANGE "ORDER BY e.timestamp, e.id",
};

const struct store_module logs_store_module = {
    .name = "logs",
    .schema = "CREATE TABLE IF NOT EXISTS logs_group ("
              " id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL,"
              " name TEXT NOT NULL, created_ms INTEGER NOT NULL, retention_days INTEGER NOT NULL,"
              " class TEXT NOT NULL, kms_key_id TEXT, deletion_protected INTEGER NOT NULL,"
              " stored_bytes INTEGER NOT NULL, UNIQUE (account, region, name)) STRICT;"
              "CREATE TABLE IF NOT EXISTS logs_tag ("
              " group_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
              " UNIQUE (group_id, key)) STRICT;"
              "CREATE TABLE IF NOT EXISTS logs_stream ("
              " id INTEGER PRIMARY KEY AUTOINCREMENT, group_id INTEGER NOT NULL, name TEXT NOT NULL,"
              " created_ms INTEGER NOT NULL, first_event_ms INTEGER NOT NULL, last_event_ms INTEGER NOT NULL,"
              " last_ingestion_ms INTEGER NOT NULL, UNIQUE (group_id, name)) STRICT;"
              "CREATE INDEX IF NOT EXISTS logs_stream_last ON logs_stream (group_id, last_event_ms, name);"
              "CREATE TABLE IF NOT EXISTS logs_filter ("
              " group_id INTEGER NOT NULL, kind INTEGER NOT NULL, name TEXT NOT NULL, pattern TEXT NOT NULL,"
              " destination TEXT, role_arn TEXT, distribution TEXT, transformations TEXT,"
              " created_ms INTEGER NOT NULL, UNIQUE (group_id, kind, name)) STRICT;"
              "CREATE TABLE IF NOT EXISTS logs_policy ("
              " account TEXT NOT NULL, region TEXT NOT NULL, scope INTEGER NOT NULL, key TEXT NOT NULL,"
              " name TEXT, resource_arn TEXT, document TEXT NOT NULL, revision INTEGER NOT NULL,"
              " updated_ms INTEGER NOT NULL, UNIQUE (account, region, scope, key)) STRICT;"
              "CREATE TABLE IF NOT EXISTS logs_event ("
              " id INTEGER PRIMARY KEY, group_id INTEGER NOT NULL, stream_id INTEGER NOT NULL,"
              " timestamp INTEGER NOT NULL, message TEXT NOT NULL, ingestion_ms INTEGER NOT NULL) STRICT;"
              "CREATE INDEX IF NOT EXISTS logs_event_stream ON logs_event (stream_id, timestamp, id);"
              "CREATE INDEX IF NOT EXISTS logs_event_group ON logs_event (group_id, timestamp, id);",
    .sql = sql,
    .sql_count = SQL_COUNT,
};
