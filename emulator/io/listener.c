#include "emulator/io/listener.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

#include "emulator/base/die.h"

#define ACCEPTS_PER_TURN 64
#define PAUSE_MS 50
/* Clients that take every descriptor would leave none for children, files and requests of our own. */
#define RESERVED_DESCRIPTORS 128

struct listener {
    struct loop *loop;
    int descriptor;
    int highest; /* descriptor that a client may get */
    listener_fn *function;
    void *argument;
    struct loop_source *source;
    struct loop_timer *pause; /* out of descriptors: accepting again when it ends */
};

static int bind_address(const struct addrinfo *address) {
    int descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return -1;
    }
    int one = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(descriptor, address->ai_addr, address->ai_addrlen) == 0 && listen(descriptor, SOMAXCONN) == 0) {
        return descriptor;
    }
    int saved = errno;
    close(descriptor);
    errno = saved;
    return -1;
}

static int open_socket(const char *host, int port) {
    char service[16];
    snprintf(service, sizeof service, "%d", port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *addresses;
    int error = getaddrinfo(host, service, &hints, &addresses);
    if (error) {
        errno = error == EAI_SYSTEM ? errno : EADDRNOTAVAIL;
        return -1;
    }
    int descriptor = -1;
    for (const struct addrinfo *address = addresses; address && descriptor < 0; address = address->ai_next) {
        descriptor = bind_address(address);
    }
    int saved = errno;
    freeaddrinfo(addresses);
    errno = saved;
    return descriptor;
}

static void accept_again(void *argument) {
    struct listener *listener = argument;
    listener->pause = NULL;
    loop_change(listener->source, LOOP_READABLE);
}

static void on_readable(void *argument, int events) {
    struct listener *listener = argument;
    (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        struct sockaddr_storage address;
        socklen_t size = sizeof address;
        int descriptor =
            accept4(listener->descriptor, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                loop_change(listener->source, 0);
                listener->pause = loop_after_real(listener->loop, PAUSE_MS, accept_again, listener);
            }
            return;
        }
        if (descriptor > listener->highest) {
            close(descriptor);
            continue;
        }
        int one = 1;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        listener->function(listener->argument, descriptor, (struct sockaddr *)&address, size);
    }
}

static int highest_descriptor(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > INT_MAX) {
        return INT_MAX;
    }
    int count = (int)limit.rlim_cur;
    return count - (count < 4 * RESERVED_DESCRIPTORS ? count / 4 : RESERVED_DESCRIPTORS) - 1;
}

struct listener *listener_open(struct loop *loop, const char *host, int port, listener_fn *function,
                               void *argument) {
    int descriptor = open_socket(host, port);
    if (descriptor < 0) {
        return NULL;
    }
    struct listener *listener = xcalloc(1, sizeof *listener);
    listener->loop = loop;
    listener->descriptor = descriptor;
    listener->highest = highest_descriptor();
    listener->function = function;
    listener->argument = argument;
    listener->source = loop_watch(loop, descriptor, LOOP_READABLE, on_readable, listener);
    return listener;
}

void listener_close(struct listener *listener) {
    if (!listener) {
        return;
    }
    loop_cancel_timer(listener->pause);
    loop_unwatch(listener->source);
    close(listener->descriptor);
    free(listener);
}

int listener_port(const struct listener *listener) {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {0};
    socklen_t size = sizeof address;
    if (getsockname(listener->descriptor, &address.any, &size) != 0) {
        die("listener: getsockname: %s", strerror(errno));
    }
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}
