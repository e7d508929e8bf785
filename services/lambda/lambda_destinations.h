/* Where the outcome of an asynchronous invocation goes: destinations and dead-letter queues. */
#ifndef STACKRIG_LAMBDA_DESTINATIONS_H
#define STACKRIG_LAMBDA_DESTINATIONS_H

#include "services/lambda/execution_environment.h"

/* One event's end, as its record tells it. */
struct event_end {
    const struct lambda_event *event;
    const char *condition;                    /* "Success", "RetriesExhausted", ... */
    const char *executed_version;             /* NULL: the function did not run */
    const struct invocation_outcome *outcome; /* NULL: as above */
    const char *dead_letter_arn;              /* of the function; NULL */
    const char *on_success;                   /* destination ARNs; NULL */
    const char *on_failure;
};

/* Sends what this end calls for. */
void lambda_send_outcome(struct emulator *emulator, const struct event_end *end);

/* Sends text to the queue, topic, function, bus or bucket of an ARN, as AWS delivers it there. `key`: of the
 * object, for buckets; attributes: JSON of SQS and SNS message attributes, NULL: none. */
struct delivery {
    struct lambda_owner owner; /* of the function */
    const char *destination;
    struct text text;
    const char *attributes;
    const char *detail_type; /* of an event on a bus */
    const char *resource;    /* of it: the function */
    const char *key;
};
void lambda_deliver(struct emulator *emulator, const struct delivery *delivery);

#endif
