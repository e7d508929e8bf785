/* The colder tables of DynamoDB: tags, tokens of transactions, backups. */
#ifndef STACKRIG_DYNAMODB_STORE_MORE_H
#define STACKRIG_DYNAMODB_STORE_MORE_H

#include "emulator/io/store.h"

/* Rows of key and value. */
struct statement *dynamodb_store_tags(struct store *store, const char *arn);
void dynamodb_store_put_tag(struct store *store, const char *arn, struct text key, struct text value);
void dynamodb_store_delete_tag(struct store *store, const char *arn, struct text key);

/* The digest kept with the token, in the arena; absent: not seen since `after_ms`. */
struct text dynamodb_store_token(struct store *store, const char *account, const char *region,
                                 struct text token, int64_t after_ms, struct arena *arena);
void dynamodb_store_add_token(struct store *store, const char *account, const char *region, struct text token,
                              struct text digest, int64_t now_ms);

#endif
