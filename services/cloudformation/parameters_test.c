#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/cloudformation/parameters.h"

#define RESOURCE "\nResources: {A: {Type: 'AWS::SNS::Topic'}}\n"

static struct template *read_parameters(struct arena *arena, const char *declarations) {
    const char *error = NULL;
    struct template *template =
        template_read(arena, text_of(arena_printf(arena, "Parameters: {%s}" RESOURCE, declarations)), &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(template);
    return template;
}

/* The error of binding and checking one value for P; "" when it is accepted. */
static const char *verdict(struct arena *arena, const char *declaration, const char *value) {
    struct template *template = read_parameters(arena, arena_printf(arena, "P: {%s}", declaration));
    struct parameter_given given = {"P", value, false};
    const char *error = "";
    struct parameters *parameters = parameters_bind(arena, template, &given, value ? 1 : 0, NULL, &error);
    if (!parameters || !parameters_check(parameters, &error)) {
        return error;
    }
    return "";
}

static void check_verdict(const char *declaration, const char *value, const char *expected) {
    struct arena *arena = arena_open();
    CU_ASSERT_STRING_EQUAL(verdict(arena, declaration, value), expected);
    arena_close(arena);
}

static void values_are_needed(void) {
    check_verdict("Type: String", NULL, "Parameters: [P] must have values");
    check_verdict("Type: String, Default: x", NULL, "");
}

static void unknown_parameters_are_listed(void) {
    struct arena *arena = arena_open();
    struct template *template = read_parameters(arena, "P: {Type: String, Default: x}");
    struct parameter_given given[] = {{"A", "1", false}, {"P", "1", false}, {"B", "1", false}};
    const char *error = NULL;
    CU_ASSERT_PTR_NULL(parameters_bind(arena, template, given, 3, NULL, &error));
    CU_ASSERT_STRING_EQUAL(error, "Parameters: [A, B] do not exist in the template");
    arena_close(arena);
}

static void numbers_are_checked(void) {
    check_verdict("Type: Number", "x", "Parameter 'P' must be a number.");
    check_verdict("Type: Number, MinValue: 3", "2", "Parameter 'P' must be a number not less than 3");
    check_verdict("Type: Number, MaxValue: 3", "3.5", "Parameter 'P' must be a number not greater than 3");
    check_verdict("Type: Number, MinValue: -1.5, MaxValue: 1e3", "7", "");
}

static void strings_are_checked(void) {
    check_verdict("Type: String, MinLength: 3", "ab", "Parameter 'P' must contain at least 3 characters");
    check_verdict("Type: String, MaxLength: 1", "ab", "Parameter 'P' must contain at most 1 characters");
    check_verdict("Type: String, MaxLength: 2", "äö", "");
    check_verdict("Type: String, AllowedPattern: '[a-z]+'", "abc1",
                  "Parameter 'P' must match pattern [a-z]+");
    check_verdict("Type: String, AllowedValues: [a, b]", "c", "Parameter 'P' must be one of AllowedValues");
    check_verdict("Type: String, AllowedValues: [a], ConstraintDescription: only a", "c",
                  "Parameter 'P' failed to satisfy constraint: only a");
}

static void every_item_of_a_list_is_checked(void) {
    check_verdict("Type: CommaDelimitedList, AllowedValues: [a, b]", "a, b", "");
    check_verdict("Type: CommaDelimitedList, AllowedValues: [a, b]", "a, c",
                  "Parameter 'P' must be one of AllowedValues");
    check_verdict("Type: 'List<Number>'", "1, x", "Parameter 'P' must be a number.");
}

static void lists_are_split_and_trimmed(void) {
    struct arena *arena = arena_open();
    struct template *template = read_parameters(arena, "P: {Type: CommaDelimitedList, Default: ' a, b ,c'}");
    const char *error = NULL;
    struct parameters *parameters = parameters_bind(arena, template, NULL, 0, NULL, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(parameters);
    CU_ASSERT_TRUE_FATAL(parameters_check(parameters, &error));
    char *dumped = json_dumps(parameters_find(parameters, "P")->ref, JSON_COMPACT);
    CU_ASSERT_STRING_EQUAL(dumped, "[\"a\",\"b\",\"c\"]");
    free(dumped);
    arena_close(arena);
}

static void previous_values_can_be_kept(void) {
    struct arena *arena = arena_open();
    struct template *template = read_parameters(arena, "P: {Type: String, Default: d}, Q: {Type: String}");
    json_t *previous = json_pack("{s:s}", "P", "old");
    struct parameter_given keep[] = {{"P", NULL, true}, {"Q", "q", false}};
    const char *error = NULL;
    struct parameters *parameters = parameters_bind(arena, template, keep, 2, previous, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(parameters);
    CU_ASSERT_STRING_EQUAL(parameters->rows[0].value, "old");
    struct parameter_given both = {"P", "new", true};
    CU_ASSERT_PTR_NULL(parameters_bind(arena, template, &both, 1, previous, &error));
    CU_ASSERT_STRING_EQUAL(error,
                           "Invalid input for parameter key P. Cannot specify usePreviousValue as true and "
                           "non empty value for a parameter");
    parameters = parameters_bind(arena, template, &keep[1], 1, previous, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(parameters);
    CU_ASSERT_STRING_EQUAL(parameters->rows[0].value, "d");
    json_decref(previous);
    arena_close(arena);
}

static void ssm_values_are_looked_up(void) {
    struct arena *arena = arena_open();
    struct template *template =
        read_parameters(arena, "P: {Type: 'AWS::SSM::Parameter::Value<List<String>>'}");
    struct parameter_given given = {"P", "/my/key", false};
    const char *error = NULL;
    struct parameters *parameters = parameters_bind(arena, template, &given, 1, NULL, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(parameters);
    CU_ASSERT_STRING_EQUAL(parameters->rows[0].ssm_name, "/my/key");
    CU_ASSERT_FALSE(parameters_check(parameters, &error));
    CU_ASSERT_STRING_EQUAL(error, "Parameter P should either have input value or default value");
    parameters_set_resolved(parameters, 0, "a,b");
    CU_ASSERT_TRUE(parameters_check(parameters, &error));
    CU_ASSERT_EQUAL(json_array_size(parameters->rows[0].ref), 2);
    arena_close(arena);
}

void parameters_test(void) {
    unit_test("A parameter without default needs a value", values_are_needed);
    unit_test("Parameters that the template does not have are listed", unknown_parameters_are_listed);
    unit_test("Numbers are checked", numbers_are_checked);
    unit_test("Strings are checked", strings_are_checked);
    unit_test("Every item of a list is checked", every_item_of_a_list_is_checked);
    unit_test("Lists are split and trimmed", lists_are_split_and_trimmed);
    unit_test("Previous values are kept only when asked", previous_values_can_be_kept);
    unit_test("Values of SSM parameters are looked up", ssm_values_are_looked_up);
}
