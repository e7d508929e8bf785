/*
 * The only text builder. Grows as needed up to its limit; past the limit it keeps what it had, sets
 * `overflow` and ignores further appends, so a caller checks once at the end.
 *
 * data is NUL-terminated whenever it is not NULL. Owns its memory: init/release. A limit of 0 (a zeroed
 * struct) means STRBUF_DEFAULT_LIMIT.
 */
#ifndef STACKRIG_STRBUF_H
#define STACKRIG_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "emulator/base/text.h"

struct strbuf {
    char *data;
    size_t size;
    size_t capacity;
    size_t limit_bytes;
    bool overflow;
};

/* 256 MiB: more than any reply. */
#define STRBUF_DEFAULT_LIMIT ((size_t)256 * 1024 * 1024)
#define STRBUF_INIT ((struct strbuf){.limit_bytes = STRBUF_DEFAULT_LIMIT})

void strbuf_init(struct strbuf *buffer, size_t limit_bytes);
void strbuf_release(struct strbuf *buffer);
/* Empties it and keeps the memory. */
void strbuf_clear(struct strbuf *buffer);
void strbuf_truncate(struct strbuf *buffer, size_t size);
/* Room for `extra` more bytes without another allocation. */
void strbuf_reserve(struct strbuf *buffer, size_t extra);
/* Hands over the memory (free() it), never NULL; the buffer is empty again. */
char *strbuf_detach(struct strbuf *buffer);
/* Borrowed, never absent; valid until the next change. */
struct text strbuf_text(const struct strbuf *buffer);

/* Where the appends below go when the bytes do not fit. */
void strbuf_append_slowly(struct strbuf *buffer, const void *data, size_t size);

/* `data` must not lie in the buffer. */
static inline void strbuf_append(struct strbuf *buffer, const void *data, size_t size) {
    if (size < buffer->capacity - buffer->size && !buffer->overflow) {
        memcpy(buffer->data + buffer->size, data, size);
        buffer->size += size;
        buffer->data[buffer->size] = '\0';
        return;
    }
    strbuf_append_slowly(buffer, data, size);
}
static inline void strbuf_append_char(struct strbuf *buffer, char byte) {
    strbuf_append(buffer, &byte, 1);
}
static inline void strbuf_append_string(struct strbuf *buffer, const char *string) {
    strbuf_append(buffer, string, strlen(string));
}
/* An absent text adds nothing. */
static inline void strbuf_append_text(struct strbuf *buffer, struct text text) {
    if (text.size) {
        strbuf_append(buffer, text.data, text.size);
    }
}
void strbuf_append_int64(struct strbuf *buffer, int64_t number);
void strbuf_printf(struct strbuf *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vprintf(struct strbuf *buffer, const char *format, va_list arguments);

/* Percent-encodes all but A-Za-z0-9-_.~ and the bytes in `keep` (may be NULL). */
void strbuf_append_percent(struct strbuf *buffer, struct text text, const char *keep);
/* Undoes percent-encoding; a broken escape stays as it is. plus_is_blank: form rules. */
void strbuf_append_unpercent(struct strbuf *buffer, struct text text, bool plus_is_blank);
/* Text for an XML element or attribute. Control characters that XML 1.0 forbids become &#xN;, as AWS
 * sends them. */
void strbuf_append_xml(struct strbuf *buffer, struct text text);

#endif
