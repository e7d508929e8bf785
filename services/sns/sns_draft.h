/*
 * A message as the client wants it published: read from the request and checked. Source: sns.md section 4;
 * recorded answers of AWS.
 */
#ifndef STACKRIG_SNS_DRAFT_H
#define STACKRIG_SNS_DRAFT_H

#include "services/sns/sns.h"

#define SNS_MAXIMUM_MESSAGE_BYTES 262144

struct sns_draft {
    struct sns_message message;
    size_t size;                     /* of text and attributes; not checked, a batch judges by the sum */
    const struct error_shape *error; /* NULL: good */
    const char *problem;
};

/* topic: NULL for telephones and endpoints. False: draft->error and problem. Texts live in the call's arena
 * or the request. */
bool sns_read_draft(struct call *call, const struct sns_topic *topic, struct input input,
                    struct sns_draft *draft);

#endif
