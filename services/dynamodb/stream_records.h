/*
 * Streams in the database: written by DynamoDB, read by the service dynamodbstreams. A record is kept as the
 * JSON text behind its sequence number.
 */
#ifndef STACKRIG_STREAM_RECORDS_H
#define STACKRIG_STREAM_RECORDS_H

#include "emulator/io/store.h"

struct table;

#define STREAM_RETENTION_MS (24LL * 60 * 60 * 1000)

struct stream_row {
    int64_t id;
    struct text table_name;
    struct text label;
    struct text view;
    struct text keys; /* KeySchema as JSON */
    int64_t created_ms;
    int64_t closed_ms; /* 0: open */
};

int64_t stream_store_begin(struct store *store, const struct table *table, struct text label,
                           struct text view, struct text keys, int64_t now_ms);
void stream_store_end(struct store *store, int64_t stream_id, int64_t now_ms);
void stream_store_add(struct store *store, int64_t stream_id, int64_t now_ms, struct text record);
/* Forgets records and ended streams from before then. */
void stream_store_trim(struct store *store, int64_t before_ms);
/* False: there is none. Texts in the arena. */
bool stream_store_find(struct store *store, const char *account, const char *region, struct text table_name,
                       struct text label, struct arena *arena, struct stream_row *row);
/* Streams after that one, by table and label; one reading at a time. */
struct statement *stream_store_list(struct store *store, const char *account, const char *region,
                                    struct text table_name, struct text label);
/* The row of such a reading; borrowed. */
struct stream_row stream_store_row(struct statement *rows);
/* Rows of sequence, created_ms, record, from that sequence on. */
struct statement *stream_store_records(struct store *store, int64_t stream_id, int64_t from);
/* 0: none yet. */
int64_t stream_store_last(struct store *store, int64_t stream_id);

#endif
