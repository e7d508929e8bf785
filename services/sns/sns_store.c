/* Attributes, tags, topics, subscriptions, deduplication. */
#include "services/sns/sns_sql.h"

/* ---- attributes and tags ---- */

struct text sns_store_attribute(struct store *store, struct arena *arena, const char *arn, const char *name) {
    struct statement *statement = sns_prepare(store, SQL_ATTRIBUTE, arn);
    statement_bind_string(statement, 2, name);
    return sns_single_text(statement, arena);
}

void sns_store_put_attribute(struct store *store, const char *arn, const char *name, struct text value) {
    struct statement *statement =
        sns_prepare(store, value.data ? SQL_PUT_ATTRIBUTE : SQL_DELETE_ATTRIBUTE, arn);
    statement_bind_string(statement, 2, name);
    if (value.data) {
        statement_bind_text(statement, 3, value);
    }
    statement_run(statement);
}

struct statement *sns_store_attributes(struct store *store, const char *arn) {
    return sns_prepare(store, SQL_ATTRIBUTES, arn);
}

struct text sns_store_tag(struct store *store, const char *arn, struct text key) {
    struct statement *statement = sns_prepare(store, SQL_TAG, arn);
    statement_bind_text(statement, 2, key);
    return statement_step(statement) ? statement_text(statement, 0) : TEXT_NONE;
}

int64_t sns_store_tag_count(struct store *store, const char *arn) {
    return statement_only_number(sns_prepare(store, SQL_TAG_COUNT, arn), 0);
}

void sns_store_put_tag(struct store *store, const char *arn, struct text key, struct text value) {
    struct statement *statement = sns_prepare(store, SQL_PUT_TAG, arn);
    statement_bind_text(statement, 2, key);
    statement_bind_text(statement, 3, value.data ? value : TEXT(""));
    statement_run(statement);
}

void sns_store_delete_tag(struct store *store, const char *arn, struct text key) {
    struct statement *statement = sns_prepare(store, SQL_DELETE_TAG, arn);
    statement_bind_text(statement, 2, key);
    statement_run(statement);
}

struct statement *sns_store_tags(struct store *store, const char *arn) {
    return sns_prepare(store, SQL_TAGS, arn);
}

void sns_store_forget(struct store *store, const char *arn) {
    statement_run(sns_prepare(store, SQL_DELETE_ATTRIBUTES, arn));
    statement_run(sns_prepare(store, SQL_DELETE_TAGS, arn));
}

/* ---- topics ---- */

bool sns_store_has_topic(struct store *store, const char *arn) {
    return statement_only_number(sns_prepare(store, SQL_HAS_TOPIC, arn), 0) == 1;
}

void sns_store_add_topic(struct store *store, struct sns_scope scope, const char *arn) {
    struct statement *statement = sns_prepare(store, SQL_ADD_TOPIC, arn);
    statement_bind_string(statement, 2, scope.account);
    statement_bind_string(statement, 3, scope.region);
    statement_run(statement);
}

void sns_store_delete_topic(struct store *store, const char *arn) {
    statement_run(sns_prepare(store, SQL_DELETE_TOPIC, arn));
    statement_run(sns_prepare(store, SQL_DELETE_ACCEPTED, arn));
    statement_run(sns_prepare(store, SQL_DELETE_ARCHIVE, arn));
    statement_run(sns_prepare(store, SQL_ORPHAN_SUBSCRIPTIONS, arn));
    sns_store_forget(store, arn);
}

struct statement *sns_store_topics(struct store *store, struct sns_scope scope, struct text after) {
    struct statement *statement = sns_prepare(store, SQL_TOPICS, scope.account);
    statement_bind_string(statement, 2, scope.region);
    statement_bind_text(statement, 3, after.data ? after : TEXT(""));
    return statement;
}

int64_t sns_store_next_sequence(struct store *store, const char *arn) {
    struct statement *statement = sns_prepare(store, SQL_ADVANCE_SEQUENCE, arn);
    int64_t sequence = statement_step(statement) ? statement_int64(statement, 0) : 0;
    while (statement_step(statement)) {
    }
    return sequence;
}

/* ---- subscriptions ---- */

static void read_subscription(struct statement *statement, struct arena *arena,
                              struct sns_subscription *subscription) {
    *subscription = (struct sns_subscription){
        .id = statement_int64(statement, 0),
        .arn = statement_string(statement, 1, arena),
        .topic_arn = statement_string(statement, 2, arena),
        .protocol = statement_string(statement, 3, arena),
        .endpoint = statement_string(statement, 4, arena),
        .owner = statement_string(statement, 5, arena),
        .principal = statement_string(statement, 6, arena),
        .token = statement_string(statement, 7, arena),
        .confirmed = statement_int64(statement, 8) != 0,
        .authenticated = statement_int64(statement, 9) != 0,
    };
}

static bool single_subscription(struct statement *statement, struct arena *arena,
                                struct sns_subscription *subscription) {
    if (!statement_step(statement)) {
        return false;
    }
    read_subscription(statement, arena, subscription);
    statement_reset(statement);
    return true;
}

void sns_store_add_subscription(struct store *store, struct sns_scope scope,
                                const struct sns_subscription *subscription) {
    struct statement *statement = sns_prepare(store, SQL_ADD_SUBSCRIPTION, subscription->arn);
    statement_bind_string(statement, 2, subscription->topic_arn);
    statement_bind_string(statement, 3, subscription->protocol);
    statement_bind_string(statement, 4, subscription->endpoint);
    statement_bind_string(statement, 5, subscription->owner);
    statement_bind_string(statement, 6, subscription->principal);
    statement_bind_string(statement, 7, subscription->token);
    statement_bind_int64(statement, 8, subscription->confirmed);
    statement_bind_int64(statement, 9, subscription->authenticated);
    statement_bind_string(statement, 10, scope.account);
    statement_bind_string(statement, 11, scope.region);
    statement_run(statement);
}

void sns_store_save_subscription(struct store *store, const struct sns_subscription *subscription) {
    struct statement *statement = sns_prepare(store, SQL_SAVE_SUBSCRIPTION, subscription->arn);
    statement_bind_string(statement, 2, subscription->token);
    statement_bind_int64(statement, 3, subscription->confirmed);
    statement_bind_int64(statement, 4, subscription->authenticated);
    statement_run(statement);
}

void sns_store_leave_subscription(struct store *store, const char *arn, const char *token) {
    struct statement *statement = sns_prepare(store, SQL_LEAVE_SUBSCRIPTION, arn);
    statement_bind_string(statement, 2, token);
    statement_run(statement);
}

void sns_store_delete_subscription(struct store *store, const char *arn) {
    statement_run(sns_prepare(store, SQL_DELETE_SUBSCRIPTION, arn));
    sns_store_forget(store, arn);
}

bool sns_store_subscription(struct store *store, struct arena *arena, const char *arn,
                            struct sns_subscription *subscription) {
    return single_subscription(sns_prepare(store, SQL_SUBSCRIPTION, arn), arena, subscription);
}

bool sns_store_subscription_of_token(struct store *store, struct arena *arena, struct text token,
                                     struct sns_subscription *subscription) {
    struct statement *statement = sns_prepare(store, SQL_SUBSCRIPTION_OF_TOKEN, NULL);
    statement_bind_text(statement, 1, token);
    return single_subscription(statement, arena, subscription);
}

bool sns_store_same_subscription(struct store *store, struct arena *arena, const char *topic_arn,
                                 const char *protocol, const char *endpoint,
                                 struct sns_subscription *subscription) {
    struct statement *statement = sns_prepare(store, SQL_SAME_SUBSCRIPTION, topic_arn);
    statement_bind_string(statement, 2, protocol);
    statement_bind_string(statement, 3, endpoint);
    return single_subscription(statement, arena, subscription);
}

struct sns_subscriptions sns_store_subscriptions(struct store *store, struct arena *arena,
                                                 struct sns_scope scope, int64_t after) {
    struct statement *statement = sns_prepare(store, SQL_SUBSCRIPTIONS, scope.account);
    statement_bind_string(statement, 2, scope.region);
    statement_bind_int64(statement, 3, after);
    return (struct sns_subscriptions){.statement = statement, .arena = arena};
}

struct sns_subscriptions sns_store_subscriptions_of(struct store *store, struct arena *arena,
                                                    const char *topic_arn, int64_t after) {
    struct statement *statement = sns_prepare(store, SQL_SUBSCRIPTIONS_OF, topic_arn);
    statement_bind_int64(statement, 2, after);
    return (struct sns_subscriptions){.statement = statement, .arena = arena};
}

bool sns_subscriptions_next(struct sns_subscriptions *subscriptions) {
    if (!statement_step(subscriptions->statement)) {
        return false;
    }
    read_subscription(subscriptions->statement, subscriptions->arena, &subscriptions->row);
    return true;
}

void sns_subscriptions_end(struct sns_subscriptions *subscriptions) {
    statement_reset(subscriptions->statement);
}

void sns_store_count_subscriptions(struct store *store, const char *topic_arn, int64_t *confirmed,
                                   int64_t *pending) {
    struct statement *statement = sns_prepare(store, SQL_COUNT_SUBSCRIPTIONS, topic_arn);
    *confirmed = *pending = 0;
    if (statement_step(statement)) { /* sums of nothing are NULL, which reads as 0 */
        *confirmed = statement_int64(statement, 0);
        *pending = statement_int64(statement, 1);
        statement_reset(statement);
    }
}

int64_t sns_store_filter_count(struct store *store, const char *topic_arn) {
    return statement_only_number(sns_prepare(store, SQL_FILTER_COUNT, topic_arn), 0);
}

/* ---- deduplication ---- */

bool sns_store_find_accepted(struct store *store, struct arena *arena, const char *topic_arn, struct text key,
                             int64_t now_ms, const char **message_id, int64_t *sequence) {
    struct statement *statement = sns_prepare(store, SQL_FIND_ACCEPTED, topic_arn);
    statement_bind_text(statement, 2, key);
    statement_bind_int64(statement, 3, now_ms);
    if (!statement_step(statement)) {
        return false;
    }
    *message_id = statement_string(statement, 0, arena);
    *sequence = statement_int64(statement, 1);
    statement_reset(statement);
    return true;
}

void sns_store_note_accepted(struct store *store, const char *topic_arn, struct text key, int64_t now_ms,
                             int64_t until_ms, const char *message_id, int64_t sequence) {
    struct statement *expire = sns_prepare(store, SQL_EXPIRE_ACCEPTED, NULL);
    statement_bind_int64(expire, 1, now_ms);
    statement_run(expire);
    struct statement *statement = sns_prepare(store, SQL_NOTE_ACCEPTED, topic_arn);
    statement_bind_text(statement, 2, key);
    statement_bind_int64(statement, 3, until_ms);
    statement_bind_string(statement, 4, message_id);
    statement_bind_int64(statement, 5, sequence);
    statement_run(statement);
}
