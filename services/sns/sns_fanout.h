/*
 * Who gets a message, and as what. Source: sns.md sections 5 and 6.
 */
#ifndef STACKRIG_SNS_FANOUT_H
#define STACKRIG_SNS_FANOUT_H

#include "services/sns/sns_delivery.h"

/* Sends it to every subscriber whose filter lets it pass; only: NULL, or the one who replays. */
void sns_fan_out(struct sns_state *state, struct sns_batch *batch, const struct sns_topic *topic,
                 const struct sns_message *message, const char *only);
/* The text that MessageStructure json holds for this name ("sqs", "GCM"), else "default". */
struct text sns_text_for(const struct sns_message *message, const char *name);
/* GCM of .../endpoint/GCM/app/uuid. */
const char *sns_platform_of(struct arena *arena, struct text endpoint_arn);
/* {"Message":..,"Subject":..,"Attributes":{..}}: what is recorded instead of sent. In the arena. */
struct text sns_record_of(struct sns_state *state, struct arena *arena, const struct sns_message *message,
                          struct text text);

#endif
