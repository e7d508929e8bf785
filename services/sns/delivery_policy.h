/*
 * Delivery policies of topics and subscriptions, and when a failed delivery is tried again. Pure.
 * Source: sns.md sections 2, 3 and 7.
 */
#ifndef STACKRIG_SNS_DELIVERY_POLICY_H
#define STACKRIG_SNS_DELIVERY_POLICY_H

#include "emulator/base/arena.h"

/* In the form SNS shows them. NULL and *message (what stands behind "DeliveryPolicy: ") when refused. */
const char *delivery_policy_of_topic(struct arena *arena, struct text source, const char **message);
const char *delivery_policy_of_subscription(struct arena *arena, struct text source, const char **message);

/* With what the policies leave open filled in; either may be absent. */
const char *delivery_policy_effective_for_topic(struct arena *arena, struct text topic);
const char *delivery_policy_effective_for_subscription(struct arena *arena, struct text topic,
                                                       struct text subscription);

struct retry_plan {
    int64_t retries;
    int64_t no_delay;  /* of them, first at once */
    int64_t min_delay; /* then so many after minimum_s, then the backoff */
    int64_t max_delay; /* and so many at the end after maximum_s */
    int64_t minimum_s;
    int64_t maximum_s;
    enum retry_backoff { BACKOFF_LINEAR, BACKOFF_ARITHMETIC, BACKOFF_GEOMETRIC, BACKOFF_EXPONENTIAL } backoff;
    int64_t receives_per_second; /* throttle; 0: none */
    const char *content_type;    /* in the arena */
};

/* How an HTTP endpoint is served. */
struct retry_plan delivery_policy_plan(struct arena *arena, struct text topic, struct text subscription);
/* How long to wait after the n-th failed attempt (from 1); -1: give up. */
int64_t retry_plan_wait_ms(const struct retry_plan *plan, int64_t failed);
/* The same for SQS, Lambda and Firehose. */
int64_t retry_managed_wait_ms(int64_t failed);

#endif
