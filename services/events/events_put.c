/* PutEvents, and which rules an event reaches. Source: EventBridge API reference, recorded answers. */
#include "emulator/base/event_pattern.h"
#include "services/events/events.h"

/* The size of a request's entries. Source: EventBridge user guide, "Calculating event entry size". */
#define MAXIMUM_ENTRIES_BYTES ((size_t)256 * 1024)
#define TIME_BYTES 14

/* ---- the envelope ---- */

/* JSON without the blanks between its tokens, as AWS passes it on. */
static void append_compact(struct strbuf *out, struct text json) {
    bool quoted = false;
    for (size_t i = 0; i < json.size; i++) {
        char byte = json.data[i];
        if (!quoted && (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r')) {
            continue;
        }
        strbuf_append_char(out, byte);
        if (quoted && byte == '\\' && i + 1 < json.size) {
            strbuf_append_char(out, json.data[++i]);
        } else if (byte == '"') {
            quoted = !quoted;
        }
    }
}

struct text events_envelope(struct arena *arena, const char *id, const char *detail_type, const char *source,
                            struct events_owner owner, int64_t time_ms, struct text resources,
                            struct text detail) {
    struct strbuf out = STRBUF_INIT;
    strbuf_printf(&out, "{\"version\":\"0\",\"id\":\"%s\",\"detail-type\":", id);
    json_write_string(&out, text_of(detail_type));
    strbuf_append_string(&out, ",\"source\":");
    json_write_string(&out, text_of(source));
    strbuf_printf(&out, ",\"account\":\"%s\",\"time\":\"", owner.account);
    clock_format_iso_s(&out, time_ms);
    strbuf_printf(&out, "\",\"region\":\"%s\",\"resources\":", owner.region);
    append_compact(&out, resources.data ? resources : TEXT("[]"));
    strbuf_append_string(&out, ",\"detail\":");
    append_compact(&out, detail);
    strbuf_append_char(&out, '}');
    struct text text = arena_text(arena, strbuf_text(&out));
    strbuf_release(&out);
    return text;
}

/* ---- routing ---- */

static bool is_meant(struct arena *arena, const struct events_rule *rule, const struct json_value *only) {
    const char *arn = only ? events_rule_arn(arena, rule) : NULL;
    for (const struct json_value *one = only ? only->child : NULL; one; one = one->next) {
        if (text_equals(one->text, arn)) {
            return true;
        }
    }
    return !only;
}

static bool rule_matches(struct arena *arena, const struct events_rule *rule,
                         const struct events_event *event) {
    const char *message;
    if (!rule->pattern || rule->managed_by || !events_rule_is_enabled(rule) ||
        !is_meant(arena, rule, event->only_rules)) {
        return false;
    }
    const struct event_pattern *pattern = event_pattern_read(arena, text_of(rule->pattern), &message);
    return pattern && event_pattern_matches(pattern, event->value);
}

void events_deliver_to_rule(struct emulator *emulator, struct arena *arena, const struct events_rule *rule,
                            const struct events_event *event) {
    struct events_target target = {0};
    struct store *store = emulator_store(emulator);
    while (events_store_next_target(store, rule->id, target.row, arena, &target)) {
        events_deliver(events_state_of(emulator), &(struct events_delivery){
                                                      .owner = rule->owner,
                                                      .rule_arn = events_rule_arn(arena, rule),
                                                      .rule_name = rule->name,
                                                      .target = target.document,
                                                      .event = arena_text_string(arena, event->json),
                                                      .due_ms = emulator_now_ms(emulator),
                                                      .created_ms = emulator_now_ms(emulator),
                                                      .hops = event->hops,
                                                  });
    }
}

void events_route(struct emulator *emulator, struct arena *arena, const struct events_bus_name *bus,
                  const struct events_event *event) {
    struct store *store = emulator_store(emulator);
    struct events_rule rule;
    if (!events_bus_exists(store, arena, bus)) {
        return; /* AWS takes events for buses that are not there, too, and drops them */
    }
    for (const char *after = ""; events_store_next_rule(store, bus->owner, bus->name, after, arena, &rule);
         after = rule.name) {
        if (rule_matches(arena, &rule, event)) {
            events_deliver_to_rule(emulator, arena, &rule, event);
        }
    }
    events_archive(emulator, arena, bus, event);
}

/* ---- PutEvents ---- */

static size_t entry_size(struct input entry) {
    size_t size = input_has(entry, "Time") ? TIME_BYTES : 0;
    static const char *const members[] = {"Source", "DetailType", "Detail"};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        size += input_text(entry, members[i]).size;
    }
    struct input resources = input_list(entry, "Resources");
    for (struct input each = input_first(resources); each.value; each = input_next(each)) {
        size += input_as_text(each).size;
    }
    return size;
}

static void write_failure(struct call *call, const char *code, const char *message) {
    output_begin_structure(call_output(call), NULL);
    output_string(call_output(call), "ErrorCode", code);
    output_string(call_output(call), "ErrorMessage", message);
    output_end(call_output(call));
}

/* False: the failure has been written. */
static bool check_entry(struct call *call, struct input entry) {
    static const char *const required[] = {"Source", "DetailType", "Detail"};
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
        if (input_text(entry, required[i]).size == 0) {
            write_failure(call, "InvalidArgument",
                          arena_printf(call->arena,
                                       "Parameter %s is not valid. Reason: %s is a required argument.",
                                       required[i], required[i]));
            return false;
        }
    }
    const struct json_value *detail = json_parse(call->arena, input_text(entry, "Detail"), NULL);
    if (!detail || detail->type != JSON_VALUE_OBJECT) {
        write_failure(call, "MalformedDetail", "Detail is malformed.");
        return false;
    }
    if (text_starts_with(input_text(entry, "Source"), "aws.") && !call->identity.service_principal) {
        write_failure(call, "NotAuthorizedForSourceException", "Not authorized for the source.");
        return false;
    }
    return true;
}

static void put_entry(struct call *call, struct input entry) {
    char id[UUID_SIZE];
    struct input resources = input_list(entry, "Resources");
    struct strbuf list = STRBUF_INIT;
    ids_uuid(emulator_ids(call->emulator), id);
    strbuf_append_char(&list, '[');
    for (struct input each = input_first(resources); each.value; each = input_next(each)) {
        strbuf_append_string(&list, list.size > 1 ? "," : "");
        json_write_string(&list, input_as_text(each));
    }
    strbuf_append_char(&list, ']');
    struct events_event event = {
        .json =
            events_envelope(call->arena, id, input_string(entry, "DetailType"), input_string(entry, "Source"),
                            events_owner_of(call), input_timestamp(entry, "Time", call->now_ms),
                            strbuf_text(&list), input_text(entry, "Detail")),
        .time_ms = input_timestamp(entry, "Time", call->now_ms),
    };
    strbuf_release(&list);
    event.value = json_parse(call->arena, event.json, NULL);
    struct events_bus_name bus = events_bus_named(call, input_string(entry, "EventBusName"));
    events_route(call->emulator, call->arena, &bus, &event);
    output_begin_structure(call_output(call), NULL);
    output_string(call_output(call), "EventId", id);
    output_end(call_output(call));
}

struct result events_put_events(struct call *call, struct input input) {
    struct input entries = input_list(input, "Entries");
    size_t size = 0;
    int64_t failed = 0;
    int64_t before = events_deliveries_begun(events_state_of(call->emulator));
    if (input_has(input, "EndpointId")) {
        return call_error(call, &error_not_implemented,
                          "PutEvents by EndpointId: global endpoints are not emulated.");
    }
    for (struct input entry = input_first(entries); entry.value; entry = input_next(entry)) {
        size += entry_size(entry);
    }
    if (size > MAXIMUM_ENTRIES_BYTES) {
        return events_invalid(call, "Total size of the entries in the request is over the limit.");
    }
    output_begin_list(call_output(call), "Entries");
    for (struct input entry = input_first(entries); entry.value; entry = input_next(entry)) {
        if (check_entry(call, entry)) {
            put_entry(call, entry);
        } else {
            failed++;
        }
    }
    output_end(call_output(call));
    output_integer(call_output(call), "FailedEntryCount", failed);
    return events_answer_after_deliveries(call, before);
}

/* ---- TestEventPattern ---- */

struct result events_test_event_pattern(struct call *call, struct input input) {
    static const char *const required[] = {"id", "account", "source", "time", "region", "detail-type"};
    const char *message;
    const struct event_pattern *pattern =
        event_pattern_read(call->arena, input_text(input, "EventPattern"), &message);
    if (!pattern) {
        return call_error(call, &events_error_InvalidEventPatternException,
                          "Event pattern is not valid. Reason: %s", message);
    }
    const struct json_value *event = json_parse(call->arena, input_text(input, "Event"), NULL);
    bool good = event && event->type == JSON_VALUE_OBJECT;
    for (size_t i = 0; good && i < sizeof(required) / sizeof(required[0]); i++) {
        good = json_find(event, required[i]) != NULL;
    }
    if (!good) {
        return events_invalid(call, "Parameter Event is not valid.");
    }
    output_boolean(call_output(call), "Result", event_pattern_matches(pattern, event));
    return result_output();
}
