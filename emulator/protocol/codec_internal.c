/* Calls between services and from scenarios: one JSON object each way, wherever a member stands on the wire.
 */
#include "emulator/protocol/codec_support.h"
#include "emulator/protocol/shape_types.h"

static struct json_value *internal_decode(const struct codec_context *context, const struct text *uri_values,
                                          const struct error_shape **error, struct strbuf *message) {
    (void)uri_values;
    if (!context->value && text_trim(context->request->body).size == 0) {
        return json_new(context->arena, JSON_VALUE_OBJECT);
    }
    *error = &error_serialization;
    struct json_value *value =
        context->value ? context->value : json_parse(context->arena, context->request->body, NULL);
    if (!value || value->type != JSON_VALUE_OBJECT) {
        return NULL;
    }
    struct shape_type_rules rules = {.error_prefix = ""};
    const struct shape *shape = context->operation->input;
    if (shape && !shape_fit_types(&rules, shape, value, context->arena, message)) {
        return NULL;
    }
    *error = NULL;
    return value;
}

static void internal_begin(const struct codec_context *context, struct output *output,
                           struct http_reply *reply) {
    codec_start_reply(context, reply, context->operation->http_status, TEXT("application/json"), NULL);
    output_init(output, &output_internal_codec, context, reply, context->operation->output);
    strbuf_append_char(&reply->body, '{');
}

static void internal_finish(const struct codec_context *context, struct output *output,
                            struct http_reply *reply) {
    (void)context;
    (void)output;
    strbuf_append_char(&reply->body, '}');
}

static void internal_begin_error(const struct codec_context *context, const struct error_shape *error,
                                 const char *message, struct output *output, struct http_reply *reply) {
    codec_start_reply(context, reply, error->status, TEXT("application/json"), NULL);
    output_init(output, &output_internal_codec, context, reply, error->shape);
    strbuf_append_string(&reply->body, "{\"__type\":");
    json_write_string(&reply->body, text_of(error->code ? error->code : error->name));
    if (message && message[0]) {
        strbuf_append_string(&reply->body, ",\"message\":");
        json_write_string(&reply->body, text_of(message));
    }
    output->levels[0].has_items = true;
}

const struct codec codec_internal = {
    .name = "internal",
    .decode = internal_decode,
    .begin = internal_begin,
    .finish = internal_finish,
    .begin_error = internal_begin_error,
    .finish_error = internal_finish,
};
