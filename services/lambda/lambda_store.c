/* Functions, versions, code and aliases. */
#include "services/lambda/lambda_sql.h"

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
    lambda_read_row(statement, 0, out, version_columns, COUNT(version_columns), arena);
    out->created = statement_int64(statement, first) != 0;
    out->generation = statement_int64(statement, first + 1);
    out->digest = statement_string(statement, first + 2, arena);
}

void lambda_version_copy(struct arena *arena, const struct lambda_version *from, struct lambda_version *to) {
    *to = *from;
    for (size_t i = 0; i < COUNT(version_columns); i++) {
        if (version_columns[i].is_text) {
            const char **place = (const char **)((char *)to + version_columns[i].offset);
            *place = *place ? arena_strdup(arena, *place) : NULL;
        }
    }
    to->digest = arena_strdup(arena, from->digest);
}

bool lambda_store_add_function(struct store *store, struct lambda_owner owner, const char *name,
                               const char *tags) {
    struct statement *statement = lambda_statement_owned(store, ADD_FUNCTION, owner);
    statement_bind_string(statement, 3, name);
    statement_bind_string(statement, 4, tags);
    return statement_run_unique(statement);
}

bool lambda_store_function(struct store *store, struct lambda_owner owner, const char *name,
                           struct arena *arena, struct lambda_function *function) {
    struct statement *statement = lambda_statement_owned(store, GET_FUNCTION, owner);
    statement_bind_string(statement, 3, name);
    if (!statement_step(statement)) {
        return false;
    }
    lambda_read_row(statement, 0, function, function_columns, COUNT(function_columns), arena);
    statement_reset(statement);
    return true;
}

void lambda_store_put_function(struct store *store, struct lambda_owner owner,
                               const struct lambda_function *function) {
    struct statement *statement = lambda_statement_owned(store, PUT_FUNCTION, owner);
    lambda_bind_row(statement, 3, function, function_columns, COUNT(function_columns));
    statement_run(statement);
}

void lambda_store_delete_function(struct store *store, struct lambda_owner owner, const char *name) {
    static const int statements[] = {DELETE_FUNCTION, DELETE_VERSIONS, DELETE_ALIASES, DELETE_SETTINGS};
    for (size_t i = 0; i < COUNT(statements); i++) {
        struct statement *statement = lambda_statement_owned(store, statements[i], owner);
        statement_bind_string(statement, 3, name);
        statement_run(statement);
    }
}

void lambda_store_delete_version(struct store *store, struct lambda_owner owner, const char *name,
                                 int64_t version) {
    struct statement *statement = lambda_statement_owned(store, DELETE_VERSION, owner);
    statement_bind_string(statement, 3, name);
    statement_bind_int64(statement, 4, version);
    statement_run(statement);
}

void lambda_store_put_version(struct store *store, struct lambda_owner owner,
                              struct lambda_version *version) {
    struct statement *next = lambda_statement(store, NEXT_GENERATION);
    statement_step(next);
    version->generation = statement_int64(next, 0);
    statement_reset(next);

    struct statement *statement = lambda_statement_owned(store, PUT_VERSION, owner);
    const int after = 3 + (int)COUNT(version_columns);
    lambda_bind_row(statement, 3, version, version_columns, COUNT(version_columns));
    statement_bind_int64(statement, after, version->created);
    statement_bind_int64(statement, after + 1, version->generation);
    statement_bind_string(statement, after + 2, version->digest);
    statement_run(statement);
}

void lambda_store_touch_version(struct store *store, struct lambda_owner owner,
                                const struct lambda_version *version) {
    struct statement *statement = lambda_statement_owned(store, TOUCH_VERSION, owner);
    statement_bind_string(statement, 3, version->name);
    statement_bind_int64(statement, 4, version->version);
    statement_bind_string(statement, 5, version->revision_id);
    statement_bind_string(statement, 6, version->settled_revision_id);
    statement_run(statement);
}

bool lambda_store_version(struct store *store, struct lambda_owner owner, const char *name, int64_t version,
                          struct arena *arena, struct lambda_version *out) {
    struct statement *statement = lambda_statement_owned(store, GET_VERSION, owner);
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
    struct statement *statement = lambda_statement_owned(store, NEWEST_VERSION, owner);
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
    struct statement *statement = lambda_statement_owned(store, LIST_VERSIONS, owner);
    statement_bind_string(statement, 3, name_only);
    statement_bind_int64(statement, 4, all_versions);
    statement_bind_string(statement, 5, after_name);
    statement_bind_int64(statement, 6, after_version);
    statement_bind_int64(statement, 7, (int64_t)limit);
    size_t count = 0;
    *out = NULL;
    while (statement_step(statement)) {
        *out = lambda_grow_rows(arena, *out, count, sizeof(**out));
        read_version(statement, &(*out)[count++], arena);
    }
    return count;
}

int64_t lambda_store_reserved_sum(struct store *store, struct lambda_owner owner, const char *except_name) {
    struct statement *statement = lambda_statement_owned(store, RESERVED_SUM, owner);
    statement_bind_string(statement, 3, except_name);
    return statement_only_number(statement, 0);
}

int64_t lambda_store_function_count(struct store *store, struct lambda_owner owner) {
    return statement_only_number(lambda_statement_owned(store, FUNCTION_COUNT, owner), 0);
}

int64_t lambda_store_code_size_sum(struct store *store, struct lambda_owner owner) {
    return statement_only_number(lambda_statement_owned(store, CODE_SIZE_SUM, owner), 0);
}

void lambda_store_each_unsettled(struct store *store, int64_t now_ms,
                                 void (*each)(void *argument, int64_t settles_ms), void *argument) {
    struct statement *statement = lambda_statement(store, UNSETTLED);
    statement_bind_int64(statement, 1, now_ms);
    while (statement_step(statement)) {
        each(argument, statement_int64(statement, 0));
    }
}

/* ---- code ---- */

void lambda_store_put_code(struct store *store, const char *key, struct text zip) {
    struct statement *statement = lambda_statement(store, PUT_CODE);
    statement_bind_string(statement, 1, key);
    statement_bind_blob(statement, 2, zip);
    statement_run(statement);
}

struct text lambda_store_code(struct store *store, const char *key, struct arena *arena) {
    struct statement *statement = lambda_statement(store, GET_CODE);
    statement_bind_string(statement, 1, key);
    if (!statement_step(statement)) {
        return TEXT_NONE;
    }
    struct text zip = arena_text(arena, statement_text(statement, 0));
    statement_reset(statement);
    return zip;
}

void lambda_store_sweep_code(struct store *store) {
    statement_run(lambda_statement(store, SWEEP_CODE));
}

/* ---- aliases ---- */

static const struct column alias_columns[] = {
    TEXT_COLUMN(struct lambda_alias, name),        TEXT_COLUMN(struct lambda_alias, version),
    TEXT_COLUMN(struct lambda_alias, description), TEXT_COLUMN(struct lambda_alias, routing),
    TEXT_COLUMN(struct lambda_alias, revision_id),
};

bool lambda_store_alias(struct store *store, struct lambda_owner owner, const char *function,
                        const char *alias, struct arena *arena, struct lambda_alias *out) {
    struct statement *statement = lambda_statement_owned(store, GET_ALIAS, owner);
    statement_bind_string(statement, 3, function);
    statement_bind_string(statement, 4, alias);
    if (!statement_step(statement)) {
        return false;
    }
    lambda_read_row(statement, 0, out, alias_columns, COUNT(alias_columns), arena);
    statement_reset(statement);
    return true;
}

void lambda_store_put_alias(struct store *store, struct lambda_owner owner, const char *function,
                            const struct lambda_alias *alias) {
    struct statement *statement = lambda_statement_owned(store, PUT_ALIAS, owner);
    statement_bind_string(statement, 3, function);
    lambda_bind_row(statement, 4, alias, alias_columns, COUNT(alias_columns));
    statement_run(statement);
}

void lambda_store_delete_alias(struct store *store, struct lambda_owner owner, const char *function,
                               const char *alias) {
    struct statement *statement = lambda_statement_owned(store, DELETE_ALIAS, owner);
    statement_bind_string(statement, 3, function);
    statement_bind_string(statement, 4, alias);
    statement_run(statement);
}

size_t lambda_store_list_aliases(struct store *store, struct lambda_owner owner, const char *function,
                                 const char *version, const char *after, size_t limit, struct arena *arena,
                                 struct lambda_alias **out) {
    struct statement *statement = lambda_statement_owned(store, LIST_ALIASES, owner);
    statement_bind_string(statement, 3, function);
    statement_bind_string(statement, 4, version);
    statement_bind_string(statement, 5, after);
    statement_bind_int64(statement, 6, (int64_t)limit);
    size_t count = 0;
    *out = NULL;
    while (statement_step(statement)) {
        *out = lambda_grow_rows(arena, *out, count, sizeof(**out));
        lambda_read_row(statement, 0, &(*out)[count++], alias_columns, COUNT(alias_columns), arena);
    }
    return count;
}
