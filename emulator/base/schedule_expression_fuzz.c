#include "emulator/base/schedule_expression.h"

#include "harness/fuzz/fuzz.h"

#define CREATED_MS INT64_C(1700000000000)

/* The next times lie one behind the other. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = arena_open();
    struct text source = fuzz_copy(arena, fuzz_text(data, size));
    for (int scheduler = 0; scheduler < 2; scheduler++) {
        struct schedule_expression expression;
        if (schedule_expression_read(source, scheduler, &expression)) {
            int64_t time_ms = CREATED_MS;
            for (int i = 0; i < 5 && time_ms >= 0; i++) {
                int64_t next_ms = schedule_expression_next(&expression, CREATED_MS, time_ms);
                FUZZ_EXPECT(next_ms == -1 || next_ms > time_ms);
                time_ms = next_ms;
            }
        }
    }
    arena_close(arena);
    return 0;
}
