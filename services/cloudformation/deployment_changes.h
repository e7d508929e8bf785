/*
 * What an update would change, seen before it is made: for "No updates are to be performed." and for change
 * sets. Values that only the deployment will know are UNKNOWN_VALUE.
 */
#ifndef STACKRIG_CLOUDFORMATION_DEPLOYMENT_CHANGES_H
#define STACKRIG_CLOUDFORMATION_DEPLOYMENT_CHANGES_H

#include "services/cloudformation/deployment.h"
#include "services/cloudformation/stack_machine.h"

/* Whether anything differs that an update would act upon: resources, outputs, tags, notification topics. */
bool deployment_differs(const struct deployment *before, const struct deployment *after);

/*
 * Changes of a change set, members named as in the API's ResourceChange; BeforeContext and AfterContext are
 * JSON texts. before NULL: a new stack. Owned by the arena of `after`.
 */
json_t *deployment_changes(const struct deployment *before, const struct deployment *after,
                           const struct stack_state *state);

#endif
