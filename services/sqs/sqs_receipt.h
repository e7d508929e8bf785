/*
 * Receipt handles: opaque to clients, and ours to read back after a restart. Pure.
 */
#ifndef STACKRIG_SQS_RECEIPT_H
#define STACKRIG_SQS_RECEIPT_H

#include "emulator/base/strbuf.h"

struct sqs_receipt {
    int64_t queue_id;
    int64_t message_id; /* our own, not the UUID */
    uint32_t number;    /* of the message's receives, from 1 */
};

/* Size of a handle without a NUL. */
#define SQS_RECEIPT_SIZE 144

void sqs_receipt_write(char handle[SQS_RECEIPT_SIZE], const struct sqs_receipt *receipt);
/* False: nobody ever got such a handle. */
bool sqs_receipt_read(struct text handle, struct sqs_receipt *receipt);

#endif
