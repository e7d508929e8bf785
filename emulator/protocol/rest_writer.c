/* The parts of a REST answer outside its body. */
#include "emulator/protocol/codec_rest.h"

bool rest_is_payload(const struct output *output, const struct shape_member *member, bool opening) {
    const struct shape *shape = output->levels[0].shape;
    return output->depth == (opening ? 2 : 1) && shape && shape->payload &&
           strcmp(shape->payload, member->name) == 0;
}

bool rest_answers_with_body(const struct shape *shape) {
    for (unsigned index = 0; index < shape->member_count; index++) {
        uint8_t location = shape->members[index].location;
        if (location != LOCATION_HEADER && location != LOCATION_HEADERS && location != LOCATION_STATUS) {
            return true;
        }
    }
    return false;
}

static void add_header(struct output *output, const char *name, struct text value) {
    reply_add_header(output->reply, output->arena, name, value);
}

/* One scalar as a header's value. */
static void write_header(struct output *output, const char *name, const struct shape_member *member,
                         const struct scalar *value) {
    struct strbuf buffer = STRBUF_INIT;
    scalar_append(&buffer, member, TIMESTAMP_RFC822, value);
    add_header(output, name, strbuf_text(&buffer));
    strbuf_release(&buffer);
}

/* "a, b"; what holds a comma or a quote is quoted. */
static void collect(struct output *output, const struct shape_member *member, const struct scalar *value) {
    struct strbuf *header = output->header;
    strbuf_append_string(header, header->size ? ", " : "");
    bool quoted = value->kind == SCALAR_TEXT &&
                  (text_find_char(value->text, ',') >= 0 || text_find_char(value->text, '"') >= 0);
    if (!quoted) {
        scalar_append(header, member, TIMESTAMP_RFC822, value);
        return;
    }
    strbuf_append_char(header, '"');
    for (size_t index = 0; index < value->text.size; index++) {
        char byte = value->text.data[index];
        strbuf_append_string(header, byte == '"' || byte == '\\' ? "\\" : "");
        strbuf_append_char(header, byte);
    }
    strbuf_append_char(header, '"');
}

bool rest_write_binding(struct output *output, struct output_place place, const struct scalar *value) {
    struct output_level *level = output_top(output);
    if (level->diverted) {
        if (level->shape->type == SHAPE_LIST) {
            collect(output, place.member, value);
        } else {
            const char *prefix = level->member->has_wire_name ? level->member->wire_name : "";
            write_header(output, arena_printf(output->arena, "%s%.*s", prefix, TEXT_ARGUMENTS(place.key)),
                         place.member, value);
        }
        return true;
    }
    if (output->depth != 1 || !output->reply) {
        return false;
    }
    if (place.member->location == LOCATION_STATUS) {
        output->reply->status = (int)value->integer;
        return true;
    }
    if (place.member->location == LOCATION_HEADER) {
        if (value->kind == SCALAR_INTEGER && strcasecmp(place.member->wire_name, "Content-Length") == 0) {
            /* The HTTP server counts bodies itself; HEAD tells of one that is not sent. */
            bool head = codec_has_no_body(output->context, 200);
            output->reply->announced_size = head ? value->integer : output->reply->announced_size;
            return true;
        }
        write_header(output, place.member->wire_name, place.member, value);
        return true;
    }
    return false;
}

static void release_header(void *argument) {
    strbuf_release(argument);
}

bool rest_begin_binding(struct output *output, struct output_place place) {
    if (output->depth != 2 ||
        (place.member->location != LOCATION_HEADER && place.member->location != LOCATION_HEADERS)) {
        return false;
    }
    output_top(output)->diverted = true;
    if (place.member->location == LOCATION_HEADER) {
        output->header = arena_alloc(output->arena, sizeof(*output->header));
        *output->header = STRBUF_INIT;
        arena_cleanup(output->arena, release_header, output->header);
    }
    return true;
}

bool rest_end_binding(struct output *output) {
    struct output_level *level = output_top(output);
    if (!level->diverted) {
        return false;
    }
    if (level->shape->type == SHAPE_LIST && output->header) {
        if (output->header->size) {
            add_header(output, level->member->wire_name, strbuf_text(output->header));
        }
        output->header = NULL;
    }
    return true;
}

void rest_start_reply(const struct codec_context *context, struct http_reply *reply, int status) {
    bool s3 = context->model->plain_errors;
    codec_start_reply(context, reply, status, TEXT_NONE, s3 ? "x-amz-request-id" : "x-amzn-RequestId");
    if (s3 && context->request_id) {
        struct strbuf buffer = STRBUF_INIT;
        codec_append_host_id(&buffer, context->request_id);
        http_reply_add_header(reply, "x-amz-id-2", arena_text(context->arena, strbuf_text(&buffer)));
        strbuf_release(&buffer);
    }
}

void rest_add_content_type(const struct codec_context *context, struct http_reply *reply,
                           const char *structured) {
    if (reply->body.size == 0 || reply_has_header(reply, "Content-Type")) {
        return;
    }
    const struct shape_member *payload = context->operation ? rest_payload(context->operation->output) : NULL;
    const char *type = structured;
    if (payload && context->operation->payload_type) {
        type = context->operation->payload_type;
    } else if (payload && payload->shape->type == SHAPE_BLOB) {
        type = "application/octet-stream";
    } else if (payload && payload->shape->type == SHAPE_STRING) {
        type = "text/plain";
    }
    if (reply->header_count < HTTP_REPLY_HEADERS) {
        http_reply_add_header(reply, "Content-Type", text_of(type));
    }
}

/* One row serves JSON, where it is 400, and REST. Source: protocols.md section 6. */
int rest_error_status(const struct error_shape *error) {
    return error == &error_access_denied_exception ? 403 : error->status;
}
