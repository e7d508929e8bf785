/*
 * Filter policies of subscriptions: event patterns with SNS's own limits and texts. Pure: no emulator, no
 * store. Source: sns.md section 6.
 */
#ifndef STACKRIG_SNS_FILTER_POLICY_H
#define STACKRIG_SNS_FILTER_POLICY_H

#include "emulator/base/event_pattern.h"

enum filter_scope { FILTER_MESSAGE_ATTRIBUTES, FILTER_MESSAGE_BODY };

/*
 * NULL and *message when it is refused; the text is what stands after "FilterPolicy: ". Everything lives in
 * the arena; the source is copied.
 */
const struct event_pattern *filter_policy_read(struct arena *arena, struct text source,
                                               enum filter_scope scope, const char **message);

#endif
