#include "services/sns/sns_state.h"

#include "emulator/base/arn.h"
#include "emulator/base/die.h"
#include "services/sns/signing_key.h"
#include "services/sns/sns.h"
#include "services/sns/sns_delivery.h"
#include "services/sns/sns_status.h"
#include "services/sns/sns_throttle.h"

static const char *const protocol_names[SNS_PROTOCOL_COUNT] = {
    [SNS_SQS] = "sqs",           [SNS_LAMBDA] = "lambda",
    [SNS_HTTP] = "http",         [SNS_HTTPS] = "https",
    [SNS_EMAIL] = "email",       [SNS_EMAIL_JSON] = "email-json",
    [SNS_SMS] = "sms",           [SNS_APPLICATION] = "application",
    [SNS_FIREHOSE] = "firehose",
};

const char *sns_protocol_name(enum sns_protocol protocol) {
    return protocol_names[protocol];
}

bool sns_protocol_of(struct text name, enum sns_protocol *protocol) {
    for (int i = 0; i < SNS_PROTOCOL_COUNT; i++) {
        if (text_equals(name, protocol_names[i])) {
            *protocol = (enum sns_protocol)i;
            return true;
        }
    }
    return false;
}

/* ---- life ---- */

void *sns_state_open(struct emulator *emulator) {
    struct sns_state *state = xcalloc(1, sizeof(*state));
    state->emulator = emulator;
    state->scratch = STRBUF_INIT;
    return state;
}

static void forget_topics(struct sns_state *state) {
    for (size_t i = 0; i < SNS_TOPIC_BUCKETS; i++) {
        while (state->topics[i]) {
            struct sns_topic *topic = state->topics[i];
            state->topics[i] = topic->next;
            arena_close(topic->arena);
        }
    }
}

void sns_state_close(void *argument) {
    struct sns_state *state = argument;
    forget_topics(state);
    sns_forget_batches(state);
    sns_throttle_forget(state);
    rsa_key_close(state->key);
    strbuf_release(&state->scratch);
    free(state);
}

void sns_state_resume(struct emulator *emulator, void *argument) {
    struct sns_state *state = argument;
    (void)emulator;
    forget_topics(state);
    sns_forget_batches(state);
    sns_throttle_forget(state);
    sns_resume_deliveries(state);
}

struct sns_state *sns_state_of(struct emulator *emulator) {
    return service_state(emulator, &sns_service);
}

/* ---- topics ---- */

static size_t bucket_of(const char *arn) {
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (const char *byte = arn; *byte; byte++) {
        hash = (hash ^ (unsigned char)*byte) * 1099511628211u;
    }
    return hash % SNS_TOPIC_BUCKETS;
}

static struct text attribute(struct sns_state *state, struct sns_topic *topic, const char *arn,
                             const char *name) {
    return sns_store_attribute(emulator_store(state->emulator), topic->arena, arn, name);
}

static struct identity service_in(const struct arn *arn, struct arena *arena) {
    return identity_of_service("sns.amazonaws.com", arena_text_string(arena, arn->account),
                               arena_text_string(arena, arn->region));
}

static struct sns_subscriber *read_subscriber(struct sns_state *state, struct sns_topic *topic,
                                              const struct sns_subscription *row) {
    struct sns_subscriber *subscriber = arena_zalloc(topic->arena, sizeof(*subscriber));
    struct arn arn;
    const char *message;
    sns_protocol_of(text_of(row->protocol), &subscriber->protocol);
    subscriber->arn = text_of(row->arn);
    subscriber->endpoint = text_of(row->endpoint);
    subscriber->raw = text_equals(attribute(state, topic, row->arn, "RawMessageDelivery"), "true");
    subscriber->fifo = sns_is_fifo(row->endpoint);
    subscriber->logged = sns_feedback_is_wanted(topic, subscriber->protocol);
    subscriber->unsubscribe_url =
        text_of(arena_printf(topic->arena, "%s/?Action=Unsubscribe&SubscriptionArn=%s",
                             emulator_endpoint(state->emulator), row->arn));
    if ((subscriber->protocol == SNS_SQS || subscriber->protocol == SNS_LAMBDA) &&
        arn_parse(subscriber->endpoint, &arn)) {
        subscriber->target = service_in(&arn, topic->arena);
        subscriber->queue_url =
            text_of(arena_printf(topic->arena, "%s/%.*s/%.*s", emulator_endpoint(state->emulator),
                                 TEXT_ARGUMENTS(arn.account), TEXT_ARGUMENTS(arn.resource)));
    }
    struct text filter = attribute(state, topic, row->arn, "FilterPolicy");
    if (filter.data) {
        subscriber->scope = text_equals(attribute(state, topic, row->arn, "FilterPolicyScope"), "MessageBody")
                                ? FILTER_MESSAGE_BODY
                                : FILTER_MESSAGE_ATTRIBUTES;
        /* A scope set after a nested policy: read the policy as a body's, it simply will not match. */
        subscriber->filter = filter_policy_read(topic->arena, filter, FILTER_MESSAGE_BODY, &message);
    }
    return subscriber;
}

static void read_subscribers(struct sns_state *state, struct sns_topic *topic) {
    struct sns_subscriptions rows =
        sns_store_subscriptions_of(emulator_store(state->emulator), topic->arena, topic->arn, 0);
    struct sns_subscriber **last = &topic->subscribers;
    while (sns_subscriptions_next(&rows)) {
        if (rows.row.confirmed) {
            *last = read_subscriber(state, topic, &rows.row);
            last = &(*last)->next;
        }
    }
}

static struct sns_topic *read_topic(struct sns_state *state, const char *arn) {
    struct arn parts;
    if (!arn_parse(text_of(arn), &parts) || !sns_store_has_topic(emulator_store(state->emulator), arn)) {
        return NULL;
    }
    struct arena *arena = arena_open();
    struct sns_topic *topic = arena_zalloc(arena, sizeof(*topic));
    topic->arena = arena;
    topic->arn = arena_strdup(arena, arn);
    topic->fifo = sns_is_fifo(arn);
    topic->owner = service_in(&parts, arena);
    topic->content_deduplication =
        text_equals(attribute(state, topic, arn, "ContentBasedDeduplication"), "true");
    topic->group_scope = text_equals(attribute(state, topic, arn, "FifoThroughputScope"), "MessageGroup");
    topic->archived = attribute(state, topic, arn, "ArchivePolicy").size > 2;
    topic->signature_version = text_equals(attribute(state, topic, arn, "SignatureVersion"), "2") ? 2 : 1;
    sns_feedback_read(emulator_store(state->emulator), topic);
    read_subscribers(state, topic);
    return topic;
}

static struct sns_topic *find_topic(struct sns_state *state, const char *arn) {
    struct sns_topic *topic = state->topics[bucket_of(arn)];
    while (topic && strcmp(topic->arn, arn) != 0) {
        topic = topic->next;
    }
    return topic;
}

bool sns_knows_topic(struct sns_state *state, const char *arn) {
    return find_topic(state, arn) || sns_store_has_topic(emulator_store(state->emulator), arn);
}

const struct sns_topic *sns_topic_of(struct sns_state *state, const char *arn) {
    struct sns_topic *topic = find_topic(state, arn);
    if (!topic && (topic = read_topic(state, arn))) {
        struct sns_topic **bucket = &state->topics[bucket_of(arn)];
        topic->next = *bucket;
        *bucket = topic;
    }
    return topic;
}

void sns_forget_topic(struct sns_state *state, const char *arn) {
    for (struct sns_topic **place = &state->topics[bucket_of(arn)]; *place; place = &(*place)->next) {
        struct sns_topic *topic = *place;
        if (strcmp(topic->arn, arn) == 0) {
            *place = topic->next;
            arena_close(topic->arena);
            return;
        }
    }
}
