/*
 * Delivery status logging: what became of a notification, as a record in CloudWatch Logs. A topic asks for it
 * by its attributes HTTPSuccessFeedbackRoleArn, HTTPSuccessFeedbackSampleRate, HTTPFailureFeedbackRoleArn and
 * the same for SQS, Lambda, Application and Firehose; a platform application by its own. Source: SNS developer
 * guide, "Message delivery status" and "Mobile app attributes".
 */
#ifndef STACKRIG_SNS_STATUS_H
#define STACKRIG_SNS_STATUS_H

#include "services/sns/sns_delivery.h"

/* What the topic's attributes say. */
void sns_feedback_read(struct store *store, struct sns_topic *topic);
/* Does the topic want records of this protocol's deliveries? */
bool sns_feedback_is_wanted(const struct sns_topic *topic, enum sns_protocol protocol);

/* What SQS or Lambda answered, for the record. */
void sns_status_note_reply(struct sns_delivery *delivery, const struct call_reply *reply);
/* The delivery is over: writes the record if the topic wants it, success by its sample rate. */
void sns_status_log(struct sns_state *state, const struct sns_delivery *delivery, bool success);

/* Of pushes, as a provider's answer. */
#define SNS_RECORDED_ONLY "recorded, not sent"

struct sns_push {
    struct text endpoint;
    struct text message_id;
    int64_t published_ms;
};

/* A push has gone out: writes the record that its platform application may want (SuccessFeedbackRoleArn). */
void sns_status_log_push(struct sns_state *state, const struct sns_push *push);

#endif
