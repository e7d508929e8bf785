/* Between execution_environment.c (one environment and its work), environment_start.c (how it begins) and
 * environment_placing.c (who works where). */
#ifndef STACKRIG_ENVIRONMENT_INTERNAL_H
#define STACKRIG_ENVIRONMENT_INTERNAL_H

#include "emulator/core/fault.h"
#include "services/lambda/execution_environment.h"

/* Gives the invocation an environment, or says false: it has to wait. */
bool environment_place(struct invocation *invocation);
/* The same for all that wait, oldest first. */
void environment_place_waiting(struct lambda *lambda);
/* Places it, or puts it at the end of those that wait. */
void invocation_place_or_wait(struct invocation *invocation);

/* A new environment, its process on the way, for this invocation. */
void environment_start(struct invocation *invocation);
/* Answers the process's question for the next event. */
void environment_hand_event(struct execution_environment *environment);
/* Kills and frees it; its invocation, if any, has been settled. */
void environment_end(struct execution_environment *environment);

void environment_become(struct execution_environment *environment, enum environment_state state);
/* The time of its invocation begins now. */
void environment_begin_time(struct execution_environment *environment, struct invocation *invocation);
/* Writes the last lines, hands over the log, applies the fault point behind, tells who waits. */
void environment_end_invocation(struct execution_environment *environment);
/* In virtual time a limit that ran out in real time has run out too. */
void environment_advance_clock(struct emulator *emulator, int64_t now_ms);
/* Kills the process and closes its side of the Runtime API. */
void environment_close_process(struct execution_environment *environment);

/* The clock stands still while somebody works on it. */
void invocation_hold(struct invocation *invocation);
void invocation_let_go(struct invocation *invocation);
void invocation_close(struct invocation *invocation);

/* What will be told; error_type may be NULL. Copies. */
void invocation_set_outcome(struct invocation *invocation, bool failed, const char *status,
                            const char *error_type, struct text payload);
struct fault_action invocation_decide_fault(struct invocation *invocation, enum fault_phase phase);
/* "InvocationStart" and "InvocationEnd"; status NULL at the start. */
void invocation_trace(struct invocation *invocation, const char *event, const char *status);
/* Hands the outcome to who waits for it; frees the invocation. */
void invocation_deliver_outcome(struct invocation *invocation);
/* The same as a task, after a scripted delay. */
void invocation_delayed_outcome(void *argument, enum task_event event);

#endif
