/*
 * What the core keeps about a call beside what services see. Private to emulator/core.
 */
#ifndef STACKRIG_CALL_STATE_H
#define STACKRIG_CALL_STATE_H

#include "emulator/core/emulator.h"
#include "emulator/core/fault.h"
#include "emulator/core/gateway.h"
#include "emulator/protocol/codec.h"

struct call_state {
    struct call call; /* first: a call is its state */
    const struct codec *codec;
    struct codec_context context;
    const struct operation_row *operation;
    const struct endpoint_row *endpoint;
    const struct text *uri_values;
    struct json_value *input; /* decoded; NULL before that and for endpoints */
    struct http_request *internal_request; /* of a call from another service */

    bool output_begun;
    bool error_begun;
    bool outcome_only; /* of call_request */
    struct result result;

    /* How it ends: one of the two. */
    gateway_reply_fn *reply;
    call_done_fn *done;
    void *reply_argument;

    void (*cancelled)(void *argument);
    void *cancel_argument;
    task_id task; /* the task that goes on with this call: start, delay, finish; 0: none */
    enum fault_phase phase;
    const char *fault; /* kind that acted, for the trace */
    const char *origin;
    const char *event; /* name for faults and trace */
    struct call_state *previous; /* live calls */
    struct call_state *next;
};

static inline struct call_state *call_state_of(const struct call *call) {
    return (struct call_state *)call;
}

#endif
