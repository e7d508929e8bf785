/* The flags that `serve` and `run` share, and what they make of them. */
#ifndef STACKRIG_EMULATOR_OPTIONS_H
#define STACKRIG_EMULATOR_OPTIONS_H

#include "emulator/core/emulator.h"

/* What the user asked for; the option rows write here. */
struct emulator_flags {
    int64_t port;
    const char *host;
    const char *data_directory;
    const char *account;
    const char *region;
    const char *clock; /* "real", "virtual" */
    int64_t seed;
    const char *faults; /* file with fault rules; NULL: none */
};

#define EMULATOR_FLAGS_INIT ((struct emulator_flags){.port = 4566, .clock = "real"})

/* Words of --clock. */
extern const char *const clock_choices[];

/*
 * Checks the flags, opens the emulator with all services and loads the fault rules. NULL: the reason
 * stands on standard error, prefixed "stackrig COMMAND: "; the command ends with EXIT_BAD_INPUT.
 */
struct emulator *emulator_open_from_flags(const char *command, const struct emulator_flags *flags);

/* SIGTERM, SIGINT and SIGHUP (not under nohup) as events of the loop. signals_block() first, before anything
 * is opened. */
void signals_block(void);
/* Undoes it, for a child about to exec. */
void signals_unblock(void);
/* A signalfd of them, for who has no loop; the caller closes it. */
int signals_open(void);
struct signal_watch {
    int descriptor;
    struct loop_source *source;
    void (*function)(void *argument, int signal, bool typed);
    void *argument;
};

/*
 * Calls function(argument, signal, typed) on the loop for each of them, until signals_unwatch(). typed: the
 * terminal sent it, so that the whole process group has it, our children included.
 */
void signals_watch(struct signal_watch *watch, struct emulator *emulator,
                   void (*function)(void *argument, int signal, bool typed), void *argument);
void signals_unwatch(struct signal_watch *watch);

#endif
