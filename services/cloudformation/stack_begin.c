#include "services/cloudformation/stack_begin.h"

#include "emulator/base/die.h"
#include "services/cloudformation/deployment_changes.h"
#include "services/cloudformation/stack_policy.h"
#include "services/cloudformation/stack_runner.h"

const char *stack_begin_uuid(struct call *call) {
    char *uuid = arena_alloc(call->arena, UUID_SIZE);
    ids_uuid(emulator_ids(call->emulator), uuid);
    return uuid;
}

const char *stack_begin_new_id(struct call *call, const char *name) {
    return arena_printf(call->arena, "arn:%s:cloudformation:%s:%s:stack/%s/%s",
                        strncmp(call->identity.region, "cn-", 3) == 0 ? "aws-cn" : "aws",
                        call->identity.region, call->identity.account, name, stack_begin_uuid(call));
}

static void set_text(json_t *object, const char *name, const char *value) {
    if (value) {
        json_object_set_new(object, name, json_string(value));
    }
}

const char *stack_begin_caller(struct call *call) {
    json_t *caller = json_object();
    set_text(caller, "AccessKey", call->identity.access_key);
    set_text(caller, "SessionToken", call->identity.session_token);
    set_text(caller, "Arn", call->identity.arn);
    set_text(caller, "UserId", call->identity.user_id);
    json_object_set_new(caller, "ServicePrincipal", json_boolean(call->identity.service_principal));
    const char *text = deployment_dump(call->arena, caller);
    json_decref(caller);
    return text;
}

struct machine_options stack_begin_options(const json_t *settings) {
    struct machine_options options = {.on_failure = FAILURE_ROLLBACK};
    const char *on_failure = deployment_setting(settings, "OnFailure");
    if (!on_failure) {
        on_failure = deployment_setting(settings, "OnStackFailure");
    }
    if (deployment_flag(settings, "DisableRollback") ||
        (on_failure && strcmp(on_failure, "DO_NOTHING") == 0)) {
        options.on_failure = FAILURE_DO_NOTHING;
    } else if (on_failure && strcmp(on_failure, "DELETE") == 0) {
        options.on_failure = FAILURE_DELETE;
    }
    options.retain_except_on_create = deployment_flag(settings, "RetainExceptOnCreate");
    options.timeout_ms = json_integer_value(json_object_get(settings, "TimeoutInMinutes")) * 60000;
    const json_t *rollback = json_object_get(settings, "RollbackConfiguration");
    options.monitoring_ms = json_integer_value(json_object_get(rollback, "MonitoringTimeInMinutes")) * 60000;
    return options;
}

void stack_begin_operation(struct call *call, struct stack_row *row, const char *client_token) {
    row->caller = stack_begin_caller(call);
    row->client_token = client_token;
    row->operation_id = stack_begin_uuid(call);
}

/* Why the operation fails before any resource is touched; NULL: nothing is known. */
static const char *abort_reason(struct stack_run *run, struct arena *arena) {
    const char *reason = deployment_setting(run->deployment->settings, "TransformError");
    reason = reason ? reason : deployment_bad_attribute(run->deployment);
    return reason ? reason : stack_evaluation_missing_import(run, arena);
}

static void set_next(struct call *call, struct stack_row *row, const struct deployment *deployment) {
    row->next_settings = deployment_dump(call->arena, deployment->settings);
    row->next_template = arena_text_string(call->arena, deployment->body);
}

void stack_begin_create(struct call *call, struct stack_row *row, bool exists,
                        const struct deployment *deployment) {
    set_next(call, row, deployment);
    row->status = "CREATE_IN_PROGRESS";
    row->description = deployment->template->description;
    if (exists) {
        stack_store_update(call->store, row);
    } else {
        stack_store_insert(call->store, row);
    }
    struct stack_run *run = stack_runner_run(call->emulator, row->stack_id);
    stack_runner_reload(run);
    struct machine_actions actions = {.arena = call->arena};
    struct machine_options options = stack_begin_options(deployment->settings);
    stack_machine_create(run->state, run->deployment->plan, &options, &actions);
    stack_runner_carry_out(run, &actions, abort_reason(run, call->arena));
}

/*
 * What the policy denies: updates and replacements fail their resource when its turn comes, a removal fails
 * the update before it begins, since deletes come only after the point of no return. Returns the latter.
 */
static const char *apply_policy(struct call *call, struct stack_run *run, const struct deployment *before,
                                const char *policy) {
    const char *abort = NULL;
    size_t i;
    json_t *change;
    json_array_foreach(
        policy && before ? deployment_changes(before, run->deployment, run->state, false) : NULL, i, change) {
        const char *action = deployment_setting(change, "Action");
        const char *replacement = deployment_setting(change, "Replacement");
        const char *id = deployment_setting(change, "LogicalResourceId");
        if (strcmp(action, "Add") == 0) {
            continue;
        }
        bool removed = strcmp(action, "Remove") == 0;
        bool replaced = replacement && strcmp(replacement, "True") == 0;
        const char *wish = removed ? "Update:Delete" : replaced ? "Update:Replace" : "Update:Modify";
        const char *denial =
            stack_policy_denial(call->arena, policy, wish, id, deployment_setting(change, "ResourceType"));
        if (denial && removed) {
            abort = denial;
        } else if (denial) {
            json_object_set_new(run->denials, id, json_string(denial));
        }
    }
    return abort;
}

void stack_begin_update(struct call *call, struct stack_row *row, const struct deployment *deployment,
                        bool disable_rollback, const char *policy) {
    struct deployment *before = policy ? stack_begin_present(call, row) : NULL;
    set_next(call, row, deployment);
    row->updated_ms = call->now_ms;
    stack_store_update(call->store, row);
    struct stack_run *run = stack_runner_run(call->emulator, row->stack_id);
    stack_runner_reload(run);
    struct machine_actions actions = {.arena = call->arena};
    struct machine_options options = stack_begin_options(deployment->settings);
    /* Its parent updates it: then the parent says when it is time to clean up. */
    options.hold = !call->request && row->parent_id;
    if (disable_rollback) {
        options.on_failure = FAILURE_DO_NOTHING;
    }
    const char *abort = apply_policy(call, run, before, policy);
    stack_machine_update(run->state, run->deployment->plan, &options, &actions);
    stack_runner_carry_out(run, &actions, abort ? abort : abort_reason(run, call->arena));
}

struct deployment *stack_begin_present(struct call *call, const struct stack_row *row) {
    if (!row->settings) {
        return NULL;
    }
    struct deployment_place place = {row->account, row->region, row->stack_id, row->name};
    const char *error = NULL;
    struct deployment *deployment =
        deployment_open(call->arena, &place, row->template_body, row->settings, &error);
    if (!deployment) {
        die("cloudformation: the template of %s cannot be read back: %s", row->stack_id, error);
    }
    return deployment;
}
