#include "emulator/io/http_exchange.h"

#include <microhttpd.h>

#include "emulator/base/die.h"

#define TYPICAL_HEADERS 16

/* ---- memory ---- */

static struct arena *take_arena(struct http_exchanges *exchanges) {
    return exchanges->arena_count > 0 ? exchanges->arenas[--exchanges->arena_count] : arena_open();
}

static void return_arena(struct http_exchanges *exchanges, struct arena *arena) {
    if (!arena || exchanges->arena_count == HTTP_EXCHANGES_SPARE) {
        arena_close(arena);
        return;
    }
    arena_clear(arena);
    exchanges->arenas[exchanges->arena_count++] = arena;
}

void http_exchanges_release(struct http_exchanges *exchanges) {
    while (exchanges->spare) {
        struct http_exchange *exchange = exchanges->spare;
        exchanges->spare = exchange->next;
        free(exchange);
    }
    exchanges->spare_count = 0;
    while (exchanges->arena_count > 0) {
        arena_close(exchanges->arenas[--exchanges->arena_count]);
    }
}

struct http_exchange *http_exchange_open(struct http_exchanges *exchanges, struct http_server *server) {
    struct http_exchange *exchange = exchanges->spare;
    if (exchange) {
        exchanges->spare = exchange->next;
        exchanges->spare_count--;
    } else {
        exchange = xmalloc(sizeof *exchange);
    }
    *exchange = (struct http_exchange){.server = server};
    exchange->request.arena = take_arena(exchanges);
    exchange->request.exchange = exchange;
    return exchange;
}

static void release_body(struct http_exchange *exchange) {
    if (exchange->body) {
        http_body_release(exchange->body);
        exchange->body = NULL;
    }
}

void http_exchange_close(struct http_exchanges *exchanges, struct http_exchange *exchange) {
    release_body(exchange);
    if (exchange->response) {
        MHD_destroy_response(exchange->response);
    }
    free(exchange->kept);
    return_arena(exchanges, exchange->request.arena);
    if (exchanges->spare_count == HTTP_EXCHANGES_SPARE) {
        free(exchange);
        return;
    }
    exchange->next = exchanges->spare;
    exchanges->spare = exchange;
    exchanges->spare_count++;
}

/* ---- the request ---- */

static void set_target(struct http_request *request, struct text target) {
    const char *mark = memchr(target.data, '?', target.size);
    size_t path_size = mark ? (size_t)(mark - target.data) : target.size;
    request->target = target;
    request->path = (struct text){target.data, path_size};
    request->query = mark ? (struct text){mark + 1, target.size - path_size - 1} : TEXT_NONE;
}

void http_exchange_take_target(struct http_exchange *exchange, const char *target) {
    size_t size = strlen(target);
    exchange->line = target;
    set_target(&exchange->request, (struct text){arena_copy(exchange->request.arena, target, size), size});
}

static enum MHD_Result on_header(void *argument, enum MHD_ValueKind kind, const char *name, size_t name_size,
                                 const char *value, size_t value_size) {
    struct http_exchange *exchange = argument;
    struct http_request *request = &exchange->request;
    (void)kind;
    if (request->header_count == exchange->header_capacity) {
        unsigned capacity = exchange->header_capacity ? exchange->header_capacity * 2 : TYPICAL_HEADERS;
        struct http_header *larger = arena_alloc(request->arena, capacity * sizeof *larger);
        if (request->header_count) {
            memcpy(larger, request->headers, request->header_count * sizeof *larger);
        }
        exchange->header_capacity = (unsigned short)capacity;
        request->headers = larger;
    }
    struct http_header *headers =
        (struct http_header *)request->headers; /* ours, until the request is given */
    headers[request->header_count++] =
        (struct http_header){{name, name_size}, value ? (struct text){value, value_size} : TEXT("")};
    return MHD_YES;
}

void http_exchange_take_headers(struct http_exchange *exchange) {
    exchange->request.header_count = 0;
    exchange->header_capacity = 0;
    MHD_get_connection_values_n(exchange->connection, MHD_HEADER_KIND, on_header, exchange);
}

/* Method and headers stand in libmicrohttpd's own memory as long as the connection waits: only what is ours
 * is copied. */
void http_exchange_shrink(struct http_exchanges *exchanges, struct http_exchange *exchange) {
    struct http_request *request = &exchange->request;
    struct text target = request->target;
    struct text body = request->body;
    char *kept = xmalloc(target.size + 1 + body.size + 1);
    memcpy(kept, target.data, target.size);
    kept[target.size] = '\0';
    memcpy(kept + target.size + 1, body.data, body.size);
    kept[target.size + 1 + body.size] = '\0';
    free(exchange->kept);
    exchange->kept = kept;
    set_target(request, (struct text){kept, target.size});
    request->body = (struct text){kept + target.size + 1, body.size};
    release_body(exchange);
    request->headers = NULL;
    request->header_count = 0;
    return_arena(exchanges, request->arena);
    request->arena = NULL;
}

void http_exchange_restore(struct http_exchanges *exchanges, struct http_exchange *exchange) {
    exchange->request.arena = take_arena(exchanges);
    http_exchange_take_headers(exchange);
}
