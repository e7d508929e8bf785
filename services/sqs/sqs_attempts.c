/*
 * ReceiveRequestAttemptId: a receive whose answer got lost may be asked for again within five minutes.
 * Kept in memory alone: after a restart the messages come back when their visibility timeout is over.
 */
#include "services/sqs/sqs_receive.h"

#include "emulator/base/die.h"

#define ATTEMPT_MS (5 * 60 * 1000)

struct sqs_attempt {
    struct sqs_attempt *next; /* newest first */
    int64_t taken_ms;
    size_t count;
    struct {
        int64_t id;
        uint32_t receipt;
        int64_t due_ms;
    } messages[SQS_MAXIMUM_RECEIVED];
    size_t size;
    char id[];
};

static void forget_from(struct sqs_attempt **link) {
    while (*link) {
        struct sqs_attempt *attempt = *link;
        *link = attempt->next;
        free(attempt);
    }
}

void sqs_forget_attempts(struct sqs_queue *queue) {
    forget_from(&queue->attempts);
}

static struct sqs_attempt *find_attempt(struct sqs_queue *queue, struct text id, int64_t now_ms) {
    for (struct sqs_attempt **link = &queue->attempts; *link; link = &(*link)->next) {
        if ((*link)->taken_ms + ATTEMPT_MS <= now_ms) {
            forget_from(link); /* and all that are older */
            return NULL;
        }
        if (text_same((struct text){(*link)->id, (*link)->size}, id)) {
            return *link;
        }
    }
    return NULL;
}

size_t sqs_attempt_again(struct sqs_queue *queue, const struct sqs_receive_request *request, int64_t now_ms,
                         struct sqs_message *taken[SQS_MAXIMUM_RECEIVED]) {
    struct sqs_attempt *attempt =
        request->attempt.data ? find_attempt(queue, request->attempt, now_ms) : NULL;
    if (!attempt) {
        return 0;
    }
    for (size_t i = 0; i < attempt->count; i++) {
        taken[i] = sqs_index_find(queue->index, attempt->messages[i].id);
        if (!taken[i] || taken[i]->receipt != attempt->messages[i].receipt ||
            taken[i]->due_ms != attempt->messages[i].due_ms || taken[i]->state != SQS_IN_FLIGHT) {
            return 0;
        }
    }
    for (size_t i = 0; i < attempt->count; i++) {
        sqs_index_hide(queue->index, taken[i], now_ms + request->visibility_s * 1000, now_ms);
        attempt->messages[i].due_ms = taken[i]->due_ms;
        sqs_store_update_message(emulator_store(sqs_state_emulator(queue->state)), taken[i]);
    }
    return attempt->count;
}

void sqs_attempt_note(struct sqs_queue *queue, const struct sqs_receive_request *request, int64_t now_ms,
                      struct sqs_message *const *taken, size_t count) {
    if (!request->attempt.data || count == 0) {
        return;
    }
    struct sqs_attempt *attempt = xcalloc(1, sizeof(*attempt) + request->attempt.size);
    attempt->taken_ms = now_ms;
    attempt->count = count;
    for (size_t i = 0; i < count; i++) {
        attempt->messages[i].id = taken[i]->id;
        attempt->messages[i].receipt = taken[i]->receipt;
        attempt->messages[i].due_ms = taken[i]->due_ms;
    }
    attempt->size = request->attempt.size;
    memcpy(attempt->id, request->attempt.data, request->attempt.size);
    attempt->next = queue->attempts;
    queue->attempts = attempt;
}
