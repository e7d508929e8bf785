/*
 * The machine: clock, chance, store, scheduler, services, faults and trace behind one handle. Opened by
 * `serve` (with listeners) and by each scenario (without).
 *
 * Time rule. Due tasks run one at a time, earliest first, ties in order of adding. With the virtual clock,
 * time jumps to the next due task only when nothing is runnable and nobody holds the clock: a handler
 * process with an invocation, an outgoing request. While held, virtual time stands still and real time
 * passes; whoever holds it bounds that wait with a real timer.
 */
#ifndef STACKRIG_EMULATOR_H
#define STACKRIG_EMULATOR_H

#include "emulator/base/clock.h"
#include "emulator/base/ids.h"
#include "emulator/base/scheduler.h"
#include "emulator/core/call.h"
#include "emulator/core/service.h"
#include "emulator/io/http_client.h"
#include "emulator/io/http_server.h"
#include "emulator/io/loop.h"

struct emulator;
struct faults;
struct trace;
struct tls;

struct emulator_options {
    const struct service *const *services; /* NULL-terminated, in routing order */
    const char *data_directory;            /* NULL: in memory */
    const char *account;                   /* NULL: 000000000000 */
    const char *region;                    /* NULL: us-east-1 */
    enum clock_mode clock;
    uint64_t seed;                         /* 0: by chance */
    bool jump_when_idle;                   /* virtual clock of `serve`: jump by itself */
    const char *host;                      /* listeners; NULL: 127.0.0.1 */
    int port;                              /* -1: no listener at all; 0: a free one */
};

/* NULL: *message (static or allocated once) says why: data directory, port in use. */
struct emulator *emulator_open(const struct emulator_options *options, const char **message);
void emulator_close(struct emulator *emulator);

/* Serves until emulator_stop(), which is safe in a signal handler. */
void emulator_run(struct emulator *emulator);
void emulator_stop(struct emulator *emulator);

/*
 * Runs turns until condition(argument) holds (checked between turns) or nothing is left to do. Virtual
 * time jumps as by the time rule, but never past until_ms (INT64_MAX: no bound). real_limit_ms bounds the
 * real wait for handlers. False: the condition never held.
 */
bool emulator_run_until(struct emulator *emulator, bool (*condition)(void *argument), void *argument,
                        int64_t until_ms, int64_t real_limit_ms);

/* Empties everything: tables, waiting calls, tasks, environments, faults, trace; ids start again. */
void emulator_reset(struct emulator *emulator);
/* The whole state as bytes (free()) and back; waiting calls are cancelled by a restore. */
void *emulator_snapshot(struct emulator *emulator, size_t *size);
bool emulator_restore(struct emulator *emulator, const void *data, size_t size);

struct store *emulator_store(struct emulator *emulator);
struct ids *emulator_ids(struct emulator *emulator);
struct clock *emulator_clock(struct emulator *emulator);
struct loop *emulator_loop(struct emulator *emulator);
struct faults *emulator_faults(struct emulator *emulator);
struct trace *emulator_trace(struct emulator *emulator);
struct http_client *emulator_http_client(struct emulator *emulator);
struct http_server *emulator_http_server(struct emulator *emulator);
struct tls *emulator_tls(struct emulator *emulator);
const struct service *const *emulator_services(struct emulator *emulator);
const char *emulator_default_account(const struct emulator *emulator);
const char *emulator_default_region(const struct emulator *emulator);
int64_t emulator_now_ms(struct emulator *emulator);

/* http://127.0.0.1:4566, as a client on this machine reaches the front door. Without a listener one is
 * opened on a free port at the first call (handlers need it). Borrowed. */
const char *emulator_endpoint(struct emulator *emulator);
/* Port of the TLS door, opened at the first call. */
int emulator_tls_port(struct emulator *emulator);
/* A directory of our own under TMPDIR, removed at close: handler code, bootstraps, CA file. Borrowed. */
const char *emulator_run_directory(struct emulator *emulator);
/* File with the CA certificate, written at the first call. Borrowed. */
const char *emulator_ca_file(struct emulator *emulator);
/* The interposer library (emulator/interpose), written at the first call. Borrowed. */
const char *emulator_interposer_file(struct emulator *emulator);

/* True when time passes while nobody steps it: a real clock, or a virtual one that jumps by itself. */
bool emulator_time_flows(const struct emulator *emulator);
/* A task in emulator time. Runs as a turn of its own. */
task_id emulator_schedule(struct emulator *emulator, int64_t due_ms, task_fn *function, void *argument);
/* The same, but virtual time does not jump to it: the end of a poll that would only begin again. */
task_id emulator_schedule_quiet(struct emulator *emulator, int64_t due_ms, task_fn *function, void *argument);
bool emulator_cancel(struct emulator *emulator, task_id task);
/* The outside world is at work: virtual time must not jump. Counted. */
void emulator_hold(struct emulator *emulator);
void emulator_release(struct emulator *emulator);

#endif
