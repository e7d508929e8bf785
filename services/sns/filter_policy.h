/*
 * Filter policies of subscriptions: read, checked with SNS's texts, and matched. Pure: no emulator, no store.
 * A policy is an object of keys; a key holds a list of conditions, an object of more keys (scope MessageBody)
 * or, named "$or", a list of alternatives. Source: sns.md section 6.
 */
#ifndef STACKRIG_SNS_FILTER_POLICY_H
#define STACKRIG_SNS_FILTER_POLICY_H

#include "emulator/base/json_value.h"

enum filter_scope { FILTER_MESSAGE_ATTRIBUTES, FILTER_MESSAGE_BODY };

enum filter_operator {
    FILTER_EQUALS, /* the value itself: string, true, false or null; numbers are FILTER_NUMERIC */
    FILTER_PREFIX,
    FILTER_SUFFIX,
    FILTER_EQUALS_IGNORE_CASE,
    FILTER_WILDCARD,
    FILTER_ANYTHING_BUT,
    FILTER_NUMERIC,
    FILTER_CIDR,
    FILTER_EXISTS,
};

struct filter_condition {
    enum filter_operator operator;
    enum json_type type; /* FILTER_EQUALS: of the value */
    struct text text;
    bool exists;
    /* FILTER_NUMERIC: low .. high, each end inside or not. */
    double low;
    double high;
    bool low_open;
    bool high_open;
    /* FILTER_CIDR: 4 or 16 bytes. */
    unsigned char network[16];
    int network_size;
    int mask_bits;
    struct filter_condition *excluded; /* FILTER_ANYTHING_BUT: none of these */
    struct filter_condition *next;
};

/* All keys must match. */
struct filter_object {
    struct filter_key *keys;
    struct filter_object *next; /* the next alternative of an $or */
};

struct filter_key {
    struct text name;
    struct filter_condition *conditions; /* one of them must match; NULL: look at the others */
    struct filter_object *object;        /* nested keys */
    struct filter_object *alternatives;  /* $or: one of them must match */
    struct filter_key *next;
};

/*
 * NULL and *message when it is refused; the text is what stands after "FilterPolicy: ". Everything lives in
 * the arena; the source is copied.
 */
const struct filter_object *filter_policy_read(struct arena *arena, struct text source,
                                               enum filter_scope scope, const char **message);

/*
 * subject: the message attributes or the body as an object; NULL or anything but an object matches nothing.
 */
bool filter_policy_matches(const struct filter_object *policy, const struct json_value *subject);

#endif
