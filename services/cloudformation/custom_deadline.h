/* When the waiting for answers of custom resources ends. The facts are in the requests' rows. */
#ifndef STACKRIG_CLOUDFORMATION_CUSTOM_DEADLINE_H
#define STACKRIG_CLOUDFORMATION_CUSTOM_DEADLINE_H

#include "emulator/core/emulator.h"

struct custom_deadlines;

struct custom_deadlines *custom_deadlines_open(struct emulator *emulator);
void custom_deadlines_close(struct custom_deadlines *deadlines);
/* Sets the deadlines of all requests that wait, from their rows. */
void custom_deadlines_resume(struct custom_deadlines *deadlines);

void custom_resource_set_deadline(struct emulator *emulator, const char *request_id, int64_t due_ms);
/* Answered, refused or cancelled: also so that no clock waits for it. */
void custom_resource_clear_deadline(struct emulator *emulator, const char *request_id);

#endif
