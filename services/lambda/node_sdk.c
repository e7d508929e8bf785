#include "services/lambda/node_sdk.h"

#include <errno.h>
#include <unistd.h>

#include "emulator/io/node_modules.h"
#include "services/lambda/lambda_code.h"

/* The first version that comes with version 3 of the SDK. */
#define FIRST_WITH_MODULES 18

/* What each generation of runtimes supplies, and no more: a dependency that a function forgot to bring along
 * is missing here too. Source: AWS Lambda Developer Guide, "Building Lambda functions with Node.js". */
static const struct sdk_package {
    const char *generation;
    const char *name;
} packages[] = {
    {"sdk2", "aws-sdk"},
    {"sdk3", "@aws-sdk"},
    {"sdk3", "@smithy"},
};

static const char *generation_directory(struct arena *arena, const char *runtime_directory,
                                        const char *generation) {
    return arena_printf(arena, "%s/%s/node_modules", runtime_directory, generation);
}

const char *node_sdk_directory(struct arena *arena, const char *runtime_directory, const char *runtime) {
    struct text rest = text_of(runtime + strlen("nodejs"));
    int64_t major = 0; /* plain "nodejs" is the first of them */
    bool modules = text_to_int64(text_cut(&rest, '.'), &major) && major >= FIRST_WITH_MODULES;
    return generation_directory(arena, runtime_directory, modules ? "sdk3" : "sdk2");
}

/* Links, not copies: Node.js looks for the packages that a package needs beside its real path. */
bool node_sdk_link(struct arena *arena, const char *runtime_directory) {
    const char *found = node_modules_find(arena);
    bool any = false;
    for (size_t i = 0; found && i < sizeof packages / sizeof packages[0]; i++) {
        const char *target = arena_printf(arena, "%s/%s", found, packages[i].name);
        const char *directory = generation_directory(arena, runtime_directory, packages[i].generation);
        const char *link = arena_printf(arena, "%s/%s", directory, packages[i].name);
        if (access(target, F_OK) == 0 && lambda_make_directory(directory)) {
            any = symlink(target, link) == 0 || errno == EEXIST || any;
        }
    }
    return any;
}
