#include "services/cloudformation/stack_actions.h"

#include "services/cloudformation/change_sets.h"
#include "services/cloudformation/custom_resource.h"
#include "services/cloudformation/resource_types.h"

/* ---- events ---- */

static void emit_stack(struct stack_run *run, const struct machine_action *action, struct arena *arena) {
    struct stack_row *row = &run->row;
    enum stack_status status = action->stack_status;
    int64_t now_ms = emulator_now_ms(run->emulator);
    if (status == STACK_DELETE_IN_PROGRESS || status == STACK_ROLLBACK_IN_PROGRESS) {
        row->deletion_ms = now_ms;
    }
    row->deleted = status == STACK_DELETE_COMPLETE;
    run->status_changed = true;
    stack_store_set_status(run->store, row->stack_id, stack_status_name(status), action->reason,
                           row->deletion_ms, row->deleted);
    stack_event_add(run, action, arena);
}

static void emit_resource(struct stack_run *run, const struct machine_action *action, struct arena *arena) {
    char serial[16];
    snprintf(serial, sizeof serial, "%d", action->resource);
    json_object_set_new(run->touched, serial, json_integer(emulator_now_ms(run->emulator)));
    stack_event_add(run, action, arena);
}

int64_t stack_action_take_touched(struct stack_run *run, int serial) {
    char key[16];
    snprintf(key, sizeof key, "%d", serial);
    int64_t time_ms = json_integer_value(json_object_get(run->touched, key));
    json_object_del(run->touched, key);
    return time_ms;
}

void stack_action_touch(struct stack_run *run) {
    const char *key;
    json_t *time;
    json_object_foreach(run->touched, key, time) {
        int64_t serial = 0;
        text_to_int64(text_of(key), &serial);
        resource_store_touch(run->store, run->row.stack_id, (int)serial, json_integer_value(time));
    }
    json_object_clear(run->touched);
}

/* ---- calls ---- */

static void fail_now(struct stack_run *run, const struct machine_action *action, const char *reason) {
    struct machine_event event = {
        .kind = MACHINE_FAILED, .resource = action->resource, .work = action->work, .reason = reason};
    stack_run_push(run, &event);
}

static void operation_done(void *argument, const struct resource_operation *operation,
                           const struct resource_outcome *outcome) {
    (void)argument;
    const struct resource_request *request = &operation->request;
    struct machine_event event = {
        .kind = outcome->succeeded ? MACHINE_SUCCEEDED : MACHINE_FAILED,
        .resource = request->serial,
        .work = request->work,
        .physical_id = outcome->physical_id,
        .reason = outcome->reason,
        .held = operation->held,
        .attributes = request->action == RESOURCE_DELETE ? NULL : outcome->attributes,
        .no_echo = outcome->no_echo,
    };
    if (operation->cancelled) {
        event.kind = MACHINE_CANCELLED;
        event.reason = NULL;
        event.attributes = NULL;
    }
    stack_runner_post(operation->emulator, request->stack_id, &event);
}

static void operation_initiated(void *argument, const struct resource_operation *operation) {
    (void)argument;
    const struct resource_request *request = &operation->request;
    struct machine_event event = {
        .kind = MACHINE_INITIATED,
        .resource = request->serial,
        .work = request->work,
        .physical_id = operation->physical_id,
    };
    stack_runner_post(operation->emulator, request->stack_id, &event);
}

static void start_native(struct stack_run *run, const struct machine_action *action,
                         enum resource_action kind, const struct resource_type *type) {
    const struct stack_resource *resource = stack_state_serial(run->state, action->resource);
    /* A create knows an id only after a restart, and only `start` functions can go on from there. */
    bool known = action->physical_id && *action->physical_id && (kind != RESOURCE_CREATE || type->start);
    /* A rollback goes back to the tags from before the operation, too. */
    bool restoring = resource && resource->step == STEP_RESTORING && run->row.next_settings;
    struct resource_request request = {
        .action = kind,
        .type = type,
        .type_name = action->type,
        .stack_id = run->row.stack_id,
        .stack_name = run->row.name,
        .logical_id = action->logical_id,
        .physical_id = known ? action->physical_id : NULL,
        .properties = action->properties,
        .old_properties = action->old_properties,
        .stack_tags = (json_t *)(restoring ? run->old_stack_tags : run->stack_tags),
        .old_stack_tags = (json_t *)(restoring ? run->stack_tags : run->old_stack_tags),
        .attributes = kind == RESOURCE_CREATE || !resource ? NULL : resource->attributes,
        .caller = run->caller,
        .restoring = resource && resource->step == STEP_RESTORING,
        .releasing = action->kind == ACTION_RELEASE || (resource && resource->step == STEP_RELEASING),
        .serial = action->resource,
        .work = action->work,
        .initiated = operation_initiated,
    };
    resource_operation_start(stack_runner_operations(run->runner), &request, operation_done, run->runner);
}

static void start_operation(struct stack_run *run, const struct machine_action *action, struct arena *arena,
                            enum resource_action kind) {
    const struct resource_type *type = resource_type_find(action->type);
    if (!type) {
        fail_now(run, action, arena_printf(arena, "Unrecognized resource type: %s", action->type));
        return;
    }
    if (resource_type_is_custom(action->type)) {
        custom_resource_send(run, action, kind, arena);
        return;
    }
    if (kind != RESOURCE_DELETE && action->kind != ACTION_RELEASE) {
        const char *problem = resource_type_check_properties(type, action->properties, arena);
        if (problem) {
            fail_now(run, action, problem);
            return;
        }
    }
    if (kind == RESOURCE_DELETE && (!action->physical_id || !*action->physical_id)) {
        /* A create that failed before anything came into being. */
        struct machine_event event = {
            .kind = MACHINE_SUCCEEDED, .resource = action->resource, .work = action->work};
        stack_run_push(run, &event);
        return;
    }
    start_native(run, action, kind, type);
}

static void cancel(struct stack_run *run, const struct machine_action *action) {
    if (resource_type_is_custom(action->type)) {
        custom_resource_cancel(run, action->resource);
    } else {
        struct resource_operation *operation = resource_operations_find_resource(
            stack_runner_operations(run->runner), run->row.stack_id, action->resource);
        if (operation) {
            operation->cancelled = true;
            operation->request.work = action->work;
            if (operation->request.type->cancel) {
                operation->request.type->cancel(operation);
            }
            return;
        }
    }
    struct machine_event event = {
        .kind = MACHINE_CANCELLED, .resource = action->resource, .work = action->work};
    stack_run_push(run, &event);
}

/* ---- the end of an operation ---- */

static void remember_imports(struct stack_run *run, const struct stack_row *row) {
    const char *name;
    json_t *unused;
    import_store_clear(run->store, row->stack_id);
    json_object_foreach(run->imports, name, unused) {
        (void)unused;
        import_store_add(run->store, row->account, row->region, name, row->stack_id);
    }
}

static void remove_export(void *argument, const char *name, const char *value, const char *stack_id) {
    struct stack_run *run = argument;
    (void)value;
    (void)stack_id;
    export_store_remove(run->store, run->row.account, run->row.region, name);
}

static void drop_exports(struct stack_run *run, struct arena *arena) {
    export_store_each(run->store, arena, run->row.account, run->row.region, run->row.stack_id, NULL,
                      remove_export, run);
    import_store_clear(run->store, run->row.stack_id);
}

static void finish(struct stack_run *run, const struct machine_action *action, struct arena *arena) {
    struct stack_row row;
    if (!stack_store_find_id(run->store, arena, run->row.stack_id, &row)) {
        return;
    }
    enum stack_status status = stack_state_status(run->state);
    bool first = !row.settings;
    if (row.next_settings && (action->keep_new || first)) {
        row.settings = row.next_settings;
        row.template_body = row.next_template;
        if (run->deployment) {
            row.description = run->deployment->template->description;
        }
    }
    const json_t *held_outputs = json_object_get(deployment_document(arena, row.next_settings), "Outputs");
    row.next_settings = NULL;
    row.next_template = NULL;
    if (action->keep_new && status != STACK_DELETE_COMPLETE) {
        const json_t *outputs = run->outputs ? run->outputs : held_outputs;
        row.outputs = outputs ? deployment_dump(arena, outputs) : row.outputs;
        remember_imports(run, &row);
    }
    if (status == STACK_DELETE_COMPLETE || status == STACK_ROLLBACK_COMPLETE) {
        row.outputs = NULL;
        drop_exports(run, arena);
    }
    if (status == STACK_DELETE_COMPLETE) {
        signal_store_clear(run->store, row.stack_id);
        row.protected = false;
        row.change_set_id = NULL;
    }
    stack_store_update(run->store, &row);
    stack_action_stop_timers(run);
    change_set_finished(run, arena);
    run->finished = true;
}

/* A nested stack's outputs are good, but not yet its own: they stand in the settings of its update. */
static void hold(struct stack_run *run, struct arena *arena) {
    struct stack_row row;
    if (!run->outputs || !stack_store_find_id(run->store, arena, run->row.stack_id, &row) ||
        !row.next_settings) {
        return;
    }
    json_t *settings = deployment_document(arena, row.next_settings);
    json_object_set(settings, "Outputs", run->outputs);
    row.next_settings = deployment_dump(arena, settings);
    stack_store_update(run->store, &row);
}

/* ---- all kinds ---- */

void stack_action_carry_out(struct stack_run *run, const struct machine_action *action, struct arena *arena) {
    switch (action->kind) {
    case ACTION_EMIT_STACK:
        emit_stack(run, action, arena);
        break;
    case ACTION_EMIT_RESOURCE:
        emit_resource(run, action, arena);
        break;
    case ACTION_RESOLVE:
        stack_evaluation_resolve(run, action->resource, action->work);
        break;
    case ACTION_CREATE:
        start_operation(run, action, arena, RESOURCE_CREATE);
        break;
    case ACTION_UPDATE:
        start_operation(run, action, arena, RESOURCE_UPDATE);
        break;
    case ACTION_DELETE:
        start_operation(run, action, arena, RESOURCE_DELETE);
        break;
    case ACTION_CANCEL:
        cancel(run, action);
        break;
    case ACTION_EVALUATE_OUTPUTS:
        stack_evaluation_outputs(run, action->work);
        break;
    case ACTION_TIMER:
        stack_action_start_timer(run, action);
        break;
    case ACTION_RELEASE:
        start_operation(run, action, arena, RESOURCE_UPDATE);
        break;
    case ACTION_HELD:
        hold(run, arena);
        break;
    case ACTION_FINISHED:
        finish(run, action, arena);
        break;
    }
}

/* ---- after a restart ---- */

static void resume_resource(struct stack_run *run, const struct stack_resource *resource,
                            struct arena *arena) {
    struct machine_action action = {
        .resource = resource->serial,
        .work = resource->work,
        .logical_id = resource->logical_id,
        .type = resource->type,
        .physical_id = resource->physical_id,
        .properties = resource->target.sent,
        .old_properties = resource->current.sent,
    };
    if (resource_type_is_custom(resource->type) &&
        custom_resource_waits(run, resource->serial, resource->work)) {
        return; /* its deadline is kept by custom_resource_resume() */
    }
    switch (resource->step) {
    case STEP_RESOLVING:
        stack_evaluation_resolve(run, resource->serial, resource->work);
        break;
    case STEP_CREATING:
    case STEP_REPLACING:
        start_operation(run, &action, arena, RESOURCE_CREATE);
        break;
    case STEP_UPDATING:
        start_operation(run, &action, arena, RESOURCE_UPDATE);
        break;
    case STEP_RELEASING:
        action.properties = resource->current.sent;
        start_operation(run, &action, arena, RESOURCE_UPDATE);
        break;
    case STEP_RESTORING:
        action.properties = resource->stable_properties.sent;
        start_operation(run, &action, arena, RESOURCE_UPDATE);
        break;
    case STEP_CLEARING:
    case STEP_DELETING:
        action.properties = resource->current.sent;
        start_operation(run, &action, arena, RESOURCE_DELETE);
        break;
    case STEP_CANCELLING:
        cancel(run, &action);
        break;
    case STEP_IDLE:
    case STEP_WAITING:
    case STEP_DONE:
    case STEP_FAILED:
    case STEP_COUNT:
        break;
    }
}

void stack_action_resume(struct stack_run *run) {
    struct arena *arena = arena_open();
    size_t count = stack_state_count(run->state);
    for (size_t i = 0; i < count; i++) {
        const struct stack_resource *resource = stack_state_at(run->state, i);
        if (resource->work && !resource->gone) {
            resume_resource(run, resource, arena);
        }
    }
    arena_close(arena);
    stack_run_drive(run);
}
