/*
 * What clients may write: names of queues, queue URLs, ids of batch entries, groups and deduplication,
 * bodies. Pure. Source: sqs.md sections 2 and 4.
 */
#ifndef STACKRIG_SQS_NAMES_H
#define STACKRIG_SQS_NAMES_H

#include "emulator/base/arena.h"

/* 1 to 80 of A-Za-z0-9_-, the suffix ".fifo" counted but allowed only for a FIFO queue. */
bool sqs_name_is_valid(struct text name, bool fifo);
/* 1 to 80 of A-Za-z0-9_- */
bool sqs_entry_id_is_valid(struct text id);
/* MessageGroupId, MessageDeduplicationId: 1 to 128 alphanumeric or punctuation of ASCII. */
bool sqs_group_id_is_valid(struct text id);
/* Only what XML 1.0 can carry: tab, line feed, carriage return, and from the blank on. */
bool sqs_characters_are_valid(struct text body);

/* What a queue URL names. All parts borrow from the URL. */
struct sqs_queue_url {
    struct text region;  /* named by host or path; absent: by neither */
    bool region_in_path;
    struct text account; /* absent: a bare queue name */
    struct text name;
};

/*
 * Any host will do: http://HOST/ACCOUNT/NAME, http://HOST/queue/REGION/ACCOUNT/NAME, http://HOST/queue/NAME, a
 * path alone, or a bare queue name. False: names no queue.
 */
bool sqs_queue_url_parse(struct text url, struct sqs_queue_url *parsed);
/* The Region in sqs.REGION.amazonaws.com, REGION.queue.amazonaws.com, sqs.REGION.localhost...; absent: none.
 */
struct text sqs_region_of_host(struct text host);

#endif
