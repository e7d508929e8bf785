/* Conditions of JSON filter patterns and of column patterns: parsing and evaluation. Used by
 * filter_pattern.c. */
#ifndef STACKRIG_FILTER_CONDITION_H
#define STACKRIG_FILTER_CONDITION_H

#include "emulator/base/json_value.h"

struct filter_condition;
struct filter_columns;

/* `{ $.a = 1 && ... }`, braces included. NULL: malformed. Borrows the source. */
struct filter_condition *filter_condition_parse(struct arena *arena, struct text source);
bool filter_condition_holds(const struct filter_condition *condition, const struct json_value *document);

/* `[a, b = x, ...]`, brackets included. NULL: malformed. */
struct filter_columns *filter_columns_parse(struct arena *arena, struct text source);
bool filter_columns_match(const struct filter_columns *columns, struct text message, struct arena *arena);

#endif
