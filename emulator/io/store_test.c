#include "emulator/io/store.h"

#include <CUnit/CUnit.h>
#include <sqlite3.h>
#include <unistd.h>

#include "emulator/base/die.h"
#include "emulator/base/strbuf.h"
#include "harness/unit_tests.h"

enum { ADD, FIND, LIST, REMOVE, ADD_RETURNING };

static const char *const shop_sql[] = {
    [ADD] = "INSERT INTO shop_item (name, price, picture) VALUES (?1, ?2, ?3)",
    [FIND] = "SELECT name, price, picture FROM shop_item WHERE name = ?1",
    [LIST] = "SELECT name FROM shop_item ORDER BY name",
    [REMOVE] = "DELETE FROM shop_item WHERE name = ?1",
    [ADD_RETURNING] = "INSERT INTO shop_item (name, price) VALUES (?1, ?2) RETURNING name",
};

static const struct store_module shop = {
    .name = "shop",
    .schema = "CREATE TABLE shop_item (name TEXT PRIMARY KEY, price INTEGER, picture BLOB) STRICT;",
    .sql = shop_sql,
    .sql_count = sizeof shop_sql / sizeof *shop_sql,
};

static const struct store_module newer_shop = {
    .name = "shop",
    .schema = "CREATE TABLE shop_item (name TEXT PRIMARY KEY, price REAL, picture BLOB) STRICT;",
    .sql = shop_sql,
    .sql_count = sizeof shop_sql / sizeof *shop_sql,
};

static struct store *open_shop(const char *directory) {
    const char *message = NULL;
    struct store *store = store_open(directory, &message);
    CU_ASSERT_PTR_NULL(message);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_add_module(store, &shop);
    CU_ASSERT_PTR_NULL(store_problem(store));
    return store;
}

static bool add(struct store *store, const char *name, int64_t price) {
    struct statement *statement = store_statement(store, &shop, ADD);
    statement_bind_string(statement, 1, name);
    statement_bind_int64(statement, 2, price);
    return statement_run_unique(statement);
}

static bool has(struct store *store, const char *name) {
    struct statement *statement = store_statement(store, &shop, FIND);
    statement_bind_string(statement, 1, name);
    bool found = statement_step(statement);
    statement_reset(statement);
    return found;
}

static int count(struct store *store) {
    int rows = 0;
    struct statement *statement = store_statement(store, &shop, LIST);
    while (statement_step(statement)) {
        rows++;
    }
    return rows;
}

static char *make_directory(void) {
    char *path = xstrdup("/tmp/stackrig-store-test-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(path));
    return path;
}

static void remove_directory(char *path) {
    static const char *const names[] = {"stackrig.db", "stackrig.db-wal", "stackrig.db-shm",
                                        "stackrig.db-journal"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *file = NULL;
        CU_ASSERT(asprintf(&file, "%s/%s", path, names[i]) > 0);
        unlink(file);
        free(file);
    }
    CU_ASSERT_EQUAL(rmdir(path), 0);
    free(path);
}

static void values_come_back(void) {
    struct store *store = open_shop(NULL);
    struct statement *statement = store_statement(store, &shop, ADD);
    statement_bind_text(statement, 1, (struct text){"a\0b", 3});
    statement_bind_int64(statement, 2, INT64_MIN);
    statement_bind_blob(statement, 3, TEXT(""));
    statement_run(statement);
    CU_ASSERT_EQUAL(store_changes(store), 1);

    statement = store_statement(store, &shop, FIND);
    statement_bind_text(statement, 1, (struct text){"a\0b", 3});
    CU_ASSERT_FATAL(statement_step(statement));
    CU_ASSERT(text_same(statement_text(statement, 0), (struct text){"a\0b", 3}));
    CU_ASSERT_EQUAL(statement_int64(statement, 1), INT64_MIN);
    CU_ASSERT_PTR_NOT_NULL(statement_text(statement, 2).data);
    CU_ASSERT_EQUAL(statement_text(statement, 2).size, 0);
    CU_ASSERT_FALSE(statement_is_null(statement, 2));
    CU_ASSERT_FALSE(statement_step(statement));
    store_close(store);
}

static void absent_values_are_null(void) {
    struct store *store = open_shop(NULL);
    struct arena *arena = arena_open();
    CU_ASSERT(add(store, "lamp", 5)); /* picture is not bound, so it is NULL again */
    struct statement *statement = store_statement(store, &shop, FIND);
    statement_bind_string(statement, 1, "lamp");
    CU_ASSERT_FATAL(statement_step(statement));
    CU_ASSERT_PTR_NULL(statement_text(statement, 2).data);
    CU_ASSERT_PTR_NULL(statement_string(statement, 2, arena));
    CU_ASSERT_STRING_EQUAL(statement_string(statement, 0, arena), "lamp");
    arena_close(arena);
    store_close(store);
}

static void a_second_row_of_the_same_key_is_refused(void) {
    struct store *store = open_shop(NULL);
    CU_ASSERT(add(store, "lamp", 5));
    CU_ASSERT_FALSE(add(store, "lamp", 6));
    CU_ASSERT(add(store, "chair", 7)); /* the transaction goes on */
    store_commit(store);
    CU_ASSERT_EQUAL(count(store), 2);
    store_close(store);
}

static void reading_begins_no_transaction_and_writing_does(void) {
    struct store *store = open_shop(NULL);
    CU_ASSERT_FALSE(has(store, "lamp"));
    CU_ASSERT_FALSE(store_in_transaction(store));
    add(store, "lamp", 5);
    CU_ASSERT(store_in_transaction(store));
    store_rollback(store);
    CU_ASSERT_FALSE(store_in_transaction(store));
    CU_ASSERT_FALSE(has(store, "lamp"));
    add(store, "lamp", 5);
    store_commit(store);
    store_rollback(store);
    CU_ASSERT(has(store, "lamp"));
    store_close(store);
}

static void a_reader_left_in_the_middle_does_not_stop_the_commit(void) {
    struct store *store = open_shop(NULL);
    add(store, "lamp", 5);
    add(store, "chair", 6);
    struct statement *list = store_statement(store, &shop, LIST);
    CU_ASSERT(statement_step(list));
    struct statement *adding = store_statement(store, &shop, ADD_RETURNING);
    statement_bind_string(adding, 1, "table");
    CU_ASSERT(statement_step(adding));
    store_commit(store);
    CU_ASSERT_EQUAL(count(store), 3);
    store_close(store);
}

static void erasing_empties_every_table(void) {
    struct store *store = open_shop(NULL);
    add(store, "lamp", 5);
    store_commit(store);
    add(store, "chair", 5);
    store_erase(store);
    CU_ASSERT_EQUAL(count(store), 0);
    CU_ASSERT(add(store, "lamp", 5));
    store_commit(store);
    CU_ASSERT_EQUAL(count(store), 1);
    store_close(store);
}

/* A shop that holds one row back. */
struct held_row {
    struct store *store;
    const char *name;
    int written;
};

static void write_held_row(void *argument) {
    struct held_row *row = argument;
    row->written++;
    CU_ASSERT(add(row->store, row->name, 1));
}

static void hold(struct held_row *row) {
    store_hold_rows(row->store, &shop, write_held_row, row);
}

static void held_rows_are_written_before_anybody_reads(void) {
    struct held_row row = {.store = open_shop(NULL), .name = "cup"};
    CU_ASSERT(add(row.store, "bowl", 1));
    store_commit(row.store);
    hold(&row);
    struct statement *beside = store_statement_beside_held_rows(row.store, &shop, FIND);
    statement_bind_string(beside, 1, "cup");
    CU_ASSERT_FALSE(statement_step(beside));
    CU_ASSERT_EQUAL(row.written, 0);
    CU_ASSERT_EQUAL(count(row.store), 2);
    CU_ASSERT_EQUAL(row.written, 1);
    CU_ASSERT_EQUAL(count(row.store), 2);
    CU_ASSERT_EQUAL(row.written, 1);
    store_close(row.store);
}

static void held_rows_outlive_the_turn_that_had_them_written(void) {
    struct held_row row = {.store = open_shop(NULL), .name = "cup"};
    hold(&row);
    CU_ASSERT(add(row.store, "bowl", 1));
    store_rollback(row.store);
    CU_ASSERT(has(row.store, "cup"));
    CU_ASSERT_FALSE(has(row.store, "bowl"));
    store_close(row.store);
}

static void held_rows_are_in_a_snapshot_and_gone_after_erasing(void) {
    struct held_row row = {.store = open_shop(NULL), .name = "cup"};
    hold(&row);
    size_t size;
    void *snapshot = store_snapshot(row.store, &size);
    CU_ASSERT_EQUAL(row.written, 1);
    row.name = "jug";
    hold(&row);
    store_erase(row.store);
    CU_ASSERT_EQUAL(count(row.store), 0);
    CU_ASSERT_EQUAL(row.written, 1);
    CU_ASSERT(store_restore(row.store, snapshot, size));
    CU_ASSERT(has(row.store, "cup"));
    free(snapshot);
    store_close(row.store);
}

static void held_rows_are_written_when_the_store_closes(void) {
    char *directory = make_directory();
    struct held_row row = {.store = open_shop(directory), .name = "cup"};
    hold(&row);
    store_close(row.store);
    CU_ASSERT_EQUAL(row.written, 1);
    struct store *again = open_shop(directory);
    CU_ASSERT(has(again, "cup"));
    store_close(again);
    remove_directory(directory);
}

static void whatever_changes_a_table_is_counted(void) {
    struct store *store = open_shop(NULL);
    CU_ASSERT(add(store, "cup", 1));
    store_commit(store);
    size_t size;
    void *snapshot = store_snapshot(store, &size);
    uint64_t before = store_module_changes(store, &shop);
    CU_ASSERT(has(store, "cup"));
    store_commit(store);
    CU_ASSERT_EQUAL(store_module_changes(store, &shop), before);
    CU_ASSERT(add(store, "bowl", 1));
    uint64_t written = store_module_changes(store, &shop);
    CU_ASSERT_NOT_EQUAL(written, before);
    store_rollback(store);
    uint64_t undone = store_module_changes(store, &shop);
    CU_ASSERT(undone != written && undone != before);
    store_erase(store);
    uint64_t erased = store_module_changes(store, &shop);
    CU_ASSERT_NOT_EQUAL(erased, undone);
    CU_ASSERT(store_restore(store, snapshot, size));
    CU_ASSERT_NOT_EQUAL(store_module_changes(store, &shop), erased);
    free(snapshot);
    store_close(store);
}

static void a_snapshot_brings_everything_back(void) {
    struct store *store = open_shop(NULL);
    add(store, "lamp", 5);
    size_t size;
    void *snapshot = store_snapshot(store, &size);
    add(store, "chair", 5);
    struct statement *statement = store_statement(store, &shop, REMOVE);
    statement_bind_string(statement, 1, "lamp");
    statement_run(statement);
    store_commit(store);
    CU_ASSERT(store_restore(store, snapshot, size));
    CU_ASSERT(has(store, "lamp"));
    CU_ASSERT_FALSE(has(store, "chair"));
    CU_ASSERT(add(store, "chair", 5));
    store_commit(store);
    CU_ASSERT_EQUAL(count(store), 2);
    free(snapshot);
    store_close(store);
}

static void a_snapshot_moves_between_memory_and_file(void) {
    char *directory = make_directory();
    struct store *file = open_shop(directory);
    struct store *memory = open_shop(NULL);
    size_t size;
    add(file, "lamp", 5);
    void *snapshot = store_snapshot(file, &size);
    CU_ASSERT(store_restore(memory, snapshot, size));
    CU_ASSERT(has(memory, "lamp"));
    free(snapshot);
    add(memory, "chair", 6);
    snapshot = store_snapshot(memory, &size);
    CU_ASSERT(store_restore(file, snapshot, size));
    CU_ASSERT_EQUAL(count(file), 2);
    free(snapshot);
    store_close(memory);
    store_close(file);
    file = open_shop(directory);
    CU_ASSERT_EQUAL(count(file), 2);
    store_close(file);
    remove_directory(directory);
}

static void bytes_that_are_no_snapshot_change_nothing(void) {
    struct store *store = open_shop(NULL);
    add(store, "lamp", 5);
    store_commit(store);
    char junk[9000];
    memset(junk, 'x', sizeof junk);
    CU_ASSERT_FALSE(store_restore(store, junk, sizeof junk));
    CU_ASSERT_FALSE(store_restore(store, "", 0));
    size_t size;
    char *snapshot = store_snapshot(store, &size);
    memset(snapshot + size - 8192, 0xA5, 8192);
    CU_ASSERT_FALSE(store_restore(store, snapshot, size));
    CU_ASSERT(has(store, "lamp"));
    free(snapshot);
    store_close(store);
}

static void a_snapshot_of_another_schema_is_refused(void) {
    const char *message;
    char *directory = make_directory();
    struct store *other = store_open(directory, &message); /* in a file the tables are made at once */
    store_add_module(other, &newer_shop);
    size_t size;
    void *snapshot = store_snapshot(other, &size);
    struct store *store = open_shop(NULL);
    CU_ASSERT_FALSE(store_restore(store, snapshot, size));
    free(snapshot);
    store_close(store);
    store_close(other);
    remove_directory(directory);
}

static void tables_made_in_a_turn_that_fails_are_made_again(void) {
    struct store *store = open_shop(NULL);
    add(store, "lamp", 5); /* the first use: tables and row in one transaction */
    store_rollback(store);
    CU_ASSERT_FALSE(has(store, "lamp"));
    add(store, "chair", 5);
    store_commit(store);
    CU_ASSERT(has(store, "chair"));
    store_close(store);
}

static void a_file_keeps_what_was_committed(void) {
    char *directory = make_directory();
    struct store *store = open_shop(directory);
    add(store, "lamp", 5);
    store_commit(store);
    add(store, "chair", 5);
    store_rollback(store);
    store_close(store);
    store = open_shop(directory);
    CU_ASSERT(has(store, "lamp"));
    CU_ASSERT_FALSE(has(store, "chair"));
    store_close(store);
    remove_directory(directory);
}

static void missing_directories_are_made(void) {
    char *directory = make_directory();
    char *inner = NULL;
    CU_ASSERT(asprintf(&inner, "%s/a", directory) > 0);
    char *innermost = NULL;
    CU_ASSERT(asprintf(&innermost, "%s/b", inner) > 0);
    store_close(open_shop(innermost));
    remove_directory(innermost);
    CU_ASSERT_EQUAL(rmdir(inner), 0);
    free(inner);
    remove_directory(directory);
}

static void expect_refusal(const char *directory, const char *reason) {
    const char *message = NULL;
    CU_ASSERT_PTR_NULL(store_open(directory, &message));
    CU_ASSERT_PTR_NOT_NULL_FATAL(message);
    CU_ASSERT_PTR_NOT_NULL(strstr(message, directory));
    CU_ASSERT_PTR_NOT_NULL(strstr(message, reason));
    free((void *)(uintptr_t)message);
}

static void a_directory_in_use_is_refused(void) {
    char *directory = make_directory();
    struct store *store = open_shop(directory);
    expect_refusal(directory, "in use by another process");
    add(store, "lamp", 5);
    store_commit(store);
    store_close(store);
    remove_directory(directory);
}

static void a_directory_that_is_a_file_is_refused(void) {
    char path[] = "/tmp/stackrig-store-test-XXXXXX";
    int descriptor = mkstemp(path);
    CU_ASSERT_FATAL(descriptor >= 0);
    close(descriptor);
    expect_refusal(path, "cannot be used as data directory");
    unlink(path);
    expect_refusal("/proc/stackrig", "cannot be used as data directory");
}

static void foreign_files_are_refused(void) {
    char *directory = make_directory();
    char *file = NULL;
    CU_ASSERT(asprintf(&file, "%s/stackrig.db", directory) > 0);
    FILE *stream = fopen(file, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    for (int i = 0; i < 2000; i++) {
        fputs("no database ", stream);
    }
    fclose(stream);
    expect_refusal(directory, "not a database of stackrig");
    free(file);
    remove_directory(directory);
}

static void other_databases_are_left_alone(void) {
    char *directory = make_directory();
    char *file = NULL;
    CU_ASSERT(asprintf(&file, "%s/stackrig.db", directory) > 0);
    sqlite3 *other;
    CU_ASSERT_EQUAL_FATAL(sqlite3_open(file, &other), SQLITE_OK);
    CU_ASSERT_EQUAL(sqlite3_exec(other, "CREATE TABLE theirs (a); PRAGMA user_version = 7", NULL, NULL, NULL),
                    SQLITE_OK);
    sqlite3_close(other);
    char before[100] = "";
    char after[100] = "";
    FILE *stream = fopen(file, "r");
    CU_ASSERT_EQUAL(fread(before, 1, sizeof before, stream), sizeof before);
    expect_refusal(directory, "not a database of stackrig");
    rewind(stream);
    CU_ASSERT_EQUAL(fread(after, 1, sizeof after, stream), sizeof after);
    CU_ASSERT_EQUAL(memcmp(before, after, sizeof before), 0);
    fclose(stream);
    free(file);
    remove_directory(directory);
}

static void tables_of_another_version_are_reported(void) {
    char *directory = make_directory();
    store_close(open_shop(directory));
    const char *message;
    struct store *store = store_open(directory, &message);
    store_add_module(store, &newer_shop);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store_problem(store));
    CU_ASSERT_PTR_NOT_NULL(strstr(store_problem(store), "tables of shop"));
    store_close(store);
    remove_directory(directory);
}

void store_test(void) {
    unit_test("bound values come back, NUL bytes and empty blobs too", values_come_back);
    unit_test("absent and unbound values are NULL", absent_values_are_null);
    unit_test("a second row of the same key is refused", a_second_row_of_the_same_key_is_refused);
    unit_test("a transaction begins with the first write", reading_begins_no_transaction_and_writing_does);
    unit_test("statements left in the middle do not stop a commit",
              a_reader_left_in_the_middle_does_not_stop_the_commit);
    unit_test("erasing empties every table", erasing_empties_every_table);
    unit_test("rows held back are written before anybody reads", held_rows_are_written_before_anybody_reads);
    unit_test("rows held back stay when the turn that had them written fails",
              held_rows_outlive_the_turn_that_had_them_written);
    unit_test("rows held back are in a snapshot, and gone after erasing",
              held_rows_are_in_a_snapshot_and_gone_after_erasing);
    unit_test("rows held back are written when the store closes",
              held_rows_are_written_when_the_store_closes);
    unit_test("whatever may change a table is counted", whatever_changes_a_table_is_counted);
    unit_test("a snapshot brings everything back", a_snapshot_brings_everything_back);
    unit_test("a snapshot moves between memory and file", a_snapshot_moves_between_memory_and_file);
    unit_test("bytes that are no snapshot change nothing", bytes_that_are_no_snapshot_change_nothing);
    unit_test("tables made in a turn that fails are made again",
              tables_made_in_a_turn_that_fails_are_made_again);
    unit_test("a snapshot of another schema is refused", a_snapshot_of_another_schema_is_refused);
    unit_test("a file keeps what was committed", a_file_keeps_what_was_committed);
    unit_test("missing directories are made", missing_directories_are_made);
    unit_test("a data directory in use is refused", a_directory_in_use_is_refused);
    unit_test("a data directory that is none is refused", a_directory_that_is_a_file_is_refused);
    unit_test("foreign files are refused", foreign_files_are_refused);
    unit_test("other people's databases are left alone", other_databases_are_left_alone);
    unit_test("tables of another version are reported", tables_of_another_version_are_reported);
}
