/* Compressed request bodies. */
#include <zlib.h>

#include "emulator/protocol/codec_support.h"

/* More than any service takes; a few bytes can unpack to gigabytes. */
#define MAXIMUM_UNPACKED ((size_t)64 * 1024 * 1024)
#define PIECE ((size_t)64 * 1024)

const struct error_shape error_broken_encoding = {
    .name = "InternalServerError",
    .status = 500,
    .receiver_fault = true,
};

/* window_bits: 47 reads gzip and zlib, -15 bare deflate. */
static bool unpack(struct text packed, int window_bits, struct strbuf *unpacked) {
    z_stream stream = {.next_in = (Bytef *)packed.data, .avail_in = (uInt)packed.size};
    if (packed.size > UINT32_MAX || inflateInit2(&stream, window_bits) != Z_OK) {
        return false;
    }
    int state = Z_OK;
    while (state == Z_OK && unpacked->size < MAXIMUM_UNPACKED) {
        char piece[PIECE];
        stream.next_out = (Bytef *)piece;
        stream.avail_out = sizeof(piece);
        state = inflate(&stream, Z_NO_FLUSH);
        strbuf_append(unpacked, piece, sizeof(piece) - stream.avail_out);
        bool another = state == Z_STREAM_END && stream.avail_in >= 2 && stream.next_in[0] == 0x1f &&
                       stream.next_in[1] == 0x8b; /* one gzip file behind the other */
        state = another ? inflateReset(&stream) : state;
    }
    inflateEnd(&stream);
    return state == Z_STREAM_END;
}

struct text codec_body(const struct codec_context *context) {
    struct text encoding = http_request_header(context->request, "Content-Encoding");
    bool gzip = text_equals_ignore_case(encoding, "gzip");
    if (!gzip && !text_equals_ignore_case(encoding, "deflate")) {
        return context->request->body;
    }
    struct strbuf buffer = STRBUF_INIT;
    bool good = unpack(context->request->body, 47, &buffer);
    if (!good && !gzip) {
        strbuf_clear(&buffer);
        good = unpack(context->request->body, -15, &buffer);
    }
    struct text body = TEXT_NONE;
    if (good) {
        body = (struct text){arena_copy(context->arena, strbuf_text(&buffer).data, buffer.size), buffer.size};
    }
    strbuf_release(&buffer);
    return body;
}
