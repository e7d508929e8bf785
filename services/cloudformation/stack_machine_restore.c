/* Update rollback: every resource that the update changed goes back to its last stable properties. */
#include "services/cloudformation/stack_machine_internal.h"

#define REASON_REPLACEMENT                                                                                   \
    "Requested update requires the creation of a new physical resource; hence creating one."

static bool needs_restoring(const struct stack_resource *resource) {
    return !resource->gone && !resource->leftover && resource->stable && resource->changed;
}

static bool is_named(const char *const *names, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void restored(struct stack_resource *resource) {
    resource->changed = false;
    resource->touched = false;
    resource->step = STEP_DONE;
    resource->work = 0;
    resource->dirty = true;
}

static struct stack_resource *find_leftover(const struct stack_state *state, const char *logical_id,
                                            const char *physical_id) {
    for (size_t i = 0; i < state->count; i++) {
        struct stack_resource *resource = state->resources[i];
        if (resource->leftover && !resource->gone && strcmp(resource->logical_id, logical_id) == 0 &&
            strcmp(resource->physical_id, physical_id) == 0) {
            return resource;
        }
    }
    return NULL;
}

/* The stable physical resource, still there beside its successor, is the current one again. */
static void swap_back(struct machine *m, struct stack_resource *resource) {
    struct stack_resource *old = find_leftover(m->state, resource->logical_id, resource->stable_physical_id);
    machine_leave_over(m, resource, resource->physical_id, &resource->current, false);
    state_set_text(m->state, &resource->physical_id, resource->stable_physical_id);
    resource->touched = old && old->touched;
    resource->dirty = true;
    if (old) {
        hold_properties(&resource->current, &old->current);
        old->gone = true;
        old->dirty = true;
    }
}

/* Nothing is called: the physical resource is as it was. */
static void restore_silently(struct machine *m, struct stack_resource *resource) {
    hold_properties(&resource->current, &resource->stable_properties);
    hold_json(&resource->attributes, resource->stable_attributes);
    resource->attributes_no_echo = resource->stable_no_echo;
    machine_emit(m, resource, RESOURCE_UPDATE_COMPLETE, NULL, resource->physical_id, &resource->current);
    restored(resource);
}

void restore_begin(struct machine *m, const char *const *skip, size_t skip_count) {
    struct stack_state *state = m->state;
    state->phase = PHASE_RESTORE;
    state->rolling_back = true;
    state->failures = 0;
    for (size_t i = 0; i < state->count; i++) {
        struct stack_resource *resource = state->resources[i];
        machine_select(m, resource, needs_restoring(resource));
        if (!resource->selected || !is_named(skip, skip_count, resource->logical_id))
            continue;
        /* Skipped: said to be as before, although it is out of step with the template. */
        hold_properties(&resource->current, &resource->stable_properties);
        machine_emit(m, resource, RESOURCE_UPDATE_COMPLETE, NULL, resource->physical_id, &resource->current);
        restored(resource);
    }
}

static bool is_ready(struct stack_state *state, const struct stack_resource *resource) {
    size_t index;
    json_t *name;
    json_array_foreach(resource->stable_dependencies, index, name) {
        const struct stack_resource *dependency = state_find(state, json_string_value(name));
        if (dependency && dependency->selected && dependency->step != STEP_DONE)
            return false;
    }
    return true;
}

static void restore(struct machine *m, struct stack_resource *resource) {
    if (strcmp(resource->physical_id, resource->stable_physical_id) != 0) {
        swap_back(m, resource);
    }
    if (!resource->touched) {
        restore_silently(m, resource);
        return;
    }
    machine_emit(m, resource, RESOURCE_UPDATE_IN_PROGRESS, NULL, resource->physical_id,
                 &resource->stable_properties);
    struct machine_action *action = machine_work(m, resource, ACTION_UPDATE, STEP_RESTORING);
    action->properties = machine_keep(m, resource->stable_properties.sent);
    action->old_properties = machine_keep(m, resource->current.sent);
}

/* The rolled-back template is the stack's again: its order and policies count for the cleanup. */
static void settle(struct machine *m) {
    for (size_t i = 0; i < m->state->count; i++) {
        struct stack_resource *resource = m->state->resources[i];
        if (resource->leftover || !resource->stable)
            continue;
        resource->wanted = true;
        resource->dirty = true;
        hold_json(&resource->dependencies, resource->stable_dependencies);
        hold_properties(&resource->target, NULL);
        resource->deletion_policy = resource->stable_deletion_policy;
        resource->update_replace_policy = resource->stable_update_replace_policy;
    }
}

void restore_advance(struct machine *m) {
    struct stack_state *state = m->state;
    bool in_flight = false;
    bool progress = true;
    while (progress) {
        progress = false;
        in_flight = false;
        for (size_t i = 0; i < state->count; i++) {
            struct stack_resource *resource = state->resources[i];
            if (!resource->selected || resource->gone)
                continue;
            if (resource->step == STEP_WAITING && is_ready(state, resource)) {
                restore(m, resource);
                progress |= resource->step == STEP_DONE;
            }
            in_flight |= step_in_flight(resource->step);
        }
    }
    if (in_flight)
        return;
    settle(m);
    machine_emit_stack(m, STACK_UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS, NULL);
    machine_clean_up(m);
}

static void restore_succeeded(struct machine *m, struct stack_resource *resource,
                              const struct machine_event *event) {
    const char *physical_id = event->physical_id;
    if (physical_id && physical_id[0] && strcmp(physical_id, resource->physical_id) != 0) {
        machine_leave_over(m, resource, resource->physical_id, &resource->current, false);
        state_set_text(m->state, &resource->physical_id, physical_id);
        state_set_text(m->state, &resource->stable_physical_id, physical_id);
        machine_emit(m, resource, RESOURCE_UPDATE_IN_PROGRESS, REASON_REPLACEMENT, physical_id,
                     &resource->stable_properties);
    }
    hold_properties(&resource->current, &resource->stable_properties);
    hold_json(&resource->attributes, event->attributes);
    hold_json(&resource->stable_attributes, event->attributes);
    resource->attributes_no_echo = event->no_echo;
    resource->stable_no_echo = event->no_echo;
    resource->held = event->held;
    machine_emit(m, resource, RESOURCE_UPDATE_COMPLETE, NULL, resource->physical_id, &resource->current);
    restored(resource);
}

static void restore_failed(struct machine *m, struct stack_resource *resource,
                           const struct machine_event *event) {
    const char *physical_id = event->physical_id;
    if (physical_id && physical_id[0] && strcmp(physical_id, resource->physical_id) != 0)
        machine_leave_over(m, resource, physical_id, &resource->stable_properties, false);
    machine_emit(m, resource, RESOURCE_UPDATE_FAILED, event->reason, resource->physical_id,
                 &resource->stable_properties);
    resource->step = STEP_FAILED;
    resource->work = 0;
    resource->failure = ++m->state->failures;
    machine_cancel_all(m);
    machine_emit_stack(m, STACK_UPDATE_ROLLBACK_FAILED, machine_failure_list(m));
    machine_finish(m, false);
}

void restore_event(struct machine *m, struct stack_resource *resource, const struct machine_event *event) {
    if (event->kind == MACHINE_SUCCEEDED)
        restore_succeeded(m, resource, event);
    else if (event->kind == MACHINE_FAILED)
        restore_failed(m, resource, event);
}
