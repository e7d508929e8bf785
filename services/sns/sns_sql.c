#include "services/sns/sns_sql.h"

#define SUBSCRIPTION                                                                                         \
    "SELECT id, arn, topic_arn, protocol, endpoint, owner, principal, token, confirmed, authenticated "      \
    "FROM sns_subscription "
/* A parameter that is NULL is no condition. */
#define ANY_SCOPE "(?1 IS NULL OR account = ?1) AND (?2 IS NULL OR region = ?2)"

static const char *const sql[SNS_SQL_COUNT] = {
    [SQL_ATTRIBUTE] = "SELECT value FROM sns_attribute WHERE arn = ? AND name = ?",
    [SQL_PUT_ATTRIBUTE] = "INSERT INTO sns_attribute (arn, name, value) VALUES (?, ?, ?) "
                          "ON CONFLICT (arn, name) DO UPDATE SET value = excluded.value",
    [SQL_DELETE_ATTRIBUTE] = "DELETE FROM sns_attribute WHERE arn = ? AND name = ?",
    [SQL_ATTRIBUTES] = "SELECT name, value FROM sns_attribute WHERE arn = ? ORDER BY name",
    [SQL_DELETE_ATTRIBUTES] = "DELETE FROM sns_attribute WHERE arn = ?",
    [SQL_TAG] = "SELECT value FROM sns_tag WHERE arn = ? AND key = ?",
    [SQL_TAG_COUNT] = "SELECT count(*) FROM sns_tag WHERE arn = ?",
    [SQL_PUT_TAG] = "INSERT INTO sns_tag (arn, key, value) VALUES (?, ?, ?) "
                    "ON CONFLICT (arn, key) DO UPDATE SET value = excluded.value",
    [SQL_DELETE_TAG] = "DELETE FROM sns_tag WHERE arn = ? AND key = ?",
    [SQL_TAGS] = "SELECT key, value FROM sns_tag WHERE arn = ? ORDER BY key",
    [SQL_DELETE_TAGS] = "DELETE FROM sns_tag WHERE arn = ?",
    [SQL_HAS_TOPIC] = "SELECT 1 FROM sns_topic WHERE arn = ?",
    [SQL_ADD_TOPIC] = "INSERT INTO sns_topic (arn, account, region, sequence) VALUES (?, ?, ?, 0)",
    [SQL_DELETE_TOPIC] = "DELETE FROM sns_topic WHERE arn = ?",
    [SQL_TOPICS] = "SELECT arn FROM sns_topic WHERE account = ?1 AND region = ?2 AND arn > ?3 ORDER BY arn",
    [SQL_ADVANCE_SEQUENCE] =
        "UPDATE sns_topic SET sequence = sequence + 1 WHERE arn = ? RETURNING sequence - 1",
    [SQL_ADD_SUBSCRIPTION] =
        "INSERT INTO sns_subscription (arn, topic_arn, protocol, endpoint, owner, principal, token, "
        "confirmed, authenticated, account, region) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_SAVE_SUBSCRIPTION] = "UPDATE sns_subscription SET token = ?2, confirmed = ?3, authenticated = ?4, "
                              "orphaned = 0 WHERE arn = ?1",
    /* Hidden; whoever follows the link in the farewell has it back. */
    [SQL_LEAVE_SUBSCRIPTION] = "UPDATE sns_subscription SET token = ?2, orphaned = 2 WHERE arn = ?1",
    [SQL_DELETE_SUBSCRIPTION] = "DELETE FROM sns_subscription WHERE arn = ?",
    /* Subscriptions of a deleted topic stay to be seen, but nothing comes to them any more. */
    [SQL_ORPHAN_SUBSCRIPTIONS] = "UPDATE sns_subscription SET orphaned = 1 WHERE topic_arn = ?",
    [SQL_SUBSCRIPTION] = SUBSCRIPTION "WHERE arn = ? AND orphaned < 2",
    [SQL_SUBSCRIPTION_OF_TOKEN] = SUBSCRIPTION "WHERE token = ?1 AND orphaned <> 1",
    [SQL_SAME_SUBSCRIPTION] =
        SUBSCRIPTION "WHERE topic_arn = ?1 AND endpoint = ?3 AND protocol = ?2 AND orphaned = 0 "
                     "ORDER BY id LIMIT 1",
    [SQL_SUBSCRIPTIONS] =
        SUBSCRIPTION "WHERE account = ?1 AND region = ?2 AND id > ?3 AND orphaned < 2 ORDER BY id",
    [SQL_SUBSCRIPTIONS_OF] = SUBSCRIPTION "WHERE topic_arn = ?1 AND id > ?2 AND orphaned = 0 ORDER BY id",
    [SQL_COUNT_SUBSCRIPTIONS] = "SELECT sum(confirmed), sum(1 - confirmed) FROM sns_subscription "
                                "WHERE topic_arn = ? AND orphaned = 0",
    [SQL_FILTER_COUNT] = "SELECT count(*) FROM sns_subscription s JOIN sns_attribute a ON a.arn = s.arn "
                         "AND a.name = 'FilterPolicy' WHERE s.topic_arn = ? AND s.orphaned = 0",
    [SQL_FIND_ACCEPTED] = "SELECT message_id, sequence FROM sns_accepted "
                          "WHERE topic_arn = ?1 AND key = ?2 AND until_ms > ?3",
    [SQL_NOTE_ACCEPTED] =
        "INSERT INTO sns_accepted (topic_arn, key, until_ms, message_id, sequence) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (topic_arn, key) DO UPDATE SET until_ms = excluded.until_ms, "
        "message_id = excluded.message_id, sequence = excluded.sequence",
    [SQL_EXPIRE_ACCEPTED] = "DELETE FROM sns_accepted WHERE until_ms <= ?",
    [SQL_DELETE_ACCEPTED] = "DELETE FROM sns_accepted WHERE topic_arn = ?",
    [SQL_ADD_DELIVERY] = "INSERT INTO sns_delivery (topic_arn, subscription_arn, protocol, endpoint, "
                         "message_id, kind, body, extra, "
                         "payload, group_id, deduplication_id, raw, failed, due_ms, delayed, paced, "
                         "published_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_DELAY_DELIVERY] =
        "UPDATE sns_delivery SET failed = ?2, due_ms = ?3, delayed = ?4, paced = ?5 WHERE id = ?1",
    [SQL_DELETE_DELIVERY] = "DELETE FROM sns_delivery WHERE id = ?",
    [SQL_DELIVERY] = "SELECT topic_arn, subscription_arn, protocol, endpoint, message_id, kind, body, extra, "
                     "payload, group_id, deduplication_id, raw, failed, due_ms, "
                     "delayed, paced, published_ms FROM sns_delivery WHERE id = ?",
    [SQL_GROUP_WAITS] = "SELECT 1 FROM sns_delivery WHERE subscription_arn = ? AND group_id = ? LIMIT 1",
    [SQL_UNBLOCK_GROUP] =
        "UPDATE sns_delivery SET due_ms = min(due_ms, ?3) WHERE id = (SELECT min(id) FROM sns_delivery "
        "WHERE subscription_arn = ?1 AND group_id = ?2)",
    [SQL_NEXT_DUE] = "SELECT due_ms, id FROM sns_delivery WHERE due_ms <= ?1 AND (due_ms, id) > (?2, ?3) "
                     "ORDER BY due_ms, id LIMIT 1",
    [SQL_EARLIEST_DUE] = "SELECT due_ms FROM sns_delivery WHERE due_ms > ? ORDER BY due_ms LIMIT 1",
    [SQL_RESUME_DELIVERIES] = "UPDATE sns_delivery SET due_ms = ?1 WHERE due_ms >= ?2 AND (group_id IS NULL "
                              "OR id = (SELECT min(id) "
                              "FROM sns_delivery o WHERE o.subscription_arn = sns_delivery.subscription_arn "
                              "AND o.group_id = sns_delivery.group_id))",
    [SQL_DROP_DELIVERIES] = "DELETE FROM sns_delivery WHERE subscription_arn = ? AND kind = 'Notification'",
    [SQL_RECORD] = "INSERT INTO sns_recorded (account, region, kind, target, topic_arn, subscription_arn, "
                   "message_id, subject, message, attributes, structure, time_ms) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_RECORDED] = "SELECT id, kind, target, topic_arn, subscription_arn, message_id, subject, message, "
                     "attributes, structure, time_ms FROM sns_recorded WHERE " ANY_SCOPE " ORDER BY id",
    [SQL_DELETE_RECORDED] = "DELETE FROM sns_recorded WHERE " ANY_SCOPE,
    [SQL_DELETE_RECORDED_OF] =
        "DELETE FROM sns_recorded WHERE " ANY_SCOPE " AND kind = ?3 AND (?4 IS NULL OR target = ?4)",
    [SQL_ARCHIVE] = "INSERT INTO sns_archived (topic_arn, time_ms, message) VALUES (?, ?, ?)",
    [SQL_EXPIRE_ARCHIVE] = "DELETE FROM sns_archived WHERE topic_arn = ?1 AND time_ms < ?2",
    [SQL_ARCHIVE_BEGIN] = "SELECT min(time_ms) FROM sns_archived WHERE topic_arn = ?",
    [SQL_ARCHIVED] = "SELECT id, time_ms, message FROM sns_archived "
                     "WHERE topic_arn = ?1 AND time_ms BETWEEN ?2 AND ?3 ORDER BY id",
    [SQL_DELETE_ARCHIVE] = "DELETE FROM sns_archived WHERE topic_arn = ?",
    [SQL_ADD_PLATFORM] =
        "INSERT INTO sns_platform (arn, account, region, parent, token) VALUES (?, ?, ?, ?, ?)",
    [SQL_HAS_PLATFORM] = "SELECT 1 FROM sns_platform WHERE arn = ?",
    [SQL_DELETE_PLATFORM] = "DELETE FROM sns_platform WHERE arn = ?1 OR parent = ?1",
    [SQL_ENDPOINT_OF_TOKEN] = "SELECT arn FROM sns_platform WHERE parent = ? AND token = ?",
    [SQL_APPLICATIONS] = "SELECT arn FROM sns_platform WHERE account = ?1 AND region = ?2 AND parent IS NULL "
                         "AND arn > ?3 ORDER BY arn",
    [SQL_ENDPOINTS] = "SELECT arn FROM sns_platform WHERE account = ?1 AND region = ?2 AND parent = ?4 "
                      "AND arn > ?3 ORDER BY arn",
    [SQL_PUT_NUMBER] =
        "INSERT INTO sns_number (account, region, kind, number, state, code) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (account, region, kind, number) DO UPDATE SET state = excluded.state, code = "
        "excluded.code",
    [SQL_NUMBER] = "SELECT state, code FROM sns_number WHERE account = ? AND region = ? AND kind = ? "
                   "AND number = ?",
    [SQL_DELETE_NUMBER] = "DELETE FROM sns_number WHERE account = ? AND region = ? AND kind = ? "
                          "AND number = ?",
    [SQL_NUMBERS] = "SELECT number, state, code FROM sns_number WHERE " ANY_SCOPE
                    " AND kind = ?3 AND number > ?4 ORDER BY number",
};

const struct store_module sns_store_module = {
    .name = "sns",
    .schema =
        "CREATE TABLE IF NOT EXISTS sns_attribute ("
        " arn TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, UNIQUE (arn, name)) STRICT;"
        "CREATE TABLE IF NOT EXISTS sns_tag ("
        " arn TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, UNIQUE (arn, key)) STRICT;"
        "CREATE TABLE IF NOT EXISTS sns_topic ("
        " arn TEXT NOT NULL UNIQUE, account TEXT NOT NULL, region TEXT NOT NULL, sequence INTEGER NOT NULL)"
        " STRICT;"
        "CREATE TABLE IF NOT EXISTS sns_subscription ("
        " id INTEGER PRIMARY KEY AUTOINCREMENT, arn TEXT NOT NULL UNIQUE, topic_arn TEXT NOT NULL,"
        " protocol TEXT NOT NULL, endpoint TEXT NOT NULL, owner TEXT NOT NULL, principal TEXT NOT NULL,"
        " token TEXT, confirmed INTEGER NOT NULL, authenticated INTEGER NOT NULL, account TEXT NOT NULL,"
        " region TEXT NOT NULL, orphaned INTEGER NOT NULL DEFAULT 0) STRICT;"
        "CREATE INDEX IF NOT EXISTS sns_subscription_topic ON sns_subscription (topic_arn, id);"
        "CREATE UNIQUE INDEX IF NOT EXISTS sns_subscription_token ON sns_subscription (token) WHERE token IS "
        "NOT NULL;"
        "CREATE INDEX IF NOT EXISTS sns_subscription_endpoint ON sns_subscription (topic_arn, endpoint);"
        "CREATE TABLE IF NOT EXISTS sns_accepted ("
        " topic_arn TEXT NOT NULL, key TEXT NOT NULL, until_ms INTEGER NOT NULL, message_id TEXT NOT NULL,"
        " sequence INTEGER NOT NULL, UNIQUE (topic_arn, key)) STRICT;"
        "CREATE INDEX IF NOT EXISTS sns_accepted_until ON sns_accepted (until_ms);"
        "CREATE TABLE IF NOT EXISTS sns_delivery ("
        " id INTEGER PRIMARY KEY AUTOINCREMENT, topic_arn TEXT NOT NULL, subscription_arn TEXT NOT NULL,"
        " protocol TEXT NOT NULL, endpoint TEXT NOT NULL, message_id TEXT NOT NULL, kind TEXT NOT NULL,"
        " body TEXT NOT NULL, extra TEXT, payload TEXT, group_id TEXT, deduplication_id TEXT, raw INTEGER "
        "NOT NULL,"
        " failed INTEGER NOT NULL, due_ms INTEGER NOT NULL, delayed INTEGER NOT NULL,"
        " paced INTEGER NOT NULL, published_ms INTEGER NOT NULL) STRICT;"
        "CREATE INDEX IF NOT EXISTS sns_delivery_due ON sns_delivery (due_ms, id);"
        "CREATE INDEX IF NOT EXISTS sns_delivery_subscription ON sns_delivery (subscription_arn, group_id, "
        "id);"
        "CREATE TABLE IF NOT EXISTS sns_recorded ("
        " id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL,"
        " kind TEXT NOT NULL, target TEXT NOT NULL, topic_arn TEXT, subscription_arn TEXT,"
        " message_id TEXT NOT NULL, subject TEXT, message TEXT NOT NULL, attributes TEXT NOT NULL,"
        " structure TEXT, time_ms INTEGER NOT NULL) STRICT;"
        "CREATE TABLE IF NOT EXISTS sns_archived ("
        " id INTEGER PRIMARY KEY AUTOINCREMENT, topic_arn TEXT NOT NULL, time_ms INTEGER NOT NULL,"
        " message TEXT NOT NULL) STRICT;"
        "CREATE INDEX IF NOT EXISTS sns_archived_time ON sns_archived (topic_arn, time_ms);"
        "CREATE TABLE IF NOT EXISTS sns_platform ("
        " arn TEXT NOT NULL UNIQUE, account TEXT NOT NULL, region TEXT NOT NULL, parent TEXT, token TEXT)"
        " STRICT;"
        "CREATE INDEX IF NOT EXISTS sns_platform_token ON sns_platform (parent, token);"
        "CREATE TABLE IF NOT EXISTS sns_number ("
        " account TEXT NOT NULL, region TEXT NOT NULL, kind INTEGER NOT NULL, number TEXT NOT NULL,"
        " state TEXT, code TEXT, UNIQUE (account, region, kind, number)) STRICT;",
    .sql = sql,
    .sql_count = SNS_SQL_COUNT,
};

struct statement *sns_prepare(struct store *store, enum sns_sql index, const char *first) {
    struct statement *statement = store_statement(store, &sns_store_module, (int)index);
    if (first) {
        statement_bind_string(statement, 1, first);
    }
    return statement;
}

struct text sns_single_text(struct statement *statement, struct arena *arena) {
    struct text text = TEXT_NONE;
    if (statement_step(statement)) {
        text = arena_text(arena, statement_text(statement, 0));
        statement_reset(statement);
    }
    return text;
}
