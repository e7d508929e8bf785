/* GetQueueAttributes, SetQueueAttributes, and what CreateQueue has in common with it. Source: sqs.md
 * section 3. */
#include "emulator/base/arn.h"
#include "services/sqs/sqs.h"

bool sqs_attributes_ask_for_fifo(struct input attributes) {
    bool fifo = false;
    for (struct input entry = input_first(attributes); entry.value; entry = input_next(entry)) {
        if (text_equals(input_key(entry), "FifoQueue")) {
            fifo = text_equals_ignore_case(input_as_text(entry), "true");
        }
    }
    return fifo;
}

/* ---- one attribute ---- */

static struct result unknown_attribute(struct call *call, struct text name) {
    return call_error(call, &sqs_error_InvalidAttributeName, "Unknown Attribute %.*s.", TEXT_ARGUMENTS(name));
}

static struct result not_for_standard_queues(struct call *call, enum sqs_attribute attribute) {
    const char *name = sqs_attribute_name(attribute);
    if (attribute == SQS_DEDUPLICATION_SCOPE || attribute == SQS_THROUGHPUT_LIMIT) {
        return call_error(call, &sqs_error_InvalidAttributeName,
                          "You can specify the %s only when FifoQueue is set to true.", name);
    }
    return unknown_attribute(call, text_of(name));
}

static struct result bad_policy(struct call *call, enum sqs_attribute attribute, struct text value,
                                const char *reason) {
    return sqs_invalid_value(call, value, sqs_attribute_name(attribute), reason);
}

static bool check_target(struct call *call, const char *source_arn, bool fifo, struct text value,
                         const struct sqs_redrive *redrive, struct result *refusal) {
    const struct sqs_state *state = sqs_state_of(call->emulator);
    const struct sqs_queue *target = sqs_find_queue_by_arn(state, redrive->target_arn);
    const char *reason = NULL;
    struct arn arn;
    if (!arn_parse(text_of(redrive->target_arn), &arn)) {
        reason = "Invalid value for deadLetterTargetArn.";
    } else if (!target) {
        reason = "Dead letter target does not exist.";
    } else if (strcmp(target->account, call->identity.account) != 0 ||
               strcmp(target->region, call->identity.region) != 0) {
        reason = "Dead letter target owned by another account or in another Region.";
    } else if (target->fifo != fifo) {
        reason = fifo ? "Dead-letter queue of a FIFO queue must be a FIFO queue."
                      : "Dead-letter queue of a standard queue must be a standard queue.";
    } else if (target->values[SQS_REDRIVE_ALLOW_POLICY]) {
        struct sqs_redrive_allow allow;
        struct text document = text_of(target->values[SQS_REDRIVE_ALLOW_POLICY]);
        if (!sqs_redrive_allow_parse(call->arena, document, &allow) &&
            !sqs_redrive_allows(&allow, source_arn)) {
            reason = "Queue does not have permission to use the dead letter target.";
        }
    }
    if (reason) {
        *refusal = bad_policy(call, SQS_REDRIVE_POLICY, value, reason);
    }
    return !reason;
}

static bool check_redrive(struct call *call, const char *source_arn, bool fifo, struct text *value,
                          struct result *refusal) {
    struct sqs_redrive redrive = {0};
    const char *reason = value->size > 0 ? sqs_redrive_parse(call->arena, *value, &redrive) : NULL;
    if (reason) {
        *refusal = bad_policy(call, SQS_REDRIVE_POLICY, *value, reason);
        return false;
    }
    if (value->size > 0) {
        if (!check_target(call, source_arn, fifo, *value, &redrive, refusal)) {
            return false;
        }
        *value = text_of(redrive.canonical);
    }
    return true;
}

static bool check_redrive_allow(struct call *call, struct text value, struct result *refusal) {
    struct sqs_redrive_allow allow;
    const char *reason = value.size > 0 ? sqs_redrive_allow_parse(call->arena, value, &allow) : NULL;
    if (reason) {
        *refusal = bad_policy(call, SQS_REDRIVE_ALLOW_POLICY, value, reason);
    }
    return !reason;
}

/* ---- all of a call ---- */

static bool read_one(struct call *call, struct input entry, bool fifo, bool creates,
                     struct sqs_attribute_change *change, struct result *refusal) {
    struct text name = input_key(entry);
    int found = sqs_attribute_find(name);
    if (found < 0) {
        *refusal = unknown_attribute(call, name); /* read-only ones are unknown here too */
        return false;
    }
    enum sqs_attribute attribute = (enum sqs_attribute)found;
    if (!fifo && sqs_attribute_is_fifo_only(attribute)) {
        *refusal = not_for_standard_queues(call, attribute);
        return false;
    }
    const char *message =
        sqs_attribute_check(call->arena, attribute, input_as_text(entry), &change->values[attribute]);
    if (message && attribute == SQS_REDRIVE_POLICY) {
        *refusal =
            bad_policy(call, attribute, input_as_text(entry), "Redrive policy is not a valid JSON map.");
        return false;
    }
    if (!message && !creates && attribute == SQS_FIFO_QUEUE &&
        !text_equals(change->values[attribute], "true")) {
        message = "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.";
    }
    if (message) {
        *refusal = call_error(call, &sqs_error_InvalidAttributeValue, "%s", message);
    }
    return !message;
}

static struct text after_change(const struct sqs_queue *queue, const struct sqs_attribute_change *change,
                                enum sqs_attribute attribute, bool fifo) {
    if (change->values[attribute].data) {
        return change->values[attribute];
    }
    return queue ? sqs_attribute_value(queue, attribute) : text_of(sqs_attribute_default(attribute, fifo));
}

/* Rules between attributes. */
static bool check_together(struct call *call, const struct sqs_queue *queue, bool fifo,
                           const struct sqs_attribute_change *change, struct result *refusal) {
    if (fifo && text_equals(after_change(queue, change, SQS_THROUGHPUT_LIMIT, fifo), "perMessageGroupId") &&
        !text_equals(after_change(queue, change, SQS_DEDUPLICATION_SCOPE, fifo), "messageGroup")) {
        *refusal =
            call_error(call, &sqs_error_InvalidAttributeValue,
                       "The value perMessageGroupId for FifoThroughputLimit is allowed only when the value "
                       "for DeduplicationScope is messageGroup.");
        return false;
    }
    if (change->values[SQS_KMS_KEY].size > 0 && text_equals(change->values[SQS_MANAGED_SSE], "true")) {
        *refusal =
            call_error(call, &sqs_error_InvalidAttributeName,
                       "You can use one type of server-side encryption (SSE) at one time. You can either "
                       "enable KMS SSE or SQS SSE.");
        return false;
    }
    return true;
}

bool sqs_read_attributes(struct call *call, struct input attributes, const struct sqs_queue *queue,
                         const char *name, bool fifo, struct sqs_attribute_change *change,
                         struct result *refusal) {
    *change = (struct sqs_attribute_change){0};
    for (struct input entry = input_first(attributes); entry.value; entry = input_next(entry)) {
        if (!read_one(call, entry, fifo, name != NULL, change, refusal)) {
            return false;
        }
    }
    if (!check_redrive_allow(call, change->values[SQS_REDRIVE_ALLOW_POLICY], refusal)) {
        return false;
    }
    const char *arn = queue ? queue->arn
                            : arena_printf(call->arena, "arn:aws:sqs:%s:%s:%s", call->identity.region,
                                           call->identity.account, name);
    struct text *redrive = &change->values[SQS_REDRIVE_POLICY];
    return (!redrive->data || check_redrive(call, arn, fifo, redrive, refusal)) &&
           check_together(call, queue, fifo, change, refusal);
}

/* Delays of a FIFO queue are those of the queue, also for what waits already. */
static void redelay_messages(struct sqs_queue *queue, int64_t now_ms) {
    struct store *store = emulator_store(sqs_state_emulator(queue->state));
    struct sqs_message *message = NULL;
    while ((message = sqs_index_after(queue->index, message))) {
        if (message->state == SQS_DELAYED) {
            sqs_index_redelay(queue->index, message,
                              message->sent_ms + queue->numbers[SQS_DELAY_SECONDS] * 1000, now_ms);
            sqs_store_update_message(store, message);
        }
    }
}

void sqs_apply_attributes(struct sqs_queue *queue, const struct sqs_attribute_change *change,
                          int64_t now_ms) {
    const struct text *values = change->values;
    if (values[SQS_DEDUPLICATION_SCOPE].data && now_ms > queue->created_ms &&
        !text_same(values[SQS_DEDUPLICATION_SCOPE], sqs_attribute_value(queue, SQS_DEDUPLICATION_SCOPE))) {
        struct text before = sqs_attribute_value(queue, SQS_DEDUPLICATION_SCOPE);
        free(queue->scope_before);
        struct strbuf copy = STRBUF_INIT;
        strbuf_append_text(&copy, before);
        queue->scope_before = strbuf_detach(&copy);
        queue->scope_changed_ms = now_ms;
    }
    int64_t delay = queue->numbers[SQS_DELAY_SECONDS];
    for (int i = 0; i < SQS_ATTRIBUTE_COUNT; i++) {
        if (values[i].data) {
            sqs_set_attribute(queue, (enum sqs_attribute)i, values[i]);
        }
    }
    /* One kind of encryption at a time; without its key the other does not come back by itself. */
    if (values[SQS_KMS_KEY].size > 0) {
        sqs_set_attribute(queue, SQS_MANAGED_SSE, TEXT("false"));
    } else if (text_equals(values[SQS_MANAGED_SSE], "true")) {
        sqs_set_attribute(queue, SQS_KMS_KEY, TEXT(""));
    }
    queue->modified_ms = now_ms;
    sqs_save_queue(queue);
    if (queue->fifo && delay != queue->numbers[SQS_DELAY_SECONDS]) {
        redelay_messages(queue, now_ms);
    }
}

struct result sqs_set_queue_attributes(struct call *call, struct input input) {
    struct result refusal;
    struct sqs_attribute_change change;
    struct sqs_queue *queue = sqs_require_queue(call, input, &refusal);
    if (!queue || !sqs_read_attributes(call, input_map(input, "Attributes"), queue, NULL, queue->fifo,
                                       &change, &refusal)) {
        return refusal;
    }
    sqs_advance(queue, call->now_ms);
    sqs_apply_attributes(queue, &change, call->now_ms);
    sqs_serve_waiters(queue, call->now_ms);
    return result_output();
}

/* ---- GetQueueAttributes ---- */

/* One attribute to write: NULL name at the end of what was asked for. */
struct wanted {
    struct input names;
    bool all;
};

/* False: *refusal is the answer. */
static bool check_names(struct call *call, struct input names, struct result *refusal) {
    for (struct input entry = input_first(names); entry.value; entry = input_next(entry)) {
        struct text name = input_as_text(entry);
        if (sqs_attribute_find(name) < 0 && !sqs_attribute_is_read_only(name) && !text_equals(name, "All")) {
            *refusal = unknown_attribute(call, name);
            return false;
        }
    }
    return true;
}

static bool is_wanted(const struct wanted *wanted, const char *name) {
    if (wanted->all) {
        return true;
    }
    for (struct input entry = input_first(wanted->names); entry.value; entry = input_next(entry)) {
        if (text_equals(input_as_text(entry), name)) {
            return true;
        }
    }
    return false;
}

struct writing {
    struct output *out;
    bool begun;
};

static void write_value(struct writing *writing, const char *name, struct text value) {
    if (!writing->begun) {
        output_begin_map(writing->out, "Attributes");
        writing->begun = true;
    }
    output_text(writing->out, name, value);
}

static void write_number(struct writing *writing, struct arena *arena, const char *name, int64_t number) {
    write_value(writing, name, text_of(arena_printf(arena, "%lld", (long long)number)));
}

static bool is_shown(const struct sqs_queue *queue, enum sqs_attribute attribute) {
    if (attribute == SQS_KMS_REUSE) {
        return queue->values[SQS_KMS_KEY] != NULL;
    }
    return sqs_attribute_value(queue, attribute).data != NULL;
}

/* A counter as AWS may show it: behind, by as much as the seed decides. */
static int64_t stale(struct call *call, int64_t number) {
    if (number == 0 || !sqs_fault_is(call, "stale_counters")) {
        return number;
    }
    return (int64_t)ids_random_below(emulator_ids(call->emulator), (uint64_t)number + 1);
}

static void write_counters(struct call *call, const struct sqs_queue *queue, const struct wanted *wanted,
                           struct writing *writing) {
    const struct {
        const char *name;
        int64_t number;
    } counters[] = {
        {"ApproximateNumberOfMessages", sqs_index_count_visible(queue->index)},
        {"ApproximateNumberOfMessagesNotVisible", sqs_index_count_in_flight(queue->index)},
        {"ApproximateNumberOfMessagesDelayed", sqs_index_count_delayed(queue->index)},
    };
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
        if (is_wanted(wanted, counters[i].name)) {
            write_number(writing, call->arena, counters[i].name, stale(call, counters[i].number));
        }
    }
    if (is_wanted(wanted, "CreatedTimestamp")) {
        write_number(writing, call->arena, "CreatedTimestamp", queue->created_ms / 1000);
    }
    if (is_wanted(wanted, "LastModifiedTimestamp")) {
        write_number(writing, call->arena, "LastModifiedTimestamp", queue->modified_ms / 1000);
    }
    if (is_wanted(wanted, "QueueArn")) {
        write_value(writing, "QueueArn", text_of(queue->arn));
    }
}

struct result sqs_get_queue_attributes(struct call *call, struct input input) {
    struct result refusal;
    struct sqs_queue *queue = sqs_require_queue(call, input, &refusal);
    if (!queue || !check_names(call, input_list(input, "AttributeNames"), &refusal)) {
        return refusal;
    }
    sqs_advance(queue, call->now_ms);
    struct wanted wanted = {.names = input_list(input, "AttributeNames")};
    wanted.all = is_wanted(&wanted, "All");
    struct writing writing = {.out = call_output(call)};
    write_counters(call, queue, &wanted, &writing);
    for (int i = 0; i < SQS_ATTRIBUTE_COUNT; i++) {
        enum sqs_attribute attribute = (enum sqs_attribute)i;
        if (!is_wanted(&wanted, sqs_attribute_name(attribute)) || !is_shown(queue, attribute)) {
            continue;
        }
        if (attribute == SQS_KMS_REUSE) {
            write_number(&writing, call->arena, sqs_attribute_name(attribute), queue->numbers[SQS_KMS_REUSE]);
        } else {
            write_value(&writing, sqs_attribute_name(attribute), sqs_attribute_value(queue, attribute));
        }
    }
    if (writing.begun) {
        output_end(writing.out);
    }
    return result_output();
}
