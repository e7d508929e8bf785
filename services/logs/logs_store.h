/* The tables of CloudWatch Logs: groups, streams, events, tags. All times are milliseconds. */
#ifndef STACKRIG_LOGS_STORE_H
#define STACKRIG_LOGS_STORE_H

#include "emulator/io/store.h"

extern const struct store_module logs_store_module;

struct logs_group {
    int64_t id;
    const char *name;
    int64_t created_ms;
    int64_t retention_days; /* 0: for ever */
    const char *class_name;
    const char *kms_key_id; /* NULL: none */
    bool deletion_protected;
    int64_t stored_bytes;
};

struct logs_stream {
    int64_t id;
    const char *name;
    int64_t created_ms;
    int64_t first_event_ms; /* the three are -1 while the stream is empty */
    int64_t last_event_ms;
    int64_t last_ingestion_ms;
};

/* Where an event stands: events are ordered by time, then by arrival. */
struct logs_position {
    int64_t timestamp;
    int64_t id;
};

struct logs_event {
    struct logs_position position;
    int64_t ingestion_ms;
    struct text message;     /* borrowed until the next step */
    struct text stream_name; /* the same; only from logs_store_group_events() */
};

/* ---- Groups ---- */

/* False: the name is taken. group->id is filled. */
bool logs_store_create_group(struct store *store, const char *account, const char *region,
                             struct logs_group *group);
/* Strings live in the arena. */
bool logs_store_find_group(struct store *store, const char *account, const char *region, struct text name,
                           struct arena *arena, struct logs_group *group);
/* Groups whose name comes after `after`, by name. Read with logs_store_next_group(). */
struct statement *logs_store_groups(struct store *store, const char *account, const char *region,
                                    struct text after);
bool logs_store_next_group(struct statement *statement, struct arena *arena, struct logs_group *group);
void logs_store_delete_group(struct store *store, int64_t group_id);
void logs_store_set_retention(struct store *store, int64_t group_id, int64_t days);
void logs_store_set_protection(struct store *store, int64_t group_id, bool enabled);
void logs_store_set_key(struct store *store, int64_t group_id, const char *kms_key_id);

/* ---- Tags ---- */

void logs_store_put_tag(struct store *store, int64_t group_id, struct text key, struct text value);
void logs_store_delete_tag(struct store *store, int64_t group_id, struct text key);
int64_t logs_store_tag_count(struct store *store, int64_t group_id);
/* Rows of key and value, by key. */
struct statement *logs_store_tags(struct store *store, int64_t group_id);

/* ---- Streams ---- */

bool logs_store_create_stream(struct store *store, int64_t group_id, const char *name, int64_t now_ms);
bool logs_store_find_stream(struct store *store, int64_t group_id, struct text name, struct arena *arena,
                            struct logs_stream *stream);
void logs_store_delete_stream(struct store *store, int64_t stream_id);

enum logs_stream_order { LOGS_BY_NAME, LOGS_BY_NAME_DOWN, LOGS_BY_LAST_EVENT, LOGS_BY_LAST_EVENT_DOWN };

/* Streams of a group. after: the last one of the page before; NULL for the first page. */
struct statement *logs_store_streams(struct store *store, int64_t group_id, enum logs_stream_order order,
                                     const struct logs_stream *after);
bool logs_store_next_stream(struct statement *statement, struct arena *arena, struct logs_stream *stream);

/* ---- Filters ---- */

enum logs_filter_kind { LOGS_SUBSCRIPTION, LOGS_METRIC };

struct logs_filter {
    int64_t group_id;
    enum logs_filter_kind kind;
    const char *name;
    const char *pattern;
    const char *destination;     /* subscriptions */
    const char *role_arn;        /* NULL: none */
    const char *distribution;    /* subscriptions */
    const char *transformations; /* metrics: JSON */
    int64_t created_ms;
    const char *group_name; /* only from logs_store_metric_filters() */
};

/* Takes the place of one of the same name. */
void logs_store_put_filter(struct store *store, const struct logs_filter *filter);
bool logs_store_delete_filter(struct store *store, int64_t group_id, enum logs_filter_kind kind,
                              struct text name);
/* By name, after a name. */
struct statement *logs_store_filters(struct store *store, int64_t group_id, enum logs_filter_kind kind,
                                     const char *after);
bool logs_store_next_filter(struct statement *statement, struct arena *arena, struct logs_filter *filter);
/* Metric filters of all groups, or of one (group_name absent: all), by their name, then by the group's, after
 * these two names. */
struct statement *logs_store_metric_filters(struct store *store, const char *account, const char *region,
                                            struct text group_name, struct text after_name,
                                            struct text after_group);
int64_t logs_store_filter_count(struct store *store, int64_t group_id, enum logs_filter_kind kind);

/* ---- Resource policies ---- */

enum logs_policy_scope { LOGS_ACCOUNT_POLICY, LOGS_RESOURCE_POLICY };

struct logs_policy {
    enum logs_policy_scope scope;
    const char *key;          /* an account's: its name; a log group's: the group's name */
    const char *name;         /* NULL: a log group's without one */
    const char *resource_arn; /* as it was given; NULL: an account's */
    const char *document;
    int64_t revision;
    int64_t updated_ms;
};

/* Takes the place of one of the same scope and key. */
void logs_store_put_policy(struct store *store, const char *account, const char *region,
                           const struct logs_policy *policy);
bool logs_store_delete_policy(struct store *store, const char *account, const char *region,
                              enum logs_policy_scope scope, struct text key);
/* By key, after a key. */
struct statement *logs_store_policies(struct store *store, const char *account, const char *region,
                                      enum logs_policy_scope scope, const char *after);
bool logs_store_next_policy(struct statement *statement, struct arena *arena, struct logs_policy *policy);

/* ---- Events ---- */

/* Returns the event's number, the second part of its position. */
int64_t logs_store_add_event(struct store *store, int64_t group_id, int64_t stream_id, int64_t timestamp,
                             struct text message, int64_t now_ms);
/* Where events go. */
struct logs_target {
    int64_t group_id;
    int64_t stream_id;
};
/* The stream, unless its group expires events or has subscribers. Leaves alone what is held back. */
bool logs_store_find_plain_target(struct store *store, const char *account, const char *region,
                                  struct text group_name, struct text stream_name,
                                  struct logs_target *target);
/* Brings the stream's first and last times and the group's size up to date after adding events. */
void logs_store_note_events(struct store *store, int64_t group_id, int64_t stream_id, int64_t first_ms,
                            int64_t last_ms, int64_t now_ms, int64_t bytes);
/* Forgets events of the group older than this. */
void logs_store_expire_events(struct store *store, int64_t group_id, int64_t before_ms);

/* Events strictly between two positions, of one stream, upwards or downwards. */
struct statement *logs_store_stream_events(struct store *store, int64_t stream_id, struct logs_position after,
                                           struct logs_position before, bool downwards);
/* The same of all streams of a group, upwards, with the stream's name. */
struct statement *logs_store_group_events(struct store *store, int64_t group_id, struct logs_position after,
                                          struct logs_position before);
bool logs_store_next_event(struct statement *statement, struct logs_event *event);

#endif
