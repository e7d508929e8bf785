/* Parts of descriptions that stacks and change sets share. */
#ifndef STACKRIG_CLOUDFORMATION_STACK_DESCRIBE_H
#define STACKRIG_CLOUDFORMATION_STACK_DESCRIBE_H

#include "emulator/protocol/output.h"
#include "services/cloudformation/deployment.h"

/* "Parameters" of the settings, left out when there are none. */
void stack_describe_parameters(struct output *out, const json_t *settings);
void stack_describe_strings(struct output *out, const char *member, const json_t *list, bool when_empty);
void stack_describe_tags(struct output *out, const json_t *tags);
void stack_describe_rollback(struct output *out, const json_t *configuration);

#endif
