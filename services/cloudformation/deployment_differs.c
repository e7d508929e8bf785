/* Two deployments compared without knowing what their resources will be: references stand for themselves. */
#include "services/cloudformation/deployment_changes.h"

#include "services/cloudformation/resource_types.h"

static struct lookup symbolic_ref(void *argument, const char *logical_id) {
    return (struct lookup){
        .status = LOOKUP_FOUND, .value = json_sprintf("{{ref:%s}}", logical_id), .error = argument};
}

static struct lookup symbolic_attribute(void *argument, const char *logical_id, const char *attribute) {
    return (struct lookup){.status = LOOKUP_FOUND,
                           .value = json_sprintf("{{attribute:%s:%s}}", logical_id, attribute),
                           .error = argument};
}

static struct lookup symbolic_import(void *argument, const char *name) {
    return (struct lookup){
        .status = LOOKUP_FOUND, .value = json_sprintf("{{import:%s}}", name), .error = argument};
}

static struct environment symbolic(const struct deployment *deployment) {
    struct environment environment = deployment->environment;
    environment.ref = symbolic_ref;
    environment.attribute = symbolic_attribute;
    environment.import = symbolic_import;
    return environment;
}

/* An unresolvable value stands for itself: unequal texts are a change, equal ones are not. */
const json_t *deployment_symbolic(const struct deployment *deployment, const json_t *value) {
    if (!value) {
        return NULL;
    }
    struct environment environment = symbolic(deployment);
    struct evaluation result = evaluate(&environment, value);
    return result.status == EVALUATION_OK ? result.value : value;
}

bool deployment_same_value(const struct deployment *before, const json_t *old, const struct deployment *after,
                           const json_t *new) {
    const json_t *a = deployment_symbolic(before, old);
    const json_t *b = deployment_symbolic(after, new);
    return a && b ? values_equal(a, b) : a == b;
}

static bool same_policies(const struct template_resource *a, const struct template_resource *b) {
    return a->deletion_policy == b->deletion_policy && a->update_replace_policy == b->update_replace_policy;
}

static bool resource_differs(const struct deployment *before, const struct plan_resource *old,
                             const struct deployment *after, const struct plan_resource *new) {
    const struct template_resource *a = old->declaration;
    const struct template_resource *b = new->declaration;
    return strcmp(old->type, new->type) != 0 ||
           !deployment_same_value(before, a->properties, after, b->properties) ||
           !deployment_same_value(before, a->metadata, after, b->metadata) || !same_policies(a, b) ||
           !deployment_same_value(before, a->update_policy, after, b->update_policy);
}

static const struct template_output *find_output(const struct deployment *deployment, const char *name) {
    for (size_t i = 0; i < deployment->template->output_count; i++) {
        const struct template_output *output = &deployment->template->outputs[i];
        if (strcmp(output->name, name) == 0 && condition_holds(&deployment->environment, output->condition)) {
            return output;
        }
    }
    return NULL;
}

static bool same_text(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool outputs_missing(const struct deployment *before, const struct deployment *after) {
    for (size_t i = 0; i < before->template->output_count; i++) {
        const struct template_output *old = &before->template->outputs[i];
        if (!condition_holds(&before->environment, old->condition)) {
            continue;
        }
        const struct template_output *new = find_output(after, old->name);
        if (!new || !deployment_same_value(before, old->value, after, new->value) ||
            !deployment_same_value(before, old->export_name, after, new->export_name) ||
            !same_text(old->description, new->description)) {
            return true;
        }
    }
    return false;
}

bool deployment_same_setting(const struct deployment *before, const struct deployment *after,
                             const char *name) {
    const json_t *a = json_object_get(before->settings, name);
    const json_t *b = json_object_get(after->settings, name);
    size_t size = json_array_size(a);
    if (size != json_array_size(b)) {
        return false;
    }
    /* Tags and topics: their order says nothing. */
    for (size_t i = 0; i < size; i++) {
        bool found = false;
        for (size_t j = 0; j < size && !found; j++) {
            found = json_equal(json_array_get(a, i), json_array_get(b, j));
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

static bool resources_differ(const struct deployment *before, const struct deployment *after) {
    if (before->plan->count != after->plan->count) {
        return true;
    }
    for (size_t i = 0; i < after->plan->count; i++) {
        const struct plan_resource *new = &after->plan->resources[i];
        const struct plan_resource *old = stack_plan_find(before->plan, new->logical_id);
        /* A nested stack's template may have changed behind its URL: only its own update can tell. */
        if (!old || resource_type_is_nested(new->type) || resource_differs(before, old, after, new)) {
            return true;
        }
    }
    return false;
}

bool deployment_differs(const struct deployment *before, const struct deployment *after) {
    return resources_differ(before, after) || outputs_missing(before, after) ||
           outputs_missing(after, before) || !deployment_same_setting(before, after, "Tags") ||
           !deployment_same_setting(before, after, "NotificationARNs");
}
