#include "services/sns/sns_envelope.h"

#include "services/sns/signing_key.h"

/* ---- pieces ---- */

static struct text taken(struct arena *arena, struct strbuf *buffer) {
    struct text text = arena_text(arena, strbuf_text(buffer));
    strbuf_clear(buffer);
    return text;
}

/* "name" : "value", on a line of its own. */
static void append_line(struct strbuf *buffer, const char *name, struct text value) {
    strbuf_append_string(buffer, buffer->size > 1 ? ",\n  \"" : "\n  \"");
    strbuf_append_string(buffer, name);
    strbuf_append_string(buffer, "\" : ");
    json_write_string(buffer, value);
}

static void append_signed_line(struct strbuf *buffer, const char *name, struct text value) {
    strbuf_append_string(buffer, name);
    strbuf_append_char(buffer, '\n');
    strbuf_append_text(buffer, value);
    strbuf_append_char(buffer, '\n');
}

static struct text timestamp(struct arena *arena, int64_t time_ms) {
    struct strbuf text = STRBUF_INIT;
    clock_format_iso_ms(&text, time_ms);
    struct text copy = arena_text(arena, strbuf_text(&text));
    strbuf_release(&text);
    return copy;
}

static struct text certificate_url(struct sns_state *state, struct arena *arena) {
    return text_of(arena_printf(arena, "%s" SIGNING_CERTIFICATE_PATH, emulator_endpoint(state->emulator)));
}

static struct text sign(struct sns_state *state, struct arena *arena, struct text text, int version) {
    struct strbuf signature = STRBUF_INIT;
    if (!state->key) {
        state->key = signing_key_open();
    }
    rsa_append_signature(&signature, state->key, version == 2 ? DIGEST_SHA256 : DIGEST_SHA1, text);
    struct text copy = arena_text(arena, strbuf_text(&signature));
    strbuf_release(&signature);
    return copy;
}

static struct text sign_notification(struct sns_state *state, struct arena *arena,
                                     const struct sns_message *message, struct text text, int version) {
    struct strbuf *lines = &state->scratch;
    strbuf_clear(lines);
    append_signed_line(lines, "Message", text);
    append_signed_line(lines, "MessageId", text_of(message->id));
    if (message->subject.data) {
        append_signed_line(lines, "Subject", message->subject);
    }
    append_signed_line(lines, "Timestamp", timestamp(arena, message->time_ms));
    append_signed_line(lines, "TopicArn", message->topic_arn);
    append_signed_line(lines, "Type", TEXT("Notification"));
    struct text signature = sign(state, arena, strbuf_text(lines), version);
    strbuf_clear(lines);
    return signature;
}

static void append_attribute(struct strbuf *buffer, const struct sns_attribute *attribute) {
    strbuf_append_string(buffer, "{\"Type\":");
    json_write_string(buffer, attribute->type);
    strbuf_append_string(buffer, ",\"Value\":");
    json_write_string(buffer, attribute->value);
    strbuf_append_char(buffer, '}');
}

void sns_write_attributes(struct strbuf *buffer, const struct sns_message *message) {
    strbuf_append_char(buffer, '{');
    for (size_t i = 0; i < message->attribute_count; i++) {
        if (i > 0) {
            strbuf_append_char(buffer, ',');
        }
        json_write_string(buffer, message->attributes[i].name);
        strbuf_append_char(buffer, ':');
        append_attribute(buffer, &message->attributes[i]);
    }
    strbuf_append_char(buffer, '}');
}

/* ---- the envelope ---- */

static void append_tail(struct strbuf *buffer, const struct sns_message *message) {
    strbuf_append_char(buffer, '"');
    if (message->attribute_count > 0) {
        strbuf_append_string(buffer, ",\n  \"MessageAttributes\" : {");
        for (size_t i = 0; i < message->attribute_count; i++) {
            strbuf_append_string(buffer, i > 0 ? ",\n    " : "\n    ");
            json_write_string(buffer, message->attributes[i].name);
            strbuf_append_string(buffer, " : ");
            append_attribute(buffer, &message->attributes[i]);
        }
        strbuf_append_string(buffer, "\n  }");
    }
    if (message->replayed) {
        strbuf_append_string(buffer, ",\n  \"Replayed\" : true");
    }
    strbuf_append_string(buffer, "\n}");
}

struct sns_form *sns_form_open(struct sns_state *state, struct arena *arena,
                               const struct sns_message *message, struct text text, int signature_version) {
    struct sns_form *form = arena_zalloc(arena, sizeof(*form));
    struct text signature = TEXT_NONE;
    form->text = text;
    form->signature_version = signature_version;
    if (message->sequence < 0) {
        signature = sign_notification(state, arena, message, text, signature_version);
    }
    struct strbuf *buffer = &state->scratch;
    strbuf_clear(buffer);
    strbuf_append_char(buffer, '{');
    append_line(buffer, "Type", TEXT("Notification"));
    append_line(buffer, "MessageId", text_of(message->id));
    if (message->sequence >= 0) {
        char sequence[SNS_SEQUENCE_SIZE];
        sns_write_sequence(sequence, message->sequence);
        append_line(buffer, "SequenceNumber", text_of(sequence));
    }
    append_line(buffer, "TopicArn", message->topic_arn);
    if (message->subject.data) {
        append_line(buffer, "Subject", message->subject);
    }
    append_line(buffer, "Message", text);
    append_line(buffer, "Timestamp", timestamp(arena, message->time_ms));
    if (message->sequence < 0) {
        append_line(buffer, "SignatureVersion", signature_version == 2 ? TEXT("2") : TEXT("1"));
        append_line(buffer, "Signature", signature);
        append_line(buffer, "SigningCertURL", certificate_url(state, arena));
    }
    strbuf_append_string(buffer, ",\n  \"UnsubscribeURL\" : \"");
    form->head = taken(arena, buffer);
    append_tail(buffer, message);
    form->tail = taken(arena, buffer);
    return form;
}

struct text sns_form_envelope(struct sns_state *state, struct arena *arena, const struct sns_form *form,
                              const struct sns_subscriber *subscriber) {
    struct strbuf *buffer = &state->scratch;
    strbuf_clear(buffer);
    strbuf_append_text(buffer, form->head);
    strbuf_append_text(buffer, subscriber->unsubscribe_url);
    strbuf_append_text(buffer, form->tail);
    return taken(arena, buffer);
}

/* ---- queues ---- */

struct text sns_form_body(struct sns_state *state, struct arena *arena, const struct sns_form *form,
                          const struct sns_subscriber *subscriber) {
    bool raw = subscriber->raw && subscriber->protocol != SNS_LAMBDA;
    return raw ? form->text : sns_form_envelope(state, arena, form, subscriber);
}

static void append_queue_attributes(struct strbuf *buffer, const struct sns_message *message) {
    for (size_t i = 0; i < message->attribute_count; i++) {
        const struct sns_attribute *attribute = &message->attributes[i];
        strbuf_append_string(buffer, i == 0 ? "\"MessageAttributes\":{" : ",");
        json_write_string(buffer, attribute->name);
        strbuf_append_string(buffer, ":{\"DataType\":");
        json_write_string(buffer, attribute->type);
        strbuf_append_string(buffer, attribute->binary ? ",\"BinaryValue\":" : ",\"StringValue\":");
        json_write_string(buffer, attribute->value);
        strbuf_append_char(buffer, '}');
    }
    strbuf_append_char(buffer, '}');
}

struct text sns_extra_members(struct sns_state *state, struct arena *arena, const struct sns_message *message,
                              bool raw) {
    struct strbuf *buffer = &state->scratch;
    bool attributes = raw && message->attribute_count > 0;
    if (!attributes && !message->trace_header.data) {
        return TEXT_NONE;
    }
    strbuf_clear(buffer);
    strbuf_append_char(buffer, '{');
    if (attributes) {
        append_queue_attributes(buffer, message);
    }
    if (message->trace_header.data) {
        strbuf_append_string(buffer, attributes ? "," : "");
        strbuf_append_string(buffer, "\"MessageSystemAttributes\":{\"AWSTraceHeader\":{\"DataType\":"
                                     "\"String\",\"StringValue\":");
        json_write_string(buffer, message->trace_header);
        strbuf_append_string(buffer, "}}");
    }
    strbuf_append_char(buffer, '}');
    return taken(arena, buffer);
}

/* ---- Lambda: other spellings; says version 1 whatever signed it, as AWS does ---- */

static void append_member(struct strbuf *buffer, const char *name, struct text value) {
    strbuf_printf(buffer, ",\"%s\":", name);
    if (value.data) {
        json_write_string(buffer, value);
    } else {
        strbuf_append_string(buffer, "null");
    }
}

struct text sns_form_lambda_event(struct sns_state *state, struct arena *arena, struct sns_form *form,
                                  const struct sns_message *message,
                                  const struct sns_subscriber *subscriber) {
    struct strbuf *buffer = &state->scratch;
    if (!form->lambda_head.data) {
        struct text signature = sign_notification(state, arena, message, form->text, form->signature_version);
        strbuf_clear(buffer);
        strbuf_append_string(buffer, "\",\"Sns\":{\"Type\":\"Notification\"");
        append_member(buffer, "MessageId", text_of(message->id));
        append_member(buffer, "TopicArn", message->topic_arn);
        append_member(buffer, "Subject", message->subject);
        append_member(buffer, "Message", form->text);
        append_member(buffer, "Timestamp", timestamp(arena, message->time_ms));
        append_member(buffer, "SignatureVersion", TEXT("1"));
        append_member(buffer, "Signature", signature);
        append_member(buffer, "SigningCertUrl", certificate_url(state, arena));
        strbuf_append_string(buffer, ",\"UnsubscribeUrl\":\"");
        form->lambda_head = taken(arena, buffer);
        strbuf_append_string(buffer, "\",\"MessageAttributes\":");
        sns_write_attributes(buffer, message);
        strbuf_append_string(buffer, "}}]}");
        form->lambda_tail = taken(arena, buffer);
    }
    strbuf_clear(buffer);
    strbuf_append_string(buffer, "{\"Records\":[{\"EventSource\":\"aws:sns\",\"EventVersion\":\"1.0\","
                                 "\"EventSubscriptionArn\":\"");
    strbuf_append_text(buffer, subscriber->arn);
    strbuf_append_text(buffer, form->lambda_head);
    strbuf_append_text(buffer, subscriber->unsubscribe_url);
    strbuf_append_text(buffer, form->lambda_tail);
    return taken(arena, buffer);
}

/* ---- confirmations ---- */

struct text sns_confirmation(struct sns_state *state, struct arena *arena,
                             const struct sns_subscription *subscription, const char *type,
                             const char *message_id, int signature_version, int64_t now_ms) {
    bool leaving = strcmp(type, "UnsubscribeConfirmation") == 0;
    const char *text = arena_printf(
        arena,
        leaving ? "You have chosen to deactivate subscription %s.\nTo cancel this operation and restore the "
                  "subscription, visit the SubscribeURL included in this message."
                : "You have chosen to subscribe to the topic %s.\nTo confirm the subscription, visit the "
                  "SubscribeURL included in this message.",
        leaving ? subscription->arn : subscription->topic_arn);
    const char *url =
        arena_printf(arena, "%s/?Action=ConfirmSubscription&TopicArn=%s&Token=%s",
                     emulator_endpoint(state->emulator), subscription->topic_arn, subscription->token);
    struct text time = timestamp(arena, now_ms);
    struct strbuf *buffer = &state->scratch;
    strbuf_clear(buffer);
    append_signed_line(buffer, "Message", text_of(text));
    append_signed_line(buffer, "MessageId", text_of(message_id));
    append_signed_line(buffer, "SubscribeURL", text_of(url));
    append_signed_line(buffer, "Timestamp", time);
    append_signed_line(buffer, "Token", text_of(subscription->token));
    append_signed_line(buffer, "TopicArn", text_of(subscription->topic_arn));
    append_signed_line(buffer, "Type", text_of(type));
    struct text signature = sign(state, arena, strbuf_text(buffer), signature_version);
    strbuf_clear(buffer);
    strbuf_append_char(buffer, '{');
    append_line(buffer, "Type", text_of(type));
    append_line(buffer, "MessageId", text_of(message_id));
    append_line(buffer, "Token", text_of(subscription->token));
    append_line(buffer, "TopicArn", text_of(subscription->topic_arn));
    append_line(buffer, "Message", text_of(text));
    append_line(buffer, "SubscribeURL", text_of(url));
    append_line(buffer, "Timestamp", time);
    append_line(buffer, "SignatureVersion", signature_version == 2 ? TEXT("2") : TEXT("1"));
    append_line(buffer, "Signature", signature);
    append_line(buffer, "SigningCertURL", certificate_url(state, arena));
    strbuf_append_string(buffer, "\n}");
    return taken(arena, buffer);
}
