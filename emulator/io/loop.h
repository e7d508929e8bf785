/*
 * The one event loop: waits for sockets, children and the next due task, on epoll. Knows nothing of HTTP
 * or AWS. Every callback it makes is one *turn*: after each, the hook runs (the emulator commits there).
 */
#ifndef STACKRIG_LOOP_H
#define STACKRIG_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_source;

enum { LOOP_READABLE = 1, LOOP_WRITABLE = 2, LOOP_HANGUP = 4 };

typedef void loop_fn(void *argument, int events);

/* Ignores SIGPIPE from then on: a write to a closed socket is an error code, not the end. */
struct loop *loop_open(void);
/* Runs the close functions, last added first; waits for the work that is running. */
void loop_close(struct loop *loop);
/* Called by loop_close() before anything is freed: for modules that own something outside the process. The
 * same pair again has no effect. */
void loop_at_close(struct loop *loop, void (*function)(void *argument), void *argument);
/* Called after every callback, also after timers and finished work. */
void loop_set_turn_hook(struct loop *loop, void (*hook)(void *argument), void *argument);
/* Runs the hook now: for a source that does several turns in one callback (the HTTP server, one for each
 * request). */
void loop_end_turn(struct loop *loop);

/* Watches a descriptor; the caller keeps owning it. events: LOOP_READABLE | LOOP_WRITABLE. Level triggered.
 * Dies when the descriptor cannot be watched. */
struct loop_source *loop_watch(struct loop *loop, int descriptor, int events, loop_fn *function,
                               void *argument);
/* 0: only hang-ups are reported. */
void loop_change(struct loop_source *source, int events);
/* Allowed inside any callback, also the source's own. Call it before closing the descriptor. */
void loop_unwatch(struct loop_source *source);

/* A timer in real time (child timeouts, grace times): virtual time never moves it. One shot: when it has
 * run, the handle is gone. */
struct loop_timer;
struct loop_timer *loop_after_real(struct loop *loop, int64_t milliseconds, void (*function)(void *argument),
                                   void *argument);
void loop_cancel_timer(struct loop_timer *timer);

/* Runs function on the worker thread (slow work: RSA keys), then done on the loop. Work follows work in the
 * order given. Work not reported when the loop closes never is: its argument is the caller's. */
void loop_work(struct loop *loop, void (*function)(void *argument), void (*done)(void *argument),
               void *argument);

/* Called before each wait; returns how long the wait may be in ms (-1 for ever, 0 not at all). The
 * listener (MHD) and the emulator's scheduler register here; the smallest wins. A wait without limit asks
 * again, a few times, while one says 0: what it did may be work for another. */
typedef int64_t loop_before_wait_fn(void *argument);
void loop_add_before_wait(struct loop *loop, loop_before_wait_fn *function, void *argument);
void loop_remove_before_wait(struct loop *loop, loop_before_wait_fn *function, void *argument);

/* One round: waits at most maximum_ms (-1: as long as nothing happens), then makes the callbacks. */
void loop_run_once(struct loop *loop, int64_t maximum_ms);
/* Ends the wait of the present or next round. Safe in signal handlers and from any thread. */
void loop_wake(struct loop *loop);

#endif
