/* Stack policy documents: whether one is a policy at all. Pure. */
#ifndef STACKRIG_CLOUDFORMATION_STACK_POLICY_H
#define STACKRIG_CLOUDFORMATION_STACK_POLICY_H

#include <stdbool.h>

#include "emulator/base/arena.h"

#define STACK_POLICY_INVALID "Error validating stack policy: Invalid stack policy"

/* "{}" and "" are good: they take the policy away. */
bool stack_policy_is_valid(const char *body);
/*
 * Whether an update may do this: action is Update:Modify, Update:Replace or Update:Delete. NULL: it may (also
 * with an absent or empty policy); else the resource's failure reason, in the arena. A policy protects all
 * that no statement allows; Deny wins over Allow.
 * Source: User Guide, Prevent updates to stack resources.
 */
const char *stack_policy_denial(struct arena *arena, const char *body, const char *action,
                                const char *logical_id, const char *type);
/* True for bodies that mean "no policy". */
bool stack_policy_is_empty(const char *body);

#endif
