/* Global tables (version 2019.11.21): the same table in several emulated Regions, every write in all of them.
 */
#ifndef STACKRIG_DYNAMODB_GLOBAL_TABLES_H
#define STACKRIG_DYNAMODB_GLOBAL_TABLES_H

#include "services/dynamodb/item_write.h"

/* ReplicaUpdates of UpdateTable. False: *refusal, nothing has changed. */
bool replicas_check(struct call *call, struct input updates, const struct table *table,
                    struct result *refusal);
void replicas_apply(struct call *call, struct input updates, struct table *table);
/* The table in this Region leaves the group: it is to be deleted. */
void replicas_leave(struct call *call, struct table *table);
/* Repeats a committed write in the other Regions. */
void replicas_write(struct call *call, const struct item_write *write);

#endif
