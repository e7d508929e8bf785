/* What DynamoDB's front end answers that is no operation. Source: protocols.md section 2 (recorded:
 * dynalite). */
#include "services/dynamodb/front_door.h"

#include "emulator/base/crypto.h"
#include "services/dynamodb/throttle.h"

#define SETTINGS_PATH "/_stackrig/dynamodb/settings"
#define MAXIMUM_REQUEST_BYTES (16 * 1024 * 1024)

static bool is_dynamodb_host(const struct http_request *request) {
    struct text host = http_request_header(request, "Host");
    return host.data && (text_starts_with(host, "dynamodb.") || text_starts_with(host, "streams.dynamodb."));
}

static bool is_health_check(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    return request->method.size == 3 && text_equals(request->method, "GET") &&
           text_equals(request->path, "/") && is_dynamodb_host(request);
}

/* A browser asks whether it may call. Buckets, whose answers are configured, are not asked for at "/". */
static bool is_preflight(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    return request->path.size == 1 && text_equals(request->method, "OPTIONS") &&
           http_request_header(request, "Origin").data;
}

static bool is_operation(const struct http_request *request) {
    if (request->path.size != 1 || !text_equals(request->method, "POST")) {
        return false;
    }
    struct text target = http_request_header(request, "X-Amz-Target");
    return target.data && text_starts_with(target, "DynamoDB");
}

static bool is_too_large(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    return request->body.size > MAXIMUM_REQUEST_BYTES && is_operation(request);
}

static bool has_wrong_type(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    if (!is_operation(request)) {
        return false;
    }
    struct text type = http_request_header(request, "Content-Type");
    struct text plain = type.data ? text_trim(text_cut(&type, ';')) : TEXT_NONE;
    return !text_equals(plain, "application/x-amz-json-1.0") && !text_equals(plain, "application/json") &&
           !text_equals(plain, "application/x-amz-json-1.1");
}

static struct result answer(struct call *call, int status) {
    uint32_t crc = crypto_crc32(strbuf_text(&call->reply.body));
    call->reply.status = status;
    http_reply_add_header(&call->reply, "x-amzn-RequestId", text_of(call->request_id));
    http_reply_add_header(&call->reply, "x-amz-crc32", text_of(arena_printf(call->arena, "%u", crc)));
    return result_output();
}

static struct result say_healthy(struct call *call) {
    strbuf_printf(&call->reply.body, "healthy: dynamodb.%s.amazonaws.com ", call->identity.region);
    return answer(call, 200);
}

static struct result refuse_type(struct call *call) {
    strbuf_append_string(&call->reply.body, "<UnknownOperationException/>\n");
    return answer(call, 404);
}

static struct result refuse_size(struct call *call) {
    call->reply.status = 413;
    return result_output();
}

static struct result allow_browser(struct call *call) {
    static const char *const asked[] = {"Access-Control-Request-Headers", "Access-Control-Request-Method"};
    static const char *const allowed[] = {"Access-Control-Allow-Headers", "Access-Control-Allow-Methods"};
    struct http_reply *reply = &call->reply;
    reply->status = 200;
    http_reply_add_header(reply, "x-amzn-RequestId", text_of(call->request_id));
    http_reply_add_header(reply, "Access-Control-Allow-Origin", TEXT("*"));
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        struct text value = http_request_header(call->request, asked[i]);
        if (value.data) {
            http_reply_add_header(reply, allowed[i], value);
        }
    }
    http_reply_add_header(reply, "Access-Control-Max-Age", TEXT("172800"));
    return result_output();
}

/* ---- settings (docs/CONTROL.md) ---- */

static const struct error_shape bad_request = {.name = "BadRequest", .status = 400};
static const struct error_shape wrong_method = {.name = "MethodNotAllowed", .status = 405};

static bool is_settings(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    return text_equals(request->path, SETTINGS_PATH);
}

static struct result handle_settings(struct call *call) {
    struct dynamodb_state *state = dynamodb_state_of(call);
    if (text_equals(call->request->method, "POST")) {
        const struct json_value *wanted = json_parse(call->arena, call->request->body, NULL);
        const struct json_value *value =
            wanted && wanted->type == JSON_VALUE_OBJECT && wanted->count == 1 ? wanted->child : NULL;
        if (!value || !text_equals(value->key, "throttle") ||
            (value->type != JSON_VALUE_TRUE && value->type != JSON_VALUE_FALSE)) {
            return call_error(call, &bad_request, "the setting is throttle: true or false");
        }
        throttle_switch(state, value->type == JSON_VALUE_TRUE);
    } else if (!text_equals(call->request->method, "GET")) {
        return call_error(call, &wrong_method, SETTINGS_PATH " takes GET and POST");
    }
    call->reply.status = 200;
    strbuf_printf(&call->reply.body, "{\"throttle\":%s}", state->throttles ? "true" : "false");
    http_reply_add_header(&call->reply, "Content-Type", TEXT("application/json"));
    return result_output();
}

const struct endpoint_row dynamodb_endpoints[] = {
    {.name = "DynamoDBSettings", .match = is_settings, .handle = handle_settings},
    {.name = "DynamoDBPreflight", .match = is_preflight, .handle = allow_browser},
    {.name = "DynamoDBRequestSize", .match = is_too_large, .handle = refuse_size},
    {.name = "DynamoDBHealth", .match = is_health_check, .handle = say_healthy},
    {.name = "DynamoDBContentType", .match = has_wrong_type, .handle = refuse_type},
    {.name = NULL},
};
