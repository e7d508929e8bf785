#include "services/cloudformation/stack_machine.h"

#include "emulator/base/die.h"
#include "services/cloudformation/stack_machine_internal.h"

#define REASON_USER "User Initiated"
#define REASON_TIMEOUT "Stack creation time exceeded the specified timeout"

/* ---- stepping ------------------------------------------------------------------------------------- */

/* Starts what can be started now, until nothing moves without an answer. */
static void advance(struct machine *m) {
    static void (*const advances[])(struct machine *) = {
        [PHASE_IDLE] = NULL,
        [PHASE_FORWARD] = forward_advance,
        [PHASE_OUTPUTS] = NULL,
        [PHASE_MONITORING] = NULL,
        [PHASE_RESTORE] = restore_advance,
        [PHASE_CLEANUP] = delete_advance,
        [PHASE_DELETE] = delete_advance,
        [PHASE_HELD] = NULL,
    };
    enum machine_phase before;
    do {
        before = m->state->phase;
        if (advances[before])
            advances[before](m);
    } while (m->state->phase != before);
}

static void resource_event(struct machine *m, struct stack_resource *resource,
                           const struct machine_event *event) {
    static void (*const events[STEP_COUNT])(struct machine *, struct stack_resource *,
                                            const struct machine_event *) = {
        [STEP_RESOLVING] = forward_event,      [STEP_CREATING] = forward_event,
        [STEP_REPLACING] = forward_event,      [STEP_UPDATING] = forward_event,
        [STEP_CLEARING] = forward_event,       [STEP_RESTORING] = restore_event,
        [STEP_CANCELLING] = machine_cancelled, [STEP_DELETING] = delete_event,
        [STEP_RELEASING] = delete_event,
    };
    /* An id that becomes known while the work is being given up is no end of that work. */
    if (resource->step == STEP_CANCELLING && event->kind == MACHINE_INITIATED)
        return;
    resource->dirty = true;
    if (event->kind == MACHINE_NOTED) {
        if (resource->step == STEP_CREATING)
            machine_emit(m, resource, RESOURCE_CREATE_IN_PROGRESS, event->reason, resource->physical_id,
                         &resource->target);
        return;
    }
    if (events[resource->step])
        events[resource->step](m, resource, event);
}

static void timer_event(struct machine *m, int work) {
    if (work == m->state->timeout_work)
        forward_abandon(m, REASON_TIMEOUT, false);
    else if (work == m->state->monitor_work)
        forward_complete(m);
}

static bool is_forward(enum machine_phase phase) {
    return phase == PHASE_FORWARD || phase == PHASE_OUTPUTS || phase == PHASE_MONITORING;
}

void stack_machine_step(struct stack_state *state, const struct machine_event *event,
                        struct machine_actions *actions) {
    struct machine m = {state, actions};
    switch (event->kind) {
    case MACHINE_TIMER:
        if (event->work)
            timer_event(&m, event->work);
        break;
    case MACHINE_OUTPUTS_READY:
    case MACHINE_OUTPUTS_FAILED:
        if (event->work && event->work == state->outputs_work)
            forward_outputs(&m, event);
        break;
    case MACHINE_ABORTED:
        if (is_forward(state->phase))
            forward_abandon(&m, event->reason, false);
        break;
    case MACHINE_NOTED:
    case MACHINE_RESOLVED:
    case MACHINE_RESOLVE_FAILED:
    case MACHINE_INITIATED:
    case MACHINE_SUCCEEDED:
    case MACHINE_FAILED:
    case MACHINE_CANCELLED: {
        struct stack_resource *resource = state_serial(state, event->resource);
        if (resource && event->work && resource->work == event->work)
            resource_event(&m, resource, event);
        break;
    }
    }
    advance(&m);
}

/* ---- requests ------------------------------------------------------------------------------------- */

static void admit(const struct stack_state *state, enum stack_request request) {
    struct arena *arena = arena_open();
    const char *refusal = stack_request_refusal(arena, state->status, request, "?");
    if (refusal)
        die("cloudformation: a request was not checked: %s", refusal);
    arena_close(arena);
}

void stack_machine_review(struct stack_state *state, struct machine_actions *actions) {
    struct machine m = {state, actions};
    machine_emit_stack(&m, STACK_REVIEW_IN_PROGRESS, REASON_USER);
}

void stack_machine_create(struct stack_state *state, const struct stack_plan *plan,
                          const struct machine_options *options, struct machine_actions *actions) {
    struct machine m = {state, actions};
    admit(state, REQUEST_CREATE);
    state->updating = false;
    machine_emit_stack(&m, STACK_CREATE_IN_PROGRESS, REASON_USER);
    forward_begin(&m, plan, options);
    advance(&m);
}

void stack_machine_update(struct stack_state *state, const struct stack_plan *plan,
                          const struct machine_options *options, struct machine_actions *actions) {
    struct machine m = {state, actions};
    admit(state, REQUEST_UPDATE);
    state->updating = true;
    machine_emit_stack(&m, STACK_UPDATE_IN_PROGRESS, REASON_USER);
    forward_begin(&m, plan, options);
    advance(&m);
}

void stack_machine_release(struct stack_state *state, struct machine_actions *actions) {
    struct machine m = {state, actions};
    state->hold = false;
    if (state->phase == PHASE_HELD) {
        machine_clean_up(&m);
        advance(&m);
    }
}

void stack_machine_revert(struct stack_state *state, struct machine_actions *actions) {
    struct machine m = {state, actions};
    if (state->phase == PHASE_HELD && !state->rolling_back) {
        machine_emit_stack(&m, STACK_UPDATE_ROLLBACK_IN_PROGRESS, NULL);
        restore_begin(&m, NULL, 0);
        advance(&m);
    }
}

bool stack_state_is_held(const struct stack_state *state) {
    return state->phase == PHASE_HELD;
}

void stack_machine_delete(struct stack_state *state, const struct delete_options *options,
                          struct machine_actions *actions) {
    struct machine m = {state, actions};
    if (state->status == STACK_DELETE_IN_PROGRESS)
        return;
    enum stack_status before = state->status;
    machine_emit_stack(&m, STACK_DELETE_IN_PROGRESS, REASON_USER);
    if (options->refusal && state->phase == PHASE_IDLE) {
        machine_emit_stack(&m, before, options->refusal);
        return;
    }
    machine_cancel_all(&m);
    state->timeout_work = 0;
    state->monitor_work = 0;
    state->outputs_work = 0;
    state->rolling_back = false;
    delete_begin(&m, options);
    advance(&m);
}

void stack_machine_cancel_update(struct stack_state *state, struct machine_actions *actions) {
    struct machine m = {state, actions};
    admit(state, REQUEST_CANCEL_UPDATE);
    forward_abandon(&m, NULL, true);
    advance(&m);
}

void stack_machine_continue_rollback(struct stack_state *state, const char *const *skip, size_t skip_count,
                                     struct machine_actions *actions) {
    struct machine m = {state, actions};
    admit(state, REQUEST_CONTINUE_ROLLBACK);
    machine_emit_stack(&m, STACK_UPDATE_ROLLBACK_IN_PROGRESS, REASON_USER);
    restore_begin(&m, skip, skip_count);
    advance(&m);
}

void stack_machine_rollback(struct stack_state *state, bool retain_except_on_create,
                            struct machine_actions *actions) {
    struct machine m = {state, actions};
    admit(state, REQUEST_ROLLBACK);
    state->retain_except_on_create = retain_except_on_create;
    if (state->stable) {
        machine_emit_stack(&m, STACK_UPDATE_ROLLBACK_IN_PROGRESS, REASON_USER);
        restore_begin(&m, NULL, 0);
    } else {
        machine_emit_stack(&m, STACK_ROLLBACK_IN_PROGRESS, REASON_USER);
        state->rolling_back = true;
        delete_begin(&m, NULL);
    }
    advance(&m);
}
