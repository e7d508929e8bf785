/*
 * One HTTP request or reply as a value: what the listener makes, what wire tests and scenarios make by
 * hand, what the gateway answers. Nothing here touches a socket.
 */
#ifndef STACKRIG_HTTP_MESSAGE_H
#define STACKRIG_HTTP_MESSAGE_H

#include "emulator/base/arena.h"
#include "emulator/base/strbuf.h"

struct http_exchange;

struct http_header {
    struct text name;
    struct text value;
};

struct http_request {
    struct text method;
    struct text target; /* as sent: path and query, nothing decoded */
    struct text path;   /* as sent, without '?' */
    struct text query;  /* as sent, without '?'; absent when there is none */
    const struct http_header *headers;
    size_t header_count;
    struct text body;
    bool secure;        /* came in over TLS */
    void *listener;     /* tag given to http_server_listen(); NULL for the front door */
    struct arena *arena; /* lives as long as the request; the call's memory */
    /* The connection's socket, to ask whether the client is still there (http_client_gone()); -1 none. */
    int socket;
    struct http_exchange *exchange; /* NULL: made by hand */
};

/* Enough for an object with much user metadata. */
#define HTTP_REPLY_HEADERS 64

struct http_reply {
    int status;
    struct http_header *headers; /* made at the first one; names and values are borrowed */
    size_t header_count;
    size_t header_capacity;
    struct strbuf body;
    /* HEAD: announces this length without a body; -1 unused. */
    int64_t announced_size;
    /* A scripted fault: close the connection without an answer. */
    bool drop;
};

/* Value of the first such header (case ignored), absent if none. */
struct text http_request_header(const struct http_request *request, const char *name);
/* Decoded value of a query parameter, in the request's arena; absent if none. */
struct text http_request_query(const struct http_request *request, const char *name);

void http_reply_init(struct http_reply *reply);
void http_reply_release(struct http_reply *reply);
/* Adds; name and value must outlive the reply. Past HTTP_REPLY_HEADERS it dies: a bug. */
void http_reply_add_header(struct http_reply *reply, const char *name, struct text value);
/* The request's text form, for wire tests: request line, headers, blank line, body. False: malformed. */
bool http_request_parse(struct arena *arena, struct text source, struct http_request *request);

#endif
