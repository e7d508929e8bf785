/*
 * The parts of ReceiveMessage: taking and waiting (sqs_receive.c), writing messages (sqs_messages.c),
 * repeated attempts (sqs_attempts.c).
 */
#ifndef STACKRIG_SQS_RECEIVE_H
#define STACKRIG_SQS_RECEIVE_H

#include "services/sqs/sqs.h"

#define SQS_MAXIMUM_RECEIVED 10
#define SQS_MAXIMUM_VISIBILITY_S 43200

/* One receive call; texts live as long as the call. */
struct sqs_receive_request {
    int64_t maximum;
    int64_t visibility_s;
    bool may_be_empty;   /* a short poll */
    struct text attempt; /* ReceiveRequestAttemptId; absent: none */
    struct input attribute_names;
    unsigned system_attributes;
};

/* Writes the list "Messages". */
void sqs_write_messages(struct call *call, const struct sqs_queue *queue,
                        const struct sqs_receive_request *request, struct sqs_message *const *messages,
                        size_t count);

/* The messages of an earlier call with the same attempt id, hidden anew: 0 when there was none within five
 * minutes, or when one of them was deleted or received or changed since. */
size_t sqs_attempt_again(struct sqs_queue *queue, const struct sqs_receive_request *request, int64_t now_ms,
                         struct sqs_message *taken[SQS_MAXIMUM_RECEIVED]);
void sqs_attempt_note(struct sqs_queue *queue, const struct sqs_receive_request *request, int64_t now_ms,
                      struct sqs_message *const *taken, size_t count);

#endif
