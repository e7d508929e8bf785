/* The list of services, in routing order. services.c is the only place that names them all. */
#ifndef STACKRIG_SERVICES_H
#define STACKRIG_SERVICES_H

#include "emulator/core/service.h"

/* NULL-terminated. */
const struct service *const *services_all(void);
const struct service *services_find(const char *name);

#endif
