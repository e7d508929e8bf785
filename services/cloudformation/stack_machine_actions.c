#include "emulator/base/die.h"
#include "emulator/base/strbuf.h"
#include "services/cloudformation/stack_machine_internal.h"

struct machine_action *machine_add(struct machine *m, enum machine_action_kind kind) {
    struct machine_actions *actions = m->actions;
    if (actions->count == actions->capacity) {
        size_t capacity = actions->capacity ? actions->capacity * 2 : 16;
        struct machine_action *rows = arena_alloc(actions->arena, capacity * sizeof *rows);
        if (actions->count)
            memcpy(rows, actions->rows, actions->count * sizeof *rows);
        actions->rows = rows;
        actions->capacity = capacity;
    }
    struct machine_action *action = &actions->rows[actions->count++];
    *action = (struct machine_action){.kind = kind};
    return action;
}

static void decref(void *value) {
    json_decref(value);
}

json_t *machine_keep(struct machine *m, json_t *value) {
    if (value)
        arena_cleanup(m->actions->arena, decref, json_incref(value));
    return value;
}

static const char *copy(struct machine *m, const char *text) {
    return text ? arena_strdup(m->actions->arena, text) : NULL;
}

void machine_emit_stack(struct machine *m, enum stack_status status, const char *reason) {
    transition_check(&stack_transitions, m->state->status, status);
    m->state->status = status;
    state_set_text(m->state, &m->state->reason, reason);
    struct machine_action *action = machine_add(m, ACTION_EMIT_STACK);
    action->stack_status = status;
    action->reason = copy(m, reason);
}

static struct machine_action *add_for(struct machine *m, enum machine_action_kind kind,
                                      const struct stack_resource *resource) {
    struct machine_action *action = machine_add(m, kind);
    action->resource = resource->serial;
    action->logical_id = copy(m, resource->logical_id);
    action->type = copy(m, resource->type);
    return action;
}

void machine_emit(struct machine *m, struct stack_resource *resource, enum resource_status status,
                  const char *reason, const char *physical_id, const struct properties *properties) {
    transition_check(&resource_transitions, resource->status, status);
    resource->status = status;
    resource->dirty = true;
    state_set_text(m->state, &resource->status_reason, reason);
    struct machine_action *action = add_for(m, ACTION_EMIT_RESOURCE, resource);
    action->resource_status = status;
    action->reason = copy(m, reason);
    action->physical_id = copy(m, physical_id);
    if (properties)
        action->shown_properties = machine_keep(m, properties->shown ? properties->shown : properties->sent);
}

void machine_emit_delete(struct machine *m, struct stack_resource *resource, enum resource_status status,
                         const char *reason) {
    bool cleanup = m->state->phase == PHASE_CLEANUP;
    machine_emit(m, resource, status, reason, resource->physical_id, cleanup ? NULL : &resource->current);
    m->actions->rows[m->actions->count - 1].uuid_event_id = cleanup;
}

struct machine_action *machine_work(struct machine *m, struct stack_resource *resource,
                                    enum machine_action_kind kind, enum resource_step step) {
    resource->step = step;
    resource->work = ++m->state->next_work;
    resource->dirty = true;
    struct machine_action *action = add_for(m, kind, resource);
    action->work = resource->work;
    action->physical_id = copy(m, resource->physical_id);
    return action;
}

void machine_select(struct machine *m, struct stack_resource *resource, bool selected) {
    (void)m;
    resource->selected = selected;
    resource->failure = 0;
    resource->attempts = 0;
    resource->skip = false;
    resource->dirty = true;
    /* Work in flight is adopted by the new phase: its answer decides. */
    if (resource->step == STEP_CANCELLING || resource->step == STEP_DELETING)
        return;
    resource->step = selected ? STEP_WAITING : STEP_IDLE;
    resource->work = 0;
}

static void append_list(struct strbuf *buffer, struct machine *m, bool updates) {
    struct stack_state *state = m->state;
    bool any = false;
    for (int number = 1; number <= state->failures; number++) {
        for (size_t i = 0; i < state->count; i++) {
            const struct stack_resource *resource = state->resources[i];
            if (resource->failure != number || (resource->status == RESOURCE_UPDATE_FAILED) != updates)
                continue;
            if (!any)
                strbuf_printf(buffer, "The following resource(s) failed to %s: [",
                              updates                                      ? "update"
                              : resource->status == RESOURCE_DELETE_FAILED ? "delete"
                                                                           : "create");
            strbuf_printf(buffer, "%s%s", any ? ", " : "", resource->logical_id);
            any = true;
        }
    }
    if (any)
        strbuf_append_string(buffer, "]. ");
}

const char *machine_failure_list(struct machine *m) {
    struct strbuf buffer = STRBUF_INIT;
    append_list(&buffer, m, false);
    append_list(&buffer, m, true);
    const char *text = arena_strdup(m->actions->arena, buffer.data ? buffer.data : "");
    strbuf_release(&buffer);
    return text;
}

void machine_finish(struct machine *m, bool keep_new) {
    m->state->phase = PHASE_IDLE;
    m->state->timeout_work = 0;
    m->state->monitor_work = 0;
    m->state->outputs_work = 0;
    machine_add(m, ACTION_FINISHED)->keep_new = keep_new;
}

bool json_has_text(const json_t *list, const char *text) {
    size_t index;
    json_t *item;
    json_array_foreach((json_t *)list, index, item) {
        if (strcmp(json_string_value(item), text) == 0)
            return true;
    }
    return false;
}

bool resource_is_custom(const struct stack_resource *resource) {
    return template_type_is_custom(resource->type);
}

bool resource_is_nested(const struct stack_resource *resource) {
    return strcmp(resource->type, "AWS::CloudFormation::Stack") == 0;
}

bool step_in_flight(enum resource_step step) {
    static const bool in_flight[STEP_COUNT] = {
        [STEP_RESOLVING] = true, [STEP_CREATING] = true,   [STEP_REPLACING] = true,
        [STEP_UPDATING] = true,  [STEP_RELEASING] = true,  [STEP_RESTORING] = true,
        [STEP_CLEARING] = true,  [STEP_CANCELLING] = true, [STEP_DELETING] = true,
    };
    return in_flight[step];
}
