/*
 * Where a new connection comes to lie. For http_server.c alone.
 *
 * Of libmicrohttpd's memory for a connection, a kilobyte at its start (the request) and one at its end (the
 * list of headers) are used. Connections made one after the other lie side by side: the end of one, then what
 * we and libmicrohttpd know of the next, then the start of that one's memory. Padding puts these three into
 * one page of the system, where they would mostly lie in two, and so saves a third of what each client that
 * waits costs. A connection that does not come to lie where this expects it works all the same.
 */
#ifndef STACKRIG_HTTP_PLACEMENT_H
#define STACKRIG_HTTP_PLACEMENT_H

#include <stddef.h>

struct MHD_Connection;

/* Zeroed: nothing learned yet. */
struct http_placement {
    size_t distance; /* from our block to the request, when only libmicrohttpd's are in between */
};

/* A block for a connection that libmicrohttpd is told of next; free() it. *padding is kept for the below. */
void *http_placement_alloc(const struct http_placement *placement, size_t size, size_t *padding);
/* Learns from a request where the connection came to lie. target: as libmicrohttpd keeps it. */
void http_placement_learn(struct http_placement *placement, const void *block, size_t padding,
                          const struct MHD_Connection *handle, const char *target);

#endif
