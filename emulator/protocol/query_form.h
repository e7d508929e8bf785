/*
 * A request of the query protocol: pairs of names and values, the names spelling paths
 * ("MessageAttribute.1.Value.DataType"). Sorted once, so that every step down a path is a search in a range
 * and no number in a name decides how much memory or time is used.
 */
#ifndef STACKRIG_QUERY_FORM_H
#define STACKRIG_QUERY_FORM_H

#include "emulator/base/arena.h"

struct form_pair {
    struct text name;  /* decoded */
    struct text value; /* decoded */
};

/* Pairs first .. end-1 share their names up to `offset`: everything below one node of the path. */
struct form_node {
    const struct form_pair *pairs;
    size_t first;
    size_t end;
    size_t offset; /* where the next part of the names begins */
};

/* Parses "a=b&c=d" texts (absent ones are skipped); of equal names the last counts. */
struct form_node form_parse(struct arena *arena, const struct text *sources, size_t count);
/* The node below that part of the path; first == end when there is none. `part` may hold dots. */
struct form_node form_child(struct form_node node, struct text part);
/* The value of this very name; absent when there are only longer ones. */
struct text form_value(struct form_node node);
/* Cuts the node of the next numbered part off *rest, in the order of the numbers. False: none is left. */
bool form_next_number(struct form_node *rest, struct form_node *child);

static inline bool form_exists(struct form_node node) {
    return node.first < node.end;
}

#endif
