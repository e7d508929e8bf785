/*
 * The tables of SQS. What a message is (body, attributes) is written once and read on delivery; where it is
 * (moments, counts) stands in a narrow table of its own, which is read as a whole when the emulator starts:
 * afterwards every statement here finds its row by key.
 */
#ifndef STACKRIG_SQS_STORE_H
#define STACKRIG_SQS_STORE_H

#include "emulator/io/store.h"
#include "services/sqs/sqs_index.h"
#include "services/sqs/sqs_message_attributes.h"

extern const struct store_module sqs_store_module;

/* ---- queues ---- */

struct sqs_queue_row {
    int64_t id;
    struct text account, region, name;
    int64_t created_ms, modified_ms;
    int64_t purged_ms;        /* 0: never */
    int64_t purged_id;        /* messages up to this one are gone */
    struct text scope_before; /* DeduplicationScope before its last change; absent: never changed */
    int64_t scope_changed_ms;
};

/* Fills row->id. */
void sqs_store_create_queue(struct store *store, struct sqs_queue_row *row);
void sqs_store_update_queue(struct store *store, const struct sqs_queue_row *row);
/* With attributes, tags, deduplication and move tasks; messages are deleted by their ids. */
void sqs_store_delete_queue(struct store *store, int64_t queue_id);
/* All queues, in order of their ids; texts are borrowed until the next step. */
struct statement *sqs_store_queues(struct store *store);
bool sqs_store_next_queue(struct statement *statement, struct sqs_queue_row *row);
/* Rows of name and value. */
struct statement *sqs_store_attributes(struct store *store, int64_t queue_id);
/* Absent or empty value: the attribute goes. */
void sqs_store_put_attribute(struct store *store, int64_t queue_id, const char *name, struct text value);

/* When a queue of this name was deleted; 0: not known. */
int64_t sqs_store_deleted_ms(struct store *store, const char *account, const char *region, struct text name);
/* Forgets deletions before forget_before_ms. */
void sqs_store_note_deleted(struct store *store, const char *account, const char *region, const char *name,
                            int64_t now_ms, int64_t forget_before_ms);

/* Rows of key and value, in order of the keys. */
struct statement *sqs_store_tags(struct store *store, int64_t queue_id);
int64_t sqs_store_tag_count(struct store *store, int64_t queue_id);
void sqs_store_put_tag(struct store *store, int64_t queue_id, struct text key, struct text value);
void sqs_store_delete_tag(struct store *store, int64_t queue_id, struct text key);

/* ---- messages ---- */

struct sqs_body {
    struct text uuid;
    struct text body;
    struct text body_md5;       /* absent when added: made when it is read */
    struct text attributes;     /* packed (sqs_message_attributes.h); absent: none */
    struct text attributes_md5; /* absent: none */
    struct text trace_header;   /* absent: none */
    struct text sender;
    struct text group;            /* absent: none */
    struct text deduplication_id; /* absent: none */
    struct text source_arn;       /* dead-letter source; absent: none */
    char made_md5[SQS_MD5_SIZE];  /* what body_md5 of a message read may point to */
};

void sqs_store_add_message(struct store *store, int64_t queue_id, const struct sqs_message *message,
                           const struct sqs_body *body);
/* Borrowed until the next call of this function. False: no such message. */
bool sqs_store_body(struct store *store, int64_t message_id, struct sqs_body *body);
/* Moments, counts and receipts of a message as they are now. */
void sqs_store_update_message(struct store *store, const struct sqs_message *message);
/* Moves a message to another queue. source_arn NULL: it has none any more; uuid NULL: it keeps its own. */
void sqs_store_move_message(struct store *store, int64_t queue_id, const struct sqs_message *message,
                            const char *source_arn, const char *uuid);
void sqs_store_delete_message(struct store *store, int64_t message_id);
/* Every message of every queue, in the order their indexes want. Group borrowed until the next step. */
struct statement *sqs_store_messages(struct store *store);
bool sqs_store_next_message(struct statement *statement, int64_t *queue_id, struct sqs_message *message,
                            struct text *group);

/* Numbers never given out before: returns the first of `count`. */
int64_t sqs_store_reserve_ids(struct store *store, int64_t count);

/* ---- deduplication of FIFO queues ---- */

/* The message that was accepted with this key and still counts. *uuid borrowed until the next call. */
bool sqs_store_find_duplicate(struct store *store, int64_t queue_id, struct text key, int64_t now_ms,
                              struct text *uuid, int64_t *sequence);
/* Also forgets some keys that have expired. */
void sqs_store_note_accepted(struct store *store, int64_t queue_id, struct text key, int64_t now_ms,
                             int64_t expires_ms, const char *uuid, int64_t sequence);
void sqs_store_forget_accepted(struct store *store, int64_t queue_id);

/* ---- message move tasks ---- */

struct sqs_move_row {
    int64_t id;
    struct text uuid;
    struct text source_arn;
    struct text destination_arn; /* absent: back to where each message came from */
    int64_t rate;                /* messages per second; 0: as fast as it goes */
    struct text status;
    int64_t moved;
    int64_t to_move;
    struct text failure; /* absent: none */
    int64_t started_ms;
    int64_t queue_id; /* of the source */
};

/* Fills row->id. */
void sqs_store_create_move(struct store *store, struct sqs_move_row *row);
void sqs_store_update_move(struct store *store, int64_t id, const char *status, int64_t moved,
                           const char *failure);
/* Tasks of a source, newest first; those of every source when queue_id is 0. Texts of a row are borrowed
 * until the next step. */
struct statement *sqs_store_moves(struct store *store, int64_t queue_id);
bool sqs_store_next_move(struct statement *statement, struct sqs_move_row *row);

/* ---- settings ---- */

/* Absent: not set. Borrowed until the next call. */
struct text sqs_store_setting(struct store *store, const char *name);
void sqs_store_put_setting(struct store *store, const char *name, struct text value);

#endif
