/*
 * ${name} in the strings of a scenario. Names are small letters, digits and '_'; anything else between the
 * braces is not ours (${AWS::Region} of a template stays as it is), and $${ stands for ${. A path may follow
 * the name: ${answer.Items[0].id}.
 */
#ifndef STACKRIG_VARIABLES_H
#define STACKRIG_VARIABLES_H

#include <jansson.h>

#include "emulator/base/strbuf.h"

/* Calls found(argument, name) for each variable named in a string. */
void variables_scan(const char *string, void (*found)(void *argument, const char *name), void *argument);

/*
 * A copy of the value with all variables in its strings replaced; a string that is nothing but one variable
 * becomes that variable's value, whatever its type. Members named `verbatim` (may be NULL) are copied as they
 * are. New reference. NULL: an unknown variable, its name is appended to *unknown.
 */
json_t *variables_expand(const json_t *value, const json_t *variables, const char *verbatim,
                         struct strbuf *unknown);

#endif
