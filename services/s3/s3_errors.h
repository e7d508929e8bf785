/*
 * S3's errors: most are in no model, and nearly every one has a fixed text and members of its own. A row
 * each; the members are given as name and value, up to a NULL:
 *
 *   return s3_error(call, S3_NO_SUCH_KEY, "Key", key, NULL);
 */
#ifndef STACKRIG_S3_ERRORS_H
#define STACKRIG_S3_ERRORS_H

#include "emulator/core/call.h"

/* Errors that list several arguments number them: ArgumentName1 ... */
#define S3_MAXIMUM_NUMBERED_ARGUMENTS 4

enum s3_error_code {
    S3_ACCESS_DENIED,
    S3_ACL_NOT_SUPPORTED,
    S3_BAD_DIGEST,
    S3_BUCKET_ALREADY_EXISTS,
    S3_BUCKET_ALREADY_OWNED_BY_YOU,
    S3_BUCKET_NOT_EMPTY,
    S3_CONDITIONAL_REQUEST_CONFLICT,
    S3_ENTITY_TOO_SMALL,
    S3_ILLEGAL_LOCATION_CONSTRAINT,
    S3_ILLEGAL_VERSIONING_CONFIGURATION,
    S3_INVALID_ARGUMENT,
    S3_INVALID_BUCKET_ACL,
    S3_INVALID_BUCKET_NAME,
    S3_INVALID_BUCKET_STATE,
    S3_INVALID_DIGEST,
    S3_INVALID_LOCATION_CONSTRAINT,
    S3_INVALID_OBJECT_STATE,
    S3_INVALID_PART,
    S3_INVALID_PART_NUMBER,
    S3_INVALID_PART_ORDER,
    S3_INVALID_RANGE,
    S3_INVALID_REQUEST,
    S3_INVALID_TAG,
    S3_KEY_TOO_LONG,
    S3_MALFORMED_ACL,
    S3_MALFORMED_POLICY,
    S3_MALFORMED_XML,
    S3_METHOD_NOT_ALLOWED,
    S3_MISSING_SECURITY_HEADER,
    S3_NO_SUCH_BUCKET,
    S3_NO_SUCH_BUCKET_POLICY,
    S3_NO_SUCH_CORS_CONFIGURATION,
    S3_NO_SUCH_KEY,
    S3_NO_SUCH_LIFECYCLE_CONFIGURATION,
    S3_NO_SUCH_OBJECT_LOCK,
    S3_NO_SUCH_PUBLIC_ACCESS_BLOCK,
    S3_NO_SUCH_TAG_SET,
    S3_NO_SUCH_UPLOAD,
    S3_NO_SUCH_VERSION,
    S3_NO_SUCH_WEBSITE_CONFIGURATION,
    S3_NOT_IMPLEMENTED,
    S3_OBJECT_LOCK_NOT_FOUND,
    S3_OWNERSHIP_CONTROLS_NOT_FOUND,
    S3_PRECONDITION_FAILED,
    S3_REPLICATION_NOT_FOUND,
    S3_ENCRYPTION_NOT_FOUND,
    S3_UNEXPECTED_CONTENT,
    S3_ERROR_COUNT
};

struct result s3_error(struct call *call, enum s3_error_code code, ...) __attribute__((sentinel));
/* With another text than the row's; it is taken as it stands. */
struct result s3_error_text(struct call *call, enum s3_error_code code, const char *message, ...)
    __attribute__((sentinel));
/* Code and text of a row, for lists of errors inside an answer. */
const char *s3_error_name(enum s3_error_code code);
const char *s3_error_message(enum s3_error_code code);

#endif
