/* What all handlers share: whose, which topic, and SNS's way of refusing. */
#include <ctype.h>

#include "services/sns/sns.h"

struct sns_scope sns_scope_of(const struct call *call) {
    return (struct sns_scope){call->identity.account, call->identity.region};
}

struct result sns_invalid(struct call *call, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *text = arena_vprintf(call->arena, format, arguments);
    va_end(arguments);
    return call_error(call, &sns_error_InvalidParameterException, "Invalid parameter: %s", text);
}

struct result sns_no_such_topic(struct call *call) {
    return call_error(call, &sns_error_NotFoundException, "Topic does not exist");
}

/* SNS looks at ARNs itself; the rest is checked before it. */
struct result sns_validation_failed(struct call *call, struct input input, const char *message) {
    static const char *const names[] = {"TopicArn", "SubscriptionArn", "ResourceArn"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct shape_member *member = shape_member(input.shape, text_of(names[i]));
        if (member && member->required && !input_has(input, names[i])) {
            return sns_invalid(call, "%s Reason: no value for required parameter", names[i]);
        }
    }
    return call_error(call, &error_validation_error, "%s", message);
}

bool sns_is_fifo(const char *arn) {
    return text_ends_with(text_of(arn), ".fifo");
}

bool sns_read_arn(struct call *call, struct text text, const char *member, struct arn *arn,
                  struct result *refusal) {
    int elements = 1;
    for (size_t i = 0; i < text.size; i++) {
        elements += text.data[i] == ':';
    }
    if (!text.data) {
        *refusal = sns_invalid(call, "%s Reason: no value for required parameter", member);
        return false;
    }
    if (elements < 6) {
        *refusal =
            sns_invalid(call, "%s Reason: An ARN must have at least 6 elements, not %d", member, elements);
        return false;
    }
    if (!arn_parse(text, arn) || !text_equals(arn->service, "sns")) {
        *refusal = sns_invalid(call, "%s", member);
        return false;
    }
    return true;
}

static bool is_uuid(struct text text) {
    for (size_t i = 0; i < text.size; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text.data[i] != '-' : !isxdigit((unsigned char)text.data[i])) {
            return false;
        }
    }
    return text.size == UUID_SIZE - 1;
}

bool sns_read_subscription_arn(struct call *call, struct text text, struct arn *arn, struct result *refusal) {
    if (!sns_read_arn(call, text, "SubscriptionArn", arn, refusal)) {
        return false;
    }
    ptrdiff_t colon = text_find_char(arn->resource, ':');
    if (colon < 0 || !is_uuid(text_slice(arn->resource, (size_t)colon + 1, arn->resource.size))) {
        *refusal = sns_invalid(call, "SubscriptionId");
        return false;
    }
    return true;
}

const char *sns_require_topic(struct call *call, struct text text, const char *member,
                              struct result *refusal) {
    static const struct error_shape other_account = {.name = "InvalidClientTokenId", .status = 403};
    struct arn arn;
    if (!sns_read_arn(call, text, member, &arn, refusal)) {
        return NULL;
    }
    if (!text_equals(arn.region, call->identity.region)) {
        *refusal = sns_invalid(call, "%s", member);
        return NULL;
    }
    const char *topic = arena_text_string(call->arena, text);
    if (!sns_knows_topic(sns_state_of(call->emulator), topic)) {
        *refusal =
            text_equals(arn.account, call->identity.account)
                ? sns_no_such_topic(call)
                : call_error(call, &other_account, "The security token included in the request is invalid.");
        return NULL;
    }
    return topic;
}

void sns_write_next_token(struct call *call, const char *member, const char *after) {
    struct strbuf token = STRBUF_INIT;
    crypto_append_base64(&token, text_of(after));
    output_text(call_output(call), member, strbuf_text(&token));
    strbuf_release(&token);
}

bool sns_read_next_token(struct call *call, struct text token, struct text *after, struct result *refusal) {
    struct strbuf text = STRBUF_INIT;
    *after = TEXT_NONE;
    bool good = token.size == 0 || crypto_append_unbase64(&text, token);
    if (good && token.size > 0) {
        *after = arena_text(call->arena, strbuf_text(&text));
    }
    strbuf_release(&text);
    if (!good) {
        *refusal = sns_invalid(call, "NextToken");
    }
    return good;
}

bool sns_phone_number_is_valid(struct text number) {
    size_t digits = 0;
    bool after_punctuation = true; /* neither first nor last, nor two in a row */
    for (size_t i = 0; i < number.size; i++) {
        char byte = number.data[i];
        if (byte == '+' && i == 0) {
            continue;
        }
        bool punctuation = byte == '-' || byte == '.' || byte == '/';
        if (byte >= '0' && byte <= '9') {
            digits++;
        } else if (punctuation ? after_punctuation : byte != ' ' && byte != '(' && byte != ')') {
            return false;
        }
        after_punctuation = punctuation;
    }
    return digits >= 3 && digits <= 15 && !after_punctuation;
}

void sns_write_sequence(char text[SNS_SEQUENCE_SIZE], int64_t sequence) {
    snprintf(text, SNS_SEQUENCE_SIZE, "1%019lld", (long long)sequence);
}
