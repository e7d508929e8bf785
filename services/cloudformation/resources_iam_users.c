/* AWS::IAM::User, Group, AccessKey, UserToGroupAddition, ServiceLinkedRole. */
#include "services/cloudformation/resource_lists.h"
#include "services/cloudformation/resource_types.h"

static const char *const arn_attributes[] = {"Arn", NULL};

/* ---- what users and groups share ---- */

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
    resource_set_member(input, "PolicyDocument",
                        resource_document_text(operation, json_object_get(policy, "PolicyDocument")));
    return policy != NULL;
}

static bool delete_inline(struct resource_operation *operation, json_t *input) {
    const char *name = resource_list_removed_key(operation, "Policies", "PolicyName");
    resource_set_member(input, "PolicyName", name);
    return name != NULL;
}

#define REPEATED(call, member, function)                                                                     \
    {                                                                                                        \
        .service = "iam", .operation = call, .flags = STEP_REPEATED, .id_member = member, .build = function, \
        .ignored = "NoSuchEntity"                                                                            \
    }
#define ADDED(call, member, function)                                                                        \
    { .service = "iam", .operation = call, .flags = STEP_REPEATED, .id_member = member, .build = function }

/* ---- User ---- */

static const struct property_row user_properties[] = {
    {"Groups", PROPERTY_LIST, 0, "-"},
    {"LoginProfile", PROPERTY_MAP, 0, "-"},
    {"ManagedPolicyArns", PROPERTY_LIST, 0, "-"},
    {"Path", PROPERTY_STRING, 0, NULL},
    {"PermissionsBoundary", PROPERTY_STRING, 0, NULL},
    {"Policies", PROPERTY_LIST, 0, "-"},
    {"Tags", PROPERTY_LIST, 0, "-"},
    {"UserName", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {0},
};

static bool create_user(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "UserName", resource_name(operation));
    resource_add_tag_list(operation, input);
    return true;
}

static void user_created(struct resource_operation *operation, const struct call_reply *reply) {
    const struct json_value *user = json_find(reply->value, "User");
    resource_set_physical_id(operation, json_find_text(user, "UserName"));
    resource_set_attribute(operation, "Arn", json_find_text(user, "Arn"));
}

static bool create_login(struct resource_operation *operation, json_t *input) {
    json_t *profile = resource_property(operation, "LoginProfile");
    json_object_update(input, profile);
    return profile != NULL;
}

static bool delete_login(struct resource_operation *operation, json_t *input) {
    (void)input;
    return resource_property(operation, "LoginProfile") != NULL;
}

static bool join_group(struct resource_operation *operation, json_t *input) {
    const char *group = resource_list_added(operation, "Groups");
    resource_set_member(input, "GroupName", group);
    return group != NULL;
}

static bool leave_group(struct resource_operation *operation, json_t *input) {
    const char *group = resource_list_removed(operation, "Groups");
    resource_set_member(input, "GroupName", group);
    return group != NULL;
}

static bool move_user(struct resource_operation *operation, json_t *input) {
    const char *path = resource_property_string(operation, "Path");
    resource_set_member(input, "NewPath", path ? path : "/");
    return true;
}

static const struct type_step create_user_steps[] = {
    {.service = "iam",
     .operation = "CreateUser",
     .flags = STEP_PROPERTIES,
     .build = create_user,
     .reply = user_created},
    {.service = "iam", .operation = "CreateLoginProfile", .id_member = "UserName", .build = create_login},
    ADDED("AddUserToGroup", "UserName", join_group),
    ADDED("AttachUserPolicy", "UserName", attach_managed),
    ADDED("PutUserPolicy", "UserName", put_inline),
    {0},
};
static const struct type_step update_user_steps[] = {
    {.service = "iam",
     .operation = "UpdateUser",
     .id_member = "UserName",
     .when_changed = "Path",
     .build = move_user},
    ADDED("AddUserToGroup", "UserName", join_group),
    REPEATED("RemoveUserFromGroup", "UserName", leave_group),
    ADDED("AttachUserPolicy", "UserName", attach_managed),
    REPEATED("DetachUserPolicy", "UserName", detach_managed),
    ADDED("PutUserPolicy", "UserName", put_inline),
    REPEATED("DeleteUserPolicy", "UserName", delete_inline),
    TAG_STEPS("iam", "TagUser", "UntagUser", "UserName", 0, resource_tag_list),
    {0},
};
static const struct type_step remove_user_steps[] = {
    REPEATED("RemoveUserFromGroup", "UserName", leave_group),
    REPEATED("DetachUserPolicy", "UserName", detach_managed),
    REPEATED("DeleteUserPolicy", "UserName", delete_inline),
    {.service = "iam", .operation = "DeleteLoginProfile", .id_member = "UserName", .build = delete_login},
    {.service = "iam", .operation = "DeleteUser", .id_member = "UserName"},
    {0},
};

/* ---- Group ---- */

static const struct property_row group_properties[] = {
    {"GroupName", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"ManagedPolicyArns", PROPERTY_LIST, 0, "-"},
    {"Path", PROPERTY_STRING, 0, NULL},
    {"Policies", PROPERTY_LIST, 0, "-"},
    {0},
};

static bool create_group(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "GroupName", resource_name(operation));
    return true;
}

static void group_created(struct resource_operation *operation, const struct call_reply *reply) {
    const struct json_value *group = json_find(reply->value, "Group");
    resource_set_physical_id(operation, json_find_text(group, "GroupName"));
    resource_set_attribute(operation, "Arn", json_find_text(group, "Arn"));
}

static const struct type_step create_group_steps[] = {
    {.service = "iam",
     .operation = "CreateGroup",
     .flags = STEP_PROPERTIES,
     .build = create_group,
     .reply = group_created},
    ADDED("AttachGroupPolicy", "GroupName", attach_managed),
    ADDED("PutGroupPolicy", "GroupName", put_inline),
    {0},
};
static const struct type_step update_group_steps[] = {
    {.service = "iam",
     .operation = "UpdateGroup",
     .id_member = "GroupName",
     .when_changed = "Path",
     .build = move_user},
    ADDED("AttachGroupPolicy", "GroupName", attach_managed),
    REPEATED("DetachGroupPolicy", "GroupName", detach_managed),
    ADDED("PutGroupPolicy", "GroupName", put_inline),
    REPEATED("DeleteGroupPolicy", "GroupName", delete_inline),
    {0},
};
static const struct type_step remove_group_steps[] = {
    REPEATED("DetachGroupPolicy", "GroupName", detach_managed),
    REPEATED("DeleteGroupPolicy", "GroupName", delete_inline),
    {.service = "iam", .operation = "DeleteGroup", .id_member = "GroupName"},
    {0},
};

/* ---- AccessKey ---- */

static const struct property_row key_properties[] = {
    {"UserName", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"Serial", PROPERTY_INTEGER, PROPERTY_CREATE_ONLY, NULL},
    {"Status", PROPERTY_STRING, 0, NULL},
    {0},
};

static const char *const key_attributes[] = {"SecretAccessKey", NULL};

static void key_created(struct resource_operation *operation, const struct call_reply *reply) {
    const struct json_value *key = json_find(reply->value, "AccessKey");
    resource_set_physical_id(operation, json_find_text(key, "AccessKeyId"));
    resource_set_attribute(operation, "SecretAccessKey", json_find_text(key, "SecretAccessKey"));
}

static bool set_key_status(struct resource_operation *operation, json_t *input) {
    const char *status = resource_property_string(operation, "Status");
    resource_set_member(input, "Status", status ? status : "Active");
    return true;
}

static const struct type_step create_key_steps[] = {
    {.service = "iam", .operation = "CreateAccessKey", .flags = STEP_PROPERTIES, .reply = key_created},
    {.service = "iam",
     .operation = "UpdateAccessKey",
     .flags = STEP_PROPERTIES,
     .id_member = "AccessKeyId",
     .when_changed = "Status",
     .build = set_key_status},
    {0},
};
static const struct type_step update_key_steps[] = {
    {.service = "iam",
     .operation = "UpdateAccessKey",
     .flags = STEP_PROPERTIES,
     .id_member = "AccessKeyId",
     .when_changed = "Status",
     .build = set_key_status},
    {0},
};
static const struct type_step remove_key_steps[] = {
    {.service = "iam", .operation = "DeleteAccessKey", .flags = STEP_PROPERTIES, .id_member = "AccessKeyId"},
    {0},
};

/* ---- UserToGroupAddition ---- */

static const struct property_row addition_properties[] = {
    {"GroupName", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"Users", PROPERTY_LIST, PROPERTY_REQUIRED, "-"},
    {0},
};

static const char *const id_attributes[] = {"Id", NULL};

static bool add_user(struct resource_operation *operation, json_t *input) {
    const char *user = resource_list_added(operation, "Users");
    resource_set_member(input, "UserName", user);
    return user != NULL;
}

static bool drop_user(struct resource_operation *operation, json_t *input) {
    const char *user = resource_list_removed(operation, "Users");
    resource_set_member(input, "UserName", user);
    return user != NULL;
}

static void user_added(struct resource_operation *operation, const struct call_reply *reply) {
    (void)reply;
    if (!operation->physical_id) {
        resource_set_physical_id(operation, text_of(resource_name(operation)));
        resource_set_attribute(operation, "Id", text_of(operation->physical_id));
    }
}

static const struct type_step create_addition_steps[] = {
    {.service = "iam",
     .operation = "AddUserToGroup",
     .flags = STEP_PROPERTIES | STEP_REPEATED,
     .build = add_user,
     .reply = user_added},
    {0},
};
static const struct type_step update_addition_steps[] = {
    {.service = "iam",
     .operation = "AddUserToGroup",
     .flags = STEP_PROPERTIES | STEP_REPEATED,
     .build = add_user},
    {.service = "iam",
     .operation = "RemoveUserFromGroup",
     .flags = STEP_PROPERTIES | STEP_REPEATED,
     .build = drop_user,
     .ignored = "NoSuchEntity"},
    {0},
};
static const struct type_step remove_addition_steps[] = {
    {.service = "iam",
     .operation = "RemoveUserFromGroup",
     .flags = STEP_PROPERTIES | STEP_REPEATED,
     .build = drop_user,
     .ignored = "NoSuchEntity"},
    {0},
};

/* ---- ServiceLinkedRole ---- */

static const struct property_row linked_properties[] = {
    {"AWSServiceName", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"CustomSuffix", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"Description", PROPERTY_STRING, 0, NULL},
    {0},
};

static const char *const linked_attributes[] = {"RoleName", NULL};

static void linked_created(struct resource_operation *operation, const struct call_reply *reply) {
    struct text name = json_find_text(json_find(reply->value, "Role"), "RoleName");
    resource_set_physical_id(operation, name);
    resource_set_attribute(operation, "RoleName", name);
}

static const struct type_step create_linked_steps[] = {
    {.service = "iam",
     .operation = "CreateServiceLinkedRole",
     .flags = STEP_PROPERTIES,
     .reply = linked_created},
    {0},
};
static const struct type_step update_linked_steps[] = {
    {.service = "iam",
     .operation = "UpdateRoleDescription",
     .flags = STEP_PROPERTIES,
     .id_member = "RoleName"},
    {0},
};
static const struct type_step remove_linked_steps[] = {
    {.service = "iam", .operation = "DeleteServiceLinkedRole", .id_member = "RoleName"},
    {0},
};

const struct resource_type iam_user_resources[] = {
    {.name = "AWS::IAM::User",
     .properties = user_properties,
     .attributes = arn_attributes,
     .create = create_user_steps,
     .update = update_user_steps,
     .remove = remove_user_steps,
     .name_is_unique = true,
     .name_property = "UserName",
     .name_limit = 64},
    {.name = "AWS::IAM::Group",
     .properties = group_properties,
     .attributes = arn_attributes,
     .create = create_group_steps,
     .update = update_group_steps,
     .remove = remove_group_steps,
     .name_is_unique = true,
     .name_property = "GroupName",
     .name_limit = 128},
    {.name = "AWS::IAM::AccessKey",
     .properties = key_properties,
     .attributes = key_attributes,
     .create = create_key_steps,
     .update = update_key_steps,
     .remove = remove_key_steps},
    {.name = "AWS::IAM::UserToGroupAddition",
     .properties = addition_properties,
     .attributes = id_attributes,
     .create = create_addition_steps,
     .update = update_addition_steps,
     .remove = remove_addition_steps},
    {.name = "AWS::IAM::ServiceLinkedRole",
     .properties = linked_properties,
     .attributes = linked_attributes,
     .create = create_linked_steps,
     .update = update_linked_steps,
     .remove = remove_linked_steps},
    {0},
};
