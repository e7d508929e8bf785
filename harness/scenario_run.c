#include "harness/scenario_run.h"

#include "emulator/core/fault.h"

#include <string.h>

#include "harness/step_kinds.h"
#include "harness/variables.h"
#include "services/services.h"

/* Emulated time that a run with a fault gets to come to rest. */
#define PLAY_OUT_MS (INT64_C(24) * 3600 * 1000)

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
    run->failed = true;
    if (!run->judging) {
        return;
    }
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

/* `always` holds after every step, whether or not the steps themselves are judged. */
static void check_invariants(struct scenario_run *run) {
    if (!run->scenario->always) {
        return;
    }
    struct strbuf unknown = STRBUF_INIT;
    bool judging = run->judging;
    json_t *invariants = variables_expand(run->scenario->always, run->variables, NULL, &unknown);
    run->judging = true;
    run_check_assertions(run, run->scenario->always, invariants);
    run->judging = judging;
    json_decref(invariants);
    strbuf_release(&unknown);
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
    if (!run->failed || !run->judging) {
        check_invariants(run);
    }
    struct step_result *step_result = &result->steps[index];
    step_result->started_ms = before_ms - run->started_ms;
    step_result->ended_ms = emulator_now_ms(run->emulator) - run->started_ms;
    step_result->expectations = run->expectations;
    step_result->outcome = run->failed ? OUTCOME_FAILED : OUTCOME_PASSED;
}

static void set_built_in_variables(struct scenario_run *run, const struct play_options *options) {
    const struct scenario *scenario = run->scenario;
    const char *slash = strrchr(scenario->file, '/');
    json_object_set_new(run->variables, "account", json_string(emulator_default_account(run->emulator)));
    json_object_set_new(run->variables, "region", json_string(emulator_default_region(run->emulator)));
    json_object_set_new(run->variables, "seed", json_integer((json_int_t)scenario->seed));
    json_object_set_new(run->variables, "scenario_dir",
                        slash ? json_stringn(scenario->file, (size_t)(slash - scenario->file))
                              : json_string("."));
    if (options->node_modules) {
        json_object_set_new(run->variables, "node_modules", json_string(options->node_modules));
    }
    if (options->handlers) {
        json_object_set_new(run->variables, "handlers", json_string(options->handlers));
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

static struct emulator *open_emulator(const struct scenario *scenario, const char **message) {
    struct emulator_options options = {
        .services = services_all(),
        .account = scenario->account,
        .region = scenario->region,
        .clock = CLOCK_VIRTUAL,
        .seed = scenario->seed,
        .port = -1,
    };
    return emulator_open(&options, message);
}

static void add_fault(struct scenario_run *run, const json_t *fault) {
    struct diagnostics *diagnostics = diagnostics_open();
    if (fault) {
        faults_add(emulator_faults(run->emulator), fault, NULL, NULL, diagnostics);
    }
    diagnostics_close(diagnostics);
}

/* What a fault has set off comes to its end: retries, deadlines, deliveries. Then the invariants once more.
 */
static void play_out(struct scenario_run *run) {
    run->step = yaml_root(run->scenario->document);
    run->step_title = "the end";
    run_until(run, never, NULL, emulator_now_ms(run->emulator) + PLAY_OUT_MS);
    check_invariants(run);
}

void scenario_play(const struct scenario *scenario, struct scenario_result *result,
                   const struct play_options *options) {
    int64_t before_us = clock_monotonic_us();
    const char *message = NULL;
    struct emulator *emulator = open_emulator(scenario, &message);
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
        .judging = !options->only_invariants,
    };
    set_built_in_variables(&run, options);
    add_fault(&run, options->fault);
    for (int i = 0; i < scenario->step_count; i++) {
        play_step(&run, &scenario->steps[i]);
        bool broken = run.judging ? run.failed : result->outcome == OUTCOME_FAILED;
        if (broken && !options->keep_going) {
            break;
        }
    }
    if (options->only_invariants && result->outcome != OUTCOME_FAILED) {
        play_out(&run);
    }
    result->emulated_ms = emulator_now_ms(emulator) - run.started_ms;
    result->points = options->collect_points ? run_fault_points(&run) : NULL;
    if (result->outcome == OUTCOME_FAILED) {
        run_tell_story(&run);
    }
    release(&run);
    result->real_us = clock_monotonic_us() - before_us;
}
