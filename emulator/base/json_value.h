/*
 * JSON of the hot path: a reader that borrows from the request's bytes and a writer into a strbuf. Also
 * the one tree every codec decodes to, so a handler cannot tell JSON from a query form. Cold documents
 * (templates, policies, scenarios) use jansson instead.
 *
 * Values are arena nodes; they live as long as the arena and the bytes that were parsed.
 */
#ifndef STACKRIG_JSON_VALUE_H
#define STACKRIG_JSON_VALUE_H

#include "emulator/base/arena.h"
#include "emulator/base/strbuf.h"

enum json_type {
    JSON_VALUE_NULL,
    JSON_VALUE_FALSE,
    JSON_VALUE_TRUE,
    JSON_VALUE_NUMBER, /* text is the number as written */
    JSON_VALUE_STRING, /* text is decoded; may hold NUL bytes */
    JSON_VALUE_ARRAY,
    JSON_VALUE_OBJECT,
    JSON_VALUE_BYTES, /* raw bytes of a payload; never made by json_parse() */
};

struct json_value {
    enum json_type type;
    uint32_t count;           /* children */
    struct text text;         /* strings, numbers, bytes */
    struct text key;          /* of a member of an object, decoded; absent otherwise */
    struct text raw;          /* the source, quotes and brackets included; absent when built by hand */
    struct json_value *child; /* first child */
    struct json_value *next;  /* next sibling */
};

struct json_error {
    size_t offset; /* of the byte that could not be read */
    int line;      /* from 1 */
    int column;    /* from 1, in bytes */
    const char *message;
};

/* Nesting deeper than this is an error, so that hostile input cannot exhaust the stack. */
#define JSON_MAXIMUM_DEPTH 512
/* More values than this are an error: each takes 72 bytes, however few it has in the source. The largest
 * honest request (16 MB of DynamoDB's items) holds fewer. */
#define JSON_MAXIMUM_VALUES 3000000

/*
 * RFC 8259, one value, nothing after it but blanks; invalid UTF-8 and lone surrogates are errors. Keeps
 * duplicate keys (json_find() returns the last, as AWS's parsers do). Borrows `source`.
 * Returns NULL and fills *error (may be NULL) when it is not JSON.
 */
struct json_value *json_parse(struct arena *arena, struct text source, struct json_error *error);

/* The member of an object, or NULL; NULL too for JSON null members and for values that are no objects. */
const struct json_value *json_find(const struct json_value *object, const char *key);
/* Text of a string member, absent if there is none or it is no string. */
struct text json_find_text(const struct json_value *object, const char *key);

/* Build by hand, for codecs. Children are appended in order; key and text are borrowed. A parsed parent
 * loses its raw source by this, its own parents do not. */
struct json_value *json_new(struct arena *arena, enum json_type type);
struct json_value *json_new_string(struct arena *arena, struct text text);
void json_append(struct json_value *parent, struct json_value *child);
void json_append_member(struct json_value *object, struct text key, struct json_value *child);
/* Same as json_append() without walking the children: the caller keeps the last one. */
void json_append_after(struct json_value *parent, struct json_value **last, struct json_value *child);

/* The value as JSON: what was parsed is copied as it stood in the source (blanks included), what was built by
 * hand is written without blanks. BYTES become base64 strings. */
void json_write(struct strbuf *buffer, const struct json_value *value);
/* A quoted, escaped JSON string. */
void json_write_string(struct strbuf *buffer, struct text text);
/* Shortest text that reads back as the same double; NaN and infinities as AWS's strings "NaN", ... */
void json_write_double(struct strbuf *buffer, double number);

#endif
