/* AWS::DynamoDB::Table. */
#include "services/cloudformation/resource_types.h"

static const struct property_row table_properties[] = {
    {"KeySchema", PROPERTY_ANY, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"AttributeDefinitions", PROPERTY_LIST, 0, NULL},
    {"BillingMode", PROPERTY_STRING, 0, NULL},
    {"ContributorInsightsSpecification", PROPERTY_MAP, 0, "-"},
    {"DeletionProtectionEnabled", PROPERTY_BOOLEAN, 0, NULL},
    {"GlobalSecondaryIndexes", PROPERTY_LIST, 0, NULL},
    {"ImportSourceSpecification", PROPERTY_MAP, PROPERTY_CREATE_ONLY, "-"},
    {"KinesisStreamSpecification", PROPERTY_MAP, 0, "-"},
    {"LocalSecondaryIndexes", PROPERTY_LIST, PROPERTY_CREATE_ONLY, NULL},
    {"OnDemandThroughput", PROPERTY_MAP, 0, NULL},
    {"PointInTimeRecoverySpecification", PROPERTY_MAP, 0, "-"},
    {"ProvisionedThroughput", PROPERTY_MAP, 0, NULL},
    {"ResourcePolicy", PROPERTY_MAP, 0, "-"},
    {"SSESpecification", PROPERTY_MAP, 0, "-"},
    {"StreamSpecification", PROPERTY_MAP, 0, "-"},
    {"TableClass", PROPERTY_STRING, 0, NULL},
    {"TableName", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"Tags", PROPERTY_LIST, 0, "-"},
    {"TimeToLiveSpecification", PROPERTY_MAP, 0, "-"},
    {"WarmThroughput", PROPERTY_MAP, 0, NULL},
    {0},
};

static const char *const table_attributes[] = {"Arn", "StreamArn", NULL};

/* The template says only which view; that there is a stream goes without saying. */
static void set_stream(struct resource_operation *operation, json_t *input) {
    json_t *stream = resource_property(operation, "StreamSpecification");
    if (stream) {
        json_object_set_new(input, "StreamSpecification",
                            json_pack("{s:b, s:O?}", "StreamEnabled", 1, "StreamViewType",
                                      json_object_get(stream, "StreamViewType")));
    }
}

/* SSEEnabled of the template is Enabled of the API. */
static void set_encryption(struct resource_operation *operation, json_t *input) {
    json_t *from = resource_property(operation, "SSESpecification");
    if (!from) {
        return;
    }
    json_t *to = json_deep_copy(from);
    json_t *enabled = json_object_get(to, "SSEEnabled");
    if (enabled) {
        json_object_set(to, "Enabled", enabled);
        json_object_del(to, "SSEEnabled");
    }
    json_object_set_new(input, "SSESpecification", to);
}

static bool create_table(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "TableName", resource_name(operation));
    set_stream(operation, input);
    set_encryption(operation, input);
    resource_add_tag_list(operation, input);
    return true;
}

static void note_table(struct resource_operation *operation, const struct json_value *table) {
    resource_set_attribute(operation, "Arn", json_find_text(table, "TableArn"));
    resource_set_attribute(operation, "StreamArn", json_find_text(table, "LatestStreamArn"));
}

static void table_created(struct resource_operation *operation, const struct call_reply *reply) {
    const struct json_value *table = json_find(reply->value, "TableDescription");
    resource_set_physical_id(operation, json_find_text(table, "TableName"));
    note_table(operation, table);
}

enum { POLL_MS = 50 };

static bool indexes_active(const struct json_value *table) {
    const struct json_value *indexes = json_find(table, "GlobalSecondaryIndexes");
    for (const struct json_value *row = indexes ? indexes->child : NULL; row; row = row->next) {
        if (!text_equals(json_find_text(row, "IndexStatus"), "ACTIVE")) {
            return false;
        }
    }
    return true;
}

static void check_table(struct resource_operation *operation, const struct call_reply *reply) {
    const struct json_value *table = json_find(reply->value, "Table");
    note_table(operation, table);
    if (!text_equals(json_find_text(table, "TableStatus"), "ACTIVE") || !indexes_active(table)) {
        resource_again(operation, POLL_MS);
    }
}

/* Gone when it cannot be found: that error ends the step. */
static void check_table_gone(struct resource_operation *operation, const struct call_reply *reply) {
    (void)reply;
    resource_again(operation, POLL_MS);
}

static bool put_time_to_live(struct resource_operation *operation, json_t *input) {
    json_t *now = resource_property(operation, "TimeToLiveSpecification");
    json_t *specification = now ? json_deep_copy(now)
                                : json_deep_copy(resource_old_property(operation, "TimeToLiveSpecification"));
    if (!now) {
        json_object_set_new(specification, "Enabled", json_false());
    }
    json_object_set_new(input, "TimeToLiveSpecification", specification);
    return true;
}

static bool put_recovery(struct resource_operation *operation, json_t *input) {
    json_t *specification = resource_property(operation, "PointInTimeRecoverySpecification");
    json_object_set(input, "PointInTimeRecoverySpecification", specification);
    return specification != NULL;
}

static json_t *find_index(const json_t *indexes, const char *name) {
    size_t i;
    json_t *index;
    json_array_foreach(indexes, i, index) {
        const char *other = json_string_value(json_object_get(index, "IndexName"));
        if (other && name && strcmp(other, name) == 0) {
            return index;
        }
    }
    return NULL;
}

/* The round'th index to create or delete: UpdateTable takes one at a time. */
static json_t *nth_index(const json_t *in, const json_t *without, int n) {
    size_t i;
    json_t *index;
    json_array_foreach(in, i, index) {
        if (!find_index(without, json_string_value(json_object_get(index, "IndexName"))) && n-- == 0) {
            return index;
        }
    }
    return NULL;
}

static bool delete_index(struct resource_operation *operation, json_t *input) {
    json_t *index = nth_index(resource_old_property(operation, "GlobalSecondaryIndexes"),
                              resource_property(operation, "GlobalSecondaryIndexes"), operation->round);
    json_object_set_new(
        input, "GlobalSecondaryIndexUpdates",
        json_pack("[{s:{s:O?}}]", "Delete", "IndexName", json_object_get(index, "IndexName")));
    return index != NULL;
}

static bool create_index(struct resource_operation *operation, json_t *input) {
    json_t *index = nth_index(resource_property(operation, "GlobalSecondaryIndexes"),
                              resource_old_property(operation, "GlobalSecondaryIndexes"), operation->round);
    json_object_set_new(input, "GlobalSecondaryIndexUpdates", json_pack("[{s:O?}]", "Create", index));
    json_object_set(input, "AttributeDefinitions", resource_property(operation, "AttributeDefinitions"));
    return index != NULL;
}

static bool update_table(struct resource_operation *operation, json_t *input) {
    static const char *const names[] = {"BillingMode", "ProvisionedThroughput", "DeletionProtectionEnabled",
                                        "TableClass", "OnDemandThroughput"};
    bool changed = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *value = resource_property(operation, names[i]);
        if (resource_property_changed(operation, names[i]) && value) {
            json_object_set(input, names[i], value);
            changed = true;
        }
    }
    json_t *provisioned = resource_property(operation, "ProvisionedThroughput");
    if (json_object_get(input, "BillingMode") && provisioned) {
        json_object_set(input, "ProvisionedThroughput", provisioned);
    }
    if (resource_property_changed(operation, "SSESpecification")) {
        set_encryption(operation, input);
        changed = true;
    }
    return changed;
}

static bool update_stream(struct resource_operation *operation, json_t *input) {
    set_stream(operation, input);
    if (!json_object_get(input, "StreamSpecification")) {
        json_object_set_new(input, "StreamSpecification", json_pack("{s:b}", "StreamEnabled", 0));
    }
    return true;
}

static bool put_insights(struct resource_operation *operation, json_t *input) {
    json_t *specification = resource_property(operation, "ContributorInsightsSpecification");
    const char *enabled = resource_scalar_text(operation->arena, json_object_get(specification, "Enabled"));
    bool enable = enabled && text_equals_ignore_case(text_of(enabled), "true");
    json_t *mode = json_object_get(specification, "Mode");
    if (mode) {
        json_object_set(input, "ContributorInsightsMode", mode);
    }
    resource_set_member(input, "ContributorInsightsAction", enable ? "ENABLE" : "DISABLE");
    return true;
}

static bool put_table_policy(struct resource_operation *operation, json_t *input) {
    json_t *policy = json_object_get(resource_property(operation, "ResourcePolicy"), "PolicyDocument");
    resource_set_member(input, "Policy", resource_document_text(operation, policy));
    return policy != NULL;
}

static bool drop_table_policy(struct resource_operation *operation, json_t *input) {
    (void)input;
    return !resource_property(operation, "ResourcePolicy");
}

#define TABLE_SETTINGS                                                                                       \
    {.service = "dynamodb",                                                                                  \
     .operation = "UpdateContributorInsights",                                                               \
     .id_member = "TableName",                                                                               \
     .when_changed = "ContributorInsightsSpecification",                                                     \
     .build = put_insights},                                                                                 \
    {                                                                                                        \
        .service = "dynamodb", .operation = "PutResourcePolicy", .flags = STEP_ARN,                          \
        .id_member = "ResourceArn", .when_changed = "ResourcePolicy", .build = put_table_policy              \
    }

#define WAIT_FOR_TABLE                                                                                       \
    { .service = "dynamodb", .operation = "DescribeTable", .id_member = "TableName", .reply = check_table }

static const char *type_of_attribute(const json_t *properties, const char *name) {
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(properties, "AttributeDefinitions"), i, row) {
        const char *other = json_string_value(json_object_get(row, "AttributeName"));
        if (other && name && strcmp(other, name) == 0) {
            const char *type = json_string_value(json_object_get(row, "AttributeType"));
            return type ? type : "";
        }
    }
    return "";
}

/* A key attribute of another type makes another table. */
static bool key_type_changes(const json_t *before, const json_t *after) {
    size_t i;
    json_t *key;
    json_array_foreach(json_object_get(before, "KeySchema"), i, key) {
        const char *name = json_string_value(json_object_get(key, "AttributeName"));
        if (strcmp(type_of_attribute(before, name), type_of_attribute(after, name)) != 0) {
            return true;
        }
    }
    return false;
}

static const struct type_step create_table_steps[] = {
    {.service = "dynamodb",
     .operation = "CreateTable",
     .flags = STEP_PROPERTIES,
     .build = create_table,
     .reply = table_created},
    WAIT_FOR_TABLE,
    {.service = "dynamodb",
     .operation = "UpdateTimeToLive",
     .id_member = "TableName",
     .when_changed = "TimeToLiveSpecification",
     .build = put_time_to_live},
    {.service = "dynamodb",
     .operation = "UpdateContinuousBackups",
     .id_member = "TableName",
     .when_changed = "PointInTimeRecoverySpecification",
     .build = put_recovery},
    TABLE_SETTINGS,
    {0},
};
static const struct type_step update_table_steps[] = {
    {.service = "dynamodb", .operation = "UpdateTable", .id_member = "TableName", .build = update_table},
    WAIT_FOR_TABLE,
    {.service = "dynamodb",
     .operation = "UpdateTable",
     .id_member = "TableName",
     .when_changed = "StreamSpecification",
     .build = update_stream},
    WAIT_FOR_TABLE,
    {.service = "dynamodb",
     .operation = "UpdateTable",
     .flags = STEP_REPEATED,
     .id_member = "TableName",
     .when_changed = "GlobalSecondaryIndexes",
     .build = delete_index},
    WAIT_FOR_TABLE,
    {.service = "dynamodb",
     .operation = "UpdateTable",
     .flags = STEP_REPEATED,
     .id_member = "TableName",
     .when_changed = "GlobalSecondaryIndexes",
     .build = create_index},
    WAIT_FOR_TABLE,
    {.service = "dynamodb",
     .operation = "UpdateTimeToLive",
     .id_member = "TableName",
     .when_changed = "TimeToLiveSpecification",
     .build = put_time_to_live},
    {.service = "dynamodb",
     .operation = "UpdateContinuousBackups",
     .id_member = "TableName",
     .when_changed = "PointInTimeRecoverySpecification",
     .build = put_recovery},
    TABLE_SETTINGS,
    {.service = "dynamodb",
     .operation = "DeleteResourcePolicy",
     .flags = STEP_ARN,
     .id_member = "ResourceArn",
     .when_changed = "ResourcePolicy",
     .build = drop_table_policy},
    TAG_STEPS("dynamodb", "TagResource", "UntagResource", "ResourceArn", STEP_ARN, resource_tag_list),
    {0},
};
static const struct type_step remove_table_steps[] = {
    {.service = "dynamodb", .operation = "DeleteTable", .id_member = "TableName"},
    {.service = "dynamodb",
     .operation = "DescribeTable",
     .id_member = "TableName",
     .reply = check_table_gone},
    {0},
};

const struct resource_type dynamodb_resources[] = {
    {.name = "AWS::DynamoDB::Table",
     .properties = table_properties,
     .attributes = table_attributes,
     .create = create_table_steps,
     .update = update_table_steps,
     .remove = remove_table_steps,
     .replaces = key_type_changes,
     .name_is_unique = true,
     .name_property = "TableName",
     .name_limit = 255},
    {0},
};
