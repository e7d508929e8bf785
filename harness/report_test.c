/* Reports from a tree made by hand, and that tree through JSON and back. */
#include "harness/report.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "emulator/base/die.h"
#include "harness/unit_tests.h"

void report_test(void);

static struct scenario_result *failed_scenario(void) {
    struct scenario_result *scenario = scenario_result_open("a/b.yaml", "Sums # up <right>");
    scenario->seed = 7;
    scenario->real_us = 1250000;
    scenario->emulated_ms = 3600500;
    struct step_result *step = scenario_result_add_step(scenario, "deploy sum", 4);
    step->ended_ms = 2000;
    scenario_result_add_step(scenario, "expect", 9)->outcome = OUTCOME_FAILED;
    scenario_result_add_failure(scenario, &(struct failure_result){.line = 10,
                                                                   .column = 7,
                                                                   .step = "expect",
                                                                   .what = "output Sum & more",
                                                                   .expected = "equals \"7.2\"",
                                                                   .found = "\"7.1\"\nand a second line"});
    scenario_result_add_story(scenario, "+0.000 s  cloudformation CreateStack \033 <200>");
    return scenario;
}

static void with_run(void (*check)(const struct run_result *run, struct strbuf *buffer)) {
    struct scenario_result *scenarios[3] = {scenario_result_open("a/ok.yaml", "Good"), failed_scenario(),
                                            scenario_result_open("a/skip.yaml", "Old")};
    scenario_result_end(scenarios[2], OUTCOME_SKIPPED, "python2.7 is not installed");
    struct run_result run = {.scenarios = scenarios, .scenario_count = 3, .real_us = 2000000};
    struct strbuf buffer = STRBUF_INIT;
    check(&run, &buffer);
    strbuf_release(&buffer);
    for (int i = 0; i < 3; i++) {
        scenario_result_close(scenarios[i]);
    }
}

static void check_text(const struct run_result *run, struct strbuf *buffer) {
    report_text(buffer, run, &(struct report_options){0});
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer->data, "PASS   a/ok.yaml  Good  [0.00 s]\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(buffer->data, "FAIL   a/b.yaml  Sums # up <right>  [1.25 s; 60 min 0 s emulated]"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer->data, "  a/b.yaml:10:7: output Sum & more\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer->data, "    expected  equals \"7.2\"\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer->data, "    found     \"7.1\"\n              and a second line\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer->data, "python2.7 is not installed"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer->data, "--seed 7 a/b.yaml"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer->data, "1 passed, 1 failed, 1 skipped in 2.00 s\n"));
}

static void check_tap(const struct run_result *run, struct strbuf *buffer) {
    report_tap(buffer, run, &(struct report_options){0});
    CU_ASSERT_EQUAL(strncmp(buffer->data, "TAP version 13\n1..3\nok 1 - a/ok.yaml: Good\n", 42), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer->data, "\nnot ok 2 - a/b.yaml: Sums \\# up <right>\n  ---\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer->data, "    line: 10\n    column: 7\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer->data, "\n# +0.000 s"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(buffer->data, "\nok 3 - a/skip.yaml: Old # SKIP python2.7 is not installed\n"));
}

static void check_junit(const struct run_result *run, struct strbuf *buffer) {
    report_junit(buffer, run, &(struct report_options){0});
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer->data, "tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer->data, "name=\"Sums # up &lt;right&gt;\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer->data, "a/b.yaml:10:7: output Sum &amp; more"));
    CU_ASSERT_PTR_NULL(strchr(buffer->data, '\033'));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer->data, "<skipped message=\"python2.7 is not installed\"/>"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer->data, "</testsuites>\n"));
}

static void the_text_report_shows_file_line_expected_and_found(void) {
    with_run(check_text);
}

static void the_tap_report_is_numbered_and_escapes_directives(void) {
    with_run(check_tap);
}

static void the_junit_report_is_escaped_xml(void) {
    with_run(check_junit);
}

static void a_tree_survives_the_pipe(void) {
    struct scenario_result *before = failed_scenario();
    json_t *json = scenario_result_to_json(before);
    struct scenario_result *after = scenario_result_from_json(json);
    CU_ASSERT_PTR_NOT_NULL_FATAL(after);
    json_t *again = scenario_result_to_json(after);
    CU_ASSERT_TRUE(json_equal(json, again));
    CU_ASSERT_EQUAL(after->outcome, OUTCOME_FAILED);
    CU_ASSERT_STRING_EQUAL(after->failures[0].found, "\"7.1\"\nand a second line");
    json_decref(json);
    json_decref(again);
    scenario_result_close(before);
    scenario_result_close(after);
}

void report_test(void) {
    unit_test("the text report shows file, line, expected and found",
              the_text_report_shows_file_line_expected_and_found);
    unit_test("the TAP report is numbered and escapes directives",
              the_tap_report_is_numbered_and_escapes_directives);
    unit_test("the JUnit report is escaped XML", the_junit_report_is_escaped_xml);
    unit_test("a tree survives the pipe", a_tree_survives_the_pipe);
}
