/*
 * One AWS error as a row. The model's errors are generated (NAME_error_CODE in services/NAME/model.h of the
 * build); those no model lists (ValidationError, ...) are written by hand in the service that sends them.
 */
#ifndef STACKRIG_ERROR_SHAPE_H
#define STACKRIG_ERROR_SHAPE_H

#include <stdbool.h>

struct shape;

struct error_shape {
    const char *name;          /* shape name; the code on the wire when `code` is NULL */
    const char *code;          /* query/XML <Code>; JSON uses name */
    const char *prefix;        /* of __type, replaces the service's; NULL: the service's */
    const char *query_code;    /* SQS: x-amzn-query-error; NULL: code */
    const char *message_key;   /* "message" or "Message"; NULL: "message" */
    const struct shape *shape; /* extra members; NULL: none */
    int status;                /* HTTP */
    bool receiver_fault;       /* <Type>Receiver</Type>; else Sender */
};

/* Errors of the front end, the same in every service. */
extern const struct error_shape error_validation_exception;    /* ValidationException 400 */
extern const struct error_shape error_validation_error;        /* ValidationError 400 (query) */
extern const struct error_shape error_serialization;           /* SerializationException 400 */
extern const struct error_shape error_unknown_operation;       /* UnknownOperationException 400 */
extern const struct error_shape error_invalid_action;          /* InvalidAction 400 (query) */
extern const struct error_shape error_missing_parameter;       /* MissingParameter 400 (query) */
extern const struct error_shape error_not_implemented;         /* NotImplemented 501 */
extern const struct error_shape error_internal_failure;        /* InternalFailure 500 */
extern const struct error_shape error_access_denied_exception; /* AccessDeniedException 400 (403 REST) */
extern const struct error_shape error_access_denied;           /* AccessDenied 403 (query, S3) */
extern const struct error_shape error_throttling_exception;    /* ThrottlingException 400 */
extern const struct error_shape error_request_too_large;       /* RequestEntityTooLargeException 413 */

#endif
