/*
 * Settings of a function beside its configuration: tags, concurrency, recursion, runtime management, and
 * what asynchronous invocations do (event-invoke-config).
 */
#include "emulator/base/arn.h"
#include "services/lambda/execution_environment.h"
#include "services/lambda/function_reference.h"
#include "services/lambda/lambda.h"

/* How much of the account's concurrency must stay unreserved. */
#define UNRESERVED_MINIMUM 100
#define PROVISION_MS 1000

/* The function's row. False: *error. */
static bool find_function(struct call *call, struct input input, struct lambda_target *target,
                          struct lambda_function *function, struct result *error) {
    if (!lambda_existing_target(call, input, target, error)) {
        return false;
    }
    return lambda_store_function(call->store, target->owner, target->name, call->arena, function);
}

/* ---- reserved concurrency ---- */

struct result lambda_put_function_concurrency(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_function function;
    struct result error;
    if (!find_function(call, input, &target, &function, &error)) {
        return error;
    }
    int64_t wanted = input_integer(input, "ReservedConcurrentExecutions", 0);
    int64_t others = lambda_store_reserved_sum(call->store, target.owner, target.name);
    if (LAMBDA_ACCOUNT_CONCURRENCY - others - wanted < UNRESERVED_MINIMUM) {
        return lambda_fail(call, &lambda_error_InvalidParameterValueException,
                           "Specified ReservedConcurrentExecutions for function decreases account's "
                           "UnreservedConcurrentExecution below its minimum value of [%d].",
                           UNRESERVED_MINIMUM);
    }
    function.reserved_concurrency = wanted;
    lambda_store_put_function(call->store, target.owner, &function);
    output_integer(call_output(call), "ReservedConcurrentExecutions", wanted);
    return result_output();
}

struct result lambda_get_function_concurrency(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_function function;
    struct result error;
    if (!find_function(call, input, &target, &function, &error)) {
        return error;
    }
    if (function.reserved_concurrency >= 0) {
        output_integer(call_output(call), "ReservedConcurrentExecutions", function.reserved_concurrency);
    }
    return result_output();
}

struct result lambda_delete_function_concurrency(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_function function;
    struct result error;
    if (!find_function(call, input, &target, &function, &error)) {
        return error;
    }
    function.reserved_concurrency = -1;
    lambda_store_put_function(call->store, target.owner, &function);
    return result_output();
}

/* ---- provisioned concurrency ---- */

static void write_provisioned(struct call *call, struct output *output, const struct lambda_setting *setting,
                              bool with_arn, const struct lambda_target *target) {
    int64_t requested = 0;
    text_to_int64(text_of(setting->document), &requested);
    bool ready = call->now_ms >= setting->modified_ms + PROVISION_MS;
    if (with_arn) {
        output_string(output, "FunctionArn",
                      lambda_arn(call->arena, target->owner, target->name, setting->qualifier));
    }
    output_integer(output, "RequestedProvisionedConcurrentExecutions", requested);
    output_integer(output, "AvailableProvisionedConcurrentExecutions", ready ? requested : 0);
    output_integer(output, "AllocatedProvisionedConcurrentExecutions", ready ? requested : 0);
    output_string(output, "Status", ready ? "READY" : "IN_PROGRESS");
    output_string(output, "LastModified", lambda_time(call->arena, setting->modified_ms));
}

/* The qualified version or alias. False: *error. */
static bool find_provisioned(struct call *call, struct input input, struct lambda_target *target,
                             struct result *error) {
    if (!lambda_existing_target(call, input, target, error)) {
        return false;
    }
    struct lambda_version version;
    if (!target->qualifier || strcmp(target->qualifier, "$LATEST") == 0) {
        *error = lambda_fail(
            call, &lambda_error_InvalidParameterValueException,
            "Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
        return false;
    }
    if (!lambda_find_version(call, target, &version, NULL)) {
        *error = lambda_no_function(call, target);
        return false;
    }
    return true;
}

struct result lambda_put_provisioned(struct call *call, struct input input) {
    struct lambda_target target;
    struct result error;
    if (!find_provisioned(call, input, &target, &error)) {
        return error;
    }
    const struct lambda_setting setting = {
        .qualifier = target.qualifier,
        .document = arena_printf(call->arena, "%lld",
                                 (long long)input_integer(input, "ProvisionedConcurrentExecutions", 0)),
        .created_ms = call->now_ms,
        .modified_ms = call->now_ms,
    };
    lambda_store_put_setting(call->store, target.owner, LAMBDA_SETTING_PROVISIONED, target.name, &setting);
    lambda_wake_at(lambda_state(call->emulator), call->now_ms + PROVISION_MS);
    write_provisioned(call, call_output(call), &setting, false, &target);
    return result_output();
}

static struct result no_provisioned(struct call *call) {
    return lambda_fail(call, &lambda_error_ProvisionedConcurrencyConfigNotFoundException,
                       "No Provisioned Concurrency Config found for this function");
}

struct result lambda_get_provisioned(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_setting setting;
    struct result error;
    if (!find_provisioned(call, input, &target, &error)) {
        return error;
    }
    if (!lambda_store_setting(call->store, target.owner, LAMBDA_SETTING_PROVISIONED, target.name,
                              target.qualifier, call->arena, &setting)) {
        return no_provisioned(call);
    }
    write_provisioned(call, call_output(call), &setting, false, &target);
    return result_output();
}

struct result lambda_delete_provisioned(struct call *call, struct input input) {
    struct lambda_target target;
    struct result error;
    if (!find_provisioned(call, input, &target, &error)) {
        return error;
    }
    lambda_store_delete_setting(call->store, target.owner, LAMBDA_SETTING_PROVISIONED, target.name,
                                target.qualifier);
    return result_output();
}

struct result lambda_list_provisioned(struct call *call, struct input input) {
    struct lambda_target target;
    struct result error;
    if (!lambda_existing_target(call, input, &target, &error)) {
        return error;
    }
    struct lambda_setting *settings;
    size_t count = lambda_store_list_settings(call->store, target.owner, LAMBDA_SETTING_PROVISIONED,
                                              target.name, call->arena, &settings);
    struct output *output = call_output(call);
    output_begin_list(output, "ProvisionedConcurrencyConfigs");
    for (size_t i = 0; i < count; i++) {
        output_begin_structure(output, NULL);
        write_provisioned(call, output, &settings[i], true, &target);
        output_end(output);
    }
    output_end(output);
    return result_output();
}

/* ---- recursion, runtime management ---- */

struct result lambda_get_recursion_config(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_function function;
    struct result error;
    if (!find_function(call, input, &target, &function, &error)) {
        return error;
    }
    output_string(call_output(call), "RecursiveLoop", function.recursive_loop);
    return result_output();
}

struct result lambda_put_recursion_config(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_function function;
    struct result error;
    if (!find_function(call, input, &target, &function, &error)) {
        return error;
    }
    function.recursive_loop = input_string(input, "RecursiveLoop");
    lambda_store_put_function(call->store, target.owner, &function);
    output_string(call_output(call), "RecursiveLoop", function.recursive_loop);
    return result_output();
}

static struct result write_runtime_management(struct call *call, const struct lambda_target *target,
                                              const struct lambda_function *function) {
    struct output *output = call_output(call);
    output_string(output, "UpdateRuntimeOn", function->update_runtime_on);
    output_string(output, "FunctionArn",
                  lambda_arn(call->arena, target->owner, target->name,
                             target->qualifier ? target->qualifier : "$LATEST"));
    output_string(output, "RuntimeVersionArn", function->runtime_version_arn);
    return result_output();
}

struct result lambda_get_runtime_management(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_function function;
    struct result error;
    if (!find_function(call, input, &target, &function, &error)) {
        return error;
    }
    return write_runtime_management(call, &target, &function);
}

struct result lambda_put_runtime_management(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_function function;
    struct result error;
    if (!find_function(call, input, &target, &function, &error)) {
        return error;
    }
    function.update_runtime_on = input_string(input, "UpdateRuntimeOn");
    function.runtime_version_arn = input_string(input, "RuntimeVersionArn");
    if (strcmp(function.update_runtime_on, "Manual") == 0 && !function.runtime_version_arn) {
        return lambda_fail(call, &lambda_error_InvalidParameterValueException,
                           "RuntimeVersionArn is required when UpdateRuntimeOn is Manual");
    }
    lambda_store_put_function(call->store, target.owner, &function);
    return write_runtime_management(call, &target, &function);
}
