/*
 * Tables as the item operations need them: keys, indexes, stream, TTL attribute. Read from the database once
 * and kept in memory until something about the table changes (table_forget()); the cold rest of a table's
 * description stays in dynamodb_setting rows.
 *
 * A pointer to a table is good for the current call.
 */
#ifndef STACKRIG_DYNAMODB_TABLE_H
#define STACKRIG_DYNAMODB_TABLE_H

#include "emulator/core/emulator.h"
#include "services/dynamodb/item_key.h"

enum projection_type { PROJECTION_ALL, PROJECTION_KEYS_ONLY, PROJECTION_INCLUDE };

struct table_index {
    int64_t id; /* in dynamodb_entry; never used twice */
    bool global;
    struct text name;
    struct key_schema schema;
    enum projection_type projection;
    struct text *included; /* PROJECTION_INCLUDE */
    size_t included_count;
    int64_t read_units; /* 0: on demand, local */
    int64_t write_units;
    int64_t maximum_read_units; /* OnDemandThroughput; 0: none */
    int64_t maximum_write_units;
    int64_t warm_read_units; /* WarmThroughput as asked for; 0: was not */
    int64_t warm_write_units;
};

struct table {
    struct arena *arena;
    int64_t id;
    const char *account;
    const char *region;
    struct text name;
    const char *arn;
    int64_t created_ms;
    struct key_part *attributes; /* AttributeDefinitions */
    size_t attribute_count;
    struct key_schema schema;
    struct table_index *indexes; /* local ones first */
    size_t index_count;
    int64_t next_index;      /* number for the id of the next index */
    struct text stream_view; /* absent: no stream */
    int64_t stream_id;
    struct text ttl_attribute; /* absent: off */
    int64_t read_units;        /* 0: PAY_PER_REQUEST */
    int64_t write_units;
    int64_t maximum_read_units; /* OnDemandThroughput; 0: none */
    int64_t maximum_write_units;
    int64_t recovery_ms;  /* for how long changes are kept for restores; 0: they are not */
    struct text replicas; /* other Regions, with commas; absent: none */
    /* Kept up to date by dynamodb_store.c once asked for. */
    bool counted;
    int64_t item_count;
    int64_t item_bytes;
    struct table *next; /* in its bucket of the cache */
};

#define TABLE_BUCKETS 256
#define RECOVERY_DAYS 35 /* if nobody says otherwise */
#define THROTTLE_BUCKETS 64

struct throttle_bucket;
struct transfer;

/* The service's memory: dynamodb_service.open(). */
struct dynamodb_state {
    struct emulator *emulator;
    struct table *buckets[TABLE_BUCKETS];
    struct table *forgotten; /* freed when no call can hold them any more */
    task_id free_task;       /* of `forgotten` */
    int64_t sweep_ms;        /* when to look for expired items again */
    bool throttles;          /* throttle.h */
    struct throttle_bucket *throttle[THROTTLE_BUCKETS];
    struct transfer *transfers; /* transfers.h */
};

/* NULL: there is none. */
struct table *table_find(struct dynamodb_state *state, const char *account, const char *region,
                         struct text name);
/* After any change of its definition or settings: the next table_find() reads it again. */
void table_forget(struct dynamodb_state *state, const char *account, const char *region, struct text name);
void table_forget_all(struct dynamodb_state *state);
/* NULL: there is none. */
struct table_index *table_index(const struct table *table, struct text name);

/* The definition as kept in the database, and back into a table whose arena is open. */
void table_write_definition(struct strbuf *buffer, const struct table *table);
void table_read_definition(struct table *table, struct text definition);

/* All attributes that the index holds are wanted: its keys, the table's, what is included. */
bool table_index_holds(const struct table *table, const struct table_index *index, struct text name);
/* The item as the index holds it; shares values. */
struct attribute *table_index_view(struct arena *arena, const struct table *table,
                                   const struct table_index *index, const struct attribute *item);

#endif
