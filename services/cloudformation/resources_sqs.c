/* AWS::SQS::Queue, QueuePolicy. */
#include "services/cloudformation/resource_lists.h"
#include "services/cloudformation/resource_types.h"

static const struct property_row queue_properties[] = {
    {"QueueName", PROPERTY_STRING, PROPERTY_CREATE_ONLY, "-"},
    {"FifoQueue", PROPERTY_BOOLEAN, PROPERTY_CREATE_ONLY, "-"},
    {"ContentBasedDeduplication", PROPERTY_BOOLEAN, 0, "-"},
    {"DeduplicationScope", PROPERTY_STRING, 0, "-"},
    {"FifoThroughputLimit", PROPERTY_STRING, 0, "-"},
    {"DelaySeconds", PROPERTY_INTEGER, 0, "-"},
    {"KmsDataKeyReusePeriodSeconds", PROPERTY_INTEGER, 0, "-"},
    {"KmsMasterKeyId", PROPERTY_STRING, 0, "-"},
    {"MaximumMessageSize", PROPERTY_INTEGER, 0, "-"},
    {"MessageRetentionPeriod", PROPERTY_INTEGER, 0, "-"},
    {"ReceiveMessageWaitTimeSeconds", PROPERTY_INTEGER, 0, "-"},
    {"RedriveAllowPolicy", PROPERTY_JSON, 0, "-"},
    {"RedrivePolicy", PROPERTY_JSON, 0, "-"},
    {"SqsManagedSseEnabled", PROPERTY_BOOLEAN, 0, "-"},
    {"VisibilityTimeout", PROPERTY_INTEGER, 0, "-"},
    {"Tags", PROPERTY_LIST, 0, "-"},
    {0},
};

static const char *const queue_attributes[] = {"Arn", "QueueName", "QueueUrl", NULL};

/* Queue attributes a removed property falls back to. Source: SQS API Reference, SetQueueAttributes. */
static const struct {
    const char *name;
    const char *fallback;
} attribute_defaults[] = {
    {"ContentBasedDeduplication", "false"},
    {"DelaySeconds", "0"},
    {"KmsMasterKeyId", ""},
    {"KmsDataKeyReusePeriodSeconds", "300"},
    {"MaximumMessageSize", "1048576"},
    {"MessageRetentionPeriod", "345600"},
    {"ReceiveMessageWaitTimeSeconds", "0"},
    {"RedriveAllowPolicy", ""},
    {"RedrivePolicy", ""},
    {"VisibilityTimeout", "30"},
};

static bool is_fifo(struct resource_operation *operation) {
    const char *fifo = resource_property_string(operation, "FifoQueue");
    return fifo && text_equals_ignore_case(text_of(fifo), "true");
}

/* Generated names of FIFO queues need their ending. */
static const char *queue_name(struct resource_operation *operation) {
    const char *name = resource_name(operation);
    if (resource_property(operation, "QueueName") || !is_fifo(operation)) {
        return name;
    }
    return arena_printf(operation->arena, "%.75s.fifo", name);
}

static bool find_queue(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "QueueName", queue_name(operation));
    return resource_property(operation, "QueueName") != NULL;
}

/* CreateQueue is idempotent, the resource type is not. */
static void queue_found(struct resource_operation *operation, const struct call_reply *reply) {
    if (!reply->error_code) {
        const char *message = arena_printf(
            operation->arena, "Resource of type 'AWS::SQS::Queue' with identifier '%s' already exists.",
            queue_name(operation));
        resource_fail_handler(operation, "AlreadyExists", message);
    }
}

static json_t *changed_attributes(struct resource_operation *operation) {
    json_t *attributes = json_object();
    for (const struct property_row *row = queue_properties; row->name; row++) {
        json_t *value = resource_property(operation, row->name);
        bool setting = strcmp(row->name, "QueueName") != 0 && strcmp(row->name, "Tags") != 0;
        if (setting && value && resource_property_changed(operation, row->name)) {
            /* A standard queue has no such attribute: FifoQueue false is left out. */
            if (strcmp(row->name, "FifoQueue") == 0 && !is_fifo(operation)) {
                continue;
            }
            json_object_set_new(attributes, row->name, json_string(resource_document_text(operation, value)));
        }
    }
    for (size_t i = 0; i < sizeof attribute_defaults / sizeof *attribute_defaults; i++) {
        const char *name = attribute_defaults[i].name;
        if (operation->request.action == RESOURCE_UPDATE && resource_old_property(operation, name) &&
            !resource_property(operation, name)) {
            json_object_set_new(attributes, name, json_string(attribute_defaults[i].fallback));
        }
    }
    return attributes;
}

static bool create_queue(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "QueueName", queue_name(operation));
    json_object_set_new(input, "Attributes", changed_attributes(operation));
    json_t *tags = resource_all_tags_map(operation);
    if (json_object_size(tags) > 0) {
        json_object_set(input, "tags", tags);
    }
    json_decref(tags);
    return true;
}

static void queue_created(struct resource_operation *operation, const struct call_reply *reply) {
    const struct identity *caller = &operation->request.caller;
    const char *name = queue_name(operation);
    const char *arn =
        arena_printf(operation->arena, "arn:aws:sqs:%s:%s:%s", caller->region, caller->account, name);
    struct text url = json_find_text(reply->value, "QueueUrl");
    resource_set_physical_id(operation, url);
    resource_set_attribute(operation, "Arn", text_of(arn));
    resource_set_attribute(operation, "QueueName", text_of(name));
    resource_set_attribute(operation, "QueueUrl", url);
}

static bool set_attributes(struct resource_operation *operation, json_t *input) {
    json_t *attributes = changed_attributes(operation);
    json_object_set_new(input, "Attributes", attributes);
    return json_object_size(attributes) > 0;
}

static const struct type_step create_queue_steps[] = {
    {.service = "sqs",
     .operation = "GetQueueUrl",
     .build = find_queue,
     .reply = queue_found,
     .ignored = "QueueDoesNotExist AWS.SimpleQueueService.NonExistentQueue"},
    {.service = "sqs", .operation = "CreateQueue", .build = create_queue, .reply = queue_created},
    {0},
};
static const struct type_step update_queue_steps[] = {
    {.service = "sqs", .operation = "SetQueueAttributes", .id_member = "QueueUrl", .build = set_attributes},
    TAG_STEPS("sqs", "TagQueue", "UntagQueue", "QueueUrl", 0, resource_tag_map),
    {0},
};
static const struct type_step remove_queue_steps[] = {
    {.service = "sqs", .operation = "DeleteQueue", .id_member = "QueueUrl"},
    {0},
};

static const struct property_row policy_properties[] = {
    {"PolicyDocument", PROPERTY_JSON, PROPERTY_REQUIRED, "-"},
    {"Queues", PROPERTY_LIST, PROPERTY_REQUIRED, "-"},
    {0},
};

static const char *const policy_attributes[] = {"Id", NULL};

static bool put_policy(struct resource_operation *operation, json_t *input) {
    json_t *queues = resource_property(operation, "Queues");
    const char *queue = json_string_value(json_array_get(queues, (size_t)operation->round));
    const char *document = resource_document_text(operation, resource_property(operation, "PolicyDocument"));
    resource_set_member(input, "QueueUrl", queue);
    json_object_set_new(input, "Attributes", json_pack("{s:s}", "Policy", document));
    return queue != NULL;
}

static void policy_put(struct resource_operation *operation, const struct call_reply *reply) {
    (void)reply;
    if (!operation->physical_id) {
        resource_set_physical_id(operation, text_of(resource_name(operation)));
        resource_set_attribute(operation, "Id", text_of(operation->physical_id));
    }
}

/* Queues named before and not any more. */
static bool drop_policy(struct resource_operation *operation, json_t *input) {
    const char *queue = resource_list_removed(operation, "Queues");
    resource_set_member(input, "QueueUrl", queue);
    json_object_set_new(input, "Attributes", json_pack("{s:s}", "Policy", ""));
    return queue != NULL;
}

static const struct type_step put_policy_steps[] = {
    {.service = "sqs",
     .operation = "SetQueueAttributes",
     .flags = STEP_REPEATED,
     .build = put_policy,
     .reply = policy_put},
    {0},
};
static const struct type_step update_policy_steps[] = {
    {.service = "sqs",
     .operation = "SetQueueAttributes",
     .flags = STEP_REPEATED,
     .build = drop_policy,
     .ignored = "QueueDoesNotExist AWS.SimpleQueueService.NonExistentQueue"},
    {.service = "sqs", .operation = "SetQueueAttributes", .flags = STEP_REPEATED, .build = put_policy},
    {0},
};
static const struct type_step remove_policy_steps[] = {
    {.service = "sqs",
     .operation = "SetQueueAttributes",
     .flags = STEP_REPEATED,
     .build = drop_policy,
     .ignored = "QueueDoesNotExist AWS.SimpleQueueService.NonExistentQueue"},
    {0},
};

const struct resource_type sqs_resources[] = {
    {
        .name = "AWS::SQS::Queue",
        .properties = queue_properties,
        .attributes = queue_attributes,
        .create = create_queue_steps,
        .update = update_queue_steps,
        .remove = remove_queue_steps,
        .name_property = "QueueName",
        .name_limit = 80,
    },
    {
        .name = "AWS::SQS::QueuePolicy",
        .properties = policy_properties,
        .attributes = policy_attributes,
        .create = put_policy_steps,
        .update = update_policy_steps,
        .remove = remove_policy_steps,
    },
    {0},
};
