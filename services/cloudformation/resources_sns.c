/* AWS::SNS::Topic, Subscription, TopicPolicy. */
#include "services/cloudformation/resource_lists.h"
#include "services/cloudformation/resource_types.h"

/* ---- Topic ---- */

static const struct property_row topic_properties[] = {
    {"TopicName", PROPERTY_STRING, PROPERTY_CREATE_ONLY, "-"},
    {"FifoTopic", PROPERTY_BOOLEAN, PROPERTY_CREATE_ONLY, "-"},
    {"ArchivePolicy", PROPERTY_JSON, 0, "-"},
    {"ContentBasedDeduplication", PROPERTY_BOOLEAN, 0, "-"},
    {"DataProtectionPolicy", PROPERTY_JSON, 0, "-"},
    {"DeliveryStatusLogging", PROPERTY_LIST, 0, "-"},
    {"DisplayName", PROPERTY_STRING, 0, "-"},
    {"FifoThroughputScope", PROPERTY_STRING, 0, "-"},
    {"KmsMasterKeyId", PROPERTY_STRING, 0, "-"},
    {"SignatureVersion", PROPERTY_STRING, 0, "-"},
    {"Subscription", PROPERTY_LIST, 0, "-"},
    {"Tags", PROPERTY_LIST, 0, "-"},
    {"TracingConfig", PROPERTY_STRING, 0, "-"},
    {0},
};

static const char *const topic_attributes[] = {"TopicArn", "TopicName", NULL};

/* Properties that are topic attributes, in the order in which an update sets them. */
static const char *const attribute_names[] = {
    "ArchivePolicy",  "ContentBasedDeduplication", "DisplayName",  "FifoThroughputScope",
    "KmsMasterKeyId", "SignatureVersion",          "TracingConfig"};

static bool is_fifo(struct resource_operation *operation) {
    const char *fifo = resource_property_string(operation, "FifoTopic");
    return fifo && text_equals_ignore_case(text_of(fifo), "true");
}

static const char *topic_name(struct resource_operation *operation) {
    const char *name = resource_name(operation);
    bool given = resource_property(operation, "TopicName") != NULL;
    return given || !is_fifo(operation) ? name : arena_printf(operation->arena, "%.251s.fifo", name);
}

/* ---- DeliveryStatusLogging: entries by protocol, which SNS keeps as attributes of the topic ---- */

static const struct logged_protocol {
    const char *protocol;
    const char *prefix; /* of the attributes */
} logged_protocols[] = {
    {"application", "Application"}, {"firehose", "Firehose"}, {"http/s", "HTTP"},
    {"lambda", "Lambda"},           {"sqs", "SQS"},
};
static const char *const logging_members[] = {"FailureFeedbackRoleArn", "SuccessFeedbackRoleArn",
                                              "SuccessFeedbackSampleRate"};
#define LOGGING_MEMBERS (sizeof logging_members / sizeof *logging_members)
#define LOGGING_ATTRIBUTES ((int)(sizeof logged_protocols / sizeof *logged_protocols * LOGGING_MEMBERS))

/* The n-th attribute and its value in that list of entries; NULL: not there. */
static const char *logging_attribute(struct resource_operation *operation, const json_t *entries, int number,
                                     const char **name) {
    const struct logged_protocol *row = &logged_protocols[(size_t)number / LOGGING_MEMBERS];
    const char *member = logging_members[(size_t)number % LOGGING_MEMBERS];
    const char *value = NULL;
    size_t i;
    json_t *entry;
    *name = arena_printf(operation->arena, "%s%s", row->prefix, member);
    json_array_foreach(entries, i, entry) {
        const char *protocol = json_string_value(json_object_get(entry, "Protocol"));
        if (protocol && text_equals_ignore_case(text_of(protocol), row->protocol)) {
            value = resource_scalar_text(operation->arena, json_object_get(entry, member));
        }
    }
    return value;
}

/* Every attribute is set, an empty value takes away what the template has no more. */
static bool set_logging(struct resource_operation *operation, json_t *input) {
    const char *name;
    if (operation->round >= LOGGING_ATTRIBUTES) {
        return false;
    }
    const char *value = logging_attribute(operation, resource_property(operation, "DeliveryStatusLogging"),
                                          operation->round, &name);
    resource_set_member(input, "AttributeName", name);
    resource_set_member(input, "AttributeValue", value ? value : "");
    return true;
}

static bool create_topic(struct resource_operation *operation, json_t *input) {
    json_t *attributes = json_object();
    resource_set_member(input, "Name", topic_name(operation));
    if (is_fifo(operation)) {
        json_object_set_new(attributes, "FifoTopic", json_string("true"));
    }
    for (size_t i = 0; i < sizeof attribute_names / sizeof *attribute_names; i++) {
        json_t *value = resource_property(operation, attribute_names[i]);
        resource_set_member(attributes, attribute_names[i], resource_document_text(operation, value));
    }
    for (int i = 0; i < LOGGING_ATTRIBUTES; i++) {
        const char *name;
        const char *value =
            logging_attribute(operation, resource_property(operation, "DeliveryStatusLogging"), i, &name);
        resource_set_member(attributes, name, value);
    }
    json_object_set_new(input, "Attributes", attributes);
    resource_add_tag_list(operation, input);
    json_t *protection = resource_property(operation, "DataProtectionPolicy");
    resource_set_member(input, "DataProtectionPolicy", resource_document_text(operation, protection));
    return true;
}

static void topic_created(struct resource_operation *operation, const struct call_reply *reply) {
    struct text arn = json_find_text(reply->value, "TopicArn");
    resource_set_physical_id(operation, arn);
    resource_set_attribute(operation, "TopicArn", arn);
    resource_set_attribute(operation, "TopicName", text_of(topic_name(operation)));
}

static bool set_attribute(struct resource_operation *operation, json_t *input) {
    int left = operation->round;
    for (size_t i = 0; i < sizeof attribute_names / sizeof *attribute_names; i++) {
        const char *name = attribute_names[i];
        if (!resource_property_changed(operation, name) || left-- > 0) {
            continue;
        }
        const char *value = resource_document_text(operation, resource_property(operation, name));
        resource_set_member(input, "AttributeName", name);
        resource_set_member(input, "AttributeValue", value ? value : "");
        return true;
    }
    return false;
}

static bool subscribe_inline(struct resource_operation *operation, json_t *input) {
    json_t *row = json_array_get(resource_property(operation, "Subscription"), (size_t)operation->round);
    resource_set_member(input, "Protocol",
                        resource_scalar_text(operation->arena, json_object_get(row, "Protocol")));
    resource_set_member(input, "Endpoint",
                        resource_scalar_text(operation->arena, json_object_get(row, "Endpoint")));
    return row != NULL;
}

static const struct type_step create_topic_steps[] = {
    {.service = "sns", .operation = "CreateTopic", .build = create_topic, .reply = topic_created},
    {.service = "sns",
     .operation = "Subscribe",
     .flags = STEP_REPEATED,
     .id_member = "TopicArn",
     .build = subscribe_inline},
    {0},
};
static const struct type_step update_topic_steps[] = {
    {.service = "sns",
     .operation = "SetTopicAttributes",
     .flags = STEP_REPEATED,
     .id_member = "TopicArn",
     .build = set_attribute},
    {.service = "sns",
     .operation = "SetTopicAttributes",
     .flags = STEP_REPEATED,
     .id_member = "TopicArn",
     .when_changed = "DeliveryStatusLogging",
     .build = set_logging},
    {.service = "sns",
     .operation = "Subscribe",
     .flags = STEP_REPEATED,
     .id_member = "TopicArn",
     .when_changed = "Subscription",
     .build = subscribe_inline},
    TAG_STEPS("sns", "TagResource", "UntagResource", "ResourceArn", 0, resource_tag_list),
    {0},
};
/* Subscriptions written inside the topic go with it: SNS drops a deleted topic's subscriptions. */
static const struct type_step remove_topic_steps[] = {
    {.service = "sns", .operation = "DeleteTopic", .id_member = "TopicArn"},
    {0},
};

/* ---- Subscription ---- */

static const struct property_row subscription_properties[] = {
    {"Protocol", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"TopicArn", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"Endpoint", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"DeliveryPolicy", PROPERTY_JSON, 0, "-"},
    {"FilterPolicy", PROPERTY_JSON, 0, "-"},
    {"FilterPolicyScope", PROPERTY_STRING, 0, "-"},
    {"RawMessageDelivery", PROPERTY_BOOLEAN, 0, "-"},
    {"RedrivePolicy", PROPERTY_JSON, 0, "-"},
    {"Region", PROPERTY_STRING, 0, "-"},
    {"ReplayPolicy", PROPERTY_JSON, 0, "-"},
    {"SubscriptionRoleArn", PROPERTY_STRING, 0, "-"},
    {0},
};

static const char *const subscription_attributes[] = {"Arn", NULL};

/* The scope before the policy: it decides how the policy is read. */
static const struct {
    const char *name;
    bool set;             /* looked at where the template has it */
    bool removed;         /* looked at where the template has it no more */
    const char *fallback; /* what a removed one is set to; NULL: no value */
} subscription_settings[] = {
    {"FilterPolicyScope", true, false, NULL},
    {"FilterPolicy", true, true, "{}"},
    {"FilterPolicyScope", false, true, "MessageAttributes"},
    {"DeliveryPolicy", true, true, NULL},
    {"RawMessageDelivery", true, true, "false"},
    {"RedrivePolicy", true, true, NULL},
    {"ReplayPolicy", true, true, NULL},
    {"SubscriptionRoleArn", true, true, NULL},
};

static bool subscribe(struct resource_operation *operation, json_t *input) {
    json_t *attributes = json_object();
    for (size_t i = 0; i < sizeof subscription_settings / sizeof *subscription_settings; i++) {
        const char *name = subscription_settings[i].name;
        json_t *value = resource_property(operation, name);
        resource_set_member(attributes, name, resource_document_text(operation, value));
    }
    json_object_set_new(input, "Attributes", attributes);
    json_object_set_new(input, "ReturnSubscriptionArn", json_true());
    return true;
}

static void subscribed(struct resource_operation *operation, const struct call_reply *reply) {
    struct text arn = json_find_text(reply->value, "SubscriptionArn");
    resource_set_physical_id(operation, arn);
    resource_set_attribute(operation, "Arn", arn);
}

static bool set_subscription_attribute(struct resource_operation *operation, json_t *input) {
    int left = operation->round;
    for (size_t i = 0; i < sizeof subscription_settings / sizeof *subscription_settings; i++) {
        const char *name = subscription_settings[i].name;
        const char *value = resource_document_text(operation, resource_property(operation, name));
        bool wanted = value ? subscription_settings[i].set : subscription_settings[i].removed;
        if (!wanted || !resource_property_changed(operation, name) || left-- > 0) {
            continue;
        }
        resource_set_member(input, "AttributeName", name);
        resource_set_member(input, "AttributeValue", value ? value : subscription_settings[i].fallback);
        return true;
    }
    return false;
}

static const struct type_step create_subscription_steps[] = {
    {.service = "sns",
     .operation = "Subscribe",
     .flags = STEP_PROPERTIES,
     .build = subscribe,
     .reply = subscribed},
    {0},
};
static const struct type_step update_subscription_steps[] = {
    {.service = "sns",
     .operation = "SetSubscriptionAttributes",
     .flags = STEP_REPEATED,
     .id_member = "SubscriptionArn",
     .build = set_subscription_attribute},
    {0},
};
static const struct type_step remove_subscription_steps[] = {
    {.service = "sns", .operation = "Unsubscribe", .id_member = "SubscriptionArn"},
    {0},
};

/* ---- TopicPolicy ---- */

static const struct property_row policy_properties[] = {
    {"PolicyDocument", PROPERTY_JSON, PROPERTY_REQUIRED, "-"},
    {"Topics", PROPERTY_LIST, PROPERTY_REQUIRED, "-"},
    {0},
};

static const char *const policy_attributes[] = {"Id", NULL};

static bool put_policy(struct resource_operation *operation, json_t *input) {
    json_t *topic = json_array_get(resource_property(operation, "Topics"), (size_t)operation->round);
    resource_set_member(input, "TopicArn", json_string_value(topic));
    resource_set_member(input, "AttributeName", "Policy");
    resource_set_member(input, "AttributeValue",
                        resource_document_text(operation, resource_property(operation, "PolicyDocument")));
    return topic != NULL;
}

static void policy_put(struct resource_operation *operation, const struct call_reply *reply) {
    (void)reply;
    if (!operation->physical_id) {
        resource_set_physical_id(operation, text_of(resource_name(operation)));
        resource_set_attribute(operation, "Id", text_of(operation->physical_id));
    }
}

const char *resource_topic_policy(struct resource_operation *operation, const char *topic_arn) {
    return arena_printf(
        operation->arena,
        "{\"Version\":\"2008-10-17\",\"Id\":\"__default_policy_ID\",\"Statement\":[{\"Sid\":"
        "\"__default_statement_ID\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":["
        "\"SNS:GetTopicAttributes\",\"SNS:SetTopicAttributes\",\"SNS:AddPermission\","
        "\"SNS:RemovePermission\",\"SNS:DeleteTopic\",\"SNS:Subscribe\",\"SNS:ListSubscriptionsByTopic\","
        "\"SNS:Publish\"],\"Resource\":\"%s\",\"Condition\":{\"StringEquals\":{\"AWS:SourceOwner\":\"%s\""
        "}}}]}",
        topic_arn, operation->request.caller.account);
}

/* Back to the policy of a new topic. */
static bool drop_policy(struct resource_operation *operation, json_t *input) {
    const char *topic = resource_list_removed(operation, "Topics");
    resource_set_member(input, "TopicArn", topic);
    resource_set_member(input, "AttributeName", "Policy");
    resource_set_member(input, "AttributeValue", resource_topic_policy(operation, topic ? topic : ""));
    return topic != NULL;
}

static const struct type_step create_policy_steps[] = {
    {.service = "sns",
     .operation = "SetTopicAttributes",
     .flags = STEP_REPEATED,
     .build = put_policy,
     .reply = policy_put},
    {0},
};
static const struct type_step update_policy_steps[] = {
    {.service = "sns",
     .operation = "SetTopicAttributes",
     .flags = STEP_REPEATED,
     .build = drop_policy,
     .ignored = "NotFound"},
    {.service = "sns", .operation = "SetTopicAttributes", .flags = STEP_REPEATED, .build = put_policy},
    {0},
};
static const struct type_step remove_policy_steps[] = {
    {.service = "sns",
     .operation = "SetTopicAttributes",
     .flags = STEP_REPEATED,
     .build = drop_policy,
     .ignored = "NotFound"},
    {0},
};

const struct resource_type sns_resources[] = {
    {.name = "AWS::SNS::Topic",
     .properties = topic_properties,
     .attributes = topic_attributes,
     .create = create_topic_steps,
     .update = update_topic_steps,
     .remove = remove_topic_steps,
     .name_is_unique = true,
     .name_property = "TopicName",
     .name_limit = 256},
    {.name = "AWS::SNS::Subscription",
     .properties = subscription_properties,
     .attributes = subscription_attributes,
     .create = create_subscription_steps,
     .update = update_subscription_steps,
     .remove = remove_subscription_steps},
    {.name = "AWS::SNS::TopicPolicy",
     .properties = policy_properties,
     .attributes = policy_attributes,
     .create = create_policy_steps,
     .update = update_policy_steps,
     .remove = remove_policy_steps},
    {0},
};
