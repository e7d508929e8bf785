/* The emulator's inside. Private to emulator/core. */
#ifndef STACKRIG_EMULATOR_STATE_H
#define STACKRIG_EMULATOR_STATE_H

#include <signal.h>

#include "emulator/core/call_state.h"
#include "emulator/core/trace.h"
#include "emulator/io/run_directory.h"
#include "emulator/io/tls.h"

#define EMULATOR_MAXIMUM_SERVICES 32

struct snapshot {
    char *name;
    void *data;
    size_t size;
    struct snapshot *next;
};

struct emulator {
    const struct service *services[EMULATOR_MAXIMUM_SERVICES]; /* NULL-terminated */
    void *service_states[EMULATOR_MAXIMUM_SERVICES];
    struct store *store;
    struct ids *ids;
    struct clock clock;
    struct loop *loop;
    struct scheduler *scheduler;
    struct faults *faults;
    struct trace *trace;
    struct http_server *http_server;
    struct http_listener *front_door;
    struct http_client *http_client;
    struct tls *tls;
    int tls_port;
    char account[ACCOUNT_SIZE];
    char region[REGION_SIZE];
    char *host;
    char *endpoint;
    struct run_directory run_directory;
    char *ca_file;
    char *interposer_file;
    struct call_state *live_calls;
    struct parked_call *parked_calls;
    struct snapshot *snapshots;
    volatile sig_atomic_t stopped;
    bool jump_when_idle;
    bool stepping;          /* emulator_run_until() drives time itself */
    int holds;              /* the outside world is at work */
    int64_t advance_to_ms;  /* POST clock: run up to here; 0: nowhere */
    uint64_t turns;         /* counts callbacks and tasks: did anything happen? */
    uint64_t turns_at_rest; /* turns when the loop last had nothing to do */
    uint64_t seed;
};

/* The endpoints of the emulator itself under /_stackrig/, in control.c. */
extern const struct service control_service;

/* Ends every waiting call. */
void emulator_cancel_calls(struct emulator *emulator);
/* Ends the current turn's transaction. */
void emulator_end_turn(struct emulator *emulator);
/* Removes the run directory and frees the file names (run_files.c). */
void run_files_remove(struct emulator *emulator);

#endif
