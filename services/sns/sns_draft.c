#include "services/sns/sns_draft.h"

#define MAXIMUM_SUBJECT 100
#define MAXIMUM_ATTRIBUTE_NAME 256

static bool refuse(struct call *call, struct sns_draft *draft, const struct error_shape *error,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

static bool refuse(struct call *call, struct sns_draft *draft, const struct error_shape *error,
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

/* The character at the beginning of UTF-8 text; of broken text its first byte. */
static unsigned first_character(struct text text) {
    unsigned char first = (unsigned char)text.data[0];
    size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    if (more == 0 || more >= text.size) {
        return first;
    }
    unsigned character = first & (0x3fU >> more);
    for (size_t i = 1; i <= more; i++) {
        character = character << 6 | ((unsigned char)text.data[i] & 0x3fU);
    }
    return character;
}

/* SNS has a text for each thing that a name may not be. */
static bool check_name(struct call *call, struct sns_draft *draft, struct text name) {
    if (name.size == 0) {
        return refuse(call, draft, INVALID_VALUE, "The message attribute name must not be empty.");
    }
    if (name.size > MAXIMUM_ATTRIBUTE_NAME) {
        return refuse(call, draft, INVALID_VALUE,
                      "Length of message attribute name must be less than 256 bytes.");
    }
    if (name.data[0] == '.') {
        return refuse(call, draft, INVALID_VALUE,
                      "Invalid message attribute name starting with character '.' was found.");
    }
    if (name.data[name.size - 1] == '.') {
        return refuse(call, draft, INVALID_VALUE,
                      "Invalid message attribute name ending with character '.' was found.");
    }
    for (size_t i = 0; i < name.size; i++) {
        struct text one = text_slice(name, i, 1);
        if (!text_is_made_of(one, SNS_NAME_CHARACTERS ".")) {
            return refuse(
                call, draft, INVALID_VALUE,
                "Invalid non-alphanumeric character '#x%X' was found in the message attribute name. "
                "Can only include alphanumeric characters, hyphens, underscores, or dots.",
                first_character(text_slice(name, i, name.size)));
        }
        if (name.data[i] == '.' && name.data[i - 1] == '.') { /* not the first one: see above */
            return refuse(call, draft, INVALID_VALUE,
                          "Message attribute name can not have successive '.' character.");
        }
    }
    return true;
}

static struct text base64_of(struct call *call, struct text bytes) {
    struct strbuf base64 = STRBUF_INIT;
    crypto_append_base64(&base64, bytes);
    struct text copy = arena_text(call->arena, strbuf_text(&base64));
    strbuf_release(&base64);
    return copy;
}

static bool check_value(struct call *call, struct sns_draft *draft, const struct sns_attribute *attribute) {
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
    return true;
}

static bool read_attribute(struct call *call, struct sns_draft *draft, struct input entry,
                           struct sns_attribute *attribute) {
    *attribute = (struct sns_attribute){.name = input_key(entry), .type = input_text(entry, "DataType")};
    if (!check_name(call, draft, attribute->name)) {
        return false;
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
    const char *field = attribute->binary ? "Binary" : "String";
    if (!input_has(entry, attribute->binary ? "BinaryValue" : "StringValue") &&
        input_has(entry, attribute->binary ? "StringValue" : "BinaryValue")) {
        return refuse(call, draft, INVALID_VALUE,
                      "The message attribute '%.*s' with type '%.*s' must use field '%s'.",
                      TEXT_ARGUMENTS(attribute->name), TEXT_ARGUMENTS(attribute->type), field);
    }
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

static bool read_attributes(struct call *call, struct sns_draft *draft, struct input input) {
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

static bool read_structure(struct call *call, struct sns_draft *draft, struct text structure) {
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

static bool check_fifo(struct call *call, const struct sns_topic *topic, struct sns_draft *draft) {
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
bool sns_read_draft(struct call *call, const struct sns_topic *topic, struct input input,
                    struct sns_draft *draft) {
    *draft = (struct sns_draft){.message = {
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
    if (message->subject.data && !subject_is_valid(message->subject)) {
        return refuse(call, draft, INVALID, "Invalid parameter: Subject");
    }
    return read_structure(call, draft, input_text(input, "MessageStructure")) &&
           read_attributes(call, draft, input) && check_fifo(call, topic, draft);
}
