/* Stack policy documents: whether one is a policy at all. Pure. */
#ifndef STACKRIG_CLOUDFORMATION_STACK_POLICY_H
#define STACKRIG_CLOUDFORMATION_STACK_POLICY_H

#include <stdbool.h>

#define STACK_POLICY_INVALID "Error validating stack policy: Invalid stack policy"

/* "{}" and "" are good: they take the policy away. */
bool stack_policy_is_valid(const char *body);
/* True for bodies that mean "no policy". */
bool stack_policy_is_empty(const char *body);

#endif
