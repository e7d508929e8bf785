/* Parked calls as the rest of the core sees them. Private to emulator/core. */
#ifndef STACKRIG_PARK_H
#define STACKRIG_PARK_H

struct emulator;

/* Ends every parked call without an answer: reset, shutdown. */
void park_cancel_calls(struct emulator *emulator);

#endif
