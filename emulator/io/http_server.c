#include "emulator/io/http_server.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <microhttpd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emulator/base/die.h"
#include "emulator/io/http_exchange.h"
#include "emulator/io/http_placement.h"
#include "emulator/io/http_server_response.h"
#include "emulator/io/http_waiting.h"
#include "emulator/io/listener.h"

/* MHD's memory for one connection: request line, headers, and the window for bodies. MHD clears all of it
 * after each request, so more costs time as well; 13 KiB of target and headers still fit (AWS: 8 KiB). With
 * what malloc() and http_placement.h add it comes to four pages. */
#define CONNECTION_MEMORY_BYTES ((size_t)14848)
/* More open files than this only slow down children that close them one by one. */
#define MAXIMUM_OPEN_FILES 65536
/* MHD looks through all suspended connections of a daemon whenever one of them is resumed: so that waking one
 * of thousands costs no more than waking one of a few, a daemon has few. */
#define CONNECTIONS_OF_A_DAEMON 128
#define MANY_GONE 256
#define MANY_GONE_MS 500

struct daemon {
    struct MHD_Daemon *mhd;
    struct loop_source *source; /* its epoll descriptor */
    int connections;
    bool run_due; /* MHD has work that its descriptor does not show */
    bool stirred; /* MHD may have such work: it was run, or told of something */
    struct daemon *next;
};

struct http_listener {
    struct http_server *server;
    struct listener *socket;
    void *tag;
    struct http_listener *next;
};

/* What a connection came in by. MHD's socket context. */
struct connection {
    int descriptor;
    bool secure;
    bool cut;       /* its listener is closed */
    size_t padding; /* of http_placement_alloc() */
    struct daemon *daemon;
    void *tag;
    struct http_listener *listener; /* NULL: adopted */
    struct connection *next;
    struct connection *previous;
};

struct http_server {
    struct loop *loop;
    size_t maximum_body_bytes;
    http_request_fn *function;
    void *argument;
    struct daemon *daemons;
    struct connection *adopting;
    struct connection *connections;
    struct http_listener *listeners;
    struct http_waiting waiting;
    struct http_exchanges exchanges;
    struct http_placement placement;
    int gone; /* connections since return_memory() */
    struct loop_timer *memory_timer;
    struct http_dates dates;
    struct MHD_Response *too_large;
    struct MHD_Response *bad_method;
};

static struct connection *connection_of(const struct http_exchange *exchange) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info->socket_context;
}

/* ---- the request comes in ---- */

/* Called with the target as sent, before MHD takes it to pieces. */
static void *on_target(void *argument, const char *target, struct MHD_Connection *connection) {
    struct http_server *server = argument;
    struct http_exchange *exchange = http_exchange_open(&server->exchanges, server);
    exchange->connection = connection;
    const struct connection *origin = connection_of(exchange);
    http_placement_learn(&server->placement, origin, origin->padding, connection, target);
    http_exchange_take_target(exchange, target);
    return exchange;
}

/* Nothing is decoded here: routes and signatures need the bytes as sent. */
static size_t keep_escapes(void *argument, struct MHD_Connection *connection, char *string) {
    (void)argument;
    (void)connection;
    return strlen(string);
}

/* Bytes of a body that a client put after its Content-Length stick to the next request line. */
static bool is_method(const char *method) {
    for (; *method; method++) {
        if ((*method < 'A' || *method > 'Z') && *method != '-' && *method != '_') {
            return false;
        }
    }
    return true;
}

/* Headers are here, the body is not: notes what is needed and says how much may come. */
static enum MHD_Result begin_request(struct http_exchange *exchange, const char *method) {
    struct http_server *server = exchange->server;
    struct http_request *request = &exchange->request;
    if (!is_method(method)) {
        return MHD_queue_response(exchange->connection, MHD_HTTP_BAD_REQUEST, server->bad_method);
    }
    request->method = text_of(method);
    http_exchange_take_headers(exchange);
    int64_t announced = -1;
    text_to_int64(http_request_header(request, "Content-Length"), &announced);
    exchange->body = arena_alloc(request->arena, sizeof *exchange->body);
    http_body_init(exchange->body, request->arena, announced, server->maximum_body_bytes);
    if (announced > 0 && (uint64_t)announced > server->maximum_body_bytes) {
        exchange->state = EXCHANGE_TOO_LARGE;
        if (text_equals_ignore_case(http_request_header(request, "Expect"), "100-continue")) {
            return MHD_queue_response(exchange->connection, MHD_HTTP_CONTENT_TOO_LARGE, server->too_large);
        }
        return MHD_YES;
    }
    return MHD_YES;
}

static void receive(struct http_exchange *exchange, const char *data, size_t size) {
    if (exchange->state != EXCHANGE_TOO_LARGE && !http_body_add(exchange->body, data, size)) {
        exchange->state = EXCHANGE_TOO_LARGE;
    }
}

static enum MHD_Result queue_answer(struct http_exchange *exchange) {
    struct MHD_Response *response = exchange->response;
    exchange->response = NULL;
    if (!response) {
        return MHD_NO; /* drop */
    }
    enum MHD_Result result = MHD_queue_response(exchange->connection, exchange->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result finish_request(struct http_exchange *exchange) {
    struct http_server *server = exchange->server;
    struct http_request *request = &exchange->request;
    if (exchange->state == EXCHANGE_TOO_LARGE) {
        return MHD_queue_response(exchange->connection, MHD_HTTP_CONTENT_TOO_LARGE, server->too_large);
    }
    const struct connection *connection = connection_of(exchange);
    if (connection->cut) {
        return MHD_NO;
    }
    request->body = http_body_text(exchange->body);
    request->secure = connection->secure;
    request->listener = connection->tag;
    request->socket = connection->descriptor;
    exchange->state = EXCHANGE_RUNNING;
    server->function(server->argument, exchange, request);
    loop_end_turn(server->loop);
    if (exchange->state == EXCHANGE_ANSWERED) {
        return queue_answer(exchange);
    }
    exchange->state = EXCHANGE_WAITING;
    if (exchange->parks) {
        http_exchange_shrink(&server->exchanges, exchange);
    }
    http_waiting_add(&server->waiting, exchange);
    MHD_suspend_connection(exchange->connection);
    return MHD_YES;
}

/* MHD calls this with the headers, then with pieces of the body, then once more; and again when a
 * suspended connection is resumed. */
static enum MHD_Result on_request(void *argument, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **context) {
    struct http_exchange *exchange = *context;
    (void)argument;
    (void)connection;
    (void)url;
    (void)version;
    if (exchange->state == EXCHANGE_ANSWERED) {
        return queue_answer(exchange);
    }
    if (!exchange->request.method.data) {
        return begin_request(exchange, method);
    }
    if (*upload_size > 0) {
        receive(exchange, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    return finish_request(exchange);
}

static void on_completed(void *argument, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode reason) {
    (void)argument;
    (void)connection;
    (void)reason;
    if (*context) {
        http_exchange_close(&((struct http_exchange *)*context)->server->exchanges, *context);
        *context = NULL;
    }
}

/* ---- the answer goes out ---- */

void http_exchange_reply(struct http_exchange *exchange, struct http_reply *reply) {
    struct http_server *server = exchange->server;
    if (exchange->state != EXCHANGE_RUNNING && exchange->state != EXCHANGE_WAITING) {
        die("http_server: a request was answered twice");
    }
    if (!reply->drop) {
        exchange->response = http_server_response(&server->dates, reply);
        exchange->status = (unsigned short)reply->status;
    }
    http_reply_release(reply);
    http_reply_init(reply);
    if (exchange->state == EXCHANGE_WAITING) {
        http_waiting_remove(&server->waiting, exchange);
        connection_of(exchange)->daemon->run_due = true;
        connection_of(exchange)->daemon->stirred = true;
        MHD_resume_connection(exchange->connection);
    }
    exchange->state = EXCHANGE_ANSWERED;
}

bool http_exchange_is_answered(const struct http_exchange *exchange) {
    return exchange->state == EXCHANGE_ANSWERED;
}

bool http_exchange_park(struct http_exchange *exchange) {
    exchange->parks = exchange->state == EXCHANGE_RUNNING;
    return exchange->parks;
}

struct http_request *http_exchange_unpark(struct http_exchange *exchange) {
    if (exchange->state == EXCHANGE_WAITING && exchange->parks) {
        http_exchange_restore(&exchange->server->exchanges, exchange);
    }
    exchange->parks = false;
    return &exchange->request;
}

bool http_client_gone(int socket) {
    char byte;
    ssize_t size = recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size == 0 || (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

/* ---- the daemon ---- */

static void run_daemon(struct daemon *daemon) {
    daemon->run_due = false;
    daemon->stirred = true;
    MHD_run(daemon->mhd);
}

static void on_daemon_event(void *argument, int events) {
    (void)events;
    run_daemon(argument);
}

static bool has_work(struct daemon *daemon) {
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    return daemon->run_due || (MHD_get_timeout(daemon->mhd, &timeout_ms) == MHD_YES && timeout_ms == 0);
}

static int64_t before_wait(void *argument) {
    struct http_server *server = argument;
    bool ran = false;
    for (struct daemon *daemon = server->daemons; daemon; daemon = daemon->next) {
        if (!daemon->stirred) {
            continue;
        }
        if (has_work(daemon)) {
            run_daemon(daemon);
            ran = true;
        } else {
            daemon->stirred = false;
        }
    }
    return ran ? 0 : -1; /* what it did may give others work that they have not told of */
}

/* After hundreds of clients have gone, their memory goes back to the system: malloc() would keep it. */
static void return_memory(void *argument) {
    struct http_server *server = argument;
    server->memory_timer = NULL;
    server->gone = 0;
    malloc_trim(0);
}

static void free_connection(struct http_server *server, struct connection *connection) {
    connection->daemon->connections--;
    if (++server->gone == MANY_GONE) {
        server->memory_timer = loop_after_real(server->loop, MANY_GONE_MS, return_memory, server);
    }
    if (connection->previous) {
        connection->previous->next = connection->next;
    } else {
        server->connections = connection->next;
    }
    if (connection->next) {
        connection->next->previous = connection->previous;
    }
    free(connection);
}

static void on_connection(void *argument, struct MHD_Connection *handle, void **context,
                          enum MHD_ConnectionNotificationCode code) {
    struct http_server *server = argument;
    (void)handle;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = server->adopting;
        server->adopting = NULL;
        return;
    }
    free_connection(server, *context);
    *context = NULL;
}

static void raise_open_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        rlim_t wanted = limit.rlim_max < MAXIMUM_OPEN_FILES ? limit.rlim_max : MAXIMUM_OPEN_FILES;
        if (limit.rlim_cur < wanted) {
            limit.rlim_cur = wanted;
            setrlimit(RLIMIT_NOFILE, &limit); /* without it fewer clients fit; no error */
        }
    }
}

static struct daemon *open_daemon(struct http_server *server) {
    struct daemon *daemon = xcalloc(1, sizeof *daemon);
    daemon->mhd = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_SUPPRESS_DATE_NO_CLOCK,
        0, NULL, NULL, on_request, server, MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        CONNECTION_MEMORY_BYTES, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAXIMUM_OPEN_FILES,
        MHD_OPTION_CONNECTION_TIMEOUT, 0U, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        daemon->mhd ? MHD_get_daemon_info(daemon->mhd, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (!info) {
        die("http_server: libmicrohttpd does not start (epoll is needed)");
    }
    daemon->source = loop_watch(server->loop, info->epoll_fd, LOOP_READABLE, on_daemon_event, daemon);
    daemon->next = server->daemons;
    server->daemons = daemon;
    return daemon;
}

static struct daemon *daemon_with_room(struct http_server *server) {
    struct daemon *daemon = server->daemons;
    while (daemon && daemon->connections >= CONNECTIONS_OF_A_DAEMON) {
        daemon = daemon->next;
    }
    return daemon ? daemon : open_daemon(server);
}

struct http_server *http_server_open(struct loop *loop, size_t maximum_body_bytes, http_request_fn *function,
                                     void *argument) {
    raise_open_files();
    struct http_server *server = xcalloc(1, sizeof *server);
    server->loop = loop;
    server->maximum_body_bytes = maximum_body_bytes;
    server->function = function;
    server->argument = argument;
    http_waiting_init(&server->waiting, loop, CONNECTION_MEMORY_BYTES);
    http_dates_init(&server->dates);
    server->too_large = http_fixed_response("Request body is too large.\n");
    server->bad_method = http_fixed_response("Bad request.\n");
    open_daemon(server);
    loop_add_before_wait(loop, before_wait, server);
    return server;
}

void http_server_close(struct http_server *server) {
    if (!server) {
        return;
    }
    for (struct http_listener *listener = server->listeners, *next; listener; listener = next) {
        next = listener->next;
        http_listener_close(listener);
    }
    while (server->waiting.first) {
        struct http_reply reply;
        http_reply_init(&reply);
        reply.drop = true;
        http_exchange_reply(server->waiting.first, &reply);
    }
    for (struct connection *connection = server->connections; connection; connection = connection->next) {
        connection->cut = true;
    }
    for (struct daemon *daemon = server->daemons; daemon; daemon = daemon->next) {
        run_daemon(daemon);
    }
    loop_remove_before_wait(server->loop, before_wait, server);
    http_waiting_release(&server->waiting);
    server->gone = MANY_GONE; /* no timer any more */
    if (server->memory_timer) {
        loop_cancel_timer(server->memory_timer);
    }
    while (server->daemons) {
        struct daemon *daemon = server->daemons;
        server->daemons = daemon->next;
        loop_unwatch(daemon->source);
        MHD_stop_daemon(daemon->mhd);
        free(daemon);
    }
    MHD_destroy_response(server->too_large);
    MHD_destroy_response(server->bad_method);
    http_exchanges_release(&server->exchanges);
    http_dates_release(&server->dates);
    free(server);
}

/* ---- sockets ---- */

static void add_connection(struct http_server *server, const struct connection *origin,
                           const struct sockaddr *address, socklen_t size) {
    size_t padding;
    struct connection *connection = http_placement_alloc(&server->placement, sizeof *connection, &padding);
    *connection = *origin;
    connection->padding = padding;
    connection->next = server->connections;
    if (server->connections) {
        server->connections->previous = connection;
    }
    server->connections = connection;
    server->adopting = connection;
    connection->daemon = daemon_with_room(server);
    connection->daemon->connections++;
    connection->daemon->stirred = true;
    MHD_add_connection(connection->daemon->mhd, connection->descriptor, address,
                       size); /* failing, it closes */
    if (server->adopting) {
        server->adopting = NULL;
        free_connection(server, connection);
    }
}

void http_server_adopt(struct http_server *server, int descriptor, bool secure, void *tag) {
    struct sockaddr_storage address = {.ss_family = AF_UNIX};
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    struct connection origin = {.descriptor = descriptor, .secure = secure, .tag = tag};
    add_connection(server, &origin, (struct sockaddr *)&address, sizeof address);
}

static void on_accepted(void *argument, int descriptor, const struct sockaddr *address, socklen_t size) {
    struct http_listener *listener = argument;
    struct connection origin = {.descriptor = descriptor, .tag = listener->tag, .listener = listener};
    add_connection(listener->server, &origin, address, size);
}

struct http_listener *http_server_listen(struct http_server *server, const char *host, int port, void *tag) {
    struct http_listener *listener = xcalloc(1, sizeof *listener);
    listener->server = server;
    listener->tag = tag;
    listener->socket = listener_open(server->loop, host, port, on_accepted, listener);
    if (!listener->socket) {
        free(listener);
        return NULL;
    }
    listener->next = server->listeners;
    server->listeners = listener;
    return listener;
}

int http_listener_port(const struct http_listener *listener) {
    return listener_port(listener->socket);
}

void http_listener_close(struct http_listener *listener) {
    if (!listener) {
        return;
    }
    struct http_server *server = listener->server;
    listener_close(listener->socket);
    for (struct connection *connection = server->connections; connection; connection = connection->next) {
        if (connection->listener == listener) {
            connection->listener = NULL;
            connection->cut = true;
            shutdown(connection->descriptor, SHUT_RDWR); /* MHD sees the end and closes it */
        }
    }
    struct http_listener **link = &server->listeners;
    while (*link != listener) {
        link = &(*link)->next;
    }
    *link = listener->next;
    free(listener);
}
