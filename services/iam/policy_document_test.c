#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/iam/policy_document.h"

static void good_documents_pass(void) {
    CU_ASSERT_PTR_NULL(
        policy_document_check_identity(TEXT("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":"
                                            "\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}")));
    CU_ASSERT_PTR_NULL(policy_document_check_identity(
        TEXT("{\"Statement\":{\"Effect\":\"Deny\",\"NotAction\":[\"s3:*\"],\"NotResource\":[\"*\"]}}")));
    CU_ASSERT_PTR_NULL(policy_document_check_trust(
        TEXT("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
             "\"lambda.amazonaws.com\"},\"Action\":[\"sts:AssumeRole\",\"sts:TagSession\"]}]}")));
}

static void broken_documents_are_syntax_errors(void) {
    static const char text[] = "Syntax errors in policy.";
    CU_ASSERT_STRING_EQUAL(policy_document_check_identity(TEXT("nonsense")), text);
    CU_ASSERT_STRING_EQUAL(policy_document_check_identity(TEXT("[]")), text);
    CU_ASSERT_STRING_EQUAL(policy_document_check_identity(TEXT("{\"Version\":\"2012-10-17\"}")), text);
    CU_ASSERT_STRING_EQUAL(policy_document_check_identity(TEXT("{\"Statement\":[1]}")), text);
    CU_ASSERT_STRING_EQUAL(
        policy_document_check_identity(
            TEXT("{\"Statement\":[{\"Effect\":\"allow\",\"Action\":\"a:b\",\"Resource\":\"*\"}]}")),
        text);
}

static void parts_that_are_missing_are_named(void) {
    CU_ASSERT_STRING_EQUAL(policy_document_check_identity(TEXT("{\"Version\":\"2012\",\"Statement\":[]}")),
                           "The policy must contain a valid version string");
    CU_ASSERT_STRING_EQUAL(
        policy_document_check_identity(TEXT("{\"Statement\":[{\"Effect\":\"Allow\",\"Resource\":\"*\"}]}")),
        "Policy statement must contain actions.");
    CU_ASSERT_STRING_EQUAL(
        policy_document_check_identity(TEXT("{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"a:b\"}]}")),
        "Policy statement must contain resources.");
}

static void trust_policies_have_rules_of_their_own(void) {
    CU_ASSERT_STRING_EQUAL(
        policy_document_check_trust(TEXT("{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\","
                                         "\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\"}]}")),
        "Has prohibited field Resource");
    CU_ASSERT_STRING_EQUAL(
        policy_document_check_trust(TEXT("{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\","
                                         "\"Action\":\"s3:GetObject\"}]}")),
        "AssumeRole policy may only specify STS AssumeRole actions.");
}

static void white_space_does_not_count(void) {
    CU_ASSERT_EQUAL(policy_document_size(TEXT(" { \"a\" :\n1 } ")), 7);
}

void policy_document_test(void) {
    unit_test("good documents pass", good_documents_pass);
    unit_test("broken documents are syntax errors", broken_documents_are_syntax_errors);
    unit_test("parts that are missing are named", parts_that_are_missing_are_named);
    unit_test("trust policies have rules of their own", trust_policies_have_rules_of_their_own);
    unit_test("white space does not count", white_space_does_not_count);
}
