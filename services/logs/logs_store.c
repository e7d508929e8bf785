#include "services/logs/logs_sql.h"

static struct statement *prepare(struct store *store, int index) {
    return store_statement(store, &logs_store_module, index);
}

static struct statement *prepare_id(struct store *store, int index, int64_t id) {
    struct statement *statement = prepare(store, index);
    statement_bind_int64(statement, 1, id);
    return statement;
}

/* ---- Groups ---- */

bool logs_store_create_group(struct store *store, const char *account, const char *region,
                             struct logs_group *group) {
    struct statement *create = prepare(store, SQL_CREATE_GROUP);
    statement_bind_string(create, 1, account);
    statement_bind_string(create, 2, region);
    statement_bind_string(create, 3, group->name);
    statement_bind_int64(create, 4, group->created_ms);
    statement_bind_string(create, 5, group->class_name);
    statement_bind_string(create, 6, group->kms_key_id);
    statement_bind_int64(create, 7, group->deletion_protected);
    if (!statement_run_unique(create)) {
        return false;
    }
    group->id = store_last_rowid(store);
    return true;
}

static struct statement *prepare_groups(struct store *store, int index, const char *account,
                                        const char *region, struct text name) {
    struct statement *statement = prepare(store, index);
    statement_bind_string(statement, 1, account);
    statement_bind_string(statement, 2, region);
    statement_bind_text(statement, 3, name);
    return statement;
}

bool logs_store_next_group(struct statement *statement, struct arena *arena, struct logs_group *group) {
    if (!statement_step(statement)) {
        return false;
    }
    *group = (struct logs_group){
        .id = statement_int64(statement, 0),
        .name = statement_string(statement, 1, arena),
        .created_ms = statement_int64(statement, 2),
        .retention_days = statement_int64(statement, 3),
        .class_name = statement_string(statement, 4, arena),
        .kms_key_id = statement_string(statement, 5, arena),
        .deletion_protected = statement_int64(statement, 6) != 0,
        .stored_bytes = statement_int64(statement, 7),
    };
    return true;
}

bool logs_store_find_group(struct store *store, const char *account, const char *region, struct text name,
                           struct arena *arena, struct logs_group *group) {
    struct statement *find = prepare_groups(store, SQL_FIND_GROUP, account, region, name);
    bool found = logs_store_next_group(find, arena, group);
    statement_reset(find);
    return found;
}

struct statement *logs_store_groups(struct store *store, const char *account, const char *region,
                                    struct text after) {
    return prepare_groups(store, SQL_GROUPS, account, region, after.data ? after : TEXT(""));
}

void logs_store_delete_group(struct store *store, int64_t group_id) {
    for (int index = SQL_DELETE_GROUP_EVENTS; index <= SQL_DELETE_GROUP; index++) {
        statement_run(prepare_id(store, index, group_id));
    }
}

void logs_store_set_retention(struct store *store, int64_t group_id, int64_t days) {
    struct statement *statement = prepare_id(store, SQL_SET_RETENTION, group_id);
    statement_bind_int64(statement, 2, days);
    statement_run(statement);
}

void logs_store_set_protection(struct store *store, int64_t group_id, bool enabled) {
    struct statement *statement = prepare_id(store, SQL_SET_PROTECTION, group_id);
    statement_bind_int64(statement, 2, enabled);
    statement_run(statement);
}

void logs_store_set_key(struct store *store, int64_t group_id, const char *kms_key_id) {
    struct statement *statement = prepare_id(store, SQL_SET_KEY, group_id);
    statement_bind_string(statement, 2, kms_key_id);
    statement_run(statement);
}

/* ---- Tags ---- */

void logs_store_put_tag(struct store *store, int64_t group_id, struct text key, struct text value) {
    struct statement *put = prepare_id(store, SQL_PUT_TAG, group_id);
    statement_bind_text(put, 2, key);
    statement_bind_text(put, 3, value);
    statement_run(put);
}

void logs_store_delete_tag(struct store *store, int64_t group_id, struct text key) {
    struct statement *statement = prepare_id(store, SQL_DELETE_TAG, group_id);
    statement_bind_text(statement, 2, key);
    statement_run(statement);
}

int64_t logs_store_tag_count(struct store *store, int64_t group_id) {
    struct statement *count = prepare_id(store, SQL_TAG_COUNT, group_id);
    int64_t number = statement_step(count) ? statement_int64(count, 0) : 0;
    statement_reset(count);
    return number;
}

struct statement *logs_store_tags(struct store *store, int64_t group_id) {
    return prepare_id(store, SQL_TAGS, group_id);
}

/* ---- Streams ---- */

bool logs_store_create_stream(struct store *store, int64_t group_id, const char *name, int64_t now_ms) {
    struct statement *create = prepare_id(store, SQL_CREATE_STREAM, group_id);
    statement_bind_string(create, 2, name);
    statement_bind_int64(create, 3, now_ms);
    return statement_run_unique(create);
}

bool logs_store_next_stream(struct statement *statement, struct arena *arena, struct logs_stream *stream) {
    if (!statement_step(statement)) {
        return false;
    }
    *stream = (struct logs_stream){
        .id = statement_int64(statement, 0),
        .name = statement_string(statement, 1, arena),
        .created_ms = statement_int64(statement, 2),
        .first_event_ms = statement_int64(statement, 3),
        .last_event_ms = statement_int64(statement, 4),
        .last_ingestion_ms = statement_int64(statement, 5),
    };
    return true;
}

bool logs_store_find_stream(struct store *store, int64_t group_id, struct text name, struct arena *arena,
                            struct logs_stream *stream) {
    struct statement *find = prepare_id(store, SQL_FIND_STREAM, group_id);
    statement_bind_text(find, 2, name);
    bool found = logs_store_next_stream(find, arena, stream);
    statement_reset(find);
    return found;
}

void logs_store_delete_stream(struct store *store, int64_t stream_id) {
    statement_run(prepare_id(store, SQL_DELETE_STREAM_EVENTS, stream_id));
    statement_run(prepare_id(store, SQL_DELETE_STREAM, stream_id));
}

struct statement *logs_store_streams(struct store *store, int64_t group_id, enum logs_stream_order order,
                                     const struct logs_stream *after) {
    static const int indexes[] = {
        [LOGS_BY_NAME] = SQL_STREAMS_BY_NAME,
        [LOGS_BY_NAME_DOWN] = SQL_STREAMS_BY_NAME_DOWN,
        [LOGS_BY_LAST_EVENT] = SQL_STREAMS_BY_LAST,
        [LOGS_BY_LAST_EVENT_DOWN] = SQL_STREAMS_BY_LAST_DOWN,
    };
    struct statement *statement = prepare_id(store, indexes[order], group_id);
    statement_bind_string(statement, 2, after ? after->name : NULL);
    if (order == LOGS_BY_LAST_EVENT || order == LOGS_BY_LAST_EVENT_DOWN) {
        statement_bind_int64(statement, 3, after ? after->last_event_ms : 0);
    }
    return statement;
}

/* ---- Filters ---- */

void logs_store_put_filter(struct store *store, const struct logs_filter *filter) {
    struct statement *put = prepare_id(store, SQL_PUT_FILTER, filter->group_id);
    statement_bind_int64(put, 2, filter->kind);
    statement_bind_string(put, 3, filter->name);
    statement_bind_string(put, 4, filter->pattern);
    statement_bind_string(put, 5, filter->destination);
    statement_bind_string(put, 6, filter->role_arn);
    statement_bind_string(put, 7, filter->distribution);
    statement_bind_string(put, 8, filter->transformations);
    statement_bind_int64(put, 9, filter->created_ms);
    statement_run(put);
}

bool logs_store_delete_filter(struct store *store, int64_t group_id, enum logs_filter_kind kind,
                              struct text name) {
    struct statement *statement = prepare_id(store, SQL_DELETE_FILTER, group_id);
    statement_bind_int64(statement, 2, kind);
    statement_bind_text(statement, 3, name);
    statement_run(statement);
    return store_changes(store) > 0;
}

struct statement *logs_store_filters(struct store *store, int64_t group_id, enum logs_filter_kind kind,
                                     const char *after) {
    struct statement *statement = prepare_id(store, SQL_FILTERS, group_id);
    statement_bind_int64(statement, 2, kind);
    statement_bind_string(statement, 3, after ? after : "");
    return statement;
}

bool logs_store_next_filter(struct statement *statement, struct arena *arena, struct logs_filter *filter) {
    if (!statement_step(statement)) {
        return false;
    }
    *filter = (struct logs_filter){
        .name = statement_string(statement, 0, arena),
        .pattern = statement_string(statement, 1, arena),
        .destination = statement_string(statement, 2, arena),
        .role_arn = statement_string(statement, 3, arena),
        .distribution = statement_string(statement, 4, arena),
        .transformations = statement_string(statement, 5, arena),
        .created_ms = statement_int64(statement, 6),
        .group_id = statement_int64(statement, 7),
        .kind = (enum logs_filter_kind)statement_int64(statement, 8),
        .group_name = statement_string(statement, 9, arena),
    };
    return true;
}

struct statement *logs_store_metric_filters(struct store *store, const char *account, const char *region,
                                            struct text group_name, struct text after_name,
                                            struct text after_group) {
    struct statement *statement = prepare_groups(store, SQL_METRIC_FILTERS, account, region, group_name);
    statement_bind_int64(statement, 4, LOGS_METRIC);
    statement_bind_text(statement, 5, after_name.data ? after_name : TEXT(""));
    statement_bind_text(statement, 6, after_group.data ? after_group : TEXT(""));
    return statement;
}

int64_t logs_store_filter_count(struct store *store, int64_t group_id, enum logs_filter_kind kind) {
    struct statement *count = prepare_id(store, SQL_FILTER_COUNT, group_id);
    statement_bind_int64(count, 2, kind);
    int64_t number = statement_step(count) ? statement_int64(count, 0) : 0;
    statement_reset(count);
    return number;
}

/* ---- Resource policies ---- */

void logs_store_put_policy(struct store *store, const char *account, const char *region,
                           const struct logs_policy *policy) {
    struct statement *put = prepare_groups(store, SQL_PUT_POLICY, account, region, text_of(policy->key));
    statement_bind_int64(put, 4, policy->scope);
    statement_bind_string(put, 5, policy->name);
    statement_bind_string(put, 6, policy->resource_arn);
    statement_bind_string(put, 7, policy->document);
    statement_bind_int64(put, 8, policy->revision);
    statement_bind_int64(put, 9, policy->updated_ms);
    statement_run(put);
}

bool logs_store_delete_policy(struct store *store, const char *account, const char *region,
                              enum logs_policy_scope scope, struct text key) {
    struct statement *delete = prepare_groups(store, SQL_DELETE_POLICY, account, region, key);
    statement_bind_int64(delete, 4, scope);
    statement_run(delete);
    return store_changes(store) > 0;
}

struct statement *logs_store_policies(struct store *store, const char *account, const char *region,
                                      enum logs_policy_scope scope, const char *after) {
    struct statement *policies =
        prepare_groups(store, SQL_POLICIES, account, region, text_of(after ? after : ""));
    statement_bind_int64(policies, 4, scope);
    return policies;
}

bool logs_store_next_policy(struct statement *statement, struct arena *arena, struct logs_policy *policy) {
    if (!statement_step(statement)) {
        return false;
    }
    *policy = (struct logs_policy){
        .scope = (enum logs_policy_scope)statement_int64(statement, 0),
        .key = statement_string(statement, 1, arena),
        .name = statement_string(statement, 2, arena),
        .resource_arn = statement_string(statement, 3, arena),
        .document = statement_string(statement, 4, arena),
        .revision = statement_int64(statement, 5),
        .updated_ms = statement_int64(statement, 6),
    };
    return true;
}

/* ---- Events ---- */

bool logs_store_find_plain_target(struct store *store, const char *account, const char *region,
                                  struct text group_name, struct text stream_name,
                                  struct logs_target *target) {
    struct statement *find = store_statement_beside_held_rows(store, &logs_store_module, SQL_PLAIN_TARGET);
    statement_bind_string(find, 1, account);
    statement_bind_string(find, 2, region);
    statement_bind_text(find, 3, group_name);
    statement_bind_text(find, 4, stream_name);
    statement_bind_int64(find, 5, LOGS_SUBSCRIPTION);
    bool found = statement_step(find);
    if (found) {
        *target = (struct logs_target){statement_int64(find, 0), statement_int64(find, 1)};
    }
    statement_reset(find);
    return found;
}

int64_t logs_store_add_event(struct store *store, int64_t group_id, int64_t stream_id, int64_t timestamp,
                             struct text message, int64_t now_ms) {
    struct statement *add = prepare_id(store, SQL_ADD_EVENT, group_id);
    statement_bind_int64(add, 2, stream_id);
    statement_bind_int64(add, 3, timestamp);
    statement_bind_text(add, 4, message);
    statement_bind_int64(add, 5, now_ms);
    statement_run(add);
    return store_last_rowid(store);
}

void logs_store_note_events(struct store *store, int64_t group_id, int64_t stream_id, int64_t first_ms,
                            int64_t last_ms, int64_t now_ms, int64_t bytes) {
    struct statement *stream = prepare_id(store, SQL_NOTE_STREAM, stream_id);
    statement_bind_int64(stream, 2, first_ms);
    statement_bind_int64(stream, 3, last_ms);
    statement_bind_int64(stream, 4, now_ms);
    statement_run(stream);
    struct statement *group = prepare_id(store, SQL_NOTE_GROUP, group_id);
    statement_bind_int64(group, 2, bytes);
    statement_run(group);
}

void logs_store_expire_events(struct store *store, int64_t group_id, int64_t before_ms) {
    struct statement *expire = prepare_id(store, SQL_EXPIRE_EVENTS, group_id);
    statement_bind_int64(expire, 2, before_ms);
    statement_run(expire);
}

static struct statement *prepare_events(struct store *store, int index, int64_t owner_id,
                                        struct logs_position after, struct logs_position before) {
    struct statement *statement = prepare_id(store, index, owner_id);
    statement_bind_int64(statement, 2, after.timestamp);
    statement_bind_int64(statement, 3, after.id);
    statement_bind_int64(statement, 4, before.timestamp);
    statement_bind_int64(statement, 5, before.id);
    return statement;
}

struct statement *logs_store_stream_events(struct store *store, int64_t stream_id, struct logs_position after,
                                           struct logs_position before, bool downwards) {
    return prepare_events(store, downwards ? SQL_STREAM_EVENTS_DOWN : SQL_STREAM_EVENTS, stream_id, after,
                          before);
}

struct statement *logs_store_group_events(struct store *store, int64_t group_id, struct logs_position after,
                                          struct logs_position before) {
    return prepare_events(store, SQL_GROUP_EVENTS, group_id, after, before);
}

bool logs_store_next_event(struct statement *statement, struct logs_event *event) {
    if (!statement_step(statement)) {
        return false;
    }
    event->position = (struct logs_position){statement_int64(statement, 0), statement_int64(statement, 1)};
    event->ingestion_ms = statement_int64(statement, 2);
    event->message = statement_text(statement, 3);
    event->stream_name = statement_text(statement, 4);
    return true;
}
