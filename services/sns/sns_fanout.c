#include "services/sns/sns_fanout.h"

#include "emulator/base/arn.h"
#include "services/sns/sns.h"
#include "services/sns/sns_envelope.h"

struct fan_out {
    struct sns_state *state;
    struct sns_batch *batch;
    struct arena *arena; /* the batch's */
    const struct sns_topic *topic;
    const struct sns_message *message;
    struct sns_form *forms;
    const struct json_value *attributes; /* for filters; NULL until needed */
    struct text body_text;               /* of which `body` was read */
    const struct json_value *body;
};

/* ---- which text ---- */

struct text sns_text_for(const struct sns_message *message, const char *name) {
    if (!message->structure) {
        return message->text;
    }
    const struct json_value *member = json_find(message->structure, name);
    if (!member || member->type != JSON_VALUE_STRING) {
        member = json_find(message->structure, "default");
    }
    return member ? member->text : message->text;
}

const char *sns_platform_of(struct arena *arena, struct text endpoint_arn) {
    struct arn arn;
    if (!arn_parse(endpoint_arn, &arn)) {
        return "";
    }
    struct text rest = arn.resource;
    text_cut(&rest, '/');
    struct text platform = text_cut(&rest, '/');
    return platform.data ? arena_text_string(arena, platform) : "";
}

static struct text text_of_subscriber(struct fan_out *out, const struct sns_subscriber *subscriber) {
    if (!out->message->structure) {
        return out->message->text;
    }
    return sns_text_for(out->message, subscriber->protocol == SNS_APPLICATION
                                          ? sns_platform_of(out->arena, subscriber->endpoint)
                                          : sns_protocol_name(subscriber->protocol));
}

static struct sns_form *form_of(struct fan_out *out, struct text text) {
    for (struct sns_form *form = out->forms; form; form = form->next) {
        if (form->text.data == text.data && form->text.size == text.size) {
            return form;
        }
    }
    struct sns_form *form =
        sns_form_open(out->state, out->arena, out->message, text, out->topic->signature_version);
    form->next = out->forms;
    return out->forms = form;
}

/* ---- filters ---- */

/* What a filter on attributes looks at: binary ones and lists that are no JSON are as if absent. */
static const struct json_value *attributes_as_json(struct fan_out *out) {
    struct json_value *object = json_new(out->arena, JSON_VALUE_OBJECT);
    for (size_t i = 0; i < out->message->attribute_count; i++) {
        const struct sns_attribute *attribute = &out->message->attributes[i];
        struct json_value *value = NULL;
        if (attribute->binary) {
            continue;
        }
        if (text_starts_with(attribute->type, "String.Array")) {
            value = json_parse(out->arena, attribute->value, NULL);
            if (!value) {
                continue;
            }
        } else if (text_starts_with(attribute->type, "Number")) {
            value = json_new(out->arena, JSON_VALUE_NUMBER);
            value->text = attribute->value;
        }
        if (!value) {
            value = json_new_string(out->arena, attribute->value);
        }
        json_append_member(object, attribute->name, value);
    }
    return object;
}

static bool passes(struct fan_out *out, const struct sns_subscriber *subscriber, struct text text) {
    if (!subscriber->filter) {
        return true;
    }
    if (subscriber->scope == FILTER_MESSAGE_ATTRIBUTES) {
        if (!out->attributes) {
            out->attributes = attributes_as_json(out);
        }
        return event_pattern_matches(subscriber->filter, out->attributes);
    }
    if (out->body_text.data != text.data) {
        out->body_text = text;
        out->body = json_parse(out->arena, text, NULL);
    }
    return event_pattern_matches(subscriber->filter, out->body);
}

/* ---- one subscriber ---- */

struct text sns_record_of(struct sns_state *state, struct arena *arena, const struct sns_message *message,
                          struct text text) {
    struct strbuf *buffer = &state->scratch;
    strbuf_clear(buffer);
    strbuf_append_string(buffer, "{\"Message\":");
    json_write_string(buffer, text);
    if (message->subject.data) {
        strbuf_append_string(buffer, ",\"Subject\":");
        json_write_string(buffer, message->subject);
    }
    if (message->structure) {
        strbuf_append_string(buffer, ",\"MessageStructure\":\"json\"");
    }
    strbuf_append_string(buffer, ",\"Attributes\":");
    sns_write_attributes(buffer, message);
    strbuf_append_char(buffer, '}');
    struct text copy = arena_text(arena, strbuf_text(buffer));
    strbuf_clear(buffer);
    return copy;
}

static struct text payload_of(struct fan_out *out, const struct sns_subscriber *subscriber,
                              struct sns_form *form) {
    switch (subscriber->protocol) {
    case SNS_SQS:
    case SNS_HTTP:
    case SNS_HTTPS:
        return TEXT_NONE; /* the body */
    case SNS_LAMBDA:
        return sns_form_lambda_event(out->state, out->arena, form, out->message, subscriber);
    case SNS_EMAIL_JSON:
    case SNS_FIREHOSE:
        return sns_record_of(out->state, out->arena, out->message,
                             subscriber->raw ? form->text
                                             : sns_form_envelope(out->state, out->arena, form, subscriber));
    case SNS_EMAIL:
    case SNS_SMS:
    case SNS_APPLICATION:
    case SNS_PROTOCOL_COUNT:
        break;
    }
    return sns_record_of(out->state, out->arena, out->message, form->text);
}

static void send(struct fan_out *out, const struct sns_subscriber *subscriber, struct text text) {
    struct sns_form *form = form_of(out, text);
    struct sns_delivery_row row = {
        .topic_arn = text_of(out->message->topic_arn.data ? out->topic->arn : ""),
        .subscription_arn = subscriber->arn,
        .protocol = text_of(sns_protocol_name(subscriber->protocol)),
        .endpoint = subscriber->endpoint,
        .message_id = text_of(out->message->id),
        .kind = TEXT("Notification"),
        .payload = payload_of(out, subscriber, form),
        .body = sns_form_body(out->state, out->arena, form, subscriber),
        .extra = sns_extra_members(out->state, out->arena, out->message,
                                   subscriber->raw && subscriber->protocol != SNS_LAMBDA),
        .group = out->message->group,
        .deduplication = out->message->deduplication,
        .raw = subscriber->raw,
        .published_ms = out->message->time_ms,
    };
    bool at_once = subscriber->protocol == SNS_SQS || subscriber->protocol == SNS_LAMBDA;
    if (!at_once || (out->topic->fifo && row.group.data)) {
        sns_deliver_later(out->state, &row);
        return;
    }
    /* The topic may change before the answer comes. */
    if (row.body.data == out->message->text.data || out->message->structure) {
        row.body = arena_text(out->arena, row.body);
    }
    row.topic_arn = arena_text(out->arena, row.topic_arn);
    row.subscription_arn = arena_text(out->arena, row.subscription_arn);
    row.endpoint = arena_text(out->arena, row.endpoint);
    row.message_id = arena_text(out->arena, row.message_id);
    row.group = arena_text(out->arena, row.group);
    row.deduplication = arena_text(out->arena, row.deduplication);
    sns_batch_send(out->batch, &row, subscriber);
}

void sns_fan_out(struct sns_state *state, struct sns_batch *batch, const struct sns_topic *topic,
                 const struct sns_message *message, const char *only) {
    struct fan_out out = {
        .state = state,
        .batch = batch,
        .arena = sns_batch_arena(batch),
        .topic = topic,
        .message = message,
    };
    for (const struct sns_subscriber *subscriber = topic->subscribers; subscriber;
         subscriber = subscriber->next) {
        if (only && !text_equals(subscriber->arn, only)) {
            continue;
        }
        struct text text = text_of_subscriber(&out, subscriber);
        if (passes(&out, subscriber, text)) {
            send(&out, subscriber, text);
        }
    }
}
