#include "services/cloudformation/stack_plan.h"

#include "services/cloudformation/intrinsics_internal.h"
#include "services/cloudformation/sub_pattern.h"
#include "services/cloudformation/template_internal.h"

/* ---- equality ------------------------------------------------------------------------------------- */

static bool is_scalar(const json_t *value) {
    return value && !json_is_object(value) && !json_is_array(value);
}

static bool scalars_equal(const json_t *a, const json_t *b) {
    if (json_is_string(a) && json_is_string(b)) {
        return json_equal(a, b);
    }
    struct arena *arena = arena_open();
    bool equal = strcmp(scalar_text(arena, a), scalar_text(arena, b)) == 0;
    arena_close(arena);
    return equal;
}

bool values_equal(const json_t *a, const json_t *b) {
    const char *key;
    json_t *member;
    size_t index;
    if (!a || !b) {
        return a == b;
    }
    if (is_scalar(a) && is_scalar(b)) {
        return scalars_equal(a, b);
    }
    if (json_typeof(a) != json_typeof(b) || json_object_size(a) != json_object_size(b) ||
        json_array_size(a) != json_array_size(b)) {
        return false;
    }
    json_object_foreach((json_t *)a, key, member) {
        json_t *other = json_object_get(b, key);
        if (!other || !values_equal(member, other)) {
            return false;
        }
    }
    json_array_foreach((json_t *)a, index, member) {
        if (!values_equal(member, json_array_get(b, index))) {
            return false;
        }
    }
    return true;
}

static void decref(void *value) {
    json_decref(value);
}

json_t *properties_changed(struct arena *arena, const json_t *old_properties, const json_t *new_properties) {
    json_t *names = json_array();
    const char *key;
    json_t *member;
    arena_cleanup(arena, decref, names);
    json_object_foreach((json_t *)new_properties, key, member) {
        if (!values_equal(member, json_object_get(old_properties, key))) {
            json_array_append_new(names, json_string(key));
        }
    }
    json_object_foreach((json_t *)old_properties, key, member) {
        if (!json_object_get(new_properties, key)) {
            json_array_append_new(names, json_string(key));
        }
    }
    return names;
}

/* ---- references ----------------------------------------------------------------------------------- */

/* Collects the resources that a value names, along the branches that the conditions choose. */
struct collector {
    const struct environment *environment;
    json_t *names;   /* object used as an ordered set */
    json_t *missing; /* same: resources whose condition is false */
};

static void collect(struct collector *collector, const json_t *value);

static void name_resource(struct collector *collector, const char *name) {
    const struct environment *environment = collector->environment;
    const struct template_resource *resource = template_find_resource(environment->template, name);
    if (resource) {
        json_t *set =
            condition_holds(environment, resource->condition) ? collector->names : collector->missing;
        json_object_set_new(set, name, json_true());
    }
}

struct sub_collection {
    struct collector *collector;
    const json_t *map;
};

static void collect_variable(void *argument, struct text variable) {
    struct sub_collection *sub = argument;
    struct arena *arena = sub->collector->environment->arena;
    if (json_object_get(sub->map, arena_text_string(arena, variable))) {
        return;
    }
    struct text rest = variable;
    name_resource(sub->collector, arena_text_string(arena, text_cut(&rest, '.')));
}

static void collect_sub(struct collector *collector, const json_t *argument) {
    const json_t *pattern = json_is_array(argument) ? json_array_get(argument, 0) : argument;
    struct sub_collection sub = {collector, json_is_array(argument) ? json_array_get(argument, 1) : NULL};
    if (json_is_string(pattern)) {
        sub_pattern_variables(text_of(json_string_value(pattern)), collect_variable, &sub);
    }
    collect(collector, sub.map);
}

/* False: no function that names resources by itself. */
static bool collect_function(struct collector *collector, const char *function, const json_t *argument) {
    if (strcmp(function, "Ref") == 0) {
        name_resource(collector, json_is_string(argument) ? json_string_value(argument) : "");
    } else if (strcmp(function, "Fn::GetAtt") == 0) {
        struct text rest =
            text_of(json_string_value(json_is_array(argument) ? json_array_get(argument, 0) : argument));
        const char *name = json_is_array(argument)
                               ? rest.data
                               : arena_text_string(collector->environment->arena, text_cut(&rest, '.'));
        name_resource(collector, name ? name : "");
        collect(collector, json_is_array(argument) ? json_array_get(argument, 1) : NULL);
    } else if (strcmp(function, "Fn::Sub") == 0) {
        collect_sub(collector, argument);
    } else if (strcmp(function, "Fn::If") == 0) {
        const char *condition = json_string_value(json_array_get(argument, 0));
        bool holds = condition && condition_holds(collector->environment, condition);
        collect(collector, json_array_get(argument, holds ? 1 : 2));
    } else {
        return false;
    }
    return true;
}

static void collect(struct collector *collector, const json_t *value) {
    const char *key;
    json_t *member;
    size_t index;
    json_t *argument;
    const char *function = template_function(value, &argument);
    if (function && collect_function(collector, function, argument)) {
        return;
    }
    json_object_foreach((json_t *)value, key, member) {
        collect(collector, member);
    }
    json_array_foreach((json_t *)value, index, member) {
        collect(collector, member);
    }
}

static struct collector open_collector(const struct environment *environment) {
    struct collector collector = {environment, json_object(), json_object()};
    arena_cleanup(environment->arena, decref, collector.names);
    arena_cleanup(environment->arena, decref, collector.missing);
    return collector;
}

static const char *list_of(struct arena *arena, json_t *set) {
    const char *list = NULL;
    const char *name;
    json_t *member;
    json_object_foreach(set, name, member) {
        list = list ? arena_printf(arena, "%s, %s", list, name) : arena_strdup(arena, name);
    }
    return list;
}

/* ---- the plan ------------------------------------------------------------------------------------- */

static bool plan_one(const struct environment *environment, const struct template_resource *resource,
                     struct plan_resource *planned, const char **missing) {
    struct arena *arena = environment->arena;
    struct collector collector = open_collector(environment);
    collect(&collector, resource->properties);
    collect(&collector, resource->metadata);
    collect(&collector, resource->update_policy);
    collect(&collector, resource->creation_policy);
    /* A DependsOn on a resource that the conditions leave out is simply no dependency. */
    *missing = list_of(arena, collector.missing);
    for (size_t i = 0; i < resource->depends_on_count; i++) {
        name_resource(&collector, resource->depends_on[i]);
    }
    size_t count = json_object_size(collector.names);
    const char **names = arena_alloc(arena, (count + 1) * sizeof *names);
    const char *name;
    json_t *member;
    size_t at = 0;
    json_object_foreach(collector.names, name, member) {
        names[at++] = arena_strdup(arena, name);
    }
    *planned = (struct plan_resource){
        .declaration = resource,
        .logical_id = resource->logical_id,
        .type = resource->type,
        .dependencies = names,
        .dependency_count = count,
        .deletion_policy = resource->deletion_policy,
        .update_replace_policy = resource->update_replace_policy,
    };
    return *missing == NULL;
}

static bool check_outputs(const struct environment *environment, const char **error) {
    struct collector collector = open_collector(environment);
    for (size_t i = 0; i < environment->template->output_count; i++) {
        const struct template_output *output = &environment->template->outputs[i];
        if (condition_holds(environment, output->condition)) {
            collect(&collector, output->value);
            collect(&collector, output->export_name);
        }
    }
    const char *missing = list_of(environment->arena, collector.missing);
    if (missing) {
        *error = arena_printf(environment->arena,
                              "Unresolved resource dependencies [%s] in the Outputs block of the template",
                              missing);
    }
    return !missing;
}

static size_t index_of(const struct stack_plan *plan, const char *logical_id) {
    size_t i = 0;
    while (i < plan->count && strcmp(plan->resources[i].logical_id, logical_id) != 0) {
        i++;
    }
    return i;
}

/*
 * Takes away what depends on nothing that is left, until nothing moves; what then still stands is in a circle
 * or needs one. Only resources that are needed by others of the rest are in a circle, so the same is done
 * backwards.
 */
static bool peel(const struct stack_plan *plan, bool *left, bool backwards) {
    bool moved = false;
    for (size_t i = 0; i < plan->count; i++) {
        if (!left[i]) {
            continue;
        }
        bool held = false;
        for (size_t j = 0; j < plan->count && !held; j++) {
            size_t from = backwards ? j : i;
            size_t to = backwards ? i : j;
            for (size_t k = 0; left[j] && !held && k < plan->resources[from].dependency_count; k++) {
                held = strcmp(plan->resources[from].dependencies[k], plan->resources[to].logical_id) == 0;
            }
        }
        if (!held) {
            left[i] = false;
            moved = true;
        }
    }
    return moved;
}

/* Quick for the usual plan without circles. */
static bool has_circle(struct arena *arena, const struct stack_plan *plan) {
    bool *done = arena_zalloc(arena, plan->count + 1);
    size_t finished = 0;
    bool moved = true;
    while (moved) {
        moved = false;
        for (size_t i = 0; i < plan->count; i++) {
            if (done[i]) {
                continue;
            }
            bool ready = true;
            for (size_t k = 0; ready && k < plan->resources[i].dependency_count; k++) {
                size_t at = index_of(plan, plan->resources[i].dependencies[k]);
                ready = at < plan->count && done[at];
            }
            if (ready) {
                done[i] = true;
                finished++;
                moved = true;
            }
        }
    }
    return finished < plan->count;
}

static bool check_circles(struct arena *arena, const struct stack_plan *plan, const char **error) {
    if (!has_circle(arena, plan)) {
        return true;
    }
    bool *left = arena_alloc(arena, plan->count + 1);
    memset(left, true, plan->count + 1);
    while (peel(plan, left, false) || peel(plan, left, true)) {
    }
    const char *names = NULL;
    for (size_t i = 0; i < plan->count; i++) {
        if (left[i]) {
            const char *name = plan->resources[i].logical_id;
            names = names ? arena_printf(arena, "%s, %s", names, name) : name;
        }
    }
    *error = arena_printf(arena, "Circular dependency between resources: [%s]", names ? names : "");
    return false;
}

/* ---- values that are wrong whatever the resources will be -------------------------------------------- */

static struct lookup unknown_name(void *argument, const char *name) {
    (void)argument;
    (void)name;
    return (struct lookup){.status = LOOKUP_UNKNOWN};
}

static struct lookup unknown_attribute(void *argument, const char *logical_id, const char *attribute) {
    (void)argument;
    (void)logical_id;
    (void)attribute;
    return (struct lookup){.status = LOOKUP_UNKNOWN};
}

/* Missing mappings, indices out of range and the like are refused when the request comes, not when the
 * resource has its turn. Source: recorded answers of CreateChangeSet. */
static bool check_values(const struct environment *given, const struct stack_plan *plan, const char **error) {
    struct environment environment = *given;
    environment.ref = unknown_name;
    environment.attribute = unknown_attribute;
    environment.import = unknown_name;
    environment.dynamic_reference = NULL;
    for (size_t i = 0; i < plan->count; i++) {
        struct evaluation result = evaluate(&environment, plan->resources[i].declaration->properties);
        if (result.status == EVALUATION_ERROR) {
            *error = result.error;
            return false;
        }
    }
    for (size_t i = 0; i < environment.template->output_count; i++) {
        const struct template_output *output = &environment.template->outputs[i];
        if (!condition_holds(&environment, output->condition)) {
            continue;
        }
        struct evaluation result = evaluate(&environment, output->value);
        if (result.status == EVALUATION_ERROR) {
            *error = result.error;
            return false;
        }
    }
    return true;
}

struct stack_plan *stack_plan_build(const struct environment *environment, const char **error) {
    const struct template *template = environment->template;
    struct arena *arena = environment->arena;
    struct plan_resource *rows = arena_zalloc(arena, (template->resource_count + 1) * sizeof *rows);
    struct stack_plan *plan = arena_zalloc(arena, sizeof *plan);
    plan->resources = rows;
    for (size_t i = 0; i < template->resource_count; i++) {
        const struct template_resource *resource = &template->resources[i];
        const char *missing;
        if (!condition_holds(environment, resource->condition)) {
            continue;
        }
        if (!plan_one(environment, resource, &rows[plan->count], &missing)) {
            *error =
                arena_printf(arena,
                             "Template format error: Unresolved resource dependencies [%s] in the Resources "
                             "block of the template",
                             missing);
            return NULL;
        }
        plan->count++;
    }
    bool good = check_outputs(environment, error) && check_circles(arena, plan, error) &&
                check_values(environment, plan, error);
    return good ? plan : NULL;
}

const struct plan_resource *stack_plan_find(const struct stack_plan *plan, const char *logical_id) {
    size_t at = index_of(plan, logical_id);
    return at < plan->count ? &plan->resources[at] : NULL;
}

const char *stack_plan_type_change(struct arena *arena, const struct stack_plan *plan,
                                   const json_t *old_types) {
    const char *changed = NULL;
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_resource *resource = &plan->resources[i];
        const char *old = json_string_value(json_object_get(old_types, resource->logical_id));
        if (old && strcmp(old, resource->type) != 0) {
            changed =
                changed ? arena_printf(arena, "%s, %s", changed, resource->logical_id) : resource->logical_id;
        }
    }
    return changed
               ? arena_printf(arena,
                              "Update of resource type is not permitted. The new template modifies resource "
                              "type of the following resources: [%s]",
                              changed)
               : NULL;
}
