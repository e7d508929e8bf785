/* S3's upload framing: chunks with a size line, trailing headers. Source: protocols.md section 6. */
#ifndef STACKRIG_AWS_CHUNKED_H
#define STACKRIG_AWS_CHUNKED_H

#include "emulator/base/http_message.h"

struct aws_chunked {
    struct text body;
    const struct http_header *trailers;
    size_t trailer_count;
};

/* True when the request's body is framed so. */
bool aws_chunked_used(const struct http_request *request);
/* False: the framing is broken or the length is not the announced one. Chunk signatures are not checked. */
bool aws_chunked_decode(const struct http_request *request, struct aws_chunked *decoded);

#endif
