/*
 * The floor of a warm Lambda invocation: the least that any server has to do. Takes an Invoke from one client,
 * hands its body to one waiting runtime (the Runtime API's "next"), takes the runtime's answer and gives it to
 * the client. Plain sockets, no parsing beyond the ends of requests, nothing kept, nothing logged. What
 * stackrig's round trip takes longer than this one's, with the same runtime and the same client, is stackrig's
 * own. Prints one ready line, as stackrig does.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_BYTES 65536

struct peer {
    int descriptor;
    size_t size;
    char received[BUFFER_BYTES];
};

static struct peer *client;      /* who sent the event that is being worked on */
static struct peer *idle_runtime; /* who waits for an event */
static char event[BUFFER_BYTES];
static size_t event_size;
static bool event_waits;

static void die(const char *what) {
    perror(what);
    exit(1);
}

/* Head and body in one packet. */
static void answer(struct peer *peer, const char *head, const char *body, size_t size) {
    char message[BUFFER_BYTES + 1024];
    int head_size = snprintf(message, 1024, "HTTP/1.1 %sContent-Length: %zu\r\n\r\n", head, size);
    memcpy(message + head_size, body, size);
    if (send(peer->descriptor, message, (size_t)head_size + size, MSG_NOSIGNAL) < 0) {
        perror("send"); /* it has gone; its end is read next */
    }
}

static void hand_over(void) {
    if (!event_waits || !idle_runtime) {
        return;
    }
    event_waits = false;
    answer(idle_runtime,
           "200 OK\r\nContent-Type: application/json\r\n"
           "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n"
           "Lambda-Runtime-Deadline-Ms: 4102444800000\r\n"
           "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:000000000000:function:warm\r\n"
           "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0\r\n",
           event, event_size);
    idle_runtime = NULL;
}

static void take_request(struct peer *peer, const char *head, const char *body, size_t size) {
    if (strncmp(head, "GET ", 4) == 0) {
        idle_runtime = peer;
    } else if (strstr(head, "/runtime/invocation/")) {
        answer(peer, "202 Accepted\r\nContent-Type: application/json\r\n", "{\"status\":\"OK\"}\n", 16);
        if (client) {
            answer(client, "200 OK\r\nContent-Type: application/json\r\nX-Amz-Executed-Version: $LATEST\r\n", body,
                   size);
        }
    } else {
        client = peer;
        memcpy(event, body, size);
        event_size = size;
        event_waits = true;
    }
    hand_over();
}

/* Size of the first request received, 0 while it is not complete. */
static size_t take_first(struct peer *peer) {
    peer->received[peer->size] = '\0';
    const char *end = strstr(peer->received, "\r\n\r\n");
    if (!end) {
        return 0;
    }
    const char *length = strcasestr(peer->received, "\r\nContent-Length:");
    size_t body_size = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
    size_t head_size = (size_t)(end + 4 - peer->received);
    if (head_size + body_size > peer->size) {
        return 0;
    }
    take_request(peer, peer->received, end + 4, body_size);
    return head_size + body_size;
}

static void read_peer(struct peer *peer) {
    ssize_t got = recv(peer->descriptor, peer->received + peer->size, BUFFER_BYTES - 1 - peer->size, 0);
    if (got <= 0) {
        client = peer == client ? NULL : client; /* it left before its answer */
        idle_runtime = peer == idle_runtime ? NULL : idle_runtime;
        close(peer->descriptor);
        free(peer);
        return;
    }
    peer->size += (size_t)got;
    size_t taken;
    while (peer->size > 0 && (taken = take_first(peer)) > 0) {
        peer->size -= taken;
        memmove(peer->received, peer->received + taken, peer->size);
    }
}

int main(void) {
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int loop = epoll_create1(0);
    struct epoll_event watch = {.events = EPOLLIN};
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 16) ||
        getsockname(listener, (struct sockaddr *)&address, &size) ||
        epoll_ctl(loop, EPOLL_CTL_ADD, listener, &watch)) {
        die("listen");
    }
    printf("ready http://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        epoll_wait(loop, &watch, 1, -1);
        struct peer *peer = watch.data.ptr;
        if (peer) {
            read_peer(peer);
            continue;
        }
        peer = calloc(1, sizeof *peer);
        peer->descriptor = accept(listener, NULL, NULL);
        setsockopt(peer->descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        watch = (struct epoll_event){.events = EPOLLIN, .data.ptr = peer};
        epoll_ctl(loop, EPOLL_CTL_ADD, peer->descriptor, &watch);
    }
}
