/*
 * Events of other services (Lambda puts some at the end of each invocation), held in memory for a moment: one
 * transaction then writes those of many calls. They are written before any statement of this service runs, so
 * nobody can tell; a stackrig that is killed (SIGKILL) loses the last moment of them, also with a data
 * directory.
 */
#ifndef STACKRIG_LOGS_HELD_EVENTS_H
#define STACKRIG_LOGS_HELD_EVENTS_H

#include "emulator/core/service.h"

/* The service's memory: service->open, close and resume. */
void *held_events_open(struct emulator *emulator);
void held_events_close(void *state);
void held_events_resume(struct emulator *emulator, void *state);

struct held_stream;

/* The stream of this call's account and Region when its events may wait: valid until the next statement of
 * this service. NULL: it does not exist, or its group expires events or has subscribers: to be written at
 * once. */
struct held_stream *held_events_stream(struct call *call, struct text group_name, struct text stream_name);
int64_t held_events_stream_id(const struct held_stream *stream);
/* Copies the message. After the last one of a call: held_events_end(). */
void held_events_add(struct call *call, struct held_stream *stream, int64_t timestamp, struct text message);
/* The stream is no longer valid. */
void held_events_end(struct call *call);

#endif
