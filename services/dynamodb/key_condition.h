/* Key conditions: what part of a table or index a query reads. Pure. Source: dynamodb.md section 4.5. */
#ifndef STACKRIG_KEY_CONDITION_H
#define STACKRIG_KEY_CONDITION_H

#include "services/dynamodb/expression.h"
#include "services/dynamodb/item_key.h"

struct key_range {
    struct item_key key; /* slot and hash; range is not used */
    struct key_bounds bounds;
    bool one_item; /* every part of the key by equality */
};

/* What is wrong with an expression whatever the table is; NULL: nothing. */
const char *key_condition_check(struct arena *arena, const struct node *condition);
/* `condition` as parsed, or an AND made of KeyConditions. NULL on success, else AWS's text. */
const char *key_condition_read(struct arena *arena, const struct node *condition,
                               const struct key_schema *schema, struct key_range *range);

#endif
