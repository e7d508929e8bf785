#include "emulator/io/run_directory.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emulator/base/die.h"
#include "emulator/base/strbuf.h"
#include "harness/unit_tests.h"

/* A parent of its own for each test. */
static char *make_parent(void) {
    char *parent = xstrdup("/tmp/run-directory-test-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(parent));
    return parent;
}

/* Fails when something is left in it. */
static void remove_parent(char *parent) {
    CU_ASSERT_EQUAL(rmdir(parent), 0);
    free(parent);
}

static char *path_in(const char *directory, const char *name) {
    struct strbuf path = STRBUF_INIT;
    strbuf_printf(&path, "%s/%s", directory, name);
    return strbuf_detach(&path);
}

static void add_directory(const char *directory, const char *name, mode_t mode) {
    char *path = path_in(directory, name);
    CU_ASSERT_EQUAL(mkdir(path, mode), 0);
    free(path);
}

static void add_file(const char *directory, const char *name) {
    char *path = path_in(directory, name);
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    CU_ASSERT(descriptor >= 0);
    close(descriptor);
    free(path);
}

static bool is_there(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0;
}

/* As a process that is killed: its lock goes, its files stay. */
static char *die_in(struct run_directory *directory) {
    close(directory->lock);
    return directory->path;
}

static void it_goes_with_its_content(void) {
    char *parent = make_parent();
    struct run_directory directory = RUN_DIRECTORY_NONE;
    CU_ASSERT(run_directory_make(&directory, parent));
    add_directory(directory.path, "deep", 0700);
    char *deep = path_in(directory.path, "deep");
    add_file(deep, "file");
    CU_ASSERT_EQUAL(chmod(deep, 0500), 0);
    free(deep);
    run_directory_remove(&directory);
    CU_ASSERT_PTR_NULL(directory.path);
    remove_parent(parent);
}

static void what_the_dead_left_goes_with_the_next(void) {
    char *parent = make_parent();
    struct run_directory dead = RUN_DIRECTORY_NONE;
    CU_ASSERT(run_directory_make(&dead, parent));
    add_file(dead.path, "file");
    char *left = die_in(&dead);
    struct run_directory next = RUN_DIRECTORY_NONE;
    CU_ASSERT(run_directory_make(&next, parent));
    CU_ASSERT_FALSE(is_there(left));
    free(left);
    run_directory_remove(&next);
    remove_parent(parent);
}

static void the_living_are_left_alone(void) {
    char *parent = make_parent();
    struct run_directory first = RUN_DIRECTORY_NONE;
    struct run_directory second = RUN_DIRECTORY_NONE;
    CU_ASSERT(run_directory_make(&first, parent));
    CU_ASSERT(run_directory_make(&second, parent));
    CU_ASSERT(is_there(first.path));
    run_directory_remove(&first);
    run_directory_remove(&second);
    remove_parent(parent);
}

static void a_forked_child_keeps_it_alive(void) {
    char *parent = make_parent();
    struct run_directory directory = RUN_DIRECTORY_NONE;
    CU_ASSERT(run_directory_make(&directory, parent));
    int inherited = dup(directory.lock); /* the same lock, as a child has it */
    char *path = die_in(&directory);
    struct run_directory next = RUN_DIRECTORY_NONE;
    CU_ASSERT(run_directory_make(&next, parent));
    CU_ASSERT(is_there(path));
    run_directory_remove(&next);
    close(inherited);
    CU_ASSERT(run_directory_make(&next, parent));
    CU_ASSERT_FALSE(is_there(path));
    free(path);
    run_directory_remove(&next);
    remove_parent(parent);
}

static void other_peoples_files_are_left_alone(void) {
    static const char *const names[] = {"stackrig-abcdef", "stackrig-store-test-abcdef", "stackrig"};
    char *parent = make_parent();
    struct run_directory dead = RUN_DIRECTORY_NONE;
    CU_ASSERT(run_directory_make(&dead, parent));
    char *elsewhere = path_in(parent, "elsewhere");
    char *link = path_in(parent, "stackrig-link00");
    char *left = die_in(&dead);
    CU_ASSERT_EQUAL(rename(left, elsewhere), 0); /* only its name is not ours now */
    CU_ASSERT_EQUAL(symlink(elsewhere, link), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        add_directory(parent, names[i], 0700);
    }
    struct run_directory next = RUN_DIRECTORY_NONE;
    CU_ASSERT(run_directory_make(&next, parent));
    run_directory_remove(&next);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = path_in(parent, names[i]);
        CU_ASSERT_EQUAL(rmdir(path), 0);
        free(path);
    }
    CU_ASSERT_EQUAL(unlink(link), 0);
    CU_ASSERT_EQUAL(rename(elsewhere, left), 0);
    CU_ASSERT(run_directory_make(&next, parent));
    run_directory_remove(&next);
    remove_parent(parent);
    free(elsewhere);
    free(link);
    free(left);
}

static void a_parent_that_is_none_is_refused(void) {
    struct run_directory directory = RUN_DIRECTORY_NONE;
    CU_ASSERT_FALSE(run_directory_make(&directory, "/nowhere/at/all"));
    CU_ASSERT_EQUAL(errno, ENOENT);
    CU_ASSERT_PTR_NULL(directory.path);
}

static void a_parent_that_preloading_cannot_name_is_not_taken(void) {
    char *before = getenv("TMPDIR") ? xstrdup(getenv("TMPDIR")) : NULL;
    setenv("TMPDIR", "/tmp/two words", 1);
    CU_ASSERT_STRING_EQUAL(run_directory_parent(), "/tmp");
    setenv("TMPDIR", "/tmp/other", 1);
    CU_ASSERT_STRING_EQUAL(run_directory_parent(), "/tmp/other");
    unsetenv("TMPDIR");
    CU_ASSERT_STRING_EQUAL(run_directory_parent(), "/tmp");
    if (before) {
        setenv("TMPDIR", before, 1);
    }
    free(before);
}

void run_directory_test(void);

void run_directory_test(void) {
    unit_test("a run directory goes with its content", it_goes_with_its_content);
    unit_test("what a killed process left goes with the next start", what_the_dead_left_goes_with_the_next);
    unit_test("directories of living processes are left alone", the_living_are_left_alone);
    unit_test("a forked child keeps the directory alive", a_forked_child_keeps_it_alive);
    unit_test("what is not such a directory is left alone", other_peoples_files_are_left_alone);
    unit_test("a parent that is none is refused", a_parent_that_is_none_is_refused);
    unit_test("a parent that LD_PRELOAD cannot name is not taken",
              a_parent_that_preloading_cannot_name_is_not_taken);
}
