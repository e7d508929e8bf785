#include "emulator/base/event_pattern.h"
#include "harness/fuzz/fuzz.h"

/* A pattern, a line end, an event. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = arena_open();
    struct text event = fuzz_text(data, size);
    struct text source = fuzz_copy(arena, text_cut(&event, '\n'));
    const char *message = NULL;
    const struct event_pattern *pattern = event_pattern_read(arena, source, &message);
    FUZZ_EXPECT(pattern || message);
    if (pattern) {
        event_pattern_matches(pattern, event.data ? json_parse(arena, fuzz_copy(arena, event), NULL) : NULL);
    }
    arena_close(arena);
    return 0;
}
