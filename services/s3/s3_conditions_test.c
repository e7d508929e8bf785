#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/s3/s3_conditions.h"

/* recorded/s3, test_get_object_range: an object of ten bytes. */
static void ranges_are_read_as_aws_reads_them(void) {
    static const struct {
        const char *header;
        enum s3_range range;
        int64_t start;
        int64_t length;
    } rows[] = {
        {"bytes=0-8", S3_RANGE_PART, 0, 9},
        {"bytes=1-1", S3_RANGE_PART, 1, 1},
        {"bytes=1-0", S3_RANGE_NONE, 0, 0},
        {"bytes=1-", S3_RANGE_PART, 1, 9},
        {"bytes=-1-", S3_RANGE_NONE, 0, 0},
        {"bytes=-2", S3_RANGE_PART, 8, 2},
        {"bytes=-15", S3_RANGE_PART, 0, 10},
        {"bytes=0-100", S3_RANGE_PART, 0, 10},
        {"bytes=0--1", S3_RANGE_NONE, 0, 0},
        {"bytes=-0", S3_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=100-200", S3_RANGE_UNSATISFIABLE, 0, 0},
        {"lines=1-2", S3_RANGE_NONE, 0, 0},
        {"bytes=", S3_RANGE_NONE, 0, 0},
        {"bytes=a-b", S3_RANGE_NONE, 0, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t start = 0;
        int64_t length = 0;
        CU_ASSERT_EQUAL(s3_range_read(text_of(rows[i].header), 10, &start, &length), rows[i].range);
        CU_ASSERT_EQUAL(start, rows[i].start);
        CU_ASSERT_EQUAL(length, rows[i].length);
    }
}

static enum s3_verdict check(struct s3_conditions conditions) {
    const char *failed;
    return s3_conditions_check(&conditions, "abc", 5000, &failed);
}

#define NO_TIMES .if_modified_since_ms = -1, .if_unmodified_since_ms = -1

static void etags_decide_before_times(void) {
    CU_ASSERT_EQUAL(check((struct s3_conditions){.if_match = TEXT("\"abc\""), NO_TIMES}), S3_GO_ON);
    CU_ASSERT_EQUAL(check((struct s3_conditions){.if_match = TEXT("abc"), NO_TIMES}), S3_GO_ON);
    CU_ASSERT_EQUAL(check((struct s3_conditions){.if_match = TEXT("\"x\""), NO_TIMES}), S3_FAILED);
    CU_ASSERT_EQUAL(check((struct s3_conditions){.if_none_match = TEXT("\"x\", \"abc\""), NO_TIMES}),
                    S3_NOT_MODIFIED);
    struct s3_conditions match_and_old = {
        .if_match = TEXT("*"), .if_modified_since_ms = -1, .if_unmodified_since_ms = 1000};
    CU_ASSERT_EQUAL(check(match_and_old), S3_GO_ON);
    struct s3_conditions changed_and_seen = {
        .if_none_match = TEXT("x"), .if_modified_since_ms = 9000, .if_unmodified_since_ms = -1};
    CU_ASSERT_EQUAL(check(changed_and_seen), S3_GO_ON);
}

static void times_compare_in_whole_seconds(void) {
    CU_ASSERT_EQUAL(check((struct s3_conditions){.if_modified_since_ms = 5000, .if_unmodified_since_ms = -1}),
                    S3_NOT_MODIFIED);
    CU_ASSERT_EQUAL(check((struct s3_conditions){.if_modified_since_ms = 4000, .if_unmodified_since_ms = -1}),
                    S3_GO_ON);
    CU_ASSERT_EQUAL(check((struct s3_conditions){.if_modified_since_ms = -1, .if_unmodified_since_ms = 4000}),
                    S3_FAILED);
    CU_ASSERT_EQUAL(check((struct s3_conditions){.if_modified_since_ms = -1, .if_unmodified_since_ms = 5000}),
                    S3_GO_ON);
}

void s3_conditions_test(void) {
    unit_test("ranges are read as AWS reads them", ranges_are_read_as_aws_reads_them);
    unit_test("ETags decide before times", etags_decide_before_times);
    unit_test("times compare in whole seconds", times_compare_in_whole_seconds);
}
