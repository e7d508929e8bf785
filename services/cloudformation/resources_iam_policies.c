/* AWS::IAM::Policy, ManagedPolicy: documents put on or attached to roles, users and groups. */
#include "services/cloudformation/resource_lists.h"
#include "services/cloudformation/resource_types.h"

/* ---- Policy ---- */

static const struct property_row policy_properties[] = {
    {"PolicyDocument", PROPERTY_JSON, PROPERTY_REQUIRED, "-"},
    {"PolicyName", PROPERTY_STRING, PROPERTY_REQUIRED, NULL},
    {"Groups", PROPERTY_LIST, 0, "-"},
    {"Roles", PROPERTY_LIST, 0, "-"},
    {"Users", PROPERTY_LIST, 0, "-"},
    {0},
};

static const char *const policy_attributes[] = {"Id", NULL};

/* <stack>-<logical id>-<random> with four letters of each name. */
static void choose_id(struct resource_operation *operation) {
    if (operation->physical_id) {
        return;
    }
    char random[13];
    ids_random_string(emulator_ids(operation->emulator), IDS_UPPER_ALPHANUMERIC, 12, random);
    const char *id = arena_printf(operation->arena, "%.5s-%.4s-%s", operation->request.stack_name,
                                  operation->request.logical_id, random);
    resource_set_physical_id(operation, text_of(id));
    resource_set_attribute(operation, "Id", text_of(id));
}

/* Also refuses the delete, as the real one does. Source: recorded test_blocked_stack_deletion. */
static bool require_principals(struct resource_operation *operation, json_t *input) {
    (void)input;
    choose_id(operation);
    if (json_array_size(resource_property(operation, "Roles")) == 0 &&
        json_array_size(resource_property(operation, "Users")) == 0 &&
        json_array_size(resource_property(operation, "Groups")) == 0) {
        resource_fail(operation, "At least one of [Groups,Roles,Users] must be non-empty.");
    }
    return false;
}

static bool put_on(struct resource_operation *operation, json_t *input, const char *property,
                   const char *member) {
    const char *name = resource_scalar_text(
        operation->arena, json_array_get(resource_property(operation, property), (size_t)operation->round));
    resource_set_member(input, member, name);
    resource_set_member(input, "PolicyDocument",
                        resource_document_text(operation, resource_property(operation, "PolicyDocument")));
    return name != NULL;
}

static bool put_on_role(struct resource_operation *operation, json_t *input) {
    return put_on(operation, input, "Roles", "RoleName");
}

static bool put_on_user(struct resource_operation *operation, json_t *input) {
    return put_on(operation, input, "Users", "UserName");
}

static bool put_on_group(struct resource_operation *operation, json_t *input) {
    return put_on(operation, input, "Groups", "GroupName");
}

/* Where it is to go from: of those named before when the policy is renamed, else of those not named any more.
 */
static bool take_from(struct resource_operation *operation, json_t *input, const char *property,
                      const char *member) {
    bool update = operation->request.action == RESOURCE_UPDATE;
    bool renamed = update && resource_property_changed(operation, "PolicyName");
    const char *name = renamed
                           ? resource_scalar_text(operation->arena,
                                                  json_array_get(resource_old_property(operation, property),
                                                                 (size_t)operation->round))
                           : resource_list_removed(operation, property);
    resource_set_member(input, member, name);
    json_t *policy_name =
        update ? resource_old_property(operation, "PolicyName") : resource_property(operation, "PolicyName");
    resource_set_member(input, "PolicyName", resource_scalar_text(operation->arena, policy_name));
    return name != NULL;
}

static bool take_from_role(struct resource_operation *operation, json_t *input) {
    return take_from(operation, input, "Roles", "RoleName");
}

static bool take_from_user(struct resource_operation *operation, json_t *input) {
    return take_from(operation, input, "Users", "UserName");
}

static bool take_from_group(struct resource_operation *operation, json_t *input) {
    return take_from(operation, input, "Groups", "GroupName");
}

#define PUT_STEPS                                                                                            \
    {.service = "iam",                                                                                       \
     .operation = "PutRolePolicy",                                                                           \
     .flags = STEP_PROPERTIES | STEP_REPEATED,                                                               \
     .build = put_on_role},                                                                                  \
        {.service = "iam",                                                                                   \
         .operation = "PutUserPolicy",                                                                       \
         .flags = STEP_PROPERTIES | STEP_REPEATED,                                                           \
         .build = put_on_user},                                                                              \
    {                                                                                                        \
        .service = "iam", .operation = "PutGroupPolicy", .flags = STEP_PROPERTIES | STEP_REPEATED,           \
        .build = put_on_group                                                                                \
    }
#define TAKE_STEPS                                                                                           \
    {.service = "iam",                                                                                       \
     .operation = "DeleteRolePolicy",                                                                        \
     .flags = STEP_REPEATED,                                                                                 \
     .build = take_from_role,                                                                                \
     .ignored = "NoSuchEntity"},                                                                             \
        {.service = "iam",                                                                                   \
         .operation = "DeleteUserPolicy",                                                                    \
         .flags = STEP_REPEATED,                                                                             \
         .build = take_from_user,                                                                            \
         .ignored = "NoSuchEntity"},                                                                         \
    {                                                                                                        \
        .service = "iam", .operation = "DeleteGroupPolicy", .flags = STEP_REPEATED,                          \
        .build = take_from_group, .ignored = "NoSuchEntity"                                                  \
    }

static const struct type_step create_policy_steps[] = {{.build = require_principals}, PUT_STEPS, {0}};
static const struct type_step update_policy_steps[] = {
    {.build = require_principals}, PUT_STEPS, TAKE_STEPS, {0}};
static const struct type_step remove_policy_steps[] = {{.build = require_principals}, TAKE_STEPS, {0}};

/* ---- ManagedPolicy ---- */

static const struct property_row managed_properties[] = {
    {"PolicyDocument", PROPERTY_JSON, PROPERTY_REQUIRED, "-"},
    {"Description", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"Groups", PROPERTY_LIST, 0, "-"},
    {"ManagedPolicyName", PROPERTY_STRING, PROPERTY_CREATE_ONLY, "PolicyName"},
    {"Path", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"Roles", PROPERTY_LIST, 0, "-"},
    {"Users", PROPERTY_LIST, 0, "-"},
    {0},
};

static const char *const managed_attributes[] = {
    "PolicyArn",  "PolicyId",   "DefaultVersionId", "AttachmentCount",
    "CreateDate", "UpdateDate", "IsAttachable",     "PermissionsBoundaryUsageCount",
    NULL};

static bool create_managed(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "PolicyName", resource_name(operation));
    resource_set_member(input, "PolicyDocument",
                        resource_document_text(operation, resource_property(operation, "PolicyDocument")));
    return true;
}

static void managed_created(struct resource_operation *operation, const struct call_reply *reply) {
    const struct json_value *policy = json_find(reply->value, "Policy");
    struct text arn = json_find_text(policy, "Arn");
    resource_set_physical_id(operation, arn);
    resource_set_attribute(operation, "PolicyArn", arn);
    resource_set_attribute(operation, "PolicyId", json_find_text(policy, "PolicyId"));
    resource_set_attribute(operation, "DefaultVersionId", json_find_text(policy, "DefaultVersionId"));
    resource_set_attribute(operation, "AttachmentCount", TEXT("0"));
    resource_set_attribute(operation, "IsAttachable", TEXT("true"));
    resource_set_attribute(operation, "PermissionsBoundaryUsageCount", TEXT("0"));
}

static bool change_list(struct resource_operation *operation, json_t *input, const char *property,
                        const char *member, bool attach) {
    const char *name =
        attach ? resource_list_added(operation, property) : resource_list_removed(operation, property);
    resource_set_member(input, member, name);
    return name != NULL;
}

static bool attach_role(struct resource_operation *operation, json_t *input) {
    return change_list(operation, input, "Roles", "RoleName", true);
}

static bool attach_user(struct resource_operation *operation, json_t *input) {
    return change_list(operation, input, "Users", "UserName", true);
}

static bool attach_group(struct resource_operation *operation, json_t *input) {
    return change_list(operation, input, "Groups", "GroupName", true);
}

static bool detach_role(struct resource_operation *operation, json_t *input) {
    return change_list(operation, input, "Roles", "RoleName", false);
}

static bool detach_user(struct resource_operation *operation, json_t *input) {
    return change_list(operation, input, "Users", "UserName", false);
}

static bool detach_group(struct resource_operation *operation, json_t *input) {
    return change_list(operation, input, "Groups", "GroupName", false);
}

static bool new_version(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "PolicyDocument",
                        resource_document_text(operation, resource_property(operation, "PolicyDocument")));
    json_object_set_new(input, "SetAsDefault", json_true());
    return true;
}

/* Versions that are not the default: kept for the steps that delete them. */
static void versions_listed(struct resource_operation *operation, const struct call_reply *reply) {
    json_t *old = json_array();
    const struct json_value *versions = json_find(reply->value, "Versions");
    for (const struct json_value *row = versions ? versions->child : NULL; row; row = row->next) {
        const struct json_value *is_default = json_find(row, "IsDefaultVersion");
        struct text id = json_find_text(row, "VersionId");
        if (id.data && (!is_default || is_default->type != JSON_VALUE_TRUE)) {
            json_array_append_new(old, json_stringn(id.data, id.size));
        }
    }
    json_object_set_new(operation->scratch, "Versions", old);
}

static bool delete_version(struct resource_operation *operation, json_t *input) {
    json_t *versions = json_object_get(operation->scratch, "Versions");
    const char *id = json_string_value(json_array_get(versions, (size_t)operation->round));
    resource_set_member(input, "VersionId", id);
    return id != NULL;
}

#define ATTACH_STEPS                                                                                         \
    {.service = "iam",                                                                                       \
     .operation = "AttachRolePolicy",                                                                        \
     .flags = STEP_REPEATED,                                                                                 \
     .id_member = "PolicyArn",                                                                               \
     .build = attach_role},                                                                                  \
        {.service = "iam",                                                                                   \
         .operation = "AttachUserPolicy",                                                                    \
         .flags = STEP_REPEATED,                                                                             \
         .id_member = "PolicyArn",                                                                           \
         .build = attach_user},                                                                              \
    {                                                                                                        \
        .service = "iam", .operation = "AttachGroupPolicy", .flags = STEP_REPEATED,                          \
        .id_member = "PolicyArn", .build = attach_group                                                      \
    }
#define DETACH_STEPS                                                                                         \
    {.service = "iam",                                                                                       \
     .operation = "DetachRolePolicy",                                                                        \
     .flags = STEP_REPEATED,                                                                                 \
     .id_member = "PolicyArn",                                                                               \
     .build = detach_role,                                                                                   \
     .ignored = "NoSuchEntity"},                                                                             \
        {.service = "iam",                                                                                   \
         .operation = "DetachUserPolicy",                                                                    \
         .flags = STEP_REPEATED,                                                                             \
         .id_member = "PolicyArn",                                                                           \
         .build = detach_user,                                                                               \
         .ignored = "NoSuchEntity"},                                                                         \
    {                                                                                                        \
        .service = "iam", .operation = "DetachGroupPolicy", .flags = STEP_REPEATED,                          \
        .id_member = "PolicyArn", .build = detach_group, .ignored = "NoSuchEntity"                           \
    }
#define VERSION_STEPS(changed)                                                                               \
    {.service = "iam",                                                                                       \
     .operation = "ListPolicyVersions",                                                                      \
     .id_member = "PolicyArn",                                                                               \
     .when_changed = changed,                                                                                \
     .reply = versions_listed},                                                                              \
    {                                                                                                        \
        .service = "iam", .operation = "DeletePolicyVersion", .flags = STEP_REPEATED,                        \
        .id_member = "PolicyArn", .build = delete_version, .ignored = "NoSuchEntity"                         \
    }

static const struct type_step create_managed_steps[] = {
    {.service = "iam",
     .operation = "CreatePolicy",
     .flags = STEP_PROPERTIES,
     .build = create_managed,
     .reply = managed_created},
    ATTACH_STEPS,
    {0},
};
static const struct type_step update_managed_steps[] = {
    VERSION_STEPS("PolicyDocument"),
    {.service = "iam",
     .operation = "CreatePolicyVersion",
     .id_member = "PolicyArn",
     .when_changed = "PolicyDocument",
     .build = new_version},
    ATTACH_STEPS,
    DETACH_STEPS,
    {0},
};
static const struct type_step remove_managed_steps[] = {
    DETACH_STEPS,
    VERSION_STEPS(NULL),
    {.service = "iam", .operation = "DeletePolicy", .id_member = "PolicyArn"},
    {0},
};

const struct resource_type iam_policy_resources[] = {
    {.name = "AWS::IAM::Policy",
     .properties = policy_properties,
     .attributes = policy_attributes,
     .create = create_policy_steps,
     .update = update_policy_steps,
     .remove = remove_policy_steps},
    {.name = "AWS::IAM::ManagedPolicy",
     .properties = managed_properties,
     .attributes = managed_attributes,
     .create = create_managed_steps,
     .update = update_managed_steps,
     .remove = remove_managed_steps,
     .name_is_unique = true,
     .name_property = "ManagedPolicyName",
     .name_limit = 128},
    {0},
};
