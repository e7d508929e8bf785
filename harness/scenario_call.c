/*
 * AWS operations by a scenario. Operations of JSON services go through the gateway as a client's message
 * does; those of the other protocols, and the harness's own questions, enter dispatch as calls.
 */
#include <string.h>

#include "emulator/core/gateway.h"
#include "harness/client_codec.h"
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

bool outcome_is_error(const struct call_outcome *outcome, const char *wanted) {
    return outcome->error_code && (strcmp(outcome->error_code, wanted) == 0 ||
                                   (outcome->error_name && strcmp(outcome->error_name, wanted) == 0));
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

#define SIGNATURE_HEADERS 2

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
    struct http_header headers[SIGNATURE_HEADERS];
    struct http_request request = {.headers = headers, .arena = run->arena, .socket = -1};
    request.header_count = sign(run->arena, caller, "sts", headers);
    struct identity identity;
    identity_of_request(run->emulator, &request, &identity);
    return identity;
}

/* ---- through the gateway ---- */

/* A request of a scenario and who waits for it; lives as long as the run. */
struct gateway_call {
    struct waiting_call *waiting;
    const struct client_codec *codec;
    struct client_request request;
};

static void gateway_replied(void *argument, struct http_reply *reply) {
    struct gateway_call *call = argument;
    struct call_outcome *outcome = &call->waiting->outcome;
    call->waiting->done = true;
    outcome->answered = !reply->drop;
    outcome->status = reply->drop ? 0 : reply->status;
    if (!reply->drop) {
        struct client_answer answer = {0};
        call->codec->decode(&call->request, reply, &answer);
        outcome->output = answer.output;
        outcome->error_code = answer.error_code;
        outcome->error_name = answer.error_name;
        outcome->error_message = answer.error_message;
    }
    http_reply_release(reply);
}

static void send_request(struct scenario_run *run, const struct scenario_caller *caller,
                         const struct service_model *model, const char *operation, const json_t *input,
                         struct waiting_call *waiting) {
    struct arena *arena = run->arena;
    struct gateway_call *call = arena_zalloc(arena, sizeof *call);
    call->waiting = waiting;
    call->codec = client_codec_of(model->protocol);
    call->request.arena = arena;
    call->request.model = model;
    call->request.operation = service_model_operation(model, text_of(operation));
    call->request.header_count = sign(arena, caller, model->signing_name, call->request.headers);
    client_add_header(&call->request, "host",
                      arena_printf(arena, "%s.%s.amazonaws.com", model->endpoint_prefix, caller->region));
    call->codec->encode(&call->request, input);
    struct http_request *message = arena_zalloc(arena, sizeof *message);
    struct text rest = call->request.target;
    *message = (struct http_request){
        .method = call->request.method,
        .target = call->request.target,
        .headers = call->request.headers,
        .header_count = call->request.header_count,
        .body = call->request.body,
        .arena = arena,
        .socket = -1,
    };
    message->path = text_cut(&rest, '?');
    message->query = rest;
    gateway_handle(run->emulator, message, gateway_replied, call);
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
    if (!model) {
        json_decref(input);
        return unknown_operation;
    }
    if (client_codec_of(model->protocol)) {
        send_request(run, caller, model, operation, input, waiting);
    } else {
        char *text = json_dumps(input, JSON_COMPACT);
        start_call(run, caller, service, operation, text ? text : "{}", "scenario", waiting);
        free(text);
    }
    json_decref(input);
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
