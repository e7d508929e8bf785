#include "emulator/core/route.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

static struct text values[ROUTE_MAXIMUM_LABELS];

static int match(const char *template, const char *path) {
    memset(values, 0, sizeof(values));
    return route_match_path(template, text_of(path), values, ROUTE_MAXIMUM_LABELS);
}

static void labels_are_taken_in_order_and_stay_encoded(void) {
    CU_ASSERT(match("/2015-03-31/functions/{FunctionName}/aliases/{Name}",
                    "/2015-03-31/functions/a%3Ab/aliases/live") >= 0);
    CU_ASSERT(text_equals(values[0], "a%3Ab"));
    CU_ASSERT(text_equals(values[1], "live"));
}

static void greedy_label_takes_slashes(void) {
    CU_ASSERT(match("/{Bucket}/{Key+}", "/b/a/b//c") >= 0);
    CU_ASSERT(text_equals(values[1], "a/b//c"));
}

static void greedy_label_needs_something(void) {
    CU_ASSERT_EQUAL(match("/{Bucket}/{Key+}", "/b"), -1);
    CU_ASSERT_EQUAL(match("/{Bucket}/{Key+}", "/b/"), -1);
    CU_ASSERT(match("/{Bucket}", "/b/") >= 0);
}

static void literals_weigh_more_than_labels(void) {
    CU_ASSERT(match("/a/{X}", "/a/b") < match("/a/b", "/a/b"));
}

static void trailing_slash_is_no_difference(void) {
    CU_ASSERT(match("/2015-03-31/functions", "/2015-03-31/functions/") >= 0);
    CU_ASSERT(match("/2015-03-31/event-source-mappings/", "/2015-03-31/event-source-mappings") >= 0);
    CU_ASSERT(match("/", "/") >= 0);
}

static void other_paths_do_not_match(void) {
    CU_ASSERT_EQUAL(match("/a/{X}", "/b/c"), -1);
    CU_ASSERT_EQUAL(match("/a/{X}", "/a"), -1);
    CU_ASSERT_EQUAL(match("/a/{X}", "/a/b/c"), -1);
    CU_ASSERT_EQUAL(match("/a/{X}/c", "/a//c"), -1);
}

static void template_query_is_not_part_of_the_path(void) {
    CU_ASSERT(match("/{Bucket}?uploads", "/b") >= 0);
}

void route_test(void) {
    unit_test("labels are taken in order and stay encoded", labels_are_taken_in_order_and_stay_encoded);
    unit_test("a greedy label takes slashes", greedy_label_takes_slashes);
    unit_test("a greedy label needs something", greedy_label_needs_something);
    unit_test("literals weigh more than labels", literals_weigh_more_than_labels);
    unit_test("a trailing slash makes no difference", trailing_slash_is_no_difference);
    unit_test("other paths do not match", other_paths_do_not_match);
    unit_test("a template's query is not part of the path", template_query_is_not_part_of_the_path);
}
