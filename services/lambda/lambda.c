#include "services/lambda/lambda.h"

#include "emulator/base/die.h"
#include "services/lambda/execution_environment.h"
#include "services/lambda/lambda_code.h"
#include "services/lambda/lambda_invoke.h"

static const struct operation_row operations[] = {
    {"CreateFunction", lambda_create_function},
    {"DeleteFunction", lambda_delete_function},
    {"GetAccountSettings", lambda_get_account_settings},
    {"GetFunction", lambda_get_function},
    {"GetFunctionConfiguration", lambda_get_function_configuration},
    {"Invoke", lambda_invoke},
    {"InvokeAsync", lambda_invoke_async},
    {"ListFunctions", lambda_list_functions},
    {"ListVersionsByFunction", lambda_list_versions_by_function},
    {"UpdateFunctionCode", lambda_update_function_code},
    {"UpdateFunctionConfiguration", lambda_update_function_configuration},
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
    return lambda;
}

static void close_state(void *state) {
    lambda_environments_close(state);
    free(state);
}

static void wake_unsettled(void *argument, int64_t settles_ms) {
    lambda_wake_at(argument, settles_ms);
}

static void resume(struct emulator *emulator, void *state) {
    lambda_environments_close(state);
    lambda_store_each_unsettled(emulator_store(emulator), emulator_now_ms(emulator), wake_unsettled, state);
    lambda_events_resume(state);
}

static const struct endpoint_row endpoints[] = {
    {.name = "RuntimeApi", .match = lambda_runtime_match, .handle = lambda_runtime_handle, .plumbing = true},
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
