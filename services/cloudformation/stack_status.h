/* Statuses of stacks and resources with AWS's names and the moves that are allowed between them. */
#ifndef STACKRIG_CLOUDFORMATION_STACK_STATUS_H
#define STACKRIG_CLOUDFORMATION_STACK_STATUS_H

#include <stdbool.h>

#include "emulator/base/transitions.h"

enum stack_status {
    STACK_NONE, /* before the first event */
    STACK_REVIEW_IN_PROGRESS,
    STACK_CREATE_IN_PROGRESS,
    STACK_CREATE_FAILED,
    STACK_CREATE_COMPLETE,
    STACK_ROLLBACK_IN_PROGRESS,
    STACK_ROLLBACK_FAILED,
    STACK_ROLLBACK_COMPLETE,
    STACK_DELETE_IN_PROGRESS,
    STACK_DELETE_FAILED,
    STACK_DELETE_COMPLETE,
    STACK_UPDATE_IN_PROGRESS,
    STACK_UPDATE_COMPLETE_CLEANUP_IN_PROGRESS,
    STACK_UPDATE_COMPLETE,
    STACK_UPDATE_FAILED,
    STACK_UPDATE_ROLLBACK_IN_PROGRESS,
    STACK_UPDATE_ROLLBACK_FAILED,
    STACK_UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS,
    STACK_UPDATE_ROLLBACK_COMPLETE,
    STACK_STATUS_COUNT,
};

enum resource_status {
    RESOURCE_NONE, /* not touched yet; never shown */
    RESOURCE_CREATE_IN_PROGRESS,
    RESOURCE_CREATE_FAILED,
    RESOURCE_CREATE_COMPLETE,
    RESOURCE_DELETE_IN_PROGRESS,
    RESOURCE_DELETE_FAILED,
    RESOURCE_DELETE_COMPLETE,
    RESOURCE_DELETE_SKIPPED,
    RESOURCE_UPDATE_IN_PROGRESS,
    RESOURCE_UPDATE_FAILED,
    RESOURCE_UPDATE_COMPLETE,
    RESOURCE_STATUS_COUNT,
};

/* "CREATE_COMPLETE"; "" for NONE. */
const char *stack_status_name(enum stack_status status);
const char *resource_status_name(enum resource_status status);
/* NONE for an unknown name. */
enum stack_status stack_status_of(const char *name);
enum resource_status resource_status_of(const char *name);

/* ..._IN_PROGRESS, but not REVIEW_IN_PROGRESS: an operation is under way. */
bool stack_status_in_progress(enum stack_status status);

extern const struct transition_table stack_transitions;
extern const struct transition_table resource_transitions;

#endif
