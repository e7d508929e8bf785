/* Rules. Source: EventBridge API reference, s3-logs-events.md C, recorded answers. */
#include "emulator/base/arn.h"
#include "emulator/base/event_pattern.h"
#include "emulator/base/schedule_expression.h"
#include "services/events/events.h"

const char *events_rule_arn(struct arena *arena, const struct events_rule *rule) {
    const char *resource = strcmp(rule->bus, "default") == 0
                               ? arena_printf(arena, "rule/%s", rule->name)
                               : arena_printf(arena, "rule/%s/%s", rule->bus, rule->name);
    return arn_build(arena, "events", rule->owner.region, rule->owner.account, resource);
}

bool events_rule_is_enabled(const struct events_rule *rule) {
    return strncmp(rule->state, "ENABLED", strlen("ENABLED")) == 0;
}

bool events_find_rule(struct call *call, const struct events_bus_name *bus, const char *name,
                      struct events_rule *rule, struct result *refusal) {
    if (events_store_rule(call->store, bus->owner, bus->name, name, call->arena, rule)) {
        return true;
    }
    *refusal = call_error(call, &events_error_ResourceNotFoundException,
                          "Rule %s does not exist on EventBus %s.", name, bus->name);
    return false;
}

bool events_check_unmanaged(struct call *call, const struct events_rule *rule, struct input input,
                            struct result *refusal) {
    bool force = shape_member(input.shape, TEXT("Force")) && input_boolean(input, "Force", false);
    if (!rule->managed_by || force) {
        return true;
    }
    *refusal =
        call_error(call, &events_error_ManagedRuleException,
                   "Rule %s is managed by %s and can only be modified by it.", rule->name, rule->managed_by);
    return false;
}

bool events_check_pattern(struct call *call, struct text pattern, struct result *refusal) {
    const char *message;
    if (!pattern.data || event_pattern_read(call->arena, pattern, &message)) {
        return true;
    }
    *refusal = call_error(call, &events_error_InvalidEventPatternException,
                          "Event pattern is not valid. Reason: %s", message);
    return false;
}

static bool check_schedule(struct call *call, const char *schedule, const struct events_bus_name *bus,
                           struct result *refusal) {
    struct schedule_expression expression;
    if (!schedule || !*schedule) {
        return true;
    }
    if (strcmp(bus->name, "default") != 0) {
        *refusal = events_invalid(call, "ScheduleExpression is supported only on the default event bus.");
        return false;
    }
    if (!schedule_expression_read(text_of(schedule), false, &expression)) {
        *refusal = events_invalid(call, "Parameter ScheduleExpression is not valid.");
        return false;
    }
    return true;
}

/* What is given replaces what was there; an empty text is nothing. */
static const char *given(struct input input, const char *member) {
    const char *value = input_string(input, member);
    return value && *value ? value : NULL;
}

struct result events_put_rule(struct call *call, struct input input) {
    struct events_bus_name bus;
    struct events_rule old;
    struct result refusal;
    const char *state = input_string(input, "State");
    if (!events_existing_bus(call, input, "EventBusName", &bus, &refusal)) {
        return refusal;
    }
    struct events_rule rule = {
        .owner = bus.owner,
        .bus = bus.name,
        .name = input_string(input, "Name"),
        .pattern = given(input, "EventPattern"),
        .schedule = given(input, "ScheduleExpression"),
        .state = state ? state : "ENABLED",
        .description = given(input, "Description"),
        .role_arn = given(input, "RoleArn"),
        .created_ms = call->now_ms,
    };
    if (!rule.pattern && !rule.schedule) {
        return events_invalid(call, "Parameter(s) EventPattern or ScheduleExpression must be specified.");
    }
    if (!check_schedule(call, rule.schedule, &bus, &refusal) ||
        !events_check_pattern(call, text_of(rule.pattern), &refusal)) {
        return refusal;
    }
    bool exists = events_store_rule(call->store, bus.owner, bus.name, rule.name, call->arena, &old);
    if (exists && !events_check_unmanaged(call, &old, input, &refusal)) {
        return refusal;
    }
    if (exists && old.schedule && rule.schedule && strcmp(old.schedule, rule.schedule) == 0 &&
        old.next_ms >= 0) {
        rule.created_ms = old.created_ms; /* the same schedule goes on */
    }
    rule.next_ms = events_schedule_next(&rule, call->now_ms);
    events_store_put_rule(call->store, &rule);
    const char *arn = events_rule_arn(call->arena, &rule);
    if (!exists) {
        events_write_tags(call, arn, input_list(input, "Tags"));
    }
    events_wake_schedules(events_state_of(call->emulator));
    output_string(call_output(call), "RuleArn", arn);
    return result_output();
}

struct result events_delete_rule(struct call *call, struct input input) {
    struct events_bus_name bus;
    struct events_rule rule;
    struct result refusal;
    if (!events_existing_bus(call, input, "EventBusName", &bus, &refusal)) {
        return refusal;
    }
    if (!events_store_rule(call->store, bus.owner, bus.name, input_string(input, "Name"), call->arena,
                           &rule)) {
        return result_output();
    }
    if (!events_check_unmanaged(call, &rule, input, &refusal)) {
        return refusal;
    }
    if (events_store_target_count(call->store, rule.id) > 0 && !rule.managed_by) {
        return events_invalid(call, "Rule can't be deleted since it has targets.");
    }
    events_store_delete_rule(call->store, rule.id);
    events_store_forget_tags(call->store, events_rule_arn(call->arena, &rule));
    return result_output();
}

static void write_rule(struct call *call, const struct events_rule *rule) {
    struct output *out = call_output(call);
    output_string(out, "Name", rule->name);
    output_string(out, "Arn", events_rule_arn(call->arena, rule));
    output_string(out, "EventPattern", rule->pattern);
    output_string(out, "State", rule->state);
    output_string(out, "Description", rule->description);
    output_string(out, "ScheduleExpression", rule->schedule);
    output_string(out, "RoleArn", rule->role_arn);
    output_string(out, "ManagedBy", rule->managed_by);
    output_string(out, "EventBusName", rule->bus);
}

struct result events_describe_rule(struct call *call, struct input input) {
    struct events_bus_name bus;
    struct events_rule rule;
    struct result refusal;
    if (!events_existing_bus(call, input, "EventBusName", &bus, &refusal) ||
        !events_find_rule(call, &bus, input_string(input, "Name"), &rule, &refusal)) {
        return refusal;
    }
    write_rule(call, &rule);
    output_string(call_output(call), "CreatedBy", rule.owner.account);
    return result_output();
}

static struct result set_state(struct call *call, struct input input, const char *state) {
    struct events_bus_name bus;
    struct events_rule rule;
    struct result refusal;
    if (!events_existing_bus(call, input, "EventBusName", &bus, &refusal) ||
        !events_find_rule(call, &bus, input_string(input, "Name"), &rule, &refusal) ||
        !events_check_unmanaged(call, &rule, input, &refusal)) {
        return refusal;
    }
    if (strcmp(rule.state, state) != 0) {
        rule.state = state;
        rule.created_ms = call->now_ms; /* a rate counts from when it was enabled */
        rule.next_ms = events_schedule_next(&rule, call->now_ms);
        events_store_put_rule(call->store, &rule);
        events_wake_schedules(events_state_of(call->emulator));
    }
    return result_output();
}

struct result events_enable_rule(struct call *call, struct input input) {
    return set_state(call, input, "ENABLED");
}

struct result events_disable_rule(struct call *call, struct input input) {
    return set_state(call, input, "DISABLED");
}

struct result events_list_rules(struct call *call, struct input input) {
    const char *prefix = input_string(input, "NamePrefix");
    struct events_bus_name bus;
    struct events_page page;
    struct events_rule rule;
    struct result refusal;
    if (!events_existing_bus(call, input, "EventBusName", &bus, &refusal) ||
        !events_page_open(call, input, &page, &refusal)) {
        return refusal;
    }
    output_begin_list(call_output(call), "Rules");
    const char *last = page.after;
    for (const char *after = page.after;
         events_store_next_rule(call->store, bus.owner, bus.name, after, call->arena, &rule);
         after = rule.name) {
        if (prefix && strncmp(rule.name, prefix, strlen(prefix)) != 0) {
            continue;
        }
        if (!events_page_take(call, &page, last)) {
            return result_output();
        }
        output_begin_structure(call_output(call), NULL);
        write_rule(call, &rule);
        output_end(call_output(call));
        last = rule.name;
    }
    output_end(call_output(call));
    return result_output();
}
