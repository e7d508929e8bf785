#include "services/cloudformation/deployment.h"

#include "services/cloudformation/language_extensions.h"
#include "services/cloudformation/resource_types.h"
#include "services/cloudformation/transforms.h"

static void release_json(void *argument) {
    json_decref(argument);
}

static void release_text(void *argument) {
    free(argument);
}

json_t *deployment_keep(struct arena *arena, json_t *value) {
    if (value) {
        arena_cleanup(arena, release_json, value);
    }
    return value;
}

json_t *deployment_document(struct arena *arena, const char *text) {
    return text ? deployment_keep(arena, json_loads(text, JSON_DECODE_ANY, NULL)) : NULL;
}

const char *deployment_dump(struct arena *arena, const json_t *value) {
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (!text) {
        return "null";
    }
    arena_cleanup(arena, release_text, text);
    return text;
}

const char *deployment_setting(const json_t *settings, const char *name) {
    return json_string_value(json_object_get(settings, name));
}

bool deployment_flag(const json_t *settings, const char *name) {
    return json_is_true(json_object_get(settings, name));
}

/* A failed transform leaves nothing to deploy: the operation ends with that error (stack_begin.c). */
static struct template *without_resources(struct arena *arena, const struct template *submitted) {
    struct template *empty = arena_zalloc(arena, sizeof *empty);
    *empty = *submitted;
    empty->provisional = false;
    empty->resource_count = 0;
    empty->output_count = 0;
    empty->conditions = NULL;
    empty->rules = NULL;
    return empty;
}

/* What has become of a template with transforms: macros and AWS::Include ran when it was submitted. */
static bool process(struct deployment *deployment, const struct environment *environment,
                    const char **error) {
    struct arena *arena = deployment->arena;
    struct template *submitted = deployment->template;
    if (json_object_get(deployment->settings, "TransformError")) {
        deployment->template = without_resources(arena, submitted);
        return true;
    }
    deployment->processed = deployment_setting(deployment->settings, "Processed");
    if (template_has_transform(submitted, TRANSFORM_LANGUAGE_EXTENSIONS)) {
        struct text body = deployment->processed ? text_of(deployment->processed) : deployment->body;
        deployment->processed = language_extensions_expand(environment, body, error);
    }
    struct template *processed =
        deployment->processed ? template_read_processed(arena, text_of(deployment->processed), error) : NULL;
    if (!processed) {
        return false;
    }
    /* Still declared by the stack, and still to be acknowledged. */
    processed->transforms = submitted->transforms;
    processed->transform_count = submitted->transform_count;
    deployment->submitted = submitted;
    deployment->template = processed;
    return true;
}

bool deployment_complete(struct deployment *deployment, const struct deployment_place *place,
                         const char **error) {
    struct environment *environment = &deployment->environment;
    if (deployment->submitted) {
        deployment->template = deployment->submitted;
    }
    *environment = (struct environment){
        .arena = deployment->arena,
        .template = deployment->template,
        .parameters = deployment->parameters,
        .account_id = place->account,
        .region = place->region,
        .stack_id = place->stack_id,
        .stack_name = place->stack_name,
        .notification_arns = json_object_get(deployment->settings, "NotificationARNs"),
    };
    if (strncmp(place->region, "cn-", 3) == 0) {
        environment->partition = "aws-cn";
        environment->url_suffix = "amazonaws.com.cn";
    } else if (strncmp(place->region, "us-gov-", 7) == 0) {
        environment->partition = "aws-us-gov";
    }
    if (deployment->template->provisional && !process(deployment, environment, error)) {
        return false;
    }
    environment->template = deployment->template;
    environment->conditions = conditions_evaluate(environment, error);
    if (!environment->conditions) {
        return false;
    }
    if (!rules_hold(environment, error)) {
        return false;
    }
    deployment->plan = stack_plan_build(environment, error);
    return deployment->plan != NULL;
}

static struct parameters *bind_stored(struct deployment *deployment, const char **error) {
    const json_t *values = json_object_get(deployment->settings, "Parameters");
    const json_t *resolved = json_object_get(deployment->settings, "Resolved");
    size_t count = json_object_size(values);
    struct parameter_given *given = arena_zalloc(deployment->arena, (count + 1) * sizeof *given);
    const char *key;
    json_t *value;
    size_t i = 0;
    json_object_foreach((json_t *)values, key, value) {
        given[i++] = (struct parameter_given){key, json_string_value(value), false};
    }
    struct parameters *parameters =
        parameters_bind(deployment->arena, deployment->template, given, i, NULL, error);
    for (size_t p = 0; parameters && p < parameters->count; p++) {
        if (parameters->rows[p].ssm_name) {
            const char *found = deployment_setting(resolved, parameters->rows[p].declaration->name);
            parameters_set_resolved(parameters, p, found);
        }
    }
    return parameters && parameters_check(parameters, error) ? parameters : NULL;
}

struct deployment *deployment_open(struct arena *arena, const struct deployment_place *place,
                                   const char *body, const char *settings, const char **error) {
    struct deployment *deployment = arena_zalloc(arena, sizeof *deployment);
    deployment->arena = arena;
    deployment->body = text_of(body);
    deployment->settings = deployment_document(arena, settings);
    if (!body || !deployment->settings) {
        *error = "nothing is stored";
        return NULL;
    }
    deployment->template = template_read(arena, deployment->body, error);
    if (!deployment->template) {
        return NULL;
    }
    deployment->parameters = bind_stored(deployment, error);
    if (!deployment->parameters) {
        return NULL;
    }
    return deployment_complete(deployment, place, error) ? deployment : NULL;
}

json_t *deployment_typed_resource(struct deployment *deployment, const char *logical_id) {
    if (!deployment->typed) {
        struct text body = deployment->processed ? text_of(deployment->processed) : deployment->body;
        deployment->typed = transforms_parse(deployment->arena, body);
    }
    return json_object_get(json_object_get(deployment->typed, "Resources"), logical_id);
}

/* ---- attributes ---- */

struct attribute_search {
    const struct deployment *deployment;
    struct arena *arena;
    const char *error;
};

static void check_attribute(struct attribute_search *search, const char *logical_id, const char *attribute,
                            const char *path) {
    const struct template_resource *resource =
        template_find_resource(search->deployment->template, logical_id);
    const struct resource_type *type = resource ? resource_type_find(resource->type) : NULL;
    if (type && !resource_type_has_attribute(type, attribute)) {
        search->error = arena_printf(
            search->arena, "[Error] %s/Fn::GetAtt: Resource type %s does not support attribute {%s}", path,
            resource->type, attribute);
    }
}

static void search_get_att(struct attribute_search *search, const json_t *argument, const char *path) {
    if (json_is_array(argument) && json_array_size(argument) == 2) {
        const char *logical_id = json_string_value(json_array_get(argument, 0));
        const char *attribute = json_string_value(json_array_get(argument, 1));
        if (logical_id && attribute) {
            check_attribute(search, logical_id, attribute, path);
        }
        return;
    }
    const char *text = json_string_value(argument);
    const char *dot = text ? strchr(text, '.') : NULL;
    if (dot) {
        const char *logical_id = arena_copy(search->arena, text, (size_t)(dot - text));
        check_attribute(search, logical_id, dot + 1, path);
    }
}

static void search_value(struct attribute_search *search, const json_t *value, const char *path) {
    const char *key;
    json_t *member;
    size_t i;
    json_object_foreach((json_t *)value, key, member) {
        if (search->error) {
            return;
        }
        if (strcmp(key, "Fn::GetAtt") == 0) {
            search_get_att(search, member, path);
        } else {
            search_value(search, member, arena_printf(search->arena, "%s/%s", path, key));
        }
    }
    json_array_foreach(value, i, member) {
        if (search->error) {
            return;
        }
        search_value(search, member, arena_printf(search->arena, "%s/%zu", path, i));
    }
}

const char *deployment_bad_attribute(const struct deployment *deployment) {
    struct attribute_search search = {deployment, deployment->arena, NULL};
    const struct stack_plan *plan = deployment->plan;
    for (size_t i = 0; i < plan->count && !search.error; i++) {
        const char *path =
            arena_printf(search.arena, "/Resources/%s/Properties", plan->resources[i].logical_id);
        search_value(&search, plan->resources[i].declaration->properties, path);
    }
    const struct template *template = deployment->template;
    for (size_t i = 0; i < template->output_count && !search.error; i++) {
        const struct template_output *output = &template->outputs[i];
        if (condition_holds(&deployment->environment, output->condition)) {
            search_value(&search, output->value,
                         arena_printf(search.arena, "/Outputs/%s/Value", output->name));
        }
    }
    return search.error;
}
