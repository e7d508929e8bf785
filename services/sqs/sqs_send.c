/* SendMessage, SendMessageBatch. Source: sqs.md sections 4 and 7. */
#include "services/sqs/sqs.h"

#include "emulator/base/crypto.h"

#define MAXIMUM_DELAY_S 900
#define MAXIMUM_BATCH_BYTES 1048576
#define DEDUPLICATION_MS (5 * 60 * 1000)
/* 20 digits that grow, as AWS's do. */
#define SEQUENCE_BASE 86290219712495616
#define SEQUENCE_STEP 256

/* One message as the client wants it, checked. */
struct draft {
    struct text body;
    struct text group;         /* absent: none */
    struct text deduplication; /* absent: none; by content: the digest */
    struct text trace_header;  /* absent: none */
    bool trace_was_given;      /* in the request, not by an HTTP header */
    int64_t delay_s;           /* -1: the queue's */
    struct sqs_message_attribute attributes[SQS_MAXIMUM_MESSAGE_ATTRIBUTES];
    size_t attribute_count;
    size_t size; /* body and attributes, in bytes */
    struct sqs_refusal refusal;
};

/* What the answer tells of a message. */
struct sent {
    const char *uuid;
    int64_t sequence;
    char body_md5[SQS_MD5_SIZE];       /* "" when no answer is wanted */
    char attributes_md5[SQS_MD5_SIZE]; /* "" without attributes */
};

void sqs_write_sequence(char text[SQS_SEQUENCE_SIZE], int64_t sequence) {
    snprintf(text, SQS_SEQUENCE_SIZE, "188%017lld", (long long)(SEQUENCE_BASE + sequence * SEQUENCE_STEP));
}

/* ---- checks ---- */

static bool refuse(struct call *call, struct draft *draft, const struct error_shape *error,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

static bool refuse(struct call *call, struct draft *draft, const struct error_shape *error,
                   const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    draft->refusal = (struct sqs_refusal){error, arena_vprintf(call->arena, format, arguments)};
    va_end(arguments);
    return false;
}

static bool refuse_value(struct call *call, struct draft *draft, struct text value, const char *parameter,
                         const char *reason) {
    return refuse(call, draft, &sqs_error_invalid_parameter,
                  "Value %.*s for parameter %s is invalid. Reason: %s", TEXT_ARGUMENTS(value), parameter,
                  reason);
}

static bool check_value(struct call *call, struct draft *draft, struct input value,
                        const struct sqs_message_attribute *attribute) {
    struct text name = attribute->name;
    if (input_has(value, "StringListValues") || input_has(value, "BinaryListValues")) {
        return refuse(call, draft, &sqs_error_UnsupportedOperation,
                      "Message attribute list values in SendMessage operation are not supported.");
    }
    if (attribute->value.size == 0) {
        const char *base = attribute->binary                             ? "Binary"
                           : text_starts_with(attribute->type, "Number") ? "Number"
                                                                         : "String";
        return refuse(call, draft, &sqs_error_invalid_parameter,
                      "Message (user) attribute '%.*s' must contain a non-empty value of type '%s'.",
                      TEXT_ARGUMENTS(name), base);
    }
    double number;
    if (text_starts_with(attribute->type, "Number") && !text_to_double(attribute->value, &number)) {
        return refuse(call, draft, &sqs_error_invalid_parameter,
                      "Can't cast the value of message (user) attribute '%.*s' to a number.",
                      TEXT_ARGUMENTS(name));
    }
    if (!attribute->binary && !sqs_characters_are_valid(attribute->value)) {
        return refuse(call, draft, &sqs_error_invalid_parameter,
                      "Invalid non-printable or control characters found in the value of message (user) "
                      "attribute '%.*s'.",
                      TEXT_ARGUMENTS(name));
    }
    return true;
}

static bool read_attribute(struct call *call, struct draft *draft, struct input entry) {
    struct sqs_message_attribute attribute = {.name = input_key(entry),
                                              .type = input_text(entry, "DataType")};
    if (!sqs_message_attribute_name_is_valid(attribute.name)) {
        return refuse(
            call, draft, &sqs_error_invalid_parameter,
            "The message attribute name '%.*s' is invalid. Attribute name can contain A-Z, a-z, 0-9, "
            "underscore (_), hyphen (-), and period (.) characters.",
            TEXT_ARGUMENTS(attribute.name));
    }
    if (attribute.type.size == 0) {
        return refuse(call, draft, &sqs_error_invalid_parameter,
                      "The message attribute '%.*s' must contain non-empty message attribute type.",
                      TEXT_ARGUMENTS(attribute.name));
    }
    if (!sqs_message_attribute_type_is_valid(attribute.type)) {
        return refuse(
            call, draft, &sqs_error_invalid_parameter,
            "The message attribute '%.*s' has an invalid message attribute type, the set of supported "
            "type prefixes is Binary, Number, and String.",
            TEXT_ARGUMENTS(attribute.name));
    }
    attribute.binary = text_starts_with(attribute.type, "Binary");
    attribute.value = attribute.binary ? input_blob(entry, "BinaryValue") : input_text(entry, "StringValue");
    if (!check_value(call, draft, entry, &attribute)) {
        return false;
    }
    draft->size += attribute.name.size + attribute.type.size + attribute.value.size;
    draft->attributes[draft->attribute_count++] = attribute;
    return true;
}

static bool read_attributes(struct call *call, struct draft *draft, struct input input) {
    struct input attributes = input_map(input, "MessageAttributes");
    if (input_count(attributes) > SQS_MAXIMUM_MESSAGE_ATTRIBUTES) {
        return refuse(call, draft, &sqs_error_invalid_parameter,
                      "Number of message attributes [%zu] exceeds the allowed maximum [%d].",
                      input_count(attributes), SQS_MAXIMUM_MESSAGE_ATTRIBUTES);
    }
    for (struct input entry = input_first(attributes); entry.value; entry = input_next(entry)) {
        if (!read_attribute(call, draft, entry)) {
            return false;
        }
    }
    struct input system = input_map(input, "MessageSystemAttributes");
    for (struct input entry = input_first(system); entry.value; entry = input_next(entry)) {
        draft->trace_header = input_text(entry, "StringValue");
        draft->trace_was_given = true;
        if (draft->trace_header.size == 0 || !text_equals(input_text(entry, "DataType"), "String")) {
            return refuse(
                call, draft, &sqs_error_invalid_parameter,
                "Message (system) attribute 'AWSTraceHeader' must contain a non-empty value of type "
                "'String'.");
        }
    }
    if (!draft->trace_was_given && call->request) {
        draft->trace_header = http_request_header(call->request, "x-amzn-trace-id");
    }
    return true;
}

static bool check_id(struct call *call, struct draft *draft, struct text id, const char *parameter) {
    if (!id.data || sqs_group_id_is_valid(id)) {
        return true;
    }
    return refuse_value(
        call, draft, id, parameter,
        arena_printf(call->arena,
                     "%s can only include alphanumeric and punctuation characters. 1 to 128 in "
                     "length.",
                     parameter));
}

static bool check_delay(struct call *call, const struct sqs_queue *queue, struct draft *draft) {
    struct text shown = text_of(arena_printf(call->arena, "%lld", (long long)draft->delay_s));
    if (draft->delay_s < 0 || draft->delay_s > MAXIMUM_DELAY_S) {
        return refuse_value(call, draft, shown, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.");
    }
    if (queue->fifo && draft->delay_s > 0) {
        return refuse_value(call, draft, shown, "DelaySeconds",
                            "The request include parameter that is not valid for this queue type.");
    }
    return true;
}

/* Groups and deduplication, after what both kinds of queue check. */
static bool check_fifo(struct call *call, const struct sqs_queue *queue, struct draft *draft) {
    if (!queue->fifo) {
        if (draft->deduplication.data) {
            return refuse_value(call, draft, draft->deduplication, "MessageDeduplicationId",
                                "The request includes a parameter that is not valid for this queue type.");
        }
        return true;
    }
    if (!draft->group.data) {
        return refuse(call, draft, &sqs_error_missing_parameter,
                      "The request must contain the parameter MessageGroupId.");
    }
    if (!draft->deduplication.data) {
        if (!text_equals(sqs_attribute_value(queue, SQS_CONTENT_DEDUPLICATION), "true")) {
            return refuse(call, draft, &sqs_error_invalid_parameter,
                          "The queue should either have ContentBasedDeduplication enabled or "
                          "MessageDeduplicationId provided explicitly");
        }
        struct strbuf digest = STRBUF_INIT;
        crypto_append_digest_hex(&digest, DIGEST_SHA256, draft->body);
        draft->deduplication = arena_text(call->arena, strbuf_text(&digest));
        strbuf_release(&digest);
    }
    return true;
}

/* False: draft->refusal says why. */
static bool read_draft(struct call *call, const struct sqs_queue *queue, struct input input,
                       struct draft *draft) {
    *draft = (struct draft){
        .body = input_text(input, "MessageBody"),
        .group = input_text(input, "MessageGroupId"),
        .deduplication = input_text(input, "MessageDeduplicationId"),
        .delay_s = -1,
    };
    draft->size = draft->body.size;
    if (draft->body.size == 0) {
        return refuse(call, draft, &sqs_error_missing_parameter,
                      "The request must contain the parameter MessageBody.");
    }
    if (input_has(input, "DelaySeconds")) {
        draft->delay_s = input_integer(input, "DelaySeconds", 0);
        if (!check_delay(call, queue, draft)) {
            return false;
        }
    }
    if (!sqs_characters_are_valid(draft->body)) {
        return refuse(
            call, draft, &sqs_error_InvalidMessageContents,
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | "
            "#xE000 to #xFFFD | #x10000 to #x10FFFF");
    }
    if (!check_id(call, draft, draft->group, "MessageGroupId") ||
        !check_id(call, draft, draft->deduplication, "MessageDeduplicationId") ||
        !check_fifo(call, queue, draft) || !read_attributes(call, draft, input)) {
        return false;
    }
    int64_t limit = queue->numbers[SQS_MAXIMUM_MESSAGE_SIZE];
    if ((int64_t)draft->size > limit) {
        return refuse(call, draft, &sqs_error_invalid_parameter,
                      "One or more parameters are invalid. Reason: Message must be shorter than %lld bytes.",
                      (long long)limit);
    }
    return true;
}

/* ---- storing ---- */

/* What makes two sends one: the id, within the group when the queue's scope is that. */
static struct text accepted_key(struct call *call, const struct sqs_queue *queue, const struct draft *draft) {
    if (!sqs_scope_is_group(queue, call->now_ms)) {
        return text_of(arena_printf(call->arena, "q %.*s", TEXT_ARGUMENTS(draft->deduplication)));
    }
    return text_of(arena_printf(call->arena, "g %.*s %.*s", TEXT_ARGUMENTS(draft->group),
                                TEXT_ARGUMENTS(draft->deduplication)));
}

/* A send that was accepted before is answered as then and stores nothing. */
static bool is_duplicate(struct call *call, const struct sqs_queue *queue, struct text key,
                         struct sent *sent) {
    struct text uuid;
    if (!sqs_store_find_duplicate(call->store, queue->id, key, call->now_ms, &uuid, &sent->sequence)) {
        return false;
    }
    sent->uuid = arena_text_string(call->arena, uuid);
    return true;
}

static void store_message(struct call *call, struct sqs_queue *queue, const struct draft *draft,
                          struct text packed, const struct sent *sent) {
    int64_t delay_s = queue->fifo || draft->delay_s < 0 ? queue->numbers[SQS_DELAY_SECONDS] : draft->delay_s;
    struct sqs_message message = {
        .id = sqs_next_id(queue->state),
        .sent_ms = call->now_ms,
        .due_ms = call->now_ms + delay_s * 1000,
    };
    message.sequence = queue->fifo ? sent->sequence : 0;
    struct sqs_body body = {
        .uuid = text_of(sent->uuid),
        .body = draft->body,
        .body_md5 = sent->body_md5[0] ? text_of(sent->body_md5) : TEXT_NONE,
        .attributes = draft->attribute_count > 0 ? packed : TEXT_NONE,
        .attributes_md5 = draft->attribute_count > 0 ? text_of(sent->attributes_md5) : TEXT_NONE,
        .trace_header = draft->trace_header,
        .sender = text_of(call->identity.user_id ? call->identity.user_id : call->identity.account),
        .group = draft->group,
        .deduplication_id = draft->deduplication,
    };
    sqs_store_add_message(call->store, queue->id, &message, &body);
    sqs_index_add(queue->index, &message, draft->group, call->now_ms);
}

static void send_draft(struct call *call, struct sqs_queue *queue, struct draft *draft, struct sent *sent) {
    struct strbuf packed = STRBUF_INIT;
    struct text key = TEXT_NONE;
    *sent = (struct sent){0};
    if (call_output_is_wanted(call)) { /* else whoever receives it makes it */
        sqs_md5(draft->body, sent->body_md5);
    }
    if (draft->attribute_count > 0) {
        sqs_message_attributes_pack(&packed, draft->attributes, draft->attribute_count);
        sqs_md5(strbuf_text(&packed), sent->attributes_md5);
    }
    if (queue->fifo) {
        key = accepted_key(call, queue, draft);
        if (is_duplicate(call, queue, key, sent)) {
            strbuf_release(&packed);
            return;
        }
        sent->sequence = sqs_next_id(queue->state);
    }
    char *uuid = arena_alloc(call->arena, UUID_SIZE);
    ids_uuid(emulator_ids(call->emulator), uuid);
    sent->uuid = uuid;
    store_message(call, queue, draft, strbuf_text(&packed), sent);
    if (!queue->fifo && sqs_fault_is(call, "duplicate")) {
        store_message(call, queue, draft, strbuf_text(&packed), sent);
    }
    if (queue->fifo) {
        sqs_store_note_accepted(call->store, queue->id, key, call->now_ms, call->now_ms + DEDUPLICATION_MS,
                                uuid, sent->sequence);
    }
    strbuf_release(&packed);
}

/* ---- answers ---- */

static void write_sent(struct call *call, const struct sqs_queue *queue, const struct draft *draft,
                       const struct sent *sent) {
    struct output *out = call_output(call);
    output_string(out, "MessageId", sent->uuid);
    output_string(out, "MD5OfMessageBody", sent->body_md5);
    if (sent->attributes_md5[0]) {
        output_string(out, "MD5OfMessageAttributes", sent->attributes_md5);
    }
    if (draft->trace_was_given) {
        struct sqs_message_attribute trace = {TEXT("AWSTraceHeader"), TEXT("String"), draft->trace_header,
                                              false};
        struct strbuf packed = STRBUF_INIT;
        char md5[SQS_MD5_SIZE];
        sqs_message_attributes_pack(&packed, &trace, 1);
        sqs_md5(strbuf_text(&packed), md5);
        strbuf_release(&packed);
        output_string(out, "MD5OfMessageSystemAttributes", md5);
    }
    if (queue->fifo) {
        char sequence[SQS_SEQUENCE_SIZE];
        sqs_write_sequence(sequence, sent->sequence);
        output_string(out, "SequenceNumber", sequence);
    }
}

struct result sqs_send_message(struct call *call, struct input input) {
    struct result refusal;
    struct draft draft;
    struct sent sent;
    struct sqs_queue *queue = sqs_require_queue_at_rate(call, input, SQS_RATE_SEND, &refusal);
    if (!queue) {
        return refusal;
    }
    if (!read_draft(call, queue, input, &draft)) {
        return sqs_refuse(call, &draft.refusal);
    }
    send_draft(call, queue, &draft, &sent);
    if (call_output_is_wanted(call)) {
        write_sent(call, queue, &draft, &sent);
    }
    sqs_serve_waiters(queue, call->now_ms);
    return result_output();
}

/* What makes the whole batch fail although it is one entry's fault. */
static bool fails_whole_batch(const struct sqs_queue *queue, const struct draft *draft) {
    return queue->fifo && draft->body.size > 0 && draft->refusal.error &&
           (!draft->group.data || !draft->deduplication.data);
}

static bool read_drafts(struct call *call, const struct sqs_queue *queue, struct input entries,
                        struct draft *drafts, struct result *refusal) {
    size_t number = 0;
    size_t total = 0;
    for (struct input entry = input_first(entries); entry.value; entry = input_next(entry), number++) {
        struct draft *draft = &drafts[number];
        read_draft(call, queue, entry, draft);
        if (fails_whole_batch(queue, draft)) {
            *refusal = call_error(call, &sqs_error_invalid_parameter, "%s", draft->refusal.message);
            return false;
        }
        total += draft->size;
    }
    if (total > MAXIMUM_BATCH_BYTES) {
        *refusal = call_error(call, &sqs_error_BatchRequestTooLong,
                              "Batch requests cannot be longer than %d bytes. You have sent %zu bytes.",
                              MAXIMUM_BATCH_BYTES, total);
        return false;
    }
    return true;
}

struct result sqs_send_message_batch(struct call *call, struct input input) {
    struct result refusal;
    struct draft drafts[SQS_MAXIMUM_BATCH] = {0};
    struct sqs_refusal refusals[SQS_MAXIMUM_BATCH];
    struct input entries = input_list(input, "Entries");
    struct sqs_queue *queue = sqs_require_queue_at_rate(call, input, SQS_RATE_SEND, &refusal);
    if (!queue || !sqs_check_batch(call, entries, "SendMessageBatchRequestEntry", &refusal) ||
        !read_drafts(call, queue, entries, drafts, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    bool begun = false;
    size_t number = 0;
    for (struct input entry = input_first(entries); entry.value; entry = input_next(entry), number++) {
        struct sent sent;
        refusals[number] = drafts[number].refusal;
        if (refusals[number].error) {
            continue;
        }
        send_draft(call, queue, &drafts[number], &sent);
        if (!begun) {
            output_begin_list(out, "Successful");
            begun = true;
        }
        output_begin_structure(out, NULL);
        output_text(out, "Id", input_text(entry, "Id"));
        write_sent(call, queue, &drafts[number], &sent);
        output_end(out);
    }
    if (begun) {
        output_end(out);
    }
    sqs_write_failed(call, entries, refusals);
    sqs_serve_waiters(queue, call->now_ms);
    return result_output();
}
