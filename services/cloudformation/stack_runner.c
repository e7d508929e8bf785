#include "services/cloudformation/stack_runner.h"

#include "emulator/base/die.h"
#include "services/cloudformation/cloudformation.h"
#include "services/cloudformation/stack_actions.h"

/* One event on its way to the machine, with its own copies of strings. */
struct run_event {
    struct run_event *next;
    struct machine_event event;
};

struct stack_watch {
    struct stack_watch *next;
    char *stack_id;
    int64_t number;
    stack_ended_fn *ended;
    void *argument;
};

struct stack_timer {
    struct stack_timer *next;
    struct stack_runner *runner;
    int64_t number;
    char *stack_id;
    int resource;
    int work;
    task_id task;
};

struct stack_runner {
    struct emulator *emulator;
    struct resource_operations *operations;
    struct stack_run *runs;
    struct stack_timer *timers;
    struct stack_watch *watches;
    int64_t next_watch;
    json_t *expected; /* name of a nested stack -> its parent's id */
};

struct stack_runner *stack_runner_open(struct emulator *emulator) {
    struct stack_runner *runner = xcalloc(1, sizeof *runner);
    runner->emulator = emulator;
    runner->operations = resource_operations_open(emulator);
    runner->expected = json_object();
    return runner;
}

struct stack_runner *stack_runner_of(struct emulator *emulator) {
    return cloudformation_runner(emulator);
}

struct resource_operations *stack_runner_operations(struct stack_runner *runner) {
    return runner->operations;
}

/* ---- runs ---- */

static struct identity read_caller(struct stack_run *run) {
    const json_t *caller = deployment_document(run->arena, run->row.caller);
    struct identity identity = {
        .access_key = deployment_setting(caller, "AccessKey"),
        .session_token = deployment_setting(caller, "SessionToken"),
        .arn = deployment_setting(caller, "Arn"),
        .user_id = deployment_setting(caller, "UserId"),
        .service_principal = deployment_flag(caller, "ServicePrincipal"),
    };
    snprintf(identity.account, sizeof identity.account, "%s", run->row.account);
    snprintf(identity.region, sizeof identity.region, "%s", run->row.region);
    return identity;
}

/* With a service role, CloudFormation itself calls in the role's name. */
static void apply_role(struct stack_run *run, const json_t *settings) {
    const char *role = deployment_setting(settings, "RoleARN");
    const char *name = role ? strrchr(role, '/') : NULL;
    if (name) {
        run->caller.arn = arena_printf(run->arena, "arn:aws:sts::%s:assumed-role/%s/AWSCloudFormation",
                                       run->row.account, name + 1);
        run->caller.user_id = NULL;
        run->caller.session_token = NULL;
        run->caller.access_key = NULL;
    }
}

static void load(struct stack_run *run) {
    if (!stack_store_find_id(run->store, run->arena, run->row.stack_id, &run->row)) {
        die("cloudformation: stack %s vanished", run->row.stack_id);
    }
    const struct stack_row *row = &run->row;
    struct deployment_place place = {row->account, row->region, row->stack_id, row->name};
    const char *error = NULL;
    run->deployment = NULL;
    if (row->next_settings) {
        run->deployment = deployment_open(run->arena, &place, row->next_template, row->next_settings, &error);
    } else if (row->settings) {
        run->deployment = deployment_open(run->arena, &place, row->template_body, row->settings, &error);
    }
    const json_t *settings = run->deployment ? run->deployment->settings : NULL;
    run->stack_tags = json_object_get(settings, "Tags");
    run->old_stack_tags = NULL;
    if (row->next_settings && row->settings) {
        run->old_stack_tags = json_object_get(deployment_document(run->arena, row->settings), "Tags");
    }
    run->notification_arns = json_object_get(settings, "NotificationARNs");
    run->caller = read_caller(run);
    apply_role(run, settings);
}

static void add_resource(void *argument, const struct resource_row *row) {
    stack_state_add(argument, row->document);
}

static struct stack_run *find_run(struct stack_runner *runner, const char *stack_id) {
    struct stack_run *run = runner->runs;
    while (run && strcmp(run->row.stack_id, stack_id) != 0) {
        run = run->next;
    }
    return run;
}

struct stack_run *stack_runner_run(struct emulator *emulator, const char *stack_id) {
    struct stack_runner *runner = stack_runner_of(emulator);
    struct stack_run *run = find_run(runner, stack_id);
    if (run) {
        return run;
    }
    run = xcalloc(1, sizeof *run);
    run->runner = runner;
    run->emulator = emulator;
    run->store = emulator_store(emulator);
    run->arena = arena_open();
    run->last_event = &run->first_event;
    run->row.stack_id = arena_strdup(run->arena, stack_id);
    run->references = json_object();
    run->reference_errors = json_object();
    run->imports = json_object();
    run->denials = json_object();
    run->touched = json_object();
    load(run);
    run->state = stack_state_open(stack_store_state(run->store, run->arena, stack_id));
    resource_store_each(run->store, run->arena, stack_id, add_resource, run->state);
    stack_state_clean(run->state);
    run->next = runner->runs;
    runner->runs = run;
    return run;
}

void stack_runner_reload(struct stack_run *run) {
    load(run);
    json_object_clear(run->references);
    json_object_clear(run->reference_errors);
    json_object_clear(run->imports);
    json_object_clear(run->denials);
    json_decref(run->outputs);
    run->outputs = NULL;
    run->finished = false;
    stack_evaluation_release(run);
}

static void free_run(struct stack_run *run) {
    struct run_event *event = run->first_event;
    while (event) {
        struct run_event *next = event->next;
        json_decref(event->event.properties);
        json_decref(event->event.shown_properties);
        json_decref(event->event.attributes);
        free(event);
        event = next;
    }
    stack_evaluation_release(run);
    stack_state_close(run->state);
    json_decref(run->references);
    json_decref(run->reference_errors);
    json_decref(run->imports);
    json_decref(run->denials);
    json_decref(run->touched);
    json_decref(run->outputs);
    free(run->written);
    arena_close(run->arena);
    free(run);
}

static void close_run(struct stack_run *run) {
    struct stack_run **link = &run->runner->runs;
    while (*link != run) {
        link = &(*link)->next;
    }
    *link = run->next;
    free_run(run);
}

bool stack_runner_is_busy(struct emulator *emulator, const char *stack_id) {
    struct stack_run *run = find_run(stack_runner_of(emulator), stack_id);
    return run && stack_status_in_progress(stack_state_status(run->state));
}

void stack_runner_release(struct stack_run *run) {
    if (!run->driving && !stack_status_in_progress(stack_state_status(run->state))) {
        close_run(run);
    }
}

/* ---- the queue ---- */

void stack_run_push(struct stack_run *run, const struct machine_event *event) {
    struct run_event *queued = xcalloc(1, sizeof *queued);
    queued->event = *event;
    queued->event.reason = event->reason ? arena_strdup(run->arena, event->reason) : NULL;
    queued->event.physical_id = event->physical_id ? arena_strdup(run->arena, event->physical_id) : NULL;
    queued->event.fallback_id = event->fallback_id ? arena_strdup(run->arena, event->fallback_id) : NULL;
    json_incref(queued->event.properties);
    json_incref(queued->event.shown_properties);
    json_incref(queued->event.attributes);
    *run->last_event = queued;
    run->last_event = &queued->next;
}

static void step(struct stack_run *run, struct run_event *queued) {
    struct arena *arena = arena_open();
    struct machine_actions actions = {.arena = arena};
    stack_machine_step(run->state, &queued->event, &actions);
    for (size_t i = 0; i < actions.count; i++) {
        stack_action_carry_out(run, &actions.rows[i], arena);
    }
    json_decref(queued->event.properties);
    json_decref(queued->event.shown_properties);
    json_decref(queued->event.attributes);
    free(queued);
    arena_close(arena);
}

static void write_rows(struct stack_run *run) {
    struct arena *arena = arena_open();
    const char *stack_id = run->row.stack_id;
    size_t count = stack_state_count(run->state);
    for (size_t i = 0; i < count; i++) {
        const struct stack_resource *resource = stack_state_at(run->state, i);
        if (resource->gone) {
            resource_store_remove(run->store, stack_id, resource->serial);
        } else if (resource->dirty) {
            struct resource_row row = {
                .serial = resource->serial,
                .logical_id = resource->logical_id,
                .physical_id = resource->physical_id,
                .document = stack_resource_write(arena, resource),
                .updated_ms = stack_action_take_touched(run, resource->serial),
            };
            resource_store_put(run->store, stack_id, &row);
        }
    }
    const char *state = stack_state_write(arena, run->state);
    if (!run->written || strcmp(state, run->written) != 0) {
        stack_store_set_state(run->store, stack_id, state);
        free(run->written);
        run->written = xstrdup(state);
    }
    stack_state_clean(run->state);
    arena_close(arena);
}

/* Those that begin to watch meanwhile wait for the next time. */
static void tell_watchers(struct stack_runner *runner, const char *stack_id) {
    int64_t limit = runner->next_watch;
    struct stack_watch **link = &runner->watches;
    while (*link) {
        struct stack_watch *watch = *link;
        if (watch->number >= limit || strcmp(watch->stack_id, stack_id) != 0) {
            link = &watch->next;
            continue;
        }
        *link = watch->next;
        watch->ended(watch->argument, stack_id);
        free(watch->stack_id);
        free(watch);
        link = &runner->watches;
    }
}

void stack_run_drive(struct stack_run *run) {
    if (run->driving) {
        return;
    }
    run->driving = true;
    while (run->first_event) {
        struct run_event *queued = run->first_event;
        run->first_event = queued->next;
        if (!run->first_event) {
            run->last_event = &run->first_event;
        }
        step(run, queued);
    }
    write_rows(run);
    /* Touched times come last: rows of new resources exist only now. */
    stack_action_touch(run);
    run->driving = false;
    bool status_changed = run->status_changed;
    run->status_changed = false;
    if (run->finished && !stack_status_in_progress(stack_state_status(run->state))) {
        struct stack_runner *runner = run->runner;
        char *stack_id = xstrdup(run->row.stack_id);
        close_run(run);
        tell_watchers(runner, stack_id);
        free(stack_id);
    } else if (status_changed && run->row.parent_id) {
        tell_watchers(run->runner, run->row.stack_id);
    }
}

void stack_runner_carry_out(struct stack_run *run, const struct machine_actions *actions,
                            const char *abort_reason) {
    bool outer = !run->driving;
    run->driving = true;
    if (abort_reason) {
        struct machine_event event = {.kind = MACHINE_ABORTED, .reason = abort_reason};
        stack_run_push(run, &event);
    }
    for (size_t i = 0; i < actions->count; i++) {
        stack_action_carry_out(run, &actions->rows[i], actions->arena);
    }
    if (outer) {
        run->driving = false;
        stack_run_drive(run);
    }
}

void stack_runner_post(struct emulator *emulator, const char *stack_id, const struct machine_event *event) {
    struct stack_run *run = find_run(stack_runner_of(emulator), stack_id);
    if (!run) {
        struct arena *arena = arena_open();
        struct stack_row row;
        if (stack_store_find_id(emulator_store(emulator), arena, stack_id, &row)) {
            run = stack_runner_run(emulator, stack_id);
        }
        arena_close(arena);
    }
    if (run) {
        stack_run_push(run, event);
        stack_run_drive(run);
    }
}

void stack_runner_steer_child(struct emulator *emulator, const char *child_id,
                              void (*steer)(struct stack_state *state, struct machine_actions *actions)) {
    struct stack_run *run = stack_runner_run(emulator, child_id);
    if (!stack_status_in_progress(stack_state_status(run->state))) {
        stack_runner_release(run);
        return;
    }
    struct arena *arena = arena_open();
    struct machine_actions actions = {.arena = arena};
    if (steer == stack_machine_revert) {
        stack_outputs_restore_exports(run);
    }
    steer(run->state, &actions);
    stack_runner_carry_out(run, &actions, NULL);
    arena_close(arena);
}

void stack_runner_watch(struct emulator *emulator, const char *stack_id, stack_ended_fn *ended,
                        void *argument) {
    struct stack_runner *runner = stack_runner_of(emulator);
    struct stack_watch *watch = xcalloc(1, sizeof *watch);
    watch->stack_id = xstrdup(stack_id);
    watch->ended = ended;
    watch->number = runner->next_watch++;
    watch->argument = argument;
    watch->next = runner->watches;
    runner->watches = watch;
}

void stack_runner_unwatch(struct emulator *emulator, const void *argument) {
    struct stack_watch **link = &stack_runner_of(emulator)->watches;
    while (*link) {
        struct stack_watch *watch = *link;
        if (watch->argument != argument) {
            link = &watch->next;
            continue;
        }
        *link = watch->next;
        free(watch->stack_id);
        free(watch);
    }
}

void stack_runner_expect_child(struct emulator *emulator, const char *child_name, const char *parent_id) {
    json_object_set_new(stack_runner_of(emulator)->expected, child_name, json_string(parent_id));
}

const char *stack_runner_expected_parent(struct emulator *emulator, struct arena *arena,
                                         const char *child_name) {
    json_t *expected = stack_runner_of(emulator)->expected;
    const char *parent_id = json_string_value(json_object_get(expected, child_name));
    char *copy = parent_id ? arena_strdup(arena, parent_id) : NULL;
    json_object_del(expected, child_name);
    return copy;
}

/* ---- timers ---- */

static void unlink_timer(struct stack_timer *timer) {
    struct stack_timer **link = &timer->runner->timers;
    while (*link && *link != timer) {
        link = &(*link)->next;
    }
    if (*link) {
        *link = timer->next;
    }
}

static void timer_due(void *argument, enum task_event task_event) {
    struct stack_timer *timer = argument;
    timer->task = 0;
    unlink_timer(timer);
    if (task_event == TASK_RUN) {
        struct emulator *emulator = timer->runner->emulator;
        struct machine_event event = {
            .kind = MACHINE_TIMER, .resource = timer->resource, .work = timer->work};
        timer_store_remove(emulator_store(emulator), timer->number);
        stack_runner_post(emulator, timer->stack_id, &event);
    }
    free(timer->stack_id);
    free(timer);
}

static void start_timer(struct stack_runner *runner, int64_t number, const char *stack_id, int resource,
                        int work, int64_t due_ms) {
    struct stack_timer *timer = xcalloc(1, sizeof *timer);
    timer->runner = runner;
    timer->number = number;
    timer->stack_id = xstrdup(stack_id);
    timer->resource = resource;
    timer->work = work;
    timer->next = runner->timers;
    runner->timers = timer;
    timer->task = emulator_schedule(runner->emulator, due_ms, timer_due, timer);
}

void stack_action_start_timer(struct stack_run *run, const struct machine_action *action) {
    int64_t due_ms = emulator_now_ms(run->emulator) + action->delay_ms;
    int64_t number =
        timer_store_insert(run->store, run->row.stack_id, action->resource, action->work, due_ms);
    start_timer(run->runner, number, run->row.stack_id, action->resource, action->work, due_ms);
}

void stack_action_stop_timers(struct stack_run *run) {
    timer_store_remove_stack(run->store, run->row.stack_id);
    struct stack_timer *timer = run->runner->timers;
    while (timer) {
        struct stack_timer *next = timer->next;
        if (strcmp(timer->stack_id, run->row.stack_id) == 0) {
            emulator_cancel(run->emulator, timer->task);
        }
        timer = next;
    }
}

/* ---- life ---- */

static void forget(struct stack_runner *runner) {
    json_object_clear(runner->expected);
    resource_operations_clear(runner->operations);
    while (runner->runs) {
        struct stack_run *run = runner->runs;
        runner->runs = run->next;
        free_run(run);
    }
    while (runner->timers) {
        struct stack_timer *timer = runner->timers;
        runner->timers = timer->next;
        if (!timer->task || !emulator_cancel(runner->emulator, timer->task)) {
            free(timer->stack_id);
            free(timer);
        }
    }
    while (runner->watches) {
        struct stack_watch *watch = runner->watches;
        runner->watches = watch->next;
        free(watch->stack_id);
        free(watch);
    }
}

static void resume_timer(void *argument, int64_t number, const char *stack_id, int resource, int work,
                         int64_t due_ms) {
    start_timer(argument, number, stack_id, resource, work, due_ms);
}

static void resume_stack(void *argument, const char *stack_id) {
    struct stack_runner *runner = argument;
    stack_action_resume(stack_runner_run(runner->emulator, stack_id));
}

void stack_runner_resume(struct stack_runner *runner) {
    forget(runner);
    struct store *store = emulator_store(runner->emulator);
    struct arena *arena = arena_open();
    timer_store_each(store, arena, resume_timer, runner);
    stack_store_each_busy(store, arena, resume_stack, runner);
    arena_close(arena);
}

void stack_runner_close(struct stack_runner *runner) {
    forget(runner);
    resource_operations_close(runner->operations);
    json_decref(runner->expected);
    free(runner);
}
