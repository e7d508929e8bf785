/*
 * Code signing configurations: kept and shown, so that tools that read them get their answer. Nothing here
 * checks signatures.
 */
#include "emulator/base/arn.h"
#include "services/lambda/lambda.h"

#define ID_SIZE 17

static struct result no_config(struct call *call, const char *arn) {
    return call_error(call, &lambda_error_ResourceNotFoundException,
                      "The Lambda code signing configuration %s can not be found.", arn);
}

static const char *config_arn(struct call *call, const struct lambda_document *config) {
    return arn_build(call->arena, "lambda", config->owner.region, config->owner.account,
                     arena_printf(call->arena, "code-signing-config:%s", config->id));
}

static bool find_config(struct call *call, const char *arn, struct lambda_document *config) {
    const char *colon = strrchr(arn, ':');
    return colon &&
           lambda_store_document(call->store, LAMBDA_DOCUMENT_CODE_SIGNING, colon + 1, call->arena, config);
}

static void write_config(struct call *call, struct output *output, const struct lambda_document *config) {
    const struct json_value *document = json_parse(call->arena, text_of(config->document), NULL);
    output_string(output, "CodeSigningConfigId", config->id);
    output_string(output, "CodeSigningConfigArn", config_arn(call, config));
    output_text(output, "Description", json_find_text(document, "Description"));
    output_value(output, "AllowedPublishers", json_find(document, "AllowedPublishers"));
    output_value(output, "CodeSigningPolicies", json_find(document, "CodeSigningPolicies"));
    output_string(output, "LastModified", lambda_time(call->arena, config->modified_ms));
}

static struct result show(struct call *call, const struct lambda_document *config) {
    struct output *output = call_output(call);
    output_begin_structure(output, "CodeSigningConfig");
    write_config(call, output, config);
    output_end(output);
    return result_output();
}

/* The request's members over those of `old` (NULL: none). */
static const char *merge(struct call *call, struct input input, const struct json_value *old) {
    struct strbuf document = STRBUF_INIT;
    const struct json_value *publishers = input_structure(input, "AllowedPublishers").value;
    const struct json_value *policies = input_structure(input, "CodeSigningPolicies").value;
    struct text description = input_has(input, "Description") ? input_text(input, "Description")
                                                              : json_find_text(old, "Description");
    publishers = publishers ? publishers : json_find(old, "AllowedPublishers");
    policies = policies ? policies : json_find(old, "CodeSigningPolicies");
    strbuf_append_string(&document, "{\"AllowedPublishers\":");
    json_write(&document, publishers);
    strbuf_append_string(&document, ",\"CodeSigningPolicies\":");
    if (policies && policies->count) {
        json_write(&document, policies);
    } else {
        strbuf_append_string(&document, "{\"UntrustedArtifactOnDeployment\":\"Warn\"}");
    }
    if (description.data) {
        strbuf_append_string(&document, ",\"Description\":");
        json_write_string(&document, description);
    }
    strbuf_append_char(&document, '}');
    const char *text = arena_copy(call->arena, document.data, document.size);
    strbuf_release(&document);
    return text;
}

struct result lambda_create_code_signing(struct call *call, struct input input) {
    char id[ID_SIZE + 1];
    ids_random_string(emulator_ids(call->emulator), "abcdefghijklmnopqrstuvwxyz0123456789", ID_SIZE, id);
    const char *tags = lambda_json_text(call->arena, input_map(input, "Tags").value);
    const struct lambda_document config = {
        .id = arena_printf(call->arena, "csc-%s", id),
        .owner = lambda_owner_of(call),
        .state = "Active",
        .document = merge(call, input, NULL),
        .tags = tags ? tags : "{}",
        .modified_ms = call->now_ms,
    };
    lambda_store_put_document(call->store, LAMBDA_DOCUMENT_CODE_SIGNING, &config);
    return show(call, &config);
}

struct result lambda_get_code_signing(struct call *call, struct input input) {
    struct lambda_document config;
    const char *arn = input_string(input, "CodeSigningConfigArn");
    return find_config(call, arn, &config) ? show(call, &config) : no_config(call, arn);
}

struct result lambda_update_code_signing(struct call *call, struct input input) {
    struct lambda_document config;
    const char *arn = input_string(input, "CodeSigningConfigArn");
    if (!find_config(call, arn, &config)) {
        return no_config(call, arn);
    }
    config.document = merge(call, input, json_parse(call->arena, text_of(config.document), NULL));
    config.modified_ms = call->now_ms;
    lambda_store_put_document(call->store, LAMBDA_DOCUMENT_CODE_SIGNING, &config);
    return show(call, &config);
}

struct result lambda_delete_code_signing(struct call *call, struct input input) {
    struct lambda_document config;
    const char *arn = input_string(input, "CodeSigningConfigArn");
    if (!find_config(call, arn, &config)) {
        return no_config(call, arn);
    }
    lambda_store_delete_document(call->store, LAMBDA_DOCUMENT_CODE_SIGNING, config.id);
    return result_output();
}

struct result lambda_list_code_signing(struct call *call, struct input input) {
    (void)input;
    struct lambda_owner owner = lambda_owner_of(call);
    struct lambda_document *configs;
    size_t count =
        lambda_store_list_documents(call->store, LAMBDA_DOCUMENT_CODE_SIGNING, &owner, call->arena, &configs);
    struct output *output = call_output(call);
    output_begin_list(output, "CodeSigningConfigs");
    for (size_t i = 0; i < count; i++) {
        output_begin_structure(output, NULL);
        write_config(call, output, &configs[i]);
        output_end(output);
    }
    output_end(output);
    return result_output();
}

struct result lambda_list_functions_by_code_signing(struct call *call, struct input input) {
    struct lambda_document config;
    const char *arn = input_string(input, "CodeSigningConfigArn");
    if (!find_config(call, arn, &config)) {
        return no_config(call, arn);
    }
    struct lambda_owner owner = lambda_owner_of(call);
    struct lambda_version *versions;
    size_t count =
        lambda_store_list_versions(call->store, owner, NULL, false, "", -1, 10000, call->arena, &versions);
    struct output *output = call_output(call);
    output_begin_list(output, "FunctionArns");
    for (size_t i = 0; i < count; i++) {
        struct lambda_function function;
        lambda_store_function(call->store, owner, versions[i].name, call->arena, &function);
        if (text_equals(text_of(function.code_signing_arn), arn)) {
            output_string(output, NULL, lambda_arn(call->arena, owner, function.name, NULL));
        }
    }
    output_end(output);
    return result_output();
}

/* ---- of one function ---- */

static bool find_function(struct call *call, struct input input, struct lambda_target *target,
                          struct lambda_function *function, struct result *error) {
    return lambda_existing_target(call, input, target, error) &&
           lambda_store_function(call->store, target->owner, target->name, call->arena, function);
}

static struct result show_function(struct call *call, const struct lambda_function *function) {
    if (function->code_signing_arn) {
        output_string(call_output(call), "CodeSigningConfigArn", function->code_signing_arn);
        output_string(call_output(call), "FunctionName", function->name);
    }
    return result_output();
}

struct result lambda_put_function_code_signing(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_function function;
    struct lambda_document config;
    struct result error;
    const char *arn = input_string(input, "CodeSigningConfigArn");
    if (!find_config(call, arn, &config)) {
        return lambda_fail(
            call, &lambda_error_CodeSigningConfigNotFoundException,
            "The code signing configuration cannot be found. Check that the provided configuration is "
            "not deleted: %s.",
            arn);
    }
    if (!find_function(call, input, &target, &function, &error)) {
        return error;
    }
    function.code_signing_arn = arn;
    lambda_store_put_function(call->store, target.owner, &function);
    return show_function(call, &function);
}

struct result lambda_get_function_code_signing(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_function function;
    struct result error;
    if (!find_function(call, input, &target, &function, &error)) {
        return error;
    }
    return show_function(call, &function);
}

struct result lambda_delete_function_code_signing(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_function function;
    struct result error;
    if (!find_function(call, input, &target, &function, &error)) {
        return error;
    }
    function.code_signing_arn = NULL;
    lambda_store_put_function(call->store, target.owner, &function);
    return result_output();
}
