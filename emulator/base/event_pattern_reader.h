/* What reading a filter policy is made of; for filter_policy.c and pattern_condition.c alone. */
#ifndef STACKRIG_EVENT_PATTERN_READER_H
#define STACKRIG_EVENT_PATTERN_READER_H

#include "emulator/base/event_pattern.h"

struct pattern_reader {
    struct arena *arena;
    struct text source;
    const char *message;
};

/* Notes why; returns false. */
bool pattern_refuse(struct pattern_reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same with how far AWS's parser had read; `end`: the first byte that had not been read. */
bool pattern_refuse_at(struct pattern_reader *reader, const char *end, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Where the parser stands when it has seen this token: behind it, but in strings, objects and lists only
 * behind the first byte. */
const char *pattern_after_token(const struct json_value *value);
const char *pattern_after_value(const struct json_value *value);

/* The list of a key: at least one condition. False: the reader says why. */
bool pattern_read_conditions(struct pattern_reader *reader, const struct json_value *list,
                             struct pattern_key *key);

#endif
