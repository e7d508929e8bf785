#include "services/s3/s3_errors.h"

static const struct shape text_shape = {.name = "ErrorText", .type = SHAPE_STRING};

#define MEMBER(text)                                                                                         \
    {                                                                                                        \
        .name = text, .name_size = sizeof(text) - 1, .wire_name = text, .wire_size = sizeof(text) - 1,       \
        .shape = &text_shape                                                                                 \
    }
static const struct shape_member members[] = {
    MEMBER("ArgumentName1"),
    MEMBER("ArgumentValue1"),
    MEMBER("ArgumentName2"),
    MEMBER("ArgumentValue2"),
    MEMBER("ArgumentName3"),
    MEMBER("ArgumentValue3"),
    MEMBER("ArgumentName4"),
    MEMBER("ArgumentValue4"),
    MEMBER("ActualObjectSize"),
    MEMBER("ArgumentName"),
    MEMBER("ArgumentValue"),
    MEMBER("BucketName"),
    MEMBER("Condition"),
    MEMBER("ETag"),
    MEMBER("Expires"),
    MEMBER("Header"),
    MEMBER("Key"),
    MEMBER("LocationConstraint"),
    MEMBER("Method"),
    MEMBER("MinSizeAllowed"),
    MEMBER("MissingHeaderName"),
    MEMBER("PartNumber"),
    MEMBER("ProposedSize"),
    MEMBER("RangeRequested"),
    MEMBER("ResourceType"),
    MEMBER("ServerTime"),
    MEMBER("StorageClass"),
    MEMBER("TagKey"),
    MEMBER("TagValue"),
    MEMBER("UploadId"),
    MEMBER("VersionId"),
    MEMBER("X-Amz-Expires"),
    MEMBER("PartNumberRequested"),
    MEMBER("ActualPartCount"),
    MEMBER("Size"),
    MEMBER("MaxSizeAllowed"),
};

static const struct shape detail = {
    .name = "S3Error",
    .type = SHAPE_STRUCTURE,
    .member_count = sizeof(members) / sizeof(members[0]),
    .members = members,
};

struct row {
    struct error_shape error;
    const char *message;
};

#define ROW(error_code, http_status, text)                                                                   \
    {                                                                                                        \
        .error = {.name = error_code, .code = error_code, .shape = &detail, .status = http_status},          \
        .message = text                                                                                      \
    }

static const struct row rows[S3_ERROR_COUNT] = {
    [S3_ACCESS_DENIED] = ROW("AccessDenied", 403, "Access Denied"),
    [S3_ACL_NOT_SUPPORTED] = ROW("AccessControlListNotSupported", 400, "The bucket does not allow ACLs"),
    [S3_INVALID_BUCKET_ACL] =
        ROW("InvalidBucketAclWithObjectOwnership", 400,
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"),
    [S3_MALFORMED_ACL] = ROW("MalformedACLError", 400,
                             "The XML you provided was not well-formed or did not validate against our "
                             "published schema"),
    [S3_MISSING_SECURITY_HEADER] =
        ROW("MissingSecurityHeader", 400, "Your request was missing a required header"),
    [S3_UNEXPECTED_CONTENT] = ROW("UnexpectedContent", 400, "This request does not support content"),
    [S3_BAD_DIGEST] = ROW("BadDigest", 400, "The Content-MD5 you specified did not match what we received."),
    [S3_BUCKET_ALREADY_EXISTS] = ROW("BucketAlreadyExists", 409,
                                     "The requested bucket name is not available. The bucket namespace is "
                                     "shared by all users of the system. "
                                     "Please select a different name and try again."),
    [S3_BUCKET_ALREADY_OWNED_BY_YOU] =
        ROW("BucketAlreadyOwnedByYou", 409,
            "Your previous request to create the named bucket succeeded and you already own it."),
    [S3_BUCKET_NOT_EMPTY] = ROW("BucketNotEmpty", 409, "The bucket you tried to delete is not empty"),
    [S3_CONDITIONAL_REQUEST_CONFLICT] =
        ROW("ConditionalRequestConflict", 409,
            "The conditional request cannot succeed due to a conflicting operation against this resource."),
    [S3_INVALID_OBJECT_STATE] =
        ROW("InvalidObjectState", 403, "The operation is not valid for the object's storage class"),
    [S3_ENTITY_TOO_SMALL] =
        ROW("EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size"),
    [S3_ILLEGAL_LOCATION_CONSTRAINT] = ROW("IllegalLocationConstraintException", 400, NULL),
    [S3_ILLEGAL_VERSIONING_CONFIGURATION] =
        ROW("IllegalVersioningConfigurationException", 400, "The Versioning element must be specified"),
    [S3_INVALID_ARGUMENT] = ROW("InvalidArgument", 400, "Invalid Argument"),
    [S3_INVALID_BUCKET_NAME] = ROW("InvalidBucketName", 400, "The specified bucket is not valid."),
    [S3_INVALID_BUCKET_STATE] = ROW("InvalidBucketState", 409, NULL),
    [S3_INVALID_DIGEST] = ROW("InvalidDigest", 400, "The Content-MD5 you specified was invalid."),
    [S3_INVALID_LOCATION_CONSTRAINT] =
        ROW("InvalidLocationConstraint", 400, "The specified location-constraint is not valid"),
    [S3_INVALID_PART] = ROW(
        "InvalidPart", 400,
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
        "specified entity tag may not match the part's entity tag."),
    [S3_INVALID_PART_NUMBER] = ROW("InvalidPartNumber", 416, "The requested partnumber is not satisfiable"),
    [S3_INVALID_PART_ORDER] =
        ROW("InvalidPartOrder", 400,
            "The list of parts was not in ascending order. Parts must be ordered by part number."),
    [S3_INVALID_RANGE] = ROW("InvalidRange", 416, "The requested range is not satisfiable"),
    [S3_INVALID_REQUEST] = ROW("InvalidRequest", 400, NULL),
    [S3_INVALID_TAG] = ROW("InvalidTag", 400, NULL),
    [S3_KEY_TOO_LONG] = ROW("KeyTooLongError", 400, "Your key is too long"),
    [S3_MALFORMED_POLICY] =
        ROW("MalformedPolicy", 400, "Policies must be valid JSON and the first byte must be '{'"),
    [S3_MALFORMED_XML] =
        ROW("MalformedXML", 400,
            "The XML you provided was not well-formed or did not validate against our published schema"),
    [S3_METHOD_NOT_ALLOWED] =
        ROW("MethodNotAllowed", 405, "The specified method is not allowed against this resource."),
    [S3_NO_SUCH_BUCKET] = ROW("NoSuchBucket", 404, "The specified bucket does not exist"),
    [S3_NO_SUCH_BUCKET_POLICY] = ROW("NoSuchBucketPolicy", 404, "The bucket policy does not exist"),
    [S3_NO_SUCH_CORS_CONFIGURATION] =
        ROW("NoSuchCORSConfiguration", 404, "The CORS configuration does not exist"),
    [S3_NO_SUCH_KEY] = ROW("NoSuchKey", 404, "The specified key does not exist."),
    [S3_NO_SUCH_LIFECYCLE_CONFIGURATION] =
        ROW("NoSuchLifecycleConfiguration", 404, "The lifecycle configuration does not exist"),
    [S3_NO_SUCH_PUBLIC_ACCESS_BLOCK] = ROW("NoSuchPublicAccessBlockConfiguration", 404,
                                           "The public access block configuration was not found"),
    [S3_NO_SUCH_TAG_SET] = ROW("NoSuchTagSet", 404, "The TagSet does not exist"),
    [S3_NO_SUCH_UPLOAD] =
        ROW("NoSuchUpload", 404,
            "The specified upload does not exist. The upload ID may be invalid, or the upload may "
            "have been aborted or completed."),
    [S3_NO_SUCH_VERSION] = ROW("NoSuchVersion", 404, "The specified version does not exist."),
    [S3_NO_SUCH_WEBSITE_CONFIGURATION] =
        ROW("NoSuchWebsiteConfiguration", 404, "The specified bucket does not have a website configuration"),
    [S3_NOT_IMPLEMENTED] =
        ROW("NotImplemented", 501, "A header you provided implies functionality that is not implemented"),
    [S3_NO_SUCH_OBJECT_LOCK] = ROW("NoSuchObjectLockConfiguration", 404,
                                   "The specified object does not have a ObjectLock configuration"),
    [S3_OBJECT_LOCK_NOT_FOUND] = ROW("ObjectLockConfigurationNotFoundError", 404,
                                     "Object Lock configuration does not exist for this bucket"),
    [S3_OWNERSHIP_CONTROLS_NOT_FOUND] =
        ROW("OwnershipControlsNotFoundError", 404, "The bucket ownership controls were not found"),
    [S3_PRECONDITION_FAILED] =
        ROW("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold"),
    [S3_REPLICATION_NOT_FOUND] =
        ROW("ReplicationConfigurationNotFoundError", 404, "The replication configuration was not found"),
    [S3_ENCRYPTION_NOT_FOUND] = ROW("ServerSideEncryptionConfigurationNotFoundError", 404,
                                    "The server side encryption configuration was not found"),
};

static struct result fail(struct call *call, enum s3_error_code code, const char *message, va_list pairs) {
    struct result result = message ? call_error(call, &rows[code].error, "%s", message)
                                   : call_error(call, &rows[code].error, NULL);
    struct output *out = call_error_output(call);
    for (const char *name = va_arg(pairs, const char *); name; name = va_arg(pairs, const char *)) {
        output_string(out, name, va_arg(pairs, const char *));
    }
    return result;
}

struct result s3_error(struct call *call, enum s3_error_code code, ...) {
    va_list pairs;
    va_start(pairs, code);
    struct result result = fail(call, code, rows[code].message, pairs);
    va_end(pairs);
    return result;
}

struct result s3_error_text(struct call *call, enum s3_error_code code, const char *message, ...) {
    va_list pairs;
    va_start(pairs, message);
    struct result result = fail(call, code, message, pairs);
    va_end(pairs);
    return result;
}

const char *s3_error_name(enum s3_error_code code) {
    return rows[code].error.code;
}

const char *s3_error_message(enum s3_error_code code) {
    return rows[code].message;
}
