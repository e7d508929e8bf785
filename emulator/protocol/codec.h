/*
 * One wire protocol: bytes to a decoded value, an answer or an error to bytes. No service names in here
 * (facts that differ between services stand in service_model and error_shape).
 */
#ifndef STACKRIG_CODEC_H
#define STACKRIG_CODEC_H

#include "emulator/base/http_message.h"
#include "emulator/protocol/output.h"
#include "emulator/protocol/shape.h"

/* What one answer needs to be written. */
struct codec_context {
    const struct service_model *model;
    const struct operation_model *operation; /* NULL when it is not known (errors only) */
    const struct http_request *request;      /* NULL for internal calls */
    const char *request_id;
    struct arena *arena;
    struct json_value *value; /* of an internal call that brought its input as a tree; NULL: read the body */
};

struct codec {
    const char *name;
    /*
     * Decodes the request into a tree shaped as operation->input (object members by model name, whatever
     * their place on the wire). uri_values: what the route's {labels} matched, still percent-encoded, in
     * the order of the URI. NULL: *error says what is wrong, *message AWS's text (may be empty).
     */
    struct json_value *(*decode)(const struct codec_context *context, const struct text *uri_values,
                                 const struct error_shape **error, struct strbuf *message);
    /* Opens the answer: headers, status, wrapper elements. */
    void (*begin)(const struct codec_context *context, struct output *output, struct http_reply *reply);
    /* Closes it. */
    void (*finish)(const struct codec_context *context, struct output *output, struct http_reply *reply);
    /* Writes status, headers and body of an error up to where extra members go; finish_error closes it. */
    void (*begin_error)(const struct codec_context *context, const struct error_shape *error,
                        const char *message, struct output *output, struct http_reply *reply);
    void (*finish_error)(const struct codec_context *context, struct output *output,
                         struct http_reply *reply);
};

extern const struct codec codec_json;      /* JSON 1.0 and 1.1, x-amzn-query-error */
extern const struct codec codec_query;     /* form in, XML out */
extern const struct codec codec_rest_json; /* path, query, headers, JSON body */
extern const struct codec codec_rest_xml;  /* the same with XML, aws-chunked bodies */
extern const struct codec codec_internal;  /* calls between services and from scenarios: every member in one
                                              JSON object, blobs base64, errors as {"__type","message"};
                                              request->body is that object */

const struct codec *codec_of(enum protocol protocol);

#endif
