#include "services/iam/iam.h"

#include "emulator/core/emulator.h"

static const struct operation_row operations[] = {
    {"AddRoleToInstanceProfile", iam_add_role_to_instance_profile},
    {"AddUserToGroup", iam_add_user_to_group},
    {"AttachGroupPolicy", iam_attach_policy},
    {"AttachRolePolicy", iam_attach_policy},
    {"AttachUserPolicy", iam_attach_policy},
    {"CreateAccessKey", iam_create_access_key},
    {"CreateAccountAlias", iam_create_account_alias},
    {"CreateGroup", iam_create_group},
    {"CreateInstanceProfile", iam_create_instance_profile},
    {"CreateLoginProfile", iam_create_login_profile},
    {"CreatePolicy", iam_create_policy},
    {"CreatePolicyVersion", iam_create_policy_version},
    {"CreateRole", iam_create_role},
    {"CreateServiceLinkedRole", iam_create_service_linked_role},
    {"CreateUser", iam_create_user},
    {"DeleteAccessKey", iam_delete_access_key},
    {"DeleteAccountAlias", iam_delete_account_alias},
    {"DeleteAccountPasswordPolicy", iam_delete_account_password_policy},
    {"DeleteGroup", iam_delete_group},
    {"DeleteGroupPolicy", iam_delete_inline_policy},
    {"DeleteInstanceProfile", iam_delete_instance_profile},
    {"DeleteLoginProfile", iam_delete_login_profile},
    {"DeletePolicy", iam_delete_policy},
    {"DeletePolicyVersion", iam_delete_policy_version},
    {"DeleteRole", iam_delete_role},
    {"DeleteRolePermissionsBoundary", iam_delete_permissions_boundary},
    {"DeleteRolePolicy", iam_delete_inline_policy},
    {"DeleteServiceLinkedRole", iam_delete_service_linked_role},
    {"DeleteUser", iam_delete_user},
    {"DeleteUserPermissionsBoundary", iam_delete_permissions_boundary},
    {"DeleteUserPolicy", iam_delete_inline_policy},
    {"DetachGroupPolicy", iam_detach_policy},
    {"DetachRolePolicy", iam_detach_policy},
    {"DetachUserPolicy", iam_detach_policy},
    {"GetAccessKeyLastUsed", iam_get_access_key_last_used},
    {"GetAccountPasswordPolicy", iam_get_account_password_policy},
    {"GetAccountSummary", iam_get_account_summary},
    {"GetGroup", iam_get_group},
    {"GetGroupPolicy", iam_get_inline_policy},
    {"GetInstanceProfile", iam_get_instance_profile},
    {"GetLoginProfile", iam_get_login_profile},
    {"GetPolicy", iam_get_policy},
    {"GetPolicyVersion", iam_get_policy_version},
    {"GetRole", iam_get_role},
    {"GetRolePolicy", iam_get_inline_policy},
    {"GetServiceLinkedRoleDeletionStatus", iam_get_service_linked_role_deletion_status},
    {"GetUser", iam_get_user},
    {"GetUserPolicy", iam_get_inline_policy},
    {"ListAccessKeys", iam_list_access_keys},
    {"ListAccountAliases", iam_list_account_aliases},
    {"ListAttachedGroupPolicies", iam_list_attached_policies},
    {"ListAttachedRolePolicies", iam_list_attached_policies},
    {"ListAttachedUserPolicies", iam_list_attached_policies},
    {"ListEntitiesForPolicy", iam_list_entities_for_policy},
    {"ListGroupPolicies", iam_list_inline_policies},
    {"ListGroups", iam_list_groups},
    {"ListGroupsForUser", iam_list_groups_for_user},
    {"ListInstanceProfileTags", iam_list_tags},
    {"ListInstanceProfiles", iam_list_instance_profiles},
    {"ListInstanceProfilesForRole", iam_list_instance_profiles_for_role},
    {"ListPolicies", iam_list_policies},
    {"ListPolicyTags", iam_list_tags},
    {"ListPolicyVersions", iam_list_policy_versions},
    {"ListRolePolicies", iam_list_inline_policies},
    {"ListRoleTags", iam_list_tags},
    {"ListRoles", iam_list_roles},
    {"ListUserPolicies", iam_list_inline_policies},
    {"ListUserTags", iam_list_tags},
    {"ListUsers", iam_list_users},
    {"PutGroupPolicy", iam_put_inline_policy},
    {"PutRolePermissionsBoundary", iam_put_permissions_boundary},
    {"PutRolePolicy", iam_put_inline_policy},
    {"PutUserPermissionsBoundary", iam_put_permissions_boundary},
    {"PutUserPolicy", iam_put_inline_policy},
    {"RemoveRoleFromInstanceProfile", iam_remove_role_from_instance_profile},
    {"RemoveUserFromGroup", iam_remove_user_from_group},
    {"SetDefaultPolicyVersion", iam_set_default_policy_version},
    {"TagInstanceProfile", iam_tag},
    {"TagPolicy", iam_tag},
    {"TagRole", iam_tag},
    {"TagUser", iam_tag},
    {"UntagInstanceProfile", iam_untag},
    {"UntagPolicy", iam_untag},
    {"UntagRole", iam_untag},
    {"UntagUser", iam_untag},
    {"UpdateAccessKey", iam_update_access_key},
    {"UpdateAccountPasswordPolicy", iam_update_account_password_policy},
    {"UpdateAssumeRolePolicy", iam_update_assume_role_policy},
    {"UpdateGroup", iam_update_group},
    {"UpdateLoginProfile", iam_update_login_profile},
    {"UpdateRole", iam_update_role},
    {"UpdateRoleDescription", iam_update_role_description},
    {"UpdateUser", iam_update_user},
    {NULL, NULL},
};

static const struct accepted_member accepted[] = {
    {"CreateRole", "AssumeRolePolicyDocument", "checked for form and stored; permissions are not enforced"},
    {"CreateRole", "PermissionsBoundary", "stored and shown; permissions are not enforced"},
    {"CreateUser", "PermissionsBoundary", "stored and shown; permissions are not enforced"},
    {"CreateLoginProfile", "Password", "checked for its length; there is nothing to sign in to"},
    {"UpdateAccountPasswordPolicy", "MinimumPasswordLength", "the only rule that passwords are held to"},
    {"CreatePolicy", "PolicyDocument", "checked for form and stored; permissions are not enforced"},
    {NULL, NULL, NULL},
};

/* Keys of users. Inactive ones are nobody's. */
static bool resolve_access_key(struct emulator *emulator, const char *access_key, struct arena *arena,
                               struct identity *identity) {
    struct iam_access_key key;
    struct iam_entity user;
    if (strncmp(access_key, "AKIA", 4) != 0 ||
        !iam_store_find_access_key(emulator_store(emulator), text_of(access_key), arena, &key, &user) ||
        strcmp(key.status, "Active") != 0) {
        return false;
    }
    snprintf(identity->account, sizeof(identity->account), "%s", user.account);
    identity->arn = iam_arn(arena, &user);
    identity->user_id = user.unique_id;
    return true;
}

const struct service iam_service = {
    .model = &iam_model,
    .operations = operations,
    .store = &iam_store_module,
    .accepted = accepted,
    .resolve_access_key = resolve_access_key,
};
