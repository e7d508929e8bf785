#include "services/cloudformation/nested_stack.h"

void nested_stack_adopt(struct call *call, struct stack_row *row) {
    (void)call;
    (void)row;
}
