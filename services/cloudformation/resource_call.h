/* How a resource operation calls another service: input turned to the shape's types, errors to reasons. */
#ifndef STACKRIG_CLOUDFORMATION_RESOURCE_CALL_H
#define STACKRIG_CLOUDFORMATION_RESOURCE_CALL_H

#include "services/cloudformation/resource_operation.h"

/*
 * Starts the call with the operation's caller. Template values may be of any scalar type ("2" for 2, true
 * for "true"): scalars are turned into what the called operation's shape declares.
 */
void resource_call(struct resource_operation *operation, const char *service, const char *name,
                   const json_t *input, call_done_fn *done);
/* Fails the operation with the text AWS makes of such an answer. */
void resource_fail_call(struct resource_operation *operation, const char *service,
                        const struct call_reply *reply);
/* HandlerErrorCode of a service's error code: NotFound, AlreadyExists, AccessDenied ...
 * Source: resource type handler error codes, CloudFormation CLI User Guide. */
const char *resource_handler_error_code(const char *error_code);
/* The operation's model, or NULL. */
const struct operation_model *resource_operation_model(struct emulator *emulator, const char *service,
                                                       const char *name);
/* A copy of value with its scalars turned into what the shape declares. New reference. */
json_t *resource_fit_to_shape(const struct shape *shape, const json_t *value);

#endif
