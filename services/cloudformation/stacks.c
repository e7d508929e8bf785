/* CreateStack, UpdateStack, DeleteStack. */
#include "emulator/base/crypto.h"
#include "services/cloudformation/change_sets.h"
#include "services/cloudformation/deployment_changes.h"
#include "services/cloudformation/deployment_request.h"
#include "services/cloudformation/nested_stack.h"
#include "services/cloudformation/stack_begin.h"
#include "services/cloudformation/stack_policy.h"
#include "services/cloudformation/stack_runner.h"

/* ---- ClientRequestToken ---- */

static const char *input_digest(struct call *call, struct input input) {
    struct strbuf text = STRBUF_INIT;
    struct strbuf digest = STRBUF_INIT;
    json_write(&text, input.value);
    crypto_append_digest_hex(&digest, DIGEST_SHA256, strbuf_text(&text));
    char *copy = arena_text_string(call->arena, strbuf_text(&digest));
    strbuf_release(&text);
    strbuf_release(&digest);
    return copy;
}

enum token_state { TOKEN_NEW, TOKEN_REPEATED, TOKEN_TAKEN };

/* A token that came before with the same input makes the call a repetition. */
static enum token_state check_token(struct call *call, struct input input, const char **stack_id) {
    const char *token = input_string(input, "ClientRequestToken");
    if (!token) {
        return TOKEN_NEW;
    }
    const char *known = token_store_find(call->store, call->arena, call->identity.account,
                                         call->identity.region, call->operation->name, token, stack_id);
    if (!known) {
        return TOKEN_NEW;
    }
    return strcmp(known, input_digest(call, input)) == 0 ? TOKEN_REPEATED : TOKEN_TAKEN;
}

static struct result token_taken(struct call *call) {
    return call_error(call, &cloudformation_error_TokenAlreadyExistsException,
                      "A client request token already exists with different input.");
}

static void remember_token(struct call *call, struct input input, const char *stack_id) {
    const char *token = input_string(input, "ClientRequestToken");
    if (token) {
        token_store_put(call->store, call->identity.account, call->identity.region, call->operation->name,
                        token, input_digest(call, input), stack_id);
    }
}

static struct result answer(struct call *call, const char *stack_id, const char *operation_id) {
    output_string(call_output(call), "StackId", stack_id);
    output_string(call_output(call), "OperationId", operation_id);
    return result_output();
}

static struct result answer_again(struct call *call, const char *stack_id) {
    struct stack_row row;
    bool found = stack_store_find_id(call->store, call->arena, stack_id, &row);
    return answer(call, stack_id, found ? row.operation_id : NULL);
}

/* ---- CreateStack ---- */

static struct result name_taken(struct call *call, const char *name) {
    return call_error(call, &cloudformation_error_AlreadyExistsException, "Stack [%s] already exists", name);
}

static bool is_live(const struct stack_row *row) {
    return !row->deleted && strcmp(row->status, "REVIEW_IN_PROGRESS") != 0;
}

static struct result create_stack(struct deployment_request *request) {
    struct call *call = request->call;
    struct input input = request->input;
    const char *name = input_string(input, "StackName");
    struct stack_row row;
    bool exists = cloudformation_find_stack(call, name, &row);
    if (exists && is_live(&row)) {
        return name_taken(call, name);
    }
    const char *policy = request->policy_body;
    if (policy && !stack_policy_is_valid(policy)) {
        return cloudformation_refuse(call, STACK_POLICY_INVALID);
    }
    if (!exists) {
        row = (struct stack_row){
            .stack_id = request->place.stack_id,
            .account = call->identity.account,
            .region = call->identity.region,
            .name = name,
            .created_ms = call->now_ms,
        };
    } else {
        change_set_store_obsolete(call->store, row.stack_id);
    }
    nested_stack_adopt(call, &row);
    row.policy = policy;
    row.protected = input_boolean(input, "EnableTerminationProtection", false);
    stack_begin_operation(call, &row, input_string(input, "ClientRequestToken"));
    remember_token(call, input, row.stack_id);
    stack_begin_create(call, &row, exists, request->deployment);
    return answer(call, row.stack_id, row.operation_id);
}

/* Not in the published model, but enforced. Source: recorded test_stack_name_creation. */
static const char *stack_name_problem(struct call *call, const char *name) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    size_t size = strlen(name);
    bool good = size > 0 && strchr(letters, name[0]) && strspn(name, IDS_ALPHANUMERIC "-") == size;
    const char *constraint = NULL;
    if (!good) {
        constraint = "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*";
    } else if (size > 128) {
        constraint = "have length less than or equal to 128";
    }
    return constraint
               ? arena_printf(call->arena,
                              "1 validation error detected: Value '%s' at 'stackName' failed to satisfy "
                              "constraint: Member must %s",
                              name, constraint)
               : NULL;
}

struct result cloudformation_create_stack(struct call *call, struct input input) {
    const char *name = input_string(input, "StackName");
    const char *repeated = NULL;
    enum token_state token = check_token(call, input, &repeated);
    if (token == TOKEN_REPEATED) {
        return answer_again(call, repeated);
    }
    struct stack_row row;
    bool exists = cloudformation_find_stack(call, name, &row);
    if (exists && is_live(&row)) {
        return name_taken(call, name);
    }
    if (token == TOKEN_TAKEN) {
        return token_taken(call);
    }
    const char *bad_name = stack_name_problem(call, name);
    if (bad_name) {
        return cloudformation_refuse(call, bad_name);
    }
    if (input_has(input, "DisableRollback") && input_has(input, "OnFailure")) {
        return cloudformation_refuse(call, "Either DisableRollback or OnFailure can be specified, not both.");
    }
    struct deployment_request *request = arena_zalloc(call->arena, sizeof *request);
    *request = (struct deployment_request){
        .call = call,
        .input = input,
        .ready = create_stack,
        .operation = "CreateStack",
        .expanding = true,
        .place = {call->identity.account, call->identity.region,
                  exists ? row.stack_id : stack_begin_new_id(call, name), name},
    };
    return deployment_request_start(request);
}

/* ---- UpdateStack ---- */

static struct result check_update(struct call *call, const struct stack_row *row, bool *refused) {
    enum stack_status status = stack_status_of(row->status);
    const char *refusal = stack_request_refusal(call->arena, status, REQUEST_UPDATE, row->stack_id);
    *refused = refusal != NULL;
    return refusal ? cloudformation_refuse(call, refusal) : result_output();
}

static const char *type_change(struct call *call, const struct stack_row *row,
                               const struct deployment *deployment) {
    struct stack_run *run = stack_runner_run(call->emulator, row->stack_id);
    const char *error =
        stack_plan_type_change(call->arena, deployment->plan, stack_state_types(call->arena, run->state));
    stack_runner_release(run);
    return error;
}

static struct result update_stack(struct deployment_request *request) {
    struct call *call = request->call;
    struct input input = request->input;
    struct stack_row row;
    if (!stack_store_find_id(call->store, call->arena, request->place.stack_id, &row)) {
        return cloudformation_stack_missing(call, "Stack [%s] does not exist",
                                            input_string(input, "StackName"));
    }
    bool refused;
    struct result result = check_update(call, &row, &refused);
    if (refused) {
        return result;
    }
    bool disable_rollback = input_boolean(input, "DisableRollback", false);
    bool failed = strcmp(row.status, "CREATE_FAILED") == 0 || strcmp(row.status, "UPDATE_FAILED") == 0;
    if (failed && !disable_rollback) {
        return call_error(call, &error_validation_error, "Stack:%s is in %s state and can not be updated.",
                          row.stack_id, row.status);
    }
    const char *policy = request->policy_body;
    if (policy && !stack_policy_is_valid(policy)) {
        return cloudformation_refuse(call, STACK_POLICY_INVALID);
    }
    const char *during_update = input_string(input, "StackPolicyDuringUpdateBody");
    if (during_update && !stack_policy_is_valid(during_update)) {
        return cloudformation_refuse(call, STACK_POLICY_INVALID);
    }
    const char *error = type_change(call, &row, request->deployment);
    if (error) {
        return cloudformation_refuse(call, error);
    }
    struct deployment *present = stack_begin_present(call, &row);
    bool changed = failed || !present || deployment_differs(present, request->deployment) ||
                   json_object_get(request->deployment->settings, "TransformError");
    const char *in_force = row.policy;
    if (policy) {
        row.policy = *policy ? policy : NULL;
    }
    if (!changed) {
        return cloudformation_refuse(call, "No updates are to be performed.");
    }
    row.change_set_id = NULL;
    change_set_store_obsolete(call->store, row.stack_id);
    stack_begin_operation(call, &row, input_string(input, "ClientRequestToken"));
    remember_token(call, input, row.stack_id);
    stack_begin_update(call, &row, request->deployment, disable_rollback,
                       during_update ? during_update : in_force);
    return answer(call, row.stack_id, row.operation_id);
}

struct result cloudformation_update_stack(struct call *call, struct input input) {
    const char *name = input_string(input, "StackName");
    const char *repeated = NULL;
    enum token_state token = check_token(call, input, &repeated);
    if (token == TOKEN_REPEATED) {
        return answer_again(call, repeated);
    }
    if (token == TOKEN_TAKEN) {
        return token_taken(call);
    }
    struct stack_row row;
    if (!cloudformation_find_stack(call, name, &row)) {
        return cloudformation_stack_missing(call, "Stack [%s] does not exist", name);
    }
    bool refused;
    struct result result = check_update(call, &row, &refused);
    if (refused) {
        return result;
    }
    struct deployment_request *request = arena_zalloc(call->arena, sizeof *request);
    *request = (struct deployment_request){
        .call = call,
        .input = input,
        .ready = update_stack,
        .operation = "UpdateStack",
        .expanding = true,
        .previous_template = row.template_body,
        .previous_settings = deployment_document(call->arena, row.settings),
        .place = {row.account, row.region, row.stack_id, row.name},
    };
    return deployment_request_start(request);
}

/* ---- DeleteStack ---- */

struct export_in_use {
    struct call *call;
    struct stack_run *run;
    const char *refusal;
};

static void check_export(void *argument, const char *name, const char *value, const char *stack_id) {
    struct export_in_use *check = argument;
    (void)value;
    (void)stack_id;
    const char *users = check->refusal ? NULL : stack_outputs_users(check->run, name, check->call->arena);
    if (users) {
        check->refusal =
            arena_printf(check->call->arena,
                         "Delete canceled. Cannot delete export %s as it is in use by %s.", name, users);
    }
}

static enum stack_request delete_kind(struct input input) {
    const char *mode = input_string(input, "DeletionMode");
    if (mode && strcmp(mode, "FORCE_DELETE_STACK") == 0) {
        return REQUEST_DELETE_FORCE;
    }
    return input_count(input_list(input, "RetainResources")) > 0 ? REQUEST_DELETE_RETAIN : REQUEST_DELETE;
}

static void begin_delete(struct call *call, struct input input, struct stack_row *row) {
    struct input retained = input_list(input, "RetainResources");
    struct delete_options options = {.force = delete_kind(input) == REQUEST_DELETE_FORCE};
    const char **retain = arena_zalloc(call->arena, (input_count(retained) + 1) * sizeof *retain);
    for (struct input item = input_first(retained); item.value; item = input_next(item)) {
        retain[options.retain_count++] = input_as_string(item);
    }
    options.retain = retain;
    const char *role = input_string(input, "RoleARN");
    if (role && row->settings) {
        json_t *settings = deployment_document(call->arena, row->settings);
        json_object_set_new(settings, "RoleARN", json_string(role));
        row->settings = deployment_dump(call->arena, settings);
    }
    row->deletion_mode = input_string(input, "DeletionMode");
    stack_begin_operation(call, row, input_string(input, "ClientRequestToken"));
    stack_store_update(call->store, row);
    struct stack_run *run = stack_runner_run(call->emulator, row->stack_id);
    struct export_in_use check = {call, run, NULL};
    export_store_each(call->store, call->arena, row->account, row->region, row->stack_id, NULL, check_export,
                      &check);
    options.refusal = check.refusal;
    stack_runner_reload(run);
    struct machine_actions actions = {.arena = call->arena};
    stack_machine_delete(run->state, &options, &actions);
    stack_runner_carry_out(run, &actions, NULL);
}

struct result cloudformation_delete_stack(struct call *call, struct input input) {
    const char *name = input_string(input, "StackName");
    struct stack_row row;
    if (!cloudformation_find_stack(call, name, &row) || row.deleted) {
        return result_output();
    }
    if (row.protected) {
        return call_error(call, &error_validation_error,
                          "Stack [%s] cannot be deleted while TerminationProtection is enabled", row.name);
    }
    const char *refusal =
        stack_request_refusal(call->arena, stack_status_of(row.status), delete_kind(input), row.stack_id);
    if (refusal) {
        return cloudformation_refuse(call, refusal);
    }
    if (strcmp(row.status, "DELETE_IN_PROGRESS") == 0) {
        return result_output();
    }
    change_set_store_remove_others(call->store, row.stack_id, "");
    begin_delete(call, input, &row);
    return result_output();
}
