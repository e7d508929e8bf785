/*
 * What a scenario needs of the machine: interpreters, programs, npm packages, Python packages, handlers with
 * their libraries. Missing things
 * make it skipped, never failed.
 */
#ifndef STACKRIG_REQUIREMENTS_H
#define STACKRIG_REQUIREMENTS_H

#include <jansson.h>

#include "emulator/base/arena.h"

/* NULL: all is there. Otherwise what is missing, in the arena. `requires` may be NULL. */
const char *requirements_missing(struct arena *arena, const json_t *requires);

/* Folder of npm packages that scenarios may pack: $STACKRIG_NODE_MODULES, else the first of node_modules and
 * build/clients/node_modules that exists; NULL: none. In the arena, absolute. */
const char *requirements_node_modules(struct arena *arena);
/* Folder of handlers with their libraries installed: $STACKRIG_HANDLERS, else build/handlers; NULL: none. */
const char *requirements_handlers(struct arena *arena);

#endif
