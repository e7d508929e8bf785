/*
 * Event patterns as event source mappings filter with them: EventBridge's content filters over one record.
 * Pure.
 */
#ifndef STACKRIG_EVENT_PATTERN_H
#define STACKRIG_EVENT_PATTERN_H

#include "emulator/base/json_value.h"

/* An object whose leaves are lists of values and known filters. */
bool event_pattern_is_valid(const struct json_value *pattern);
bool event_pattern_matches(const struct json_value *pattern, const struct json_value *event);

#endif
