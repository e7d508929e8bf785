/*
 * The one clock. Real: the system's time. Virtual: stands still until somebody moves it. Nothing else in
 * stackrig asks for the time; a call reads it once (call->now_ms).
 */
#ifndef STACKRIG_CLOCK_H
#define STACKRIG_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "emulator/base/strbuf.h"

enum clock_mode { CLOCK_REAL, CLOCK_VIRTUAL };

struct clock {
    enum clock_mode mode;
    int64_t now_ms;    /* virtual: milliseconds since 1970 */
    int64_t offset_ms; /* real: how far advanced past the system's time */
};

/* A virtual clock starts at 2026-01-01T00:00:00Z, the same in every run. */
void clock_init(struct clock *clock, enum clock_mode mode);
/* Milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_now_ms(const struct clock *clock);
/* Moves time forward, in both modes. milliseconds >= 0. */
void clock_advance(struct clock *clock, int64_t milliseconds);
/* Virtual only: never backwards. */
void clock_set(struct clock *clock, int64_t now_ms);

/* Microseconds of the machine's monotonic clock: for measuring (bench, REPORT lines), never for state. */
int64_t clock_monotonic_us(void);

/* 2024-01-01T00:00:00.000Z and 2024-01-01T00:00:00Z */
void clock_format_iso_ms(struct strbuf *buffer, int64_t time_ms);
void clock_format_iso_s(struct strbuf *buffer, int64_t time_ms);
/* Mon, 01 Jan 2024 00:00:00 GMT */
void clock_format_http(struct strbuf *buffer, int64_t time_ms);
/* 20240101T000000Z */
void clock_format_basic(struct strbuf *buffer, int64_t time_ms);
/* strftime with UTC fields, for the odd ones. */
void clock_format(struct strbuf *buffer, const char *format, int64_t time_ms);
/* ISO 8601 (with or without fraction, Z or +hh:mm, basic or extended) or HTTP date. False: neither. */
bool clock_parse(struct text text, int64_t *time_ms);

#endif
