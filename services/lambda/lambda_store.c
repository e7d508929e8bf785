#include "services/lambda/lambda_store.h"

#include <stddef.h>

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

enum {
    ADD_FUNCTION,
    GET_FUNCTION,
    PUT_FUNCTION,
    DELETE_FUNCTION,
    DELETE_VERSIONS,
    DELETE_ALIASES,
    DELETE_SETTINGS,
    DELETE_VERSION,
    NEXT_GENERATION,
    PUT_VERSION,
    TOUCH_VERSION,
    GET_VERSION,
    NEWEST_VERSION,
    LIST_VERSIONS,
    RESERVED_SUM,
    FUNCTION_COUNT,
    CODE_SIZE_SUM,
    UNSETTLED,
    PUT_CODE,
    GET_CODE,
    SWEEP_CODE,
    GET_ALIAS,
    PUT_ALIAS,
    DELETE_ALIAS,
    LIST_ALIASES,
    ADD_STATEMENT,
    DELETE_STATEMENT,
    LIST_STATEMENTS,
    GET_POLICY,
    PUT_POLICY,
    DELETE_STATEMENTS,
    DELETE_POLICIES,
    GET_SETTING,
    PUT_SETTING,
    DELETE_SETTING,
    LIST_SETTINGS,
    GET_TOKEN,
    NEXT_LAYER_VERSION,
    ADD_LAYER_VERSION,
    GET_LAYER_VERSION,
    DELETE_LAYER_VERSION,
    LIST_LAYER_VERSIONS,
    LIST_LAYERS,
    PUT_EVENT,
    GET_EVENT,
    DELETE_EVENT,
    LIST_EVENTS,
    PUT_DOCUMENT,
    GET_DOCUMENT,
    DELETE_DOCUMENT,
    LIST_DOCUMENTS,
    STATEMENT_COUNT,
};

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

static struct statement *prepare(struct store *store, int index) {
    return store_statement(store, &lambda_store_module, index);
}

/* The statement with the owner in ?1 and ?2. */
static struct statement *prepare_owned(struct store *store, int index, struct lambda_owner owner) {
    struct statement *statement = prepare(store, index);
    statement_bind_string(statement, 1, owner.account);
    statement_bind_string(statement, 2, owner.region);
    return statement;
}

/* ---- rows as tables of offsets, so that reading and writing cannot disagree ---- */

struct column {
    size_t offset;
    bool is_text;
};

#define TEXT_COLUMN(type, member)                                                                            \
    { offsetof(type, member), true }
#define NUMBER_COLUMN(type, member)                                                                          \
    { offsetof(type, member), false }

static void bind_row(struct statement *statement, int parameter, const void *row,
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

static void read_row(struct statement *statement, int column, void *row, const struct column *columns,
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

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Rows read one after another into a growing array of the arena. */
static void *grow(struct arena *arena, void *rows, size_t count, size_t row_size) {
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

/* ---- functions and versions ---- */

static const struct column function_columns[] = {
    TEXT_COLUMN(struct lambda_function, name),
    NUMBER_COLUMN(struct lambda_function, last_version),
    NUMBER_COLUMN(struct lambda_function, reserved_concurrency),
    TEXT_COLUMN(struct lambda_function, tags),
    TEXT_COLUMN(struct lambda_function, recursive_loop),
    TEXT_COLUMN(struct lambda_function, update_runtime_on),
    TEXT_COLUMN(struct lambda_function, runtime_version_arn),
    TEXT_COLUMN(struct lambda_function, code_signing_arn),
};

#define VERSION_TEXT(member) TEXT_COLUMN(struct lambda_version, member)
#define VERSION_NUMBER(member) NUMBER_COLUMN(struct lambda_version, member)

/* In the order of VERSION_COLUMNS; `created` is a bool and stands apart. */
static const struct column version_columns[] = {
    VERSION_TEXT(name),
    VERSION_NUMBER(version),
    VERSION_TEXT(runtime),
    VERSION_TEXT(role),
    VERSION_TEXT(handler),
    VERSION_TEXT(description),
    VERSION_NUMBER(timeout_s),
    VERSION_NUMBER(memory_mb),
    VERSION_NUMBER(ephemeral_mb),
    VERSION_TEXT(environment),
    VERSION_TEXT(vpc_config),
    VERSION_TEXT(file_systems),
    VERSION_TEXT(image_config),
    VERSION_TEXT(image_uri),
    VERSION_TEXT(layers),
    VERSION_TEXT(dead_letter_arn),
    VERSION_TEXT(kms_key_arn),
    VERSION_TEXT(tracing_mode),
    VERSION_TEXT(architecture),
    VERSION_TEXT(snap_start),
    VERSION_TEXT(log_format),
    VERSION_TEXT(log_group),
    VERSION_TEXT(application_log_level),
    VERSION_TEXT(system_log_level),
    VERSION_TEXT(code_key),
    VERSION_TEXT(code_sha256),
    VERSION_NUMBER(code_size),
    VERSION_NUMBER(modified_ms),
    VERSION_TEXT(revision_id),
    VERSION_TEXT(settled_revision_id),
    VERSION_NUMBER(settles_ms),
};

static void read_version(struct statement *statement, struct lambda_version *out, struct arena *arena) {
    const int first = (int)COUNT(version_columns);
    read_row(statement, 0, out, version_columns, COUNT(version_columns), arena);
    out->created = statement_int64(statement, first) != 0;
    out->generation = statement_int64(statement, first + 1);
    out->digest = statement_string(statement, first + 2, arena);
}

bool lambda_store_add_function(struct store *store, struct lambda_owner owner, const char *name,
                               const char *tags) {
    struct statement *statement = prepare_owned(store, ADD_FUNCTION, owner);
    statement_bind_string(statement, 3, name);
    statement_bind_string(statement, 4, tags);
    return statement_run_unique(statement);
}

bool lambda_store_function(struct store *store, struct lambda_owner owner, const char *name,
                           struct arena *arena, struct lambda_function *function) {
    struct statement *statement = prepare_owned(store, GET_FUNCTION, owner);
    statement_bind_string(statement, 3, name);
    if (!statement_step(statement)) {
        return false;
    }
    read_row(statement, 0, function, function_columns, COUNT(function_columns), arena);
    statement_reset(statement);
    return true;
}

void lambda_store_put_function(struct store *store, struct lambda_owner owner,
                               const struct lambda_function *function) {
    struct statement *statement = prepare_owned(store, PUT_FUNCTION, owner);
    bind_row(statement, 3, function, function_columns, COUNT(function_columns));
    statement_run(statement);
}

void lambda_store_delete_function(struct store *store, struct lambda_owner owner, const char *name) {
    static const int statements[] = {DELETE_FUNCTION, DELETE_VERSIONS, DELETE_ALIASES, DELETE_SETTINGS};
    for (size_t i = 0; i < COUNT(statements); i++) {
        struct statement *statement = prepare_owned(store, statements[i], owner);
        statement_bind_string(statement, 3, name);
        statement_run(statement);
    }
}

void lambda_store_delete_version(struct store *store, struct lambda_owner owner, const char *name,
                                 int64_t version) {
    struct statement *statement = prepare_owned(store, DELETE_VERSION, owner);
    statement_bind_string(statement, 3, name);
    statement_bind_int64(statement, 4, version);
    statement_run(statement);
}

void lambda_store_put_version(struct store *store, struct lambda_owner owner,
                              struct lambda_version *version) {
    struct statement *next = prepare(store, NEXT_GENERATION);
    statement_step(next);
    version->generation = statement_int64(next, 0);
    statement_reset(next);

    struct statement *statement = prepare_owned(store, PUT_VERSION, owner);
    const int after = 3 + (int)COUNT(version_columns);
    bind_row(statement, 3, version, version_columns, COUNT(version_columns));
    statement_bind_int64(statement, after, version->created);
    statement_bind_int64(statement, after + 1, version->generation);
    statement_bind_string(statement, after + 2, version->digest);
    statement_run(statement);
}

void lambda_store_touch_version(struct store *store, struct lambda_owner owner,
                                const struct lambda_version *version) {
    struct statement *statement = prepare_owned(store, TOUCH_VERSION, owner);
    statement_bind_string(statement, 3, version->name);
    statement_bind_int64(statement, 4, version->version);
    statement_bind_string(statement, 5, version->revision_id);
    statement_bind_string(statement, 6, version->settled_revision_id);
    statement_run(statement);
}

bool lambda_store_version(struct store *store, struct lambda_owner owner, const char *name, int64_t version,
                          struct arena *arena, struct lambda_version *out) {
    struct statement *statement = prepare_owned(store, GET_VERSION, owner);
    statement_bind_string(statement, 3, name);
    statement_bind_int64(statement, 4, version);
    if (!statement_step(statement)) {
        return false;
    }
    read_version(statement, out, arena);
    statement_reset(statement);
    return true;
}

bool lambda_store_newest_version(struct store *store, struct lambda_owner owner, const char *name,
                                 struct arena *arena, struct lambda_version *out) {
    struct statement *statement = prepare_owned(store, NEWEST_VERSION, owner);
    statement_bind_string(statement, 3, name);
    if (!statement_step(statement)) {
        return false;
    }
    read_version(statement, out, arena);
    statement_reset(statement);
    return true;
}

size_t lambda_store_list_versions(struct store *store, struct lambda_owner owner, const char *name_only,
                                  bool all_versions, const char *after_name, int64_t after_version,
                                  size_t limit, struct arena *arena, struct lambda_version **out) {
    struct statement *statement = prepare_owned(store, LIST_VERSIONS, owner);
    statement_bind_string(statement, 3, name_only);
    statement_bind_int64(statement, 4, all_versions);
    statement_bind_string(statement, 5, after_name);
    statement_bind_int64(statement, 6, after_version);
    statement_bind_int64(statement, 7, (int64_t)limit);
    size_t count = 0;
    *out = NULL;
    while (statement_step(statement)) {
        *out = grow(arena, *out, count, sizeof(**out));
        read_version(statement, &(*out)[count++], arena);
    }
    return count;
}

static int64_t only_number(struct statement *statement) {
    statement_step(statement);
    int64_t number = statement_int64(statement, 0);
    statement_reset(statement);
    return number;
}

int64_t lambda_store_reserved_sum(struct store *store, struct lambda_owner owner, const char *except_name) {
    struct statement *statement = prepare_owned(store, RESERVED_SUM, owner);
    statement_bind_string(statement, 3, except_name);
    return only_number(statement);
}

int64_t lambda_store_function_count(struct store *store, struct lambda_owner owner) {
    return only_number(prepare_owned(store, FUNCTION_COUNT, owner));
}

int64_t lambda_store_code_size_sum(struct store *store, struct lambda_owner owner) {
    return only_number(prepare_owned(store, CODE_SIZE_SUM, owner));
}

void lambda_store_each_unsettled(struct store *store, int64_t now_ms,
                                 void (*each)(void *argument, int64_t settles_ms), void *argument) {
    struct statement *statement = prepare(store, UNSETTLED);
    statement_bind_int64(statement, 1, now_ms);
    while (statement_step(statement)) {
        each(argument, statement_int64(statement, 0));
    }
}

/* ---- code ---- */

void lambda_store_put_code(struct store *store, const char *key, struct text zip) {
    struct statement *statement = prepare(store, PUT_CODE);
    statement_bind_string(statement, 1, key);
    statement_bind_blob(statement, 2, zip);
    statement_run(statement);
}

struct text lambda_store_code(struct store *store, const char *key, struct arena *arena) {
    struct statement *statement = prepare(store, GET_CODE);
    statement_bind_string(statement, 1, key);
    if (!statement_step(statement)) {
        return TEXT_NONE;
    }
    struct text zip = arena_text(arena, statement_text(statement, 0));
    statement_reset(statement);
    return zip;
}

void lambda_store_sweep_code(struct store *store) {
    statement_run(prepare(store, SWEEP_CODE));
}

/* ---- aliases ---- */

static const struct column alias_columns[] = {
    TEXT_COLUMN(struct lambda_alias, name),        TEXT_COLUMN(struct lambda_alias, version),
    TEXT_COLUMN(struct lambda_alias, description), TEXT_COLUMN(struct lambda_alias, routing),
    TEXT_COLUMN(struct lambda_alias, revision_id),
};

bool lambda_store_alias(struct store *store, struct lambda_owner owner, const char *function,
                        const char *alias, struct arena *arena, struct lambda_alias *out) {
    struct statement *statement = prepare_owned(store, GET_ALIAS, owner);
    statement_bind_string(statement, 3, function);
    statement_bind_string(statement, 4, alias);
    if (!statement_step(statement)) {
        return false;
    }
    read_row(statement, 0, out, alias_columns, COUNT(alias_columns), arena);
    statement_reset(statement);
    return true;
}

void lambda_store_put_alias(struct store *store, struct lambda_owner owner, const char *function,
                            const struct lambda_alias *alias) {
    struct statement *statement = prepare_owned(store, PUT_ALIAS, owner);
    statement_bind_string(statement, 3, function);
    bind_row(statement, 4, alias, alias_columns, COUNT(alias_columns));
    statement_run(statement);
}

void lambda_store_delete_alias(struct store *store, struct lambda_owner owner, const char *function,
                               const char *alias) {
    struct statement *statement = prepare_owned(store, DELETE_ALIAS, owner);
    statement_bind_string(statement, 3, function);
    statement_bind_string(statement, 4, alias);
    statement_run(statement);
}

size_t lambda_store_list_aliases(struct store *store, struct lambda_owner owner, const char *function,
                                 const char *version, const char *after, size_t limit, struct arena *arena,
                                 struct lambda_alias **out) {
    struct statement *statement = prepare_owned(store, LIST_ALIASES, owner);
    statement_bind_string(statement, 3, function);
    statement_bind_string(statement, 4, version);
    statement_bind_string(statement, 5, after);
    statement_bind_int64(statement, 6, (int64_t)limit);
    size_t count = 0;
    *out = NULL;
    while (statement_step(statement)) {
        *out = grow(arena, *out, count, sizeof(**out));
        read_row(statement, 0, &(*out)[count++], alias_columns, COUNT(alias_columns), arena);
    }
    return count;
}

/* ---- resource policies ---- */

bool lambda_store_add_statement(struct store *store, const char *resource, const char *sid,
                                const char *document) {
    struct statement *statement = prepare(store, ADD_STATEMENT);
    statement_bind_string(statement, 1, resource);
    statement_bind_string(statement, 2, sid);
    statement_bind_string(statement, 3, document);
    return statement_run_unique(statement);
}

bool lambda_store_delete_statement(struct store *store, const char *resource, const char *sid) {
    struct statement *statement = prepare(store, DELETE_STATEMENT);
    statement_bind_string(statement, 1, resource);
    statement_bind_string(statement, 2, sid);
    statement_run(statement);
    return store_changes(store) > 0;
}

size_t lambda_store_list_statements(struct store *store, const char *resource, struct arena *arena,
                                    struct lambda_statement **out) {
    struct statement *statement = prepare(store, LIST_STATEMENTS);
    statement_bind_string(statement, 1, resource);
    size_t count = 0;
    *out = NULL;
    while (statement_step(statement)) {
        *out = grow(arena, *out, count, sizeof(**out));
        (*out)[count++] = (struct lambda_statement){
            .sid = statement_string(statement, 0, arena),
            .document = statement_string(statement, 1, arena),
        };
    }
    return count;
}

const char *lambda_store_policy_revision(struct store *store, const char *resource, struct arena *arena) {
    struct statement *statement = prepare(store, GET_POLICY);
    statement_bind_string(statement, 1, resource);
    if (!statement_step(statement)) {
        return NULL;
    }
    const char *revision_id = statement_string(statement, 0, arena);
    statement_reset(statement);
    return revision_id;
}

void lambda_store_put_policy_revision(struct store *store, const char *resource, const char *revision_id) {
    struct statement *statement = prepare(store, PUT_POLICY);
    statement_bind_string(statement, 1, resource);
    statement_bind_string(statement, 2, revision_id);
    statement_run(statement);
}

void lambda_store_delete_policies(struct store *store, const char *resource) {
    static const int statements[] = {DELETE_STATEMENTS, DELETE_POLICIES};
    for (size_t i = 0; i < COUNT(statements); i++) {
        struct statement *statement = prepare(store, statements[i]);
        statement_bind_string(statement, 1, resource);
        statement_run(statement);
    }
}

/* ---- settings ---- */

static const struct column setting_columns[] = {
    TEXT_COLUMN(struct lambda_setting, qualifier),     TEXT_COLUMN(struct lambda_setting, document),
    TEXT_COLUMN(struct lambda_setting, token),         NUMBER_COLUMN(struct lambda_setting, created_ms),
    NUMBER_COLUMN(struct lambda_setting, modified_ms),
};

static struct statement *prepare_setting(struct store *store, int index, struct lambda_owner owner,
                                         enum lambda_setting_kind kind, const char *function) {
    struct statement *statement = prepare_owned(store, index, owner);
    statement_bind_int64(statement, 3, kind);
    statement_bind_string(statement, 4, function);
    return statement;
}

bool lambda_store_setting(struct store *store, struct lambda_owner owner, enum lambda_setting_kind kind,
                          const char *function, const char *qualifier, struct arena *arena,
                          struct lambda_setting *out) {
    struct statement *statement = prepare_setting(store, GET_SETTING, owner, kind, function);
    statement_bind_string(statement, 5, qualifier);
    if (!statement_step(statement)) {
        return false;
    }
    read_row(statement, 0, out, setting_columns, COUNT(setting_columns), arena);
    statement_reset(statement);
    return true;
}

void lambda_store_put_setting(struct store *store, struct lambda_owner owner, enum lambda_setting_kind kind,
                              const char *function, const struct lambda_setting *setting) {
    struct statement *statement = prepare_setting(store, PUT_SETTING, owner, kind, function);
    bind_row(statement, 5, setting, setting_columns, COUNT(setting_columns));
    statement_run(statement);
}

bool lambda_store_delete_setting(struct store *store, struct lambda_owner owner,
                                 enum lambda_setting_kind kind, const char *function, const char *qualifier) {
    struct statement *statement = prepare_setting(store, DELETE_SETTING, owner, kind, function);
    statement_bind_string(statement, 5, qualifier);
    statement_run(statement);
    return store_changes(store) > 0;
}

size_t lambda_store_list_settings(struct store *store, struct lambda_owner owner,
                                  enum lambda_setting_kind kind, const char *function, struct arena *arena,
                                  struct lambda_setting **out) {
    struct statement *statement = prepare_setting(store, LIST_SETTINGS, owner, kind, function);
    size_t count = 0;
    *out = NULL;
    while (statement_step(statement)) {
        *out = grow(arena, *out, count, sizeof(**out));
        read_row(statement, 0, &(*out)[count++], setting_columns, COUNT(setting_columns), arena);
    }
    return count;
}

bool lambda_store_token(struct store *store, const char *token, struct arena *arena,
                        struct lambda_token_target *out) {
    struct statement *statement = prepare(store, GET_TOKEN);
    statement_bind_string(statement, 1, token);
    if (!statement_step(statement)) {
        return false;
    }
    out->owner.account = statement_string(statement, 0, arena);
    out->owner.region = statement_string(statement, 1, arena);
    out->function = statement_string(statement, 2, arena);
    out->qualifier = statement_string(statement, 3, arena);
    out->document = statement_string(statement, 4, arena);
    statement_reset(statement);
    return true;
}

/* ---- layers ---- */

#define LAYER_TEXT(member) TEXT_COLUMN(struct lambda_layer_version, member)
#define LAYER_NUMBER(member) NUMBER_COLUMN(struct lambda_layer_version, member)

static const struct column layer_columns[] = {
    LAYER_TEXT(layer),       LAYER_NUMBER(version),     LAYER_TEXT(description), LAYER_TEXT(license),
    LAYER_TEXT(runtimes),    LAYER_TEXT(architectures), LAYER_TEXT(code_key),    LAYER_TEXT(code_sha256),
    LAYER_NUMBER(code_size), LAYER_NUMBER(created_ms),
};

int64_t lambda_store_add_layer_version(struct store *store, struct lambda_owner owner,
                                       const struct lambda_layer_version *version) {
    struct statement *next = prepare_owned(store, NEXT_LAYER_VERSION, owner);
    statement_bind_string(next, 3, version->layer);
    struct lambda_layer_version numbered = *version;
    numbered.version = only_number(next);
    struct statement *statement = prepare_owned(store, ADD_LAYER_VERSION, owner);
    bind_row(statement, 3, &numbered, layer_columns, COUNT(layer_columns));
    statement_run(statement);
    return numbered.version;
}

bool lambda_store_layer_version(struct store *store, struct lambda_owner owner, const char *layer,
                                int64_t version, struct arena *arena, struct lambda_layer_version *out) {
    struct statement *statement = prepare_owned(store, GET_LAYER_VERSION, owner);
    statement_bind_string(statement, 3, layer);
    statement_bind_int64(statement, 4, version);
    if (!statement_step(statement)) {
        return false;
    }
    read_row(statement, 0, out, layer_columns, COUNT(layer_columns), arena);
    statement_reset(statement);
    return true;
}

void lambda_store_delete_layer_version(struct store *store, struct lambda_owner owner, const char *layer,
                                       int64_t version) {
    struct statement *statement = prepare_owned(store, DELETE_LAYER_VERSION, owner);
    statement_bind_string(statement, 3, layer);
    statement_bind_int64(statement, 4, version);
    statement_run(statement);
}

size_t lambda_store_list_layer_versions(struct store *store, struct lambda_owner owner, const char *layer,
                                        int64_t before, struct arena *arena,
                                        struct lambda_layer_version **out) {
    struct statement *statement = prepare_owned(store, layer ? LIST_LAYER_VERSIONS : LIST_LAYERS, owner);
    if (layer) {
        statement_bind_string(statement, 3, layer);
        statement_bind_int64(statement, 4, before);
    }
    size_t count = 0;
    *out = NULL;
    while (statement_step(statement)) {
        *out = grow(arena, *out, count, sizeof(**out));
        read_row(statement, 0, &(*out)[count++], layer_columns, COUNT(layer_columns), arena);
    }
    return count;
}

/* ---- the asynchronous queue ---- */

void lambda_store_put_event(struct store *store, const struct lambda_event *event) {
    struct statement *statement = prepare(store, PUT_EVENT);
    statement_bind_string(statement, 1, event->request_id);
    statement_bind_string(statement, 2, event->owner.account);
    statement_bind_string(statement, 3, event->owner.region);
    statement_bind_string(statement, 4, event->function);
    statement_bind_string(statement, 5, event->qualifier);
    statement_bind_blob(statement, 6, event->payload);
    statement_bind_int64(statement, 7, event->created_ms);
    statement_bind_int64(statement, 8, event->attempts);
    statement_bind_int64(statement, 9, event->throttles);
    statement_bind_int64(statement, 10, event->due_ms);
    statement_run(statement);
}

bool lambda_store_event(struct store *store, const char *request_id, struct arena *arena,
                        struct lambda_event *out) {
    struct statement *statement = prepare(store, GET_EVENT);
    statement_bind_string(statement, 1, request_id);
    if (!statement_step(statement)) {
        return false;
    }
    out->request_id = statement_string(statement, 0, arena);
    out->owner.account = statement_string(statement, 1, arena);
    out->owner.region = statement_string(statement, 2, arena);
    out->function = statement_string(statement, 3, arena);
    out->qualifier = statement_string(statement, 4, arena);
    out->payload = arena_text(arena, statement_text(statement, 5));
    out->created_ms = statement_int64(statement, 6);
    out->attempts = statement_int64(statement, 7);
    out->throttles = statement_int64(statement, 8);
    out->due_ms = statement_int64(statement, 9);
    statement_reset(statement);
    return true;
}

void lambda_store_delete_event(struct store *store, const char *request_id) {
    struct statement *statement = prepare(store, DELETE_EVENT);
    statement_bind_string(statement, 1, request_id);
    statement_run(statement);
}

void lambda_store_each_event(struct store *store,
                             void (*each)(void *argument, const char *request_id, int64_t due_ms),
                             void *argument) {
    struct statement *statement = prepare(store, LIST_EVENTS);
    struct arena *arena = arena_open();
    while (statement_step(statement)) {
        each(argument, statement_string(statement, 0, arena), statement_int64(statement, 1));
        arena_clear(arena);
    }
    arena_close(arena);
}

/* ---- documents ---- */

static void read_document(struct statement *statement, struct lambda_document *out, struct arena *arena) {
    out->id = statement_string(statement, 0, arena);
    out->owner.account = statement_string(statement, 1, arena);
    out->owner.region = statement_string(statement, 2, arena);
    out->function = statement_string(statement, 3, arena);
    out->source = statement_string(statement, 4, arena);
    out->state = statement_string(statement, 5, arena);
    out->document = statement_string(statement, 6, arena);
    out->tags = statement_string(statement, 7, arena);
    out->modified_ms = statement_int64(statement, 8);
}

void lambda_store_put_document(struct store *store, enum lambda_document_kind kind,
                               const struct lambda_document *document) {
    struct statement *statement = prepare(store, PUT_DOCUMENT);
    statement_bind_int64(statement, 1, kind);
    statement_bind_string(statement, 2, document->id);
    statement_bind_string(statement, 3, document->owner.account);
    statement_bind_string(statement, 4, document->owner.region);
    statement_bind_string(statement, 5, document->function);
    statement_bind_string(statement, 6, document->source);
    statement_bind_string(statement, 7, document->state);
    statement_bind_string(statement, 8, document->document);
    statement_bind_string(statement, 9, document->tags);
    statement_bind_int64(statement, 10, document->modified_ms);
    statement_run(statement);
}

bool lambda_store_document(struct store *store, enum lambda_document_kind kind, const char *id,
                           struct arena *arena, struct lambda_document *out) {
    struct statement *statement = prepare(store, GET_DOCUMENT);
    statement_bind_int64(statement, 1, kind);
    statement_bind_string(statement, 2, id);
    if (!statement_step(statement)) {
        return false;
    }
    read_document(statement, out, arena);
    statement_reset(statement);
    return true;
}

void lambda_store_delete_document(struct store *store, enum lambda_document_kind kind, const char *id) {
    struct statement *statement = prepare(store, DELETE_DOCUMENT);
    statement_bind_int64(statement, 1, kind);
    statement_bind_string(statement, 2, id);
    statement_run(statement);
}

size_t lambda_store_list_documents(struct store *store, enum lambda_document_kind kind,
                                   const struct lambda_owner *owner, struct arena *arena,
                                   struct lambda_document **out) {
    struct statement *statement = prepare(store, LIST_DOCUMENTS);
    statement_bind_int64(statement, 1, kind);
    statement_bind_string(statement, 2, owner ? owner->account : NULL);
    statement_bind_string(statement, 3, owner ? owner->region : NULL);
    size_t count = 0;
    *out = NULL;
    while (statement_step(statement)) {
        *out = grow(arena, *out, count, sizeof(**out));
        read_document(statement, &(*out)[count++], arena);
    }
    return count;
}
