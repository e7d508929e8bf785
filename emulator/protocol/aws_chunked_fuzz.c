#include "emulator/protocol/aws_chunked.h"
#include "harness/fuzz/fuzz.h"

/* The announced length, a line end, the framed body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = arena_open();
    struct text body = fuzz_text(data, size);
    struct text length = text_cut(&body, '\n');
    const struct http_header headers[] = {
        {TEXT("Content-Encoding"), TEXT("aws-chunked")},
        {TEXT("x-amz-content-sha256"), TEXT("STREAMING-UNSIGNED-PAYLOAD-TRAILER")},
        {TEXT("x-amz-decoded-content-length"), length},
    };
    const struct http_request request = {
        .method = TEXT("PUT"),
        .headers = headers,
        .header_count = sizeof headers / sizeof *headers,
        .body = fuzz_copy(arena, body.data ? body : TEXT("")),
        .arena = arena,
    };
    struct aws_chunked decoded;
    if (aws_chunked_decode(&request, &decoded)) {
        FUZZ_EXPECT(decoded.body.size <= size);
    }
    arena_close(arena);
    return 0;
}
