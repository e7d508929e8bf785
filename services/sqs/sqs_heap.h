/* A binary heap of messages that knows where each stands, so that any can leave it. Pure. */
#ifndef STACKRIG_SQS_HEAP_H
#define STACKRIG_SQS_HEAP_H

#include "services/sqs/sqs_index.h"

struct sqs_heap {
    bool (*before)(const struct sqs_message *a, const struct sqs_message *b);
    int32_t *(*slot)(struct sqs_message *message); /* where its place is noted; -1: in no heap */
    struct sqs_message **items;
    int32_t count;
    int32_t capacity;
};

void sqs_heap_release(struct sqs_heap *heap);
void sqs_heap_add(struct sqs_heap *heap, struct sqs_message *message);
void sqs_heap_remove(struct sqs_heap *heap, struct sqs_message *message);
/* NULL: empty. */
struct sqs_message *sqs_heap_first(const struct sqs_heap *heap);
/* In no order; NULL: past the end. */
struct sqs_message *sqs_heap_at(const struct sqs_heap *heap, int32_t place);

#endif
