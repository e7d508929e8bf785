/*
 * Our replies as libmicrohttpd's responses. For http_server.c alone.
 */
#ifndef STACKRIG_HTTP_SERVER_RESPONSE_H
#define STACKRIG_HTTP_SERVER_RESPONSE_H

#include "emulator/base/clock.h"
#include "emulator/base/http_message.h"

struct MHD_Response;

/* The Date header's text, made once a second. */
struct http_dates {
    struct clock clock; /* real: clients compare it with their own */
    int64_t second;
    struct strbuf text;
};

void http_dates_init(struct http_dates *dates);
void http_dates_release(struct http_dates *dates);

/* Takes the body out of the reply; copies the headers. The caller destroys the response. */
struct MHD_Response *http_server_response(struct http_dates *dates, struct http_reply *reply);

/* A text that stays, for a connection that ends with it. */
struct MHD_Response *http_fixed_response(const char *body);

#endif
