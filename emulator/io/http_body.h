/*
 * A request's body as it comes in pieces: short ones go straight into the request's arena; long ones and
 * those of unknown length grow, so that an announced length alone costs nothing.
 */
#ifndef STACKRIG_HTTP_BODY_H
#define STACKRIG_HTTP_BODY_H

#include "emulator/base/arena.h"
#include "emulator/base/strbuf.h"

struct http_body {
    size_t maximum_bytes;
    char *data; /* in the arena, or grown.data; NULL: empty */
    size_t size;
    size_t capacity; /* in the arena */
    struct strbuf grown;
};

/* A zeroed struct may be released without this. announced_bytes: -1 when it is not known. */
void http_body_init(struct http_body *body, struct arena *arena, int64_t announced_bytes, size_t maximum_bytes);
void http_body_release(struct http_body *body);
/* False: more than the maximum; what there was is thrown away. */
bool http_body_add(struct http_body *body, const char *data, size_t size);
/* Borrowed; NUL-terminated; empty rather than absent. */
struct text http_body_text(const struct http_body *body);

#endif
