/* Compressed answers. Source: Scylla's test_compressed_response.py, run against AWS. */
#include <zlib.h>

#include "emulator/base/crypto.h"
#include "emulator/protocol/codec_support.h"

/* Shorter answers go as they are. */
#define SMALLEST_COMPRESSED 4096

/* What the client says of one encoding. */
struct preference {
    double quality; /* below 0: not named */
    int place;
};

static double quality_of(struct text parameters) {
    double quality = 1;
    while (parameters.size > 0) {
        struct text one = text_trim(text_cut(&parameters, ';'));
        if (text_starts_with(one, "q=") && !text_to_double(text_slice(one, 2, one.size), &quality)) {
            quality = 0;
        }
    }
    return quality;
}

/* "gzip", "deflate" or NULL: the one that is wanted most, the first of two wanted alike. */
static const char *wanted_encoding(struct text accepted) {
    static const char *const names[] = {"gzip", "deflate", "identity", "*"};
    struct preference found[4] = {{-1, 0}, {-1, 0}, {-1, 0}, {-1, 0}};
    for (int place = 0; accepted.size > 0; place++) {
        struct text rest = text_cut(&accepted, ',');
        struct text name = text_trim(text_cut(&rest, ';'));
        for (int i = 0; i < 4; i++) {
            if (text_equals_ignore_case(name, names[i]) && found[i].quality < 0) {
                found[i] = (struct preference){.quality = quality_of(rest), .place = place};
            }
        }
    }
    int best = -1;
    for (int i = 0; i < 2; i++) {
        found[i] = found[i].quality < 0 ? found[3] : found[i];
        bool better = found[i].quality > 0 &&
                      (best < 0 || found[i].quality > found[best].quality ||
                       (found[i].quality == found[best].quality && found[i].place < found[best].place));
        best = better ? i : best;
    }
    return best < 0 || found[2].quality > found[best].quality ? NULL : names[best];
}

void codec_compress(const struct codec_context *context, struct http_reply *reply) {
    if (reply->body.size < SMALLEST_COMPRESSED || !context->request) {
        return;
    }
    struct text accepted = http_request_header(context->request, "Accept-Encoding");
    const char *encoding = accepted.data ? wanted_encoding(accepted) : NULL;
    if (!encoding) {
        return;
    }
    struct strbuf packed = STRBUF_INIT;
    if (strcmp(encoding, "gzip") == 0) {
        crypto_append_gzip(&packed, strbuf_text(&reply->body));
    } else {
        uLongf size = compressBound(reply->body.size);
        unsigned char *bytes = arena_alloc(context->arena, size);
        if (compress(bytes, &size, (const unsigned char *)reply->body.data, reply->body.size) != Z_OK) {
            return;
        }
        strbuf_append(&packed, bytes, size);
    }
    strbuf_clear(&reply->body);
    strbuf_append_text(&reply->body, strbuf_text(&packed));
    strbuf_release(&packed);
    http_reply_add_header(reply, "Content-Encoding", text_of(encoding));
}
