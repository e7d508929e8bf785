/*
 * Tasks ordered by (due time, sequence number): of two tasks due at the same millisecond the one added
 * first runs first. That is the tie-break rule of the whole emulator. It holds no clock: time is an
 * argument. A task wakes something up; facts live in tables (a due-time column), never only in a task.
 */
#ifndef STACKRIG_SCHEDULER_H
#define STACKRIG_SCHEDULER_H

#include <stdbool.h>
#include <stdint.h>

struct scheduler;

/* 0 is never a task. */
typedef uint64_t task_id;

enum task_event { TASK_RUN, TASK_CANCELLED };

/* Called exactly once per task, to run or to be told that it was cancelled (free what argument owns). */
typedef void task_fn(void *argument, enum task_event event);

struct scheduler *scheduler_open(void);
/* Cancels what is left. */
void scheduler_close(struct scheduler *scheduler);
task_id scheduler_add(struct scheduler *scheduler, int64_t due_ms, task_fn *function, void *argument);
/*
 * A task that nobody waits for: it runs when its time has come, but is no reason for time to pass. For the
 * end of a poll that would only begin again.
 */
task_id scheduler_add_quiet(struct scheduler *scheduler, int64_t due_ms, task_fn *function, void *argument);
/* False when it has run or was cancelled before. Calls the function with TASK_CANCELLED. */
bool scheduler_cancel(struct scheduler *scheduler, task_id task);
/* Cancels everything (reset, restore). */
void scheduler_clear(struct scheduler *scheduler);
/* Due time of the earliest task; false when there is none. */
bool scheduler_next_due(const struct scheduler *scheduler, int64_t *due_ms);
/* The same without quiet tasks: where a virtual clock may jump. */
bool scheduler_next_wanted(const struct scheduler *scheduler, int64_t *due_ms);
/* Runs the earliest task if it is due at now_ms. False when none is. */
bool scheduler_run_one(struct scheduler *scheduler, int64_t now_ms);
int scheduler_count(const struct scheduler *scheduler);

#endif
