/* A message as receivers see it. Source: sqs.md section 5. */
#include "services/sqs/sqs_receive.h"

/* In the order AWS documents them; a receiver's wish is a set of these. */
static const char *const system_names[] = {
    "SenderId",
    "ApproximateFirstReceiveTimestamp",
    "ApproximateReceiveCount",
    "SentTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
};
enum {
    SENDER,
    FIRST_RECEIVE,
    RECEIVE_COUNT,
    SENT,
    SEQUENCE,
    DEDUPLICATION,
    GROUP,
    TRACE_HEADER,
    SOURCE_ARN,
    SYSTEM_COUNT
};

bool sqs_read_system_attributes(struct input names, unsigned *wanted, struct text *unknown) {
    for (struct input name = input_first(names); name.value; name = input_next(name)) {
        struct text text = input_as_text(name);
        if (text_equals(text, "All")) {
            *wanted = SQS_ALL_SYSTEM_ATTRIBUTES;
            continue;
        }
        unsigned i = 0;
        while (i < SYSTEM_COUNT && !text_equals(text, system_names[i])) {
            i++;
        }
        if (i < SYSTEM_COUNT) {
            *wanted |= 1u << i;
        } else if (sqs_attribute_find(text) < 0 && !sqs_attribute_is_read_only(text)) {
            *unknown = text;
            return false;
        }
    }
    return true;
}

static struct text format_number(char digits[24], int64_t number) {
    int size = snprintf(digits, 24, "%lld", (long long)number);
    return (struct text){digits, (size_t)size};
}

void sqs_each_system_attribute(const struct sqs_queue *queue, const struct sqs_message *message,
                               const struct sqs_body *body, unsigned wanted,
                               void (*write)(void *argument, const char *name, struct text value),
                               void *argument) {
    char first[24], count[24], sent[24], sequence[SQS_SEQUENCE_SIZE];
    sqs_write_sequence(sequence, message->sequence);
    const struct text values[SYSTEM_COUNT] = {
        [SENDER] = body->sender,
        [FIRST_RECEIVE] = format_number(first, message->first_receive_ms),
        [RECEIVE_COUNT] = format_number(count, message->receive_count),
        [SENT] = format_number(sent, message->sent_ms),
        [SEQUENCE] = queue->fifo ? text_of(sequence) : TEXT_NONE,
        [DEDUPLICATION] = body->deduplication_id,
        [GROUP] = body->group,
        [TRACE_HEADER] = body->trace_header,
        [SOURCE_ARN] = body->source_arn,
    };
    for (unsigned i = 0; i < SYSTEM_COUNT; i++) {
        if (wanted & 1u << i && values[i].data) {
            write(argument, system_names[i], values[i]);
        }
    }
}

static void write_system_attribute(void *argument, const char *name, struct text value) {
    output_text(argument, name, value);
}

static bool attribute_is_wanted(struct input names, struct text name) {
    for (struct input wanted = input_first(names); wanted.value; wanted = input_next(wanted)) {
        if (sqs_message_attribute_matches(input_as_text(wanted), name)) {
            return true;
        }
    }
    return false;
}

/* The wanted ones, and the digest of just these. */
static void write_attributes(struct output *out, struct input names, const struct sqs_body *body) {
    struct text rest = body->attributes;
    struct text piece;
    struct sqs_message_attribute attribute;
    struct strbuf shown = STRBUF_INIT;
    while (sqs_message_attributes_next(&rest, &attribute, &piece)) {
        if (!attribute_is_wanted(names, attribute.name)) {
            continue;
        }
        if (shown.size == 0) {
            output_begin_map(out, "MessageAttributes");
        }
        strbuf_append_text(&shown, piece);
        output_begin_structure(out, arena_text_string(out->arena, attribute.name));
        if (attribute.binary) {
            output_blob(out, "BinaryValue", attribute.value);
        } else {
            output_text(out, "StringValue", attribute.value);
        }
        output_text(out, "DataType", attribute.type);
        output_end(out);
    }
    if (shown.size > 0) {
        char md5[SQS_MD5_SIZE];
        output_end(out);
        sqs_md5(strbuf_text(&shown), md5);
        output_string(out, "MD5OfMessageAttributes", md5);
    }
    strbuf_release(&shown);
}

static void write_message(struct call *call, const struct sqs_queue *queue,
                          const struct sqs_receive_request *request, const struct sqs_message *message) {
    struct output *out = call_output(call);
    struct sqs_body body;
    char handle[SQS_RECEIPT_SIZE];
    struct sqs_receipt receipt = {queue->id, message->id, message->receipt};
    if (!sqs_store_body(call->store, message->id, &body)) {
        return;
    }
    sqs_receipt_write(handle, &receipt);
    output_begin_structure(out, NULL);
    output_text(out, "MessageId", body.uuid);
    output_text(out, "ReceiptHandle", (struct text){handle, sizeof(handle)});
    output_text(out, "MD5OfBody", body.body_md5);
    output_text(out, "Body", body.body);
    if (request->system_attributes) {
        output_begin_map(out, "Attributes");
        sqs_each_system_attribute(queue, message, &body, request->system_attributes, write_system_attribute,
                                  out);
        output_end(out);
    }
    if (body.attributes.size > 0 && request->attribute_names.value) {
        write_attributes(out, request->attribute_names, &body);
    }
    output_end(out);
}

void sqs_write_messages(struct call *call, const struct sqs_queue *queue,
                        const struct sqs_receive_request *request, struct sqs_message *const *messages,
                        size_t count) {
    struct output *out = call_output(call);
    output_begin_list(out, "Messages");
    for (size_t i = 0; i < count; i++) {
        write_message(call, queue, request, messages[i]);
    }
    output_end(out);
}
