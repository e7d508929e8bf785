#include "emulator/io/store_database.h"

#include <errno.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emulator/base/die.h"
#include "emulator/base/strbuf.h"

#define FILE_NAME "stackrig.db"
/* A process that was just killed holds its file until it is quite dead. */
#define PATIENCE_MS 500

_Noreturn void store_database_fail(sqlite3 *database, const char *sql) {
    die("store: %s (%d)\n%s", sqlite3_errmsg(database), sqlite3_extended_errcode(database), sql);
}

void store_database_run(sqlite3 *database, const char *sql) {
    if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK) {
        store_database_fail(database, sql);
    }
}

static const char *message_of(const char *what, const char *path, const char *reason) {
    struct strbuf buffer = STRBUF_INIT;
    strbuf_append_string(&buffer, path);
    strbuf_append_string(&buffer, ": ");
    strbuf_append_string(&buffer, what);
    if (reason) {
        strbuf_append_string(&buffer, ": ");
        strbuf_append_string(&buffer, reason);
    }
    return strbuf_detach(&buffer);
}

int64_t store_database_integer(sqlite3 *database, const char *sql) {
    sqlite3_stmt *handle = NULL;
    int64_t number = -1;
    if (sqlite3_prepare_v2(database, sql, -1, &handle, NULL) == SQLITE_OK &&
        sqlite3_step(handle) == SQLITE_ROW) {
        number = sqlite3_column_int64(handle, 0);
    }
    sqlite3_finalize(handle);
    return number;
}

/* NULL: it ran. Otherwise what to tell the user. */
static const char *try_step(sqlite3 *database, const char *path, const char *sql) {
    int code = sqlite3_exec(database, sql, NULL, NULL, NULL);
    switch (code) {
    case SQLITE_OK:
        return NULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return message_of("in use by another process", path, NULL);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return message_of("not a database of stackrig", path, NULL);
    default:
        return message_of("cannot be written", path, sqlite3_errmsg(database));
    }
}

/* NULL: ours, locked, writable. Otherwise what to tell the user; other people's files are not touched. */
static const char *claim_file(sqlite3 *database, const char *path) {
    static const char *const looks[] = {"PRAGMA locking_mode = EXCLUSIVE",
                                        "SELECT 1 FROM sqlite_schema LIMIT 1"};
    static const char *const claims[] = {"PRAGMA page_size = 8192", "PRAGMA journal_mode = WAL",
                                         "BEGIN IMMEDIATE", "PRAGMA application_id = 1400140391", "COMMIT"};
    const char *problem = NULL;
    sqlite3_busy_timeout(database, PATIENCE_MS);
    for (size_t i = 0; i < sizeof looks / sizeof *looks && !problem; i++) {
        problem = try_step(database, path, looks[i]);
    }
    if (!problem && store_database_integer(database, "SELECT count(*) FROM sqlite_schema") != 0 &&
        store_database_integer(database, "PRAGMA application_id") != STORE_APPLICATION_ID) {
        problem = message_of("not a database of stackrig", path, NULL);
    }
    for (size_t i = 0; i < sizeof claims / sizeof *claims && !problem; i++) {
        problem = try_step(database, path, claims[i]);
    }
    return problem;
}

static bool make_directories(const char *directory) {
    char *path = xstrdup(directory);
    for (char *slash = path + 1; *path && *slash; slash++) {
        if (*slash == '/') {
            *slash = '\0';
            mkdir(path, 0777);
            *slash = '/';
        }
    }
    bool made = mkdir(path, 0777) == 0 || errno == EEXIST;
    free(path);
    struct stat status;
    if (made && (stat(directory, &status) != 0 || !S_ISDIR(status.st_mode))) {
        errno = ENOTDIR;
        made = false;
    }
    return made;
}

static sqlite3 *open_file(const char *directory, const char **message) {
    if (!make_directories(directory) || access(directory, W_OK | X_OK) != 0) {
        *message = message_of("cannot be used as data directory", directory, strerror(errno));
        return NULL;
    }
    struct strbuf path = STRBUF_INIT;
    strbuf_printf(&path, "%s/" FILE_NAME, directory);
    sqlite3 *database = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path.data, &database, flags, NULL) != SQLITE_OK) {
        *message = message_of("cannot be opened", path.data, sqlite3_errmsg(database));
    } else {
        *message = claim_file(database, path.data);
    }
    strbuf_release(&path);
    if (*message) {
        sqlite3_close(database);
        return NULL;
    }
    store_database_run(
        database, "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 2000;"
                  "PRAGMA journal_size_limit = 67108864");
    return database;
}

static sqlite3 *open_memory(void) {
    sqlite3 *database;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(":memory:", &database, flags, NULL) != SQLITE_OK) {
        die("store: no memory for a database");
    }
    store_database_run(database, "PRAGMA page_size = 8192; PRAGMA application_id = 1400140391");
    return database;
}

/* One thread uses SQLite: no mutexes, no counters of its memory. Later calls have no effect. */
static void configure_sqlite(void) {
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

sqlite3 *store_database_open(const char *directory, const char **message) {
    configure_sqlite();
    *message = NULL;
    sqlite3 *database = directory ? open_file(directory, message) : open_memory();
    if (database) {
        sqlite3_extended_result_codes(database, 1);
        /* Debian's build overwrites what it deletes unless told not to. */
        store_database_run(database, "PRAGMA secure_delete = OFF; PRAGMA temp_store = MEMORY");
    }
    return database;
}
