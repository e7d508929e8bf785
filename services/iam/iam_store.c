#include "services/iam/iam_sql.h"

/* ---- Entities ---- */

bool iam_store_create(struct store *store, struct iam_entity *entity) {
    struct statement *create = iam_prepare(store, SQL_CREATE);
    statement_bind_string(create, 1, entity->account);
    statement_bind_int64(create, 2, entity->kind);
    statement_bind_string(create, 3, entity->name);
    statement_bind_string(create, 4, entity->path);
    statement_bind_string(create, 5, entity->unique_id);
    statement_bind_int64(create, 6, entity->created_ms);
    statement_bind_int64(create, 7, entity->updated_ms);
    statement_bind_string(create, 8, entity->description);
    statement_bind_string(create, 9, entity->trust_policy);
    statement_bind_int64(create, 10, entity->max_session_s);
    statement_bind_string(create, 11, entity->boundary_arn);
    statement_bind_int64(create, 12, entity->default_version);
    statement_bind_int64(create, 13, entity->next_version);
    if (!statement_run_unique(create)) {
        return false;
    }
    entity->id = store_last_rowid(store);
    return true;
}

bool iam_store_next_entity(struct statement *statement, struct arena *arena, struct iam_entity *entity) {
    if (!statement_step(statement)) {
        return false;
    }
    *entity = (struct iam_entity){
        .id = statement_int64(statement, 0),
        .kind = (enum iam_kind)statement_int64(statement, 1),
        .account = statement_string(statement, 2, arena),
        .name = statement_string(statement, 3, arena),
        .path = statement_string(statement, 4, arena),
        .unique_id = statement_string(statement, 5, arena),
        .created_ms = statement_int64(statement, 6),
        .updated_ms = statement_int64(statement, 7),
        .description = statement_string(statement, 8, arena),
        .trust_policy = statement_string(statement, 9, arena),
        .max_session_s = statement_int64(statement, 10),
        .boundary_arn = statement_string(statement, 11, arena),
        .default_version = statement_int64(statement, 12),
        .next_version = statement_int64(statement, 13),
    };
    return true;
}

static struct statement *prepare_kind(struct store *store, int index, const char *account, enum iam_kind kind,
                                      struct text name) {
    struct statement *statement = iam_prepare(store, index);
    statement_bind_string(statement, 1, account);
    statement_bind_int64(statement, 2, kind);
    statement_bind_text(statement, 3, name);
    return statement;
}

bool iam_store_find(struct store *store, const char *account, enum iam_kind kind, struct text name,
                    struct arena *arena, struct iam_entity *entity) {
    struct statement *find = prepare_kind(store, SQL_FIND, account, kind, name);
    bool found = iam_store_next_entity(find, arena, entity);
    statement_reset(find);
    return found;
}

struct statement *iam_store_entities(struct store *store, const char *account, enum iam_kind kind,
                                     const char *after) {
    return prepare_kind(store, SQL_ENTITIES, account, kind, text_of(after ? after : ""));
}

struct statement *iam_store_policy_users(struct store *store, const char *account, const char *policy_arn,
                                         bool attached, bool bounded) {
    struct statement *users = iam_prepare_account(store, SQL_POLICY_USERS, account, text_of(policy_arn));
    statement_bind_int64(users, 3, attached);
    statement_bind_int64(users, 4, bounded);
    return users;
}

bool iam_store_update(struct store *store, const struct iam_entity *entity) {
    struct statement *update = iam_prepare_id(store, SQL_UPDATE, entity->id);
    statement_bind_string(update, 2, entity->name);
    statement_bind_string(update, 3, entity->path);
    statement_bind_int64(update, 4, entity->updated_ms);
    statement_bind_string(update, 5, entity->description);
    statement_bind_string(update, 6, entity->trust_policy);
    statement_bind_int64(update, 7, entity->max_session_s);
    statement_bind_string(update, 8, entity->boundary_arn);
    statement_bind_int64(update, 9, entity->default_version);
    statement_bind_int64(update, 10, entity->next_version);
    return statement_run_unique(update);
}

void iam_store_delete(struct store *store, int64_t entity_id) {
    for (int index = SQL_DELETE_TAGS; index <= SQL_DELETE; index++) {
        statement_run(iam_prepare_id(store, index, entity_id));
    }
}

/* ---- Tags ---- */

void iam_store_put_tag(struct store *store, int64_t entity_id, struct text key, struct text value) {
    struct statement *put = iam_prepare_id_text(store, SQL_PUT_TAG, entity_id, key);
    statement_bind_text(put, 3, value);
    statement_run(put);
}

void iam_store_delete_tag(struct store *store, int64_t entity_id, struct text key) {
    statement_run(iam_prepare_id_text(store, SQL_DELETE_TAG, entity_id, key));
}

int64_t iam_store_tag_count(struct store *store, int64_t entity_id) {
    return statement_only_number(iam_prepare_id(store, SQL_TAG_COUNT, entity_id), 0);
}

struct statement *iam_store_tags(struct store *store, int64_t entity_id, const char *after) {
    return iam_prepare_id_text(store, SQL_TAGS, entity_id, text_of(after ? after : ""));
}

/* ---- Inline policies ---- */

void iam_store_put_inline(struct store *store, int64_t entity_id, struct text name, struct text document) {
    struct statement *put = iam_prepare_id_text(store, SQL_PUT_INLINE, entity_id, name);
    statement_bind_text(put, 3, document);
    statement_run(put);
}

struct text iam_store_inline(struct store *store, int64_t entity_id, struct text name, struct arena *arena) {
    struct statement *find = iam_prepare_id_text(store, SQL_INLINE, entity_id, name);
    struct text document = statement_step(find) ? arena_text(arena, statement_text(find, 0)) : TEXT_NONE;
    statement_reset(find);
    return document;
}

bool iam_store_delete_inline(struct store *store, int64_t entity_id, struct text name) {
    statement_run(iam_prepare_id_text(store, SQL_DELETE_INLINE, entity_id, name));
    return store_changes(store) > 0;
}

struct statement *iam_store_inlines(struct store *store, int64_t entity_id, const char *after) {
    return iam_prepare_id_text(store, SQL_INLINES, entity_id, text_of(after ? after : ""));
}

int64_t iam_store_inline_bytes(struct store *store, int64_t entity_id) {
    return statement_only_number(iam_prepare_id(store, SQL_INLINE_BYTES, entity_id), 0);
}

/* ---- Attached policies ---- */

void iam_store_attach(struct store *store, int64_t entity_id, struct text policy_arn) {
    statement_run(iam_prepare_id_text(store, SQL_ATTACH, entity_id, policy_arn));
}

bool iam_store_detach(struct store *store, int64_t entity_id, struct text policy_arn) {
    statement_run(iam_prepare_id_text(store, SQL_DETACH, entity_id, policy_arn));
    return store_changes(store) > 0;
}

struct statement *iam_store_attachments(struct store *store, int64_t entity_id) {
    return iam_prepare_id(store, SQL_ATTACHMENTS, entity_id);
}

int64_t iam_store_attachment_count(struct store *store, int64_t entity_id) {
    return statement_only_number(iam_prepare_id(store, SQL_ATTACHMENT_COUNT, entity_id), 0);
}

int64_t iam_store_usage_count(struct store *store, const char *account, const char *policy_arn) {
    return statement_only_number(iam_prepare_account(store, SQL_USAGE_COUNT, account, text_of(policy_arn)),
                                 0);
}

int64_t iam_store_boundary_count(struct store *store, const char *account, const char *policy_arn) {
    return statement_only_number(iam_prepare_account(store, SQL_BOUNDARY_COUNT, account, text_of(policy_arn)),
                                 0);
}

/* ---- Versions ---- */

void iam_store_add_version(struct store *store, int64_t policy_id, int64_t number, struct text document,
                           int64_t now_ms) {
    struct statement *add = iam_prepare_ids(store, SQL_ADD_VERSION, policy_id, number);
    statement_bind_text(add, 3, document);
    statement_bind_int64(add, 4, now_ms);
    statement_run(add);
}

struct statement *iam_store_versions(struct store *store, int64_t policy_id) {
    return iam_prepare_id(store, SQL_VERSIONS, policy_id);
}

bool iam_store_next_version(struct statement *statement, struct iam_version *version) {
    if (!statement_step(statement)) {
        return false;
    }
    *version = (struct iam_version){
        .number = statement_int64(statement, 0),
        .created_ms = statement_int64(statement, 1),
        .document = statement_text(statement, 2),
    };
    return true;
}

bool iam_store_version(struct store *store, int64_t policy_id, int64_t number, struct arena *arena,
                       struct iam_version *version) {
    struct statement *find = iam_prepare_ids(store, SQL_VERSION, policy_id, number);
    bool found = iam_store_next_version(find, version);
    if (found) {
        version->document = arena_text(arena, version->document);
    }
    statement_reset(find);
    return found;
}

int64_t iam_store_version_count(struct store *store, int64_t policy_id) {
    return statement_only_number(iam_prepare_id(store, SQL_VERSION_COUNT, policy_id), 0);
}

void iam_store_delete_version(struct store *store, int64_t policy_id, int64_t number) {
    statement_run(iam_prepare_ids(store, SQL_DELETE_VERSION, policy_id, number));
}

/* ---- Members ---- */

void iam_store_add_member(struct store *store, int64_t owner_id, int64_t member_id) {
    statement_run(iam_prepare_ids(store, SQL_ADD_MEMBER, owner_id, member_id));
}

bool iam_store_remove_member(struct store *store, int64_t owner_id, int64_t member_id) {
    statement_run(iam_prepare_ids(store, SQL_REMOVE_MEMBER, owner_id, member_id));
    return store_changes(store) > 0;
}

struct statement *iam_store_members(struct store *store, int64_t owner_id) {
    return iam_prepare_id(store, SQL_MEMBERS, owner_id);
}

struct statement *iam_store_owners(struct store *store, int64_t member_id) {
    return iam_prepare_id(store, SQL_OWNERS, member_id);
}

int64_t iam_store_member_count(struct store *store, int64_t owner_id) {
    return statement_only_number(iam_prepare_id(store, SQL_MEMBER_COUNT, owner_id), 0);
}

int64_t iam_store_owner_count(struct store *store, int64_t member_id) {
    return statement_only_number(iam_prepare_id(store, SQL_OWNER_COUNT, member_id), 0);
}

/* ---- Access keys ---- */

void iam_store_add_access_key(struct store *store, const struct iam_access_key *key) {
    struct statement *add = iam_prepare_id(store, SQL_ADD_KEY, key->user_id);
    statement_bind_string(add, 2, key->access_key);
    statement_bind_string(add, 3, key->secret_key);
    statement_bind_string(add, 4, key->status);
    statement_bind_int64(add, 5, key->created_ms);
    statement_run(add);
}

bool iam_store_next_access_key(struct statement *statement, struct arena *arena, struct iam_access_key *key) {
    if (!statement_step(statement)) {
        return false;
    }
    *key = (struct iam_access_key){
        .user_id = statement_int64(statement, 0),
        .access_key = statement_string(statement, 1, arena),
        .secret_key = statement_string(statement, 2, arena),
        .status = statement_string(statement, 3, arena),
        .created_ms = statement_int64(statement, 4),
    };
    return true;
}

bool iam_store_find_access_key(struct store *store, struct text access_key, struct arena *arena,
                               struct iam_access_key *key, struct iam_entity *user) {
    struct statement *find = iam_prepare(store, SQL_FIND_KEY);
    statement_bind_text(find, 1, access_key);
    bool found = iam_store_next_access_key(find, arena, key);
    statement_reset(find);
    if (!found) {
        return false;
    }
    struct statement *owner = iam_prepare_id(store, SQL_FIND_BY_ID, key->user_id);
    found = iam_store_next_entity(owner, arena, user);
    statement_reset(owner);
    return found;
}

struct statement *iam_store_access_keys(struct store *store, int64_t user_id) {
    return iam_prepare_id(store, SQL_KEYS, user_id);
}

int64_t iam_store_access_key_count(struct store *store, int64_t user_id) {
    return statement_only_number(iam_prepare_id(store, SQL_KEY_COUNT, user_id), 0);
}

void iam_store_set_key_status(struct store *store, const char *access_key, const char *status) {
    statement_run(iam_prepare_account(store, SQL_SET_KEY_STATUS, access_key, text_of(status)));
}

void iam_store_delete_access_key(struct store *store, const char *access_key) {
    struct statement *statement = iam_prepare(store, SQL_DELETE_KEY);
    statement_bind_string(statement, 1, access_key);
    statement_run(statement);
}

/* ---- Deleted service-linked roles ---- */

void iam_store_add_deletion(struct store *store, const char *account, const char *task_id) {
    statement_run(iam_prepare_account(store, SQL_ADD_DELETION, account, text_of(task_id)));
}

bool iam_store_has_deletion(struct store *store, const char *account, struct text task_id) {
    return statement_only_number(iam_prepare_account(store, SQL_HAS_DELETION, account, task_id), 0) == 1;
}

/* ---- Login profiles ---- */

void iam_store_put_login_profile(struct store *store, int64_t user_id,
                                 const struct iam_login_profile *profile) {
    struct statement *put = iam_prepare_ids(store, SQL_PUT_LOGIN_PROFILE, user_id, profile->created_ms);
    statement_bind_int64(put, 3, profile->reset_required);
    statement_run(put);
}

bool iam_store_login_profile(struct store *store, int64_t user_id, struct iam_login_profile *profile) {
    struct statement *find = iam_prepare_id(store, SQL_LOGIN_PROFILE, user_id);
    bool found = statement_step(find);
    if (found) {
        profile->created_ms = statement_int64(find, 0);
        profile->reset_required = statement_int64(find, 1) != 0;
    }
    statement_reset(find);
    return found;
}

void iam_store_delete_login_profile(struct store *store, int64_t user_id) {
    statement_run(iam_prepare_id(store, SQL_DELETE_LOGIN_PROFILE, user_id));
}

/* ---- Accounts ---- */

void iam_store_put_setting(struct store *store, const char *account, const char *kind, struct text document) {
    struct statement *put = iam_prepare_account(store, SQL_PUT_SETTING, account, text_of(kind));
    statement_bind_text(put, 3, document);
    statement_run(put);
}

struct text iam_store_setting(struct store *store, const char *account, const char *kind,
                              struct arena *arena) {
    struct statement *find = iam_prepare_account(store, SQL_SETTING, account, text_of(kind));
    struct text document = statement_step(find) ? arena_text(arena, statement_text(find, 0)) : TEXT_NONE;
    statement_reset(find);
    return document;
}

bool iam_store_delete_setting(struct store *store, const char *account, const char *kind) {
    statement_run(iam_prepare_account(store, SQL_DELETE_SETTING, account, text_of(kind)));
    return store_changes(store) > 0;
}

bool iam_store_alias_is_taken(struct store *store, struct text alias) {
    struct statement *find = iam_prepare(store, SQL_ALIAS_IS_TAKEN);
    statement_bind_text(find, 1, alias);
    return statement_only_number(find, 0) > 0;
}

int64_t iam_store_entity_count(struct store *store, const char *account, enum iam_kind kind) {
    struct statement *count = iam_prepare(store, SQL_ENTITY_COUNT);
    statement_bind_string(count, 1, account);
    statement_bind_int64(count, 2, kind);
    return statement_only_number(count, 0);
}

int64_t iam_store_all_versions_count(struct store *store, const char *account) {
    struct statement *count = iam_prepare(store, SQL_ALL_VERSIONS_COUNT);
    statement_bind_string(count, 1, account);
    return statement_only_number(count, 0);
}
