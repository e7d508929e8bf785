/* `stackrig env`: shell lines that point AWS clients at a running emulator. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/client_environment.h"
#include "harness/command.h"
#include "harness/control_client.h"
#include "harness/file_text.h"

struct env_flags {
    int64_t port;
    const char *endpoint;
    bool no_preload;
    bool unset;
};

static const struct option_row rows[] = {
    {"--port", 'p', OPTION_INTEGER, offsetof(struct env_flags, port), "N",
     "the emulator's port, 4566 if not given", 1, 65535, NULL},
    {"--endpoint", 0, OPTION_STRING, offsetof(struct env_flags, endpoint), "URL", "the emulator's address", 0,
     0, NULL},
    {"--no-preload", 0, OPTION_FLAG, offsetof(struct env_flags, no_preload), NULL,
     "without LD_PRELOAD; clients then need to know AWS_ENDPOINT_URL", 0, 0, NULL},
    {"--unset", 0, OPTION_FLAG, offsetof(struct env_flags, unset), NULL, "print the lines that take it back",
     0, 0, NULL},
    {0},
};

const struct option_set env_options = {
    "env",
    "eval \"$(stackrig env [flags])\"",
    "Prints export lines: endpoint, dummy credentials, Region, CA bundle, and a preloaded library that "
    "leads\n"
    "clients without AWS_ENDPOINT_URL (AWS CLI before 2.13, boto3 before 1.28, JavaScript v2) to it as well.",
    rows,
    NULL,
    false};

/* In single quotes, for any POSIX shell. */
static void print_quoted(const char *value) {
    putchar('\'');
    for (const char *c = value; *c; c++) {
        if (*c == '\'') {
            fputs("'\\''", stdout);
        } else {
            putchar(*c);
        }
    }
    putchar('\'');
}

static void print_entries(const struct environment_entry *entries, bool unset) {
    for (const struct environment_entry *entry = entries; entry->name; entry++) {
        if (unset || !entry->value) {
            printf("unset %s\n", entry->name);
        } else {
            printf("export %s=", entry->name);
            print_quoted(entry->value);
            putchar('\n');
        }
    }
}

static const char *string_of(struct arena *arena, const json_t *health, const char *name) {
    const char *value = json_string_value(json_object_get(health, name));
    return value ? arena_strdup(arena, value) : NULL;
}

/*
 * The preloaded library as it lies beside the program, if it does: unlike the copy of the running emulator it
 * stays when that ends, and the shell's commands do not complain. NULL: there is none.
 */
static const char *library_beside_program(struct arena *arena) {
    static const char *const places[] = {"libstackrig.so", "../libstackrig.so",
                                         "../lib/stackrig/libstackrig.so"};
    char program[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
    if (size <= 0) {
        return NULL;
    }
    program[size] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char *full = realpath(path_beside(arena, program, places[i]), NULL);
        const char *copy = full ? arena_strdup(arena, full) : NULL;
        free(full);
        if (copy) {
            return copy;
        }
    }
    return NULL;
}

static int print_environment(struct arena *arena, const struct env_flags *flags) {
    struct environment_entry entries[CLIENT_ENVIRONMENT_ENTRIES];
    if (flags->unset) {
        struct emulator_facts facts = {.endpoint = "", .ca_file = "", .interposer = "", .region = ""};
        client_environment(arena, &facts, entries);
        print_entries(entries, true);
        return EXIT_PASSED;
    }
    const char *endpoint = control_endpoint(arena, flags->endpoint, flags->port, false);
    int status = 0;
    const char *problem = NULL;
    json_t *health = control_get(arena, endpoint, "/_stackrig/health", &status, &problem);
    const char *ca_file = string_of(arena, health, "ca_file");
    if (!ca_file) {
        fprintf(stderr, "stackrig env: no emulator answers at %s: %s\nStart one with 'stackrig serve'.\n",
                endpoint, problem ? problem : "its health names no CA file");
        json_decref(health);
        return EXIT_FAILED;
    }
    const char *library = library_beside_program(arena);
    struct emulator_facts facts = {
        .endpoint = endpoint,
        .tls_port = (int)json_integer_value(json_object_get(health, "tls_port")),
        .ca_file = ca_file,
        .interposer = flags->no_preload ? NULL
                      : library         ? library
                                        : string_of(arena, health, "interposer"),
        .region = string_of(arena, health, "region"),
    };
    facts.region = facts.region ? facts.region : "us-east-1";
    client_environment(arena, &facts, entries);
    print_entries(entries, false);
    json_decref(health);
    return EXIT_PASSED;
}

int env_command(int argc, char **argv) {
    struct env_flags flags = {.port = -1};
    int rest = 0;
    enum options_outcome outcome = options_parse(&env_options, &flags, argc, argv, &rest);
    if (outcome != OPTIONS_GOOD) {
        return outcome == OPTIONS_HELP ? EXIT_PASSED : EXIT_BAD_INPUT;
    }
    struct arena *arena = arena_open();
    int status = print_environment(arena, &flags);
    arena_close(arena);
    return status;
}
