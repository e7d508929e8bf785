/*
 * Memory of one call: allocated piece by piece, freed at once. Everything a handler makes lives here
 * unless it outlives the call. Not for anything that lives longer than a call, a task or a scenario step.
 */
#ifndef STACKRIG_ARENA_H
#define STACKRIG_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "emulator/base/text.h"

struct arena;

struct arena *arena_open(void);
/* Runs the cleanups, last added first, then frees everything. NULL is allowed. */
void arena_close(struct arena *arena);
/* As close and open, keeping the first block: the cheap way to reuse an arena. */
void arena_clear(struct arena *arena);

/* Aligned for any type; never NULL; size 0 is allowed. arena_alloc leaves the bytes undefined. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_zalloc(struct arena *arena, size_t size);
/* A copy with a NUL after it, which `size` does not count. */
char *arena_copy(struct arena *arena, const void *data, size_t size);
char *arena_strdup(struct arena *arena, const char *string);
/* NULL for an absent text. */
char *arena_text_string(struct arena *arena, struct text text);
/* The same bytes, living in the arena; absent stays absent. */
struct text arena_text(struct arena *arena, struct text text);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments);

/* Calls function(argument) when the arena is closed or cleared. */
void arena_cleanup(struct arena *arena, void (*function)(void *argument), void *argument);

#endif
