/*
 * Queues as they are in memory while the emulator runs: attributes, the index of their messages, who waits.
 * Everything here is made again from the store by sqs_state_resume().
 *
 * Writing rule: a handler decides first and changes afterwards. Once it has changed an index it must not
 * answer an error, because the store would be rolled back and this memory would not.
 */
#ifndef STACKRIG_SQS_QUEUE_H
#define STACKRIG_SQS_QUEUE_H

#include "emulator/core/emulator.h"
#include "services/sqs/sqs_index.h"
#include "services/sqs/sqs_queue_attributes.h"
#include "services/sqs/sqs_store.h"

struct sqs_waiter;

/* Answers of receives with a ReceiveRequestAttemptId, for five minutes. */
struct sqs_attempt;

/* Calls that a FIFO queue counts each for itself. */
enum sqs_rate { SQS_RATE_SEND, SQS_RATE_RECEIVE, SQS_RATE_DELETE, SQS_RATE_COUNT };

struct sqs_queue {
    int64_t id;
    char account[ACCOUNT_SIZE];
    char region[REGION_SIZE];
    char *name;
    char *arn;
    bool fifo;
    int64_t created_ms;
    int64_t modified_ms;
    int64_t purged_ms;
    int64_t purged_id; /* not 0: messages up to this one are gone, but some still stand in the store */
    char *scope_before;
    int64_t scope_changed_ms;
    char *values[SQS_ATTRIBUTE_COUNT];    /* NULL: as by default */
    int64_t numbers[SQS_ATTRIBUTE_COUNT]; /* of attributes with a range */
    /* Of RedrivePolicy; 0 and NULL without one. */
    int64_t maximum_receives;
    char *dead_letter_arn;

    struct sqs_state *state;
    struct sqs_index *index;
    struct sqs_waiter *first_waiter, *last_waiter;
    struct sqs_waiter *giving_up; /* its time is over; NULL again as soon as it is out of the list */
    task_id wake_task;            /* 0: none */
    int64_t wake_ms;              /* when it is due */
    struct sqs_attempt *attempts;
    struct {
        int64_t second;
        int calls;
    } rates[SQS_RATE_COUNT];
    struct sqs_queue *hash_next;
    struct sqs_queue *next; /* all queues, oldest first */
    struct sqs_queue *previous;
};

/* Rules that other people's suites may want to be without (GET|POST /_stackrig/sqs/settings). */
enum sqs_setting {
    SQS_RECREATE_WAIT, /* a name stays taken for 60 s after its queue was deleted; off at first */
    SQS_PURGE_WAIT,    /* one purge in 60 s */
    SQS_FIFO_THROTTLE, /* 300 calls a second to a FIFO queue without high throughput */
    SQS_SETTING_COUNT,
};

struct sqs_state;

void *sqs_state_open(struct emulator *emulator);
void sqs_state_close(void *state);
void sqs_state_resume(struct emulator *emulator, void *state);
struct sqs_state *sqs_state_of(struct emulator *emulator);
struct emulator *sqs_state_emulator(const struct sqs_state *state);

const char *sqs_setting_name(enum sqs_setting setting);
bool sqs_setting(const struct sqs_state *state, enum sqs_setting setting);
void sqs_change_setting(struct sqs_state *state, enum sqs_setting setting, bool on);

/* NULL: there is none. */
struct sqs_queue *sqs_find_queue(const struct sqs_state *state, const char *account, const char *region,
                                 struct text name);
struct sqs_queue *sqs_find_queue_by_arn(const struct sqs_state *state, const char *arn);
/* All queues, oldest first. */
struct sqs_queue *sqs_first_queue(const struct sqs_state *state);

/* Also in the store. Attributes are set afterwards. */
struct sqs_queue *sqs_create_queue(struct sqs_state *state, const char *account, const char *region,
                                   const char *name, int64_t now_ms);
/* Also in the store, with its messages; its waiters must be gone. */
void sqs_delete_queue(struct sqs_queue *queue);
/* Also in the store; the row of the queue is written by sqs_save_queue(). value: normal form, "" takes it
 * away. */
void sqs_set_attribute(struct sqs_queue *queue, enum sqs_attribute attribute, struct text value);
void sqs_save_queue(struct sqs_queue *queue);
/* The value now: set, or by default; absent: none. */
struct text sqs_attribute_value(const struct sqs_queue *queue, enum sqs_attribute attribute);
/* DeduplicationScope as it works now: a change takes up to a minute. */
bool sqs_scope_is_group(const struct sqs_queue *queue, int64_t now_ms);

/* A number never given to a message before; it grows. */
int64_t sqs_next_id(struct sqs_state *state);
/* What is due becomes visible, what is too old disappears. First call of every handler on a queue's messages.
 */
void sqs_advance(struct sqs_queue *queue, int64_t now_ms);
void sqs_delete_message(struct sqs_queue *queue, struct sqs_message *message);
/* Every message, at once for clients; the store is emptied in small turns. */
void sqs_delete_all_messages(struct sqs_queue *queue);
/* To another queue's end, visible at once. source_arn: of the dead-letter source. NULL: the message becomes a
 * new one, with another MessageId, sent now and never received. */
void sqs_move_message(struct sqs_queue *from, struct sqs_queue *to, struct sqs_message *message,
                      const char *source_arn, int64_t now_ms);

/* Message move tasks at work (sqs_moves.c): the head of their list. */
struct sqs_move;
struct sqs_move **sqs_state_moves(struct sqs_state *state);

#endif
