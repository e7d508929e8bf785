/* What DynamoDB's front end answers that is no operation. Source: protocols.md section 2 (recorded:
 * dynalite). */
#include "services/dynamodb/front_door.h"

#include "emulator/base/crypto.h"

static bool is_dynamodb_host(const struct http_request *request) {
    struct text host = http_request_header(request, "Host");
    return host.data && (text_starts_with(host, "dynamodb.") || text_starts_with(host, "streams.dynamodb."));
}

static bool is_health_check(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    return request->method.size == 3 && text_equals(request->method, "GET") &&
           text_equals(request->path, "/") && is_dynamodb_host(request);
}

static bool has_wrong_type(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    if (request->path.size != 1 || !text_equals(request->method, "POST")) {
        return false;
    }
    struct text target = http_request_header(request, "X-Amz-Target");
    if (!target.data || !text_starts_with(target, "DynamoDB")) {
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

const struct endpoint_row dynamodb_endpoints[] = {
    {.name = "DynamoDBHealth", .match = is_health_check, .handle = say_healthy},
    {.name = "DynamoDBContentType", .match = has_wrong_type, .handle = refuse_type},
    {.name = NULL},
};
