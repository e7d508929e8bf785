/*
 * Looking at what only a person or a telephone would see: GET /_stackrig/sns/messages and the paths that
 * users of LocalStack know; numbers that opt out; the certificate behind SigningCertURL. Described in
 * docs/CONTROL.md.
 */
#include <jansson.h>

#include "services/sns/signing_key.h"
#include "services/sns/sns.h"

#define MESSAGES_PATH "/_stackrig/sns/messages"
#define OPTED_OUT_PATH "/_stackrig/sns/opted-out"
#define PUSH_PATH "/_aws/sns/platform-endpoint-messages"
#define SMS_PATH "/_aws/sns/sms-messages"
#define TOKEN_PATH "/_aws/sns/subscription-tokens/"

static const struct error_shape bad_request = {.name = "BadRequest", .status = 400};
static const struct error_shape wrong_method = {.name = "MethodNotAllowed", .status = 405};

static struct result reply_json(struct call *call, int status, json_t *value) {
    char *text = json_dumps(value, JSON_COMPACT);
    json_decref(value);
    strbuf_append_string(&call->reply.body, text);
    free(text);
    call->reply.status = status;
    http_reply_add_header(&call->reply, "Content-Type", TEXT("application/json"));
    return result_output();
}

static struct result reply_empty(struct call *call) {
    call->reply.status = 204;
    return result_output();
}

static json_t *json_of(struct text text) {
    return text.data ? json_stringn(text.data, text.size) : json_null();
}

/* A query parameter; NULL: not given. */
static const char *parameter(struct call *call, const char *name) {
    return arena_text_string(call->arena, http_request_query(call->request, name));
}

static bool is_method(const struct call *call, const char *method) {
    return text_equals(call->request->method, method);
}

static json_t *attributes_of(const struct sns_recorded *row) {
    json_t *attributes = json_loadb(row->attributes.data, row->attributes.size, 0, NULL);
    return attributes ? attributes : json_object();
}

/* ---- GET, DELETE /_stackrig/sns/messages ---- */

static json_t *json_of_recorded(const struct sns_recorded *row) {
    struct strbuf time = STRBUF_INIT;
    clock_format_iso_ms(&time, row->time_ms);
    json_t *value = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "Protocol", json_of(row->kind), "Target",
        json_of(row->target), "TopicArn", json_of(row->topic_arn), "SubscriptionArn",
        json_of(row->subscription_arn), "MessageId", json_of(row->message_id), "Subject",
        json_of(row->subject), "Message", json_of(row->message), "MessageAttributes", attributes_of(row),
        "MessageStructure", json_of(row->structure), "Timestamp", json_of(strbuf_text(&time)));
    strbuf_release(&time);
    return value;
}

static struct result handle_messages(struct call *call) {
    const char *account = parameter(call, "accountId");
    const char *region = parameter(call, "region");
    struct text protocol = http_request_query(call->request, "protocol");
    struct text target = http_request_query(call->request, "target");
    if (is_method(call, "DELETE")) {
        sns_store_delete_recorded(call->store, account, region);
        return reply_empty(call);
    }
    if (!is_method(call, "GET")) {
        return call_error(call, &wrong_method, MESSAGES_PATH " takes GET and DELETE");
    }
    json_t *messages = json_array();
    struct sns_recordeds rows = sns_store_recorded(call->store, account, region);
    while (sns_recorded_next(&rows)) {
        if ((!protocol.data || text_same(protocol, rows.row.kind)) &&
            (!target.data || text_same(target, rows.row.target))) {
            json_array_append_new(messages, json_of_recorded(&rows.row));
        }
    }
    return reply_json(call, 200, json_pack("{s:o}", "Messages", messages));
}

static bool match_messages(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    return text_equals(request->path, MESSAGES_PATH);
}

/* ---- POST, DELETE /_stackrig/sns/opted-out?phoneNumber= ---- */

static struct result handle_opted_out(struct call *call) {
    struct sns_scope scope = sns_scope_of(call);
    struct text number = http_request_query(call->request, "phoneNumber");
    if (!sns_phone_number_is_valid(number)) {
        return call_error(call, &bad_request, "phoneNumber must be a telephone number");
    }
    scope.account = parameter(call, "accountId") ? parameter(call, "accountId") : scope.account;
    scope.region = parameter(call, "region") ? parameter(call, "region") : scope.region;
    if (is_method(call, "POST")) {
        sns_store_put_number(call->store, scope, SNS_NUMBER_OPTED_OUT, number, NULL, NULL);
    } else if (is_method(call, "DELETE")) {
        sns_store_delete_number(call->store, scope, SNS_NUMBER_OPTED_OUT, number);
    } else {
        return call_error(call, &wrong_method, OPTED_OUT_PATH " takes POST and DELETE");
    }
    return reply_empty(call);
}

static bool match_opted_out(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    return text_equals(request->path, OPTED_OUT_PATH);
}

/* ---- LocalStack's paths ---- */

/* As the publisher gave them: {"name": {"DataType", "StringValue" or "BinaryValue"}}. */
static json_t *published_attributes(const struct sns_recorded *row) {
    json_t *shown = attributes_of(row);
    json_t *published = json_object();
    const char *name;
    json_t *attribute;
    json_object_foreach(shown, name, attribute) {
        const char *type = json_string_value(json_object_get(attribute, "Type"));
        bool binary = type && strncmp(type, "Binary", strlen("Binary")) == 0;
        json_object_set_new(published, name,
                            json_pack("{s:O, s:O}", "DataType", json_object_get(attribute, "Type"),
                                      binary ? "BinaryValue" : "StringValue",
                                      json_object_get(attribute, "Value")));
    }
    json_decref(shown);
    return published;
}

/* Published directly there is no topic: "" with pushes, null with text messages. */
static json_t *json_of_push(const struct sns_recorded *row) {
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "TargetArn", json_of(row->target),
                     "TopicArn", json_of(row->topic_arn.data ? row->topic_arn : TEXT("")), "SubscriptionArn",
                     json_of(row->subscription_arn.data ? row->subscription_arn : TEXT("")), "Message",
                     json_of(row->message), "MessageAttributes", published_attributes(row),
                     "MessageStructure", json_of(row->structure), "Subject", json_of(row->subject),
                     "MessageId", json_of(row->message_id));
}

static json_t *json_of_sms(const struct sns_recorded *row) {
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "PhoneNumber", json_of(row->target),
                     "TopicArn", json_of(row->topic_arn), "SubscriptionArn", json_of(row->subscription_arn),
                     "MessageId", json_of(row->message_id), "Message", json_of(row->message),
                     "MessageAttributes", published_attributes(row), "MessageStructure",
                     json_of(row->structure), "Subject", json_of(row->subject));
}

/* Recorded messages of one kind by their target. */
static struct result handle_by_target(struct call *call) {
    bool push = text_equals(call->request->path, PUSH_PATH);
    const char *account = parameter(call, "accountId");
    const char *region = parameter(call, "region");
    const char *target = parameter(call, push ? "endpointArn" : "phoneNumber");
    account = account ? account : call->identity.account;
    region = region ? region : call->identity.region;
    if (is_method(call, "DELETE")) {
        sns_store_delete_recorded_of(call->store, account, region, push ? "application" : "sms", target);
        return reply_empty(call);
    }
    json_t *by_target = json_object();
    struct sns_recordeds rows = sns_store_recorded(call->store, account, region);
    if (target) {
        json_object_set_new(by_target, target, json_array());
    }
    while (sns_recorded_next(&rows)) {
        const struct sns_recorded *row = &rows.row;
        if (!text_equals(row->kind, push ? "application" : "sms") ||
            (target && !text_equals(row->target, target))) {
            continue;
        }
        const char *name = arena_text_string(call->arena, row->target);
        if (!json_object_get(by_target, name)) {
            json_object_set_new(by_target, name, json_array());
        }
        json_array_append_new(json_object_get(by_target, name), push ? json_of_push(row) : json_of_sms(row));
    }
    return reply_json(call, 200,
                      json_pack("{s:o, s:s}", push ? "platform_endpoint_messages" : "sms_messages", by_target,
                                "region", region));
}

static bool match_by_target(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    return text_equals(request->path, PUSH_PATH) || text_equals(request->path, SMS_PATH);
}

static struct result handle_token(struct call *call) {
    struct strbuf decoded = STRBUF_INIT;
    struct sns_subscription subscription;
    struct arn parsed;
    strbuf_append_unpercent(
        &decoded, text_slice(call->request->path, strlen(TOKEN_PATH), call->request->path.size), false);
    const char *arn = arena_text_string(call->arena, strbuf_text(&decoded));
    strbuf_release(&decoded);
    if (!arn_parse(text_of(arn), &parsed)) {
        return reply_json(call, 400,
                          json_pack("{s:s, s:s}", "error", "The provided SubscriptionARN is invalid",
                                    "subscription_arn", arn));
    }
    if (!sns_store_subscription(call->store, call->arena, arn, &subscription) || !subscription.token) {
        return reply_json(call, 404,
                          json_pack("{s:s, s:s}", "error", "The provided SubscriptionARN is not found",
                                    "subscription_arn", arn));
    }
    return reply_json(
        call, 200,
        json_pack("{s:s, s:s}", "subscription_token", subscription.token, "subscription_arn", arn));
}

static bool match_token(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    return text_starts_with(request->path, TOKEN_PATH);
}

/* ---- the certificate ---- */

static struct result handle_certificate(struct call *call) {
    strbuf_append_text(&call->reply.body, signing_certificate_pem());
    call->reply.status = 200;
    http_reply_add_header(&call->reply, "Content-Type", TEXT("application/x-pem-file"));
    return result_output();
}

static bool match_certificate(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    return text_equals(request->path, SIGNING_CERTIFICATE_PATH);
}

const struct endpoint_row sns_endpoints[] = {
    {.name = "Messages", .match = match_messages, .handle = handle_messages},
    {.name = "OptedOut", .match = match_opted_out, .handle = handle_opted_out},
    {.name = "RecordedMessages", .match = match_by_target, .handle = handle_by_target},
    {.name = "SubscriptionToken", .match = match_token, .handle = handle_token},
    {.name = "SigningCertificate", .match = match_certificate, .handle = handle_certificate},
    {0},
};
