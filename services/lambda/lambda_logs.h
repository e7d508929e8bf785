/*
 * The log of one execution environment: what its process writes and the platform's own lines, cut into
 * events and handed to CloudWatch Logs once per invocation, in order.
 *
 * Lines end at '\n'. A runtime's logger may send one event of several lines as a frame: LOG_FRAME_START,
 * eight hex digits of its size, its bytes.
 */
#ifndef STACKRIG_LAMBDA_LOGS_H
#define STACKRIG_LAMBDA_LOGS_H

#include "services/lambda/lambda.h"

#define LOG_FRAME_START "\x1e\x02"

struct environment_log {
    struct emulator *emulator;
    struct lambda_owner owner; /* borrowed strings, as the next two */
    const char *group;
    const char *stream;
    bool json;             /* LogFormat JSON: platform lines are records */
    bool platform_quiet;   /* SystemLogLevel WARN: no start, end and report records */
    bool announced;        /* group and stream are asked for */
    struct strbuf partial; /* the start of a line or frame */
    struct strbuf events;  /* a JSON list without its end; empty: none */
    struct strbuf tail;    /* text of this invocation; the end of it is LogResult */
};

void environment_log_init(struct environment_log *log, struct emulator *emulator);
void environment_log_release(struct environment_log *log);
/* What the process wrote. */
void environment_log_output(struct environment_log *log, struct text bytes);
/* An event of the platform's; ends a started line first. */
void environment_log_event(struct environment_log *log, struct text message);
void environment_log_printf(struct environment_log *log, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A record of the JSON format: type and the inside of "record". */
void environment_log_record(struct environment_log *log, const char *type, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/*
 * Makes sure group and stream exist, before the first line: a handler that deletes its log group finds it
 * there, and what it logs afterwards is dropped as AWS drops it.
 */
void environment_log_announce(struct environment_log *log);
/* Hands over what is there; a started line too. */
void environment_log_flush(struct environment_log *log);
/* The last 4096 bytes of this invocation, in base64, appended. */
void environment_log_append_tail(struct environment_log *log, struct strbuf *buffer);

#endif
