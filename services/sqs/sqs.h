/*
 * SQS. Handlers by what they act on: sqs_queues.c (queues, listing, purge), sqs_attributes.c (queue
 * attributes), sqs_send.c, sqs_receive.c (with those who wait), sqs_receipts.c (delete, visibility),
 * sqs_tags.c (tags, permissions), sqs_moves.c (message move tasks), sqs_inspect.c (endpoints that look
 * without touching). Both protocols, JSON and query, come to the same handlers.
 */
#ifndef STACKRIG_SQS_H
#define STACKRIG_SQS_H

#include "emulator/core/service.h"
#include "services/sqs/model.h"
#include "services/sqs/sqs_message_attributes.h"
#include "services/sqs/sqs_names.h"
#include "services/sqs/sqs_queue.h"
#include "services/sqs/sqs_receipt.h"

extern const struct service sqs_service;

struct result sqs_create_queue_call(struct call *call, struct input input);
struct result sqs_get_queue_url(struct call *call, struct input input);
struct result sqs_delete_queue_call(struct call *call, struct input input);
struct result sqs_list_queues(struct call *call, struct input input);
struct result sqs_list_dead_letter_source_queues(struct call *call, struct input input);
struct result sqs_purge_queue(struct call *call, struct input input);
struct result sqs_get_queue_attributes(struct call *call, struct input input);
struct result sqs_set_queue_attributes(struct call *call, struct input input);

struct result sqs_send_message(struct call *call, struct input input);
struct result sqs_send_message_batch(struct call *call, struct input input);
struct result sqs_receive_message(struct call *call, struct input input);
struct result sqs_delete_message_call(struct call *call, struct input input);
struct result sqs_delete_message_batch(struct call *call, struct input input);
struct result sqs_change_message_visibility(struct call *call, struct input input);
struct result sqs_change_message_visibility_batch(struct call *call, struct input input);

struct result sqs_tag_queue(struct call *call, struct input input);
struct result sqs_untag_queue(struct call *call, struct input input);
struct result sqs_list_queue_tags(struct call *call, struct input input);
struct result sqs_add_permission(struct call *call, struct input input);
struct result sqs_remove_permission(struct call *call, struct input input);

struct result sqs_start_message_move_task(struct call *call, struct input input);
struct result sqs_cancel_message_move_task(struct call *call, struct input input);
struct result sqs_list_message_move_tasks(struct call *call, struct input input);

extern const struct endpoint_row sqs_endpoints[];

/* ---- Requests (sqs_requests.c) ---- */

extern const struct error_shape sqs_error_invalid_parameter; /* InvalidParameterValue */
extern const struct error_shape sqs_error_missing_parameter; /* MissingParameter */

/* Answers of the generic validation in SQS's own words. */
struct result sqs_validation_failed(struct call *call, struct input input, const char *message);
/* The queue that a queue URL means to this caller; NULL: none. */
struct sqs_queue *sqs_queue_of_url(const struct call *call, struct text url);
/* The queue of member QueueUrl. NULL: *refusal is the answer. */
struct sqs_queue *sqs_require_queue(struct call *call, struct input input, struct result *refusal);
/* The same, for a call that FIFO queues without high throughput take 300 times a second. */
struct sqs_queue *sqs_require_queue_at_rate(struct call *call, struct input input, enum sqs_rate rate,
                                            struct result *refusal);
struct result sqs_no_such_queue(struct call *call);
/* What makes or lists queues cannot be asked of one, at its own URL. True: *refusal is the answer. */
bool sqs_refuse_on_queue_url(struct call *call, struct result *refusal);
/* As this caller can reach it. In the call's arena. */
const char *sqs_url_of_queue(struct call *call, const struct sqs_queue *queue);
/* Notes the QueueName in QueueUrl, for fault rules. */
void sqs_describe(struct call *call, const struct json_value *input);
/* What a fault rule wants of this call: "duplicate", "reorder" ... */
bool sqs_fault_is(const struct call *call, const char *kind);

/* "Value X for parameter P is invalid. Reason: R" */
struct result sqs_invalid_value(struct call *call, struct text value, const char *parameter,
                                const char *reason);

/* What was wrong with one entry of a batch, or with a call of one entry. */
struct sqs_refusal {
    const struct error_shape *error; /* NULL: nothing */
    const char *message;
};

/* AWS's checks of a batch as a whole: count, ids. False: *refusal is the answer. entry_name as in the query
 * protocol: "SendMessageBatchRequestEntry". */
bool sqs_check_batch(struct call *call, struct input entries, const char *entry_name, struct result *refusal);
#define SQS_MAXIMUM_BATCH 10
/* The list "Failed", if any entry failed. */
void sqs_write_failed(struct call *call, struct input entries, const struct sqs_refusal *refusals);
struct result sqs_refuse(struct call *call, const struct sqs_refusal *refusal);

/* ---- Attributes of queues (sqs_attributes.c) ---- */

/* What one call sets, in normal form: absent: not mentioned; empty: taken away. */
struct sqs_attribute_change {
    struct text values[SQS_ATTRIBUTE_COUNT];
};

/* CreateQueue: FifoQueue is there and true. */
bool sqs_attributes_ask_for_fifo(struct input attributes);
/* Reads and checks against each other. queue: the one that is changed or compared; NULL: it is to be made.
 * False: *refusal is the answer. */
bool sqs_read_attributes(struct call *call, struct input attributes, const struct sqs_queue *queue,
                         const char *name, bool fifo, struct sqs_attribute_change *change,
                         struct result *refusal);
void sqs_apply_attributes(struct sqs_queue *queue, const struct sqs_attribute_change *change, int64_t now_ms);
/* sqs_tags.c */
bool sqs_check_tags(struct call *call, struct input tags, const char *queue_name, struct result *refusal);

/* ---- Receiving (sqs_receive.c) ---- */

/* Hands messages that became available to those who wait, in order of their arrival; then makes sure somebody
 * looks again when the next one becomes visible. Last call of every handler that may have made one available.
 */
void sqs_serve_waiters(struct sqs_queue *queue, int64_t now_ms);
/* The same in a turn of its own, for other queues than the handler's. */
void sqs_wake(struct sqs_queue *queue, int64_t now_ms);
/* Everybody who waits is told that the queue is gone. */
void sqs_dismiss_waiters(struct sqs_queue *queue);
void sqs_forget_attempts(struct sqs_queue *queue);
/* SequenceNumber: 20 digits. */
#define SQS_SEQUENCE_SIZE 21
void sqs_write_sequence(char text[SQS_SEQUENCE_SIZE], int64_t sequence);
/* Adds the system attributes that a receiver asks for to a set of bits. Names of queue attributes were always
 * allowed in the list and mean nothing. False: *unknown is no attribute's name. */
bool sqs_read_system_attributes(struct input names, unsigned *wanted, struct text *unknown);
#define SQS_ALL_SYSTEM_ATTRIBUTES (~0u)
/* Calls write for every system attribute of the message that is wanted and present. */
void sqs_each_system_attribute(const struct sqs_queue *queue, const struct sqs_message *message,
                               const struct sqs_body *body, unsigned wanted,
                               void (*write)(void *argument, const char *name, struct text value),
                               void *argument);

/* Move tasks go on after a restart (sqs_moves.c). */
void sqs_resume_moves(struct sqs_state *state);
void sqs_forget_moves(struct sqs_state *state);

#endif
