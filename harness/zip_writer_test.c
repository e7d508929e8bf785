#include "harness/zip_writer.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

static struct text archive(struct zip_writer *writer) {
    zip_writer_add(writer, "a.txt", TEXT("hello"), false);
    zip_writer_add(writer, "bin/run", TEXT("#!/bin/sh\n"), true);
    return zip_writer_finish(writer);
}

static void the_same_files_give_the_same_bytes(void) {
    struct zip_writer *first = zip_writer_open();
    struct zip_writer *second = zip_writer_open();
    CU_ASSERT_TRUE(text_same(archive(first), archive(second)));
    zip_writer_close(first);
    zip_writer_close(second);
}

/* Sizes of APPNOTE.TXT: 30 bytes before each file, 46 before each directory entry, 22 at the end. */
static void an_archive_ends_with_its_directory(void) {
    struct zip_writer *writer = zip_writer_open();
    struct text bytes = archive(writer);
    CU_ASSERT_EQUAL(bytes.size, 2 * 30 + 2 * 46 + 2 * (5 + 7) + 5 + 10 + 22);
    CU_ASSERT_TRUE(text_starts_with(bytes, "PK\003\004"));
    CU_ASSERT_TRUE(text_starts_with(text_slice(bytes, bytes.size - 22, 4), "PK\005\006"));
    CU_ASSERT_EQUAL(bytes.data[bytes.size - 12], 2);
    zip_writer_close(writer);
}

static void what_cannot_be_read_is_told(void) {
    struct arena *arena = arena_open();
    struct zip_writer *writer = zip_writer_open();
    const char *message = NULL;
    CU_ASSERT_FALSE(zip_writer_add_path(writer, arena, "/no/such/folder", "", &message));
    CU_ASSERT_STRING_EQUAL(message, "cannot read /no/such/folder: No such file or directory");
    zip_writer_close(writer);
    arena_close(arena);
}

void zip_writer_test(void) {
    unit_test("the same files give the same bytes", the_same_files_give_the_same_bytes);
    unit_test("an archive ends with its directory", an_archive_ends_with_its_directory);
    unit_test("what cannot be read is told", what_cannot_be_read_is_told);
}
