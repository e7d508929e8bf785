/*
 * The filter pattern language of CloudWatch Logs. Pure. Three forms: terms (`ERROR -timeout ?a ?b "two words"
 * %regex%`), JSON (`{ $.level = "error" && $.count > 3 }`) and columns (`[ip, user, ..., status = 4*]`).
 * Source: CloudWatch Logs user guide, "Filter pattern syntax".
 */
#ifndef STACKRIG_FILTER_PATTERN_H
#define STACKRIG_FILTER_PATTERN_H

#include "emulator/base/arena.h"

struct filter_pattern;

/* Lives as long as the arena; borrows the source. NULL: not a pattern, *message is AWS's text. */
struct filter_pattern *filter_pattern_compile(struct arena *arena, struct text source, const char **message);
/* Scratch memory comes from `arena`. */
bool filter_pattern_matches(const struct filter_pattern *pattern, struct text message, struct arena *arena);

#endif
