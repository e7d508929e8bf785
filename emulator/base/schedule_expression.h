/*
 * When EventBridge and its Scheduler wake: rate(5 minutes), cron(0 12 * * ? *), at(2026-01-01T00:00:00).
 * Pure; times are UTC. Source: EventBridge user guide "Schedule expressions", recorded answers.
 */
#ifndef STACKRIG_SCHEDULE_EXPRESSION_H
#define STACKRIG_SCHEDULE_EXPRESSION_H

#include "emulator/base/text.h"

enum schedule_kind { SCHEDULE_RATE, SCHEDULE_CRON, SCHEDULE_AT };

#define SCHEDULE_FIRST_YEAR 1970
#define SCHEDULE_LAST_YEAR 2199

/* Bits of the values that a cron field allows. Days of the week: 1 is Sunday. */
struct schedule_expression {
    enum schedule_kind kind;
    int64_t period_ms; /* SCHEDULE_RATE */
    int64_t at_ms;     /* SCHEDULE_AT */
    uint64_t minutes;
    uint64_t hours;
    uint64_t days;
    uint64_t months;
    uint64_t weekdays;
    uint64_t years[(SCHEDULE_LAST_YEAR - SCHEDULE_FIRST_YEAR) / 64 + 1];
    bool by_weekday;      /* the day of the month is '?' */
    bool last_day;        /* L, L-3, LW */
    int before_last_day;  /* L-3 */
    bool nearest_weekday; /* 15W, LW */
    bool last_weekday;    /* 6L: the last such day of the month */
    int nth_weekday;      /* 3#2: the second; 0: any */
};

/* at() and units that do not agree with their number ("rate(1 minutes)") are the Scheduler's alone. */
bool schedule_expression_read(struct text source, bool scheduler, struct schedule_expression *expression);

/* The first time after after_ms; created_ms: from when a rate counts. -1: never again. */
int64_t schedule_expression_next(const struct schedule_expression *expression, int64_t created_ms,
                                 int64_t after_ms);

#endif
