/*
 * ReceiveMessage: taking messages, and waiting for them. Source: sqs.md sections 5, 7 and 8.
 *
 * Who finds nothing and may wait becomes the last waiter of the queue. Whatever makes a message available
 * serves the waiters in order of their arrival, within its own turn; one task for each queue looks again when
 * the next hidden message becomes visible, and only while somebody waits.
 */
#include "services/sqs/sqs_receive.h"

#include "emulator/base/die.h"

#define MAXIMUM_WAIT_S 20
#define IN_FLIGHT_STANDARD 120000
#define IN_FLIGHT_FIFO 20000
/* How far out of order a scripted disorder brings messages. */
#define MAXIMUM_DISORDER 32

/* Kept small: there may be thousands. What is wanted is read again from the call. */
struct sqs_waiter {
    struct parked_call *call;
    struct sqs_queue *queue;
    task_id deadline;
    struct sqs_waiter *previous, *next;
};

/* ---- what is wanted ---- */

static bool read_number(struct call *call, struct input input, const char *member, int64_t fallback,
                        int64_t minimum, int64_t maximum, const char *reason, int64_t *number,
                        struct result *refusal) {
    *number = input_integer(input, member, fallback);
    if (!input_has(input, member) || (*number >= minimum && *number <= maximum)) {
        return true;
    }
    struct text shown = text_of(arena_printf(call->arena, "%lld", (long long)*number));
    *refusal = sqs_invalid_value(call, shown, member, reason);
    return false;
}

/* Everything but the wait. */
static bool read_request(struct call *call, struct input input, const struct sqs_queue *queue,
                         struct sqs_receive_request *request, int64_t *wait_s, struct result *refusal) {
    if (!read_number(call, input, "MaxNumberOfMessages", 1, 1, SQS_MAXIMUM_RECEIVED,
                     "Must be between 1 and 10, if provided.", &request->maximum, refusal) ||
        !read_number(call, input, "WaitTimeSeconds", queue->numbers[SQS_WAIT_TIME], 0, MAXIMUM_WAIT_S,
                     "Must be >= 0 and <= 20, if provided.", wait_s, refusal) ||
        !read_number(call, input, "VisibilityTimeout", queue->numbers[SQS_VISIBILITY_TIMEOUT], 0,
                     SQS_MAXIMUM_VISIBILITY_S, "Must be between 0 and 43200, if provided.",
                     &request->visibility_s, refusal)) {
        return false;
    }
    request->may_be_empty = *wait_s == 0;
    request->attempt = input_text(input, "ReceiveRequestAttemptId");
    if (request->attempt.data && !queue->fifo) {
        *refusal = sqs_invalid_value(call, request->attempt, "ReceiveRequestAttemptId",
                                     "The request include parameter that is not valid for this queue type.");
        return false;
    }
    if (request->attempt.data && !sqs_group_id_is_valid(request->attempt)) {
        *refusal = sqs_invalid_value(call, request->attempt, "ReceiveRequestAttemptId",
                                     "ReceiveRequestAttemptId can only include alphanumeric and punctuation "
                                     "characters. 1 to 128 in length.");
        return false;
    }
    request->attribute_names = input_list(input, "MessageAttributeNames");
    struct text unknown;
    request->system_attributes = 0;
    if (!sqs_read_system_attributes(input_list(input, "AttributeNames"), &request->system_attributes,
                                    &unknown) ||
        !sqs_read_system_attributes(input_list(input, "MessageSystemAttributeNames"),
                                    &request->system_attributes, &unknown)) {
        *refusal = call_error(call, &sqs_error_InvalidAttributeName, "Unknown Attribute %.*s.",
                              TEXT_ARGUMENTS(unknown));
        return false;
    }
    return true;
}

/* ---- taking ---- */

/* A message that was received too often goes to the dead-letter queue instead. False: it is to be delivered.
 */
static bool goes_to_dead_letter_queue(struct sqs_queue *queue, struct sqs_message *message, int64_t now_ms) {
    if (queue->maximum_receives == 0 ||
        message->receive_count - message->received_before < queue->maximum_receives) {
        return false;
    }
    struct sqs_queue *target = sqs_find_queue_by_arn(queue->state, queue->dead_letter_arn);
    if (!target || target == queue) {
        return false;
    }
    sqs_move_message(queue, target, message, queue->arn, now_ms);
    sqs_wake(target, now_ms);
    return true;
}

static bool too_many_in_flight(const struct sqs_queue *queue) {
    return sqs_index_count_in_flight(queue->index) >= (queue->fifo ? IN_FLIGHT_FIFO : IN_FLIGHT_STANDARD);
}

/* One receive in the making. */
struct taking {
    struct call *call;
    struct sqs_queue *queue;
    const struct sqs_receive_request *request;
    int64_t now_ms;
    int64_t maximum;
    struct sqs_message **taken;
    size_t count;
};

/* A message that a fault rule sets aside, or that is visible again at once, is hidden as long as this takes.
 */
static void set_aside(struct taking *taking, struct sqs_message *message) {
    sqs_index_hide(taking->queue->index, message, taking->now_ms + 1, taking->now_ms);
}

static void take_up_to_maximum(struct taking *taking) {
    struct sqs_queue *queue = taking->queue;
    struct sqs_cursor cursor;
    struct sqs_message *message;
    sqs_cursor_init(&cursor, queue->index);
    while ((int64_t)taking->count < taking->maximum && !too_many_in_flight(queue) &&
           (message = sqs_cursor_next(&cursor))) {
        if (!goes_to_dead_letter_queue(queue, message, taking->now_ms)) {
            set_aside(taking, message);
            taking->taken[taking->count++] = message;
        }
    }
}

/* Others first: the first few wait until the rest had its turn. */
static void take_out_of_order(struct taking *taking) {
    struct sqs_message *first[MAXIMUM_DISORDER];
    struct sqs_message *message;
    struct sqs_cursor cursor;
    size_t wanted = 1 + (size_t)ids_random_below(emulator_ids(taking->call->emulator), MAXIMUM_DISORDER);
    size_t count = 0;
    sqs_cursor_init(&cursor, taking->queue->index);
    while (count < wanted && sqs_index_count_visible(taking->queue->index) > 1 &&
           (message = sqs_cursor_next(&cursor))) {
        set_aside(taking, message);
        first[count++] = message;
    }
    take_up_to_maximum(taking);
    for (size_t i = 0; i < count; i++) {
        sqs_index_hide(taking->queue->index, first[i], taking->now_ms, taking->now_ms);
    }
}

/* How many messages this call may have: fewer when a fault rule asks for that. */
static int64_t maximum_of(struct call *call, const struct sqs_receive_request *request) {
    if (!sqs_fault_is(call, "partial")) {
        return request->maximum;
    }
    int64_t some = (int64_t)ids_random_below(emulator_ids(call->emulator), (uint64_t)request->maximum);
    return some == 0 && !request->may_be_empty ? 1 : some;
}

static size_t take_messages(struct call *call, struct sqs_queue *queue,
                            const struct sqs_receive_request *request, int64_t now_ms,
                            struct sqs_message *taken[SQS_MAXIMUM_RECEIVED]) {
    struct taking taking = {.call = call,
                            .queue = queue,
                            .request = request,
                            .now_ms = now_ms,
                            .maximum = maximum_of(call, request),
                            .taken = taken};
    if (sqs_fault_is(call, "reorder")) {
        take_out_of_order(&taking);
    }
    take_up_to_maximum(&taking);
    int64_t visible_ms = sqs_fault_is(call, "duplicate") ? now_ms : now_ms + request->visibility_s * 1000;
    for (size_t i = 0; i < taking.count; i++) {
        struct sqs_message *message = taken[i];
        message->receive_count++;
        message->receipt++;
        message->last_receive_ms = now_ms;
        if (message->first_receive_ms == 0) {
            message->first_receive_ms = now_ms;
        }
        sqs_index_hide(queue->index, message, visible_ms, now_ms);
        sqs_store_update_message(call->store, message);
    }
    return taking.count;
}

/* Answers what is there, if anything is. */
static bool answer_now(struct call *call, struct sqs_queue *queue, struct sqs_receive_request *request,
                       int64_t now_ms) {
    struct sqs_message *taken[SQS_MAXIMUM_RECEIVED];
    size_t count = sqs_attempt_again(queue, request, now_ms, taken);
    if (count == 0) {
        count = take_messages(call, queue, request, now_ms, taken);
        sqs_attempt_note(queue, request, now_ms, taken, count);
    }
    if (count > 0) {
        sqs_write_messages(call, queue, request, taken, count);
    }
    return count > 0;
}

/* ---- waiting ---- */

static void unlink_waiter(struct sqs_waiter *waiter) {
    struct sqs_queue *queue = waiter->queue;
    *(waiter->previous ? &waiter->previous->next : &queue->first_waiter) = waiter->next;
    *(waiter->next ? &waiter->next->previous : &queue->last_waiter) = waiter->previous;
}

/* Takes the waiter out and frees it. */
static void end_waiting(struct sqs_waiter *waiter) {
    unlink_waiter(waiter);
    task_id deadline = waiter->deadline;
    waiter->deadline = 0;
    if (deadline) {
        emulator_cancel(sqs_state_emulator(waiter->queue->state), deadline);
    }
    if (waiter->queue->giving_up == waiter) {
        waiter->queue->giving_up = NULL;
    }
    free(waiter);
}

static void finish(struct call *call) {
    call_output(call);
    call_finish(call, result_output());
}

/* The call was cancelled. */
static void forget_waiter(void *argument) {
    end_waiting(argument);
}

/* Without messages. */
static void finish_empty(struct sqs_waiter *waiter) {
    struct input input;
    struct call *call = call_unpark(waiter->call, &input);
    end_waiting(waiter);
    finish(call);
}

/* False: there was nothing for this waiter after all; it waits on. */
static bool serve(struct sqs_waiter *waiter, int64_t now_ms) {
    struct sqs_queue *queue = waiter->queue;
    struct sqs_receive_request request;
    struct result refusal;
    struct input input;
    int64_t wait_s;
    struct call *call = call_unpark(waiter->call, &input);
    if (read_request(call, input, queue, &request, &wait_s, &refusal) &&
        answer_now(call, queue, &request, now_ms)) {
        end_waiting(waiter);
        finish(call);
        return true;
    }
    waiter->call = call_park(call, forget_waiter, waiter);
    return false;
}

/* The time a client wanted to wait is over. */
static void give_up(void *argument, enum task_event event) {
    struct sqs_waiter *waiter = argument;
    struct sqs_queue *queue = waiter->queue;
    waiter->deadline = 0;
    if (event == TASK_CANCELLED) {
        return;
    }
    int64_t now_ms = emulator_now_ms(sqs_state_emulator(queue->state));
    queue->giving_up = waiter;
    sqs_advance(queue, now_ms);
    sqs_serve_waiters(queue, now_ms); /* what became visible this very moment */
    if (queue->giving_up) {
        finish_empty(waiter);
    }
}

static void wait_for_message(struct call *call, struct sqs_queue *queue, int64_t wait_s) {
    struct sqs_waiter *waiter = xcalloc(1, sizeof(*waiter));
    waiter->queue = queue;
    waiter->previous = queue->last_waiter;
    *(queue->last_waiter ? &queue->last_waiter->next : &queue->first_waiter) = waiter;
    queue->last_waiter = waiter;
    int64_t due_ms = call->now_ms + wait_s * 1000;
    /* A service that polls asks again and again: virtual time must not run away with it. */
    waiter->deadline = call->identity.service_principal
                           ? emulator_schedule_quiet(call->emulator, due_ms, give_up, waiter)
                           : emulator_schedule(call->emulator, due_ms, give_up, waiter);
    waiter->call = call_park(call, forget_waiter, waiter);
}

static void wake(void *argument, enum task_event event) {
    struct sqs_queue *queue = argument;
    queue->wake_task = 0;
    if (event == TASK_RUN) {
        int64_t now_ms = emulator_now_ms(sqs_state_emulator(queue->state));
        sqs_advance(queue, now_ms);
        sqs_serve_waiters(queue, now_ms);
    }
}

static void schedule_wake(struct sqs_queue *queue, int64_t due_ms) {
    struct emulator *emulator = sqs_state_emulator(queue->state);
    if (queue->wake_task && queue->wake_ms == due_ms) {
        return;
    }
    if (queue->wake_task) {
        emulator_cancel(emulator, queue->wake_task);
    }
    queue->wake_ms = due_ms;
    queue->wake_task = emulator_schedule(emulator, due_ms, wake, queue);
}

void sqs_serve_waiters(struct sqs_queue *queue, int64_t now_ms) {
    /* The head is asked for anew each time: answering one may end others. The analyzer does not see that
     * unlink_waiter() moves it, because it does so through the waiter's own queue. */
    while (queue->first_waiter && sqs_index_has_deliverable(queue->index)) {
        struct sqs_waiter *waiter = queue->first_waiter;
        if (!parked_call_client_alive(waiter->call)) { // NOLINT(clang-analyzer-unix.Malloc): see above
            finish_empty(waiter);
        } else if (!serve(waiter, now_ms)) {
            break; /* only dead letters and locked groups after all */
        }
    }
    int64_t due_ms;
    if (queue->first_waiter && sqs_index_next_due(queue->index, &due_ms)) {
        schedule_wake(queue, due_ms);
    }
}

void sqs_wake(struct sqs_queue *queue, int64_t now_ms) {
    if (queue->first_waiter) {
        schedule_wake(queue, now_ms);
    }
}

void sqs_dismiss_waiters(struct sqs_queue *queue) {
    while (queue->first_waiter) {
        struct input input;
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): as above */
        struct call *call = call_unpark(queue->first_waiter->call, &input);
        end_waiting(queue->first_waiter);
        call_finish(call, sqs_no_such_queue(call));
    }
}

/* ---- the operation ---- */

struct result sqs_receive_message(struct call *call, struct input input) {
    struct result refusal;
    struct sqs_receive_request request;
    int64_t wait_s;
    struct sqs_queue *queue = sqs_require_queue_at_rate(call, input, SQS_RATE_RECEIVE, &refusal);
    if (!queue || !read_request(call, input, queue, &request, &wait_s, &refusal)) {
        return refusal;
    }
    sqs_advance(queue, call->now_ms);
    if (!queue->fifo && wait_s == 0 && too_many_in_flight(queue)) {
        return call_error(call, &sqs_error_OverLimit,
                          "Too many messages in flight: at most %d of a standard queue.", IN_FLIGHT_STANDARD);
    }
    if (answer_now(call, queue, &request, call->now_ms) || wait_s == 0) {
        return result_output();
    }
    int64_t now_ms = call->now_ms;
    wait_for_message(call, queue, wait_s);
    sqs_serve_waiters(queue, now_ms);
    return result_pending();
}
