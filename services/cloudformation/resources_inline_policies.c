/*
 * One document put on one thing, under the thing's own id: AWS::IAM::RolePolicy, UserPolicy, GroupPolicy,
 * AWS::SQS::QueueInlinePolicy, AWS::SNS::TopicInlinePolicy, AWS::SecretsManager::ResourcePolicy,
 * AWS::Lambda::LayerVersionPermission.
 */
#include "services/cloudformation/resource_types.h"

static const char *const no_attributes[] = {NULL};

static const char *document(struct resource_operation *operation, const char *property) {
    return resource_document_text(operation, resource_property(operation, property));
}

/* ---- IAM ---- */

#define OWNED_POLICY(owner)                                                                                  \
    {                                                                                                        \
        {owner, PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},                            \
            {"PolicyName", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},                 \
            {"PolicyDocument", PROPERTY_JSON, 0, "-"}, {                                                     \
            0                                                                                                \
        }                                                                                                    \
    }
static const struct property_row role_properties[] = OWNED_POLICY("RoleName");
static const struct property_row user_properties[] = OWNED_POLICY("UserName");
static const struct property_row group_properties[] = OWNED_POLICY("GroupName");

static bool put_on_owner(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "PolicyDocument", document(operation, "PolicyDocument"));
    return true;
}

/* "<policy>|<owner>", as types with two identifiers have it; the owner is the type's first property. */
static void put_on_owner_done(struct resource_operation *operation, const struct call_reply *reply) {
    (void)reply;
    const char *policy = resource_property_string(operation, "PolicyName");
    const char *owner = resource_property_string(operation, operation->request.type->properties[0].name);
    resource_set_physical_id(operation, text_of(arena_printf(operation->arena, "%s|%s", policy, owner)));
}

#define PUT_ON_OWNER(call)                                                                                   \
    {                                                                                                        \
        {.service = "iam",                                                                                   \
         .operation = call,                                                                                  \
         .flags = STEP_PROPERTIES,                                                                           \
         .build = put_on_owner,                                                                              \
         .reply = put_on_owner_done},                                                                        \
        {                                                                                                    \
            0                                                                                                \
        }                                                                                                    \
    }
#define TAKE_FROM_OWNER(call)                                                                                \
    {                                                                                                        \
        {.service = "iam", .operation = call, .flags = STEP_PROPERTIES}, {                                   \
            0                                                                                                \
        }                                                                                                    \
    }
static const struct type_step put_role_steps[] = PUT_ON_OWNER("PutRolePolicy");
static const struct type_step put_user_steps[] = PUT_ON_OWNER("PutUserPolicy");
static const struct type_step put_group_steps[] = PUT_ON_OWNER("PutGroupPolicy");
static const struct type_step remove_role_steps[] = TAKE_FROM_OWNER("DeleteRolePolicy");
static const struct type_step remove_user_steps[] = TAKE_FROM_OWNER("DeleteUserPolicy");
static const struct type_step remove_group_steps[] = TAKE_FROM_OWNER("DeleteGroupPolicy");

/* ---- queues and topics ---- */

static const struct property_row queue_properties[] = {
    {"PolicyDocument", PROPERTY_JSON, PROPERTY_REQUIRED, "-"},
    {"Queue", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, "QueueUrl"},
    {0},
};

static bool put_on_queue(struct resource_operation *operation, json_t *input) {
    const char *policy =
        operation->request.action == RESOURCE_DELETE ? "" : document(operation, "PolicyDocument");
    json_object_set_new(input, "Attributes", json_pack("{s:s}", "Policy", policy));
    return true;
}

static void put_on_queue_done(struct resource_operation *operation, const struct call_reply *reply) {
    (void)reply;
    resource_set_physical_id(operation, text_of(resource_property_string(operation, "Queue")));
}

static const struct type_step queue_steps[] = {{.service = "sqs",
                                                .operation = "SetQueueAttributes",
                                                .flags = STEP_PROPERTIES,
                                                .build = put_on_queue,
                                                .reply = put_on_queue_done},
                                               {0}};

static const struct property_row topic_properties[] = {
    {"PolicyDocument", PROPERTY_JSON, PROPERTY_REQUIRED, "-"},
    {"TopicArn", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {0},
};

static bool put_on_topic(struct resource_operation *operation, json_t *input) {
    const char *topic = resource_property_string(operation, "TopicArn");
    const char *policy = operation->request.action == RESOURCE_DELETE
                             ? resource_topic_policy(operation, topic)
                             : document(operation, "PolicyDocument");
    resource_set_member(input, "AttributeName", "Policy");
    resource_set_member(input, "AttributeValue", policy);
    return true;
}

static void put_on_topic_done(struct resource_operation *operation, const struct call_reply *reply) {
    (void)reply;
    resource_set_physical_id(operation, text_of(resource_property_string(operation, "TopicArn")));
}

static const struct type_step topic_steps[] = {{.service = "sns",
                                                .operation = "SetTopicAttributes",
                                                .flags = STEP_PROPERTIES,
                                                .build = put_on_topic,
                                                .reply = put_on_topic_done},
                                               {0}};

/* ---- secrets ---- */

static const struct property_row secret_properties[] = {
    {"ResourcePolicy", PROPERTY_JSON, PROPERTY_REQUIRED, "-"},
    {"SecretId", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"BlockPublicPolicy", PROPERTY_BOOLEAN, 0, NULL},
    {0},
};

static const char *const secret_attributes[] = {"Id", NULL};

static bool put_on_secret(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "ResourcePolicy", document(operation, "ResourcePolicy"));
    return true;
}

static void put_on_secret_done(struct resource_operation *operation, const struct call_reply *reply) {
    struct text arn = json_find_text(reply->value, "ARN");
    resource_set_physical_id(operation, arn);
    resource_set_attribute(operation, "Id", arn);
}

static const struct type_step put_secret_steps[] = {{.service = "secretsmanager",
                                                     .operation = "PutResourcePolicy",
                                                     .flags = STEP_PROPERTIES,
                                                     .build = put_on_secret,
                                                     .reply = put_on_secret_done},
                                                    {0}};
static const struct type_step remove_secret_steps[] = {
    {.service = "secretsmanager", .operation = "DeleteResourcePolicy", .id_member = "SecretId"}, {0}};

/* ---- layers ---- */

static const struct property_row layer_properties[] = {
    {"Action", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"LayerVersionArn", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, "-"},
    {"Principal", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"OrganizationId", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {0},
};

static const char *const layer_attributes[] = {"Id", NULL};

/* "<layer>:<version>" to its two parts. */
static bool name_layer(struct resource_operation *operation, json_t *input) {
    const char *arn = resource_property_string(operation, "LayerVersionArn");
    const char *colon = strrchr(arn, ':');
    int64_t version = 0;
    if (!colon || !text_to_int64(text_of(colon + 1), &version)) {
        resource_fail(operation, "LayerVersionArn is no ARN of a layer's version.");
        return false;
    }
    resource_set_member(input, "LayerName", arena_copy(operation->arena, arn, (size_t)(colon - arn)));
    json_object_set_new(input, "VersionNumber", json_integer(version));
    return true;
}

/* The statement's name is the last part of the physical id: "<LayerVersionArn>#<statement>". */
static bool permit_layer(struct resource_operation *operation, json_t *input) {
    char statement[UUID_SIZE];
    ids_uuid(emulator_ids(operation->emulator), statement);
    json_object_set_new(operation->scratch, "Statement", json_string(statement));
    resource_set_member(input, "StatementId", statement);
    return name_layer(operation, input);
}

static void layer_permitted(struct resource_operation *operation, const struct call_reply *reply) {
    (void)reply;
    const char *id =
        arena_printf(operation->arena, "%s#%s", resource_property_string(operation, "LayerVersionArn"),
                     json_string_value(json_object_get(operation->scratch, "Statement")));
    resource_set_physical_id(operation, text_of(id));
    resource_set_attribute(operation, "Id", text_of(id));
}

static bool forbid_layer(struct resource_operation *operation, json_t *input) {
    const char *hash = strrchr(operation->physical_id, '#');
    resource_set_member(input, "StatementId", hash ? hash + 1 : "");
    return hash && name_layer(operation, input);
}

static const struct type_step permit_layer_steps[] = {{.service = "lambda",
                                                       .operation = "AddLayerVersionPermission",
                                                       .flags = STEP_PROPERTIES,
                                                       .build = permit_layer,
                                                       .reply = layer_permitted},
                                                      {0}};
static const struct type_step forbid_layer_steps[] = {
    {.service = "lambda", .operation = "RemoveLayerVersionPermission", .build = forbid_layer}, {0}};

/* ---- the rows ---- */

#define TYPE(type_name, rows, names, put, drop)                                                              \
    {                                                                                                        \
        .name = type_name, .properties = rows, .attributes = names, .create = put, .update = put,            \
        .remove = drop                                                                                       \
    }

const struct resource_type inline_policy_resources[] = {
    TYPE("AWS::IAM::RolePolicy", role_properties, no_attributes, put_role_steps, remove_role_steps),
    TYPE("AWS::IAM::UserPolicy", user_properties, no_attributes, put_user_steps, remove_user_steps),
    TYPE("AWS::IAM::GroupPolicy", group_properties, no_attributes, put_group_steps, remove_group_steps),
    TYPE("AWS::SQS::QueueInlinePolicy", queue_properties, no_attributes, queue_steps, queue_steps),
    TYPE("AWS::SNS::TopicInlinePolicy", topic_properties, no_attributes, topic_steps, topic_steps),
    TYPE("AWS::SecretsManager::ResourcePolicy", secret_properties, secret_attributes, put_secret_steps,
         remove_secret_steps),
    TYPE("AWS::Lambda::LayerVersionPermission", layer_properties, layer_attributes, permit_layer_steps,
         forbid_layer_steps),
    {0},
};
