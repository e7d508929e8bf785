/* TAP version 13, with a YAML block for each failure.
 * https://testanything.org/tap-version-13-specification.html */
#include "harness/report.h"

/* A description: '#' would begin a directive, line ends would end it. */
static void append_description(struct strbuf *buffer, const char *string) {
    for (const char *c = string ? string : ""; *c; c++) {
        if (*c == '#') {
            strbuf_append_string(buffer, "\\#");
        } else {
            strbuf_append_char(buffer, *c == '\n' ? ' ' : *c);
        }
    }
}

/* A YAML member in literal style: takes any printable text. */
static void append_literal(struct strbuf *buffer, const char *name, const char *value) {
    if (!value) {
        return;
    }
    strbuf_printf(buffer, "    %s: |-\n", name);
    struct text rest = text_of(value);
    while (rest.data) {
        struct text line = text_cut(&rest, '\n');
        strbuf_append_string(buffer, "      ");
        for (size_t i = 0; i < line.size; i++) {
            unsigned char c = (unsigned char)line.data[i];
            strbuf_append_char(buffer, c < ' ' && c != '\t' ? '?' : line.data[i]);
        }
        strbuf_append_char(buffer, '\n');
    }
}

static void append_details(struct strbuf *buffer, const struct scenario_result *scenario) {
    if (scenario->failure_count == 0) {
        strbuf_append_string(buffer, "  ---\n");
        append_literal(buffer, "message", scenario->reason ? scenario->reason : "failed");
        strbuf_append_string(buffer, "  ...\n");
    }
    for (int i = 0; i < scenario->failure_count; i++) {
        const struct failure_result *failure = &scenario->failures[i];
        strbuf_append_string(buffer, "  ---\n");
        append_literal(buffer, "message", failure->what);
        append_literal(buffer, "file", scenario->file);
        strbuf_printf(buffer, "    line: %d\n    column: %d\n", failure->line, failure->column);
        append_literal(buffer, "step", failure->step);
        append_literal(buffer, "expected", failure->expected);
        append_literal(buffer, "found", failure->found);
        append_literal(buffer, "note", failure->detail);
        strbuf_append_string(buffer, "  ...\n");
    }
    for (int i = 0; i < scenario->story_count; i++) {
        strbuf_append_string(buffer, "# ");
        append_description(buffer, scenario->story[i]);
        strbuf_append_char(buffer, '\n');
    }
}

void report_tap(struct strbuf *buffer, const struct run_result *result,
                const struct report_options *options) {
    (void)options;
    strbuf_printf(buffer, "TAP version 13\n1..%d\n", result->scenario_count);
    for (int i = 0; i < result->scenario_count; i++) {
        const struct scenario_result *scenario = result->scenarios[i];
        bool good = scenario->outcome == OUTCOME_PASSED || scenario->outcome == OUTCOME_SKIPPED;
        strbuf_printf(buffer, "%s %d - ", good ? "ok" : "not ok", i + 1);
        append_description(buffer, scenario->file);
        strbuf_append_string(buffer, ": ");
        append_description(buffer, scenario->name);
        if (scenario->outcome == OUTCOME_SKIPPED) {
            strbuf_append_string(buffer, " # SKIP ");
            append_description(buffer, scenario->reason);
        }
        strbuf_append_char(buffer, '\n');
        if (!good) {
            append_details(buffer, scenario);
        }
    }
}
