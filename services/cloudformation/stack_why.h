/* GET /_stackrig/cloudformation/why?StackName=: the chain of causes behind a stack's failed status. */
#ifndef STACKRIG_CLOUDFORMATION_STACK_WHY_H
#define STACKRIG_CLOUDFORMATION_STACK_WHY_H

#include "emulator/core/service.h"

bool stack_why_match(struct emulator *emulator, const struct http_request *request);
struct result stack_why_handle(struct call *call);

#endif
