/* Evaluates properties and outputs of a stack under way: Ref, Fn::GetAtt, Fn::ImportValue and dynamic
 * references, which may have to be asked of other services first. */
#include "emulator/base/die.h"
#include "services/cloudformation/custom_resource.h"
#include "services/cloudformation/custom_resource_response.h"
#include "services/cloudformation/resource_types.h"
#include "services/cloudformation/stack_runner.h"

/* A resource (or, serial 0, the outputs) whose evaluation waits for dynamic references. */
struct run_wait {
    struct run_wait *next;
    int serial;
    int work;
};

/* A reference that is being asked for; survives the run. */
struct reference_query {
    struct emulator *emulator;
    char *stack_id;
    char *text;
    char *json_key; /* secretsmanager */
    bool secret;
};

/* What the callbacks get. */
struct evaluator {
    struct stack_run *run;
    struct arena *arena;
    bool mask_secrets; /* attributes of answers with NoEcho read as SECRET_MASK */
};

/* ---- look-ups ---- */

static struct lookup look_up_ref(void *argument, const char *logical_id) {
    struct evaluator *evaluator = argument;
    const struct stack_resource *resource = stack_state_find(evaluator->run->state, logical_id);
    if (!resource || !resource->physical_id) {
        const char *error =
            arena_printf(evaluator->arena, "Unresolved resource dependencies [%s]", logical_id);
        return (struct lookup){.status = LOOKUP_ERROR, .error = error};
    }
    return (struct lookup){.status = LOOKUP_FOUND, .value = json_string(resource->physical_id)};
}

static struct lookup missing_attribute(struct evaluator *evaluator, const struct stack_resource *resource,
                                       const char *attribute) {
    const char *error;
    if (resource_type_is_custom(resource->type)) {
        struct custom_resource_request request = {
            .stack_id = evaluator->run->row.stack_id,
            .request_id = custom_resource_last_request(evaluator->run, resource->serial, evaluator->arena),
            .logical_resource_id = resource->logical_id,
        };
        error = custom_resource_attribute_reason(evaluator->arena, attribute, &request);
    } else {
        error = arena_printf(evaluator->arena,
                             "Template error: resource %s does not support attribute type %s in "
                             "Fn::GetAtt",
                             resource->logical_id, attribute);
    }
    return (struct lookup){.status = LOOKUP_ERROR, .error = error};
}

static struct lookup look_up_attribute(void *argument, const char *logical_id, const char *attribute) {
    struct evaluator *evaluator = argument;
    const struct stack_resource *resource = stack_state_find(evaluator->run->state, logical_id);
    if (!resource) {
        const char *error =
            arena_printf(evaluator->arena, "Unresolved resource dependencies [%s]", logical_id);
        return (struct lookup){.status = LOOKUP_ERROR, .error = error};
    }
    const json_t *properties =
        evaluator->mask_secrets && resource->current.shown ? resource->current.shown : resource->current.sent;
    json_t *value = resource_type_attribute(resource->type, resource->attributes, properties, attribute);
    if (!value) {
        return missing_attribute(evaluator, resource, attribute);
    }
    if (evaluator->mask_secrets && resource->attributes_no_echo) {
        return (struct lookup){.status = LOOKUP_FOUND, .value = json_string(SECRET_MASK)};
    }
    return (struct lookup){
        .status = LOOKUP_FOUND, .value = scalars_as_strings(value), .no_echo = resource->attributes_no_echo};
}

static struct lookup look_up_import(void *argument, const char *name) {
    struct evaluator *evaluator = argument;
    struct stack_run *run = evaluator->run;
    const char *value =
        export_store_find(run->store, evaluator->arena, run->row.account, run->row.region, name, NULL);
    if (!value) {
        const char *error = arena_printf(evaluator->arena, "No export named %s found", name);
        return (struct lookup){.status = LOOKUP_ERROR, .error = error};
    }
    json_object_set_new(run->imports, name, json_true());
    import_store_add(run->store, run->row.account, run->row.region, name, run->row.stack_id);
    return (struct lookup){.status = LOOKUP_FOUND, .value = json_string(value)};
}

/* ---- dynamic references ---- */

static void retry_waits(struct stack_run *run);

static json_t *secret_value(const struct reference_query *query, const struct call_reply *reply) {
    struct text text = json_find_text(reply->value, "SecretString");
    if (!text.data || !query->json_key || !*query->json_key) {
        return text.data ? json_stringn(text.data, text.size) : NULL;
    }
    json_t *document = json_loadb(text.data, text.size, 0, NULL);
    json_t *value = json_object_get(document, query->json_key);
    json_t *found = value ? scalars_as_strings(value) : NULL;
    json_decref(document);
    return found;
}

static const char *reference_error(const struct reference_query *query, const struct call_reply *reply,
                                   struct arena *arena) {
    if (query->secret) {
        return reply->error_code
                   ? arena_printf(arena,
                                  "%s (Service: AWSSecretsManager; Status Code: %d; Error Code: %s; Request "
                                  "ID: null; Proxy: null)",
                                  reply->error_message, reply->status, reply->error_code)
                   : arena_printf(arena, "Could not parse SecretString JSON");
    }
    struct text name = text_of(query->text);
    name = text_slice(name, strlen("{{resolve:"), name.size - strlen("{{resolve:") - 2);
    return arena_printf(arena, "Parameters: [%.*s] cannot be found.", TEXT_ARGUMENTS(name));
}

static void reference_answered(void *argument, const struct call_reply *reply) {
    struct reference_query *query = argument;
    struct stack_row row;
    if (stack_store_find_id(emulator_store(query->emulator), reply->arena, query->stack_id, &row)) {
        struct stack_run *run = stack_runner_run(query->emulator, query->stack_id);
        json_t *value = NULL;
        if (!reply->error_code && query->secret) {
            value = secret_value(query, reply);
        } else if (!reply->error_code) {
            struct text text = json_find_text(json_find(reply->value, "Parameter"), "Value");
            value = text.data ? json_stringn(text.data, text.size) : NULL;
        }
        if (value) {
            json_object_set_new(run->references, query->text, value);
        } else {
            json_object_del(run->references, query->text);
            json_object_set_new(run->reference_errors, query->text,
                                json_string(reference_error(query, reply, reply->arena)));
        }
        retry_waits(run);
        stack_run_drive(run);
    }
    free(query->stack_id);
    free(query->text);
    free(query->json_key);
    free(query);
}

static void ask_reference(struct evaluator *evaluator, const struct dynamic_reference *reference) {
    struct stack_run *run = evaluator->run;
    bool secret = strcmp(reference->service, "secretsmanager") == 0;
    json_t *input = json_object();
    if (secret) {
        resource_set_member(input, "SecretId", reference->name);
        resource_set_member(input, "VersionStage",
                            reference->version_stage && *reference->version_stage ? reference->version_stage
                                                                                  : NULL);
        resource_set_member(input, "VersionId",
                            reference->version_id && *reference->version_id ? reference->version_id : NULL);
    } else {
        const char *name = reference->version
                               ? arena_printf(evaluator->arena, "%s:%s", reference->name, reference->version)
                               : reference->name;
        resource_set_member(input, "Name", name);
        json_object_set_new(input, "WithDecryption",
                            json_boolean(strcmp(reference->service, "ssm-secure") == 0));
    }
    struct reference_query *query = xcalloc(1, sizeof *query);
    *query = (struct reference_query){run->emulator, xstrdup(run->row.stack_id), xstrdup(reference->text),
                                      reference->json_key ? xstrdup(reference->json_key) : NULL, secret};
    struct call_request request = {
        .service = secret ? "secretsmanager" : "ssm",
        .operation = secret ? "GetSecretValue" : "GetParameter",
        .input = text_of(deployment_dump(evaluator->arena, input)),
        .caller = run->caller,
        .origin = arena_printf(evaluator->arena, "cloudformation/%s", run->row.stack_id),
    };
    json_decref(input);
    json_object_set_new(run->references, reference->text, json_null());
    call_start(run->emulator, &request, reference_answered, query);
}

static struct lookup look_up_reference(void *argument, const struct dynamic_reference *reference) {
    struct evaluator *evaluator = argument;
    struct stack_run *run = evaluator->run;
    const char *error = json_string_value(json_object_get(run->reference_errors, reference->text));
    if (error) {
        return (struct lookup){.status = LOOKUP_ERROR, .error = arena_strdup(evaluator->arena, error)};
    }
    json_t *known = json_object_get(run->references, reference->text);
    if (!known) {
        ask_reference(evaluator, reference);
    }
    if (!known || json_is_null(known)) {
        return (struct lookup){.status = LOOKUP_NOT_YET};
    }
    return (struct lookup){.status = LOOKUP_FOUND, .value = json_incref(known)};
}

/* ---- environments ---- */

struct environment stack_evaluation_environment(struct stack_run *run, struct arena *arena,
                                                bool mask_secrets) {
    struct evaluator *evaluator = arena_zalloc(arena, sizeof *evaluator);
    evaluator->run = run;
    evaluator->arena = arena;
    evaluator->mask_secrets = mask_secrets;
    struct environment environment = run->deployment->environment;
    environment.arena = arena;
    environment.argument = evaluator;
    environment.ref = look_up_ref;
    environment.attribute = look_up_attribute;
    environment.import = look_up_import;
    environment.dynamic_reference = look_up_reference;
    return environment;
}

void stack_evaluation_wait(struct stack_run *run, int serial, int work) {
    for (struct run_wait *wait = run->waits; wait; wait = wait->next) {
        if (wait->serial == serial && wait->work == work) {
            return;
        }
    }
    struct run_wait *wait = xcalloc(1, sizeof *wait);
    *wait = (struct run_wait){run->waits, serial, work};
    run->waits = wait;
}

void stack_evaluation_release(struct stack_run *run) {
    while (run->waits) {
        struct run_wait *wait = run->waits;
        run->waits = wait->next;
        free(wait);
    }
}

static void retry_waits(struct stack_run *run) {
    struct run_wait *wait = run->waits;
    run->waits = NULL;
    while (wait) {
        struct run_wait *next = wait->next;
        if (wait->serial) {
            stack_evaluation_resolve(run, wait->serial, wait->work);
        } else {
            stack_evaluation_outputs(run, wait->work);
        }
        free(wait);
        wait = next;
    }
}

/* ---- resources ---- */

/* Whether only a new physical resource can have these properties. */
static bool needs_replacement(const struct stack_resource *resource, const json_t *properties,
                              struct arena *arena) {
    const struct resource_type *type = resource_type_find(resource->type);
    if (!type || !resource->current.sent || resource_type_is_custom(resource->type)) {
        return false;
    }
    size_t i;
    json_t *name;
    json_array_foreach(properties_changed(arena, resource->current.sent, properties), i, name) {
        if (resource_type_property_replaces(type, json_string_value(name))) {
            return true;
        }
    }
    return type->replaces && type->replaces(resource->current.sent, properties);
}

/* Two cannot bear one name at a time, and the old one goes only after the new one is there. */
static const char *name_conflict(const struct stack_resource *resource, const json_t *properties,
                                 struct arena *arena) {
    const struct resource_type *type = resource_type_find(resource->type);
    if (!type->name_is_unique) {
        return NULL;
    }
    const char *old = json_string_value(json_object_get(resource->current.sent, type->name_property));
    const char *new = json_string_value(json_object_get(properties, type->name_property));
    return old && new &&strcmp(old, new) == 0
               ? arena_printf(arena,
                              "CloudFormation cannot update a stack when a custom-named resource requires "
                              "replacing. Rename %s and update the stack again.",
                              new)
               : NULL;
}

static bool needs_tags(const struct stack_run *run, const struct stack_resource *resource) {
    const struct resource_type *type = resource_type_find(resource->type);
    bool none = json_array_size(run->stack_tags) == 0 && json_array_size(run->old_stack_tags) == 0;
    return type && run->row.settings && !none && resource_type_is_tagged(type) &&
           !json_equal(run->stack_tags, run->old_stack_tags);
}

static void push_resolved(struct stack_run *run, const struct stack_resource *resource, int work,
                          json_t *properties, json_t *shown, struct arena *arena) {
    struct machine_event event = {
        .kind = MACHINE_RESOLVED,
        .resource = resource->serial,
        .work = work,
        .properties = properties,
        .shown_properties = shown,
        .replacement = needs_replacement(resource, properties, arena),
        .regardless = resource_type_is_nested(resource->type) || needs_tags(run, resource),
    };
    const char *conflict = event.replacement ? name_conflict(resource, properties, arena) : NULL;
    if (conflict) {
        event.kind = MACHINE_RESOLVE_FAILED;
        event.reason = conflict;
    }
    if (resource_type_is_custom(resource->type)) {
        char random[14];
        ids_random_string(emulator_ids(run->emulator), IDS_UPPER_ALPHANUMERIC, 13, random);
        event.fallback_id = arena_printf(arena, "%s-%s-%s", run->row.name, resource->logical_id, random);
    }
    stack_run_push(run, &event);
}

/* Properties as views show them: what cannot be worked out of masked values is masked as a whole. */
static json_t *masked_properties(struct environment *environment, const json_t *properties) {
    json_t *shown = deployment_keep(environment->arena, json_object());
    const char *name;
    json_t *value;
    environment->mask_no_echo = true;
    json_object_foreach((json_t *)properties, name, value) {
        struct evaluation result = evaluate(environment, value);
        if (result.status != EVALUATION_OK) {
            json_object_set_new(shown, name, json_string(SECRET_MASK));
        } else if (result.value) {
            json_object_set(shown, name, result.value);
        }
    }
    return shown;
}

/* Documents (filter policies, event patterns) are not made of strings alone: 100 is not "100" there. */
static void set_documents(struct stack_run *run, const struct environment *environment,
                          const struct stack_resource *resource, json_t *properties) {
    const struct resource_type *type = resource_type_find(resource->type);
    for (const struct property_row *row = type ? type->properties : NULL; row && row->name; row++) {
        if (row->type != PROPERTY_JSON || !json_is_object(json_object_get(properties, row->name))) {
            continue;
        }
        const json_t *typed = deployment_typed_resource(run->deployment, resource->logical_id);
        typed = json_object_get(json_object_get(typed, "Properties"), row->name);
        struct evaluation result = {.status = EVALUATION_ERROR};
        if (typed) {
            result = evaluate(environment, typed);
        }
        if (result.status == EVALUATION_OK && json_is_object(result.value)) {
            json_object_set(properties, row->name, result.value);
        }
    }
}

void stack_evaluation_resolve(struct stack_run *run, int serial, int work) {
    const struct stack_resource *resource = stack_state_serial(run->state, serial);
    const struct template_resource *declared =
        resource && run->deployment ? template_find_resource(run->deployment->template, resource->logical_id)
                                    : NULL;
    if (!declared) {
        struct machine_event event = {
            .kind = MACHINE_RESOLVE_FAILED, .resource = serial, .work = work, .reason = "Internal Failure"};
        stack_run_push(run, &event);
        return;
    }
    const char *denial = deployment_setting(run->denials, resource->logical_id);
    if (denial) {
        struct machine_event event = {
            .kind = MACHINE_RESOLVE_FAILED, .resource = serial, .work = work, .reason = denial};
        stack_run_push(run, &event);
        return;
    }
    struct arena *arena = arena_open();
    struct environment environment = stack_evaluation_environment(run, arena, false);
    environment.custom_resource = resource_type_is_custom(resource->type);
    struct evaluation result = evaluate(&environment, declared->properties);
    if (result.status == EVALUATION_WAIT) {
        stack_evaluation_wait(run, serial, work);
    } else if (result.status == EVALUATION_ERROR) {
        struct machine_event event = {
            .kind = MACHINE_RESOLVE_FAILED, .resource = serial, .work = work, .reason = result.error};
        stack_run_push(run, &event);
    } else {
        json_t *shown = NULL;
        if (result.no_echo) {
            shown = masked_properties(&environment, declared->properties);
        }
        json_t *properties = deployment_keep(arena, result.value ? json_copy(result.value) : json_object());
        set_documents(run, &environment, resource, properties);
        push_resolved(run, resource, work, properties, shown, arena);
    }
    arena_close(arena);
}
