/* Layers: versions of shared code, and their policies. */
#include "emulator/base/arn.h"
#include "services/lambda/lambda.h"
#include "services/lambda/lambda_code.h"
#include "services/lambda/resource_policy.h"

/* A layer version as a request names it. */
struct layer_target {
    struct lambda_owner owner;
    const char *layer;
    int64_t version;
};

/* LayerName is a name or a layer's ARN. */
static void name_of(struct call *call, const char *name, struct layer_target *target) {
    struct arn arn;
    target->owner = lambda_owner_of(call);
    target->layer = name;
    if (arn_parse(text_of(name), &arn)) {
        struct text rest = arn.resource;
        text_cut(&rest, ':');
        target->owner.account = arena_text_string(call->arena, arn.account);
        target->owner.region = arena_text_string(call->arena, arn.region);
        target->layer = arena_text_string(call->arena, text_cut(&rest, ':'));
    }
}

static char *layer_arn(struct call *call, const struct layer_target *target) {
    return arn_build(call->arena, "lambda", target->owner.region, target->owner.account,
                     arena_printf(call->arena, "layer:%s", target->layer));
}

static char *version_arn(struct call *call, const struct layer_target *target) {
    return arn_build(call->arena, "lambda", target->owner.region, target->owner.account,
                     arena_printf(call->arena, "layer:%s:%lld", target->layer, (long long)target->version));
}

static void target_of(struct call *call, struct input input, struct layer_target *target) {
    name_of(call, input_string(input, "LayerName"), target);
    target->version = input_integer(input, "VersionNumber", 0);
}

static struct result no_layer(struct call *call) {
    return lambda_fail(call, &lambda_error_ResourceNotFoundException,
                       "The resource you requested does not exist.");
}

/* ---- showing ---- */

static void write_facts(struct call *call, struct output *output, const struct layer_target *target,
                        const struct lambda_layer_version *version) {
    output_string(output, "LayerVersionArn", version_arn(call, target));
    output_integer(output, "Version", target->version);
    output_string(output, "Description", version->description);
    output_string(output, "CreatedDate", lambda_time(call->arena, version->created_ms));
    if (version->architectures) {
        output_value(output, "CompatibleArchitectures",
                     json_parse(call->arena, text_of(version->architectures), NULL));
    }
    if (version->runtimes) {
        output_value(output, "CompatibleRuntimes", json_parse(call->arena, text_of(version->runtimes), NULL));
    }
    output_string(output, "LicenseInfo", version->license);
}

static struct result write_version(struct call *call, const struct layer_target *target,
                                   const struct lambda_layer_version *version) {
    struct output *output = call_output(call);
    output_begin_structure(output, "Content");
    output_string(output, "Location",
                  lambda_code_location(call, target->owner, "layers", target->layer, version->code_key));
    output_string(output, "CodeSha256", version->code_sha256);
    output_integer(output, "CodeSize", version->code_size);
    output_end(output);
    output_string(output, "LayerArn", layer_arn(call, target));
    write_facts(call, output, target, version);
    return result_output();
}

/* ---- operations ---- */

static struct result publish_with_code(struct call *call, struct input input,
                                       const struct lambda_code *code) {
    struct layer_target target;
    name_of(call, input_string(input, "LayerName"), &target);
    struct lambda_layer_version version = {
        .layer = target.layer,
        .description = input_has(input, "Description") ? input_string(input, "Description") : "",
        .license = input_string(input, "LicenseInfo"),
        .runtimes = lambda_json_text(call->arena, input_list(input, "CompatibleRuntimes").value),
        .architectures = lambda_json_text(call->arena, input_list(input, "CompatibleArchitectures").value),
        .code_key = code->key,
        .code_sha256 = code->sha256,
        .code_size = code->size,
        .created_ms = call->now_ms,
    };
    target.version = lambda_store_add_layer_version(call->store, target.owner, &version);
    return write_version(call, &target, &version);
}

struct result lambda_publish_layer(struct call *call, struct input input) {
    return lambda_code_take(call, input, input_structure(input, "Content"), NULL, publish_with_code);
}

static struct result get_version(struct call *call, const struct layer_target *target) {
    struct lambda_layer_version version;
    if (!lambda_store_layer_version(call->store, target->owner, target->layer, target->version, call->arena,
                                    &version)) {
        return no_layer(call);
    }
    return write_version(call, target, &version);
}

struct result lambda_get_layer(struct call *call, struct input input) {
    struct layer_target target;
    target_of(call, input, &target);
    return get_version(call, &target);
}

struct result lambda_get_layer_by_arn(struct call *call, struct input input) {
    struct layer_target target;
    const char *text = input_string(input, "Arn");
    const char *colon = strrchr(text, ':');
    name_of(call, text, &target);
    target.version = 0;
    if (colon) {
        text_to_int64(text_of(colon + 1), &target.version);
    }
    return get_version(call, &target);
}

struct result lambda_delete_layer(struct call *call, struct input input) {
    struct layer_target target;
    target_of(call, input, &target);
    lambda_store_delete_layer_version(call->store, target.owner, target.layer, target.version);
    lambda_store_delete_policies(call->store, version_arn(call, &target));
    lambda_store_sweep_code(call->store);
    return result_output();
}

static bool json_list_has(struct call *call, const char *list, const char *wanted) {
    if (!wanted) {
        return true;
    }
    const struct json_value *parsed = list ? json_parse(call->arena, text_of(list), NULL) : NULL;
    for (const struct json_value *value = parsed ? parsed->child : NULL; value; value = value->next) {
        if (text_equals(value->text, wanted)) {
            return true;
        }
    }
    return false;
}

static bool is_compatible(struct call *call, struct input input, const struct lambda_layer_version *version) {
    return json_list_has(call, version->runtimes, input_string(input, "CompatibleRuntime")) &&
           json_list_has(call, version->architectures, input_string(input, "CompatibleArchitecture"));
}

struct result lambda_list_layer_versions(struct call *call, struct input input) {
    struct layer_target target;
    name_of(call, input_string(input, "LayerName"), &target);
    int64_t before = INT64_MAX;
    const char *marker = input_string(input, "Marker");
    if (marker) {
        text_to_int64(text_of(marker), &before);
    }
    int64_t limit = input_integer(input, "MaxItems", 50);
    struct lambda_layer_version *versions;
    size_t count = lambda_store_list_layer_versions(call->store, target.owner, target.layer, before,
                                                    call->arena, &versions);
    struct output *output = call_output(call);
    const char *next = NULL;
    int64_t shown = 0;
    output_begin_list(output, "LayerVersions");
    for (size_t i = 0; i < count && !next; i++) {
        if (!is_compatible(call, input, &versions[i])) {
            continue;
        }
        target.version = versions[i].version;
        output_begin_structure(output, NULL);
        write_facts(call, output, &target, &versions[i]);
        output_end(output);
        if (++shown == limit && i + 1 < count) {
            next = arena_printf(call->arena, "%lld", (long long)versions[i].version);
        }
    }
    output_end(output);
    output_string(output, "NextMarker", next);
    return result_output();
}

struct result lambda_list_layers(struct call *call, struct input input) {
    struct lambda_layer_version *versions;
    struct lambda_owner owner = lambda_owner_of(call);
    size_t count = lambda_store_list_layer_versions(call->store, owner, NULL, 0, call->arena, &versions);
    struct output *output = call_output(call);
    output_begin_list(output, "Layers");
    for (size_t i = 0; i < count; i++) {
        if (!is_compatible(call, input, &versions[i])) {
            continue;
        }
        const struct layer_target target = {owner, versions[i].layer, versions[i].version};
        output_begin_structure(output, NULL);
        output_string(output, "LayerName", versions[i].layer);
        output_string(output, "LayerArn", layer_arn(call, &target));
        output_begin_structure(output, "LatestMatchingVersion");
        write_facts(call, output, &target, &versions[i]);
        output_end(output);
        output_end(output);
    }
    output_end(output);
    return result_output();
}

/* ---- policies ---- */

static bool find_version(struct call *call, struct input input, struct layer_target *target,
                         struct result *error) {
    struct lambda_layer_version version;
    target_of(call, input, target);
    if (lambda_store_layer_version(call->store, target->owner, target->layer, target->version, call->arena,
                                   &version)) {
        return true;
    }
    *error = lambda_fail(call, &lambda_error_ResourceNotFoundException, "Layer version %s does not exist.",
                         version_arn(call, target));
    return false;
}

struct result lambda_add_layer_permission(struct call *call, struct input input) {
    struct layer_target target;
    struct result error;
    if (!find_version(call, input, &target, &error)) {
        return error;
    }
    const char *resource = version_arn(call, &target);
    const char *revision_id = NULL;
    policy_document(call, resource, &revision_id);
    if (!lambda_revision_matches(call, input_string(input, "RevisionId"), revision_id ? revision_id : "",
                                 &error)) {
        return error;
    }
    struct strbuf statement = STRBUF_INIT;
    strbuf_append_string(&statement, "{\"Sid\":");
    json_write_string(&statement, input_text(input, "StatementId"));
    strbuf_append_string(&statement, ",\"Effect\":\"Allow\",\"Principal\":");
    policy_append_principal(&statement, call->arena, input_string(input, "Principal"));
    strbuf_append_string(&statement, ",\"Action\":");
    json_write_string(&statement, input_text(input, "Action"));
    strbuf_append_string(&statement, ",\"Resource\":");
    json_write_string(&statement, text_of(resource));
    if (input_has(input, "OrganizationId")) {
        strbuf_append_string(&statement, ",\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":");
        json_write_string(&statement, input_text(input, "OrganizationId"));
        strbuf_append_string(&statement, "}}");
    }
    strbuf_append_char(&statement, '}');
    const char *text = arena_copy(call->arena, statement.data, statement.size);
    strbuf_release(&statement);
    const char *sid = input_string(input, "StatementId");
    if (!lambda_store_add_statement(call->store, resource, sid, text)) {
        return lambda_fail(
            call, &lambda_error_ResourceConflictException,
            "The statement id (%s) provided already exists. Please provide a new statement id, or "
            "remove the existing statement.",
            sid);
    }
    policy_changed(call, resource);
    struct output *output = call_output(call);
    output_string(output, "Statement", text);
    output_string(output, "RevisionId", lambda_store_policy_revision(call->store, resource, call->arena));
    return result_output();
}

struct result lambda_get_layer_policy(struct call *call, struct input input) {
    struct layer_target target;
    struct result error;
    if (!find_version(call, input, &target, &error)) {
        return error;
    }
    const char *revision_id;
    const char *document = policy_document(call, version_arn(call, &target), &revision_id);
    if (!document) {
        return lambda_fail(call, &lambda_error_ResourceNotFoundException,
                           "No policy is associated with the given resource.");
    }
    output_string(call_output(call), "Policy", document);
    output_string(call_output(call), "RevisionId", revision_id);
    return result_output();
}

struct result lambda_remove_layer_permission(struct call *call, struct input input) {
    struct layer_target target;
    struct result error;
    if (!find_version(call, input, &target, &error)) {
        return error;
    }
    const char *resource = version_arn(call, &target);
    const char *revision_id;
    if (!policy_document(call, resource, &revision_id)) {
        return lambda_fail(call, &lambda_error_ResourceNotFoundException,
                           "No policy is associated with the given resource.");
    }
    if (!lambda_revision_matches(call, input_string(input, "RevisionId"), revision_id, &error)) {
        return error;
    }
    const char *sid = input_string(input, "StatementId");
    if (!lambda_store_delete_statement(call->store, resource, sid)) {
        return lambda_fail(call, &lambda_error_ResourceNotFoundException,
                           "Statement %s is not found in resource policy.", sid);
    }
    policy_changed(call, resource);
    return result_output();
}
