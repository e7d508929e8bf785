/* What transactions are made of, for TransactWriteItems, TransactGetItems and PartiQL's ExecuteTransaction.
 */
#ifndef STACKRIG_DYNAMODB_TRANSACTIONS_H
#define STACKRIG_DYNAMODB_TRANSACTIONS_H

#include "services/dynamodb/item_write.h"

enum part_kind { PART_CHECK, PART_PUT, PART_UPDATE, PART_DELETE, PART_GET };

struct transaction_part {
    enum part_kind kind;
    struct input input;
    struct text table_name;
    bool return_old; /* ReturnValuesOnConditionCheckFailure */
    struct placeholders placeholders;
    struct node *condition;
    struct update *update;
    struct projection_paths *projection;
    struct attribute *key; /* of a Put: the item */
    struct item_write write;
    bool unusable; /* its key is none of the table's */
    /* What a failed condition is called; NULL: ConditionalCheckFailed. */
    const char *failure_code;
    const char *failure_message;
    /* Why the transaction is cancelled: AWS's code; NULL: not because of this part. */
    const char *code;
    const char *message;
};

/* Tables and keys; a key of the wrong form cancels the transaction, two parts for one item refuse it. */
bool transaction_find(struct call *call, struct transaction_part *parts, size_t count,
                      struct result *refusal);
/* Pays for parts that are decided (or, when reading, loaded), all or none of them. Those that throttled
 * tables do not let in stand in the way from then on. */
void transaction_pay(struct call *call, struct transaction_part *parts, size_t count, bool reading);
/* Reads the item, asks the condition, makes the new item. */
void transaction_decide(struct call *call, struct transaction_part *part);
/* True: *refusal is TransactionCanceledException with its reasons. */
bool transaction_cancelled(struct call *call, const struct transaction_part *parts, size_t count,
                           struct result *refusal);
/* ConsumedCapacity: one element for each table. */
void transaction_write_costs(struct call *call, struct text mode, const struct transaction_part *parts,
                             size_t count, bool reading);

enum token_use { TOKEN_NEW, TOKEN_REPEATED, TOKEN_OF_ANOTHER };
/* ClientRequestToken (may be absent) against the list of parts as written. */
enum token_use transaction_use_token(struct call *call, struct text token, struct input list);
void transaction_keep_token(struct call *call, struct text token, struct input list);
struct result transaction_token_mismatch(struct call *call);

#endif
