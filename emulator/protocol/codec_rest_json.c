/* rest-json: path, query and headers beside a JSON body. Source: protocols.md section 2. */
#include "emulator/protocol/codec_rest.h"
#include "emulator/protocol/shape_types.h"

static struct json_value *refuse(struct rest_reading *reading) {
    *reading->error = &error_serialization;
    return NULL;
}

static bool fit_body(struct rest_reading *reading, const struct shape_member *member,
                     struct json_value *value) {
    struct shape_type_rules rules = {.error_prefix = reading->context->model->error_prefix,
                                     .wire_names = true};
    return shape_fit_types(&rules, member->shape, value, reading->arena, reading->message);
}

/* Members of the body; those that belong to the URI or a header are not looked for here. */
static bool read_members(struct rest_reading *reading, struct json_value *body) {
    const struct shape *shape = reading->context->operation->input;
    struct json_value *next;
    for (struct json_value *child = body->child; child; child = next) {
        next = child->next;
        child->next = NULL;
        const struct shape_member *member = shape_wire_member(shape, child->key);
        if (!member || member->location != LOCATION_BODY || child->type == JSON_VALUE_NULL) {
            continue;
        }
        if (!fit_body(reading, member, child)) {
            return false;
        }
        rest_add(reading, member, child);
    }
    return true;
}

static bool read_body(struct rest_reading *reading) {
    const struct shape *shape = reading->context->operation->input;
    const struct shape_member *payload = rest_payload(shape);
    if (payload && (payload->shape->type == SHAPE_BLOB || payload->shape->type == SHAPE_STRING)) {
        rest_read_raw_payload(reading, payload);
        return true;
    }
    if ((!payload && !rest_has_body_members(shape)) || text_trim(reading->body.body).size == 0) {
        return true;
    }
    struct json_value *body = json_parse(reading->arena, reading->body.body, NULL);
    if (!body) {
        return false;
    }
    if (payload) {
        if (body->type == JSON_VALUE_NULL) {
            return true;
        }
        bool fits = fit_body(reading, payload, body);
        rest_add(reading, payload, body);
        return fits;
    }
    return body->type == JSON_VALUE_OBJECT && read_members(reading, body);
}

static struct json_value *rest_json_decode(const struct codec_context *context, const struct text *uri_values,
                                           const struct error_shape **error, struct strbuf *message) {
    struct rest_reading reading = {
        .context = context,
        .arena = context->arena,
        .body = {.body = context->request->body},
        .value = json_new(context->arena, JSON_VALUE_OBJECT),
        .message = message,
        .error = error,
        .bad_value = &error_serialization,
    };
    if (!context->operation->input) {
        return reading.value;
    }
    if (!rest_read_bindings(&reading, uri_values)) {
        return NULL;
    }
    return read_body(&reading) ? reading.value : refuse(&reading);
}

/* ---- Writing ----------------------------------------------------------------------------------------- */

static void rest_json_scalar(struct output *output, struct output_place place, const struct scalar *value) {
    if (rest_write_binding(output, place, value)) {
        return;
    }
    if (!rest_is_payload(output, place.member, false)) {
        json_scalar_place(output, place, value, true);
    } else if (value->kind == SCALAR_TEXT || value->kind == SCALAR_BLOB || value->kind == SCALAR_JSON) {
        strbuf_append_text(output->body, value->text);
    } else {
        json_write_scalar(output->body, place.member, TIMESTAMP_UNIX, value);
    }
}

static void rest_json_begin_level(struct output *output, struct output_place place) {
    if (rest_begin_binding(output, place)) {
        return;
    }
    if (rest_is_payload(output, place.member, true)) {
        strbuf_append_char(output->body, place.member->shape->type == SHAPE_LIST ? '[' : '{');
    } else {
        json_begin_place(output, place, true);
    }
}

static void rest_json_end_level(struct output *output) {
    if (!rest_end_binding(output)) {
        strbuf_append_char(output->body, output_top(output)->shape->type == SHAPE_LIST ? ']' : '}');
    }
}

const struct output_codec output_rest_json_codec = {
    .json = true,
    .timestamps = TIMESTAMP_UNIX,
    .scalar = rest_json_scalar,
    .begin = rest_json_begin_level,
    .end = rest_json_end_level,
};

/* An empty output shape is an empty object; one that only fills headers has no body. */
static bool has_object(const struct shape *output) {
    return output && !output->payload && (output->member_count == 0 || rest_answers_with_body(output));
}

static void rest_json_begin(const struct codec_context *context, struct output *output,
                            struct http_reply *reply) {
    rest_start_reply(context, reply, context->operation->http_status);
    output_init(output, &output_rest_json_codec, context, reply, context->operation->output);
    if (has_object(context->operation->output)) {
        strbuf_append_char(&reply->body, '{');
    }
}

static void rest_json_finish(const struct codec_context *context, struct output *output,
                             struct http_reply *reply) {
    (void)output;
    if (has_object(context->operation->output)) {
        strbuf_append_char(&reply->body, '}');
    }
    if (reply->status == 204 || reply->status == 304) {
        strbuf_clear(&reply->body);
    }
    rest_add_content_type(context, reply, "application/json");
}

static void rest_json_begin_error(const struct codec_context *context, const struct error_shape *error,
                                  const char *message, struct output *output, struct http_reply *reply) {
    rest_start_reply(context, reply, rest_error_status(error));
    http_reply_add_header(reply, "Content-Type", TEXT("application/json"));
    http_reply_add_header(reply, "x-amzn-ErrorType", text_of(error->name));
    output_init(output, &output_rest_json_codec, context, reply, error->shape);
    struct strbuf *body = &reply->body;
    const struct shape_member *type = error->shape ? shape_member(error->shape, TEXT("Type")) : NULL;
    strbuf_append_char(body, '{');
    if (type && type->shape->type == SHAPE_STRING) { /* Lambda's errors; recorded */
        strbuf_append_string(body, error->receiver_fault ? "\"Type\":\"Server\"" : "\"Type\":\"User\"");
        output->levels[0].has_items = true;
    }
    if (message) {
        strbuf_append_string(body, output->levels[0].has_items ? ",\"" : "\"");
        strbuf_append_string(body, codec_message_key(error));
        strbuf_append_string(body, "\":");
        json_write_string(body, text_of(message));
        output->levels[0].has_items = true;
    }
}

static void rest_json_finish_error(const struct codec_context *context, struct output *output,
                                   struct http_reply *reply) {
    (void)output;
    strbuf_append_char(&reply->body, '}');
    if (codec_has_no_body(context, reply->status)) {
        strbuf_clear(&reply->body);
    }
}

const struct codec codec_rest_json = {
    .name = "rest-json",
    .decode = rest_json_decode,
    .begin = rest_json_begin,
    .finish = rest_json_finish,
    .begin_error = rest_json_begin_error,
    .finish_error = rest_json_finish_error,
};
