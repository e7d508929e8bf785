#include "services/cloudformation/cloudformation_sql.h"

#define STACK_COLUMNS                                                                                        \
    "account, region, name, status, status_reason, deleted, created_ms, updated_ms, deletion_ms, "           \
    "description, settings, next_settings, template_body, next_template, outputs, policy, "                  \
    "protected, "                                                                                            \
    "change_set_id, operation_id, client_token, caller, parent_id, root_id, deletion_mode"
#define CHANGE_SET_COLUMNS                                                                                   \
    "account, region, stack_id, stack_name, name, status, execution_status, reason, created_ms, settings, "  \
    "template_body, changes, caller"
#define REQUEST_COLUMNS                                                                                      \
    "request_id, stack_id, serial, work, logical_id, type, request_type, physical_id, state, sent_ms, "      \
    "due_ms, "                                                                                               \
    "ended_ms, event, answer, reason"

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS cloudformation_stacks ("
    " id INTEGER PRIMARY KEY, stack_id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, region TEXT NOT NULL,"
    " name TEXT NOT NULL, status TEXT NOT NULL, status_reason TEXT, deleted INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, deletion_ms INTEGER NOT NULL,"
    " description TEXT, settings TEXT, next_settings TEXT, template_body TEXT, next_template "
    "TEXT,"
    " outputs TEXT, policy TEXT, protected INTEGER NOT NULL, change_set_id TEXT, operation_id TEXT,"
    " client_token TEXT, caller TEXT, parent_id TEXT, root_id TEXT, deletion_mode TEXT) STRICT;"
    "CREATE UNIQUE INDEX IF NOT EXISTS cloudformation_stack_name"
    " ON cloudformation_stacks (account, region, name) WHERE deleted = 0;"
    /* Apart from the stack's row, which is large and rarely changes. */
    "CREATE TABLE IF NOT EXISTS cloudformation_states (stack_id TEXT PRIMARY KEY, state TEXT NOT NULL) "
    "STRICT;"
    "CREATE TABLE IF NOT EXISTS cloudformation_resources ("
    " stack_id TEXT NOT NULL, serial INTEGER NOT NULL, logical_id TEXT NOT NULL, physical_id TEXT,"
    " document TEXT NOT NULL, updated_ms INTEGER NOT NULL, PRIMARY KEY (stack_id, serial)) STRICT;"
    "CREATE INDEX IF NOT EXISTS cloudformation_resource_physical ON cloudformation_resources (physical_id);"
    "CREATE TABLE IF NOT EXISTS cloudformation_events ("
    " sequence INTEGER PRIMARY KEY AUTOINCREMENT, stack_id TEXT NOT NULL, stack_name TEXT NOT NULL,"
    " event_id TEXT NOT NULL, logical_id TEXT NOT NULL, physical_id TEXT, type TEXT NOT NULL,"
    " time_ms INTEGER NOT NULL, status TEXT NOT NULL, reason TEXT, properties TEXT, token TEXT,"
    " operation_id TEXT) STRICT;"
    "CREATE INDEX IF NOT EXISTS cloudformation_event_stack ON cloudformation_events (stack_id, sequence);"
    "CREATE TABLE IF NOT EXISTS cloudformation_exports ("
    " account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,"
    " stack_id TEXT NOT NULL, PRIMARY KEY (account, region, name)) STRICT;"
    "CREATE TABLE IF NOT EXISTS cloudformation_imports ("
    " account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, stack_id TEXT NOT NULL,"
    " PRIMARY KEY (account, region, name, stack_id)) STRICT;"
    "CREATE INDEX IF NOT EXISTS cloudformation_import_stack ON cloudformation_imports (stack_id);"
    "CREATE TABLE IF NOT EXISTS cloudformation_change_sets ("
    " id INTEGER PRIMARY KEY, change_set_id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, region TEXT NOT "
    "NULL,"
    " stack_id TEXT NOT NULL, stack_name TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,"
    " execution_status TEXT NOT NULL, reason TEXT, created_ms INTEGER NOT NULL, settings TEXT NOT NULL,"
    " template_body TEXT NOT NULL, changes TEXT NOT NULL, caller TEXT) STRICT;"
    "CREATE INDEX IF NOT EXISTS cloudformation_change_set_stack ON cloudformation_change_sets (stack_id, "
    "name);"
    "CREATE TABLE IF NOT EXISTS cloudformation_custom_requests ("
    " id INTEGER PRIMARY KEY, request_id TEXT NOT NULL UNIQUE, stack_id TEXT NOT NULL, serial INTEGER NOT "
    "NULL,"
    " work INTEGER NOT NULL, logical_id TEXT NOT NULL, type TEXT NOT NULL, request_type TEXT NOT NULL,"
    " physical_id TEXT, state TEXT NOT NULL, sent_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL,"
    " ended_ms INTEGER NOT NULL, event TEXT NOT NULL, answer TEXT, reason TEXT) STRICT;"
    "CREATE INDEX IF NOT EXISTS cloudformation_custom_request_stack"
    " ON cloudformation_custom_requests (stack_id, serial, work);"
    "CREATE INDEX IF NOT EXISTS cloudformation_custom_request_waiting"
    " ON cloudformation_custom_requests (id) WHERE state = 'WAITING';"
    "CREATE TABLE IF NOT EXISTS cloudformation_timers ("
    " timer INTEGER PRIMARY KEY AUTOINCREMENT, stack_id TEXT NOT NULL, resource INTEGER NOT NULL,"
    " work INTEGER NOT NULL, due_ms INTEGER NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS cloudformation_signals ("
    " id INTEGER PRIMARY KEY, stack_id TEXT NOT NULL, logical_id TEXT NOT NULL, unique_id TEXT NOT NULL,"
    " status TEXT NOT NULL, reason TEXT NOT NULL, data TEXT NOT NULL,"
    " UNIQUE (stack_id, logical_id, unique_id)) STRICT;"
    "CREATE TABLE IF NOT EXISTS cloudformation_tokens ("
    " account TEXT NOT NULL, region TEXT NOT NULL, operation TEXT NOT NULL, token TEXT NOT NULL,"
    " digest TEXT NOT NULL, stack_id TEXT NOT NULL, PRIMARY KEY (account, region, operation, token)) STRICT;";

static const char *const sql[SQL_COUNT] = {
    [STACK_INSERT] = "INSERT INTO cloudformation_stacks (stack_id, " STACK_COLUMNS ") VALUES"
                     " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [STACK_UPDATE] =
        "UPDATE cloudformation_stacks SET account = ?2, region = ?3, name = ?4, status = ?5,"
        " status_reason = ?6, deleted = ?7, created_ms = ?8, updated_ms = ?9, deletion_ms = ?10,"
        " description = ?11, settings = ?12, next_settings = ?13, template_body = ?14,"
        " next_template = ?15, outputs = ?16, policy = ?17, protected = ?18, change_set_id = ?19,"
        " operation_id = ?20, client_token = ?21, caller = ?22, parent_id = ?23, root_id = ?24,"
        " deletion_mode = ?25 WHERE stack_id = ?1",
    [STACK_FIND_ID] = "SELECT stack_id, " STACK_COLUMNS " FROM cloudformation_stacks WHERE stack_id = ?",
    [STACK_FIND_NAME] = "SELECT stack_id, " STACK_COLUMNS " FROM cloudformation_stacks"
                        " WHERE account = ? AND region = ? AND name = ? AND deleted = 0",
    [STACK_EACH] = "SELECT stack_id, " STACK_COLUMNS " FROM cloudformation_stacks"
                   " WHERE account = ? AND region = ? ORDER BY id DESC",
    [STACK_BUSY] = "SELECT stack_id FROM cloudformation_stacks WHERE status LIKE '%IN_PROGRESS' ORDER BY id",
    [STACK_SET_STATUS] = "UPDATE cloudformation_stacks SET status = ?2, status_reason = ?3, deletion_ms = ?4,"
                         " deleted = ?5 WHERE stack_id = ?1",
    [STACK_SET_STATE] = "INSERT OR REPLACE INTO cloudformation_states (stack_id, state) VALUES (?, ?)",
    [STACK_STATE] = "SELECT state FROM cloudformation_states WHERE stack_id = ?",
    [STACK_FORGET_EVENTS] = "DELETE FROM cloudformation_events WHERE stack_id IN (SELECT stack_id"
                            " FROM cloudformation_stacks WHERE deleted = 1 AND deletion_ms < ?)",
    [STACK_FORGET_REQUESTS] = "DELETE FROM cloudformation_custom_requests WHERE stack_id IN (SELECT stack_id"
                              " FROM cloudformation_stacks WHERE deleted = 1 AND deletion_ms < ?)",
    [STACK_FORGET_STATES] = "DELETE FROM cloudformation_states WHERE stack_id IN (SELECT stack_id"
                            " FROM cloudformation_stacks WHERE deleted = 1 AND deletion_ms < ?)",
    [STACK_FORGET_RESOURCES] = "DELETE FROM cloudformation_resources WHERE stack_id IN (SELECT stack_id"
                               " FROM cloudformation_stacks WHERE deleted = 1 AND deletion_ms < ?)",
    [STACK_FORGET] = "DELETE FROM cloudformation_stacks WHERE deleted = 1 AND deletion_ms < ?",
    [RESOURCE_PUT] = "INSERT INTO cloudformation_resources"
                     " (stack_id, serial, logical_id, physical_id, document, updated_ms)"
                     " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (stack_id, serial) DO UPDATE SET"
                     " physical_id = excluded.physical_id, document = excluded.document,"
                     " updated_ms = max(updated_ms, excluded.updated_ms)",
    [RESOURCE_TOUCH] =
        "UPDATE cloudformation_resources SET updated_ms = ?3 WHERE stack_id = ?1 AND serial = ?2",
    [RESOURCE_REMOVE] = "DELETE FROM cloudformation_resources WHERE stack_id = ? AND serial = ?",
    [RESOURCE_EACH] = "SELECT serial, document, updated_ms FROM cloudformation_resources WHERE stack_id = ?"
                      " ORDER BY serial",
    [RESOURCE_UPDATED] = "SELECT updated_ms FROM cloudformation_resources WHERE stack_id = ? AND serial = ?",
    [RESOURCE_OWNER] = "SELECT s.stack_id FROM cloudformation_resources r JOIN cloudformation_stacks s"
                       " ON s.stack_id = r.stack_id WHERE r.physical_id = ?1 AND s.account = ?2 AND"
                       " s.region = ?3 AND s.deleted = 0 ORDER BY s.id DESC LIMIT 1",
    [MACRO_FUNCTION] =
        "SELECT json_extract(r.document, '$.\"current.sent\".FunctionName') FROM cloudformation_resources r"
        " JOIN cloudformation_stacks s ON s.stack_id = r.stack_id WHERE r.physical_id = ?1 AND s.account = ?2"
        " AND s.region = ?3 AND s.deleted = 0 AND json_extract(r.document, '$.type') ="
        " 'AWS::CloudFormation::Macro' AND json_extract(r.document, '$.status') <> CAST(?4 AS INTEGER) ORDER "
        "BY s.id DESC LIMIT 1",
    [EVENT_INSERT] =
        "INSERT INTO cloudformation_events (stack_id, stack_name, event_id, logical_id, physical_id,"
        " type, time_ms, status, reason, properties, token, operation_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [EVENT_EACH] = "SELECT sequence, stack_id, stack_name, event_id, logical_id, physical_id, type, time_ms,"
                   " status, reason, properties, token, operation_id FROM cloudformation_events"
                   " WHERE stack_id = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?",
    [EXPORT_PUT] = "INSERT INTO cloudformation_exports (account, region, name, value, stack_id)"
                   " VALUES (?, ?, ?, ?, ?)",
    [EXPORT_CHANGE] = "UPDATE cloudformation_exports SET value = ?4 WHERE account = ?1 AND region = ?2 AND"
                      " name = ?3 AND stack_id = ?5",
    [EXPORT_REMOVE] = "DELETE FROM cloudformation_exports WHERE account = ? AND region = ? AND name = ?",
    [EXPORT_FIND] = "SELECT value, stack_id FROM cloudformation_exports"
                    " WHERE account = ? AND region = ? AND name = ?",
    [EXPORT_EACH] =
        "SELECT name, value, stack_id FROM cloudformation_exports WHERE account = ?1 AND region = ?2"
        " AND (?3 IS NULL OR stack_id = ?3) AND name > ?4 ORDER BY name",
    [IMPORT_CLEAR] = "DELETE FROM cloudformation_imports WHERE stack_id = ?",
    [IMPORT_ADD] = "INSERT OR IGNORE INTO cloudformation_imports (account, region, name, stack_id)"
                   " VALUES (?, ?, ?, ?)",
    [IMPORT_EACH] = "SELECT s.name FROM cloudformation_imports i JOIN cloudformation_stacks s"
                    " ON s.stack_id = i.stack_id WHERE i.account = ? AND i.region = ? AND i.name = ? AND"
                    " s.deleted = 0 ORDER BY s.id",
    [CHANGE_SET_INSERT] =
        "INSERT INTO cloudformation_change_sets (change_set_id, " CHANGE_SET_COLUMNS ") VALUES"
        " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [CHANGE_SET_UPDATE] =
        "UPDATE cloudformation_change_sets SET account = ?2, region = ?3, stack_id = ?4,"
        " stack_name = ?5, name = ?6, status = ?7, execution_status = ?8, reason = ?9,"
        " created_ms = ?10, settings = ?11, template_body = ?12, changes = ?13, caller = ?14"
        " WHERE change_set_id = ?1",
    [CHANGE_SET_FIND_ID] = "SELECT change_set_id, " CHANGE_SET_COLUMNS " FROM cloudformation_change_sets"
                           " WHERE change_set_id = ?",
    [CHANGE_SET_FIND] = "SELECT change_set_id, " CHANGE_SET_COLUMNS " FROM cloudformation_change_sets"
                        " WHERE stack_id = ? AND name = ? ORDER BY"
                        " execution_status IN ('EXECUTE_COMPLETE', 'EXECUTE_FAILED'), id DESC LIMIT 1",
    [CHANGE_SET_EACH] = "SELECT change_set_id, " CHANGE_SET_COLUMNS " FROM cloudformation_change_sets"
                        " WHERE stack_id = ? ORDER BY id",
    [CHANGE_SET_REMOVE] = "DELETE FROM cloudformation_change_sets WHERE change_set_id = ?",
    [CHANGE_SET_REMOVE_OTHERS] =
        "DELETE FROM cloudformation_change_sets WHERE stack_id = ? AND"
        " change_set_id <> ? AND execution_status NOT IN ('EXECUTE_COMPLETE', 'EXECUTE_FAILED')",
    [CHANGE_SET_OBSOLETE] =
        "UPDATE cloudformation_change_sets SET execution_status = 'OBSOLETE' WHERE stack_id = ?"
        " AND execution_status NOT IN ('EXECUTE_COMPLETE', 'EXECUTE_FAILED', 'EXECUTE_IN_PROGRESS')",
    [REQUEST_INSERT] = "INSERT INTO cloudformation_custom_requests (" REQUEST_COLUMNS ") VALUES"
                       " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [REQUEST_END] =
        "UPDATE cloudformation_custom_requests SET state = ?2, ended_ms = ?3, answer = ?4, reason = ?5"
        " WHERE request_id = ?1",
    [REQUEST_FIND] = "SELECT " REQUEST_COLUMNS " FROM cloudformation_custom_requests WHERE request_id = ?",
    [REQUEST_FIND_WORK] = "SELECT " REQUEST_COLUMNS " FROM cloudformation_custom_requests"
                          " WHERE stack_id = ? AND serial = ? AND work = ? ORDER BY id DESC LIMIT 1",
    [REQUEST_EACH] = "SELECT " REQUEST_COLUMNS " FROM cloudformation_custom_requests WHERE stack_id = ?"
                     " ORDER BY id",
    [REQUEST_EACH_WAITING] = "SELECT " REQUEST_COLUMNS " FROM cloudformation_custom_requests"
                             " WHERE state = 'WAITING' ORDER BY id",
    [TIMER_INSERT] =
        "INSERT INTO cloudformation_timers (stack_id, resource, work, due_ms) VALUES (?, ?, ?, ?)",
    [TIMER_REMOVE] = "DELETE FROM cloudformation_timers WHERE timer = ?",
    [TIMER_REMOVE_STACK] = "DELETE FROM cloudformation_timers WHERE stack_id = ?",
    [TIMER_EACH] = "SELECT timer, stack_id, resource, work, due_ms FROM cloudformation_timers ORDER BY timer",
    [SIGNAL_PUT] = "INSERT OR REPLACE INTO cloudformation_signals"
                   " (stack_id, logical_id, unique_id, status, reason, data) VALUES (?, ?, ?, ?, ?, ?)",
    [SIGNAL_EACH] = "SELECT unique_id, status, reason, data FROM cloudformation_signals"
                    " WHERE stack_id = ? AND logical_id = ? ORDER BY id",
    [SIGNAL_CLEAR] = "DELETE FROM cloudformation_signals WHERE stack_id = ?",
    [TOKEN_FIND] = "SELECT digest, stack_id FROM cloudformation_tokens"
                   " WHERE account = ? AND region = ? AND operation = ? AND token = ?",
    [TOKEN_PUT] = "INSERT OR REPLACE INTO cloudformation_tokens"
                  " (account, region, operation, token, digest, stack_id) VALUES (?, ?, ?, ?, ?, ?)",
};

const struct store_module cloudformation_store = {"cloudformation", schema, sql, SQL_COUNT};

struct statement *cloudformation_prepare(struct store *store, int index, int count,
                                         const char *const *strings) {
    struct statement *statement = store_statement(store, &cloudformation_store, index);
    for (int i = 0; i < count; i++) {
        statement_bind_string(statement, i + 1, strings[i]);
    }
    return statement;
}
