/* Change sets, as far as other parts of the service need them. */
#ifndef STACKRIG_CLOUDFORMATION_CHANGE_SETS_H
#define STACKRIG_CLOUDFORMATION_CHANGE_SETS_H

#include "services/cloudformation/stack_runner.h"

/* The stack's operation has ended: a change set under execution becomes EXECUTE_COMPLETE or EXECUTE_FAILED.
 */
void change_set_finished(struct stack_run *run, struct arena *arena);

#endif
