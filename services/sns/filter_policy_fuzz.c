#include "services/sns/filter_policy.h"

#include "harness/fuzz/fuzz.h"

/* A policy, a line end, what it is held against. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = arena_open();
    struct text subject = fuzz_text(data, size);
    struct text policy = fuzz_copy(arena, text_cut(&subject, '\n'));
    const struct json_value *message_value =
        subject.data ? json_parse(arena, fuzz_copy(arena, subject), NULL) : NULL;
    for (enum filter_scope scope = FILTER_MESSAGE_ATTRIBUTES; scope <= FILTER_MESSAGE_BODY; scope++) {
        const char *message = NULL;
        const struct event_pattern *filter = filter_policy_read(arena, policy, scope, &message);
        FUZZ_EXPECT(filter || message);
        if (filter) {
            event_pattern_matches(filter, message_value);
        }
    }
    arena_close(arena);
    return 0;
}
