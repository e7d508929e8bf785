#include "services/cloudformation/deployment_transforms.h"

#include "emulator/base/crypto.h"
#include "services/cloudformation/model.h"
#include "services/cloudformation/stack_begin.h"
#include "services/cloudformation/template_url.h"
#include "services/cloudformation/transforms.h"

/* Included text may itself include; what includes itself must end. */
enum { TRANSFORMS_MAXIMUM = 200 };

struct transforming {
    json_t *root;
    struct transform_site site;
    int count;
};

static void fail(struct deployment_request *request, const char *message) {
    json_object_set_new(request->deployment->settings, "TransformError", json_string(message));
}

static const char *transform_id(struct deployment_request *request, const char *name) {
    return arena_printf(request->call->arena, "%s::%s", request->place.account, name);
}

static void put(struct deployment_request *request, json_t *result) {
    struct transforming *state = request->transforming;
    state->root = transforms_put(request->call->arena, state->root, &state->site, result);
}

/* ---- what a transform is given -------------------------------------------------------------------- */

static struct lookup unknown_ref(void *argument, const char *name) {
    (void)argument;
    (void)name;
    return (struct lookup){.status = LOOKUP_UNKNOWN};
}

/* Functions in a transform's parameters may name the template's parameters. */
static json_t *evaluated(struct deployment_request *request, const json_t *parameters) {
    const struct deployment *deployment = request->deployment;
    struct environment environment = {
        .arena = request->call->arena,
        .template = deployment->template,
        .parameters = deployment->parameters,
        .account_id = request->place.account,
        .region = request->place.region,
        .stack_id = request->place.stack_id,
        .stack_name = request->place.stack_name,
        .ref = unknown_ref,
    };
    struct evaluation result = evaluate(&environment, parameters);
    bool good = result.status == EVALUATION_OK && result.value;
    return good ? json_incref(result.value) : json_deep_copy(parameters);
}

static json_t *parameter_values(const struct parameters *parameters) {
    json_t *values = json_object();
    for (size_t i = 0; i < parameters->count; i++) {
        json_object_set(values, parameters->rows[i].declaration->name, parameters->rows[i].ref);
    }
    return values;
}

/* ---- AWS::Include --------------------------------------------------------------------------------- */

static const char *include_error(struct deployment_request *request, const char *what) {
    return arena_printf(request->call->arena, "Transform " TRANSFORM_INCLUDE " failed with: %s", what);
}

static void included(void *argument, const struct call_reply *reply) {
    struct deployment_request *request = deployment_request_answered(argument);
    if (!request) {
        return;
    }
    struct transforming *state = request->transforming;
    struct arena *arena = request->call->arena;
    struct text content;
    if (reply->error_code) {
        const char *what = arena_printf(arena, "S3 error: %s", reply->error_message);
        if (strcmp(reply->error_code, "NoSuchBucket") == 0) {
            const char *bucket = json_string_value(json_object_get(state->site.parameters, "Bucket"));
            what = arena_printf(arena, "S3 bucket [%s] does not exist.", bucket);
        }
        fail(request, include_error(request, what));
    } else if (deployment_request_blob(request->call, reply->value, "Body", &content)) {
        json_t *result = transforms_include(arena, state->site.fragment, content);
        if (result) {
            put(request, result);
        } else {
            fail(request,
                 include_error(request, "The specified S3 object's content should be valid Yaml/JSON"));
        }
    }
    deployment_request_resume(request);
}

/* "s3://bucket/key", also as a web address. */
static bool parse_location(struct arena *arena, const char *location, const char **bucket, const char **key) {
    const char *version;
    const char *bad_domain;
    if (strncmp(location, "s3://", 5) != 0) {
        return template_url_parse(arena, location, bucket, key, &version, &bad_domain);
    }
    const char *slash = strchr(location + 5, '/');
    if (!slash || slash == location + 5 || !slash[1]) {
        return false;
    }
    *bucket = arena_copy(arena, location + 5, (size_t)(slash - location - 5));
    *key = slash + 1;
    return true;
}

static enum progress include(struct deployment_request *request) {
    struct transforming *state = request->transforming;
    struct arena *arena = request->call->arena;
    json_t *parameters = deployment_keep(arena, evaluated(request, state->site.parameters));
    const char *location = json_string_value(json_object_get(parameters, "Location"));
    const char *bucket;
    const char *key;
    if (!location || !parse_location(arena, location, &bucket, &key)) {
        fail(request, include_error(request, "The location parameter is not a valid S3 uri."));
        return PROGRESS_DONE;
    }
    state->site.parameters = deployment_keep(arena, json_pack("{s:s}", "Bucket", bucket));
    deployment_request_ask(request, "s3", "GetObject", json_pack("{s:s, s:s}", "Bucket", bucket, "Key", key),
                           included);
    return PROGRESS_WAIT;
}

/* ---- macros --------------------------------------------------------------------------------------- */

/* The answer's fragment, or NULL and a text. */
static json_t *macro_fragment(struct deployment_request *request, const struct call_reply *reply,
                              const char **error) {
    struct arena *arena = request->call->arena;
    const char *id = transform_id(request, request->transforming->site.name);
    struct text payload = TEXT_NONE;
    bool read = !json_find(reply->value, "FunctionError") &&
                deployment_request_blob(request->call, reply->value, "Payload", &payload);
    json_t *answer = read ? json_loadb(payload.data, payload.size, 0, NULL) : NULL;
    deployment_keep(arena, answer);
    const char *status = json_string_value(json_object_get(answer, "status"));
    json_t *fragment = json_object_get(answer, "fragment");
    if (!status || !json_is_string(json_object_get(answer, "requestId"))) {
        *error = arena_printf(arena, "Received malformed response from transform %s", id);
        return NULL;
    }
    if (!text_equals_ignore_case(text_of(status), "success")) {
        const char *message = json_string_value(json_object_get(answer, "errorMessage"));
        *error = message ? arena_printf(arena, "Transform %s failed with: %s", id, message)
                         : arena_printf(arena, "Transform %s failed without an error message.", id);
        return NULL;
    }
    if (!fragment || json_is_null(fragment)) {
        *error = arena_printf(arena, "Received malformed response from transform %s", id);
        return NULL;
    }
    return fragment;
}

static void macro_answered(void *argument, const struct call_reply *reply) {
    struct deployment_request *request = deployment_request_answered(argument);
    if (!request) {
        return;
    }
    const char *error = NULL;
    json_t *fragment = NULL;
    if (reply->error_code) {
        error = arena_printf(request->call->arena, "Transform %s failed with: %s",
                             transform_id(request, request->transforming->site.name), reply->error_message);
    } else {
        fragment = macro_fragment(request, reply, &error);
    }
    if (fragment) {
        put(request, fragment);
    } else {
        fail(request, error);
    }
    deployment_request_resume(request);
}

static enum progress call_macro(struct deployment_request *request) {
    struct call *call = request->call;
    const struct transform_site *site = &request->transforming->site;
    const char *function = macro_store_function(call->store, call->arena, request->place.account,
                                                request->place.region, site->name);
    if (!function) {
        fail(request,
             arena_printf(call->arena, "No transform named %s found.", transform_id(request, site->name)));
        return PROGRESS_DONE;
    }
    json_t *parameters = site->parameters ? evaluated(request, site->parameters) : json_object();
    json_t *event = deployment_keep(
        call->arena,
        json_pack("{s:s, s:O, s:s, s:s, s:s, s:o, s:o}", "accountId", request->place.account, "fragment",
                  site->fragment, "transformId", transform_id(request, site->name), "requestId",
                  stack_begin_uuid(call), "region", request->place.region, "params", parameters,
                  "templateParameterValues", parameter_values(request->deployment->parameters)));
    struct strbuf payload = STRBUF_INIT;
    crypto_append_base64(&payload, text_of(deployment_dump(call->arena, event)));
    json_t *input = json_pack("{s:s, s:s}", "FunctionName", function, "Payload", payload.data);
    strbuf_release(&payload);
    deployment_request_ask(request, "lambda", "Invoke", input, macro_answered);
    return PROGRESS_WAIT;
}

/* ---- one after the other -------------------------------------------------------------------------- */

/* AWS's own that are known, but not emulated; NULL: none is named. */
static const char *refused(struct arena *arena, const struct template *template) {
    for (size_t i = 0; i < template->transform_count; i++) {
        const char *name = template->transforms[i].name;
        if (strncmp(name, "AWS::", 5) == 0 && strcmp(name, TRANSFORM_INCLUDE) != 0 &&
            strcmp(name, TRANSFORM_LANGUAGE_EXTENSIONS) != 0) {
            return arena_printf(arena, "Transform %s is not emulated by stackrig", name);
        }
    }
    return NULL;
}

static bool begin(struct deployment_request *request, struct result *result) {
    struct call *call = request->call;
    const struct template *template = request->deployment->template;
    const char *problem = refused(call->arena, template);
    if (problem) {
        *result = call_error(call, &error_validation_error, "%s", problem);
        return false;
    }
    const json_t *given = json_object_get(request->deployment->settings, "Capabilities");
    problem = template_missing_capability(call->arena, template, given, request->expanding);
    if (problem) {
        *result = call_error(call, &cloudformation_error_InsufficientCapabilitiesException, "%s", problem);
        return false;
    }
    request->transforming = arena_zalloc(call->arena, sizeof *request->transforming);
    request->transforming->root = transforms_parse(call->arena, request->deployment->body);
    return true;
}

enum progress deployment_transforms_run(struct deployment_request *request, struct result *result) {
    struct deployment *deployment = request->deployment;
    if (deployment->template->transform_count == 0) {
        return PROGRESS_DONE;
    }
    if (!request->transforming && !begin(request, result)) {
        return PROGRESS_REFUSED;
    }
    struct transforming *state = request->transforming;
    while (!json_object_get(deployment->settings, "TransformError")) {
        if (!json_is_object(state->root)) {
            fail(request, "Template format error: unsupported structure.");
            break;
        }
        if (!transforms_next(request->call->arena, state->root, &state->site)) {
            break;
        }
        if (++state->count > TRANSFORMS_MAXIMUM) {
            fail(request, "The template names too many transforms");
            break;
        }
        bool is_include = strcmp(state->site.name, TRANSFORM_INCLUDE) == 0;
        enum progress progress = is_include ? include(request) : call_macro(request);
        if (progress == PROGRESS_WAIT) {
            return progress;
        }
    }
    if (state->count > 0 && json_is_object(state->root)) {
        json_object_set_new(deployment->settings, "Processed",
                            json_string(deployment_dump(request->call->arena, state->root)));
    }
    return PROGRESS_DONE;
}
