/* Queues: making, finding, listing, emptying, deleting. Source: sqs.md sections 2 and 9. */
#include "services/sqs/sqs.h"

#include "emulator/base/crypto.h"

#define MAXIMUM_LISTED 1000
#define WAIT_AFTER_DELETE_MS 60000
#define WAIT_AFTER_PURGE_MS 60000

/* ---- CreateQueue ---- */

static struct result bad_name(struct call *call, bool fifo) {
    if (fifo) {
        return call_error(call, &sqs_error_invalid_parameter,
                          "The name of a FIFO queue can only include alphanumeric characters, hyphens, or "
                          "underscores, must end with .fifo suffix and be 1 to 80 in length.");
    }
    return call_error(call, &sqs_error_invalid_parameter,
                      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
}

/* A queue of this name is there: the same answer again, unless it is another queue that is wanted. */
static struct result create_again(struct call *call, const struct sqs_queue *queue,
                                  const struct sqs_attribute_change *changes) {
    for (int i = 0; i < SQS_ATTRIBUTE_COUNT; i++) {
        enum sqs_attribute attribute = (enum sqs_attribute)i;
        struct text current = sqs_attribute_value(queue, attribute);
        if (changes->values[i].data && !sqs_attribute_same(attribute, changes->values[i], current)) {
            return call_error(
                call, &sqs_error_QueueNameExists,
                "A queue already exists with the same name and a different value for attribute %s",
                sqs_attribute_name(attribute));
        }
    }
    output_string(call_output(call), "QueueUrl", sqs_url_of_queue(call, queue));
    return result_output();
}

static bool was_deleted_recently(struct call *call, struct sqs_state *state, struct text name) {
    int64_t deleted_ms =
        sqs_store_deleted_ms(call->store, call->identity.account, call->identity.region, name);
    return sqs_setting(state, SQS_RECREATE_WAIT) && deleted_ms > 0 &&
           call->now_ms < deleted_ms + WAIT_AFTER_DELETE_MS;
}

struct result sqs_create_queue_call(struct call *call, struct input input) {
    struct sqs_state *state = sqs_state_of(call->emulator);
    struct sqs_attribute_change changes;
    struct result refusal;
    const char *name = input_string(input, "QueueName");
    if (sqs_refuse_on_queue_url(call, &refusal)) {
        return refusal;
    }
    bool fifo = sqs_attributes_ask_for_fifo(input_map(input, "Attributes"));
    if (!sqs_name_is_valid(text_of(name), fifo)) {
        return bad_name(call, fifo);
    }
    struct sqs_queue *queue =
        sqs_find_queue(state, call->identity.account, call->identity.region, text_of(name));
    if (!sqs_read_attributes(call, input_map(input, "Attributes"), queue, name, fifo, &changes, &refusal)) {
        return refusal;
    }
    if (queue) {
        return create_again(call, queue, &changes);
    }
    if (was_deleted_recently(call, state, text_of(name))) {
        return call_error(
            call, &sqs_error_QueueDeletedRecently,
            "You must wait 60 seconds after deleting a queue before you can create another with "
            "the same name.");
    }
    struct input tags = input_map(input, "tags");
    if (!sqs_check_tags(call, tags, name, &refusal)) {
        return refusal;
    }
    queue = sqs_create_queue(state, call->identity.account, call->identity.region, name, call->now_ms);
    sqs_apply_attributes(queue, &changes, call->now_ms);
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        sqs_store_put_tag(call->store, queue->id, input_key(tag), input_as_text(tag));
    }
    output_string(call_output(call), "QueueUrl", sqs_url_of_queue(call, queue));
    return result_output();
}

/* ---- GetQueueUrl, DeleteQueue, PurgeQueue ---- */

struct result sqs_get_queue_url(struct call *call, struct input input) {
    const char *owner = input_string(input, "QueueOwnerAWSAccountId");
    struct sqs_queue *queue =
        sqs_find_queue(sqs_state_of(call->emulator), owner ? owner : call->identity.account,
                       call->identity.region, input_text(input, "QueueName"));
    if (!queue) {
        return sqs_no_such_queue(call);
    }
    output_string(call_output(call), "QueueUrl", sqs_url_of_queue(call, queue));
    return result_output();
}

struct result sqs_delete_queue_call(struct call *call, struct input input) {
    struct result refusal;
    struct sqs_queue *queue = sqs_require_queue(call, input, &refusal);
    if (!queue) {
        return refusal;
    }
    sqs_store_note_deleted(call->store, queue->account, queue->region, queue->name, call->now_ms,
                           call->now_ms - WAIT_AFTER_DELETE_MS);
    sqs_dismiss_waiters(queue);
    sqs_delete_queue(queue);
    return result_output();
}

struct result sqs_purge_queue(struct call *call, struct input input) {
    struct result refusal;
    struct sqs_queue *queue = sqs_require_queue(call, input, &refusal);
    if (!queue) {
        return refusal;
    }
    if (sqs_setting(queue->state, SQS_PURGE_WAIT) && queue->purged_ms > 0 &&
        call->now_ms < queue->purged_ms + WAIT_AFTER_PURGE_MS) {
        return call_error(call, &sqs_error_PurgeQueueInProgress,
                          "Only one PurgeQueue operation on %s is allowed every 60 seconds.", queue->name);
    }
    sqs_delete_all_messages(queue);
    sqs_forget_attempts(queue);
    sqs_store_forget_accepted(call->store, queue->id);
    queue->purged_ms = call->now_ms;
    sqs_save_queue(queue);
    return result_output();
}

/* ---- ListQueues, ListDeadLetterSourceQueues ---- */

static int compare_names(const void *a, const void *b) {
    const struct sqs_queue *const *left = a;
    const struct sqs_queue *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

/* The name after which a page goes on. NULL: *refusal; "" without a token. */
static const char *read_token(struct call *call, struct input input, struct result *refusal) {
    struct text token = input_text(input, "NextToken");
    struct strbuf name = STRBUF_INIT;
    if (token.size > 0 && !crypto_append_unbase64(&name, token)) {
        *refusal = call_error(call, &sqs_error_invalid_parameter, "Invalid or expired next token.");
        strbuf_release(&name);
        return NULL;
    }
    const char *after = arena_text_string(call->arena, strbuf_text(&name));
    strbuf_release(&name);
    return after;
}

static bool read_page_size(struct call *call, struct input input, int64_t *size, struct result *refusal) {
    *size = input_integer(input, "MaxResults", MAXIMUM_LISTED);
    if (*size >= 1 && *size <= MAXIMUM_LISTED) {
        return true;
    }
    *refusal = sqs_invalid_value(call, text_of(arena_printf(call->arena, "%lld", (long long)*size)),
                                 "MaxResults", "Must be an integer from 1 to 1000, if provided.");
    return false;
}

/* Writes one page of the queues for which wanted() holds, in order of their names. */
static struct result list(struct call *call, struct input input, const char *member,
                          bool (*wanted)(const struct sqs_queue *queue, const void *argument),
                          const void *argument) {
    struct result refusal;
    struct sqs_state *state = sqs_state_of(call->emulator);
    int64_t page;
    const char *after = read_token(call, input, &refusal);
    if (!after || !read_page_size(call, input, &page, &refusal)) {
        return refusal;
    }
    size_t count = 0;
    for (struct sqs_queue *queue = sqs_first_queue(state); queue; queue = queue->next) {
        count++;
    }
    struct sqs_queue **found = arena_alloc(call->arena, (count + 1) * sizeof(struct sqs_queue *));
    count = 0;
    for (struct sqs_queue *queue = sqs_first_queue(state); queue; queue = queue->next) {
        if (strcmp(queue->name, after) > 0 && wanted(queue, argument)) {
            found[count++] = queue;
        }
    }
    qsort(found, count, sizeof(found[0]), compare_names);
    struct output *out = call_output(call);
    size_t shown = count < (size_t)page ? count : (size_t)page;
    if (shown > 0 || strcmp(member, "QueueUrls") != 0) {
        output_begin_list(out, member);
        for (size_t i = 0; i < shown; i++) {
            output_string(out, NULL, sqs_url_of_queue(call, found[i]));
        }
        output_end(out);
    }
    if (input_has(input, "MaxResults") && shown < count) {
        struct strbuf token = STRBUF_INIT;
        crypto_append_base64(&token, text_of(found[shown - 1]->name));
        output_text(out, "NextToken", strbuf_text(&token));
        strbuf_release(&token);
    }
    return result_output();
}

struct listed {
    const struct call *call;
    struct text prefix;
};

static bool is_callers(const struct sqs_queue *queue, const void *argument) {
    const struct listed *listed = argument;
    struct text beginning = text_slice(text_of(queue->name), 0, listed->prefix.size);
    return strcmp(queue->account, listed->call->identity.account) == 0 &&
           strcmp(queue->region, listed->call->identity.region) == 0 && text_same(beginning, listed->prefix);
}

struct result sqs_list_queues(struct call *call, struct input input) {
    struct result refusal;
    if (sqs_refuse_on_queue_url(call, &refusal)) {
        return refusal;
    }
    struct text prefix = input_text(input, "QueueNamePrefix");
    struct listed listed = {call, prefix.data ? prefix : TEXT("")};
    return list(call, input, "QueueUrls", is_callers, &listed);
}

static bool uses_as_dead_letter_queue(const struct sqs_queue *queue, const void *argument) {
    const struct sqs_queue *target = argument;
    return queue->dead_letter_arn && strcmp(queue->dead_letter_arn, target->arn) == 0;
}

struct result sqs_list_dead_letter_source_queues(struct call *call, struct input input) {
    struct result refusal;
    struct sqs_queue *queue = sqs_require_queue(call, input, &refusal);
    if (!queue) {
        return refusal;
    }
    return list(call, input, "queueUrls", uses_as_dead_letter_queue, queue);
}
