/* How an operation on a stack begins: the row's texts, the machine's first step. Shared by the stack and the
 * change set operations. */
#ifndef STACKRIG_CLOUDFORMATION_STACK_BEGIN_H
#define STACKRIG_CLOUDFORMATION_STACK_BEGIN_H

#include "services/cloudformation/cloudformation.h"
#include "services/cloudformation/deployment.h"
#include "services/cloudformation/stack_machine.h"

/* arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/UUID, new. */
const char *stack_begin_new_id(struct call *call, const char *name);
const char *stack_begin_uuid(struct call *call);
/* The caller as a document for the row. */
const char *stack_begin_caller(struct call *call);
struct machine_options stack_begin_options(const json_t *settings);
/* Sets caller, token and a new operation id. */
void stack_begin_operation(struct call *call, struct stack_row *row, const char *client_token);
/* CreateStack or ExecuteChangeSet: row is inserted unless it exists (review). Returns after the first turn.
 */
void stack_begin_create(struct call *call, struct stack_row *row, bool exists,
                        const struct deployment *deployment);
/* policy: the stack policy that holds during the update; NULL: none. */
void stack_begin_update(struct call *call, struct stack_row *row, const struct deployment *deployment,
                        bool disable_rollback, const char *policy);
/* The present deployment of a stack; NULL when it has none (review). Dies on a damaged database. */
struct deployment *stack_begin_present(struct call *call, const struct stack_row *row);

#endif
