/* Zones are POSIX rules here, so that no time zone files are needed. */
#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/scheduler/scheduler.h"

static int64_t at(const char *iso) {
    int64_t time_ms = 0;
    CU_ASSERT_FATAL(clock_parse(text_of(iso), &time_ms));
    return time_ms;
}

static bool follows(struct scheduler_times times, const char *after, const char *wanted) {
    struct strbuf found = STRBUF_INIT;
    times.created_ms = at("2026-01-01T00:00:00Z");
    times.end_ms = times.end_ms ? times.end_ms : INT64_MAX;
    times.start_ms = times.start_ms ? times.start_ms : INT64_MIN;
    int64_t next_ms = scheduler_next(&times, at(after));
    if (next_ms < 0) {
        strbuf_append_string(&found, "never");
    } else {
        clock_format_iso_s(&found, next_ms);
    }
    bool same = strcmp(found.data, wanted) == 0;
    if (!same) {
        fprintf(stderr, "%s: %s, wanted %s\n", times.expression, found.data, wanted);
    }
    strbuf_release(&found);
    return same;
}

#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"

static void a_zone_moves_cron_and_at_with_its_summer_time(void) {
    struct scheduler_times noon = {.expression = "cron(0 12 * * ? *)", .zone = BERLIN};
    struct scheduler_times once = {.expression = "at(2026-07-01T08:00:00)", .zone = BERLIN};
    CU_ASSERT(follows(noon, "2026-01-01T00:00:00Z", "2026-01-01T11:00:00Z"));
    CU_ASSERT(follows(noon, "2026-03-28T11:00:00Z", "2026-03-29T10:00:00Z"));
    CU_ASSERT(follows(noon, "2026-10-24T10:00:00Z", "2026-10-25T11:00:00Z"));
    CU_ASSERT(follows(once, "2026-01-01T00:00:00Z", "2026-07-01T06:00:00Z"));
    CU_ASSERT(follows(once, "2026-07-01T06:00:00Z", "never"));
}

static void a_schedule_keeps_within_its_dates(void) {
    struct scheduler_times rate = {.expression = "rate(10 minutes)",
                                   .start_ms = at("2026-01-02T00:05:00Z"),
                                   .end_ms = at("2026-01-02T00:20:00Z")};
    CU_ASSERT(follows(rate, "2026-01-01T00:00:00Z", "2026-01-02T00:05:00Z"));
    CU_ASSERT(follows(rate, "2026-01-02T00:05:00Z", "2026-01-02T00:15:00Z"));
    CU_ASSERT(follows(rate, "2026-01-02T00:15:00Z", "never"));
    struct scheduler_times cron = {.expression = "cron(5 * * * ? *)", .start_ms = at("2026-01-02T00:05:00Z")};
    CU_ASSERT(follows(cron, "2026-01-01T00:00:00Z", "2026-01-02T00:05:00Z"));
}

static void zones_are_names_of_the_machine(void) {
    CU_ASSERT(scheduler_zone_is_valid("UTC"));
    CU_ASSERT(scheduler_zone_is_valid(NULL));
    CU_ASSERT_FALSE(scheduler_zone_is_valid("../../etc/passwd"));
    CU_ASSERT_FALSE(scheduler_zone_is_valid("/etc/localtime"));
    CU_ASSERT_FALSE(scheduler_zone_is_valid("Nowhere/Land"));
    CU_ASSERT_FALSE(scheduler_zone_is_valid(""));
}

void scheduler_times_test(void);
void scheduler_times_test(void) {
    unit_test("a zone moves cron and at with its summer time", a_zone_moves_cron_and_at_with_its_summer_time);
    unit_test("a schedule keeps within its dates", a_schedule_keeps_within_its_dates);
    unit_test("zones are names the machine knows", zones_are_names_of_the_machine);
}
