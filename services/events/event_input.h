/*
 * What a target of a rule gets for an event: the event itself, a constant, a part of it, or a template filled
 * from it. Pure. Source: EventBridge user guide "Input transformation", recorded answers.
 */
#ifndef STACKRIG_EVENT_INPUT_H
#define STACKRIG_EVENT_INPUT_H

#include "emulator/base/json_value.h"

struct event_input_source {
    struct text event;              /* the envelope */
    const struct json_value *value; /* the same, parsed */
    const char *rule_arn;
    const char *rule_name;
    int64_t now_ms; /* for <aws.events.event.ingestion-time> */
};

/* target: the Target as PutTargets got it. Absent: the template gives no JSON, and nothing is delivered. */
struct text event_input_make(struct arena *arena, const struct json_value *target,
                             const struct event_input_source *source);
/* The name of a placeholder in the template that is neither in the map nor AWS's own; absent: all are known.
 */
struct text event_input_unknown_placeholder(struct text template, const struct json_value *paths);
/* "$", "$.detail.a", "$.a[0]", "$['a b']". */
bool event_input_path_is_valid(struct text path);

#endif
