/* Functions: create, read, update, delete, list. */
#include "services/lambda/execution_environment.h"
#include "services/lambda/lambda.h"
#include "services/lambda/lambda_code.h"

#define NAME_MAXIMUM 64
#define TAGS_MAXIMUM 50
#define PAGE_DEFAULT 50

/* ---- state ---- */

bool lambda_settled(const struct lambda_version *version, int64_t now_ms) {
    return now_ms >= version->settles_ms;
}

const char *lambda_revision(const struct lambda_version *version, int64_t now_ms) {
    return lambda_settled(version, now_ms) && version->settled_revision_id ? version->settled_revision_id
                                                                           : version->revision_id;
}

static char *new_uuid(struct call *call) {
    char *uuid = arena_alloc(call->arena, UUID_SIZE);
    ids_uuid(emulator_ids(call->emulator), uuid);
    return uuid;
}

void lambda_begin_change(struct call *call, struct lambda_version *version, bool created) {
    version->modified_ms = call->now_ms;
    version->revision_id = new_uuid(call);
    version->settled_revision_id = new_uuid(call);
    version->settles_ms = call->now_ms + LAMBDA_SETTLE_MS;
    version->created = created;
    version->digest = lambda_configuration_digest(call->arena, version);
    lambda_wake_at(lambda_state(call->emulator), version->settles_ms);
}

void lambda_new_revision(struct call *call, struct lambda_owner owner, struct lambda_version *version) {
    version->revision_id = new_uuid(call);
    version->settled_revision_id = NULL;
    lambda_store_touch_version(call->store, owner, version);
}

bool lambda_may_change(struct call *call, struct lambda_owner owner, const struct lambda_version *version,
                       struct result *error) {
    if (lambda_settled(version, call->now_ms)) {
        return true;
    }
    *error =
        version->created
            ? lambda_fail(call, &lambda_error_ResourceConflictException,
                          "The operation cannot be performed at this time. The function is currently in the "
                          "following state: Pending")
            : lambda_fail(call, &lambda_error_ResourceConflictException,
                          "The operation cannot be performed at this time. An update is in progress for "
                          "resource: %s",
                          lambda_arn(call->arena, owner, version->name, NULL));
    return false;
}

bool lambda_revision_matches(struct call *call, const char *given, const char *current,
                             struct result *error) {
    if (!given || strcmp(given, current) == 0) {
        return true;
    }
    *error = lambda_fail(call, &lambda_error_PreconditionFailedException,
                         "The Revision Id provided does not match the latest Revision Id. Call the "
                         "GetFunction/GetAlias API to retrieve the latest Revision Id");
    return false;
}

bool lambda_check_tag_count(struct call *call, size_t count, struct result *error) {
    if (count <= TAGS_MAXIMUM) {
        return true;
    }
    *error = lambda_fail(call, &lambda_error_InvalidParameterValueException,
                         "Number of tags exceeds resource tag limit.");
    return false;
}

void lambda_publish(struct call *call, struct lambda_owner owner, const struct lambda_version *latest,
                    const char *description, struct lambda_version *published) {
    struct lambda_function function;
    lambda_store_function(call->store, owner, latest->name, call->arena, &function);
    *published = *latest;
    published->version = ++function.last_version;
    published->description = description ? description : latest->description;
    published->revision_id = new_uuid(call);
    published->settled_revision_id = NULL;
    published->modified_ms = call->now_ms;
    lambda_store_put_function(call->store, owner, &function);
    lambda_store_put_version(call->store, owner, published);
}

/* ---- create ---- */

static struct result write_configuration(struct call *call, struct lambda_owner owner,
                                         const struct lambda_version *version, const char *arn_qualifier) {
    lambda_configuration_write(call, call_output(call), owner, version, arn_qualifier);
    return result_output();
}

static bool check_new_function(struct call *call, struct input input, struct lambda_target *target,
                               struct result *error) {
    if (!lambda_target_of(call, input_string(input, "FunctionName"), NULL, target, error)) {
        return false;
    }
    if (strlen(target->name) > NAME_MAXIMUM) {
        *error = lambda_fail(call, &lambda_error_InvalidParameterValueException,
                             "1 validation error detected: Value '%s' at 'functionName' failed to satisfy "
                             "constraint: Member must have length less than or equal to %d",
                             target->name, NAME_MAXIMUM);
        return false;
    }
    bool image = text_equals(text_of(input_string(input, "PackageType")), "Image") ||
                 input_has(input_structure(input, "Code"), "ImageUri");
    if (!image && !(input_has(input, "Runtime") && input_has(input, "Handler"))) {
        *error =
            lambda_fail(call, &lambda_error_InvalidParameterValueException,
                        "Runtime and Handler are mandatory parameters for functions created with deployment "
                        "packages.");
        return false;
    }
    if (image && (input_has(input, "Runtime") || input_has(input, "Handler"))) {
        *error = lambda_fail(call, &lambda_error_InvalidParameterValueException,
                             "Please don't provide Handler or Runtime or Layer when the intended function "
                             "PackageType is Image.");
        return false;
    }
    return lambda_check_tag_count(call, input_count(input_map(input, "Tags")), error);
}

static bool describe_new_function(struct call *call, struct input input, struct lambda_target *target,
                                  struct lambda_version *version, struct result *error) {
    lambda_configuration_default(call->arena, version, target->name);
    if (!lambda_configuration_apply(call, input, target->owner, version, error)) {
        return false;
    }
    struct input architecture = input_first(input_list(input, "Architectures"));
    if (architecture.value) {
        version->architecture = input_as_string(architecture);
    }
    return true;
}

/* The code is in the store. */
static struct result create_with_code(struct call *call, struct input input, const struct lambda_code *code) {
    struct result error;
    struct lambda_target target;
    struct lambda_version version;
    if (!check_new_function(call, input, &target, &error) ||
        !describe_new_function(call, input, &target, &version, &error)) {
        return error;
    }
    version.code_key = code->key;
    version.code_sha256 = code->sha256;
    version.code_size = code->size;
    version.image_uri = code->image_uri;
    const char *tags = lambda_json_text(call->arena, input_map(input, "Tags").value);
    if (!lambda_store_add_function(call->store, target.owner, target.name, tags ? tags : "{}")) {
        return lambda_fail(call, &lambda_error_ResourceConflictException, "Function already exist: %s",
                           target.name);
    }
    lambda_begin_change(call, &version, true);
    lambda_store_put_version(call->store, target.owner, &version);
    if (input_boolean(input, "Publish", false)) {
        struct lambda_version published;
        lambda_publish(call, target.owner, &version, NULL, &published);
        return write_configuration(call, target.owner, &published, NULL);
    }
    return write_configuration(call, target.owner, &version, NULL);
}

struct result lambda_create_function(struct call *call, struct input input) {
    struct result error;
    struct lambda_target target;
    struct lambda_version version;
    if (!check_new_function(call, input, &target, &error) ||
        !describe_new_function(call, input, &target, &version, &error)) {
        return error;
    }
    struct lambda_function existing;
    if (lambda_store_function(call->store, target.owner, target.name, call->arena, &existing)) {
        return lambda_fail(call, &lambda_error_ResourceConflictException, "Function already exist: %s",
                           target.name);
    }
    return lambda_code_take(call, input, input_structure(input, "Code"), version.runtime, create_with_code);
}

/* ---- read ---- */

/* The version a Get means. False: *error. */
static bool find_for_reading(struct call *call, struct input input, struct lambda_target *target,
                             struct lambda_version *version, struct result *error) {
    if (!lambda_target_of(call, input_string(input, "FunctionName"), input_string(input, "Qualifier"), target,
                          error)) {
        return false;
    }
    if (!lambda_find_version(call, target, version, NULL)) {
        *error = lambda_no_function(call, target);
        return false;
    }
    return true;
}

static void write_code(struct call *call, struct output *output, struct lambda_owner owner,
                       const struct lambda_version *version) {
    output_begin_structure(output, "Code");
    output_string(output, "RepositoryType", version->image_uri ? "ECR" : "S3");
    if (version->image_uri) {
        output_string(output, "ImageUri", version->image_uri);
        output_string(output, "ResolvedImageUri",
                      arena_printf(call->arena, "%.*s@sha256:%s", (int)strcspn(version->image_uri, "@"),
                                   version->image_uri, version->code_sha256));
    } else {
        output_string(output, "Location",
                      lambda_code_location(call, owner, "tasks", version->name, version->code_key));
    }
    output_end(output);
}

struct result lambda_get_function(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_version version;
    struct result error;
    if (!find_for_reading(call, input, &target, &version, &error)) {
        return error;
    }
    struct lambda_function function;
    lambda_store_function(call->store, target.owner, target.name, call->arena, &function);
    struct output *output = call_output(call);
    output_begin_structure(output, "Configuration");
    lambda_configuration_write(call, output, target.owner, &version, target.qualifier);
    output_end(output);
    write_code(call, output, target.owner, &version);
    const struct json_value *tags = json_parse(call->arena, text_of(function.tags), NULL);
    if (tags && tags->count > 0) {
        output_value(output, "Tags", tags);
    }
    if (function.reserved_concurrency >= 0) {
        output_begin_structure(output, "Concurrency");
        output_integer(output, "ReservedConcurrentExecutions", function.reserved_concurrency);
        output_end(output);
    }
    return result_output();
}

struct result lambda_get_function_configuration(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_version version;
    struct result error;
    if (!find_for_reading(call, input, &target, &version, &error)) {
        return error;
    }
    return write_configuration(call, target.owner, &version, target.qualifier);
}

/* ---- list ---- */

/* Where a page begins: "NAME:VERSION" of the last one shown. */
static void read_marker(struct call *call, const char *marker, const char **name, int64_t *version) {
    *name = "";
    *version = -1;
    if (marker) {
        struct text rest = text_of(marker);
        struct text head = text_cut(&rest, ':');
        *name = arena_text_string(call->arena, head);
        if (rest.data) {
            text_to_int64(rest, version);
        }
    }
}

struct result lambda_list_functions(struct call *call, struct input input) {
    int64_t limit = input_integer(input, "MaxItems", PAGE_DEFAULT);
    limit = limit > PAGE_DEFAULT ? PAGE_DEFAULT : limit;
    bool all = text_equals(text_of(input_string(input, "FunctionVersion")), "ALL");
    const char *after_name;
    int64_t after_version;
    read_marker(call, input_string(input, "Marker"), &after_name, &after_version);
    struct lambda_version *versions;
    struct lambda_owner owner = lambda_owner_of(call);
    size_t count = lambda_store_list_versions(call->store, owner, NULL, all, after_name, after_version,
                                              (size_t)limit + 1, call->arena, &versions);
    bool more = count > (size_t)limit;
    count = more ? (size_t)limit : count;
    struct output *output = call_output(call);
    output_begin_list(output, "Functions");
    for (size_t i = 0; i < count; i++) {
        output_begin_structure(output, NULL);
        lambda_configuration_write(call, output, owner, &versions[i],
                                   all ? lambda_version_name(call->arena, versions[i].version) : NULL);
        output_end(output);
    }
    output_end(output);
    if (more) {
        output_string(output, "NextMarker",
                      arena_printf(call->arena, "%s:%lld", versions[count - 1].name,
                                   (long long)versions[count - 1].version));
    }
    return result_output();
}

struct result lambda_list_versions_by_function(struct call *call, struct input input) {
    struct lambda_target target;
    struct result error;
    if (!lambda_existing_target(call, input, &target, &error)) {
        return error;
    }
    int64_t limit = input_integer(input, "MaxItems", PAGE_DEFAULT);
    limit = limit > PAGE_DEFAULT ? PAGE_DEFAULT : limit;
    const char *after_name;
    int64_t after_version;
    read_marker(call, input_string(input, "Marker"), &after_name, &after_version);
    struct lambda_version *versions;
    size_t count = lambda_store_list_versions(call->store, target.owner, target.name, true,
                                              *after_name ? target.name : "", after_version,
                                              (size_t)limit + 1, call->arena, &versions);
    bool more = count > (size_t)limit;
    count = more ? (size_t)limit : count;
    struct output *output = call_output(call);
    output_begin_list(output, "Versions");
    for (size_t i = 0; i < count; i++) {
        output_begin_structure(output, NULL);
        lambda_configuration_write(call, output, target.owner, &versions[i],
                                   lambda_version_name(call->arena, versions[i].version));
        output_end(output);
    }
    output_end(output);
    if (more) {
        output_string(
            output, "NextMarker",
            arena_printf(call->arena, "%s:%lld", target.name, (long long)versions[count - 1].version));
    }
    return result_output();
}

/* ---- update ---- */

/* $LATEST, ready for a change. False: *error. */
static bool find_for_change(struct call *call, struct input input, struct lambda_target *target,
                            struct lambda_version *version, struct result *error) {
    if (!lambda_target_of(call, input_string(input, "FunctionName"), NULL, target, error)) {
        return false;
    }
    if (!lambda_store_version(call->store, target->owner, target->name, LAMBDA_LATEST, call->arena,
                              version)) {
        target->qualifier = NULL;
        *error = lambda_no_function(call, target);
        return false;
    }
    return lambda_may_change(call, target->owner, version, error) &&
           lambda_revision_matches(call, input_string(input, "RevisionId"),
                                   lambda_revision(version, call->now_ms), error);
}

static struct result update_with_code(struct call *call, struct input input, const struct lambda_code *code) {
    struct lambda_target target;
    struct lambda_version version;
    struct result error;
    if (!find_for_change(call, input, &target, &version, &error)) {
        return error;
    }
    version.code_key = code->key;
    version.code_sha256 = code->sha256;
    version.code_size = code->size;
    version.image_uri = code->image_uri;
    struct input architecture = input_first(input_list(input, "Architectures"));
    if (architecture.value) {
        version.architecture = input_as_string(architecture);
    }
    if (input_boolean(input, "DryRun", false)) {
        return write_configuration(call, target.owner, &version, NULL);
    }
    lambda_begin_change(call, &version, false);
    lambda_store_put_version(call->store, target.owner, &version);
    lambda_store_sweep_code(call->store);
    if (input_boolean(input, "Publish", false)) {
        struct lambda_version published;
        lambda_publish(call, target.owner, &version, NULL, &published);
        return write_configuration(call, target.owner, &published,
                                   lambda_version_name(call->arena, published.version));
    }
    return write_configuration(call, target.owner, &version, NULL);
}

struct result lambda_update_function_code(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_version version;
    struct result error;
    if (!find_for_change(call, input, &target, &version, &error)) {
        return error;
    }
    if (version.image_uri && !input_has(input, "ImageUri")) {
        return lambda_fail(call, &lambda_error_InvalidParameterValueException,
                           "Please provide ImageUri when updating a function with packageType Image.");
    }
    if (!version.image_uri && input_has(input, "ImageUri")) {
        return lambda_fail(call, &lambda_error_InvalidParameterValueException,
                           "Please don't provide ImageUri when updating a function with packageType Zip.");
    }
    return lambda_code_take(call, input, input, version.runtime, update_with_code);
}

struct result lambda_update_function_configuration(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_version version;
    struct result error;
    if (!find_for_change(call, input, &target, &version, &error) ||
        !lambda_configuration_apply(call, input, target.owner, &version, &error)) {
        return error;
    }
    lambda_begin_change(call, &version, false);
    lambda_store_put_version(call->store, target.owner, &version);
    return write_configuration(call, target.owner, &version, NULL);
}

/* ---- delete ---- */

static struct result no_content(struct call *call) {
    output_integer(call_output(call), "StatusCode", 204);
    return result_output();
}

static struct result delete_version(struct call *call, const struct lambda_target *target) {
    int64_t number;
    if (!text_to_int64(text_of(target->qualifier), &number)) {
        return lambda_fail(call, &lambda_error_InvalidParameterValueException,
                           "Deletion of aliases is not currently supported.");
    }
    struct lambda_alias *aliases;
    if (lambda_store_list_aliases(call->store, target->owner, target->name, target->qualifier, "", 1,
                                  call->arena, &aliases) > 0) {
        return lambda_fail(call, &lambda_error_ResourceConflictException,
                           "Alias %s still references version %s of function %s. Version cannot be deleted.",
                           aliases[0].name, target->qualifier, target->name);
    }
    lambda_store_delete_version(call->store, target->owner, target->name, number);
    lambda_store_sweep_code(call->store);
    lambda_store_delete_policies(call->store,
                                 lambda_arn(call->arena, target->owner, target->name, target->qualifier));
    lambda_environments_drop(lambda_state(call->emulator), target->owner, target->name, number);
    return no_content(call);
}

struct result lambda_delete_function(struct call *call, struct input input) {
    struct lambda_target target;
    struct result error;
    if (!lambda_target_of(call, input_string(input, "FunctionName"), input_string(input, "Qualifier"),
                          &target, &error)) {
        return error;
    }
    if (target.qualifier && strcmp(target.qualifier, "$LATEST") == 0) {
        return lambda_fail(call, &lambda_error_InvalidParameterValueException,
                           "$LATEST version cannot be deleted without deleting the function.");
    }
    if (!lambda_existing_target(call, input, &target, &error)) {
        return error;
    }
    if (target.qualifier) {
        return delete_version(call, &target);
    }
    lambda_store_delete_function(call->store, target.owner, target.name);
    lambda_store_delete_policies(call->store, lambda_arn(call->arena, target.owner, target.name, NULL));
    lambda_store_sweep_code(call->store);
    lambda_environments_drop(lambda_state(call->emulator), target.owner, target.name, -1);
    return no_content(call);
}

/* ---- account ---- */

struct result lambda_get_account_settings(struct call *call, struct input input) {
    (void)input;
    static const int64_t code_limit = INT64_C(80530636800);
    struct lambda_owner owner = lambda_owner_of(call);
    struct output *output = call_output(call);
    output_begin_structure(output, "AccountLimit");
    output_integer(output, "TotalCodeSize", code_limit);
    output_integer(output, "CodeSizeUnzipped", 262144000);
    output_integer(output, "CodeSizeZipped", 52428800);
    output_integer(output, "ConcurrentExecutions", LAMBDA_ACCOUNT_CONCURRENCY);
    output_integer(output, "UnreservedConcurrentExecutions",
                   LAMBDA_ACCOUNT_CONCURRENCY - lambda_store_reserved_sum(call->store, owner, ""));
    output_end(output);
    output_begin_structure(output, "AccountUsage");
    output_integer(output, "TotalCodeSize", lambda_store_code_size_sum(call->store, owner));
    output_integer(output, "FunctionCount", lambda_store_function_count(call->store, owner));
    output_end(output);
    return result_output();
}
