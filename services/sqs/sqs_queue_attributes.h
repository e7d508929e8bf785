/*
 * The attributes a queue is made of: their names, defaults, ranges, and the rules between them. Pure.
 * Source: sqs.md section 3; SQS API reference, CreateQueue and SetQueueAttributes.
 */
#ifndef STACKRIG_SQS_QUEUE_ATTRIBUTES_H
#define STACKRIG_SQS_QUEUE_ATTRIBUTES_H

#include "emulator/base/arena.h"
#include "services/sqs/sqs_redrive.h"

enum sqs_attribute {
    SQS_VISIBILITY_TIMEOUT,
    SQS_RETENTION_PERIOD,
    SQS_MAXIMUM_MESSAGE_SIZE,
    SQS_DELAY_SECONDS,
    SQS_WAIT_TIME,
    SQS_MANAGED_SSE,
    SQS_KMS_KEY,
    SQS_KMS_REUSE,
    SQS_REDRIVE_POLICY,
    SQS_REDRIVE_ALLOW_POLICY,
    SQS_POLICY,
    SQS_FIFO_QUEUE,
    SQS_CONTENT_DEDUPLICATION,
    SQS_DEDUPLICATION_SCOPE,
    SQS_THROUGHPUT_LIMIT,
    SQS_ATTRIBUTE_COUNT,
};

const char *sqs_attribute_name(enum sqs_attribute attribute);
/* -1: no attribute that can be set. */
int sqs_attribute_find(struct text name);
/* Exists, but only the service sets it: QueueArn, CreatedTimestamp ... */
bool sqs_attribute_is_read_only(struct text name);
/* NULL: absent until set. */
const char *sqs_attribute_default(enum sqs_attribute attribute, bool fifo);
/* Of an attribute with a range. */
int64_t sqs_attribute_default_number(enum sqs_attribute attribute);
bool sqs_attribute_is_number(enum sqs_attribute attribute);
bool sqs_attribute_is_fifo_only(enum sqs_attribute attribute);

/*
 * One value as a client gives it. NULL: good, *normal is how it is kept ("" takes the attribute away).
 * Otherwise the text of InvalidAttributeValue. Redrive policies are checked elsewhere.
 */
const char *sqs_attribute_check(struct arena *arena, enum sqs_attribute attribute, struct text value,
                                struct text *normal);
/* The same value, however it was written (JSON documents by content). */
bool sqs_attribute_same(enum sqs_attribute attribute, struct text a, struct text b);

#endif
