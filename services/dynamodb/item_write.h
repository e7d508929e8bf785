/*
 * One item of one table being changed: read the old one, decide, then commit with index entries, stream
 * record, expiry. Everything that may fail comes before the commit.
 */
#ifndef STACKRIG_ITEM_WRITE_H
#define STACKRIG_ITEM_WRITE_H

#include "services/dynamodb/dynamodb.h"
#include "services/dynamodb/dynamodb_store.h"

struct item_write {
    struct table *table;
    struct item_key key;
    struct stored_item old;     /* text in the arena when old_item is read */
    struct attribute *old_item; /* an empty map when there is none; NULL: not read */
    struct attribute *new_item; /* NULL: the item is to be deleted (or was never there) */
    int64_t new_bytes;
    bool repeated;        /* of another Region: goes no further */
    bool by_time_to_live; /* who deletes: DynamoDB itself */
};

/* Reads what is there. `with_item`: its attributes are wanted in any case. */
void item_write_load(struct call *call, struct item_write *write, bool with_item);
/* Size and index keys of new_item: NULL or AWS's text. by_update chooses the texts of UpdateItem. */
const char *item_write_check(struct call *call, struct item_write *write, bool by_update);
/*
 * Of UpdateItem, before the item is read. NULL: no attribute of the table's key is touched, none of an
 * index's key gets a value that is plainly of another type, and no path goes into either.
 */
const char *update_check_keys(struct call *call, const struct table *table, const struct update *update);
/* Nothing lies within a key attribute, of the table or of any index. NULL, or AWS's text. */
const char *path_check_scalar(struct call *call, const struct table *table, const struct document_path *path);
const char *node_check_scalars(struct call *call, const struct table *table, const struct node *node);
/* What it costs; `fails`: a condition does not hold, which is paid all the same. */
struct consumed item_write_price(struct call *call, const struct item_write *write, double factor,
                                 bool fails);
/* Pays for it where tables are throttled. False: *refusal; nothing may be written. */
bool item_write_admitted(struct call *call, const struct item_write *write, bool fails,
                         struct result *refusal);
/* Writes. */
void item_write_commit(struct call *call, struct item_write *write);
/* Appends the record of this write to the table's stream, if it has one and something changed. */
void stream_record_write(struct call *call, const struct item_write *write);

#endif
