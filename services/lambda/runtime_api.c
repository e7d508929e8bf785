/*
 * The Lambda Runtime API, on a listener of each environment's own. Source: lambda.md section 6.
 */
#include "emulator/core/trace.h"
#include "services/lambda/execution_environment.h"

#define RUNTIME_PATH "/2018-06-01/runtime/"
#define SLEEP_PATH "/2018-06-01/stackrig/sleep/"

bool lambda_runtime_match(struct emulator *emulator, const struct http_request *request) {
    return request->listener && lambda_environment_of(lambda_state(emulator), request->listener);
}

static struct result answer(struct call *call, int status, struct text body) {
    call->reply.status = status;
    http_reply_add_header(&call->reply, "Content-Type", TEXT("application/json"));
    strbuf_append_text(&call->reply.body, body);
    return result_output();
}

static struct result accept_status(struct call *call) {
    return answer(call, 202, TEXT("{\"status\":\"OK\"}\n"));
}

static struct result refuse(struct call *call, int status, const char *type, const char *message) {
    return answer(call, status,
                  text_of(arena_printf(call->arena, "{\"errorMessage\":\"%s\",\"errorType\":\"%s\"}\n",
                                       message, type)));
}

static struct result refuse_state(struct call *call, const char *from, const char *to) {
    return refuse(
        call, 403, "InvalidStateTransition",
        arena_printf(call->arena,
                     "State transition from %s to %s failed for runtime. Error: State transition is not "
                     "allowed",
                     from, to));
}

static struct result next(struct call *call, struct execution_environment *environment) {
    if (environment->state != ENVIRONMENT_INIT && environment->state != ENVIRONMENT_RETURNING) {
        return refuse_state(call, "Running", "Ready");
    }
    return environment_next(environment, call);
}

/* The type a runtime names in its header, else the one in its body. */
static const char *error_type_of(struct call *call) {
    struct text type = http_request_header(call->request, "Lambda-Runtime-Function-Error-Type");
    if (!type.data) {
        const struct json_value *body = json_parse(call->arena, call->request->body, NULL);
        type = json_find_text(body, "errorType");
    }
    return arena_text_string(call->arena, type);
}

static struct text body_or_null(struct call *call) {
    return call->request->body.size > 0 ? call->request->body : TEXT("null");
}

/* POST invocation/{id}/response and .../error */
static struct result answered(struct call *call, struct execution_environment *environment,
                              struct text rest) {
    struct text id = text_cut(&rest, '/');
    bool failed = text_equals(rest, "error");
    if (!failed && !text_equals(rest, "response")) {
        return refuse(call, 404, "NotFound", "no such path");
    }
    if (environment->state != ENVIRONMENT_BUSY) {
        return refuse_state(call, "Ready", failed ? "InvocationErrorResponse" : "InvocationResponse");
    }
    if (!text_equals(id, environment->invocation->request_id)) {
        return refuse(call, 400, "InvalidRequestID", "Invalid request ID");
    }
    struct text type = http_request_header(call->request, "Lambda-Runtime-Function-Error-Type");
    bool streamed = text_equals_ignore_case(
        http_request_header(call->request, "Lambda-Runtime-Function-Response-Mode"), "streaming");
    bool too_large = !failed && call->request->body.size > LAMBDA_RESPONSE_MAXIMUM_BYTES;
    struct result result =
        too_large ? refuse(call, 413, "RequestEntityTooLarge",
                           arena_printf(call->arena, "Exceeded maximum allowed payload size (%d bytes).",
                                        LAMBDA_RESPONSE_MAXIMUM_BYTES))
                  : accept_status(call);
    failed = failed || (streamed && type.data);
    environment_answered(environment, failed, failed ? error_type_of(call) : NULL, body_or_null(call));
    return result;
}

static struct result init_error(struct call *call, struct execution_environment *environment) {
    if (environment->state != ENVIRONMENT_INIT) {
        return refuse_state(call, "Ready", "InitError");
    }
    const char *type = error_type_of(call);
    struct result result = accept_status(call);
    environment_init_failed(environment, type ? type : "Runtime.Unknown", body_or_null(call));
    return result;
}

/* POST /2018-06-01/stackrig/sleep/MILLISECONDS/THREADS, of the library emulator/interpose/virtual_time.c. */
static struct result sleep_virtually(struct call *call, struct execution_environment *environment) {
    int64_t sleep_ms;
    int64_t threads;
    struct text rest = text_slice(call->request->path, sizeof(SLEEP_PATH) - 1, call->request->path.size);
    if (!text_to_int64(text_cut(&rest, '/'), &sleep_ms) || sleep_ms < 0 || sleep_ms > INT32_MAX ||
        !text_to_int64(rest, &threads)) {
        return refuse(call, 400, "InvalidSleep", "not a number of milliseconds and of threads");
    }
    return environment_sleep(environment, call, sleep_ms, threads > 1);
}

struct result lambda_runtime_handle(struct call *call) {
    struct execution_environment *environment =
        lambda_environment_of(lambda_state(call->emulator), call->request->listener);
    struct text path = call->request->path;
    if (environment && text_starts_with(path, SLEEP_PATH)) {
        return sleep_virtually(call, environment);
    }
    if (!environment || !text_starts_with(path, RUNTIME_PATH)) {
        return refuse(call, 404, "NotFound", "no such path");
    }
    struct text rest = text_slice(path, sizeof(RUNTIME_PATH) - 1, path.size);
    bool get = text_equals(call->request->method, "GET");
    bool post = text_equals(call->request->method, "POST");
    if (get && text_equals(rest, "invocation/next")) {
        return next(call, environment);
    }
    if (post && text_starts_with(rest, "invocation/")) {
        return answered(call, environment, text_slice(rest, sizeof("invocation/") - 1, rest.size));
    }
    if (post && text_equals(rest, "init/error")) {
        return init_error(call, environment);
    }
    return refuse(call, 404, "NotFound", "no such path");
}
