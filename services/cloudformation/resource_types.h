/*
 * The resource types CloudFormation can create, update and delete, one row each: its properties, how a
 * change of each acts, its Fn::GetAtt attributes, and the calls that make, change and remove the thing. All
 * calls go through call_start(), as a client's would: validation, fault points and trace apply.
 *
 * A type that has no row is unknown: templates that name it are refused, nothing is ever pretended.
 */
#ifndef STACKRIG_CLOUDFORMATION_RESOURCE_TYPES_H
#define STACKRIG_CLOUDFORMATION_RESOURCE_TYPES_H

#include <jansson.h>

#include "services/cloudformation/resource_operation.h"

enum property_type {
    PROPERTY_STRING, /* scalars of any kind */
    PROPERTY_INTEGER,
    PROPERTY_NUMBER,
    PROPERTY_BOOLEAN,
    PROPERTY_LIST,
    PROPERTY_MAP,
    PROPERTY_JSON, /* an object, or a text that holds one (policy documents) */
    PROPERTY_ANY,
};

enum {
    PROPERTY_REQUIRED = 1,
    PROPERTY_CREATE_ONLY = 2, /* a change replaces the resource */
    PROPERTY_SECRET = 4,      /* never shown */
};

struct property_row {
    const char *name;
    uint8_t type; /* enum property_type */
    uint8_t flags;
    const char *member; /* the API's name of it; NULL: the same */
};

enum {
    STEP_PROPERTIES = 1, /* the input gets every property that the operation declares */
    STEP_ARN = 4,        /* id_member gets the attribute Arn, not the physical id */
    STEP_REPEATED = 2, /* `build` is asked again, operation->round counting from 0, until it returns false */
};

/*
 * One call of a create, update or delete. Steps run in order; the first error that is not ignored ends the
 * operation as failed.
 */
struct type_step {
    const char *service; /* NULL: no call, `build` does it all */
    const char *operation;
    unsigned flags;           /* STEP_* */
    const char *id_member;    /* input member that gets the physical id; NULL: none */
    const char *when_changed; /* property without which (create), or without whose change (update), the step
                                 is left out; NULL: always */
    /* Fills the input; false: nothing to do here. May call resource_fail(). NULL: the above is all. */
    bool (*build)(struct resource_operation *operation, json_t *input);
    /* Reads the answer; NULL: nothing of interest. May call resource_again() and resource_fail(). */
    void (*reply)(struct resource_operation *operation, const struct call_reply *reply);
    /* Error codes that mean "fine, go on", separated by blanks; `reply` sees those too. */
    const char *ignored;
};

struct resource_type {
    const char *name;                      /* "AWS::SSM::Parameter"; "Custom::" ends it for a family */
    const struct property_row *properties; /* ends with a row without name; NULL: any property is fine */
    const char *const *attributes; /* NULL-terminated; NULL: any name is fine, decided when evaluated */
    /* Each ends with a row that has neither service nor build. */
    const struct type_step *create;
    const struct type_step *update;
    const struct type_step *remove;
    /* In place of steps: begins an operation of any kind that ends by resource_succeed()/resource_fail(). */
    void (*start)(struct resource_operation *operation);
    /* Of a `start` that waits: ends it now if it can be given up; else it runs on to its end. NULL: never. */
    void (*cancel)(struct resource_operation *operation);
    /* Physical names: the member that holds it, its limit, and whether only lower case is allowed. */
    const char *name_property;
    int name_limit;
    bool name_lower_case;
    /* Two of them cannot have one name, so that a replacement needs another (the service would say so, too).
     */
    bool name_is_unique;
    /* Resource-level checks after the properties' own: a reason in the arena, or NULL. */
    const char *(*check)(struct resource_operation *operation);
    /* Whether a change replaces although no changed property says so by itself. NULL: never. */
    bool (*replaces)(const json_t *before, const json_t *after);
    bool system_tags;       /* "aws:cloudformation:..." tags are put on it */
    bool supports_snapshot; /* DeletionPolicy: Snapshot */
};

/* Steps of an update that carry tags over; build: resource_tag_list or resource_tag_map. */
#define TAG_STEPS(service_name, tag, untag, member, step_flags, tag_build)                                   \
    {.service = service_name,                                                                                \
     .operation = untag,                                                                                     \
     .flags = step_flags,                                                                                    \
     .id_member = member,                                                                                    \
     .when_changed = "Tags",                                                                                 \
     .build = resource_untag},                                                                               \
    {                                                                                                        \
        .service = service_name, .operation = tag, .flags = step_flags, .id_member = member,                 \
        .when_changed = "Tags", .build = tag_build                                                           \
    }

/* NULL: no such type. Custom::X and AWS::CloudFormation::CustomResource share a row. */
const struct resource_type *resource_type_find(const char *type_name);
bool resource_type_is_custom(const char *type_name);
bool resource_type_is_nested(const char *type_name);
/* Whether this emulator has the services that the type calls. */
bool resource_type_is_available(struct emulator *emulator, const struct resource_type *type);

/*
 * "Property validation failure: [...]" or "Encountered unsupported property X" for resolved properties, in
 * the arena; NULL: they are fine.
 */
const char *resource_type_check_properties(const struct resource_type *type, const json_t *properties,
                                           struct arena *arena);
/* Whether a change of this property replaces the resource. Unknown properties do not. */
bool resource_type_property_replaces(const struct resource_type *type, const char *property);
/* Whether stack tags reach resources of this type. */
bool resource_type_is_tagged(const struct resource_type *type);
/*
 * What Fn::GetAtt gives of a resource with these attributes and properties: properties that are no secrets
 * can be asked for like attributes. Borrowed; NULL: nothing of the name is known. Source: recorded
 * test_change_set_fn_get_attr (DisplayName of a topic).
 */
json_t *resource_type_attribute(const char *type_name, const json_t *attributes, const json_t *properties,
                                const char *name);
bool resource_type_has_attribute(const struct resource_type *type, const char *attribute);

/*
 * Generated physical name "<stack>-<logical id>-<12 random upper alphanumerics>", stack and logical id
 * shortened to fit `limit` (0: unlimited). Source: Resource name type, CloudFormation User Guide.
 */
char *resource_type_generate_name(struct arena *arena, struct ids *ids, const char *stack_name,
                                  const char *logical_id, int limit, bool lower_case);

/* The policy that SNS gives a new topic. In the operation's arena. */
const char *resource_topic_policy(struct resource_operation *operation, const char *topic_arn);

/* The rows, one table a service; each ends with a row without name. */
extern const struct resource_type cloudformation_resources[];
extern const struct resource_type dynamodb_resources[];
extern const struct resource_type events_resources[];
extern const struct resource_type iam_policy_resources[];
extern const struct resource_type iam_resources[];
extern const struct resource_type iam_user_resources[];
extern const struct resource_type inline_policy_resources[];
extern const struct resource_type kms_resources[];
extern const struct resource_type lambda_event_resources[];
extern const struct resource_type lambda_resources[];
extern const struct resource_type logs_resources[];
extern const struct resource_type s3_resources[];
extern const struct resource_type scheduler_resources[];
extern const struct resource_type secretsmanager_resources[];
extern const struct resource_type sns_resources[];
extern const struct resource_type sqs_resources[];
extern const struct resource_type ssm_resources[];

#endif
