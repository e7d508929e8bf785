#include "harness/run_result.h"

#include <string.h>

#include "emulator/base/die.h"

static const char *const outcome_names[] = {"passed", "failed", "skipped", "broken"};

enum { OUTCOME_COUNT = sizeof outcome_names / sizeof outcome_names[0] };

const char *outcome_name(enum outcome outcome) {
    return outcome_names[outcome];
}

static char *copy(const char *string) {
    return string ? xstrdup(string) : NULL;
}

struct scenario_result *scenario_result_open(const char *file, const char *name) {
    struct scenario_result *result = xcalloc(1, sizeof *result);
    result->file = copy(file);
    result->name = copy(name);
    return result;
}

static void failure_release(struct failure_result *failure) {
    free(failure->step);
    free(failure->what);
    free(failure->expected);
    free(failure->found);
    free(failure->detail);
}

void scenario_result_close(struct scenario_result *result) {
    if (!result) {
        return;
    }
    for (int i = 0; i < result->step_count; i++) {
        free(result->steps[i].title);
    }
    for (int i = 0; i < result->failure_count; i++) {
        failure_release(&result->failures[i]);
    }
    for (int i = 0; i < result->story_count; i++) {
        free(result->story[i]);
    }
    json_decref(result->points);
    free(result->steps);
    free(result->failures);
    free(result->story);
    free(result->file);
    free(result->name);
    free(result->reason);
    free(result);
}

struct step_result *scenario_result_add_step(struct scenario_result *result, const char *title, int line) {
    result->steps = xrealloc(result->steps, (size_t)(result->step_count + 1) * sizeof *result->steps);
    struct step_result *step = &result->steps[result->step_count++];
    *step = (struct step_result){.title = copy(title), .line = line};
    return step;
}

void scenario_result_add_failure(struct scenario_result *result, const struct failure_result *failure) {
    result->failures =
        xrealloc(result->failures, (size_t)(result->failure_count + 1) * sizeof *result->failures);
    result->failures[result->failure_count++] = (struct failure_result){
        .line = failure->line,
        .column = failure->column,
        .step = copy(failure->step),
        .what = copy(failure->what),
        .expected = copy(failure->expected),
        .found = copy(failure->found),
        .detail = copy(failure->detail),
    };
    result->outcome = OUTCOME_FAILED;
}

void scenario_result_add_story(struct scenario_result *result, const char *line) {
    result->story = xrealloc(result->story, (size_t)(result->story_count + 1) * sizeof *result->story);
    result->story[result->story_count++] = copy(line);
}

void scenario_result_end(struct scenario_result *result, enum outcome outcome, const char *reason) {
    result->outcome = outcome;
    free(result->reason);
    result->reason = copy(reason);
}

/* ---- JSON ---- */

static void set_string(json_t *object, const char *name, const char *value) {
    if (value) {
        json_object_set_new(object, name, json_string(value));
    }
}

static json_t *step_to_json(const struct step_result *step) {
    json_t *json = json_object();
    set_string(json, "title", step->title);
    set_string(json, "outcome", outcome_names[step->outcome]);
    json_object_set_new(json, "line", json_integer(step->line));
    json_object_set_new(json, "started_ms", json_integer(step->started_ms));
    json_object_set_new(json, "ended_ms", json_integer(step->ended_ms));
    json_object_set_new(json, "expectations", json_integer(step->expectations));
    return json;
}

static json_t *failure_to_json(const struct failure_result *failure) {
    json_t *json = json_object();
    json_object_set_new(json, "line", json_integer(failure->line));
    json_object_set_new(json, "column", json_integer(failure->column));
    set_string(json, "step", failure->step);
    set_string(json, "what", failure->what);
    set_string(json, "expected", failure->expected);
    set_string(json, "found", failure->found);
    set_string(json, "detail", failure->detail);
    return json;
}

json_t *scenario_result_to_json(const struct scenario_result *result) {
    json_t *json = json_object();
    set_string(json, "file", result->file);
    set_string(json, "name", result->name);
    set_string(json, "outcome", outcome_names[result->outcome]);
    set_string(json, "reason", result->reason);
    json_object_set_new(json, "seed", json_integer((json_int_t)result->seed));
    json_object_set_new(json, "real_us", json_integer(result->real_us));
    json_object_set_new(json, "emulated_ms", json_integer(result->emulated_ms));
    json_t *steps = json_array();
    for (int i = 0; i < result->step_count; i++) {
        json_array_append_new(steps, step_to_json(&result->steps[i]));
    }
    json_object_set_new(json, "steps", steps);
    json_t *failures = json_array();
    for (int i = 0; i < result->failure_count; i++) {
        json_array_append_new(failures, failure_to_json(&result->failures[i]));
    }
    json_object_set_new(json, "failures", failures);
    json_t *story = json_array();
    for (int i = 0; i < result->story_count; i++) {
        json_t *line = json_string(result->story[i]);
        json_array_append_new(story, line ? line : json_string("(a line that is not UTF-8)"));
    }
    json_object_set_new(json, "story", story);
    if (result->points) {
        json_object_set(json, "points", result->points);
    }
    return json;
}

static const char *get_string(const json_t *json, const char *name) {
    return json_string_value(json_object_get(json, name));
}

static int64_t get_integer(const json_t *json, const char *name) {
    return json_integer_value(json_object_get(json, name));
}

static enum outcome get_outcome(const json_t *json) {
    const char *name = get_string(json, "outcome");
    for (int i = 0; name && i < OUTCOME_COUNT; i++) {
        if (strcmp(name, outcome_names[i]) == 0) {
            return (enum outcome)i;
        }
    }
    return OUTCOME_BROKEN;
}

static void read_failure(struct scenario_result *result, const json_t *json) {
    struct failure_result failure = {
        .line = (int)get_integer(json, "line"),
        .column = (int)get_integer(json, "column"),
        .step = (char *)get_string(json, "step"),
        .what = (char *)get_string(json, "what"),
        .expected = (char *)get_string(json, "expected"),
        .found = (char *)get_string(json, "found"),
        .detail = (char *)get_string(json, "detail"),
    };
    scenario_result_add_failure(result, &failure);
}

struct scenario_result *scenario_result_from_json(const json_t *json) {
    if (!json_is_object(json) || !get_string(json, "file")) {
        return NULL;
    }
    struct scenario_result *result = scenario_result_open(get_string(json, "file"), get_string(json, "name"));
    result->seed = (uint64_t)get_integer(json, "seed");
    result->real_us = get_integer(json, "real_us");
    result->emulated_ms = get_integer(json, "emulated_ms");
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(json, "steps"), index, item) {
        struct step_result *step =
            scenario_result_add_step(result, get_string(item, "title"), (int)get_integer(item, "line"));
        step->outcome = get_outcome(item);
        step->started_ms = get_integer(item, "started_ms");
        step->ended_ms = get_integer(item, "ended_ms");
        step->expectations = (int)get_integer(item, "expectations");
    }
    json_array_foreach(json_object_get(json, "failures"), index, item) {
        read_failure(result, item);
    }
    json_array_foreach(json_object_get(json, "story"), index, item) {
        scenario_result_add_story(result, json_string_value(item));
    }
    result->points = json_incref(json_object_get(json, "points"));
    scenario_result_end(result, get_outcome(json), get_string(json, "reason"));
    return result;
}

int run_result_count(const struct run_result *result, enum outcome outcome) {
    int count = 0;
    for (int i = 0; i < result->scenario_count; i++) {
        count += result->scenarios[i]->outcome == outcome;
    }
    return count;
}
