#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/lambda/function_reference.h"

static void check(const char *text, const char *region, const char *account, const char *name,
                  const char *qualifier) {
    struct function_reference reference;
    CU_ASSERT_FATAL(function_reference_parse(text_of(text), &reference));
    CU_ASSERT(text_same(reference.region, text_of(region)));
    CU_ASSERT(text_same(reference.account, text_of(account)));
    CU_ASSERT(text_same(reference.name, text_of(name)));
    CU_ASSERT(text_same(reference.qualifier, text_of(qualifier)));
}

static void names_and_arns(void) {
    check("sum", NULL, NULL, "sum", NULL);
    check("sum:live", NULL, NULL, "sum", "live");
    check("sum:$LATEST", NULL, NULL, "sum", "$LATEST");
    check("function:sum", NULL, NULL, "sum", NULL);
    check("123456789012:function:sum", NULL, "123456789012", "sum", NULL);
    check("123456789012:sum:7", NULL, "123456789012", "sum", "7");
    check("arn:aws:lambda:eu-west-1:123456789012:function:sum", "eu-west-1", "123456789012", "sum", NULL);
    check("arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:sum:live", "us-gov-west-1",
          "123456789012", "sum", "live");
}

/* Recorded: AWS takes the last word of an ARN without a name for the name. */
static void an_arn_without_name_names_the_function_function(void) {
    check("arn:aws:lambda:us-east-1:123456789012:function", "us-east-1", "123456789012", "function", NULL);
}

static void too_many_parts_are_refused(void) {
    struct function_reference reference;
    CU_ASSERT_FALSE(function_reference_parse(text_of("function:sum:$LATEST:extra"), &reference));
    CU_ASSERT_FALSE(function_reference_parse(text_of(""), &reference));
}

static void versions_are_digits(void) {
    CU_ASSERT(qualifier_is_version("12"));
    CU_ASSERT_FALSE(qualifier_is_version("$LATEST"));
    CU_ASSERT_FALSE(qualifier_is_version("v12"));
    CU_ASSERT_FALSE(qualifier_is_version(""));
    CU_ASSERT_FALSE(qualifier_is_version(NULL));
}

void function_reference_test(void);
void function_reference_test(void) {
    unit_test("names, partial and full ARNs are split", names_and_arns);
    unit_test("an ARN that ends in 'function' names a function of that name",
              an_arn_without_name_names_the_function_function);
    unit_test("a reference with too many parts is refused", too_many_parts_are_refused);
    unit_test("a version is digits alone", versions_are_digits);
}
