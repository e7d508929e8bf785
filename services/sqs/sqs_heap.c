#include "services/sqs/sqs_heap.h"

#include "emulator/base/die.h"

#define FIRST_CAPACITY 16

void sqs_heap_release(struct sqs_heap *heap) {
    free(heap->items);
    heap->items = NULL;
    heap->count = heap->capacity = 0;
}

static void place(struct sqs_heap *heap, int32_t at, struct sqs_message *message) {
    heap->items[at] = message;
    *heap->slot(message) = at;
}

static void rise(struct sqs_heap *heap, int32_t at, struct sqs_message *message) {
    while (at > 0) {
        int32_t parent = (at - 1) / 2;
        if (!heap->before(message, heap->items[parent])) {
            break;
        }
        place(heap, at, heap->items[parent]);
        at = parent;
    }
    place(heap, at, message);
}

static void sink(struct sqs_heap *heap, int32_t at, struct sqs_message *message) {
    for (;;) {
        int32_t child = at * 2 + 1;
        if (child >= heap->count) {
            break;
        }
        if (child + 1 < heap->count && heap->before(heap->items[child + 1], heap->items[child])) {
            child++;
        }
        if (!heap->before(heap->items[child], message)) {
            break;
        }
        place(heap, at, heap->items[child]);
        at = child;
    }
    place(heap, at, message);
}

void sqs_heap_add(struct sqs_heap *heap, struct sqs_message *message) {
    if (heap->count == heap->capacity) {
        heap->capacity = heap->capacity ? heap->capacity * 2 : FIRST_CAPACITY;
        heap->items = xrealloc(heap->items, (size_t)heap->capacity * sizeof(struct sqs_message *));
    }
    rise(heap, heap->count++, message);
}

void sqs_heap_remove(struct sqs_heap *heap, struct sqs_message *message) {
    int32_t at = *heap->slot(message);
    struct sqs_message *last = heap->items[--heap->count];
    *heap->slot(message) = -1;
    if (last == message) {
        return;
    }
    if (at > 0 && heap->before(last, heap->items[(at - 1) / 2])) {
        rise(heap, at, last);
    } else {
        sink(heap, at, last);
    }
}

struct sqs_message *sqs_heap_first(const struct sqs_heap *heap) {
    return heap->count > 0 ? heap->items[0] : NULL;
}

struct sqs_message *sqs_heap_at(const struct sqs_heap *heap, int32_t at) {
    return at < heap->count ? heap->items[at] : NULL;
}
