/* Tags and resource policies. Source: ssm-secrets.md B5, Secrets Manager API reference. */
#include <jansson.h>

#include "services/secretsmanager/secrets.h"

void secrets_put_tags(struct call *call, int64_t secret, struct input tags) {
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        struct text value = input_text(tag, "Value");
        statement_run(secrets_statement(call->store, SECRETS_SQL_PUT_TAG, "itt", secret,
                                        input_text(tag, "Key"), value.data ? value : TEXT("")));
    }
}

struct result secrets_tag_resource(struct call *call, struct input input) {
    struct secret secret;
    struct result refusal;
    if (!secrets_find_live(call, input_text(input, "SecretId"), &secret, &refusal)) {
        return refusal;
    }
    secrets_put_tags(call, secret.id, input_list(input, "Tags"));
    return result_output();
}

struct result secrets_untag_resource(struct call *call, struct input input) {
    struct secret secret;
    struct result refusal;
    if (!secrets_find_live(call, input_text(input, "SecretId"), &secret, &refusal)) {
        return refusal;
    }
    struct input keys = input_list(input, "TagKeys");
    for (struct input key = input_first(keys); key.value; key = input_next(key)) {
        statement_run(
            secrets_statement(call->store, SECRETS_SQL_DELETE_TAG, "it", secret.id, input_as_text(key)));
    }
    return result_output();
}

/* ---- resource policy ---- */

/* Whether a statement allows everybody. */
static bool is_public(const json_t *statement) {
    const json_t *principal = json_object_get(statement, "Principal");
    const char *effect = json_string_value(json_object_get(statement, "Effect"));
    const json_t *aws = json_is_object(principal) ? json_object_get(principal, "AWS") : principal;
    const char *who = json_string_value(json_is_array(aws) ? json_array_get(aws, 0) : aws);
    return effect && strcmp(effect, "Allow") == 0 && who && strcmp(who, "*") == 0 &&
           !json_object_get(statement, "Condition");
}

static bool policy_is_good(struct call *call, struct input input, struct result *refusal) {
    json_t *policy = json_loads(input_string(input, "ResourcePolicy"), 0, NULL);
    json_t *statements = json_object_get(policy, "Statement");
    bool good = json_is_array(statements) || json_is_object(statements);
    bool open = json_is_object(statements) && is_public(statements);
    size_t i;
    json_t *statement;
    if (json_is_array(statements)) {
        json_array_foreach(statements, i, statement) {
            open = open || is_public(statement);
        }
    }
    json_decref(policy);
    if (!good) {
        *refusal = call_error(call, &secretsmanager_error_MalformedPolicyDocumentException,
                              "This resource policy contains invalid Json.");
    } else if (open && input_boolean(input, "BlockPublicPolicy", false)) {
        good = false;
        *refusal = call_error(call, &secretsmanager_error_PublicPolicyException,
                              "You can't attach the resource policy because it allows broad access to the "
                              "secret.");
    }
    return good;
}

struct result secrets_put_resource_policy(struct call *call, struct input input) {
    struct secret secret;
    struct result refusal;
    if (!secrets_find_live(call, input_text(input, "SecretId"), &secret, &refusal) ||
        !policy_is_good(call, input, &refusal)) {
        return refusal;
    }
    secret.policy = input_string(input, "ResourcePolicy");
    secrets_update(call->store, &secret);
    secrets_write_names(call, &secret);
    return result_output();
}

struct result secrets_get_resource_policy(struct call *call, struct input input) {
    struct secret secret;
    struct result refusal;
    if (!secrets_find_live(call, input_text(input, "SecretId"), &secret, &refusal)) {
        return refusal;
    }
    secrets_write_names(call, &secret);
    output_string(call_output(call), "ResourcePolicy", secret.policy);
    return result_output();
}

struct result secrets_delete_resource_policy(struct call *call, struct input input) {
    struct secret secret;
    struct result refusal;
    if (!secrets_find_live(call, input_text(input, "SecretId"), &secret, &refusal)) {
        return refusal;
    }
    secret.policy = NULL;
    secrets_update(call->store, &secret);
    secrets_write_names(call, &secret);
    return result_output();
}
