/* Members as JSON text. */
#include "emulator/base/crypto.h"
#include "emulator/protocol/output_codec.h"

/* `,"Name":` in one go: names of AWS's models need no escapes. */
static void append_name(struct strbuf *body, struct output_level *level, const char *name, size_t size) {
    strbuf_reserve(body, size + 4);
    if (size + 4 >= body->capacity - body->size) {
        body->overflow = true; /* past the limit: nothing is written any more */
        return;
    }
    char *at = body->data + body->size;
    if (level->has_items) {
        *at++ = ',';
    }
    *at++ = '"';
    memcpy(at, name, size);
    at += size;
    *at++ = '"';
    *at++ = ':';
    *at = '\0';
    body->size = (size_t)(at - body->data);
    level->has_items = true;
}

static void begin_in_level(struct output *output, struct output_level *level, struct output_place place,
                           bool wire_names) {
    if (level->shape->type == SHAPE_STRUCTURE) {
        append_name(output->body, level, wire_names ? place.member->wire_name : place.member->name,
                    wire_names ? place.member->wire_size : place.member->name_size);
        return;
    }
    if (level->has_items) {
        strbuf_append_char(output->body, ',');
    }
    level->has_items = true;
    if (place.key.data) {
        json_write_string(output->body, place.key);
        strbuf_append_char(output->body, ':');
    }
}

void json_begin_place(struct output *output, struct output_place place, bool wire_names) {
    begin_in_level(output, output_below(output), place, wire_names);
    strbuf_append_char(output->body, output_top(output)->shape->type == SHAPE_LIST ? '[' : '{');
}

void json_write_scalar(struct strbuf *buffer, const struct shape_member *member, enum timestamp_format format,
                       const struct scalar *value) {
    switch (value->kind) {
    case SCALAR_TEXT:
        json_write_string(buffer, value->text);
        break;
    case SCALAR_DOUBLE:
        json_write_double(buffer, value->number);
        break;
    case SCALAR_BLOB:
        strbuf_append_char(buffer, '"');
        crypto_append_base64(buffer, value->text);
        strbuf_append_char(buffer, '"');
        break;
    case SCALAR_TIMESTAMP: {
        bool quoted = timestamp_format_of(member, format) != TIMESTAMP_UNIX;
        strbuf_append_string(buffer, quoted ? "\"" : "");
        scalar_append(buffer, member, format, value);
        strbuf_append_string(buffer, quoted ? "\"" : "");
        break;
    }
    case SCALAR_JSON:
        strbuf_append_text(buffer, value->text);
        break;
    case SCALAR_INTEGER:
    case SCALAR_BOOLEAN:
        scalar_append(buffer, member, format, value);
        break;
    }
}

void json_scalar_place(struct output *output, struct output_place place, const struct scalar *value,
                       bool wire_names) {
    begin_in_level(output, output_top(output), place, wire_names);
    json_write_scalar(output->body, place.member, TIMESTAMP_UNIX, value);
}

static void json_scalar(struct output *output, struct output_place place, const struct scalar *value) {
    json_scalar_place(output, place, value, false);
}

static void json_begin(struct output *output, struct output_place place) {
    json_begin_place(output, place, false);
}

static void json_end(struct output *output) {
    strbuf_append_char(output->body, output_top(output)->shape->type == SHAPE_LIST ? ']' : '}');
}

const struct output_codec output_json_codec = {
    .json = true,
    .timestamps = TIMESTAMP_UNIX,
    .scalar = json_scalar,
    .begin = json_begin,
    .end = json_end,
};

/* A status member sets the reply's status too, so that internal callers see both. */
static void internal_scalar(struct output *output, struct output_place place, const struct scalar *value) {
    if (place.member->location == LOCATION_STATUS && output->depth == 1) {
        output->reply->status = (int)value->integer;
    }
    json_scalar(output, place, value);
}

const struct output_codec output_internal_codec = {
    .json = true,
    .timestamps = TIMESTAMP_UNIX,
    .scalar = internal_scalar,
    .begin = json_begin,
    .end = json_end,
};
