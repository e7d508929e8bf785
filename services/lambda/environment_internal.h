/* Between execution_environment.c (one environment and its work) and environment_placing.c (who works where).
 */
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

/* The clock stands still while somebody works on it. */
void invocation_hold(struct invocation *invocation);
void invocation_let_go(struct invocation *invocation);
void invocation_close(struct invocation *invocation);

struct fault_action invocation_decide_fault(struct invocation *invocation, enum fault_phase phase);
/* "InvocationStart" and "InvocationEnd"; status NULL at the start. */
void invocation_trace(struct invocation *invocation, const char *event, const char *status);
/* Hands the outcome to who waits for it; frees the invocation. */
void invocation_deliver_outcome(struct invocation *invocation);
/* The same as a task, after a scripted delay. */
void invocation_delayed_outcome(void *argument, enum task_event event);

#endif
