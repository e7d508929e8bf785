/*
 * A file of the source tree inside the program: EMBED(node_bootstrap, "services/lambda/bootstrap/node.mjs")
 * defines a struct text of that name. Paths are relative to the top of the source tree.
 */
#ifndef STACKRIG_EMBED_H
#define STACKRIG_EMBED_H

#include "emulator/base/text.h"

#define EMBED(name, path)                                                                              \
    extern const char name##_start[];                                                                  \
    extern const char name##_end[];                                                                    \
    __asm__(".section .rodata\n.balign 16\n.global " #name "_start\n.global " #name "_end\n" #name     \
            "_start:\n.incbin \"" path "\"\n" #name "_end:\n.byte 0\n.previous\n");                    \
    static inline struct text name(void) {                                                             \
        return (struct text){name##_start, (size_t)(name##_end - name##_start)};                       \
    }

#endif
