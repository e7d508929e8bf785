/*
 * Which messages of one queue are where, in memory: visible in order, hidden until a moment, blocked behind
 * others of their group. Every operation takes constant time, or the logarithm of how many messages are
 * hidden. Pure: bodies, and the same facts for a restart, are in the store.
 *
 * Time rule: sqs_index_advance() comes first in every turn; only then do counts and order hold.
 */
#ifndef STACKRIG_SQS_INDEX_H
#define STACKRIG_SQS_INDEX_H

#include "emulator/base/text.h"

enum sqs_message_state { SQS_VISIBLE, SQS_DELAYED, SQS_IN_FLIGHT };

struct sqs_group;

struct sqs_message {
    int64_t id;
    int64_t sequence;         /* order within a FIFO queue; 0 in standard queues */
    int64_t sent_ms;          /* retention counts from here */
    int64_t due_ms;           /* visible from then on */
    int64_t first_receive_ms; /* 0: never */
    int64_t last_receive_ms;  /* 0: never */
    int32_t receive_count;
    int32_t received_before; /* of these, in the queues it came from: redrive policies count their own */
    uint32_t receipt;        /* number of the newest receipt handle; 0: none */

    /* The index's own. */
    enum sqs_message_state state;
    int32_t timed_slot; /* in the heap of hidden or of returned messages; -1: in neither */
    int32_t stray_slot; /* in the heap of strays; -1: in the age list */
    struct sqs_group *group;
    struct sqs_message *hash_next;
    struct sqs_message *previous, *next; /* visible ones (standard), or the group (FIFO) */
    struct sqs_message *older, *newer;   /* age list: in order of sent_ms */
};

struct sqs_index;

struct sqs_index *sqs_index_open(bool fifo);
/* Frees the messages too. */
void sqs_index_close(struct sqs_index *index);

/* Copies the facts above the line out of *facts; group: FIFO only. In a FIFO queue messages must be added in
 * order of their sequence. Returns the index's own message, valid until it is removed. */
struct sqs_message *sqs_index_add(struct sqs_index *index, const struct sqs_message *facts, struct text group,
                                  int64_t now_ms);
/* Frees it. */
void sqs_index_remove(struct sqs_index *index, struct sqs_message *message);
/* NULL: no such message (any more). */
struct sqs_message *sqs_index_find(const struct sqs_index *index, int64_t id);
/* In flight until due_ms; not later than now_ms: visible again at once. */
void sqs_index_hide(struct sqs_index *index, struct sqs_message *message, int64_t due_ms, int64_t now_ms);
/* Another moment for a message that is delayed: it stays delayed. */
void sqs_index_redelay(struct sqs_index *index, struct sqs_message *message, int64_t due_ms, int64_t now_ms);

/* What is due by now becomes visible. */
void sqs_index_advance(struct sqs_index *index, int64_t now_ms);
/* When the next hidden message becomes visible; false: none is hidden. */
bool sqs_index_next_due(const struct sqs_index *index, int64_t *due_ms);
/* A message sent at sent_ms or before; NULL: none. */
struct sqs_message *sqs_index_expired(const struct sqs_index *index, int64_t sent_ms);

/*
 * The messages one receive call may have, in order: those of a standard queue as they were sent, also when
 * they come back; those of a FIFO queue group by group, where groups just served go behind the others. Each
 * must be hidden or removed before the next is asked for.
 */
struct sqs_cursor {
    struct sqs_index *index;
    int64_t groups_left;           /* FIFO: none is served twice */
    struct sqs_message *following; /* FIFO: next of the same group */
};

void sqs_cursor_init(struct sqs_cursor *cursor, struct sqs_index *index);
struct sqs_message *sqs_cursor_next(struct sqs_cursor *cursor);
/* Is there anything a receive call could have? */
bool sqs_index_has_deliverable(const struct sqs_index *index);

int64_t sqs_index_count(const struct sqs_index *index);
int64_t sqs_index_count_in_flight(const struct sqs_index *index);
int64_t sqs_index_count_delayed(const struct sqs_index *index);
/* Also those that are blocked behind others of their group. */
int64_t sqs_index_count_visible(const struct sqs_index *index);

/* Every message, in order of sending, as it is in sqs_index_after(NULL). For inspection. */
struct sqs_message *sqs_index_after(const struct sqs_index *index, const struct sqs_message *message);
/* Visible, but behind a hidden message of its group. Takes time with what stands before it: for inspection.
 */
bool sqs_message_is_blocked(const struct sqs_message *message);
/* Id of a message's group; absent in standard queues. */
struct text sqs_message_group(const struct sqs_message *message);

#endif
