/*
 * The pipeline every call goes through, from outside or from another service:
 *
 *   decode -> fault point before -> validate -> handler -> commit or roll back -> fault point after
 *          -> trace -> answer
 *
 * Read dispatch.c top to bottom. Nothing else opens transactions, asks for faults or writes the trace of a call.
 */
#ifndef STACKRIG_DISPATCH_H
#define STACKRIG_DISPATCH_H

#include "emulator/core/call_state.h"

/* Starts a routed call (context, codec, identity, operation or endpoint are set). Ends by its reply or done. */
void dispatch_start(struct call_state *state);
/* Answers an error that routing found, through the same end of the pipeline. */
void dispatch_refuse(struct call_state *state, const struct error_shape *error, const char *message);
/* Takes it out of the live calls. */
void dispatch_unlink(struct call_state *state);
/* Ends a waiting call without an answer: reset, shutdown. */
void dispatch_cancel(struct call_state *state);

#endif
