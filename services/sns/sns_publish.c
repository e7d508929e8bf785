/* Publish, PublishBatch. Source: sns.md section 4. */
#include "services/sns/sns.h"
#include "services/sns/sns_fanout.h"

#define MAXIMUM_BYTES 262144
#define MAXIMUM_SUBJECT 100
#define MAXIMUM_BATCH 10
#define DEDUPLICATION_MS (5 * 60 * 1000)
#define MAXIMUM_SMS_BYTES 1600

/* A message as the client wants it, checked. */
struct draft {
    struct sns_message message;
    size_t size;                     /* of text and attributes */
    const struct error_shape *error; /* NULL: good */
    const char *problem;
};

static bool refuse(struct call *call, struct draft *draft, const struct error_shape *error,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

static bool refuse(struct call *call, struct draft *draft, const struct error_shape *error,
                   const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    draft->error = error;
    draft->problem = arena_vprintf(call->arena, format, arguments);
    va_end(arguments);
    return false;
}

#define INVALID &sns_error_InvalidParameterException
#define INVALID_VALUE &sns_error_InvalidParameterValueException

/* ---- attributes ---- */

static bool type_is_valid(struct text type) {
    static const char *const prefixes[] = {"String", "Number", "Binary"};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (text_starts_with(type, prefixes[i])) {
            struct text rest = text_slice(type, strlen(prefixes[i]), type.size);
            return rest.size == 0 || (rest.data[0] == '.' && rest.size > 1);
        }
    }
    return false;
}

static bool name_is_valid(struct text name) {
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == '.' && (i == 0 || i + 1 == name.size || name.data[i - 1] == '.')) {
            return false;
        }
    }
    return text_is_made_of(name, SNS_NAME_CHARACTERS ".") && name.size > 0 && name.size <= 256;
}

static struct text base64_of(struct call *call, struct text bytes) {
    struct strbuf base64 = STRBUF_INIT;
    crypto_append_base64(&base64, bytes);
    struct text copy = arena_text(call->arena, strbuf_text(&base64));
    strbuf_release(&base64);
    return copy;
}

static bool check_value(struct call *call, struct draft *draft, const struct sns_attribute *attribute) {
    double number;
    if (attribute->value.size == 0) {
        return refuse(
            call, draft, INVALID_VALUE,
            "The message attribute '%.*s' must contain non-empty message attribute value for message "
            "attribute type '%.*s'.",
            TEXT_ARGUMENTS(attribute->name), TEXT_ARGUMENTS(attribute->type));
    }
    if (text_starts_with(attribute->type, "Number") && !text_to_double(attribute->value, &number)) {
        return refuse(call, draft, INVALID_VALUE, "Could not cast message attribute '%.*s' value to number.",
                      TEXT_ARGUMENTS(attribute->name));
    }
    if (text_equals(attribute->type, "String.Array")) {
        const struct json_value *list = json_parse(call->arena, attribute->value, NULL);
        if (!list || list->type != JSON_VALUE_ARRAY) {
            return refuse(call, draft, INVALID_VALUE,
                          "The message attribute '%.*s' of type 'String.Array' must contain a JSON array.",
                          TEXT_ARGUMENTS(attribute->name));
        }
    }
    return true;
}

static bool read_attribute(struct call *call, struct draft *draft, struct input entry,
                           struct sns_attribute *attribute) {
    *attribute = (struct sns_attribute){.name = input_key(entry), .type = input_text(entry, "DataType")};
    if (!name_is_valid(attribute->name)) {
        return refuse(
            call, draft, INVALID_VALUE,
            "The message attribute name '%.*s' is invalid. Attribute name can contain A-Z, a-z, 0-9, "
            "underscore (_), hyphen (-), and period (.) characters.",
            TEXT_ARGUMENTS(attribute->name));
    }
    if (attribute->type.size == 0) {
        return refuse(call, draft, INVALID_VALUE,
                      "The message attribute '%.*s' must contain non-empty message attribute type.",
                      TEXT_ARGUMENTS(attribute->name));
    }
    if (!type_is_valid(attribute->type)) {
        return refuse(
            call, draft, INVALID_VALUE,
            "The message attribute '%.*s' has an invalid message attribute type, the set of supported "
            "type prefixes is Binary, Number, and String.",
            TEXT_ARGUMENTS(attribute->name));
    }
    attribute->binary = text_starts_with(attribute->type, "Binary");
    if (attribute->binary) {
        struct text bytes = input_blob(entry, "BinaryValue");
        draft->size += bytes.size;
        attribute->value = base64_of(call, bytes);
    } else {
        attribute->value = input_text(entry, "StringValue");
        draft->size += attribute->value.size;
    }
    draft->size += attribute->name.size + attribute->type.size;
    return check_value(call, draft, attribute);
}

static bool read_attributes(struct call *call, struct draft *draft, struct input input) {
    struct input map = input_map(input, "MessageAttributes");
    size_t count = input_count(map);
    if (count == 0) {
        return true;
    }
    struct sns_attribute *attributes = arena_alloc(call->arena, count * sizeof(*attributes));
    draft->message.attributes = attributes;
    for (struct input entry = input_first(map); entry.value; entry = input_next(entry)) {
        if (!read_attribute(call, draft, entry, &attributes[draft->message.attribute_count++])) {
            return false;
        }
    }
    return true;
}

/* ---- subject, structure, FIFO ---- */

static bool subject_is_valid(struct text subject) {
    if (subject.size == 0 || subject.size > MAXIMUM_SUBJECT || subject.data[0] == ' ') {
        return false;
    }
    for (size_t i = 0; i < subject.size; i++) {
        unsigned char byte = (unsigned char)subject.data[i];
        if (byte < 0x20 || byte >= 0x7f) {
            return false;
        }
    }
    return true;
}

static bool read_structure(struct call *call, struct draft *draft, struct text structure) {
    if (!structure.data) {
        return true;
    }
    if (!text_equals(structure, "json")) {
        return refuse(call, draft, INVALID, "Invalid parameter: MessageStructure");
    }
    const struct json_value *json = json_parse(call->arena, draft->message.text, NULL);
    if (!json || json->type != JSON_VALUE_OBJECT) {
        return refuse(call, draft, INVALID,
                      "Invalid parameter: Message Structure - JSON message body failed to parse");
    }
    if (!json_find_text(json, "default").data) {
        return refuse(call, draft, INVALID,
                      "Invalid parameter: Message Structure - No default entry in JSON message body");
    }
    draft->message.structure = json;
    return true;
}

static bool id_is_valid(struct text id) {
    for (size_t i = 0; i < id.size; i++) {
        if (id.data[i] <= 0x20 || id.data[i] >= 0x7f) {
            return false;
        }
    }
    return id.size > 0 && id.size <= 128;
}

static bool check_fifo(struct call *call, const struct sns_topic *topic, struct draft *draft) {
    struct sns_message *message = &draft->message;
    if (message->group.data && !id_is_valid(message->group)) {
        return refuse(call, draft, INVALID, "Invalid parameter: MessageGroupId");
    }
    if (message->deduplication.data && !id_is_valid(message->deduplication)) {
        return refuse(call, draft, INVALID, "Invalid parameter: MessageDeduplicationId");
    }
    if (!topic || !topic->fifo) {
        return !message->deduplication.data ||
               refuse(call, draft, INVALID,
                      "Invalid parameter: MessageDeduplicationId Reason: The request includes "
                      "MessageDeduplicationId parameter that is not valid for this topic type");
    }
    if (!message->group.data) {
        return refuse(call, draft, INVALID,
                      "Invalid parameter: The MessageGroupId parameter is required for FIFO topics");
    }
    if (!message->deduplication.data && !topic->content_deduplication) {
        return refuse(call, draft, INVALID,
                      "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or "
                      "MessageDeduplicationId provided explicitly");
    }
    if (!message->deduplication.data) {
        struct strbuf digest = STRBUF_INIT;
        crypto_append_digest_hex(&digest, DIGEST_SHA256, message->text);
        message->deduplication = arena_text(call->arena, strbuf_text(&digest));
        strbuf_release(&digest);
    }
    return true;
}

/* topic: NULL for telephones and endpoints. False: draft->error and problem. */
static bool read_draft(struct call *call, const struct sns_topic *topic, struct input input,
                       struct draft *draft) {
    *draft = (struct draft){.message = {
                                .topic_arn = topic ? text_of(topic->arn) : TEXT_NONE,
                                .subject = input_text(input, "Subject"),
                                .text = input_text(input, "Message"),
                                .group = input_text(input, "MessageGroupId"),
                                .deduplication = input_text(input, "MessageDeduplicationId"),
                                .sequence = -1,
                                .time_ms = call->now_ms,
                            }};
    struct sns_message *message = &draft->message;
    if (call->request) {
        message->trace_header = http_request_header(call->request, "x-amzn-trace-id");
    }
    draft->size = message->text.size;
    if (message->text.size == 0) {
        return refuse(call, draft, INVALID, "Invalid parameter: Empty message");
    }
    if (message->text.size > MAXIMUM_BYTES) {
        return refuse(call, draft, INVALID, "Invalid parameter: Message too long");
    }
    if (message->subject.data && !subject_is_valid(message->subject)) {
        return refuse(call, draft, INVALID, "Invalid parameter: Subject");
    }
    if (!read_structure(call, draft, input_text(input, "MessageStructure")) ||
        !read_attributes(call, draft, input) || !check_fifo(call, topic, draft)) {
        return false;
    }
    return draft->size <= MAXIMUM_BYTES ||
           refuse(call, draft, INVALID, "Invalid parameter: Message too long");
}

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

static struct result publish_to_topic(struct call *call, struct text arn, const char *member,
                                      struct input input) {
    struct result refusal;
    struct draft draft;
    struct sns_state *state = sns_state_of(call->emulator);
    const char *name = sns_require_topic(call, arn, member, &refusal);
    if (!name) {
        return refusal;
    }
    const struct sns_topic *topic = sns_topic_of(state, name);
    if (!read_draft(call, topic, input, &draft)) {
        return call_error(call, draft.error, "%s", draft.problem);
    }
    struct sns_batch *batch = sns_batch_open(state, call);
    publish(call, batch, topic, &draft.message);
    write_published(call_output(call), &draft.message);
    return sns_batch_close(batch) ? result_output() : result_pending();
}

/* ---- to a telephone or an endpoint: recorded ---- */

static struct result record(struct call *call, const char *kind, struct text target, const char *name,
                            struct input input) {
    struct draft draft;
    struct sns_state *state = sns_state_of(call->emulator);
    if (!read_draft(call, NULL, input, &draft)) {
        return call_error(call, draft.error, "%s", draft.problem);
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

static void write_batch(struct call *call, struct input entries, const struct draft *drafts) {
    struct output *out = call_output(call);
    size_t number = 0;
    output_begin_list(out, "Successful");
    for (struct input entry = input_first(entries); entry.value; entry = input_next(entry), number++) {
        if (!drafts[number].error) {
            output_begin_structure(out, NULL);
            output_text(out, "Id", input_text(entry, "Id"));
            write_published(out, &drafts[number].message);
            output_end(out);
        }
    }
    output_end(out);
    number = 0;
    output_begin_list(out, "Failed");
    for (struct input entry = input_first(entries); entry.value; entry = input_next(entry), number++) {
        const struct error_shape *error = drafts[number].error;
        if (error) {
            output_begin_structure(out, NULL);
            output_text(out, "Id", input_text(entry, "Id"));
            output_string(out, "Code", error->code ? error->code : error->name);
            output_string(out, "Message", drafts[number].problem);
            output_boolean(out, "SenderFault", true);
            output_end(out);
        }
    }
    output_end(out);
}

struct result sns_publish_batch(struct call *call, struct input input) {
    struct result refusal;
    struct draft drafts[MAXIMUM_BATCH] = {0};
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
        read_draft(call, topic, entry, &drafts[number]);
        total += drafts[number].size;
    }
    if (total > MAXIMUM_BYTES) {
        return call_error(call, &sns_error_BatchRequestTooLongException,
                          "The length of all the messages put together is more than the limit.");
    }
    struct sns_batch *batch = sns_batch_open(state, call);
    for (size_t i = 0; i < number; i++) {
        if (!drafts[i].error) {
            publish(call, batch, topic, &drafts[i].message);
        }
    }
    write_batch(call, entries, drafts);
    return sns_batch_close(batch) ? result_output() : result_pending();
}
