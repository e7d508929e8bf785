#include "services/lambda/zip_archive.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/unit_tests.h"

static bool read_back(const char *directory, const char *name, char *content, size_t size) {
    int root = open(directory, O_DIRECTORY | O_RDONLY);
    int descriptor = openat(root, name, O_RDONLY);
    ssize_t got = descriptor >= 0 ? read(descriptor, content, size - 1) : -1;
    content[got > 0 ? got : 0] = 0;
    close(descriptor);
    unlinkat(root, name, 0);
    close(root);
    return got >= 0;
}

static void made_archives_unpack(void) {
    struct arena *arena = arena_open();
    const struct zip_file files[] = {{"index.py", TEXT("print(1)\n")}, {"empty.txt", TEXT("")}};
    struct text zip = zip_archive_make(arena, files, 2);
    CU_ASSERT_FATAL(zip.data != NULL);
    int64_t bytes = 0;
    CU_ASSERT_EQUAL(zip_archive_check(zip, &bytes), ZIP_GOOD);
    CU_ASSERT_EQUAL(bytes, 9);
    struct text again = zip_archive_make(arena, files, 2);
    CU_ASSERT(text_same(zip, again));

    char directory[] = "/tmp/zip_archive_test.XXXXXX";
    CU_ASSERT_FATAL(mkdtemp(directory) != NULL);
    char content[32];
    CU_ASSERT(zip_archive_unpack(zip, directory));
    CU_ASSERT(read_back(directory, "index.py", content, sizeof content));
    CU_ASSERT_STRING_EQUAL(content, "print(1)\n");
    CU_ASSERT(read_back(directory, "empty.txt", content, sizeof content));
    rmdir(directory);
    arena_close(arena);
}

static void paths_that_lead_out_are_broken(void) {
    static const char *const names[] = {"../evil", "/etc/evil", "a/../../evil", "a\\..\\evil"};
    struct arena *arena = arena_open();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct zip_file file = {names[i], TEXT("x")};
        struct text zip = zip_archive_make(arena, &file, 1);
        CU_ASSERT_FATAL(zip.data != NULL);
        CU_ASSERT_EQUAL(zip_archive_check(zip, NULL), ZIP_BROKEN);
        CU_ASSERT_FALSE(zip_archive_unpack(zip, "/tmp"));
    }
    arena_close(arena);
}

static void rubbish_is_broken(void) {
    CU_ASSERT_EQUAL(zip_archive_check(TEXT("this is not zipped"), NULL), ZIP_BROKEN);
    CU_ASSERT_EQUAL(zip_archive_check(TEXT(""), NULL), ZIP_EMPTY);
    struct arena *arena = arena_open();
    const struct zip_file file = {"index.py",
                                  TEXT("print('a somewhat longer text, a somewhat longer text')\n")};
    struct text zip = zip_archive_make(arena, &file, 1);
    CU_ASSERT_EQUAL(zip_archive_check(text_slice(zip, 0, zip.size - 10), NULL), ZIP_BROKEN);
    char *bent = arena_copy(arena, zip.data, zip.size);
    bent[45] ^= 0x55; /* inside the packed content */
    CU_ASSERT_EQUAL(zip_archive_check((struct text){bent, zip.size}, NULL), ZIP_BROKEN);
    arena_close(arena);
}

void zip_archive_test(void);
void zip_archive_test(void) {
    unit_test("an archive made of files unpacks to them, and is the same each time", made_archives_unpack);
    unit_test("names that lead out of the directory make an archive broken", paths_that_lead_out_are_broken);
    unit_test("rubbish, cut and damaged archives are broken", rubbish_is_broken);
}
