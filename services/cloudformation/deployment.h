/*
 * One checked template with its parameters, conditions, plan and the other settings of a request: what an
 * operation deploys. Made from a request (deployment_request.h), kept in the stack's row as template body and
 * settings document, and opened again from those whenever the runner needs it.
 *
 * Settings document: {"Parameters": {name: value}, "Resolved": {name: value of the SSM parameter}, "Shown":
 * [{"ParameterKey", "ParameterValue", "ResolvedValue"}] with secrets masked, as the API describes them,
 * "Tags", "Capabilities", "NotificationARNs", "RollbackConfiguration", "RoleARN", "DisableRollback",
 * "OnFailure", "TimeoutInMinutes", "RetainExceptOnCreate", "ResourceTypes"}: members of the request, absent
 * ones left out.
 * Of a template with macros also "Processed", what they made of it, or "TransformError", why they failed.
 */
#ifndef STACKRIG_CLOUDFORMATION_DEPLOYMENT_H
#define STACKRIG_CLOUDFORMATION_DEPLOYMENT_H

#include "services/cloudformation/cloudformation_store.h"
#include "services/cloudformation/intrinsics.h"
#include "services/cloudformation/stack_plan.h"

struct deployment {
    struct arena *arena;
    struct text body;      /* as submitted */
    const char *processed; /* what its transforms made of it; NULL: none were named */
    struct template *template;
    struct template *submitted; /* before its transforms; NULL: none were named */
    json_t *typed;              /* the template's root with numbers and booleans; made when first asked for */
    struct parameters *parameters;
    struct stack_plan *plan;
    json_t *settings; /* owned by the arena */
    /* For evaluations: without callbacks; they are the runner's. */
    struct environment environment;
};

/* Who the stack is, for pseudo parameters. */
struct deployment_place {
    const char *account;
    const char *region;
    const char *stack_id;
    const char *stack_name;
};

/*
 * Reads back what was stored; everything lives in the arena. It was checked before, so an error means a
 * damaged database: NULL and *error.
 */
struct deployment *deployment_open(struct arena *arena, const struct deployment_place *place,
                                   const char *body, const char *settings, const char **error);
/* Sets environment and plan of a deployment whose parameters are checked. False and *error. */
bool deployment_complete(struct deployment *deployment, const struct deployment_place *place,
                         const char **error);

/*
 * A resource as the template has it, with numbers and booleans: what documents inside it are made of.
 * Borrowed; NULL: there is none.
 */
json_t *deployment_typed_resource(struct deployment *deployment, const char *logical_id);
/* A member of the settings, or NULL. */
const char *deployment_setting(const json_t *settings, const char *name);
bool deployment_flag(const json_t *settings, const char *name);
/* A JSON document owned by the arena; NULL for NULL and for no JSON. */
json_t *deployment_document(struct arena *arena, const char *text);
/* Hands a new reference over to the arena. */
json_t *deployment_keep(struct arena *arena, json_t *value);
/* Compact text in the arena. */
const char *deployment_dump(struct arena *arena, const json_t *value);

/*
 * An attribute that a resource's type cannot have, anywhere in the template:
 * "[Error] /Outputs/O/Value/Fn::GetAtt: Resource type T does not support attribute {A}". NULL: none.
 */
const char *deployment_bad_attribute(const struct deployment *deployment);

#endif
