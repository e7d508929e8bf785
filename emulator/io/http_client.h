/* Outgoing HTTP (SNS to http endpoints, answers to outside hosts) over libcurl multi, its only user. The
 * library is loaded (dlopen) when first needed. */
#ifndef STACKRIG_HTTP_CLIENT_H
#define STACKRIG_HTTP_CLIENT_H

#include "emulator/base/http_message.h"
#include "emulator/io/loop.h"

struct http_client;

struct http_client_reply {
    int status;              /* 0: no answer; see error */
    struct text body;
    const char *error;       /* libcurl's words */
};

typedef void http_client_fn(void *argument, const struct http_client_reply *reply);

struct http_client *http_client_open(struct loop *loop);
/* Not inside a callback of its own. */
void http_client_close(struct http_client *client);
/* Copies everything it needs. timeout_ms is real time. The reply is borrowed during the callback, which comes
 * in a later turn, exactly once unless the client is closed first (then never). Redirects are not followed, no
 * proxy is used, schemes other than http and https fail, as do replies over 8 MiB. */
void http_client_send(struct http_client *client, const char *method, const char *url,
                      const struct http_header *headers, size_t header_count, struct text body,
                      int64_t timeout_ms, http_client_fn *function, void *argument);

#endif
