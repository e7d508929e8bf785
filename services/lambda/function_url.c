#include "services/lambda/function_url.h"

#include "emulator/base/crypto.h"
#include "emulator/base/die.h"
#include "services/lambda/lambda_invoke.h"

#define URL_MARK ".lambda-url."

/* The parts of a request to a function URL. */
struct url_request {
    struct text id;
    struct text path; /* as the function sees it, undecoded */
};

static bool split(const struct http_request *request, struct url_request *parts) {
    struct text host = http_request_header(request, "host");
    if (text_find(host, URL_MARK) == FUNCTION_URL_ID_SIZE) {
        parts->id = text_slice(host, 0, FUNCTION_URL_ID_SIZE);
        parts->path = request->path;
        return true;
    }
    if (text_find(request->path, URL_MARK) != FUNCTION_URL_ID_SIZE + 1) {
        return false;
    }
    parts->id = text_slice(request->path, 1, FUNCTION_URL_ID_SIZE);
    struct text rest = text_slice(request->path, 1, request->path.size);
    ptrdiff_t slash = text_find_char(rest, '/');
    parts->path = slash < 0 ? TEXT("/") : text_slice(rest, (size_t)slash, rest.size);
    return true;
}

bool function_url_match(struct emulator *emulator, const struct http_request *request) {
    struct url_request parts;
    (void)emulator;
    return !request->listener && split(request, &parts);
}

const char *function_url(struct call *call, const char *region, const char *id) {
    struct text host = call->request ? http_request_header(call->request, "host") : TEXT_NONE;
    if (!host.data) {
        return arena_printf(call->arena, "%s/%s" URL_MARK "%s/", emulator_endpoint(call->emulator), id,
                            region);
    }
    return arena_printf(call->arena, "%s://%.*s/%s" URL_MARK "%s/", call->request->secure ? "https" : "http",
                        TEXT_ARGUMENTS(host), id, region);
}

/* ---- the event: API Gateway's payload format 2.0 ---- */

static struct text lower(struct arena *arena, struct text text) {
    char *copy = arena_copy(arena, text.data, text.size);
    for (size_t i = 0; i < text.size; i++) {
        copy[i] = (char)(copy[i] >= 'A' && copy[i] <= 'Z' ? copy[i] + 32 : copy[i]);
    }
    return (struct text){copy, text.size};
}

static void append_member(struct strbuf *event, const char *name, struct text value) {
    strbuf_printf(event, ",\"%s\":", name);
    json_write_string(event, value.data ? value : TEXT(""));
}

/* Repeated names are joined by ','; cookies stand apart. */
static void append_headers(struct strbuf *event, struct call *call) {
    const struct http_request *request = call->request;
    int count = 0;
    strbuf_append_string(event, ",\"headers\":{");
    for (size_t i = 0; i < request->header_count; i++) {
        struct text name = lower(call->arena, request->headers[i].name);
        bool seen = text_equals(name, "cookie");
        for (size_t j = 0; j < i && !seen; j++) {
            seen = text_same(name, lower(call->arena, request->headers[j].name));
        }
        if (seen) {
            continue;
        }
        struct strbuf value = STRBUF_INIT;
        strbuf_append_text(&value, request->headers[i].value);
        for (size_t j = i + 1; j < request->header_count; j++) {
            if (text_same(name, lower(call->arena, request->headers[j].name))) {
                strbuf_append_char(&value, ',');
                strbuf_append_text(&value, request->headers[j].value);
            }
        }
        strbuf_append_string(event, count++ ? "," : "");
        json_write_string(event, name);
        strbuf_append_char(event, ':');
        json_write_string(event, value.data ? strbuf_text(&value) : TEXT(""));
        strbuf_release(&value);
    }
    strbuf_append_char(event, '}');
}

static void append_cookies(struct strbuf *event, const struct http_request *request) {
    struct text rest = http_request_header(request, "cookie");
    if (!rest.data) {
        return;
    }
    int count = 0;
    strbuf_append_string(event, ",\"cookies\":[");
    while (rest.data) {
        strbuf_append_string(event, count++ ? "," : "");
        json_write_string(event, text_trim(text_cut(&rest, ';')));
    }
    strbuf_append_char(event, ']');
}

static struct text decoded(struct arena *arena, struct text text) {
    struct strbuf buffer = STRBUF_INIT;
    strbuf_append_unpercent(&buffer, text, true);
    struct text copy = arena_text(arena, buffer.data ? strbuf_text(&buffer) : TEXT(""));
    strbuf_release(&buffer);
    return copy;
}

static struct text parameter_name(struct arena *arena, struct text pair) {
    return decoded(arena, text_cut(&pair, '='));
}

static void append_query(struct strbuf *event, struct call *call) {
    struct text query = call->request->query;
    if (query.size == 0) {
        return;
    }
    int count = 0;
    strbuf_append_string(event, ",\"queryStringParameters\":{");
    for (struct text rest = query; rest.data;) {
        struct text pair = text_cut(&rest, '&');
        struct text name = parameter_name(call->arena, pair);
        bool seen = false;
        for (struct text before = query; before.data && !seen;) {
            struct text other = text_cut(&before, '&');
            if (other.data == pair.data) {
                break;
            }
            seen = text_same(parameter_name(call->arena, other), name);
        }
        if (seen || name.size == 0) {
            continue;
        }
        struct strbuf value = STRBUF_INIT;
        int values = 0;
        for (struct text all = query; all.data;) {
            struct text other = text_cut(&all, '&');
            struct text other_value = other;
            if (text_same(decoded(call->arena, text_cut(&other_value, '=')), name)) {
                strbuf_append_string(&value, values++ ? "," : "");
                strbuf_append_text(&value, decoded(call->arena, other_value.data ? other_value : TEXT("")));
            }
        }
        strbuf_append_string(event, count++ ? "," : "");
        json_write_string(event, name);
        strbuf_append_char(event, ':');
        json_write_string(event, value.data ? strbuf_text(&value) : TEXT(""));
        strbuf_release(&value);
    }
    strbuf_append_char(event, '}');
}

static bool is_text_type(struct text type) {
    return !type.data || text_starts_with(type, "text/") || text_find(type, "json") >= 0 ||
           text_find(type, "xml") >= 0 || text_find(type, "javascript") >= 0;
}

static void append_context(struct strbuf *event, struct call *call, const struct lambda_token_target *target,
                           const struct url_request *parts) {
    const struct http_request *request = call->request;
    struct strbuf domain = STRBUF_INIT;
    strbuf_printf(&domain, "%.*s" URL_MARK "%s.on.aws", TEXT_ARGUMENTS(parts->id), target->owner.region);
    strbuf_append_string(event, ",\"requestContext\":{\"accountId\":\"anonymous\"");
    append_member(event, "apiId", parts->id);
    append_member(event, "domainName", strbuf_text(&domain));
    append_member(event, "domainPrefix", parts->id);
    strbuf_append_string(event, ",\"http\":{\"method\":");
    json_write_string(event, request->method);
    append_member(event, "path", decoded(call->arena, parts->path));
    append_member(event, "protocol", TEXT("HTTP/1.1"));
    append_member(event, "sourceIp", TEXT("127.0.0.1"));
    append_member(event, "userAgent", http_request_header(request, "user-agent"));
    strbuf_append_char(event, '}');
    append_member(event, "requestId", text_of(call->request_id));
    append_member(event, "routeKey", TEXT("$default"));
    append_member(event, "stage", TEXT("$default"));
    strbuf_append_string(event, ",\"time\":\"");
    clock_format(event, "%d/%b/%Y:%H:%M:%S +0000", call->now_ms);
    strbuf_printf(event, "\",\"timeEpoch\":%lld}", (long long)call->now_ms);
    strbuf_release(&domain);
}

/* Source: lambda.md section 3. */
static void append_event(struct strbuf *event, struct call *call, const struct lambda_token_target *target,
                         const struct url_request *parts) {
    const struct http_request *request = call->request;
    strbuf_append_string(event, "{\"version\":\"2.0\",\"routeKey\":\"$default\"");
    append_member(event, "rawPath", parts->path);
    append_member(event, "rawQueryString", request->query);
    append_cookies(event, request);
    append_headers(event, call);
    append_query(event, call);
    append_context(event, call, target, parts);
    bool base64 = !is_text_type(http_request_header(request, "content-type"));
    if (request->body.size > 0 && base64) {
        strbuf_append_string(event, ",\"body\":\"");
        crypto_append_base64(event, request->body);
        strbuf_append_char(event, '"');
    } else if (request->body.size > 0) {
        append_member(event, "body", request->body);
    }
    strbuf_printf(event, ",\"isBase64Encoded\":%s}", request->body.size > 0 && base64 ? "true" : "false");
}

/* ---- the answer ---- */

static struct result answer(struct call *call, int status, struct text body) {
    call->reply.status = status;
    http_reply_add_header(&call->reply, "Content-Type", TEXT("application/json"));
    strbuf_append_text(&call->reply.body, body);
    return result_output();
}

static struct result forbid(struct call *call) {
    return answer(
        call, 403,
        TEXT("{\"Message\":\"Forbidden. For troubleshooting Function URL authorization issues, see: "
             "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html\"}"));
}

/* Room for this many headers of the function's. */
#define HEADERS_LEFT 6

static void add_header(struct call *call, const char *name, struct text value) {
    if (call->reply.header_count + HEADERS_LEFT < HTTP_REPLY_HEADERS) {
        http_reply_add_header(&call->reply, name, value);
    }
}

/* Scalars of an answer as header text. */
static struct text scalar(const struct json_value *value) {
    return value->type == JSON_VALUE_STRING || value->type == JSON_VALUE_NUMBER ? value->text : value->raw;
}

static void answer_with(struct call *call, const struct json_value *result) {
    int64_t status = 200;
    text_to_int64(json_find(result, "statusCode")->text, &status);
    call->reply.status = status >= 100 && status <= 599 ? (int)status : 502;
    bool typed = false;
    const struct json_value *headers = json_find(result, "headers");
    for (const struct json_value *header = headers ? headers->child : NULL; header; header = header->next) {
        const char *name = arena_text_string(call->arena, header->key);
        typed = typed || text_equals_ignore_case(header->key, "content-type");
        if (!text_equals_ignore_case(header->key, "content-length")) {
            add_header(call, name, arena_text(call->arena, scalar(header)));
        }
    }
    const struct json_value *cookies = json_find(result, "cookies");
    for (const struct json_value *cookie = cookies ? cookies->child : NULL; cookie; cookie = cookie->next) {
        add_header(call, "Set-Cookie", arena_text(call->arena, cookie->text));
    }
    if (!typed) {
        http_reply_add_header(&call->reply, "Content-Type", TEXT("application/json"));
    }
    const struct json_value *body = json_find(result, "body");
    const struct json_value *base64 = json_find(result, "isBase64Encoded");
    if (body && body->type == JSON_VALUE_STRING) {
        if (!base64 || base64->type != JSON_VALUE_TRUE ||
            !crypto_append_unbase64(&call->reply.body, body->text)) {
            strbuf_clear(&call->reply.body);
            strbuf_append_text(&call->reply.body, body->text);
        }
    } else if (body) {
        json_write(&call->reply.body, body);
    }
}

struct waiting_url {
    struct call *call;
    struct invocation *invocation;
};

static void url_cancelled(void *argument) {
    struct waiting_url *waiting = argument;
    invocation_forget(waiting->invocation);
    free(waiting);
}

static void url_ended(void *argument, const struct invocation_outcome *outcome) {
    struct waiting_url *waiting = argument;
    struct call *call = waiting->call;
    free(waiting);
    call_on_cancel(call, NULL, NULL);
    if (!outcome) {
        return;
    }
    struct text payload = arena_text(call->arena, outcome->payload);
    const struct json_value *result = json_parse(call->arena, payload, NULL);
    if (outcome->lost) {
        call->reply.drop = true;
    } else if (outcome->failed) {
        (void)answer(call, 502, TEXT("Internal Server Error"));
    } else if (result && result->type == JSON_VALUE_OBJECT && json_find(result, "statusCode")) {
        answer_with(call, result);
    } else {
        (void)answer(call, 200, result && result->type == JSON_VALUE_STRING ? result->text : payload);
    }
    call_finish(call, result_output());
}

/* ---- who may ---- */

/* NONE: a statement lets everybody in. AWS_IAM: whoever signs, of the same account. */
static bool may_call(struct call *call, const struct lambda_token_target *target, const char *auth) {
    if (strcmp(auth, "AWS_IAM") == 0) {
        return call->identity.access_key && strcmp(call->identity.account, target->owner.account) == 0;
    }
    const char *qualifier = strcmp(target->qualifier, "$LATEST") == 0 ? NULL : target->qualifier;
    struct lambda_statement *statements;
    size_t count = lambda_store_list_statements(
        call->store, lambda_arn(call->arena, target->owner, target->function, qualifier), call->arena,
        &statements);
    for (size_t i = 0; i < count; i++) {
        const struct json_value *statement = json_parse(call->arena, text_of(statements[i].document), NULL);
        struct text action = json_find_text(statement, "Action");
        if (text_equals(json_find_text(statement, "Principal"), "*") &&
            (text_equals(action, "lambda:InvokeFunctionUrl") || text_equals(action, "lambda:*"))) {
            return true;
        }
    }
    return false;
}

struct result function_url_handle(struct call *call) {
    struct url_request parts;
    struct lambda_token_target target;
    if (!split(call->request, &parts) ||
        !lambda_store_token(call->store, arena_text_string(call->arena, parts.id), call->arena, &target)) {
        return forbid(call);
    }
    const struct json_value *config = json_parse(call->arena, text_of(target.document), NULL);
    const char *auth = arena_text_string(call->arena, json_find_text(config, "AuthType"));
    if (!may_call(call, &target, auth ? auth : "NONE")) {
        return forbid(call);
    }
    struct lambda *lambda = lambda_state(call->emulator);
    if (lambda_find_room(lambda, target.owner, target.function) != LAMBDA_ROOM) {
        return answer(call, 429, TEXT("{\"Message\":\"Too Many Requests\"}"));
    }
    struct invocation *invocation = invocation_open(lambda);
    struct arena *arena = invocation->arena;
    invocation->owner.account = arena_strdup(arena, target.owner.account);
    invocation->owner.region = arena_strdup(arena, target.owner.region);
    if (!lambda_resolve_invocation(call->emulator, invocation->owner, target.function,
                                   strcmp(target.qualifier, "$LATEST") == 0 ? NULL : target.qualifier, arena,
                                   &invocation->version, &invocation->invoked_arn)) {
        invocation_discard(invocation);
        return forbid(call);
    }
    struct strbuf event = STRBUF_INIT;
    append_event(&event, call, &target, &parts);
    invocation->payload = arena_text(arena, strbuf_text(&event));
    strbuf_release(&event);
    invocation->request_id = arena_strdup(arena, call->request_id);
    invocation->invocation_type = "RequestResponse";
    invocation->notes = lambda_invocation_notes(arena, invocation);
    struct waiting_url *waiting = xmalloc(sizeof *waiting);
    *waiting = (struct waiting_url){call, invocation};
    invocation->done = url_ended;
    invocation->argument = waiting;
    call_on_cancel(call, url_cancelled, waiting);
    invocation_start(invocation);
    return result_pending();
}
