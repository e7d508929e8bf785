/* AWS::IAM::Role, InstanceProfile. */
#include "services/cloudformation/resource_lists.h"
#include "services/cloudformation/resource_types.h"

/* ---- Role ---- */

static const struct property_row role_properties[] = {
    {"AssumeRolePolicyDocument", PROPERTY_JSON, PROPERTY_REQUIRED, "-"},
    {"Description", PROPERTY_STRING, 0, NULL},
    {"ManagedPolicyArns", PROPERTY_LIST, 0, "-"},
    {"MaxSessionDuration", PROPERTY_INTEGER, 0, NULL},
    {"Path", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"PermissionsBoundary", PROPERTY_STRING, 0, NULL},
    {"Policies", PROPERTY_LIST, 0, "-"},
    {"RoleName", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"Tags", PROPERTY_LIST, 0, "-"},
    {0},
};

static const char *const role_attributes[] = {"Arn", "RoleId", NULL};

static void set_document(struct resource_operation *operation, json_t *input, const char *member,
                         const json_t *document) {
    resource_set_member(input, member, resource_document_text(operation, document));
}

static bool create_role(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "RoleName", resource_name(operation));
    set_document(operation, input, "AssumeRolePolicyDocument",
                 resource_property(operation, "AssumeRolePolicyDocument"));
    resource_add_tag_list(operation, input);
    return true;
}

static void role_created(struct resource_operation *operation, const struct call_reply *reply) {
    const struct json_value *role = json_find(reply->value, "Role");
    resource_set_physical_id(operation, json_find_text(role, "RoleName"));
    resource_set_attribute(operation, "Arn", json_find_text(role, "Arn"));
    resource_set_attribute(operation, "RoleId", json_find_text(role, "RoleId"));
}

static bool attach_managed(struct resource_operation *operation, json_t *input) {
    const char *arn = resource_list_added(operation, "ManagedPolicyArns");
    resource_set_member(input, "PolicyArn", arn);
    return arn != NULL;
}

static bool detach_managed(struct resource_operation *operation, json_t *input) {
    const char *arn = resource_list_removed(operation, "ManagedPolicyArns");
    resource_set_member(input, "PolicyArn", arn);
    return arn != NULL;
}

static bool put_inline(struct resource_operation *operation, json_t *input) {
    json_t *policy = json_array_get(resource_property(operation, "Policies"), (size_t)operation->round);
    resource_set_member(input, "PolicyName",
                        resource_scalar_text(operation->arena, json_object_get(policy, "PolicyName")));
    set_document(operation, input, "PolicyDocument", json_object_get(policy, "PolicyDocument"));
    return policy != NULL;
}

static bool delete_inline(struct resource_operation *operation, json_t *input) {
    const char *name = resource_list_removed_key(operation, "Policies", "PolicyName");
    resource_set_member(input, "PolicyName", name);
    return name != NULL;
}

static bool update_trust(struct resource_operation *operation, json_t *input) {
    set_document(operation, input, "PolicyDocument",
                 resource_property(operation, "AssumeRolePolicyDocument"));
    return true;
}

static bool update_role(struct resource_operation *operation, json_t *input) {
    bool changed = resource_property_changed(operation, "Description") ||
                   resource_property_changed(operation, "MaxSessionDuration");
    if (!resource_property(operation, "Description")) {
        resource_set_member(input, "Description", "");
    }
    return changed;
}

static bool put_boundary(struct resource_operation *operation, json_t *input) {
    (void)input;
    return resource_property(operation, "PermissionsBoundary") != NULL;
}

static bool delete_boundary(struct resource_operation *operation, json_t *input) {
    (void)input;
    return !resource_property(operation, "PermissionsBoundary");
}

static const struct type_step create_role_steps[] = {
    {.service = "iam",
     .operation = "CreateRole",
     .flags = STEP_PROPERTIES,
     .build = create_role,
     .reply = role_created},
    {.service = "iam",
     .operation = "AttachRolePolicy",
     .flags = STEP_REPEATED,
     .id_member = "RoleName",
     .build = attach_managed},
    {.service = "iam",
     .operation = "PutRolePolicy",
     .flags = STEP_REPEATED,
     .id_member = "RoleName",
     .build = put_inline},
    {0},
};
static const struct type_step update_role_steps[] = {
    {.service = "iam",
     .operation = "UpdateAssumeRolePolicy",
     .id_member = "RoleName",
     .when_changed = "AssumeRolePolicyDocument",
     .build = update_trust},
    {.service = "iam",
     .operation = "UpdateRole",
     .flags = STEP_PROPERTIES,
     .id_member = "RoleName",
     .build = update_role},
    {.service = "iam",
     .operation = "PutRolePermissionsBoundary",
     .flags = STEP_PROPERTIES,
     .id_member = "RoleName",
     .when_changed = "PermissionsBoundary",
     .build = put_boundary},
    {.service = "iam",
     .operation = "DeleteRolePermissionsBoundary",
     .id_member = "RoleName",
     .when_changed = "PermissionsBoundary",
     .build = delete_boundary},
    {.service = "iam",
     .operation = "AttachRolePolicy",
     .flags = STEP_REPEATED,
     .id_member = "RoleName",
     .when_changed = "ManagedPolicyArns",
     .build = attach_managed},
    {.service = "iam",
     .operation = "DetachRolePolicy",
     .flags = STEP_REPEATED,
     .id_member = "RoleName",
     .when_changed = "ManagedPolicyArns",
     .build = detach_managed,
     .ignored = "NoSuchEntity"},
    {.service = "iam",
     .operation = "PutRolePolicy",
     .flags = STEP_REPEATED,
     .id_member = "RoleName",
     .when_changed = "Policies",
     .build = put_inline},
    {.service = "iam",
     .operation = "DeleteRolePolicy",
     .flags = STEP_REPEATED,
     .id_member = "RoleName",
     .when_changed = "Policies",
     .build = delete_inline,
     .ignored = "NoSuchEntity"},
    TAG_STEPS("iam", "TagRole", "UntagRole", "RoleName", 0, resource_tag_list),
    {0},
};
static const struct type_step remove_role_steps[] = {
    {.service = "iam",
     .operation = "DetachRolePolicy",
     .flags = STEP_REPEATED,
     .id_member = "RoleName",
     .build = detach_managed},
    {.service = "iam",
     .operation = "DeleteRolePolicy",
     .flags = STEP_REPEATED,
     .id_member = "RoleName",
     .build = delete_inline},
    {.service = "iam", .operation = "DeleteRole", .id_member = "RoleName"},
    {0},
};

/* ---- InstanceProfile ---- */

static const struct property_row profile_properties[] = {
    {"Roles", PROPERTY_LIST, PROPERTY_REQUIRED, "-"},
    {"InstanceProfileName", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"Path", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {0},
};

static const char *const arn_attributes[] = {"Arn", NULL};

static bool create_profile(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "InstanceProfileName", resource_name(operation));
    return true;
}

static void profile_created(struct resource_operation *operation, const struct call_reply *reply) {
    const struct json_value *profile = json_find(reply->value, "InstanceProfile");
    resource_set_physical_id(operation, json_find_text(profile, "InstanceProfileName"));
    resource_set_attribute(operation, "Arn", json_find_text(profile, "Arn"));
}

static bool add_role(struct resource_operation *operation, json_t *input) {
    const char *role = resource_list_added(operation, "Roles");
    resource_set_member(input, "RoleName", role);
    return role != NULL;
}

static bool drop_role(struct resource_operation *operation, json_t *input) {
    const char *role = resource_list_removed(operation, "Roles");
    resource_set_member(input, "RoleName", role);
    return role != NULL;
}

static const struct type_step create_profile_steps[] = {
    {.service = "iam",
     .operation = "CreateInstanceProfile",
     .flags = STEP_PROPERTIES,
     .build = create_profile,
     .reply = profile_created},
    {.service = "iam",
     .operation = "AddRoleToInstanceProfile",
     .flags = STEP_REPEATED,
     .id_member = "InstanceProfileName",
     .build = add_role},
    {0},
};
static const struct type_step update_profile_steps[] = {
    {.service = "iam",
     .operation = "RemoveRoleFromInstanceProfile",
     .flags = STEP_REPEATED,
     .id_member = "InstanceProfileName",
     .build = drop_role,
     .ignored = "NoSuchEntity"},
    {.service = "iam",
     .operation = "AddRoleToInstanceProfile",
     .flags = STEP_REPEATED,
     .id_member = "InstanceProfileName",
     .build = add_role},
    {0},
};
static const struct type_step remove_profile_steps[] = {
    {.service = "iam",
     .operation = "RemoveRoleFromInstanceProfile",
     .flags = STEP_REPEATED,
     .id_member = "InstanceProfileName",
     .build = drop_role},
    {.service = "iam", .operation = "DeleteInstanceProfile", .id_member = "InstanceProfileName"},
    {0},
};

const struct resource_type iam_resources[] = {
    {.name = "AWS::IAM::Role",
     .properties = role_properties,
     .attributes = role_attributes,
     .create = create_role_steps,
     .update = update_role_steps,
     .remove = remove_role_steps,
     .name_is_unique = true,
     .name_property = "RoleName",
     .name_limit = 64},
    {.name = "AWS::IAM::InstanceProfile",
     .properties = profile_properties,
     .attributes = arn_attributes,
     .create = create_profile_steps,
     .update = update_profile_steps,
     .remove = remove_profile_steps,
     .name_is_unique = true,
     .name_property = "InstanceProfileName",
     .name_limit = 128},
    {0},
};
