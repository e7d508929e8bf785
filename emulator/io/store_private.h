/* What store.c and store_whole.c share. */
#ifndef STACKRIG_STORE_PRIVATE_H
#define STACKRIG_STORE_PRIVATE_H

#include <sqlite3.h>

#include "emulator/io/store.h"

struct statement {
    struct store *store;
    int module; /* index of store->modules */
    sqlite3_stmt *handle;
    bool is_read;
    bool is_active;         /* holds a row: the database must not end its transaction */
    struct statement *next; /* active statements */
    struct statement *previous;
};

struct loaded_module {
    const struct store_module *module;
    struct statement **statements; /* NULL until first used */
    bool has_tables;
    bool in_this_transaction;                /* has_tables is taken back by a rollback */
    void (*write_held_rows)(void *argument); /* NULL: holds none */
    void *held_argument;
    uint64_t writes;
};

struct store {
    sqlite3 *database;
    bool in_memory;
    bool in_transaction;
    bool tables_unsettled; /* some module's tables were made in this transaction */
    struct loaded_module *modules;
    int module_count;
    uint64_t upheavals; /* what changed any module's tables but by its statements */
    int last_module;    /* where the last one asked for was found */
    struct statement *active;
    sqlite3_stmt *begin;
    sqlite3_stmt *commit;
    sqlite3_stmt *rollback;
    char *problem;
};

/* Dies when the SQL is not one statement that can be prepared. */
sqlite3_stmt *store_prepare(sqlite3 *database, const char *sql, unsigned flags);
void store_write_all_held_rows(struct store *store);
/* The schema that made the module's tables in this database; NULL: it has none. free(). */
char *store_recorded_schema(sqlite3 *database, const char *name);

#endif
