#include "services/s3/s3.h"

static const struct operation_row operations[] = {
    {"AbortMultipartUpload", s3_abort_multipart_upload},
    {"CompleteMultipartUpload", s3_complete_multipart_upload},
    {"CopyObject", s3_copy_object},
    {"CreateBucket", s3_create_bucket},
    {"CreateMultipartUpload", s3_create_multipart_upload},
    {"DeleteBucket", s3_delete_bucket},
    {"DeleteBucketCors", s3_delete_setting},
    {"DeleteBucketEncryption", s3_delete_setting},
    {"DeleteBucketLifecycle", s3_delete_setting},
    {"DeleteBucketOwnershipControls", s3_delete_setting},
    {"DeleteBucketPolicy", s3_delete_setting},
    {"DeleteBucketTagging", s3_delete_setting},
    {"DeleteBucketWebsite", s3_delete_setting},
    {"DeleteObject", s3_delete_object},
    {"DeleteObjectTagging", s3_delete_object_tagging},
    {"DeleteObjects", s3_delete_objects},
    {"DeletePublicAccessBlock", s3_delete_setting},
    {"GetBucketAccelerateConfiguration", s3_get_setting},
    {"GetBucketAcl", s3_get_acl},
    {"GetBucketCors", s3_get_setting},
    {"GetBucketEncryption", s3_get_setting},
    {"GetBucketLifecycleConfiguration", s3_get_setting},
    {"GetBucketLocation", s3_get_bucket_location},
    {"GetBucketLogging", s3_get_setting},
    {"GetBucketNotificationConfiguration", s3_get_setting},
    {"GetBucketOwnershipControls", s3_get_setting},
    {"GetBucketPolicy", s3_get_bucket_policy},
    {"GetBucketReplication", s3_get_setting},
    {"GetBucketRequestPayment", s3_get_setting},
    {"GetBucketTagging", s3_get_setting},
    {"GetBucketVersioning", s3_get_bucket_versioning},
    {"GetBucketWebsite", s3_get_setting},
    {"GetObject", s3_get_object},
    {"GetObjectAcl", s3_get_acl},
    {"GetObjectAttributes", s3_get_object_attributes},
    {"GetObjectLegalHold", s3_get_object_legal_hold},
    {"GetObjectLockConfiguration", s3_get_setting},
    {"GetObjectRetention", s3_get_object_retention},
    {"GetObjectTagging", s3_get_object_tagging},
    {"GetPublicAccessBlock", s3_get_setting},
    {"HeadBucket", s3_head_bucket},
    {"HeadObject", s3_head_object},
    {"ListBuckets", s3_list_buckets},
    {"ListMultipartUploads", s3_list_multipart_uploads},
    {"ListObjectVersions", s3_list_object_versions},
    {"ListObjects", s3_list_objects},
    {"ListObjectsV2", s3_list_objects_v2},
    {"ListParts", s3_list_parts},
    {"PutBucketAccelerateConfiguration", s3_put_setting},
    {"PutBucketAcl", s3_put_bucket_acl},
    {"PutBucketCors", s3_put_setting},
    {"PutBucketEncryption", s3_put_setting},
    {"PutBucketLifecycleConfiguration", s3_put_setting},
    {"PutBucketLogging", s3_put_setting},
    {"PutBucketNotificationConfiguration", s3_put_bucket_notification},
    {"PutBucketOwnershipControls", s3_put_setting},
    {"PutBucketPolicy", s3_put_bucket_policy},
    {"PutBucketRequestPayment", s3_put_setting},
    {"PutBucketTagging", s3_put_setting},
    {"PutBucketVersioning", s3_put_bucket_versioning},
    {"PutBucketWebsite", s3_put_setting},
    {"PutObject", s3_put_object},
    {"PutObjectAcl", s3_put_object_acl},
    {"PutObjectLegalHold", s3_put_object_legal_hold},
    {"PutObjectLockConfiguration", s3_put_object_lock_configuration},
    {"PutObjectRetention", s3_put_object_retention},
    {"PutObjectTagging", s3_put_object_tagging},
    {"PutPublicAccessBlock", s3_put_setting},
    {"UploadPart", s3_upload_part},
    {"UploadPartCopy", s3_upload_part_copy},
    {NULL, NULL},
};

static const struct accepted_member accepted[] = {
    {"PutBucketAcl", "AccessControlPolicy", "stored and shown; access is not controlled"},
    {"PutObject", "ACL", "stored and shown; access is not controlled"},
    {"PutObjectAcl", "AccessControlPolicy", "stored and shown; access is not controlled"},
    {"PutObject", "ServerSideEncryption", "stored and shown; content is not encrypted"},
    {"PutBucketAccelerateConfiguration", "AccelerateConfiguration", "stored and shown"},
    {"PutBucketCors", "CORSConfiguration", "stored and shown"},
    {"PutBucketEncryption", "ServerSideEncryptionConfiguration",
     "stored and shown; content is not encrypted"},
    {"PutBucketLifecycleConfiguration", "LifecycleConfiguration", "stored and shown; objects do not expire"},
    {"PutBucketLogging", "BucketLoggingStatus", "stored and shown; no access logs are written"},
    {"PutBucketOwnershipControls", "OwnershipControls", "stored and shown; access is not controlled"},
    {"PutBucketPolicy", "Policy", "stored and shown; access is not controlled"},
    {"PutBucketRequestPayment", "RequestPaymentConfiguration", "stored and shown"},
    {"PutBucketWebsite", "WebsiteConfiguration", "stored and shown; no website endpoint"},
    {"PutPublicAccessBlock", "PublicAccessBlockConfiguration", "stored and shown; access is not controlled"},
    {NULL, NULL, NULL},
};

/* S3 does not say what the front ends of other services say when a value is not allowed. */
static struct result validation_failed(struct call *call, struct input input, const char *message) {
    static const struct error_shape invalid_storage_class = {
        .name = "InvalidStorageClass", .code = "InvalidStorageClass", .status = 400};
    if (strstr(message, "at 'aCL'") && text_equals(input_text(input, "ACL"), "log-delivery-write")) {
        /* good for buckets, but in no model */
        return strcmp(call->operation->name, "CreateBucket") == 0 ? s3_create_bucket(call, input)
                                                                  : s3_put_bucket_acl(call, input);
    }
    if (strstr(message, "at 'aCL'")) {
        return s3_error_text(call, S3_INVALID_ARGUMENT, NULL, "ArgumentName", "x-amz-acl", "ArgumentValue",
                             input_string(input, "ACL"), NULL);
    }
    if (strstr(message, "at 'objectLockMode'")) {
        return s3_error_text(call, S3_INVALID_ARGUMENT, "Unknown wormMode directive.", "ArgumentName",
                             "x-amz-object-lock-mode", "ArgumentValue", input_string(input, "ObjectLockMode"),
                             NULL);
    }
    if (strstr(message, "at 'encodingType'")) {
        return s3_error_text(call, S3_INVALID_ARGUMENT, "Invalid Encoding Method specified in Request",
                             "ArgumentName", "encoding-type", "ArgumentValue",
                             arena_text_string(call->arena, input_text(input, "EncodingType")), NULL);
    }
    if (strstr(message, "at 'storageClass'")) {
        return call_error(call, &invalid_storage_class, "The storage class you specified is not valid");
    }
    if (strstr(message, "at 'checksumAlgorithm'")) {
        return s3_error_text(
            call, S3_INVALID_REQUEST,
            "Checksum algorithm provided is unsupported. Please try again with any of the valid "
            "types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
            NULL);
    }
    if (strstr(message, "at 'createBucketConfiguration.locationConstraint'")) {
        return s3_create_bucket(call, input); /* it knows what to say */
    }
    if (strcmp(call->operation->name, "PutBucketNotificationConfiguration") == 0 &&
        strstr(message, "filterRules")) {
        return s3_put_bucket_notification(call, input); /* names of rules may be in any case */
    }
    if (strstr(message, "at 'objectOwnership'")) {
        return s3_create_bucket(call, input);
    }
    const struct shape *shape = call->operation->input;
    const struct shape_member *payload = shape->payload ? shape_member(shape, text_of(shape->payload)) : NULL;
    if (payload && payload->shape->type == SHAPE_STRUCTURE) {
        return s3_error(call, S3_MALFORMED_XML, NULL);
    }
    return s3_error_text(call, S3_INVALID_ARGUMENT, message, NULL);
}

const struct service s3_service = {
    .model = &s3_model,
    .operations = operations,
    .store = &s3_store_module,
    .accepted = accepted,
    .validation_failed = validation_failed,
    .open_to_pages = true, /* buckets have CORS rules */
};
