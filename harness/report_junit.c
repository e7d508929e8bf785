/* JUnit XML as CI servers read it: one suite, one case a scenario. */
#include "harness/report.h"

static void append_attribute(struct strbuf *buffer, const char *name, const char *value) {
    strbuf_printf(buffer, " %s=\"", name);
    strbuf_append_xml(buffer, text_of(value ? value : ""));
    strbuf_append_char(buffer, '"');
}

/* XML 1.0 has no control characters, not even as references: they become '?'. */
static void append_content(struct strbuf *buffer, const char *value) {
    struct strbuf clean = STRBUF_INIT;
    for (const char *c = value ? value : ""; *c; c++) {
        strbuf_append_char(&clean, (unsigned char)*c < ' ' && *c != '\n' && *c != '\t' ? '?' : *c);
    }
    strbuf_append_xml(buffer, strbuf_text(&clean));
    strbuf_release(&clean);
}

static void append_line(struct strbuf *buffer, const char *label, const char *value) {
    if (value) {
        strbuf_append_string(buffer, label);
        append_content(buffer, value);
        strbuf_append_char(buffer, '\n');
    }
}

static void append_failures(struct strbuf *buffer, const struct scenario_result *scenario) {
    for (int i = 0; i < scenario->failure_count; i++) {
        const struct failure_result *failure = &scenario->failures[i];
        struct strbuf position = STRBUF_INIT;
        strbuf_printf(&position, "%s:%d:%d: %s", scenario->file, failure->line, failure->column,
                      failure->what);
        strbuf_append_string(buffer, "      <failure");
        append_attribute(buffer, "message", position.data);
        append_attribute(buffer, "type", "expectation");
        strbuf_append_char(buffer, '>');
        append_line(buffer, "step: ", failure->step);
        append_line(buffer, "expected: ", failure->expected);
        append_line(buffer, "found: ", failure->found);
        append_line(buffer, "note: ", failure->detail);
        strbuf_append_string(buffer, "</failure>\n");
        strbuf_release(&position);
    }
}

static void append_case(struct strbuf *buffer, const struct scenario_result *scenario) {
    strbuf_append_string(buffer, "    <testcase");
    append_attribute(buffer, "classname", scenario->file);
    append_attribute(buffer, "name", scenario->name);
    append_attribute(buffer, "file", scenario->file);
    strbuf_printf(buffer, " time=\"%.3f\">\n", (double)scenario->real_us / 1e6);
    if (scenario->outcome == OUTCOME_SKIPPED) {
        strbuf_append_string(buffer, "      <skipped");
        append_attribute(buffer, "message", scenario->reason);
        strbuf_append_string(buffer, "/>\n");
    } else if (scenario->outcome == OUTCOME_BROKEN) {
        strbuf_append_string(buffer, "      <error");
        append_attribute(buffer, "message", scenario->reason);
        strbuf_append_string(buffer, "/>\n");
    }
    append_failures(buffer, scenario);
    if (scenario->story_count > 0) {
        strbuf_append_string(buffer, "      <system-out>");
        for (int i = 0; i < scenario->story_count; i++) {
            append_content(buffer, scenario->story[i]);
            strbuf_append_char(buffer, '\n');
        }
        strbuf_append_string(buffer, "</system-out>\n");
    }
    strbuf_append_string(buffer, "    </testcase>\n");
}

void report_junit(struct strbuf *buffer, const struct run_result *result,
                  const struct report_options *options) {
    (void)options;
    struct strbuf counts = STRBUF_INIT;
    strbuf_printf(&counts, "tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\" time=\"%.3f\"",
                  result->scenario_count, run_result_count(result, OUTCOME_FAILED),
                  run_result_count(result, OUTCOME_BROKEN), run_result_count(result, OUTCOME_SKIPPED),
                  (double)result->real_us / 1e6);
    strbuf_printf(buffer,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites %s>\n"
                  "  <testsuite name=\"stackrig\" %s>\n",
                  counts.data, counts.data);
    for (int i = 0; i < result->scenario_count; i++) {
        append_case(buffer, result->scenarios[i]);
    }
    strbuf_append_string(buffer, "  </testsuite>\n</testsuites>\n");
    strbuf_release(&counts);
}
