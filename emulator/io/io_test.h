/*
 * For the tests of this room: plain sockets of a client that lives in the same thread as the loop. Waits
 * are bounded by rounds of the loop, never by the clock alone.
 */
#ifndef STACKRIG_IO_TEST_H
#define STACKRIG_IO_TEST_H

#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emulator/base/strbuf.h"
#include "emulator/io/loop.h"

static inline int client_connect(int port) {
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    CU_ASSERT_EQUAL_FATAL(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    return client;
}

static inline void client_send(int client, const char *bytes) {
    CU_ASSERT_EQUAL(send(client, bytes, strlen(bytes), MSG_NOSIGNAL), (ssize_t)strlen(bytes));
}

/* Reads what is there. False: the other end has closed. */
static inline bool client_read(int client, struct strbuf *into) {
    char bytes[65536];
    ssize_t size;
    while ((size = recv(client, bytes, sizeof bytes, MSG_DONTWAIT)) > 0) {
        strbuf_append(into, bytes, (size_t)size);
    }
    return size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* Runs the loop until the client has received `wanted` (or, NULL, until its connection ends). */
static inline bool client_wait(struct loop *loop, int client, struct strbuf *received, const char *wanted) {
    for (int round = 0; round < 2000; round++) {
        bool open = client_read(client, received);
        if (wanted && received->data && strstr(received->data, wanted)) {
            return true;
        }
        if (!open) {
            return !wanted;
        }
        loop_run_once(loop, round < 1000 ? 1 : 10);
    }
    return false;
}

#endif
