/* The subcommands of build/stackrig. One row in main.c, one file, one options table each. */
#ifndef STACKRIG_COMMAND_H
#define STACKRIG_COMMAND_H

#include "emulator/core/version.h"
#include "harness/options.h"

/* Exit statuses that scripts rely on. */
enum { EXIT_PASSED = 0, EXIT_FAILED = 1, EXIT_BAD_INPUT = 2 };

struct command {
    const char *name;
    const char *summary; /* one line of `stackrig help` */
    int (*run)(int argc, char **argv);
    const struct option_set *options; /* for `stackrig help NAME` */
};

int serve_command(int argc, char **argv);
int env_command(int argc, char **argv);
int run_command(int argc, char **argv);
int test_command(int argc, char **argv);
int explore_command(int argc, char **argv);
int why_command(int argc, char **argv);
int operations_command(int argc, char **argv);

extern const struct option_set serve_options;
extern const struct option_set env_options;
extern const struct option_set run_options;
extern const struct option_set test_options;
extern const struct option_set explore_options;
extern const struct option_set why_options;
extern const struct option_set operations_options;

#endif
