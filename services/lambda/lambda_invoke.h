/* What Invoke and the asynchronous queue share. */
#ifndef STACKRIG_LAMBDA_INVOKE_H
#define STACKRIG_LAMBDA_INVOKE_H

#include "services/lambda/execution_environment.h"

/*
 * Version and ARN that an invocation by this qualifier (NULL: none) runs; an alias with weights draws one.
 * Strings live in `arena`. False: there is no such function, version or alias.
 */
bool lambda_resolve_invocation(struct emulator *emulator, struct lambda_owner owner, const char *name,
                               const char *qualifier, struct arena *arena, struct lambda_version *version,
                               const char **invoked_arn);
/* FunctionName, RequestId, Attempt and, when the payload is one, the facts of a custom resource request. */
struct call_note *lambda_invocation_notes(struct arena *arena, const struct invocation *invocation);

/* What was resolved, kept until something of Lambda's changes. */
struct resolutions *lambda_resolutions_open(void);
void lambda_resolutions_close(struct resolutions *resolutions);

enum lambda_room { LAMBDA_ROOM, LAMBDA_NO_RESERVED_ROOM, LAMBDA_NO_ACCOUNT_ROOM };

/* Whether one more invocation of the function may run now. */
enum lambda_room lambda_find_room(struct lambda *lambda, struct lambda_owner owner, const char *name);

/* Puts an event into the asynchronous queue, due now. */
void lambda_event_accept(struct call *call, const struct lambda_target *target, struct text payload);
/* Recreates the tasks of waiting events. */
void lambda_events_resume(struct lambda *lambda);

#endif
