/*
 * Expected bytes of a wire fixture with placeholders in them:
 *   {{any}} {{uuid}} {{timestamp}} {{digits}} {{hex}} {{word}}   a part that may differ
 *   {{uuid:name}}                                                the same, kept under the name
 *   {{=name}}                                                    what was kept
 */
#ifndef STACKRIG_WIRE_PATTERN_H
#define STACKRIG_WIRE_PATTERN_H

#include "emulator/base/arena.h"

struct wire_capture {
    struct text name;
    struct text value;
    struct wire_capture *next;
};

struct wire_captures {
    struct arena *arena;
    struct wire_capture *first;
};

/* Does the whole text fit? Keeps captures when it does. *reached (may be NULL) is how far it fitted at best.
 */
bool wire_pattern_match(struct wire_captures *captures, struct text pattern, struct text found,
                        size_t *reached);
/* {{=name}} replaced; in the arena. An unknown name stays as it is. */
struct text wire_pattern_expand(struct wire_captures *captures, struct text source);

#endif
