/* What SNS says of a policy that is no JSON: the words of its parser. Pure. */
#ifndef STACKRIG_SNS_BROKEN_JSON_H
#define STACKRIG_SNS_BROKEN_JSON_H

#include "emulator/base/json_value.h"

/* "failed to parse JSON. ..."; in the arena. */
const char *broken_json_text(struct arena *arena, struct text source, const struct json_error *error);

#endif
