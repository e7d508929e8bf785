/*
 * Processes whose parent has died while we are responsible for them: they fall to us instead of to init, and
 * can be ended, so that a run leaves nothing behind.
 */
#ifndef STACKRIG_ORPHANS_H
#define STACKRIG_ORPHANS_H

#include <stdbool.h>
#include <sys/types.h>

/* From now on the orphans of our children become our children. */
void orphans_adopt(void);
/* Ends every child of ours for which keep(argument, child) does not hold, with their process groups, and the
 * orphans that this makes in turn. */
void orphans_end(bool (*keep)(void *argument, pid_t child), void *argument);

#endif
