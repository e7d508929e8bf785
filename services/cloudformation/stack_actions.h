/* What the runner does for each action of the stack machine. For stack_runner.c and its parts only. */
#ifndef STACKRIG_CLOUDFORMATION_STACK_ACTIONS_H
#define STACKRIG_CLOUDFORMATION_STACK_ACTIONS_H

#include "services/cloudformation/stack_runner.h"

/* Answers that are known at once are pushed to the run's queue. */
void stack_action_carry_out(struct stack_run *run, const struct machine_action *action, struct arena *arena);
/* Writes the times of the resources that had events. */
void stack_action_touch(struct stack_run *run);
/* The time of that resource's last event if it is still to be written, else 0. */
int64_t stack_action_take_touched(struct stack_run *run, int serial);
/* Starts again what was under way when the emulator ended: native calls and evaluations. */
void stack_action_resume(struct stack_run *run);
/* In stack_runner.c. */
void stack_action_start_timer(struct stack_run *run, const struct machine_action *action);
void stack_action_stop_timers(struct stack_run *run);

/* stack_events.c: inserts the event, publishes it to the notification topics. */
void stack_event_add(struct stack_run *run, const struct machine_action *action, struct arena *arena);

#endif
