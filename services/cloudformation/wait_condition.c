#include "services/cloudformation/wait_condition.h"

#include "services/cloudformation/cloudformation.h"
#include "services/cloudformation/deployment.h"
#include "services/cloudformation/s3_endpoint.h"
#include "services/cloudformation/stack_runner.h"

#define WAIT_CONDITION_HOST "cloudformation-waitcondition-"

/* ---- the handle ---- */

/* Source: recorded test_waitconditionhandle. */
static const char *handle_url(struct resource_operation *operation) {
    const char *region = operation->request.caller.region;
    struct ids *ids = emulator_ids(operation->emulator);
    int64_t now_ms = emulator_now_ms(operation->emulator);
    char access_key[17];
    char signature[65];
    struct strbuf url = STRBUF_INIT;
    ids_random_string(ids, IDS_BASE32, 16, access_key);
    ids_random_string(ids, IDS_HEX, 64, signature);
    strbuf_printf(&url, "https://" WAIT_CONDITION_HOST "%s.s3%s%s.amazonaws.com/", region,
                  strcmp(region, "us-east-1") == 0 ? "" : ".",
                  strcmp(region, "us-east-1") == 0 ? "" : region);
    strbuf_append_percent(&url, text_of(operation->request.stack_id), "/");
    strbuf_printf(&url, "/%s?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=", operation->request.logical_id);
    clock_format_basic(&url, now_ms);
    strbuf_printf(&url, "&X-Amz-SignedHeaders=host&X-Amz-Expires=86399&X-Amz-Credential=AKIA%s%%2F",
                  access_key);
    clock_format(&url, "%Y%m%d", now_ms);
    strbuf_printf(&url, "%%2F%s%%2Fs3%%2Faws4_request&X-Amz-Signature=%s", region, signature);
    const char *text = arena_text_string(operation->arena, strbuf_text(&url));
    strbuf_release(&url);
    return text;
}

void wait_condition_handle_start(struct resource_operation *operation) {
    if (operation->request.action == RESOURCE_CREATE) {
        resource_set_physical_id(operation, text_of(handle_url(operation)));
    }
    resource_succeed(operation);
}

/* ---- the URL's parts ---- */

struct handle_key {
    const char *stack_id;
    const char *logical_id;
};

/* <host or bucket>/<StackId>/<LogicalResourceId>, escaped or not. */
static bool parse_key(struct arena *arena, struct text path, struct handle_key *key) {
    struct strbuf buffer = STRBUF_INIT;
    strbuf_append_unpercent(&buffer, path, false);
    char *plain = arena_text_string(arena, (struct text){buffer.data ? buffer.data : "", buffer.size});
    strbuf_release(&buffer);
    char *start = strstr(plain, "arn:");
    char *slash = start ? strrchr(start, '/') : NULL;
    if (!slash) {
        return false;
    }
    *slash = '\0';
    key->stack_id = start;
    key->logical_id = slash + 1;
    return true;
}

static bool key_of_handle(struct arena *arena, const char *handle, struct handle_key *key) {
    struct text url = text_of(handle);
    ptrdiff_t question = text_find_char(url, '?');
    if (question >= 0) {
        url.size = (size_t)question;
    }
    return parse_key(arena, url, key);
}

/* ---- the condition ---- */

struct signals {
    struct arena *arena;
    json_t *data; /* UniqueId -> Data */
    const char *failure;
};

static void count_signal(void *argument, const char *unique_id, const char *status, const char *reason,
                         const char *data) {
    struct signals *signals = argument;
    json_object_set_new(signals->data, unique_id, json_string(data));
    if (strcmp(status, "SUCCESS") != 0 && !signals->failure) {
        signals->failure =
            arena_printf(signals->arena, "WaitCondition received failed message: '%s' for uniqueId: %s",
                         reason, unique_id);
    }
}

static int64_t number_of(struct resource_operation *operation, const char *property, int64_t fallback) {
    const char *text = resource_property_string(operation, property);
    int64_t number = fallback;
    return text && text_to_int64(text_of(text), &number) ? number : fallback;
}

static void condition_met(struct resource_operation *operation, const struct handle_key *key, json_t *data) {
    if (!operation->physical_id) {
        const char *id = arena_printf(operation->arena, "%s/%s", key->stack_id, key->logical_id);
        resource_set_physical_id(operation, text_of(id));
    }
    resource_set_attribute(operation, "Data", text_of(deployment_dump(operation->arena, data)));
    resource_succeed(operation);
}

/* Called at the beginning, at every signal and at the deadline. */
static void await(struct resource_operation *operation) {
    struct handle_key key;
    const char *handle = resource_property_string(operation, "Handle");
    int64_t count = number_of(operation, "Count", 1);
    int64_t now_ms = emulator_now_ms(operation->emulator);
    if (!handle || !key_of_handle(operation->arena, handle, &key)) {
        resource_fail(operation, "Invalid Handle");
        return;
    }
    struct signals signals = {.arena = operation->arena};
    signals.data = deployment_keep(operation->arena, json_object());
    signal_store_each(emulator_store(operation->emulator), operation->arena, key.stack_id, key.logical_id,
                      count_signal, &signals);
    int64_t received = (int64_t)json_object_size(signals.data);
    json_t *due = json_object_get(operation->scratch, "Due");
    if (!due) {
        int64_t timeout_s = number_of(operation, "Timeout", 0);
        json_object_set_new(operation->scratch, "Due", json_integer(now_ms + timeout_s * 1000));
        due = json_object_get(operation->scratch, "Due");
    }
    if (signals.failure) {
        resource_fail(operation, signals.failure);
    } else if (received >= count) {
        condition_met(operation, &key, signals.data);
    } else if (now_ms >= json_integer_value(due)) {
        resource_fail(operation,
                      arena_printf(operation->arena,
                                   "WaitCondition timed out. Received %lld conditions when expecting %lld",
                                   (long long)received, (long long)count));
    } else {
        resource_wake(operation, json_integer_value(due) - now_ms);
    }
}

void wait_condition_start(struct resource_operation *operation) {
    if (operation->request.action == RESOURCE_CREATE) {
        await(operation);
    } else {
        resource_succeed(operation);
    }
}

/* ---- the endpoint ---- */

bool wait_condition_match(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    return text_starts_with(http_request_header(request, "Host"), WAIT_CONDITION_HOST) ||
           text_starts_with(request->path, "/" WAIT_CONDITION_HOST);
}

void wait_condition_describe(struct call *call) {
    struct handle_key key;
    struct stack_row row;
    if (!parse_key(call->arena, call->request->path, &key)) {
        return;
    }
    call_note(call, "StackId", key.stack_id);
    call_note(call, "LogicalResourceId", key.logical_id);
    if (stack_store_find_id(call->store, call->arena, key.stack_id, &row)) {
        snprintf(call->identity.account, sizeof call->identity.account, "%s", row.account);
        snprintf(call->identity.region, sizeof call->identity.region, "%s", row.region);
        call_note(call, "StackName", row.name);
    }
}

/* A signal on its way to the condition that waits for it. */
struct signal {
    const char *stack_id;
    const char *handle;    /* logical id; NULL: found by the condition */
    const char *condition; /* logical id; NULL: found by the handle */
    const char *unique_id;
    const char *status;
    const char *reason;
    const char *data;
    bool heard;
};

static void note_signal(struct resource_operation *operation, const struct signal *signal) {
    struct machine_event event = {
        .kind = MACHINE_NOTED,
        .resource = operation->request.serial,
        .work = operation->request.work,
        .reason = arena_printf(operation->arena, "Received %s signal with UniqueId %s", signal->status,
                               signal->unique_id),
    };
    stack_runner_post(operation->emulator, signal->stack_id, &event);
}

static void hear(void *argument, struct resource_operation *operation) {
    struct signal *signal = argument;
    struct handle_key key;
    const char *handle = resource_property_string(operation, "Handle");
    bool waits = strcmp(operation->request.stack_id, signal->stack_id) == 0 &&
                 strcmp(operation->request.type_name, "AWS::CloudFormation::WaitCondition") == 0 &&
                 operation->request.action == RESOURCE_CREATE && !operation->finished && handle &&
                 key_of_handle(operation->arena, handle, &key);
    bool meant = waits && (signal->condition ? strcmp(signal->condition, operation->request.logical_id) == 0
                                             : strcmp(signal->handle, key.logical_id) == 0);
    if (!meant) {
        return;
    }
    if (signal->condition) {
        signal_store_put(emulator_store(operation->emulator), key.stack_id, key.logical_id, signal->unique_id,
                         signal->status, signal->reason, signal->data);
    }
    signal->heard = true;
    note_signal(operation, signal);
    resource_wake(operation, 0);
}

static bool send_signal(struct emulator *emulator, struct signal *signal) {
    resource_operations_each(stack_runner_operations(cloudformation_runner(emulator)), hear, signal);
    return signal->heard;
}

static const char *member(struct call *call, const struct json_value *body, const char *name) {
    const char *text = arena_text_string(call->arena, json_find_text(body, name));
    return text ? text : "";
}

struct result wait_condition_handle(struct call *call) {
    struct handle_key key;
    struct stack_row row;
    bool known = parse_key(call->arena, call->request->path, &key) &&
                 stack_store_find_id(call->store, call->arena, key.stack_id, &row);
    if (!known || !text_equals(call->request->method, "PUT")) {
        return s3_endpoint_deny(call, "SignatureDoesNotMatch", S3_ENDPOINT_BAD_SIGNATURE);
    }
    const struct json_value *body = json_parse(call->arena, call->request->body, NULL);
    struct signal signal = {
        .stack_id = key.stack_id,
        .handle = key.logical_id,
        .unique_id = member(call, body, "UniqueId"),
        .status = member(call, body, "Status"),
        .reason = member(call, body, "Reason"),
        .data = member(call, body, "Data"),
    };
    if (*signal.unique_id) {
        signal_store_put(call->store, key.stack_id, key.logical_id, signal.unique_id, signal.status,
                         signal.reason, signal.data);
        send_signal(call->emulator, &signal);
    }
    s3_endpoint_stored(call);
    return result_output();
}

/* ---- SignalResource ---- */

struct result cloudformation_signal_resource(struct call *call, struct input input) {
    const char *name = input_string(input, "StackName");
    struct stack_row row;
    if (!cloudformation_find_stack(call, name, &row)) {
        return cloudformation_stack_missing(call, "Stack [%s] does not exist", name);
    }
    if (!stack_status_in_progress(stack_status_of(row.status))) {
        return call_error(call, &error_validation_error, "Stack %s is in %s state and cannot be signaled",
                          row.stack_id, row.status);
    }
    struct signal signal = {
        .stack_id = row.stack_id,
        .condition = input_string(input, "LogicalResourceId"),
        .unique_id = input_string(input, "UniqueId"),
        .status = input_string(input, "Status"),
        .reason = "",
        .data = "",
    };
    return send_signal(call->emulator, &signal)
               ? result_output()
               : call_error(call, &error_validation_error,
                            "Resource [%s] in stack [%s] is not waiting for signals", signal.condition, name);
}
