/* The string of Fn::Sub: literal text, ${Variable} and ${!Literal}. */
#ifndef STACKRIG_CLOUDFORMATION_SUB_PATTERN_H
#define STACKRIG_CLOUDFORMATION_SUB_PATTERN_H

#include "emulator/base/text.h"

#define SUB_PATTERN_ERROR                                                                                    \
    "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, "           \
    "underscores, "                                                                                          \
    "periods, and colons"

struct sub_piece {
    struct text text; /* literal text, or the variable's name */
    bool variable;
};

/* Takes the next piece off the front of *rest. False at the end (*rest absent), or when a variable's name
 * holds characters that it may not (*rest present). */
bool sub_pattern_next(struct text *rest, struct sub_piece *piece);

/* Calls function for each variable. False: a name holds characters that it may not. */
bool sub_pattern_variables(struct text pattern, void (*function)(void *argument, struct text variable),
                           void *argument);

#endif
