#include "services/cloudformation/stack_machine_rig.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

/* ---- a stack under test ---------------------------------------------------------------------------- */

struct rig *rig_open(void) {
    struct arena *arena = arena_open();
    struct rig *rig = arena_zalloc(arena, sizeof *rig);
    rig->arena = arena;
    rig->state = stack_state_open(NULL);
    rig->rows = json_object();
    rig->log = STRBUF_INIT;
    rig->actions.arena = arena;
    return rig;
}

void rig_close(struct rig *rig) {
    stack_state_close(rig->state);
    json_decref(rig->rows);
    strbuf_release(&rig->log);
    arena_close(rig->arena);
}

/* As the runner does: only rows of dirty resources are written. */
void rig_reopen(struct rig *rig) {
    for (size_t i = 0; i < stack_state_count(rig->state); i++) {
        const struct stack_resource *resource = stack_state_at(rig->state, i);
        char serial[16];
        snprintf(serial, sizeof serial, "%d", resource->serial);
        if (resource->gone) {
            json_object_del(rig->rows, serial);
        } else if (resource->dirty) {
            const char *document = stack_resource_write(rig->arena, resource);
            json_object_set_new(rig->rows, serial, json_string(document));
        }
    }
    struct stack_state *copy = stack_state_open(stack_state_write(rig->arena, rig->state));
    const char *serial;
    json_t *document;
    json_object_foreach(rig->rows, serial, document) {
        stack_state_add(copy, json_string_value(document));
    }
    stack_state_close(rig->state);
    rig->state = copy;
}

static void log_work(struct rig *rig, const char *verb, const struct machine_action *action) {
    strbuf_printf(&rig->log, "> %s %s", verb, action->logical_id);
    if (action->physical_id && action->physical_id[0]) {
        strbuf_printf(&rig->log, " %s", action->physical_id);
    }
    const json_t *value = json_object_get(action->properties, "P");
    const json_t *old = json_object_get(action->old_properties, "P");
    if (value) {
        strbuf_printf(&rig->log, " P=%s", json_string_value(value));
    }
    if (old) {
        strbuf_printf(&rig->log, " old=%s", json_string_value(old));
    }
    strbuf_append_string(&rig->log, "\n");
}

void rig_log(struct rig *rig) {
    for (size_t i = 0; i < rig->actions.count; i++) {
        const struct machine_action *action = &rig->actions.rows[i];
        switch (action->kind) {
        case ACTION_EMIT_STACK:
            strbuf_printf(&rig->log, "stack %s", stack_status_name(action->stack_status));
            break;
        case ACTION_EMIT_RESOURCE:
            strbuf_printf(&rig->log, "%s %s '%s'%s", action->logical_id,
                          resource_status_name(action->resource_status), action->physical_id,
                          action->uuid_event_id ? " uuid" : "");
            break;
        case ACTION_RESOLVE:
            break;
        case ACTION_CREATE:
            log_work(rig, "create", action);
            break;
        case ACTION_UPDATE:
            log_work(rig, "update", action);
            break;
        case ACTION_DELETE:
            log_work(rig, "delete", action);
            break;
        case ACTION_CANCEL:
            log_work(rig, "cancel", action);
            break;
        case ACTION_EVALUATE_OUTPUTS:
            strbuf_append_string(&rig->log, "> outputs\n");
            break;
        case ACTION_TIMER:
            strbuf_printf(&rig->log, "> timer %lld\n", (long long)action->delay_ms);
            break;
        case ACTION_RELEASE:
            log_work(rig, "release", action);
            break;
        case ACTION_HELD:
            strbuf_append_string(&rig->log, "> held\n");
            break;
        case ACTION_FINISHED:
            strbuf_printf(&rig->log, "> finished %s\n", action->keep_new ? "new" : "old");
            break;
        }
        if (action->kind == ACTION_EMIT_STACK || action->kind == ACTION_EMIT_RESOURCE) {
            strbuf_printf(&rig->log, "%s%s\n", action->reason ? " | " : "",
                          action->reason ? action->reason : "");
        }
    }
    rig->actions.count = 0;
}

void rig_expect(struct rig *rig, const char *expected, const char *file, int line) {
    const char *found = rig->log.data ? rig->log.data : "";
    bool same = strcmp(found, expected) == 0;
    if (!same) {
        fprintf(stderr, "%s:%d: expected\n%sfound\n%s", file, line, expected, found);
    }
    CU_assertImplementation(same, (unsigned)line, "the sequence of actions", file, "", CU_FALSE);
    strbuf_clear(&rig->log);
}

/* ---- what the runner does -------------------------------------------------------------------------- */

static const char *const *split_names(struct arena *arena, const char *names, size_t *count) {
    const char **list = arena_alloc(arena, 16 * sizeof *list);
    struct text rest = names[0] ? text_of(names) : TEXT_NONE;
    *count = 0;
    while (rest.data) {
        list[(*count)++] = arena_text_string(arena, text_cut(&rest, ','));
    }
    return list;
}

struct stack_plan rig_plan(struct arena *arena, const struct row *rows, size_t count) {
    struct plan_resource *resources = arena_zalloc(arena, (count + 1) * sizeof *resources);
    for (size_t i = 0; i < count; i++) {
        resources[i].logical_id = rows[i].name;
        resources[i].type = rows[i].type;
        resources[i].dependencies = split_names(arena, rows[i].dependencies, &resources[i].dependency_count);
        resources[i].deletion_policy = rows[i].deletion_policy;
        resources[i].update_replace_policy = rows[i].update_replace_policy;
    }
    return (struct stack_plan){resources, count};
}

void rig_step(struct rig *rig, struct machine_event event) {
    stack_machine_step(rig->state, &event, &rig->actions);
    rig_reopen(rig);
}

static const struct row *find_row(const struct row *rows, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static void resolve(struct rig *rig, const struct machine_action *action, const struct row *row) {
    struct machine_event event = {.resource = action->resource, .work = action->work};
    if (!row->value) {
        event.kind = MACHINE_RESOLVE_FAILED;
        event.reason = "cannot be evaluated";
        rig_step(rig, event);
        return;
    }
    json_t *properties = json_pack("{s:s}", "P", row->value);
    if (row->token) {
        json_object_set_new(properties, "ServiceToken", json_string(row->token));
    }
    event.kind = MACHINE_RESOLVED;
    event.properties = properties;
    event.replacement = row->replacement;
    if (template_type_is_custom(action->type)) {
        event.fallback_id = arena_printf(rig->arena, "gen-%s", action->logical_id);
    }
    rig_step(rig, event);
    json_decref(properties);
}

/* Answers RESOLVE at once and outputs as ready; everything else waits for the test. */
void rig_settle(struct rig *rig, const struct row *rows, size_t count) {
    for (;;) {
        struct machine_actions actions = rig->actions;
        rig->actions = (struct machine_actions){.arena = rig->arena};
        bool answered = false;
        for (size_t i = 0; i < actions.count; i++) {
            struct machine_actions one = {rig->arena, &actions.rows[i], 1, 1};
            struct machine_actions kept = rig->actions;
            rig->actions = one;
            rig_log(rig);
            rig->actions = kept;
        }
        for (size_t i = 0; i < actions.count; i++) {
            const struct machine_action *action = &actions.rows[i];
            if (action->kind == ACTION_RESOLVE) {
                resolve(rig, action, find_row(rows, count, action->logical_id));
                answered = true;
            } else if (action->kind == ACTION_EVALUATE_OUTPUTS) {
                rig_step(rig, (struct machine_event){.kind = MACHINE_OUTPUTS_READY, .work = action->work});
                answered = true;
            }
        }
        if (!answered) {
            return;
        }
    }
}

/* The work of a resource (not of what is left over from it, unless there is nothing else). */
struct machine_event rig_answer(struct rig *rig, enum machine_event_kind kind, const char *name) {
    const struct stack_resource *found = NULL;
    for (size_t i = 0; i < stack_state_count(rig->state); i++) {
        const struct stack_resource *resource = stack_state_at(rig->state, i);
        if (resource->work && strcmp(resource->logical_id, name) == 0 && (!found || found->leftover)) {
            found = resource;
        }
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(found);
    return (struct machine_event){.kind = kind, .resource = found->serial, .work = found->work};
}

void rig_succeed(struct rig *rig, const char *name, const char *physical_id) {
    struct machine_event event = rig_answer(rig, MACHINE_SUCCEEDED, name);
    event.physical_id = physical_id;
    rig_step(rig, event);
}

void rig_fail(struct rig *rig, const char *name, const char *physical_id, const char *reason) {
    struct machine_event event = rig_answer(rig, MACHINE_FAILED, name);
    event.physical_id = physical_id;
    event.reason = reason;
    rig_step(rig, event);
}

void rig_create(struct rig *rig, const struct row *rows, size_t count, enum failure_policy policy) {
    struct stack_plan plan = rig_plan(rig->arena, rows, count);
    struct machine_options options = {.on_failure = policy};
    stack_machine_create(rig->state, &plan, &options, &rig->actions);
    rig_reopen(rig);
    rig_settle(rig, rows, count);
}

void rig_update(struct rig *rig, const struct row *rows, size_t count, enum failure_policy policy) {
    struct stack_plan plan = rig_plan(rig->arena, rows, count);
    struct machine_options options = {.on_failure = policy};
    stack_machine_update(rig->state, &plan, &options, &rig->actions);
    rig_reopen(rig);
    rig_settle(rig, rows, count);
}

void rig_delete(struct rig *rig, struct delete_options options) {
    stack_machine_delete(rig->state, &options, &rig->actions);
    rig_reopen(rig);
    rig_log(rig);
}

/* A stack whose resources have the ids a-1, b-1 ... */
struct rig *rig_created(const struct row *rows, size_t count) {
    struct rig *rig = rig_open();
    rig_create(rig, rows, count, FAILURE_ROLLBACK);
    for (size_t done = 0; done < count; done++) {
        for (size_t i = 0; i < stack_state_count(rig->state); i++) {
            const struct stack_resource *resource = stack_state_at(rig->state, i);
            if (resource->step == STEP_CREATING) {
                char *id = arena_printf(rig->arena, "%s-1", resource->logical_id);
                id[0] = (char)(id[0] | 0x20);
                rig_succeed(rig, resource->logical_id, id);
                rig_settle(rig, rows, count);
                break;
            }
        }
    }
    CU_ASSERT_EQUAL_FATAL(stack_state_status(rig->state), STACK_CREATE_COMPLETE);
    strbuf_clear(&rig->log);
    return rig;
}

static void state_survives_its_documents(void) {
    static const struct row rows[] = {{"A", "Custom::A", "", "a", POLICY_RETAIN, 0, "fn", false}};
    struct rig *rig = RIG(rows);
    const struct stack_resource *resource = stack_state_find(rig->state, "A");
    char *before = stack_resource_write(rig->arena, resource);
    rig_reopen(rig);
    CU_ASSERT_STRING_EQUAL(stack_resource_write(rig->arena, stack_state_find(rig->state, "A")), before);
    CU_ASSERT_EQUAL(stack_state_find(rig->state, "A")->deletion_policy, POLICY_RETAIN);
    rig_close(rig);
}

void stack_machine_rig_test(void) {
    unit_test("The state of a stack survives its documents", state_survives_its_documents);
}
