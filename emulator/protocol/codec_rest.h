/* What rest-json and rest-xml share. Private to this room. */
#ifndef STACKRIG_CODEC_REST_H
#define STACKRIG_CODEC_REST_H

#include "emulator/protocol/aws_chunked.h"
#include "emulator/protocol/codec_support.h"

/* A request being taken apart. */
struct rest_reading {
    const struct codec_context *context;
    struct arena *arena;
    struct aws_chunked body; /* with the framing undone */
    struct json_value *value;
    struct json_value *last;
    struct strbuf *message;
    const struct error_shape **error;
    const struct error_shape *bad_value; /* for a label, query parameter or header of the wrong type */
};

/* Reads what stands in the URI, the query and the headers. False: *error and *message say why. */
bool rest_read_bindings(struct rest_reading *reading, const struct text *uri_values);
/* Adds a member to the value. */
void rest_add(struct rest_reading *reading, const struct shape_member *member, struct json_value *value);
/* The member that is the whole body, or NULL. */
const struct shape_member *rest_payload(const struct shape *shape);
bool rest_has_body_members(const struct shape *shape);
/* The same of an answer, where only headers and the status stand elsewhere. */
bool rest_answers_with_body(const struct shape *shape);
/* A payload of bytes or text, read as it stands. */
void rest_read_raw_payload(struct rest_reading *reading, const struct shape_member *payload);

/* Writing: true when the value went to a header or the status. */
bool rest_write_binding(struct output *output, struct output_place place, const struct scalar *value);
/* True when the level just opened, or the one being closed, is a header list or map. */
bool rest_begin_binding(struct output *output, struct output_place place);
bool rest_end_binding(struct output *output);
/* True for the payload member at the top. `opening`: its level is on top already. */
bool rest_is_payload(const struct output *output, const struct shape_member *member, bool opening);
/* Content-Type, unless the handler wrote one; none without a body. */
void rest_add_content_type(const struct codec_context *context, struct http_reply *reply,
                           const char *structured);
int rest_error_status(const struct error_shape *error);
/* Empties the reply; status and the headers that carry the request's ids. */
void rest_start_reply(const struct codec_context *context, struct http_reply *reply, int status);

#endif
