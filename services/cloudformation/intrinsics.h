/*
 * Evaluates values of a template: intrinsic functions, conditions, dynamic references. Pure; what it does not
 * know (resources, exports, SSM) it asks through callbacks that may answer "not yet".
 *
 * The runner evaluates a resource's properties at MACHINE_RESOLVE:
 *   struct evaluation e = evaluate(&environment, resource->properties);
 *   EVALUATION_WAIT: look-ups were started by the callback; evaluate again when they have answered
 *   EVALUATION_ERROR: send MACHINE_RESOLVE_FAILED with e.error as the reason
 *   EVALUATION_OK: e.value are the properties
 */
#ifndef STACKRIG_CLOUDFORMATION_INTRINSICS_H
#define STACKRIG_CLOUDFORMATION_INTRINSICS_H

#include "services/cloudformation/parameters.h"
#include "services/cloudformation/template.h"

enum lookup_status {
    LOOKUP_FOUND,
    LOOKUP_UNKNOWN, /* known only after the deployment: the whole value becomes UNKNOWN_VALUE (change sets) */
    LOOKUP_NOT_YET, /* evaluation ends with EVALUATION_WAIT */
    LOOKUP_ERROR,
};

#define UNKNOWN_VALUE "{{changeSet:KNOWN_AFTER_APPLY}}"

struct lookup {
    enum lookup_status status;
    json_t *value;     /* FOUND: a new reference, which the evaluator takes over */
    const char *error; /* ERROR: the text, living as long as the environment's arena */
    bool no_echo;      /* FOUND: the value is secret (Data of an answer with NoEcho) */
};

/* {{resolve:service:...}}; parts are NULL where absent. */
struct dynamic_reference {
    const char *service;       /* ssm, ssm-secure, secretsmanager */
    const char *name;          /* parameter name, or secret id or ARN */
    const char *version;       /* ssm: version number */
    const char *secret_string; /* secretsmanager: "SecretString" */
    const char *json_key;
    const char *version_stage;
    const char *version_id;
    const char *text; /* the whole reference with its braces */
};

struct environment {
    struct arena *arena; /* of results and error texts */
    const struct template *template;
    const struct parameters *parameters;
    /* Results of conditions_evaluate(): an object name -> true/false; NULL while none are evaluated. */
    const json_t *conditions;

    const char *account_id;
    const char *region;
    const char *partition;  /* NULL: aws */
    const char *url_suffix; /* NULL: amazonaws.com */
    const char *stack_id;
    const char *stack_name;
    const json_t *notification_arns; /* array or NULL */
    const json_t *zones;             /* Fn::GetAZs of this Region; NULL: region + a, b, c */

    /* Secret parameters evaluate to "****" and secret attributes to "*****": for events and descriptions. */
    bool mask_no_echo;
    /* ssm-secure and secretsmanager references stay as they are: the resource is a custom resource. */
    bool custom_resource;

    void *argument; /* handed to the callbacks */
    /* Callbacks may be NULL: then the value is an error, for dynamic references the text stays as it is. */
    struct lookup (*ref)(void *argument, const char *logical_id);
    struct lookup (*attribute)(void *argument, const char *logical_id, const char *attribute);
    struct lookup (*import)(void *argument, const char *export_name);
    struct lookup (*dynamic_reference)(void *argument, const struct dynamic_reference *reference);
};

enum evaluation_status { EVALUATION_OK, EVALUATION_WAIT, EVALUATION_ERROR };

struct evaluation {
    enum evaluation_status status;
    json_t *value;     /* OK: owned by the environment's arena (json_incref() to keep it longer); NULL means
                          AWS::NoValue, the property is to be left out */
    const char *error; /* ERROR: in the arena */
    bool no_echo;      /* a secret took part */
};

struct evaluation evaluate(const struct environment *environment, const json_t *value);

/*
 * All conditions of the template; needs parameters only. Returns an object name -> true/false owned by the
 * arena, or NULL and *error.
 */
json_t *conditions_evaluate(const struct environment *environment, const char **error);
/* True for a NULL name. The condition must exist (template_read() saw to that). */
bool condition_holds(const struct environment *environment, const char *name);
/* Rules: the first failing assertion's text in *error, or true. */
bool rules_hold(const struct environment *environment, const char **error);

/* A scalar as CloudFormation writes it; NULL for lists and maps. */
const char *scalar_text(struct arena *arena, const json_t *value);
/* A copy in which every number and boolean is a string (parts that did not come from a template: Data of an
 * answer, attributes); a new reference. */
json_t *scalars_as_strings(const json_t *value);

#endif
