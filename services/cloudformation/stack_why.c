#include "services/cloudformation/stack_why.h"

#include "emulator/base/die.h"
#include "emulator/core/emulator.h"
#include "emulator/core/trace.h"
#include "services/cloudformation/cloudformation.h"
#include "services/cloudformation/deployment.h"
#include "services/cloudformation/service_token.h"
#include "services/cloudformation/stack_why_requests.h"

/* An answer under way: log lines of the requests' handlers are asked for one after another. */
struct why {
    struct call *call;
    json_t *answer;  /* owned by the call's arena */
    json_t *lookups; /* requests that still want their log lines */
    size_t next;
};

/* Outlives the call when its client goes away. */
struct why_wait {
    struct why *why; /* NULL: nobody waits any more */
};

static struct result ask_for_logs(struct why *why);

bool stack_why_match(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    return text_equals(request->path, "/_stackrig/cloudformation/why");
}

static struct result reply_with(struct call *call, int status, const json_t *body) {
    call->reply.status = status;
    http_reply_add_header(&call->reply, "Content-Type", TEXT("application/json"));
    strbuf_append_string(&call->reply.body, deployment_dump(call->arena, body));
    strbuf_append_char(&call->reply.body, '\n');
    return result_output();
}

static struct result refuse(struct call *call, int status, const char *message) {
    return reply_with(call, status, deployment_keep(call->arena, json_pack("{s:s}", "message", message)));
}

/* ---- resources ---- */

struct failures {
    struct arena *arena;
    const char *operation_id;
    json_t *resources; /* logical id -> its entry, in order of failing */
};

static bool is_failure(const struct event_row *event) {
    return text_ends_with(text_of(event->status), "_FAILED") &&
           strcmp(event->logical_id, event->stack_name) != 0;
}

/* Events come newest first: what failed first ends up in front. */
static void note_failure(void *argument, const struct event_row *event) {
    struct failures *failures = argument;
    bool other = failures->operation_id && event->operation_id &&
                 strcmp(failures->operation_id, event->operation_id) != 0;
    if (!is_failure(event) || other) {
        return;
    }
    json_t *entry = json_object();
    json_object_set_new(entry, "Resource", json_string(event->logical_id));
    json_object_set_new(entry, "Type", json_string(event->type));
    json_object_set_new(entry, "Status", json_string(event->status));
    if (event->reason) {
        json_object_set_new(entry, "Reason", json_string(event->reason));
    }
    if (event->physical_id && *event->physical_id) {
        json_object_set_new(entry, "PhysicalResourceId", json_string(event->physical_id));
    }
    json_object_set_new(entry, "Time", json_string(why_time(failures->arena, event->time_ms)));
    json_array_insert_new(failures->resources, 0, entry);
}

static json_t *find_failures(struct call *call, const struct stack_row *row) {
    struct failures failures = {
        .arena = call->arena,
        .operation_id = row->operation_id,
        .resources = deployment_keep(call->arena, json_array()),
    };
    event_store_each(call->store, call->arena, row->stack_id, INT64_MAX, INT32_MAX, note_failure, &failures);
    return failures.resources;
}

/* ---- custom resource requests ---- */

struct requests {
    struct call *call;
    json_t *resources;
    json_t *waiting;
    json_t *lookups;
};

static json_t *entry_of(const struct requests *requests, const char *logical_id) {
    size_t i;
    json_t *entry;
    json_t *found = NULL;
    json_array_foreach(requests->resources, i, entry) {
        if (strcmp(deployment_setting(entry, "Resource"), logical_id) == 0) {
            found = entry;
        }
    }
    return found;
}

static void note_request(void *argument, const struct custom_request_row *row) {
    struct requests *requests = argument;
    bool waiting = strcmp(row->state, "WAITING") == 0;
    json_t *entry = entry_of(requests, row->logical_id);
    if (!waiting && (!entry || !row->reason)) {
        return;
    }
    json_t *described = why_describe_request(requests->call, row);
    json_array_append(requests->lookups, described);
    if (waiting || !entry) {
        json_array_append_new(requests->waiting, described);
        return;
    }
    json_t *list = json_object_get(entry, "Requests");
    if (!list) {
        list = json_array();
        json_object_set_new(entry, "Requests", list);
    }
    json_array_append_new(list, described);
}

/* ---- the whole ---- */

/* The sentence of the first request that went wrong, else one about the resource itself. */
static const char *hint(struct arena *arena, const struct stack_row *row, const json_t *resources,
                        const json_t *waiting) {
    const json_t *first = json_array_get(resources, 0);
    if (json_array_size(waiting) > 0) {
        return deployment_setting(json_array_get(waiting, 0), "Hint");
    }
    if (!first) {
        return strstr(row->status, "FAILED") || strstr(row->status, "ROLLBACK")
                   ? "No resource failed; the status reason says it all."
                   : "Nothing has failed in this stack's last operation.";
    }
    const json_t *request = json_array_get(json_object_get(first, "Requests"), 0);
    if (request) {
        return deployment_setting(request, "Hint");
    }
    return arena_printf(arena, "%s is where it began: the service refused what the template asks for.",
                        deployment_setting(first, "Resource"));
}

enum { NESTED_AT_MOST = 8 };

static void add_nested(struct requests *requests, json_t *resources, int depth);

/* Failures of one stack with their requests; those of nested stacks stand before the resource they failed. */
static json_t *gather(struct requests *requests, const struct stack_row *row, int depth) {
    struct call *call = requests->call;
    json_t *resources = find_failures(call, row);
    requests->resources = resources;
    custom_request_store_each(call->store, call->arena, row->stack_id, note_request, requests);
    if (depth < NESTED_AT_MOST) {
        add_nested(requests, resources, depth + 1);
    }
    return resources;
}

static void add_nested(struct requests *requests, json_t *resources, int depth) {
    struct arena *arena = requests->call->arena;
    for (size_t i = 0; i < json_array_size(resources); i++) {
        json_t *entry = json_array_get(resources, i);
        const char *child_id = deployment_setting(entry, "PhysicalResourceId");
        const char *name = deployment_setting(entry, "Resource");
        struct stack_row child;
        if (strcmp(deployment_setting(entry, "Type"), "AWS::CloudFormation::Stack") != 0 || !child_id ||
            !stack_store_find_id(requests->call->store, arena, child_id, &child)) {
            continue;
        }
        child.operation_id = NULL; /* by now its last operation may be the delete that followed */
        size_t n;
        json_t *inner;
        json_array_foreach(gather(requests, &child, depth), n, inner) {
            const char *path = arena_printf(arena, "%s.%s", name, deployment_setting(inner, "Resource"));
            json_object_set_new(inner, "Resource", json_string(path));
            json_array_insert(resources, i++, inner);
        }
    }
}

static struct why *begin(struct call *call, const struct stack_row *row) {
    struct why *why = arena_zalloc(call->arena, sizeof *why);
    struct requests requests = {
        .call = call,
        .waiting = deployment_keep(call->arena, json_array()),
        .lookups = deployment_keep(call->arena, json_array()),
    };
    json_t *resources = gather(&requests, row, 0);
    why->call = call;
    why->lookups = requests.lookups;
    json_t *answer = json_object();
    json_object_set_new(answer, "Stack", json_string(row->name));
    json_object_set_new(answer, "StackId", json_string(row->stack_id));
    json_object_set_new(answer, "Status", json_string(row->status));
    if (row->status_reason) {
        json_object_set_new(answer, "Reason", json_string(row->status_reason));
    }
    json_object_set_new(answer, "Hint", json_string(hint(call->arena, row, resources, requests.waiting)));
    json_object_set(answer, "Failed", resources);
    json_object_set(answer, "Waiting", requests.waiting);
    why->answer = deployment_keep(call->arena, answer);
    return why;
}

/* ---- log lines ---- */

static void forget(void *argument) {
    struct why_wait *wait = argument;
    wait->why = NULL;
}

static void logs_found(void *argument, const struct call_reply *reply) {
    struct why_wait *wait = argument;
    struct why *why = wait->why;
    free(wait);
    if (!why) {
        return;
    }
    call_on_cancel(why->call, NULL, NULL);
    if (!reply->error_code) {
        why_add_log_lines(json_array_get(why->lookups, why->next), reply->value);
    }
    why->next++;
    struct result result = ask_for_logs(why);
    if (result.kind != RESULT_PENDING) {
        call_finish(why->call, result);
    }
}

static struct result ask_for_logs(struct why *why) {
    struct call *call = why->call;
    while (why->next < json_array_size(why->lookups)) {
        json_t *input = why_log_query(call->arena, json_array_get(why->lookups, why->next));
        if (!input) {
            why->next++;
            continue;
        }
        struct why_wait *wait = xcalloc(1, sizeof *wait);
        wait->why = why;
        call_on_cancel(call, forget, wait);
        struct call_request request = {
            .service = "logs",
            .operation = "FilterLogEvents",
            .input = text_of(deployment_dump(call->arena, input)),
            .caller = identity_of_service("cloudformation.amazonaws.com", call->identity.account,
                                          call->identity.region),
            .origin = "why",
        };
        json_decref(input);
        call_start(call->emulator, &request, logs_found, wait);
        return result_pending();
    }
    size_t i;
    json_t *request;
    json_array_foreach(why->lookups, i, request) {
        why_hide_internals(request);
    }
    return reply_with(call, 200, why->answer);
}

static void override(char *place, size_t size, struct call *call, const char *name) {
    struct text value = http_request_query(call->request, name);
    if (value.data && value.size > 0 && value.size < size) {
        snprintf(place, size, "%.*s", TEXT_ARGUMENTS(value));
    }
}

struct result stack_why_handle(struct call *call) {
    struct text name = http_request_query(call->request, "StackName");
    struct stack_row row;
    if (!name.data || name.size == 0) {
        return refuse(call, 400, "name a stack: ?StackName=");
    }
    override(call->identity.account, sizeof call->identity.account, call, "Account");
    override(call->identity.region, sizeof call->identity.region, call, "Region");
    const char *wanted = arena_text_string(call->arena, name);
    if (!cloudformation_find_stack(call, wanted, &row)) {
        return refuse(call, 404, arena_printf(call->arena, "Stack with id %s does not exist", wanted));
    }
    return ask_for_logs(begin(call, &row));
}
