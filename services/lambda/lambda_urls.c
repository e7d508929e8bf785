/* Configurations of function URLs. */
#include "services/lambda/function_reference.h"
#include "services/lambda/function_url.h"
#include "services/lambda/lambda.h"

static const char *qualifier_of(const struct lambda_target *target) {
    return target->qualifier ? target->qualifier : "$LATEST";
}

static struct result no_url(struct call *call) {
    return lambda_fail(call, &lambda_error_ResourceNotFoundException,
                       "The resource you requested does not exist.");
}

static const char *new_document(struct call *call, const char *auth, const struct json_value *cors,
                                const char *mode) {
    struct strbuf document = STRBUF_INIT;
    strbuf_printf(&document, "{\"AuthType\":\"%s\"", auth);
    if (cors) {
        strbuf_append_string(&document, ",\"Cors\":");
        json_write(&document, cors);
    }
    if (mode) {
        strbuf_printf(&document, ",\"InvokeMode\":\"%s\"", mode);
    }
    strbuf_append_char(&document, '}');
    const char *text = arena_copy(call->arena, document.data, document.size);
    strbuf_release(&document);
    return text;
}

enum shown { SHOWN_AFTER_CREATE, SHOWN_AFTER_UPDATE, SHOWN_IN_FULL };

/* InvokeMode is absent from the answers of Create and Update unless it was set. Source: lambda.md section 3.
 */
static struct result write_url(struct call *call, struct output *output, const struct lambda_target *target,
                               const struct lambda_setting *setting, enum shown shown) {
    const struct json_value *document = json_parse(call->arena, text_of(setting->document), NULL);
    bool latest = strcmp(setting->qualifier, "$LATEST") == 0;
    output_string(output, "FunctionUrl", function_url(call, target->owner.region, setting->token));
    output_string(output, "FunctionArn",
                  lambda_arn(call->arena, target->owner, target->name, latest ? NULL : setting->qualifier));
    output_text(output, "AuthType", json_find_text(document, "AuthType"));
    const struct json_value *cors = json_find(document, "Cors");
    if (cors) {
        output_value(output, "Cors", cors);
    }
    output_string(output, "CreationTime", lambda_time(call->arena, setting->created_ms));
    if (shown != SHOWN_AFTER_CREATE) {
        output_string(output, "LastModifiedTime", lambda_time(call->arena, setting->modified_ms));
    }
    struct text mode = json_find_text(document, "InvokeMode");
    output_text(output, "InvokeMode",
                mode.data                ? mode
                : shown == SHOWN_IN_FULL ? TEXT("BUFFERED")
                                         : TEXT_NONE);
    return result_output();
}

/* $LATEST or an alias of an existing function. False: *error. */
static bool find_target(struct call *call, struct input input, struct lambda_target *target,
                        struct result *error) {
    struct lambda_version version;
    if (!lambda_target_of(call, input_string(input, "FunctionName"), input_string(input, "Qualifier"), target,
                          error)) {
        return false;
    }
    if (!lambda_find_version(call, target, &version, NULL)) {
        *error = lambda_fail(call, &lambda_error_ResourceNotFoundException, "Function does not exist");
        return false;
    }
    return true;
}

static bool find_url(struct call *call, struct input input, struct lambda_target *target,
                     struct lambda_setting *setting, struct result *error) {
    if (!lambda_target_of(call, input_string(input, "FunctionName"), input_string(input, "Qualifier"), target,
                          error)) {
        return false;
    }
    if (!lambda_store_setting(call->store, target->owner, LAMBDA_SETTING_URL, target->name,
                              qualifier_of(target), call->arena, setting)) {
        *error = no_url(call);
        return false;
    }
    return true;
}

struct result lambda_create_url(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_setting existing;
    struct result error;
    if (!find_target(call, input, &target, &error)) {
        return error;
    }
    if (lambda_store_setting(call->store, target.owner, LAMBDA_SETTING_URL, target.name,
                             qualifier_of(&target), call->arena, &existing)) {
        return lambda_fail(call, &lambda_error_ResourceConflictException,
                           "Failed to create function url config for [functionArn = %s]. Error message:  "
                           "FunctionUrlConfig exists for this Lambda function",
                           lambda_arn(call->arena, target.owner, target.name, target.qualifier));
    }
    char id[FUNCTION_URL_ID_SIZE + 1];
    ids_random_string(emulator_ids(call->emulator), "abcdefghijklmnopqrstuvwxyz234567", FUNCTION_URL_ID_SIZE,
                      id);
    const struct lambda_setting setting = {
        .qualifier = qualifier_of(&target),
        .document = new_document(call, input_string(input, "AuthType"), input_structure(input, "Cors").value,
                                 input_string(input, "InvokeMode")),
        .token = id,
        .created_ms = call->now_ms,
        .modified_ms = call->now_ms,
    };
    lambda_store_put_setting(call->store, target.owner, LAMBDA_SETTING_URL, target.name, &setting);
    return write_url(call, call_output(call), &target, &setting, SHOWN_AFTER_CREATE);
}

struct result lambda_get_url(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_setting setting;
    struct result error;
    if (!find_url(call, input, &target, &setting, &error)) {
        return error;
    }
    return write_url(call, call_output(call), &target, &setting, SHOWN_IN_FULL);
}

struct result lambda_update_url(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_setting setting;
    struct result error;
    if (!find_url(call, input, &target, &setting, &error)) {
        return error;
    }
    const struct json_value *old = json_parse(call->arena, text_of(setting.document), NULL);
    const char *auth = input_string(input, "AuthType");
    const char *mode = input_string(input, "InvokeMode");
    setting.document =
        new_document(call, auth ? auth : arena_text_string(call->arena, json_find_text(old, "AuthType")),
                     input_has(input, "Cors") ? input_structure(input, "Cors").value : json_find(old, "Cors"),
                     mode ? mode : arena_text_string(call->arena, json_find_text(old, "InvokeMode")));
    setting.modified_ms = call->now_ms;
    lambda_store_put_setting(call->store, target.owner, LAMBDA_SETTING_URL, target.name, &setting);
    return write_url(call, call_output(call), &target, &setting, SHOWN_AFTER_UPDATE);
}

struct result lambda_delete_url(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_setting setting;
    struct result error;
    if (!find_url(call, input, &target, &setting, &error)) {
        return error;
    }
    lambda_store_delete_setting(call->store, target.owner, LAMBDA_SETTING_URL, target.name,
                                qualifier_of(&target));
    return result_output();
}

struct result lambda_list_urls(struct call *call, struct input input) {
    struct lambda_target target;
    struct result error;
    if (!lambda_existing_target(call, input, &target, &error)) {
        return error;
    }
    struct lambda_setting *settings;
    size_t count = lambda_store_list_settings(call->store, target.owner, LAMBDA_SETTING_URL, target.name,
                                              call->arena, &settings);
    struct output *output = call_output(call);
    output_begin_list(output, "FunctionUrlConfigs");
    for (size_t i = 0; i < count; i++) {
        output_begin_structure(output, NULL);
        write_url(call, output, &target, &settings[i], SHOWN_IN_FULL);
        output_end(output);
    }
    output_end(output);
    return result_output();
}
