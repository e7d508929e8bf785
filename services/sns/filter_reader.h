/* What reading a filter policy is made of; for filter_policy.c and filter_condition.c alone. */
#ifndef STACKRIG_SNS_FILTER_READER_H
#define STACKRIG_SNS_FILTER_READER_H

#include "services/sns/filter_policy.h"

struct filter_reader {
    struct arena *arena;
    struct text source; /* without blanks */
    const char *message;
};

/* Notes why; returns false. */
bool filter_refuse(struct filter_reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same with how far AWS's parser had read; `end`: the first byte that had not been read. */
bool filter_refuse_at(struct filter_reader *reader, const char *end, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Where the parser stands when it has seen this token: behind it, but in strings, objects and lists only
 * behind the first byte. */
const char *filter_after_token(const struct json_value *value);
const char *filter_after_value(const struct json_value *value);

/* The list of a key: at least one condition. False: the reader says why. */
bool filter_read_conditions(struct filter_reader *reader, const struct json_value *list,
                            struct filter_key *key);

#endif
