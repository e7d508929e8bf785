/* Published versions and aliases. */
#include "services/lambda/function_reference.h"
#include "services/lambda/lambda.h"

#define PAGE_DEFAULT 50

/* ---- versions ---- */

struct result lambda_publish_version(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_version latest;
    struct result error;
    if (!lambda_existing_target(call, input, &target, &error)) {
        return error;
    }
    lambda_store_version(call->store, target.owner, target.name, LAMBDA_LATEST, call->arena, &latest);
    const char *sha256 = input_string(input, "CodeSha256");
    if (sha256 && strcmp(sha256, latest.code_sha256) != 0) {
        return lambda_fail(
            call, &lambda_error_InvalidParameterValueException,
            "CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s). Please try again "
            "with the CodeSHA256 in $LATEST.",
            sha256, latest.code_sha256);
    }
    if (!lambda_may_change(call, target.owner, &latest, &error) ||
        !lambda_revision_matches(call, input_string(input, "RevisionId"),
                                 lambda_revision(&latest, call->now_ms), &error)) {
        return error;
    }
    struct lambda_version published;
    if (!lambda_store_newest_version(call->store, target.owner, target.name, call->arena, &published) ||
        strcmp(published.digest, latest.digest) != 0) {
        lambda_publish(call, target.owner, &latest, input_string(input, "Description"), &published);
        lambda_new_revision(call, target.owner, &latest);
    }
    lambda_configuration_write(call, call_output(call), target.owner, &published,
                               lambda_version_name(call->arena, published.version));
    return result_output();
}

/* ---- aliases ---- */

static struct result write_alias(struct call *call, struct output *output, const struct lambda_target *target,
                                 const struct lambda_alias *alias) {
    output_string(output, "AliasArn", lambda_arn(call->arena, target->owner, target->name, alias->name));
    output_string(output, "Name", alias->name);
    output_string(output, "FunctionVersion", alias->version);
    output_string(output, "Description", alias->description);
    if (alias->routing) {
        output_begin_structure(output, "RoutingConfig");
        output_value(output, "AdditionalVersionWeights",
                     json_parse(call->arena, text_of(alias->routing), NULL));
        output_end(output);
    }
    output_string(output, "RevisionId", alias->revision_id);
    return result_output();
}

static const char *new_revision_id(struct call *call) {
    char *uuid = arena_alloc(call->arena, UUID_SIZE);
    ids_uuid(emulator_ids(call->emulator), uuid);
    return uuid;
}

static struct result no_alias(struct call *call, const struct lambda_target *target, const char *alias) {
    return lambda_fail(call, &lambda_error_ResourceNotFoundException, "Cannot find alias arn: %s",
                       lambda_arn(call->arena, target->owner, target->name, alias));
}

/* False: *error. */
static bool check_version(struct call *call, const struct lambda_target *target, const char *version,
                          struct result *error) {
    struct lambda_target wanted = *target;
    struct lambda_version found;
    wanted.qualifier = version;
    if (lambda_find_version(call, &wanted, &found, NULL)) {
        return true;
    }
    *error = lambda_no_function(call, &wanted);
    return false;
}

/* AdditionalVersionWeights: one other version, a share between 0 and 1. */
static bool take_routing(struct call *call, struct input input, const struct lambda_target *target,
                         struct lambda_alias *alias, struct result *error) {
    struct input weights = input_map(input_structure(input, "RoutingConfig"), "AdditionalVersionWeights");
    if (!input_has(input, "RoutingConfig")) {
        return true;
    }
    if (input_count(weights) == 0) {
        alias->routing = NULL;
        return true;
    }
    if (input_count(weights) > 1) {
        *error = lambda_fail(call, &lambda_error_InvalidParameterValueException,
                             "Number of items in AdditionalVersionWeights cannot be greater than 1");
        return false;
    }
    const char *version = arena_text_string(call->arena, input_key(input_first(weights)));
    if (strcmp(alias->version, "$LATEST") == 0) {
        *error = lambda_fail(call, &lambda_error_InvalidParameterValueException,
                             "$LATEST is not supported for an alias pointing to more than 1 version");
        return false;
    }
    if (strcmp(version, alias->version) == 0) {
        *error =
            lambda_fail(call, &lambda_error_InvalidParameterValueException,
                        "Invalid function version %s. Function version %s is already included in routing "
                        "configuration.",
                        version, version);
        return false;
    }
    if (!check_version(call, target, version, error)) {
        return false;
    }
    alias->routing = lambda_json_text(call->arena, weights.value);
    return true;
}

struct result lambda_create_alias(struct call *call, struct input input) {
    struct lambda_target target;
    struct result error;
    if (!lambda_existing_target(call, input, &target, &error)) {
        return error;
    }
    struct lambda_alias alias = {
        .name = input_string(input, "Name"),
        .version = input_string(input, "FunctionVersion"),
        .description = input_has(input, "Description") ? input_string(input, "Description") : "",
        .revision_id = new_revision_id(call),
    };
    struct lambda_alias existing;
    if (lambda_store_alias(call->store, target.owner, target.name, alias.name, call->arena, &existing)) {
        return lambda_fail(call, &lambda_error_ResourceConflictException, "Alias already exists: %s",
                           lambda_arn(call->arena, target.owner, target.name, alias.name));
    }
    if (!check_version(call, &target, alias.version, &error) ||
        !take_routing(call, input, &target, &alias, &error)) {
        return error;
    }
    lambda_store_put_alias(call->store, target.owner, target.name, &alias);
    return write_alias(call, call_output(call), &target, &alias);
}

/* False: *error. */
static bool find_alias(struct call *call, struct input input, struct lambda_target *target,
                       struct lambda_alias *alias, struct result *error) {
    if (!lambda_existing_target(call, input, target, error)) {
        return false;
    }
    const char *name = input_string(input, "Name");
    if (!lambda_store_alias(call->store, target->owner, target->name, name, call->arena, alias)) {
        *error = no_alias(call, target, name);
        return false;
    }
    return true;
}

struct result lambda_get_alias(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_alias alias;
    struct result error;
    if (!find_alias(call, input, &target, &alias, &error)) {
        return error;
    }
    return write_alias(call, call_output(call), &target, &alias);
}

struct result lambda_update_alias(struct call *call, struct input input) {
    struct lambda_target target;
    struct lambda_alias alias;
    struct result error;
    if (!find_alias(call, input, &target, &alias, &error) ||
        !lambda_revision_matches(call, input_string(input, "RevisionId"), alias.revision_id, &error)) {
        return error;
    }
    if (input_has(input, "FunctionVersion")) {
        alias.version = input_string(input, "FunctionVersion");
        if (!check_version(call, &target, alias.version, &error)) {
            return error;
        }
    }
    if (input_has(input, "Description")) {
        alias.description = input_string(input, "Description");
    }
    if (!take_routing(call, input, &target, &alias, &error)) {
        return error;
    }
    alias.revision_id = new_revision_id(call);
    lambda_store_put_alias(call->store, target.owner, target.name, &alias);
    return write_alias(call, call_output(call), &target, &alias);
}

struct result lambda_delete_alias(struct call *call, struct input input) {
    struct lambda_target target;
    struct result error;
    if (!lambda_existing_target(call, input, &target, &error)) {
        return error;
    }
    const char *name = input_string(input, "Name");
    lambda_store_delete_alias(call->store, target.owner, target.name, name);
    lambda_store_delete_policies(call->store, lambda_arn(call->arena, target.owner, target.name, name));
    for (int kind = LAMBDA_SETTING_EVENT_INVOKE; kind <= LAMBDA_SETTING_URL; kind++) {
        lambda_store_delete_setting(call->store, target.owner, (enum lambda_setting_kind)kind, target.name,
                                    name);
    }
    return result_output();
}

struct result lambda_list_aliases(struct call *call, struct input input) {
    struct lambda_target target;
    struct result error;
    if (!lambda_existing_target(call, input, &target, &error)) {
        return error;
    }
    int64_t limit = input_integer(input, "MaxItems", PAGE_DEFAULT);
    limit = limit > PAGE_DEFAULT ? PAGE_DEFAULT : limit;
    const char *marker = input_string(input, "Marker");
    struct lambda_alias *aliases;
    size_t count = lambda_store_list_aliases(call->store, target.owner, target.name,
                                             input_string(input, "FunctionVersion"), marker ? marker : "",
                                             (size_t)limit + 1, call->arena, &aliases);
    bool more = count > (size_t)limit;
    count = more ? (size_t)limit : count;
    struct output *output = call_output(call);
    output_begin_list(output, "Aliases");
    for (size_t i = 0; i < count; i++) {
        output_begin_structure(output, NULL);
        write_alias(call, output, &target, &aliases[i]);
        output_end(output);
    }
    output_end(output);
    output_string(output, "NextMarker", more ? aliases[count - 1].name : NULL);
    return result_output();
}
