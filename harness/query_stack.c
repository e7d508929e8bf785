/* Queries about CloudFormation stacks: status, reason, physical_id, outputs, events, leftovers. */
#include <string.h>

#include "harness/queries.h"
#include "harness/scenario_run.h"

/* ---- asking CloudFormation ---- */

/* The first stack of DescribeStacks, a new reference; NULL: there is none. */
static json_t *describe(struct scenario_run *run, const char *name) {
    struct call_outcome outcome = run_ask(run, "cloudformation", "DescribeStacks",
                                          json_pack("{s:s}", "StackName", run_stack_reference(run, name)));
    json_t *stack = outcome.error_code ? NULL : json_incref(value_at_path(outcome.output, "Stacks[0]"));
    json_decref(outcome.output);
    return stack;
}

/* Newest first; all pages; a new reference. */
static json_t *all_events(struct scenario_run *run, const char *name) {
    json_t *events = json_array();
    const char *token = NULL;
    do {
        json_t *input = json_pack("{s:s}", "StackName", run_stack_reference(run, name));
        if (token) {
            json_object_set_new(input, "NextToken", json_string(token));
        }
        struct call_outcome outcome = run_ask(run, "cloudformation", "DescribeStackEvents", input);
        json_array_extend(events, json_object_get(outcome.output, "StackEvents"));
        token = outcome.error_code ? NULL : string_member(outcome.output, "NextToken");
        token = token ? arena_strdup(run->arena, token) : NULL;
        json_decref(outcome.output);
    } while (token);
    return events;
}

/* The newest event of a logical resource that has a physical id; borrowed from events. */
static const json_t *newest_event(const json_t *events, const char *resource, bool with_id) {
    size_t index;
    json_t *event;
    json_array_foreach((json_t *)events, index, event) {
        const char *id = string_member(event, "PhysicalResourceId");
        const char *logical = string_member(event, "LogicalResourceId");
        if (logical && strcmp(logical, resource) == 0 && (!with_id || (id && *id))) {
            return event;
        }
    }
    return NULL;
}

static json_t *resource_member(struct scenario_run *run, const char *stack, const char *resource,
                               const char *member, bool with_id) {
    json_t *events = all_events(run, stack);
    const json_t *event = newest_event(events, resource, with_id);
    json_t *value = json_incref(json_object_get(event, member));
    json_decref(events);
    return value;
}

const char *run_function_name(struct scenario_run *run, const char *name) {
    const char *slash = strchr(name, '/');
    if (!slash) {
        return name;
    }
    const char *stack = arena_printf(run->arena, "%.*s", (int)(slash - name), name);
    json_t *id = run_find_stack(run, stack)
                     ? resource_member(run, stack, slash + 1, "PhysicalResourceId", true)
                     : NULL;
    const char *function = id ? arena_strdup(run->arena, json_string_value(id)) : name;
    json_decref(id);
    return function;
}

/* ---- the queries ---- */

static json_t *stack_or_resource(struct scenario_run *run, const json_t *assertion, const char *query,
                                 const char *stack_member, const char *resource_name) {
    const char *name = string_member(assertion, query);
    const char *resource = string_member(assertion, "resource");
    if (resource) {
        return resource_member(run, name, resource, resource_name, false);
    }
    json_t *stack = describe(run, name);
    json_t *value = json_incref(json_object_get(stack, stack_member));
    json_decref(stack);
    return value;
}

/*
 * status: STACK [resource: LOGICAL_ID]
 *   The stack's status, or that of one resource's newest event. Nothing when there is no such stack.
 */
json_t *query_status(struct scenario_run *run, const json_t *assertion, struct strbuf *problem) {
    (void)problem;
    return stack_or_resource(run, assertion, "status", "StackStatus", "ResourceStatus");
}

/*
 * reason: STACK [resource: LOGICAL_ID]
 *   The status reason of the stack, or of one resource's newest event.
 */
json_t *query_reason(struct scenario_run *run, const json_t *assertion, struct strbuf *problem) {
    (void)problem;
    return stack_or_resource(run, assertion, "reason", "StackStatusReason", "ResourceStatusReason");
}

/*
 * physical_id: STACK, resource: LOGICAL_ID
 */
json_t *query_physical_id(struct scenario_run *run, const json_t *assertion, struct strbuf *problem) {
    (void)problem;
    return resource_member(run, string_member(assertion, "physical_id"), string_member(assertion, "resource"),
                           "PhysicalResourceId", true);
}

/*
 * outputs: STACK
 *   A mapping of output names to values; pick one with `path`.
 */
json_t *query_outputs(struct scenario_run *run, const json_t *assertion, struct strbuf *problem) {
    (void)problem;
    json_t *stack = describe(run, string_member(assertion, "outputs"));
    json_t *outputs = stack ? json_object() : NULL;
    size_t index;
    json_t *output;
    json_array_foreach(json_object_get(stack, "Outputs"), index, output) {
        json_object_set(outputs, string_member(output, "OutputKey"), json_object_get(output, "OutputValue"));
    }
    json_decref(stack);
    return outputs;
}

/* What an assertion about an event can name. */
static json_t *event_record(const json_t *event, const char *stack) {
    json_t *record = json_object();
    json_object_set(record, "resource", json_object_get(event, "LogicalResourceId"));
    json_object_set(record, "status", json_object_get(event, "ResourceStatus"));
    json_object_set(record, "reason", json_object_get(event, "ResourceStatusReason"));
    json_object_set(record, "physical_id", json_object_get(event, "PhysicalResourceId"));
    json_object_set(record, "type", json_object_get(event, "ResourceType"));
    json_object_set(record, "properties", json_object_get(event, "ResourceProperties"));
    json_object_set(record, "id", json_object_get(event, "EventId"));
    json_object_set(record, "time", json_object_get(event, "Timestamp"));
    json_object_set_new(record, "stack", json_string(stack));
    return record;
}

static bool check_since(const json_t *assertion, struct strbuf *problem) {
    const char *since = string_member(assertion, "since");
    if (since && strcmp(since, "operation") != 0) {
        strbuf_append_string(problem,
                             "'since' takes the word operation: since the last deploy or delete began");
        return false;
    }
    return since != NULL;
}

/*
 * events: STACK [resource: LOGICAL_ID] [since: operation]
 *   The stack's events, oldest first, as records {resource, status, reason, physical_id, type, time}.
 *   An expected item is written "LOGICAL_ID STATUS", or LOGICAL_ID STATUS: REASON, or as a record.
 */
json_t *query_events(struct scenario_run *run, const json_t *assertion, struct strbuf *problem) {
    const char *name = string_member(assertion, "events");
    const char *resource = string_member(assertion, "resource");
    const struct known_stack *stack = run_find_stack(run, name);
    bool since_operation = check_since(assertion, problem);
    json_t *events = all_events(run, name);
    json_t *records = json_array();
    size_t skip = since_operation && stack ? stack->events_before : 0;
    for (size_t i = json_array_size(events); i > 0; i--) {
        const json_t *event = json_array_get(events, i - 1);
        const char *logical = string_member(event, "LogicalResourceId");
        bool wanted = !resource || (logical && strcmp(logical, resource) == 0);
        if (json_array_size(events) - i >= skip && wanted) {
            json_array_append_new(records, event_record(event, name));
        }
    }
    json_decref(events);
    return records;
}

/* "Sum CREATE_FAILED" in two members. */
static json_t *read_event_words(const char *words) {
    const char *blank = strchr(words, ' ');
    if (!blank) {
        return json_pack("{s:s}", "status", words);
    }
    return json_pack("{s:o, s:s}", "resource", json_stringn(words, (size_t)(blank - words)), "status",
                     blank + 1);
}

json_t *event_read_item(const json_t *expected) {
    if (json_is_string(expected)) {
        return read_event_words(json_string_value(expected));
    }
    if (!json_is_object(expected) || json_object_size(expected) != 1) {
        return json_incref((json_t *)expected);
    }
    const char *key = json_object_iter_key(json_object_iter((json_t *)expected));
    if (!strchr(key, ' ')) {
        return json_incref((json_t *)expected);
    }
    json_t *record = read_event_words(key);
    json_object_set(record, "reason", json_object_get(expected, key));
    return record;
}

void event_print_item(struct strbuf *buffer, const json_t *item) {
    const char *resource = string_member(item, "resource");
    const char *status = string_member(item, "status");
    const json_t *reason = json_object_get(item, "reason");
    strbuf_printf(buffer, "%s %s", resource ? resource : "(any)", status ? status : "(any)");
    if (json_is_string(reason)) {
        strbuf_printf(buffer, ": \"%s\"", json_string_value(reason));
    } else if (reason) {
        char *dump = value_dump(reason);
        strbuf_printf(buffer, ": %s", dump);
        free(dump);
    }
}

/*
 * leftovers: STACK
 *   What list operations show now and did not show before the stack was first deployed:
 *   texts such as "iam Role sum-HandlerRole-ABC". AWS's services are asked, not the database.
 */
json_t *query_leftovers(struct scenario_run *run, const json_t *assertion, struct strbuf *problem) {
    const char *name = string_member(assertion, "leftovers");
    const struct known_stack *stack = run_find_stack(run, name);
    if (!stack || !stack->inventory_before) {
        strbuf_printf(problem, "no step has deployed a stack '%s'", name);
        return NULL;
    }
    json_t *now = run_inventory(run);
    json_t *left = json_array();
    size_t index;
    json_t *item;
    json_array_foreach(now, index, item) {
        bool known = false;
        for (size_t i = 0; i < json_array_size(stack->inventory_before) && !known; i++) {
            known = json_equal(json_array_get(stack->inventory_before, i), item);
        }
        if (!known) {
            json_array_append(left, item);
        }
    }
    json_decref(now);
    return left;
}
