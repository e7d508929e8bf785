#include "services/ssm/ssm_store.h"

enum {
    SQL_NEWEST,
    SQL_NEWEST_FULL,
    SQL_VERSION,
    SQL_LABELLED,
    SQL_BELOW,
    SQL_HISTORY,
    SQL_CREATE,
    SQL_ADVANCE,
    SQL_ADD_VERSION,
    SQL_FIND,
    SQL_DELETE_PARAMETER,
    SQL_DELETE_VERSIONS,
    SQL_DELETE_LABELS,
    SQL_DELETE_TAGS,
    SQL_DELETE_VERSION,
    SQL_VERSION_COUNT,
    SQL_OLDEST_VERSION,
    SQL_LABELS,
    SQL_LABEL_COUNT,
    SQL_PUT_LABEL,
    SQL_DELETE_LABEL,
    SQL_HAS_LABEL,
    SQL_TAGS,
    SQL_TAG,
    SQL_TAG_COUNT,
    SQL_PUT_TAG,
    SQL_DELETE_TAG,
    SQL_COUNT
};

/* Columns of one version, read by ssm_rows_next() in this order. Reading a value is the hot path and takes
 * the first nine only. */
#define VALUE_COLUMNS                                                                                        \
    "SELECT p.id, p.path, p.name, v.version, v.type, v.value, v.ciphertext, v.data_type, v.modified_ms"
#define METADATA_COLUMNS ", v.modified_user, v.tier, v.key_id, v.description, v.allowed_pattern, v.policies"
#define SELECT_VALUE VALUE_COLUMNS " FROM ssm_parameter p "
#define SELECT_FULL VALUE_COLUMNS METADATA_COLUMNS " FROM ssm_parameter p "
#define OF_PATH "WHERE p.account = ?1 AND p.region = ?2 AND p.path = ?3"

static const char *const sql[SQL_COUNT] = {
    [SQL_NEWEST] =
        SELECT_VALUE "JOIN ssm_version v ON v.parameter_id = p.id AND v.version = p.version " OF_PATH,
    [SQL_NEWEST_FULL] =
        SELECT_FULL "JOIN ssm_version v ON v.parameter_id = p.id AND v.version = p.version " OF_PATH,
    [SQL_VERSION] = SELECT_VALUE "JOIN ssm_version v ON v.parameter_id = p.id AND v.version = ?4 " OF_PATH,
    [SQL_LABELLED] =
        SELECT_VALUE "JOIN ssm_label l ON l.parameter_id = p.id AND l.label = ?4 "
                     "JOIN ssm_version v ON v.parameter_id = p.id AND v.version = l.version " OF_PATH,
    /* ?4 is the prefix with its last slash replaced by '0', the byte after it: the end of the range. */
    [SQL_BELOW] =
        SELECT_FULL "JOIN ssm_version v ON v.parameter_id = p.id AND v.version = p.version "
                    "WHERE p.account = ?1 AND p.region = ?2 AND p.path > ?3 AND p.path < ?4 ORDER BY p.path",
    [SQL_HISTORY] = SELECT_FULL "JOIN ssm_version v ON v.parameter_id = p.id " OF_PATH
                                " AND v.version > ?4 ORDER BY v.version",
    [SQL_CREATE] = "INSERT INTO ssm_parameter (account, region, path, name, version) VALUES (?, ?, ?, ?, ?)",
    [SQL_ADVANCE] = "UPDATE ssm_parameter SET version = ?2 WHERE id = ?1",
    [SQL_ADD_VERSION] = "INSERT INTO ssm_version (parameter_id, version, type, value, ciphertext, data_type, "
                        "modified_ms, modified_user, tier, key_id, description, allowed_pattern, policies) "
                        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_FIND] = "SELECT id FROM ssm_parameter p " OF_PATH,
    [SQL_DELETE_PARAMETER] = "DELETE FROM ssm_parameter WHERE id = ?",
    [SQL_DELETE_VERSIONS] = "DELETE FROM ssm_version WHERE parameter_id = ?",
    [SQL_DELETE_LABELS] = "DELETE FROM ssm_label WHERE parameter_id = ?",
    [SQL_DELETE_TAGS] = "DELETE FROM ssm_tag WHERE parameter_id = ?",
    [SQL_DELETE_VERSION] = "DELETE FROM ssm_version WHERE parameter_id = ? AND version = ?",
    [SQL_VERSION_COUNT] = "SELECT count(*) FROM ssm_version WHERE parameter_id = ?",
    [SQL_OLDEST_VERSION] = "SELECT min(version) FROM ssm_version WHERE parameter_id = ?",
    [SQL_LABELS] = "SELECT label FROM ssm_label WHERE parameter_id = ? AND version = ? ORDER BY label",
    [SQL_LABEL_COUNT] = "SELECT count(*) FROM ssm_label WHERE parameter_id = ? AND version = ?",
    [SQL_PUT_LABEL] = "INSERT INTO ssm_label (parameter_id, version, label) VALUES (?, ?, ?) "
                      "ON CONFLICT (parameter_id, label) DO UPDATE SET version = excluded.version",
    [SQL_DELETE_LABEL] = "DELETE FROM ssm_label WHERE parameter_id = ? AND version = ? AND label = ?",
    [SQL_HAS_LABEL] = "SELECT 1 FROM ssm_label WHERE parameter_id = ? AND version = ? AND label = ?",
    [SQL_TAGS] = "SELECT key, value FROM ssm_tag WHERE parameter_id = ? ORDER BY key",
    [SQL_TAG] = "SELECT value FROM ssm_tag WHERE parameter_id = ? AND key = ?",
    [SQL_TAG_COUNT] = "SELECT count(*) FROM ssm_tag WHERE parameter_id = ?",
    [SQL_PUT_TAG] = "INSERT INTO ssm_tag (parameter_id, key, value) VALUES (?, ?, ?) "
                    "ON CONFLICT (parameter_id, key) DO UPDATE SET value = excluded.value",
    [SQL_DELETE_TAG] = "DELETE FROM ssm_tag WHERE parameter_id = ? AND key = ?",
};

const struct store_module ssm_store_module = {
    .name = "ssm",
    .schema = "CREATE TABLE IF NOT EXISTS ssm_parameter ("
              " id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL,"
              " path TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL,"
              " UNIQUE (account, region, path)) STRICT;"
              "CREATE TABLE IF NOT EXISTS ssm_version ("
              " parameter_id INTEGER NOT NULL, version INTEGER NOT NULL, type TEXT NOT NULL,"
              " value TEXT NOT NULL, ciphertext TEXT, data_type TEXT NOT NULL, modified_ms INTEGER NOT NULL,"
              " modified_user TEXT NOT NULL, tier TEXT NOT NULL, key_id TEXT, description TEXT,"
              " allowed_pattern TEXT, policies TEXT, UNIQUE (parameter_id, version)) STRICT;"
              "CREATE TABLE IF NOT EXISTS ssm_label ("
              " parameter_id INTEGER NOT NULL, label TEXT NOT NULL, version INTEGER NOT NULL,"
              " UNIQUE (parameter_id, label)) STRICT;"
              "CREATE TABLE IF NOT EXISTS ssm_tag ("
              " parameter_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
              " UNIQUE (parameter_id, key)) STRICT;",
    .sql = sql,
    .sql_count = SQL_COUNT,
};

static struct statement *prepare(struct store *store, int index) {
    return store_statement(store, &ssm_store_module, index);
}

/* Binds ?1 account, ?2 Region, ?3 path. */
static struct statement *prepare_path(struct store *store, int index, struct ssm_scope scope,
                                      struct text path) {
    struct statement *statement = prepare(store, index);
    statement_bind_string(statement, 1, scope.account);
    statement_bind_string(statement, 2, scope.region);
    statement_bind_text(statement, 3, path);
    return statement;
}

static struct statement *prepare_id(struct store *store, int index, int64_t id) {
    struct statement *statement = prepare(store, index);
    statement_bind_int64(statement, 1, id);
    return statement;
}

static struct statement *prepare_id_version(struct store *store, int index, int64_t id, int64_t version) {
    struct statement *statement = prepare_id(store, index, id);
    statement_bind_int64(statement, 2, version);
    return statement;
}

/* The one number of a one-row answer; 0 when it is NULL or there is no row. */
bool ssm_rows_next(struct ssm_rows *rows) {
    struct statement *statement = rows->statement;
    struct ssm_parameter *row = &rows->row;
    if (!statement_step(statement)) {
        return false;
    }
    row->id = statement_int64(statement, 0);
    row->path = statement_text(statement, 1);
    row->name = statement_text(statement, 2);
    row->version = statement_int64(statement, 3);
    row->type = statement_text(statement, 4);
    row->value = statement_text(statement, 5);
    row->ciphertext = statement_text(statement, 6);
    row->data_type = statement_text(statement, 7);
    row->modified_ms = statement_int64(statement, 8);
    if (rows->full) {
        row->modified_user = statement_text(statement, 9);
        row->tier = statement_text(statement, 10);
        row->key_id = statement_text(statement, 11);
        row->description = statement_text(statement, 12);
        row->allowed_pattern = statement_text(statement, 13);
        row->policies = statement_text(statement, 14);
    }
    return true;
}

void ssm_rows_end(struct ssm_rows *rows) {
    statement_reset(rows->statement);
}

struct ssm_rows ssm_store_newest(struct store *store, struct ssm_scope scope, struct text path) {
    return (struct ssm_rows){.statement = prepare_path(store, SQL_NEWEST, scope, path)};
}

struct ssm_rows ssm_store_newest_full(struct store *store, struct ssm_scope scope, struct text path) {
    return (struct ssm_rows){.statement = prepare_path(store, SQL_NEWEST_FULL, scope, path), .full = true};
}

struct ssm_rows ssm_store_version(struct store *store, struct ssm_scope scope, struct text path,
                                  int64_t version) {
    struct statement *statement = prepare_path(store, SQL_VERSION, scope, path);
    statement_bind_int64(statement, 4, version);
    return (struct ssm_rows){.statement = statement};
}

struct ssm_rows ssm_store_labelled(struct store *store, struct ssm_scope scope, struct text path,
                                   struct text label) {
    struct statement *statement = prepare_path(store, SQL_LABELLED, scope, path);
    statement_bind_text(statement, 4, label);
    return (struct ssm_rows){.statement = statement};
}

struct ssm_rows ssm_store_below(struct store *store, struct ssm_scope scope, struct text prefix,
                                struct text after, struct arena *arena) {
    char *end = arena_text_string(arena, prefix);
    end[prefix.size - 1] = '0';
    struct statement *statement =
        prepare_path(store, SQL_BELOW, scope, text_compare(after, prefix) > 0 ? after : prefix);
    statement_bind_string(statement, 4, end);
    return (struct ssm_rows){.statement = statement, .full = true};
}

struct ssm_rows ssm_store_history(struct store *store, struct ssm_scope scope, struct text path,
                                  int64_t after_version) {
    struct statement *statement = prepare_path(store, SQL_HISTORY, scope, path);
    statement_bind_int64(statement, 4, after_version);
    return (struct ssm_rows){.statement = statement, .full = true};
}

void ssm_store_put(struct store *store, struct ssm_scope scope, struct ssm_parameter *parameter) {
    if (parameter->version == 1) {
        struct statement *create = prepare_path(store, SQL_CREATE, scope, parameter->path);
        statement_bind_text(create, 4, parameter->name);
        statement_bind_int64(create, 5, parameter->version);
        statement_run(create);
        parameter->id = store_last_rowid(store);
    } else {
        statement_run(prepare_id_version(store, SQL_ADVANCE, parameter->id, parameter->version));
    }
    struct statement *add = prepare_id_version(store, SQL_ADD_VERSION, parameter->id, parameter->version);
    statement_bind_text(add, 3, parameter->type);
    statement_bind_text(add, 4, parameter->value);
    statement_bind_text(add, 5, parameter->ciphertext);
    statement_bind_text(add, 6, parameter->data_type);
    statement_bind_int64(add, 7, parameter->modified_ms);
    statement_bind_text(add, 8, parameter->modified_user);
    statement_bind_text(add, 9, parameter->tier);
    statement_bind_text(add, 10, parameter->key_id);
    statement_bind_text(add, 11, parameter->description);
    statement_bind_text(add, 12, parameter->allowed_pattern);
    statement_bind_text(add, 13, parameter->policies);
    statement_run(add);
}

bool ssm_store_delete(struct store *store, struct ssm_scope scope, struct text path) {
    int64_t id = statement_only_number(prepare_path(store, SQL_FIND, scope, path), 0);
    if (id == 0) {
        return false;
    }
    statement_run(prepare_id(store, SQL_DELETE_TAGS, id));
    statement_run(prepare_id(store, SQL_DELETE_LABELS, id));
    statement_run(prepare_id(store, SQL_DELETE_VERSIONS, id));
    statement_run(prepare_id(store, SQL_DELETE_PARAMETER, id));
    return true;
}

void ssm_store_delete_version(struct store *store, int64_t id, int64_t version) {
    statement_run(prepare_id_version(store, SQL_DELETE_VERSION, id, version));
}

int64_t ssm_store_version_count(struct store *store, int64_t id) {
    return statement_only_number(prepare_id(store, SQL_VERSION_COUNT, id), 0);
}

int64_t ssm_store_oldest_version(struct store *store, int64_t id) {
    return statement_only_number(prepare_id(store, SQL_OLDEST_VERSION, id), 0);
}

struct statement *ssm_store_labels(struct store *store, int64_t id, int64_t version) {
    return prepare_id_version(store, SQL_LABELS, id, version);
}

int64_t ssm_store_label_count(struct store *store, int64_t id, int64_t version) {
    return statement_only_number(prepare_id_version(store, SQL_LABEL_COUNT, id, version), 0);
}

void ssm_store_put_label(struct store *store, int64_t id, int64_t version, struct text label) {
    struct statement *statement = prepare_id_version(store, SQL_PUT_LABEL, id, version);
    statement_bind_text(statement, 3, label);
    statement_run(statement);
}

bool ssm_store_delete_label(struct store *store, int64_t id, int64_t version, struct text label) {
    struct statement *statement = prepare_id_version(store, SQL_DELETE_LABEL, id, version);
    statement_bind_text(statement, 3, label);
    statement_run(statement);
    return store_changes(store) > 0;
}

bool ssm_store_has_label(struct store *store, int64_t id, int64_t version, struct text label) {
    struct statement *statement = prepare_id_version(store, SQL_HAS_LABEL, id, version);
    statement_bind_text(statement, 3, label);
    return statement_only_number(statement, 0) == 1;
}

struct statement *ssm_store_tags(struct store *store, int64_t id) {
    return prepare_id(store, SQL_TAGS, id);
}

struct text ssm_store_tag(struct store *store, int64_t id, struct text key) {
    struct statement *statement = prepare_id(store, SQL_TAG, id);
    statement_bind_text(statement, 2, key);
    return statement_step(statement) ? statement_text(statement, 0) : TEXT_NONE;
}

int64_t ssm_store_tag_count(struct store *store, int64_t id) {
    return statement_only_number(prepare_id(store, SQL_TAG_COUNT, id), 0);
}

void ssm_store_put_tag(struct store *store, int64_t id, struct text key, struct text value) {
    struct statement *statement = prepare_id(store, SQL_PUT_TAG, id);
    statement_bind_text(statement, 2, key);
    statement_bind_text(statement, 3, value);
    statement_run(statement);
}

void ssm_store_delete_tag(struct store *store, int64_t id, struct text key) {
    struct statement *statement = prepare_id(store, SQL_DELETE_TAG, id);
    statement_bind_text(statement, 2, key);
    statement_run(statement);
}
