/*
 * Template text to a validated model. Pure: no store, no clock, no calls; knows nothing of stacks.
 *
 * Every scalar of a template is a JSON string in the model, as it was written: `true` is "true", 1.0 is
 * "1.0" (that is what handlers of custom resources receive); only null stays null, and only where it is not
 * refused. Native resource types turn strings into numbers and booleans where their calls need them.
 *
 * Order of use by the callers of CreateStack, UpdateStack, CreateChangeSet, ValidateTemplate:
 *   1. template_read()            refuses with the texts of "Template format error" and "Template error"
 *   2. template->transforms       not empty: CAPABILITY_AUTO_EXPAND must be given; it is provisional then,
 * see language_extensions.h
 *   3. parameters_bind()          parameters.h
 *   4. template_capabilities()    against the Capabilities given
 *   5. conditions_evaluate()      intrinsics.h
 *   6. stack_plan_build()         stack_plan.h: unresolved dependencies, circles
 * All error texts are the message of a ValidationError.
 */
#ifndef STACKRIG_CLOUDFORMATION_TEMPLATE_H
#define STACKRIG_CLOUDFORMATION_TEMPLATE_H

#include <jansson.h>

#include "emulator/base/arena.h"
#include "emulator/base/text.h"

enum deletion_policy {
    POLICY_NONE, /* not written: Delete */
    POLICY_DELETE,
    POLICY_RETAIN,
    POLICY_RETAIN_EXCEPT_ON_CREATE,
    POLICY_SNAPSHOT,
};

const char *deletion_policy_name(enum deletion_policy policy);

struct template_parameter {
    const char *name;
    const char *type;
    const char *default_value; /* NULL: none */
    const char *description;   /* NULL: none */
    const char *allowed_pattern;
    const char *constraint_description;
    const char *min_length; /* as written, NULL: none */
    const char *max_length;
    const char *min_value;
    const char *max_value;
    json_t *allowed_values; /* array of strings or NULL */
    bool no_echo;
};

struct template_resource {
    const char *logical_id;
    const char *type;
    json_t *properties; /* object, never NULL */
    const char *const *depends_on;
    size_t depends_on_count;
    const char *condition; /* NULL: always made */
    enum deletion_policy deletion_policy;
    enum deletion_policy update_replace_policy;
    json_t *metadata;        /* NULL: none */
    json_t *update_policy;   /* NULL: none */
    json_t *creation_policy; /* NULL: none */
};

struct template_output {
    const char *name;
    const char *condition;   /* NULL: always shown */
    const char *description; /* NULL: none */
    json_t *value;           /* to be evaluated */
    json_t *export_name;     /* to be evaluated; NULL: not exported */
};

struct template_transform {
    const char *name;   /* AWS::LanguageExtensions, a macro's name ... */
    json_t *parameters; /* object or NULL */
};

/* Lives in the arena it was read into. */
struct template {
    json_t *root;
    const char *description; /* NULL: none */
    const char *version;     /* NULL: none */
    json_t *metadata;        /* NULL: none */
    json_t *mappings;        /* object or NULL; checked */
    json_t *conditions;      /* object or NULL; checked */
    json_t *rules;           /* object or NULL */
    const struct template_parameter *parameters;
    size_t parameter_count;
    const struct template_resource *resources; /* in template order */
    size_t resource_count;
    const struct template_output *outputs;
    size_t output_count;
    const struct template_transform *transforms; /* top level first, then Fn::Transform parts */
    size_t transform_count;
    /* Has transforms: Resources, Outputs and functions were not checked; process it, then template_of_json().
     */
    bool provisional;
};

/* The body text of an S3 template may be larger; the caller chooses the limit. */
#define TEMPLATE_BODY_MAXIMUM_BYTES 51200
#define TEMPLATE_URL_MAXIMUM_BYTES (1024 * 1024)

/*
 * JSON first, then YAML. NULL and *error (in the arena) when the template is refused.
 * Intrinsic functions are checked as far as that needs no values: known names, arity, references to
 * parameters, conditions, mappings and resources that exist.
 */
struct template *template_read(struct arena *arena, struct text body, const char **error);
/* Same for a template that a transform has processed: a Transform section counts as done, and the functions
 * of AWS::LanguageExtensions that could not be replaced are allowed. */
struct template *template_read_processed(struct arena *arena, struct text body, const char **error);
/* Same for a document that is already parsed; the template keeps a copy. */
struct template *template_of_json(struct arena *arena, json_t *root, const char **error);

const struct template_parameter *template_find_parameter(const struct template *template, const char *name);
const struct template_resource *template_find_resource(const struct template *template,
                                                       const char *logical_id);

/*
 * What the template needs acknowledged, as a list in AWS's order: CAPABILITY_NAMED_IAM (an IAM resource with
 * a name of its own) or CAPABILITY_IAM; NAMED satisfies IAM. NULL when nothing is needed.
 * *reason (may be NULL) gets GetTemplateSummary's CapabilitiesReason.
 */
const char *template_capability(struct arena *arena, const struct template *template, const char **reason);
/*
 * NULL if `given` (array of strings or NULL) suffices, else the message of InsufficientCapabilitiesException,
 * "Requires capabilities : [CAPABILITY_IAM]". `expanding`: a direct CreateStack or UpdateStack, which needs
 * CAPABILITY_AUTO_EXPAND for any transform; a change set does not.
 */
const char *template_missing_capability(struct arena *arena, const struct template *template,
                                        const json_t *given, bool expanding);
/* Distinct resource types, in template order; a new array owned by the arena. */
json_t *template_resource_types(struct arena *arena, const struct template *template);

/* Whether the template names this transform. */
bool template_has_transform(const struct template *template, const char *name);

/* True for AWS::CloudFormation::CustomResource and Custom::Name. */
bool template_type_is_custom(const char *type);

#endif
