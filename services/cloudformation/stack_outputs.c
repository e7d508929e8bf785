/* Outputs and exports of a stack whose resources are done. */
#include "services/cloudformation/stack_runner.h"

struct export_check {
    struct stack_run *run;
    struct arena *arena;
    const json_t *exports; /* name -> value, of the operation */
    const char *users;     /* "A and B" */
    const char *error;
};

static void push_failure(struct stack_run *run, int work, const char *reason) {
    struct machine_event event = {.kind = MACHINE_OUTPUTS_FAILED, .work = work, .reason = reason};
    stack_run_push(run, &event);
}

static void add_user(void *argument, const char *stack_name) {
    struct export_check *check = argument;
    check->users =
        check->users ? arena_printf(check->arena, "%s and %s", check->users, stack_name) : stack_name;
}

const char *stack_outputs_users(struct stack_run *run, const char *export_name, struct arena *arena) {
    struct export_check check = {.run = run, .arena = arena};
    import_store_each(run->store, arena, run->row.account, run->row.region, export_name, add_user, &check);
    return check.users;
}

/* Exports the stack has now: those that go or change must not be in use. */
static void check_export(void *argument, const char *name, const char *value, const char *stack_id) {
    struct export_check *check = argument;
    (void)stack_id;
    json_t *now = json_object_get(check->exports, name);
    if (check->error || (now && strcmp(json_string_value(now), value) == 0)) {
        return;
    }
    const char *users = stack_outputs_users(check->run, name, check->arena);
    if (users) {
        check->error =
            now ? arena_printf(check->arena, "Export %s cannot be updated as it is in use by %s", name, users)
                : arena_printf(check->arena,
                               "Delete canceled. Cannot delete export %s as it is in use by %s.", name,
                               users);
    }
}

static void remove_old_export(void *argument, const char *name, const char *value, const char *stack_id) {
    struct export_check *check = argument;
    (void)value;
    (void)stack_id;
    if (!json_object_get(check->exports, name)) {
        export_store_remove(check->run->store, check->run->row.account, check->run->row.region, name);
    }
}

static const char *register_exports(struct stack_run *run, const json_t *exports, struct arena *arena) {
    const struct stack_row *row = &run->row;
    struct export_check check = {.run = run, .arena = arena, .exports = exports};
    export_store_each(run->store, arena, row->account, row->region, row->stack_id, NULL, check_export,
                      &check);
    if (check.error) {
        return check.error;
    }
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)exports, name, value) {
        const char *owner = NULL;
        const char *known = export_store_find(run->store, arena, row->account, row->region, name, &owner);
        if (known && strcmp(owner, row->stack_id) != 0) {
            struct stack_row other;
            bool found = stack_store_find_id(run->store, arena, owner, &other);
            return arena_printf(arena, "Export with name %s is already exported by stack %s", name,
                                found ? other.name : owner);
        }
    }
    export_store_each(run->store, arena, row->account, row->region, row->stack_id, NULL, remove_old_export,
                      &check);
    json_object_foreach((json_t *)exports, name, value) {
        export_store_put(run->store, row->account, row->region, name, json_string_value(value),
                         row->stack_id);
    }
    return NULL;
}

struct output_walk {
    struct stack_run *run;
    struct arena *arena;
    json_t *outputs;
    json_t *exports;
    const char *error;
    bool waits;
};

static const char *text_of_evaluation(struct output_walk *walk, const struct environment *environment,
                                      const json_t *value, const char *name) {
    struct evaluation result = evaluate(environment, value);
    walk->waits |= result.status == EVALUATION_WAIT;
    if (result.status == EVALUATION_ERROR) {
        walk->error = result.error;
    }
    if (result.status != EVALUATION_OK) {
        return NULL;
    }
    const char *text = scalar_text(walk->arena, result.value);
    if (!text && !walk->error) {
        walk->error = arena_printf(walk->arena,
                                   "Template format error: The Value field of every Outputs member must "
                                   "evaluate to a String. (%s)",
                                   name);
    }
    return text;
}

/* Source: User Guide, custom resource response objects, NoEcho. */
static void mask_output(struct output_walk *walk, const struct template_output *output, json_t *row) {
    struct environment masking = stack_evaluation_environment(walk->run, walk->arena, true);
    struct evaluation shown = evaluate(&masking, output->value);
    const char *text = shown.status == EVALUATION_OK ? scalar_text(walk->arena, shown.value) : SECRET_MASK;
    const char *real = json_string_value(json_object_get(row, "OutputValue"));
    if (text && strcmp(text, real) != 0) {
        json_object_set_new(row, "Secret", json_string(real));
        json_object_set_new(row, "OutputValue", json_string(text));
    }
}

static void walk_output(struct output_walk *walk, const struct environment *environment,
                        const struct template_output *output) {
    if (!condition_holds(environment, output->condition)) {
        return;
    }
    const char *value = text_of_evaluation(walk, environment, output->value, output->name);
    if (!value) {
        return;
    }
    json_t *row = json_pack("{s:s, s:s}", "OutputKey", output->name, "OutputValue", value);
    mask_output(walk, output, row);
    if (output->description) {
        json_object_set_new(row, "Description", json_string(output->description));
    }
    if (output->export_name) {
        const char *name = text_of_evaluation(walk, environment, output->export_name, output->name);
        if (name) {
            json_object_set_new(row, "ExportName", json_string(name));
            json_object_set_new(walk->exports, name, json_string(value));
        }
    }
    json_array_append_new(walk->outputs, row);
}

void stack_evaluation_outputs(struct stack_run *run, int work) {
    if (!run->deployment) {
        push_failure(run, work, "Internal Failure");
        return;
    }
    struct arena *arena = arena_open();
    struct environment environment = stack_evaluation_environment(run, arena, false);
    struct output_walk walk = {.run = run, .arena = arena, .outputs = json_array(), .exports = json_object()};
    const struct template *template = run->deployment->template;
    for (size_t i = 0; i < template->output_count && !walk.error; i++) {
        walk_output(&walk, &environment, &template->outputs[i]);
    }
    const char *error = walk.error;
    if (!error && walk.waits) {
        stack_evaluation_wait(run, 0, work);
    } else {
        error = error ? error : register_exports(run, walk.exports, arena);
        if (error) {
            push_failure(run, work, error);
        } else {
            json_decref(run->outputs);
            run->outputs = json_incref(walk.outputs);
            struct machine_event event = {.kind = MACHINE_OUTPUTS_READY, .work = work};
            stack_run_push(run, &event);
        }
    }
    json_decref(walk.outputs);
    json_decref(walk.exports);
    arena_close(arena);
}

/* ---- before anything is made ---- */

static const char *search_imports(struct stack_run *run, const struct environment *environment,
                                  const json_t *value, struct arena *arena) {
    const char *key;
    json_t *member;
    size_t i;
    const char *found = NULL;
    json_object_foreach((json_t *)value, key, member) {
        if (found) {
            break;
        }
        if (strcmp(key, "Fn::ImportValue") == 0) {
            const char *name = scalar_text(arena, evaluate(environment, member).value);
            if (name &&
                !export_store_find(run->store, arena, run->row.account, run->row.region, name, NULL)) {
                found = arena_printf(arena, "No export named %s found", name);
            }
        } else if (strcmp(key, "Fn::If") == 0 && json_array_size(member) == 3) {
            const char *condition = json_string_value(json_array_get(member, 0));
            size_t branch = condition && condition_holds(environment, condition) ? 1 : 2;
            found = search_imports(run, environment, json_array_get(member, branch), arena);
        } else {
            found = search_imports(run, environment, member, arena);
        }
    }
    json_array_foreach(value, i, member) {
        if (found) {
            break;
        }
        found = search_imports(run, environment, member, arena);
    }
    return found;
}

const char *stack_evaluation_missing_import(struct stack_run *run, struct arena *arena) {
    struct environment environment = run->deployment->environment;
    environment.arena = arena;
    const struct stack_plan *plan = run->deployment->plan;
    const char *found = NULL;
    for (size_t i = 0; i < plan->count && !found; i++) {
        found = search_imports(run, &environment, plan->resources[i].declaration->properties, arena);
    }
    return found;
}

void stack_outputs_restore_exports(struct stack_run *run) {
    struct arena *arena = arena_open();
    struct export_check check = {.run = run};
    const json_t *outputs = deployment_document(arena, run->row.outputs);
    size_t i;
    json_t *output;
    export_store_each(run->store, arena, run->row.account, run->row.region, run->row.stack_id, NULL,
                      remove_old_export, &check);
    json_array_foreach(outputs, i, output) {
        const char *name = deployment_setting(output, "ExportName");
        const char *secret = deployment_setting(output, "Secret");
        if (name) {
            export_store_put(run->store, run->row.account, run->row.region, name,
                             secret ? secret : deployment_setting(output, "OutputValue"), run->row.stack_id);
        }
    }
    arena_close(arena);
}
