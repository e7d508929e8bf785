/*
 * Child processes: start (posix_spawn), output, exit. Each child leads a process group of its own, so that
 * a kill takes its children along; all are killed when the loop closes.
 */
#ifndef STACKRIG_PROCESS_H
#define STACKRIG_PROCESS_H

#include "emulator/base/text.h"
#include "emulator/io/loop.h"

struct process;

struct process_options {
    const char *program;            /* absolute, or looked up in PATH of `environment` */
    const char *const *arguments;   /* NULL-terminated, argv[0] first */
    const char *const *environment; /* NULL-terminated, complete: nothing is inherited */
    const char *directory;          /* working directory; NULL: ours */
    void (*output)(void *argument, struct text bytes);           /* stdout and stderr together, as read */
    void (*exited)(void *argument, int exit_code, int signal);   /* once, after the last output; signal 0: exited */
    void *argument;
};

/*
 * NULL and errno when the program cannot be started. Nothing is inherited but the working directory: standard
 * input is /dev/null, signals have their default meaning, at most 1,024 files may be open (Source: AWS Lambda
 * quotas). When the process itself exits, what is left of its group is killed.
 */
struct process *process_start(struct loop *loop, const struct process_options *options);
/* Whether a child of this program was started here and has not exited: other children are somebody else's. */
bool process_is_known(int64_t id);
/* 0 once it has exited. */
int process_id(const struct process *process);
/* Signal to the whole group: SIGKILL, SIGSTOP, SIGCONT, SIGTERM. */
void process_signal(struct process *process, int signal);
/* Hands to `output` what the child has written so far, without waiting: before saying what came after it. */
void process_drain(struct process *process);
/* Kills, forgets; no callback is made any more. Allowed inside its callbacks. Needed after `exited`, too. */
void process_close(struct process *process);

#endif
