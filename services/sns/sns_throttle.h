/*
 * maxReceivesPerSecond of a delivery policy: how many notifications an HTTP endpoint gets in a second. In
 * memory: after a restart a subscription begins a new second.
 */
#ifndef STACKRIG_SNS_THROTTLE_H
#define STACKRIG_SNS_THROTTLE_H

#include "services/sns/sns_state.h"

/* Takes the subscription's next place: when the attempt may be made, now_ms or later. */
int64_t sns_throttle_take(struct sns_state *state, struct text subscription_arn, int64_t per_second,
                          int64_t now_ms);
void sns_throttle_forget(struct sns_state *state);

#endif
