#include "emulator/io/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emulator/base/die.h"
#include "emulator/base/strbuf.h"
#include "emulator/io/listener.h"
#include "emulator/io/tls_certificates.h"

#define PUMP_BYTES 16384 /* a TLS record */

struct tls_door {
    struct listener *listener;
    struct tls_door *next;
};

struct tls {
    struct loop *loop;
    struct http_server *server;
    struct tls_certificates *certificates; /* NULL until first needed */
    SSL_CTX *context;                      /* likewise */
    int64_t handshake_limit_ms;
    struct tls_door *doors;
    struct tls_connection *connections;
    char buffer[PUMP_BYTES];
};

/* Bytes that the other side would not take yet. */
struct backlog {
    struct strbuf bytes;
    size_t taken;
};

/* Client <-> SSL <-> (plain) socket pair <-> HTTP server. */
struct tls_connection {
    struct tls *tls;
    SSL *ssl;
    int client; /* socket */
    int plain;  /* our end of the pair; -1 during the handshake */
    struct loop_source *client_source;
    struct loop_source *plain_source;
    struct loop_timer *patience; /* until the handshake is over */
    struct backlog to_server;
    struct backlog to_client;
    bool wants_write;  /* OpenSSL waits for the client to take bytes */
    bool client_ended; /* sends no more; may still listen */
    bool server_ended; /* will send no more than to_client */
    bool is_broken;    /* nobody listens any more */
    struct tls_connection *next;
    struct tls_connection *previous;
};

struct tls *tls_open(struct loop *loop, struct http_server *server, int64_t handshake_limit_ms) {
    struct tls *tls = xcalloc(1, sizeof *tls);
    tls->loop = loop;
    tls->server = server;
    tls->handshake_limit_ms = handshake_limit_ms;
    return tls;
}

static struct tls_certificates *certificates_of(struct tls *tls) {
    if (!tls->certificates) {
        tls->certificates = tls_certificates_open();
    }
    return tls->certificates;
}

struct text tls_ca_pem(struct tls *tls) {
    return tls_certificates_ca_pem(certificates_of(tls));
}

/* ---- handshake ---- */

static void local_address(int socket, char text[INET6_ADDRSTRLEN]) {
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    text[0] = '\0';
    if (getsockname(socket, (struct sockaddr *)&address, &size) != 0) {
        return;
    }
    if (address.ss_family == AF_INET) {
        inet_ntop(AF_INET, &((struct sockaddr_in *)&address)->sin_addr, text, INET6_ADDRSTRLEN);
    } else if (address.ss_family == AF_INET6) {
        struct in6_addr *v6 = &((struct sockaddr_in6 *)&address)->sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(v6)) {
            inet_ntop(AF_INET, v6->s6_addr + 12, text, INET6_ADDRSTRLEN);
        } else {
            inet_ntop(AF_INET6, v6, text, INET6_ADDRSTRLEN);
        }
    }
}

static int choose_certificate(SSL *ssl, void *argument) {
    struct tls_certificates *certificates = certificates_of(argument);
    char address[INET6_ADDRSTRLEN];
    local_address(SSL_get_fd(ssl), address);
    X509 *leaf = tls_certificates_leaf(certificates, SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name),
                                       address[0] ? address : NULL);
    return SSL_use_certificate(ssl, leaf) == 1 &&
           SSL_use_PrivateKey(ssl, tls_certificates_leaf_key(certificates)) == 1;
}

static int choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_size,
                           const unsigned char *offered, unsigned offered_size, void *argument) {
    static const unsigned char ours[] = "\x08http/1.1";
    (void)ssl;
    (void)argument;
    unsigned char *match;
    int code = SSL_select_next_proto(&match, chosen_size, ours, sizeof ours - 1, offered, offered_size);
    *chosen = match;
    return code == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

static SSL_CTX *context_of(struct tls *tls) {
    if (tls->context) {
        return tls->context;
    }
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context) {
        die("tls: OpenSSL does not start");
    }
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_cert_cb(context, choose_certificate, tls);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    tls->context = context;
    return context;
}

/* ---- backlogs ---- */

static struct text waiting_bytes(const struct backlog *backlog) {
    return text_slice(strbuf_text(&backlog->bytes), backlog->taken, SIZE_MAX);
}

static bool is_empty(const struct backlog *backlog) {
    return backlog->bytes.size == backlog->taken;
}

static void take(struct backlog *backlog, size_t size) {
    backlog->taken += size;
    if (is_empty(backlog)) {
        strbuf_release(&backlog->bytes);
        strbuf_init(&backlog->bytes, STRBUF_DEFAULT_LIMIT);
        backlog->taken = 0;
    }
}

/* ---- pumping ---- */

static void close_connection(struct tls_connection *connection) {
    struct tls *tls = connection->tls;
    loop_unwatch(connection->client_source);
    loop_unwatch(connection->plain_source);
    loop_cancel_timer(connection->patience);
    SSL_free(connection->ssl);
    close(connection->client);
    if (connection->plain >= 0) {
        close(connection->plain);
    }
    strbuf_release(&connection->to_server.bytes);
    strbuf_release(&connection->to_client.bytes);
    if (connection->previous) {
        connection->previous->next = connection->next;
    } else {
        tls->connections = connection->next;
    }
    if (connection->next) {
        connection->next->previous = connection->previous;
    }
    free(connection);
}

/* After an SSL call that gave no bytes. False: the client's side has ended. */
static bool goes_on(struct tls_connection *connection, int result) {
    int error = SSL_get_error(connection->ssl, result);
    ERR_clear_error();
    if (error == SSL_ERROR_WANT_WRITE) {
        connection->wants_write = true;
    }
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

/* Bytes taken by the HTTP server's end; it closing its end is seen when reading. */
static size_t give_to_server(const struct tls_connection *connection, const char *data, size_t size) {
    ssize_t sent = send(connection->plain, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent > 0 ? (size_t)sent : 0;
}

static void end_client(struct tls_connection *connection) {
    connection->client_ended = true;
    if (is_empty(&connection->to_server)) {
        shutdown(connection->plain, SHUT_WR);
    }
}

static void pump_to_server(struct tls_connection *connection) {
    char *buffer = connection->tls->buffer;
    if (!is_empty(&connection->to_server)) {
        struct text waiting = waiting_bytes(&connection->to_server);
        take(&connection->to_server, give_to_server(connection, waiting.data, waiting.size));
        if (is_empty(&connection->to_server) && connection->client_ended) {
            shutdown(connection->plain, SHUT_WR);
        }
    }
    while (is_empty(&connection->to_server) && !connection->client_ended) {
        int size = SSL_read(connection->ssl, buffer, PUMP_BYTES);
        if (size <= 0) {
            if (!goes_on(connection, size)) {
                end_client(connection);
            }
            return;
        }
        size_t sent = give_to_server(connection, buffer, (size_t)size);
        strbuf_append(&connection->to_server.bytes, buffer + sent, (size_t)size - sent);
    }
}

/* Bytes taken by the client; 0: not now, or never. */
static size_t give_to_client(struct tls_connection *connection, const char *data, size_t size) {
    int sent = SSL_write(connection->ssl, data, size < INT32_MAX ? (int)size : INT32_MAX);
    if (sent > 0) {
        return (size_t)sent;
    }
    if (!goes_on(connection, sent)) {
        connection->is_broken = true;
    }
    return 0;
}

static void flush_to_client(struct tls_connection *connection) {
    while (!is_empty(&connection->to_client)) {
        struct text waiting = waiting_bytes(&connection->to_client);
        size_t sent = give_to_client(connection, waiting.data, waiting.size);
        if (sent == 0) {
            return;
        }
        take(&connection->to_client, sent);
    }
}

/* Reads from the server what there is; with `all` also what the client will not take now. */
static void pump_to_client(struct tls_connection *connection, bool all) {
    char *buffer = connection->tls->buffer;
    flush_to_client(connection);
    while ((all || is_empty(&connection->to_client)) && !connection->server_ended && !connection->is_broken) {
        ssize_t size = recv(connection->plain, buffer, PUMP_BYTES, MSG_DONTWAIT);
        if (size <= 0) {
            connection->server_ended = size == 0 || (errno != EAGAIN && errno != EINTR);
            return;
        }
        size_t sent = 0;
        while (sent < (size_t)size && is_empty(&connection->to_client)) {
            size_t now = give_to_client(connection, buffer + sent, (size_t)size - sent);
            if (now == 0) {
                break;
            }
            sent += now;
        }
        strbuf_append(&connection->to_client.bytes, buffer + sent, (size_t)size - sent);
    }
}

static void watch_again(struct tls_connection *connection) {
    bool reads = !connection->client_ended && is_empty(&connection->to_server);
    loop_change(connection->client_source,
                (reads ? LOOP_READABLE : 0) | (connection->wants_write ? LOOP_WRITABLE : 0));
    if (connection->server_ended && connection->plain_source) {
        loop_unwatch(connection->plain_source); /* it would report its end again and again */
        connection->plain_source = NULL;
    }
    if (connection->plain_source) {
        loop_change(connection->plain_source, (is_empty(&connection->to_client) ? LOOP_READABLE : 0) |
                                                  (is_empty(&connection->to_server) ? 0 : LOOP_WRITABLE));
    }
}

/* May close the connection. */
static void pump(struct tls_connection *connection, bool server_hung_up) {
    connection->wants_write = false;
    pump_to_server(connection);
    pump_to_client(connection, server_hung_up);
    if (connection->server_ended && is_empty(&connection->to_client) && !connection->is_broken) {
        SSL_shutdown(connection->ssl);
        ERR_clear_error();
        connection->is_broken = true;
    }
    if (connection->is_broken) {
        close_connection(connection);
    } else {
        watch_again(connection);
    }
}

static void on_plain(void *argument, int events) {
    pump(argument, (events & LOOP_HANGUP) != 0);
}

/* False: the handshake goes on, or the connection is gone. */
static bool finish_handshake(struct tls_connection *connection) {
    connection->wants_write = false;
    int result = SSL_accept(connection->ssl);
    if (result != 1) {
        if (goes_on(connection, result)) {
            loop_change(connection->client_source, connection->wants_write ? LOOP_WRITABLE : LOOP_READABLE);
        } else {
            close_connection(connection);
        }
        return false;
    }
    loop_cancel_timer(connection->patience);
    connection->patience = NULL;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
        close_connection(connection);
        return false;
    }
    connection->plain = ends[0];
    connection->plain_source =
        loop_watch(connection->tls->loop, ends[0], LOOP_READABLE, on_plain, connection);
    http_server_adopt(connection->tls->server, ends[1], true, NULL);
    return true;
}

static void on_client(void *argument, int events) {
    struct tls_connection *connection = argument;
    if (events & LOOP_HANGUP) {
        close_connection(connection);
    } else if (connection->plain >= 0 || finish_handshake(connection)) {
        pump(connection, false);
    }
}

/* ---- doors ---- */

static void handshake_takes_too_long(void *argument) {
    struct tls_connection *connection = argument;
    connection->patience = NULL;
    close_connection(connection);
}

static void on_accepted(void *argument, int descriptor, const struct sockaddr *address, socklen_t size) {
    struct tls *tls = argument;
    (void)address;
    (void)size;
    SSL *ssl = SSL_new(context_of(tls));
    if (!ssl || !SSL_set_fd(ssl, descriptor)) {
        die("tls: no memory for a connection");
    }
    struct tls_connection *connection = xcalloc(1, sizeof *connection);
    connection->tls = tls;
    connection->ssl = ssl;
    connection->client = descriptor;
    connection->plain = -1;
    strbuf_init(&connection->to_server.bytes, STRBUF_DEFAULT_LIMIT);
    strbuf_init(&connection->to_client.bytes, STRBUF_DEFAULT_LIMIT);
    connection->client_source = loop_watch(tls->loop, descriptor, LOOP_READABLE, on_client, connection);
    connection->patience =
        loop_after_real(tls->loop, tls->handshake_limit_ms, handshake_takes_too_long, connection);
    connection->next = tls->connections;
    if (tls->connections) {
        tls->connections->previous = connection;
    }
    tls->connections = connection;
}

int tls_listen(struct tls *tls, const char *host, int port) {
    struct listener *listener = listener_open(tls->loop, host, port, on_accepted, tls);
    if (!listener) {
        return -1;
    }
    struct tls_door *door = xcalloc(1, sizeof *door);
    door->listener = listener;
    door->next = tls->doors;
    tls->doors = door;
    return listener_port(listener);
}

void tls_close(struct tls *tls) {
    if (!tls) {
        return;
    }
    while (tls->doors) {
        struct tls_door *door = tls->doors;
        tls->doors = door->next;
        listener_close(door->listener);
        free(door);
    }
    for (struct tls_connection *connection = tls->connections, *next; connection; connection = next) {
        next = connection->next;
        close_connection(connection);
    }
    SSL_CTX_free(tls->context);
    tls_certificates_close(tls->certificates);
    free(tls);
}
