#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/ssm/ssm_names.h"

static const char account[] = "000000000000";
static const char region[] = "us-east-1";

static void a_name_with_and_without_slash_means_the_same_path(void) {
    struct arena *arena = arena_open();
    struct ssm_reference plain;
    struct ssm_reference slashed;
    CU_ASSERT_EQUAL(ssm_reference_parse(arena, TEXT("p"), account, region, &plain), SSM_REFERENCE_GOOD);
    CU_ASSERT_EQUAL(ssm_reference_parse(arena, TEXT("/p"), account, region, &slashed), SSM_REFERENCE_GOOD);
    CU_ASSERT_TRUE(text_same(plain.path, slashed.path));
    CU_ASSERT_TRUE(text_equals(plain.path, "/p"));
    CU_ASSERT_PTR_NULL(plain.selector.data);
    arena_close(arena);
}

static void a_selector_follows_a_colon(void) {
    struct arena *arena = arena_open();
    struct ssm_reference reference;
    CU_ASSERT_EQUAL(ssm_reference_parse(arena, TEXT("/a/b:prod"), account, region, &reference),
                    SSM_REFERENCE_GOOD);
    CU_ASSERT_TRUE(text_equals(reference.path, "/a/b"));
    CU_ASSERT_TRUE(text_equals(reference.selector, "prod"));
    CU_ASSERT_EQUAL(ssm_reference_parse(arena, TEXT("a:2:3"), account, region, &reference),
                    SSM_REFERENCE_UNKNOWN);
    arena_close(arena);
}

static void an_arn_names_parameters_of_its_own_account_and_region_only(void) {
    struct arena *arena = arena_open();
    struct ssm_reference reference;
    CU_ASSERT_EQUAL(ssm_reference_parse(arena, TEXT("arn:aws:ssm:us-east-1:000000000000:parameter/a/b:3"),
                                        account, region, &reference),
                    SSM_REFERENCE_GOOD);
    CU_ASSERT_TRUE(text_equals(reference.path, "/a/b"));
    CU_ASSERT_TRUE(text_equals(reference.selector, "3"));
    CU_ASSERT_EQUAL(ssm_reference_parse(arena, TEXT("arn:aws:ssm:us-east-1:111111111111:parameter/a"),
                                        account, region, &reference),
                    SSM_REFERENCE_UNKNOWN);
    CU_ASSERT_EQUAL(ssm_reference_parse(arena, TEXT("arn:aws:ssm:eu-west-1:000000000000:parameter/a"),
                                        account, region, &reference),
                    SSM_REFERENCE_UNKNOWN);
    arena_close(arena);
}

static void relative_paths_and_empty_parts_are_refused(void) {
    struct arena *arena = arena_open();
    struct ssm_reference reference;
    CU_ASSERT_EQUAL(ssm_reference_parse(arena, TEXT("a/b"), account, region, &reference),
                    SSM_REFERENCE_BAD_PATH);
    CU_ASSERT_EQUAL(ssm_reference_parse(arena, TEXT("//a"), account, region, &reference),
                    SSM_REFERENCE_BAD_PATH);
    CU_ASSERT_EQUAL(ssm_reference_parse(arena, TEXT(""), account, region, &reference), SSM_REFERENCE_UNKNOWN);
    arena_close(arena);
}

static void new_names_keep_awss_rules(void) {
    static const struct {
        struct text name;
        enum ssm_name_verdict verdict;
    } rows[] = {
        {{"p", 1}, SSM_NAME_GOOD},
        {{"/a/b.c-d_e", 10}, SSM_NAME_GOOD},
        {{"a/b", 3}, SSM_NAME_BAD_PATH},
        {{"/a//b", 5}, SSM_NAME_BAD_PATH},
        {{"/a/", 3}, SSM_NAME_BAD_PATH},
        {{"a b", 3}, SSM_NAME_BAD_PATH},
        {{"a:b", 3}, SSM_NAME_BAD_PATH},
        {{"awsX", 4}, SSM_NAME_RESERVED_PREFIX},
        {{"/SSMx", 5}, SSM_NAME_RESERVED_PREFIX},
        {{"/ssm/x", 6}, SSM_NAME_BAD_PATH},
        {{"/aws/x", 6}, SSM_NAME_RESERVED_PATH},
        {{"/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f", 30}, SSM_NAME_GOOD},
        {{"/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g", 32}, SSM_NAME_TOO_DEEP},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CU_ASSERT_EQUAL(ssm_name_check(rows[i].name), rows[i].verdict);
    }
}

static void labels_begin_with_no_digit_and_no_reserved_word(void) {
    CU_ASSERT_TRUE(ssm_label_is_valid(TEXT("prod-1_a.b")));
    CU_ASSERT_FALSE(ssm_label_is_valid(TEXT("1prod")));
    CU_ASSERT_FALSE(ssm_label_is_valid(TEXT("awsprod")));
    CU_ASSERT_FALSE(ssm_label_is_valid(TEXT("SSMprod")));
    CU_ASSERT_FALSE(ssm_label_is_valid(TEXT("a/b")));
}

void ssm_names_test(void) {
    unit_test("a name with and without slash means the same path",
              a_name_with_and_without_slash_means_the_same_path);
    unit_test("a selector follows a colon", a_selector_follows_a_colon);
    unit_test("an ARN names parameters of its own account and Region only",
              an_arn_names_parameters_of_its_own_account_and_region_only);
    unit_test("relative paths and empty parts are refused", relative_paths_and_empty_parts_are_refused);
    unit_test("new names keep AWS's rules", new_names_keep_awss_rules);
    unit_test("labels begin with no digit and no reserved word",
              labels_begin_with_no_digit_and_no_reserved_word);
}
