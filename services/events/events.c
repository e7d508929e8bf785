#include "services/events/events.h"

#include "emulator/base/die.h"

static const struct operation_row operations[] = {
    {"PutEvents", events_put_events},
    {"CancelReplay", events_cancel_replay},
    {"CreateArchive", events_create_archive},
    {"CreateEventBus", events_create_event_bus},
    {"DeleteArchive", events_delete_archive},
    {"DeleteEventBus", events_delete_event_bus},
    {"DeleteRule", events_delete_rule},
    {"DescribeArchive", events_describe_archive},
    {"DescribeEventBus", events_describe_event_bus},
    {"DescribeReplay", events_describe_replay},
    {"DescribeRule", events_describe_rule},
    {"DisableRule", events_disable_rule},
    {"EnableRule", events_enable_rule},
    {"ListArchives", events_list_archives},
    {"ListEventBuses", events_list_event_buses},
    {"ListReplays", events_list_replays},
    {"ListRuleNamesByTarget", events_list_rule_names_by_target},
    {"ListRules", events_list_rules},
    {"ListTagsForResource", events_list_tags_for_resource},
    {"ListTargetsByRule", events_list_targets_by_rule},
    {"PutPermission", events_put_permission},
    {"PutRule", events_put_rule},
    {"PutTargets", events_put_targets},
    {"RemovePermission", events_remove_permission},
    {"RemoveTargets", events_remove_targets},
    {"StartReplay", events_start_replay},
    {"TagResource", events_tag_resource},
    {"TestEventPattern", events_test_event_pattern},
    {"UntagResource", events_untag_resource},
    {"UpdateArchive", events_update_archive},
    {"UpdateEventBus", events_update_event_bus},
    {NULL, NULL},
};

static const struct accepted_member accepted[] = {
    {"CreateEventBus", "KmsKeyIdentifier", "stored and shown; events are not encrypted"},
    {"CreateEventBus", "LogConfig", "stored and shown; no log is written"},
    {"CreateEventBus", "DeadLetterConfig",
     "stored and shown; a bus decrypts nothing, so nothing fails there"},
    {"CreateArchive", "KmsKeyIdentifier", "stored and shown; events are not encrypted"},
    {"DeleteRule", "Force", "there are no managed rules"},
    {"RemoveTargets", "Force", "there are no managed rules"},
    {"PutEvents", "Entries.TraceHeader", "no trace is recorded"},
    {"PutRule", "RoleArn", "stored and shown; who may deliver is not checked"},
    {"PutTargets", "Targets.RoleArn", "stored and shown; who may deliver is not checked"},
    {"PutPermission", "Policy", "stored and shown; who may put events is not checked"},
    {NULL, NULL, NULL},
};

struct events_state *events_state_of(struct emulator *emulator) {
    return service_state(emulator, &events_service);
}

static void *open_state(struct emulator *emulator) {
    struct events_state *state = xcalloc(1, sizeof(*state));
    state->emulator = emulator;
    return state;
}

static void close_state(void *argument) {
    events_forget_attempts(argument);
    free(argument);
}

static void resume(struct emulator *emulator, void *argument) {
    struct events_state *state = argument;
    events_forget_attempts(state);
    state->deliveries = 0;
    state->schedules = 0;
    events_resume_deliveries(state);
    events_resume_replays(emulator);
    events_wake_schedules(state);
}

/* AWS prints a list of entries in a form of its own. Source: recorded answers. */
static struct result validation_failed(struct call *call, struct input input, const char *message) {
    struct input entries = {0};
    if (strcmp(call->operation->name, "PutEvents") == 0) {
        entries = input_list(input, "Entries");
    }
    if (!entries.value || input_count(entries) <= 10 || !strstr(message, "at 'entries' ")) {
        return call_error(call, &error_validation_exception, "%s", message);
    }
    struct strbuf text = STRBUF_INIT;
    strbuf_append_string(&text, "1 validation error detected: Value '[");
    for (struct input entry = input_first(entries); entry.value; entry = input_next(entry)) {
        static const char *const members[] = {"Source", "DetailType", "Detail", "EventBusName",
                                              "TraceHeader"};
        const char *shown[5];
        for (int i = 0; i < 5; i++) {
            const char *value = input_string(entry, members[i]);
            shown[i] = value ? value : "null";
        }
        const struct json_value *time = input_value(entry, "Time");
        const struct json_value *resources = input_value(entry, "Resources");
        strbuf_printf(&text, "%sPutEventsRequestEntry(time=", text.data[text.size - 1] == '[' ? "" : ", ");
        strbuf_append_text(&text, time ? time->text : TEXT("null"));
        strbuf_printf(&text, ", source=%s, resources=", shown[0]);
        strbuf_append_text(&text, resources ? resources->raw : TEXT("null"));
        strbuf_printf(&text,
                      ", detailType=%s, detail=%s, eventBusName=%s, traceHeader=%s, kmsKeyIdentifier=null, "
                      "internalMetadata=null)",
                      shown[1], shown[2], shown[3], shown[4]);
    }
    strbuf_append_string(&text, "]' at 'entries' failed to satisfy constraint: Member must have length less "
                                "than or equal to 10");
    struct result result = call_error(call, &error_validation_exception, "%s", text.data);
    strbuf_release(&text);
    return result;
}

const struct service events_service = {
    .model = &events_model,
    .operations = operations,
    .store = &events_store_module,
    .accepted = accepted,
    .open = open_state,
    .close = close_state,
    .resume = resume,
    .validation_failed = validation_failed,
};
