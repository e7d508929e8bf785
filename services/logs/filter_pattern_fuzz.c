#include "services/logs/filter_pattern.h"

#include "harness/fuzz/fuzz.h"

/* A pattern, a line end, a message. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = arena_open();
    struct text line = fuzz_text(data, size);
    struct text source = fuzz_copy(arena, text_cut(&line, '\n'));
    const char *message = NULL;
    const struct filter_pattern *pattern = filter_pattern_compile(arena, source, &message);
    FUZZ_EXPECT(pattern || message);
    if (pattern) {
        filter_pattern_matches(pattern, fuzz_copy(arena, line.data ? line : TEXT("")), arena);
    }
    arena_close(arena);
    return 0;
}
