#include "emulator/base/die.h"

#include <stdarg.h>

void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fflush(stdout);
    fputs("stackrig: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    abort();
}

void *xmalloc(size_t size) {
    void *memory = malloc(size ? size : 1);
    if (!memory) {
        die("no memory for %zu bytes", size);
    }
    return memory;
}

void *xcalloc(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size ? size : 1);
    if (!memory) {
        die("no memory for %zu times %zu bytes", count, size);
    }
    return memory;
}

void *xrealloc(void *memory, size_t size) {
    void *grown = realloc(memory, size ? size : 1);
    if (!grown) {
        die("no memory for %zu bytes", size);
    }
    return grown;
}

char *xstrdup(const char *string) {
    size_t size = strlen(string) + 1;
    return memcpy(xmalloc(size), string, size);
}
