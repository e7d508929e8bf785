/* One custom resource request as `why` tells it: sent, run, answered or not, and what that means. */
#ifndef STACKRIG_CLOUDFORMATION_STACK_WHY_REQUESTS_H
#define STACKRIG_CLOUDFORMATION_STACK_WHY_REQUESTS_H

#include <jansson.h>

#include "emulator/core/call.h"
#include "services/cloudformation/cloudformation_store.h"

const char *why_time(struct arena *arena, int64_t time_ms);
/* A new reference: the request's story with its Lambda attempts out of the trace. */
json_t *why_describe_request(struct call *call, const struct custom_request_row *row);
/* Input of the FilterLogEvents that finds the handler's lines, or NULL. A new reference. */
json_t *why_log_query(struct arena *arena, const json_t *described);
/* Puts the last lines of the handler's attempts into the story. */
void why_add_log_lines(json_t *described, const struct json_value *reply);
/* Takes out what was only needed on the way. */
void why_hide_internals(json_t *described);

#endif
