/* What makes functions run: AWS::Lambda::Permission, EventSourceMapping, Url, EventInvokeConfig. */
#include "services/cloudformation/resource_types.h"

static const char *const no_attributes[] = {NULL};

enum { POLL_MS = 50 };

/* ---- Permission ---- */

static const struct property_row permission_properties[] = {
    {"Action", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"FunctionName", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"Principal", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"EventSourceToken", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"FunctionUrlAuthType", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"InvokedViaFunctionUrl", PROPERTY_BOOLEAN, PROPERTY_CREATE_ONLY, NULL},
    {"PrincipalOrgID", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"SourceAccount", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"SourceArn", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {0},
};

static const char *const id_attributes[] = {"Id", NULL};

static bool add_permission(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "StatementId", resource_name(operation));
    return true;
}

static void permission_added(struct resource_operation *operation, const struct call_reply *reply) {
    (void)reply;
    resource_set_physical_id(operation, text_of(resource_name(operation)));
    resource_set_attribute(operation, "Id", text_of(operation->physical_id));
}

static bool remove_permission(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "FunctionName", resource_property_string(operation, "FunctionName"));
    return true;
}

static const struct type_step create_permission_steps[] = {
    {.service = "lambda",
     .operation = "AddPermission",
     .flags = STEP_PROPERTIES,
     .build = add_permission,
     .reply = permission_added},
    {0},
};
static const struct type_step remove_permission_steps[] = {
    {.service = "lambda",
     .operation = "RemovePermission",
     .id_member = "StatementId",
     .build = remove_permission},
    {0},
};

/* ---- EventSourceMapping ---- */

static const struct property_row mapping_properties[] = {
    {"FunctionName", PROPERTY_STRING, PROPERTY_REQUIRED, NULL},
    {"EventSourceArn", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"AmazonManagedKafkaEventSourceConfig", PROPERTY_MAP, 0, NULL},
    {"BatchSize", PROPERTY_INTEGER, 0, NULL},
    {"BisectBatchOnFunctionError", PROPERTY_BOOLEAN, 0, NULL},
    {"DestinationConfig", PROPERTY_MAP, 0, NULL},
    {"DocumentDBEventSourceConfig", PROPERTY_MAP, 0, NULL},
    {"Enabled", PROPERTY_BOOLEAN, 0, NULL},
    {"FilterCriteria", PROPERTY_MAP, 0, NULL},
    {"FunctionResponseTypes", PROPERTY_LIST, 0, NULL},
    {"KmsKeyArn", PROPERTY_STRING, 0, "KMSKeyArn"},
    {"MaximumBatchingWindowInSeconds", PROPERTY_INTEGER, 0, NULL},
    {"MaximumRecordAgeInSeconds", PROPERTY_INTEGER, 0, NULL},
    {"MaximumRetryAttempts", PROPERTY_INTEGER, 0, NULL},
    {"MetricsConfig", PROPERTY_MAP, 0, NULL},
    {"ParallelizationFactor", PROPERTY_INTEGER, 0, NULL},
    {"ProvisionedPollerConfig", PROPERTY_MAP, 0, NULL},
    {"Queues", PROPERTY_LIST, 0, NULL},
    {"ScalingConfig", PROPERTY_MAP, 0, NULL},
    {"SelfManagedEventSource", PROPERTY_MAP, PROPERTY_CREATE_ONLY, NULL},
    {"SelfManagedKafkaEventSourceConfig", PROPERTY_MAP, 0, NULL},
    {"SourceAccessConfigurations", PROPERTY_LIST, 0, NULL},
    {"StartingPosition", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"StartingPositionTimestamp", PROPERTY_NUMBER, PROPERTY_CREATE_ONLY, NULL},
    {"Tags", PROPERTY_LIST, 0, "-"},
    {"Topics", PROPERTY_LIST, 0, NULL},
    {"TumblingWindowInSeconds", PROPERTY_INTEGER, 0, NULL},
    {0},
};

static const char *const mapping_attributes[] = {"Id", "EventSourceMappingArn", NULL};

static void mapping_made(struct resource_operation *operation, const struct call_reply *reply) {
    struct text id = json_find_text(reply->value, "UUID");
    resource_set_physical_id(operation, id);
    resource_set_attribute(operation, "Id", id);
    resource_set_attribute(operation, "EventSourceMappingArn",
                           json_find_text(reply->value, "EventSourceMappingArn"));
}

static void check_mapping(struct resource_operation *operation, const struct call_reply *reply) {
    struct text state = json_find_text(reply->value, "State");
    if (text_ends_with(state, "ing")) {
        resource_again(operation, POLL_MS);
    }
}

/* Deleted when it cannot be found any more. */
static void check_mapping_gone(struct resource_operation *operation, const struct call_reply *reply) {
    (void)reply;
    resource_again(operation, POLL_MS);
}

static const struct type_step create_mapping_steps[] = {
    {.service = "lambda",
     .operation = "CreateEventSourceMapping",
     .flags = STEP_PROPERTIES,
     .reply = mapping_made},
    {.service = "lambda", .operation = "GetEventSourceMapping", .id_member = "UUID", .reply = check_mapping},
    {0},
};
static const struct type_step update_mapping_steps[] = {
    {.service = "lambda",
     .operation = "UpdateEventSourceMapping",
     .flags = STEP_PROPERTIES,
     .id_member = "UUID"},
    {.service = "lambda", .operation = "GetEventSourceMapping", .id_member = "UUID", .reply = check_mapping},
    {0},
};
static const struct type_step remove_mapping_steps[] = {
    {.service = "lambda", .operation = "DeleteEventSourceMapping", .id_member = "UUID"},
    {.service = "lambda",
     .operation = "GetEventSourceMapping",
     .id_member = "UUID",
     .reply = check_mapping_gone},
    {0},
};

/* ---- Url, EventInvokeConfig ---- */

static const struct property_row url_properties[] = {
    {"AuthType", PROPERTY_STRING, PROPERTY_REQUIRED, NULL},
    {"TargetFunctionArn", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, "FunctionName"},
    {"Cors", PROPERTY_MAP, 0, NULL},
    {"InvokeMode", PROPERTY_STRING, 0, NULL},
    {"Qualifier", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {0},
};

static const char *const url_attributes[] = {"FunctionArn", "FunctionUrl", NULL};

static void url_made(struct resource_operation *operation, const struct call_reply *reply) {
    struct text arn = json_find_text(reply->value, "FunctionArn");
    resource_set_physical_id(operation, arn);
    resource_set_attribute(operation, "FunctionArn", arn);
    resource_set_attribute(operation, "FunctionUrl", json_find_text(reply->value, "FunctionUrl"));
}

static const struct type_step create_url_steps[] = {
    {.service = "lambda",
     .operation = "CreateFunctionUrlConfig",
     .flags = STEP_PROPERTIES,
     .reply = url_made},
    {0},
};
static const struct type_step update_url_steps[] = {
    {.service = "lambda",
     .operation = "UpdateFunctionUrlConfig",
     .flags = STEP_PROPERTIES,
     .reply = url_made},
    {0},
};
static const struct type_step remove_url_steps[] = {
    {.service = "lambda", .operation = "DeleteFunctionUrlConfig", .flags = STEP_PROPERTIES},
    {0},
};

static const struct property_row invoke_properties[] = {
    {"FunctionName", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"Qualifier", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"DestinationConfig", PROPERTY_MAP, 0, NULL},
    {"MaximumEventAgeInSeconds", PROPERTY_INTEGER, 0, NULL},
    {"MaximumRetryAttempts", PROPERTY_INTEGER, 0, NULL},
    {0},
};

static void invoke_config_put(struct resource_operation *operation, const struct call_reply *reply) {
    (void)reply;
    if (!operation->physical_id) {
        resource_set_physical_id(operation, text_of(resource_name(operation)));
    }
}

static const struct type_step put_invoke_steps[] = {
    {.service = "lambda",
     .operation = "PutFunctionEventInvokeConfig",
     .flags = STEP_PROPERTIES,
     .reply = invoke_config_put},
    {0},
};
static const struct type_step remove_invoke_steps[] = {
    {.service = "lambda", .operation = "DeleteFunctionEventInvokeConfig", .flags = STEP_PROPERTIES},
    {0},
};

const struct resource_type lambda_event_resources[] = {
    {.name = "AWS::Lambda::Permission",
     .properties = permission_properties,
     .attributes = id_attributes,
     .create = create_permission_steps,
     .remove = remove_permission_steps,
     .name_limit = 100},
    {.name = "AWS::Lambda::EventSourceMapping",
     .properties = mapping_properties,
     .attributes = mapping_attributes,
     .create = create_mapping_steps,
     .update = update_mapping_steps,
     .remove = remove_mapping_steps},
    {.name = "AWS::Lambda::Url",
     .properties = url_properties,
     .attributes = url_attributes,
     .create = create_url_steps,
     .update = update_url_steps,
     .remove = remove_url_steps},
    {.name = "AWS::Lambda::EventInvokeConfig",
     .properties = invoke_properties,
     .attributes = no_attributes,
     .create = put_invoke_steps,
     .update = put_invoke_steps,
     .remove = remove_invoke_steps},
    {0},
};
