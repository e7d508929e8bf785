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

static const char *deny(struct arena *arena, const char *policy, const char *action, const char *logical_id) {
    return stack_policy_denial(arena, policy, action, logical_id, "AWS::SSM::Parameter");
}

static void policies_deny(void) {
    static const char policy[] =
        "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"Update:*\",\"Principal\":\"*\",\"Resource\":\"*"
        "\"},"
        "{\"Effect\":\"Deny\",\"Action\":[\"Update:Replace\",\"Update:Delete\"],\"Principal\":\"*\","
        "\"Resource\":\"LogicalResourceId/Prod*\",\"Condition\":{\"StringLike\":{\"ResourceType\":"
        "[\"AWS::SSM::*\"]}}}]}";
    struct arena *arena = arena_open();
    CU_ASSERT_PTR_NULL(deny(arena, NULL, "Update:Delete", "ProdDb"));
    CU_ASSERT_PTR_NULL(deny(arena, "{}", "Update:Delete", "ProdDb"));
    CU_ASSERT_PTR_NULL(deny(arena, policy, "Update:Modify", "ProdDb"));
    CU_ASSERT_PTR_NULL(deny(arena, policy, "Update:Delete", "TestDb"));
    CU_ASSERT_PTR_NULL(stack_policy_denial(arena, policy, "Update:Delete", "ProdDb", "AWS::SQS::Queue"));
    CU_ASSERT_STRING_EQUAL(deny(arena, policy, "Update:Delete", "ProdDb"),
                           "Action denied by stack policy: Statement [#2] does not allow [Update:Replace, "
                           "Update:Delete] for resource [LogicalResourceId/Prod*];");
    CU_ASSERT_PTR_NOT_NULL(
        deny(arena, STATEMENT("\"Action\":\"Update:Modify\"", "\"Principal\":\"*\""), "Update:Delete", "X"));
    arena_close(arena);
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
    unit_test("a stack policy denies what it says and what it does not allow", policies_deny);
    unit_test("a service token is a function or topic of the stack's Region", tokens_are_judged);
    unit_test("a page token reads back, others are refused", pages_are_numbered);
}
