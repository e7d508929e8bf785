/*
 * The road for bugs and a broken machine: no memory, SQL that does not prepare, an impossible state.
 * The process ends with context on standard error. Never for anything a client, a scenario file or a
 * handler can cause; those are AWS errors (core/result.h) or diagnostics (diagnostic.h).
 */
#ifndef STACKRIG_DIE_H
#define STACKRIG_DIE_H

#include <stddef.h>

/* Prints "stackrig: <message>" and aborts. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* malloc, calloc, realloc and strdup that never return NULL. Freed with free(). */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *memory, size_t size);
char *xstrdup(const char *string);

#endif
