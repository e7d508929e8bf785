/*
 * RedrivePolicy and RedriveAllowPolicy: JSON documents that are queue attributes. Pure.
 */
#ifndef STACKRIG_SQS_REDRIVE_H
#define STACKRIG_SQS_REDRIVE_H

#include "emulator/base/arena.h"

struct sqs_redrive {
    const char *target_arn;   /* dead-letter queue */
    int64_t maximum_receives; /* 1 to 1000 */
    const char
        *canonical; /* the policy as GetQueueAttributes answers it: as given, but the count is a number */
};

/* In the arena. NULL: it is good; otherwise AWS's reason ("Redrive policy does not contain ..."). */
const char *sqs_redrive_parse(struct arena *arena, struct text json, struct sqs_redrive *redrive);

#define SQS_MAXIMUM_SOURCE_ARNS 10

enum sqs_redrive_permission { SQS_REDRIVE_ALLOW_ALL, SQS_REDRIVE_DENY_ALL, SQS_REDRIVE_BY_QUEUE };

struct sqs_redrive_allow {
    enum sqs_redrive_permission permission;
    const char *source_arns[SQS_MAXIMUM_SOURCE_ARNS];
    size_t source_count;
};

/* As sqs_redrive_parse(). */
const char *sqs_redrive_allow_parse(struct arena *arena, struct text json, struct sqs_redrive_allow *allow);
/* May the queue with this ARN use the queue as its dead-letter queue? */
bool sqs_redrive_allows(const struct sqs_redrive_allow *allow, const char *source_arn);

#endif
