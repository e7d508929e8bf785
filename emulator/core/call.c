#include "emulator/core/call.h"

#include <assert.h>

#include "emulator/core/call_state.h"
#include "emulator/core/dispatch.h"
#include "emulator/core/emulator_state.h"
#include "emulator/core/route.h"

struct result result_output(void) {
    return (struct result){.kind = RESULT_OUTPUT};
}

struct result result_pending(void) {
    return (struct result){.kind = RESULT_PENDING};
}

struct output *call_output(struct call *call) {
    struct call_state *state = call_state_of(call);
    assert(call->operation);
    assert(!state->error_begun);
    if (!state->output_begun) {
        state->output_begun = true;
        state->codec->begin(&state->context, &call->output, &call->reply);
    }
    return &call->output;
}

/* Forgets what was written of the answer so far. */
static void clear_reply(struct call *call) {
    strbuf_clear(&call->reply.body);
    call->reply.status = 0;
    call->reply.header_count = 0;
    call->reply.announced_size = -1;
}

/*
 * What speaks no protocol of a model, an endpoint or a service that is not emulated, answers in the form the
 * client's parser expects: XML to a query form, JSON otherwise. At the control API always JSON: curl's -d
 * calls every body a form.
 */
static bool expects_xml(const struct http_request *request) {
    struct text type = http_request_header(request, "content-type");
    return type.data && text_starts_with(type, "application/x-www-form-urlencoded") &&
           !text_starts_with(request->path, "/_stackrig/");
}

static void write_plain_error(struct call *call, const struct error_shape *error, const char *message) {
    const char *code = error->code ? error->code : error->name;
    struct http_reply *reply = &call->reply;
    reply->status = error->status;
    if (call->request && expects_xml(call->request)) {
        http_reply_add_header(reply, "Content-Type", TEXT("text/xml"));
        strbuf_append_string(&reply->body, "<ErrorResponse><Error><Code>");
        strbuf_append_xml(&reply->body, text_of(code));
        strbuf_append_string(&reply->body, "</Code><Message>");
        strbuf_append_xml(&reply->body, text_of(message ? message : ""));
        strbuf_append_string(&reply->body, "</Message></Error></ErrorResponse>");
        return;
    }
    http_reply_add_header(reply, "Content-Type", TEXT("application/json"));
    http_reply_add_header(reply, "x-amzn-ErrorType", text_of(code));
    strbuf_append_string(&reply->body, "{\"code\":");
    json_write_string(&reply->body, text_of(code));
    strbuf_append_string(&reply->body, ",\"message\":");
    json_write_string(&reply->body, text_of(message ? message : ""));
    strbuf_append_char(&reply->body, '}');
}

struct result call_error(struct call *call, const struct error_shape *error, const char *format, ...) {
    struct call_state *state = call_state_of(call);
    const char *message = NULL;
    if (format) {
        va_list arguments;
        va_start(arguments, format);
        message = arena_vprintf(call->arena, format, arguments);
        va_end(arguments);
    }
    clear_reply(call);
    state->error_begun = true;
    if (state->codec) {
        state->codec->begin_error(&state->context, error, message, &call->output, &call->reply);
    } else {
        write_plain_error(call, error, message);
    }
    return (struct result){.kind = RESULT_ERROR, .error = error, .message = message};
}

struct output *call_error_output(struct call *call) {
    assert(call_state_of(call)->error_begun);
    return &call->output;
}

void call_on_cancel(struct call *call, void (*cancelled)(void *argument), void *argument) {
    struct call_state *state = call_state_of(call);
    state->cancelled = cancelled;
    state->cancel_argument = argument;
}

bool call_output_is_wanted(const struct call *call) {
    return !((const struct call_state *)call)->outcome_only;
}

bool call_client_alive(const struct call *call) {
    const struct call_state *state = (const struct call_state *)call;
    return !state->reply || !call->request || call->request->socket < 0 ||
           !http_client_gone(call->request->socket);
}

void call_note(struct call *call, const char *name, const char *value) {
    if (!value) {
        return;
    }
    struct call_note *note = arena_alloc(call->arena, sizeof(*note));
    *note = (struct call_note){name, value, call->notes};
    call->notes = note;
}

const char *call_noted(const struct call *call, const char *name) {
    for (const struct call_note *note = call->notes; note; note = note->next) {
        if (strcmp(note->name, name) == 0) {
            return note->value;
        }
    }
    return NULL;
}

struct identity call_identity(const struct call *call) {
    return call->identity;
}

/* ---- calls between services ---- */

static void copy_identity(struct arena *arena, const struct identity *from, struct identity *to) {
    *to = *from;
    to->access_key = from->access_key ? arena_strdup(arena, from->access_key) : NULL;
    to->session_token = from->session_token ? arena_strdup(arena, from->session_token) : NULL;
    to->arn = from->arn ? arena_strdup(arena, from->arn) : NULL;
    to->user_id = from->user_id ? arena_strdup(arena, from->user_id) : NULL;
    to->signing_service = from->signing_service ? arena_strdup(arena, from->signing_service) : NULL;
}

static void start_internal(void *argument, enum task_event event) {
    struct call_state *state = argument;
    state->task = 0;
    if (event == TASK_CANCELLED) {
        dispatch_cancel(state);
        return;
    }
    struct route route;
    route_internal(state->call.emulator->services, state->context.model ? state->context.model->name : "",
                   state->event, &route);
    state->call.service = route.service;
    state->context.operation = route.operation;
    state->call.operation = route.operation;
    state->operation = route.row;
    state->codec = route.codec;
    if (!route.operation) {
        dispatch_refuse(state, route.error, route.message);
        return;
    }
    dispatch_start(state);
}

void call_start(struct emulator *emulator, const struct call_request *request, call_done_fn *done,
                void *argument) {
    struct arena *arena = arena_open();
    struct call_state *state = arena_zalloc(arena, sizeof(*state));
    struct http_request *message = arena_zalloc(arena, sizeof(*message));
    message->method = TEXT("POST");
    message->target = message->path = TEXT("/");
    message->body = request->input.data ? arena_text(arena, request->input) : TEXT("{}");
    message->arena = arena;
    message->socket = -1;

    struct call *call = &state->call;
    call->emulator = emulator;
    call->arena = arena;
    copy_identity(arena, &request->caller, &call->identity);
    char *request_id = arena_alloc(arena, UUID_SIZE);
    ids_uuid(emulator->ids, request_id);
    call->request_id = request_id;
    http_reply_init(&call->reply);
    state->internal_request = message;
    for (const struct service *const *service = emulator->services; *service; service++) {
        if ((*service)->model && strcmp((*service)->model->name, request->service) == 0) {
            state->context.model = (*service)->model;
        }
    }
    state->context.request = message;
    state->context.request_id = call->request_id;
    state->context.arena = arena;
    state->context.value = request->value;
    state->done = done;
    state->outcome_only = request->outcome_only;
    state->reply_argument = argument;
    state->origin = request->origin ? arena_strdup(arena, request->origin) : "internal";
    state->event = arena_strdup(arena, request->operation);
    state->next = emulator->live_calls;
    if (state->next) {
        state->next->previous = state;
    }
    emulator->live_calls = state;
    state->task = emulator_schedule(emulator, emulator_now_ms(emulator), start_internal, state);
}

struct identity identity_of_service(const char *service_principal, const char *account, const char *region) {
    struct identity identity = {
        .arn = service_principal, .user_id = service_principal, .service_principal = true};
    snprintf(identity.account, sizeof(identity.account), "%s", account);
    snprintf(identity.region, sizeof(identity.region), "%s", region);
    return identity;
}
