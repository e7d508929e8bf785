/*
 * IAM. iam.c lists the operations; one file for each kind of entity, and iam_policies.c for what roles, users
 * and groups share: inline and attached policies. Permissions are stored, not enforced.
 */
#ifndef STACKRIG_IAM_H
#define STACKRIG_IAM_H

#include "emulator/base/access_key.h"
#include "emulator/core/service.h"
#include "services/iam/iam_store.h"
#include "services/iam/model.h"

extern const struct service iam_service;

/* iam_roles.c */
struct result iam_create_role(struct call *call, struct input input);
struct result iam_get_role(struct call *call, struct input input);
struct result iam_delete_role(struct call *call, struct input input);
struct result iam_update_role(struct call *call, struct input input);
struct result iam_update_role_description(struct call *call, struct input input);
struct result iam_update_assume_role_policy(struct call *call, struct input input);
struct result iam_list_roles(struct call *call, struct input input);

/* iam_service_linked_roles.c */
struct result iam_create_service_linked_role(struct call *call, struct input input);
struct result iam_delete_service_linked_role(struct call *call, struct input input);
struct result iam_get_service_linked_role_deletion_status(struct call *call, struct input input);

/* iam_users.c */
struct result iam_create_user(struct call *call, struct input input);
struct result iam_get_user(struct call *call, struct input input);
struct result iam_update_user(struct call *call, struct input input);
struct result iam_delete_user(struct call *call, struct input input);
struct result iam_list_users(struct call *call, struct input input);
struct result iam_create_access_key(struct call *call, struct input input);
struct result iam_update_access_key(struct call *call, struct input input);
struct result iam_delete_access_key(struct call *call, struct input input);
struct result iam_list_access_keys(struct call *call, struct input input);
struct result iam_get_access_key_last_used(struct call *call, struct input input);

/* iam_account.c */
struct result iam_create_account_alias(struct call *call, struct input input);
struct result iam_create_login_profile(struct call *call, struct input input);
struct result iam_delete_account_alias(struct call *call, struct input input);
struct result iam_delete_account_password_policy(struct call *call, struct input input);
struct result iam_delete_login_profile(struct call *call, struct input input);
struct result iam_get_account_password_policy(struct call *call, struct input input);
struct result iam_get_account_summary(struct call *call, struct input input);
struct result iam_get_login_profile(struct call *call, struct input input);
struct result iam_list_account_aliases(struct call *call, struct input input);
struct result iam_update_account_password_policy(struct call *call, struct input input);
struct result iam_update_login_profile(struct call *call, struct input input);

/* iam_groups.c */
struct result iam_create_group(struct call *call, struct input input);
struct result iam_get_group(struct call *call, struct input input);
struct result iam_update_group(struct call *call, struct input input);
struct result iam_delete_group(struct call *call, struct input input);
struct result iam_list_groups(struct call *call, struct input input);
struct result iam_add_user_to_group(struct call *call, struct input input);
struct result iam_remove_user_from_group(struct call *call, struct input input);
struct result iam_list_groups_for_user(struct call *call, struct input input);

/* iam_instance_profiles.c */
struct result iam_create_instance_profile(struct call *call, struct input input);
struct result iam_get_instance_profile(struct call *call, struct input input);
struct result iam_delete_instance_profile(struct call *call, struct input input);
struct result iam_list_instance_profiles(struct call *call, struct input input);
struct result iam_list_instance_profiles_for_role(struct call *call, struct input input);
struct result iam_add_role_to_instance_profile(struct call *call, struct input input);
struct result iam_remove_role_from_instance_profile(struct call *call, struct input input);

/* iam_managed_policies.c */
struct result iam_create_policy(struct call *call, struct input input);
struct result iam_get_policy(struct call *call, struct input input);
struct result iam_delete_policy(struct call *call, struct input input);
struct result iam_list_policies(struct call *call, struct input input);
struct result iam_list_entities_for_policy(struct call *call, struct input input);
struct result iam_create_policy_version(struct call *call, struct input input);
struct result iam_get_policy_version(struct call *call, struct input input);
struct result iam_delete_policy_version(struct call *call, struct input input);
struct result iam_list_policy_versions(struct call *call, struct input input);
struct result iam_set_default_policy_version(struct call *call, struct input input);

/* iam_policies.c: one handler for roles, users and groups; the request tells which. */
struct result iam_put_inline_policy(struct call *call, struct input input);
struct result iam_get_inline_policy(struct call *call, struct input input);
struct result iam_delete_inline_policy(struct call *call, struct input input);
struct result iam_list_inline_policies(struct call *call, struct input input);
struct result iam_attach_policy(struct call *call, struct input input);
struct result iam_detach_policy(struct call *call, struct input input);
struct result iam_list_attached_policies(struct call *call, struct input input);
struct result iam_put_permissions_boundary(struct call *call, struct input input);
struct result iam_delete_permissions_boundary(struct call *call, struct input input);

/* iam_tags.c: one handler for everything that has tags. */
struct result iam_tag(struct call *call, struct input input);
struct result iam_untag(struct call *call, struct input input);
struct result iam_list_tags(struct call *call, struct input input);

/* ---- Entities of requests (iam_entities.c) ---- */

/* The entity of this kind that the request names ("RoleName" ...). False: *refusal is NoSuchEntity. */
bool iam_find_entity(struct call *call, struct input input, enum iam_kind kind, struct iam_entity *entity,
                     struct result *refusal);
/* The same for operations of several kinds: by the member of the request that names one. */
bool iam_find_named_entity(struct call *call, struct input input, struct iam_entity *entity,
                           struct result *refusal);
/* A new entity of the request's name, path and tags, with an id of its own. */
struct iam_entity iam_new_entity(struct call *call, struct input input, enum iam_kind kind);
/* Stores it with its tags. False: *refusal (EntityAlreadyExists). */
bool iam_create_entity(struct call *call, struct input input, struct iam_entity *entity,
                       struct result *refusal);
/* The call's time in whole seconds: IAM knows no smaller unit. */
int64_t iam_now_ms(const struct call *call);
/* arn:aws:iam::ACCOUNT:role/PATH/NAME */
const char *iam_arn(struct arena *arena, const struct iam_entity *entity);
/* Nothing may hold on to an entity that is deleted. False: *refusal (DeleteConflict). */
/* False: two of the tags have the same key, in whatever letters. */
bool iam_check_tags(struct call *call, struct input tags, struct result *refusal);
bool iam_check_unused(struct call *call, const struct iam_entity *entity, struct result *refusal);
/* The structure's members; the structure is open. `full`: as Get answers it. */
void iam_write_role(struct call *call, const struct iam_entity *role, bool full);
void iam_write_user(struct call *call, const struct iam_entity *user, bool full);
void iam_write_group(struct call *call, const struct iam_entity *group);
void iam_write_instance_profile(struct call *call, const struct iam_entity *profile, bool full);
/* `Tags` as a list, left out when there are none. */
void iam_write_tags(struct call *call, const struct iam_entity *entity);
/* A policy document as it goes over the wire: percent-encoded. */
void iam_write_document(struct call *call, const char *member, struct text document);
struct result iam_malformed_policy(struct call *call, const char *message);

/* Pages of lists: what comes after Marker, MaxItems at most. */
struct iam_page {
    const char *after; /* NULL: from the beginning */
    int64_t room;
    const char *last; /* shown last */
    bool truncated;
};

struct iam_page iam_read_page(struct input input);
/* Room for one more? False: the list ends here, truncated. */
bool iam_take_room(struct iam_page *page, const char *name);
void iam_write_page(struct call *call, const struct iam_page *page);

/* ---- Managed policies (iam_managed_policies.c) ---- */

/* AWS's own or the account's. False: *refusal; `attaching` chooses AWS's other text. */
bool iam_check_policy_exists(struct call *call, struct text arn, bool attaching, struct result *refusal);

/* ---- AWS's managed policies (iam_aws_policies.c) ---- */

struct iam_aws_policy {
    const char *path; /* "/service-role/" */
    const char *name;
    const char *document; /* NULL: unknown to us; its permissions are not enforced anyway */
};

/* NULL: there is no such policy. arn:aws:iam::aws:policy/... */
const struct iam_aws_policy *iam_aws_policy_of_arn(struct text arn);
/* By position; NULL behind the last. */
const struct iam_aws_policy *iam_aws_policy_at(size_t index);

#endif
