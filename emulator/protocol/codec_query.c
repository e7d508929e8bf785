/*
 * The query protocol: a form in, XML out; JSON out when the client accepts nothing but that. SQS speaks it
 * beside JSON, with the wire names of its old API. Source: protocols.md sections 2 and 3.
 */
#include "emulator/protocol/codec_support.h"
#include "emulator/protocol/query_form.h"

/* Deeper than any request of AWS's; recursive shapes would follow a name of dots alone for ever. */
#define MAXIMUM_DEPTH 64

/* A batch of SQS takes 1 MiB, three bytes to one when escaped. Pairs of two bytes would take thirty times as
 * much when they are sorted. */
#define MAXIMUM_FORM_BYTES ((size_t)8 * 1024 * 1024)

/* Source: the common errors of AWS's query APIs. */
static const struct error_shape error_malformed_input = {.name = "MalformedInput", .status = 400};
static const struct error_shape error_form_too_large = {.name = "RequestEntityTooLarge", .status = 413};

struct reading {
    struct arena *arena;
    struct strbuf *message;
    bool failed;
};

static struct json_value *read_value(struct reading *reading, const struct shape *shape, bool flattened,
                                     const char *name, struct form_node node, int depth);

static struct json_value *refuse(struct reading *reading, const struct shape *shape, const char *name,
                                 struct text text) {
    static const char *const kinds[] = {
        [SHAPE_INTEGER] = "an integer", [SHAPE_LONG] = "an integer",   [SHAPE_FLOAT] = "a number",
        [SHAPE_DOUBLE] = "a number",    [SHAPE_BOOLEAN] = "a boolean", [SHAPE_TIMESTAMP] = "a timestamp",
    };
    if (!reading->failed) {
        strbuf_printf(reading->message, "Value %.*s for parameter %s is invalid. Reason: Must be %s.",
                      TEXT_ARGUMENTS(text_slice(text, 0, 256)), name, kinds[shape->type]);
    }
    reading->failed = true;
    return NULL;
}

static struct json_value *read_structure(struct reading *reading, const struct shape *shape,
                                         struct form_node node, int depth) {
    struct json_value *value = json_new(reading->arena, JSON_VALUE_OBJECT);
    struct json_value *last = NULL;
    for (unsigned index = 0; index < shape->member_count; index++) {
        const struct shape_member *member = &shape->members[index];
        struct form_node child = form_child(node, (struct text){member->wire_name, member->wire_size});
        if (!form_exists(child)) {
            continue;
        }
        bool flattened = member->flattened || member->shape->flags & SHAPE_FLATTENED;
        struct json_value *part =
            read_value(reading, member->shape, flattened, member->name, child, depth + 1);
        if (part) {
            part->key = (struct text){member->name, member->name_size};
            json_append_after(value, &last, part);
        }
    }
    return value;
}

/* Names.member.1, Names.1 when flattened (and from clients that forget the middle). */
static struct form_node elements_of(struct form_node node, const char *middle, bool flattened) {
    struct form_node elements = flattened ? node : form_child(node, text_of(middle));
    return form_exists(elements) ? elements : node;
}

static struct json_value *read_list(struct reading *reading, const struct shape *shape, bool flattened,
                                    const char *name, struct form_node node, int depth) {
    const struct shape_member *element = &shape->members[0];
    struct form_node rest = elements_of(node, element->wire_name, flattened);
    struct json_value *value = json_new(reading->arena, JSON_VALUE_ARRAY);
    struct json_value *last = NULL;
    struct form_node child;
    while (form_next_number(&rest, &child)) {
        struct json_value *part = read_value(reading, element->shape, false, name, child, depth + 1);
        if (part) {
            json_append_after(value, &last, part);
        }
    }
    return value;
}

static struct json_value *read_map(struct reading *reading, const struct shape *shape, bool flattened,
                                   const char *name, struct form_node node, int depth) {
    struct form_node rest = elements_of(node, "entry", flattened);
    struct json_value *value = json_new(reading->arena, JSON_VALUE_OBJECT);
    struct json_value *last = NULL;
    struct form_node entry;
    while (form_next_number(&rest, &entry)) {
        struct text key = form_value(form_child(entry, text_of(shape->members[0].wire_name)));
        struct form_node child = form_child(entry, text_of(shape->members[1].wire_name));
        struct json_value *part =
            key.data ? read_value(reading, shape->members[1].shape, false, name, child, depth + 1) : NULL;
        if (part) {
            part->key = key;
            json_append_after(value, &last, part);
        }
    }
    return value;
}

static struct json_value *read_value(struct reading *reading, const struct shape *shape, bool flattened,
                                     const char *name, struct form_node node, int depth) {
    if (!form_exists(node) || depth > MAXIMUM_DEPTH) {
        return NULL;
    }
    if (shape->type == SHAPE_STRUCTURE) {
        return read_structure(reading, shape, node, depth);
    }
    if (shape->type == SHAPE_LIST) {
        return read_list(reading, shape, flattened, name, node, depth);
    }
    if (shape->type == SHAPE_MAP) {
        return read_map(reading, shape, flattened, name, node, depth);
    }
    struct text text = form_value(node);
    bool textual = shape->type == SHAPE_STRING || shape->type == SHAPE_BLOB;
    if (!text.data || (text.size == 0 && !textual)) {
        return NULL;
    }
    struct json_value *value = codec_scalar_from_text(reading->arena, shape, text);
    return value ? value : refuse(reading, shape, name, text);
}

/* SQS: requests sent to a queue's URL may leave QueueUrl out. */
static void add_path_member(const struct codec_context *context, struct json_value *value) {
    const char *name = context->model->path_member;
    const struct http_request *request = context->request;
    if (!name || !shape_member(context->operation->input, text_of(name)) || json_find(value, name) ||
        request->path.size <= 1) {
        return;
    }
    struct text host = http_request_header(request, "Host");
    char *url =
        arena_printf(context->arena, "http%s://%.*s%.*s", request->secure ? "s" : "",
                     TEXT_ARGUMENTS(host.data ? host : TEXT("localhost")), TEXT_ARGUMENTS(request->path));
    json_append_member(value, text_of(name),
                       json_new_string(context->arena, codec_unpercent(context->arena, text_of(url), false)));
}

static struct json_value *query_decode(const struct codec_context *context, const struct text *uri_values,
                                       const struct error_shape **error, struct strbuf *message) {
    (void)uri_values;
    const struct shape *shape = context->operation->input;
    if (!shape) {
        return json_new(context->arena, JSON_VALUE_OBJECT);
    }
    const struct text sources[] = {context->request->query, codec_body(context)};
    if (!sources[1].data && context->request->body.data) {
        *error = &error_broken_encoding;
        return NULL;
    }
    if (sources[1].size > MAXIMUM_FORM_BYTES) {
        *error = &error_form_too_large;
        return NULL;
    }
    struct form_node form = form_parse(context->arena, sources, 2);
    struct reading reading = {.arena = context->arena, .message = message};
    struct json_value *value = read_structure(&reading, shape, form, 0);
    if (reading.failed) {
        *error = &error_malformed_input;
        return NULL;
    }
    add_path_member(context, value);
    return value;
}

/* Coral's query front ends answer JSON to clients that ask for it. Source: protocols.md section 2. */
static bool wants_json(const struct codec_context *context) {
    return context->request &&
           text_starts_with(http_request_header(context->request, "Accept"), "application/json");
}

static void begin_json(const struct codec_context *context, struct output *output, struct http_reply *reply) {
    codec_start_reply(context, reply, 200, TEXT("application/json"), "x-amzn-RequestId");
    output_init(output, &output_query_json_codec, context, reply, context->operation->output);
    strbuf_printf(&reply->body, "{\"%sResponse\":{", context->operation->name);
    if (context->operation->output) {
        strbuf_printf(&reply->body, "\"%sResult\":{", context->operation->name);
    }
}

static void query_begin(const struct codec_context *context, struct output *output,
                        struct http_reply *reply) {
    if (wants_json(context)) {
        begin_json(context, output, reply);
        return;
    }
    codec_start_reply(context, reply, context->operation->http_status, TEXT("text/xml"), "x-amzn-RequestId");
    output_init(output, &output_xml_codec, context, reply, context->operation->output);
    struct strbuf *body = &reply->body;
    strbuf_append_char(body, '<');
    strbuf_append_string(body, context->operation->name);
    strbuf_append_string(body, "Response");
    if (context->model->xml_namespace) {
        strbuf_append_string(body, " xmlns=\"");
        strbuf_append_xml(body, text_of(context->model->xml_namespace));
        strbuf_append_char(body, '"');
    }
    strbuf_append_char(body, '>');
    if (context->operation->result_wrapper) {
        strbuf_append_char(body, '<');
        strbuf_append_string(body, context->operation->result_wrapper);
        output->levels[0].tag_open = true;
    }
}

static void query_finish(const struct codec_context *context, struct output *output,
                         struct http_reply *reply) {
    struct strbuf *body = &reply->body;
    struct text request_id = text_of(context->request_id ? context->request_id : "");
    if (output->codec->json) {
        strbuf_append_string(body, context->operation->output ? "}," : "");
        strbuf_append_string(body, "\"ResponseMetadata\":{\"RequestId\":");
        json_write_string(body, request_id);
        strbuf_append_string(body, "}}}");
        return;
    }
    if (output->levels[0].tag_open) {
        strbuf_append_string(body, "/>");
    } else if (context->operation->result_wrapper) {
        strbuf_append_string(body, "</");
        strbuf_append_string(body, context->operation->result_wrapper);
        strbuf_append_char(body, '>');
    }
    strbuf_append_string(body, "<ResponseMetadata><RequestId>");
    strbuf_append_xml(body, request_id);
    strbuf_append_string(body, "</RequestId></ResponseMetadata></");
    strbuf_append_string(body, context->operation->name);
    strbuf_append_string(body, "Response>");
}

static void query_begin_error(const struct codec_context *context, const struct error_shape *error,
                              const char *message, struct output *output, struct http_reply *reply) {
    if (!wants_json(context)) {
        codec_start_reply(context, reply, error->status, TEXT("text/xml"), "x-amzn-RequestId");
        codec_begin_error_xml(context, error, message, output, reply);
        return;
    }
    codec_start_reply(context, reply, error->status, TEXT("application/json"), "x-amzn-RequestId");
    output_init(output, &output_json_codec, context, reply, error->shape);
    strbuf_append_string(&reply->body, "{\"Error\":{\"Code\":");
    json_write_string(&reply->body, text_of(codec_query_code(context->model, error)));
    strbuf_append_string(&reply->body, ",\"Message\":");
    json_write_string(&reply->body, text_of(message ? message : ""));
    strbuf_printf(&reply->body, ",\"Type\":\"%s\"", error->receiver_fault ? "Receiver" : "Sender");
    output->levels[0].has_items = true;
}

static void query_finish_error(const struct codec_context *context, struct output *output,
                               struct http_reply *reply) {
    if (!output->codec->json) {
        codec_finish_error_xml(context, output, reply);
        return;
    }
    strbuf_append_string(&reply->body, "},\"RequestId\":");
    json_write_string(&reply->body, text_of(context->request_id ? context->request_id : ""));
    strbuf_append_char(&reply->body, '}');
}

const struct codec codec_query = {
    .name = "query",
    .decode = query_decode,
    .begin = query_begin,
    .finish = query_finish,
    .begin_error = query_begin_error,
    .finish_error = query_finish_error,
};
