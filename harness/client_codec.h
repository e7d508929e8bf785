/*
 * The client's side of a protocol: an operation's input as the HTTP message that an SDK would send, and the
 * answer back as a value. So the calls of scenarios meet routing, decoding and encoding as those of any
 * client.
 */
#ifndef STACKRIG_CLIENT_CODEC_H
#define STACKRIG_CLIENT_CODEC_H

#include <jansson.h>

#include "emulator/base/http_message.h"
#include "emulator/protocol/shape.h"

#define CLIENT_HEADERS 32

/* A request under way; the codec sets method, target, body and adds headers. Everything lives in the arena.
 */
struct client_request {
    struct arena *arena;
    const struct service_model *model;
    const struct operation_model *operation;
    struct text method;
    struct text target;
    struct text body;
    struct http_header headers[CLIENT_HEADERS];
    size_t header_count;
};

struct client_answer {
    json_t *output;         /* new reference; NULL: none */
    const char *error_code; /* NULL: it worked; in the arena */
    const char *error_name; /* the model's name where it differs (SQS over JSON); else NULL or the same */
    const char *error_message;
};

struct client_codec {
    void (*encode)(struct client_request *request, const json_t *input);
    void (*decode)(const struct client_request *request, const struct http_reply *reply,
                   struct client_answer *answer);
};

/* NULL: the protocol is not spoken here (REST-XML). */
const struct client_codec *client_codec_of(enum protocol protocol);

void client_add_header(struct client_request *request, const char *name, const char *value);
struct text client_reply_header(const struct http_reply *reply, const char *name);
/* {"__type", "message"} of the JSON protocols, x-amzn-errortype, x-amzn-query-error. */
void client_read_json_error(const struct client_request *request, const struct http_reply *reply,
                            struct client_answer *answer);
/* ISO 8601 for a number of seconds since 1970; a text stays. In the arena. */
const char *client_iso_time(struct arena *arena, const json_t *value);
/* A scalar as text, for forms, paths, queries and headers; NULL: it is none. */
const char *client_scalar_text(struct arena *arena, const struct shape *shape, const json_t *value);
/* A text of the wire as the shape's value: numbers, booleans, times in seconds since 1970. New reference. */
json_t *client_scalar_value(const struct shape *shape, struct text text);

extern const struct client_codec client_json;
extern const struct client_codec client_query;
extern const struct client_codec client_rest_json;

#endif
