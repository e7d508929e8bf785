/*
 * All SQL of SNS. Rows are read into structs whose texts live in the arena given. Topics, subscriptions,
 * platform applications and endpoints share one table of attributes and one of tags, by their ARN.
 */
#ifndef STACKRIG_SNS_STORE_H
#define STACKRIG_SNS_STORE_H

#include "emulator/io/store.h"

extern const struct store_module sns_store_module;

struct sns_scope {
    const char *account;
    const char *region;
};

/* ---- attributes and tags of anything with an ARN ---- */

/* Absent: not set. */
struct text sns_store_attribute(struct store *store, struct arena *arena, const char *arn, const char *name);
/* An absent value takes it away. */
void sns_store_put_attribute(struct store *store, const char *arn, const char *name, struct text value);
/* Rows (name, value) in order of name. */
struct statement *sns_store_attributes(struct store *store, const char *arn);
struct text sns_store_tag(struct store *store, const char *arn, struct text key);
int64_t sns_store_tag_count(struct store *store, const char *arn);
void sns_store_put_tag(struct store *store, const char *arn, struct text key, struct text value);
void sns_store_delete_tag(struct store *store, const char *arn, struct text key);
/* Rows (key, value) in order of key. */
struct statement *sns_store_tags(struct store *store, const char *arn);
/* Attributes and tags. */
void sns_store_forget(struct store *store, const char *arn);

/* ---- topics ---- */

bool sns_store_has_topic(struct store *store, const char *arn);
void sns_store_add_topic(struct store *store, struct sns_scope scope, const char *arn);
/* Also what FIFO topics remember. Its subscriptions stay to be seen, as on AWS, and are nobody's. */
void sns_store_delete_topic(struct store *store, const char *arn);
/* Rows (arn) after `after` in order of ARN. */
struct statement *sns_store_topics(struct store *store, struct sns_scope scope, struct text after);
/* Next SequenceNumber of a FIFO topic, counted from 0. */
int64_t sns_store_next_sequence(struct store *store, const char *arn);

/* ---- subscriptions ---- */

struct sns_subscription {
    int64_t id;
    const char *arn;
    const char *topic_arn;
    const char *protocol;
    const char *endpoint;
    const char *owner; /* account */
    const char *principal;
    const char *token; /* NULL: none was sent */
    bool confirmed;
    bool authenticated;
};

struct sns_subscriptions {
    struct statement *statement;
    struct arena *arena;
    struct sns_subscription row;
};

void sns_store_add_subscription(struct store *store, struct sns_scope scope,
                                const struct sns_subscription *subscription);
void sns_store_save_subscription(struct store *store, const struct sns_subscription *subscription);
/* Gone, but sns_store_subscription_of_token() finds it and sns_store_save_subscription() brings it back. */
void sns_store_leave_subscription(struct store *store, const char *arn, const char *token);
void sns_store_delete_subscription(struct store *store, const char *arn);
/* False: there is none. */
bool sns_store_subscription(struct store *store, struct arena *arena, const char *arn,
                            struct sns_subscription *subscription);
bool sns_store_subscription_of_token(struct store *store, struct arena *arena, struct text token,
                                     struct sns_subscription *subscription);
/* Of the same topic, protocol and endpoint. */
bool sns_store_same_subscription(struct store *store, struct arena *arena, const char *topic_arn,
                                 const char *protocol, const char *endpoint,
                                 struct sns_subscription *subscription);
/* Steps through subscriptions in order of their making, `after` an id. */
struct sns_subscriptions sns_store_subscriptions(struct store *store, struct arena *arena,
                                                 struct sns_scope scope, int64_t after);
struct sns_subscriptions sns_store_subscriptions_of(struct store *store, struct arena *arena,
                                                    const char *topic_arn, int64_t after);
bool sns_subscriptions_next(struct sns_subscriptions *subscriptions);
void sns_subscriptions_end(struct sns_subscriptions *subscriptions);
void sns_store_count_subscriptions(struct store *store, const char *topic_arn, int64_t *confirmed,
                                   int64_t *pending);
/* How many of the topic have a filter policy. */
int64_t sns_store_filter_count(struct store *store, const char *topic_arn);

/* ---- deduplication of FIFO topics ---- */

bool sns_store_find_accepted(struct store *store, struct arena *arena, const char *topic_arn, struct text key,
                             int64_t now_ms, const char **message_id, int64_t *sequence);
void sns_store_note_accepted(struct store *store, const char *topic_arn, struct text key, int64_t now_ms,
                             int64_t until_ms, const char *message_id, int64_t sequence);

/* ---- deliveries that are due or tried again ---- */

/* Due times that never come. */
#define SNS_DELIVERY_BLOCKED INT64_MAX       /* behind another of its group */
#define SNS_DELIVERY_STARTED (INT64_MAX - 1) /* under way */

struct sns_delivery_row {
    int64_t id;
    struct text topic_arn;
    struct text subscription_arn;
    struct text protocol;
    struct text endpoint;
    struct text message_id;
    struct text kind;    /* Notification, SubscriptionConfirmation, UnsubscribeConfirmation */
    struct text body;    /* what queues and HTTP endpoints get */
    struct text extra;   /* further members of SendMessage as a JSON object; absent: none */
    struct text payload; /* of other endpoints; absent: none */
    struct text group;   /* absent: none */
    struct text deduplication;
    bool raw;
    bool delayed; /* by a fault rule, which is not asked again then */
    bool paced;   /* by the delivery policy: due in a second that has a place for it */
    int64_t failed;
    int64_t due_ms;
    int64_t published_ms;
};

int64_t sns_store_add_delivery(struct store *store, const struct sns_delivery_row *row);
/* Saves failed, due_ms, delayed and paced. */
void sns_store_delay_delivery(struct store *store, const struct sns_delivery_row *row);
/* After a start or restore nothing is under way: what was is due. */
void sns_store_resume_deliveries(struct store *store, int64_t now_ms);
void sns_store_delete_delivery(struct store *store, int64_t id);
bool sns_store_delivery(struct store *store, struct arena *arena, int64_t id, struct sns_delivery_row *row);
/* Is one of this group waiting for this subscription? */
bool sns_store_group_waits(struct store *store, struct text subscription_arn, struct text group);
/* Makes the group's first due. */
void sns_store_unblock_group(struct store *store, struct text subscription_arn, struct text group,
                             int64_t now_ms);
/* Ids of what is due, by due time and id, after (due_ms, id). */
bool sns_store_next_due(struct store *store, int64_t now_ms, int64_t *after_due_ms, int64_t *after_id);
/* -1: nothing. */
int64_t sns_store_earliest_due(struct store *store, int64_t after_ms);
void sns_store_drop_deliveries(struct store *store, const char *subscription_arn);

/* ---- what only a person or a telephone would see ---- */

struct sns_recorded {
    int64_t id;
    struct text kind; /* email, email-json, sms, application, firehose */
    struct text target;
    struct text topic_arn;        /* absent: published directly */
    struct text subscription_arn; /* absent: published directly */
    struct text message_id;
    struct text subject;
    struct text message;
    struct text attributes; /* JSON object */
    struct text structure;  /* MessageStructure of the publish; absent */
    int64_t time_ms;
};

struct sns_recordeds {
    struct statement *statement;
    struct sns_recorded row;
};

void sns_store_record(struct store *store, struct sns_scope scope, const struct sns_recorded *recorded);
/* In order; account or region NULL: any. Texts until the next step. */
struct sns_recordeds sns_store_recorded(struct store *store, const char *account, const char *region);
bool sns_recorded_next(struct sns_recordeds *rows);
void sns_store_delete_recorded(struct store *store, const char *account, const char *region);
/* Of one kind; target NULL: to anybody. */
void sns_store_delete_recorded_of(struct store *store, const char *account, const char *region,
                                  const char *kind, const char *target);

/* ---- archive of FIFO topics ---- */

struct sns_archived {
    int64_t id;
    int64_t time_ms;
    struct text message; /* as sns_message_to_json() wrote it */
};
void sns_store_archive(struct store *store, const char *topic_arn, int64_t time_ms, struct text message);
void sns_store_expire_archive(struct store *store, const char *topic_arn, int64_t before_ms);
/* -1: empty. */
int64_t sns_store_archive_begin(struct store *store, const char *topic_arn);
/* Rows (id, time_ms, message) from .. to, both included, in order. */
struct statement *sns_store_archived(struct store *store, const char *topic_arn, int64_t from_ms,
                                     int64_t to_ms);

/* ---- mobile push, SMS ---- */

/* A platform application (parent NULL) or an endpoint. */
void sns_store_add_platform(struct store *store, struct sns_scope scope, const char *arn, const char *parent,
                            struct text token);
bool sns_store_has_platform(struct store *store, const char *arn);
void sns_store_delete_platform(struct store *store, const char *arn);
/* Absent: no endpoint with this token. */
struct text sns_store_endpoint_of_token(struct store *store, const char *parent, struct text token);
/* Rows (arn) after `after`; parent NULL: applications. */
struct statement *sns_store_platforms(struct store *store, struct sns_scope scope, const char *parent,
                                      struct text after);

enum sns_number_kind { SNS_NUMBER_OPTED_OUT, SNS_NUMBER_SANDBOX };
/* state: of a sandbox number "Pending" or "Verified"; code: its one-time password. */
void sns_store_put_number(struct store *store, struct sns_scope scope, enum sns_number_kind kind,
                          struct text number, const char *state, const char *code);
bool sns_store_number(struct store *store, struct sns_scope scope, enum sns_number_kind kind,
                      struct text number, struct text *state, struct text *code);
void sns_store_delete_number(struct store *store, struct sns_scope scope, enum sns_number_kind kind,
                             struct text number);
/* Rows (number, state, code) after `after` in order. */
struct statement *sns_store_numbers(struct store *store, const char *account, const char *region,
                                    enum sns_number_kind kind, struct text after);

#endif
