/* Queries about what handlers were asked and said: requests, answers, invocations, log; and the trace itself.
 */
#include <string.h>

#include "harness/queries.h"
#include "harness/scenario_run.h"

/* ---- trace records as values ---- */

/* The notes at the top level, beside what the record says itself. `at`: seconds since the scenario began. */
static json_t *record_of(struct scenario_run *run, const struct trace_record *record) {
    json_t *value = record->notes ? json_loads(record->notes, 0, NULL) : NULL;
    value = json_is_object(value) ? value : json_object();
    json_object_set_new(value, "service", json_string(record->service));
    json_object_set_new(value, "event", json_string(record->event));
    json_object_set_new(value, "at", json_real((double)(record->time_ms - run->started_ms) / 1000));
    if (record->status) {
        json_object_set_new(value, "status", json_integer(record->status));
    }
    if (record->error_code) {
        json_object_set_new(value, "error", json_string(record->error_code));
    }
    if (record->message) {
        json_object_set_new(value, "message", json_string(record->message));
    }
    if (record->fault) {
        json_object_set_new(value, "fault", json_string(record->fault));
    }
    if (record->origin) {
        json_object_set_new(value, "origin", json_string(record->origin));
    }
    if (record->request_id && !json_object_get(value, "RequestId")) {
        json_object_set_new(value, "RequestId", json_string(record->request_id));
    }
    return value;
}

/* Seconds since the item before it; 0 for the first. */
static void set_gaps(json_t *records) {
    double before = 0;
    size_t index;
    json_t *record;
    json_array_foreach(records, index, record) {
        double at = json_real_value(json_object_get(record, "at"));
        json_object_set_new(record, "after", json_real(index == 0 ? 0 : at - before));
        before = at;
    }
}

static bool is_named(const json_t *record, const char *member, const char *wanted) {
    const char *value = string_member(record, member);
    return !wanted || (value && strcmp(value, wanted) == 0);
}

struct wanted_records {
    const char *service;
    const char *event;
    const char *member; /* must equal value; value NULL: any */
    const char *value;
    const char *resource; /* LogicalResourceId; NULL: any */
    uint64_t after;
};

static json_t *find_records(struct scenario_run *run, const struct wanted_records *wanted) {
    run_settle(run);
    const struct trace *trace = emulator_trace(run->emulator);
    json_t *records = json_array();
    uint64_t sequence = wanted->after;
    const struct trace_record *record;
    while ((record = trace_after(trace, sequence))) {
        sequence = record->sequence;
        if (strcmp(record->service, wanted->service) != 0 || strcmp(record->event, wanted->event) != 0) {
            continue;
        }
        json_t *value = record_of(run, record);
        if (is_named(value, wanted->member, wanted->value) &&
            is_named(value, "LogicalResourceId", wanted->resource)) {
            json_array_append(records, value);
        }
        json_decref(value);
    }
    set_gaps(records);
    return records;
}

/* Trace sequence from which `since: operation` counts. */
static uint64_t since_of(struct scenario_run *run, const json_t *assertion, const char *stack_name,
                         struct strbuf *problem) {
    const char *since = string_member(assertion, "since");
    if (!since) {
        return 0;
    }
    const struct known_stack *stack = stack_name ? run_find_stack(run, stack_name) : NULL;
    if (strcmp(since, "operation") != 0 || !stack) {
        strbuf_append_string(problem,
                             "'since' takes the word operation (since the last deploy or delete of the "
                             "stack began), and a stack that a step has worked on");
        return 0;
    }
    return stack->trace_before;
}

static json_t *stack_records(struct scenario_run *run, const json_t *assertion, const char *query,
                             const char *service, const char *event, struct strbuf *problem) {
    const char *name = string_member(assertion, query);
    const struct known_stack *stack = run_find_stack(run, name);
    if (!stack || !stack->id) {
        strbuf_printf(problem, "no step has deployed a stack '%s'", name);
        return NULL;
    }
    struct wanted_records wanted = {
        .service = service,
        .event = event,
        .member = "StackId",
        .value = stack->id,
        .resource = string_member(assertion, "resource"),
        .after = since_of(run, assertion, name, problem),
    };
    return find_records(run, &wanted);
}

/*
 * requests: STACK [resource: LOGICAL_ID] [since: operation]
 *   The custom resource requests that handlers were given, each attempt anew, oldest first: records
 *   {RequestType, LogicalResourceId, RequestId, Attempt, FunctionName, at, after, ...};
 *   at: seconds since the scenario began, after: seconds since the one before.
 */
json_t *query_requests(struct scenario_run *run, const json_t *assertion, struct strbuf *problem) {
    return stack_records(run, assertion, "requests", "lambda", "InvocationStart", problem);
}

/*
 * answers: STACK [resource: LOGICAL_ID] [since: operation]
 *   What handlers PUT to the ResponseURL: records {RequestType, LogicalResourceId, RequestId, Status, fault,
 * ...}.
 */
json_t *query_answers(struct scenario_run *run, const json_t *assertion, struct strbuf *problem) {
    return stack_records(run, assertion, "answers", "cloudformation", "CustomResourceResponse", problem);
}

/* "STACK/LOGICAL_ID" names a function made by a stack; the stack's name, or NULL. */
static const char *stack_of(struct scenario_run *run, const char *name) {
    const char *slash = strchr(name, '/');
    return slash && slash != name ? arena_printf(run->arena, "%.*s", (int)(slash - name), name) : NULL;
}

/*
 * invocations: FUNCTION or STACK/LOGICAL_ID [since: operation]
 *   Every event handed to the function, each asynchronous attempt anew.
 */
json_t *query_invocations(struct scenario_run *run, const json_t *assertion, struct strbuf *problem) {
    const char *name = string_member(assertion, "invocations");
    struct wanted_records wanted = {
        .service = "lambda",
        .event = "InvocationStart",
        .member = "FunctionName",
        .value = run_function_name(run, name),
        .after = since_of(run, assertion, stack_of(run, name), problem),
    };
    return find_records(run, &wanted);
}

/*
 * trace: {member: value ...}
 *   Records of the trace whose members are so: service, event, error, fault, origin, and any note.
 */
json_t *query_trace(struct scenario_run *run, const json_t *assertion, struct strbuf *problem) {
    (void)problem;
    const struct trace *trace = emulator_trace(run->emulator);
    const json_t *wanted = json_object_get(assertion, "trace");
    json_t *records = json_array();
    uint64_t sequence = 0;
    const struct trace_record *record;
    while ((record = trace_after(trace, sequence))) {
        sequence = record->sequence;
        if (run_is_question(record)) {
            continue;
        }
        json_t *value = record_of(run, record);
        bool good = true;
        const char *name;
        json_t *member;
        json_object_foreach((json_t *)wanted, name, member) {
            good = good && json_equal(member, json_object_get(value, name));
        }
        if (good) {
            json_array_append(records, value);
        }
        json_decref(value);
    }
    set_gaps(records);
    return records;
}

/* ---- logs ---- */

/* A message without the line end that handlers send along. */
static json_t *message_of(const json_t *event) {
    const json_t *message = json_object_get(event, "message");
    size_t size = json_string_length(message);
    const char *text = json_string_value(message);
    while (size > 0 && text[size - 1] == '\n') {
        size--;
    }
    return text ? json_stringn(text, size) : json_null();
}

/*
 * log: FUNCTION, STACK/LOGICAL_ID, or a log group (its name begins with '/')
 *   The messages of the log group, oldest first, as texts.
 */
json_t *query_log(struct scenario_run *run, const json_t *assertion, struct strbuf *problem) {
    const char *name = string_member(assertion, "log");
    const char *group =
        name[0] == '/' ? name : arena_printf(run->arena, "/aws/lambda/%s", run_function_name(run, name));
    const struct known_stack *stack = NULL;
    if (since_of(run, assertion, stack_of(run, name), problem) > 0) {
        stack = run_find_stack(run, stack_of(run, name));
    }
    run_settle(run);
    json_t *lines = json_array();
    const char *token = NULL;
    do {
        json_t *input = json_pack("{s:s}", "logGroupName", group);
        if (stack) {
            json_object_set_new(input, "startTime", json_integer(stack->operation_ms));
        }
        if (token) {
            json_object_set_new(input, "nextToken", json_string(token));
        }
        struct call_outcome outcome = run_ask(run, "logs", "FilterLogEvents", input);
        size_t index;
        json_t *event;
        json_array_foreach(json_object_get(outcome.output, "events"), index, event) {
            json_array_append_new(lines, message_of(event));
        }
        token = outcome.error_code ? NULL : string_member(outcome.output, "nextToken");
        token = token ? arena_strdup(run->arena, token) : NULL;
        bool missing = outcome.error_code != NULL;
        json_decref(outcome.output);
        if (missing) {
            json_decref(lines);
            return NULL;
        }
    } while (token);
    return lines;
}
