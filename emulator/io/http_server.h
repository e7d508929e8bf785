/*
 * Listeners over libmicrohttpd (its only user), in external epoll mode inside our loop. Several listeners
 * share one daemon: the front door, the TLS door, one Runtime API address per execution environment.
 * A request may be answered later; until then its connection is suspended.
 */
#ifndef STACKRIG_HTTP_SERVER_H
#define STACKRIG_HTTP_SERVER_H

#include "emulator/base/http_message.h"
#include "emulator/io/loop.h"

struct http_server;
struct http_listener;
/* One request waiting for its answer. */
struct http_exchange;

/* Called when a request is complete; each call is a turn of the loop. Must lead to exactly one
 * http_exchange_reply(), now or later. The request is the exchange's: borrow it until the reply. */
typedef void http_request_fn(void *argument, struct http_exchange *exchange, struct http_request *request);

/* Bodies over maximum_body_bytes are answered 413 without being kept. Raises the soft limit of open files
 * as far as allowed: thousands of clients may wait. */
struct http_server *http_server_open(struct loop *loop, size_t maximum_body_bytes, http_request_fn *function,
                                     void *argument);
/* Waiting requests are dropped without an answer: their exchanges must not be used any more. */
void http_server_close(struct http_server *server);

/* port 0 picks a free one. NULL and errno when the address cannot be bound. `tag` becomes
 * request->listener. */
struct http_listener *http_server_listen(struct http_server *server, const char *host, int port, void *tag);
int http_listener_port(const struct http_listener *listener);
/* Also cuts its connections, so that no request carries its tag any more. Requests that wait for their
 * answer are still answered by http_exchange_reply(), to nobody. */
void http_listener_close(struct http_listener *listener);

/* Hands over a connected stream socket (TLS front: one end of a socket pair); it is closed by the server. */
void http_server_adopt(struct http_server *server, int descriptor, bool secure, void *tag);

/*
 * Answers. Takes the body and the headers out of *reply (which is empty afterwards). Within the request's
 * own callback its arena lives until the callback returns; later than that, the exchange, its request and
 * its arena are gone when this returns or soon after. reply->drop closes the connection without an answer.
 *
 * From a before-wait function of the loop: that function has to return 0 then.
 *
 * Date is added (real time) unless the reply brings one. Content-Length is the body's, whatever the reply
 * says; headers that HTTP cannot carry (line breaks) are left out.
 */
void http_exchange_reply(struct http_exchange *exchange, struct http_reply *reply);
/* Only within the request's own callback. */
bool http_exchange_is_answered(const struct http_exchange *exchange);
/*
 * A request that may wait for long, among thousands of them: once its callback has returned, its arena is
 * given back, and of the request only target and body are kept. For a request that is not answered within its
 * callback; false outside of it: nothing is changed. http_exchange_unpark() makes the request whole again, in
 * another arena, before it is answered with anything but a drop.
 */
bool http_exchange_park(struct http_exchange *exchange);
struct http_request *http_exchange_unpark(struct http_exchange *exchange);
/* True when the client of a waiting request has closed its end. MHD does not notice while suspended. */
bool http_client_gone(int socket);

#endif
