/*
 * The tables of DynamoDB in the database: tables and their settings, items, index entries. Backups, streams,
 * tokens and tags are in dynamodb_store_more.c with the same module.
 *
 * Items are kept as the JSON text that goes out again (attribute_write_item()), in a rowid table with a
 * unique index over the key's ordered bytes (performance.md section 2).
 */
#ifndef STACKRIG_DYNAMODB_STORE_H
#define STACKRIG_DYNAMODB_STORE_H

#include "emulator/io/store.h"
#include "services/dynamodb/item_key.h"

struct table;
struct table_index;

extern const struct store_module dynamodb_store_module;

/* ---- tables ---- */

struct dynamodb_table_row {
    int64_t id;
    int64_t created_ms;
    struct text name;
    struct text definition;
};

/* False: there is none. Texts live in the arena. */
bool dynamodb_store_table(struct store *store, const char *account, const char *region, struct text name,
                          struct arena *arena, struct dynamodb_table_row *row);
int64_t dynamodb_store_add_table(struct store *store, const char *account, const char *region,
                                 const struct dynamodb_table_row *row);
void dynamodb_store_set_definition(struct store *store, int64_t id, struct text definition);
/* With its items, entries, settings and tags. */
void dynamodb_store_delete_table(struct store *store, const struct table *table, const char *arn);
/* Rows of one name each, after `after`, in their order. */
struct statement *dynamodb_store_table_names(struct store *store, const char *account, const char *region,
                                             struct text after);
int64_t dynamodb_store_table_count(struct store *store, const char *account, const char *region);

/* Facts about a table that are no part of its definition. */
#define SETTING_STREAM_VIEW "StreamViewType"
#define SETTING_STREAM_LABEL "StreamLabel"
#define SETTING_STREAM_ID "StreamId"
#define SETTING_TTL_ATTRIBUTE "TimeToLiveAttribute"
#define SETTING_READ_UNITS "ReadCapacityUnits"
#define SETTING_WRITE_UNITS "WriteCapacityUnits"
#define SETTING_REPLICAS "Replicas"
#define SETTING_RECOVERY "PointInTimeRecovery" /* since when, in milliseconds */
#define SETTING_RECOVERY_DAYS "RecoveryPeriodInDays"
#define SETTING_MAXIMUM_READ "MaxReadRequestUnits" /* of OnDemandThroughput */
#define SETTING_MAXIMUM_WRITE "MaxWriteRequestUnits"
/* Absent: not set. In the arena. */
struct text dynamodb_setting(struct store *store, int64_t table_id, const char *name, struct arena *arena);
/* Absent value: removes it. */
void dynamodb_set_setting(struct store *store, int64_t table_id, const char *name, struct text value);

/* ---- items ---- */

struct stored_item {
    int64_t id;       /* 0: there is none */
    int64_t size;     /* bytes as AWS counts */
    struct text text; /* in the arena or borrowed, as the function says */
};

/* Copies the text into the arena; arena NULL: leaves it out. */
struct stored_item dynamodb_store_get(struct store *store, const struct table *table,
                                      const struct item_key *key, struct arena *arena);
/* Borrowed until the next reading; finish with statement_reset(*statement). */
struct stored_item dynamodb_store_peek(struct store *store, const struct table *table,
                                       const struct item_key *key, struct statement **statement);
/* Replaces the row `old` or, with id 0, adds one; returns its id. expires_s: 0 never. */
int64_t dynamodb_store_put(struct store *store, struct table *table, const struct item_key *key,
                           const struct stored_item *old, const struct stored_item *item, int64_t expires_s);
void dynamodb_store_delete(struct store *store, struct table *table, const struct stored_item *old);
void dynamodb_store_set_expiry(struct store *store, int64_t item_id, int64_t expires_s);
/* Items of all tables that expired until and after then: rows of account, Region, table name, item text. */
struct statement *dynamodb_store_expired(struct store *store, int64_t until_s, int64_t after_s,
                                         int64_t limit);
/* Fills table->item_count and item_bytes. */
void dynamodb_store_count(struct store *store, struct table *table);
int64_t dynamodb_store_index_count(struct store *store, int64_t index_id);

void dynamodb_store_add_entry(struct store *store, int64_t index_id, const struct item_key *key,
                              struct text base, int64_t item_id);
void dynamodb_store_delete_entry(struct store *store, int64_t index_id, const struct item_key *key,
                                 struct text base);
void dynamodb_store_delete_entries(struct store *store, int64_t index_id);

/* ---- readings in order ---- */

/* A position in a table (base empty) or in an index. */
struct item_place {
    int64_t slot;
    struct text hash;
    struct text range;
    struct text base;
};

/* Rows: id, size, text. One reading of each kind at a time; statement_reset() when it stops early. */
/* One partition: from < position < to, both strictly in an index; in a table from <= range < to. */
struct statement *dynamodb_store_query(struct store *store, const struct table *table,
                                       const struct table_index *index, const struct item_key *key,
                                       const struct item_place *from, const struct item_place *to,
                                       bool forward);
/* Slots after `after` strictly (by position) up to last_slot. */
struct statement *dynamodb_store_scan(struct store *store, const struct table *table,
                                      const struct table_index *index, const struct item_place *after,
                                      int64_t last_slot);
struct stored_item dynamodb_store_row(struct statement *rows);

#endif
