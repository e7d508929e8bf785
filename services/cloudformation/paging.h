/* NextToken of CloudFormation's listings: an opaque form of a number or a name. Pure. */
#ifndef STACKRIG_CLOUDFORMATION_PAGING_H
#define STACKRIG_CLOUDFORMATION_PAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "emulator/base/arena.h"

/* NULL token: *number is 0. False: not a token of ours. */
bool paging_read_number(const char *token, int64_t *number);
const char *paging_write_number(struct arena *arena, int64_t number);

#endif
