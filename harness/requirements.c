#include "harness/requirements.h"

#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emulator/io/node_modules.h"

extern char **environ;

/* The program's path in PATH, or NULL. */
static const char *find_program(struct arena *arena, const char *name) {
    const char *path = getenv("PATH");
    struct text rest = text_of(path ? path : "/usr/bin:/bin");
    while (rest.data) {
        struct text folder = text_cut(&rest, ':');
        const char *full = arena_printf(arena, "%.*s/%s", TEXT_ARGUMENTS(folder), name);
        if (access(full, X_OK) == 0) {
            return full;
        }
    }
    return NULL;
}

/* Runs a program silently; true when it ends with status 0. */
static bool runs(const char *program, const char *const *arguments) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (int descriptor = 0; descriptor < 3; descriptor++) {
        posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0);
    }
    pid_t child = 0;
    int error = posix_spawn(&child, program, &actions, NULL, (char *const *)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    int status = 1;
    return error == 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* A name in PATH may be a stand-in that cannot run anything (pyenv's shims): it must answer --version. */
static const char *missing_interpreter(struct arena *arena, const char *name) {
    const char *program = find_program(arena, name);
    const char *arguments[] = {name, "--version", NULL};
    return program && runs(program, arguments) ? NULL : arena_printf(arena, "%s is not installed", name);
}

static const char *missing_program(struct arena *arena, const char *name) {
    return find_program(arena, name) ? NULL : arena_printf(arena, "%s is not installed", name);
}

/* The first that is a folder; NULL: none is. */
static const char *first_folder(struct arena *arena, const char *const *candidates, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        if (candidates[i] && stat(candidates[i], &status) == 0 && S_ISDIR(status.st_mode)) {
            char *full = realpath(candidates[i], NULL);
            const char *copy = full ? arena_strdup(arena, full) : NULL;
            free(full);
            return copy;
        }
    }
    return NULL;
}

const char *requirements_node_modules(struct arena *arena) {
    const char *const candidates[] = {"build/clients/node_modules"};
    const char *found = node_modules_find(arena);
    return found ? found : first_folder(arena, candidates, 1);
}

const char *requirements_handlers(struct arena *arena) {
    const char *const candidates[] = {getenv("STACKRIG_HANDLERS"), "build/handlers"};
    return first_folder(arena, candidates, sizeof candidates / sizeof candidates[0]);
}

static const char *missing_handler(struct arena *arena, const char *name) {
    const char *folder = requirements_handlers(arena);
    struct stat status;
    if (folder && stat(arena_printf(arena, "%s/%s", folder, name), &status) == 0) {
        return NULL;
    }
    return arena_printf(arena, "the libraries of handler %s are not installed (make handler-libraries)",
                        name);
}

static const char *missing_node_module(struct arena *arena, const char *name) {
    const char *folder = requirements_node_modules(arena);
    struct stat status;
    if (folder && stat(arena_printf(arena, "%s/%s", folder, name), &status) == 0) {
        return NULL;
    }
    return arena_printf(arena, "the npm package %s is not installed (make test-deps)", name);
}

static const char *missing_all(struct arena *arena, const json_t *names,
                               const char *(*missing)(struct arena *arena, const char *name)) {
    size_t count = json_is_array(names) ? json_array_size(names) : names ? 1 : 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *name = json_is_array(names) ? json_array_get(names, i) : names;
        const char *problem = missing(arena, json_string_value(name));
        if (problem) {
            return problem;
        }
    }
    return NULL;
}

/* {python2.7: [cfnlambda]}: the interpreter must be able to import the modules. */
static const char *missing_python_package(struct arena *arena, const char *interpreter, const json_t *names) {
    const char *problem = missing_interpreter(arena, interpreter);
    size_t count = json_is_array(names) ? json_array_size(names) : 1;
    for (size_t i = 0; i < count && !problem; i++) {
        const char *name = json_string_value(json_is_array(names) ? json_array_get(names, i) : names);
        const char *arguments[] = {interpreter, "-c", arena_printf(arena, "import %s", name), NULL};
        if (!runs(find_program(arena, interpreter), arguments)) {
            problem = arena_printf(arena, "%s has no module %s", interpreter, name);
        }
    }
    return problem;
}

const char *requirements_missing(struct arena *arena, const json_t *requires) {
    const char *problem = missing_all(arena, json_object_get(requires, "interpreters"), missing_interpreter);
    if (!problem) {
        problem = missing_all(arena, json_object_get(requires, "programs"), missing_program);
    }
    if (!problem) {
        problem = missing_all(arena, json_object_get(requires, "node_modules"), missing_node_module);
    }
    if (!problem) {
        problem = missing_all(arena, json_object_get(requires, "handlers"), missing_handler);
    }
    const char *interpreter;
    json_t *names;
    json_object_foreach(json_object_get(requires, "python_packages"), interpreter, names) {
        problem = problem ? problem : missing_python_package(arena, interpreter, names);
    }
    return problem;
}
