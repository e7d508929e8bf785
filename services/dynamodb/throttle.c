#include "services/dynamodb/throttle.h"

#include "emulator/base/die.h"
#include "services/dynamodb/dynamodb_store.h"

#define BURST_SECONDS 300
#define MILLI 1000 /* tokens are thousandths of a unit: units per second times milliseconds */

struct throttle_bucket {
    int64_t resource; /* id of the index; of the table, negative */
    bool writes;
    int64_t tokens;
    int64_t filled_ms;
    struct throttle_bucket *next;
};

/* A bucket, how fast it fills, and what is wanted of it. */
struct draught {
    const struct table_index *index; /* NULL: the table's */
    int64_t rate;
    int64_t tokens;
};

/* ---- the switch ---- */

void throttle_forget(struct dynamodb_state *state) {
    for (size_t i = 0; i < THROTTLE_BUCKETS; i++) {
        while (state->throttle[i]) {
            struct throttle_bucket *bucket = state->throttle[i];
            state->throttle[i] = bucket->next;
            free(bucket);
        }
    }
}

/* The settings of the service itself are kept as those of a table that there cannot be. */
void throttle_load(struct dynamodb_state *state) {
    struct arena *arena = arena_open();
    throttle_forget(state);
    state->throttles =
        dynamodb_setting(emulator_store(state->emulator), 0, SETTING_THROTTLE, arena).data != NULL;
    arena_close(arena);
}

void throttle_switch(struct dynamodb_state *state, bool on) {
    if (state->throttles != on) {
        throttle_forget(state);
    }
    state->throttles = on;
    dynamodb_set_setting(emulator_store(state->emulator), 0, SETTING_THROTTLE, on ? TEXT("1") : TEXT_NONE);
}

bool throttle_is_on(const struct call *call) {
    return dynamodb_state_of(call)->throttles;
}

/* ---- buckets ---- */

/* Units a second; 0: no bound. */
static int64_t rate_of(const struct table *table, const struct table_index *index, bool writes) {
    if (table->read_units > 0) {
        return index ? (writes ? index->write_units : index->read_units)
                     : (writes ? table->write_units : table->read_units);
    }
    return index ? (writes ? index->maximum_write_units : index->maximum_read_units)
                 : (writes ? table->maximum_write_units : table->maximum_read_units);
}

static struct throttle_bucket *bucket_of(struct call *call, const struct table *table,
                                         const struct draught *draught, bool writes) {
    struct dynamodb_state *state = dynamodb_state_of(call);
    int64_t resource = draught->index ? draught->index->id : -table->id;
    struct throttle_bucket **place = &state->throttle[((uint64_t)resource * 2 + writes) % THROTTLE_BUCKETS];
    struct throttle_bucket *bucket = *place;
    while (bucket && (bucket->resource != resource || bucket->writes != writes)) {
        bucket = bucket->next;
    }
    if (!bucket) {
        bucket = xcalloc(1, sizeof(*bucket));
        *bucket = (struct throttle_bucket){.resource = resource,
                                           .writes = writes,
                                           .tokens = draught->rate * MILLI,
                                           .filled_ms = table->created_ms,
                                           .next = *place};
        *place = bucket;
    }
    int64_t most = draught->rate * MILLI * BURST_SECONDS;
    int64_t elapsed_ms = call->now_ms - bucket->filled_ms;
    /* What fills any debt that can be; more would overflow. */
    bool full = elapsed_ms > 4LL * BURST_SECONDS * MILLI && bucket->tokens >= 0;
    bucket->tokens = full ? most : bucket->tokens + draught->rate * elapsed_ms;
    bucket->tokens = bucket->tokens > most ? most : bucket->tokens;
    bucket->filled_ms = call->now_ms;
    return bucket;
}

/* What of whom; those without bound are left out. Room for each index and the table. */
static size_t draughts_of(const struct consumed *price, struct draught *draughts) {
    const struct table *table = price->table;
    double own = price->units;
    size_t count = 0;
    for (size_t i = 0; price->index_units && i < table->index_count; i++) {
        const struct table_index *index = &table->indexes[i];
        int64_t rate = index->global ? rate_of(table, index, price->writes) : 0;
        own += index->global ? 0 : price->index_units[i];
        if (rate > 0 && price->index_units[i] > 0) {
            draughts[count++] = (struct draught){index, rate, (int64_t)(price->index_units[i] * MILLI)};
        }
    }
    int64_t rate = rate_of(table, NULL, price->writes);
    if (rate > 0 && own > 0) {
        draughts[count++] = (struct draught){NULL, rate, (int64_t)(own * MILLI)};
    }
    return count;
}

bool throttle_take(struct call *call, const struct consumed *price, struct throttled *why) {
    if (!throttle_is_on(call)) {
        return true;
    }
    struct draught *draughts = arena_zalloc(call->arena, (price->table->index_count + 1) * sizeof(*draughts));
    size_t count = draughts_of(price, draughts);
    for (size_t i = 0; i < count; i++) {
        int64_t needed = draughts[i].tokens < MILLI ? draughts[i].tokens : MILLI;
        if (bucket_of(call, price->table, &draughts[i], price->writes)->tokens < needed) {
            *why = (struct throttled){price->table, draughts[i].index, price->writes};
            return false;
        }
    }
    for (size_t i = 0; i < count; i++) {
        bucket_of(call, price->table, &draughts[i], price->writes)->tokens -= draughts[i].tokens;
    }
    return true;
}

void throttle_give_back(struct call *call, const struct consumed *price) {
    if (!throttle_is_on(call)) {
        return;
    }
    struct draught *draughts = arena_zalloc(call->arena, (price->table->index_count + 1) * sizeof(*draughts));
    size_t count = draughts_of(price, draughts);
    for (size_t i = 0; i < count; i++) {
        bucket_of(call, price->table, &draughts[i], price->writes)->tokens += draughts[i].tokens;
    }
}

/* ---- refusing ---- */

static bool is_on_demand(const struct throttled *why) {
    return why->table->read_units == 0;
}

const char *throttle_code(const struct throttled *why) {
    return is_on_demand(why) ? "ThrottlingError" : "ProvisionedThroughputExceeded";
}

const char *throttle_message(const struct throttled *why) {
    if (is_on_demand(why)) {
        return "Throughput exceeds the maximum OnDemandThroughput configured on table or index";
    }
    return why->index ? "The level of configured provisioned throughput for one or more global secondary "
                        "indexes of the table was exceeded. Consider increasing your provisioning level for "
                        "the under-provisioned global secondary indexes with the UpdateTable API"
                      : "The level of configured provisioned throughput for the table was exceeded. Consider "
                        "increasing your provisioning level with the UpdateTable API.";
}

struct result throttle_refuse(struct call *call, const struct throttled *why) {
    bool on_demand = is_on_demand(why);
    struct result result = call_error(call,
                                      on_demand ? &dynamodb_error_ThrottlingException
                                                : &dynamodb_error_ProvisionedThroughputExceededException,
                                      "%s", throttle_message(why));
    struct output *out = call_error_output(call);
    const char *reason =
        arena_printf(call->arena, "%s%s%sThroughputExceeded", why->index ? "Index" : "Table",
                     why->writes ? "Write" : "Read", on_demand ? "MaxOnDemand" : "Provisioned");
    const char *resource = why->index ? arena_printf(call->arena, "%s/index/%.*s", why->table->arn,
                                                     TEXT_ARGUMENTS(why->index->name))
                                      : why->table->arn;
    output_begin_list(out, on_demand ? "throttlingReasons" : "ThrottlingReasons");
    output_begin_structure(out, NULL);
    output_string(out, "reason", reason);
    output_string(out, "resource", resource);
    output_end(out);
    output_end(out);
    return result;
}

bool throttle_admits(struct call *call, const struct consumed *price, struct result *refusal) {
    struct throttled why;
    if (throttle_take(call, price, &why)) {
        return true;
    }
    *refusal = throttle_refuse(call, &why);
    return false;
}
