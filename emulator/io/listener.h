/*
 * A listening TCP socket in the loop: accepts, and hands each connection on. Knows no protocol. When the
 * process has no descriptors left it pauses instead of spinning.
 */
#ifndef STACKRIG_LISTENER_H
#define STACKRIG_LISTENER_H

#include <sys/socket.h>

#include "emulator/io/loop.h"

struct listener;

/* The descriptor is the callee's: not blocking, closed on exec, TCP_NODELAY. */
typedef void listener_fn(void *argument, int descriptor, const struct sockaddr *address, socklen_t size);

/* host: a name or a number; port 0 picks a free one. NULL and errno when it cannot be bound. */
struct listener *listener_open(struct loop *loop, const char *host, int port, listener_fn *function,
                               void *argument);
void listener_close(struct listener *listener);
int listener_port(const struct listener *listener);

#endif
