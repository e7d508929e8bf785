/*
 * The TLS door: ends TLS with OpenSSL and hands plain bytes to the HTTP server over a socket pair. A
 * throw-away CA is made at start (lazily: at the first need of its file or of a connection); leaves are
 * minted by SNI name, or for 127.0.0.1 and localhost without SNI.
 */
#ifndef STACKRIG_TLS_H
#define STACKRIG_TLS_H

#include "emulator/base/text.h"
#include "emulator/io/http_server.h"

struct tls;

/* A client that does not end its handshake in time, counted in real time, is turned away. */
#define TLS_HANDSHAKE_LIMIT_MS 30000
struct tls *tls_open(struct loop *loop, struct http_server *server, int64_t handshake_limit_ms);
void tls_close(struct tls *tls);
/* Returns the port (0 picks a free one), or -1 and errno when the address cannot be bound. */
int tls_listen(struct tls *tls, const char *host, int port);
/* The CA certificate as PEM, borrowed. */
struct text tls_ca_pem(struct tls *tls);

#endif
