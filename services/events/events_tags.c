/* Tags of buses and rules. Source: EventBridge API reference, recorded answers. */
#include "emulator/base/arn.h"
#include "services/events/events.h"

#define MAXIMUM_TAGS 50

void events_write_tags(struct call *call, const char *arn, struct input tags) {
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        events_store_put_tag(call->store, arn, input_string(tag, "Key"), input_string(tag, "Value"));
    }
}

static bool check_rule(struct call *call, struct events_owner owner, struct text resource,
                       struct result *refusal) {
    struct text bus_name = TEXT("default");
    struct events_rule rule;
    /* rule/NAME, rule/BUS/NAME; the bus of a partner has slashes of its own */
    size_t slash = resource.size;
    while (slash > 0 && resource.data[slash - 1] != '/') {
        slash--;
    }
    if (slash > 0) {
        bus_name = text_slice(resource, 0, slash - 1);
    }
    struct events_bus_name bus = {owner, arena_text_string(call->arena, bus_name)};
    const char *name = arena_text_string(call->arena, text_slice(resource, slash, SIZE_MAX));
    return events_find_rule(call, &bus, name, &rule, refusal);
}

/* The resource must exist. False: *refusal. */
static bool check_resource(struct call *call, struct text text, struct result *refusal) {
    struct arn arn;
    if (arn_parse(text, &arn) && text_equals(arn.service, "events")) {
        struct events_owner owner = {arena_text_string(call->arena, arn.account),
                                     arena_text_string(call->arena, arn.region)};
        if (text_starts_with(arn.resource, "rule/")) {
            return check_rule(call, owner, text_slice(arn.resource, strlen("rule/"), SIZE_MAX), refusal);
        }
        if (text_starts_with(arn.resource, "event-bus/")) {
            struct events_bus_name bus = {
                owner,
                arena_text_string(call->arena, text_slice(arn.resource, strlen("event-bus/"), SIZE_MAX))};
            if (events_bus_exists(call->store, call->arena, &bus)) {
                return true;
            }
            *refusal = call_error(call, &events_error_ResourceNotFoundException,
                                  "Event bus %s does not exist.", bus.name);
            return false;
        }
    }
    *refusal =
        events_invalid(call, "Parameter %.*s is not valid. Reason: Provided Arn is not in correct format.",
                       TEXT_ARGUMENTS(text));
    return false;
}

static int count_tags(struct call *call, const char *arn) {
    int count = 0;
    const char *key = "";
    const char *value;
    while (events_store_next_tag(call->store, arn, key, call->arena, &key, &value)) {
        count++;
    }
    return count;
}

struct result events_tag_resource(struct call *call, struct input input) {
    struct result refusal;
    const char *arn = input_string(input, "ResourceARN");
    if (!check_resource(call, text_of(arn), &refusal)) {
        return refusal;
    }
    events_write_tags(call, arn, input_list(input, "Tags"));
    if (count_tags(call, arn) > MAXIMUM_TAGS) {
        return call_error(call, &events_error_LimitExceededException,
                          "The requested resource exceeds the maximum number allowed.");
    }
    return result_output();
}

struct result events_untag_resource(struct call *call, struct input input) {
    struct result refusal;
    const char *arn = input_string(input, "ResourceARN");
    if (!check_resource(call, text_of(arn), &refusal)) {
        return refusal;
    }
    struct input keys = input_list(input, "TagKeys");
    for (struct input key = input_first(keys); key.value; key = input_next(key)) {
        events_store_remove_tag(call->store, arn, input_as_string(key));
    }
    return result_output();
}

struct result events_list_tags_for_resource(struct call *call, struct input input) {
    struct result refusal;
    const char *arn = input_string(input, "ResourceARN");
    if (!check_resource(call, text_of(arn), &refusal)) {
        return refusal;
    }
    const char *key = "";
    const char *value;
    output_begin_list(call_output(call), "Tags");
    while (events_store_next_tag(call->store, arn, key, call->arena, &key, &value)) {
        output_begin_structure(call_output(call), NULL);
        output_string(call_output(call), "Key", key);
        output_string(call_output(call), "Value", value);
        output_end(call_output(call));
    }
    output_end(call_output(call));
    return result_output();
}
