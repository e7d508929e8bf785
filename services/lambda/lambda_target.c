/* Which function a request means, and the errors for those that are not there. */
#include "emulator/base/arn.h"
#include "services/lambda/function_reference.h"
#include "services/lambda/lambda.h"

struct lambda *lambda_state(struct emulator *emulator) {
    return service_state(emulator, &lambda_service);
}

struct result lambda_fail(struct call *call, const struct error_shape *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_vprintf(call->arena, format, arguments);
    va_end(arguments);
    struct result result = call_error(call, error, "%s", message);
    output_string(call_error_output(call), "Type", error->status < 500 ? "User" : "Service");
    return result;
}

struct lambda_owner lambda_owner_of(const struct call *call) {
    return (struct lambda_owner){call->identity.account, call->identity.region};
}

char *lambda_arn(struct arena *arena, struct lambda_owner owner, const char *name, const char *qualifier) {
    const char *resource = qualifier ? arena_printf(arena, "function:%s:%s", name, qualifier)
                                     : arena_printf(arena, "function:%s", name);
    return arn_build(arena, "lambda", owner.region, owner.account, resource);
}

const char *lambda_version_name(struct arena *arena, int64_t version) {
    return version == LAMBDA_LATEST ? "$LATEST" : arena_printf(arena, "%lld", (long long)version);
}

bool lambda_target_of(struct call *call, const char *function_name, const char *qualifier,
                      struct lambda_target *target, struct result *error) {
    struct function_reference reference;
    if (!function_reference_parse(text_of(function_name), &reference)) {
        *error = call_error(call, &error_validation_exception,
                            "1 validation error detected: Value '%s' at 'functionName' failed to satisfy "
                            "constraint: Member must satisfy regular expression pattern: %s",
                            function_name,
                            shape_member(call->operation->input, TEXT("FunctionName"))->shape->pattern);
        return false;
    }
    target->owner = lambda_owner_of(call);
    if (reference.region.data && !text_equals(reference.region, target->owner.region)) {
        *error = lambda_fail(call, &lambda_error_ResourceNotFoundException,
                             "Functions from '%.*s' are not reachable in this region ('%s')",
                             TEXT_ARGUMENTS(reference.region), target->owner.region);
        return false;
    }
    if (reference.account.data) {
        target->owner.account = arena_text_string(call->arena, reference.account);
    }
    target->name = arena_text_string(call->arena, reference.name);
    target->qualifier = arena_text_string(call->arena, reference.qualifier);
    if (target->qualifier && qualifier && strcmp(target->qualifier, qualifier) != 0) {
        *error = lambda_fail(call, &lambda_error_InvalidParameterValueException,
                             "The derived qualifier from the function name does not match the specified "
                             "qualifier.");
        return false;
    }
    if (qualifier) {
        target->qualifier = qualifier;
    }
    return true;
}

struct result lambda_no_function(struct call *call, const struct lambda_target *target) {
    return lambda_fail(call, &lambda_error_ResourceNotFoundException, "Function not found: %s",
                       lambda_arn(call->arena, target->owner, target->name, target->qualifier));
}

bool lambda_existing_target(struct call *call, struct input input, struct lambda_target *target,
                            struct result *error) {
    const char *qualifier =
        shape_member(input.shape, TEXT("Qualifier")) ? input_string(input, "Qualifier") : NULL;
    if (!lambda_target_of(call, input_string(input, "FunctionName"), qualifier, target, error)) {
        return false;
    }
    struct lambda_function function;
    if (!lambda_store_function(call->store, target->owner, target->name, call->arena, &function)) {
        *error = lambda_no_function(call, target);
        return false;
    }
    return true;
}

bool lambda_find_version(struct call *call, const struct lambda_target *target,
                         struct lambda_version *version, struct lambda_alias *alias) {
    struct lambda_alias found = {0};
    const char *qualifier = target->qualifier;
    if (qualifier && strcmp(qualifier, "$LATEST") != 0 && !qualifier_is_version(qualifier)) {
        if (!lambda_store_alias(call->store, target->owner, target->name, qualifier, call->arena, &found)) {
            return false;
        }
        qualifier = found.version;
    }
    int64_t number = LAMBDA_LATEST;
    if (qualifier && strcmp(qualifier, "$LATEST") != 0 && !text_to_int64(text_of(qualifier), &number)) {
        return false;
    }
    if (alias) {
        *alias = found;
    }
    if (qualifier && number == LAMBDA_LATEST && strcmp(qualifier, "$LATEST") != 0) {
        return false; /* "0" */
    }
    return lambda_store_version(call->store, target->owner, target->name, number, call->arena, version);
}
