/* The program: subcommand rows, help and version. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "harness/command.h"

static int help_command(int argc, char **argv);
static int version_command(int argc, char **argv);

static const struct option_row no_rows[] = {{0}};
static const struct option_set help_options = {
    "help", "stackrig help [COMMAND]", "Lists the commands, or explains one.", no_rows, "COMMAND", false};
static const struct option_set version_options = {
    "version", "stackrig version", "Prints the version.", no_rows, NULL, false};

static const struct command commands[] = {
    {"serve", "run the emulator until SIGTERM or SIGINT", serve_command, &serve_options},
    {"env", "print the shell lines that point AWS clients at a running emulator", env_command, &env_options},
    {"run", "run a command against an emulator of its own", run_command, &run_options},
    {"test", "run scenario files and report", test_command, &test_options},
    {"explore", "strike a scenario with every fault that could reach it", explore_command, &explore_options},
    {"why", "print the chain of causes behind a stack's failed status", why_command, &why_options},
    {"operations", "print which AWS operations are emulated", operations_command, &operations_options},
    {"version", "print the version", version_command, &version_options},
    {"help", "list the commands, or explain one", help_command, &help_options},
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_commands(FILE *stream) {
    fputs("stackrig emulates AWS in one process, with a clock that can be moved and failures on demand.\n\n"
          "Usage: stackrig COMMAND [flags]\n\n",
          stream);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        fprintf(stream, "  %-12s %s\n", commands[i].name, commands[i].summary);
    }
    fputs("\n'stackrig help COMMAND' explains one.\n", stream);
}

static const struct command *find_command(const char *name) {
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static int unknown_command(const char *name) {
    const char *names[COMMAND_COUNT + 1] = {0};
    for (int i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i].name;
    }
    const char *nearest = options_nearest(name, names);
    fprintf(stderr, "stackrig: unknown command '%s'", name);
    if (nearest) {
        fprintf(stderr, ", did you mean '%s'?", nearest);
    }
    fputs("\nTry 'stackrig help'.\n", stderr);
    return EXIT_BAD_INPUT;
}

static int help_command(int argc, char **argv) {
    int rest = 0;
    enum options_outcome outcome = options_parse(&help_options, NULL, argc, argv, &rest);
    if (outcome != OPTIONS_GOOD) {
        return outcome == OPTIONS_HELP ? EXIT_PASSED : EXIT_BAD_INPUT;
    }
    if (rest >= argc) {
        print_commands(stdout);
        return EXIT_PASSED;
    }
    const struct command *command = find_command(argv[rest]);
    if (!command) {
        return unknown_command(argv[rest]);
    }
    options_print_help(command->options, stdout);
    return EXIT_PASSED;
}

static int version_command(int argc, char **argv) {
    int rest = 0;
    enum options_outcome outcome = options_parse(&version_options, NULL, argc, argv, &rest);
    if (outcome != OPTIONS_GOOD) {
        return outcome == OPTIONS_HELP ? EXIT_PASSED : EXIT_BAD_INPUT;
    }
    puts("stackrig " STACKRIG_VERSION);
    return EXIT_PASSED;
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        print_commands(stderr);
        return EXIT_BAD_INPUT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_commands(stdout);
        return EXIT_PASSED;
    }
    if (strcmp(argv[1], "--version") == 0) {
        return version_command(1, argv + 1);
    }
    const struct command *command = find_command(argv[1]);
    if (!command) {
        return unknown_command(argv[1]);
    }
    return command->run(argc - 1, argv + 1);
}
