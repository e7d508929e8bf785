/* rest-xml: path, query and headers beside an XML body; S3's uploads in chunks. */
#include "emulator/protocol/codec_rest.h"
#include "emulator/protocol/xml_reader.h"

/* Source: S3 API Reference, Error responses. */
static const struct error_shape error_malformed_xml = {.name = "MalformedXML", .status = 400};
static const struct error_shape error_invalid_argument = {.name = "InvalidArgument", .status = 400};
static const struct error_shape error_incomplete_body = {.name = "IncompleteBody", .status = 400};

static const char malformed_text[] =
    "The XML you provided was not well-formed or did not validate against our published schema";
static const char incomplete_text[] =
    "You did not provide the number of bytes specified by the Content-Length HTTP header";

/* ---- Reading ----------------------------------------------------------------------------------------- */

struct xml_reading {
    struct arena *arena;
    bool failed;
};

static struct json_value *read_element(struct xml_reading *reading, const struct shape *shape,
                                       const struct xml_element *element);

static bool is_called(const struct xml_element *element, const struct shape_member *member) {
    struct text name = xml_local_name(element);
    return name.size == member->wire_size && memcmp(name.data, member->wire_name, name.size) == 0;
}

static const struct xml_element *find_child(const struct xml_element *parent,
                                            const struct shape_member *member) {
    const struct xml_element *child = parent->child;
    while (child && !is_called(child, member)) {
        child = child->next;
    }
    return child;
}

static struct json_value *read_text(struct xml_reading *reading, const struct shape *shape,
                                    struct text text) {
    if (text_trim(text).size == 0 && shape->type != SHAPE_STRING && shape->type != SHAPE_BLOB) {
        return NULL;
    }
    struct json_value *value =
        codec_scalar_from_text(reading->arena, shape, codec_utf8(reading->arena, text));
    reading->failed |= value == NULL;
    return value;
}

static void append_entry(struct xml_reading *reading, const struct shape *map, struct json_value *value,
                         struct json_value **last, const struct xml_element *entry) {
    const struct xml_element *key = find_child(entry, &map->members[0]);
    const struct xml_element *content = find_child(entry, &map->members[1]);
    struct json_value *part = key && content ? read_element(reading, map->members[1].shape, content) : NULL;
    if (part) {
        part->key = codec_utf8(reading->arena, key->text);
        json_append_after(value, last, part);
    }
}

/* Elements of a list, entries of a map: those called as the member (flattened), or all below one element. */
static struct json_value *read_items(struct xml_reading *reading, const struct shape *shape,
                                     const struct xml_element *first, const struct shape_member *called) {
    bool map = shape->type == SHAPE_MAP;
    struct json_value *value = json_new(reading->arena, map ? JSON_VALUE_OBJECT : JSON_VALUE_ARRAY);
    struct json_value *last = NULL;
    for (const struct xml_element *element = first; element; element = element->next) {
        if (called && !is_called(element, called)) {
            continue;
        }
        if (map) {
            append_entry(reading, shape, value, &last, element);
            continue;
        }
        struct json_value *part = read_element(reading, shape->members[0].shape, element);
        if (part) {
            json_append_after(value, &last, part);
        }
    }
    return value;
}

static struct json_value *read_member(struct xml_reading *reading, const struct shape_member *member,
                                      const struct xml_element *element) {
    if (member->xml_attribute) {
        struct text text = xml_attribute(element, member->wire_name);
        return text.data ? read_text(reading, member->shape, text) : NULL;
    }
    const struct xml_element *child = find_child(element, member);
    if (!child) {
        return NULL;
    }
    bool collection = member->shape->type == SHAPE_LIST || member->shape->type == SHAPE_MAP;
    if (collection && (member->flattened || member->shape->flags & SHAPE_FLATTENED)) {
        return read_items(reading, member->shape, child, member);
    }
    return read_element(reading, member->shape, child);
}

static void read_structure(struct xml_reading *reading, const struct shape *shape,
                           const struct xml_element *element, struct json_value *value,
                           struct json_value **last) {
    for (unsigned index = 0; index < shape->member_count; index++) {
        const struct shape_member *member = &shape->members[index];
        if (member->location != LOCATION_BODY) {
            continue;
        }
        struct json_value *part = read_member(reading, member, element);
        if (part) {
            part->key = (struct text){member->name, member->name_size};
            json_append_after(value, last, part);
        }
    }
}

static struct json_value *read_element(struct xml_reading *reading, const struct shape *shape,
                                       const struct xml_element *element) {
    if (shape->type == SHAPE_STRUCTURE) {
        struct json_value *value = json_new(reading->arena, JSON_VALUE_OBJECT);
        struct json_value *last = NULL;
        read_structure(reading, shape, element, value, &last);
        return value;
    }
    if (shape->type == SHAPE_LIST || shape->type == SHAPE_MAP) {
        return read_items(reading, shape, element->child, NULL);
    }
    return read_text(reading, shape, element->text);
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
    const struct xml_element *root = xml_parse(reading->arena, reading->body.body, NULL);
    struct xml_reading elements = {.arena = reading->arena};
    if (!root) {
        return false;
    }
    if (payload) {
        struct json_value *value = read_element(&elements, payload->shape, root);
        if (value) {
            rest_add(reading, payload, value);
        }
    } else {
        read_structure(&elements, shape, root, reading->value, &reading->last);
    }
    return !elements.failed;
}

static struct json_value *rest_xml_decode(const struct codec_context *context, const struct text *uri_values,
                                          const struct error_shape **error, struct strbuf *message) {
    struct rest_reading reading = {
        .context = context,
        .arena = context->arena,
        .body = {.body = context->request->body},
        .value = json_new(context->arena, JSON_VALUE_OBJECT),
        .message = message,
        .error = error,
        .bad_value = &error_invalid_argument,
    };
    if (!context->operation->input) {
        return reading.value;
    }
    if (aws_chunked_used(context->request) && !aws_chunked_decode(context->request, &reading.body)) {
        *error = &error_incomplete_body;
        strbuf_append_string(message, incomplete_text);
        return NULL;
    }
    if (!rest_read_bindings(&reading, uri_values)) {
        return NULL;
    }
    if (!read_body(&reading)) {
        *error = &error_malformed_xml;
        strbuf_append_string(message, malformed_text);
        return NULL;
    }
    return reading.value;
}

/* ---- Writing ----------------------------------------------------------------------------------------- */

static void rest_xml_scalar(struct output *output, struct output_place place, const struct scalar *value) {
    if (rest_write_binding(output, place, value)) {
        return;
    }
    bool raw = rest_is_payload(output, place.member, false);
    const struct operation_model *operation = output->context->operation;
    bool bare = output->depth == 1 && !output->is_error && operation && operation->bare_output;
    if (raw) {
        strbuf_append_text(output->body, value->text);
    } else if (bare) {
        output_xml_close_tag(output);
        strbuf_append_xml(output->body, value->text);
    } else {
        output_xml_scalar(output, place, value);
    }
}

static void open_root(struct output *output, const char *name, const struct shape_member *member,
                      const struct shape *shape) {
    strbuf_append_string(output->body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    struct shape_member root = {.shape = shape};
    if (member) {
        root = *member;
    }
    if (!root.xml_namespace && !shape->xml_namespace) {
        root.xml_namespace = output->context->model->xml_namespace;
    }
    output_xml_open(output, name, &root);
}

static const char *root_name(const struct operation_model *operation, const struct shape_member *payload,
                             const struct shape *shape) {
    if (operation && operation->output_xml_name) {
        return operation->output_xml_name;
    }
    if (payload && strcmp(payload->wire_name, payload->name) != 0) {
        return payload->wire_name;
    }
    return shape->xml_name ? shape->xml_name : shape->name;
}

static void rest_xml_begin_level(struct output *output, struct output_place place) {
    if (rest_begin_binding(output, place)) {
        return;
    }
    if (rest_is_payload(output, place.member, true)) {
        const struct shape *shape = place.member->shape;
        open_root(output, root_name(output->context->operation, place.member, shape), place.member, shape);
        output_top(output)->tag_open = true;
    } else {
        output_xml_begin(output, place);
    }
}

static void end_root(struct output *output, const struct output_level *level, const char *name) {
    if (level->tag_open) {
        strbuf_append_string(output->body, "/>");
        return;
    }
    strbuf_append_string(output->body, "</");
    strbuf_append_string(output->body, name);
    strbuf_append_char(output->body, '>');
}

static void rest_xml_end_level(struct output *output) {
    struct output_level *level = output_top(output);
    if (rest_end_binding(output)) {
        return;
    }
    if (rest_is_payload(output, level->member, true)) {
        end_root(output, level, root_name(output->context->operation, level->member, level->shape));
    } else {
        output_xml_end(output);
    }
}

const struct output_codec output_rest_xml_codec = {
    .timestamps = TIMESTAMP_ISO8601,
    .scalar = rest_xml_scalar,
    .begin = rest_xml_begin_level,
    .end = rest_xml_end_level,
};

static bool has_root(const struct shape *shape) {
    return shape && !shape->payload && rest_answers_with_body(shape);
}

static void rest_xml_begin(const struct codec_context *context, struct output *output,
                           struct http_reply *reply) {
    const struct shape *shape = context->operation->output;
    rest_start_reply(context, reply, context->operation->http_status);
    output_init(output, &output_rest_xml_codec, context, reply, shape);
    if (has_root(shape)) {
        open_root(output, root_name(context->operation, NULL, shape), NULL, shape);
        output->levels[0].tag_open = true;
    }
}

static void rest_xml_finish(const struct codec_context *context, struct output *output,
                            struct http_reply *reply) {
    const struct shape *shape = context->operation->output;
    if (has_root(shape)) {
        end_root(output, &output->levels[0], root_name(context->operation, NULL, shape));
    }
    if (reply->status == 204 || reply->status == 304) {
        strbuf_clear(&reply->body);
    }
    rest_add_content_type(context, reply, "application/xml");
}

static void rest_xml_begin_error(const struct codec_context *context, const struct error_shape *error,
                                 const char *message, struct output *output, struct http_reply *reply) {
    rest_start_reply(context, reply, rest_error_status(error));
    http_reply_add_header(reply, "Content-Type", TEXT("application/xml"));
    codec_begin_error_xml(context, error, message, output, reply);
}

const struct codec codec_rest_xml = {
    .name = "rest-xml",
    .decode = rest_xml_decode,
    .begin = rest_xml_begin,
    .finish = rest_xml_finish,
    .begin_error = rest_xml_begin_error,
    .finish_error = codec_finish_error_xml,
};
