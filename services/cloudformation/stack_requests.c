/* Which request a stack's status admits, and what AWS says to the others. */
#include "services/cloudformation/stack_machine.h"

static bool can_update(enum stack_status status) {
    static const bool updatable[STACK_STATUS_COUNT] = {
        [STACK_CREATE_COMPLETE] = true,
        [STACK_UPDATE_COMPLETE] = true,
        [STACK_UPDATE_ROLLBACK_COMPLETE] = true,
        [STACK_CREATE_FAILED] = true,
        [STACK_UPDATE_FAILED] = true,
    };
    return updatable[status];
}

/* Source: texts as reported by users; RollbackStack's and FORCE_DELETE_STACK's are ours. */
const char *stack_request_refusal(struct arena *arena, enum stack_status status, enum stack_request request,
                                  const char *stack_id) {
    const char *name = stack_status_name(status);
    switch (request) {
    case REQUEST_CREATE:
        if (status == STACK_NONE || status == STACK_REVIEW_IN_PROGRESS)
            return NULL;
        return arena_printf(arena, "Stack:%s is in %s state and can not be created.", stack_id, name);
    case REQUEST_UPDATE:
        if (can_update(status))
            return NULL;
        return arena_printf(arena, "Stack:%s is in %s state and can not be updated.", stack_id, name);
    case REQUEST_DELETE:
        return NULL;
    case REQUEST_DELETE_RETAIN:
        if (status == STACK_DELETE_FAILED)
            return NULL;
        return arena_printf(
            arena,
            "Invalid operation on stack [%s]. When you delete a stack, specify which resources "
            "to retain only when the stack is in the DELETE_FAILED state.",
            stack_id);
    case REQUEST_DELETE_FORCE:
        if (status == STACK_DELETE_FAILED)
            return NULL;
        return arena_printf(arena,
                            "Invalid operation on stack [%s]. You can activate DeletionMode "
                            "FORCE_DELETE_STACK in a delete stack operation only when the stack is in the "
                            "DELETE_FAILED state.",
                            stack_id);
    case REQUEST_CANCEL_UPDATE:
        return status == STACK_UPDATE_IN_PROGRESS
                   ? NULL
                   : "CancelUpdateStack cannot be called from current stack status";
    case REQUEST_CONTINUE_ROLLBACK:
        if (status == STACK_UPDATE_ROLLBACK_FAILED)
            return NULL;
        return arena_printf(arena, "Stack:%s is in %s state and can not be rolled back", stack_id, name);
    case REQUEST_ROLLBACK:
        if (status == STACK_CREATE_FAILED || status == STACK_UPDATE_FAILED)
            return NULL;
        return arena_printf(arena, "Stack:%s is in %s state and can not be rolled back", stack_id, name);
    }
    return NULL;
}

const char *stack_skip_refusal(struct arena *arena, const struct stack_state *state, const char *const *skip,
                               size_t skip_count) {
    for (size_t i = 0; i < skip_count; i++) {
        const struct stack_resource *resource = stack_state_find(state, skip[i]);
        if (!resource || resource->status != RESOURCE_UPDATE_FAILED)
            return arena_printf(
                arena, "ResourcesToSkip must be in UPDATE_FAILED state because the rollback failed: [%s]",
                skip[i]);
    }
    return NULL;
}
