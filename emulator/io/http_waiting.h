/*
 * The requests that wait for their answers, latest first. For http_server.c alone.
 */
#ifndef STACKRIG_HTTP_WAITING_H
#define STACKRIG_HTTP_WAITING_H

#include "emulator/io/http_exchange.h"
#include "emulator/io/loop.h"

struct http_waiting {
    struct loop *loop;
    size_t connection_bytes; /* libmicrohttpd's memory for one connection */
    struct http_exchange *first;
    struct loop_timer *timer;
};

void http_waiting_init(struct http_waiting *waiting, struct loop *loop, size_t connection_bytes);
/* Nobody waits any more. */
void http_waiting_release(struct http_waiting *waiting);
/* After a second or two of waiting, memory of its connection that holds nothing goes back to the system. */
void http_waiting_add(struct http_waiting *waiting, struct http_exchange *exchange);
void http_waiting_remove(struct http_waiting *waiting, struct http_exchange *exchange);

#endif
