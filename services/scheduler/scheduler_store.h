/* The tables of EventBridge Scheduler. Strings that come back live in the arena given. */
#ifndef STACKRIG_SCHEDULER_STORE_H
#define STACKRIG_SCHEDULER_STORE_H

#include "emulator/io/store.h"

extern const struct store_module scheduler_store_module;

struct scheduler_owner {
    const char *account;
    const char *region;
};

struct scheduler_group {
    const char *name;
    int64_t created_ms;
    int64_t modified_ms;
};

struct scheduler_schedule {
    int64_t id;
    struct scheduler_owner owner;
    const char *group;
    const char *name;
    const char *document; /* what Create or UpdateSchedule was given, as JSON */
    int64_t created_ms;
    int64_t modified_ms;
    int64_t next_ms; /* -1: not due any more */
};

/* One firing on its way to its target. */
struct scheduler_delivery {
    int64_t id;
    struct scheduler_owner owner;
    const char *schedule_arn;
    const char *target; /* JSON */
    int64_t due_ms;
    int64_t created_ms;
    int64_t failed;
};

#define SCHEDULER_DELIVERY_STARTED INT64_MAX

bool scheduler_store_next_group(struct store *store, struct scheduler_owner owner, const char *after,
                                struct arena *arena, struct scheduler_group *group);
bool scheduler_store_group(struct store *store, struct scheduler_owner owner, const char *name,
                           struct arena *arena, struct scheduler_group *group);
void scheduler_store_put_group(struct store *store, struct scheduler_owner owner,
                               const struct scheduler_group *group);
/* With its schedules. */
void scheduler_store_delete_group(struct store *store, struct scheduler_owner owner, const char *name);

bool scheduler_store_schedule(struct store *store, struct scheduler_owner owner, const char *group,
                              const char *name, struct arena *arena, struct scheduler_schedule *schedule);
bool scheduler_store_schedule_by_id(struct store *store, int64_t id, struct arena *arena,
                                    struct scheduler_schedule *schedule);
/* In the order of group and name, after (group, name). */
bool scheduler_store_next_schedule(struct store *store, struct scheduler_owner owner, const char *group,
                                   const char *name, struct arena *arena,
                                   struct scheduler_schedule *schedule);
/* Overwrites one of the same name. */
void scheduler_store_put_schedule(struct store *store, const struct scheduler_schedule *schedule);
void scheduler_store_delete_schedule(struct store *store, int64_t id);
bool scheduler_store_due_schedule(struct store *store, int64_t now_ms, int64_t *id);
int64_t scheduler_store_earliest_schedule(struct store *store); /* -1: none */

void scheduler_store_put_tag(struct store *store, const char *arn, const char *key, const char *value);
void scheduler_store_remove_tag(struct store *store, const char *arn, const char *key);
bool scheduler_store_next_tag(struct store *store, const char *arn, const char *after, struct arena *arena,
                              const char **key, const char **value);

void scheduler_store_add_delivery(struct store *store, const struct scheduler_delivery *delivery);
bool scheduler_store_delivery(struct store *store, int64_t id, struct arena *arena,
                              struct scheduler_delivery *delivery);
void scheduler_store_move_delivery(struct store *store, const struct scheduler_delivery *delivery);
void scheduler_store_delete_delivery(struct store *store, int64_t id);
bool scheduler_store_due_delivery(struct store *store, int64_t now_ms, int64_t *id);
int64_t scheduler_store_earliest_delivery(struct store *store); /* -1: none waits */
void scheduler_store_restart_deliveries(struct store *store, int64_t now_ms);

#endif
