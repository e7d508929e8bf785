/*
 * Random walks: random templates, requests and answers; after each of them the world of physical resources
 * that the answers made is compared with what the machine believes. A failure prints its seed.
 */
#include <CUnit/CUnit.h>

#include "emulator/base/ids.h"
#include "harness/unit_tests.h"
#include "services/cloudformation/stack_machine_rig.h"

#define WALKS 400
#define REQUESTS 8
#define STEPS_MAXIMUM 3000
#define NAMES 6
#define WORKS_MAXIMUM 512
#define THINGS_MAXIMUM 512

static const char *const names[NAMES] = {"A", "B", "C", "D", "E", "F"};

/* A physical resource. */
struct thing {
    const char *id;
    const char *value;
    bool exists;
    bool abandoned; /* retained, skipped or given up: the stack no longer answers for it */
};

struct walk {
    struct rig *rig;
    struct ids *ids;
    struct row rows[NAMES]; /* the operation's template */
    size_t row_count;
    struct machine_action works[WORKS_MAXIMUM];
    size_t work_count;
    struct thing things[THINGS_MAXIMUM];
    size_t thing_count;
    bool finished;
    bool skipped; /* ContinueUpdateRollback left something out of step */
    const char *problem;
};

static int below(struct walk *walk, int bound) {
    return (int)ids_random_below(walk->ids, (uint64_t)bound);
}

static void wrong(struct walk *walk, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void wrong(struct walk *walk, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (!walk->problem) {
        walk->problem = arena_vprintf(walk->rig->arena, format, arguments);
    }
    va_end(arguments);
}

/* ---- the world ------------------------------------------------------------------------------------- */

static struct thing *find_thing(struct walk *walk, const char *id) {
    for (size_t i = 0; i < walk->thing_count; i++) {
        if (strcmp(walk->things[i].id, id) == 0) {
            return &walk->things[i];
        }
    }
    return NULL;
}

static const char *make_thing(struct walk *walk, const char *id, const char *value) {
    struct thing *thing = find_thing(walk, id);
    if (!thing) {
        thing = &walk->things[walk->thing_count++];
        thing->id = arena_strdup(walk->rig->arena, id);
    }
    thing->exists = true;
    thing->value = value;
    return thing->id;
}

static const char *new_id(struct walk *walk) {
    return arena_printf(walk->rig->arena, "id-%zu", walk->thing_count);
}

static const char *value_of(const json_t *properties) {
    return json_string_value(json_object_get(properties, "P"));
}

/* ---- templates ------------------------------------------------------------------------------------- */

static void make_rows(struct walk *walk) {
    struct arena *arena = walk->rig->arena;
    walk->row_count = 0;
    for (int i = 0; i < NAMES; i++) {
        if (below(walk, 4) == 0) {
            continue;
        }
        const char *dependencies = "";
        for (size_t j = 0; j < walk->row_count; j++) {
            if (below(walk, 3) == 0) {
                dependencies = arena_printf(arena, "%s%s%s", dependencies, dependencies[0] ? "," : "",
                                            walk->rows[j].name);
            }
        }
        const enum deletion_policy policies[] = {POLICY_NONE,   POLICY_NONE,
                                                 POLICY_NONE,   POLICY_DELETE,
                                                 POLICY_RETAIN, POLICY_RETAIN_EXCEPT_ON_CREATE};
        walk->rows[walk->row_count++] = (struct row){
            .name = names[i],
            .type = i % 2 ? "Custom::Thing" : "AWS::SNS::Topic",
            .dependencies = dependencies,
            .value = below(walk, 25) ? arena_printf(arena, "%d", below(walk, 3)) : NULL,
            .deletion_policy = policies[below(walk, 6)],
            .update_replace_policy = policies[below(walk, 6)],
            .token = i % 2 && below(walk, 20) == 0 ? "other" : "token",
            .replacement = i % 2 == 0 && below(walk, 3) == 0,
        };
    }
}

static const struct row *row_of(const struct walk *walk, const char *name) {
    for (size_t i = 0; i < walk->row_count; i++) {
        if (strcmp(walk->rows[i].name, name) == 0) {
            return &walk->rows[i];
        }
    }
    return NULL;
}

/* ---- actions --------------------------------------------------------------------------------------- */

static void check_create_order(struct walk *walk, const struct machine_action *action) {
    struct text rest = text_of(row_of(walk, action->logical_id)->dependencies);
    while (rest.data && rest.size) {
        const char *name = arena_text_string(walk->rig->arena, text_cut(&rest, ','));
        const struct stack_resource *dependency = stack_state_find(walk->rig->state, name);
        if (!dependency || !dependency->physical_id[0]) {
            wrong(walk, "%s was made before %s", action->logical_id, name);
        }
    }
}

static void check_delete(struct walk *walk, const struct machine_action *action) {
    struct thing *thing = find_thing(walk, action->physical_id);
    if (!thing || !thing->exists || thing->abandoned) {
        wrong(walk, "a delete of %s, which is not there", action->physical_id);
    } else if (value_of(action->properties) == NULL) {
        wrong(walk, "a delete of %s without properties", action->physical_id);
    }
}

static void carry_out(struct walk *walk, const struct machine_action *action) {
    switch (action->kind) {
    case ACTION_CREATE:
        check_create_order(walk, action);
        break;
    case ACTION_DELETE:
        check_delete(walk, action);
        break;
    case ACTION_UPDATE:
        if (!find_thing(walk, action->physical_id)->exists) {
            wrong(walk, "an update of %s, which is gone", action->physical_id);
        }
        break;
    case ACTION_EMIT_RESOURCE:
        if (action->resource_status == RESOURCE_DELETE_SKIPPED) {
            find_thing(walk, action->physical_id)->abandoned = true;
        }
        /* The handler of a cancelled create may still be at work, under the generated id. */
        if (action->resource_status == RESOURCE_CREATE_FAILED && template_type_is_custom(action->type) &&
            strcmp(action->reason, "Resource creation cancelled") == 0) {
            make_thing(walk, action->physical_id, value_of(action->shown_properties));
        }
        return;
    case ACTION_FINISHED:
        walk->finished = true;
        return;
    case ACTION_CANCEL:
    case ACTION_EMIT_STACK:
        return;
    case ACTION_RESOLVE:
    case ACTION_EVALUATE_OUTPUTS:
    case ACTION_TIMER:
        break;
    }
    struct machine_action *work = &walk->works[walk->work_count++];
    *work = *action;
}

static void take_actions(struct walk *walk) {
    struct machine_actions *actions = &walk->rig->actions;
    for (size_t i = 0; i < actions->count; i++) {
        carry_out(walk, &actions->rows[i]);
    }
    actions->count = 0;
    rig_reopen(walk->rig);
}

/* ---- answers --------------------------------------------------------------------------------------- */

static struct machine_event answer_resolve(struct walk *walk, const struct machine_action *action) {
    const struct row *row = row_of(walk, action->logical_id);
    struct machine_event event = {.kind = MACHINE_RESOLVE_FAILED, .reason = "no value"};
    if (row && row->value) {
        event.kind = MACHINE_RESOLVED;
        event.properties = json_pack("{s:s,s:s}", "P", row->value, "ServiceToken", row->token);
        arena_cleanup(walk->rig->arena, (void (*)(void *))json_decref, event.properties);
        event.replacement = row->replacement;
        if (template_type_is_custom(row->type)) {
            event.fallback_id = new_id(walk);
            make_thing(walk, event.fallback_id, row->value);
            find_thing(walk, event.fallback_id)->exists = false;
        }
    }
    return event;
}

static struct machine_event answer_create(struct walk *walk, const struct machine_action *action) {
    bool custom = template_type_is_custom(action->type);
    struct machine_event event = {.kind = MACHINE_SUCCEEDED};
    int choice = below(walk, 8);
    if (choice == 0) {
        /* Nobody knows whether something was made. */
        const struct stack_resource *resource = stack_state_serial(walk->rig->state, action->resource);
        bool alive = resource && resource->work == action->work && resource->step == STEP_CREATING;
        if (custom && alive && resource->generated_id) {
            make_thing(walk, resource->generated_id, value_of(action->properties));
        }
        return (struct machine_event){.kind = MACHINE_FAILED, .reason = "silent"};
    }
    if (choice == 1) {
        return (struct machine_event){.kind = MACHINE_FAILED, .reason = "refused", .physical_id = ""};
    }
    event.kind = choice == 2 ? MACHINE_FAILED : MACHINE_SUCCEEDED;
    event.reason = "broken";
    event.physical_id = make_thing(walk, new_id(walk), value_of(action->properties));
    return event;
}

static struct machine_event answer_update(struct walk *walk, const struct machine_action *action) {
    struct machine_event event = {.kind = below(walk, 4) ? MACHINE_SUCCEEDED : MACHINE_FAILED,
                                  .reason = "broken"};
    bool other_id = template_type_is_custom(action->type) && below(walk, 4) == 0;
    event.physical_id =
        make_thing(walk, other_id ? new_id(walk) : action->physical_id, value_of(action->properties));
    return event;
}

static struct machine_event answer_delete(struct walk *walk, const struct machine_action *action) {
    struct thing *thing = find_thing(walk, action->physical_id);
    if (below(walk, 5) == 0) {
        const struct stack_resource *resource = stack_state_serial(walk->rig->state, action->resource);
        if (walk->rig->state->phase == PHASE_CLEANUP && resource->attempts == 2) {
            thing->abandoned = true;
        }
        return (struct machine_event){.kind = MACHINE_FAILED, .reason = "stuck"};
    }
    thing->exists = false;
    return (struct machine_event){.kind = MACHINE_SUCCEEDED};
}

/* Whether an answer still counts; a late one of a custom resource names nothing new then. */
static bool counts(const struct walk *walk, const struct machine_action *action) {
    const struct stack_resource *resource = stack_state_serial(walk->rig->state, action->resource);
    return !action->resource || (resource && resource->work == action->work);
}

static void answer(struct walk *walk) {
    size_t at = (size_t)below(walk, (int)walk->work_count);
    struct machine_action action = walk->works[at];
    walk->works[at] = walk->works[--walk->work_count];
    struct machine_event event = {.kind = MACHINE_TIMER};
    if (!counts(walk, &action)) {
        event = (struct machine_event){.kind = MACHINE_SUCCEEDED, .physical_id = "late"};
    } else if (action.kind == ACTION_RESOLVE) {
        event = answer_resolve(walk, &action);
    } else if (action.kind == ACTION_CREATE) {
        event = answer_create(walk, &action);
    } else if (action.kind == ACTION_UPDATE) {
        event = answer_update(walk, &action);
    } else if (action.kind == ACTION_DELETE) {
        event = answer_delete(walk, &action);
    } else if (action.kind == ACTION_EVALUATE_OUTPUTS) {
        event.kind = below(walk, 8) ? MACHINE_OUTPUTS_READY : MACHINE_OUTPUTS_FAILED;
        event.reason = "No export named X found";
    }
    event.resource = action.resource;
    event.work = action.work;
    stack_machine_step(walk->rig->state, &event, &walk->rig->actions);
}

/* ---- requests -------------------------------------------------------------------------------------- */

static void request_template(struct walk *walk, bool update) {
    make_rows(walk);
    struct stack_plan plan = rig_plan(walk->rig->arena, walk->rows, walk->row_count);
    struct machine_options options = {
        .on_failure = (enum failure_policy)below(walk, update ? 2 : 3),
        .retain_except_on_create = below(walk, 4) == 0,
        .timeout_ms = update || below(walk, 4) ? 0 : 60000,
        .monitoring_ms = below(walk, 4) ? 0 : 60000,
    };
    if (update) {
        stack_machine_update(walk->rig->state, &plan, &options, &walk->rig->actions);
    } else {
        stack_machine_create(walk->rig->state, &plan, &options, &walk->rig->actions);
    }
}

static bool admits(struct walk *walk, enum stack_request request) {
    return !stack_request_refusal(walk->rig->arena, walk->rig->state->status, request, "id");
}

static void request_continue(struct walk *walk) {
    const char *skip[NAMES];
    size_t count = 0;
    for (int i = 0; i < NAMES; i++) {
        if (below(walk, 3) == 0 && !stack_skip_refusal(walk->rig->arena, walk->rig->state, &names[i], 1)) {
            skip[count++] = names[i];
            walk->skipped = true;
        }
    }
    stack_machine_continue_rollback(walk->rig->state, skip, count, &walk->rig->actions);
}

/* A request that the status admits. False: none was made. */
static bool request(struct walk *walk) {
    struct stack_state *state = walk->rig->state;
    struct delete_options options = {.force = state->status == STACK_DELETE_FAILED && below(walk, 2)};
    walk->finished = false;
    if (state->status == STACK_DELETE_COMPLETE) {
        return false;
    }
    if (below(walk, 4) == 0) {
        stack_machine_delete(state, &options, &walk->rig->actions);
    } else if (admits(walk, REQUEST_CONTINUE_ROLLBACK)) {
        request_continue(walk);
    } else if (admits(walk, REQUEST_ROLLBACK) && below(walk, 2)) {
        stack_machine_rollback(state, below(walk, 2), &walk->rig->actions);
    } else if (admits(walk, REQUEST_UPDATE)) {
        request_template(walk, true);
    } else {
        stack_machine_delete(state, &options, &walk->rig->actions);
    }
    return true;
}

static void interfere(struct walk *walk) {
    if (admits(walk, REQUEST_CANCEL_UPDATE) && below(walk, 40) == 0) {
        stack_machine_cancel_update(walk->rig->state, &walk->rig->actions);
    } else if (below(walk, 80) == 0) {
        stack_machine_delete(walk->rig->state, &(struct delete_options){0}, &walk->rig->actions);
    }
}

/* ---- what must hold -------------------------------------------------------------------------------- */

static bool is_held(const struct walk *walk, const char *id) {
    for (size_t i = 0; i < stack_state_count(walk->rig->state); i++) {
        const struct stack_resource *resource = stack_state_at(walk->rig->state, i);
        if (!resource->gone && resource->status != RESOURCE_DELETE_COMPLETE &&
            strcmp(resource->physical_id, id) == 0) {
            return true;
        }
    }
    return false;
}

static void check_values(struct walk *walk) {
    for (size_t i = 0; i < stack_state_count(walk->rig->state); i++) {
        const struct stack_resource *resource = stack_state_at(walk->rig->state, i);
        if (resource->gone || resource->leftover) {
            continue;
        }
        const struct thing *thing = find_thing(walk, resource->physical_id);
        if (!thing || !thing->exists) {
            wrong(walk, "%s is %s, which is not there", resource->logical_id, resource->physical_id);
        } else if (!walk->skipped && strcmp(thing->value, value_of(resource->current.sent)) != 0) {
            wrong(walk, "%s has the value %s and should have %s", resource->logical_id, thing->value,
                  value_of(resource->current.sent));
        }
    }
}

static void check_rest(struct walk *walk) {
    enum stack_status status = walk->rig->state->status;
    if (stack_status_in_progress(status)) {
        wrong(walk, "finished in %s", stack_status_name(status));
    }
    bool deleted = status == STACK_DELETE_COMPLETE || status == STACK_ROLLBACK_COMPLETE;
    for (size_t i = 0; i < walk->thing_count; i++) {
        const struct thing *thing = &walk->things[i];
        if (thing->exists && !thing->abandoned && (deleted || !is_held(walk, thing->id))) {
            wrong(walk, "%s was forgotten in %s", thing->id, stack_status_name(status));
        }
    }
    if (status == STACK_CREATE_COMPLETE || status == STACK_UPDATE_COMPLETE ||
        status == STACK_UPDATE_ROLLBACK_COMPLETE) {
        check_values(walk);
    }
    if (status == STACK_UPDATE_COMPLETE || status == STACK_CREATE_COMPLETE) {
        for (size_t i = 0; i < walk->row_count; i++) {
            const struct stack_resource *resource = stack_state_find(walk->rig->state, walk->rows[i].name);
            if (!resource || strcmp(value_of(resource->current.sent), walk->rows[i].value) != 0) {
                wrong(walk, "%s is not as the template wants it", walk->rows[i].name);
            }
        }
    }
}

static void run_walk(uint64_t seed) {
    struct walk *walk = calloc(1, sizeof *walk);
    walk->rig = rig_open();
    walk->ids = ids_open(seed);
    request_template(walk, false);
    bool running = true;
    for (int i = 0; running && !walk->problem && i < REQUESTS; i++) {
        take_actions(walk);
        for (int steps = 0; !walk->finished && !walk->problem; steps++) {
            if (walk->work_count == 0 || steps > STEPS_MAXIMUM) {
                wrong(walk, "stuck in %s", stack_status_name(walk->rig->state->status));
                break;
            }
            interfere(walk);
            take_actions(walk);
            if (walk->work_count) {
                answer(walk);
                take_actions(walk);
            }
        }
        while (walk->work_count && !walk->problem) {
            answer(walk); /* natives that were cancelled, and late ones */
            take_actions(walk);
        }
        if (!walk->problem) {
            check_rest(walk);
            running = request(walk);
        }
    }
    if (walk->problem) {
        fprintf(stderr, "seed %llu: %s\n", (unsigned long long)seed, walk->problem);
    }
    CU_ASSERT_PTR_NULL(walk->problem);
    ids_close(walk->ids);
    rig_close(walk->rig);
    free(walk);
}

static void walks_end_well(void) {
    for (uint64_t seed = 1; seed <= WALKS; seed++) {
        run_walk(seed);
    }
}

void stack_machine_walk_test(void) {
    unit_test("Random answers always lead to an end that forgets nothing", walks_end_well);
}
