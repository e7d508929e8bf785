#include "emulator/io/store.h"

#include "emulator/base/die.h"
#include "emulator/base/strbuf.h"
#include "emulator/io/store_database.h"
#include "emulator/io/store_private.h"

sqlite3_stmt *store_prepare(sqlite3 *database, const char *sql, unsigned flags) {
    sqlite3_stmt *handle;
    const char *rest;
    if (sqlite3_prepare_v3(database, sql, -1, flags, &handle, &rest) != SQLITE_OK) {
        store_database_fail(database, sql);
    }
    if (!handle || *rest) {
        die("store: one statement is wanted:\n%s", sql);
    }
    return handle;
}

/* In a transaction of their own: they belong to turns that are over, whatever becomes of this one. */
static void write_held_rows(struct store *store, struct loaded_module *loaded) {
    void (*write)(void *argument) = loaded->write_held_rows;
    if (!write) {
        return;
    }
    bool outer = store->in_transaction;
    loaded->write_held_rows = NULL; /* it asks for statements, too */
    write(loaded->held_argument);
    if (!outer) {
        store_commit(store);
    }
}

void store_write_all_held_rows(struct store *store) {
    for (int i = 0; i < store->module_count; i++) {
        write_held_rows(store, &store->modules[i]);
    }
}

struct store *store_open(const char *directory, const char **message) {
    sqlite3 *database = store_database_open(directory, message);
    if (!database) {
        return NULL;
    }
    store_database_run(database, "CREATE TABLE IF NOT EXISTS stackrig_module (name TEXT PRIMARY KEY, "
                                 "schema TEXT NOT NULL) STRICT");
    struct store *store = xcalloc(1, sizeof *store);
    store->database = database;
    store->in_memory = !directory;
    store->begin = store_prepare(database, "BEGIN", SQLITE_PREPARE_PERSISTENT);
    store->commit = store_prepare(database, "COMMIT", SQLITE_PREPARE_PERSISTENT);
    store->rollback = store_prepare(database, "ROLLBACK", SQLITE_PREPARE_PERSISTENT);
    return store;
}

void store_close(struct store *store) {
    if (!store) {
        return;
    }
    store_commit(store);
    store_write_all_held_rows(store);
    for (int i = 0; i < store->module_count; i++) {
        const struct loaded_module *loaded = &store->modules[i];
        for (int j = 0; j < loaded->module->sql_count; j++) {
            if (loaded->statements[j]) {
                sqlite3_finalize(loaded->statements[j]->handle);
                free(loaded->statements[j]);
            }
        }
        free(loaded->statements);
    }
    free(store->modules);
    sqlite3_finalize(store->begin);
    sqlite3_finalize(store->commit);
    sqlite3_finalize(store->rollback);
    if (sqlite3_close(store->database) != SQLITE_OK) {
        store_database_fail(store->database, "close");
    }
    free(store->problem);
    free(store);
}

/* ---- modules ---- */

char *store_recorded_schema(sqlite3 *database, const char *name) {
    sqlite3_stmt *handle = NULL;
    char *schema = NULL;
    if (sqlite3_prepare_v2(database, "SELECT schema FROM stackrig_module WHERE name = ?1", -1, &handle,
                           NULL) == SQLITE_OK &&
        sqlite3_bind_text(handle, 1, name, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_step(handle) == SQLITE_ROW) {
        schema = xstrdup((const char *)sqlite3_column_text(handle, 0));
    }
    sqlite3_finalize(handle);
    return schema;
}

static void create_tables(struct store *store, const struct store_module *module) {
    store_database_run(store->database, module->schema);
    sqlite3_stmt *handle =
        store_prepare(store->database, "INSERT OR REPLACE INTO stackrig_module VALUES (?1, ?2)", 0);
    sqlite3_bind_text(handle, 1, module->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(handle, 2, module->schema, -1, SQLITE_STATIC);
    if (sqlite3_step(handle) != SQLITE_DONE) {
        store_database_fail(store->database, module->name);
    }
    sqlite3_finalize(handle);
}

/* Tables are made when the module is first asked for: most runs touch few services. */
static void need_tables(struct store *store, struct loaded_module *loaded) {
    bool outer = store->in_transaction;
    if (!outer) {
        store_database_run(store->database, "BEGIN");
    }
    create_tables(store, loaded->module);
    if (!outer) {
        store_database_run(store->database, "COMMIT");
    }
    loaded->has_tables = true;
    loaded->in_this_transaction = outer;
    store->tables_unsettled |= outer;
}

void store_add_module(struct store *store, const struct store_module *module) {
    size_t count = (size_t)store->module_count;
    store->modules = xrealloc(store->modules, (count + 1) * sizeof *store->modules);
    struct loaded_module *loaded = &store->modules[count];
    *loaded = (struct loaded_module){.module = module};
    loaded->statements = xcalloc((size_t)module->sql_count + 1, sizeof(struct statement *));
    store->module_count++;
    if (store->in_memory) {
        return;
    }
    char *recorded = store_recorded_schema(store->database, module->name);
    if (!recorded) {
        need_tables(store, loaded);
    } else if (strcmp(recorded, module->schema) != 0 && !store->problem) {
        struct strbuf text = STRBUF_INIT;
        strbuf_printf(&text, "%s: written by another version of stackrig (tables of %s differ)",
                      sqlite3_db_filename(store->database, "main"), module->name);
        store->problem = strbuf_detach(&text);
    }
    loaded->has_tables = true;
    free(recorded);
}

const char *store_problem(const struct store *store) {
    return store->problem;
}

static struct loaded_module *find_module(struct store *store, const struct store_module *module) {
    if (store->last_module < store->module_count && store->modules[store->last_module].module == module) {
        return &store->modules[store->last_module];
    }
    for (int i = 0; i < store->module_count; i++) {
        if (store->modules[i].module == module) {
            store->last_module = i;
            return &store->modules[i];
        }
    }
    die("store: module %s was not added", module->name);
}

/* ---- statements ---- */

static struct statement *open_statement(struct store *store, const struct loaded_module *loaded,
                                        const char *sql) {
    struct statement *statement = xcalloc(1, sizeof *statement);
    statement->store = store;
    statement->module = (int)(loaded - store->modules);
    statement->handle = store_prepare(store->database, sql, SQLITE_PREPARE_PERSISTENT);
    statement->is_read = sqlite3_stmt_readonly(statement->handle) != 0;
    return statement;
}

struct statement *store_statement(struct store *store, const struct store_module *module, int index) {
    store_write_held_rows(store, module);
    return store_statement_beside_held_rows(store, module, index);
}

void store_hold_rows(struct store *store, const struct store_module *module, void (*write)(void *argument),
                     void *argument) {
    struct loaded_module *loaded = find_module(store, module);
    loaded->write_held_rows = write;
    loaded->held_argument = argument;
}

void store_write_held_rows(struct store *store, const struct store_module *module) {
    write_held_rows(store, find_module(store, module));
}

struct statement *store_statement_beside_held_rows(struct store *store, const struct store_module *module,
                                                   int index) {
    struct loaded_module *loaded = find_module(store, module);
    if (!loaded->has_tables) {
        need_tables(store, loaded);
    }
    if (index < 0 || index >= module->sql_count) {
        die("store: module %s has no statement %d", module->name, index);
    }
    struct statement *statement = loaded->statements[index];
    if (!statement) {
        statement = loaded->statements[index] = open_statement(store, loaded, module->sql[index]);
        return statement;
    }
    statement_reset(statement);
    sqlite3_clear_bindings(statement->handle);
    return statement;
}

static void check_bind(const struct statement *statement, int code) {
    if (code != SQLITE_OK) {
        store_database_fail(statement->store->database, sqlite3_sql(statement->handle));
    }
}

void statement_bind_text(struct statement *statement, int parameter, struct text text) {
    check_bind(statement, text.data ? sqlite3_bind_text64(statement->handle, parameter, text.data, text.size,
                                                          SQLITE_STATIC, SQLITE_UTF8)
                                    : sqlite3_bind_null(statement->handle, parameter));
}

void statement_bind_string(struct statement *statement, int parameter, const char *string) {
    statement_bind_text(statement, parameter, text_of(string));
}

void statement_bind_blob(struct statement *statement, int parameter, struct text bytes) {
    check_bind(statement, bytes.data ? sqlite3_bind_blob64(statement->handle, parameter, bytes.data,
                                                           bytes.size, SQLITE_STATIC)
                                     : sqlite3_bind_null(statement->handle, parameter));
}

void statement_bind_int64(struct statement *statement, int parameter, int64_t number) {
    check_bind(statement, sqlite3_bind_int64(statement->handle, parameter, number));
}

void statement_bind_double(struct statement *statement, int parameter, double number) {
    check_bind(statement, sqlite3_bind_double(statement->handle, parameter, number));
}

void statement_bind_null(struct statement *statement, int parameter) {
    check_bind(statement, sqlite3_bind_null(statement->handle, parameter));
}

void statement_bind_all(struct statement *statement, const char *types, va_list values) {
    for (int i = 0; types[i]; i++) {
        switch (types[i]) {
        case 's':
            statement_bind_string(statement, i + 1, va_arg(values, const char *));
            break;
        case 't':
            statement_bind_text(statement, i + 1, va_arg(values, struct text));
            break;
        case 'b':
            statement_bind_blob(statement, i + 1, va_arg(values, struct text));
            break;
        case 'i':
            statement_bind_int64(statement, i + 1, va_arg(values, int64_t));
            break;
        default:
            die("store: no value is of type '%c'", types[i]);
        }
    }
}

static void mark_active(struct statement *statement) {
    struct store *store = statement->store;
    statement->is_active = true;
    statement->previous = NULL;
    statement->next = store->active;
    if (store->active) {
        store->active->previous = statement;
    }
    store->active = statement;
}

void statement_reset(struct statement *statement) {
    sqlite3_reset(statement->handle);
    if (!statement->is_active) {
        return;
    }
    statement->is_active = false;
    if (statement->previous) {
        statement->previous->next = statement->next;
    } else {
        statement->store->active = statement->next;
    }
    if (statement->next) {
        statement->next->previous = statement->previous;
    }
}

static void step_plain(struct store *store, sqlite3_stmt *handle) {
    int code = sqlite3_step(handle);
    sqlite3_reset(handle);
    if (code != SQLITE_DONE) {
        store_database_fail(store->database, sqlite3_sql(handle));
    }
}

/* SQLITE_ROW, SQLITE_DONE or SQLITE_CONSTRAINT (uniqueness); everything else dies. */
static int step(struct statement *statement) {
    struct store *store = statement->store;
    if (!statement->is_read) {
        store->modules[statement->module].writes++;
        if (!store->in_transaction) {
            step_plain(store, store->begin);
            store->in_transaction = true;
        }
    }
    int code = sqlite3_step(statement->handle);
    if (code == SQLITE_ROW) {
        if (!statement->is_active) {
            mark_active(statement);
        }
        return code;
    }
    if (code != SQLITE_DONE) {
        if (code != SQLITE_CONSTRAINT_UNIQUE && code != SQLITE_CONSTRAINT_PRIMARYKEY &&
            code != SQLITE_CONSTRAINT_ROWID) {
            store_database_fail(store->database, sqlite3_sql(statement->handle));
        }
        code = SQLITE_CONSTRAINT;
    }
    statement_reset(statement);
    return code;
}

bool statement_step(struct statement *statement) {
    int code = step(statement);
    if (code == SQLITE_CONSTRAINT) {
        die("store: a row is not unique\n%s", sqlite3_sql(statement->handle));
    }
    return code == SQLITE_ROW;
}

void statement_run(struct statement *statement) {
    if (statement_step(statement)) {
        die("store: no row is wanted\n%s", sqlite3_sql(statement->handle));
    }
}

bool statement_run_unique(struct statement *statement) {
    int code = step(statement);
    if (code == SQLITE_ROW) {
        die("store: no row is wanted\n%s", sqlite3_sql(statement->handle));
    }
    return code == SQLITE_DONE;
}

int64_t statement_only_number(struct statement *statement, int64_t otherwise) {
    bool found = statement_step(statement) && !statement_is_null(statement, 0);
    int64_t number = found ? statement_int64(statement, 0) : otherwise;
    statement_reset(statement);
    return number;
}

/* ---- columns ---- */

struct text statement_text(struct statement *statement, int column) {
    int type = sqlite3_column_type(statement->handle, column);
    if (type == SQLITE_NULL) {
        return TEXT_NONE;
    }
    /* Asking for a blob saves the copy that a NUL at the end of a text would cost. */
    const char *data = sqlite3_column_blob(statement->handle, column);
    size_t size = (size_t)sqlite3_column_bytes(statement->handle, column);
    return (struct text){data ? data : "", size};
}

char *statement_string(struct statement *statement, int column, struct arena *arena) {
    return arena_text_string(arena, statement_text(statement, column));
}

int64_t statement_int64(struct statement *statement, int column) {
    return sqlite3_column_int64(statement->handle, column);
}

double statement_double(struct statement *statement, int column) {
    return sqlite3_column_double(statement->handle, column);
}

bool statement_is_null(struct statement *statement, int column) {
    return sqlite3_column_type(statement->handle, column) == SQLITE_NULL;
}

int64_t store_changes(const struct store *store) {
    return sqlite3_changes64(store->database);
}

int64_t store_last_rowid(const struct store *store) {
    return sqlite3_last_insert_rowid(store->database);
}

uint64_t store_module_changes(struct store *store, const struct store_module *module) {
    return find_module(store, module)->writes + store->upheavals;
}

/* ---- transactions ---- */

static void reset_active(struct store *store) {
    while (store->active) {
        statement_reset(store->active);
    }
}

/* Tables made inside a transaction stay with it or go with it. */
static void settle_tables(struct store *store, bool kept) {
    for (int i = 0; i < store->module_count; i++) {
        struct loaded_module *loaded = &store->modules[i];
        if (loaded->in_this_transaction) {
            loaded->in_this_transaction = false;
            loaded->has_tables = kept;
            store->tables_unsettled = false;
        }
    }
}

static void end_transaction(struct store *store, sqlite3_stmt *how, bool kept) {
    reset_active(store);
    if (store->in_transaction) {
        step_plain(store, how);
        store->in_transaction = false;
        if (store->tables_unsettled) {
            settle_tables(store, kept);
        }
    }
}

void store_commit(struct store *store) {
    end_transaction(store, store->commit, true);
}

void store_rollback(struct store *store) {
    store->upheavals += store->in_transaction;
    end_transaction(store, store->rollback, false);
}

bool store_in_transaction(const struct store *store) {
    return store->in_transaction;
}
