/*
 * HTTP message to call, result to HTTP message. Three callers: the listener, wire tests, scenarios.
 */
#ifndef STACKRIG_GATEWAY_H
#define STACKRIG_GATEWAY_H

#include "emulator/core/emulator.h"

/* Takes what it needs out of *reply (see http_exchange_reply()). */
typedef void gateway_reply_fn(void *argument, struct http_reply *reply);

/* Answers exactly once, now or in a later turn. The request's arena must live until then. */
void gateway_handle(struct emulator *emulator, const struct http_request *request, gateway_reply_fn *reply,
                    void *argument);

#endif
