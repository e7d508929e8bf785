/* What a receiver does with a receipt handle: delete, change visibility. Source: sqs.md section 6. */
#include "services/sqs/sqs_receive.h"

/* The message of a handle. */
enum found {
    FOUND_MESSAGE,
    FOUND_NOTHING, /* it was there once */
    FOUND_GARBAGE, /* no handle of this queue */
};

static enum found find_message(const struct sqs_queue *queue, struct text handle,
                               struct sqs_message **message, struct sqs_receipt *receipt) {
    if (!sqs_receipt_read(handle, receipt) || receipt->queue_id != queue->id) {
        return FOUND_GARBAGE;
    }
    *message = sqs_index_find(queue->index, receipt->message_id);
    return *message ? FOUND_MESSAGE : FOUND_NOTHING;
}

static struct sqs_refusal garbage_handle(struct call *call, struct text handle) {
    return (struct sqs_refusal){
        &sqs_error_ReceiptHandleIsInvalid,
        arena_printf(call->arena, "The input receipt handle \"%.*s\" is not a valid receipt handle.",
                     TEXT_ARGUMENTS(handle))};
}

static struct sqs_refusal bad_handle(struct call *call, struct text handle, const char *reason) {
    return (struct sqs_refusal){&sqs_error_invalid_parameter,
                                arena_printf(call->arena,
                                             "Value %.*s for parameter ReceiptHandle is invalid. Reason: %s",
                                             TEXT_ARGUMENTS(handle), reason)};
}

/* In a FIFO queue only the newest receipt counts, and only until the message is visible again. */
static bool is_current(const struct sqs_queue *queue, const struct sqs_message *message,
                       const struct sqs_receipt *receipt) {
    return !queue->fifo || (message->state == SQS_IN_FLIGHT && message->receipt == receipt->number);
}

/* ---- DeleteMessage ---- */

static struct sqs_refusal delete_one(struct call *call, struct sqs_queue *queue, struct text handle) {
    struct sqs_message *message;
    struct sqs_receipt receipt;
    switch (find_message(queue, handle, &message, &receipt)) {
    case FOUND_GARBAGE:
        return garbage_handle(call, handle);
    case FOUND_NOTHING:
        return (struct sqs_refusal){0};
    case FOUND_MESSAGE:
        break;
    }
    if (!is_current(queue, message, &receipt)) {
        return bad_handle(call, handle, "The receipt handle has expired.");
    }
    if (!sqs_fault_is(call, "resurface")) {
        sqs_delete_message(queue, message);
    }
    return (struct sqs_refusal){0};
}

struct result sqs_delete_message_call(struct call *call, struct input input) {
    struct result refusal;
    struct sqs_queue *queue = sqs_require_queue_at_rate(call, input, SQS_RATE_DELETE, &refusal);
    if (!queue) {
        return refusal;
    }
    sqs_advance(queue, call->now_ms);
    struct sqs_refusal failed = delete_one(call, queue, input_text(input, "ReceiptHandle"));
    if (failed.error) {
        return sqs_refuse(call, &failed);
    }
    sqs_serve_waiters(queue, call->now_ms);
    return result_output();
}

/* ---- ChangeMessageVisibility ---- */

static struct sqs_refusal check_timeout(struct call *call, int64_t timeout_s, bool given) {
    if (!given) {
        return (struct sqs_refusal){&sqs_error_missing_parameter,
                                    "The request must contain the parameter VisibilityTimeout."};
    }
    if (timeout_s >= 0 && timeout_s <= SQS_MAXIMUM_VISIBILITY_S) {
        return (struct sqs_refusal){0};
    }
    return (struct sqs_refusal){
        &sqs_error_invalid_parameter,
        arena_printf(
            call->arena,
            "Value %lld for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an "
            "integer between 0 and %d.",
            (long long)timeout_s, SQS_MAXIMUM_VISIBILITY_S)};
}

static struct sqs_refusal hide_one(struct call *call, struct sqs_queue *queue, struct input input) {
    struct sqs_message *message = NULL;
    struct sqs_receipt receipt;
    struct text handle = input_text(input, "ReceiptHandle");
    int64_t timeout_s = input_integer(input, "VisibilityTimeout", 0);
    struct sqs_refusal refusal = check_timeout(call, timeout_s, input_has(input, "VisibilityTimeout"));
    if (refusal.error) {
        return refusal;
    }
    enum found found = find_message(queue, handle, &message, &receipt);
    if (found == FOUND_GARBAGE) {
        return garbage_handle(call, handle);
    }
    if (found == FOUND_NOTHING || !is_current(queue, message, &receipt)) {
        return bad_handle(call, handle,
                          "Message does not exist or is not available for visibility timeout change.");
    }
    /* Twelve hours from the receive are the end, counted in whole seconds. */
    if ((call->now_ms - message->last_receive_ms) / 1000 + timeout_s > SQS_MAXIMUM_VISIBILITY_S) {
        return (struct sqs_refusal){
            &sqs_error_invalid_parameter,
            arena_printf(
                call->arena,
                "Value %lld for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout "
                "for the message is beyond the limit [%d seconds].",
                (long long)timeout_s, SQS_MAXIMUM_VISIBILITY_S)};
    }
    sqs_index_hide(queue->index, message, call->now_ms + timeout_s * 1000, call->now_ms);
    sqs_store_update_message(call->store, message);
    return (struct sqs_refusal){0};
}

struct result sqs_change_message_visibility(struct call *call, struct input input) {
    struct result refusal;
    struct sqs_queue *queue = sqs_require_queue(call, input, &refusal);
    if (!queue) {
        return refusal;
    }
    sqs_advance(queue, call->now_ms);
    struct sqs_refusal failed = hide_one(call, queue, input);
    if (failed.error) {
        return sqs_refuse(call, &failed);
    }
    sqs_serve_waiters(queue, call->now_ms);
    return result_output();
}

/* ---- the batch forms ---- */

static struct sqs_refusal delete_entry(struct call *call, struct sqs_queue *queue, struct input entry) {
    return delete_one(call, queue, input_text(entry, "ReceiptHandle"));
}

static struct result for_each_entry(struct call *call, struct input input, const char *entry_name,
                                    struct sqs_refusal (*act)(struct call *call, struct sqs_queue *queue,
                                                              struct input entry)) {
    struct result refusal;
    struct sqs_refusal refusals[SQS_MAXIMUM_BATCH];
    struct input entries = input_list(input, "Entries");
    struct sqs_queue *queue = sqs_require_queue(call, input, &refusal);
    if (!queue || !sqs_check_batch(call, entries, entry_name, &refusal)) {
        return refusal;
    }
    sqs_advance(queue, call->now_ms);
    struct output *out = call_output(call);
    bool begun = false;
    size_t number = 0;
    for (struct input entry = input_first(entries); entry.value; entry = input_next(entry), number++) {
        refusals[number] = act(call, queue, entry);
        if (refusals[number].error) {
            continue;
        }
        if (!begun) {
            output_begin_list(out, "Successful");
            begun = true;
        }
        output_begin_structure(out, NULL);
        output_text(out, "Id", input_text(entry, "Id"));
        output_end(out);
    }
    if (begun) {
        output_end(out);
    }
    sqs_write_failed(call, entries, refusals);
    sqs_serve_waiters(queue, call->now_ms);
    return result_output();
}

struct result sqs_delete_message_batch(struct call *call, struct input input) {
    return for_each_entry(call, input, "DeleteMessageBatchRequestEntry", delete_entry);
}

struct result sqs_change_message_visibility_batch(struct call *call, struct input input) {
    return for_each_entry(call, input, "ChangeMessageVisibilityBatchRequestEntry", hide_one);
}
