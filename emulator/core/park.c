/*
 * Calls that wait with little memory. What cannot be read again from the request is kept here: the request
 * id, and where the answer goes. A call that has more to remember (a fault rule acted, notes, an internal
 * call), or that is past its first turn, is kept as it is; its owner sees no difference.
 */
#include "emulator/core/park.h"

#include <assert.h>

#include "emulator/base/die.h"
#include "emulator/core/dispatch.h"
#include "emulator/core/emulator_state.h"

struct parked_call {
    struct emulator *emulator;
    struct call_state *whole; /* not NULL: kept as it is */
    struct parked_call *previous, *next;
    void (*cancelled)(void *argument);
    void *argument;
    /* Of a call that is made anew. */
    const struct http_request *request; /* while parked, only its socket and its exchange */
    gateway_reply_fn *reply;
    void *reply_argument;
    const struct service *service;
    const struct operation_model *operation;
    const struct codec *codec;
    char request_id[UUID_SIZE];
};

static void link_parked(struct parked_call *parked) {
    struct emulator *emulator = parked->emulator;
    parked->next = emulator->parked_calls;
    if (parked->next) {
        parked->next->previous = parked;
    }
    emulator->parked_calls = parked;
}

static void unlink_parked(struct parked_call *parked) {
    *(parked->previous ? &parked->previous->next : &parked->emulator->parked_calls) = parked->next;
    if (parked->next) {
        parked->next->previous = parked->previous;
    }
}

static struct parked_call *take_first_parked(struct emulator *emulator) {
    struct parked_call *first = emulator->parked_calls;
    emulator->parked_calls = first->next;
    if (first->next) {
        first->next->previous = NULL;
    }
    return first;
}

static bool can_be_made_anew(const struct call_state *state) {
    const struct call *call = &state->call;
    return call->request && call->request->exchange && state->reply && !state->internal_request &&
           !state->uri_values && !state->fault && !state->origin && !call->notes && !state->output_begun &&
           strlen(call->request_id) < UUID_SIZE;
}

static void whole_cancelled(void *argument) {
    struct parked_call *parked = argument;
    parked->cancelled(parked->argument);
    free(parked);
}

struct parked_call *call_park(struct call *call, void (*cancelled)(void *argument), void *argument) {
    struct call_state *state = call_state_of(call);
    struct parked_call *parked = xcalloc(1, sizeof *parked);
    parked->emulator = call->emulator;
    parked->cancelled = cancelled;
    parked->argument = argument;
    if (!can_be_made_anew(state) || !http_exchange_park(call->request->exchange)) {
        parked->whole = state;
        call_on_cancel(call, whole_cancelled, parked);
        return parked;
    }
    parked->request = call->request;
    parked->reply = state->reply;
    parked->reply_argument = state->reply_argument;
    parked->service = call->service;
    parked->operation = call->operation;
    parked->codec = state->codec;
    snprintf(parked->request_id, sizeof parked->request_id, "%s", call->request_id);
    http_reply_release(&call->reply);
    dispatch_unlink(state);
    link_parked(parked);
    return parked;
}

/* The same call as before, but for the row of its handler, which has run. */
static struct call_state *make_anew(const struct parked_call *parked) {
    const struct http_request *request = http_exchange_unpark(parked->request->exchange);
    struct call_state *state = gateway_new_call(parked->emulator, request);
    struct call *call = &state->call;
    state->reply = parked->reply;
    state->reply_argument = parked->reply_argument;
    call->request_id = arena_strdup(call->arena, parked->request_id);
    state->context.request_id = call->request_id;
    identity_of_request(parked->emulator, request, &call->identity);
    call->service = parked->service;
    call->operation = state->context.operation = parked->operation;
    state->context.model = parked->service->model;
    state->codec = parked->codec;
    state->event = parked->operation->name;
    call->store = parked->emulator->store;
    call->now_ms = emulator_now_ms(parked->emulator);
    const struct error_shape *error;
    struct strbuf message = STRBUF_INIT;
    state->input = state->codec->decode(&state->context, NULL, &error, &message);
    strbuf_release(&message);
    if (!state->input) {
        die("a parked call cannot be read again");
    }
    return state;
}

struct call *call_unpark(struct parked_call *parked, struct input *input) {
    struct call_state *state = parked->whole;
    if (state) {
        state->cancelled = NULL;
    } else {
        unlink_parked(parked);
        state = make_anew(parked);
    }
    free(parked);
    struct call *call = &state->call;
    *input = (struct input){.shape = call->operation->input, .value = state->input, .arena = call->arena};
    return call;
}

bool parked_call_client_alive(const struct parked_call *parked) {
    if (parked->whole) {
        return call_client_alive(&parked->whole->call);
    }
    return parked->request->socket < 0 || !http_client_gone(parked->request->socket);
}

void park_cancel_calls(struct emulator *emulator) {
    while (emulator->parked_calls) {
        struct parked_call *parked = take_first_parked(emulator);
        struct http_reply reply;
        http_reply_init(&reply);
        reply.drop = true;
        parked->cancelled(parked->argument);
        parked->reply(parked->reply_argument, &reply);
        free(parked);
    }
}
