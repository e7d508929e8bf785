/* What several codecs share. Private to this room. */
#ifndef STACKRIG_CODEC_SUPPORT_H
#define STACKRIG_CODEC_SUPPORT_H

#include "emulator/protocol/codec.h"
#include "emulator/protocol/output_codec.h"

/* Empties the reply (a handler may have begun another answer), sets status, type and the request id. */
void codec_start_reply(const struct codec_context *context, struct http_reply *reply, int status,
                       struct text content_type, const char *request_id_header);
/* Of <Code>, of x-amzn-query-error. */
const char *codec_query_code(const struct service_model *model, const struct error_shape *error);
/* Name of the member that carries the text of an error. */
const char *codec_message_key(const struct error_shape *error);
/* An error without a body: answers to HEAD, 304. */
bool codec_has_no_body(const struct codec_context *context, int status);
/* Bytes from a URL, a form or a header as text that is UTF-8 for sure: what is not becomes U+FFFD, as Java
 * does it. Borrows when nothing changes. */
struct text codec_utf8(struct arena *arena, struct text text);
/* Percent-decoded and made UTF-8. plus_is_blank: form rules. */
struct text codec_unpercent(struct arena *arena, struct text text, bool plus_is_blank);

/* Text of a form, a URL, a header or an element as a scalar of the shape. NULL: it is none. */
struct json_value *codec_scalar_from_text(struct arena *arena, const struct shape *shape, struct text text);

/* x-amz-id-2 and HostId: made from the request id, so that the same run gives the same. */
void codec_append_host_id(struct strbuf *buffer, const char *request_id);

/* The request's body with Content-Encoding gzip or deflate undone. Absent: broken, or larger than any
 * request. Source: protocols.md section 2 (recorded: scylla). */
struct text codec_body(const struct codec_context *context);
/* What a body that cannot be unpacked is answered with. */
extern const struct error_shape error_broken_encoding;

/* Packs a long answer as the request's Accept-Encoding has it, and says so in a header. */
void codec_compress(const struct codec_context *context, struct http_reply *reply);

/* Opens and closes an error in XML, for the query and the REST codecs. */
void codec_begin_error_xml(const struct codec_context *context, const struct error_shape *error,
                           const char *message, struct output *output, struct http_reply *reply);
void codec_finish_error_xml(const struct codec_context *context, struct output *output,
                            struct http_reply *reply);

#endif
