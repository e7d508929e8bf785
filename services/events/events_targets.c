/* Targets of rules. Source: EventBridge API reference, s3-logs-events.md C, recorded answers. */
#include "emulator/base/arn.h"
#include "services/events/event_input.h"
#include "services/events/events.h"

#define MAXIMUM_TARGETS 5

/* The bus and the rule that a request means. */
static bool find_named_rule(struct call *call, struct input input, struct events_rule *rule,
                            struct result *refusal) {
    struct events_bus_name bus;
    return events_existing_bus(call, input, "EventBusName", &bus, refusal) &&
           events_find_rule(call, &bus, input_string(input, "Rule"), rule, refusal);
}

static bool check_input(struct call *call, struct input target, struct result *refusal) {
    const char *id = input_string(target, "Id");
    struct input transformer = input_structure(target, "InputTransformer");
    struct text constant = input_text(target, "Input");
    struct text path = input_text(target, "InputPath");
    int ways = (transformer.value != NULL) + (constant.data != NULL) + (path.data != NULL);
    if (ways > 1) {
        *refusal = events_invalid(
            call, "Only one of Input, InputPath, or InputTransformer must be provided for target %s.", id);
        return false;
    }
    if (constant.data && !json_parse(call->arena, constant, NULL)) {
        *refusal = events_invalid(call, "JSON syntax error in input for target %s", id);
        return false;
    }
    if (path.data && !event_input_path_is_valid(path)) {
        *refusal = events_invalid(call, "Invalid InputPath for target %s.", id);
        return false;
    }
    struct text unknown = event_input_unknown_placeholder(
        input_text(transformer, "InputTemplate"),
        transformer.value ? json_find(transformer.value, "InputPathsMap") : NULL);
    if (unknown.data) {
        *refusal = events_invalid(call, "InputTemplate for target %s contains invalid placeholder %.*s.", id,
                                  TEXT_ARGUMENTS(unknown));
        return false;
    }
    return true;
}

static bool check_target(struct call *call, struct input target, struct result *refusal) {
    struct text text = input_text(target, "Arn");
    struct arn arn;
    if (!arn_parse(text, &arn)) {
        *refusal = events_invalid(
            call, "Parameter %.*s is not valid. Reason: Provided Arn is not in correct format.",
            TEXT_ARGUMENTS(text));
        return false;
    }
    if (text_equals(arn.service, "sqs") && text_ends_with(text, ".fifo") &&
        !input_has(target, "SqsParameters")) {
        *refusal = events_invalid(call, "Parameter(s) SqsParameters must be specified for target: %s.",
                                  input_string(target, "Id"));
        return false;
    }
    return check_input(call, target, refusal);
}

/* No entry fails by itself: what is wrong refuses the whole request. */
static struct result no_failed_entries(struct call *call) {
    output_integer(call_output(call), "FailedEntryCount", 0);
    output_begin_list(call_output(call), "FailedEntries");
    output_end(call_output(call));
    return result_output();
}

struct result events_put_targets(struct call *call, struct input input) {
    struct events_rule rule;
    struct result refusal;
    struct input targets = input_list(input, "Targets");
    for (struct input target = input_first(targets); target.value; target = input_next(target)) {
        if (!check_target(call, target, &refusal)) {
            return refusal;
        }
    }
    if (!find_named_rule(call, input, &rule, &refusal) ||
        !events_check_unmanaged(call, &rule, input, &refusal)) {
        return refusal;
    }
    for (struct input target = input_first(targets); target.value; target = input_next(target)) {
        struct strbuf document = STRBUF_INIT;
        json_write(&document, target.value);
        events_store_put_target(call->store, rule.id, input_string(target, "Id"), input_string(target, "Arn"),
                                strbuf_text(&document));
        strbuf_release(&document);
    }
    if (events_store_target_count(call->store, rule.id) > MAXIMUM_TARGETS) {
        return call_error(call, &events_error_LimitExceededException,
                          "The requested resource exceeds the maximum number allowed.");
    }
    return no_failed_entries(call);
}

struct result events_remove_targets(struct call *call, struct input input) {
    struct events_rule rule;
    struct result refusal;
    if (!find_named_rule(call, input, &rule, &refusal) ||
        !events_check_unmanaged(call, &rule, input, &refusal)) {
        return refusal;
    }
    struct input ids = input_list(input, "Ids");
    for (struct input id = input_first(ids); id.value; id = input_next(id)) {
        events_store_remove_target(call->store, rule.id, input_as_string(id));
    }
    return no_failed_entries(call);
}

struct result events_list_targets_by_rule(struct call *call, struct input input) {
    struct events_rule rule;
    struct events_page page;
    struct events_target target;
    struct result refusal;
    int64_t row = 0;
    if (!find_named_rule(call, input, &rule, &refusal) || !events_page_open(call, input, &page, &refusal)) {
        return refusal;
    }
    text_to_int64(text_of(page.after), &row);
    output_begin_list(call_output(call), "Targets");
    const char *last = "";
    while (events_store_next_target(call->store, rule.id, row, call->arena, &target)) {
        if (!events_page_take(call, &page, last)) {
            return result_output();
        }
        output_value(call_output(call), NULL, json_parse(call->arena, text_of(target.document), NULL));
        row = target.row;
        last = arena_printf(call->arena, "%lld", (long long)row);
    }
    output_end(call_output(call));
    return result_output();
}

struct result events_list_rule_names_by_target(struct call *call, struct input input) {
    struct events_bus_name bus;
    struct events_page page;
    struct result refusal;
    const char *arn = input_string(input, "TargetArn");
    if (!events_existing_bus(call, input, "EventBusName", &bus, &refusal) ||
        !events_page_open(call, input, &page, &refusal)) {
        return refusal;
    }
    output_begin_list(call_output(call), "RuleNames");
    const char *last = page.after;
    const char *name;
    while ((name = events_store_next_rule_of(call->store, bus.owner, bus.name, arn, last, call->arena))) {
        if (!events_page_take(call, &page, last)) {
            return result_output();
        }
        output_string(call_output(call), NULL, name);
        last = name;
    }
    output_end(call_output(call));
    return result_output();
}
