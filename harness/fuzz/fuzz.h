/*
 * What a *_fuzz.c needs. Each is a program of libFuzzer's (make fuzz) that stands beside the parser it tries,
 * or here when it tries the whole program. It exports one function, called with any bytes; what it must never
 * do is crash, hang or read past its input, which the sanitizers watch.
 */
#ifndef STACKRIG_FUZZ_H
#define STACKRIG_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "emulator/base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline struct text fuzz_text(const uint8_t *data, size_t size) {
    return (struct text){(const char *)data, size};
}

/* Bodies of requests have a NUL after them, which `size` does not count; so do these. */
static inline struct text fuzz_copy(struct arena *arena, struct text text) {
    return (struct text){arena_copy(arena, text.data, text.size), text.size};
}

/* For what a parser promises about its own output. */
#define FUZZ_EXPECT(condition)                                                                               \
    if (!(condition)) {                                                                                      \
        __builtin_trap();                                                                                    \
    }

#endif
