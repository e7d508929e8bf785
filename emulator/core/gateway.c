#include "emulator/core/gateway.h"

#include <assert.h>

#include "emulator/core/dispatch.h"
#include "emulator/core/emulator_state.h"
#include "emulator/core/foreign_page.h"
#include "emulator/core/route.h"

/* The first endpoint row that claims the request. */
static const struct endpoint_row *find_endpoint(struct emulator *emulator, const struct http_request *request,
                                                const struct service **owner) {
    for (const struct service *const *service = emulator->services; *service; service++) {
        const struct endpoint_row *row = (*service)->endpoints;
        for (; row && row->name; row++) {
            if (row->match(emulator, request)) {
                *owner = *service;
                return row;
            }
        }
    }
    return NULL;
}

struct call_state *gateway_new_call(struct emulator *emulator, const struct http_request *request) {
    struct call_state *state = arena_zalloc(request->arena, sizeof(*state));
    struct call *call = &state->call;
    call->emulator = emulator;
    call->arena = request->arena;
    call->request = request;
    http_reply_init(&call->reply);
    state->context.request = request;
    state->context.arena = request->arena;
    state->next = emulator->live_calls;
    if (state->next) {
        state->next->previous = state;
    }
    emulator->live_calls = state;
    return state;
}

static void give_request_id(struct call_state *state) {
    struct call *call = &state->call;
    char *request_id = arena_alloc(call->arena, UUID_SIZE);
    if (call->request->listener) {
        request_id[0] = '\0'; /* a child of ours asks: see endpoint_row.plumbing */
    } else {
        ids_uuid(call->emulator->ids, request_id);
    }
    call->request_id = request_id;
    state->context.request_id = request_id;
}

/* Calls of a session that is over. Source: protocols.md section 6. */
static void refuse_expired(struct call_state *state) {
    static const struct error_shape exception = {.name = "ExpiredTokenException", .status = 400};
    static const struct error_shape rest_exception = {.name = "ExpiredTokenException", .status = 403};
    static const struct error_shape query_code = {.name = "ExpiredToken", .status = 403};
    static const struct error_shape s3_code = {.name = "ExpiredToken", .status = 400};
    static const char text[] = "The security token included in the request is expired";
    switch (state->context.model->protocol) {
    case PROTOCOL_JSON:
        dispatch_refuse(state, &exception, text);
        break;
    case PROTOCOL_QUERY:
        dispatch_refuse(state, &query_code, text);
        break;
    case PROTOCOL_REST_JSON:
        dispatch_refuse(state, &rest_exception, text);
        break;
    case PROTOCOL_REST_XML:
        dispatch_refuse(state, &s3_code, "The provided token has expired.");
        break;
    }
}

/* DynamoDB's request ids are no UUIDs: 52 capital letters and digits. Source: protocols.md section 5. */
#define LONG_REQUEST_ID_SIZE 52

static void use_long_request_id(struct call_state *state) {
    struct call *call = &state->call;
    char *request_id = arena_alloc(call->arena, LONG_REQUEST_ID_SIZE + 1);
    ids_random_string(call->emulator->ids, IDS_UPPER_ALPHANUMERIC, LONG_REQUEST_ID_SIZE, request_id);
    call->request_id = request_id;
    state->context.request_id = request_id;
}

void gateway_handle(struct emulator *emulator, const struct http_request *request, gateway_reply_fn *reply,
                    void *argument) {
    struct call_state *state = gateway_new_call(emulator, request);
    struct call *call = &state->call;
    give_request_id(state);
    state->reply = reply;
    state->reply_argument = argument;
    identity_of_request(emulator, request, &call->identity);

    const struct service *owner = NULL;
    state->endpoint = find_endpoint(emulator, request, &owner);
    if (state->endpoint) {
        call->service = owner;
        state->event = state->endpoint->name;
        dispatch_start(state);
        return;
    }
    struct route route;
    route_request(emulator->services, request, call->identity.signing_service, &route);
    call->service = route.service;
    call->operation = route.operation;
    state->context.model = route.service ? route.service->model : NULL;
    state->context.operation = route.operation;
    state->operation = route.row;
    state->codec = route.codec;
    state->uri_values = route.uri_values;
    state->event = route.operation ? route.operation->name : "UnknownOperation";
    if (state->context.model && state->context.model->body_crc32) {
        use_long_request_id(state);
    }
    if (comes_from_foreign_page(request) && !(route.service && route.service->open_to_pages)) {
        dispatch_refuse(state, &error_foreign_page, FOREIGN_PAGE_TEXT);
        return;
    }
    if (!route.operation) {
        dispatch_refuse(state, route.error, route.message);
        return;
    }
    assert(state->context.model); /* an operation has a service */
    if (call->identity.expired) {
        refuse_expired(state);
        return;
    }
    dispatch_start(state);
}
