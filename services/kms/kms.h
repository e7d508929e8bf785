/*
 * KMS. Handlers stand in kms_keys.c (the keys and their states), kms_settings.c (description, policy, tags,
 * rotation), kms_aliases.c, kms_grants.c, kms_encryption.c (what a symmetric key does), kms_mac.c and
 * kms_plaintexts.c (scripted plaintexts); kms_names.c finds the key a request means. kms.c lists them.
 *
 * Deletion and rotation have no tasks: whoever looks for a key first does what has become due.
 */
#ifndef STACKRIG_KMS_H
#define STACKRIG_KMS_H

#include "emulator/core/emulator.h"
#include "emulator/core/service.h"
#include "services/kms/kms_store.h"
#include "services/kms/model.h"

extern const struct service kms_service;
extern const struct endpoint_row kms_endpoints[];

operation_fn kms_create_key, kms_describe_key, kms_list_keys, kms_enable_key, kms_disable_key;
operation_fn kms_schedule_key_deletion, kms_cancel_key_deletion;
operation_fn kms_update_key_description, kms_get_key_policy, kms_put_key_policy, kms_list_key_policies;
operation_fn kms_tag_resource, kms_untag_resource, kms_list_resource_tags;
operation_fn kms_enable_key_rotation, kms_disable_key_rotation, kms_get_key_rotation_status;
operation_fn kms_rotate_key_on_demand, kms_list_key_rotations;
operation_fn kms_create_alias, kms_update_alias, kms_delete_alias, kms_list_aliases;
operation_fn kms_create_grant, kms_list_grants, kms_list_retirable_grants, kms_retire_grant, kms_revoke_grant;
operation_fn kms_encrypt, kms_decrypt, kms_re_encrypt, kms_generate_random;
operation_fn kms_generate_data_key, kms_generate_data_key_without_plaintext;
operation_fn kms_generate_mac, kms_verify_mac;

/* ---- Keys and names (kms_names.c, kms_keys.c) ---- */

enum kms_naming {
    KMS_KEY_NAMES, /* id and ARN */
    KMS_ALL_NAMES, /* also aliases */
};

/* False: *refusal is the answer. */
bool kms_find_key(struct call *call, struct text name, enum kms_naming naming, struct kms_key *key,
                  struct result *refusal);
/* Removes the keys whose time has come. Searches begin with it; so must what lists. */
void kms_delete_overdue(struct call *call);
/* By account and id; no message. */
bool kms_find_key_id(struct call *call, const char *account, const char *region, struct text key_id,
                     struct kms_key *key);
/* Not when it is waiting for its deletion. */
bool kms_must_live(struct call *call, const struct kms_key *key, struct result *refusal);
/* Only when it is enabled. */
bool kms_must_work(struct call *call, const struct kms_key *key, struct result *refusal);
/* Not for a key that AWS manages. */
bool kms_must_be_customers(struct call *call, const struct kms_key *key, struct result *refusal);
/* Finds the key named by the member and asks the last three. */
bool kms_find_usable(struct call *call, struct input input, const char *member, const char *usage,
                     struct kms_key *key, struct result *refusal);

/* Makes a key, fills id, ARN and material of *key; the rest is the caller's. */
void kms_make_key(struct call *call, struct kms_key *key);
void kms_add_material(struct call *call, struct kms_key *key, const char *rotation);
/* The bytes of a material, in the call's arena; absent: there is none such. */
struct text kms_material(struct call *call, const struct kms_key *key, struct text material_id);
const char *kms_default_policy(struct call *call);
/* `size` hexadecimal digits by chance, in the call's arena. */
char *kms_random_hex(struct call *call, size_t size);

/* A page: begins after *after, holds up to *limit rows. Numbered ones have a marker that can be wrong. */
void kms_read_page(struct input input, int64_t maximum, struct text *after, int64_t *limit);
bool kms_read_numbered_page(struct call *call, struct input input, int64_t maximum, int64_t *after,
                            int64_t *limit, struct result *refusal);
void kms_write_page_end(struct call *call, const char *marker);

struct result kms_refuse_dry_run(struct call *call);
bool kms_policy_is_good(struct call *call, const char *policy, struct result *refusal);
bool kms_tags_are_good(struct call *call, struct input tags, int64_t already, struct result *refusal);
void kms_put_tags(struct call *call, int64_t key, struct input tags);

/* An encryption context in its one canonical form: the same bytes for the same pairs in any order. */
struct text kms_canonical_context(struct arena *arena, const struct json_value *context);
/* What was scripted for this blob: plaintext (absent: nothing), key ARN (NULL: not said). */
struct text kms_scripted_plaintext(struct call *call, struct text ciphertext, struct text context,
                                   const char **key_arn);

#endif
