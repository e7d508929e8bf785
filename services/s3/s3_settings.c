/*
 * Configurations of buckets. They are kept as the document that came and given back as they are: a table says
 * which operation means which, and what AWS answers where nothing is configured.
 * Source: recorded/s3; S3 API reference.
 */
#include "services/s3/s3.h"

#include <jansson.h>

struct setting {
    const char *put;
    const char *get;
    const char *remove;   /* NULL: cannot be deleted */
    const char *kind;     /* in the store */
    const char *member;   /* of the request: the document */
    const char *wrapper;  /* member of the answer that holds the document; NULL: its members are the answer */
    const char *fallback; /* answered where nothing is configured; NULL: the error below */
    enum s3_error_code missing;
    bool deleted_is_missing; /* a deleted configuration is an error even where there is a fallback */
};

static const struct setting settings[] = {
    {"PutBucketTagging", "GetBucketTagging", "DeleteBucketTagging", "Tagging", "Tagging", NULL, NULL,
     S3_NO_SUCH_TAG_SET, false},
    {"PutBucketCors", "GetBucketCors", "DeleteBucketCors", "Cors", "CORSConfiguration", NULL, NULL,
     S3_NO_SUCH_CORS_CONFIGURATION, false},
    {"PutBucketLifecycleConfiguration", "GetBucketLifecycleConfiguration", "DeleteBucketLifecycle",
     "Lifecycle", "LifecycleConfiguration", NULL, NULL, S3_NO_SUCH_LIFECYCLE_CONFIGURATION, false},
    {"PutBucketWebsite", "GetBucketWebsite", "DeleteBucketWebsite", "Website", "WebsiteConfiguration", NULL,
     NULL, S3_NO_SUCH_WEBSITE_CONFIGURATION, false},
    {"PutBucketEncryption", "GetBucketEncryption", "DeleteBucketEncryption", "Encryption",
     "ServerSideEncryptionConfiguration", "ServerSideEncryptionConfiguration",
     "{\"Rules\":[{\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"AES256\"},"
     "\"BucketKeyEnabled\":false}]}",
     S3_ENCRYPTION_NOT_FOUND, false},
    {"PutPublicAccessBlock", "GetPublicAccessBlock", "DeletePublicAccessBlock", "PublicAccessBlock",
     "PublicAccessBlockConfiguration", "PublicAccessBlockConfiguration",
     "{\"BlockPublicAcls\":true,\"IgnorePublicAcls\":true,\"BlockPublicPolicy\":true,"
     "\"RestrictPublicBuckets\":true}",
     S3_NO_SUCH_PUBLIC_ACCESS_BLOCK, true},
    {"PutBucketOwnershipControls", "GetBucketOwnershipControls", "DeleteBucketOwnershipControls",
     "OwnershipControls", "OwnershipControls", "OwnershipControls",
     "{\"Rules\":[{\"ObjectOwnership\":\"BucketOwnerEnforced\"}]}", S3_OWNERSHIP_CONTROLS_NOT_FOUND, true},
    {"PutBucketLogging", "GetBucketLogging", NULL, "Logging", "BucketLoggingStatus", NULL, "{}",
     S3_INVALID_REQUEST, false},
    {"PutBucketAccelerateConfiguration", "GetBucketAccelerateConfiguration", NULL, "Accelerate",
     "AccelerateConfiguration", NULL, "{}", S3_INVALID_REQUEST, false},
    {"PutBucketRequestPayment", "GetBucketRequestPayment", NULL, "RequestPayment",
     "RequestPaymentConfiguration", NULL, "{\"Payer\":\"BucketOwner\"}", S3_INVALID_REQUEST, false},
    {NULL, "GetBucketNotificationConfiguration", NULL, "Notification", NULL, NULL, "{}", S3_INVALID_REQUEST,
     false},
    {NULL, "GetObjectLockConfiguration", NULL, "ObjectLock", NULL, "ObjectLockConfiguration", NULL,
     S3_OBJECT_LOCK_NOT_FOUND, false},
    {NULL, "GetBucketReplication", NULL, "Replication", NULL, NULL, NULL, S3_REPLICATION_NOT_FOUND, false},
    {NULL, NULL, "DeleteBucketPolicy", "Policy", NULL, NULL, NULL, S3_NO_SUCH_BUCKET_POLICY, false},
};

static bool is_called(const char *name, const struct call *call) {
    return name && strcmp(name, call->operation->name) == 0;
}

/* Every operation that has this handler stands in the table. */
static const struct setting *setting_of(const struct call *call) {
    size_t i = 0;
    while (!is_called(settings[i].put, call) && !is_called(settings[i].get, call) &&
           !is_called(settings[i].remove, call)) {
        i++;
    }
    return &settings[i];
}

/* ---- Rules of single configurations ---- */

static bool check_encryption(struct call *call, struct input document, struct result *refusal) {
    struct input rules = input_list(document, "Rules");
    struct input by_default = input_structure(input_first(rules), "ApplyServerSideEncryptionByDefault");
    if (input_count(rules) != 1 || !by_default.value) {
        *refusal = s3_error(call, S3_MALFORMED_XML, NULL);
        return false;
    }
    if (text_equals(input_text(by_default, "SSEAlgorithm"), "AES256") &&
        input_has(by_default, "KMSMasterKeyID")) {
        *refusal =
            s3_error_text(call, S3_INVALID_ARGUMENT,
                          "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or "
                          "aws:kms:dsse",
                          "ArgumentName", "ApplyServerSideEncryptionByDefault", NULL);
        return false;
    }
    return true;
}

static bool check_cors(struct call *call, struct input rules, struct result *refusal) {
    static const char *const allowed[] = {"GET", "PUT", "POST", "DELETE", "HEAD"};
    for (struct input rule = input_first(rules); rule.value; rule = input_next(rule)) {
        struct input methods = input_list(rule, "AllowedMethods");
        for (struct input method = input_first(methods); method.value; method = input_next(method)) {
            bool known = false;
            for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
                known = known || text_equals(input_as_text(method), allowed[i]);
            }
            if (!known) {
                *refusal = s3_error_text(call, S3_INVALID_REQUEST,
                                         arena_printf(call->arena,
                                                      "Found unsupported HTTP method in CORS config. "
                                                      "Unsupported method is %s",
                                                      input_as_string(method)),
                                         NULL);
                return false;
            }
        }
    }
    if (input_count(rules) == 0) {
        *refusal = s3_error(call, S3_MALFORMED_XML, NULL);
        return false;
    }
    return true;
}

static bool check_document(struct call *call, const struct setting *setting, struct input document,
                           struct result *refusal) {
    if (strcmp(setting->kind, "Tagging") == 0) {
        return s3_check_tag_set(call, input_list(document, "TagSet"), true, refusal);
    }
    if (strcmp(setting->kind, "Cors") == 0) {
        return check_cors(call, input_list(document, "CORSRules"), refusal);
    }
    if (strcmp(setting->kind, "Encryption") == 0) {
        return check_encryption(call, document, refusal);
    }
    if (strcmp(setting->kind, "OwnershipControls") == 0 && input_count(input_list(document, "Rules")) != 1) {
        *refusal = s3_error(call, S3_MALFORMED_XML, NULL);
        return false;
    }
    return true;
}

/* ---- Put, get, delete ---- */

struct result s3_put_setting(struct call *call, struct input input) {
    const struct setting *setting = setting_of(call);
    struct result refusal;
    struct s3_bucket bucket;
    struct input document = input_structure(input, setting->member);
    if (!s3_find_bucket(call, input, &bucket, &refusal) ||
        !check_document(call, setting, document, &refusal)) {
        return refusal;
    }
    if (!document.value) {
        return s3_error(call, S3_MALFORMED_XML, NULL);
    }
    if (strcmp(setting->kind, "Tagging") == 0 && input_count(input_list(document, "TagSet")) == 0) {
        s3_store_delete_setting(call->store, bucket.id, setting->kind);
        return result_output();
    }
    struct strbuf json = STRBUF_INIT;
    json_write(&json, document.value);
    s3_store_put_setting(call->store, bucket.id, setting->kind, strbuf_text(&json));
    strbuf_release(&json);
    return result_output();
}

struct result s3_get_setting(struct call *call, struct input input) {
    const struct setting *setting = setting_of(call);
    struct result refusal;
    struct s3_bucket bucket;
    if (!s3_find_bucket(call, input, &bucket, &refusal)) {
        return refusal;
    }
    struct text stored = s3_store_setting(call->store, bucket.id, setting->kind, call->arena);
    bool deleted = stored.data && stored.size == 0;
    if (deleted || (!stored.data && !setting->fallback)) {
        return s3_error(call, setting->missing, "BucketName", bucket.name, NULL);
    }
    const struct json_value *document =
        json_parse(call->arena, stored.data ? stored : text_of(setting->fallback), NULL);
    struct output *out = call_output(call);
    if (setting->wrapper) {
        output_value(out, setting->wrapper, document);
        return result_output();
    }
    for (const struct json_value *member = document->child; member; member = member->next) {
        output_value(out, arena_text_string(call->arena, member->key), member);
    }
    return result_output();
}

/* An empty document remembers that a configuration was deleted, where that differs from never having been. */
struct result s3_delete_setting(struct call *call, struct input input) {
    const struct setting *setting = setting_of(call);
    struct result refusal;
    struct s3_bucket bucket;
    if (!s3_find_bucket(call, input, &bucket, &refusal)) {
        return refusal;
    }
    if (setting->deleted_is_missing) {
        s3_store_put_setting(call->store, bucket.id, setting->kind, TEXT(""));
    } else {
        s3_store_delete_setting(call->store, bucket.id, setting->kind);
    }
    return result_output();
}

/* ---- Policies are text, not XML ---- */

struct result s3_put_bucket_policy(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    struct text policy = input_text(input, "Policy");
    if (!s3_find_bucket(call, input, &bucket, &refusal)) {
        return refusal;
    }
    json_t *document =
        policy.size > 0 && policy.data[0] == '{' ? json_loadb(policy.data, policy.size, 0, NULL) : NULL;
    bool is_object = json_is_object(document);
    bool has_statement = json_object_get(document, "Statement");
    json_decref(document);
    if (!is_object) {
        return s3_error(call, S3_MALFORMED_POLICY, NULL);
    }
    if (!has_statement) {
        return s3_error_text(call, S3_MALFORMED_POLICY, "Missing required field Statement", NULL);
    }
    s3_store_put_setting(call->store, bucket.id, "Policy", policy);
    return result_output();
}

struct result s3_get_bucket_policy(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    if (!s3_find_bucket(call, input, &bucket, &refusal)) {
        return refusal;
    }
    struct text policy = s3_store_setting(call->store, bucket.id, "Policy", call->arena);
    if (!policy.data) {
        return s3_error(call, S3_NO_SUCH_BUCKET_POLICY, "BucketName", bucket.name, NULL);
    }
    output_text(call_output(call), "Policy", policy);
    return result_output();
}
