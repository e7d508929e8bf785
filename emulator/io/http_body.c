#include "emulator/io/http_body.h"

#define TRUSTED_BYTES 65536

void http_body_init(struct http_body *body, struct arena *arena, int64_t announced_bytes,
                    size_t maximum_bytes) {
    *body = (struct http_body){.maximum_bytes = maximum_bytes};
    if (announced_bytes > 0 && announced_bytes <= TRUSTED_BYTES) {
        body->capacity = (size_t)announced_bytes;
        body->data = arena_alloc(arena, body->capacity + 1);
    }
}

void http_body_release(struct http_body *body) {
    strbuf_release(&body->grown);
    body->data = NULL;
    body->size = 0;
    body->capacity = 0;
}

bool http_body_add(struct http_body *body, const char *data, size_t size) {
    if (size > body->maximum_bytes - body->size) {
        http_body_release(body);
        return false;
    }
    if (size <= body->capacity - body->size) {
        memcpy(body->data + body->size, data, size);
        body->size += size;
        body->data[body->size] = '\0';
        return true;
    }
    if (!body->grown.data) {
        strbuf_init(&body->grown, body->maximum_bytes + 1);
        if (body->size > 0) {
            strbuf_append(&body->grown, body->data, body->size);
        }
        body->capacity = body->size; /* the arena's part is not used any more */
    }
    strbuf_append(&body->grown, data, size);
    body->data = body->grown.data;
    body->size = body->grown.size;
    body->capacity = body->size;
    return true;
}

struct text http_body_text(const struct http_body *body) {
    return body->size > 0 ? (struct text){body->data, body->size} : TEXT("");
}
