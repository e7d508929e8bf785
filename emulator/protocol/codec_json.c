/* JSON 1.0 and 1.1. Source: protocols.md section 2. */
#include "emulator/base/crypto.h"
#include "emulator/protocol/codec_support.h"
#include "emulator/protocol/shape_types.h"

/* DynamoDB's front end minds what it cannot unpack. */
static bool has_known_encoding(const struct codec_context *context) {
    struct text encoding = http_request_header(context->request, "Content-Encoding");
    return !encoding.data || !context->model->body_crc32 || text_equals_ignore_case(encoding, "gzip") ||
           text_equals_ignore_case(encoding, "deflate") || text_equals_ignore_case(encoding, "identity") ||
           text_starts_with(encoding, "aws-chunked");
}

static struct json_value *json_decode(const struct codec_context *context, const struct text *uri_values,
                                      const struct error_shape **error, struct strbuf *message) {
    (void)uri_values;
    struct text body = has_known_encoding(context) ? codec_body(context) : TEXT_NONE;
    const struct shape *shape = context->operation->input;
    if (!body.data && context->request->body.data) {
        *error = &error_broken_encoding;
        return NULL;
    }
    if (text_trim(body).size == 0 && !context->model->body_crc32) {
        return json_new(context->arena, JSON_VALUE_OBJECT); /* only DynamoDB insists on a body */
    }
    *error = &error_serialization;
    struct json_value *value = json_parse(context->arena, body, NULL);
    if (!value || value->type != JSON_VALUE_OBJECT) {
        return NULL;
    }
    struct shape_type_rules rules = {.error_prefix = context->model->error_prefix};
    if (shape && !shape_fit_types(&rules, shape, value, context->arena, message)) {
        return NULL;
    }
    *error = NULL;
    return value;
}

/* The type of the request, when it is one of these, else the service's own. */
static struct text content_type(const struct codec_context *context) {
    struct text given = context->request ? http_request_header(context->request, "Content-Type") : TEXT_NONE;
    if (text_equals(given, "application/x-amz-json-1.0") ||
        text_equals(given, "application/x-amz-json-1.1") || text_equals(given, "application/json")) {
        return given;
    }
    return context->model->json_version && strcmp(context->model->json_version, "1.0") == 0
               ? TEXT("application/x-amz-json-1.0")
               : TEXT("application/x-amz-json-1.1");
}

static void json_begin(const struct codec_context *context, struct output *output, struct http_reply *reply) {
    codec_start_reply(context, reply, context->operation->http_status, content_type(context),
                      "x-amzn-RequestId");
    output_init(output, &output_json_codec, context, reply, context->operation->output);
    if (context->operation->output) {
        strbuf_append_char(&reply->body, '{');
    }
}

/* What DynamoDB's front end does with each answer: it packs a long one, adds the sum of the bytes that go,
 * and that browsers may read it. */
static void add_crc32(const struct codec_context *context, struct http_reply *reply) {
    if (context->model->body_crc32) {
        if (context->request && http_request_header(context->request, "Origin").data) {
            http_reply_add_header(reply, "Access-Control-Allow-Origin", TEXT("*"));
        }
        codec_compress(context, reply);
        uint32_t crc = crypto_crc32(strbuf_text(&reply->body));
        http_reply_add_header(reply, "x-amz-crc32", text_of(arena_printf(context->arena, "%u", crc)));
    }
}

/* An operation without output has an empty body, not an empty object. */
static void json_finish(const struct codec_context *context, struct output *output,
                        struct http_reply *reply) {
    if (context->operation->output && !output->events) {
        strbuf_append_char(&reply->body, '}');
    }
    add_crc32(context, reply);
}

static void json_begin_error(const struct codec_context *context, const struct error_shape *error,
                             const char *message, struct output *output, struct http_reply *reply) {
    codec_start_reply(context, reply, error->status, content_type(context), "x-amzn-RequestId");
    const char *prefix = context->model->error_prefix;
    if (prefix[0] && error->prefix) {
        prefix = error->prefix;
    }
    /* SQS gives the whole name, as in the body. */
    const char *type =
        context->model->also_query ? arena_printf(context->arena, "%s%s", prefix, error->name) : error->name;
    http_reply_add_header(reply, "x-amzn-ErrorType", text_of(type));
    if (context->model->also_query) {
        const char *party = error->receiver_fault ? "Receiver" : "Sender";
        const char *code = codec_query_code(context->model, error);
        http_reply_add_header(reply, "x-amzn-query-error",
                              text_of(arena_printf(context->arena, "%s;%s", code, party)));
    }
    output_init(output, &output_json_codec, context, reply, error->shape);
    struct strbuf *body = &reply->body;
    strbuf_append_string(body, "{\"__type\":\"");
    strbuf_append_string(body, prefix);
    strbuf_append_string(body, error->name);
    strbuf_append_char(body, '"');
    if (message && message[0]) {
        strbuf_append_string(body, ",\"");
        strbuf_append_string(body, codec_message_key(error));
        strbuf_append_string(body, "\":");
        json_write_string(body, text_of(message));
    }
    output->levels[0].has_items = true;
}

static void json_finish_error(const struct codec_context *context, struct output *output,
                              struct http_reply *reply) {
    (void)output;
    strbuf_append_char(&reply->body, '}');
    add_crc32(context, reply);
}

const struct codec codec_json = {
    .name = "json",
    .decode = json_decode,
    .begin = json_begin,
    .finish = json_finish,
    .begin_error = json_begin_error,
    .finish_error = json_finish_error,
};
