#include "emulator/base/arn.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

static void splits_six_parts(void) {
    struct arn arn;
    CU_ASSERT(arn_parse(TEXT("arn:aws:lambda:eu-west-1:123456789012:function:f:1"), &arn));
    CU_ASSERT(text_equals(arn.partition, "aws"));
    CU_ASSERT(text_equals(arn.service, "lambda"));
    CU_ASSERT(text_equals(arn.region, "eu-west-1"));
    CU_ASSERT(text_equals(arn.account, "123456789012"));
    CU_ASSERT(text_equals(arn.resource, "function:f:1"));
    CU_ASSERT(arn_parse(TEXT("arn:aws:s3:::bucket/key"), &arn));
    CU_ASSERT(text_equals(arn.region, ""));
    CU_ASSERT(text_equals(arn.resource, "bucket/key"));
}

static void refuses_what_is_no_arn(void) {
    struct arn arn;
    CU_ASSERT_FALSE(arn_parse(TEXT(""), &arn));
    CU_ASSERT_FALSE(arn_parse(TEXT_NONE, &arn));
    CU_ASSERT_FALSE(arn_parse(TEXT("arn:aws:sqs:us-east-1:123456789012"), &arn));
    CU_ASSERT_FALSE(arn_parse(TEXT("ARN:aws:sqs:us-east-1:123456789012:q"), &arn));
    CU_ASSERT_FALSE(arn_parse(TEXT("my-function"), &arn));
}

static void builds_in_the_regions_partition(void) {
    struct arena *arena = arena_open();
    CU_ASSERT_STRING_EQUAL(arn_build(arena, "sqs", "us-east-1", "000000000000", "q"),
                           "arn:aws:sqs:us-east-1:000000000000:q");
    CU_ASSERT_STRING_EQUAL(arn_build(arena, "s3", "", "", "b"), "arn:aws:s3:::b");
    CU_ASSERT_STRING_EQUAL(arn_build(arena, "sqs", "cn-north-1", "1", "q"), "arn:aws-cn:sqs:cn-north-1:1:q");
    CU_ASSERT_STRING_EQUAL(arn_build(arena, "sqs", "us-gov-west-1", "1", "q"),
                           "arn:aws-us-gov:sqs:us-gov-west-1:1:q");
    arena_close(arena);
}

void arn_test(void) {
    unit_test("an ARN has six parts; the last keeps its colons", splits_six_parts);
    unit_test("anything else is no ARN", refuses_what_is_no_arn);
    unit_test("the partition follows from the Region", builds_in_the_regions_partition);
}
