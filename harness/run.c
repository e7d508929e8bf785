/* `stackrig run -- CMD`: an emulator for the life of one command. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emulator/base/die.h"
#include "emulator/io/process.h"
#include "harness/client_environment.h"
#include "harness/command.h"
#include "harness/emulator_options.h"
#include "harness/orphans.h"

extern char **environ;

/* What a shell answers for a command it cannot find, or cannot run. */
enum { EXIT_NOT_RUNNABLE = 126, EXIT_NOT_FOUND = 127, EXIT_SIGNAL_BASE = 128 };

struct run_flags {
    struct emulator_flags emulator;
    bool no_preload;
};

#define EMULATOR_FLAG(field) (offsetof(struct run_flags, emulator) + offsetof(struct emulator_flags, field))

static const struct option_row rows[] = {
    {"--port", 'p', OPTION_INTEGER, EMULATOR_FLAG(port), "N", "listen there; a free port if not given", 0,
     65535, NULL},
    {"--data-dir", 0, OPTION_STRING, EMULATOR_FLAG(data_directory), "DIR", "keep the state there", 0, 0,
     NULL},
    {"--account", 0, OPTION_STRING, EMULATOR_FLAG(account), "ID", "account of callers that name none", 0, 0,
     NULL},
    {"--region", 0, OPTION_STRING, EMULATOR_FLAG(region), "NAME", "Region of callers that name none", 0, 0,
     NULL},
    {"--clock", 0, OPTION_STRING, EMULATOR_FLAG(clock), "real|virtual",
     "virtual: waiting time is jumped over when nothing is at work", 0, 0, clock_choices},
    {"--seed", 0, OPTION_INTEGER, EMULATOR_FLAG(seed), "N", "the same ids and chances in every run", 0,
     INT64_MAX, NULL},
    {"--faults", 0, OPTION_STRING, EMULATOR_FLAG(faults), "FILE", "fault rules to start with", 0, 0, NULL},
    {"--no-preload", 0, OPTION_FLAG, offsetof(struct run_flags, no_preload), NULL, "without LD_PRELOAD", 0, 0,
     NULL},
    {0},
};

const struct option_set run_options = {
    "run",
    "stackrig run [flags] -- COMMAND [ARGUMENTS...]",
    "Starts an emulator on a free port, runs the command with the environment that 'stackrig env' prints, "
    "and\n"
    "ends with the command's exit status (128 + N when signal N ended it). Nothing is left behind.",
    rows,
    "-- COMMAND [ARGUMENTS...]",
    true};

struct command_run {
    struct emulator *emulator;
    pid_t process;
    int status; /* as of waitpid() */
};

/* Ctrl-C reaches the command by itself; what was sent to us alone is handed on. Its end is ours. */
static void signalled(void *argument, int signal_number, bool typed) {
    struct command_run *run = argument;
    if (!typed && run->process > 0) {
        kill(run->process, signal_number);
    }
}

static void command_ended(void *argument, int events) {
    struct command_run *run = argument;
    (void)events;
    if (waitpid(run->process, &run->status, WNOHANG) == run->process) {
        emulator_stop(run->emulator);
    }
}

static bool names_entry(const char *assignment, const struct environment_entry *entry) {
    size_t size = strlen(entry->name);
    return strncmp(assignment, entry->name, size) == 0 && assignment[size] == '=';
}

/* Our environment with the entries replaced; in the arena. */
static char **merged_environment(struct arena *arena, const struct environment_entry *entries) {
    size_t count = 0;
    while (environ[count]) {
        count++;
    }
    char **merged = arena_alloc(arena, (count + CLIENT_ENVIRONMENT_ENTRIES + 1) * sizeof *merged);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool replaced = false;
        for (const struct environment_entry *entry = entries; entry->name; entry++) {
            replaced = replaced || names_entry(environ[i], entry);
        }
        if (!replaced) {
            merged[kept++] = environ[i];
        }
    }
    for (const struct environment_entry *entry = entries; entry->name; entry++) {
        if (entry->value) {
            merged[kept++] = arena_printf(arena, "%s=%s", entry->name, entry->value);
        }
    }
    merged[kept] = NULL;
    return merged;
}

static int start_command(struct arena *arena, struct command_run *run, char **command, bool preload) {
    struct emulator *emulator = run->emulator;
    struct emulator_facts facts = {
        .endpoint = emulator_endpoint(emulator),
        .tls_port = emulator_tls_port(emulator),
        .ca_file = emulator_ca_file(emulator),
        .interposer = preload ? emulator_interposer_file(emulator) : NULL,
        .region = emulator_default_region(emulator),
    };
    struct environment_entry entries[CLIENT_ENVIRONMENT_ENTRIES];
    client_environment(arena, &facts, entries);
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    int error = posix_spawnp(&run->process, command[0], NULL, &attributes, command,
                             merged_environment(arena, entries));
    posix_spawnattr_destroy(&attributes);
    return error;
}

/* Serves until the command has ended; its status as a shell would give it. */
static int serve_command_until_end(struct command_run *run) {
    int descriptor = (int)syscall(SYS_pidfd_open, run->process, 0);
    if (descriptor < 0) {
        die("pidfd_open: %s", strerror(errno));
    }
    struct signal_watch watch;
    signals_watch(&watch, run->emulator, signalled, run);
    struct loop_source *source =
        loop_watch(emulator_loop(run->emulator), descriptor, LOOP_READABLE, command_ended, run);
    emulator_run(run->emulator);
    loop_unwatch(source);
    signals_unwatch(&watch);
    close(descriptor);
    return WIFSIGNALED(run->status) ? EXIT_SIGNAL_BASE + WTERMSIG(run->status) : WEXITSTATUS(run->status);
}

/* Handlers end with the emulator. */
static bool is_handler(void *argument, pid_t child) {
    (void)argument;
    return process_is_known(child);
}

static bool nobody(void *argument, pid_t child) {
    (void)argument;
    (void)child;
    return false;
}

int run_command(int argc, char **argv) {
    struct run_flags flags = {.emulator = EMULATOR_FLAGS_INIT};
    flags.emulator.port = 0;
    int rest = 0;
    enum options_outcome outcome = options_parse(&run_options, &flags, argc, argv, &rest);
    if (outcome != OPTIONS_GOOD) {
        return outcome == OPTIONS_HELP ? EXIT_PASSED : EXIT_BAD_INPUT;
    }
    if (rest >= argc) {
        fputs("stackrig run: name a command, for example 'stackrig run -- pytest tests/'\n", stderr);
        return EXIT_BAD_INPUT;
    }
    signals_block();
    orphans_adopt();
    struct command_run run = {.emulator = emulator_open_from_flags("run", &flags.emulator)};
    if (!run.emulator) {
        return EXIT_BAD_INPUT;
    }
    struct arena *arena = arena_open();
    int error = start_command(arena, &run, argv + rest, !flags.no_preload);
    int status;
    if (error) {
        fprintf(stderr, "stackrig run: cannot run '%s': %s\n", argv[rest], strerror(error));
        status = error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUNNABLE;
    } else {
        status = serve_command_until_end(&run);
    }
    /* What the command has left running would talk to nobody, and miss the preloaded library. */
    orphans_end(is_handler, NULL);
    emulator_close(run.emulator);
    orphans_end(nobody, NULL);
    arena_close(arena);
    return status;
}
