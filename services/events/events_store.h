/* The tables of EventBridge. Strings that come back live in the arena given; NULL for what is not set. */
#ifndef STACKRIG_EVENTS_STORE_H
#define STACKRIG_EVENTS_STORE_H

#include "emulator/io/store.h"

extern const struct store_module events_store_module;

/* Whose buses, rules and archives. */
struct events_owner {
    const char *account;
    const char *region;
};

struct events_bus {
    const char *name;
    const char *description;
    const char *policy; /* JSON */
    const char *kms_key;
    const char *dead_letter; /* JSON of DeadLetterConfig */
    const char *log_config;  /* JSON */
    int64_t created_ms;
    int64_t modified_ms;
};

struct events_rule {
    int64_t id;
    struct events_owner owner;
    const char *bus;
    const char *name;
    const char *pattern;
    const char *schedule;
    const char *state;
    const char *description;
    const char *role_arn;
    const char *managed_by;
    int64_t created_ms; /* of the schedule: when it was put or enabled */
    int64_t next_ms;    /* when the schedule is due; -1: not */
};

struct events_target {
    int64_t row; /* grows in the order of adding */
    const char *id;
    const char *document; /* the Target as JSON */
};

struct events_archive {
    struct events_owner owner;
    const char *name;
    const char *bus_arn;
    const char *description;
    const char *pattern;
    const char *kms_key;
    int64_t retention_days;
    int64_t created_ms;
    int64_t event_count;
    int64_t size_bytes;
};

struct events_replay {
    int64_t id;
    struct events_owner owner;
    const char *name;
    const char *description;
    const char *archive_arn;
    const char *destination; /* JSON of ReplayDestination */
    const char *state;
    int64_t from_ms;
    int64_t to_ms;
    int64_t started_ms;
    int64_t ended_ms; /* 0: not yet */
    int64_t last_ms;  /* time of the last event replayed; 0: none */
};

/* What is on its way to one target. */
struct events_delivery {
    int64_t id;
    struct events_owner owner; /* of the rule */
    const char *rule_arn;
    const char *rule_name;
    const char *target; /* the Target as JSON */
    const char *event;  /* the envelope */
    int64_t due_ms;
    int64_t created_ms;
    int64_t failed; /* attempts that failed */
    int64_t hops;   /* buses that the event has seen */
    bool delayed;   /* a fault rule put it off: it is not asked again */
};

/* due_ms of deliveries under way. */
#define EVENTS_DELIVERY_STARTED INT64_MAX

/* ---- buses ---- */
bool events_store_bus(struct store *store, struct events_owner owner, const char *name, struct arena *arena,
                      struct events_bus *bus);
/* Overwrites one of the same name. */
void events_store_put_bus(struct store *store, struct events_owner owner, const struct events_bus *bus);
void events_store_delete_bus(struct store *store, struct events_owner owner, const char *name);
/* The first bus after `after` ("": from the beginning). */
bool events_store_next_bus(struct store *store, struct events_owner owner, const char *after,
                           struct arena *arena, struct events_bus *bus);

/* ---- rules ---- */
bool events_store_rule(struct store *store, struct events_owner owner, const char *bus, const char *name,
                       struct arena *arena, struct events_rule *rule);
bool events_store_rule_by_id(struct store *store, int64_t id, struct arena *arena, struct events_rule *rule);
bool events_store_next_rule(struct store *store, struct events_owner owner, const char *bus,
                            const char *after, struct arena *arena, struct events_rule *rule);
/* Overwrites one of the same name and keeps its id and targets. */
void events_store_put_rule(struct store *store, const struct events_rule *rule);
void events_store_delete_rule(struct store *store, int64_t id);
void events_store_set_next(struct store *store, int64_t rule, int64_t next_ms);
/* A rule with a schedule due at or before now; the earliest due time of all: -1 when there is none. */
bool events_store_due_rule(struct store *store, int64_t now_ms, int64_t *rule);
int64_t events_store_earliest_rule(struct store *store);

/* ---- targets ---- */
void events_store_put_target(struct store *store, int64_t rule, const char *id, const char *arn,
                             struct text document);
bool events_store_remove_target(struct store *store, int64_t rule, const char *id);
int64_t events_store_target_count(struct store *store, int64_t rule);
bool events_store_has_target(struct store *store, int64_t rule, const char *id);
bool events_store_next_target(struct store *store, int64_t rule, int64_t after, struct arena *arena,
                              struct events_target *target);
/* Names of rules with a target of this ARN, after `after`; NULL: no more. */
const char *events_store_next_rule_of(struct store *store, struct events_owner owner, const char *bus,
                                      const char *arn, const char *after, struct arena *arena);

/* ---- tags ---- */
void events_store_put_tag(struct store *store, const char *arn, const char *key, const char *value);
void events_store_remove_tag(struct store *store, const char *arn, const char *key);
void events_store_forget_tags(struct store *store, const char *arn);
bool events_store_next_tag(struct store *store, const char *arn, const char *after, struct arena *arena,
                           const char **key, const char **value);

/* ---- deliveries ---- */
int64_t events_store_add_delivery(struct store *store, const struct events_delivery *delivery);
bool events_store_delivery(struct store *store, int64_t id, struct arena *arena,
                           struct events_delivery *delivery);
void events_store_move_delivery(struct store *store, const struct events_delivery *delivery);
void events_store_delete_delivery(struct store *store, int64_t id);
bool events_store_due_delivery(struct store *store, int64_t now_ms, int64_t *id);
/* -1: nothing waits. */
int64_t events_store_earliest_delivery(struct store *store);
/* What was under way when the process ended begins again. */
void events_store_restart_deliveries(struct store *store, int64_t now_ms);

/* ---- archives and replays ---- */
bool events_store_archive(struct store *store, struct events_owner owner, const char *name,
                          struct arena *arena, struct events_archive *archive);
bool events_store_next_archive(struct store *store, struct events_owner owner, const char *after,
                               struct arena *arena, struct events_archive *archive);
void events_store_put_archive(struct store *store, const struct events_archive *archive);
void events_store_delete_archive(struct store *store, struct events_owner owner, const char *name);
void events_store_archive_event(struct store *store, struct events_owner owner, const char *archive,
                                int64_t time_ms, struct text event);
/* Forgets what is older than before_ms. */
void events_store_expire_archive(struct store *store, struct events_owner owner, const char *archive,
                                 int64_t before_ms);
/* The next archived event after (time_ms, row) and before end_ms; both are moved on. NULL: no more. */
const char *events_store_next_archived(struct store *store, struct events_owner owner, const char *archive,
                                       int64_t end_ms, int64_t *time_ms, int64_t *row, struct arena *arena);
bool events_store_replay(struct store *store, struct events_owner owner, const char *name,
                         struct arena *arena, struct events_replay *replay);
bool events_store_next_replay(struct store *store, struct events_owner owner, const char *after,
                              struct arena *arena, struct events_replay *replay);
/* The next replay of anybody that has not run, after row *after, which is moved on. */
bool events_store_started_replay(struct store *store, int64_t *after, struct arena *arena,
                                 struct events_replay *replay);
void events_store_put_replay(struct store *store, const struct events_replay *replay);

#endif
