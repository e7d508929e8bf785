/*
 * The ordered record of everything that happened: calls from outside and between services, endpoints,
 * invocations, deliveries, faults, clock jumps. Written by dispatch and by trace_event(); read by
 * GET /_stackrig/trace, by `explore`, by scenario expectations and reports. Keeps the newest
 * TRACE_CAPACITY records.
 */
#ifndef STACKRIG_TRACE_H
#define STACKRIG_TRACE_H

#include "emulator/core/call.h"

#define TRACE_CAPACITY 16384

struct trace;

struct trace_record {
    uint64_t sequence;      /* from 1, never reused until reset */
    int64_t time_ms;
    const char *service;    /* "lambda" */
    const char *event;      /* operation, endpoint or event name */
    const char *account;
    const char *region;
    const char *request_id; /* NULL: none */
    const char *origin;     /* who caused it; NULL: from outside */
    int status;             /* HTTP; 0: no answer */
    const char *error_code; /* NULL: fine */
    const char *message;    /* of the error; NULL */
    const char *fault;      /* kind of the fault that acted; NULL */
    const char *notes;      /* JSON object of the call's notes; NULL */
};

struct trace *trace_open(void);
void trace_close(struct trace *trace);
void trace_clear(struct trace *trace);
/* Copies. record->sequence is set by the trace. */
void trace_add(struct trace *trace, const struct trace_record *record);
/* Records after `sequence`, oldest first; NULL when there is none. Borrowed until the next trace_add(). */
const struct trace_record *trace_after(const struct trace *trace, uint64_t sequence);
void trace_write_json(struct strbuf *buffer, const struct trace_record *record);
/* Notes as one JSON object; nothing when there are none. */
void trace_write_notes(struct strbuf *buffer, const struct call_note *notes);
/* An event of a service's own, at the emulator's time. */
void trace_event(struct emulator *emulator, const char *service, const char *event,
                 const struct identity *identity, const char *request_id, const struct call_note *notes);

#endif
