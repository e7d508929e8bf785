#include "services/lambda/lambda_sql.h"

/* Columns of a version, in the order of struct lambda_version's table below. */
#define VERSION_COLUMNS                                                                                      \
    "name, version, runtime, role, handler, description, timeout_s, memory_mb, ephemeral_mb, "               \
    "environment, vpc_config, file_systems, image_config, image_uri, layers, dead_letter_arn, "              \
    "kms_key_arn, tracing_mode, architecture, snap_start, log_format, log_group, "                           \
    "application_log_level, system_log_level, code_key, code_sha256, code_size, modified_ms, "               \
    "revision_id, settled_revision_id, settles_ms, created, generation, digest"

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS lambda_functions ("
    " account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL,"
    " last_version INTEGER NOT NULL DEFAULT 0, reserved_concurrency INTEGER NOT NULL DEFAULT -1,"
    " tags TEXT NOT NULL, recursive_loop TEXT NOT NULL DEFAULT 'Terminate',"
    " update_runtime_on TEXT NOT NULL DEFAULT 'Auto', runtime_version_arn TEXT, code_signing_arn TEXT,"
    " PRIMARY KEY (account, region, name)) STRICT;"
    "CREATE TABLE IF NOT EXISTS lambda_versions ("
    " account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL,"
    " runtime TEXT, role TEXT NOT NULL, handler TEXT, description TEXT NOT NULL,"
    " timeout_s INTEGER NOT NULL, memory_mb INTEGER NOT NULL, ephemeral_mb INTEGER NOT NULL,"
    " environment TEXT, vpc_config TEXT, file_systems TEXT, image_config TEXT, image_uri TEXT, layers TEXT,"
    " dead_letter_arn TEXT, kms_key_arn TEXT, tracing_mode TEXT NOT NULL, architecture TEXT NOT NULL,"
    " snap_start TEXT NOT NULL, log_format TEXT NOT NULL, log_group TEXT NOT NULL,"
    " application_log_level TEXT, system_log_level TEXT, code_key TEXT, code_sha256 TEXT,"
    " code_size INTEGER NOT NULL, modified_ms INTEGER NOT NULL, revision_id TEXT NOT NULL,"
    " settled_revision_id TEXT, settles_ms INTEGER NOT NULL, created INTEGER NOT NULL,"
    " generation INTEGER NOT NULL, digest TEXT NOT NULL,"
    " PRIMARY KEY (account, region, name, version)) STRICT;"
    "CREATE INDEX IF NOT EXISTS lambda_versions_settles ON lambda_versions (settles_ms);"
    "CREATE TABLE IF NOT EXISTS lambda_code (key TEXT PRIMARY KEY, zip BLOB NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS lambda_aliases ("
    " account TEXT NOT NULL, region TEXT NOT NULL, function TEXT NOT NULL, name TEXT NOT NULL,"
    " version TEXT NOT NULL, description TEXT NOT NULL, routing TEXT, revision_id TEXT NOT NULL,"
    " PRIMARY KEY (account, region, function, name)) STRICT;"
    "CREATE TABLE IF NOT EXISTS lambda_statements ("
    " id INTEGER PRIMARY KEY, resource TEXT NOT NULL, sid TEXT NOT NULL, document TEXT NOT NULL,"
    " UNIQUE (resource, sid)) STRICT;"
    "CREATE TABLE IF NOT EXISTS lambda_policies (resource TEXT PRIMARY KEY, revision_id TEXT NOT NULL) "
    "STRICT;"
    "CREATE TABLE IF NOT EXISTS lambda_settings ("
    " account TEXT NOT NULL, region TEXT NOT NULL, kind INTEGER NOT NULL, function TEXT NOT NULL,"
    " qualifier TEXT NOT NULL, document TEXT NOT NULL, token TEXT, created_ms INTEGER NOT NULL,"
    " modified_ms INTEGER NOT NULL, PRIMARY KEY (account, region, kind, function, qualifier)) STRICT;"
    "CREATE INDEX IF NOT EXISTS lambda_settings_token ON lambda_settings (token) WHERE token IS NOT NULL;"
    "CREATE TABLE IF NOT EXISTS lambda_layers ("
    " account TEXT NOT NULL, region TEXT NOT NULL, layer TEXT NOT NULL, last_version INTEGER NOT NULL,"
    " PRIMARY KEY (account, region, layer)) STRICT;"
    "CREATE TABLE IF NOT EXISTS lambda_layer_versions ("
    " account TEXT NOT NULL, region TEXT NOT NULL, layer TEXT NOT NULL, version INTEGER NOT NULL,"
    " description TEXT NOT NULL, license TEXT, runtimes TEXT, architectures TEXT, code_key TEXT NOT NULL,"
    " code_sha256 TEXT NOT NULL, code_size INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
    " PRIMARY KEY (account, region, layer, version)) STRICT;"
    "CREATE TABLE IF NOT EXISTS lambda_events ("
    " request_id TEXT PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, function TEXT NOT NULL,"
    " qualifier TEXT, payload BLOB NOT NULL, created_ms INTEGER NOT NULL, attempts INTEGER NOT NULL,"
    " throttles INTEGER NOT NULL, due_ms INTEGER NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS lambda_documents ("
    " sequence INTEGER PRIMARY KEY, kind INTEGER NOT NULL, id TEXT NOT NULL, account TEXT NOT NULL,"
    " region TEXT NOT NULL, function TEXT, source TEXT, state TEXT NOT NULL, document TEXT NOT NULL,"
    " tags TEXT NOT NULL, modified_ms INTEGER NOT NULL, UNIQUE (kind, id)) STRICT;";

#define OWNED " WHERE account = ?1 AND region = ?2"
#define ALIAS_COLUMNS "name, version, description, routing, revision_id"
#define SETTING_COLUMNS "qualifier, document, token, created_ms, modified_ms"
#define LAYER_COLUMNS                                                                                        \
    "layer, version, description, license, runtimes, architectures, code_key, code_sha256, code_size, "      \
    "created_ms"
#define EVENT_COLUMNS                                                                                        \
    "request_id, account, region, function, qualifier, payload, created_ms, attempts, throttles, due_ms"
#define DOCUMENT_COLUMNS "id, account, region, function, source, state, document, tags, modified_ms"

static const char *const sql[STATEMENT_COUNT] = {
    [ADD_FUNCTION] = "INSERT INTO lambda_functions (account, region, name, tags) VALUES (?1, ?2, ?3, ?4)",
    [GET_FUNCTION] =
        "SELECT name, last_version, reserved_concurrency, tags, recursive_loop, update_runtime_on,"
        " runtime_version_arn, code_signing_arn FROM lambda_functions" OWNED " AND name = ?3",
    [PUT_FUNCTION] = "UPDATE lambda_functions SET last_version = ?4, reserved_concurrency = ?5, tags = ?6,"
                     " recursive_loop = ?7, update_runtime_on = ?8, runtime_version_arn = ?9,"
                     " code_signing_arn = ?10" OWNED " AND name = ?3",
    [DELETE_FUNCTION] = "DELETE FROM lambda_functions" OWNED " AND name = ?3",
    [DELETE_VERSIONS] = "DELETE FROM lambda_versions" OWNED " AND name = ?3",
    [DELETE_ALIASES] = "DELETE FROM lambda_aliases" OWNED " AND function = ?3",
    [DELETE_SETTINGS] = "DELETE FROM lambda_settings" OWNED " AND function = ?3",
    [DELETE_VERSION] = "DELETE FROM lambda_versions" OWNED " AND name = ?3 AND version = ?4",
    [NEXT_GENERATION] = "SELECT coalesce(max(generation), 0) + 1 FROM lambda_versions",
    [PUT_VERSION] =
        "INSERT OR REPLACE INTO lambda_versions (account, region, " VERSION_COLUMNS ") VALUES "
        "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,"
        " ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36)",
    [TOUCH_VERSION] = "UPDATE lambda_versions SET revision_id = ?5, settled_revision_id = ?6" OWNED
                      " AND name = ?3 AND version = ?4",
    [GET_VERSION] = "SELECT " VERSION_COLUMNS " FROM lambda_versions" OWNED " AND name = ?3 AND version = ?4",
    [NEWEST_VERSION] = "SELECT " VERSION_COLUMNS " FROM lambda_versions" OWNED
                       " AND name = ?3 AND version > 0 ORDER BY version DESC LIMIT 1",
    [LIST_VERSIONS] = "SELECT " VERSION_COLUMNS " FROM lambda_versions" OWNED
                      " AND (?3 IS NULL OR name = ?3) AND (?4 OR version = 0)"
                      " AND (name > ?5 OR (name = ?5 AND version > ?6))"
                      " ORDER BY name, version LIMIT ?7",
    [RESERVED_SUM] = "SELECT coalesce(sum(reserved_concurrency), 0) FROM lambda_functions" OWNED
                     " AND reserved_concurrency >= 0 AND name <> ?3",
    [FUNCTION_COUNT] = "SELECT count(*) FROM lambda_functions" OWNED,
    [CODE_SIZE_SUM] = "SELECT coalesce((SELECT sum(code_size) FROM lambda_versions" OWNED "), 0)"
                      " + coalesce((SELECT sum(code_size) FROM lambda_layer_versions" OWNED "), 0)",
    [UNSETTLED] = "SELECT settles_ms FROM lambda_versions WHERE settles_ms > ?1 ORDER BY settles_ms",
    [PUT_CODE] = "INSERT OR IGNORE INTO lambda_code (key, zip) VALUES (?1, ?2)",
    [GET_CODE] = "SELECT zip FROM lambda_code WHERE key = ?1",
    [SWEEP_CODE] = "DELETE FROM lambda_code WHERE key NOT IN"
                   " (SELECT code_key FROM lambda_versions WHERE code_key IS NOT NULL)"
                   " AND key NOT IN (SELECT code_key FROM lambda_layer_versions)",
    [GET_ALIAS] = "SELECT " ALIAS_COLUMNS " FROM lambda_aliases" OWNED " AND function = ?3 AND name = ?4",
    [PUT_ALIAS] = "INSERT OR REPLACE INTO lambda_aliases (account, region, function, " ALIAS_COLUMNS ")"
                  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [DELETE_ALIAS] = "DELETE FROM lambda_aliases" OWNED " AND function = ?3 AND name = ?4",
    [LIST_ALIASES] = "SELECT " ALIAS_COLUMNS " FROM lambda_aliases" OWNED " AND function = ?3"
                     " AND (?4 IS NULL OR version = ?4) AND name > ?5 ORDER BY name LIMIT ?6",
    [ADD_STATEMENT] = "INSERT INTO lambda_statements (resource, sid, document) VALUES (?1, ?2, ?3)",
    [DELETE_STATEMENT] = "DELETE FROM lambda_statements WHERE resource = ?1 AND sid = ?2",
    [LIST_STATEMENTS] = "SELECT sid, document FROM lambda_statements WHERE resource = ?1 ORDER BY id",
    [GET_POLICY] = "SELECT revision_id FROM lambda_policies WHERE resource = ?1",
    [PUT_POLICY] = "INSERT OR REPLACE INTO lambda_policies (resource, revision_id) VALUES (?1, ?2)",
    [DELETE_STATEMENTS] = "DELETE FROM lambda_statements WHERE resource = ?1"
                          " OR substr(resource, 1, length(?1) + 1) = ?1 || ':'",
    [DELETE_POLICIES] = "DELETE FROM lambda_policies WHERE resource = ?1"
                        " OR substr(resource, 1, length(?1) + 1) = ?1 || ':'",
    [GET_SETTING] = "SELECT " SETTING_COLUMNS " FROM lambda_settings" OWNED
                    " AND kind = ?3 AND function = ?4 AND qualifier = ?5",
    [PUT_SETTING] =
        "INSERT OR REPLACE INTO lambda_settings (account, region, kind, function, " SETTING_COLUMNS
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [DELETE_SETTING] =
        "DELETE FROM lambda_settings" OWNED " AND kind = ?3 AND function = ?4 AND qualifier = ?5",
    [LIST_SETTINGS] = "SELECT " SETTING_COLUMNS " FROM lambda_settings" OWNED
                      " AND kind = ?3 AND function = ?4 ORDER BY qualifier",
    [GET_TOKEN] =
        "SELECT account, region, function, qualifier, document FROM lambda_settings WHERE token = ?1",
    [NEXT_LAYER_VERSION] = "INSERT INTO lambda_layers (account, region, layer, last_version)"
                           " VALUES (?1, ?2, ?3, 1) ON CONFLICT DO UPDATE SET last_version = last_version + 1"
                           " RETURNING last_version",
    [ADD_LAYER_VERSION] = "INSERT INTO lambda_layer_versions (account, region, " LAYER_COLUMNS ")"
                          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [GET_LAYER_VERSION] =
        "SELECT " LAYER_COLUMNS " FROM lambda_layer_versions" OWNED " AND layer = ?3 AND version = ?4",
    [DELETE_LAYER_VERSION] = "DELETE FROM lambda_layer_versions" OWNED " AND layer = ?3 AND version = ?4",
    [LIST_LAYER_VERSIONS] = "SELECT " LAYER_COLUMNS " FROM lambda_layer_versions" OWNED
                            " AND layer = ?3 AND version < ?4 ORDER BY version DESC",
    [LIST_LAYERS] = "SELECT " LAYER_COLUMNS " FROM lambda_layer_versions AS newest" OWNED
                    " AND version = (SELECT max(version) FROM lambda_layer_versions AS other WHERE"
                    " other.account = newest.account AND other.region = newest.region"
                    " AND other.layer = newest.layer) ORDER BY layer",
    [PUT_EVENT] = "INSERT OR REPLACE INTO lambda_events (" EVENT_COLUMNS ")"
                  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [GET_EVENT] = "SELECT " EVENT_COLUMNS " FROM lambda_events WHERE request_id = ?1",
    [DELETE_EVENT] = "DELETE FROM lambda_events WHERE request_id = ?1",
    [LIST_EVENTS] = "SELECT request_id, due_ms FROM lambda_events ORDER BY due_ms, rowid",
    [PUT_DOCUMENT] = "INSERT INTO lambda_documents (kind, " DOCUMENT_COLUMNS ")"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
                     " ON CONFLICT (kind, id) DO UPDATE SET function = ?5, source = ?6, state = ?7,"
                     " document = ?8, tags = ?9, modified_ms = ?10",
    [GET_DOCUMENT] = "SELECT " DOCUMENT_COLUMNS " FROM lambda_documents WHERE kind = ?1 AND id = ?2",
    [DELETE_DOCUMENT] = "DELETE FROM lambda_documents WHERE kind = ?1 AND id = ?2",
    [LIST_DOCUMENTS] = "SELECT " DOCUMENT_COLUMNS " FROM lambda_documents WHERE kind = ?1"
                       " AND (?2 IS NULL OR account = ?2) AND (?3 IS NULL OR region = ?3) ORDER BY sequence",
};

const struct store_module lambda_store_module = {
    .name = "lambda",
    .schema = schema,
    .sql = sql,
    .sql_count = STATEMENT_COUNT,
};

struct statement *lambda_statement(struct store *store, int index) {
    return store_statement(store, &lambda_store_module, index);
}

/* The statement with the owner in ?1 and ?2. */
struct statement *lambda_statement_owned(struct store *store, int index, struct lambda_owner owner) {
    struct statement *statement = lambda_statement(store, index);
    statement_bind_string(statement, 1, owner.account);
    statement_bind_string(statement, 2, owner.region);
    return statement;
}

/* ---- rows as tables of offsets, so that reading and writing cannot disagree ---- */

void lambda_bind_row(struct statement *statement, int parameter, const void *row,
                     const struct column *columns, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *place = (const char *)row + columns[i].offset;
        if (columns[i].is_text) {
            statement_bind_string(statement, parameter + (int)i, *(const char *const *)place);
        } else {
            statement_bind_int64(statement, parameter + (int)i, *(const int64_t *)place);
        }
    }
}

void lambda_read_row(struct statement *statement, int column, void *row, const struct column *columns,
                     size_t count, struct arena *arena) {
    for (size_t i = 0; i < count; i++) {
        char *place = (char *)row + columns[i].offset;
        if (columns[i].is_text) {
            *(const char **)place = statement_string(statement, column + (int)i, arena);
        } else {
            *(int64_t *)place = statement_int64(statement, column + (int)i);
        }
    }
}

void *lambda_grow_rows(struct arena *arena, void *rows, size_t count, size_t row_size) {
    if (count & (count - 1)) {
        return rows;
    }
    size_t capacity = count ? count * 2 : 1;
    char *grown = arena_alloc(arena, capacity * row_size);
    if (count) {
        memcpy(grown, rows, count * row_size);
    }
    return grown;
}
