/* AWS::S3::Bucket, BucketPolicy. */
#include "services/cloudformation/resource_types.h"

static const struct property_row bucket_properties[] = {
    {"BucketName", PROPERTY_STRING, PROPERTY_CREATE_ONLY, "-"},
    {"AccelerateConfiguration", PROPERTY_MAP, 0, "-"},
    {"AccessControl", PROPERTY_STRING, 0, "-"},
    {"BucketEncryption", PROPERTY_MAP, 0, "-"},
    {"CorsConfiguration", PROPERTY_MAP, 0, "-"},
    {"LifecycleConfiguration", PROPERTY_MAP, 0, "-"},
    {"LoggingConfiguration", PROPERTY_MAP, 0, "-"},
    {"NotificationConfiguration", PROPERTY_MAP, 0, "-"},
    {"ObjectLockConfiguration", PROPERTY_MAP, 0, "-"},
    {"ObjectLockEnabled", PROPERTY_BOOLEAN, PROPERTY_CREATE_ONLY, "-"},
    {"OwnershipControls", PROPERTY_MAP, 0, "-"},
    {"PublicAccessBlockConfiguration", PROPERTY_MAP, 0, "-"},
    {"Tags", PROPERTY_LIST, 0, "-"},
    {"VersioningConfiguration", PROPERTY_MAP, 0, "-"},
    {"WebsiteConfiguration", PROPERTY_MAP, 0, "-"},
    {0},
};

static const char *const bucket_attributes[] = {
    "Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL", NULL};

/* "PublicReadWrite" of the template is "public-read-write" of the API. */
static const char *canned_acl(struct resource_operation *operation) {
    const char *name = resource_property_string(operation, "AccessControl");
    if (!name) {
        return NULL;
    }
    struct strbuf text = STRBUF_INIT;
    for (const char *c = name; *c; c++) {
        bool upper = *c >= 'A' && *c <= 'Z';
        if (upper && c != name) {
            strbuf_append_char(&text, '-');
        }
        strbuf_append_char(&text, upper ? (char)(*c - 'A' + 'a') : *c);
    }
    char *acl = arena_text_string(operation->arena, strbuf_text(&text));
    strbuf_release(&text);
    return acl;
}

static bool create_bucket(struct resource_operation *operation, json_t *input) {
    const char *region = operation->request.caller.region;
    resource_set_member(input, "Bucket", resource_name(operation));
    resource_set_member(input, "ACL", canned_acl(operation));
    json_t *lock = resource_property(operation, "ObjectLockEnabled");
    if (lock) {
        json_object_set(input, "ObjectLockEnabledForBucket", lock);
    }
    if (strcmp(region, "us-east-1") != 0) {
        json_object_set_new(input, "CreateBucketConfiguration",
                            json_pack("{s:s}", "LocationConstraint", region));
    }
    return true;
}

static void bucket_created(struct resource_operation *operation, const struct call_reply *reply) {
    (void)reply;
    struct arena *arena = operation->arena;
    const char *name = resource_name(operation);
    const char *region = operation->request.caller.region;
    resource_set_physical_id(operation, text_of(name));
    resource_set_attribute(operation, "Arn", text_of(arena_printf(arena, "arn:aws:s3:::%s", name)));
    resource_set_attribute(operation, "DomainName",
                           text_of(arena_printf(arena, "%s.s3.amazonaws.com", name)));
    resource_set_attribute(operation, "DualStackDomainName",
                           text_of(arena_printf(arena, "%s.s3.dualstack.%s.amazonaws.com", name, region)));
    resource_set_attribute(operation, "RegionalDomainName",
                           text_of(arena_printf(arena, "%s.s3.%s.amazonaws.com", name, region)));
    resource_set_attribute(
        operation, "WebsiteURL",
        text_of(arena_printf(arena, "http://%s.s3-website-%s.amazonaws.com", name, region)));
}

/* A member of a template's structure under its API name. */
static void move(json_t *to, const char *name, const json_t *from, const char *property) {
    json_t *value = json_object_get(from, property);
    if (value) {
        json_object_set(to, name, value);
    }
}

static bool put_whole(struct resource_operation *operation, json_t *input, const char *property,
                      const char *member) {
    json_t *value = resource_property(operation, property);
    json_object_set(input, member, value);
    return value != NULL;
}

static bool put_versioning(struct resource_operation *operation, json_t *input) {
    return put_whole(operation, input, "VersioningConfiguration", "VersioningConfiguration");
}

static bool put_access_block(struct resource_operation *operation, json_t *input) {
    return put_whole(operation, input, "PublicAccessBlockConfiguration", "PublicAccessBlockConfiguration");
}

static bool put_ownership(struct resource_operation *operation, json_t *input) {
    return put_whole(operation, input, "OwnershipControls", "OwnershipControls");
}

static bool put_acceleration(struct resource_operation *operation, json_t *input) {
    json_t *value = resource_property(operation, "AccelerateConfiguration");
    json_t *status = json_object_get(value, "AccelerationStatus");
    json_object_set_new(input, "AccelerateConfiguration", json_pack("{s:O?}", "Status", status));
    return value != NULL;
}

static bool put_object_lock(struct resource_operation *operation, json_t *input) {
    return put_whole(operation, input, "ObjectLockConfiguration", "ObjectLockConfiguration");
}

static bool put_encryption(struct resource_operation *operation, json_t *input) {
    json_t *rules = json_array();
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(resource_property(operation, "BucketEncryption"),
                                       "ServerSideEncryptionConfiguration"),
                       i, row) {
        json_t *rule = json_object();
        move(rule, "ApplyServerSideEncryptionByDefault", row, "ServerSideEncryptionByDefault");
        move(rule, "BucketKeyEnabled", row, "BucketKeyEnabled");
        json_array_append_new(rules, rule);
    }
    json_object_set_new(input, "ServerSideEncryptionConfiguration", json_pack("{s:o}", "Rules", rules));
    return resource_property(operation, "BucketEncryption") != NULL;
}

static bool put_cors(struct resource_operation *operation, json_t *input) {
    static const char *const names[][2] = {{"AllowedHeaders", "AllowedHeaders"},
                                           {"AllowedMethods", "AllowedMethods"},
                                           {"AllowedOrigins", "AllowedOrigins"},
                                           {"ExposeHeaders", "ExposedHeaders"},
                                           {"ID", "Id"},
                                           {"MaxAgeSeconds", "MaxAge"}};
    json_t *rules = json_array();
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(resource_property(operation, "CorsConfiguration"), "CorsRules"), i,
                       row) {
        json_t *rule = json_object();
        for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
            move(rule, names[n][0], row, names[n][1]);
        }
        json_array_append_new(rules, rule);
    }
    json_object_set_new(input, "CORSConfiguration", json_pack("{s:o}", "CORSRules", rules));
    return resource_property(operation, "CorsConfiguration") != NULL;
}

static json_t *lifecycle_filter(const json_t *row) {
    json_t *filter = json_object();
    json_t *tags = json_object_get(row, "TagFilters");
    json_t *prefix = json_object_get(row, "Prefix");
    if (json_array_size(tags) > 0) {
        json_object_set_new(filter, "And", json_pack("{s:O?, s:O}", "Prefix", prefix, "Tags", tags));
    } else {
        json_object_set_new(filter, "Prefix", prefix ? json_incref(prefix) : json_string(""));
    }
    return filter;
}

static json_t *lifecycle_rule(const json_t *row) {
    json_t *rule = json_object();
    json_t *expiration = json_object();
    move(rule, "ID", row, "Id");
    move(rule, "Status", row, "Status");
    json_object_set_new(rule, "Filter", lifecycle_filter(row));
    move(expiration, "Days", row, "ExpirationInDays");
    move(expiration, "Date", row, "ExpirationDate");
    move(expiration, "ExpiredObjectDeleteMarker", row, "ExpiredObjectDeleteMarker");
    if (json_object_size(expiration) > 0) {
        json_object_set(rule, "Expiration", expiration);
    }
    json_decref(expiration);
    json_t *noncurrent = json_object_get(row, "NoncurrentVersionExpirationInDays");
    if (noncurrent) {
        json_object_set_new(rule, "NoncurrentVersionExpiration",
                            json_pack("{s:O}", "NoncurrentDays", noncurrent));
    }
    move(rule, "NoncurrentVersionExpiration", row, "NoncurrentVersionExpiration");
    move(rule, "AbortIncompleteMultipartUpload", row, "AbortIncompleteMultipartUpload");
    json_t *transitions = json_array();
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(row, "Transitions"), i, item) {
        json_t *transition = json_object();
        move(transition, "Days", item, "TransitionInDays");
        move(transition, "Date", item, "TransitionDate");
        move(transition, "StorageClass", item, "StorageClass");
        json_array_append_new(transitions, transition);
    }
    if (json_array_size(transitions) > 0) {
        json_object_set(rule, "Transitions", transitions);
    }
    json_decref(transitions);
    return rule;
}

static bool put_lifecycle(struct resource_operation *operation, json_t *input) {
    json_t *rules = json_array();
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(resource_property(operation, "LifecycleConfiguration"), "Rules"), i,
                       row) {
        json_array_append_new(rules, lifecycle_rule(row));
    }
    json_object_set_new(input, "LifecycleConfiguration", json_pack("{s:o}", "Rules", rules));
    return resource_property(operation, "LifecycleConfiguration") != NULL;
}

static bool put_logging(struct resource_operation *operation, json_t *input) {
    json_t *from = resource_property(operation, "LoggingConfiguration");
    json_t *enabled = json_object();
    move(enabled, "TargetBucket", from, "DestinationBucketName");
    if (!json_object_get(enabled, "TargetBucket")) {
        resource_set_member(enabled, "TargetBucket", operation->physical_id);
    }
    json_t *prefix = json_object_get(from, "LogFilePrefix");
    json_object_set_new(enabled, "TargetPrefix", prefix ? json_incref(prefix) : json_string(""));
    json_object_set_new(input, "BucketLoggingStatus", json_pack("{s:o}", "LoggingEnabled", enabled));
    return from != NULL;
}

static json_t *notification_filter(const json_t *row) {
    const json_t *key = json_object_get(json_object_get(row, "Filter"), "S3Key");
    json_t *rules = json_object_get(key, "Rules");
    return rules ? json_pack("{s:{s:O}}", "Key", "FilterRules", rules) : NULL;
}

static void add_notifications(json_t *configuration, const json_t *from, const char *property,
                              const char *target, const char *api_list, const char *api_target) {
    json_t *list = json_array();
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(from, property), i, row) {
        json_t *item = json_object();
        move(item, api_target, row, target);
        json_object_set_new(item, "Events", json_pack("[O]", json_object_get(row, "Event")));
        json_t *filter = notification_filter(row);
        if (filter) {
            json_object_set_new(item, "Filter", filter);
        }
        json_array_append_new(list, item);
    }
    if (json_array_size(list) > 0) {
        json_object_set(configuration, api_list, list);
    }
    json_decref(list);
}

static bool put_notifications(struct resource_operation *operation, json_t *input) {
    json_t *from = resource_property(operation, "NotificationConfiguration");
    json_t *configuration = json_object();
    add_notifications(configuration, from, "LambdaConfigurations", "Function", "LambdaFunctionConfigurations",
                      "LambdaFunctionArn");
    add_notifications(configuration, from, "QueueConfigurations", "Queue", "QueueConfigurations", "QueueArn");
    add_notifications(configuration, from, "TopicConfigurations", "Topic", "TopicConfigurations", "TopicArn");
    if (json_object_get(from, "EventBridgeConfiguration")) {
        json_object_set_new(configuration, "EventBridgeConfiguration", json_object());
    }
    json_object_set_new(input, "NotificationConfiguration", configuration);
    return true;
}

static bool put_website(struct resource_operation *operation, json_t *input) {
    json_t *from = resource_property(operation, "WebsiteConfiguration");
    json_t *to = json_object();
    json_t *index = json_object_get(from, "IndexDocument");
    json_t *error = json_object_get(from, "ErrorDocument");
    if (index) {
        json_object_set_new(to, "IndexDocument", json_pack("{s:O}", "Suffix", index));
    }
    if (error) {
        json_object_set_new(to, "ErrorDocument", json_pack("{s:O}", "Key", error));
    }
    move(to, "RedirectAllRequestsTo", from, "RedirectAllRequestsTo");
    json_object_set_new(input, "WebsiteConfiguration", to);
    return from != NULL;
}

static bool put_tags(struct resource_operation *operation, json_t *input) {
    json_t *tags = resource_all_tags(operation);
    json_object_set_new(input, "Tagging", json_pack("{s:o}", "TagSet", tags));
    return json_array_size(tags) > 0;
}

#define CONFIGURATION(call, property, function)                                                              \
    { .service = "s3", .operation = call, .id_member = "Bucket", .when_changed = property, .build = function }
#define CONFIGURATION_STEPS                                                                                  \
    CONFIGURATION("PutBucketVersioning", "VersioningConfiguration", put_versioning),                         \
        CONFIGURATION("PutPublicAccessBlock", "PublicAccessBlockConfiguration", put_access_block),           \
        CONFIGURATION("PutBucketOwnershipControls", "OwnershipControls", put_ownership),                     \
        CONFIGURATION("PutBucketEncryption", "BucketEncryption", put_encryption),                            \
        CONFIGURATION("PutBucketCors", "CorsConfiguration", put_cors),                                       \
        CONFIGURATION("PutBucketLifecycleConfiguration", "LifecycleConfiguration", put_lifecycle),           \
        CONFIGURATION("PutBucketLogging", "LoggingConfiguration", put_logging),                              \
        CONFIGURATION("PutBucketNotificationConfiguration", "NotificationConfiguration", put_notifications), \
        CONFIGURATION("PutBucketWebsite", "WebsiteConfiguration", put_website),                              \
        CONFIGURATION("PutBucketAccelerateConfiguration", "AccelerateConfiguration", put_acceleration),      \
        CONFIGURATION("PutObjectLockConfiguration", "ObjectLockConfiguration", put_object_lock)

static const struct type_step create_bucket_steps[] = {
    {.service = "s3", .operation = "CreateBucket", .build = create_bucket, .reply = bucket_created},
    {.service = "s3", .operation = "PutBucketTagging", .id_member = "Bucket", .build = put_tags},
    CONFIGURATION_STEPS,
    {0},
};
static const struct type_step update_bucket_steps[] = {
    CONFIGURATION("PutBucketTagging", "Tags", put_tags),
    CONFIGURATION_STEPS,
    {0},
};
static const struct type_step remove_bucket_steps[] = {
    {.service = "s3", .operation = "DeleteBucket", .id_member = "Bucket"},
    {0},
};

/* ---- BucketPolicy ---- */

static const struct property_row policy_properties[] = {
    {"Bucket", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, "-"},
    {"PolicyDocument", PROPERTY_JSON, PROPERTY_REQUIRED, "-"},
    {0},
};

static const char *const no_attributes[] = {NULL};

static bool put_policy(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "Bucket", resource_property_string(operation, "Bucket"));
    resource_set_member(input, "Policy",
                        resource_document_text(operation, resource_property(operation, "PolicyDocument")));
    return true;
}

static void policy_put(struct resource_operation *operation, const struct call_reply *reply) {
    (void)reply;
    if (!operation->physical_id) {
        resource_set_physical_id(operation, text_of(resource_property_string(operation, "Bucket")));
    }
}

static const struct type_step put_policy_steps[] = {
    {.service = "s3", .operation = "PutBucketPolicy", .build = put_policy, .reply = policy_put},
    {0},
};
static const struct type_step remove_policy_steps[] = {
    {.service = "s3", .operation = "DeleteBucketPolicy", .id_member = "Bucket"},
    {0},
};

const struct resource_type s3_resources[] = {
    {.name = "AWS::S3::Bucket",
     .properties = bucket_properties,
     .attributes = bucket_attributes,
     .create = create_bucket_steps,
     .update = update_bucket_steps,
     .remove = remove_bucket_steps,
     .system_tags = true,
     .name_is_unique = true,
     .name_property = "BucketName",
     .name_limit = 63,
     .name_lower_case = true},
    {.name = "AWS::S3::BucketPolicy",
     .properties = policy_properties,
     .attributes = no_attributes,
     .create = put_policy_steps,
     .update = put_policy_steps,
     .remove = remove_policy_steps},
    {0},
};
