/* Rules that a schedule wakes. The due time stands in the rule's row; one task wakes the earliest. */
#include "emulator/base/schedule_expression.h"
#include "services/events/events.h"

int64_t events_schedule_next(const struct events_rule *rule, int64_t after_ms) {
    struct schedule_expression expression;
    if (!rule->schedule || !events_rule_is_enabled(rule) ||
        !schedule_expression_read(text_of(rule->schedule), false, &expression)) {
        return -1;
    }
    return schedule_expression_next(&expression, rule->created_ms, after_ms);
}

static void run_rule(struct emulator *emulator, int64_t id, int64_t now_ms) {
    struct arena *arena = arena_open();
    struct store *store = emulator_store(emulator);
    struct events_rule rule;
    if (events_store_rule_by_id(store, id, arena, &rule)) {
        char event_id[UUID_SIZE];
        ids_uuid(emulator_ids(emulator), event_id);
        struct strbuf resources = STRBUF_INIT;
        strbuf_append_char(&resources, '[');
        json_write_string(&resources, text_of(events_rule_arn(arena, &rule)));
        strbuf_append_char(&resources, ']');
        struct events_event event = {
            .json = events_envelope(arena, event_id, "Scheduled Event", "aws.events", rule.owner,
                                    rule.next_ms, strbuf_text(&resources), TEXT("{}")),
            .time_ms = now_ms,
        };
        event.value = json_parse(arena, event.json, NULL);
        strbuf_release(&resources);
        events_deliver_to_rule(emulator, arena, &rule, &event);
        events_store_set_next(store, id, events_schedule_next(&rule, now_ms));
    }
    arena_close(arena);
}

static void wake(void *argument, enum task_event event) {
    struct events_state *state = argument;
    state->schedules = 0;
    if (event == TASK_CANCELLED) {
        return;
    }
    int64_t rule;
    int64_t now_ms = emulator_now_ms(state->emulator);
    while (events_store_due_rule(emulator_store(state->emulator), now_ms, &rule)) {
        run_rule(state->emulator, rule, now_ms);
    }
    events_wake_schedules(state);
}

/* A schedule goes on for ever: it is no reason for virtual time to pass, but time stops at it. */
void events_wake_schedules(struct events_state *state) {
    int64_t due_ms = events_store_earliest_rule(emulator_store(state->emulator));
    if (state->schedules && state->schedules_ms == due_ms) {
        return;
    }
    if (state->schedules) {
        emulator_cancel(state->emulator, state->schedules);
        state->schedules = 0;
    }
    if (due_ms >= 0) {
        state->schedules_ms = due_ms;
        state->schedules = emulator_schedule_quiet(state->emulator, due_ms, wake, state);
    }
}
