/* Event-invoke-config: how asynchronous invocations are retried, and where their outcome goes. */
#include "emulator/base/arn.h"
#include "services/lambda/function_reference.h"
#include "services/lambda/lambda.h"

#define ABSENT (-1)

/* A configuration taken apart. */
struct event_config {
    int64_t retries;        /* ABSENT: not set */
    int64_t age_s;          /* ABSENT: not set */
    const char *on_success; /* NULL: none */
    const char *on_failure;
};

static const char *qualifier_of(const struct lambda_target *target) {
    return target->qualifier ? target->qualifier : "$LATEST";
}

static const char *config_arn(struct call *call, const struct lambda_target *target) {
    return lambda_arn(call->arena, target->owner, target->name, qualifier_of(target));
}

static struct result no_config(struct call *call, const struct lambda_target *target) {
    return lambda_fail(call, &lambda_error_ResourceNotFoundException,
                       "The function %s doesn't have an EventInvokeConfig", config_arn(call, target));
}

/* ---- documents ---- */

static int64_t number_of(const struct json_value *document, const char *member) {
    const struct json_value *value = json_find(document, member);
    int64_t number = ABSENT;
    if (value) {
        text_to_int64(value->text, &number);
    }
    return number;
}

static const char *destination_of(struct arena *arena, const struct json_value *document, const char *side) {
    const struct json_value *destinations = json_find(document, "DestinationConfig");
    return arena_text_string(arena, json_find_text(json_find(destinations, side), "Destination"));
}

static void read_config(struct arena *arena, const char *text, struct event_config *config) {
    const struct json_value *document = json_parse(arena, text_of(text), NULL);
    config->retries = number_of(document, "MaximumRetryAttempts");
    config->age_s = number_of(document, "MaximumEventAgeInSeconds");
    config->on_success = destination_of(arena, document, "OnSuccess");
    config->on_failure = destination_of(arena, document, "OnFailure");
}

static void append_side(struct strbuf *buffer, const char *side, const char *destination) {
    strbuf_printf(buffer, "\"%s\":{", side);
    if (destination) {
        strbuf_append_string(buffer, "\"Destination\":");
        json_write_string(buffer, text_of(destination));
    }
    strbuf_append_char(buffer, '}');
}

static const char *config_document(struct arena *arena, const struct event_config *config) {
    struct strbuf buffer = STRBUF_INIT;
    strbuf_append_char(&buffer, '{');
    if (config->retries != ABSENT) {
        strbuf_printf(&buffer, "\"MaximumRetryAttempts\":%lld,", (long long)config->retries);
    }
    if (config->age_s != ABSENT) {
        strbuf_printf(&buffer, "\"MaximumEventAgeInSeconds\":%lld,", (long long)config->age_s);
    }
    strbuf_append_string(&buffer, "\"DestinationConfig\":{");
    append_side(&buffer, "OnSuccess", config->on_success);
    strbuf_append_char(&buffer, ',');
    append_side(&buffer, "OnFailure", config->on_failure);
    strbuf_append_string(&buffer, "}}");
    const char *text = arena_copy(arena, buffer.data, buffer.size);
    strbuf_release(&buffer);
    return text;
}

static void write_config(struct call *call, struct output *output, const struct lambda_target *target,
                         const struct lambda_setting *setting) {
    struct event_config config;
    read_config(call->arena, setting->document, &config);
    output_timestamp(output, "LastModified", setting->modified_ms);
    output_string(output, "FunctionArn",
                  lambda_arn(call->arena, target->owner, target->name, setting->qualifier));
    if (config.retries != ABSENT) {
        output_integer(output, "MaximumRetryAttempts", config.retries);
    }
    if (config.age_s != ABSENT) {
        output_integer(output, "MaximumEventAgeInSeconds", config.age_s);
    }
    output_begin_structure(output, "DestinationConfig");
    output_begin_structure(output, "OnSuccess");
    output_string(output, "Destination", config.on_success);
    output_end(output);
    output_begin_structure(output, "OnFailure");
    output_string(output, "Destination", config.on_failure);
    output_end(output);
    output_end(output);
}

/* ---- checks ---- */

static bool is_destination_service(struct text service, bool failure) {
    return text_equals(service, "sqs") || text_equals(service, "sns") || text_equals(service, "lambda") ||
           text_equals(service, "events") || (failure && text_equals(service, "s3"));
}

/* Source: recording test_lambda_eventinvokeconfig_exceptions. */
static bool check_destination(struct call *call, const struct lambda_target *target, const char *destination,
                              bool failure, struct result *error) {
    struct arn arn;
    if (!destination) {
        return true;
    }
    if (!arn_parse(text_of(destination), &arn) || !is_destination_service(arn.service, failure)) {
        *error =
            lambda_fail(call, &lambda_error_InvalidParameterValueException,
                        failure ? "The provided destination config DestinationConfig(onSuccess=null, "
                                  "onFailure=OnFailure(destination=%s)) is invalid."
                                : "The provided destination config DestinationConfig(onSuccess=OnSuccess("
                                  "destination=%s), onFailure=null) is invalid.",
                        destination);
        return false;
    }
    if (!text_equals(arn.service, "lambda")) {
        return true;
    }
    struct function_reference reference;
    struct lambda_function function;
    bool found =
        function_reference_parse(text_of(destination), &reference) && reference.account.data &&
        reference.region.data &&
        lambda_store_function(call->store,
                              (struct lambda_owner){arena_text_string(call->arena, reference.account),
                                                    arena_text_string(call->arena, reference.region)},
                              arena_text_string(call->arena, reference.name), call->arena, &function);
    if (!found) {
        *error = lambda_fail(call, &lambda_error_InvalidParameterValueException,
                             "The destination ARN %s is invalid.", destination);
    } else if (text_equals(reference.name, target->name) &&
               text_equals(reference.account, target->owner.account) &&
               text_equals(reference.region, target->owner.region)) {
        found = false;
        *error = lambda_fail(call, &lambda_error_InvalidParameterValueException,
                             "You can't specify the function as a destination for itself.");
    }
    return found;
}

static bool find_function(struct call *call, struct input input, struct lambda_target *target,
                          struct result *error) {
    struct lambda_version version;
    if (!lambda_target_of(call, input_string(input, "FunctionName"), input_string(input, "Qualifier"), target,
                          error)) {
        return false;
    }
    if (!lambda_find_version(call, target, &version, NULL)) {
        *error = lambda_fail(call, &lambda_error_ResourceNotFoundException, "The function doesn't exist.");
        return false;
    }
    return true;
}

static void take_members(struct input input, struct event_config *config) {
    config->retries = input_integer(input, "MaximumRetryAttempts", config->retries);
    config->age_s = input_integer(input, "MaximumEventAgeInSeconds", config->age_s);
    struct input destinations = input_structure(input, "DestinationConfig");
    struct input success = input_structure(destinations, "OnSuccess");
    struct input failure = input_structure(destinations, "OnFailure");
    if (success.value) {
        config->on_success = input_string(success, "Destination");
    }
    if (failure.value) {
        config->on_failure = input_string(failure, "Destination");
    }
}

static struct result put_config(struct call *call, const struct lambda_target *target,
                                const struct event_config *config) {
    struct result error;
    if (!check_destination(call, target, config->on_success, false, &error) ||
        !check_destination(call, target, config->on_failure, true, &error)) {
        return error;
    }
    const struct lambda_setting setting = {
        .qualifier = qualifier_of(target),
        .document = config_document(call->arena, config),
        .created_ms = call->now_ms,
        .modified_ms = call->now_ms,
    };
    lambda_store_put_setting(call->store, target->owner, LAMBDA_SETTING_EVENT_INVOKE, target->name, &setting);
    write_config(call, call_output(call), target, &setting);
    return result_output();
}

/* ---- operations ---- */

struct result lambda_put_event_invoke_config(struct call *call, struct input input) {
    struct lambda_target target;
    struct result error;
    if (!input_has(input, "MaximumRetryAttempts") && !input_has(input, "MaximumEventAgeInSeconds") &&
        !input_has(input, "DestinationConfig")) {
        return lambda_fail(call, &lambda_error_InvalidParameterValueException,
                           "You must specify at least one of error handling or destination setting.");
    }
    if (!find_function(call, input, &target, &error)) {
        return error;
    }
    struct event_config config = {.retries = ABSENT, .age_s = ABSENT};
    take_members(input, &config);
    return put_config(call, &target, &config);
}

struct result lambda_update_event_invoke_config(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_setting setting;
    struct result error;
    if (!find_function(call, input, &target, &error)) {
        return error;
    }
    if (!lambda_store_setting(call->store, target.owner, LAMBDA_SETTING_EVENT_INVOKE, target.name,
                              qualifier_of(&target), call->arena, &setting)) {
        return no_config(call, &target);
    }
    struct event_config config;
    read_config(call->arena, setting.document, &config);
    take_members(input, &config);
    return put_config(call, &target, &config);
}

struct result lambda_get_event_invoke_config(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_setting setting;
    struct result error;
    if (!lambda_target_of(call, input_string(input, "FunctionName"), input_string(input, "Qualifier"),
                          &target, &error)) {
        return error;
    }
    if (!lambda_store_setting(call->store, target.owner, LAMBDA_SETTING_EVENT_INVOKE, target.name,
                              qualifier_of(&target), call->arena, &setting)) {
        return no_config(call, &target);
    }
    write_config(call, call_output(call), &target, &setting);
    return result_output();
}

struct result lambda_delete_event_invoke_config(struct call *call, struct input input) {
    struct lambda_target target;
    struct result error;
    if (!lambda_target_of(call, input_string(input, "FunctionName"), input_string(input, "Qualifier"),
                          &target, &error)) {
        return error;
    }
    if (!lambda_store_delete_setting(call->store, target.owner, LAMBDA_SETTING_EVENT_INVOKE, target.name,
                                     qualifier_of(&target))) {
        return no_config(call, &target);
    }
    return result_output();
}

struct result lambda_list_event_invoke_configs(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_version version;
    struct result error;
    if (!lambda_target_of(call, input_string(input, "FunctionName"), NULL, &target, &error)) {
        return error;
    }
    if (!lambda_find_version(call, &target, &version, NULL)) {
        return lambda_fail(call, &lambda_error_ResourceNotFoundException, "The function doesn't exist.");
    }
    struct lambda_setting *settings;
    size_t count = lambda_store_list_settings(call->store, target.owner, LAMBDA_SETTING_EVENT_INVOKE,
                                              target.name, call->arena, &settings);
    struct output *output = call_output(call);
    output_begin_list(output, "FunctionEventInvokeConfigs");
    for (size_t i = 0; i < count; i++) {
        output_begin_structure(output, NULL);
        write_config(call, output, &target, &settings[i]);
        output_end(output);
    }
    output_end(output);
    return result_output();
}
