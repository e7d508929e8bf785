#include "harness/scenario.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "harness/unit_tests.h"
#include "harness/variables.h"

void scenario_test(void);

/* The diagnostics of a scenario text, as printed. */
static char *complaints(const char *source) {
    struct diagnostics *diagnostics = diagnostics_open();
    struct scenario *scenario = scenario_parse("s.yaml", text_of(source), diagnostics);
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    diagnostics_print(diagnostics, stream);
    fclose(stream);
    CU_ASSERT_EQUAL(scenario == NULL, diagnostics_count(diagnostics) > 0);
    scenario_close(scenario);
    diagnostics_close(diagnostics);
    return text;
}

static void assert_complaint(const char *source, const char *expected) {
    char *text = complaints(source);
    if (!strstr(text, expected)) {
        fprintf(stderr, "\nexpected: %s\nfound: %s\n", expected, text);
    }
    CU_ASSERT_PTR_NOT_NULL(strstr(text, expected));
    free(text);
}

static void a_good_scenario_is_read(void) {
    const char *source = "name: good\n"
                         "seed: 9\n"
                         "steps:\n"
                         "  - call: ssm.GetParameter\n"
                         "    input: {Name: a}\n"
                         "    save: {value: Parameter.Value}\n"
                         "  - advance: 1h30m\n"
                         "  - expect:\n"
                         "      - status: sum\n"
                         "        equals: ${value}\n";
    struct diagnostics *diagnostics = diagnostics_open();
    struct scenario *scenario = scenario_parse("s.yaml", text_of(source), diagnostics);
    diagnostics_print(diagnostics, stderr);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    CU_ASSERT_STRING_EQUAL(scenario->name, "good");
    CU_ASSERT_EQUAL(scenario->seed, 9);
    CU_ASSERT_EQUAL(scenario->step_count, 3);
    scenario_close(scenario);
    diagnostics_close(diagnostics);
}

static void mistakes_have_their_line_and_column(void) {
    assert_complaint("name: x\nsteps:\n  - deploi: sum\n",
                     "s.yaml:3:5: no such step: 'deploi', did you mean 'deploy'?");
    assert_complaint("name: x\nsteps:\n  - deploy: sum\n    template: a.yaml\n    parameter: {}\n",
                     "s.yaml:5:5: step 'deploy' has no member 'parameter', did you mean 'parameters'?");
    assert_complaint("name: x\nsteps:\n  - advance: soon\n",
                     "s.yaml:3:5: 'advance' of step 'advance' must be a duration such as 90s, 3m or 1h30m");
    assert_complaint("name: 5\nsteps:\n  - advance: 1s\n",
                     "'name' of a scenario must be a string; write it in quotes");
    assert_complaint("name: x\nsteps: []\n", "s.yaml:2:1: there are no steps");
    assert_complaint("steps:\n  - advance: 1s\n", "s.yaml:1:1: a scenario needs 'name'");
    assert_complaint("name: x\naccount: '12'\nsteps:\n  - advance: 1s\n",
                     "s.yaml:2:1: 'account' must be 12 digits");
    assert_complaint("name: [\n", "s.yaml:");
}

static void every_mistake_is_reported(void) {
    const char *source =
        "name: x\nsteps:\n  - advance: soon\n  - nonsense: 1\n  - expect:\n      - status: a\n";
    assert_complaint(source, "s.yaml:3:");
    assert_complaint(source, "s.yaml:4:");
    assert_complaint(source, "s.yaml:6:9: assertion 'status' says nothing about what it finds");
}

static void assertions_are_checked(void) {
    assert_complaint("name: x\nsteps:\n  - expect:\n      - statuss: a\n        equals: b\n",
                     "s.yaml:4:9: assertion must name exactly one thing to look at, did you mean 'status'?");
    assert_complaint("name: x\nsteps:\n  - expect:\n      - status: a\n        equal: b\n",
                     "s.yaml:5:9: assertion 'status' has no member 'equal', did you mean 'equals'?");
    assert_complaint("name: x\nsteps:\n  - expect:\n      - status: a\n        matches: '('\n",
                     "s.yaml:5:9: 'matches' is not a valid regular expression");
    assert_complaint("name: x\nsteps:\n  - expect:\n      - events: a\n        ordered: nothing\n",
                     "s.yaml:5:9: 'ordered' takes a list of at least one item");
}

static void variables_must_be_saved_first(void) {
    assert_complaint("name: x\nsteps:\n  - call: ssm.GetParameter\n    input: {Name: '${late}'}\n"
                     "  - call: ssm.GetParameter\n    input: {Name: a}\n    save: {late: Name}\n",
                     "s.yaml:4:19: no variable 'late' is saved or set before this line");
}

static void variables_keep_the_type_when_they_stand_alone(void) {
    json_t *variables = json_pack("{s:i, s:s, s:{s:[s]}}", "number", 5, "word", "w", "deep", "List", "x");
    json_t *value = json_pack("[s, s, s, s, s, s]", "${number}", "<${number}${word}>", "$${word}",
                              "${AWS::Region}", "${deep.List[0]}", "a${deep.List[-1]}b");
    struct strbuf unknown = STRBUF_INIT;
    json_t *expanded = variables_expand(value, variables, NULL, &unknown);
    CU_ASSERT_PTR_NOT_NULL_FATAL(expanded);
    CU_ASSERT_EQUAL(json_integer_value(json_array_get(expanded, 0)), 5);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(expanded, 1)), "<5w>");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(expanded, 2)), "${word}");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(expanded, 3)), "${AWS::Region}");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(expanded, 4)), "x");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(expanded, 5)), "axb");
    json_decref(expanded);
    json_decref(value);
    value = json_string("a ${nobody}");
    CU_ASSERT_PTR_NULL(variables_expand(value, variables, NULL, &unknown));
    CU_ASSERT_STRING_EQUAL(unknown.data, "nobody");
    json_decref(value);
    json_decref(variables);
    strbuf_release(&unknown);
}

static void durations(void) {
    static const struct {
        const char *text;
        int64_t milliseconds;
    } good[] = {{"90s", 90000}, {"1h30m", 5400000}, {"250ms", 250}, {"1m1s1ms", 61001}, {"2d", 172800000}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        json_t *value = json_string(good[i].text);
        int64_t milliseconds = -1;
        CU_ASSERT_TRUE(duration_of(value, &milliseconds));
        CU_ASSERT_EQUAL(milliseconds, good[i].milliseconds);
        json_decref(value);
    }
    static const char *const bad[] = {"", "5", "s", "-5s", "5x", "9999999999999h"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *value = json_string(bad[i]);
        int64_t milliseconds;
        CU_ASSERT_FALSE(duration_of(value, &milliseconds));
        json_decref(value);
    }
}

void scenario_test(void) {
    unit_test("a good scenario is read", a_good_scenario_is_read);
    unit_test("mistakes have their line and column", mistakes_have_their_line_and_column);
    unit_test("every mistake is reported", every_mistake_is_reported);
    unit_test("assertions are checked", assertions_are_checked);
    unit_test("variables must be saved first", variables_must_be_saved_first);
    unit_test("variables keep the type when they stand alone", variables_keep_the_type_when_they_stand_alone);
    unit_test("durations", durations);
}
