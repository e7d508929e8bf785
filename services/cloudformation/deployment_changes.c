#include "services/cloudformation/deployment_changes.h"

#include "services/cloudformation/resource_types.h"

struct survey {
    const struct deployment *before;
    const struct deployment *after;
    const struct stack_state *state;
    struct arena *arena;
    json_t *actions; /* logical id -> "Add", "Modify", "Replace" */
    bool values;     /* as IncludePropertyValues shows them: what is known now decides, not what may change */
};

static const char *action_of(const struct survey *survey, const char *logical_id) {
    return json_string_value(json_object_get(survey->actions, logical_id));
}

static struct lookup known_ref(void *argument, const char *logical_id) {
    struct survey *survey = argument;
    const char *action = action_of(survey, logical_id);
    const struct stack_resource *resource = stack_state_find(survey->state, logical_id);
    if (!resource || (action && strcmp(action, "Modify") != 0)) {
        return (struct lookup){.status = LOOKUP_UNKNOWN};
    }
    return (struct lookup){.status = LOOKUP_FOUND, .value = json_string(resource->physical_id)};
}

static const json_t *before_properties(const struct survey *survey, const char *logical_id) {
    const struct stack_resource *resource = stack_state_find(survey->state, logical_id);
    if (!resource) {
        return NULL;
    }
    return resource->current.shown ? resource->current.shown : resource->current.sent;
}

static struct lookup known_attribute(void *argument, const char *logical_id, const char *attribute) {
    struct survey *survey = argument;
    const struct stack_resource *resource = stack_state_find(survey->state, logical_id);
    json_t *value = resource ? resource_type_attribute(resource->type, resource->attributes,
                                                       before_properties(survey, logical_id), attribute)
                             : NULL;
    const char *action = action_of(survey, logical_id);
    bool stays = survey->values && action && strcmp(action, "Modify") == 0;
    if (!value || (action && !stays)) {
        return (struct lookup){.status = LOOKUP_UNKNOWN};
    }
    return (struct lookup){.status = LOOKUP_FOUND, .value = json_incref(value)};
}

static struct lookup known_import(void *argument, const char *name) {
    (void)argument;
    (void)name;
    return (struct lookup){.status = LOOKUP_UNKNOWN};
}

static const json_t *after_value(struct survey *survey, const json_t *value) {
    struct environment environment = survey->after->environment;
    environment.argument = survey;
    environment.ref = known_ref;
    environment.attribute = known_attribute;
    environment.import = known_import;
    environment.mask_no_echo = true;
    struct evaluation result = evaluate(&environment, value);
    return result.status == EVALUATION_OK ? result.value : value;
}

struct detail {
    const char *attribute; /* Properties, Metadata ... */
    const char *name;      /* property; NULL */
    const char *recreation;
    const char *before; /* NULL: it was not there */
    const char *after;
};

static json_t *make_detail(const struct detail *detail, const char *source, const char *evaluation,
                           const char *causing_entity) {
    json_t *target =
        json_pack("{s:s, s:s}", "Attribute", detail->attribute, "RequiresRecreation", detail->recreation);
    if (detail->name) {
        json_object_set_new(target, "Name", json_string(detail->name));
        json_object_set_new(target, "Path", json_sprintf("/Properties/%s", detail->name));
        const char *type = !detail->before ? "Add" : !detail->after ? "Remove" : "Modify";
        json_object_set_new(target, "AttributeChangeType", json_string(type));
        resource_set_member(target, "BeforeValue", detail->before);
        resource_set_member(target, "AfterValue", detail->after);
    }
    json_t *made =
        json_pack("{s:o, s:s, s:s}", "Target", target, "Evaluation", evaluation, "ChangeSource", source);
    resource_set_member(made, "CausingEntity", causing_entity);
    return made;
}

/* A change beside the properties. */
static void add_plain(json_t *details, const char *attribute) {
    struct detail detail = {.attribute = attribute, .recreation = "Never"};
    json_array_append_new(details, make_detail(&detail, "DirectModification", "Static", NULL));
}

/* What a value refers to: adds a detail for each parameter or resource whose change reaches it. */
struct cause_search {
    struct survey *survey;
    const struct detail *detail;
    json_t *details;
    bool by_parameter;
    bool by_resource;
};

static void add_parameter_cause(struct cause_search *search, const char *name) {
    const struct survey *survey = search->survey;
    const struct parameter_value *new = parameters_find(survey->after->parameters, name);
    const struct parameter_value *old =
        survey->before ? parameters_find(survey->before->parameters, name) : NULL;
    bool same = new &&old &&new->ref && old->ref &&values_equal(new->ref, old->ref);
    if (new && !same) {
        json_array_append_new(search->details,
                              make_detail(search->detail, "ParameterReference", "Static", name));
        search->by_parameter = true;
    }
}

static void add_resource_cause(struct cause_search *search, const char *logical_id, const char *attribute) {
    const char *action = action_of(search->survey, logical_id);
    bool replaced = action && strcmp(action, "Replace") == 0;
    if (!action || (!attribute && !replaced) || strcmp(action, "Add") == 0) {
        return;
    }
    const char *entity =
        attribute ? arena_printf(search->survey->arena, "%s.%s", logical_id, attribute) : logical_id;
    json_array_append_new(search->details,
                          make_detail(search->detail, attribute ? "ResourceAttribute" : "ResourceReference",
                                      replaced ? "Static" : "Dynamic", entity));
    search->by_resource = true;
}

static void add_name_cause(struct cause_search *search, const char *name) {
    const char *dot = strchr(name, '.');
    if (dot) {
        add_resource_cause(search, arena_copy(search->survey->arena, name, (size_t)(dot - name)), dot + 1);
    } else if (parameters_find(search->survey->after->parameters, name)) {
        add_parameter_cause(search, name);
    } else {
        add_resource_cause(search, name, NULL);
    }
}

static void search_sub(struct cause_search *search, const json_t *value) {
    const char *text = json_string_value(json_is_array(value) ? json_array_get(value, 0) : value);
    for (const char *start = text ? strstr(text, "${") : NULL; start; start = strstr(start + 2, "${")) {
        const char *end = strchr(start, '}');
        if (!end) {
            return;
        }
        if (start[2] != '!') {
            add_name_cause(search, arena_copy(search->survey->arena, start + 2, (size_t)(end - start - 2)));
        }
    }
}

static void search_causes(struct cause_search *search, const json_t *value) {
    const char *key;
    json_t *member;
    size_t i;
    json_array_foreach(value, i, member) {
        search_causes(search, member);
    }
    json_object_foreach((json_t *)value, key, member) {
        if (strcmp(key, "Ref") == 0 && json_is_string(member)) {
            add_name_cause(search, json_string_value(member));
        } else if (strcmp(key, "Fn::GetAtt") == 0 && json_is_array(member)) {
            const char *logical_id = json_string_value(json_array_get(member, 0));
            const char *attribute = json_string_value(json_array_get(member, 1));
            if (logical_id && attribute) {
                add_resource_cause(search, logical_id, attribute);
            }
        } else if (strcmp(key, "Fn::Sub") == 0) {
            search_sub(search, member);
            search_causes(search, json_is_array(member) ? json_array_get(member, 1) : NULL);
        } else {
            search_causes(search, member);
        }
    }
}

static const char *value_text(struct arena *arena, const json_t *value) {
    const char *scalar = value ? scalar_text(arena, value) : NULL;
    return scalar || !value ? scalar : deployment_dump(arena, value);
}

/*
 * What refers to something that changes. With values, only what they say counts: a property whose new value
 * is not another one does not change, and the others begin with a modification of their own. Source: recorded
 * test_change_set_fn_get_attr, test_change_set_ref.
 */
static struct cause_search search_property(struct survey *survey, const struct detail *detail,
                                           const json_t *declared, json_t *details) {
    json_t *found = json_array();
    struct cause_search search = {.survey = survey, .detail = detail, .details = found};
    search_causes(&search, declared);
    bool same = detail->before && detail->after && strcmp(detail->before, detail->after) == 0;
    if (survey->values && search.by_resource && same) {
        search.by_resource = false;
        json_array_clear(found);
    } else if (survey->values && search.by_resource) {
        json_array_append_new(details, make_detail(detail, "DirectModification", "Dynamic", NULL));
    }
    json_array_extend(details, found);
    json_decref(found);
    return search;
}

static void property_details(struct survey *survey, const struct plan_resource *new, const char *name,
                             const json_t *old_properties, bool changed, json_t *details) {
    const struct resource_type *type = resource_type_find(new->type);
    json_t *declared = json_object_get(new->declaration->properties, name);
    struct detail detail = {
        .attribute = "Properties",
        .name = name,
        .recreation = type && resource_type_property_replaces(type, name) ? "Always" : "Never",
        .before = value_text(survey->arena, json_object_get(old_properties, name)),
        .after = value_text(survey->arena, declared ? after_value(survey, declared) : NULL),
    };
    struct cause_search search = search_property(survey, &detail, declared, details);
    if (!changed) {
        return;
    }
    const struct plan_resource *old =
        survey->before ? stack_plan_find(survey->before->plan, new->logical_id) : NULL;
    json_t *was_declared = old ? json_object_get(old->declaration->properties, name) : NULL;
    bool direct = !declared || !was_declared || !values_equal(declared, was_declared);
    if (direct && !search.by_resource) {
        json_array_append_new(details, make_detail(&detail, "DirectModification", "Static", NULL));
    } else if (search.by_parameter) {
        json_array_append_new(details, make_detail(&detail, "DirectModification", "Dynamic", NULL));
    }
}

static bool lists(const json_t *names, const char *name) {
    size_t i;
    json_t *listed;
    json_array_foreach(names, i, listed) {
        if (strcmp(json_string_value(listed), name) == 0) {
            return true;
        }
    }
    return false;
}

/* All property names of before and after, in order of the alphabet. */
static const char **property_names(struct survey *survey, const json_t *before, const json_t *after,
                                   size_t *count) {
    const char **names =
        arena_alloc(survey->arena, (json_object_size(before) + json_object_size(after) + 1) * sizeof *names);
    const json_t *const sides[] = {before, after};
    *count = 0;
    for (size_t side = 0; side < 2; side++) {
        const char *key;
        json_t *value;
        json_object_foreach((json_t *)sides[side], key, value) {
            size_t at = 0;
            while (at < *count && strcmp(names[at], key) < 0) {
                at++;
            }
            if (at < *count && strcmp(names[at], key) == 0) {
                continue;
            }
            memmove(&names[at + 1], &names[at], (*count - at) * sizeof *names);
            names[at] = key;
            ++*count;
        }
    }
    return names;
}

/* Properties whose template text, parameters or referenced resources make them change. */
static json_t *details_of(struct survey *survey, const struct plan_resource *old,
                          const struct plan_resource *new) {
    json_t *details = deployment_keep(survey->arena, json_array());
    const json_t *shown = before_properties(survey, new->logical_id);
    const json_t *a = deployment_symbolic(survey->before, old->declaration->properties);
    const json_t *b = deployment_symbolic(survey->after, new->declaration->properties);
    json_t *changed = properties_changed(survey->arena, a, b);
    size_t count;
    const char **names = property_names(survey, a, new->declaration->properties, &count);
    for (size_t i = 0; i < count; i++) {
        property_details(survey, new, names[i], shown, lists(changed, names[i]), details);
    }
    if (!deployment_same_value(survey->before, old->declaration->metadata, survey->after,
                               new->declaration->metadata)) {
        add_plain(details, "Metadata");
    }
    if (old->declaration->deletion_policy != new->declaration->deletion_policy) {
        add_plain(details, "DeletionPolicy");
    }
    if (old->declaration->update_replace_policy != new->declaration->update_replace_policy) {
        add_plain(details, "UpdateReplacePolicy");
    }
    if (!deployment_same_value(survey->before, old->declaration->update_policy, survey->after,
                               new->declaration->update_policy)) {
        add_plain(details, "UpdatePolicy");
    }
    bool is_handle = strcmp(new->type, "AWS::CloudFormation::WaitConditionHandle") == 0;
    if (!is_handle && !deployment_same_setting(survey->before, survey->after, "Tags")) {
        add_plain(details, "Tags");
    }
    /* Source: API Reference, ResourceChangeDetail: a nested stack's template may have changed. */
    if (json_array_size(details) == 0 && resource_type_is_nested(new->type)) {
        struct detail detail = {.attribute = "Properties", .recreation = "Never"};
        json_array_append_new(details, make_detail(&detail, "Automatic", "Dynamic", NULL));
    }
    return details;
}

static const char *replacement_of(const json_t *details) {
    const char *replacement = "False";
    size_t i;
    json_t *detail;
    json_array_foreach(details, i, detail) {
        const char *recreation = deployment_setting(json_object_get(detail, "Target"), "RequiresRecreation");
        if (strcmp(recreation, "Never") == 0) {
            continue;
        }
        if (strcmp(deployment_setting(detail, "Evaluation"), "Static") == 0) {
            return "True";
        }
        replacement = "Conditional";
    }
    return replacement;
}

static bool mark(struct survey *survey, const char *logical_id, const char *action) {
    const char *known = action_of(survey, logical_id);
    if (known && (strcmp(known, action) == 0 || strcmp(known, "Replace") == 0)) {
        return false;
    }
    json_object_set_new(survey->actions, logical_id, json_string(action));
    return true;
}

/* A change may reach others through references: until nothing new is found. */
static void find_actions(struct survey *survey) {
    bool again = true;
    while (again) {
        again = false;
        for (size_t i = 0; i < survey->after->plan->count; i++) {
            const struct plan_resource *new = &survey->after->plan->resources[i];
            const struct plan_resource *old =
                survey->before ? stack_plan_find(survey->before->plan, new->logical_id) : NULL;
            if (!old) {
                again |= mark(survey, new->logical_id, "Add");
                continue;
            }
            json_t *details = details_of(survey, old, new);
            if (json_array_size(details) > 0) {
                bool replaced = strcmp(replacement_of(details), "True") == 0;
                again |= mark(survey, new->logical_id, replaced ? "Replace" : "Modify");
            }
        }
    }
}

static json_t *scope_of(const json_t *details) {
    static const char *const order[] = {"Metadata",     "Properties",     "Tags",
                                        "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy"};
    json_t *scope = json_array();
    for (size_t o = 0; o < sizeof order / sizeof *order; o++) {
        size_t i;
        json_t *detail;
        json_array_foreach(details, i, detail) {
            if (strcmp(deployment_setting(json_object_get(detail, "Target"), "Attribute"), order[o]) == 0) {
                json_array_append_new(scope, json_string(order[o]));
                break;
            }
        }
    }
    return scope;
}

static const char *context_of(struct survey *survey, const json_t *properties) {
    json_t *context = deployment_keep(survey->arena, json_pack("{s:O}", "Properties", properties));
    return deployment_dump(survey->arena, context);
}

static json_t *describe_add(struct survey *survey, const struct plan_resource *new) {
    const json_t *properties = after_value(survey, new->declaration->properties);
    return json_pack("{s:s, s:s, s:s, s:[], s:[], s:s}", "Action", "Add", "LogicalResourceId",
                     new->logical_id, "ResourceType", new->type, "Scope", "Details", "AfterContext",
                     context_of(survey, properties));
}

static json_t *describe_modify(struct survey *survey, const struct plan_resource *old,
                               const struct plan_resource *new) {
    json_t *details = details_of(survey, old, new);
    const struct stack_resource *resource = stack_state_find(survey->state, new->logical_id);
    const char *replacement = replacement_of(details);
    json_t *change = json_pack("{s:s, s:s, s:s, s:s, s:o, s:O}", "Action", "Modify", "LogicalResourceId",
                               new->logical_id, "ResourceType", new->type, "Replacement", replacement,
                               "Scope", scope_of(details), "Details", details);
    resource_set_member(change, "PhysicalResourceId", resource ? resource->physical_id : NULL);
    const json_t *before = before_properties(survey, new->logical_id);
    if (before) {
        resource_set_member(change, "BeforeContext", context_of(survey, before));
    }
    resource_set_member(change, "AfterContext",
                        context_of(survey, after_value(survey, new->declaration->properties)));
    if (strcmp(replacement, "True") == 0) {
        bool retain = new->update_replace_policy == POLICY_RETAIN;
        resource_set_member(change, "PolicyAction", retain ? "ReplaceAndRetain" : "ReplaceAndDelete");
    }
    return change;
}

static struct lookup unknown_attribute(void *argument, const char *logical_id, const char *attribute) {
    (void)argument;
    (void)logical_id;
    (void)attribute;
    return (struct lookup){.status = LOOKUP_UNKNOWN};
}

/* Attributes of others are said to be unknown here. Source: recorded test_resource_deletion,
 * test_property_empy_list. */
static const json_t *removed_properties(struct survey *survey, const struct plan_resource *old) {
    struct environment environment = survey->before->environment;
    environment.arena = survey->arena;
    environment.argument = survey;
    environment.ref = known_ref;
    environment.attribute = unknown_attribute;
    environment.import = known_import;
    environment.mask_no_echo = true;
    struct evaluation result = evaluate(&environment, old->declaration->properties);
    const json_t *known = before_properties(survey, old->logical_id);
    return result.status == EVALUATION_OK && result.value && known ? result.value : known;
}

static json_t *describe_remove(struct survey *survey, const struct plan_resource *old) {
    const struct stack_resource *resource = stack_state_find(survey->state, old->logical_id);
    bool retain =
        old->deletion_policy == POLICY_RETAIN || old->deletion_policy == POLICY_RETAIN_EXCEPT_ON_CREATE;
    json_t *change = json_pack("{s:s, s:s, s:s, s:s, s:[], s:[]}", "Action", "Remove", "LogicalResourceId",
                               old->logical_id, "ResourceType", old->type, "PolicyAction",
                               retain ? "Retain" : "Delete", "Scope", "Details");
    resource_set_member(change, "PhysicalResourceId", resource ? resource->physical_id : NULL);
    const json_t *before = removed_properties(survey, old);
    if (before) {
        resource_set_member(change, "BeforeContext", context_of(survey, before));
    }
    return change;
}

/* Changes stand in order of their logical ids. */
static void insert_sorted(json_t *changes, json_t *change) {
    const char *id = deployment_setting(change, "LogicalResourceId");
    size_t i = 0;
    while (i < json_array_size(changes) &&
           strcmp(deployment_setting(json_array_get(changes, i), "LogicalResourceId"), id) < 0) {
        i++;
    }
    json_array_insert_new(changes, i, change);
}

json_t *deployment_changes(const struct deployment *before, const struct deployment *after,
                           const struct stack_state *state, bool values) {
    struct survey survey = {
        .before = before, .after = after, .state = state, .arena = after->arena, .values = values};
    survey.actions = deployment_keep(after->arena, json_object());
    json_t *changes = deployment_keep(after->arena, json_array());
    find_actions(&survey);
    for (size_t i = 0; i < after->plan->count; i++) {
        const struct plan_resource *new = &after->plan->resources[i];
        const char *action = action_of(&survey, new->logical_id);
        const struct plan_resource *old = before ? stack_plan_find(before->plan, new->logical_id) : NULL;
        if (action) {
            insert_sorted(changes, old ? describe_modify(&survey, old, new) : describe_add(&survey, new));
        }
    }
    for (size_t i = 0; before && i < before->plan->count; i++) {
        const struct plan_resource *old = &before->plan->resources[i];
        if (!stack_plan_find(after->plan, old->logical_id)) {
            insert_sorted(changes, describe_remove(&survey, old));
        }
    }
    return changes;
}
