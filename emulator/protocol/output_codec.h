/*
 * What an output is written through: JSON text, XML elements, and REST's headers before either. output.c
 * finds the member, a writer gives it its form.
 */
#ifndef STACKRIG_OUTPUT_CODEC_H
#define STACKRIG_OUTPUT_CODEC_H

#include "emulator/protocol/codec.h"
#include "emulator/protocol/output.h"

enum scalar_kind {
    SCALAR_TEXT,
    SCALAR_INTEGER,
    SCALAR_DOUBLE,
    SCALAR_BOOLEAN,
    SCALAR_TIMESTAMP,
    SCALAR_BLOB,
    SCALAR_JSON, /* text that is JSON already */
};

struct scalar {
    enum scalar_kind kind;
    struct text text;
    int64_t integer; /* also milliseconds, and 0 or 1 */
    double number;
};

/* Where a value goes: the member of the level on top, and the key when that is a map. */
struct output_place {
    const struct shape_member *member;
    struct text key; /* absent unless in a map */
};

struct output_codec {
    bool json; /* JSON text of a document may be copied in */
    enum timestamp_format timestamps;
    void (*scalar)(struct output *output, struct output_place place, const struct scalar *value);
    /* Opens a structure, list or map; the new level is on top already. */
    void (*begin)(struct output *output, struct output_place place);
    /* Closes the level on top, which is taken off afterwards. */
    void (*end)(struct output *output);
};

extern const struct output_codec output_json_codec;      /* awsJson */
extern const struct output_codec output_internal_codec;  /* the same, and the status is a member as well */
extern const struct output_codec output_rest_json_codec; /* wire names; top members may be headers */
extern const struct output_codec output_xml_codec;       /* query */
extern const struct output_codec
    output_query_json_codec; /* query, for clients that accept nothing but JSON */
extern const struct output_codec output_rest_xml_codec;

/* The member that is a stream of events was just opened: from here to its end each structure is one event. */
void event_stream_begin(struct output *output);

/* The level on top. */
static inline struct output_level *output_top(struct output *output) {
    return &output->levels[output->depth - 1];
}

/* The level that a new one was opened in. */
static inline struct output_level *output_below(struct output *output) {
    return &output->levels[output->depth - 2];
}

/* Starts an output whose top level is `shape` (NULL: nothing may be written). */
void output_init(struct output *output, const struct output_codec *codec, const struct codec_context *context,
                 struct http_reply *reply, const struct shape *shape);

/* Pieces that REST's writers borrow. */
void json_scalar_place(struct output *output, struct output_place place, const struct scalar *value,
                       bool wire_names);
void json_write_scalar(struct strbuf *buffer, const struct shape_member *member, enum timestamp_format format,
                       const struct scalar *value);
/* Name or comma, and the bracket of the level just opened. */
void json_begin_place(struct output *output, struct output_place place, bool wire_names);
void output_xml_open(struct output *output, const char *name, const struct shape_member *member);
void output_xml_scalar(struct output *output, struct output_place place, const struct scalar *value);
void output_xml_begin(struct output *output, struct output_place place);
void output_xml_end(struct output *output);
/* Ends a start tag that is still waiting for attributes. */
void output_xml_close_tag(struct output *output);

/* A scalar as text of a header or an element; `format` is that of the place when the model gives none. */
void scalar_append(struct strbuf *buffer, const struct shape_member *member, enum timestamp_format format,
                   const struct scalar *value);
/* The format that member, shape and protocol agree on. */
enum timestamp_format timestamp_format_of(const struct shape_member *member, enum timestamp_format format);
void timestamp_append(struct strbuf *buffer, enum timestamp_format format, int64_t time_ms);

/* Header values from handlers and clients: no line breaks. */
void reply_add_header(struct http_reply *reply, struct arena *arena, const char *name, struct text value);
bool reply_has_header(const struct http_reply *reply, const char *name);

#endif
