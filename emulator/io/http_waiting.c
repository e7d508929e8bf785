#include "emulator/io/http_waiting.h"

#include "emulator/io/zero_pages.h"

/* Each round a request grows older; the second is the first that is sure to come ROUND_MS after the wait
 * began. */
#define ROUND_MS 1000
enum { AGE_NEW, AGE_SEEN, AGE_DUE, AGE_TRIMMED };
/* Some microseconds each: thousands at once would keep everybody else waiting. */
#define TRIMMED_IN_A_TURN 64
#define NEXT_TURN_MS 5
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
static bool trim_some(const struct http_waiting *waiting) {
    int trimmed = 0;
    for (struct http_exchange *exchange = waiting->first; exchange; exchange = exchange->next) {
        if (exchange->age != AGE_DUE) {
            continue;
        }
        if (trimmed++ == TRIMMED_IN_A_TURN) {
            return true; /* others are left */
        }
        const char *start = exchange->line - exchange->request.method.size - 1;
        zero_pages_give_back(start, waiting->connection_bytes - END_BYTES);
        exchange->age = AGE_TRIMMED;
    }
    return false;
}

static void next_round(void *argument);

static void next_turn(void *argument) {
    struct http_waiting *waiting = argument;
    bool left = trim_some(waiting);
    waiting->timer = NULL;
    if (left) {
        waiting->timer = loop_after_real(waiting->loop, NEXT_TURN_MS, next_turn, waiting);
    } else if (waiting->first && waiting->first->age < AGE_DUE) {
        waiting->timer = loop_after_real(waiting->loop, ROUND_MS, next_round, waiting);
    }
}

static void next_round(void *argument) {
    struct http_waiting *waiting = argument;
    for (struct http_exchange *exchange = waiting->first; exchange && exchange->age < AGE_DUE;
         exchange = exchange->next) {
        exchange->age++;
    }
    next_turn(waiting);
}

void http_waiting_add(struct http_waiting *waiting, struct http_exchange *exchange) {
    exchange->previous = NULL;
    exchange->next = waiting->first;
    if (waiting->first) {
        waiting->first->previous = exchange;
    }
    waiting->first = exchange;
    if (!waiting->timer) {
        waiting->timer = loop_after_real(waiting->loop, ROUND_MS, next_round, waiting);
    }
}

void http_waiting_remove(struct http_waiting *waiting, struct http_exchange *exchange) {
    *(exchange->previous ? &exchange->previous->next : &waiting->first) = exchange->next;
    if (exchange->next) {
        exchange->next->previous = exchange->previous;
    }
    exchange->next = exchange->previous = NULL;
}
