/*
 * A request with its memory, from its first line to its answer. For http_server.c alone.
 */
#ifndef STACKRIG_HTTP_EXCHANGE_H
#define STACKRIG_HTTP_EXCHANGE_H

#include "emulator/base/http_message.h"
#include "emulator/io/http_body.h"

struct MHD_Connection;
struct MHD_Response;
struct http_server;

enum exchange_state {
    EXCHANGE_RECEIVING,
    EXCHANGE_TOO_LARGE, /* swallowing a body to answer 413 */
    EXCHANGE_RUNNING,   /* inside the request callback */
    EXCHANGE_WAITING,   /* suspended */
    EXCHANGE_ANSWERED,
};

struct http_exchange {
    struct http_server *server;
    struct MHD_Connection *connection;
    struct http_request request;
    struct http_body *body; /* in the arena; NULL: not begun, or parked */
    char *kept;             /* parked: target and body, when the arena is given back; NULL: never was */
    struct MHD_Response *response; /* NULL once answered: drop */
    const char *line;              /* the request line's target, where libmicrohttpd keeps it */
    struct http_exchange *next;    /* spare list, or waiting list */
    struct http_exchange *previous;
    enum exchange_state state;
    unsigned short status;
    unsigned short header_capacity;
    bool parks;        /* asked for by http_exchange_park() */
    unsigned char age; /* of its wait (http_waiting.c) */
};

#define HTTP_EXCHANGES_SPARE 64

/* Exchanges and arenas, used again and again. Zeroed: none yet. */
struct http_exchanges {
    struct http_exchange *spare;
    int spare_count;
    struct arena *arenas[HTTP_EXCHANGES_SPARE];
    int arena_count;
};

void http_exchanges_release(struct http_exchanges *exchanges);
/* In state RECEIVING, with an arena. */
struct http_exchange *http_exchange_open(struct http_exchanges *exchanges, struct http_server *server);
/* Frees the response, too. */
void http_exchange_close(struct http_exchanges *exchanges, struct http_exchange *exchange);
/* The request line's target, as sent. */
void http_exchange_take_target(struct http_exchange *exchange, const char *target);
void http_exchange_take_headers(struct http_exchange *exchange);
/* Gives the arena back; keeps target and body. */
void http_exchange_shrink(struct http_exchanges *exchanges, struct http_exchange *exchange);
/* The opposite: the request is as it was, in another arena. */
void http_exchange_restore(struct http_exchanges *exchanges, struct http_exchange *exchange);

#endif
