/*
 * Writes one operation's answer straight into the reply buffer, in the protocol of the request: JSON text,
 * XML elements, headers. Handlers name members as the model does and cannot tell the protocols apart.
 * A member that the output shape does not declare, or of another type, is a bug: debug and test builds die,
 * a release leaves the member out.
 *
 * Inside a list, member is NULL; inside a map, member is the key. Structures, lists and maps are opened
 * and closed with output_end(). Optional members that are absent are not written (a NULL string and an
 * absent text write nothing).
 *
 *   output_begin_list(out, "Parameters");
 *   output_begin_structure(out, NULL);
 *   output_string(out, "Name", name);
 *   output_end(out);
 *   output_end(out);
 */
#ifndef STACKRIG_OUTPUT_H
#define STACKRIG_OUTPUT_H

#include "emulator/base/http_message.h"
#include "emulator/protocol/shape.h"

#define OUTPUT_MAXIMUM_DEPTH 64

struct output_codec;
struct codec_context;
struct event_stream;

struct output_level {
    const struct shape *shape;
    const struct shape_member *member; /* by which this level was opened; NULL at the top */
    bool has_items;                    /* JSON: a comma is due */
    bool tag_open;                     /* XML: the start tag still takes attributes */
    bool diverted;                     /* a header list or map: nothing goes into the body */
    bool ignored;                      /* a member that is not declared, in a release */
};

struct output {
    const struct output_codec *codec;
    struct strbuf *body;
    struct http_reply *reply; /* headers and status of REST members; NULL for internal calls */
    struct arena *arena;
    bool is_error;
    const struct codec_context *context; /* lives as long as the answer is written */
    struct strbuf *header;               /* a list header being collected */
    struct event_stream *events;         /* an answer made of events; NULL: another */
    int depth;
    int capacity;
    struct output_level *levels; /* in the arena */
};

void output_string(struct output *output, const char *member, const char *value);
void output_text(struct output *output, const char *member, struct text value);
void output_integer(struct output *output, const char *member, int64_t value);
void output_double(struct output *output, const char *member, double value);
void output_boolean(struct output *output, const char *member, bool value);
/* Milliseconds since 1970; written as the member's format wants. */
void output_timestamp(struct output *output, const char *member, int64_t time_ms);
/* Bytes: base64 in a document, raw as the payload. */
void output_blob(struct output *output, const char *member, struct text bytes);
/* Text that already is this member's JSON (stored items, document types). JSON protocols only. */
void output_json(struct output *output, const char *member, struct text json);
/* A decoded value of the same shape, written again (echoing a stored document in any protocol). */
void output_value(struct output *output, const char *member, const struct json_value *value);

void output_begin_structure(struct output *output, const char *member);
void output_begin_list(struct output *output, const char *member);
void output_begin_map(struct output *output, const char *member);
void output_end(struct output *output);

#endif
