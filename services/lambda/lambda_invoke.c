/* Invoke: the checks, and the synchronous answer. */
#include "services/lambda/lambda_invoke.h"

#include "emulator/base/crypto.h"
#include "emulator/base/die.h"
#include "services/lambda/function_reference.h"

#define SYNCHRONOUS_MAXIMUM_BYTES 6291456
#define EVENT_MAXIMUM_BYTES 1048576
#define CLIENT_CONTEXT_MAXIMUM_BYTES 3583

/* ---- facts ---- */

static struct call_note *note(struct arena *arena, struct call_note *next, const char *name,
                              const char *value) {
    if (!value) {
        return next;
    }
    struct call_note *made = arena_alloc(arena, sizeof *made);
    *made = (struct call_note){name, value, next};
    return made;
}

struct call_note *lambda_invocation_notes(struct arena *arena, const struct invocation *invocation) {
    struct call_note *notes = NULL;
    if (memmem(invocation->payload.data, invocation->payload.size, "\"RequestType\"", 13)) {
        static const char *const members[] = {"ResourceType", "RequestType", "LogicalResourceId", "StackId"};
        const struct json_value *payload = json_parse(arena, invocation->payload, NULL);
        if (json_find_text(payload, "StackId").data) {
            for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
                notes = note(arena, notes, members[i],
                             arena_text_string(arena, json_find_text(payload, members[i])));
            }
        }
    }
    notes = note(arena, notes, "InvocationType", invocation->invocation_type);
    notes = note(arena, notes, "Attempt", arena_printf(arena, "%lld", (long long)invocation->attempt));
    notes = note(arena, notes, "RequestId", invocation->request_id);
    return note(arena, notes, "FunctionName", invocation->version.name);
}

/* ---- checks ---- */

static bool check_payload(struct call *call, struct text payload, const char *type, struct result *error) {
    size_t limit = strcmp(type, "Event") == 0 ? EVENT_MAXIMUM_BYTES : SYNCHRONOUS_MAXIMUM_BYTES;
    if (payload.size > limit) {
        *error = lambda_fail(call, &lambda_error_RequestTooLargeException,
                             "%zu byte payload is too large for the %s invocation type (limit %zu bytes)",
                             payload.size, type, limit);
        return false;
    }
    struct json_error at;
    if (payload.size == 0 || json_parse(call->arena, payload, &at)) {
        return true;
    }
    struct text token = text_slice(payload, at.offset, 32);
    size_t size = 0;
    while (size < token.size &&
           (token.data[size] == '_' || (token.data[size] >= '0' && token.data[size] <= '9') ||
            ((token.data[size] | 32) >= 'a' && (token.data[size] | 32) <= 'z'))) {
        size++;
    }
    *error =
        lambda_fail(call, &lambda_error_InvalidRequestContentException,
                    "Could not parse request body into json: Could not parse payload into json: Unrecognized "
                    "token '%.*s': was expecting (JSON String, Number, Array, Object or token 'null', 'true' "
                    "or 'false')\n at [Source: (byte[])\"%.*s\"; line: %d, column: %d]",
                    (int)size, token.data, (int)(payload.size < 500 ? payload.size : 500), payload.data,
                    at.line, at.column);
    return false;
}

/* The client context as JSON; NULL when there is none. False: *error. */
static bool take_client_context(struct call *call, struct input input, const char **context,
                                struct result *error) {
    struct text encoded = input_text(input, "ClientContext");
    *context = NULL;
    if (!encoded.data) {
        return true;
    }
    if (encoded.size > CLIENT_CONTEXT_MAXIMUM_BYTES) {
        *error = lambda_fail(call, &lambda_error_InvalidRequestContentException,
                             "Client context must be smaller than %d bytes", CLIENT_CONTEXT_MAXIMUM_BYTES);
        return false;
    }
    struct strbuf decoded = STRBUF_INIT;
    if (crypto_append_unbase64(&decoded, encoded) && decoded.data &&
        json_parse(call->arena, arena_text(call->arena, strbuf_text(&decoded)), NULL)) {
        *context = arena_copy(call->arena, decoded.data, decoded.size);
    } else {
        *error = lambda_fail(call, &lambda_error_InvalidRequestContentException,
                             "Client context must be a valid Base64-encoded JSON object.");
    }
    strbuf_release(&decoded);
    return *context != NULL;
}

static struct result refuse_for_room(struct call *call, enum lambda_room room) {
    struct result result = lambda_fail(call, &lambda_error_TooManyRequestsException, "Rate Exceeded.");
    struct output *output = call_error_output(call);
    output_string(output, "Reason",
                  room == LAMBDA_NO_RESERVED_ROOM ? "ReservedFunctionConcurrentInvocationLimitExceeded"
                                                  : "ConcurrentInvocationLimitExceeded");
    output_string(output, "retryAfterSeconds", "0");
    return result;
}

/* ---- synchronous ---- */

/* A call that waits for its function. */
struct waiting_call {
    struct call *call;
    struct invocation *invocation;
    const char *executed_version; /* in the call's arena */
};

static void call_cancelled(void *argument) {
    struct waiting_call *waiting = argument;
    invocation_forget(waiting->invocation);
    free(waiting);
}

/* 1-5e1b4151-43a0913a12345678901234ab with parent and sampling, as X-Ray wants it. */
static const char *new_trace_id(struct call *call) {
    char random[41];
    ids_random_string(emulator_ids(call->emulator), IDS_HEX, 40, random);
    return arena_printf(call->arena, "Root=1-%08llx-%.24s;Parent=%.16s;Sampled=0",
                        (unsigned long long)(call->now_ms / 1000), random, random + 24);
}

static void add_headers(struct call *call, const char *trace_id) {
    if (call->request) {
        http_reply_add_header(&call->reply, "X-Amzn-Remapped-Content-Length", TEXT("0"));
        if (trace_id) {
            http_reply_add_header(&call->reply, "X-Amzn-Trace-Id", text_of(trace_id));
        }
    }
}

static void invocation_ended(void *argument, const struct invocation_outcome *outcome) {
    struct waiting_call *waiting = argument;
    struct call *call = waiting->call;
    call_on_cancel(call, NULL, NULL);
    if (!outcome) {
        free(waiting);
        return;
    }
    if (outcome->lost) {
        call->reply.drop = true;
    } else {
        struct output *output = call_output(call);
        output_integer(output, "StatusCode", 200);
        output_string(output, "FunctionError", outcome->failed ? "Unhandled" : NULL);
        output_text(output, "LogResult", arena_text(call->arena, outcome->log_result));
        output_string(output, "ExecutedVersion", waiting->executed_version);
        output_blob(output, "Payload", arena_text(call->arena, outcome->payload));
        add_headers(call, NULL);
    }
    call_finish(call, result_output());
    free(waiting);
}

/* Checks what only synchronous calls have, and starts. False: *error. */
static bool start_and_wait(struct call *call, struct input input, struct invocation *invocation,
                           struct text payload, struct result *error) {
    struct arena *arena = invocation->arena;
    const char *client_context;
    if (!take_client_context(call, input, &client_context, error)) {
        return false;
    }
    enum lambda_room room = lambda_find_room(invocation->lambda, invocation->owner, invocation->version.name);
    if (room != LAMBDA_ROOM) {
        *error = refuse_for_room(call, room);
        return false;
    }
    invocation->request_id = arena_strdup(arena, call->request_id);
    invocation->trace_id = arena_strdup(arena, new_trace_id(call));
    invocation->client_context = client_context ? arena_strdup(arena, client_context) : NULL;
    invocation->payload = arena_text(arena, payload);
    invocation->invocation_type = "RequestResponse";
    invocation->wants_log = text_equals(text_of(input_string(input, "LogType")), "Tail");
    invocation->notes = lambda_invocation_notes(arena, invocation);

    struct waiting_call *waiting = xmalloc(sizeof *waiting);
    *waiting = (struct waiting_call){call, invocation,
                                     lambda_version_name(call->arena, invocation->version.version)};
    invocation->done = invocation_ended;
    invocation->argument = waiting;
    call_on_cancel(call, call_cancelled, waiting);
    invocation_start(invocation);
    return true;
}

/* ---- operations ---- */

static struct result no_such_function(struct call *call, struct lambda_target *target) {
    if (!target->qualifier) {
        target->qualifier = "$LATEST"; /* Source: recording test_invoke_exceptions of 2025 */
    }
    return lambda_no_function(call, target);
}

/* The invocation is resolved once, into memory of its own: it may outlive the call. */
static struct result invoke_and_wait(struct call *call, struct input input, struct lambda_target *target,
                                     struct text payload) {
    struct invocation *invocation = invocation_open(lambda_state(call->emulator));
    struct result result = result_pending();
    invocation->owner.account = arena_strdup(invocation->arena, target->owner.account);
    invocation->owner.region = arena_strdup(invocation->arena, target->owner.region);
    bool started = false;
    if (!lambda_resolve_invocation(call->emulator, invocation->owner, target->name, target->qualifier,
                                   invocation->arena, &invocation->version, &invocation->invoked_arn)) {
        result = no_such_function(call, target);
    } else if (check_payload(call, payload, "RequestResponse", &result)) {
        started = start_and_wait(call, input, invocation, payload.size ? payload : TEXT("{}"), &result);
    }
    if (!started) {
        invocation_discard(invocation);
        return result;
    }
    return result_pending();
}

struct result lambda_invoke(struct call *call, struct input input) {
    struct lambda_target target;
    struct result error;
    const char *type = input_string(input, "InvocationType");
    type = type ? type : "RequestResponse";
    if (!lambda_target_of(call, input_string(input, "FunctionName"), input_string(input, "Qualifier"),
                          &target, &error)) {
        return error;
    }
    call_note(call, "FunctionName", target.name);
    call_note(call, "InvocationType", type);
    struct text payload = input_blob(input, "Payload");
    if (strcmp(type, "RequestResponse") == 0) {
        return invoke_and_wait(call, input, &target, payload);
    }
    struct lambda_version version;
    if (!lambda_find_version(call, &target, &version, NULL)) {
        return no_such_function(call, &target);
    }
    if (!check_payload(call, payload, type, &error)) {
        return error;
    }
    if (strcmp(type, "DryRun") == 0) {
        output_integer(call_output(call), "StatusCode", 204);
        return result_output();
    }
    lambda_event_accept(call, &target, payload.size ? payload : TEXT("{}"));
    output_integer(call_output(call), "StatusCode", 202);
    add_headers(call, new_trace_id(call));
    return result_output();
}

struct result lambda_invoke_async(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_version version;
    struct result error;
    if (!lambda_target_of(call, input_string(input, "FunctionName"), NULL, &target, &error)) {
        return error;
    }
    if (!lambda_find_version(call, &target, &version, NULL)) {
        return no_such_function(call, &target);
    }
    struct text payload = input_blob(input, "InvokeArgs");
    if (!check_payload(call, payload, "Event", &error)) {
        return error;
    }
    lambda_event_accept(call, &target, payload.size ? payload : TEXT("{}"));
    output_integer(call_output(call), "Status", 202);
    return result_output();
}
