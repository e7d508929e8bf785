/*
 * What happened in a run, as a tree: scenarios, their steps, and one failure with the story around it.
 * Running builds it; it crosses the pipe from a scenario's process as JSON; reports only read it.
 */
#ifndef STACKRIG_RUN_RESULT_H
#define STACKRIG_RUN_RESULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum outcome {
    OUTCOME_PASSED,
    OUTCOME_FAILED,  /* an expectation was not met */
    OUTCOME_SKIPPED, /* what it requires is not on this machine */
    OUTCOME_BROKEN,  /* the scenario's process died or took too long: a bug of ours or a hanging handler */
};

struct step_result {
    char *title; /* "deploy sum" */
    int line;
    enum outcome outcome;
    int64_t started_ms; /* emulated time since the scenario began */
    int64_t ended_ms;
    int expectations; /* how many were checked */
};

struct failure_result {
    int line;
    int column;
    char *step;     /* title of the step */
    char *what;     /* "output Sum of stack sum" */
    char *expected; /* may have several lines */
    char *found;
    char *detail; /* one more sentence; NULL: none */
};

struct scenario_result {
    char *file;
    char *name;
    enum outcome outcome;
    char *reason; /* skipped, broken: why; NULL */
    uint64_t seed;
    int64_t real_us;     /* how long it took */
    int64_t emulated_ms; /* how much emulated time passed */
    struct step_result *steps;
    int step_count;
    struct failure_result *failures;
    int failure_count;
    json_t *points; /* fault points that were reached: {"ssm:PutParameter": times}; NULL: not asked for */
    char **story;   /* lines: calls, events, handler output, with emulated times */
    int story_count;
};

struct run_result {
    struct scenario_result **scenarios; /* in the order of the command line */
    int scenario_count;
    int64_t real_us;
};

struct scenario_result *scenario_result_open(const char *file, const char *name);
void scenario_result_close(struct scenario_result *result);

/* Copies the strings. The step is borrowed until the next one is added. */
struct step_result *scenario_result_add_step(struct scenario_result *result, const char *title, int line);
/* Marks the scenario as failed. Copies the strings. */
void scenario_result_add_failure(struct scenario_result *result, const struct failure_result *failure);
void scenario_result_add_story(struct scenario_result *result, const char *line);
/* Skipped or broken, and why. */
void scenario_result_end(struct scenario_result *result, enum outcome outcome, const char *reason);

/* A new reference. */
json_t *scenario_result_to_json(const struct scenario_result *result);
/* NULL when it is not such a tree. */
struct scenario_result *scenario_result_from_json(const json_t *json);

int run_result_count(const struct run_result *result, enum outcome outcome);
const char *outcome_name(enum outcome outcome);

#endif
