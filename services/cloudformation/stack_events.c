/* Stack events: written as the machine says, published to notification topics, listed. */
#include "emulator/core/trace.h"
#include "services/cloudformation/cloudformation.h"
#include "services/cloudformation/paging.h"
#include "services/cloudformation/stack_actions.h"

static const char *iso_time(struct arena *arena, int64_t time_ms) {
    struct strbuf buffer = STRBUF_INIT;
    clock_format_iso_ms(&buffer, time_ms);
    char *text = arena_text_string(arena, strbuf_text(&buffer));
    strbuf_release(&buffer);
    return text;
}

static const char *event_id(struct stack_run *run, const struct machine_action *action, struct arena *arena,
                            int64_t now_ms) {
    char uuid[UUID_SIZE];
    ids_uuid(emulator_ids(run->emulator), uuid);
    if (action->kind == ACTION_EMIT_STACK) {
        return arena_strdup(arena, uuid);
    }
    if (action->uuid_event_id) {
        return arena_printf(arena, "%s-%s", action->logical_id, uuid);
    }
    return arena_printf(arena, "%s-%s-%s", action->logical_id, resource_status_name(action->resource_status),
                        iso_time(arena, now_ms));
}

/* Source: User Guide, stack event notifications: Name='value' lines in a message with this subject. */
static void publish(struct stack_run *run, const struct event_row *event, struct arena *arena) {
    if (json_array_size(run->notification_arns) == 0) {
        return;
    }
    const char *message = arena_printf(
        arena,
        "StackId='%s'\nTimestamp='%s'\nEventId='%s'\nLogicalResourceId='%s'\nNamespace='%s'\n"
        "PhysicalResourceId='%s'\nPrincipalId='%s'\nResourceProperties='%s'\nResourceStatus='%s'\n"
        "ResourceStatusReason='%s'\nResourceType='%s'\nStackName='%s'\nClientRequestToken='%s'\n",
        event->stack_id, iso_time(arena, event->time_ms), event->event_id, event->logical_id,
        run->row.account, event->physical_id ? event->physical_id : "",
        run->caller.user_id ? run->caller.user_id : run->row.account,
        event->properties ? event->properties : "null", event->status, event->reason ? event->reason : "",
        event->type, event->stack_name, event->token ? event->token : "null");
    size_t i;
    json_t *topic;
    json_array_foreach(run->notification_arns, i, topic) {
        json_t *input = json_pack("{s:O, s:s, s:s}", "TopicArn", topic, "Subject",
                                  "AWS CloudFormation Notification", "Message", message);
        struct call_request request = {
            .service = "sns",
            .operation = "Publish",
            .input = text_of(deployment_dump(arena, input)),
            .caller = run->caller,
            .origin = arena_printf(arena, "cloudformation/%s", run->row.stack_id),
        };
        json_decref(input);
        call_start(run->emulator, &request, NULL, NULL);
    }
}

/* In the trace too, so that its readers see events and calls in the order in which they happened. */
static void trace_stack_event(struct stack_run *run, const struct event_row *event) {
    struct call_note notes[] = {
        {"StackId", event->stack_id, &notes[1]},
        {"StackName", event->stack_name, &notes[2]},
        {"LogicalResourceId", event->logical_id, &notes[3]},
        {"ResourceStatus", event->status, event->reason ? &notes[4] : NULL},
        {"ResourceStatusReason", event->reason, NULL},
    };
    trace_event(run->emulator, "cloudformation", "StackEvent", &run->caller, NULL, notes);
}

void stack_event_add(struct stack_run *run, const struct machine_action *action, struct arena *arena) {
    bool stack = action->kind == ACTION_EMIT_STACK;
    int64_t now_ms = emulator_now_ms(run->emulator);
    struct event_row event = {
        .stack_id = run->row.stack_id,
        .stack_name = run->row.name,
        .event_id = event_id(run, action, arena, now_ms),
        .logical_id = stack ? run->row.name : action->logical_id,
        .physical_id = stack                 ? run->row.stack_id
                       : action->physical_id ? action->physical_id
                                             : "",
        .type = stack ? "AWS::CloudFormation::Stack" : action->type,
        .time_ms = now_ms,
        .status =
            stack ? stack_status_name(action->stack_status) : resource_status_name(action->resource_status),
        .reason = action->reason,
        .properties = action->shown_properties ? deployment_dump(arena, action->shown_properties) : NULL,
        .token = run->row.client_token,
        .operation_id = run->row.operation_id,
    };
    event_store_insert(run->store, &event);
    trace_stack_event(run, &event);
    publish(run, &event, arena);
}

/* ---- listing ---- */

enum { EVENTS_PER_PAGE = 100 };

struct event_page {
    struct output *out;
    const char *operation_id; /* DescribeEvents: only this one; NULL: all */
    bool failed_only;
    int shown;
    int64_t last;
    bool more;
};

static void write_event_members(struct output *out, const struct event_row *event) {
    output_string(out, "StackId", event->stack_id);
    output_string(out, "EventId", event->event_id);
    output_string(out, "LogicalResourceId", event->logical_id);
    output_string(out, "PhysicalResourceId", event->physical_id);
    output_string(out, "ResourceType", event->type);
    output_timestamp(out, "Timestamp", event->time_ms);
    output_string(out, "ResourceStatus", event->status);
    output_string(out, "ResourceStatusReason", event->reason);
    output_string(out, "ResourceProperties", event->properties);
    output_string(out, "ClientRequestToken", event->token);
    output_string(out, "OperationId", event->operation_id);
}

static void write_event(void *argument, const struct event_row *event) {
    struct event_page *page = argument;
    if (page->shown == EVENTS_PER_PAGE) {
        page->more = true;
        return;
    }
    page->shown++;
    page->last = event->sequence;
    output_begin_structure(page->out, NULL);
    output_string(page->out, "StackName", event->stack_name);
    write_event_members(page->out, event);
    output_end(page->out);
}

struct result cloudformation_describe_stack_events(struct call *call, struct input input) {
    const char *name = input_string(input, "StackName");
    struct stack_row row;
    if (!name || !*name) {
        return cloudformation_refuse(
            call, "1 validation error detected: Value null at 'stackName' failed to satisfy "
                  "constraint: Member must not be null");
    }
    if (!cloudformation_find_stack(call, name, &row)) {
        return cloudformation_stack_missing(call, "Stack [%s] does not exist", name);
    }
    int64_t before;
    if (!paging_read_number(input_string(input, "NextToken"), &before)) {
        return cloudformation_refuse(call, "Invalid NextToken");
    }
    struct output *out = call_output(call);
    struct event_page page = {.out = out};
    output_begin_list(out, "StackEvents");
    event_store_each(call->store, call->arena, row.stack_id, before ? before : INT64_MAX, EVENTS_PER_PAGE + 1,
                     write_event, &page);
    output_end(out);
    if (page.more) {
        output_string(out, "NextToken", paging_write_number(call->arena, page.last));
    }
    return result_output();
}

static const struct {
    const char *status;
    const char *operation;
} operation_types[] = {
    {"CREATE_", "CREATE_STACK"},      {"UPDATE_", "UPDATE_STACK"}, {"DELETE_", "DELETE_STACK"},
    {"UPDATE_ROLLBACK_", "ROLLBACK"}, {"ROLLBACK_", "ROLLBACK"},   {"REVIEW_", "CREATE_CHANGESET"},
};

static const char *operation_type(const char *status) {
    for (size_t i = 0; i < sizeof operation_types / sizeof *operation_types; i++) {
        if (strncmp(status, operation_types[i].status, strlen(operation_types[i].status)) == 0) {
            return operation_types[i].operation;
        }
    }
    return NULL;
}

static void write_operation_event(void *argument, const struct event_row *event) {
    struct event_page *page = argument;
    bool failed = strstr(event->status, "_FAILED") != NULL;
    if ((page->operation_id &&
         (!event->operation_id || strcmp(event->operation_id, page->operation_id) != 0)) ||
        (page->failed_only && !failed)) {
        return;
    }
    if (page->shown == EVENTS_PER_PAGE) {
        page->more = true;
        return;
    }
    page->shown++;
    page->last = event->sequence;
    bool stack = strcmp(event->type, "AWS::CloudFormation::Stack") == 0 &&
                 strcmp(event->logical_id, event->stack_name) == 0;
    output_begin_structure(page->out, NULL);
    write_event_members(page->out, event);
    output_string(page->out, "EventType",
                  stack    ? "STACK_EVENT"
                  : failed ? "PROVISIONING_ERROR"
                           : "PROGRESS_EVENT");
    output_string(page->out, "OperationType", stack ? operation_type(event->status) : NULL);
    output_end(page->out);
}

struct result cloudformation_describe_events(struct call *call, struct input input) {
    const char *name = input_string(input, "StackName");
    struct stack_row row;
    if (!name) {
        return cloudformation_refuse(call, "StackName must be specified.");
    }
    if (!cloudformation_find_stack(call, name, &row)) {
        return cloudformation_stack_missing(call, "Stack [%s] does not exist", name);
    }
    int64_t before;
    if (!paging_read_number(input_string(input, "NextToken"), &before)) {
        return cloudformation_refuse(call, "Invalid NextToken");
    }
    struct output *out = call_output(call);
    struct event_page page = {.out = out, .operation_id = input_string(input, "OperationId")};
    page.failed_only = input_boolean(input_structure(input, "Filters"), "FailedEvents", false);
    output_begin_list(out, "OperationEvents");
    event_store_each(call->store, call->arena, row.stack_id, before ? before : INT64_MAX, INT32_MAX,
                     write_operation_event, &page);
    output_end(out);
    if (page.more) {
        output_string(out, "NextToken", paging_write_number(call->arena, page.last));
    }
    return result_output();
}
