/*
 * Errors of the front end. The prefixes count only in services whose __type has one (DynamoDB, SQS); the
 * others send bare names. Source: protocols.md sections 2 and 4 (recorded: dynalite).
 */
#include "emulator/protocol/error_shape.h"

#include <stddef.h>

#define CORAL_SERVICE "com.amazon.coral.service#"
#define CORAL_VALIDATE "com.amazon.coral.validate#"
#define CORAL_AVAILABILITY "com.amazon.coral.availability#"

const struct error_shape error_validation_exception = {
    .name = "ValidationException",
    .prefix = CORAL_VALIDATE,
    .status = 400,
};
const struct error_shape error_validation_error = {.name = "ValidationError", .status = 400};
const struct error_shape error_serialization = {
    .name = "SerializationException",
    .prefix = CORAL_SERVICE,
    .message_key = "Message",
    .status = 400,
};
const struct error_shape error_unknown_operation = {
    .name = "UnknownOperationException",
    .prefix = CORAL_SERVICE,
    .status = 400,
};
const struct error_shape error_invalid_action = {.name = "InvalidAction", .status = 400};
const struct error_shape error_missing_parameter = {.name = "MissingParameter", .status = 400};
const struct error_shape error_not_implemented = {
    .name = "NotImplemented",
    .status = 501,
    .receiver_fault = true,
};
const struct error_shape error_internal_failure = {
    .name = "InternalFailure",
    .prefix = CORAL_SERVICE,
    .status = 500,
    .receiver_fault = true,
};
const struct error_shape error_access_denied_exception = {
    .name = "AccessDeniedException",
    .prefix = CORAL_SERVICE,
    .query_code = "AccessDenied",
    .message_key = "Message",
    .status = 400,
};
const struct error_shape error_access_denied = {.name = "AccessDenied", .status = 403};
const struct error_shape error_throttling_exception = {
    .name = "ThrottlingException",
    .prefix = CORAL_AVAILABILITY,
    .status = 400,
};
const struct error_shape error_request_too_large = {
    .name = "RequestEntityTooLargeException",
    .status = 413,
};
