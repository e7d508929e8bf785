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

/* The value with references to resources and imports as texts that name them; value itself when it cannot be
 * worked out. Lives in the deployment's arena. */
const json_t *deployment_symbolic(const struct deployment *deployment, const json_t *value);
bool deployment_same_value(const struct deployment *before, const json_t *old, const struct deployment *after,
                           const json_t *new);
/* Lists of the settings: absent and empty are the same. */
bool deployment_same_setting(const struct deployment *before, const struct deployment *after,
                             const char *name);

/*
 * Changes of a change set, members named as in the API's ResourceChange; BeforeContext and AfterContext are
 * JSON texts. before NULL: a new stack. values: as IncludePropertyValues has them, where what other resources
 * say now decides; without, all that may change is listed. Owned by the arena of `after`.
 */
json_t *deployment_changes(const struct deployment *before, const struct deployment *after,
                           const struct stack_state *state, bool values);

#endif
