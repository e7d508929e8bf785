/*
 * A state machine's allowed moves as a table. A move that is not in the table is a bug and dies at the
 * line that made it.
 */
#ifndef STACKRIG_TRANSITIONS_H
#define STACKRIG_TRANSITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct transition {
    uint8_t from;
    uint8_t to;
};

struct transition_table {
    const char *name; /* for the message */
    const char *const *state_names;
    const struct transition *rows;
    size_t row_count;
};

bool transition_allowed(const struct transition_table *table, int from, int to);
/* Dies, naming machine and both states, when the move is not allowed. */
void transition_check(const struct transition_table *table, int from, int to);

#endif
