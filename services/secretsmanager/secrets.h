/*
 * Secrets Manager. Handlers stand in secrets_secrets.c (create, describe, update, delete), secrets_versions.c
 * (values, versions, staging labels), secrets_listing.c (lists and batches), secrets_settings.c (tags,
 * resource policy) and secrets_password.c; secrets.c lists them. Rotation and replication are not emulated.
 */
#ifndef STACKRIG_SECRETS_H
#define STACKRIG_SECRETS_H

#include "emulator/core/emulator.h"
#include "emulator/core/service.h"
#include "services/secretsmanager/model.h"
#include "services/secretsmanager/secrets_store.h"

extern const struct service secretsmanager_service;

operation_fn secrets_create_secret, secrets_describe_secret, secrets_update_secret, secrets_delete_secret;
operation_fn secrets_restore_secret;
operation_fn secrets_get_secret_value, secrets_put_secret_value, secrets_update_secret_version_stage;
operation_fn secrets_list_secret_version_ids;
operation_fn secrets_list_secrets, secrets_batch_get_secret_value;
operation_fn secrets_tag_resource, secrets_untag_resource;
operation_fn secrets_put_resource_policy, secrets_get_resource_policy, secrets_delete_resource_policy;
operation_fn secrets_get_random_password;

/* ---- Shared by the files above ---- */

/* Removes the secrets whose time has come. Searches begin with it; so must what lists. */
void secrets_delete_overdue(struct call *call);
/* By name, ARN, or ARN without its last part; also when it waits for its deletion. False: *refusal. */
bool secrets_find(struct call *call, struct text id, struct secret *secret, struct result *refusal);
/* The same without an answer. */
bool secrets_find_quietly(struct call *call, struct text id, struct secret *secret);
/* Not when it waits for its deletion. */
bool secrets_find_live(struct call *call, struct text id, struct secret *secret, struct result *refusal);
/* Letters, digits and -/_+=.@! only. */
bool secrets_name_is_good(struct call *call, struct text name, struct result *refusal);
void secrets_write_names(struct call *call, const struct secret *secret);
void secrets_put_tags(struct call *call, int64_t secret, struct input tags);

/* A value of a request, and the version it becomes. */
struct secrets_value {
    const char *version_id; /* the request's token */
    struct text string;     /* absent: none */
    struct text bytes;      /* absent: none */
};

/* False: *refusal (both kinds at once, too long, no token). */
bool secrets_read_value(struct call *call, struct input input, struct secrets_value *value,
                        struct result *refusal);
bool secrets_has_value(const struct secrets_value *value);
/* Adds the version without labels. *added false: the very same was there. False: *refusal (the token is in
 * use for another value). */
bool secrets_add_version(struct call *call, const struct secret *secret, const struct secrets_value *value,
                         bool *added, struct result *refusal);
/* The version with the label, in the call's arena; NULL: none. */
const char *secrets_version_of(struct call *call, int64_t secret, const char *stage);
/* AWSCURRENT goes to the version, AWSPREVIOUS to the one that had it. */
void secrets_make_current(struct call *call, int64_t secret, const char *version_id);
/* Members of shape SecretValueEntry and GetSecretValue's answer. False: *refusal. */
bool secrets_write_value(struct call *call, const struct secret *secret, const char *version_id,
                         const char *stage, struct result *refusal);
/* Marks it read; AWS keeps the day only. */
void secrets_accessed(struct call *call, const struct secret *secret, const char *version_id);

#endif
