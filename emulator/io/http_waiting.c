#include "emulator/io/http_waiting.h"

#include "emulator/io/zero_pages.h"

#define ROUND_MS 1000
#define ROUNDS 2 /* the second is the first that is sure to come ROUND_MS after the wait began */
/* At the end of a connection's memory stand entries of headers in any case. */
#define END_BYTES 64

void http_waiting_init(struct http_waiting *waiting, struct loop *loop, size_t connection_bytes) {
    *waiting = (struct http_waiting){.loop = loop, .connection_bytes = connection_bytes};
}

void http_waiting_release(struct http_waiting *waiting) {
    if (waiting->timer) {
        loop_cancel_timer(waiting->timer);
        waiting->timer = NULL;
    }
}

/*
 * libmicrohttpd clears all memory of a connection before a further request, and so makes all of it resident;
 * of a request that waits, only the first and the last part hold anything. What is in between goes back to
 * the system, once the wait has turned out to be a long one.
 */
static void trim(void *argument) {
    struct http_waiting *waiting = argument;
    bool more = false;
    waiting->timer = NULL;
    for (struct http_exchange *exchange = waiting->first; exchange && exchange->rounds < ROUNDS;
         exchange = exchange->next) {
        if (++exchange->rounds == ROUNDS) {
            const char *start = exchange->line - exchange->request.method.size - 1;
            zero_pages_give_back(start, waiting->connection_bytes - END_BYTES);
        } else {
            more = true;
        }
    }
    if (more) {
        waiting->timer = loop_after_real(waiting->loop, ROUND_MS, trim, waiting);
    }
}

void http_waiting_add(struct http_waiting *waiting, struct http_exchange *exchange) {
    exchange->previous = NULL;
    exchange->next = waiting->first;
    if (waiting->first) {
        waiting->first->previous = exchange;
    }
    waiting->first = exchange;
    if (!waiting->timer) {
        waiting->timer = loop_after_real(waiting->loop, ROUND_MS, trim, waiting);
    }
}

void http_waiting_remove(struct http_waiting *waiting, struct http_exchange *exchange) {
    *(exchange->previous ? &exchange->previous->next : &waiting->first) = exchange->next;
    if (exchange->next) {
        exchange->next->previous = exchange->previous;
    }
    exchange->next = exchange->previous = NULL;
}
