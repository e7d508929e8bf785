/* Publish, PublishBatch. Source: sns.md section 4. */
#include "services/sns/sns_draft.h"
#include "services/sns/sns_fanout.h"
#include "services/sns/sns_status.h"

#define MAXIMUM_BATCH 10
#define DEDUPLICATION_MS (5 * 60 * 1000)

/* ---- to a topic ---- */

/* Gives the message its identity. False: it was accepted before and goes nowhere. */
static bool accept(struct call *call, const struct sns_topic *topic, struct sns_message *message) {
    struct text key = message->deduplication;
    if (topic->fifo) {
        key = topic->group_scope ? text_of(arena_printf(call->arena, "g %.*s %.*s",
                                                        TEXT_ARGUMENTS(message->group), TEXT_ARGUMENTS(key)))
                                 : key;
        if (sns_store_find_accepted(call->store, call->arena, topic->arn, key, call->now_ms, &message->id,
                                    &message->sequence)) {
            return false;
        }
    }
    char *id = arena_alloc(call->arena, UUID_SIZE);
    ids_uuid(emulator_ids(call->emulator), id);
    message->id = id;
    if (topic->fifo) {
        message->sequence = sns_store_next_sequence(call->store, topic->arn);
        sns_store_note_accepted(call->store, topic->arn, key, call->now_ms, call->now_ms + DEDUPLICATION_MS,
                                id, message->sequence);
    }
    return true;
}

static void publish(struct call *call, struct sns_batch *batch, const struct sns_topic *topic,
                    struct sns_message *message) {
    struct sns_state *state = sns_state_of(call->emulator);
    if (accept(call, topic, message)) {
        sns_archive(call->emulator, topic, message);
        sns_fan_out(state, batch, topic, message, NULL);
    }
}

static void write_published(struct output *out, const struct sns_message *message) {
    char sequence[SNS_SEQUENCE_SIZE];
    output_string(out, "MessageId", message->id);
    if (message->sequence >= 0) {
        sns_write_sequence(sequence, message->sequence);
        output_string(out, "SequenceNumber", sequence);
    }
}

/* One message alone. False: *refusal. */
static bool read_single(struct call *call, const struct sns_topic *topic, struct input input,
                        struct sns_draft *draft, struct result *refusal) {
    if (!sns_read_draft(call, topic, input, draft)) {
        *refusal = call_error(call, draft->error, "%s", draft->problem);
        return false;
    }
    if (draft->size > SNS_MAXIMUM_MESSAGE_BYTES) {
        *refusal = sns_invalid(call, "Message too long");
        return false;
    }
    return true;
}

static struct result publish_to_topic(struct call *call, struct text arn, const char *member,
                                      struct input input) {
    struct result refusal;
    struct sns_draft draft;
    struct sns_state *state = sns_state_of(call->emulator);
    const char *name = sns_require_topic(call, arn, member, &refusal);
    if (!name) {
        return refusal;
    }
    const struct sns_topic *topic = sns_topic_of(state, name);
    if (!read_single(call, topic, input, &draft, &refusal)) {
        return refusal;
    }
    struct sns_batch *batch = sns_batch_open(state, call);
    publish(call, batch, topic, &draft.message);
    write_published(call_output(call), &draft.message);
    return sns_batch_close(batch) ? result_output() : result_pending();
}

/* ---- to a telephone or an endpoint: recorded ---- */

static struct result record(struct call *call, const char *kind, struct text target, const char *name,
                            struct input input) {
    struct result refusal;
    struct sns_draft draft;
    struct sns_state *state = sns_state_of(call->emulator);
    if (!read_single(call, NULL, input, &draft, &refusal)) {
        return refusal;
    }
    char *id = arena_alloc(call->arena, UUID_SIZE);
    ids_uuid(emulator_ids(call->emulator), id);
    draft.message.id = id;
    struct text record = sns_record_of(state, call->arena, &draft.message, TEXT(""));
    const struct json_value *attributes = json_find(json_parse(call->arena, record, NULL), "Attributes");
    struct sns_recorded recorded = {
        .kind = text_of(kind),
        .target = target,
        .message_id = text_of(id),
        .subject = draft.message.subject,
        .message = sns_text_for(&draft.message, name),
        .attributes = attributes ? attributes->raw : TEXT("{}"),
        .structure = input_text(input, "MessageStructure"),
        .time_ms = call->now_ms,
    };
    sns_store_record(call->store, sns_scope_of(call), &recorded);
    if (strcmp(kind, "application") == 0) {
        struct sns_push push = {target, text_of(id), call->now_ms};
        sns_status_log_push(state, &push);
    }
    write_published(call_output(call), &draft.message);
    return result_output();
}

static struct result publish_to_phone(struct call *call, struct text number, struct input input) {
    struct text state;
    struct text code;
    if (!sns_phone_number_is_valid(number) || number.data[0] != '+') {
        return sns_invalid(call, "PhoneNumber Reason: %.*s is not valid to publish to",
                           TEXT_ARGUMENTS(number));
    }
    if (sns_store_number(call->store, sns_scope_of(call), SNS_NUMBER_OPTED_OUT, number, &state, &code)) {
        return sns_invalid(call, "PhoneNumber Reason: %.*s is opted out", TEXT_ARGUMENTS(number));
    }
    return record(call, "sms", number, "sms", input);
}

static struct result publish_to_endpoint(struct call *call, struct text target, struct input input) {
    const char *arn = arena_text_string(call->arena, target);
    if (!sns_store_has_platform(call->store, arn)) {
        return sns_invalid(call, "TargetArn Reason: No endpoint found for the target arn specified");
    }
    if (text_equals_ignore_case(sns_store_attribute(call->store, call->arena, arn, "Enabled"), "false")) {
        return call_error(call, &sns_error_EndpointDisabledException, "Endpoint is disabled");
    }
    return record(call, "application", target, sns_platform_of(call->arena, target), input);
}

struct result sns_publish(struct call *call, struct input input) {
    struct result refusal;
    struct arn arn;
    struct text topic = input_text(input, "TopicArn");
    struct text target = input_text(input, "TargetArn");
    struct text number = input_text(input, "PhoneNumber");
    if ((topic.data != NULL) + (target.data != NULL) + (number.data != NULL) != 1) {
        return sns_invalid(call, topic.data || target.data || number.data
                                     ? "TopicArn or TargetArn or PhoneNumber Reason: only one may be given"
                                     : "TopicArn or TargetArn Reason: no value for required parameter");
    }
    if (number.data) {
        return publish_to_phone(call, number, input);
    }
    if (topic.data) {
        return publish_to_topic(call, topic, "TopicArn", input);
    }
    if (!sns_read_arn(call, target, "TargetArn", &arn, &refusal)) {
        return refusal;
    }
    return text_starts_with(arn.resource, "endpoint/") ? publish_to_endpoint(call, target, input)
                                                       : publish_to_topic(call, target, "TargetArn", input);
}

/* ---- PublishBatch ---- */

static bool entry_id_is_valid(struct text id) {
    return text_is_made_of(id, SNS_NAME_CHARACTERS) && id.size > 0 && id.size <= 80;
}

static bool check_batch(struct call *call, struct input entries, struct result *refusal) {
    size_t count = input_count(entries);
    if (count == 0) {
        *refusal = call_error(call, &sns_error_EmptyBatchRequestException,
                              "The batch request doesn't contain any entries.");
        return false;
    }
    if (count > MAXIMUM_BATCH) {
        *refusal = call_error(call, &sns_error_TooManyEntriesInBatchRequestException,
                              "The batch request contains more entries than permissible.");
        return false;
    }
    for (struct input entry = input_first(entries); entry.value; entry = input_next(entry)) {
        struct text id = input_text(entry, "Id");
        if (!entry_id_is_valid(id)) {
            *refusal = call_error(call, &sns_error_InvalidBatchEntryIdException,
                                  "The Id of a batch entry in a batch request doesn't abide by the "
                                  "specification.");
            return false;
        }
        for (struct input other = input_next(entry); other.value; other = input_next(other)) {
            if (text_same(id, input_text(other, "Id"))) {
                *refusal = call_error(call, &sns_error_BatchEntryIdsNotDistinctException,
                                      "Two or more batch entries in the request have the same Id.");
                return false;
            }
        }
    }
    return true;
}

/* Entries fail together: what is wrong with one refuses the batch, so the list of failures stays empty. */
static void write_batch(struct call *call, struct input entries, const struct sns_draft *drafts) {
    struct output *out = call_output(call);
    size_t number = 0;
    output_begin_list(out, "Successful");
    for (struct input entry = input_first(entries); entry.value; entry = input_next(entry), number++) {
        output_begin_structure(out, NULL);
        output_text(out, "Id", input_text(entry, "Id"));
        write_published(out, &drafts[number].message);
        output_end(out);
    }
    output_end(out);
    output_begin_list(out, "Failed");
    output_end(out);
}

struct result sns_publish_batch(struct call *call, struct input input) {
    struct result refusal;
    struct sns_draft drafts[MAXIMUM_BATCH] = {0};
    struct sns_state *state = sns_state_of(call->emulator);
    struct input entries = input_list(input, "PublishBatchRequestEntries");
    const char *name = sns_require_topic(call, input_text(input, "TopicArn"), "TopicArn", &refusal);
    if (!name || !check_batch(call, entries, &refusal)) {
        return refusal;
    }
    const struct sns_topic *topic = sns_topic_of(state, name);
    size_t number = 0;
    size_t total = 0;
    for (struct input entry = input_first(entries); entry.value; entry = input_next(entry), number++) {
        if (!sns_read_draft(call, topic, entry, &drafts[number])) {
            return call_error(call, drafts[number].error, "%s", drafts[number].problem);
        }
        total += drafts[number].size;
    }
    if (total > SNS_MAXIMUM_MESSAGE_BYTES) {
        return call_error(call, &sns_error_BatchRequestTooLongException,
                          "The length of all the messages put together is more than the limit.");
    }
    struct sns_batch *batch = sns_batch_open(state, call);
    for (size_t i = 0; i < number; i++) {
        publish(call, batch, topic, &drafts[i].message);
    }
    write_batch(call, entries, drafts);
    return sns_batch_close(batch) ? result_output() : result_pending();
}
