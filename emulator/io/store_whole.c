/* The whole database at once: emptied, taken as bytes, brought back. */
#include "emulator/base/die.h"
#include "emulator/base/strbuf.h"
#include "emulator/io/store_database.h"
#include "emulator/io/store_private.h"

/* After a reset an in-memory database gives this many free pages back to the system. */
#define PAGES_WORTH_FREEING 512

static void append_deletes(struct store *store, struct strbuf *sql) {
    sqlite3_stmt *tables =
        store_prepare(store->database,
                      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> "
                      "'stackrig_module' AND (name NOT LIKE 'sqlite\\_%' ESCAPE '\\' OR name = "
                      "'sqlite_sequence') ORDER BY rowid",
                      0);
    while (sqlite3_step(tables) == SQLITE_ROW) {
        char *statement = sqlite3_mprintf("DELETE FROM \"%w\";", sqlite3_column_text(tables, 0));
        strbuf_append_string(sql, statement);
        sqlite3_free(statement);
    }
    sqlite3_finalize(tables);
}

void store_erase(struct store *store) {
    store_rollback(store);
    store->upheavals++;
    for (int i = 0; i < store->module_count; i++) {
        store->modules[i].write_held_rows = NULL;
    }
    struct strbuf sql = STRBUF_INIT;
    strbuf_append_string(&sql, "BEGIN;");
    append_deletes(store, &sql);
    strbuf_append_string(&sql, "COMMIT;");
    store_database_run(store->database, sql.data);
    strbuf_release(&sql);
    if (store->in_memory &&
        store_database_integer(store->database, "PRAGMA freelist_count") > PAGES_WORTH_FREEING) {
        store_database_run(store->database, "VACUUM");
    }
}

void *store_snapshot(struct store *store, size_t *size) {
    store_commit(store);
    store_write_all_held_rows(store);
    sqlite3_int64 bytes = 0;
    unsigned char *image = sqlite3_serialize(store->database, "main", &bytes, 0);
    if (!image) {
        store_database_fail(store->database, "serialize");
    }
    void *copy = xmalloc((size_t)bytes + 1);
    memcpy(copy, image, (size_t)bytes);
    sqlite3_free(image);
    if (bytes > 20) {
        memset((char *)copy + 18, 1, 2); /* file format: rollback journal, whatever the original used */
    }
    *size = (size_t)bytes;
    return copy;
}

static bool is_compatible(const struct store *store, sqlite3 *image) {
    if (store_database_integer(image, "PRAGMA application_id") != STORE_APPLICATION_ID ||
        store_database_integer(image, "PRAGMA page_size") != STORE_PAGE_BYTES) {
        return false;
    }
    for (int i = 0; i < store->module_count; i++) {
        const struct store_module *module = store->modules[i].module;
        char *schema = store_recorded_schema(image, module->name);
        bool same = !schema || strcmp(schema, module->schema) == 0; /* none: it was not used yet */
        free(schema);
        if (!same) {
            return false;
        }
    }
    return true;
}

static bool copy_database(sqlite3 *from, sqlite3 *to) {
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (!backup) {
        store_database_fail(to, "backup");
    }
    int code = sqlite3_backup_step(backup, -1);
    sqlite3_backup_finish(backup);
    return code == SQLITE_DONE;
}

/* Which modules the database now holds. */
static void find_tables(struct store *store) {
    for (int i = 0; i < store->module_count; i++) {
        char *schema = store_recorded_schema(store->database, store->modules[i].module->name);
        store->modules[i].has_tables = schema != NULL;
        free(schema);
    }
}

bool store_restore(struct store *store, const void *data, size_t size) {
    store_commit(store);
    store_write_all_held_rows(store);
    sqlite3 *image = NULL;
    if (sqlite3_open_v2(":memory:", &image, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        die("store: no memory for a database");
    }
    /* Read only: SQLite neither changes nor frees the bytes. */
    bool restored =
        size > 512 &&
        sqlite3_deserialize(image, "main", (unsigned char *)(uintptr_t)data, (sqlite3_int64)size,
                            (sqlite3_int64)size, SQLITE_DESERIALIZE_READONLY) == SQLITE_OK &&
        is_compatible(store, image) &&
        store_database_integer(image, "SELECT quick_check = 'ok' FROM pragma_quick_check(1)") == 1;
    if (restored) {
        store->upheavals++;
        restored = copy_database(image, store->database);
        find_tables(store);
    }
    sqlite3_close(image);
    return restored;
}
