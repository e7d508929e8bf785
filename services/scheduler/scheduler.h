/*
 * EventBridge Scheduler. scheduler.c lists the operations and has groups and tags, scheduler_schedules.c
 * schedules, scheduler_times.c when they are due, scheduler_delivery.c what happens then.
 */
#ifndef STACKRIG_SCHEDULER_SERVICE_H
#define STACKRIG_SCHEDULER_SERVICE_H

#include "emulator/core/emulator.h"
#include "services/scheduler/model.h"
#include "services/scheduler/scheduler_store.h"

extern const struct service scheduler_service;

struct result scheduler_create_schedule(struct call *call, struct input input);
struct result scheduler_get_schedule(struct call *call, struct input input);
struct result scheduler_update_schedule(struct call *call, struct input input);
struct result scheduler_delete_schedule(struct call *call, struct input input);
struct result scheduler_list_schedules(struct call *call, struct input input);

/* ---- Memory of one emulator ---- */

struct scheduler_attempt;

struct scheduler_state {
    struct emulator *emulator;
    struct scheduler_attempt *attempts; /* under way */
    task_id deliveries;
    int64_t deliveries_ms;
    task_id schedules;
    int64_t schedules_ms;
};
struct scheduler_state *scheduler_state_of(struct emulator *emulator);

/* ---- Shared by the files above ---- */

struct scheduler_owner scheduler_owner_of(const struct call *call);
/* The default group is always there. */
bool scheduler_group_exists(struct call *call, const char *name);
struct result scheduler_no_group(struct call *call, const char *name);
const char *scheduler_schedule_arn(struct arena *arena, struct scheduler_owner owner, const char *group,
                                   const char *name);

/* Lists: what NextToken holds; NULL: from the beginning. False: *refusal. */
bool scheduler_read_token(struct call *call, struct input input, const char **token, struct result *refusal);
void scheduler_write_token(struct call *call, const char *last);

/* ---- When (scheduler_times.c) ---- */

struct scheduler_times {
    const char *expression;
    const char *zone; /* NULL: UTC */
    int64_t created_ms;
    int64_t start_ms; /* INT64_MIN: none */
    int64_t end_ms;   /* INT64_MAX: none */
};
bool scheduler_expression_is_valid(const char *expression);
/* UTC, or a name that the machine's time zone files know. */
bool scheduler_zone_is_valid(const char *zone);
/* The first time after after_ms; -1: never again. */
int64_t scheduler_next(const struct scheduler_times *times, int64_t after_ms);

/* ---- What happens (scheduler_delivery.c) ---- */

/* Of the stored document. */
struct scheduler_times scheduler_times_of(const struct scheduler_schedule *schedule, struct arena *arena,
                                          const struct json_value *document);
void scheduler_wake(struct scheduler_state *state);
void scheduler_resume(struct scheduler_state *state);
void scheduler_forget_attempts(struct scheduler_state *state);

#endif
