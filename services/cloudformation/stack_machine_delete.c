/* Deletes: of a whole stack, of a create's rollback, and in the cleanup after an update or its rollback. */
#include "services/cloudformation/stack_machine_internal.h"

/* Source: User Guide, troubleshooting: "CloudFormation attempts to delete the old resource three times." */
#define CLEANUP_ATTEMPTS 3
#define REASON_LEFTOVERS "Update successful. One or more resources could not be deleted."

/* ---- choosing ------------------------------------------------------------------------------------- */

static bool is_over(const struct stack_resource *resource) {
    return resource->gone || resource->status == RESOURCE_DELETE_COMPLETE ||
           resource->status == RESOURCE_DELETE_SKIPPED;
}

/* Never started: nothing to say and nothing to delete. */
static bool is_untouched(const struct stack_resource *resource) {
    return resource->status == RESOURCE_NONE && !resource->leftover;
}

static void choose(struct machine *m, struct stack_resource *resource, bool selected) {
    bool over = is_over(resource);
    if (selected && !over && is_untouched(resource)) {
        resource->gone = true;
        resource->dirty = true;
    }
    machine_select(m, resource, selected && !over && !resource->gone);
}

void delete_begin(struct machine *m, const struct delete_options *options) {
    struct stack_state *state = m->state;
    state->phase = PHASE_DELETE;
    state->failures = 0;
    state->force = options && options->force;
    for (size_t i = 0; i < state->count; i++) {
        struct stack_resource *resource = state->resources[i];
        choose(m, resource, true);
        for (size_t j = 0; options && j < options->retain_count; j++)
            resource->skip |= strcmp(options->retain[j], resource->logical_id) == 0;
    }
}

void cleanup_begin(struct machine *m) {
    struct stack_state *state = m->state;
    state->phase = PHASE_CLEANUP;
    state->failures = 0;
    state->leftovers_failed = false;
    for (size_t i = 0; i < state->count; i++) {
        struct stack_resource *resource = state->resources[i];
        bool kept = state->rolling_back ? resource->stable : resource->wanted;
        choose(m, resource, resource->leftover || !kept || resource->held);
        if (resource->status == RESOURCE_DELETE_COMPLETE && !kept && !resource->selected) {
            resource->gone = true;
            resource->dirty = true;
        }
    }
}

/* ---- policies ------------------------------------------------------------------------------------- */

static bool is_kept(const struct stack_state *state, const struct stack_resource *resource) {
    if (resource->skip)
        return true;
    if (resource->leftover)
        return resource->retain && !state->rolling_back;
    switch (resource->deletion_policy) {
    case POLICY_RETAIN:
        return !(state->rolling_back && state->retain_except_on_create);
    case POLICY_RETAIN_EXCEPT_ON_CREATE:
        return !state->rolling_back;
    case POLICY_NONE:
    case POLICY_DELETE:
    case POLICY_SNAPSHOT: /* nothing here has snapshots: Delete, as AWS documents for such types */
        break;
    }
    return false;
}

/* ---- order ---------------------------------------------------------------------------------------- */

/* A thing goes after all that depend on it: marks what still has to wait. */
static void find_blocked(struct stack_state *state) {
    for (size_t i = 0; i < state->count; i++) {
        state->resources[i]->blocked = false;
    }
    for (size_t i = 0; i < state->count; i++) {
        const struct stack_resource *other = state->resources[i];
        size_t index;
        json_t *name;
        if (!other->selected || other->gone || other->step == STEP_DONE) {
            continue;
        }
        json_array_foreach(other->dependencies, index, name) {
            struct stack_resource *resource = state_find(state, json_string_value(name));
            if (resource && resource != other) {
                resource->blocked = true;
            }
        }
        for (size_t j = 0; j < state->count; j++) {
            struct stack_resource *leftover = state->resources[j];
            if (leftover->leftover && !leftover->gone &&
                json_has_text(other->dependencies, leftover->logical_id)) {
                leftover->blocked = true;
            }
        }
    }
}

static void done(struct machine *m, struct stack_resource *resource) {
    resource->step = STEP_DONE;
    resource->work = 0;
    resource->dirty = true;
    /* A deleted or given-up resource leaves an updated stack, and a leftover any stack. */
    if (m->state->phase == PHASE_CLEANUP || resource->leftover)
        resource->gone = true;
}

static void start(struct machine *m, struct stack_resource *resource) {
    if (resource->held && m->state->phase == PHASE_CLEANUP) {
        machine_work(m, resource, ACTION_RELEASE, STEP_RELEASING);
    } else if (!resource->physical_id[0]) {
        /* The create failed before there was anything. */
        machine_emit_delete(m, resource, RESOURCE_DELETE_COMPLETE, NULL);
        done(m, resource);
    } else if (is_kept(m->state, resource)) {
        machine_emit_delete(m, resource, RESOURCE_DELETE_SKIPPED, NULL);
        done(m, resource);
    } else {
        machine_emit_delete(m, resource, RESOURCE_DELETE_IN_PROGRESS, NULL);
        struct machine_action *action = machine_work(m, resource, ACTION_DELETE, STEP_DELETING);
        action->properties = machine_keep(m, resource->current.sent);
    }
}

static void end(struct machine *m) {
    struct stack_state *state = m->state;
    if (state->phase == PHASE_CLEANUP) {
        const char *reason = state->leftovers_failed ? REASON_LEFTOVERS : NULL;
        machine_emit_stack(m, state->rolling_back ? STACK_UPDATE_ROLLBACK_COMPLETE : STACK_UPDATE_COMPLETE,
                           reason);
        machine_finish(m, !state->rolling_back);
        return;
    }
    const char *reason = state->failures ? machine_failure_list(m) : NULL;
    enum stack_status failed = state->rolling_back ? STACK_ROLLBACK_FAILED : STACK_DELETE_FAILED;
    enum stack_status complete = state->rolling_back ? STACK_ROLLBACK_COMPLETE : STACK_DELETE_COMPLETE;
    machine_emit_stack(m, reason ? failed : complete, reason);
    machine_finish(m, true);
}

/* Returns whether work is in flight. */
static bool start_ready(struct machine *m) {
    struct stack_state *state = m->state;
    bool in_flight = false;
    bool progress = true;
    while (progress) {
        progress = false;
        in_flight = false;
        find_blocked(state);
        /* Backwards: what came last in the template goes first where the order is free. */
        for (size_t i = state->count; i-- > 0;) {
            struct stack_resource *resource = state->resources[i];
            if (!resource->selected || resource->gone) {
                continue;
            }
            if (resource->step == STEP_WAITING && !resource->blocked) {
                start(m, resource);
                progress |= resource->step == STEP_DONE;
            }
            in_flight |= step_in_flight(resource->step);
        }
    }
    return in_flight;
}

void delete_advance(struct machine *m) {
    while (!start_ready(m)) {
        /* Leftovers of several updates may depend on each other in a circle: break it at the last one. */
        struct stack_resource *stuck = NULL;
        bool failed = false;
        for (size_t i = 0; i < m->state->count; i++) {
            struct stack_resource *resource = m->state->resources[i];
            if (resource->selected && !resource->gone && resource->step == STEP_WAITING)
                stuck = resource;
            failed |= resource->selected && resource->step == STEP_FAILED;
        }
        if (failed || !stuck) {
            end(m);
            return;
        }
        start(m, stuck);
    }
}

/* ---- answers -------------------------------------------------------------------------------------- */

static void delete_failed(struct machine *m, struct stack_resource *resource, const char *reason) {
    struct stack_state *state = m->state;
    machine_emit_delete(m, resource, RESOURCE_DELETE_FAILED, reason);
    resource->work = 0;
    if (state->phase == PHASE_CLEANUP) {
        if (++resource->attempts < CLEANUP_ATTEMPTS) {
            resource->step = STEP_WAITING;
        } else {
            state->leftovers_failed = true;
            done(m, resource);
        }
    } else if (state->force) {
        machine_emit_delete(m, resource, RESOURCE_DELETE_SKIPPED, NULL);
        done(m, resource);
    } else {
        resource->step = STEP_FAILED;
        resource->failure = ++state->failures;
    }
}

/* A nested stack that could not clean everything up has ended all the same. */
static void released(struct machine *m, struct stack_resource *resource) {
    resource->held = false;
    resource->step = STEP_DONE;
    resource->work = 0;
    machine_emit(m, resource, RESOURCE_UPDATE_COMPLETE, NULL, resource->physical_id, &resource->current);
}

void delete_event(struct machine *m, struct stack_resource *resource, const struct machine_event *event) {
    if (resource->step == STEP_RELEASING) {
        released(m, resource);
    } else if (event->kind == MACHINE_FAILED) {
        delete_failed(m, resource, event->reason);
    } else if (event->kind == MACHINE_SUCCEEDED || event->kind == MACHINE_CANCELLED) {
        machine_emit_delete(m, resource, RESOURCE_DELETE_COMPLETE, NULL);
        done(m, resource);
    }
}
