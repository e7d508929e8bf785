/* `stackrig serve`: the emulator as a server, until a signal ends it. */
#include <stdio.h>

#include "harness/command.h"
#include "harness/emulator_options.h"

static const struct option_row rows[] = {
    {"--port", 'p', OPTION_INTEGER, offsetof(struct emulator_flags, port), "N",
     "listen there, 4566 if not given; 0 picks a free port", 0, 65535, NULL},
    {"--host", 0, OPTION_STRING, offsetof(struct emulator_flags, host), "ADDRESS",
     "listen on this address, 127.0.0.1 if not given", 0, 0, NULL},
    {"--data-dir", 0, OPTION_STRING, offsetof(struct emulator_flags, data_directory), "DIR",
     "keep the state there; in memory if not given", 0, 0, NULL},
    {"--account", 0, OPTION_STRING, offsetof(struct emulator_flags, account), "ID",
     "account of callers that name none: 000000000000", 0, 0, NULL},
    {"--region", 0, OPTION_STRING, offsetof(struct emulator_flags, region), "NAME",
     "Region of callers that name none: us-east-1", 0, 0, NULL},
    {"--clock", 0, OPTION_STRING, offsetof(struct emulator_flags, clock), "real|virtual",
     "virtual: waiting time is jumped over when nothing is at work", 0, 0, clock_choices},
    {"--seed", 0, OPTION_INTEGER, offsetof(struct emulator_flags, seed), "N",
     "the same ids and chances in every run; 0: by chance", 0, INT64_MAX, NULL},
    {"--faults", 0, OPTION_STRING, offsetof(struct emulator_flags, faults), "FILE",
     "fault rules (docs/FAULTS.md) to start with", 0, 0, NULL},
    {0},
};

const struct option_set serve_options = {"serve",
                                         "stackrig serve [flags]",
                                         "Runs the emulator. Prints 'ready http://127.0.0.1:PORT' once it "
                                         "answers; ends at SIGTERM, SIGINT or SIGHUP.",
                                         rows,
                                         NULL,
                                         false};

static void stop(void *argument, int signal, bool typed) {
    (void)signal;
    (void)typed;
    emulator_stop(argument);
}

int serve_command(int argc, char **argv) {
    struct emulator_flags flags = EMULATOR_FLAGS_INIT;
    int rest = 0;
    enum options_outcome outcome = options_parse(&serve_options, &flags, argc, argv, &rest);
    if (outcome != OPTIONS_GOOD) {
        return outcome == OPTIONS_HELP ? EXIT_PASSED : EXIT_BAD_INPUT;
    }
    signals_block();
    struct emulator *emulator = emulator_open_from_flags("serve", &flags);
    if (!emulator) {
        return EXIT_BAD_INPUT;
    }
    struct signal_watch watch;
    signals_watch(&watch, emulator, stop, emulator);
    printf("ready %s\n", emulator_endpoint(emulator));
    fflush(stdout);
    emulator_run(emulator);
    signals_unwatch(&watch);
    emulator_close(emulator);
    return EXIT_PASSED;
}
