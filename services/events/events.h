/*
 * EventBridge. events.c lists the operations; events_buses.c has buses and their policies, events_rules.c
 * rules and their targets, events_put.c PutEvents and what follows from an event, event_input.c what a target
 * gets, events_delivery.c attempts, retries and dead letters, events_schedules.c rules that a schedule wakes,
 * events_archives.c and events_replays.c archives and replays, events_tags.c tags.
 */
#ifndef STACKRIG_EVENTS_H
#define STACKRIG_EVENTS_H

#include "emulator/core/emulator.h"
#include "services/events/events_store.h"
#include "services/events/model.h"

extern const struct service events_service;

struct result events_create_event_bus(struct call *call, struct input input);
struct result events_delete_event_bus(struct call *call, struct input input);
struct result events_describe_event_bus(struct call *call, struct input input);
struct result events_list_event_buses(struct call *call, struct input input);
struct result events_update_event_bus(struct call *call, struct input input);
struct result events_put_permission(struct call *call, struct input input);
struct result events_remove_permission(struct call *call, struct input input);

struct result events_put_rule(struct call *call, struct input input);
struct result events_delete_rule(struct call *call, struct input input);
struct result events_describe_rule(struct call *call, struct input input);
struct result events_enable_rule(struct call *call, struct input input);
struct result events_disable_rule(struct call *call, struct input input);
struct result events_list_rules(struct call *call, struct input input);

struct result events_put_targets(struct call *call, struct input input);
struct result events_remove_targets(struct call *call, struct input input);
struct result events_list_targets_by_rule(struct call *call, struct input input);
struct result events_list_rule_names_by_target(struct call *call, struct input input);

struct result events_put_events(struct call *call, struct input input);
struct result events_test_event_pattern(struct call *call, struct input input);

struct result events_create_archive(struct call *call, struct input input);
struct result events_update_archive(struct call *call, struct input input);
struct result events_describe_archive(struct call *call, struct input input);
struct result events_list_archives(struct call *call, struct input input);
struct result events_delete_archive(struct call *call, struct input input);
struct result events_start_replay(struct call *call, struct input input);
struct result events_describe_replay(struct call *call, struct input input);
struct result events_list_replays(struct call *call, struct input input);
struct result events_cancel_replay(struct call *call, struct input input);

struct result events_tag_resource(struct call *call, struct input input);
struct result events_untag_resource(struct call *call, struct input input);
struct result events_list_tags_for_resource(struct call *call, struct input input);

/* ---- Memory of one emulator ---- */

struct events_attempt;
struct events_wait;

struct events_state {
    struct emulator *emulator;
    struct events_attempt *attempts; /* under way (events_delivery.c) */
    struct events_wait *waits;       /* calls that wait for them */
    task_id deliveries;              /* looks for due deliveries */
    int64_t deliveries_ms;
    int64_t last_delivery; /* row of the newest */
    int64_t begun;         /* how many there were since the program began */
    task_id schedules;     /* looks for due rules */
    int64_t schedules_ms;
};
struct events_state *events_state_of(struct emulator *emulator);

/* ---- Shared by the files above ---- */

struct events_owner events_owner_of(const struct call *call);
/* ValidationException. */
struct result events_invalid(struct call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The bus that a name or an ARN (of any account and Region) means; NULL: the default one. */
struct events_bus_name {
    struct events_owner owner;
    const char *name;
};
struct events_bus_name events_bus_named(struct call *call, const char *name_or_arn);
/* The default bus exists always. */
bool events_bus_exists(struct store *store, struct arena *arena, const struct events_bus_name *bus);
/* The bus of a member, which must exist. False: *refusal. */
bool events_existing_bus(struct call *call, struct input input, const char *member,
                         struct events_bus_name *bus, struct result *refusal);
const char *events_bus_arn(struct arena *arena, const struct events_bus_name *bus);
const char *events_rule_arn(struct arena *arena, const struct events_rule *rule);
/* False: *refusal says "Rule R does not exist on EventBus B.". */
bool events_find_rule(struct call *call, const struct events_bus_name *bus, const char *name,
                      struct events_rule *rule, struct result *refusal);
bool events_rule_is_enabled(const struct events_rule *rule);
/* Rules of AWS's own change only by Force. False: *refusal is ManagedRuleException. */
bool events_check_unmanaged(struct call *call, const struct events_rule *rule, struct input input,
                            struct result *refusal);
/* False: *refusal is InvalidEventPatternException. NULL is a good pattern. */
bool events_check_pattern(struct call *call, struct text pattern, struct result *refusal);

/* Lists: `Limit` items from behind the one that NextToken names. False: *refusal. */
struct events_page {
    const char *after; /* "" at the beginning */
    int64_t left;
};
bool events_page_open(struct call *call, struct input input, struct events_page *page,
                      struct result *refusal);
/* Room for one more? Otherwise writes NextToken (behind `last`) and returns false. */
bool events_page_take(struct call *call, struct events_page *page, const char *last);

void events_write_tags(struct call *call, const char *arn, struct input tags);

/* ---- Events on their way ---- */

struct events_event {
    struct text json; /* the envelope */
    const struct json_value *value;
    int64_t time_ms;                     /* when it happened */
    int64_t hops;                        /* buses that it has seen before */
    const struct json_value *only_rules; /* ARNs, of a replay; NULL: every rule */
};

/* Hands it to every rule of the bus that matches, and to the bus's archives. */
void events_route(struct emulator *emulator, struct arena *arena, const struct events_bus_name *bus,
                  const struct events_event *event);
/* Hands it to every target of the rule. */
void events_deliver_to_rule(struct emulator *emulator, struct arena *arena, const struct events_rule *rule,
                            const struct events_event *event);
/* An id for the envelope, and the envelope itself: detail is JSON. */
struct text events_envelope(struct arena *arena, const char *id, const char *detail_type, const char *source,
                            struct events_owner owner, int64_t time_ms, struct text resources,
                            struct text detail);

void events_archive(struct emulator *emulator, struct arena *arena, const struct events_bus_name *bus,
                    const struct events_event *event);
void events_resume_replays(struct emulator *emulator);
/* The archive that an ARN means. False: the ARN is no archive's. */
bool events_archive_named(struct arena *arena, const char *arn, struct events_owner *owner,
                          const char **name);

/* Stores it and starts it, due now. */
void events_deliver(struct events_state *state, const struct events_delivery *delivery);
/*
 * The end of a call that may have begun deliveries: it answers when each was tried once, so that whoever
 * looks into a queue right after PutEvents finds the event. AWS promises no moment. before:
 * events_deliveries_begun() from the call's beginning.
 */
struct result events_answer_after_deliveries(struct call *call, int64_t before);
int64_t events_deliveries_begun(struct events_state *state);
void events_resume_deliveries(struct events_state *state);
void events_forget_attempts(struct events_state *state);

/* When a rule's schedule is due next: -1 for rules without, and for disabled ones. */
int64_t events_schedule_next(const struct events_rule *rule, int64_t after_ms);
/* A rule's schedule has changed, or the emulator was resumed. */
void events_wake_schedules(struct events_state *state);

#endif
