#include "harness/scenario_run.h"

#include <string.h>

#include "harness/step_kinds.h"
#include "harness/variables.h"
#include "services/services.h"

/* ---- failing ---- */

struct position run_position(const struct scenario_run *run, const char *name) {
    const struct yaml_document *document = run->scenario->document;
    if (name && json_object_get(run->step, name)) {
        return yaml_key_position(document, run->step, name);
    }
    return yaml_position(document, run->step);
}

void run_fail(struct scenario_run *run, struct position position, const char *what, const char *expected,
              const char *found, const char *detail) {
    struct failure_result failure = {
        .line = position.line,
        .column = position.column,
        .step = (char *)run->step_title,
        .what = (char *)what,
        .expected = (char *)expected,
        .found = (char *)found,
        .detail = (char *)detail,
    };
    scenario_result_add_failure(run->result, &failure);
    run->failed = true;
}

void run_fail_step(struct scenario_run *run, const char *member, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *what = arena_vprintf(run->arena, format, arguments);
    va_end(arguments);
    run_fail(run, run_position(run, member), what, NULL, NULL, NULL);
}

/* ---- running ---- */

bool run_until(struct scenario_run *run, bool (*condition)(void *argument), void *argument,
               int64_t until_ms) {
    return emulator_run_until(run->emulator, condition, argument, until_ms, run->scenario->time_limit_ms);
}

static bool never(void *argument) {
    (void)argument;
    return false;
}

void run_settle(struct scenario_run *run) {
    run_until(run, never, NULL, emulator_now_ms(run->emulator));
}

uint64_t run_newest_trace(struct scenario_run *run) {
    const struct trace *trace = emulator_trace(run->emulator);
    uint64_t newest = 0;
    const struct trace_record *record;
    while ((record = trace_after(trace, newest))) {
        newest = record->sequence;
    }
    return newest;
}

/* ---- what is known ---- */

void run_save(struct scenario_run *run, const char *name, json_t *value) {
    json_object_set_new(run->variables, name, value);
}

struct known_stack *run_find_stack(struct scenario_run *run, const char *name) {
    struct known_stack *stack = run->stacks;
    while (stack && strcmp(stack->name, name) != 0) {
        stack = stack->next;
    }
    return stack;
}

struct known_stack *run_stack(struct scenario_run *run, const char *name) {
    struct known_stack *stack = run_find_stack(run, name);
    if (stack) {
        return stack;
    }
    struct known_stack **end = &run->stacks;
    while (*end) {
        end = &(*end)->next;
    }
    stack = arena_zalloc(run->arena, sizeof *stack);
    stack->name = arena_strdup(run->arena, name);
    *end = stack;
    return stack;
}

const char *run_stack_reference(struct scenario_run *run, const char *name) {
    const struct known_stack *stack = run_find_stack(run, name);
    return stack && stack->id ? stack->id : name;
}

/* ---- playing ---- */

/* "deploy sum", "call ssm.GetParameter", "expect". */
static const char *title_of(struct scenario_run *run, const struct scenario_step *step) {
    const char *say = string_member(step->value, "say");
    const char *argument = string_member(step->value, step->kind->name);
    if (say) {
        return arena_printf(run->arena, "%s (%s%s%s)", say, step->kind->name, argument ? " " : "",
                            argument ? argument : "");
    }
    return argument ? arena_printf(run->arena, "%s %s", step->kind->name, argument) : step->kind->name;
}

static void play_step(struct scenario_run *run, const struct scenario_step *step) {
    run->step = step->value;
    run->step_title = title_of(run, step);
    run->failed = false;
    run->expectations = 0;
    struct scenario_result *result = run->result;
    int index = result->step_count;
    scenario_result_add_step(result, run->step_title, run_position(run, NULL).line);
    int64_t before_ms = emulator_now_ms(run->emulator);
    struct strbuf unknown = STRBUF_INIT;
    json_t *expanded = variables_expand(step->value, run->variables, "body", &unknown);
    if (expanded) {
        step->kind->run(run, expanded);
        json_decref(expanded);
    } else {
        run_fail_step(run, NULL, "no value was saved for the variable '%s'", unknown.data);
    }
    strbuf_release(&unknown);
    if (!run->failed && run->scenario->always) {
        json_t *invariants = variables_expand(run->scenario->always, run->variables, NULL, &unknown);
        run_check_assertions(run, run->scenario->always, invariants);
        json_decref(invariants);
    }
    struct step_result *step_result = &result->steps[index];
    step_result->started_ms = before_ms - run->started_ms;
    step_result->ended_ms = emulator_now_ms(run->emulator) - run->started_ms;
    step_result->expectations = run->expectations;
    step_result->outcome = run->failed ? OUTCOME_FAILED : OUTCOME_PASSED;
}

static void set_built_in_variables(struct scenario_run *run, const char *node_modules) {
    const struct scenario *scenario = run->scenario;
    const char *slash = strrchr(scenario->file, '/');
    json_object_set_new(run->variables, "account", json_string(emulator_default_account(run->emulator)));
    json_object_set_new(run->variables, "region", json_string(emulator_default_region(run->emulator)));
    json_object_set_new(run->variables, "seed", json_integer((json_int_t)scenario->seed));
    json_object_set_new(run->variables, "scenario_dir",
                        slash ? json_stringn(scenario->file, (size_t)(slash - scenario->file))
                              : json_string("."));
    if (node_modules) {
        json_object_set_new(run->variables, "node_modules", json_string(node_modules));
    }
    json_object_update(run->variables, (json_t *)scenario->variables);
}

static void release(struct scenario_run *run) {
    for (struct known_stack *stack = run->stacks; stack; stack = stack->next) {
        json_decref(stack->inventory_before);
    }
    for (struct snapshot_data *snapshot = run->snapshots; snapshot; snapshot = snapshot->next) {
        free(snapshot->data);
    }
    json_decref(run->variables);
    emulator_close(run->emulator);
    arena_close(run->arena);
}

void scenario_play(const struct scenario *scenario, struct scenario_result *result, bool keep_going,
                   const char *node_modules) {
    int64_t before_us = clock_monotonic_us();
    struct emulator_options options = {
        .services = services_all(),
        .account = scenario->account,
        .region = scenario->region,
        .clock = CLOCK_VIRTUAL,
        .seed = scenario->seed,
        .port = -1,
    };
    const char *message = NULL;
    struct emulator *emulator = emulator_open(&options, &message);
    result->seed = scenario->seed;
    if (!emulator) {
        scenario_result_end(result, OUTCOME_BROKEN, message);
        return;
    }
    struct scenario_run run = {
        .emulator = emulator,
        .scenario = scenario,
        .result = result,
        .arena = arena_open(),
        .variables = json_object(),
        .started_ms = emulator_now_ms(emulator),
        .keep_going = keep_going,
    };
    set_built_in_variables(&run, node_modules);
    for (int i = 0; i < scenario->step_count; i++) {
        play_step(&run, &scenario->steps[i]);
        if (run.failed && !keep_going) {
            break;
        }
    }
    result->emulated_ms = emulator_now_ms(emulator) - run.started_ms;
    if (result->outcome == OUTCOME_FAILED) {
        run_tell_story(&run);
    }
    release(&run);
    result->real_us = clock_monotonic_us() - before_us;
}
