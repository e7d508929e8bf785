/* AWS::Logs::LogGroup, LogStream, SubscriptionFilter, MetricFilter. */
#include "services/cloudformation/resource_types.h"

static const struct property_row group_properties[] = {
    {"LogGroupName", PROPERTY_STRING, PROPERTY_CREATE_ONLY, "logGroupName"},
    {"RetentionInDays", PROPERTY_INTEGER, 0, "-"},
    {"KmsKeyId", PROPERTY_STRING, 0, "kmsKeyId"},
    {"LogGroupClass", PROPERTY_STRING, PROPERTY_CREATE_ONLY, "logGroupClass"},
    {"Tags", PROPERTY_LIST, 0, "-"},
    {0},
};

static const char *const group_attributes[] = {"Arn", NULL};

static bool create_group(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "logGroupName", resource_name(operation));
    json_t *tags = resource_all_tags_map(operation);
    if (json_object_size(tags) > 0) {
        json_object_set(input, "tags", tags);
    }
    json_decref(tags);
    return true;
}

static void group_created(struct resource_operation *operation, const struct call_reply *reply) {
    (void)reply;
    const char *name = resource_name(operation);
    const struct identity *caller = &operation->request.caller;
    resource_set_physical_id(operation, text_of(name));
    const char *arn = arena_printf(operation->arena, "arn:aws:logs:%s:%s:log-group:%s:*", caller->region,
                                   caller->account, name);
    resource_set_attribute(operation, "Arn", text_of(arn));
}

static bool put_retention(struct resource_operation *operation, json_t *input) {
    json_t *days = resource_property(operation, "RetentionInDays");
    json_object_set(input, "retentionInDays", days);
    return days != NULL;
}

static bool delete_retention(struct resource_operation *operation, json_t *input) {
    (void)input;
    return !resource_property(operation, "RetentionInDays");
}

static bool tag_group(struct resource_operation *operation, json_t *input) {
    json_t *tags = resource_all_tags_map(operation);
    json_object_set_new(input, "tags", tags);
    return json_object_size(tags) > 0;
}

static bool untag_group(struct resource_operation *operation, json_t *input) {
    bool any = resource_untag(operation, input);
    json_object_set(input, "tags", json_object_get(input, "TagKeys"));
    json_object_del(input, "TagKeys");
    return any;
}

static bool associate_key(struct resource_operation *operation, json_t *input) {
    json_t *key = resource_property(operation, "KmsKeyId");
    json_object_set(input, "kmsKeyId", key);
    return key != NULL;
}

static bool disassociate_key(struct resource_operation *operation, json_t *input) {
    (void)input;
    return !resource_property(operation, "KmsKeyId");
}

#define GROUP_STEP(call, property, function)                                                                 \
    {                                                                                                        \
        .service = "logs", .operation = call, .id_member = "logGroupName", .when_changed = property,         \
        .build = function                                                                                    \
    }

static const struct type_step create_group_steps[] = {
    {.service = "logs",
     .operation = "CreateLogGroup",
     .flags = STEP_PROPERTIES,
     .build = create_group,
     .reply = group_created},
    GROUP_STEP("PutRetentionPolicy", "RetentionInDays", put_retention),
    {0},
};
static const struct type_step update_group_steps[] = {
    GROUP_STEP("PutRetentionPolicy", "RetentionInDays", put_retention),
    GROUP_STEP("DeleteRetentionPolicy", "RetentionInDays", delete_retention),
    GROUP_STEP("AssociateKmsKey", "KmsKeyId", associate_key),
    GROUP_STEP("DisassociateKmsKey", "KmsKeyId", disassociate_key),
    GROUP_STEP("UntagLogGroup", "Tags", untag_group),
    GROUP_STEP("TagLogGroup", "Tags", tag_group),
    {0},
};
static const struct type_step remove_group_steps[] = {
    {.service = "logs", .operation = "DeleteLogGroup", .id_member = "logGroupName"},
    {0},
};

static const struct property_row stream_properties[] = {
    {"LogGroupName", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, "logGroupName"},
    {"LogStreamName", PROPERTY_STRING, PROPERTY_CREATE_ONLY, "logStreamName"},
    {0},
};

static const char *const no_attributes[] = {NULL};

static bool create_stream(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "logStreamName", resource_name(operation));
    return true;
}

static void stream_created(struct resource_operation *operation, const struct call_reply *reply) {
    (void)reply;
    resource_set_physical_id(operation, text_of(resource_name(operation)));
}

static bool name_stream(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "logGroupName", resource_property_string(operation, "LogGroupName"));
    return true;
}

static const struct type_step create_stream_steps[] = {
    {.service = "logs",
     .operation = "CreateLogStream",
     .flags = STEP_PROPERTIES,
     .build = create_stream,
     .reply = stream_created},
    {0},
};
static const struct type_step remove_stream_steps[] = {
    {.service = "logs", .operation = "DeleteLogStream", .id_member = "logStreamName", .build = name_stream},
    {0},
};

/* ---- filters ---- */

static const struct property_row subscription_properties[] = {
    {"DestinationArn", PROPERTY_STRING, PROPERTY_REQUIRED, "destinationArn"},
    {"FilterPattern", PROPERTY_STRING, PROPERTY_REQUIRED, "filterPattern"},
    {"LogGroupName", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, "logGroupName"},
    {"ApplyOnTransformedLogs", PROPERTY_BOOLEAN, 0, "applyOnTransformedLogs"},
    {"Distribution", PROPERTY_STRING, 0, "distribution"},
    {"FilterName", PROPERTY_STRING, PROPERTY_CREATE_ONLY, "filterName"},
    {"RoleArn", PROPERTY_STRING, 0, "roleArn"},
    {0},
};

static bool put_filter(struct resource_operation *operation, json_t *input) {
    const char *name = operation->physical_id ? operation->physical_id : resource_name(operation);
    resource_set_member(input, "filterName", name);
    return true;
}

static void filter_put(struct resource_operation *operation, const struct call_reply *reply) {
    (void)reply;
    if (!operation->physical_id) {
        resource_set_physical_id(operation, text_of(resource_name(operation)));
    }
}

static bool name_filter(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "logGroupName", resource_property_string(operation, "LogGroupName"));
    return true;
}

static const struct type_step put_subscription_steps[] = {
    {.service = "logs",
     .operation = "PutSubscriptionFilter",
     .flags = STEP_PROPERTIES,
     .build = put_filter,
     .reply = filter_put},
    {0},
};
static const struct type_step remove_subscription_steps[] = {
    {.service = "logs",
     .operation = "DeleteSubscriptionFilter",
     .id_member = "filterName",
     .build = name_filter},
    {0},
};

static const struct property_row metric_properties[] = {
    {"FilterPattern", PROPERTY_STRING, PROPERTY_REQUIRED, "filterPattern"},
    {"LogGroupName", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, "logGroupName"},
    {"MetricTransformations", PROPERTY_LIST, PROPERTY_REQUIRED, "-"},
    {"ApplyOnTransformedLogs", PROPERTY_BOOLEAN, 0, "applyOnTransformedLogs"},
    {"FilterName", PROPERTY_STRING, PROPERTY_CREATE_ONLY, "filterName"},
    {0},
};

/* Members of a transformation begin with small letters in the API; dimensions are a map there. */
static json_t *transformation(const json_t *from) {
    static const char *const names[][2] = {{"defaultValue", "DefaultValue"},
                                           {"metricName", "MetricName"},
                                           {"metricNamespace", "MetricNamespace"},
                                           {"metricValue", "MetricValue"},
                                           {"unit", "Unit"}};
    json_t *to = json_object();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *value = json_object_get(from, names[i][1]);
        if (value) {
            json_object_set(to, names[i][0], value);
        }
    }
    json_t *dimensions = json_object();
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(from, "Dimensions"), i, row) {
        const char *key = json_string_value(json_object_get(row, "Key"));
        if (key && json_object_get(row, "Value")) {
            json_object_set(dimensions, key, json_object_get(row, "Value"));
        }
    }
    if (json_object_size(dimensions) > 0) {
        json_object_set(to, "dimensions", dimensions);
    }
    json_decref(dimensions);
    return to;
}

static bool put_metric(struct resource_operation *operation, json_t *input) {
    json_t *list = json_array();
    size_t i;
    json_t *row;
    json_array_foreach(resource_property(operation, "MetricTransformations"), i, row) {
        json_array_append_new(list, transformation(row));
    }
    json_object_set_new(input, "metricTransformations", list);
    return put_filter(operation, input);
}

static const struct type_step put_metric_steps[] = {
    {.service = "logs",
     .operation = "PutMetricFilter",
     .flags = STEP_PROPERTIES,
     .build = put_metric,
     .reply = filter_put},
    {0},
};
static const struct type_step remove_metric_steps[] = {
    {.service = "logs", .operation = "DeleteMetricFilter", .id_member = "filterName", .build = name_filter},
    {0},
};

const struct resource_type logs_resources[] = {
    {
        .name = "AWS::Logs::LogGroup",
        .properties = group_properties,
        .attributes = group_attributes,
        .create = create_group_steps,
        .update = update_group_steps,
        .remove = remove_group_steps,
        .system_tags = true,
        .name_is_unique = true,
        .name_property = "LogGroupName",
        .name_limit = 512,
    },
    {
        .name = "AWS::Logs::LogStream",
        .properties = stream_properties,
        .attributes = no_attributes,
        .create = create_stream_steps,
        .remove = remove_stream_steps,
        .name_property = "LogStreamName",
        .name_limit = 512,
    },
    {
        .name = "AWS::Logs::SubscriptionFilter",
        .properties = subscription_properties,
        .attributes = no_attributes,
        .create = put_subscription_steps,
        .update = put_subscription_steps,
        .remove = remove_subscription_steps,
        .name_property = "FilterName",
        .name_limit = 512,
    },
    {
        .name = "AWS::Logs::MetricFilter",
        .properties = metric_properties,
        .attributes = no_attributes,
        .create = put_metric_steps,
        .update = put_metric_steps,
        .remove = remove_metric_steps,
        .name_property = "FilterName",
        .name_limit = 512,
    },
    {0},
};
