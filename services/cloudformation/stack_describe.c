/* DescribeStacks, ListStacks. */
#include "services/cloudformation/stack_describe.h"
#include "emulator/base/die.h"
#include "services/cloudformation/deployment.h"
#include "services/cloudformation/paging.h"
#include "services/cloudformation/stack_begin.h"
#include "services/cloudformation/stack_runner.h"

enum { STACKS_PER_PAGE = 100 };

void stack_describe_parameters(struct output *out, const json_t *settings) {
    json_t *shown = json_object_get(settings, "Shown");
    if (json_array_size(shown) == 0) {
        return;
    }
    size_t i;
    json_t *row;
    output_begin_list(out, "Parameters");
    json_array_foreach(shown, i, row) {
        output_begin_structure(out, NULL);
        output_string(out, "ParameterKey", deployment_setting(row, "ParameterKey"));
        output_string(out, "ParameterValue", deployment_setting(row, "ParameterValue"));
        output_string(out, "ResolvedValue", deployment_setting(row, "ResolvedValue"));
        output_end(out);
    }
    output_end(out);
}

void stack_describe_strings(struct output *out, const char *member, const json_t *list, bool when_empty) {
    if (json_array_size(list) == 0 && !when_empty) {
        return;
    }
    size_t i;
    json_t *item;
    output_begin_list(out, member);
    json_array_foreach(list, i, item) {
        output_string(out, NULL, json_string_value(item));
    }
    output_end(out);
}

void stack_describe_tags(struct output *out, const json_t *tags) {
    size_t i;
    json_t *tag;
    output_begin_list(out, "Tags");
    json_array_foreach(tags, i, tag) {
        output_begin_structure(out, NULL);
        output_string(out, "Key", deployment_setting(tag, "Key"));
        output_string(out, "Value", deployment_setting(tag, "Value"));
        output_end(out);
    }
    output_end(out);
}

void stack_describe_rollback(struct output *out, const json_t *configuration) {
    output_begin_structure(out, "RollbackConfiguration");
    json_t *triggers = json_object_get(configuration, "RollbackTriggers");
    if (triggers) {
        size_t i;
        json_t *trigger;
        output_begin_list(out, "RollbackTriggers");
        json_array_foreach(triggers, i, trigger) {
            output_begin_structure(out, NULL);
            output_string(out, "Arn", deployment_setting(trigger, "Arn"));
            output_string(out, "Type", deployment_setting(trigger, "Type"));
            output_end(out);
        }
        output_end(out);
    }
    json_t *minutes = json_object_get(configuration, "MonitoringTimeInMinutes");
    if (minutes) {
        output_integer(out, "MonitoringTimeInMinutes", json_integer_value(minutes));
    }
    output_end(out);
}

static void describe_outputs(struct output *out, const struct stack_row *row, struct arena *arena) {
    const json_t *outputs = deployment_document(arena, row->outputs);
    if (json_array_size(outputs) == 0 || row->deleted) {
        return;
    }
    size_t i;
    json_t *item;
    output_begin_list(out, "Outputs");
    json_array_foreach(outputs, i, item) {
        output_begin_structure(out, NULL);
        output_string(out, "OutputKey", deployment_setting(item, "OutputKey"));
        output_string(out, "OutputValue", deployment_setting(item, "OutputValue"));
        output_string(out, "Description", deployment_setting(item, "Description"));
        output_string(out, "ExportName", deployment_setting(item, "ExportName"));
        output_end(out);
    }
    output_end(out);
}

static void drift(struct output *out) {
    output_begin_structure(out, "DriftInformation");
    output_string(out, "StackDriftStatus", "NOT_CHECKED");
    output_end(out);
}

static bool shows_disabled_rollback(const json_t *settings) {
    const char *on_failure = deployment_setting(settings, "OnFailure");
    return deployment_flag(settings, "DisableRollback") ||
           (on_failure && strcmp(on_failure, "DO_NOTHING") == 0);
}

static void describe_settings(struct output *out, const struct stack_row *row, const json_t *settings) {
    stack_describe_parameters(out, settings);
    stack_describe_rollback(out, json_object_get(settings, "RollbackConfiguration"));
    output_boolean(out, "DisableRollback", shows_disabled_rollback(settings));
    stack_describe_strings(out, "NotificationARNs", json_object_get(settings, "NotificationARNs"), true);
    json_t *timeout = json_object_get(settings, "TimeoutInMinutes");
    if (timeout) {
        output_integer(out, "TimeoutInMinutes", json_integer_value(timeout));
    }
    stack_describe_strings(out, "Capabilities", json_object_get(settings, "Capabilities"), false);
    output_string(out, "RoleARN", deployment_setting(settings, "RoleARN"));
    stack_describe_tags(out, json_object_get(settings, "Tags"));
    if (deployment_flag(settings, "RetainExceptOnCreate")) {
        output_boolean(out, "RetainExceptOnCreate", true);
    }
    if (!row->deleted) {
        output_boolean(out, "EnableTerminationProtection", row->protected);
    }
}

static void describe_stack(struct output *out, struct arena *arena, const struct stack_row *row) {
    /* Those of the operation under way, else the last kept. */
    const json_t *settings =
        deployment_document(arena, row->next_settings ? row->next_settings : row->settings);
    output_begin_structure(out, NULL);
    output_string(out, "StackId", row->stack_id);
    output_string(out, "StackName", row->name);
    output_string(out, "ChangeSetId", row->change_set_id);
    output_string(out, "Description", row->description);
    output_timestamp(out, "CreationTime", row->created_ms);
    if (row->deletion_ms) {
        output_timestamp(out, "DeletionTime", row->deletion_ms);
    }
    if (row->updated_ms) {
        output_timestamp(out, "LastUpdatedTime", row->updated_ms);
    }
    output_string(out, "StackStatus", row->status);
    output_string(out, "StackStatusReason", row->status_reason);
    describe_settings(out, row, settings);
    describe_outputs(out, row, arena);
    output_string(out, "ParentId", row->parent_id);
    output_string(out, "RootId", row->root_id);
    drift(out);
    output_string(out, "DeletionMode", row->deletion_mode);
    output_end(out);
}

struct stack_page {
    struct output *out;
    struct arena *arena;
    struct input filter; /* ListStacks */
    int64_t skip;
    int64_t seen;
    int shown;
    bool more;
};

/* Counts; true when this row belongs on the page. */
static bool on_page(struct stack_page *page) {
    if (page->seen < page->skip) {
        page->seen++;
        return false;
    }
    if (page->shown == STACKS_PER_PAGE) {
        page->more = true;
        return false;
    }
    page->seen++;
    page->shown++;
    return true;
}

static void describe_live(void *argument, const struct stack_row *row) {
    struct stack_page *page = argument;
    if (!row->deleted && on_page(page)) {
        describe_stack(page->out, page->arena, row);
    }
}

static struct result describe_named(struct call *call, const char *name) {
    struct output *out = call_output(call);
    struct stack_row row;
    if (!cloudformation_find_stack(call, name, &row)) {
        return cloudformation_stack_missing(call, "Stack with id %s does not exist", name);
    }
    output_begin_list(out, "Stacks");
    describe_stack(out, call->arena, &row);
    output_end(out);
    return result_output();
}

/* ---- waiting for what is done soon ---- */

/*
 * SDK waiters sleep up to 30 s after one look that came too early, so a description waits a moment for a
 * stack in progress: for all work that is due now, and, where time passes by itself, up to a second of real
 * time for handlers that are starting. A scenario steps its time: its descriptions never wait for time to
 * pass.
 */
enum { TURNS_AT_MOST = 20000, LOOK_EVERY_MS = 10, PATIENCE_MS = 1000 };

struct patient_call {
    struct call *call; /* NULL: its client has gone */
    const char *name;
    const char *stack_id;
    int turns;
    int64_t patient_until_us; /* of the machine's clock */
    struct loop_timer *timer;
};

static void look_again(void *argument, enum task_event event);

static void give_up(void *argument) {
    struct patient_call *patient = argument;
    patient->call = NULL;
    if (patient->timer) {
        loop_cancel_timer(patient->timer);
        free(patient);
    }
}

static bool is_at_work(struct call *call, const char *stack_id) {
    return stack_runner_is_busy(call->emulator, stack_id) &&
           resource_operations_runnable(stack_runner_operations(cloudformation_runner(call->emulator)));
}

static bool may_end_soon(const struct patient_call *patient) {
    struct emulator *emulator = patient->call->emulator;
    return emulator_time_flows(emulator) && stack_runner_is_busy(emulator, patient->stack_id) &&
           clock_monotonic_us() < patient->patient_until_us;
}

static void timer_over(void *argument) {
    struct patient_call *patient = argument;
    patient->timer = NULL;
    look_again(patient, TASK_RUN);
}

static void look_again(void *argument, enum task_event event) {
    struct patient_call *patient = argument;
    struct call *call = patient->call;
    if (event == TASK_CANCELLED || !call) {
        free(patient);
        return;
    }
    if (patient->turns++ < TURNS_AT_MOST && is_at_work(call, patient->stack_id)) {
        emulator_schedule(call->emulator, emulator_now_ms(call->emulator), look_again, patient);
        return;
    }
    if (may_end_soon(patient)) {
        patient->timer = loop_after_real(emulator_loop(call->emulator), LOOK_EVERY_MS, timer_over, patient);
        return;
    }
    call_on_cancel(call, NULL, NULL);
    call_finish(call, describe_named(call, patient->name));
    free(patient);
}

static struct result describe_patiently(struct call *call, const char *name) {
    struct stack_row row;
    bool found = cloudformation_find_stack(call, name, &row);
    bool wait = found && stack_runner_is_busy(call->emulator, row.stack_id) &&
                (emulator_time_flows(call->emulator) || is_at_work(call, row.stack_id));
    if (!wait) {
        return describe_named(call, name);
    }
    struct patient_call *patient = xcalloc(1, sizeof *patient);
    patient->call = call;
    patient->name = name;
    patient->stack_id = row.stack_id;
    patient->patient_until_us = clock_monotonic_us() + PATIENCE_MS * 1000;
    call_on_cancel(call, give_up, patient);
    emulator_schedule(call->emulator, call->now_ms, look_again, patient);
    return result_pending();
}

struct result cloudformation_describe_stacks(struct call *call, struct input input) {
    const char *name = input_string(input, "StackName");
    if (name && *name) {
        return describe_patiently(call, name);
    }
    struct output *out = call_output(call);
    struct stack_page page = {.out = out, .arena = call->arena};
    if (!paging_read_number(input_string(input, "NextToken"), &page.skip)) {
        return cloudformation_refuse(call, "Invalid NextToken");
    }
    output_begin_list(out, "Stacks");
    stack_store_each(call->store, call->arena, call->identity.account, call->identity.region, describe_live,
                     &page);
    output_end(out);
    if (page.more) {
        output_string(out, "NextToken", paging_write_number(call->arena, page.seen));
    }
    return result_output();
}

/* ---- ListStacks ---- */

static bool status_wanted(struct input filter, const char *status) {
    if (input_count(filter) == 0) {
        return true;
    }
    for (struct input item = input_first(filter); item.value; item = input_next(item)) {
        if (text_equals(input_as_text(item), status)) {
            return true;
        }
    }
    return false;
}

static void list_stack(void *argument, const struct stack_row *row) {
    struct stack_page *page = argument;
    if (!status_wanted(page->filter, row->status) || !on_page(page)) {
        return;
    }
    struct output *out = page->out;
    output_begin_structure(out, NULL);
    output_string(out, "StackId", row->stack_id);
    output_string(out, "StackName", row->name);
    output_string(out, "TemplateDescription", row->description);
    output_timestamp(out, "CreationTime", row->created_ms);
    if (row->updated_ms) {
        output_timestamp(out, "LastUpdatedTime", row->updated_ms);
    }
    if (row->deletion_ms) {
        output_timestamp(out, "DeletionTime", row->deletion_ms);
    }
    output_string(out, "StackStatus", row->status);
    output_string(out, "StackStatusReason", row->status_reason);
    output_string(out, "ParentId", row->parent_id);
    output_string(out, "RootId", row->root_id);
    drift(out);
    output_end(out);
}

enum { DELETED_KEPT_DAYS = 90 };

struct result cloudformation_list_stacks(struct call *call, struct input input) {
    struct output *out = call_output(call);
    struct stack_page page = {
        .out = out, .arena = call->arena, .filter = input_list(input, "StackStatusFilter")};
    if (!paging_read_number(input_string(input, "NextToken"), &page.skip)) {
        return cloudformation_refuse(call, "Invalid NextToken");
    }
    stack_store_forget_deleted(call->store, call->now_ms - (int64_t)DELETED_KEPT_DAYS * 24 * 3600 * 1000);
    output_begin_list(out, "StackSummaries");
    stack_store_each(call->store, call->arena, call->identity.account, call->identity.region, list_stack,
                     &page);
    output_end(out);
    if (page.more) {
        output_string(out, "NextToken", paging_write_number(call->arena, page.seen));
    }
    return result_output();
}
