#include "emulator/protocol/aws_chunked.h"

/* Trailers of AWS's SDKs: one checksum and its signature. */
#define MAXIMUM_TRAILERS 8

bool aws_chunked_used(const struct http_request *request) {
    return text_starts_with(http_request_header(request, "x-amz-content-sha256"), "STREAMING-") ||
           text_find(http_request_header(request, "Content-Encoding"), "aws-chunked") >= 0;
}

static struct text cut_line(struct text *rest) {
    struct text line = text_cut(rest, '\n');
    if (line.size && line.data[line.size - 1] == '\r') {
        line.size--;
    }
    return line;
}

/* "400;chunk-signature=..." */
static bool read_size(struct text line, size_t *size) {
    struct text digits = text_trim(text_cut(&line, ';'));
    if (digits.size == 0 || digits.size > 8) {
        return false;
    }
    *size = 0;
    for (size_t index = 0; index < digits.size; index++) {
        char byte = digits.data[index];
        int digit = byte >= '0' && byte <= '9'   ? byte - '0'
                    : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
                    : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10
                                                 : -1;
        if (digit < 0) {
            return false;
        }
        *size = *size * 16 + (size_t)digit;
    }
    return true;
}

static void read_trailers(const struct http_request *request, struct text rest, struct aws_chunked *decoded) {
    struct http_header *trailers = arena_alloc(request->arena, MAXIMUM_TRAILERS * sizeof(*trailers));
    decoded->trailers = trailers;
    while (rest.data && decoded->trailer_count < MAXIMUM_TRAILERS) {
        struct text value = cut_line(&rest);
        struct text name = text_cut(&value, ':');
        if (name.size && value.data) {
            trailers[decoded->trailer_count++] = (struct http_header){text_trim(name), text_trim(value)};
        }
    }
}

bool aws_chunked_decode(const struct http_request *request, struct aws_chunked *decoded) {
    *decoded = (struct aws_chunked){.body = TEXT("")};
    struct text rest = request->body;
    char *bytes = arena_alloc(request->arena, rest.size + 1);
    size_t used = 0;
    for (;;) {
        size_t size;
        if (!rest.data || !read_size(cut_line(&rest), &size) || !rest.data || size > rest.size) {
            return false;
        }
        if (size == 0) {
            break;
        }
        memcpy(bytes + used, rest.data, size);
        used += size;
        rest = text_slice(rest, size, rest.size);
        if (cut_line(&rest).size) {
            return false; /* a chunk ends with its line */
        }
    }
    read_trailers(request, rest, decoded);
    bytes[used] = '\0';
    decoded->body = (struct text){bytes, used};
    int64_t announced;
    struct text length = http_request_header(request, "x-amz-decoded-content-length");
    return !length.data || (text_to_int64(length, &announced) && announced == (int64_t)used);
}
