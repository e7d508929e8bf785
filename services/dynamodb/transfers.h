/*
 * Exports to S3 and imports from it: jobs that outlive their request. Their descriptions are kept in the
 * database; what a running job still has to do lives in memory, so that one that a restart interrupts has
 * failed.
 */
#ifndef STACKRIG_DYNAMODB_TRANSFERS_H
#define STACKRIG_DYNAMODB_TRANSFERS_H

#include "services/dynamodb/dynamodb_store_more.h"
#include "services/dynamodb/tables.h"

/* A running job; the first member of what exports.c and imports.c keep of theirs. */
struct transfer {
    struct dynamodb_state *state;
    int64_t id;
    struct identity caller; /* DynamoDB itself, in the account and Region of the table */
    struct arena *arena;    /* the job's own, with the job in it */
    struct transfer *next;
};

/* A job of that size, zeroed but for this part. */
void *transfer_open(struct call *call, size_t size);
/* Keeps the description (members of a JSON object, without braces) and the token; ids the job. */
void transfer_keep(struct call *call, struct transfer *transfer, struct job_row *job);
/* The end: status, and the members to add to the description. Frees the job. */
void transfer_finish(struct transfer *transfer, const char *status, struct text result);
void transfer_fail(struct transfer *transfer, const char *code, const char *message);
/* A call of another service (or of DynamoDB) as DynamoDB; `done` gets the transfer. */
void transfer_call(struct transfer *transfer, const char *service, const char *operation, struct text input,
                   call_done_fn *done);
/* Forgets all jobs of memory; those still running have failed. `store` NULL: the database is going, too. */
void transfers_forget(struct dynamodb_state *state, struct store *store);

/* The structure `member` of the answer from a kept job. */
void transfer_write(struct call *call, const char *member, const struct job_row *job);
/* ,"name":"text" or without the comma at the beginning of an object. */
void append_text_member(struct strbuf *json, const char *name, struct text text);
void append_number_member(struct strbuf *json, const char *name, int64_t number);
/* Seconds with milliseconds, as timestamps go out. */
void append_time_member(struct strbuf *json, const char *name, int64_t time_ms);

#endif
