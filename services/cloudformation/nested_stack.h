/* AWS::CloudFormation::Stack: a stack as a resource of another. */
#ifndef STACKRIG_CLOUDFORMATION_NESTED_STACK_H
#define STACKRIG_CLOUDFORMATION_NESTED_STACK_H

#include "services/cloudformation/cloudformation.h"
#include "services/cloudformation/resource_operation.h"

/* CreateStack of a nested stack, called by its parent's operation: notes parent and root in the new row. */
void nested_stack_adopt(struct call *call, struct stack_row *row);
/* The type's `start` function. */
void nested_stack_start(struct resource_operation *operation);
void nested_stack_cancel(struct resource_operation *operation);

#endif
