/*
 * AWS operations by a scenario. Operations of JSON services go through the gateway as a client's message
 * does; those of the other protocols, and the harness's own questions, enter dispatch as calls.
 */
#include <string.h>

#include "emulator/core/gateway.h"
#include "harness/scenario_run.h"
#include "services/services.h"

/* Origin of the harness's own questions, by which stories and trace queries leave them out. */
#define QUESTION_ORIGIN "stackrig test"

bool run_is_question(const struct trace_record *record) {
    return record->origin && strcmp(record->origin, QUESTION_ORIGIN) == 0;
}

struct scenario_caller run_caller(struct scenario_run *run) {
    return (struct scenario_caller){.access_key = emulator_default_account(run->emulator),
                                    .region = emulator_default_region(run->emulator)};
}

/* Outlives the step that waits for it: a late answer must find its place. */
struct waiting_call {
    struct scenario_run *run;
    bool done;
    struct call_outcome outcome;
};

static bool is_done(void *argument) {
    const struct waiting_call *waiting = argument;
    return waiting->done;
}

/* ---- the caller ---- */

#define MAXIMUM_HEADERS 8

/* Who signs, as headers; returns how many. */
static size_t sign(struct arena *arena, const struct scenario_caller *caller, const char *service,
                   struct http_header *headers) {
    const char *credential = arena_printf(
        arena, "AWS4-HMAC-SHA256 Credential=%s/20260101/%s/%s/aws4_request, SignedHeaders=host, Signature=0",
        caller->access_key, caller->region, service);
    headers[0] = (struct http_header){TEXT("authorization"), text_of(credential)};
    headers[1] = (struct http_header){TEXT("x-amz-security-token"), text_of(caller->session_token)};
    return caller->session_token ? 2 : 1;
}

static struct identity identity_of(struct scenario_run *run, const struct scenario_caller *caller) {
    struct http_header headers[MAXIMUM_HEADERS];
    struct http_request request = {.headers = headers, .arena = run->arena, .socket = -1};
    request.header_count = sign(run->arena, caller, "sts", headers);
    struct identity identity;
    identity_of_request(run->emulator, &request, &identity);
    return identity;
}

/* ---- through the gateway ---- */

static struct text reply_header(const struct http_reply *reply, const char *name) {
    for (size_t i = 0; i < reply->header_count; i++) {
        if (text_equals_ignore_case(reply->headers[i].name, name)) {
            return reply->headers[i].value;
        }
    }
    return TEXT_NONE;
}

/* The code as SDKs read it: x-amzn-query-error wins over __type, whose prefix does not count. */
static const char *error_code_of(struct arena *arena, const struct http_reply *reply, const json_t *body) {
    struct text code = reply_header(reply, "x-amzn-query-error");
    if (code.data) {
        return arena_text_string(arena, text_cut(&code, ';'));
    }
    const char *type = string_member(body, "__type");
    const char *hash = type ? strchr(type, '#') : NULL;
    return arena_strdup(arena, hash ? hash + 1 : type ? type : "Unknown");
}

static void gateway_replied(void *argument, struct http_reply *reply) {
    struct waiting_call *waiting = argument;
    struct arena *arena = waiting->run->arena;
    struct call_outcome *outcome = &waiting->outcome;
    waiting->done = true;
    outcome->answered = !reply->drop;
    outcome->status = reply->drop ? 0 : reply->status;
    struct text body = strbuf_text(&reply->body);
    outcome->output =
        json_loadb(body.data ? body.data : "", body.size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (reply->status >= 300 && !reply->drop) {
        const char *message = string_member(outcome->output, "message");
        message = message ? message : string_member(outcome->output, "Message");
        outcome->error_code = error_code_of(arena, reply, outcome->output);
        outcome->error_message = arena_strdup(arena, message ? message : "");
    }
    http_reply_release(reply);
}

static void send_json(struct scenario_run *run, const struct scenario_caller *caller,
                      const struct service_model *model, const char *operation, const char *input,
                      struct waiting_call *waiting) {
    struct arena *arena = run->arena;
    struct http_header *headers = arena_alloc(arena, MAXIMUM_HEADERS * sizeof *headers);
    size_t count = sign(arena, caller, model->signing_name, headers);
    headers[count++] = (struct http_header){
        TEXT("host"),
        text_of(arena_printf(arena, "%s.%s.amazonaws.com", model->endpoint_prefix, caller->region))};
    headers[count++] = (struct http_header){
        TEXT("x-amz-target"), text_of(arena_printf(arena, "%s.%s", model->target_prefix, operation))};
    headers[count++] = (struct http_header){
        TEXT("content-type"), text_of(arena_printf(arena, "application/x-amz-json-%s", model->json_version))};
    struct http_request *request = arena_zalloc(arena, sizeof *request);
    *request = (struct http_request){
        .method = TEXT("POST"),
        .target = TEXT("/"),
        .path = TEXT("/"),
        .headers = headers,
        .header_count = count,
        .body = text_of(arena_strdup(arena, input)),
        .arena = arena,
        .socket = -1,
    };
    gateway_handle(run->emulator, request, gateway_replied, waiting);
}

/* ---- as a call ---- */

static void call_done(void *argument, const struct call_reply *reply) {
    struct waiting_call *waiting = argument;
    struct arena *arena = waiting->run->arena;
    waiting->done = true;
    waiting->outcome.answered = reply->status != 0;
    waiting->outcome.status = reply->status;
    waiting->outcome.error_code = reply->error_code ? arena_strdup(arena, reply->error_code) : NULL;
    waiting->outcome.error_message = reply->error_message ? arena_strdup(arena, reply->error_message) : NULL;
    waiting->outcome.output = json_loadb(reply->body.data ? reply->body.data : "", reply->body.size,
                                         JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

static void start_call(struct scenario_run *run, const struct scenario_caller *caller, const char *service,
                       const char *operation, const char *input, const char *origin,
                       struct waiting_call *waiting) {
    struct call_request request = {
        .service = service,
        .operation = operation,
        .input = text_of(input),
        .caller = identity_of(run, caller),
        .origin = origin,
    };
    call_start(run->emulator, &request, call_done, waiting);
}

/* ---- both ---- */

static const struct service_model *find_model(const char *service, const char *operation) {
    const struct service *target = services_find(service);
    bool known = target && target->model && service_model_operation(target->model, text_of(operation));
    return known ? target->model : NULL;
}

static const struct call_outcome unknown_operation = {.answered = true,
                                                      .status = 400,
                                                      .error_code = "UnknownOperation",
                                                      .error_message = "stackrig knows no such operation"};

struct call_outcome run_call(struct scenario_run *run, const struct scenario_caller *caller,
                             const char *service, const char *operation, json_t *input) {
    struct waiting_call *waiting = arena_zalloc(run->arena, sizeof *waiting);
    waiting->run = run;
    const struct service_model *model = find_model(service, operation);
    char *text = json_dumps(input, JSON_COMPACT);
    json_decref(input);
    if (!model) {
        free(text);
        return unknown_operation;
    }
    if (model->protocol == PROTOCOL_JSON) {
        send_json(run, caller, model, operation, text ? text : "{}", waiting);
    } else {
        start_call(run, caller, service, operation, text ? text : "{}", "scenario", waiting);
    }
    free(text);
    run_until(run, is_done, waiting, INT64_MAX);
    return waiting->outcome;
}

struct call_outcome run_ask(struct scenario_run *run, const char *service, const char *operation,
                            json_t *input) {
    struct waiting_call *waiting = arena_zalloc(run->arena, sizeof *waiting);
    waiting->run = run;
    char *text = json_dumps(input, JSON_COMPACT);
    json_decref(input);
    if (!find_model(service, operation)) {
        free(text);
        return unknown_operation;
    }
    struct scenario_caller caller = run_caller(run);
    start_call(run, &caller, service, operation, text ? text : "{}", QUESTION_ORIGIN, waiting);
    free(text);
    run_until(run, is_done, waiting, emulator_now_ms(run->emulator));
    return waiting->outcome;
}
