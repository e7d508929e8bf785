#include "services/lambda/lambda.h"

#include "emulator/base/die.h"
#include "services/lambda/event_source_mapping.h"
#include "services/lambda/execution_environment.h"
#include "services/lambda/function_url.h"
#include "services/lambda/lambda_code.h"
#include "services/lambda/lambda_invoke.h"

static const struct operation_row operations[] = {
    {"AddLayerVersionPermission", lambda_add_layer_permission},
    {"AddPermission", lambda_add_permission},
    {"CreateAlias", lambda_create_alias},
    {"CreateCodeSigningConfig", lambda_create_code_signing},
    {"CreateEventSourceMapping", lambda_create_mapping},
    {"CreateFunction", lambda_create_function},
    {"CreateFunctionUrlConfig", lambda_create_url},
    {"DeleteAlias", lambda_delete_alias},
    {"DeleteCodeSigningConfig", lambda_delete_code_signing},
    {"DeleteEventSourceMapping", lambda_delete_mapping},
    {"DeleteFunction", lambda_delete_function},
    {"DeleteFunctionCodeSigningConfig", lambda_delete_function_code_signing},
    {"DeleteFunctionConcurrency", lambda_delete_function_concurrency},
    {"DeleteFunctionEventInvokeConfig", lambda_delete_event_invoke_config},
    {"DeleteFunctionUrlConfig", lambda_delete_url},
    {"DeleteLayerVersion", lambda_delete_layer},
    {"DeleteProvisionedConcurrencyConfig", lambda_delete_provisioned},
    {"GetAccountSettings", lambda_get_account_settings},
    {"GetAlias", lambda_get_alias},
    {"GetCodeSigningConfig", lambda_get_code_signing},
    {"GetEventSourceMapping", lambda_get_mapping},
    {"GetFunction", lambda_get_function},
    {"GetFunctionCodeSigningConfig", lambda_get_function_code_signing},
    {"GetFunctionConcurrency", lambda_get_function_concurrency},
    {"GetFunctionConfiguration", lambda_get_function_configuration},
    {"GetFunctionEventInvokeConfig", lambda_get_event_invoke_config},
    {"GetFunctionRecursionConfig", lambda_get_recursion_config},
    {"GetFunctionUrlConfig", lambda_get_url},
    {"GetLayerVersion", lambda_get_layer},
    {"GetLayerVersionByArn", lambda_get_layer_by_arn},
    {"GetLayerVersionPolicy", lambda_get_layer_policy},
    {"GetPolicy", lambda_get_policy},
    {"GetProvisionedConcurrencyConfig", lambda_get_provisioned},
    {"GetRuntimeManagementConfig", lambda_get_runtime_management},
    {"Invoke", lambda_invoke},
    {"InvokeAsync", lambda_invoke_async},
    {"ListAliases", lambda_list_aliases},
    {"ListCodeSigningConfigs", lambda_list_code_signing},
    {"ListEventSourceMappings", lambda_list_mappings},
    {"ListFunctionEventInvokeConfigs", lambda_list_event_invoke_configs},
    {"ListFunctionUrlConfigs", lambda_list_urls},
    {"ListFunctions", lambda_list_functions},
    {"ListFunctionsByCodeSigningConfig", lambda_list_functions_by_code_signing},
    {"ListLayerVersions", lambda_list_layer_versions},
    {"ListLayers", lambda_list_layers},
    {"ListProvisionedConcurrencyConfigs", lambda_list_provisioned},
    {"ListTags", lambda_list_tags},
    {"ListVersionsByFunction", lambda_list_versions_by_function},
    {"PublishLayerVersion", lambda_publish_layer},
    {"PublishVersion", lambda_publish_version},
    {"PutFunctionCodeSigningConfig", lambda_put_function_code_signing},
    {"PutFunctionConcurrency", lambda_put_function_concurrency},
    {"PutFunctionEventInvokeConfig", lambda_put_event_invoke_config},
    {"PutFunctionRecursionConfig", lambda_put_recursion_config},
    {"PutProvisionedConcurrencyConfig", lambda_put_provisioned},
    {"PutRuntimeManagementConfig", lambda_put_runtime_management},
    {"RemoveLayerVersionPermission", lambda_remove_layer_permission},
    {"RemovePermission", lambda_remove_permission},
    {"TagResource", lambda_tag_resource},
    {"UntagResource", lambda_untag_resource},
    {"UpdateAlias", lambda_update_alias},
    {"UpdateCodeSigningConfig", lambda_update_code_signing},
    {"UpdateEventSourceMapping", lambda_update_mapping},
    {"UpdateFunctionCode", lambda_update_function_code},
    {"UpdateFunctionConfiguration", lambda_update_function_configuration},
    {"UpdateFunctionEventInvokeConfig", lambda_update_event_invoke_config},
    {"UpdateFunctionUrlConfig", lambda_update_url},
    {NULL, NULL},
};

static const struct accepted_member accepted[] = {
    {"CreateFunction", "VpcConfig", "stored and shown; handlers run on this machine's network"},
    {"CreateFunction", "FileSystemConfigs", "stored and shown; nothing is mounted"},
    {"CreateFunction", "TracingConfig", "stored and shown; there is no X-Ray"},
    {"CreateFunction", "KMSKeyArn", "stored and shown; variables are kept as they are"},
    {"CreateFunction", "SnapStart", "stored and shown; environments start cold"},
    {"CreateFunction", "ImageConfig", "stored and shown; images do not run"},
    {NULL, NULL, NULL},
};

/* ---- validation ---- */

/* Replaces every `wanted` in text. */
static const char *replace(struct arena *arena, const char *text, const char *wanted,
                           const char *replacement) {
    struct strbuf out = STRBUF_INIT;
    const char *found;
    while ((found = strstr(text, wanted))) {
        strbuf_append(&out, text, (size_t)(found - text));
        strbuf_append_string(&out, replacement);
        text = found + strlen(wanted);
    }
    strbuf_append_string(&out, text);
    const char *replaced = arena_copy(arena, out.data, out.size);
    strbuf_release(&out);
    return replaced;
}

/* Where Lambda's wording differs from the general one. Source: recording test_create_lambda_exceptions. */
static struct result validation_failed(struct call *call, struct input input, const char *message) {
    (void)input;
    if (strstr(message, "at 'architectures.1.member' failed")) {
        message =
            replace(call->arena, message, "at 'architectures.1.member' failed", "at 'architectures' failed");
    }
    return call_error(call, &error_validation_exception, "%s", message);
}

/* ---- life ---- */

static void *open_state(struct emulator *emulator) {
    struct lambda *lambda = xcalloc(1, sizeof *lambda);
    lambda->emulator = emulator;
    clock_init(&lambda->real_clock, CLOCK_REAL);
    lambda->resolutions = lambda_resolutions_open();
    return lambda;
}

static void close_state(void *state) {
    lambda_pollers_close(state);
    lambda_environments_close(state);
    lambda_resolutions_close(((struct lambda *)state)->resolutions);
    free(state);
}

static void wake_unsettled(void *argument, int64_t settles_ms) {
    lambda_wake_at(argument, settles_ms);
}

static void resume(struct emulator *emulator, void *state) {
    lambda_environments_close(state);
    lambda_store_each_unsettled(emulator_store(emulator), emulator_now_ms(emulator), wake_unsettled, state);
    lambda_events_resume(state);
    lambda_pollers_resume(state);
}

static const struct endpoint_row endpoints[] = {
    {.name = "RuntimeApi", .match = lambda_runtime_match, .handle = lambda_runtime_handle, .plumbing = true},
    {.name = "FunctionUrl", .match = function_url_match, .handle = function_url_handle},
    {.name = "CodeDownload", .match = lambda_code_match, .handle = lambda_code_download},
    {.name = NULL},
};

const struct service lambda_service = {
    .model = &lambda_model,
    .operations = operations,
    .endpoints = endpoints,
    .store = &lambda_store_module,
    .accepted = accepted,
    .open = open_state,
    .close = close_state,
    .resume = resume,
    .validation_failed = validation_failed,
};
