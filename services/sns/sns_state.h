/*
 * What SNS keeps in memory, all of it made from the tables: topics with their subscriptions as publishing
 * needs them, deliveries under way, the signing key. Texts of a topic live as long as the topic.
 */
#ifndef STACKRIG_SNS_STATE_H
#define STACKRIG_SNS_STATE_H

#include "emulator/base/crypto_rsa.h"
#include "emulator/core/emulator.h"
#include "services/sns/filter_policy.h"
#include "services/sns/sns_store.h"

enum sns_protocol {
    SNS_SQS,
    SNS_LAMBDA,
    SNS_HTTP,
    SNS_HTTPS,
    SNS_EMAIL,
    SNS_EMAIL_JSON,
    SNS_SMS,
    SNS_APPLICATION,
    SNS_FIREHOSE,
    SNS_PROTOCOL_COUNT
};

const char *sns_protocol_name(enum sns_protocol protocol);
/* False: SNS knows none of this name. */
bool sns_protocol_of(struct text name, enum sns_protocol *protocol);

/* A confirmed subscription as publishing needs it. */
struct sns_subscriber {
    struct text arn;
    struct text endpoint;
    struct text queue_url;              /* SNS_SQS */
    struct text unsubscribe_url;        /* JSON text, not quoted */
    struct identity target;             /* SNS in the endpoint's account and Region; SNS_SQS, SNS_LAMBDA */
    const struct event_pattern *filter; /* NULL: everything */
    enum filter_scope scope;
    enum sns_protocol protocol;
    bool raw;
    bool fifo;   /* the queue */
    bool logged; /* the topic wants records of such deliveries */
    struct sns_subscriber *next;
};

enum sns_feedback_kind {
    SNS_FEEDBACK_HTTP,
    SNS_FEEDBACK_SQS,
    SNS_FEEDBACK_LAMBDA,
    SNS_FEEDBACK_APPLICATION,
    SNS_FEEDBACK_FIREHOSE,
    SNS_FEEDBACK_COUNT
};

/* Whether deliveries are recorded in CloudWatch Logs, and in whose name (sns_status.h). */
struct sns_feedback {
    struct text success_role; /* absent: not */
    struct text failure_role;
    int64_t sample_rate; /* percent of the successes */
};

struct sns_topic {
    const char *arn;
    struct identity owner;              /* SNS in the topic's account and Region */
    struct sns_subscriber *subscribers; /* in order of their making */
    bool fifo;
    bool content_deduplication;
    bool group_scope; /* FifoThroughputScope MessageGroup */
    bool archived;
    int signature_version;
    struct sns_feedback feedback[SNS_FEEDBACK_COUNT];
    struct arena *arena;
    struct sns_topic *next;
};

struct sns_attribute {
    struct text name;
    struct text type;
    struct text value; /* binary: base64 */
    bool binary;
};

/* One published message. */
struct sns_message {
    const char *id;
    struct text topic_arn; /* absent: to a telephone or an endpoint */
    struct text subject;   /* absent: none */
    struct text text;
    const struct json_value *structure; /* MessageStructure json: texts by protocol; NULL */
    const struct sns_attribute *attributes;
    size_t attribute_count;
    struct text group;
    struct text deduplication;
    struct text trace_header;
    int64_t sequence; /* -1: not of a FIFO topic */
    int64_t time_ms;
    bool replayed;
};

#define SNS_SEQUENCE_SIZE 21
/* 20 digits. */
void sns_write_sequence(char text[SNS_SEQUENCE_SIZE], int64_t sequence);

#define SNS_TOPIC_BUCKETS 1024

struct sns_state {
    struct emulator *emulator;
    struct rsa_key *key;
    struct sns_topic *topics[SNS_TOPIC_BUCKETS];
    struct sns_batch *batches;      /* deliveries under way (sns_delivery.c) */
    struct sns_throttle *throttles; /* sns_throttle.c */
    struct strbuf scratch;
    task_id wake; /* looks for due deliveries */
    int64_t wake_ms;
    uint64_t generation; /* changes at reset and restore: answers from before mean nothing */
};

void *sns_state_open(struct emulator *emulator);
void sns_state_close(void *state);
void sns_state_resume(struct emulator *emulator, void *state);
struct sns_state *sns_state_of(struct emulator *emulator);
bool sns_knows_topic(struct sns_state *state, const char *arn);
/* Read from the tables at first need. NULL: no such topic. Until the next change of it. */
const struct sns_topic *sns_topic_of(struct sns_state *state, const char *arn);
/* Whoever changes a topic or one of its subscriptions says so. */
void sns_forget_topic(struct sns_state *state, const char *arn);

#endif
