/* What can be done to a stack besides creating, updating and deleting it. */
#include "services/cloudformation/deployment_request.h"
#include "services/cloudformation/stack_begin.h"
#include "services/cloudformation/stack_policy.h"
#include "services/cloudformation/stack_runner.h"

/* ---- policies ---- */

static struct result set_policy(struct call *call, struct stack_row *row, const char *body) {
    if (!body || !stack_policy_is_valid(body)) {
        return cloudformation_refuse(call, STACK_POLICY_INVALID);
    }
    row->policy = stack_policy_is_empty(body) ? NULL : body;
    stack_store_update(call->store, row);
    return result_output();
}

static struct result policy_fetched(struct deployment_request *request) {
    struct call *call = request->call;
    struct stack_row row;
    if (!stack_store_find_id(call->store, call->arena, request->place.stack_id, &row)) {
        return cloudformation_stack_missing(call, "Stack with id %s does not exist",
                                            request->place.stack_name);
    }
    return set_policy(call, &row, request->policy_body);
}

struct result cloudformation_set_stack_policy(struct call *call, struct input input) {
    const char *name = input_string(input, "StackName");
    const char *body = input_string(input, "StackPolicyBody");
    const char *url = input_string(input, "StackPolicyURL");
    struct stack_row row;
    if (body && url) {
        return cloudformation_refuse(call, "You cannot specify both StackPolicyURL and StackPolicyBody");
    }
    if (!cloudformation_find_stack(call, name, &row)) {
        return cloudformation_stack_missing(call, "Stack with id %s does not exist", name);
    }
    if (!url) {
        return set_policy(call, &row, body);
    }
    struct deployment_request *request = arena_zalloc(call->arena, sizeof *request);
    *request = (struct deployment_request){
        .call = call,
        .input = input,
        .ready = policy_fetched,
        .operation = "SetStackPolicy",
        .place = {row.account, row.region, row.stack_id, row.name},
    };
    return deployment_request_policy(request);
}

struct result cloudformation_get_stack_policy(struct call *call, struct input input) {
    const char *name = input_string(input, "StackName");
    struct stack_row row;
    if (!cloudformation_find_stack(call, name, &row)) {
        return cloudformation_stack_missing(call, "Stack with id %s does not exist", name);
    }
    output_string(call_output(call), "StackPolicyBody", row.policy);
    return result_output();
}

/* ---- termination protection ---- */

struct result cloudformation_update_termination_protection(struct call *call, struct input input) {
    const char *name = input_string(input, "StackName");
    struct stack_row row;
    if (!cloudformation_find_stack(call, name, &row) || row.deleted) {
        return cloudformation_stack_missing(call, "Stack [%s] does not exist", name);
    }
    if (row.parent_id) {
        return call_error(call, &error_validation_error,
                          "Termination protection cannot be updated for nested stack [%s]", row.stack_id);
    }
    row.protected = input_boolean(input, "EnableTerminationProtection", false);
    stack_store_update(call->store, &row);
    output_string(call_output(call), "StackId", row.stack_id);
    return result_output();
}

/* ---- cancel and roll back ---- */

/* Finds the stack and asks whether its status admits the request. */
static bool admit(struct call *call, const char *name, enum stack_request kind, struct stack_row *row,
                  struct result *result) {
    if (!cloudformation_find_stack(call, name, row)) {
        *result = cloudformation_stack_missing(call, "Stack [%s] does not exist", name);
        return false;
    }
    const char *refusal =
        stack_request_refusal(call->arena, stack_status_of(row->status), kind, row->stack_id);
    if (refusal) {
        *result = cloudformation_refuse(call, refusal);
    }
    return !refusal;
}

static struct stack_run *begin(struct call *call, struct stack_row *row, const char *token,
                               const char *role) {
    if (role && row->settings) {
        json_t *settings = deployment_document(call->arena, row->settings);
        json_object_set_new(settings, "RoleARN", json_string(role));
        row->settings = deployment_dump(call->arena, settings);
    }
    stack_begin_operation(call, row, token);
    stack_store_update(call->store, row);
    struct stack_run *run = stack_runner_run(call->emulator, row->stack_id);
    stack_runner_reload(run);
    return run;
}

struct result cloudformation_cancel_update_stack(struct call *call, struct input input) {
    struct stack_row row;
    struct result result;
    if (!admit(call, input_string(input, "StackName"), REQUEST_CANCEL_UPDATE, &row, &result)) {
        return result;
    }
    struct stack_run *run = stack_runner_run(call->emulator, row.stack_id);
    const char *token = input_string(input, "ClientRequestToken");
    if (token) {
        /* From here on the events bear this one. */
        row.client_token = token;
        stack_store_update(call->store, &row);
        run->row.client_token = arena_strdup(run->arena, token);
    }
    struct machine_actions actions = {.arena = call->arena};
    stack_machine_cancel_update(run->state, &actions);
    stack_runner_carry_out(run, &actions, NULL);
    return result_output();
}

struct result cloudformation_continue_update_rollback(struct call *call, struct input input) {
    struct stack_row row;
    struct result result;
    if (!admit(call, input_string(input, "StackName"), REQUEST_CONTINUE_ROLLBACK, &row, &result)) {
        return result;
    }
    if (row.parent_id) {
        return cloudformation_refuse(call, "RollbackUpdatedStack cannot be invoked on child stacks");
    }
    struct input skipped = input_list(input, "ResourcesToSkip");
    const char **skip = arena_zalloc(call->arena, (input_count(skipped) + 1) * sizeof *skip);
    size_t count = 0;
    for (struct input item = input_first(skipped); item.value; item = input_next(item)) {
        skip[count++] = input_as_string(item);
    }
    struct stack_run *run = stack_runner_run(call->emulator, row.stack_id);
    const char *refusal = stack_skip_refusal(call->arena, run->state, skip, count);
    if (refusal) {
        stack_runner_release(run);
        return cloudformation_refuse(call, refusal);
    }
    run = begin(call, &row, input_string(input, "ClientRequestToken"), input_string(input, "RoleARN"));
    struct machine_actions actions = {.arena = call->arena};
    stack_machine_continue_rollback(run->state, skip, count, &actions);
    stack_runner_carry_out(run, &actions, NULL);
    return result_output();
}

struct result cloudformation_rollback_stack(struct call *call, struct input input) {
    struct stack_row row;
    struct result result;
    if (!admit(call, input_string(input, "StackName"), REQUEST_ROLLBACK, &row, &result)) {
        return result;
    }
    struct stack_run *run =
        begin(call, &row, input_string(input, "ClientRequestToken"), input_string(input, "RoleARN"));
    struct machine_actions actions = {.arena = call->arena};
    stack_machine_rollback(run->state, input_boolean(input, "RetainExceptOnCreate", false), &actions);
    stack_runner_carry_out(run, &actions, NULL);
    output_string(call_output(call), "StackId", row.stack_id);
    output_string(call_output(call), "OperationId", row.operation_id);
    return result_output();
}

/* ---- exports ---- */

enum { EXPORTS_PER_PAGE = 100 };

struct export_page {
    struct output *out;
    int shown;
    const char *last;
    bool more;
};

static void list_export(void *argument, const char *name, const char *value, const char *stack_id) {
    struct export_page *page = argument;
    if (page->shown == EXPORTS_PER_PAGE) {
        page->more = true;
        return;
    }
    page->shown++;
    page->last = name;
    output_begin_structure(page->out, NULL);
    output_string(page->out, "ExportingStackId", stack_id);
    output_string(page->out, "Name", name);
    output_string(page->out, "Value", value);
    output_end(page->out);
}

/* The token is the last name shown: names may hold any character, so it stays readable. */
struct result cloudformation_list_exports(struct call *call, struct input input) {
    struct output *out = call_output(call);
    struct export_page page = {.out = out};
    output_begin_list(out, "Exports");
    export_store_each(call->store, call->arena, call->identity.account, call->identity.region, NULL,
                      input_string(input, "NextToken"), list_export, &page);
    output_end(out);
    if (page.more) {
        output_string(out, "NextToken", page.last);
    }
    return result_output();
}

static void list_import(void *argument, const char *stack_name) {
    struct export_page *page = argument;
    page->shown++;
    if (page->out) {
        output_string(page->out, NULL, stack_name);
    }
}

struct result cloudformation_list_imports(struct call *call, struct input input) {
    const char *name = input_string(input, "ExportName");
    const struct identity *identity = &call->identity;
    struct export_page count = {0};
    import_store_each(call->store, call->arena, identity->account, identity->region, name, list_import,
                      &count);
    if (count.shown == 0) {
        return call_error(call, &error_validation_error, "Export '%s' is not imported by any stack.", name);
    }
    struct export_page page = {.out = call_output(call)};
    output_begin_list(page.out, "Imports");
    import_store_each(call->store, call->arena, identity->account, identity->region, name, list_import,
                      &page);
    output_end(page.out);
    return result_output();
}

/* ---- limits ---- */

/* Source: CloudFormation quotas. */
struct result cloudformation_describe_account_limits(struct call *call, struct input input) {
    static const struct {
        const char *name;
        int value;
    } limits[] = {{"StackLimit", 2000}, {"StackOutputsLimit", 200}, {"ConcurrentResourcesLimit", 2500}};
    (void)input;
    struct output *out = call_output(call);
    output_begin_list(out, "AccountLimits");
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        output_begin_structure(out, NULL);
        output_string(out, "Name", limits[i].name);
        output_integer(out, "Value", limits[i].value);
        output_end(out);
    }
    output_end(out);
    return result_output();
}
