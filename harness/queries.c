#include "harness/queries.h"

#include <string.h>

#include "harness/scenario_run.h"

static const struct member_row resource_members[] = {{"resource", MEMBER_STRING, false}, {0}};
static const struct member_row physical_id_members[] = {{"resource", MEMBER_STRING, true}, {0}};
static const struct member_row event_members[] = {
    {"resource", MEMBER_STRING, false}, {"since", MEMBER_STRING, false}, {0}};
static const struct member_row since_members[] = {{"since", MEMBER_STRING, false}, {0}};
static const struct member_row call_members[] = {{"input", MEMBER_MAPPING, false}, {0}};
static const struct member_row no_members[] = {{0}};

const struct member_row query_modifiers[] = {
    {"path", MEMBER_STRING, false},  {"only", MEMBER_STRING, false}, {"without", MEMBER_STRING, false},
    {"json", MEMBER_BOOLEAN, false}, {"each", MEMBER_STRING, false}, {"distinct", MEMBER_BOOLEAN, false},
    {"item", MEMBER_INTEGER, false}, {"save", MEMBER_STRING, false}, {0},
};

/*
 * call: SERVICE.Operation, input: {...}
 *   The answer of an operation asked now; for an error {Error: {Code, Message}}.
 */
static json_t *query_call(struct scenario_run *run, const json_t *assertion, struct strbuf *problem) {
    const char *name = string_member(assertion, "call");
    const char *dot = strchr(name, '.');
    if (!dot) {
        strbuf_append_string(problem, "'call' takes SERVICE.Operation, for example ssm.GetParameter");
        return NULL;
    }
    const char *service = arena_printf(run->arena, "%.*s", (int)(dot - name), name);
    json_t *input = json_object_get(assertion, "input");
    struct call_outcome outcome =
        run_ask(run, service, dot + 1, input ? json_deep_copy(input) : json_object());
    if (!outcome.answered) {
        strbuf_append_string(problem, "no answer arrived");
        json_decref(outcome.output);
        return NULL;
    }
    if (outcome.error_code) {
        json_decref(outcome.output);
        return json_pack("{s:{s:s, s:s}}", "Error", "Code", outcome.error_code, "Message",
                         outcome.error_message);
    }
    return outcome.output;
}

/*
 * value: ANYTHING
 *   The value itself: for saved variables.
 */
static json_t *query_value(struct scenario_run *run, const json_t *assertion, struct strbuf *problem) {
    (void)run;
    (void)problem;
    return json_incref(json_object_get(assertion, "value"));
}

/*
 * elapsed: scenario, or a stack's name
 *   Seconds of emulated time since the scenario began, or since the stack's last operation did.
 */
static json_t *query_elapsed(struct scenario_run *run, const json_t *assertion, struct strbuf *problem) {
    const char *name = string_member(assertion, "elapsed");
    int64_t since_ms = run->started_ms;
    if (strcmp(name, "scenario") != 0) {
        const struct known_stack *stack = run_find_stack(run, name);
        if (!stack) {
            strbuf_printf(problem, "no step has worked on a stack '%s'", name);
            return NULL;
        }
        since_ms = stack->operation_ms;
    }
    return json_real((double)(emulator_now_ms(run->emulator) - since_ms) / 1000);
}

const struct query queries[] = {
    {"status", MEMBER_STRING, resource_members, query_status, false, NULL, NULL},
    {"reason", MEMBER_STRING, resource_members, query_reason, false, NULL, NULL},
    {"physical_id", MEMBER_STRING, physical_id_members, query_physical_id, false, NULL, NULL},
    {"outputs", MEMBER_STRING, no_members, query_outputs, false, NULL, NULL},
    {"events", MEMBER_STRING, event_members, query_events, true, event_read_item, event_print_item},
    {"leftovers", MEMBER_STRING, no_members, query_leftovers, false, NULL, NULL},
    {"requests", MEMBER_STRING, event_members, query_requests, true, NULL, NULL},
    {"answers", MEMBER_STRING, event_members, query_answers, true, NULL, NULL},
    {"invocations", MEMBER_STRING, since_members, query_invocations, true, NULL, NULL},
    {"log", MEMBER_STRING, since_members, query_log, false, NULL, NULL},
    {"trace", MEMBER_MAPPING, no_members, query_trace, true, NULL, NULL},
    {"call", MEMBER_STRING, call_members, query_call, false, NULL, NULL},
    {"elapsed", MEMBER_STRING, no_members, query_elapsed, false, NULL, NULL},
    {"value", MEMBER_ANY, no_members, query_value, false, NULL, NULL},
    {0},
};

const struct query *query_find(const char *name) {
    for (const struct query *query = queries; query->name; query++) {
        if (strcmp(query->name, name) == 0) {
            return query;
        }
    }
    return NULL;
}
