#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/cloudformation/paging.h"
#include "services/cloudformation/service_token.h"
#include "services/cloudformation/stack_policy.h"

#define STATEMENT(action, principal)                                                                         \
    "{\"Statement\":[{\"Effect\":\"Allow\"," action "," principal ",\"Resource\":\"*\"}]}"

static void policies_are_judged(void) {
    CU_ASSERT_TRUE(stack_policy_is_valid("{}"));
    CU_ASSERT_TRUE(stack_policy_is_valid(STATEMENT("\"Action\":\"Update:*\"", "\"Principal\":\"*\"")));
    CU_ASSERT_TRUE(stack_policy_is_valid(STATEMENT("\"Action\":[\"Update:Modify\"]", "\"Principal\":\"*\"")));
    CU_ASSERT_FALSE(stack_policy_is_valid(STATEMENT("\"Action\":\"Delete:*\"", "\"Principal\":\"*\"")));
    CU_ASSERT_FALSE(stack_policy_is_valid(STATEMENT("\"Action\":\"Update:*\"", "\"Principal\":\"me\"")));
    CU_ASSERT_FALSE(stack_policy_is_valid("not json"));
    CU_ASSERT_FALSE(stack_policy_is_valid("[]"));
}

static void tokens_are_judged(void) {
    CU_ASSERT_PTR_NULL(service_token_problem("arn:aws:lambda:us-east-1:1:function:f", "us-east-1"));
    CU_ASSERT_PTR_NULL(service_token_problem("arn:aws:lambda:us-east-1:1:function:f:live", "us-east-1"));
    CU_ASSERT_PTR_NULL(service_token_problem("arn:aws:sns:us-east-1:1:topic", "us-east-1"));
    CU_ASSERT_PTR_NOT_NULL(service_token_problem("arn:aws:lambda:eu-west-1:1:function:f", "us-east-1"));
    CU_ASSERT_PTR_NOT_NULL(service_token_problem("f", "us-east-1"));
    CU_ASSERT_PTR_NOT_NULL(service_token_problem(NULL, "us-east-1"));
    CU_ASSERT_TRUE(service_token_is_topic("arn:aws:sns:us-east-1:1:topic"));
    CU_ASSERT_FALSE(service_token_is_topic("arn:aws:lambda:us-east-1:1:function:f"));
}

static void pages_are_numbered(void) {
    struct arena *arena = arena_open();
    int64_t number;
    CU_ASSERT_TRUE(paging_read_number(paging_write_number(arena, 4711), &number));
    CU_ASSERT_EQUAL(number, 4711);
    CU_ASSERT_TRUE(paging_read_number(NULL, &number));
    CU_ASSERT_EQUAL(number, 0);
    CU_ASSERT_FALSE(paging_read_number("", &number));
    CU_ASSERT_FALSE(paging_read_number("next", &number));
    arena_close(arena);
}

void stack_policy_test(void);
void stack_policy_test(void) {
    unit_test("a stack policy is judged before it is kept", policies_are_judged);
    unit_test("a service token is a function or topic of the stack's Region", tokens_are_judged);
    unit_test("a page token reads back, others are refused", pages_are_numbered);
}
