#include "services/lambda/interpreter.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/unit_tests.h"

static char root[] = "/tmp/interpreter_test.XXXXXX";

/* A file that looks like a program, or like a script. */
static void make(struct arena *arena, const char *path, const char *content) {
    int descriptor = open(arena_printf(arena, "%s/%s", root, path), O_WRONLY | O_CREAT | O_TRUNC, 0755);
    CU_ASSERT_FATAL(descriptor >= 0);
    CU_ASSERT(write(descriptor, content, strlen(content)) == (ssize_t)strlen(content));
    close(descriptor);
}

static void drop(struct arena *arena, const char *path) {
    unlink(arena_printf(arena, "%s/%s", root, path));
}

static const char *found(struct arena *arena, const char *runtime) {
    const char *path = arena_printf(arena, "relative:%s/shims:%s/bin", root, root);
    const char *program = interpreter_find(arena, runtime, path, root);
    return program ? program + strlen(root) : "nothing";
}

static void programs_are_chosen(void) {
    static const char *const folders[] = {
        "shims", "bin", ".pyenv", ".pyenv/versions", ".pyenv/versions/3.8.18", ".pyenv/versions/3.8.18/bin"};
    static const char *const files[] = {"shims/python3.11", "bin/python3.11", "bin/node",
                                        ".pyenv/versions/3.8.18/bin/python3.8"};
    struct arena *arena = arena_open();
    memcpy(root + strlen(root) - 6, "XXXXXX", 6);
    CU_ASSERT_FATAL(mkdtemp(root) != NULL);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        CU_ASSERT(mkdir(arena_printf(arena, "%s/%s", root, folders[i]), 0755) == 0);
    }
    make(arena, files[0], "#!/bin/sh\n");
    for (size_t i = 1; i < sizeof files / sizeof files[0]; i++) {
        make(arena, files[i], "\177ELF and so on");
    }
    CU_ASSERT_STRING_EQUAL(found(arena, "python3.11"), "/bin/python3.11");
    CU_ASSERT_STRING_EQUAL(found(arena, "python3.13"), "/bin/python3.11");
    CU_ASSERT_STRING_EQUAL(found(arena, "python3.8"), "/.pyenv/versions/3.8.18/bin/python3.8");
    CU_ASSERT_STRING_EQUAL(found(arena, "python3.9"), "/.pyenv/versions/3.8.18/bin/python3.8");
    CU_ASSERT_STRING_EQUAL(found(arena, "python2.7"), "nothing");
    CU_ASSERT_STRING_EQUAL(found(arena, "nodejs20.x"), "/bin/node");
    CU_ASSERT_STRING_EQUAL(found(arena, "java21"), "nothing");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        drop(arena, files[i]);
    }
    for (size_t i = sizeof folders / sizeof folders[0]; i-- > 0;) {
        rmdir(arena_printf(arena, "%s/%s", root, folders[i]));
    }
    rmdir(root);
    arena_close(arena);
}

void interpreter_test(void);
void interpreter_test(void) {
    unit_test("the exact interpreter, else the nearest; real programs before shims", programs_are_chosen);
}
