/*
 * `stackrig explore`: runs a scenario once clean, then once for each fault that could strike it, and judges
 * its invariants alone.
 */
#include <string.h>
#include <unistd.h>

#include "emulator/base/die.h"
#include "harness/command.h"
#include "harness/report.h"
#include "harness/runner.h"

struct explore_flags {
    int64_t jobs;
    int64_t seed;
    int64_t limit;
    const char *only;
    bool verbose;
};

static const struct option_row rows[] = {
    {"--jobs", 'j', OPTION_INTEGER, offsetof(struct explore_flags, jobs), "N",
     "runs at a time; 0: one a processor", 0, 1024, NULL},
    {"--seed", 's', OPTION_INTEGER, offsetof(struct explore_flags, seed), "N",
     "instead of the scenario's own seed", 1, INT64_MAX, NULL},
    {"--limit", 0, OPTION_INTEGER, offsetof(struct explore_flags, limit), "N",
     "at most so many runs, 1000 if not given", 1, 1000000, NULL},
    {"--only", 0, OPTION_STRING, offsetof(struct explore_flags, only), "SERVICE[:OPERATION]",
     "faults there alone", 0, 0, NULL},
    {"--verbose", 'v', OPTION_FLAG, offsetof(struct explore_flags, verbose), NULL, "the runs that held too",
     0, 0, NULL},
    {0},
};

const struct option_set explore_options = {"explore",
                                           "stackrig explore [flags] SCENARIO",
                                           "Runs the scenario clean and notes every call, delivery and "
                                           "answer at which a fault could strike; then runs it\n"
                                           "again for each of them, losing the request, losing the answer, "
                                           "and refusing it. Steps may fail then: what is\n"
                                           "judged is the scenario's 'always', after every step and a day "
                                           "later. Exit status: 0 all held, 1 one did not.",
                                           rows,
                                           "SCENARIO",
                                           false};

/* The ways to fail at a point. */
static const struct {
    const char *what;
    const char *fault;
    const char *phase;
} ways[] = {
    {"the request is lost", "lose", "before"},
    {"the answer is lost", "lose", "after"},
    {"it is refused", "error", "before"},
};

enum { WAY_COUNT = sizeof ways / sizeof ways[0] };

static json_t *rule_of(const char *point, json_int_t skip, int way) {
    json_t *rule = json_pack("{s:s, s:I, s:s, s:s}", "on", point, "skip", skip, "fault", ways[way].fault,
                             "phase", ways[way].phase);
    if (strcmp(ways[way].fault, "error") == 0) {
        json_object_set_new(rule, "error", json_string("InternalFailure"));
        json_object_set_new(rule, "message", json_string("a fault of the exploration"));
        json_object_set_new(rule, "status", json_integer(500));
    }
    return rule;
}

/* "sqs" means all of a service, "sqs:SendMessage" one operation. */
static bool is_wanted(const char *point, const char *only) {
    size_t size = only ? strlen(only) : 0;
    return !only || (strncmp(point, only, size) == 0 && (point[size] == '\0' || point[size] == ':'));
}

/* One rule for every point, occurrence and way; a new list. */
static json_t *rules_of(const json_t *points, const struct explore_flags *flags) {
    json_t *rules = json_array();
    const char *point;
    json_t *count;
    json_object_foreach((json_t *)points, point, count) {
        for (json_int_t i = 0; i < json_integer_value(count) && is_wanted(point, flags->only); i++) {
            for (int way = 0; way < WAY_COUNT; way++) {
                json_array_append_new(rules, rule_of(point, i, way));
            }
        }
    }
    while (json_array_size(rules) > (size_t)flags->limit) {
        json_array_remove(rules, json_array_size(rules) - 1);
    }
    return rules;
}

static int way_of(const json_t *rule) {
    int way = 0;
    while (way < WAY_COUNT - 1 &&
           (strcmp(ways[way].fault, json_string_value(json_object_get(rule, "fault"))) != 0 ||
            strcmp(ways[way].phase, json_string_value(json_object_get(rule, "phase"))) != 0)) {
        way++;
    }
    return way;
}

static void print_run(const json_t *rule, const struct scenario_result *result, bool verbose) {
    bool held = result->outcome == OUTCOME_PASSED;
    if (held && !verbose) {
        return;
    }
    printf("%s %s, time %lld: %s\n", held ? "held  " : "BROKEN",
           json_string_value(json_object_get(rule, "on")),
           (long long)json_integer_value(json_object_get(rule, "skip")) + 1, ways[way_of(rule)].what);
    if (held) {
        return;
    }
    char *text = json_dumps(rule, JSON_COMPACT);
    printf("  to see it again, let the scenario begin with\n  - fault: %s\n", text);
    free(text);
    struct strbuf buffer = STRBUF_INIT;
    report_text_scenario(&buffer, result, &(struct report_options){0});
    fwrite(buffer.data, 1, buffer.size, stdout);
    strbuf_release(&buffer);
}

/* Once for each rule; how many did not hold. */
static int run_rules(struct scenario *scenario, const json_t *rules, const struct explore_flags *flags,
                     int jobs) {
    size_t count = json_array_size(rules);
    struct scenario **scenarios = xcalloc(count + 1, sizeof(struct scenario *));
    const json_t **faults = xcalloc(count + 1, sizeof(const json_t *));
    for (size_t i = 0; i < count; i++) {
        scenarios[i] = scenario;
        faults[i] = json_array_get(rules, i);
    }
    struct runner_options options = {.jobs = jobs, .only_invariants = true, .faults = faults};
    struct run_result result;
    runner_run(scenarios, (int)count, &options, &result);
    int broken = 0;
    for (size_t i = 0; i < count; i++) {
        print_run(faults[i], result.scenarios[i], flags->verbose);
        broken += result.scenarios[i]->outcome != OUTCOME_PASSED;
    }
    run_result_release(&result);
    free(scenarios);
    free(faults);
    return broken;
}

static int explore(struct scenario *scenario, const struct explore_flags *flags) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int jobs = flags->jobs > 0 ? (int)flags->jobs : processors > 1 ? (int)processors : 1;
    struct runner_options options = {.jobs = 1, .collect_points = true};
    struct run_result clean;
    runner_run(&scenario, 1, &options, &clean);
    if (clean.scenarios[0]->outcome != OUTCOME_PASSED) {
        struct strbuf buffer = STRBUF_INIT;
        report_text_scenario(&buffer, clean.scenarios[0], &(struct report_options){0});
        printf("without any fault the scenario does not pass:\n%s", buffer.data);
        strbuf_release(&buffer);
        run_result_release(&clean);
        return EXIT_FAILED;
    }
    json_t *rules = rules_of(clean.scenarios[0]->points, flags);
    printf("%s: %zu points, %zu faults, seed %llu\n", scenario->file,
           json_object_size(clean.scenarios[0]->points), json_array_size(rules),
           (unsigned long long)scenario->seed);
    fflush(stdout);
    int broken = run_rules(scenario, rules, flags, jobs);
    printf("explore: %zu held, %d broken\n", json_array_size(rules) - (size_t)broken, broken);
    json_decref(rules);
    run_result_release(&clean);
    return broken ? EXIT_FAILED : EXIT_PASSED;
}

int explore_command(int argc, char **argv) {
    struct explore_flags flags = {.limit = 1000};
    int rest = 0;
    enum options_outcome outcome = options_parse(&explore_options, &flags, argc, argv, &rest);
    if (outcome != OPTIONS_GOOD) {
        return outcome == OPTIONS_HELP ? EXIT_PASSED : EXIT_BAD_INPUT;
    }
    if (argc - rest != 1) {
        fputs("stackrig explore: name one scenario\nTry 'stackrig help explore'.\n", stderr);
        return EXIT_BAD_INPUT;
    }
    struct diagnostics *diagnostics = diagnostics_open();
    struct scenario *scenario = scenario_load(argv[rest], diagnostics);
    int status = EXIT_BAD_INPUT;
    if (!scenario) {
        diagnostics_print(diagnostics, stderr);
    } else if (json_array_size(scenario->always) == 0) {
        fprintf(stderr, "stackrig explore: %s has no 'always': there is nothing to judge\n", argv[rest]);
    } else {
        scenario->seed = flags.seed > 0 ? (uint64_t)flags.seed : scenario->seed;
        status = explore(scenario, &flags);
    }
    scenario_close(scenario);
    diagnostics_close(diagnostics);
    return status;
}
