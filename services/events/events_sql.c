#include "services/events/events_sql.h"

#define OWNED "account = ?1 AND region = ?2 "
#define BUS_COLUMNS                                                                                          \
    "SELECT name, description, policy, kms_key, dead_letter, log_config, created_ms, modified_ms "           \
    "FROM events_bus WHERE " OWNED
#define RULE_COLUMNS                                                                                         \
    "SELECT id, account, region, bus, name, pattern, schedule, state, description, role_arn, managed_by, "   \
    "created_ms, next_ms FROM events_rule WHERE "
#define ARCHIVE_COLUMNS                                                                                      \
    "SELECT name, bus_arn, description, pattern, kms_key, retention_days, created_ms, "                      \
    "(SELECT count(*) FROM events_archived e WHERE e.account = a.account AND e.region = a.region AND "       \
    "e.archive = a.name), (SELECT coalesce(sum(length(CAST(e.event AS BLOB))), 0) FROM events_archived e "   \
    "WHERE e.account = a.account AND e.region = a.region AND e.archive = a.name), account, region "          \
    "FROM events_archive a WHERE " OWNED
#define REPLAY_COLUMNS                                                                                       \
    "SELECT name, description, archive_arn, destination, state, from_ms, to_ms, started_ms, ended_ms, "      \
    "last_ms, account, region, id FROM events_replay WHERE "

static const char *const sql[SQL_COUNT] = {
    [SQL_BUS] = BUS_COLUMNS "AND name = ?3",
    [SQL_NEXT_BUS] = BUS_COLUMNS "AND name > ?3 ORDER BY name LIMIT 1",
    [SQL_PUT_BUS] = "INSERT OR REPLACE INTO events_bus (account, region, name, description, policy, kms_key, "
                    "dead_letter, log_config, created_ms, modified_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_DELETE_BUS] = "DELETE FROM events_bus WHERE " OWNED "AND name = ?3",
    [SQL_RULE] = RULE_COLUMNS OWNED "AND bus = ?3 AND name = ?4",
    [SQL_RULE_BY_ID] = RULE_COLUMNS "id = ?1",
    [SQL_NEXT_RULE] = RULE_COLUMNS OWNED "AND bus = ?3 AND name > ?4 ORDER BY name LIMIT 1",
    [SQL_PUT_RULE] =
        "INSERT INTO events_rule (account, region, bus, name, pattern, schedule, state, description, "
        "role_arn, managed_by, created_ms, next_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (account, region, bus, name) DO UPDATE SET pattern = excluded.pattern, "
        "schedule = excluded.schedule, state = excluded.state, description = excluded.description, "
        "role_arn = excluded.role_arn, managed_by = excluded.managed_by, created_ms = excluded.created_ms, "
        "next_ms = excluded.next_ms",
    [SQL_DELETE_RULE] = "DELETE FROM events_rule WHERE id = ?",
    [SQL_DELETE_RULE_TARGETS] = "DELETE FROM events_target WHERE rule = ?",
    [SQL_SET_NEXT] = "UPDATE events_rule SET next_ms = ?2 WHERE id = ?1",
    [SQL_DUE_RULE] = "SELECT id FROM events_rule WHERE next_ms BETWEEN 0 AND ? ORDER BY next_ms, id LIMIT 1",
    [SQL_EARLIEST_RULE] = "SELECT min(next_ms) FROM events_rule WHERE next_ms >= 0",
    [SQL_PUT_TARGET] =
        "INSERT INTO events_target (rule, id, arn, document) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (rule, id) DO UPDATE SET arn = excluded.arn, document = excluded.document",
    [SQL_REMOVE_TARGET] = "DELETE FROM events_target WHERE rule = ? AND id = ?",
    [SQL_TARGET_COUNT] = "SELECT count(*) FROM events_target WHERE rule = ?",
    [SQL_HAS_TARGET] = "SELECT 1 FROM events_target WHERE rule = ? AND id = ?",
    [SQL_NEXT_TARGET] =
        "SELECT row, id, document FROM events_target WHERE rule = ? AND row > ? ORDER BY row LIMIT 1",
    [SQL_NEXT_RULE_OF] = "SELECT name FROM events_rule r WHERE " OWNED
                         "AND bus = ?3 AND name > ?5 AND EXISTS (SELECT 1 FROM events_target t "
                         "WHERE t.rule = r.id AND t.arn = ?4) ORDER BY name LIMIT 1",
    [SQL_PUT_TAG] = "INSERT OR REPLACE INTO events_tag (arn, key, value) VALUES (?, ?, ?)",
    [SQL_REMOVE_TAG] = "DELETE FROM events_tag WHERE arn = ? AND key = ?",
    [SQL_FORGET_TAGS] = "DELETE FROM events_tag WHERE arn = ?",
    [SQL_NEXT_TAG] = "SELECT key, value FROM events_tag WHERE arn = ? AND key > ? ORDER BY key LIMIT 1",
    [SQL_ADD_DELIVERY] =
        "INSERT INTO events_delivery (account, region, rule_arn, rule_name, target, event, due_ms, "
        "created_ms, failed, hops, delayed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_DELIVERY] = "SELECT id, account, region, rule_arn, rule_name, target, event, due_ms, created_ms, "
                     "failed, hops, delayed FROM events_delivery WHERE id = ?",
    [SQL_MOVE_DELIVERY] = "UPDATE events_delivery SET due_ms = ?2, failed = ?3, delayed = ?4 WHERE id = ?1",
    [SQL_DELETE_DELIVERY] = "DELETE FROM events_delivery WHERE id = ?",
    [SQL_DUE_DELIVERY] = "SELECT id FROM events_delivery WHERE due_ms <= ? ORDER BY due_ms, id LIMIT 1",
    [SQL_EARLIEST_DELIVERY] = "SELECT min(due_ms) FROM events_delivery WHERE due_ms < ?",
    [SQL_RESTART_DELIVERIES] = "UPDATE events_delivery SET due_ms = ?1 WHERE due_ms = ?2",
    [SQL_ARCHIVE] = ARCHIVE_COLUMNS "AND name = ?3",
    [SQL_NEXT_ARCHIVE] = ARCHIVE_COLUMNS "AND name > ?3 ORDER BY name LIMIT 1",
    [SQL_PUT_ARCHIVE] = "INSERT OR REPLACE INTO events_archive (account, region, name, bus_arn, description, "
                        "pattern, kms_key, retention_days, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_DELETE_ARCHIVE] = "DELETE FROM events_archive WHERE " OWNED "AND name = ?3",
    [SQL_DELETE_ARCHIVED] = "DELETE FROM events_archived WHERE " OWNED "AND archive = ?3",
    [SQL_ADD_ARCHIVED] =
        "INSERT INTO events_archived (account, region, archive, time_ms, event) VALUES (?, ?, ?, ?, ?)",
    [SQL_EXPIRE_ARCHIVED] = "DELETE FROM events_archived WHERE " OWNED "AND archive = ?3 AND time_ms < ?4",
    [SQL_NEXT_ARCHIVED] = "SELECT time_ms, id, event FROM events_archived WHERE " OWNED
                          "AND archive = ?3 AND (time_ms, id) > (?4, ?5) AND time_ms < ?6 "
                          "ORDER BY time_ms, id LIMIT 1",
    [SQL_STARTED_REPLAY] = REPLAY_COLUMNS "state IN ('STARTING', 'RUNNING') AND id > ?1 ORDER BY id LIMIT 1",
    [SQL_REPLAY] = REPLAY_COLUMNS OWNED "AND name = ?3",
    [SQL_NEXT_REPLAY] = REPLAY_COLUMNS OWNED "AND name > ?3 ORDER BY name LIMIT 1",
    [SQL_PUT_REPLAY] =
        "INSERT INTO events_replay (account, region, name, description, archive_arn, destination, "
        "state, from_ms, to_ms, started_ms, ended_ms, last_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (account, region, name) DO UPDATE SET state = excluded.state, "
        "ended_ms = excluded.ended_ms, last_ms = excluded.last_ms",
};

#define OWNER_COLUMNS "account TEXT NOT NULL, region TEXT NOT NULL, "

const struct store_module events_store_module = {
    .name = "events",
    .schema =
        "CREATE TABLE IF NOT EXISTS events_bus (" OWNER_COLUMNS
        " name TEXT NOT NULL, description TEXT, policy TEXT, kms_key TEXT, dead_letter TEXT,"
        " log_config TEXT, created_ms INTEGER NOT NULL, modified_ms INTEGER NOT NULL,"
        " PRIMARY KEY (account, region, name)) STRICT;"
        "CREATE TABLE IF NOT EXISTS events_rule (id INTEGER PRIMARY KEY AUTOINCREMENT," OWNER_COLUMNS
        " bus TEXT NOT NULL, name TEXT NOT NULL, pattern TEXT, schedule TEXT, state TEXT NOT NULL,"
        " description TEXT, role_arn TEXT, managed_by TEXT, created_ms INTEGER NOT NULL,"
        " next_ms INTEGER NOT NULL, UNIQUE (account, region, bus, name)) STRICT;"
        "CREATE INDEX IF NOT EXISTS events_rule_next ON events_rule (next_ms);"
        "CREATE TABLE IF NOT EXISTS events_target (row INTEGER PRIMARY KEY AUTOINCREMENT,"
        " rule INTEGER NOT NULL, id TEXT NOT NULL, arn TEXT NOT NULL, document TEXT NOT NULL,"
        " UNIQUE (rule, id)) STRICT;"
        "CREATE INDEX IF NOT EXISTS events_target_arn ON events_target (arn, rule);"
        "CREATE TABLE IF NOT EXISTS events_tag (arn TEXT NOT NULL, key TEXT NOT NULL,"
        " value TEXT NOT NULL, PRIMARY KEY (arn, key)) STRICT;"
        "CREATE TABLE IF NOT EXISTS events_delivery (id INTEGER PRIMARY KEY AUTOINCREMENT," OWNER_COLUMNS
        " rule_arn TEXT NOT NULL, rule_name TEXT NOT NULL, target TEXT NOT NULL, event TEXT NOT NULL,"
        " due_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL, failed INTEGER NOT NULL,"
        " hops INTEGER NOT NULL, delayed INTEGER NOT NULL) STRICT;"
        "CREATE INDEX IF NOT EXISTS events_delivery_due ON events_delivery (due_ms, id);"
        "CREATE TABLE IF NOT EXISTS events_archive (" OWNER_COLUMNS
        " name TEXT NOT NULL, bus_arn TEXT NOT NULL, description TEXT, pattern TEXT, kms_key TEXT,"
        " retention_days INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
        " PRIMARY KEY (account, region, name)) STRICT;"
        "CREATE TABLE IF NOT EXISTS events_archived (id INTEGER PRIMARY KEY AUTOINCREMENT," OWNER_COLUMNS
        " archive TEXT NOT NULL, time_ms INTEGER NOT NULL, event TEXT NOT NULL) STRICT;"
        "CREATE INDEX IF NOT EXISTS events_archived_time ON events_archived"
        " (account, region, archive, time_ms, id);"
        "CREATE TABLE IF NOT EXISTS events_replay (id INTEGER PRIMARY KEY AUTOINCREMENT," OWNER_COLUMNS
        " name TEXT NOT NULL, description TEXT, archive_arn TEXT NOT NULL, destination TEXT NOT NULL,"
        " state TEXT NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL,"
        " started_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,"
        " UNIQUE (account, region, name)) STRICT;",
    .sql = sql,
    .sql_count = SQL_COUNT,
};

struct statement *events_statement(struct store *store, enum events_sql index) {
    return store_statement(store, &events_store_module, (int)index);
}

struct statement *events_owned(struct store *store, enum events_sql index, struct events_owner owner) {
    struct statement *statement = events_statement(store, index);
    statement_bind_string(statement, 1, owner.account);
    statement_bind_string(statement, 2, owner.region);
    return statement;
}

void events_bind_strings(struct statement *statement, int first, const char *const *strings, int count) {
    for (int i = 0; i < count; i++) {
        statement_bind_string(statement, first + i, strings[i]);
    }
}

int64_t events_ask_number(struct statement *statement) {
    int64_t number = -1;
    if (statement_step(statement)) {
        number = statement_is_null(statement, 0) ? -1 : statement_int64(statement, 0);
        statement_reset(statement);
    }
    return number;
}
