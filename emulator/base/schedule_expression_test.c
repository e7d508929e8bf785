#include "emulator/base/schedule_expression.h"

#include <CUnit/CUnit.h>

#include "emulator/base/clock.h"
#include "harness/unit_tests.h"

static int64_t at(const char *iso) {
    int64_t time_ms = 0;
    CU_ASSERT_FATAL(clock_parse(text_of(iso), &time_ms));
    return time_ms;
}

static bool is_read(const char *source, bool scheduler) {
    struct schedule_expression expression;
    return schedule_expression_read(text_of(source), scheduler, &expression);
}

/* The next time after `from`, as ISO text; "never". */
static bool follows(const char *source, const char *from, const char *wanted) {
    struct schedule_expression expression;
    struct strbuf found = STRBUF_INIT;
    if (!schedule_expression_read(text_of(source), true, &expression)) {
        return false;
    }
    int64_t next_ms = schedule_expression_next(&expression, at(from), at(from));
    if (next_ms < 0) {
        strbuf_append_string(&found, "never");
    } else {
        clock_format_iso_s(&found, next_ms);
    }
    bool same = strcmp(found.data, wanted) == 0;
    if (!same) {
        fprintf(stderr, "%s after %s: %s, wanted %s\n", source, from, found.data, wanted);
    }
    strbuf_release(&found);
    return same;
}

static void only_aws_forms_are_read(void) {
    static const char *const good[] = {
        "rate(1 minute)",
        "rate(5 minutes)",
        "rate(1 day)",
        "cron(0 12 * * ? *)",
        "cron(5,35 14 * * ? *)",
        "cron(15 10 ? * 6L 2002-2005)",
        "cron(0 18 ? * MON-FRI *)",
        "cron(0/30 20-23 ? * MON-FRI *)",
        "cron(0 9 ? * 2#1 *)",
        "cron(0 0 LW * ? *)",
        "cron(0 0 15W * ? *)",
        "cron(1-31/30 1-1 ? * 1,7 *)",
    };
    static const char *const bad[] = {
        "rate(10 seconds)",
        "rate(10 years)",
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(0 minutes)",
        "rate(-1 minutes)",
        "rate(5minutes)",
        "rate()",
        "rate( 10 minutes )",
        "cron()",
        "cron(INVALID)",
        "cron(0 1 * * * *)",
        "cron(0 1 ? * ? *)",
        "cron(71 8 1 * ? *)",
        "cron(0 8 1 * ?)",
        "cron(7 20 * * NOT *)",
        "at(2026-01-01T00:00:00)",
        "",
        "(",
        "5 minutes",
        "cron(0 8 ? * 2#6 *)",
        "cron(0/0 8 1 * ? *)",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        CU_ASSERT(is_read(good[i], false));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CU_ASSERT_FALSE(is_read(bad[i], false));
    }
    CU_ASSERT(is_read("at(2026-01-01T00:00:00)", true));
    CU_ASSERT_FALSE(is_read("at(2021-12-31T23:59:59Z)", true));
    CU_ASSERT(is_read("rate(1 minutes)", true));
}

static void a_rate_counts_from_its_beginning(void) {
    struct schedule_expression expression;
    CU_ASSERT_FATAL(schedule_expression_read(TEXT("rate(5 minutes)"), false, &expression));
    CU_ASSERT_EQUAL(schedule_expression_next(&expression, 1000, 1000), 301000);
    CU_ASSERT_EQUAL(schedule_expression_next(&expression, 1000, 301000), 601000);
    CU_ASSERT_EQUAL(schedule_expression_next(&expression, 1000, 600999), 601000);
}

static void cron_finds_the_next_minute(void) {
    CU_ASSERT(follows("cron(0 12 * * ? *)", "2026-01-01T12:00:00Z", "2026-01-02T12:00:00Z"));
    CU_ASSERT(follows("cron(0/15 * * * ? *)", "2026-01-01T12:01:30Z", "2026-01-01T12:15:00Z"));
    CU_ASSERT(follows("cron(0 18 ? * MON-FRI *)", "2026-01-02T18:00:00Z", "2026-01-05T18:00:00Z"));
    CU_ASSERT(follows("cron(0 0 ? * FRI-MON *)", "2026-01-05T00:00:00Z", "2026-01-09T00:00:00Z"));
    CU_ASSERT(follows("cron(0 0 29 2 ? *)", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"));
    CU_ASSERT(follows("cron(15 10 ? * 6L 2002-2005)", "2002-01-01T00:00:00Z", "2002-01-25T10:15:00Z"));
    CU_ASSERT(follows("cron(15 10 ? * 6L 2002-2005)", "2026-01-01T00:00:00Z", "never"));
    CU_ASSERT(follows("cron(0 9 ? * 2#1 *)", "2026-01-05T09:00:00Z", "2026-02-02T09:00:00Z"));
    CU_ASSERT(follows("cron(0 0 L * ? *)", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z"));
    CU_ASSERT(follows("cron(0 0 L-3 * ? *)", "2026-02-01T00:00:00Z", "2026-02-25T00:00:00Z"));
    CU_ASSERT(follows("cron(0 0 LW * ? *)", "2026-01-15T00:00:00Z", "2026-01-30T00:00:00Z"));
    CU_ASSERT(follows("cron(0 0 1W 8 ? *)", "2026-01-15T00:00:00Z", "2026-08-03T00:00:00Z"));
    CU_ASSERT(follows("at(2026-03-01T10:00:00)", "2026-01-01T00:00:00Z", "2026-03-01T10:00:00Z"));
    CU_ASSERT(follows("at(2026-03-01T10:00:00)", "2026-03-01T10:00:00Z", "never"));
}

void schedule_expression_test(void);
void schedule_expression_test(void) {
    unit_test("only AWS's forms are read", only_aws_forms_are_read);
    unit_test("a rate counts from its beginning", a_rate_counts_from_its_beginning);
    unit_test("cron finds the next minute", cron_finds_the_next_minute);
}
