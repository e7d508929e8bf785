/*
 * The forms in which a message reaches its subscribers, to the byte. Source: sns.md section 5.
 */
#ifndef STACKRIG_SNS_ENVELOPE_H
#define STACKRIG_SNS_ENVELOPE_H

#include "services/sns/sns_state.h"

/* One text of a message, ready for any number of subscribers: only the UnsubscribeURL differs between them.
 */
struct sns_form {
    struct text text;
    int signature_version;
    struct text head;        /* of the envelope, up to the UnsubscribeURL */
    struct text tail;        /* and what follows it */
    struct text lambda_head; /* of Lambda's event, without its subscription; absent until needed */
    struct text lambda_tail;
    struct sns_form *next;
};

/* In the arena. */
struct sns_form *sns_form_open(struct sns_state *state, struct arena *arena,
                               const struct sns_message *message, struct text text, int signature_version);
/* What a queue gets as the message's body. */
struct text sns_form_body(struct sns_state *state, struct arena *arena, const struct sns_form *form,
                          const struct sns_subscriber *subscriber);
/* What goes with it: attributes (raw delivery), trace header. Absent: nothing. */
struct text sns_extra_members(struct sns_state *state, struct arena *arena, const struct sns_message *message,
                              bool raw);
struct text sns_form_envelope(struct sns_state *state, struct arena *arena, const struct sns_form *form,
                              const struct sns_subscriber *subscriber);
struct text sns_form_lambda_event(struct sns_state *state, struct arena *arena, struct sns_form *form,
                                  const struct sns_message *message, const struct sns_subscriber *subscriber);
/* {"name":{"Type":..,"Value":..}} */
void sns_write_attributes(struct strbuf *buffer, const struct sns_message *message);
/* SubscriptionConfirmation or UnsubscribeConfirmation. */
struct text sns_confirmation(struct sns_state *state, struct arena *arena,
                             const struct sns_subscription *subscription, const char *type,
                             const char *message_id, int signature_version, int64_t now_ms);

#endif
