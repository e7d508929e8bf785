/*
 * Event patterns: the language that filters events in EventBridge, event source mappings and SNS (whose
 * filter policies add limits of their own). Pure. A pattern is an object of keys; a key holds a list of
 * conditions, an object of more keys or, named "$or", a list of alternatives. Keys with dots reach into
 * objects, and objects reach keys with dots. Source: EventBridge user guide, recorded answers.
 */
#ifndef STACKRIG_EVENT_PATTERN_H
#define STACKRIG_EVENT_PATTERN_H

#include "emulator/base/json_value.h"

enum pattern_operator {
    PATTERN_EQUALS,  /* the value itself: string, true, false or null; numbers are PATTERN_NUMERIC */
    PATTERN_EXACTLY, /* of strings alone */
    PATTERN_PREFIX,
    PATTERN_PREFIX_IGNORE_CASE,
    PATTERN_SUFFIX,
    PATTERN_SUFFIX_IGNORE_CASE,
    PATTERN_EQUALS_IGNORE_CASE,
    PATTERN_WILDCARD,
    PATTERN_ANYTHING_BUT,
    PATTERN_NUMERIC,
    PATTERN_CIDR,
    PATTERN_EXISTS,
};

struct pattern_condition {
    enum pattern_operator operator;
    enum json_type type; /* PATTERN_EQUALS: of the value */
    struct text text;
    bool exists;
    /* PATTERN_NUMERIC: low .. high, each end inside or not. */
    double low;
    double high;
    bool low_open;
    bool high_open;
    /* PATTERN_CIDR: 4 or 16 bytes. */
    unsigned char network[16];
    int network_size;
    int mask_bits;
    struct pattern_condition *excluded; /* PATTERN_ANYTHING_BUT: none of these */
    struct pattern_condition *next;
};

/* All keys must match. */
struct event_pattern {
    struct pattern_key *keys;
    struct event_pattern *next; /* the next alternative of an $or */
};

struct pattern_key {
    struct text name;
    struct pattern_condition *conditions; /* one of them must match; NULL: look at the others */
    struct event_pattern *object;         /* nested keys */
    struct event_pattern *alternatives;   /* $or: one of them must match */
    struct pattern_key *next;
};

/*
 * NULL and *message when it is refused, with the place that AWS's parser names. Borrows the source;
 * everything else lives in the arena.
 */
const struct event_pattern *event_pattern_read(struct arena *arena, struct text source, const char **message);

/* An event that is no object (or NULL) matches nothing. */
bool event_pattern_matches(const struct event_pattern *pattern, const struct json_value *event);

#endif
