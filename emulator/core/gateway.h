/*
 * HTTP message to call, result to HTTP message. Three callers: the listener, wire tests, scenarios.
 */
#ifndef STACKRIG_GATEWAY_H
#define STACKRIG_GATEWAY_H

#include "emulator/core/emulator.h"

/* Takes what it needs out of *reply (see http_exchange_reply()). */
typedef void gateway_reply_fn(void *argument, struct http_reply *reply);

struct call_state;

/* Answers exactly once, now or in a later turn. The request's arena must live until then. */
void gateway_handle(struct emulator *emulator, const struct http_request *request, gateway_reply_fn *reply,
                    void *argument);

/* A call of this request, in its arena and among the live ones; without a request id of its own. */
struct call_state *gateway_new_call(struct emulator *emulator, const struct http_request *request);

#endif
