#include "services/lambda/interpreter.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#define NEWEST_MINOR 20

int interpreter_python_minor(const char *runtime) {
    int64_t minor;
    struct text text = text_of(runtime);
    if (!text_starts_with(text, "python3.") || !text_to_int64(text_slice(text, 8, text.size), &minor) ||
        minor < 0 || minor > NEWEST_MINOR) {
        return -1;
    }
    return (int)minor;
}

/* A machine program, not a script that looks for one. */
static bool is_program(const char *path) {
    char head[4] = "";
    int descriptor = access(path, X_OK) == 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (descriptor < 0) {
        return false;
    }
    bool good = read(descriptor, head, sizeof head) == sizeof head && memcmp(head, "\177ELF", 4) == 0;
    close(descriptor);
    return good;
}

static char *find_in_path(struct arena *arena, const char *path, const char *name) {
    struct text rest = text_of(path);
    while (rest.data) {
        struct text directory = text_cut(&rest, ':');
        if (directory.size > 0 && directory.data[0] == '/') {
            char *candidate = arena_printf(arena, "%.*s/%s", TEXT_ARGUMENTS(directory), name);
            if (is_program(candidate)) {
                return candidate;
            }
        }
    }
    return NULL;
}

/* HOME/.pyenv/versions/3.12.1/bin/python3.12: of several patch levels the one whose name sorts last. */
static char *find_in_pyenv(struct arena *arena, const char *home, const char *name) {
    const char *folder = arena_printf(arena, "%s/.pyenv/versions", home ? home : "");
    DIR *versions = home ? opendir(folder) : NULL;
    char *found = NULL;
    char *found_version = NULL;
    for (struct dirent *entry; versions && (entry = readdir(versions));) {
        char *candidate = arena_printf(arena, "%s/%s/bin/%s", folder, entry->d_name, name);
        if (entry->d_name[0] != '.' && is_program(candidate) &&
            (!found || strverscmp(entry->d_name, found_version) > 0)) {
            found = candidate;
            found_version = arena_strdup(arena, entry->d_name);
        }
    }
    if (versions) {
        closedir(versions);
    }
    return found;
}

static char *find_named(struct arena *arena, const char *path, const char *home, const char *name) {
    char *found = find_in_path(arena, path, name);
    return found ? found : find_in_pyenv(arena, home, name);
}

static char *find_python(struct arena *arena, int minor, const char *path, const char *home) {
    for (int distance = 0; distance <= NEWEST_MINOR; distance++) {
        const int candidates[] = {minor + distance, minor - distance};
        for (int i = 0; i < 2; i++) {
            if (candidates[i] < 4) {
                continue;
            }
            char *found = find_named(arena, path, home, arena_printf(arena, "python3.%d", candidates[i]));
            if (found) {
                return found;
            }
        }
    }
    return find_in_path(arena, path, "python3");
}

char *interpreter_find(struct arena *arena, const char *runtime, const char *path, const char *home) {
    int minor = interpreter_python_minor(runtime);
    if (minor >= 0) {
        return find_python(arena, minor, path, home);
    }
    if (strcmp(runtime, "python2.7") == 0) {
        return find_named(arena, path, home, "python2.7");
    }
    if (strncmp(runtime, "nodejs", 6) == 0) {
        return find_in_path(arena, path, "node");
    }
    return NULL;
}
