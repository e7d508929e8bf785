#include "services/lambda/retry_schedule.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

static const struct retry_rules usual = {.maximum_retries = 2, .maximum_age_ms = 21600000};

static void one_minute_then_two(void) {
    int64_t due_ms = 0;
    CU_ASSERT_EQUAL(retry_after_failure(&usual, 1, 1000, 2000, &due_ms), RETRY_LATER);
    CU_ASSERT_EQUAL(due_ms, 62000);
    CU_ASSERT_EQUAL(retry_after_failure(&usual, 2, 1000, 62000, &due_ms), RETRY_LATER);
    CU_ASSERT_EQUAL(due_ms, 182000);
    CU_ASSERT_EQUAL(retry_after_failure(&usual, 3, 1000, 182000, &due_ms), RETRY_EXHAUSTED);
}

/* Recorded: an event that may become 60 s old is never tried again, one of 90 s once. */
static void young_events_alone_are_tried_again(void) {
    struct retry_rules rules = {.maximum_retries = 2, .maximum_age_ms = 60000};
    int64_t due_ms = 0;
    CU_ASSERT_EQUAL(retry_after_failure(&rules, 1, 0, 10, &due_ms), RETRY_TOO_OLD);
    rules.maximum_age_ms = 90000;
    CU_ASSERT_EQUAL(retry_after_failure(&rules, 1, 0, 10, &due_ms), RETRY_LATER);
    CU_ASSERT_EQUAL(retry_after_failure(&rules, 2, 0, 60010, &due_ms), RETRY_TOO_OLD);
}

static void no_retries_when_none_are_wanted(void) {
    const struct retry_rules rules = {.maximum_retries = 0, .maximum_age_ms = 21600000};
    int64_t due_ms = 0;
    CU_ASSERT_EQUAL(retry_after_failure(&rules, 1, 0, 10, &due_ms), RETRY_EXHAUSTED);
}

static void throttled_events_back_off(void) {
    int64_t due_ms = 0;
    CU_ASSERT_EQUAL(retry_after_throttle(&usual, 1, 0, 0, &due_ms), RETRY_LATER);
    CU_ASSERT_EQUAL(due_ms, 1000);
    CU_ASSERT_EQUAL(retry_after_throttle(&usual, 4, 0, 0, &due_ms), RETRY_LATER);
    CU_ASSERT_EQUAL(due_ms, 8000);
    CU_ASSERT_EQUAL(retry_after_throttle(&usual, 40, 0, 0, &due_ms), RETRY_LATER);
    CU_ASSERT_EQUAL(due_ms, 300000);
    CU_ASSERT_EQUAL(retry_after_throttle(&usual, 40, 0, 21599000, &due_ms), RETRY_TOO_OLD);
}

void retry_schedule_test(void);
void retry_schedule_test(void) {
    unit_test("a failed event is tried again after one minute, then after two", one_minute_then_two);
    unit_test("an event that would be too old is not tried again", young_events_alone_are_tried_again);
    unit_test("maximum retries of 0 mean none", no_retries_when_none_are_wanted);
    unit_test("a throttled event waits longer each time, at most five minutes", throttled_events_back_off);
}
