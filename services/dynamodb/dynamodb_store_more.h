/* The colder tables of DynamoDB: tags, tokens of transactions, backups. */
#ifndef STACKRIG_DYNAMODB_STORE_MORE_H
#define STACKRIG_DYNAMODB_STORE_MORE_H

#include "emulator/io/store.h"
#include "services/dynamodb/item_key.h"

/* Rows of key and value. */
struct statement *dynamodb_store_tags(struct store *store, const char *arn);
void dynamodb_store_put_tag(struct store *store, const char *arn, struct text key, struct text value);
void dynamodb_store_delete_tag(struct store *store, const char *arn, struct text key);

/* The digest kept with the token, in the arena; absent: not seen since `after_ms`. */
struct text dynamodb_store_token(struct store *store, const char *account, const char *region,
                                 struct text token, int64_t after_ms, struct arena *arena);
void dynamodb_store_add_token(struct store *store, const char *account, const char *region, struct text token,
                              struct text digest, int64_t now_ms);

struct backup_row {
    int64_t id;
    struct text arn;
    struct text name;
    struct text table_name;
    int64_t created_ms;
    int64_t size;
    struct text definition;
    struct text settings; /* what else is known of the table, as JSON */
};

/* With a copy of the table's items. */
void dynamodb_store_add_backup(struct store *store, const char *account, const char *region, int64_t table_id,
                               const struct backup_row *backup);
/* False: there is none. Texts in the arena. */
bool dynamodb_store_find_backup(struct store *store, struct text arn, struct arena *arena,
                                struct backup_row *backup);
void dynamodb_store_delete_backup(struct store *store, int64_t id);
struct statement *dynamodb_store_backups(struct store *store, const char *account, const char *region,
                                         struct text after_arn);
struct backup_row dynamodb_store_backup_row(struct statement *rows);
/* Rows of item text. */
struct statement *dynamodb_store_backup_items(struct store *store, int64_t id);

/* ---- exports and imports ---- */

enum job_kind { JOB_EXPORT = 1, JOB_IMPORT };

struct job_row {
    int64_t id;
    enum job_kind kind;
    struct text arn;
    struct text token; /* ClientToken; absent: none */
    struct text table_arn;
    int64_t started_ms;
    struct text status;
    struct text description; /* members of a JSON object, and those that its end added */
    struct text result;
};

struct identity;

/* Returns the id. */
int64_t dynamodb_store_add_job(struct store *store, const char *account, const char *region,
                               const struct job_row *job);
void dynamodb_store_finish_job(struct store *store, int64_t id, const char *status, struct text result);
/* Those in progress. */
void dynamodb_store_fail_jobs(struct store *store, struct text result);
/* By job->kind and arn, or token; fills the rest. Texts in the arena. */
bool dynamodb_store_find_job(struct store *store, struct arena *arena, struct job_row *job);
bool dynamodb_store_find_job_of_token(struct store *store, const struct identity *identity,
                                      struct arena *arena, struct job_row *job);
/* Rows for dynamodb_store_job_row(), the oldest first, behind that id. */
struct statement *dynamodb_store_jobs(struct store *store, const struct identity *identity,
                                      enum job_kind kind, int64_t after);
struct job_row dynamodb_store_job_row(struct statement *rows);

/* ---- what point-in-time recovery keeps: what each write replaced ---- */

/* `item` absent: there was none. Forgets what is older than forget_ms. */
void dynamodb_store_add_change(struct store *store, int64_t table_id, const struct item_key *key,
                               int64_t now_ms, struct text item, int64_t forget_ms);
void dynamodb_store_delete_changes(struct store *store, int64_t table_id);
/* Rows whose column 3 is the text of an item as it was then. */
struct statement *dynamodb_store_items_at(struct store *store, int64_t table_id, int64_t at_ms);

#endif
