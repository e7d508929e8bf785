#include "services/lambda/event_pattern.h"

#include "harness/fuzz/fuzz.h"

/* A pattern, a line end, an event. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = arena_open();
    struct text event = fuzz_text(data, size);
    const struct json_value *pattern = json_parse(arena, fuzz_copy(arena, text_cut(&event, '\n')), NULL);
    const struct json_value *value = event.data ? json_parse(arena, fuzz_copy(arena, event), NULL) : NULL;
    if (pattern && event_pattern_is_valid(pattern) && value) {
        event_pattern_matches(pattern, value);
    }
    arena_close(arena);
    return 0;
}
