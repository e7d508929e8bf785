#include "emulator/core/emulator.h"

#include <assert.h>
#include <errno.h>

#include "emulator/base/die.h"
#include "emulator/core/dispatch.h"
#include "emulator/core/emulator_state.h"

/* How long a virtual clock that jumps by itself waits for another request before it jumps. */
#define GRACE_MS 2
/* Bodies: Lambda's largest request is 70,167,211 bytes, S3 objects may be larger. */
#define MAXIMUM_BODY_BYTES ((size_t)256 * 1024 * 1024)
/* Due tasks run in one go before sockets are looked at again. */
#define TASKS_PER_ROUND 256

/* ---- turns ---- */

void emulator_end_turn(struct emulator *emulator) {
    store_commit(emulator->store);
    emulator->turns++;
}

static void turn_hook(void *argument) {
    emulator_end_turn(argument);
}

static bool run_one_task(struct emulator *emulator) {
    if (!scheduler_run_one(emulator->scheduler, emulator_now_ms(emulator))) {
        return false;
    }
    emulator_end_turn(emulator);
    return true;
}

static void move_clock(struct emulator *emulator, int64_t to_ms) {
    int64_t now_ms = emulator_now_ms(emulator);
    if (to_ms > now_ms) {
        clock_advance(&emulator->clock, to_ms - now_ms);
    }
}

/* ---- time while serving ---- */

/* Quiet tasks are no reason to jump, but a jump over one stops there. */
static void stop_on_the_way(struct emulator *emulator, int64_t *target_ms) {
    int64_t due_ms;
    if (scheduler_next_due(emulator->scheduler, &due_ms) && due_ms < *target_ms) {
        *target_ms = due_ms;
    }
}

/* Where time may jump now: the next due task, or the end of a requested advance. False: nowhere. */
static bool jump_target(struct emulator *emulator, int64_t *target_ms) {
    if (emulator->holds > 0) {
        return false;
    }
    bool has_task = scheduler_next_wanted(emulator->scheduler, target_ms);
    bool advances = emulator->advance_to_ms > 0;
    if (advances && (!has_task || *target_ms > emulator->advance_to_ms)) {
        *target_ms = emulator->advance_to_ms;
    }
    if (!advances && !(has_task && emulator->jump_when_idle)) {
        return false;
    }
    stop_on_the_way(emulator, target_ms);
    return true;
}

static int64_t wait_for_due(struct emulator *emulator) {
    int64_t due_ms;
    if (emulator->clock.mode == CLOCK_VIRTUAL || !scheduler_next_due(emulator->scheduler, &due_ms)) {
        return -1;
    }
    int64_t now_ms = emulator_now_ms(emulator);
    return due_ms > now_ms ? due_ms - now_ms : 0;
}

/* Runs what is due, jumps when nothing else can happen, and says how long the loop may wait. */
static int64_t before_wait(void *argument) {
    struct emulator *emulator = argument;
    if (emulator->stepping) {
        return -1;
    }
    int ran = 0;
    while (ran < TASKS_PER_ROUND && run_one_task(emulator)) {
        ran++;
    }
    if (ran > 0) {
        return 0; /* a task may have answered a waiting request: the listener has to look again first */
    }
    int64_t target_ms;
    if (!jump_target(emulator, &target_ms)) {
        return wait_for_due(emulator);
    }
    if (emulator->turns != emulator->turns_at_rest) {
        emulator->turns_at_rest = emulator->turns;
        return GRACE_MS;
    }
    move_clock(emulator, target_ms);
    if (emulator->advance_to_ms > 0 && target_ms >= emulator->advance_to_ms) {
        emulator->advance_to_ms = 0;
    }
    emulator->turns++;
    return 0;
}

/* ---- requests ---- */

static void reply_to_exchange(void *argument, struct http_reply *reply) {
    http_exchange_reply(argument, reply);
}

/*
 * What a request waits for is often due already: a message that SNS hands to SQS. Then it is answered before
 * its connection has to be suspended, which would cost as much as the rest.
 */
static void handle_request(void *argument, struct http_exchange *exchange, struct http_request *request) {
    struct emulator *emulator = argument;
    gateway_handle(emulator, request, reply_to_exchange, exchange);
    emulator_end_turn(emulator);
    for (int ran = 0; ran < TASKS_PER_ROUND && !emulator->stepping; ran++) {
        if (http_exchange_is_answered(exchange) || !run_one_task(emulator)) {
            break;
        }
    }
}

/* ---- open and close ---- */

static bool open_front_door(struct emulator *emulator, int port, const char **message) {
    emulator->front_door = http_server_listen(emulator->http_server, emulator->host, port, NULL);
    if (!emulator->front_door) {
        static char text[256];
        snprintf(text, sizeof(text), "cannot listen on %s port %d: %s", emulator->host, port,
                 strerror(errno));
        *message = text;
        return false;
    }
    /* A wildcard address is no address to call: handlers on this machine use the loopback. */
    bool wildcard = strcmp(emulator->host, "0.0.0.0") == 0 || strcmp(emulator->host, "::") == 0;
    const char *reachable = wildcard ? "127.0.0.1" : emulator->host;
    const char *form = strchr(reachable, ':') ? "http://[%s]:%d" : "http://%s:%d";
    struct strbuf endpoint = STRBUF_INIT;
    strbuf_printf(&endpoint, form, reachable, http_listener_port(emulator->front_door));
    emulator->endpoint = strbuf_detach(&endpoint);
    return true;
}

/* The given services in their order, and last the emulator's own endpoints. */
static void list_services(struct emulator *emulator, const struct service *const *services) {
    int count = 0;
    while (services[count]) {
        emulator->services[count] = services[count];
        count++;
        assert(count < EMULATOR_MAXIMUM_SERVICES - 1);
    }
    emulator->services[count] = &control_service;
}

/* False: a data directory of another version, *message says so. */
static bool add_tables(struct emulator *emulator, const char **message) {
    for (int i = 0; emulator->services[i]; i++) {
        if (emulator->services[i]->store) {
            store_add_module(emulator->store, emulator->services[i]->store);
        }
    }
    const char *problem = store_problem(emulator->store);
    if (problem) {
        *message = xstrdup(problem);
    }
    return !problem;
}

static void open_services(struct emulator *emulator) {
    for (int i = 0; emulator->services[i]; i++) {
        const struct service *service = emulator->services[i];
        if (service->open) {
            emulator->service_states[i] = service->open(emulator);
        }
    }
}

static void resume_services(struct emulator *emulator) {
    for (int i = 0; emulator->services[i]; i++) {
        if (emulator->services[i]->resume) {
            emulator->services[i]->resume(emulator, emulator->service_states[i]);
        }
    }
    emulator_end_turn(emulator);
}

struct emulator *emulator_open(const struct emulator_options *options, const char **message) {
    struct store *store = store_open(options->data_directory, message);
    if (!store) {
        return NULL;
    }
    struct emulator *emulator = xcalloc(1, sizeof(*emulator));
    list_services(emulator, options->services);
    emulator->store = store;
    emulator->run_directory = RUN_DIRECTORY_NONE;
    if (!add_tables(emulator, message)) {
        store_close(store);
        free(emulator);
        return NULL;
    }
    emulator->ids = ids_open(options->seed);
    emulator->seed = options->seed;
    clock_init(&emulator->clock, options->clock);
    emulator->loop = loop_open();
    emulator->scheduler = scheduler_open();
    emulator->faults = faults_open(emulator->services);
    emulator->trace = trace_open();
    emulator->jump_when_idle = options->jump_when_idle && options->clock == CLOCK_VIRTUAL;
    emulator->host = xstrdup(options->host ? options->host : "127.0.0.1");
    snprintf(emulator->account, sizeof(emulator->account), "%s",
             options->account ? options->account : "000000000000");
    snprintf(emulator->region, sizeof(emulator->region), "%s",
             options->region ? options->region : "us-east-1");
    loop_set_turn_hook(emulator->loop, turn_hook, emulator);
    emulator->http_server = http_server_open(emulator->loop, MAXIMUM_BODY_BYTES, handle_request, emulator);
    loop_add_before_wait(emulator->loop, before_wait, emulator);
    open_services(emulator);
    if (options->port >= 0 && !open_front_door(emulator, options->port, message)) {
        emulator_close(emulator);
        return NULL;
    }
    if (options->data_directory) {
        resume_services(emulator);
    }
    return emulator;
}

static void drop_snapshots(struct emulator *emulator) {
    while (emulator->snapshots) {
        struct snapshot *snapshot = emulator->snapshots;
        emulator->snapshots = snapshot->next;
        free(snapshot->name);
        free(snapshot->data);
        free(snapshot);
    }
}

void emulator_close(struct emulator *emulator) {
    if (!emulator) {
        return;
    }
    emulator_cancel_calls(emulator);
    scheduler_clear(emulator->scheduler); /* while the services that the tasks speak to still live */
    for (int i = 0; emulator->services[i]; i++) {
        if (emulator->services[i]->close) {
            emulator->services[i]->close(emulator->service_states[i]);
        }
    }
    emulator_cancel_calls(emulator);
    scheduler_close(emulator->scheduler);
    if (emulator->http_client) {
        http_client_close(emulator->http_client);
    }
    if (emulator->tls) {
        tls_close(emulator->tls);
    }
    http_server_close(emulator->http_server);
    loop_close(emulator->loop);
    store_commit(emulator->store);
    store_close(emulator->store);
    drop_snapshots(emulator);
    run_files_remove(emulator);
    faults_close(emulator->faults);
    trace_close(emulator->trace);
    ids_close(emulator->ids);
    free(emulator->endpoint);
    free(emulator->host);
    free(emulator);
}

/* ---- running ---- */

void emulator_run(struct emulator *emulator) {
    while (!emulator->stopped) {
        loop_run_once(emulator->loop, -1);
    }
}

void emulator_stop(struct emulator *emulator) {
    emulator->stopped = 1;
    loop_wake(emulator->loop);
}

/* One step of a scenario's time. False: nothing is left to do, or time is up. */
static bool step(struct emulator *emulator, int64_t until_ms, int64_t real_deadline_us) {
    if (run_one_task(emulator)) {
        return true;
    }
    uint64_t turns = emulator->turns;
    loop_run_once(emulator->loop, 0);
    if (emulator->turns != turns) {
        return true;
    }
    int64_t left_ms = (real_deadline_us - clock_monotonic_us()) / 1000;
    int64_t due_ms;
    bool has_task = scheduler_next_wanted(emulator->scheduler, &due_ms);
    if (emulator->clock.mode == CLOCK_REAL) {
        int64_t wait_ms = has_task ? due_ms - emulator_now_ms(emulator) : left_ms;
        loop_run_once(emulator->loop, wait_ms < left_ms ? (wait_ms < 0 ? 0 : wait_ms) : left_ms);
        return left_ms > 0;
    }
    if (emulator->holds > 0) {
        if (left_ms <= 0) {
            return false;
        }
        loop_run_once(emulator->loop, left_ms);
        return true;
    }
    if (!has_task || due_ms > until_ms) {
        due_ms = until_ms;
        has_task = until_ms < INT64_MAX && scheduler_next_due(emulator->scheduler, &due_ms) && due_ms <= until_ms;
    }
    if (!has_task) {
        return false;
    }
    stop_on_the_way(emulator, &due_ms);
    move_clock(emulator, due_ms);
    return true;
}

bool emulator_run_until(struct emulator *emulator, bool (*condition)(void *argument), void *argument,
                        int64_t until_ms, int64_t real_limit_ms) {
    int64_t real_deadline_us = clock_monotonic_us() + real_limit_ms * 1000;
    bool was_stepping = emulator->stepping;
    emulator->stepping = true;
    bool held = condition(argument);
    while (!held && step(emulator, until_ms, real_deadline_us)) {
        held = condition(argument);
    }
    emulator->stepping = was_stepping;
    return held;
}

void emulator_reset(struct emulator *emulator) {
    emulator_cancel_calls(emulator);
    scheduler_clear(emulator->scheduler);
    store_rollback(emulator->store);
    store_erase(emulator->store);
    store_commit(emulator->store);
    faults_clear(emulator->faults);
    trace_clear(emulator->trace);
    if (emulator->seed) {
        ids_restart(emulator->ids, emulator->seed);
    }
    clock_init(&emulator->clock, emulator->clock.mode);
    emulator->advance_to_ms = 0;
    resume_services(emulator);
}

void *emulator_snapshot(struct emulator *emulator, size_t *size) {
    store_commit(emulator->store);
    return store_snapshot(emulator->store, size);
}

bool emulator_restore(struct emulator *emulator, const void *data, size_t size) {
    emulator_cancel_calls(emulator);
    scheduler_clear(emulator->scheduler);
    store_rollback(emulator->store);
    bool restored = store_restore(emulator->store, data, size);
    resume_services(emulator);
    return restored;
}

/* ---- parts ---- */

void *service_state(struct emulator *emulator, const struct service *service) {
    for (int i = 0; emulator->services[i]; i++) {
        if (emulator->services[i] == service) {
            return emulator->service_states[i];
        }
    }
    die("service_state: not a service of this emulator");
}

struct store *emulator_store(struct emulator *emulator) {
    return emulator->store;
}

struct ids *emulator_ids(struct emulator *emulator) {
    return emulator->ids;
}

struct clock *emulator_clock(struct emulator *emulator) {
    return &emulator->clock;
}

struct loop *emulator_loop(struct emulator *emulator) {
    return emulator->loop;
}

struct faults *emulator_faults(struct emulator *emulator) {
    return emulator->faults;
}

struct trace *emulator_trace(struct emulator *emulator) {
    return emulator->trace;
}

struct http_server *emulator_http_server(struct emulator *emulator) {
    return emulator->http_server;
}

struct http_client *emulator_http_client(struct emulator *emulator) {
    if (!emulator->http_client) {
        emulator->http_client = http_client_open(emulator->loop);
    }
    return emulator->http_client;
}

struct tls *emulator_tls(struct emulator *emulator) {
    if (!emulator->tls) {
        emulator->tls = tls_open(emulator->loop, emulator->http_server, TLS_HANDSHAKE_LIMIT_MS);
    }
    return emulator->tls;
}

int emulator_tls_port(struct emulator *emulator) {
    if (emulator->tls_port == 0) {
        emulator->tls_port = tls_listen(emulator_tls(emulator), emulator->host, 0);
        if (emulator->tls_port < 0) {
            die("cannot open the TLS door on %s: %s", emulator->host, strerror(errno));
        }
    }
    return emulator->tls_port;
}

const char *emulator_endpoint(struct emulator *emulator) {
    if (!emulator->endpoint) {
        const char *message = "";
        if (!open_front_door(emulator, 0, &message)) {
            die("%s", message);
        }
    }
    return emulator->endpoint;
}

const struct service *const *emulator_services(struct emulator *emulator) {
    return emulator->services;
}

const char *emulator_default_account(const struct emulator *emulator) {
    return emulator->account;
}

const char *emulator_default_region(const struct emulator *emulator) {
    return emulator->region;
}

int64_t emulator_now_ms(struct emulator *emulator) {
    return clock_now_ms(&emulator->clock);
}

task_id emulator_schedule(struct emulator *emulator, int64_t due_ms, task_fn *function, void *argument) {
    return scheduler_add(emulator->scheduler, due_ms, function, argument);
}

task_id emulator_schedule_quiet(struct emulator *emulator, int64_t due_ms, task_fn *function,
                                void *argument) {
    return scheduler_add_quiet(emulator->scheduler, due_ms, function, argument);
}

bool emulator_cancel(struct emulator *emulator, task_id task) {
    return scheduler_cancel(emulator->scheduler, task);
}

bool emulator_time_flows(const struct emulator *emulator) {
    return emulator->clock.mode == CLOCK_REAL || emulator->jump_when_idle;
}

void emulator_hold(struct emulator *emulator) {
    emulator->holds++;
}

void emulator_release(struct emulator *emulator) {
    assert(emulator->holds > 0);
    emulator->holds--;
}
