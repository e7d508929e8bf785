/*
 * The one database: SQLite (its only user), in memory or in a file. Statements are prepared once, at first
 * use. A transaction begins by itself before the first write of a turn; the emulator ends it
 * (store_commit/store_rollback): handlers contain no transaction code.
 *
 * SQL that does not prepare or run is a bug and dies with the statement's text; constraint violations are
 * reported by store_step_unique(). Every SELECT that can return two rows has ORDER BY.
 */
#ifndef STACKRIG_STORE_H
#define STACKRIG_STORE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "emulator/base/arena.h"

struct store;
struct statement;

/* A service's part of the database: STRICT tables prefixed with its name, all its SQL in one array. */
struct store_module {
    const char *name;
    const char *schema;     /* CREATE TABLE IF NOT EXISTS ...; */
    const char *const *sql; /* indexed by the module's enum */
    int sql_count;
};

/* directory NULL: in memory. Otherwise DIR/stackrig.db, WAL; the directory is made if need be; two processes
 * cannot share it. NULL and *message (allocated once, never freed) when it cannot be opened or written. */
struct store *store_open(const char *directory, const char **message);
void store_close(struct store *store);
/* Creates the module's tables; in memory not before the module is first used, so that starting stays quick.
 * Keeps the pointer. When the file holds tables that another version of stackrig made from another schema,
 * they stay as they are and store_problem() tells. */
void store_add_module(struct store *store, const struct store_module *module);
/* To ask after the last module: why this store cannot be used, for the user; NULL: it can. */
const char *store_problem(const struct store *store);

/* The prepared statement, reset and unbound. One use at a time: finish stepping before asking again. */
struct statement *store_statement(struct store *store, const struct store_module *module, int index);

/*
 * Rows held back. Where many small turns each add a few rows, a module may keep them in memory: the store
 * calls `write`, once, before it hands out a statement of that module, before a snapshot or a restore and
 * when it closes, so that nobody who reads the tables can tell. `write` inserts them; they are committed by
 * themselves. Only for rows of turns that have succeeded. After store_erase() they are gone and `write` is
 * not called.
 */
void store_hold_rows(struct store *store, const struct store_module *module, void (*write)(void *argument),
                     void *argument);
/* Now: they have become many, or old. */
void store_write_held_rows(struct store *store, const struct store_module *module);
/* As store_statement(), and what is held back stays so: for reading what it cannot change. */
struct statement *store_statement_beside_held_rows(struct store *store, const struct store_module *module,
                                                   int index);

/* Parameters count from 1. Texts and blobs are borrowed until the statement is reset or asked for again. */
void statement_bind_text(struct statement *statement, int parameter, struct text text);     /* absent: NULL */
void statement_bind_string(struct statement *statement, int parameter, const char *string); /* NULL: NULL */
void statement_bind_blob(struct statement *statement, int parameter, struct text bytes);
void statement_bind_int64(struct statement *statement, int parameter, int64_t number);
void statement_bind_double(struct statement *statement, int parameter, double number);
void statement_bind_null(struct statement *statement, int parameter);

/* Binds ?1 and on, a letter each: s const char *, t struct text, b struct text as a blob, i int64_t (an int
 * will not do). */
void statement_bind_all(struct statement *statement, const char *types, va_list values);

/* True: a row is ready. False: done; the statement has been reset. */
bool statement_step(struct statement *statement);
/* For statements that return no row. */
void statement_run(struct statement *statement);
/* As statement_run(); false when a uniqueness or primary key constraint refused it. */
bool statement_run_unique(struct statement *statement);
/* The first column of the one row; `otherwise` when there is none or it is NULL. */
int64_t statement_only_number(struct statement *statement, int64_t otherwise);
/* Stop reading rows early. */
void statement_reset(struct statement *statement);

/* Columns count from 0. Texts are borrowed until the next step; copy into an arena to keep them. */
struct text statement_text(struct statement *statement, int column); /* absent for NULL; also blobs */
char *statement_string(struct statement *statement, int column, struct arena *arena); /* NULL for NULL */
int64_t statement_int64(struct statement *statement, int column);
double statement_double(struct statement *statement, int column);
bool statement_is_null(struct statement *statement, int column);

/* Rows changed by the last write; key of the last insert. */
int64_t store_changes(const struct store *store);
int64_t store_last_rowid(const struct store *store);

/* Counts whatever may have changed the module's tables, at least once each: the same number again, the same
 * rows. For what is kept in memory instead of being read anew. */
uint64_t store_module_changes(struct store *store, const struct store_module *module);

/* For the emulator alone. No transaction open: no effect. */
void store_commit(struct store *store);
void store_rollback(struct store *store);
bool store_in_transaction(const struct store *store);
/* Empties every table of every module (reset). Ends an open transaction. */
void store_erase(struct store *store);
/* The whole content as bytes (free()), and back; statements stay valid. An open transaction is committed
 * first. False: not such bytes, or of another version; nothing has changed then. */
void *store_snapshot(struct store *store, size_t *size);
bool store_restore(struct store *store, const void *data, size_t size);

#endif
