/* Deliveries, recorded messages, the archive, mobile push and SMS. */
#include "services/sns/sns_sql.h"

/* ---- deliveries ---- */

int64_t sns_store_add_delivery(struct store *store, const struct sns_delivery_row *row) {
    struct statement *statement = sns_prepare(store, SQL_ADD_DELIVERY, NULL);
    statement_bind_text(statement, 1, row->topic_arn);
    statement_bind_text(statement, 2, row->subscription_arn);
    statement_bind_text(statement, 3, row->protocol);
    statement_bind_text(statement, 4, row->endpoint);
    statement_bind_text(statement, 5, row->message_id);
    statement_bind_text(statement, 6, row->kind);
    statement_bind_text(statement, 7, row->body);
    statement_bind_text(statement, 8, row->extra);
    statement_bind_text(statement, 9, row->payload);
    statement_bind_text(statement, 10, row->group);
    statement_bind_text(statement, 11, row->deduplication);
    statement_bind_int64(statement, 12, row->raw);
    statement_bind_int64(statement, 13, row->failed);
    statement_bind_int64(statement, 14, row->due_ms);
    statement_bind_int64(statement, 15, row->delayed);
    statement_bind_int64(statement, 16, row->paced);
    statement_bind_int64(statement, 17, row->published_ms);
    statement_run(statement);
    return store_last_rowid(store);
}

void sns_store_delay_delivery(struct store *store, const struct sns_delivery_row *row) {
    struct statement *statement = sns_prepare(store, SQL_DELAY_DELIVERY, NULL);
    statement_bind_int64(statement, 1, row->id);
    statement_bind_int64(statement, 2, row->failed);
    statement_bind_int64(statement, 3, row->due_ms);
    statement_bind_int64(statement, 4, row->delayed);
    statement_bind_int64(statement, 5, row->paced);
    statement_run(statement);
}

void sns_store_resume_deliveries(struct store *store, int64_t now_ms) {
    struct statement *statement = sns_prepare(store, SQL_RESUME_DELIVERIES, NULL);
    statement_bind_int64(statement, 1, now_ms);
    statement_bind_int64(statement, 2, SNS_DELIVERY_STARTED);
    statement_run(statement);
}

void sns_store_delete_delivery(struct store *store, int64_t id) {
    struct statement *statement = sns_prepare(store, SQL_DELETE_DELIVERY, NULL);
    statement_bind_int64(statement, 1, id);
    statement_run(statement);
}

bool sns_store_delivery(struct store *store, struct arena *arena, int64_t id, struct sns_delivery_row *row) {
    struct statement *statement = sns_prepare(store, SQL_DELIVERY, NULL);
    statement_bind_int64(statement, 1, id);
    if (!statement_step(statement)) {
        return false;
    }
    *row = (struct sns_delivery_row){
        .id = id,
        .topic_arn = arena_text(arena, statement_text(statement, 0)),
        .subscription_arn = arena_text(arena, statement_text(statement, 1)),
        .protocol = arena_text(arena, statement_text(statement, 2)),
        .endpoint = arena_text(arena, statement_text(statement, 3)),
        .message_id = arena_text(arena, statement_text(statement, 4)),
        .kind = arena_text(arena, statement_text(statement, 5)),
        .body = arena_text(arena, statement_text(statement, 6)),
        .extra = arena_text(arena, statement_text(statement, 7)),
        .payload = arena_text(arena, statement_text(statement, 8)),
        .group = arena_text(arena, statement_text(statement, 9)),
        .deduplication = arena_text(arena, statement_text(statement, 10)),
        .raw = statement_int64(statement, 11) != 0,
        .failed = statement_int64(statement, 12),
        .due_ms = statement_int64(statement, 13),
        .delayed = statement_int64(statement, 14) != 0,
        .paced = statement_int64(statement, 15) != 0,
        .published_ms = statement_int64(statement, 16),
    };
    statement_reset(statement);
    return true;
}

bool sns_store_group_waits(struct store *store, struct text subscription_arn, struct text group) {
    struct statement *statement = sns_prepare(store, SQL_GROUP_WAITS, NULL);
    statement_bind_text(statement, 1, subscription_arn);
    statement_bind_text(statement, 2, group);
    return statement_only_number(statement, 0) == 1;
}

void sns_store_unblock_group(struct store *store, struct text subscription_arn, struct text group,
                             int64_t now_ms) {
    struct statement *statement = sns_prepare(store, SQL_UNBLOCK_GROUP, NULL);
    statement_bind_text(statement, 1, subscription_arn);
    statement_bind_text(statement, 2, group);
    statement_bind_int64(statement, 3, now_ms);
    statement_run(statement);
}

bool sns_store_next_due(struct store *store, int64_t now_ms, int64_t *after_due_ms, int64_t *after_id) {
    struct statement *statement = sns_prepare(store, SQL_NEXT_DUE, NULL);
    statement_bind_int64(statement, 1, now_ms);
    statement_bind_int64(statement, 2, *after_due_ms);
    statement_bind_int64(statement, 3, *after_id);
    if (!statement_step(statement)) {
        return false;
    }
    *after_due_ms = statement_int64(statement, 0);
    *after_id = statement_int64(statement, 1);
    statement_reset(statement);
    return true;
}

int64_t sns_store_earliest_due(struct store *store, int64_t after_ms) {
    struct statement *statement = sns_prepare(store, SQL_EARLIEST_DUE, NULL);
    statement_bind_int64(statement, 1, after_ms);
    int64_t due_ms = statement_only_number(statement, -1);
    return due_ms >= SNS_DELIVERY_STARTED ? -1 : due_ms;
}

void sns_store_drop_deliveries(struct store *store, const char *subscription_arn) {
    statement_run(sns_prepare(store, SQL_DROP_DELIVERIES, subscription_arn));
}

/* ---- recorded messages ---- */

void sns_store_record(struct store *store, struct sns_scope scope, const struct sns_recorded *recorded) {
    struct statement *statement = sns_prepare(store, SQL_RECORD, scope.account);
    statement_bind_string(statement, 2, scope.region);
    statement_bind_text(statement, 3, recorded->kind);
    statement_bind_text(statement, 4, recorded->target);
    statement_bind_text(statement, 5, recorded->topic_arn);
    statement_bind_text(statement, 6, recorded->subscription_arn);
    statement_bind_text(statement, 7, recorded->message_id);
    statement_bind_text(statement, 8, recorded->subject);
    statement_bind_text(statement, 9, recorded->message);
    statement_bind_text(statement, 10, recorded->attributes.data ? recorded->attributes : TEXT("{}"));
    statement_bind_text(statement, 11, recorded->structure);
    statement_bind_int64(statement, 12, recorded->time_ms);
    statement_run(statement);
}

static struct statement *prepare_any(struct store *store, enum sns_sql index, const char *account,
                                     const char *region) {
    struct statement *statement = sns_prepare(store, index, NULL);
    statement_bind_string(statement, 1, account);
    statement_bind_string(statement, 2, region);
    return statement;
}

struct sns_recordeds sns_store_recorded(struct store *store, const char *account, const char *region) {
    return (struct sns_recordeds){.statement = prepare_any(store, SQL_RECORDED, account, region)};
}

bool sns_recorded_next(struct sns_recordeds *rows) {
    struct statement *statement = rows->statement;
    if (!statement_step(statement)) {
        return false;
    }
    rows->row = (struct sns_recorded){
        .id = statement_int64(statement, 0),
        .kind = statement_text(statement, 1),
        .target = statement_text(statement, 2),
        .topic_arn = statement_text(statement, 3),
        .subscription_arn = statement_text(statement, 4),
        .message_id = statement_text(statement, 5),
        .subject = statement_text(statement, 6),
        .message = statement_text(statement, 7),
        .attributes = statement_text(statement, 8),
        .structure = statement_text(statement, 9),
        .time_ms = statement_int64(statement, 10),
    };
    return true;
}

void sns_store_delete_recorded(struct store *store, const char *account, const char *region) {
    statement_run(prepare_any(store, SQL_DELETE_RECORDED, account, region));
}

void sns_store_delete_recorded_of(struct store *store, const char *account, const char *region,
                                  const char *kind, const char *target) {
    struct statement *statement = prepare_any(store, SQL_DELETE_RECORDED_OF, account, region);
    statement_bind_string(statement, 3, kind);
    statement_bind_string(statement, 4, target);
    statement_run(statement);
}

/* ---- archive ---- */

void sns_store_archive(struct store *store, const char *topic_arn, int64_t time_ms, struct text message) {
    struct statement *statement = sns_prepare(store, SQL_ARCHIVE, topic_arn);
    statement_bind_int64(statement, 2, time_ms);
    statement_bind_text(statement, 3, message);
    statement_run(statement);
}

void sns_store_expire_archive(struct store *store, const char *topic_arn, int64_t before_ms) {
    struct statement *statement = sns_prepare(store, SQL_EXPIRE_ARCHIVE, topic_arn);
    statement_bind_int64(statement, 2, before_ms);
    statement_run(statement);
}

int64_t sns_store_archive_begin(struct store *store, const char *topic_arn) {
    return statement_only_number(sns_prepare(store, SQL_ARCHIVE_BEGIN, topic_arn), -1);
}

struct statement *sns_store_archived(struct store *store, const char *topic_arn, int64_t from_ms,
                                     int64_t to_ms) {
    struct statement *statement = sns_prepare(store, SQL_ARCHIVED, topic_arn);
    statement_bind_int64(statement, 2, from_ms);
    statement_bind_int64(statement, 3, to_ms);
    return statement;
}

/* ---- mobile push, SMS ---- */

void sns_store_add_platform(struct store *store, struct sns_scope scope, const char *arn, const char *parent,
                            struct text token) {
    struct statement *statement = sns_prepare(store, SQL_ADD_PLATFORM, arn);
    statement_bind_string(statement, 2, scope.account);
    statement_bind_string(statement, 3, scope.region);
    statement_bind_string(statement, 4, parent);
    statement_bind_text(statement, 5, token);
    statement_run(statement);
}

bool sns_store_has_platform(struct store *store, const char *arn) {
    return statement_only_number(sns_prepare(store, SQL_HAS_PLATFORM, arn), 0) == 1;
}

void sns_store_delete_platform(struct store *store, const char *arn) {
    statement_run(sns_prepare(store, SQL_DELETE_PLATFORM, arn));
    sns_store_forget(store, arn);
}

struct text sns_store_endpoint_of_token(struct store *store, const char *parent, struct text token) {
    struct statement *statement = sns_prepare(store, SQL_ENDPOINT_OF_TOKEN, parent);
    statement_bind_text(statement, 2, token);
    return statement_step(statement) ? statement_text(statement, 0) : TEXT_NONE;
}

struct statement *sns_store_platforms(struct store *store, struct sns_scope scope, const char *parent,
                                      struct text after) {
    struct statement *statement =
        sns_prepare(store, parent ? SQL_ENDPOINTS : SQL_APPLICATIONS, scope.account);
    statement_bind_string(statement, 2, scope.region);
    statement_bind_text(statement, 3, after.data ? after : TEXT(""));
    if (parent) {
        statement_bind_string(statement, 4, parent);
    }
    return statement;
}

static struct statement *prepare_number(struct store *store, enum sns_sql index, struct sns_scope scope,
                                        enum sns_number_kind kind, struct text number) {
    struct statement *statement = sns_prepare(store, index, scope.account);
    statement_bind_string(statement, 2, scope.region);
    statement_bind_int64(statement, 3, kind);
    statement_bind_text(statement, 4, number);
    return statement;
}

void sns_store_put_number(struct store *store, struct sns_scope scope, enum sns_number_kind kind,
                          struct text number, const char *state, const char *code) {
    struct statement *statement = prepare_number(store, SQL_PUT_NUMBER, scope, kind, number);
    statement_bind_string(statement, 5, state);
    statement_bind_string(statement, 6, code);
    statement_run(statement);
}

bool sns_store_number(struct store *store, struct sns_scope scope, enum sns_number_kind kind,
                      struct text number, struct text *state, struct text *code) {
    struct statement *statement = prepare_number(store, SQL_NUMBER, scope, kind, number);
    if (!statement_step(statement)) {
        return false;
    }
    *state = statement_text(statement, 0);
    *code = statement_text(statement, 1);
    return true;
}

void sns_store_delete_number(struct store *store, struct sns_scope scope, enum sns_number_kind kind,
                             struct text number) {
    statement_run(prepare_number(store, SQL_DELETE_NUMBER, scope, kind, number));
}

struct statement *sns_store_numbers(struct store *store, const char *account, const char *region,
                                    enum sns_number_kind kind, struct text after) {
    struct statement *statement = prepare_any(store, SQL_NUMBERS, account, region);
    statement_bind_int64(statement, 3, kind);
    statement_bind_text(statement, 4, after.data ? after : TEXT(""));
    return statement;
}
