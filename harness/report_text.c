/* The report for people. */
#include "harness/report.h"

static const char *const words[] = {"PASS", "FAIL", "SKIP", "BROKEN"};
static const char *const colors[] = {"\033[32m", "\033[31m", "\033[33m", "\033[31m"};

void report_duration(struct strbuf *buffer, int64_t milliseconds) {
    int64_t seconds = milliseconds / 1000;
    if (seconds < 60) {
        strbuf_printf(buffer, "%lld.%lld s", (long long)seconds, (long long)(milliseconds % 1000 / 100));
    } else if (seconds < 7200) {
        strbuf_printf(buffer, "%lld min %lld s", (long long)(seconds / 60), (long long)(seconds % 60));
    } else {
        strbuf_printf(buffer, "%lld h %lld min", (long long)(seconds / 3600),
                      (long long)(seconds % 3600 / 60));
    }
}

/* A text of one or more lines, later ones aligned below the first. */
static void append_block(struct strbuf *buffer, const char *label, const char *block) {
    strbuf_printf(buffer, "    %-9s ", label);
    struct text rest = text_of(block ? block : "");
    bool first = true;
    while (rest.data) {
        struct text line = text_cut(&rest, '\n');
        if (!first) {
            strbuf_append_string(buffer, "              ");
        }
        strbuf_append_text(buffer, line);
        strbuf_append_char(buffer, '\n');
        first = false;
    }
}

static void append_failure(struct strbuf *buffer, const struct scenario_result *scenario,
                           const struct failure_result *failure) {
    strbuf_printf(buffer, "\n  %s:%d:%d: %s\n", scenario->file, failure->line, failure->column,
                  failure->what);
    append_block(buffer, "step", failure->step);
    if (failure->expected) {
        append_block(buffer, "expected", failure->expected);
    }
    if (failure->found) {
        append_block(buffer, "found", failure->found);
    }
    if (failure->detail) {
        append_block(buffer, "note", failure->detail);
    }
}

static void append_steps(struct strbuf *buffer, const struct scenario_result *scenario) {
    for (int i = 0; i < scenario->step_count; i++) {
        const struct step_result *step = &scenario->steps[i];
        strbuf_printf(buffer, "    %s step %d, line %d: %s",
                      step->outcome == OUTCOME_PASSED ? "ok  " : "FAIL", i + 1, step->line, step->title);
        if (step->ended_ms > step->started_ms) {
            strbuf_append_string(buffer, " (");
            report_duration(buffer, step->ended_ms - step->started_ms);
            strbuf_append_string(buffer, " of emulated time)");
        }
        strbuf_append_char(buffer, '\n');
    }
}

void report_text_scenario(struct strbuf *buffer, const struct scenario_result *scenario,
                          const struct report_options *options) {
    const char *color = options->color ? colors[scenario->outcome] : "";
    const char *plain = options->color ? "\033[0m" : "";
    strbuf_printf(buffer, "%s%-6s%s %s  %s", color, words[scenario->outcome], plain, scenario->file,
                  scenario->name ? scenario->name : "");
    if (scenario->outcome == OUTCOME_SKIPPED) {
        strbuf_printf(buffer, "\n       %s\n", scenario->reason ? scenario->reason : "");
        return;
    }
    strbuf_printf(buffer, "  [%.2f s", (double)scenario->real_us / 1e6);
    if (scenario->emulated_ms > 0) {
        strbuf_append_string(buffer, "; ");
        report_duration(buffer, scenario->emulated_ms);
        strbuf_append_string(buffer, " emulated");
    }
    strbuf_append_string(buffer, "]\n");
    if (options->verbose) {
        append_steps(buffer, scenario);
    }
    if (scenario->outcome == OUTCOME_PASSED) {
        return;
    }
    if (scenario->reason) {
        strbuf_printf(buffer, "    %s\n", scenario->reason);
    }
    for (int i = 0; i < scenario->failure_count; i++) {
        append_failure(buffer, scenario, &scenario->failures[i]);
    }
    if (scenario->story_count > 0) {
        strbuf_append_string(buffer, "\n    The story, with emulated times:\n");
    }
    for (int i = 0; i < scenario->story_count; i++) {
        strbuf_printf(buffer, "    %s\n", scenario->story[i]);
    }
    strbuf_printf(buffer, "\n    Again: stackrig test --seed %llu %s\n\n", (unsigned long long)scenario->seed,
                  scenario->file);
}

void report_text_summary(struct strbuf *buffer, const struct run_result *result,
                         const struct report_options *options) {
    (void)options;
    strbuf_printf(buffer, "%d passed, %d failed, %d skipped", run_result_count(result, OUTCOME_PASSED),
                  run_result_count(result, OUTCOME_FAILED), run_result_count(result, OUTCOME_SKIPPED));
    int broken = run_result_count(result, OUTCOME_BROKEN);
    if (broken > 0) {
        strbuf_printf(buffer, ", %d broken", broken);
    }
    strbuf_printf(buffer, " in %.2f s\n", (double)result->real_us / 1e6);
}

void report_text(struct strbuf *buffer, const struct run_result *result,
                 const struct report_options *options) {
    for (int i = 0; i < result->scenario_count; i++) {
        report_text_scenario(buffer, result->scenarios[i], options);
    }
    report_text_summary(buffer, result, options);
}
