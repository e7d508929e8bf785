#include "services/cloudformation/deployment_request.h"

#include "emulator/base/crypto.h"
#include "emulator/base/die.h"
#include "services/cloudformation/cloudformation.h"
#include "services/cloudformation/deployment_transforms.h"
#include "services/cloudformation/model.h"
#include "services/cloudformation/resource_types.h"
#include "services/cloudformation/template_url.h"

enum request_step {
    FETCH_TEMPLATE,
    READ_TEMPLATE,
    BIND_PARAMETERS,
    LOOK_UP_PARAMETERS,
    CHECK_PARAMETERS,
    RUN_TRANSFORMS,
    CHECK_TEMPLATE,
    CHECK_ROLE,
    FETCH_POLICY,
    READY,
};

/* Outlives the call when its client goes away while another service is asked. */
struct waiting {
    struct deployment_request *request; /* NULL: nobody waits any more */
};

static struct result advance(struct deployment_request *request);

static struct result refuse(struct deployment_request *request, const char *message) {
    return call_error(request->call, &error_validation_error, "%s", message);
}

static bool declares(const struct deployment_request *request, const char *member) {
    return shape_member(request->input.shape, text_of(member)) != NULL;
}

static const char *text_member(const struct deployment_request *request, const char *member) {
    return declares(request, member) ? input_string(request->input, member) : NULL;
}

/* ---- calls to other services ---- */

static void forget(void *argument) {
    struct waiting *waiting = argument;
    waiting->request = NULL;
}

void deployment_request_ask(struct deployment_request *request, const char *service, const char *operation,
                            json_t *input, call_done_fn *done) {
    struct call *call = request->call;
    const char *body = deployment_dump(call->arena, input);
    json_decref(input);
    request->waiting = xcalloc(1, sizeof *request->waiting);
    request->waiting->request = request;
    call_on_cancel(call, forget, request->waiting);
    struct call_request started = {
        .service = service,
        .operation = operation,
        .input = text_of(body),
        .caller = call_identity(call),
        .origin =
            arena_printf(call->arena, "cloudformation/%s/%s", request->place.stack_name, request->operation),
    };
    call_start(call->emulator, &started, done, request->waiting);
}

struct deployment_request *deployment_request_answered(void *argument) {
    struct waiting *waiting = argument;
    struct deployment_request *request = waiting->request;
    free(waiting);
    if (request) {
        call_on_cancel(request->call, NULL, NULL);
        request->waiting = NULL;
    }
    return request;
}

void deployment_request_resume(struct deployment_request *request) {
    struct result result = advance(request);
    if (result.kind != RESULT_PENDING) {
        call_finish(request->call, result);
    }
}

/* ---- templates and policies by URL ---- */

bool deployment_request_blob(struct call *call, const struct json_value *value, const char *member,
                             struct text *bytes) {
    struct strbuf buffer = STRBUF_INIT;
    struct text base64 = json_find_text(value, member);
    bool good = base64.data && crypto_append_unbase64(&buffer, base64);
    *bytes = arena_text(call->arena, (struct text){buffer.data ? buffer.data : "", buffer.size});
    strbuf_release(&buffer);
    return good;
}

static void fetched(void *argument, const struct call_reply *reply) {
    struct deployment_request *request = deployment_request_answered(argument);
    if (!request) {
        return;
    }
    const char *problem = NULL;
    if (reply->error_code) {
        problem = arena_printf(request->call->arena,
                               "S3 error: %s\nFor more information check "
                               "http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html",
                               reply->error_message);
    } else if (!deployment_request_blob(request->call, reply->value, "Body", &request->fetched)) {
        problem = "S3 error: the object could not be read";
    }
    if (problem) {
        call_finish(request->call, refuse(request, problem));
        return;
    }
    deployment_request_resume(request);
}

static enum progress fetch(struct deployment_request *request, const char *url, const char *what,
                           struct result *result) {
    const char *bucket;
    const char *key;
    const char *version;
    const char *bad_domain;
    if (!template_url_parse(request->call->arena, url, &bucket, &key, &version, &bad_domain)) {
        *result =
            bad_domain
                ? call_error(request->call, &error_validation_error,
                             "S3 error: Domain name specified in %s is not a valid S3 domain", bad_domain)
                : call_error(request->call, &error_validation_error, "%s must be a supported URL.", what);
        return PROGRESS_REFUSED;
    }
    json_t *input = json_pack("{s:s, s:s}", "Bucket", bucket, "Key", key);
    if (version) {
        json_object_set_new(input, "VersionId", json_string(version));
    }
    deployment_request_ask(request, "s3", "GetObject", input, fetched);
    return PROGRESS_WAIT;
}

/* ---- template ---- */

static enum progress fetch_template(struct deployment_request *request, struct result *result) {
    const char *url = text_member(request, "TemplateURL");
    bool has_body = input_has(request->input, "TemplateBody");
    bool previous = declares(request, "UsePreviousTemplate") &&
                    input_boolean(request->input, "UsePreviousTemplate", false);
    if (previous && (has_body || url)) {
        *result =
            refuse(request, "You cannot specify both usePreviousTemplate and Template Body/Template URL.");
        return PROGRESS_REFUSED;
    }
    if (has_body && url) {
        *result = refuse(request, "Only one of Template URL or Template Body may be specified.");
        return PROGRESS_REFUSED;
    }
    if (url) {
        return fetch(request, url, "TemplateURL", result);
    }
    if (has_body) {
        request->fetched = input_text(request->input, "TemplateBody");
    } else if (previous && request->previous_template) {
        request->fetched = text_of(request->previous_template);
    } else {
        *result = refuse(request, "Either Template URL or Template Body must be specified.");
        return PROGRESS_REFUSED;
    }
    return PROGRESS_DONE;
}

static const char *unknown_types(struct call *call, const struct template *template) {
    struct arena *arena = call->arena;
    const char *unknown = NULL;
    json_t *types = template_resource_types(arena, template);
    size_t i;
    json_t *type;
    json_array_foreach(types, i, type) {
        const char *name = json_string_value(type);
        const struct resource_type *known = resource_type_find(name);
        if (!known || !resource_type_is_available(call->emulator, known)) {
            unknown = unknown ? arena_printf(arena, "%s, %s", unknown, name) : name;
        }
    }
    return unknown ? arena_printf(arena, "Template format error: Unrecognized resource types: [%s]", unknown)
                   : NULL;
}

static bool type_allowed(struct input allowed, const char *type) {
    for (struct input row = input_first(allowed); row.value; row = input_next(row)) {
        const char *pattern = input_as_string(row);
        size_t size = strlen(pattern);
        bool family = size > 2 && strcmp(pattern + size - 3, "::*") == 0;
        if (strcmp(pattern, type) == 0 || strcmp(pattern, "AWS::*") == 0 ||
            (family && strncmp(pattern, type, size - 1) == 0)) {
            return true;
        }
    }
    return false;
}

static const char *refused_type(struct deployment_request *request) {
    if (!declares(request, "ResourceTypes") || !input_has(request->input, "ResourceTypes")) {
        return NULL;
    }
    struct arena *arena = request->call->arena;
    struct input allowed = input_list(request->input, "ResourceTypes");
    const char *list = NULL;
    for (struct input row = input_first(allowed); row.value; row = input_next(row)) {
        list = list ? arena_printf(arena, "%s, %s", list, input_as_string(row)) : input_as_string(row);
    }
    json_t *types = template_resource_types(arena, request->deployment->template);
    size_t i;
    json_t *type;
    json_array_foreach(types, i, type) {
        if (list && !type_allowed(allowed, json_string_value(type))) {
            return arena_printf(arena, "Resource type %s is not allowed by parameter ResourceTypes [%s]",
                                json_string_value(type), list);
        }
    }
    return NULL;
}

static enum progress read_template(struct deployment_request *request, struct result *result) {
    struct arena *arena = request->call->arena;
    const char *error = NULL;
    if (request->fetched.size > TEMPLATE_URL_MAXIMUM_BYTES) {
        *result = refuse(request, "Template may not exceed 1000000 bytes in size.");
        return PROGRESS_REFUSED;
    }
    struct deployment *deployment = arena_zalloc(arena, sizeof *deployment);
    request->deployment = deployment;
    deployment->arena = arena;
    deployment->body = request->fetched;
    deployment->template = template_read(arena, deployment->body, &error);
    if (deployment->template && !request->template_only) {
        error = unknown_types(request->call, deployment->template);
    }
    if (!error) {
        error = refused_type(request);
    }
    if (error) {
        *result = refuse(request, error);
        return PROGRESS_REFUSED;
    }
    return PROGRESS_DONE;
}

/* ---- parameters ---- */

static enum progress bind_parameters(struct deployment_request *request, struct result *result) {
    struct arena *arena = request->call->arena;
    struct input list = input_list(request->input, "Parameters");
    struct parameter_given *given = arena_zalloc(arena, (input_count(list) + 1) * sizeof *given);
    size_t count = 0;
    for (struct input row = input_first(list); row.value; row = input_next(row)) {
        given[count].key = input_string(row, "ParameterKey");
        given[count].value = input_string(row, "ParameterValue");
        given[count].use_previous_value = input_boolean(row, "UsePreviousValue", false);
        if (!given[count].key) {
            *result = refuse(request, "Parameter key must not be null");
            return PROGRESS_REFUSED;
        }
        count++;
    }
    const char *error = NULL;
    const json_t *previous = json_object_get(request->previous_settings, "Parameters");
    struct parameters *parameters =
        parameters_bind(arena, request->deployment->template, given, count, previous, &error);
    if (!parameters) {
        *result = refuse(request, error);
        return PROGRESS_REFUSED;
    }
    request->deployment->parameters = parameters;
    return PROGRESS_DONE;
}

static void looked_up(void *argument, const struct call_reply *reply) {
    struct deployment_request *request = deployment_request_answered(argument);
    if (!request) {
        return;
    }
    struct parameters *parameters = request->deployment->parameters;
    const char *value = NULL;
    if (!reply->error_code) {
        struct text found = json_find_text(json_find(reply->value, "Parameter"), "Value");
        value = arena_text_string(request->call->arena, found);
    }
    parameters_set_resolved(parameters, request->parameter, value);
    request->parameter++;
    deployment_request_resume(request);
}

static enum progress look_up_parameters(struct deployment_request *request) {
    struct parameters *parameters = request->deployment->parameters;
    while (request->parameter < parameters->count) {
        const char *name = parameters->rows[request->parameter].ssm_name;
        if (name) {
            request->step = LOOK_UP_PARAMETERS;
            deployment_request_ask(request, "ssm", "GetParameter", json_pack("{s:s}", "Name", name),
                                   looked_up);
            return PROGRESS_WAIT;
        }
        request->parameter++;
    }
    return PROGRESS_DONE;
}

/* ---- settings ---- */

static const char *check_rollback_configuration(const json_t *settings) {
    json_t *triggers =
        json_object_get(json_object_get(settings, "RollbackConfiguration"), "RollbackTriggers");
    size_t i;
    json_t *trigger;
    json_array_foreach(triggers, i, trigger) {
        const char *type = json_string_value(json_object_get(trigger, "Type"));
        const char *arn = json_string_value(json_object_get(trigger, "Arn"));
        if (!type || (strcmp(type, "AWS::CloudWatch::Alarm") != 0 &&
                      strcmp(type, "AWS::CloudWatch::CompositeAlarm") != 0)) {
            return "Rollback Trigger Type not supported";
        }
        if (!arn || !strstr(arn, ":alarm:")) {
            return "RelativeId of a Rollback Trigger's ARN is incorrect";
        }
    }
    return NULL;
}

static enum progress check_parameters(struct deployment_request *request, struct result *result) {
    struct deployment *deployment = request->deployment;
    const char *error = NULL;
    if (parameters_check(deployment->parameters, &error)) {
        deployment->settings = deployment_request_settings(request);
        error = check_rollback_configuration(deployment->settings);
    }
    if (error) {
        *result = refuse(request, error);
        return PROGRESS_REFUSED;
    }
    return PROGRESS_DONE;
}

/* What is wrong with a template that transforms have made fails the operation; a submitted one is refused. */
static bool fall_back(struct deployment_request *request, const char *error) {
    struct deployment *deployment = request->deployment;
    const char *unused;
    if (!json_object_get(deployment->settings, "Processed")) {
        return false;
    }
    json_object_set_new(deployment->settings, "TransformError", json_string(error));
    return deployment_complete(deployment, &request->place, &unused);
}

static enum progress check_template(struct deployment_request *request, struct result *result) {
    struct deployment *deployment = request->deployment;
    struct arena *arena = request->call->arena;
    const char *error = NULL;
    const struct template *submitted = deployment->template;
    bool good = deployment_complete(deployment, &request->place, &error);
    if (good && deployment->template != submitted) {
        error = unknown_types(request->call, deployment->template);
        error = error ? error : refused_type(request);
    }
    if (error && !fall_back(request, error)) {
        *result = refuse(request, error);
        return PROGRESS_REFUSED;
    }
    const json_t *given = json_object_get(deployment->settings, "Capabilities");
    const char *missing = template_missing_capability(arena, deployment->template, given, request->expanding);
    if (missing) {
        *result =
            call_error(request->call, &cloudformation_error_InsufficientCapabilitiesException, "%s", missing);
        return PROGRESS_REFUSED;
    }
    return PROGRESS_DONE;
}

/* ---- role and policy ---- */

static void role_found(void *argument, const struct call_reply *reply) {
    struct deployment_request *request = deployment_request_answered(argument);
    if (!request) {
        return;
    }
    if (reply->error_code) {
        const char *role = text_member(request, "RoleARN");
        const char *message =
            arena_printf(request->call->arena, "Role %s is invalid or cannot be assumed", role);
        call_finish(request->call, refuse(request, message));
        return;
    }
    deployment_request_resume(request);
}

static enum progress check_role(struct deployment_request *request, struct result *result) {
    const char *role = text_member(request, "RoleARN");
    if (!role) {
        return PROGRESS_DONE;
    }
    const char *name = strstr(role, ":role/") ? strrchr(role, '/') + 1 : NULL;
    if (!name || !*name) {
        *result = call_error(request->call, &error_validation_error,
                             "Role %s is invalid or cannot be assumed", role);
        return PROGRESS_REFUSED;
    }
    deployment_request_ask(request, "iam", "GetRole", json_pack("{s:s}", "RoleName", name), role_found);
    return PROGRESS_WAIT;
}

static enum progress fetch_policy(struct deployment_request *request, struct result *result) {
    const char *body = text_member(request, "StackPolicyBody");
    const char *url = text_member(request, "StackPolicyURL");
    if (body && url) {
        *result = refuse(request, "You cannot specify both StackPolicyURL and StackPolicyBody");
        return PROGRESS_REFUSED;
    }
    request->policy_body = body;
    request->fetched = TEXT_NONE;
    return url ? fetch(request, url, "StackPolicyURL", result) : PROGRESS_DONE;
}

static struct result ready(struct deployment_request *request) {
    if (!request->policy_body && request->fetched.data && text_member(request, "StackPolicyURL")) {
        request->policy_body = arena_text_string(request->call->arena, request->fetched);
    }
    return request->ready(request);
}

static enum progress run_step(struct deployment_request *request, enum request_step step,
                              struct result *result) {
    switch (step) {
    case FETCH_TEMPLATE:
        return fetch_template(request, result);
    case READ_TEMPLATE:
        return read_template(request, result);
    case BIND_PARAMETERS:
        return bind_parameters(request, result);
    case LOOK_UP_PARAMETERS:
        return look_up_parameters(request);
    case CHECK_PARAMETERS:
        return check_parameters(request, result);
    case RUN_TRANSFORMS: {
        enum progress progress = deployment_transforms_run(request, result);
        if (progress == PROGRESS_WAIT) {
            request->step = RUN_TRANSFORMS;
        }
        return progress;
    }
    case CHECK_TEMPLATE:
        return check_template(request, result);
    case CHECK_ROLE:
        return check_role(request, result);
    case FETCH_POLICY:
        return fetch_policy(request, result);
    case READY:
        break;
    }
    return PROGRESS_DONE;
}

static struct result advance(struct deployment_request *request) {
    while (request->step != READY) {
        enum request_step step = (enum request_step)request->step++;
        if (request->template_only && step > READ_TEMPLATE) {
            break;
        }
        struct result result = result_output();
        switch (run_step(request, step, &result)) {
        case PROGRESS_DONE:
            break;
        case PROGRESS_WAIT:
            return result_pending();
        case PROGRESS_REFUSED:
            return result;
        }
    }
    return ready(request);
}

struct result deployment_request_start(struct deployment_request *request) {
    return advance(request);
}

struct result deployment_request_policy(struct deployment_request *request) {
    request->step = FETCH_POLICY;
    return advance(request);
}
