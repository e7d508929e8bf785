/*
 * The tables of IAM. Roles, users, groups, instance profiles and managed policies are entities of one table:
 * they share names, paths, ids, tags, and three of them policies. IAM knows no Regions.
 */
#ifndef STACKRIG_IAM_STORE_H
#define STACKRIG_IAM_STORE_H

#include "emulator/io/store.h"

extern const struct store_module iam_store_module;

enum iam_kind { IAM_ROLE, IAM_USER, IAM_GROUP, IAM_INSTANCE_PROFILE, IAM_POLICY };

struct iam_entity {
    int64_t id;
    enum iam_kind kind;
    const char *account;
    const char *name;
    const char *path;
    const char *unique_id; /* "AROA..." */
    int64_t created_ms;
    int64_t updated_ms;
    const char *description;  /* NULL: none */
    const char *trust_policy; /* roles */
    int64_t max_session_s;    /* roles */
    const char *boundary_arn; /* NULL: none */
    int64_t default_version;  /* policies */
    int64_t next_version;     /* policies */
};

/* ---- Entities ---- */

/* False: the name is taken (whatever its case). Fills entity->id. */
bool iam_store_create(struct store *store, struct iam_entity *entity);
/* Strings live in the arena. */
bool iam_store_find(struct store *store, const char *account, enum iam_kind kind, struct text name,
                    struct arena *arena, struct iam_entity *entity);
/* By name, after a name. */
struct statement *iam_store_entities(struct store *store, const char *account, enum iam_kind kind,
                                     const char *after);
/* Entities that a policy is attached to, that it bounds, or both; by kind and name. */
struct statement *iam_store_policy_users(struct store *store, const char *account, const char *policy_arn,
                                         bool attached, bool bounded);
bool iam_store_next_entity(struct statement *statement, struct arena *arena, struct iam_entity *entity);
/* Writes everything but id, kind and account. False: the new name is taken. */
bool iam_store_update(struct store *store, const struct iam_entity *entity);
/* With tags, policies, versions, memberships and access keys. */
void iam_store_delete(struct store *store, int64_t entity_id);

/* ---- Tags ---- */

void iam_store_put_tag(struct store *store, int64_t entity_id, struct text key, struct text value);
void iam_store_delete_tag(struct store *store, int64_t entity_id, struct text key);
int64_t iam_store_tag_count(struct store *store, int64_t entity_id);
/* Rows of key and value, by key, after a key. */
struct statement *iam_store_tags(struct store *store, int64_t entity_id, const char *after);

/* ---- Inline policies ---- */

void iam_store_put_inline(struct store *store, int64_t entity_id, struct text name, struct text document);
/* Absent: no such policy. Lives in the arena. */
struct text iam_store_inline(struct store *store, int64_t entity_id, struct text name, struct arena *arena);
bool iam_store_delete_inline(struct store *store, int64_t entity_id, struct text name);
/* Rows of name and document, by name, after a name. */
struct statement *iam_store_inlines(struct store *store, int64_t entity_id, const char *after);
int64_t iam_store_inline_bytes(struct store *store, int64_t entity_id);

/* ---- Attached policies ---- */

/* Attaching twice changes nothing. */
void iam_store_attach(struct store *store, int64_t entity_id, struct text policy_arn);
bool iam_store_detach(struct store *store, int64_t entity_id, struct text policy_arn);
/* Rows of the policies' ARNs, in order of the last part: their name. */
struct statement *iam_store_attachments(struct store *store, int64_t entity_id);
int64_t iam_store_attachment_count(struct store *store, int64_t entity_id);
int64_t iam_store_usage_count(struct store *store, const char *account, const char *policy_arn);
int64_t iam_store_boundary_count(struct store *store, const char *account, const char *policy_arn);

/* ---- Versions of managed policies ---- */

struct iam_version {
    int64_t number;
    int64_t created_ms;
    struct text document; /* borrowed until the next step */
};

void iam_store_add_version(struct store *store, int64_t policy_id, int64_t number, struct text document,
                           int64_t now_ms);
/* Newest first. */
struct statement *iam_store_versions(struct store *store, int64_t policy_id);
bool iam_store_next_version(struct statement *statement, struct iam_version *version);
/* The document lives in the arena. */
bool iam_store_version(struct store *store, int64_t policy_id, int64_t number, struct arena *arena,
                       struct iam_version *version);
int64_t iam_store_version_count(struct store *store, int64_t policy_id);
void iam_store_delete_version(struct store *store, int64_t policy_id, int64_t number);

/* ---- Members: users of groups, roles of instance profiles ---- */

void iam_store_add_member(struct store *store, int64_t owner_id, int64_t member_id);
bool iam_store_remove_member(struct store *store, int64_t owner_id, int64_t member_id);
struct statement *iam_store_members(struct store *store, int64_t owner_id);
struct statement *iam_store_owners(struct store *store, int64_t member_id);
int64_t iam_store_member_count(struct store *store, int64_t owner_id);
int64_t iam_store_owner_count(struct store *store, int64_t member_id);

/* ---- Access keys ---- */

struct iam_access_key {
    int64_t user_id; /* the entity */
    const char *access_key;
    const char *secret_key;
    const char *status;
    int64_t created_ms;
};

void iam_store_add_access_key(struct store *store, const struct iam_access_key *key);
bool iam_store_find_access_key(struct store *store, struct text access_key, struct arena *arena,
                               struct iam_access_key *key, struct iam_entity *user);
struct statement *iam_store_access_keys(struct store *store, int64_t user_id);
bool iam_store_next_access_key(struct statement *statement, struct arena *arena, struct iam_access_key *key);
int64_t iam_store_access_key_count(struct store *store, int64_t user_id);
void iam_store_set_key_status(struct store *store, const char *access_key, const char *status);
void iam_store_delete_access_key(struct store *store, const char *access_key);

/* ---- Login profiles ---- */

struct iam_login_profile {
    int64_t created_ms;
    bool reset_required;
};

/* Takes the place of the one before. */
void iam_store_put_login_profile(struct store *store, int64_t user_id,
                                 const struct iam_login_profile *profile);
bool iam_store_login_profile(struct store *store, int64_t user_id, struct iam_login_profile *profile);
void iam_store_delete_login_profile(struct store *store, int64_t user_id);

/* ---- Accounts ---- */

/* "Alias", "PasswordPolicy". */
void iam_store_put_setting(struct store *store, const char *account, const char *kind, struct text document);
/* Absent: not set. Lives in the arena. */
struct text iam_store_setting(struct store *store, const char *account, const char *kind,
                              struct arena *arena);
bool iam_store_delete_setting(struct store *store, const char *account, const char *kind);
/* By any account. */
bool iam_store_alias_is_taken(struct store *store, struct text alias);
int64_t iam_store_entity_count(struct store *store, const char *account, enum iam_kind kind);
int64_t iam_store_all_versions_count(struct store *store, const char *account);

/* ---- Deleted service-linked roles ---- */

void iam_store_add_deletion(struct store *store, const char *account, const char *task_id);
bool iam_store_has_deletion(struct store *store, const char *account, struct text task_id);

#endif
