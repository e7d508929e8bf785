/*
 * Judges the body that a custom resource's handler PUT to its ResponseURL. Pure.
 */
#ifndef STACKRIG_CLOUDFORMATION_CUSTOM_RESOURCE_RESPONSE_H
#define STACKRIG_CLOUDFORMATION_CUSTOM_RESOURCE_RESPONSE_H

#include <jansson.h>

#include "emulator/base/arena.h"
#include "emulator/base/text.h"

#define CUSTOM_RESOURCE_RESPONSE_MAXIMUM_BYTES 4096

/* The request that is being answered. */
struct custom_resource_request {
    const char *stack_id;
    const char *request_id;
    const char *logical_resource_id;
};

struct custom_resource_response {
    bool success;
    /* The answer's own id; NULL when it has none or the answer is invalid: then the id known before stays
     * (for Create the generated one). */
    const char *physical_resource_id;
    json_t *data; /* object, owned by the arena; NULL: none */
    bool no_echo;
    const char *reason; /* failure: the whole ResourceStatusReason; NULL on success */
};

/*
 * Always yields a verdict; a body that breaks a rule is a failure at once, as in AWS. Strings live in the
 * arena. Source: AWS CloudFormation User Guide, Custom resource response objects; texts as reported by users.
 */
struct custom_resource_response custom_resource_response_read(struct arena *arena, struct text body,
                                                              const struct custom_resource_request *request);

/* The reason of a request that was not answered in time. */
const char *custom_resource_timeout_reason(struct arena *arena, const char *request_id);
/* The reason of a resource that asks for an attribute which the answer does not have. */
const char *custom_resource_attribute_reason(struct arena *arena, const char *attribute,
                                             const struct custom_resource_request *request);

#endif
