/* AWS::KMS::Key, Alias. */
#include "services/cloudformation/resource_lists.h"
#include "services/cloudformation/resource_types.h"

static const struct property_row key_properties[] = {
    {"BypassPolicyLockoutSafetyCheck", PROPERTY_BOOLEAN, 0, NULL},
    {"Description", PROPERTY_STRING, 0, NULL},
    {"EnableKeyRotation", PROPERTY_BOOLEAN, 0, "-"},
    {"Enabled", PROPERTY_BOOLEAN, 0, "-"},
    {"KeyPolicy", PROPERTY_JSON, 0, "-"},
    {"KeySpec", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"KeyUsage", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"MultiRegion", PROPERTY_BOOLEAN, PROPERTY_CREATE_ONLY, NULL},
    {"Origin", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"PendingWindowInDays", PROPERTY_INTEGER, 0, "-"},
    {"RotationPeriodInDays", PROPERTY_INTEGER, 0, "-"},
    {"Tags", PROPERTY_LIST, 0, "-"},
    {0},
};

static const char *const key_attributes[] = {"Arn", "KeyId", NULL};

/* KMS names the parts of a tag in its own way. */
static bool tag_key(struct resource_operation *operation, json_t *input) {
    json_t *tags = resource_all_tags(operation);
    size_t i;
    json_t *tag;
    json_t *named = json_array();
    json_array_foreach(tags, i, tag) {
        json_array_append_new(named, json_pack("{s:O, s:O}", "TagKey", json_object_get(tag, "Key"),
                                               "TagValue", json_object_get(tag, "Value")));
    }
    json_object_set_new(input, "Tags", named);
    json_decref(tags);
    return json_array_size(named) > 0;
}

static bool create_key(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "Policy",
                        resource_document_text(operation, resource_property(operation, "KeyPolicy")));
    tag_key(operation, input);
    return true;
}

static void key_created(struct resource_operation *operation, const struct call_reply *reply) {
    const struct json_value *metadata = json_find(reply->value, "KeyMetadata");
    resource_set_physical_id(operation, json_find_text(metadata, "KeyId"));
    resource_set_attribute(operation, "Arn", json_find_text(metadata, "Arn"));
    resource_set_attribute(operation, "KeyId", json_find_text(metadata, "KeyId"));
}

static bool is_true(struct resource_operation *operation, const char *property) {
    const char *text = resource_property_string(operation, property);
    return text && text_equals_ignore_case(text_of(text), "true");
}

static bool enable_rotation(struct resource_operation *operation, json_t *input) {
    json_t *period = resource_property(operation, "RotationPeriodInDays");
    if (period) {
        json_object_set(input, "RotationPeriodInDays", period);
    }
    return is_true(operation, "EnableKeyRotation");
}

static bool disable_rotation(struct resource_operation *operation, json_t *input) {
    (void)input;
    return !is_true(operation, "EnableKeyRotation") && operation->request.action == RESOURCE_UPDATE;
}

static bool disable_key(struct resource_operation *operation, json_t *input) {
    (void)input;
    return resource_property(operation, "Enabled") && !is_true(operation, "Enabled");
}

static bool enable_key(struct resource_operation *operation, json_t *input) {
    (void)input;
    return !resource_property(operation, "Enabled") || is_true(operation, "Enabled");
}

static bool put_policy(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "PolicyName", "default");
    resource_set_member(input, "Policy",
                        resource_document_text(operation, resource_property(operation, "KeyPolicy")));
    return resource_property(operation, "KeyPolicy") != NULL;
}

static bool describe_key(struct resource_operation *operation, json_t *input) {
    const char *description = resource_property_string(operation, "Description");
    resource_set_member(input, "Description", description ? description : "");
    return true;
}

static bool schedule_deletion(struct resource_operation *operation, json_t *input) {
    json_t *days = resource_property(operation, "PendingWindowInDays");
    json_object_set_new(input, "PendingWindowInDays", days ? json_incref(days) : json_integer(30));
    return true;
}

#define KEY_STEP(call, property, function)                                                                   \
    { .service = "kms", .operation = call, .id_member = "KeyId", .when_changed = property, .build = function }

static const struct type_step create_key_steps[] = {
    {.service = "kms",
     .operation = "CreateKey",
     .flags = STEP_PROPERTIES,
     .build = create_key,
     .reply = key_created},
    KEY_STEP("EnableKeyRotation", "EnableKeyRotation", enable_rotation),
    KEY_STEP("DisableKey", "Enabled", disable_key),
    {0},
};
static const struct type_step update_key_steps[] = {
    KEY_STEP("PutKeyPolicy", "KeyPolicy", put_policy),
    KEY_STEP("UpdateKeyDescription", "Description", describe_key),
    KEY_STEP("EnableKey", "Enabled", enable_key),
    KEY_STEP("EnableKeyRotation", "EnableKeyRotation", enable_rotation),
    KEY_STEP("DisableKeyRotation", "EnableKeyRotation", disable_rotation),
    KEY_STEP("DisableKey", "Enabled", disable_key),
    TAG_STEPS("kms", "TagResource", "UntagResource", "KeyId", 0, tag_key),
    {0},
};
static const struct type_step remove_key_steps[] = {
    {.service = "kms",
     .operation = "ScheduleKeyDeletion",
     .id_member = "KeyId",
     .build = schedule_deletion,
     .ignored = "KMSInvalidStateException"},
    {0},
};

static const struct property_row alias_properties[] = {
    {"AliasName", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"TargetKeyId", PROPERTY_STRING, PROPERTY_REQUIRED, NULL},
    {0},
};

static const char *const no_attributes[] = {NULL};

static void alias_created(struct resource_operation *operation, const struct call_reply *reply) {
    (void)reply;
    resource_set_physical_id(operation, text_of(resource_property_string(operation, "AliasName")));
}

static const struct type_step create_alias_steps[] = {
    {.service = "kms", .operation = "CreateAlias", .flags = STEP_PROPERTIES, .reply = alias_created},
    {0},
};
static const struct type_step update_alias_steps[] = {
    {.service = "kms", .operation = "UpdateAlias", .flags = STEP_PROPERTIES},
    {0},
};
static const struct type_step remove_alias_steps[] = {
    {.service = "kms", .operation = "DeleteAlias", .id_member = "AliasName"},
    {0},
};

const struct resource_type kms_resources[] = {
    {.name = "AWS::KMS::Key",
     .properties = key_properties,
     .attributes = key_attributes,
     .create = create_key_steps,
     .update = update_key_steps,
     .remove = remove_key_steps,
     .system_tags = true},
    {.name = "AWS::KMS::Alias",
     .properties = alias_properties,
     .attributes = no_attributes,
     .create = create_alias_steps,
     .update = update_alias_steps,
     .remove = remove_alias_steps,
     .name_property = "AliasName"},
    {0},
};
