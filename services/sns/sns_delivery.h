/*
 * Deliveries: one attempt, and what follows when it fails. What is handed to SQS and Lambda at once lives in
 * memory until the first answer (the Publish waits for it, so that nothing answered is ever lost); all else,
 * and every retry, is a row with a due time. Each attempt is a fault point ("sns", "Delivery").
 * Source: sns.md section 7.
 */
#ifndef STACKRIG_SNS_DELIVERY_H
#define STACKRIG_SNS_DELIVERY_H

#include "services/sns/delivery_policy.h"
#include "services/sns/sns_state.h"

/* Deliveries that a call waits for. */
struct sns_batch;

struct sns_batch *sns_batch_open(struct sns_state *state, struct call *call);
/* Where what is delivered must live. */
struct arena *sns_batch_arena(struct sns_batch *batch);
/* One that nothing was sent in. */
void sns_batch_discard(struct sns_batch *batch);
/* Hands it to SQS or Lambda. row->id is 0; its texts live in the batch's arena. */
void sns_batch_send(struct sns_batch *batch, const struct sns_delivery_row *row,
                    const struct sns_subscriber *subscriber);
/* True: all is done, the call may answer. False: the call is pending and is finished with its output later.
 */
bool sns_batch_close(struct sns_batch *batch);

/* Stores it, due now, behind what its group already waits for. */
void sns_deliver_later(struct sns_state *state, struct sns_delivery_row *row);
/* Asks an endpoint to confirm, or tells it that it has left. */
void sns_send_confirmation(struct emulator *emulator, const struct sns_subscription *subscription,
                           const char *type);

/* Reset, restore, close: what was under way is nobody's. */
void sns_forget_batches(struct sns_state *state);
void sns_resume_deliveries(struct sns_state *state);

/* ---- for sns_attempt.c and sns_delivery.c ---- */

struct sns_delivery {
    struct sns_batch *batch;
    struct sns_delivery_row row;
    struct identity target;
    struct text queue_url;
    struct retry_plan plan; /* SNS_HTTP, SNS_HTTPS */
    /* For the record of its status (sns_status.h). */
    bool logged;
    int status;           /* 0: nobody answered */
    struct text response; /* absent: nothing to tell */
    int64_t attempted_ms;
};

enum sns_outcome { SNS_DELIVERED, SNS_TRY_AGAIN, SNS_REFUSED };

/* Starts the attempt; sns_attempt_ended() follows, now or in a later turn. */
void sns_attempt(struct sns_state *state, struct sns_delivery *delivery);
/* Hands it to the queue named, as a dead letter; sns_dead_letter_ended() follows whatever happens. */
void sns_attempt_dead_letter(struct sns_state *state, struct sns_delivery *delivery, struct text queue_arn);
void sns_attempt_ended(struct sns_state *state, struct sns_delivery *delivery, enum sns_outcome outcome);
void sns_dead_letter_ended(struct sns_state *state, struct sns_delivery *delivery);
/* A fault rule wants it later. */
void sns_attempt_delayed(struct sns_state *state, struct sns_delivery *delivery, int64_t delay_ms);
struct sns_state *sns_delivery_state(const struct sns_delivery *delivery);
/* Lives until the delivery has ended. */
struct arena *sns_delivery_arena(const struct sns_delivery *delivery);
/* What happened, for the trace. */
void sns_trace(struct sns_state *state, const struct sns_delivery *delivery, const char *event,
               const char *problem);

#endif
