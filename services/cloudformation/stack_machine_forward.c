/* Towards the template: creating, updating and replacing resources, and giving that up. */
#include "services/cloudformation/stack_machine_internal.h"

#define REASON_INITIATED "Resource creation Initiated"
#define REASON_CREATE_CANCELLED "Resource creation cancelled"
#define REASON_UPDATE_CANCELLED "Resource update cancelled"
#define REASON_REPLACEMENT                                                                                   \
    "Requested update requires the creation of a new physical resource; hence creating one."
#define REASON_TOKEN "Modifying service token is not allowed."

/* ---- beginning ------------------------------------------------------------------------------------ */

static json_t *dependency_list(const struct plan_resource *planned) {
    json_t *list = json_array();
    for (size_t i = 0; i < planned->dependency_count; i++)
        json_array_append_new(list, json_string(planned->dependencies[i]));
    return list;
}

static void want(struct machine *m, const struct plan_resource *planned) {
    struct stack_resource *resource = state_find(m->state, planned->logical_id);
    if (!resource)
        resource = state_add_resource(m->state, planned->logical_id, planned->type);
    resource->wanted = true;
    resource->deletion_policy = planned->deletion_policy;
    resource->update_replace_policy = planned->update_replace_policy;
    /* Only what has no last stable state may change its type (stack_plan_type_change()). */
    state_set_text(m->state, &resource->type, planned->type);
    json_decref(resource->dependencies);
    resource->dependencies = dependency_list(planned);
    machine_select(m, resource, true);
}

void forward_begin(struct machine *m, const struct stack_plan *plan, const struct machine_options *options) {
    struct stack_state *state = m->state;
    state->phase = PHASE_FORWARD;
    state->rolling_back = false;
    state->leftovers_failed = false;
    state->failures = 0;
    state->force = false;
    state->on_failure = options->on_failure;
    state->retain_except_on_create = options->retain_except_on_create;
    state->monitoring_ms = options->monitoring_ms;
    state->hold = options->hold;
    for (size_t i = 0; i < state->count; i++) {
        state->resources[i]->wanted = false;
        machine_select(m, state->resources[i], false);
    }
    for (size_t i = 0; i < plan->count; i++)
        want(m, &plan->resources[i]);
    if (options->timeout_ms > 0) {
        struct machine_action *action = machine_add(m, ACTION_TIMER);
        action->delay_ms = options->timeout_ms;
        action->work = state->timeout_work = ++state->next_work;
    }
}

/* ---- order ---------------------------------------------------------------------------------------- */

static bool is_ready(struct stack_state *state, const struct stack_resource *resource) {
    size_t index;
    json_t *name;
    json_array_foreach(resource->dependencies, index, name) {
        const struct stack_resource *dependency = state_find(state, json_string_value(name));
        if (dependency && dependency->selected && dependency->step != STEP_DONE)
            return false;
    }
    return true;
}

/* A failed create that was kept (rollback disabled) is deleted before it is created anew. */
static bool must_clear(const struct stack_resource *resource) {
    return resource->physical_id[0] &&
           (resource->status == RESOURCE_CREATE_FAILED || resource->status == RESOURCE_DELETE_FAILED);
}

static void begin_resource(struct machine *m, struct stack_resource *resource) {
    if (!must_clear(resource)) {
        machine_work(m, resource, ACTION_RESOLVE, STEP_RESOLVING);
        return;
    }
    machine_emit(m, resource, RESOURCE_DELETE_IN_PROGRESS, NULL, resource->physical_id, &resource->current);
    struct machine_action *action = machine_work(m, resource, ACTION_DELETE, STEP_CLEARING);
    action->properties = machine_keep(m, resource->current.sent);
}

void forward_advance(struct machine *m) {
    struct stack_state *state = m->state;
    bool in_flight = false;
    bool failed = false;
    for (size_t i = 0; i < state->count; i++) {
        struct stack_resource *resource = state->resources[i];
        if (!resource->selected || resource->gone)
            continue;
        if (resource->step == STEP_WAITING && is_ready(state, resource))
            begin_resource(m, resource);
        in_flight |= step_in_flight(resource->step);
        failed |= resource->step == STEP_FAILED;
    }
    if (in_flight)
        return;
    if (failed) {
        forward_abandon(m, NULL, false);
        return;
    }
    state->phase = PHASE_OUTPUTS;
    state->outputs_work = ++state->next_work;
    machine_add(m, ACTION_EVALUATE_OUTPUTS)->work = state->outputs_work;
}

/* ---- outputs and success -------------------------------------------------------------------------- */

void forward_outputs(struct machine *m, const struct machine_event *event) {
    struct stack_state *state = m->state;
    state->outputs_work = 0;
    if (event->kind != MACHINE_OUTPUTS_READY) {
        forward_abandon(m, event->reason, false);
        return;
    }
    if (state->monitoring_ms <= 0) {
        forward_complete(m);
        return;
    }
    state->phase = PHASE_MONITORING;
    struct machine_action *action = machine_add(m, ACTION_TIMER);
    action->delay_ms = state->monitoring_ms;
    action->work = state->monitor_work = ++state->next_work;
}

static void make_stable(struct machine *m, struct stack_resource *resource) {
    resource->stable = true;
    resource->changed = false;
    resource->touched = false;
    resource->dirty = true;
    state_set_text(m->state, &resource->stable_physical_id, resource->physical_id);
    hold_properties(&resource->stable_properties, &resource->current);
    hold_properties(&resource->target, NULL);
    hold_json(&resource->stable_attributes, resource->attributes);
    resource->stable_no_echo = resource->attributes_no_echo;
    hold_json(&resource->stable_dependencies, resource->dependencies);
    resource->stable_deletion_policy = resource->deletion_policy;
    resource->stable_update_replace_policy = resource->update_replace_policy;
}

void forward_settle(struct machine *m) {
    struct stack_state *state = m->state;
    state->stable = true;
    for (size_t i = 0; i < state->count; i++)
        if (state->resources[i]->wanted && !state->resources[i]->leftover)
            make_stable(m, state->resources[i]);
}

void machine_clean_up(struct machine *m) {
    if (m->state->hold) {
        m->state->phase = PHASE_HELD;
        machine_add(m, ACTION_HELD);
        return;
    }
    if (!m->state->rolling_back)
        forward_settle(m);
    cleanup_begin(m);
}

void forward_complete(struct machine *m) {
    struct stack_state *state = m->state;
    state->timeout_work = 0;
    state->monitor_work = 0;
    if (state->updating) {
        machine_emit_stack(m, STACK_UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, NULL);
        machine_clean_up(m);
    } else {
        forward_settle(m);
        machine_emit_stack(m, STACK_CREATE_COMPLETE, NULL);
        machine_finish(m, true);
    }
}

/* ---- failure -------------------------------------------------------------------------------------- */

static void resource_failed(struct machine *m, struct stack_resource *resource) {
    resource->step = STEP_FAILED;
    resource->work = 0;
    resource->dirty = true;
    resource->failure = ++m->state->failures;
    if (m->state->on_failure != FAILURE_DO_NOTHING)
        forward_abandon(m, NULL, false);
}

static const char *abandon_text(struct machine *m, const char *error, const char *tail) {
    if (error)
        return arena_printf(m->actions->arena, "%s. %s", error, tail);
    return arena_printf(m->actions->arena, "%s%s", machine_failure_list(m), tail);
}

/* There will be no cleanup for which nested stacks could wait. */
static void release_all(struct machine *m) {
    for (size_t i = 0; m->state->updating && i < m->state->count; i++) {
        struct stack_resource *resource = m->state->resources[i];
        if (resource->gone || resource->leftover || !resource_is_nested(resource) ||
            !resource->physical_id[0])
            continue;
        resource->held = false;
        resource->dirty = true;
        struct machine_action *action = machine_add(m, ACTION_RELEASE);
        action->resource = resource->serial;
        action->logical_id = arena_strdup(m->actions->arena, resource->logical_id);
        action->type = arena_strdup(m->actions->arena, resource->type);
        action->physical_id = arena_strdup(m->actions->arena, resource->physical_id);
    }
}

void forward_abandon(struct machine *m, const char *error, bool user) {
    struct stack_state *state = m->state;
    state->timeout_work = 0;
    state->monitor_work = 0;
    state->outputs_work = 0;
    if (user)
        machine_emit_stack(m, STACK_UPDATE_ROLLBACK_IN_PROGRESS, "User Initiated");
    machine_cancel_all(m);
    if (state->updating && (user || state->on_failure != FAILURE_DO_NOTHING)) {
        if (!user)
            machine_emit_stack(m, STACK_UPDATE_ROLLBACK_IN_PROGRESS, error ? error : machine_failure_list(m));
        restore_begin(m, NULL, 0);
    } else if (state->on_failure == FAILURE_DO_NOTHING) {
        machine_emit_stack(m, state->updating ? STACK_UPDATE_FAILED : STACK_CREATE_FAILED,
                           error ? error : machine_failure_list(m));
        release_all(m);
        machine_finish(m, true);
    } else if (state->on_failure == FAILURE_DELETE) {
        machine_emit_stack(m, STACK_DELETE_IN_PROGRESS, abandon_text(m, error, "Delete requested by user."));
        delete_begin(m, NULL);
    } else {
        machine_emit_stack(m, STACK_ROLLBACK_IN_PROGRESS,
                           abandon_text(m, error, "Rollback requested by user."));
        state->rolling_back = true;
        delete_begin(m, NULL);
    }
}

/* What a cancelled resource's event says; NULL where none is emitted. */
static const char *cancel_reason(const struct stack_resource *resource) {
    static const char *const reasons[STEP_COUNT] = {
        [STEP_CREATING] = REASON_CREATE_CANCELLED,
        [STEP_REPLACING] = REASON_UPDATE_CANCELLED,
        [STEP_UPDATING] = REASON_UPDATE_CANCELLED,
        [STEP_RESTORING] = REASON_UPDATE_CANCELLED,
    };
    return reasons[resource->step];
}

static void cancel(struct machine *m, struct stack_resource *resource) {
    const char *reason = cancel_reason(resource);
    if (!reason) {
        if (resource->step == STEP_RESOLVING) {
            resource->step = STEP_IDLE;
            resource->work = 0;
        } else if (resource->step == STEP_CLEARING) {
            resource->step = STEP_DELETING; /* goes on; a later deletion adopts it */
        }
        resource->dirty = true;
        return;
    }
    enum resource_step step = resource->step;
    bool creating = step == STEP_CREATING;
    if (creating && !resource->physical_id[0] && resource->generated_id)
        state_set_text(m->state, &resource->physical_id, resource->generated_id);
    resource->failure = ++m->state->failures;
    machine_emit(m, resource, creating ? RESOURCE_CREATE_FAILED : RESOURCE_UPDATE_FAILED, reason,
                 resource->physical_id, step == STEP_RESTORING ? &resource->current : &resource->target);
    struct machine_action *action = machine_add(m, ACTION_CANCEL);
    action->resource = resource->serial;
    action->work = resource->work;
    action->logical_id = arena_strdup(m->actions->arena, resource->logical_id);
    action->type = arena_strdup(m->actions->arena, resource->type);
    if (step == STEP_UPDATING) {
        resource->touched = true;
        hold_properties(&resource->current, &resource->target);
    }
    resource->dirty = true;
    /* A custom resource's handler is not waited for; what it may still make is covered by the later Delete.
     */
    if (resource_is_custom(resource)) {
        resource->step = STEP_FAILED;
        resource->work = 0;
    } else {
        resource->step = STEP_CANCELLING;
    }
}

void machine_cancel_all(struct machine *m) {
    for (size_t i = 0; i < m->state->count; i++)
        if (!m->state->resources[i]->gone)
            cancel(m, m->state->resources[i]);
}

void machine_cancelled(struct machine *m, struct stack_resource *resource,
                       const struct machine_event *event) {
    const char *physical_id = event->physical_id;
    bool exists = physical_id && physical_id[0];
    if (resource->status == RESOURCE_CREATE_FAILED) {
        if (exists)
            state_set_text(m->state, &resource->physical_id, physical_id);
    } else if (exists && strcmp(physical_id, resource->physical_id) != 0) {
        machine_leave_over(m, resource, physical_id, &resource->target, false);
    }
    resource->step = resource->selected ? STEP_WAITING : STEP_FAILED;
    resource->work = 0;
    resource->dirty = true;
}

void machine_leave_over(struct machine *m, const struct stack_resource *resource, const char *physical_id,
                        const struct properties *properties, bool retain) {
    struct stack_resource *leftover = state_add_resource(m->state, resource->logical_id, resource->type);
    leftover->leftover = true;
    leftover->retain = retain;
    state_set_text(m->state, &leftover->physical_id, physical_id);
    hold_properties(&leftover->current, properties);
    hold_json(&leftover->dependencies,
              resource->stable_dependencies ? resource->stable_dependencies : resource->dependencies);
    /* Where its deletion is under way the new one joins it. */
    if (m->state->phase == PHASE_CLEANUP || m->state->phase == PHASE_DELETE)
        machine_select(m, leftover, true);
}

/* ---- answers -------------------------------------------------------------------------------------- */

static void initiated(struct machine *m, struct stack_resource *resource, const char *physical_id) {
    if (resource->initiated || !physical_id || !physical_id[0])
        return;
    resource->initiated = true;
    bool creating = resource->step == STEP_CREATING;
    state_set_text(m->state, creating ? &resource->physical_id : &resource->replacement_id, physical_id);
    machine_emit(m, resource, creating ? RESOURCE_CREATE_IN_PROGRESS : RESOURCE_UPDATE_IN_PROGRESS,
                 REASON_INITIATED, physical_id, &resource->target);
}

static void start_create(struct machine *m, struct stack_resource *resource) {
    state_set_text(m->state, &resource->physical_id, "");
    resource->initiated = false;
    hold_json(&resource->attributes, NULL);
    hold_properties(&resource->current, &resource->target);
    machine_emit(m, resource, RESOURCE_CREATE_IN_PROGRESS, NULL, "", &resource->target);
    struct machine_action *action = machine_work(m, resource, ACTION_CREATE, STEP_CREATING);
    action->properties = machine_keep(m, resource->target.sent);
}

static void start_replacement(struct machine *m, struct stack_resource *resource) {
    resource->initiated = false;
    resource->changed = true;
    resource->replacement_id = NULL;
    machine_emit(m, resource, RESOURCE_UPDATE_IN_PROGRESS, REASON_REPLACEMENT, resource->physical_id,
                 &resource->target);
    struct machine_action *action = machine_work(m, resource, ACTION_CREATE, STEP_REPLACING);
    action->properties = machine_keep(m, resource->target.sent);
    action->old_properties = machine_keep(m, resource->current.sent);
}

static void start_update(struct machine *m, struct stack_resource *resource) {
    resource->changed = true;
    machine_emit(m, resource, RESOURCE_UPDATE_IN_PROGRESS, NULL, resource->physical_id, &resource->target);
    struct machine_action *action = machine_work(m, resource, ACTION_UPDATE, STEP_UPDATING);
    action->properties = machine_keep(m, resource->target.sent);
    action->old_properties = machine_keep(m, resource->current.sent);
}

static bool lives(const struct stack_resource *resource) {
    static const bool living[RESOURCE_STATUS_COUNT] = {
        [RESOURCE_CREATE_COMPLETE] = true,
        [RESOURCE_UPDATE_IN_PROGRESS] = true,
        [RESOURCE_UPDATE_FAILED] = true,
        [RESOURCE_UPDATE_COMPLETE] = true,
    };
    return living[resource->status];
}

static bool token_changed(const struct stack_resource *resource) {
    return resource_is_custom(resource) &&
           !values_equal(json_object_get(resource->current.sent, "ServiceToken"),
                         json_object_get(resource->target.sent, "ServiceToken"));
}

static void fail_now(struct machine *m, struct stack_resource *resource, const char *reason,
                     const struct properties *properties) {
    bool living = lives(resource);
    resource->changed |= living;
    machine_emit(m, resource, living ? RESOURCE_UPDATE_FAILED : RESOURCE_CREATE_FAILED, reason,
                 resource->physical_id, properties);
    resource_failed(m, resource);
}

static void resolved(struct machine *m, struct stack_resource *resource, const struct machine_event *event) {
    struct properties target = {event->properties, event->shown_properties};
    hold_properties(&resource->target, &target);
    state_set_text(m->state, &resource->generated_id, event->fallback_id);
    resource->dirty = true;
    if (!lives(resource)) {
        start_create(m, resource);
    } else if (token_changed(resource)) {
        fail_now(m, resource, REASON_TOKEN, &resource->target);
    } else if (event->replacement) {
        start_replacement(m, resource);
    } else if (resource->status != RESOURCE_UPDATE_FAILED && !event->regardless &&
               values_equal(resource->current.sent, resource->target.sent)) {
        resource->step = STEP_DONE;
        resource->work = 0;
    } else {
        start_update(m, resource);
    }
}

static void accept(struct machine *m, struct stack_resource *resource, const struct machine_event *event) {
    hold_properties(&resource->current, &resource->target);
    hold_json(&resource->attributes, event->attributes);
    resource->attributes_no_echo = event->no_echo;
    resource->held = event->held;
    resource->step = STEP_DONE;
    resource->work = 0;
    resource->dirty = true;
    (void)m;
}

/* The present physical resource makes room for another one. */
static void supersede(struct machine *m, struct stack_resource *resource, const char *physical_id) {
    bool retain = resource->update_replace_policy == POLICY_RETAIN ||
                  resource->update_replace_policy == POLICY_RETAIN_EXCEPT_ON_CREATE;
    machine_leave_over(m, resource, resource->physical_id, &resource->current, retain);
    /* An earlier update without rollback may have changed it: its restoring needs a call then. */
    m->state->resources[m->state->count - 1]->touched = resource->touched;
    resource->touched = false;
    state_set_text(m->state, &resource->physical_id, physical_id);
}

static void succeeded(struct machine *m, struct stack_resource *resource, const struct machine_event *event) {
    const char *physical_id = event->physical_id && event->physical_id[0] ? event->physical_id : NULL;
    switch ((int)resource->step) {
    case STEP_CREATING:
        if (!physical_id && !resource->physical_id[0])
            physical_id = resource->generated_id;
        initiated(m, resource, physical_id);
        if (physical_id)
            state_set_text(m->state, &resource->physical_id, physical_id);
        machine_emit(m, resource, RESOURCE_CREATE_COMPLETE, NULL, resource->physical_id, &resource->target);
        break;
    case STEP_REPLACING:
        initiated(m, resource, physical_id);
        if (!physical_id)
            physical_id = resource->replacement_id;
        if (physical_id && strcmp(physical_id, resource->physical_id) != 0)
            supersede(m, resource, physical_id);
        machine_emit(m, resource, RESOURCE_UPDATE_COMPLETE, NULL, resource->physical_id, &resource->target);
        break;
    default:
        if (physical_id && strcmp(physical_id, resource->physical_id) != 0) {
            supersede(m, resource, physical_id);
            machine_emit(m, resource, RESOURCE_UPDATE_IN_PROGRESS, REASON_REPLACEMENT, physical_id,
                         &resource->target);
        } else {
            resource->touched = true;
        }
        machine_emit(m, resource, RESOURCE_UPDATE_COMPLETE, NULL, resource->physical_id, &resource->target);
        break;
    }
    accept(m, resource, event);
}

static void create_failed(struct machine *m, struct stack_resource *resource,
                          const struct machine_event *event) {
    initiated(m, resource, event->physical_id);
    if (!event->physical_id && !resource->physical_id[0] && resource->generated_id)
        state_set_text(m->state, &resource->physical_id, resource->generated_id);
    machine_emit(m, resource, RESOURCE_CREATE_FAILED, event->reason, resource->physical_id,
                 &resource->target);
}

static void failed(struct machine *m, struct stack_resource *resource, const struct machine_event *event) {
    const char *physical_id = event->physical_id && event->physical_id[0] ? event->physical_id : NULL;
    if (resource->step == STEP_CREATING) {
        create_failed(m, resource, event);
    } else if (resource->step == STEP_CLEARING) {
        machine_emit(m, resource, RESOURCE_DELETE_FAILED, event->reason, resource->physical_id,
                     &resource->current);
    } else {
        bool replacing = resource->step == STEP_REPLACING;
        if (replacing && !physical_id)
            physical_id = resource->replacement_id;
        /* A failed answer with another id is a failed replacement: what it names is deleted in cleanup and
         * the old one is simply current again. */
        if (physical_id && strcmp(physical_id, resource->physical_id) != 0) {
            machine_leave_over(m, resource, physical_id, &resource->target, false);
        } else if (!replacing) {
            resource->touched = true;
            hold_properties(&resource->current, &resource->target);
        }
        machine_emit(m, resource, RESOURCE_UPDATE_FAILED, event->reason, resource->physical_id,
                     &resource->target);
    }
    resource_failed(m, resource);
}

static void cleared(struct machine *m, struct stack_resource *resource) {
    machine_emit(m, resource, RESOURCE_DELETE_COMPLETE, NULL, resource->physical_id, &resource->current);
    state_set_text(m->state, &resource->physical_id, "");
    resource->step = STEP_WAITING;
    resource->work = 0;
}

void forward_event(struct machine *m, struct stack_resource *resource, const struct machine_event *event) {
    bool resolving = resource->step == STEP_RESOLVING;
    if (event->kind == MACHINE_RESOLVED && resolving)
        resolved(m, resource, event);
    else if (event->kind == MACHINE_RESOLVE_FAILED && resolving)
        fail_now(m, resource, event->reason, NULL);
    else if (event->kind == MACHINE_INITIATED && !resolving && resource->step != STEP_UPDATING)
        initiated(m, resource, event->physical_id);
    else if (event->kind == MACHINE_SUCCEEDED && resource->step == STEP_CLEARING)
        cleared(m, resource);
    else if (event->kind == MACHINE_SUCCEEDED && !resolving)
        succeeded(m, resource, event);
    else if (event->kind == MACHINE_FAILED && !resolving)
        failed(m, resource, event);
}
