/*
 * The AWS SDK for JavaScript, which AWS supplies to Node.js functions in /var/runtime/node_modules: here, the
 * packages of this machine that stand in for it.
 */
#ifndef STACKRIG_NODE_SDK_H
#define STACKRIG_NODE_SDK_H

#include <stdbool.h>

#include "emulator/base/arena.h"

/* The directory for NODE_PATH that holds what AWS supplies to a runtime (nodejs...), under
 * `runtime_directory`. In the arena; it exists only once an SDK was found. */
const char *node_sdk_directory(struct arena *arena, const char *runtime_directory, const char *runtime);
/* Makes these directories of all runtimes. False: nothing on this machine stands in for the SDK (yet). */
bool node_sdk_link(struct arena *arena, const char *runtime_directory);

#endif
