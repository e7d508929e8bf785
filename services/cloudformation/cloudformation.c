#include "services/cloudformation/cloudformation.h"

#include "emulator/base/die.h"
#include "services/cloudformation/custom_deadline.h"
#include "services/cloudformation/custom_resource.h"
#include "services/cloudformation/stack_runner.h"
#include "services/cloudformation/stack_why.h"
#include "services/cloudformation/wait_condition.h"

static const struct operation_row operations[] = {
    {"CancelUpdateStack", cloudformation_cancel_update_stack},
    {"ContinueUpdateRollback", cloudformation_continue_update_rollback},
    {"CreateChangeSet", cloudformation_create_change_set},
    {"CreateStack", cloudformation_create_stack},
    {"DeleteChangeSet", cloudformation_delete_change_set},
    {"DeleteStack", cloudformation_delete_stack},
    {"DescribeAccountLimits", cloudformation_describe_account_limits},
    {"DescribeChangeSet", cloudformation_describe_change_set},
    {"DescribeEvents", cloudformation_describe_events},
    {"DescribeStackEvents", cloudformation_describe_stack_events},
    {"DescribeStackResource", cloudformation_describe_stack_resource},
    {"DescribeStackResources", cloudformation_describe_stack_resources},
    {"DescribeStacks", cloudformation_describe_stacks},
    {"ExecuteChangeSet", cloudformation_execute_change_set},
    {"GetStackPolicy", cloudformation_get_stack_policy},
    {"GetTemplate", cloudformation_get_template},
    {"GetTemplateSummary", cloudformation_get_template_summary},
    {"ListChangeSets", cloudformation_list_change_sets},
    {"ListExports", cloudformation_list_exports},
    {"ListImports", cloudformation_list_imports},
    {"ListStackResources", cloudformation_list_stack_resources},
    {"ListStacks", cloudformation_list_stacks},
    {"RollbackStack", cloudformation_rollback_stack},
    {"SetStackPolicy", cloudformation_set_stack_policy},
    {"SignalResource", cloudformation_signal_resource},
    {"UpdateStack", cloudformation_update_stack},
    {"UpdateTerminationProtection", cloudformation_update_termination_protection},
    {"ValidateTemplate", cloudformation_validate_template},
    {0},
};

static const struct endpoint_row endpoints[] = {
    {
        .name = "CustomResourceResponse",
        .match = custom_resource_response_match,
        .describe = custom_resource_response_describe,
        .handle = custom_resource_response_handle,
        .swallow = custom_resource_response_swallow,
    },
    {
        .name = "WaitConditionSignal",
        .match = wait_condition_match,
        .describe = wait_condition_describe,
        .handle = wait_condition_handle,
    },
    {.name = "Why", .match = stack_why_match, .handle = stack_why_handle},
    {0},
};

static const struct accepted_member accepted[] = {
    {"CreateStack", "RollbackConfiguration",
     "stored and shown; there are no alarms, only the monitoring time counts"},
    {"UpdateStack", "RollbackConfiguration",
     "stored and shown; there are no alarms, only the monitoring time counts"},
    {"CreateChangeSet", "RollbackConfiguration",
     "stored and shown; there are no alarms, only the monitoring time counts"},
    {"CreateStack", "DeploymentConfig", "deployments take the standard way"},
    {"UpdateStack", "DeploymentConfig", "deployments take the standard way"},
    {"DeleteStack", "DeploymentConfig", "deployments take the standard way"},
    {"RollbackStack", "DeploymentConfig", "deployments take the standard way"},
    {"CreateChangeSet", "DeploymentConfig", "deployments take the standard way"},
    {"CreateStack", "DisableValidation", "no validation beyond the template's own is made"},
    {"UpdateStack", "DisableValidation", "no validation beyond the template's own is made"},
    {"CreateChangeSet", "DisableValidation", "no validation beyond the template's own is made"},
    {"UpdateStack", "StackPolicyDuringUpdateURL", "only StackPolicyDuringUpdateBody is honoured"},
    {"CreateChangeSet", "IncludeNestedStacks", "shown; change sets of nested stacks are not made"},
    {"DescribeChangeSet", "NextToken", "a change set's changes come in one page"},
    {NULL, NULL, NULL},
};

struct cloudformation {
    struct stack_runner *runner;
    struct custom_deadlines *deadlines;
};

struct stack_runner *cloudformation_runner(struct emulator *emulator) {
    struct cloudformation *state = service_state(emulator, &cloudformation_service);
    return state->runner;
}

struct custom_deadlines *cloudformation_deadlines(struct emulator *emulator) {
    struct cloudformation *state = service_state(emulator, &cloudformation_service);
    return state->deadlines;
}

static void *open_state(struct emulator *emulator) {
    struct cloudformation *state = xcalloc(1, sizeof *state);
    state->runner = stack_runner_open(emulator);
    state->deadlines = custom_deadlines_open(emulator);
    return state;
}

static void close_state(void *argument) {
    struct cloudformation *state = argument;
    stack_runner_close(state->runner);
    custom_deadlines_close(state->deadlines);
    free(state);
}

static void resume_state(struct emulator *emulator, void *argument) {
    (void)emulator;
    struct cloudformation *state = argument;
    custom_deadlines_resume(state->deadlines);
    stack_runner_resume(state->runner);
}

const struct service cloudformation_service = {
    .model = &cloudformation_model,
    .operations = operations,
    .endpoints = endpoints,
    .store = &cloudformation_store,
    .accepted = accepted,
    .open = open_state,
    .close = close_state,
    .resume = resume_state,
    .validation_error = &error_validation_error,
};

struct result cloudformation_refuse(struct call *call, const char *message) {
    return call_error(call, &error_validation_error, "%s", message);
}

struct result cloudformation_stack_missing(struct call *call, const char *format, const char *name) {
    const char *place = strstr(format, "%s");
    return call_error(call, &error_validation_error, "%.*s%s%s", (int)(place - format), format, name,
                      place + 2);
}

bool cloudformation_find_stack(struct call *call, const char *name_or_id, struct stack_row *row) {
    return stack_store_find(call->store, call->arena, call->identity.account, call->identity.region,
                            name_or_id, row);
}
