/* Steps that work on CloudFormation stacks: deploy, delete, wait. */
#include <errno.h>
#include <string.h>

#include "harness/predicates.h"
#include "harness/queries.h"
#include "harness/scenario_run.h"
#include "harness/step_kinds.h"

/* ---- waiting ---- */

/* Something has happened since the last look: time moved, or a call ended. */
struct change {
    struct scenario_run *run;
    int64_t time_ms;
    uint64_t trace;
};

static bool has_changed(void *argument) {
    struct change *change = argument;
    struct emulator *emulator = change->run->emulator;
    return emulator_now_ms(emulator) != change->time_ms ||
           trace_after(emulator_trace(emulator), change->trace) != NULL;
}

/* Lets the emulator work until something has happened. False: nothing is left to do before until_ms. */
static bool run_on(struct scenario_run *run, int64_t until_ms) {
    struct change change = {run, emulator_now_ms(run->emulator), run_newest_trace(run)};
    return run_until(run, has_changed, &change, until_ms);
}

struct stack_view {
    const char *status; /* NULL: no such stack */
    const char *reason;
    const char *id;
};

static struct stack_view describe_stack(struct scenario_run *run, const char *reference) {
    struct stack_view view = {0};
    struct call_outcome outcome =
        run_ask(run, "cloudformation", "DescribeStacks", json_pack("{s:s}", "StackName", reference));
    json_t *stack = outcome.output ? value_at_path(outcome.output, "Stacks[0]") : NULL;
    if (!outcome.error_code && stack) {
        const char *status = string_member(stack, "StackStatus");
        const char *reason = string_member(stack, "StackStatusReason");
        const char *id = string_member(stack, "StackId");
        view.status = status ? arena_strdup(run->arena, status) : NULL;
        view.reason = reason ? arena_strdup(run->arena, reason) : NULL;
        view.id = id ? arena_strdup(run->arena, id) : NULL;
    }
    json_decref(outcome.output);
    return view;
}

static bool is_terminal(const char *status) {
    return !status || !text_ends_with(text_of(status), "_IN_PROGRESS");
}

/* Emulated time by which the step must be done. */
static int64_t deadline_of(struct scenario_run *run, const json_t *step) {
    int64_t within_ms = duration_member(step, "within", -1);
    return within_ms < 0 ? INT64_MAX : emulator_now_ms(run->emulator) + within_ms;
}

/* What failed in the operation, a line each, oldest first; NULL: nothing. */
static const char *failures_of(struct scenario_run *run, const struct known_stack *stack) {
    json_t *assertion = json_pack("{s:s, s:s}", "events", stack->name, "since", "operation");
    struct strbuf problem = STRBUF_INIT;
    struct strbuf lines = STRBUF_INIT;
    json_t *events = query_events(run, assertion, &problem);
    size_t index;
    json_t *event;
    json_array_foreach(events, index, event) {
        const char *status = string_member(event, "status");
        const char *resource = string_member(event, "resource");
        if (status && text_ends_with(text_of(status), "_FAILED") && strcmp(resource, stack->name) != 0) {
            strbuf_append_string(&lines, lines.size ? "\n" : "");
            event_print_item(&lines, event);
        }
    }
    const char *text = lines.size ? arena_text_string(run->arena, strbuf_text(&lines)) : NULL;
    json_decref(events);
    json_decref(assertion);
    strbuf_release(&problem);
    strbuf_release(&lines);
    return text;
}

/* Waits for the end of the operation and compares it with `ends`. */
static void wait_for_end(struct scenario_run *run, const json_t *step, struct known_stack *stack,
                         const char *expected) {
    int64_t until_ms = deadline_of(run, step);
    const char *reference = stack->id ? stack->id : stack->name;
    struct stack_view view = describe_stack(run, reference);
    bool moved = true;
    while (!is_terminal(view.status) && moved) {
        const char *before = view.status;
        /* Asking is work too: what was due by then has been done, although nothing is left now. */
        moved = run_on(run, until_ms);
        view = describe_stack(run, reference);
        moved = moved || !view.status || strcmp(view.status, before) != 0;
    }
    /* The handler whose answer ended the operation may still be at work: the next step finds it idle. */
    run_settle(run);
    if (view.status && strcmp(view.status, expected) == 0) {
        return;
    }
    const char *found = view.status ? view.status : "no such stack";
    if (view.status && view.reason) {
        found = arena_printf(run->arena, "%s: %s", view.status, view.reason);
    }
    const char *detail = is_terminal(view.status)          ? failures_of(run, stack)
                         : json_object_get(step, "within") ? "the time given by 'within' is over"
                                                           : "nothing is left that could move the stack on";
    run_fail(run, run_position(run, "ends"), arena_printf(run->arena, "status of stack %s", stack->name),
             expected, found, detail);
}

/* ---- deploy ---- */

static json_t *parameters_of(const json_t *step) {
    json_t *list = json_array();
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(step, "parameters"), name, value) {
        json_array_append_new(list, json_pack("{s:s, s:O}", "ParameterKey", name, "ParameterValue", value));
    }
    return list;
}

static json_t *tags_of(const json_t *step) {
    json_t *list = json_array();
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(step, "tags"), name, value) {
        json_array_append_new(list, json_pack("{s:s, s:O}", "Key", name, "Value", value));
    }
    return list;
}

static json_t *strings_of(const json_t *value) {
    return json_is_string(value) ? json_pack("[O]", value) : json_incref((json_t *)value);
}

/* The template's text; NULL: a failure has been reported. */
static json_t *template_of(struct scenario_run *run, const json_t *step) {
    const char *path = string_member(step, "template");
    if (path) {
        const char *full = path_beside(run->arena, run->scenario->file, path);
        struct file_text file;
        if (!file_text_read(full, &file)) {
            run_fail_step(run, "template", "cannot read the template %s: %s", full, strerror(errno));
            return NULL;
        }
        json_t *text = json_stringn(file.text.data, file.text.size);
        if (!text) {
            run_fail_step(run, "template", "the template %s is not UTF-8", full);
        }
        file_text_release(&file);
        return text;
    }
    const json_t *body = json_object_get(step, "body");
    if (json_is_string(body)) {
        return json_incref((json_t *)body);
    }
    char *dump = json_dumps(body, JSON_INDENT(1));
    json_t *text = json_string(dump ? dump : "");
    free(dump);
    return text;
}

static void set_if(json_t *input, const char *name, json_t *value /* stolen */) {
    bool empty = !value || (json_is_array(value) && json_array_size(value) == 0);
    if (empty) {
        json_decref(value);
    } else {
        json_object_set_new(input, name, value);
    }
}

static json_t *deploy_input(const json_t *step, const char *stack, json_t *template_text, bool update) {
    json_t *input = json_pack("{s:s, s:o}", "StackName", stack, "TemplateBody", template_text);
    set_if(input, "Parameters", parameters_of(step));
    set_if(input, "Tags", tags_of(step));
    set_if(input, "Capabilities", strings_of(json_object_get(step, "capabilities")));
    set_if(input, "RoleARN", json_incref(json_object_get(step, "role")));
    set_if(input, "DisableRollback", json_incref(json_object_get(step, "disable_rollback")));
    if (!update) {
        set_if(input, "OnFailure", json_incref(json_object_get(step, "on_failure")));
        set_if(input, "TimeoutInMinutes", json_incref(json_object_get(step, "timeout_minutes")));
    }
    return input;
}

/* An operation on a stack begins: what is counted "since operation" counts from here. */
static void begin_operation(struct scenario_run *run, struct known_stack *stack) {
    stack->trace_before = run_newest_trace(run);
    stack->operation_ms = emulator_now_ms(run->emulator);
    stack->events_before = 0;
    if (!stack->inventory_before) {
        stack->inventory_before = run_inventory(run);
    }
    if (stack->id) {
        struct call_outcome outcome =
            run_ask(run, "cloudformation", "DescribeStackEvents", json_pack("{s:s}", "StackName", stack->id));
        stack->events_before = json_array_size(json_object_get(outcome.output, "StackEvents"));
        json_decref(outcome.output);
    }
}

/* Compares how a call ended with the step's `error` and `message`. True: it worked and was to work. */
static bool went_well(struct scenario_run *run, const json_t *step, const char *operation,
                      const struct call_outcome *outcome) {
    const char *wanted = string_member(step, "error");
    if (!outcome->answered) {
        run_fail_step(run, NULL, "%s: no answer arrived", operation);
        return false;
    }
    if (!wanted && !outcome->error_code) {
        return true;
    }
    const char *found = outcome->error_code
                            ? arena_printf(run->arena, "%s: %s", outcome->error_code, outcome->error_message)
                            : "success";
    if (!wanted || !outcome_is_error(outcome, wanted)) {
        run_fail(run, run_position(run, "error"), operation, wanted ? wanted : "success", found, NULL);
        return false;
    }
    const json_t *message = json_object_get(step, "message");
    json_t *text = json_string(outcome->error_message);
    if (message && !value_meets(message, text, false)) {
        char *dump = json_dumps(message, JSON_ENCODE_ANY);
        run_fail(run, run_position(run, "message"), arena_printf(run->arena, "message of %s", operation),
                 dump, outcome->error_message, NULL);
        free(dump);
    }
    json_decref(text);
    return false;
}

/* Change set: create, wait until it is complete, execute. True: it was executed. */
static bool deploy_change_set(struct scenario_run *run, const json_t *step, struct known_stack *stack,
                              json_t *input, bool update) {
    const char *name = arena_printf(run->arena, "%s-change", stack->name);
    struct scenario_caller caller = run_caller(run);
    json_object_set_new(input, "ChangeSetName", json_string(name));
    json_object_set_new(input, "ChangeSetType", json_string(update ? "UPDATE" : "CREATE"));
    json_object_del(input, "DisableRollback");
    json_object_del(input, "TimeoutInMinutes");
    struct call_outcome outcome = run_call(run, &caller, "cloudformation", "CreateChangeSet", input);
    const char *id = outcome.output ? string_member(outcome.output, "StackId") : NULL;
    stack->id = id ? arena_strdup(run->arena, id) : stack->id;
    json_decref(outcome.output);
    if (!went_well(run, step, "cloudformation CreateChangeSet", &outcome)) {
        return false;
    }
    const char *status = NULL;
    bool moved = true;
    do {
        moved = run_on(run, emulator_now_ms(run->emulator));
        outcome = run_ask(run, "cloudformation", "DescribeChangeSet",
                          json_pack("{s:s, s:s}", "StackName", stack->name, "ChangeSetName", name));
        status = outcome.output ? string_member(outcome.output, "Status") : NULL;
        status = status ? arena_strdup(run->arena, status) : NULL;
        json_decref(outcome.output);
    } while (moved && status && strcmp(status, "CREATE_COMPLETE") != 0 && strcmp(status, "FAILED") != 0);
    outcome = run_call(run, &caller, "cloudformation", "ExecuteChangeSet",
                       json_pack("{s:s, s:s}", "StackName", stack->name, "ChangeSetName", name));
    json_decref(outcome.output);
    return went_well(run, step, "cloudformation ExecuteChangeSet", &outcome);
}

static bool deploy_directly(struct scenario_run *run, const json_t *step, struct known_stack *stack,
                            json_t *input, bool update) {
    const char *operation = update ? "UpdateStack" : "CreateStack";
    struct scenario_caller caller = run_caller(run);
    struct call_outcome outcome = run_call(run, &caller, "cloudformation", operation, input);
    const char *id = outcome.output ? string_member(outcome.output, "StackId") : NULL;
    stack->id = id ? arena_strdup(run->arena, id) : stack->id;
    json_decref(outcome.output);
    return went_well(run, step, arena_printf(run->arena, "cloudformation %s", operation), &outcome);
}

void check_deploy(const struct member_check *check, const json_t *step) {
    bool template = json_object_get(step, "template") != NULL;
    bool body = json_object_get(step, "body") != NULL;
    if (template == body) {
        diagnostics_add(check->diagnostics, yaml_position(check->document, step),
                        "%s needs either 'template' (a file) or 'body'", check->what);
    }
    const json_t *parameters = json_object_get(step, "parameters");
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)parameters, name, value) {
        if (!json_is_string(value)) {
            diagnostics_add(check->diagnostics, yaml_key_position(check->document, parameters, name),
                            "parameter '%s' must be a string; write it in quotes", name);
        }
    }
}

/*
 * deploy: STACK
 *   Creates the stack, or updates it when it exists, and waits for the end of the operation.
 *   template: FILE          template file, relative to the scenario; or
 *   body: TEMPLATE          the template itself, as a mapping or as text
 *   parameters: {K: V}      values are strings
 *   capabilities: [...]     as the API takes them
 *   tags, on_failure, disable_rollback, timeout_minutes, role
 *   change_set: true        through CreateChangeSet and ExecuteChangeSet, as `aws cloudformation deploy` does
 *   ends: STATUS            the final status; CREATE_COMPLETE or UPDATE_COMPLETE if not given
 *   within: DURATION        of emulated time
 *   async: true             does not wait
 *   error: CODE, message:   the call itself is refused so
 */
void step_deploy(struct scenario_run *run, const json_t *step) {
    struct known_stack *stack = run_stack(run, string_member(step, "deploy"));
    json_t *template_text = template_of(run, step);
    if (!template_text) {
        return;
    }
    struct stack_view before = describe_stack(run, stack->name);
    bool update = before.status && strcmp(before.status, "REVIEW_IN_PROGRESS") != 0;
    stack->id = before.id ? (char *)before.id : NULL;
    begin_operation(run, stack);
    json_t *input = deploy_input(step, stack->name, template_text, update);
    bool change_set = json_is_true(json_object_get(step, "change_set"));
    bool begun = change_set ? deploy_change_set(run, step, stack, input, update)
                            : deploy_directly(run, step, stack, input, update);
    if (!begun || json_is_true(json_object_get(step, "async"))) {
        return;
    }
    const char *ends = string_member(step, "ends");
    wait_for_end(run, step, stack, ends ? ends : update ? "UPDATE_COMPLETE" : "CREATE_COMPLETE");
}

/*
 * delete: STACK
 *   Deletes the stack and waits for the end of the operation.
 *   retain: [LOGICAL IDS]   DeleteStack's RetainResources
 *   mode: FORCE_DELETE_STACK
 *   role: ARN
 *   ends: STATUS            DELETE_COMPLETE if not given
 *   within, async, error, message: as for deploy
 */
void step_delete(struct scenario_run *run, const json_t *step) {
    struct known_stack *stack = run_stack(run, string_member(step, "delete"));
    struct stack_view before = describe_stack(run, stack->name);
    stack->id = before.id ? (char *)before.id : stack->id;
    begin_operation(run, stack);
    json_t *input = json_pack("{s:s}", "StackName", stack->name);
    set_if(input, "RetainResources", strings_of(json_object_get(step, "retain")));
    set_if(input, "DeletionMode", json_incref(json_object_get(step, "mode")));
    set_if(input, "RoleARN", json_incref(json_object_get(step, "role")));
    struct scenario_caller caller = run_caller(run);
    struct call_outcome outcome = run_call(run, &caller, "cloudformation", "DeleteStack", input);
    json_decref(outcome.output);
    bool begun = went_well(run, step, "cloudformation DeleteStack", &outcome);
    if (begun && !json_is_true(json_object_get(step, "async"))) {
        const char *ends = string_member(step, "ends");
        wait_for_end(run, step, stack, ends ? ends : "DELETE_COMPLETE");
    }
}

/* ---- wait ---- */

void check_wait(const struct member_check *check, const json_t *step) {
    struct member_check inner = {check->document, check->diagnostics, "assertion"};
    assertions_check(&inner, json_object_get(step, "wait"));
}

static bool all_hold(struct scenario_run *run, const json_t *assertions) {
    size_t index;
    json_t *assertion;
    json_array_foreach((json_t *)assertions, index, assertion) {
        if (!run_assertion_holds(run, assertion)) {
            return false;
        }
    }
    return true;
}

/*
 * wait: [ASSERTIONS]
 *   Lets emulated time pass until all assertions hold; fails as `expect` does when nothing is left to do.
 *   within: DURATION        of emulated time
 */
void step_wait(struct scenario_run *run, const json_t *step) {
    const json_t *assertions = json_object_get(step, "wait");
    int64_t until_ms = deadline_of(run, step);
    while (!all_hold(run, assertions)) {
        if (!run_on(run, until_ms) && !all_hold(run, assertions)) {
            run_check_assertions(run, json_object_get(run->step, "wait"), assertions);
            return;
        }
    }
    run->expectations += (int)json_array_size(assertions);
    run_settle(run);
}
