/*
 * Throttling by capacity, off unless asked for (POST /_stackrig/dynamodb/settings, docs/CONTROL.md).
 *
 * Each table and each global index has two token buckets, one for reads and one for writes, that fill with
 * its provisioned units (or with the maximum of OnDemandThroughput) each second and hold what 300 seconds
 * leave unused; local indexes draw on their table's. A new table has one second's worth. A request is let in
 * while a unit is left (or what it needs, when that is less) and pays its whole price, so that a dear one
 * leaves a debt. Buckets live in memory: after a restart or a restore they hold what an idle table would
 * have. Source: dynamodb.md sections 8 and 12, AWS's "burst capacity" and "throttling diagnosis" pages; that
 * a new table starts with one second's worth, and the debt, are inferred.
 */
#ifndef STACKRIG_DYNAMODB_THROTTLE_H
#define STACKRIG_DYNAMODB_THROTTLE_H

#include "services/dynamodb/dynamodb.h"

#define SETTING_THROTTLE "throttle"

/* Who has too little left. */
struct throttled {
    const struct table *table;
    const struct table_index *index; /* NULL: the table itself */
    bool writes;
};

bool throttle_is_on(const struct call *call);
/* Takes the price from the table and its indexes, from all or from none. False: *why. Always true when off.
 */
bool throttle_take(struct call *call, const struct consumed *price, struct throttled *why);
/* Of what was taken, when the request comes to nothing after all. */
void throttle_give_back(struct call *call, const struct consumed *price);
struct result throttle_refuse(struct call *call, const struct throttled *why);
/* As cancellation reasons and batches of statements name it. */
const char *throttle_code(const struct throttled *why);
const char *throttle_message(const struct throttled *why);

/* The two above for the requests of one price: false: *refusal. */
bool throttle_admits(struct call *call, const struct consumed *price, struct result *refusal);

/* ---- the switch (front_door.c) ---- */

void throttle_load(struct dynamodb_state *state);
void throttle_switch(struct dynamodb_state *state, bool on);
void throttle_forget(struct dynamodb_state *state);

#endif
