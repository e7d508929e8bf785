#include "harness/predicates.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

void predicates_test(void);

/* found NULL: absent. */
static bool check(const char *name, const char *expected, const char *found, bool records, int *culprit) {
    json_t *expected_value = json_loads(expected, JSON_DECODE_ANY, NULL);
    json_t *found_value = found ? json_loads(found, JSON_DECODE_ANY, NULL) : NULL;
    struct comparison comparison = {.records = records, .culprit = -1};
    const struct predicate *predicate = predicate_find(name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(predicate);
    CU_ASSERT_PTR_NOT_NULL_FATAL(expected_value);
    bool holds = predicate->holds(&comparison, expected_value, found_value);
    if (culprit) {
        *culprit = comparison.culprit;
    }
    json_decref(expected_value);
    json_decref(found_value);
    return holds;
}

static bool holds(const char *name, const char *expected, const char *found) {
    return check(name, expected, found, false, NULL);
}

static void equal_texts_are_equal_to_the_last_blank(void) {
    CU_ASSERT_TRUE(holds("equals", "\"failed to delete: [A]. \"", "\"failed to delete: [A]. \""));
    CU_ASSERT_FALSE(holds("equals", "\"failed to delete: [A].\"", "\"failed to delete: [A]. \""));
    CU_ASSERT_FALSE(holds("equals", "\"7.1\"", "7.1"));
    CU_ASSERT_FALSE(holds("equals", "\"7.1\"", NULL));
    CU_ASSERT_TRUE(holds("equals", "null", NULL));
    CU_ASSERT_TRUE(holds("equals", "2", "2.0"));
}

static void equal_mappings_have_the_same_members(void) {
    CU_ASSERT_TRUE(holds("equals", "{\"A\":\"1\"}", "{\"A\":\"1\"}"));
    CU_ASSERT_FALSE(holds("equals", "{\"A\":\"1\"}", "{\"A\":\"1\",\"B\":\"2\"}"));
    CU_ASSERT_TRUE(holds("contains", "{\"A\":\"1\"}", "{\"A\":\"1\",\"B\":\"2\"}"));
    CU_ASSERT_FALSE(holds("contains", "{\"C\":\"1\"}", "{\"A\":\"1\",\"B\":\"2\"}"));
}

static void records_are_compared_by_the_members_named(void) {
    const char *found = "[{\"a\":1,\"b\":2},{\"a\":3,\"b\":4}]";
    int culprit;
    CU_ASSERT_TRUE(check("equals", "[{\"a\":1},{\"b\":4}]", found, true, NULL));
    CU_ASSERT_FALSE(check("equals", "[{\"a\":1},{\"b\":4}]", found, false, NULL));
    CU_ASSERT_FALSE(check("equals", "[{\"a\":1},{\"b\":5}]", found, true, &culprit));
    CU_ASSERT_EQUAL(culprit, 1);
    CU_ASSERT_FALSE(check("equals", "[{\"a\":1}]", found, true, NULL));
    CU_ASSERT_FALSE(check("equals", "[{\"a\":1},{\"b\":4},{}]", found, true, &culprit));
    CU_ASSERT_EQUAL(culprit, 2);
}

static void ordered_items_may_have_others_between_them(void) {
    int culprit;
    CU_ASSERT_TRUE(holds("ordered", "[\"a\",\"c\"]", "[\"a\",\"b\",\"c\"]"));
    CU_ASSERT_FALSE(check("ordered", "[\"a\",\"c\",\"b\"]", "[\"a\",\"b\",\"c\"]", false, &culprit));
    CU_ASSERT_EQUAL(culprit, 2);
    CU_ASSERT_FALSE(holds("ordered", "[\"a\",\"a\"]", "[\"a\"]"));
    CU_ASSERT_FALSE(holds("ordered", "[\"a\"]", NULL));
}

static void a_condition_may_stand_in_place_of_a_value(void) {
    CU_ASSERT_TRUE(holds("equals", "[{\"$matches\":\"^a+$\"},{\"$any\":true}]", "[\"aaa\",5]"));
    CU_ASSERT_FALSE(holds("equals", "[{\"$matches\":\"^a+$\"}]", "[\"ab\"]"));
    CU_ASSERT_TRUE(holds("contains", "{\"x\":{\"$absent\":true}}", "{\"y\":1}"));
    CU_ASSERT_FALSE(holds("contains", "{\"y\":{\"$absent\":true}}", "{\"y\":1}"));
    CU_ASSERT_TRUE(holds("equals", "{\"x\":{\"$contains\":\"b\"}}", "{\"x\":\"abc\"}"));
}

static void contains_and_lacks_look_into_texts_and_lists(void) {
    CU_ASSERT_TRUE(holds("contains", "\"needle\"", "\"hayneedlehay\""));
    CU_ASSERT_TRUE(holds("contains", "[\"a\",\"c\"]", "[\"c\",\"b\",\"a\"]"));
    CU_ASSERT_FALSE(holds("contains", "[\"a\",\"d\"]", "[\"c\",\"b\",\"a\"]"));
    CU_ASSERT_TRUE(holds("lacks", "[\"d\",\"e\"]", "[\"c\",\"b\",\"a\"]"));
    CU_ASSERT_FALSE(holds("lacks", "\"a\"", "[\"c\",\"b\",\"a\"]"));
    CU_ASSERT_FALSE(holds("contains", "\"a\"", NULL));
}

static void counts_and_limits(void) {
    CU_ASSERT_TRUE(holds("count", "2", "[1,2]"));
    CU_ASSERT_TRUE(holds("count", "0", NULL));
    CU_ASSERT_FALSE(holds("count", "{\"at_least\":3}", "[1,2]"));
    CU_ASSERT_TRUE(holds("count", "{\"at_least\":1,\"at_most\":2}", "[1,2]"));
    CU_ASSERT_TRUE(holds("at_least", "3", "3"));
    CU_ASSERT_FALSE(holds("at_most", "3", "3.5"));
    CU_ASSERT_FALSE(holds("at_most", "3", NULL));
    CU_ASSERT_TRUE(holds("one_of", "[\"a\",\"b\"]", "\"b\""));
    CU_ASSERT_TRUE(holds("absent", "true", NULL));
    CU_ASSERT_FALSE(holds("exists", "true", "null"));
}

static void a_pattern_that_does_not_compile_is_a_problem(void) {
    json_t *bad = json_string("(unclosed");
    CU_ASSERT_PTR_NOT_NULL(predicate_find("matches")->problem(bad));
    json_decref(bad);
}

void predicates_test(void) {
    unit_test("equal texts are equal to the last blank", equal_texts_are_equal_to_the_last_blank);
    unit_test("equal mappings have the same members", equal_mappings_have_the_same_members);
    unit_test("records are compared by the members named", records_are_compared_by_the_members_named);
    unit_test("ordered items may have others between them", ordered_items_may_have_others_between_them);
    unit_test("a condition may stand in place of a value", a_condition_may_stand_in_place_of_a_value);
    unit_test("contains and lacks look into texts and lists", contains_and_lacks_look_into_texts_and_lists);
    unit_test("counts and limits", counts_and_limits);
    unit_test("a pattern that does not compile is a problem", a_pattern_that_does_not_compile_is_a_problem);
}
