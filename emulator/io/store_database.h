/*
 * Opens SQLite's database for the store: in memory, or a file that is known to be ours and used by nobody
 * else. For store.c alone.
 */
#ifndef STACKRIG_STORE_DATABASE_H
#define STACKRIG_STORE_DATABASE_H

#include <stdint.h>

/* "Strg" as a number, in the header of our files: how we know them from other people's. */
#define STORE_APPLICATION_ID 1400140391
/* The same in memory and in files, so that a snapshot of one can be restored into the other. Measured
 * against 4 KiB: fewer bytes for each 1 KiB row, and faster. */
#define STORE_PAGE_BYTES 8192

struct sqlite3;

/* As store_open(). */
struct sqlite3 *store_database_open(const char *directory, const char **message);
/* Dies with SQLite's message and the SQL. */
_Noreturn void store_database_fail(struct sqlite3 *database, const char *sql);
/* Statements without rows; dies when they fail. */
void store_database_run(struct sqlite3 *database, const char *sql);
/* First column of the first row; -1 when there is none or the SQL does not run. */
int64_t store_database_integer(struct sqlite3 *database, const char *sql);

#endif
