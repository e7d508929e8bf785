#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/sns/delivery_policy.h"

static void without_a_policy_an_endpoint_is_asked_four_times_20_s_apart(void) {
    struct arena *arena = arena_open();
    struct retry_plan plan = delivery_policy_plan(arena, TEXT_NONE, TEXT_NONE);
    for (int failed = 1; failed <= 3; failed++) {
        CU_ASSERT_EQUAL(retry_plan_wait_ms(&plan, failed), 20000);
    }
    CU_ASSERT_EQUAL(retry_plan_wait_ms(&plan, 4), -1);
    CU_ASSERT_STRING_EQUAL(plan.content_type, "text/plain; charset=UTF-8");
    arena_close(arena);
}

static void phases_follow_each_other(void) {
    struct arena *arena = arena_open();
    struct retry_plan plan = delivery_policy_plan(
        arena, TEXT_NONE,
        TEXT("{\"healthyRetryPolicy\":{\"minDelayTarget\":1,\"maxDelayTarget\":9,\"numRetries\":8,"
             "\"numNoDelayRetries\":2,\"numMinDelayRetries\":2,\"numMaxDelayRetries\":1,\"backoffFunction\":"
             "\"linear\"}}"));
    static const int64_t wanted[] = {0, 0, 1000, 1000, 1000, 5000, 9000, 9000, -1};
    for (int i = 0; i < 9; i++) {
        CU_ASSERT_EQUAL(retry_plan_wait_ms(&plan, i + 1), wanted[i]);
    }
    arena_close(arena);
}

static void a_backoff_grows_from_the_minimum_to_the_maximum(void) {
    for (int backoff = BACKOFF_LINEAR; backoff <= BACKOFF_EXPONENTIAL; backoff++) {
        struct retry_plan plan = {.retries = 10, .minimum_s = 2, .maximum_s = 200};
        plan.backoff = (enum retry_backoff)backoff;
        CU_ASSERT_EQUAL(retry_plan_wait_ms(&plan, 1), 2000);
        CU_ASSERT_TRUE(retry_plan_wait_ms(&plan, 10) >= 199999);
        for (int failed = 2; failed <= 10; failed++) {
            CU_ASSERT_TRUE(retry_plan_wait_ms(&plan, failed) > retry_plan_wait_ms(&plan, failed - 1));
        }
    }
}

static void managed_endpoints_are_asked_for_23_days(void) {
    int64_t total_ms = 0;
    int64_t attempts = 1;
    for (int64_t wait; (wait = retry_managed_wait_ms(attempts)) >= 0; attempts++) {
        total_ms += wait;
    }
    CU_ASSERT_EQUAL(attempts, 100016);
    CU_ASSERT_EQUAL(retry_managed_wait_ms(3), 0);
    CU_ASSERT_EQUAL(retry_managed_wait_ms(4), 1000);
    CU_ASSERT_EQUAL(total_ms / (24 * 3600 * 1000LL), 23);
}

static void policies_are_shown_as_aws_does(void) {
    struct arena *arena = arena_open();
    const char *message;
    CU_ASSERT_STRING_EQUAL(
        delivery_policy_of_topic(
            arena, TEXT("{\"http\":{\"defaultRequestPolicy\":{\"headerContentType\":\"application/json\"}}}"),
            &message),
        "{\"http\":{\"disableSubscriptionOverrides\":false,\"defaultRequestPolicy\":{\"headerContentType\":"
        "\"application/json\"}}}");
    CU_ASSERT_STRING_EQUAL(
        delivery_policy_of_topic(arena,
                                 TEXT("{\"http\":{\"defaultHealthyRetryPolicy\":{\"numRetries\":1,"
                                      "\"minDelayTarget\":5,\"maxDelayTarget\":6}}}"),
                                 &message),
        "{\"http\":{\"defaultHealthyRetryPolicy\":{\"minDelayTarget\":5,\"maxDelayTarget\":6,"
        "\"numRetries\":1},\"disableSubscriptionOverrides\":false}}");
    CU_ASSERT_STRING_EQUAL(
        delivery_policy_of_subscription(
            arena,
            TEXT("{\"healthyRetryPolicy\":{\"minDelayTarget\":1,\"maxDelayTarget\":1,\"numRetries\":0},"
                 "\"throttlePolicy\":{\"maxReceivesPerSecond\":1000}}"),
            &message),
        "{\"healthyRetryPolicy\":{\"minDelayTarget\":1,\"maxDelayTarget\":1,\"numRetries\":0,"
        "\"numMaxDelayRetries\":0,\"numNoDelayRetries\":0,\"numMinDelayRetries\":0,\"backoffFunction\":"
        "\"linear\"},\"sicklyRetryPolicy\":null,\"throttlePolicy\":{\"maxReceivesPerSecond\":1000},"
        "\"requestPolicy\":null,\"guaranteed\":false}");
    arena_close(arena);
}

static void wrong_policies_are_refused(void) {
    static const char *const policies[] = {
        "no json",
        "[]",
        "{\"healthyRetryPolicy\":{\"numRetries\":101}}",
        "{\"healthyRetryPolicy\":{\"numRetries\":-1}}",
        "{\"healthyRetryPolicy\":{\"numRetries\":\"3\"}}",
        "{\"healthyRetryPolicy\":{\"minDelayTarget\":30,\"maxDelayTarget\":20}}",
        "{\"healthyRetryPolicy\":{\"numRetries\":1,\"numNoDelayRetries\":2}}",
        "{\"healthyRetryPolicy\":{\"backoffFunction\":\"quick\"}}",
        "{\"healthyRetryPolicy\":{\"backoffFunction\":7}}",
        "{\"healthyRetryPolicy\":7}",
        "{\"throttlePolicy\":{\"maxReceivesPerSecond\":0}}",
        "{\"requestPolicy\":{\"headerContentType\":\"nonsense\"}}",
    };
    struct arena *arena = arena_open();
    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        const char *message = NULL;
        CU_ASSERT_PTR_NULL(delivery_policy_of_subscription(arena, text_of(policies[i]), &message));
        CU_ASSERT_PTR_NOT_NULL(message);
    }
    arena_close(arena);
}

void delivery_policy_test(void) {
    unit_test("without a policy an endpoint is asked four times 20 s apart",
              without_a_policy_an_endpoint_is_asked_four_times_20_s_apart);
    unit_test("phases follow each other", phases_follow_each_other);
    unit_test("a backoff grows from the minimum to the maximum",
              a_backoff_grows_from_the_minimum_to_the_maximum);
    unit_test("managed endpoints are asked for 23 days", managed_endpoints_are_asked_for_23_days);
    unit_test("policies are shown as AWS does", policies_are_shown_as_aws_does);
    unit_test("wrong policies are refused", wrong_policies_are_refused);
}
