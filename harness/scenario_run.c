#include "harness/scenario_run.h"

#include <string.h>

#include "harness/step_kinds.h"
#include "harness/variables.h"
#include "services/services.h"

/* Origin of the harness's own questions, by which stories and trace queries leave them out. */
#define QUESTION_ORIGIN "stackrig test"

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

/* ---- asking ---- */

struct identity run_identity(struct scenario_run *run) {
    const char *account = emulator_default_account(run->emulator);
    const char *region = emulator_default_region(run->emulator);
    struct http_header header = {
        TEXT("authorization"),
        text_of(arena_printf(run->arena, "AWS4-HMAC-SHA256 Credential=%s/20260101/%s/sts/aws4_request",
                             account, region)),
    };
    struct http_request request = {.headers = &header, .header_count = 1, .arena = run->arena, .socket = -1};
    struct identity identity;
    identity_of_request(run->emulator, &request, &identity);
    return identity;
}

/* Outlives the step that waits for it: a late answer must find its place. */
struct waiting_call {
    struct scenario_run *run;
    bool done;
    struct call_outcome outcome;
};

static void call_done(void *argument, const struct call_reply *reply) {
    struct waiting_call *waiting = argument;
    struct arena *arena = waiting->run->arena;
    waiting->done = true;
    waiting->outcome.answered = reply->status != 0;
    waiting->outcome.status = reply->status;
    waiting->outcome.error_code = reply->error_code ? arena_strdup(arena, reply->error_code) : NULL;
    waiting->outcome.error_message = reply->error_message ? arena_strdup(arena, reply->error_message) : NULL;
    waiting->outcome.output = json_loadb(reply->body.data ? reply->body.data : "", reply->body.size,
                                         JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

static bool is_done(void *argument) {
    const struct waiting_call *waiting = argument;
    return waiting->done;
}

static struct call_outcome call_and_wait(struct scenario_run *run, const struct identity *caller,
                                         const char *service, const char *operation, json_t *input,
                                         const char *origin, int64_t until_ms) {
    struct waiting_call *waiting = arena_zalloc(run->arena, sizeof *waiting);
    waiting->run = run;
    const struct service *target = services_find(service);
    if (!target || !target->model || !service_model_operation(target->model, text_of(operation))) {
        json_decref(input);
        return (struct call_outcome){.answered = true,
                                     .status = 400,
                                     .error_code = "UnknownOperation",
                                     .error_message = "stackrig knows no such operation"};
    }
    char *text = json_dumps(input, JSON_COMPACT);
    json_decref(input);
    struct call_request request = {
        .service = service,
        .operation = operation,
        .input = text_of(text ? text : "{}"),
        .caller = *caller,
        .origin = origin,
    };
    call_start(run->emulator, &request, call_done, waiting);
    free(text);
    run_until(run, is_done, waiting, until_ms);
    return waiting->outcome;
}

struct call_outcome run_call(struct scenario_run *run, const struct identity *caller, const char *service,
                             const char *operation, json_t *input) {
    return call_and_wait(run, caller, service, operation, input, "scenario", INT64_MAX);
}

struct call_outcome run_ask(struct scenario_run *run, const char *service, const char *operation,
                            json_t *input) {
    struct identity caller = run_identity(run);
    return call_and_wait(run, &caller, service, operation, input, QUESTION_ORIGIN,
                         emulator_now_ms(run->emulator));
}

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

bool run_is_question(const struct trace_record *record) {
    return record->origin && strcmp(record->origin, QUESTION_ORIGIN) == 0;
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
