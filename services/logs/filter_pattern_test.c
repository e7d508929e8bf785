#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/logs/filter_pattern.h"

static bool matches(const char *source, const char *message) {
    struct arena *arena = arena_open();
    const char *error = NULL;
    struct filter_pattern *pattern = filter_pattern_compile(arena, text_of(source), &error);
    CU_ASSERT_PTR_NOT_NULL(pattern);
    bool result = pattern && filter_pattern_matches(pattern, text_of(message), arena);
    arena_close(arena);
    return result;
}

static bool is_refused(const char *source, const char *expected) {
    struct arena *arena = arena_open();
    const char *error = NULL;
    struct filter_pattern *pattern = filter_pattern_compile(arena, text_of(source), &error);
    bool result = !pattern && strcmp(error, expected) == 0;
    arena_close(arena);
    return result;
}

static void an_empty_pattern_matches_everything(void) {
    CU_ASSERT_TRUE(matches("", "anything"));
    CU_ASSERT_TRUE(matches("\"\"", "anything"));
}

static void all_terms_have_to_be_there(void) {
    CU_ASSERT_TRUE(matches("ERROR disk", "[ERROR 7] disk is full"));
    CU_ASSERT_FALSE(matches("ERROR disk", "[ERROR 7] memory"));
    CU_ASSERT_FALSE(matches("ERROR", "error"));
}

static void a_phrase_is_one_term(void) {
    CU_ASSERT_TRUE(matches("\"disk is full\"", "[ERROR 7] disk is full"));
    CU_ASSERT_FALSE(matches("\"disk full\"", "[ERROR 7] disk is full"));
    CU_ASSERT_TRUE(matches("\"a \\\"b\\\"\"", "x a \"b\" y"));
}

static void a_minus_excludes(void) {
    CU_ASSERT_TRUE(matches("ERROR -timeout", "ERROR disk"));
    CU_ASSERT_FALSE(matches("ERROR -timeout", "ERROR timeout"));
    CU_ASSERT_FALSE(matches("-\"time out\"", "time out"));
}

static void question_marks_are_alternatives_unless_other_terms_stand_beside(void) {
    CU_ASSERT_TRUE(matches("?ERROR ?WARN", "WARN x"));
    CU_ASSERT_FALSE(matches("?ERROR ?WARN", "INFO x"));
    CU_ASSERT_TRUE(matches("?ERROR disk", "INFO disk"));
}

static void a_regular_expression_stands_between_percent_signs(void) {
    CU_ASSERT_TRUE(matches("%ER+OR [0-9]{3}%", "an ERRROR 404"));
    CU_ASSERT_FALSE(matches("%^ERROR%", "an ERROR"));
}

static void special_characters_need_quotes(void) {
    CU_ASSERT_TRUE(is_refused("/aws/lambda", "Invalid character(s) in term '/aws/lambda'"));
    CU_ASSERT_TRUE(is_refused("\"open", "Invalid filter pattern"));
    CU_ASSERT_TRUE(is_refused("{ $.a = ", "Invalid filter pattern"));
    CU_ASSERT_TRUE(is_refused("{ $.a 1 }", "Invalid filter pattern"));
    CU_ASSERT_TRUE(is_refused("[a, b", "Invalid filter pattern"));
}

static const char order[] = "{\"level\":\"error\",\"count\":12,\"ok\":true,\"none\":null,\"user\":{\"ids\":["
                            "7,8]},\"items\":[{\"n\":1},{\"n\":2}]}";

static void json_patterns_compare_texts_and_numbers(void) {
    CU_ASSERT_TRUE(matches("{ $.level = \"error\" }", order));
    CU_ASSERT_TRUE(matches("{ $.level = err* }", order));
    CU_ASSERT_FALSE(matches("{ $.level != \"error\" }", order));
    CU_ASSERT_TRUE(matches("{ $.count > 11 }", order));
    CU_ASSERT_FALSE(matches("{ $.count >= 12.5 }", order));
    CU_ASSERT_TRUE(matches("{ $.count = 12.0 }", order));
    CU_ASSERT_TRUE(matches("{ $.level = %^err% }", order));
    CU_ASSERT_FALSE(matches("{ $.level = \"error\" }", "level error"));
}

static void json_patterns_join_conditions(void) {
    CU_ASSERT_TRUE(matches("{ $.level = \"error\" && $.count = 12 }", order));
    CU_ASSERT_TRUE(matches("{ $.level = \"x\" || $.count = 12 }", order));
    CU_ASSERT_TRUE(matches("{ ($.level = \"x\" || $.count = 12) && ($.ok IS TRUE) }", order));
    CU_ASSERT_FALSE(matches("{ $.level = \"x\" || $.count = 12 && $.ok IS FALSE }", order));
}

static void json_patterns_test_for_presence(void) {
    CU_ASSERT_TRUE(matches("{ $.none IS NULL }", order));
    CU_ASSERT_FALSE(matches("{ $.missing IS NULL }", order));
    CU_ASSERT_TRUE(matches("{ $.missing NOT EXISTS }", order));
    CU_ASSERT_FALSE(matches("{ $.none NOT EXISTS }", order));
    CU_ASSERT_FALSE(matches("{ $.missing != 1 }", order));
}

static void json_selectors_reach_into_lists(void) {
    CU_ASSERT_TRUE(matches("{ $.user.ids[1] = 8 }", order));
    CU_ASSERT_FALSE(matches("{ $.user.ids[2] = 8 }", order));
    CU_ASSERT_TRUE(matches("{ $.items[*].n = 2 }", order));
    CU_ASSERT_TRUE(matches("{ $['level'] = error }", order));
}

static void column_patterns_split_at_blanks(void) {
    static const char line[] =
        "127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] \"GET /index.html HTTP/1.0\" 404 1534";
    CU_ASSERT_TRUE(matches("[ip, id, user, time, request, status, bytes]", line));
    CU_ASSERT_TRUE(matches("[ip, id, user, time, request, status=4*, bytes>1000]", line));
    CU_ASSERT_FALSE(matches("[ip, id, user, time, request, status=2*, bytes]", line));
    CU_ASSERT_TRUE(matches("[..., status=404 || status=410, bytes]", line));
    CU_ASSERT_TRUE(matches("[ip != 10.*, ...]", line));
    CU_ASSERT_FALSE(matches("[ip, id]", line));
    CU_ASSERT_TRUE(matches("[ip, id, user, time, request=\"*index.html*\", status, bytes]", line));
}

void filter_pattern_test(void) {
    unit_test("an empty pattern matches everything", an_empty_pattern_matches_everything);
    unit_test("all terms have to be there", all_terms_have_to_be_there);
    unit_test("a phrase is one term", a_phrase_is_one_term);
    unit_test("a minus excludes", a_minus_excludes);
    unit_test("question marks are alternatives unless other terms stand beside",
              question_marks_are_alternatives_unless_other_terms_stand_beside);
    unit_test("a regular expression stands between percent signs",
              a_regular_expression_stands_between_percent_signs);
    unit_test("special characters need quotes", special_characters_need_quotes);
    unit_test("JSON patterns compare texts and numbers", json_patterns_compare_texts_and_numbers);
    unit_test("JSON patterns join conditions", json_patterns_join_conditions);
    unit_test("JSON patterns test for presence", json_patterns_test_for_presence);
    unit_test("JSON selectors reach into lists", json_selectors_reach_into_lists);
    unit_test("column patterns split at blanks", column_patterns_split_at_blanks);
}
