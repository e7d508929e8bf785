/*
 * Regular expressions that a client hands in (SSM's AllowedPattern, filter patterns of Logs), over PCRE2, whose
 * only other user is protocol/shape_pattern.c, where those of the models live. AWS runs them in Java; PCRE2 is the nearest dialect. Matching is bounded, so that a hostile
 * pattern cannot hold up the loop.
 */
#ifndef STACKRIG_PATTERN_H
#define STACKRIG_PATTERN_H

#include "emulator/base/arena.h"

struct pattern;

/* Lives as long as the arena. NULL: not a regular expression; *message (may be NULL) says why. */
struct pattern *pattern_compile(struct arena *arena, struct text expression, const char **message);
/* True when some part of the subject matches; anchors decide about the whole. */
bool pattern_matches(struct pattern *pattern, struct text subject);

#endif
