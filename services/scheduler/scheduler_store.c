#include "services/scheduler/scheduler_store.h"

enum {
    SQL_GROUP,
    SQL_NEXT_GROUP,
    SQL_PUT_GROUP,
    SQL_DELETE_GROUP_SCHEDULES,
    SQL_DELETE_GROUP,
    SQL_SCHEDULE,
    SQL_SCHEDULE_BY_ID,
    SQL_NEXT_SCHEDULE,
    SQL_PUT_SCHEDULE,
    SQL_DELETE_SCHEDULE,
    SQL_DUE_SCHEDULE,
    SQL_EARLIEST_SCHEDULE,
    SQL_PUT_TAG,
    SQL_REMOVE_TAG,
    SQL_NEXT_TAG,
    SQL_ADD_DELIVERY,
    SQL_DELIVERY,
    SQL_MOVE_DELIVERY,
    SQL_DELETE_DELIVERY,
    SQL_DUE_DELIVERY,
    SQL_EARLIEST_DELIVERY,
    SQL_RESTART_DELIVERIES,
    SQL_COUNT
};

#define OWNED "account = ?1 AND region = ?2 "
#define GROUP_COLUMNS "SELECT name, created_ms, modified_ms FROM scheduler_group WHERE " OWNED
#define SCHEDULE_COLUMNS                                                                                     \
    "SELECT id, account, region, grp, name, document, created_ms, modified_ms, next_ms "                     \
    "FROM scheduler_schedule WHERE "

static const char *const sql[SQL_COUNT] = {
    [SQL_GROUP] = GROUP_COLUMNS "AND name = ?3",
    [SQL_NEXT_GROUP] = GROUP_COLUMNS "AND name > ?3 ORDER BY name LIMIT 1",
    [SQL_PUT_GROUP] = "INSERT OR REPLACE INTO scheduler_group (account, region, name, created_ms, "
                      "modified_ms) VALUES (?, ?, ?, ?, ?)",
    [SQL_DELETE_GROUP_SCHEDULES] = "DELETE FROM scheduler_schedule WHERE " OWNED "AND grp = ?3",
    [SQL_DELETE_GROUP] = "DELETE FROM scheduler_group WHERE " OWNED "AND name = ?3",
    [SQL_SCHEDULE] = SCHEDULE_COLUMNS OWNED "AND grp = ?3 AND name = ?4",
    [SQL_SCHEDULE_BY_ID] = SCHEDULE_COLUMNS "id = ?1",
    [SQL_NEXT_SCHEDULE] = SCHEDULE_COLUMNS OWNED "AND (grp, name) > (?3, ?4) ORDER BY grp, name LIMIT 1",
    [SQL_PUT_SCHEDULE] =
        "INSERT INTO scheduler_schedule (account, region, grp, name, document, created_ms, modified_ms, "
        "next_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account, region, grp, name) DO UPDATE SET "
        "document = excluded.document, modified_ms = excluded.modified_ms, next_ms = excluded.next_ms",
    [SQL_DELETE_SCHEDULE] = "DELETE FROM scheduler_schedule WHERE id = ?",
    [SQL_DUE_SCHEDULE] =
        "SELECT id FROM scheduler_schedule WHERE next_ms BETWEEN 0 AND ? ORDER BY next_ms, id LIMIT 1",
    [SQL_EARLIEST_SCHEDULE] = "SELECT min(next_ms) FROM scheduler_schedule WHERE next_ms >= 0",
    [SQL_PUT_TAG] = "INSERT OR REPLACE INTO scheduler_tag (arn, key, value) VALUES (?, ?, ?)",
    [SQL_REMOVE_TAG] = "DELETE FROM scheduler_tag WHERE arn = ? AND key = ?",
    [SQL_NEXT_TAG] = "SELECT key, value FROM scheduler_tag WHERE arn = ? AND key > ? ORDER BY key LIMIT 1",
    [SQL_ADD_DELIVERY] = "INSERT INTO scheduler_delivery (account, region, schedule_arn, target, due_ms, "
                         "created_ms, failed) VALUES (?, ?, ?, ?, ?, ?, ?)",
    [SQL_DELIVERY] = "SELECT id, account, region, schedule_arn, target, due_ms, created_ms, failed "
                     "FROM scheduler_delivery WHERE id = ?",
    [SQL_MOVE_DELIVERY] = "UPDATE scheduler_delivery SET due_ms = ?2, failed = ?3 WHERE id = ?1",
    [SQL_DELETE_DELIVERY] = "DELETE FROM scheduler_delivery WHERE id = ?",
    [SQL_DUE_DELIVERY] = "SELECT id FROM scheduler_delivery WHERE due_ms <= ? ORDER BY due_ms, id LIMIT 1",
    [SQL_EARLIEST_DELIVERY] = "SELECT min(due_ms) FROM scheduler_delivery WHERE due_ms < ?",
    [SQL_RESTART_DELIVERIES] = "UPDATE scheduler_delivery SET due_ms = ?1 WHERE due_ms = ?2",
};

#define OWNER_COLUMNS "account TEXT NOT NULL, region TEXT NOT NULL, "

const struct store_module scheduler_store_module = {
    .name = "scheduler",
    .schema =
        "CREATE TABLE IF NOT EXISTS scheduler_group (" OWNER_COLUMNS
        " name TEXT NOT NULL, created_ms INTEGER NOT NULL, modified_ms INTEGER NOT NULL,"
        " PRIMARY KEY (account, region, name)) STRICT;"
        "CREATE TABLE IF NOT EXISTS scheduler_schedule (id INTEGER PRIMARY KEY AUTOINCREMENT," OWNER_COLUMNS
        " grp TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL, created_ms INTEGER NOT NULL,"
        " modified_ms INTEGER NOT NULL, next_ms INTEGER NOT NULL,"
        " UNIQUE (account, region, grp, name)) STRICT;"
        "CREATE INDEX IF NOT EXISTS scheduler_schedule_next ON scheduler_schedule (next_ms);"
        "CREATE TABLE IF NOT EXISTS scheduler_tag (arn TEXT NOT NULL, key TEXT NOT NULL,"
        " value TEXT NOT NULL, PRIMARY KEY (arn, key)) STRICT;"
        "CREATE TABLE IF NOT EXISTS scheduler_delivery (id INTEGER PRIMARY KEY AUTOINCREMENT," OWNER_COLUMNS
        " schedule_arn TEXT NOT NULL, target TEXT NOT NULL, due_ms INTEGER NOT NULL,"
        " created_ms INTEGER NOT NULL, failed INTEGER NOT NULL) STRICT;"
        "CREATE INDEX IF NOT EXISTS scheduler_delivery_due ON scheduler_delivery (due_ms, id);",
    .sql = sql,
    .sql_count = SQL_COUNT,
};

static struct statement *prepare(struct store *store, int index) {
    return store_statement(store, &scheduler_store_module, index);
}

/* With the strings bound from the first parameter on. */
static struct statement *prepare_strings(struct store *store, int index, const char *const *strings,
                                         int count) {
    struct statement *statement = prepare(store, index);
    for (int i = 0; i < count; i++) {
        statement_bind_string(statement, i + 1, strings[i]);
    }
    return statement;
}

static struct statement *prepare_id(struct store *store, int index, int64_t id) {
    struct statement *statement = prepare(store, index);
    statement_bind_int64(statement, 1, id);
    return statement;
}

static int64_t ask_number(struct statement *statement) {
    int64_t number = -1;
    if (statement_step(statement)) {
        number = statement_is_null(statement, 0) ? -1 : statement_int64(statement, 0);
        statement_reset(statement);
    }
    return number;
}

/* ---- groups ---- */

static bool read_group(struct statement *statement, struct arena *arena, struct scheduler_group *group) {
    if (!statement_step(statement)) {
        return false;
    }
    *group = (struct scheduler_group){
        .name = statement_string(statement, 0, arena),
        .created_ms = statement_int64(statement, 1),
        .modified_ms = statement_int64(statement, 2),
    };
    statement_reset(statement);
    return true;
}

bool scheduler_store_group(struct store *store, struct scheduler_owner owner, const char *name,
                           struct arena *arena, struct scheduler_group *group) {
    const char *const strings[] = {owner.account, owner.region, name};
    return read_group(prepare_strings(store, SQL_GROUP, strings, 3), arena, group);
}

bool scheduler_store_next_group(struct store *store, struct scheduler_owner owner, const char *after,
                                struct arena *arena, struct scheduler_group *group) {
    const char *const strings[] = {owner.account, owner.region, after};
    return read_group(prepare_strings(store, SQL_NEXT_GROUP, strings, 3), arena, group);
}

void scheduler_store_put_group(struct store *store, struct scheduler_owner owner,
                               const struct scheduler_group *group) {
    const char *const strings[] = {owner.account, owner.region, group->name};
    struct statement *statement = prepare_strings(store, SQL_PUT_GROUP, strings, 3);
    statement_bind_int64(statement, 4, group->created_ms);
    statement_bind_int64(statement, 5, group->modified_ms);
    statement_run(statement);
}

void scheduler_store_delete_group(struct store *store, struct scheduler_owner owner, const char *name) {
    const char *const strings[] = {owner.account, owner.region, name};
    statement_run(prepare_strings(store, SQL_DELETE_GROUP_SCHEDULES, strings, 3));
    statement_run(prepare_strings(store, SQL_DELETE_GROUP, strings, 3));
}

/* ---- schedules ---- */

static bool read_schedule(struct statement *statement, struct arena *arena,
                          struct scheduler_schedule *schedule) {
    if (!statement_step(statement)) {
        return false;
    }
    *schedule = (struct scheduler_schedule){
        .id = statement_int64(statement, 0),
        .owner = {statement_string(statement, 1, arena), statement_string(statement, 2, arena)},
        .group = statement_string(statement, 3, arena),
        .name = statement_string(statement, 4, arena),
        .document = statement_string(statement, 5, arena),
        .created_ms = statement_int64(statement, 6),
        .modified_ms = statement_int64(statement, 7),
        .next_ms = statement_int64(statement, 8),
    };
    statement_reset(statement);
    return true;
}

bool scheduler_store_schedule(struct store *store, struct scheduler_owner owner, const char *group,
                              const char *name, struct arena *arena, struct scheduler_schedule *schedule) {
    const char *const strings[] = {owner.account, owner.region, group, name};
    return read_schedule(prepare_strings(store, SQL_SCHEDULE, strings, 4), arena, schedule);
}

bool scheduler_store_schedule_by_id(struct store *store, int64_t id, struct arena *arena,
                                    struct scheduler_schedule *schedule) {
    return read_schedule(prepare_id(store, SQL_SCHEDULE_BY_ID, id), arena, schedule);
}

bool scheduler_store_next_schedule(struct store *store, struct scheduler_owner owner, const char *group,
                                   const char *name, struct arena *arena,
                                   struct scheduler_schedule *schedule) {
    const char *const strings[] = {owner.account, owner.region, group, name};
    return read_schedule(prepare_strings(store, SQL_NEXT_SCHEDULE, strings, 4), arena, schedule);
}

void scheduler_store_put_schedule(struct store *store, const struct scheduler_schedule *schedule) {
    const char *const strings[] = {schedule->owner.account, schedule->owner.region, schedule->group,
                                   schedule->name, schedule->document};
    struct statement *statement = prepare_strings(store, SQL_PUT_SCHEDULE, strings, 5);
    statement_bind_int64(statement, 6, schedule->created_ms);
    statement_bind_int64(statement, 7, schedule->modified_ms);
    statement_bind_int64(statement, 8, schedule->next_ms);
    statement_run(statement);
}

void scheduler_store_delete_schedule(struct store *store, int64_t id) {
    statement_run(prepare_id(store, SQL_DELETE_SCHEDULE, id));
}

bool scheduler_store_due_schedule(struct store *store, int64_t now_ms, int64_t *id) {
    *id = ask_number(prepare_id(store, SQL_DUE_SCHEDULE, now_ms));
    return *id >= 0;
}

int64_t scheduler_store_earliest_schedule(struct store *store) {
    return ask_number(prepare(store, SQL_EARLIEST_SCHEDULE));
}

/* ---- tags ---- */

void scheduler_store_put_tag(struct store *store, const char *arn, const char *key, const char *value) {
    const char *const strings[] = {arn, key, value};
    statement_run(prepare_strings(store, SQL_PUT_TAG, strings, 3));
}

void scheduler_store_remove_tag(struct store *store, const char *arn, const char *key) {
    const char *const strings[] = {arn, key};
    statement_run(prepare_strings(store, SQL_REMOVE_TAG, strings, 2));
}

bool scheduler_store_next_tag(struct store *store, const char *arn, const char *after, struct arena *arena,
                              const char **key, const char **value) {
    const char *const strings[] = {arn, after};
    struct statement *statement = prepare_strings(store, SQL_NEXT_TAG, strings, 2);
    if (!statement_step(statement)) {
        return false;
    }
    *key = statement_string(statement, 0, arena);
    *value = statement_string(statement, 1, arena);
    statement_reset(statement);
    return true;
}

/* ---- deliveries ---- */

void scheduler_store_add_delivery(struct store *store, const struct scheduler_delivery *delivery) {
    const char *const strings[] = {delivery->owner.account, delivery->owner.region, delivery->schedule_arn,
                                   delivery->target};
    struct statement *statement = prepare_strings(store, SQL_ADD_DELIVERY, strings, 4);
    statement_bind_int64(statement, 5, delivery->due_ms);
    statement_bind_int64(statement, 6, delivery->created_ms);
    statement_bind_int64(statement, 7, delivery->failed);
    statement_run(statement);
}

bool scheduler_store_delivery(struct store *store, int64_t id, struct arena *arena,
                              struct scheduler_delivery *delivery) {
    struct statement *statement = prepare_id(store, SQL_DELIVERY, id);
    if (!statement_step(statement)) {
        return false;
    }
    *delivery = (struct scheduler_delivery){
        .id = statement_int64(statement, 0),
        .owner = {statement_string(statement, 1, arena), statement_string(statement, 2, arena)},
        .schedule_arn = statement_string(statement, 3, arena),
        .target = statement_string(statement, 4, arena),
        .due_ms = statement_int64(statement, 5),
        .created_ms = statement_int64(statement, 6),
        .failed = statement_int64(statement, 7),
    };
    statement_reset(statement);
    return true;
}

void scheduler_store_move_delivery(struct store *store, const struct scheduler_delivery *delivery) {
    struct statement *statement = prepare_id(store, SQL_MOVE_DELIVERY, delivery->id);
    statement_bind_int64(statement, 2, delivery->due_ms);
    statement_bind_int64(statement, 3, delivery->failed);
    statement_run(statement);
}

void scheduler_store_delete_delivery(struct store *store, int64_t id) {
    statement_run(prepare_id(store, SQL_DELETE_DELIVERY, id));
}

bool scheduler_store_due_delivery(struct store *store, int64_t now_ms, int64_t *id) {
    *id = ask_number(prepare_id(store, SQL_DUE_DELIVERY, now_ms));
    return *id >= 0;
}

int64_t scheduler_store_earliest_delivery(struct store *store) {
    return ask_number(prepare_id(store, SQL_EARLIEST_DELIVERY, SCHEDULER_DELIVERY_STARTED));
}

void scheduler_store_restart_deliveries(struct store *store, int64_t now_ms) {
    struct statement *statement = prepare_id(store, SQL_RESTART_DELIVERIES, now_ms);
    statement_bind_int64(statement, 2, SCHEDULER_DELIVERY_STARTED);
    statement_run(statement);
}
