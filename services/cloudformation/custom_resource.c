#include "services/cloudformation/custom_resource.h"

#include "emulator/base/crypto.h"
#include "emulator/base/die.h"
#include "services/cloudformation/cloudformation.h"
#include "services/cloudformation/custom_deadline.h"
#include "services/cloudformation/custom_resource_response.h"
#include "services/cloudformation/custom_resource_url.h"
#include "services/cloudformation/s3_endpoint.h"
#include "services/cloudformation/service_token.h"

enum { DEFAULT_TIMEOUT_S = 3600 };

void custom_resource_post_failure(struct emulator *emulator, const struct custom_request_row *row,
                                  const char *reason, const char *physical_id) {
    struct machine_event event = {
        .kind = MACHINE_FAILED,
        .resource = row->serial,
        .work = row->work,
        .reason = reason,
        .physical_id = physical_id,
    };
    stack_runner_post(emulator, row->stack_id, &event);
}

bool custom_resource_end_request(struct emulator *emulator, const char *request_id, const char *state,
                                 struct text answer, const char *reason, struct arena *arena,
                                 struct custom_request_row *row) {
    struct store *store = emulator_store(emulator);
    if (!custom_request_store_find(store, arena, request_id, row) || strcmp(row->state, "WAITING") != 0) {
        return false;
    }
    custom_request_store_end(store, request_id, state, emulator_now_ms(emulator), answer, reason);
    return true;
}

/* ---- sending ---- */

static json_t *text_properties(const json_t *properties) {
    json_t *texts = properties ? scalars_as_strings(properties) : json_object();
    json_object_del(texts, "ServiceTimeout");
    return texts;
}

struct outgoing {
    const struct machine_action *action;
    enum resource_action kind;
    const char *request_id;
    const char *token;
    const char *timeout; /* NULL: none given */
};

/* Key order as captured from AWS. Source: cloudformation.md A2. */
static const char *build_event(struct stack_run *run, const struct outgoing *outgoing, struct arena *arena) {
    static const char *const types[] = {"Create", "Update", "Delete"};
    const struct machine_action *action = outgoing->action;
    const struct custom_resource_url url = {
        .region = run->row.region,
        .stack_id = run->row.stack_id,
        .logical_id = action->logical_id,
        .request_id = outgoing->request_id,
        .now_ms = emulator_now_ms(run->emulator),
    };
    json_t *event = json_object();
    json_object_set_new(event, "RequestType", json_string(types[outgoing->kind]));
    json_object_set_new(event, "ServiceToken", json_string(outgoing->token));
    resource_set_member(event, "ServiceTimeout", outgoing->timeout);
    resource_set_member(event, "ResponseURL",
                        custom_resource_url_build(arena, emulator_ids(run->emulator), &url));
    resource_set_member(event, "StackId", run->row.stack_id);
    resource_set_member(event, "RequestId", outgoing->request_id);
    resource_set_member(event, "LogicalResourceId", action->logical_id);
    if (outgoing->kind != RESOURCE_CREATE) {
        resource_set_member(event, "PhysicalResourceId", action->physical_id);
    }
    resource_set_member(event, "ResourceType", action->type);
    json_object_set_new(event, "ResourceProperties", text_properties(action->properties));
    if (outgoing->kind == RESOURCE_UPDATE) {
        json_object_set_new(event, "OldResourceProperties", text_properties(action->old_properties));
    }
    const char *text = deployment_dump(arena, event);
    json_decref(event);
    return text;
}

/* Lambda or SNS has taken the request, or refused it: then nobody waits. */
struct delivery {
    struct emulator *emulator;
    bool topic;
    char request_id[UUID_SIZE];
};

static void delivered(void *argument, const struct call_reply *reply) {
    struct delivery *delivery = argument;
    struct emulator *emulator = delivery->emulator;
    if (reply->error_code) {
        struct custom_request_row row;
        char service_request_id[UUID_SIZE];
        ids_uuid(emulator_ids(emulator), service_request_id);
        const char *reason = arena_printf(
            reply->arena, "%s (Service: %s; Status Code: %d; Error Code: %s; Request ID: %s; Proxy: null)",
            reply->error_message, delivery->topic ? "AmazonSNS" : "AWSLambda", reply->status,
            reply->error_code, service_request_id);
        if (custom_resource_end_request(emulator, delivery->request_id, "REFUSED", TEXT_NONE, reason,
                                        reply->arena, &row)) {
            custom_resource_clear_deadline(emulator, delivery->request_id);
            /* A create that no handler has heard of has nothing to be deleted either. */
            bool creating = strcmp(row.request_type, "Create") == 0;
            custom_resource_post_failure(emulator, &row, reason, creating ? "" : NULL);
        }
    }
    free(delivery);
}

static void deliver(struct stack_run *run, const struct outgoing *outgoing, const char *event,
                    struct arena *arena) {
    struct delivery *delivery = xcalloc(1, sizeof *delivery);
    delivery->emulator = run->emulator;
    delivery->topic = service_token_is_topic(outgoing->token);
    snprintf(delivery->request_id, sizeof delivery->request_id, "%s", outgoing->request_id);
    json_t *input;
    if (delivery->topic) {
        input = json_pack("{s:s, s:s, s:s}", "TopicArn", outgoing->token, "Subject",
                          "AWS CloudFormation custom resource request", "Message", event);
    } else {
        struct strbuf payload = STRBUF_INIT;
        crypto_append_base64(&payload, text_of(event));
        input = json_pack("{s:s, s:s, s:s}", "FunctionName", outgoing->token, "InvocationType", "Event",
                          "Payload", payload.data);
        strbuf_release(&payload);
    }
    struct call_request request = {
        .service = delivery->topic ? "sns" : "lambda",
        .operation = delivery->topic ? "Publish" : "Invoke",
        .input = text_of(deployment_dump(arena, input)),
        .caller = run->caller,
        .origin = arena_printf(arena, "cloudformation/%s/%s/%s", run->row.stack_id,
                               outgoing->action->logical_id, outgoing->request_id),
    };
    json_decref(input);
    call_start(run->emulator, &request, delivered, delivery);
}

static void fail_now(struct stack_run *run, const struct machine_action *action, const char *reason,
                     bool creating) {
    struct machine_event event = {
        .kind = MACHINE_FAILED, .resource = action->resource, .work = action->work, .reason = reason};
    event.physical_id = creating ? "" : NULL;
    stack_run_push(run, &event);
}

void custom_resource_send(struct stack_run *run, const struct machine_action *action,
                          enum resource_action kind, struct arena *arena) {
    static const char *const types[] = {"Create", "Update", "Delete"};
    struct outgoing outgoing = {.action = action, .kind = kind};
    outgoing.token = resource_scalar_text(arena, json_object_get(action->properties, "ServiceToken"));
    outgoing.timeout = resource_scalar_text(arena, json_object_get(action->properties, "ServiceTimeout"));
    const char *old_token =
        resource_scalar_text(arena, json_object_get(action->old_properties, "ServiceToken"));
    const char *problem = service_token_problem(outgoing.token, run->row.region);
    int64_t timeout_s = DEFAULT_TIMEOUT_S;
    if (!problem && kind == RESOURCE_UPDATE && old_token && strcmp(old_token, outgoing.token) != 0) {
        problem = "Modifying service token is not allowed.";
    }
    if (!problem && outgoing.timeout &&
        (!text_to_int64(text_of(outgoing.timeout), &timeout_s) || timeout_s < 1 || timeout_s > 3600)) {
        problem = "Property validation failure: [Value of property {/ServiceTimeout} must be an integer "
                  "between 1 and "
                  "3600]";
    }
    if (problem) {
        fail_now(run, action, problem, kind == RESOURCE_CREATE);
        return;
    }
    char request_id[UUID_SIZE];
    ids_uuid(emulator_ids(run->emulator), request_id);
    outgoing.request_id = request_id;
    const char *event = build_event(run, &outgoing, arena);
    int64_t now_ms = emulator_now_ms(run->emulator);
    struct custom_request_row row = {
        .request_id = request_id,
        .stack_id = run->row.stack_id,
        .serial = action->resource,
        .work = action->work,
        .logical_id = action->logical_id,
        .type = action->type,
        .request_type = types[kind],
        .physical_id = kind == RESOURCE_CREATE ? NULL : action->physical_id,
        .state = "WAITING",
        .sent_ms = now_ms,
        .due_ms = now_ms + timeout_s * 1000,
        .event = event,
    };
    custom_request_store_insert(run->store, &row);
    custom_resource_set_deadline(run->emulator, request_id, row.due_ms);
    deliver(run, &outgoing, event, arena);
}

/* ---- the runner's other questions ---- */

struct search {
    struct stack_run *run;
    int serial;
    const char *found;
};

static void cancel_request(void *argument, const struct custom_request_row *row) {
    struct search *search = argument;
    struct emulator *emulator = search->run->emulator;
    if (row->serial != search->serial || strcmp(row->stack_id, search->run->row.stack_id) != 0) {
        return;
    }
    custom_request_store_end(search->run->store, row->request_id, "CANCELLED", emulator_now_ms(emulator),
                             TEXT_NONE, NULL);
    custom_resource_clear_deadline(emulator, row->request_id);
}

void custom_resource_cancel(struct stack_run *run, int serial) {
    struct arena *arena = arena_open();
    struct search search = {run, serial, NULL};
    custom_request_store_each(run->store, arena, NULL, cancel_request, &search);
    arena_close(arena);
}

bool custom_resource_waits(struct stack_run *run, int serial, int work) {
    struct arena *arena = arena_open();
    struct custom_request_row row;
    bool waits = custom_request_store_find_work(run->store, arena, run->row.stack_id, serial, work, &row) &&
                 strcmp(row.state, "WAITING") == 0;
    arena_close(arena);
    return waits;
}

static void note_answered(void *argument, const struct custom_request_row *row) {
    struct search *search = argument;
    if (row->serial == search->serial && strcmp(row->state, "ANSWERED") == 0) {
        search->found = row->request_id;
    }
}

const char *custom_resource_last_request(struct stack_run *run, int serial, struct arena *arena) {
    struct search search = {run, serial, ""};
    custom_request_store_each(run->store, arena, run->row.stack_id, note_answered, &search);
    return search.found;
}

/* ---- the answer ---- */

static void post_answer(struct emulator *emulator, const struct custom_request_row *row,
                        const struct custom_resource_response *response) {
    if (!response->success) {
        custom_resource_post_failure(emulator, row, response->reason, response->physical_resource_id);
        return;
    }
    bool deleted = strcmp(row->request_type, "Delete") == 0;
    const char *physical_id =
        response->physical_resource_id ? response->physical_resource_id : row->physical_id;
    struct machine_event event = {
        .kind = MACHINE_SUCCEEDED,
        .resource = row->serial,
        .work = row->work,
        .physical_id = deleted ? NULL : physical_id,
        .attributes = deleted ? NULL : response->data,
        .no_echo = response->no_echo,
    };
    stack_runner_post(emulator, row->stack_id, &event);
}

/* S3 takes any body; CloudFormation judges it afterwards. */
static void accept_answer(struct call *call, const struct custom_request_row *row) {
    struct custom_resource_request request = {row->stack_id, row->request_id, row->logical_id};
    struct custom_resource_response response =
        custom_resource_response_read(call->arena, call->request->body, &request);
    struct custom_request_row ended;
    if (custom_resource_end_request(call->emulator, row->request_id, "ANSWERED", call->request->body,
                                    response.reason, call->arena, &ended)) {
        custom_resource_clear_deadline(call->emulator, row->request_id);
        post_answer(call->emulator, &ended, &response);
    }
}

void custom_resource_response_swallow(struct call *call) {
    s3_endpoint_stored(call);
}

enum { URL_LIFETIME_MS = 7200 * 1000 };

struct result custom_resource_response_handle(struct call *call) {
    struct custom_resource_key key;
    struct custom_request_row row;
    bool known = custom_resource_url_parse(call->arena, call->request->path, &key) &&
                 custom_request_store_find(call->store, call->arena, key.request_id, &row) &&
                 strcmp(row.stack_id, key.stack_id) == 0 && strcmp(row.logical_id, key.logical_id) == 0;
    if (!known || !text_equals(call->request->method, "PUT")) {
        return s3_endpoint_deny(call, "SignatureDoesNotMatch", S3_ENDPOINT_BAD_SIGNATURE);
    }
    if (call->now_ms > row.sent_ms + URL_LIFETIME_MS) {
        return s3_endpoint_deny(call, "AccessDenied", "Request has expired");
    }
    s3_endpoint_stored(call);
    accept_answer(call, &row);
    return result_output();
}

void custom_resource_response_describe(struct call *call) {
    struct custom_resource_key key;
    if (!custom_resource_url_parse(call->arena, call->request->path, &key)) {
        return;
    }
    call_note(call, "StackId", key.stack_id);
    call_note(call, "LogicalResourceId", key.logical_id);
    call_note(call, "RequestId", key.request_id);
    struct custom_request_row row;
    if (custom_request_store_find(call->store, call->arena, key.request_id, &row)) {
        call_note(call, "RequestType", row.request_type);
        call_note(call, "ResourceType", row.type);
    }
    struct stack_row stack;
    if (stack_store_find_id(call->store, call->arena, key.stack_id, &stack)) {
        call_note(call, "StackName", stack.name);
        snprintf(call->identity.account, sizeof call->identity.account, "%s", stack.account);
        snprintf(call->identity.region, sizeof call->identity.region, "%s", stack.region);
    }
    const struct json_value *body = json_parse(call->arena, call->request->body, NULL);
    call_note(call, "Status", arena_text_string(call->arena, json_find_text(body, "Status")));
}

bool custom_resource_response_match(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    return text_starts_with(http_request_header(request, "Host"), CUSTOM_RESOURCE_HOST) ||
           text_starts_with(request->path, "/" CUSTOM_RESOURCE_HOST);
}
