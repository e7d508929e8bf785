/* What Query and Scan share: which attributes, which page, and the answer. */
#ifndef STACKRIG_DYNAMODB_PAGE_H
#define STACKRIG_DYNAMODB_PAGE_H

#include "services/dynamodb/dynamodb.h"
#include "services/dynamodb/dynamodb_store.h"

struct page {
    struct table *table;
    const struct table_index *index; /* NULL: the table itself */
    const struct key_schema *schema; /* of either */
    struct node *filter;
    struct projection_paths *projection;
    bool count_only;
    bool whole; /* a local index, asked for attributes that only the table has */
    bool consistent;
    int64_t limit;           /* 0: none */
    struct attribute *start; /* ExclusiveStartKey; NULL: none */
};

/* Select, projections and their rules. `filter_member` is the legacy name. False: *refusal. */
bool page_read_request(struct call *call, struct input input, const char *filter_member, struct page *page,
                       struct node **key_condition, struct result *refusal);
/* Table and index. */
bool page_find(struct call *call, struct input input, struct page *page, struct result *refusal);
/* The projection against that of the index, which is given. False: *refusal. */
bool page_check_projection(struct call *call, struct page *page, struct result *refusal);
/* No path leads into a key attribute. False: *refusal. */
bool page_check_projected_keys(struct call *call, const struct page *page, struct result *refusal);
bool page_check_filtered_keys(struct call *call, const struct page *page, struct result *refusal);
/* The place of ExclusiveStartKey. False: it is no key of this table or index, *message says why. */
bool page_start(struct call *call, const struct page *page, struct item_place *place, const char **message);
/* What a reading came to. */
struct page_state {
    int64_t count;
    int64_t scanned;
    int64_t bytes;
    double table_units;     /* for items fetched from the table for a local index, each by itself */
    struct attribute *last; /* where the next page begins; NULL: nowhere */
};

/* Reads the rows and writes the elements of the open list (none for a count). */
void page_read_rows(struct call *call, const struct page *page, struct statement *rows,
                    struct page_state *state);
/* Pays for what was read and writes the member ConsumedCapacity, when `mode` asks for it. False: the table is
 * throttled, *refusal is the answer. */
bool page_write_consumed(struct call *call, struct text mode, struct text table_name, const struct page *page,
                         const struct page_state *state, struct result *refusal);
/* Reads the rows and writes the whole answer. */
struct result page_answer(struct call *call, struct input input, const struct page *page,
                          struct statement *rows);

#endif
