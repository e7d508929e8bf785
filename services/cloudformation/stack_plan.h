/*
 * What a template asks for: the resources whose condition holds and who depends on whom. Pure.
 */
#ifndef STACKRIG_CLOUDFORMATION_STACK_PLAN_H
#define STACKRIG_CLOUDFORMATION_STACK_PLAN_H

#include "services/cloudformation/intrinsics.h"
#include "services/cloudformation/template.h"

struct plan_resource {
    const struct template_resource *declaration;
    const char *logical_id;
    const char *type;
    const char *const *dependencies; /* logical ids, without those whose condition is false */
    size_t dependency_count;
    enum deletion_policy deletion_policy;
    enum deletion_policy update_replace_policy;
};

struct stack_plan {
    const struct plan_resource *resources; /* in template order */
    size_t count;
};

/*
 * environment->conditions must be set. NULL and *error: "Template format error: Unresolved resource
 * dependencies [X] in the Resources block of the template", "Unresolved resource dependencies [X] in the
 * Outputs block of the template", "Circular dependency between resources: [A, B]".
 */
struct stack_plan *stack_plan_build(const struct environment *environment, const char **error);
const struct plan_resource *stack_plan_find(const struct stack_plan *plan, const char *logical_id);

/*
 * A logical id must not change its type. old_types: object logical id -> type of the stack's resources.
 * NULL if all is well, else "Update of resource type is not permitted. The new template modifies resource
 * type of the following resources: [X]".
 */
const char *stack_plan_type_change(struct arena *arena, const struct stack_plan *plan,
                                   const json_t *old_types);

/*
 * Names of the top-level properties that differ, a new array owned by the arena, in the order of the new
 * ones, removed ones last; empty: no difference. Scalars compare by their text: 5 equals "5".
 */
json_t *properties_changed(struct arena *arena, const json_t *old_properties, const json_t *new_properties);
bool values_equal(const json_t *a, const json_t *b);

#endif
