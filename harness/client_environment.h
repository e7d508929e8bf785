/*
 * The environment that leads AWS clients to an emulator: endpoint, dummy credentials, Region, CA, and the
 * preloaded library for clients that know no AWS_ENDPOINT_URL.
 */
#ifndef STACKRIG_CLIENT_ENVIRONMENT_H
#define STACKRIG_CLIENT_ENVIRONMENT_H

#include <stdbool.h>

#include "emulator/base/arena.h"

/* What must be known of the emulator. */
struct emulator_facts {
    const char *endpoint; /* http://127.0.0.1:4566 */
    int tls_port;
    const char *ca_file;
    const char *interposer; /* NULL: do not preload */
    const char *region;
};

struct environment_entry {
    const char *name;
    const char *value; /* NULL: must not be set */
};

#define CLIENT_ENVIRONMENT_ENTRIES 24

/* Fills entries (the last one has no name); strings live in the arena. Present LD_PRELOAD and NO_PROXY values
 * are kept behind ours. */
void client_environment(struct arena *arena, const struct emulator_facts *facts,
                        struct environment_entry entries[CLIENT_ENVIRONMENT_ENTRIES]);

#endif
