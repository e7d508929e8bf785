/* Asks a running emulator's control endpoints, for `env` and `why`. */
#ifndef STACKRIG_CONTROL_CLIENT_H
#define STACKRIG_CONTROL_CLIENT_H

#include <jansson.h>

#include "emulator/base/arena.h"

/*
 * GET endpoint + path. The JSON of the answer, a new reference; *status is the HTTP status. NULL: no answer,
 * or one that is not JSON; *problem (in the arena) says why.
 */
json_t *control_get(struct arena *arena, const char *endpoint, const char *path, int *status,
                    const char **problem);

/* The endpoint that a command's flags mean: --endpoint, else --port, else AWS_ENDPOINT_URL when `inherit`. */
const char *control_endpoint(struct arena *arena, const char *endpoint, int64_t port, bool inherit);

#endif
