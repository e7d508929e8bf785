/* What the client codecs share, and the JSON one. */
#include "harness/client_codec.h"

#include <string.h>

#include "emulator/base/clock.h"
#include "emulator/base/die.h"
#include "harness/members.h"

const struct client_codec *client_codec_of(enum protocol protocol) {
    static const struct client_codec *const codecs[] = {
        [PROTOCOL_JSON] = &client_json,
        [PROTOCOL_QUERY] = &client_query,
        [PROTOCOL_REST_JSON] = &client_rest_json,
        [PROTOCOL_REST_XML] = NULL,
    };
    return codecs[protocol];
}

void client_add_header(struct client_request *request, const char *name, const char *value) {
    if (request->header_count >= CLIENT_HEADERS) {
        die("too many headers in a scenario's request");
    }
    request->headers[request->header_count++] = (struct http_header){text_of(name), text_of(value)};
}

struct text client_reply_header(const struct http_reply *reply, const char *name) {
    for (size_t i = 0; i < reply->header_count; i++) {
        if (text_equals_ignore_case(reply->headers[i].name, name)) {
            return reply->headers[i].value;
        }
    }
    return TEXT_NONE;
}

/* ---- scalars ---- */

const char *client_iso_time(struct arena *arena, const json_t *value) {
    if (!json_is_number(value)) {
        return json_string_value(value);
    }
    struct strbuf buffer = STRBUF_INIT;
    clock_format_iso_ms(&buffer, (int64_t)(json_number_value(value) * 1000 + 0.5));
    const char *text = arena_text_string(arena, strbuf_text(&buffer));
    strbuf_release(&buffer);
    return text;
}

const char *client_scalar_text(struct arena *arena, const struct shape *shape, const json_t *value) {
    if (shape->type == SHAPE_TIMESTAMP) {
        return client_iso_time(arena, value);
    }
    if (json_is_string(value)) {
        return json_string_value(value);
    }
    if (json_is_boolean(value)) {
        return json_is_true(value) ? "true" : "false";
    }
    if (json_is_integer(value)) {
        return arena_printf(arena, "%lld", (long long)json_integer_value(value));
    }
    return json_is_real(value) ? arena_printf(arena, "%.17g", json_real_value(value)) : NULL;
}

json_t *client_scalar_value(const struct shape *shape, struct text text) {
    int64_t integer;
    double number;
    bool whole = shape->type == SHAPE_INTEGER || shape->type == SHAPE_LONG;
    if (whole && text_to_int64(text, &integer)) {
        return json_integer(integer);
    }
    if ((shape->type == SHAPE_DOUBLE || shape->type == SHAPE_FLOAT) && text_to_double(text, &number)) {
        return json_real(number);
    }
    if (shape->type == SHAPE_BOOLEAN) {
        return json_boolean(text_equals(text, "true"));
    }
    if (shape->type == SHAPE_TIMESTAMP && clock_parse(text, &integer)) {
        return json_real((double)integer / 1000);
    }
    json_t *string = json_stringn(text.data ? text.data : "", text.size);
    return string ? string : json_string("(not UTF-8)");
}

/* ---- JSON ---- */

static void json_encode(struct client_request *request, const json_t *input) {
    const struct service_model *model = request->model;
    char *body = json_dumps(input, JSON_COMPACT);
    request->method = TEXT("POST");
    request->target = TEXT("/");
    request->body = text_of(arena_strdup(request->arena, body ? body : "{}"));
    free(body);
    client_add_header(request, "x-amz-target",
                      arena_printf(request->arena, "%s.%s", model->target_prefix, request->operation->name));
    client_add_header(request, "content-type",
                      arena_printf(request->arena, "application/x-amz-json-%s", model->json_version));
}

void client_read_json_error(const struct client_request *request, const struct http_reply *reply,
                            struct client_answer *answer) {
    struct text query_code = client_reply_header(reply, "x-amzn-query-error");
    struct text header_code = client_reply_header(reply, "x-amzn-errortype");
    const char *type = string_member(answer->output, "__type");
    const char *message = string_member(answer->output, "message");
    message = message ? message : string_member(answer->output, "Message");
    struct text name = type ? text_of(type) : header_code;
    ptrdiff_t hash = text_find_char(name, '#');
    name = hash >= 0 ? text_slice(name, (size_t)hash + 1, name.size) : name;
    name = name.data ? text_cut(&name, ':') : TEXT("Unknown");
    answer->error_name = arena_text_string(request->arena, name);
    answer->error_code =
        query_code.data ? arena_text_string(request->arena, text_cut(&query_code, ';')) : answer->error_name;
    answer->error_message = arena_strdup(request->arena, message ? message : "");
}

static void json_decode(const struct client_request *request, const struct http_reply *reply,
                        struct client_answer *answer) {
    struct text body = strbuf_text(&reply->body);
    answer->output =
        json_loadb(body.data ? body.data : "", body.size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (reply->status >= 300) {
        client_read_json_error(request, reply, answer);
    }
}

const struct client_codec client_json = {json_encode, json_decode};
