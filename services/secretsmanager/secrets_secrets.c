/* Secrets themselves. Source: ssm-secrets.md B2-B4, Secrets Manager API reference. */
#include "services/secretsmanager/secrets.h"
#include "emulator/base/ids.h"

#define DAY_MS INT64_C(86400000)
#define SUFFIX_SIZE 6

void secrets_delete_overdue(struct call *call) {
    struct statement *statement;
    while (
        statement_step(statement = secrets_statement(call->store, SECRETS_SQL_OVERDUE, "i", call->now_ms))) {
        int64_t id = statement_int64(statement, 0);
        statement_reset(statement);
        secrets_delete(call->store, id);
    }
}

bool secrets_name_is_good(struct call *call, struct text name, struct result *refusal) {
    for (size_t i = 0; i < name.size; i++) {
        if (!name.data[i] || !strchr(IDS_ALPHANUMERIC "-/_+=.@!", name.data[i])) {
            *refusal = call_error(call, &error_validation_exception,
                                  "Invalid name. Must be a valid name containing alphanumeric characters, or "
                                  "any of the following: -/_+=.@!");
            return false;
        }
    }
    return true;
}

bool secrets_find_quietly(struct call *call, struct text id, struct secret *secret) {
    secrets_delete_overdue(call);
    struct statement *statement =
        text_starts_with(id, "arn:")
            ? secrets_statement(call->store, SECRETS_SQL_FIND_ARN, "st", call->identity.region, id)
            : secrets_statement(call->store, SECRETS_SQL_FIND_NAME, "sst", call->identity.account,
                                call->identity.region, id);
    if (!statement_step(statement)) {
        return false;
    }
    secrets_read(statement, call->arena, secret);
    statement_reset(statement);
    return true;
}

bool secrets_find(struct call *call, struct text id, struct secret *secret, struct result *refusal) {
    if (!text_starts_with(id, "arn:") && !secrets_name_is_good(call, id, refusal)) {
        return false;
    }
    if (!secrets_find_quietly(call, id, secret)) {
        *refusal = call_error(call, &secretsmanager_error_ResourceNotFoundException,
                              "Secrets Manager can't find the specified secret.");
        return false;
    }
    return true;
}

bool secrets_find_live(struct call *call, struct text id, struct secret *secret, struct result *refusal) {
    if (!secrets_find(call, id, secret, refusal)) {
        return false;
    }
    if (secret->deleted_ms) {
        *refusal =
            call_error(call, &secretsmanager_error_InvalidRequestException,
                       "You can't perform this operation on the secret because it was marked for deletion.");
        return false;
    }
    return true;
}

void secrets_write_names(struct call *call, const struct secret *secret) {
    output_string(call_output(call), "ARN", secret->arn);
    output_string(call_output(call), "Name", secret->name);
}

/* ---- CreateSecret ---- */

/* The same request again is the same secret; anything else is refused. */
static struct result create_again(struct call *call, const struct secret *secret,
                                  const struct secrets_value *value) {
    struct result refusal;
    bool added;
    struct statement *statement =
        secrets_statement(call->store, SECRETS_SQL_FIND_VERSION, "is", secret->id, value->version_id);
    bool known = statement_step(statement);
    if (known) {
        statement_reset(statement);
    }
    if (secret->deleted_ms) {
        return call_error(call, &secretsmanager_error_InvalidRequestException,
                          "You can't create this secret because a secret with this name is already scheduled "
                          "for deletion.");
    }
    if (!known || !secrets_has_value(value)) {
        return call_error(call, &secretsmanager_error_ResourceExistsException,
                          "The operation failed because the secret %s already exists.", secret->name);
    }
    if (!secrets_add_version(call, secret, value, &added, &refusal)) {
        return refusal;
    }
    secrets_write_names(call, secret);
    output_string(call_output(call), "VersionId", value->version_id);
    return result_output();
}

struct result secrets_create_secret(struct call *call, struct input input) {
    struct text name = input_text(input, "Name");
    struct secrets_value value;
    struct secret secret;
    struct result refusal;
    if (!secrets_name_is_good(call, name, &refusal) || !secrets_read_value(call, input, &value, &refusal)) {
        return refusal;
    }
    if (input_count(input_list(input, "AddReplicaRegions")) > 0 || input_has(input, "Type")) {
        return call_error(call, &error_not_implemented, "CreateSecret with %s is not emulated",
                          input_has(input, "Type") ? "Type" : "AddReplicaRegions");
    }
    if (secrets_find_quietly(call, name, &secret)) {
        return create_again(call, &secret, &value);
    }
    char suffix[SUFFIX_SIZE + 1];
    ids_random_string(emulator_ids(call->emulator), IDS_ALPHANUMERIC, SUFFIX_SIZE, suffix);
    secret = (struct secret){
        .name = input_string(input, "Name"),
        .description = input_string(input, "Description"),
        .kms_key_id = input_string(input, "KmsKeyId"),
    };
    secret.arn = arena_printf(call->arena, "arn:aws:secretsmanager:%s:%s:secret:%s-%s", call->identity.region,
                              call->identity.account, secret.name, suffix);
    statement_run(secrets_statement(call->store, SECRETS_SQL_ADD, "ssssssi", call->identity.account,
                                    call->identity.region, secret.name, secret.arn, secret.description,
                                    secret.kms_key_id, call->now_ms));
    secret.id = store_last_rowid(call->store);
    secrets_put_tags(call, secret.id, input_list(input, "Tags"));
    secrets_write_names(call, &secret);
    if (secrets_has_value(&value)) {
        bool added;
        if (!secrets_add_version(call, &secret, &value, &added, &refusal)) {
            return refusal;
        }
        secrets_make_current(call, secret.id, value.version_id);
        output_string(call_output(call), "VersionId", value.version_id);
    }
    return result_output();
}

/* ---- UpdateSecret ---- */

struct result secrets_update_secret(struct call *call, struct input input) {
    struct secrets_value value;
    struct secret secret;
    struct result refusal;
    if (!secrets_read_value(call, input, &value, &refusal) ||
        !secrets_find_live(call, input_text(input, "SecretId"), &secret, &refusal)) {
        return refusal;
    }
    if (input_has(input, "Type")) {
        return call_error(call, &error_not_implemented, "UpdateSecret with Type is not emulated");
    }
    if (input_has(input, "Description")) {
        secret.description = input_string(input, "Description");
    }
    if (input_has(input, "KmsKeyId")) {
        secret.kms_key_id = input_string(input, "KmsKeyId");
    }
    secret.changed_ms = call->now_ms;
    bool added = false;
    if (secrets_has_value(&value) && !secrets_add_version(call, &secret, &value, &added, &refusal)) {
        return refusal;
    }
    if (added) {
        secrets_make_current(call, secret.id, value.version_id);
    }
    secrets_update(call->store, &secret);
    secrets_write_names(call, &secret);
    if (secrets_has_value(&value)) {
        output_string(call_output(call), "VersionId", value.version_id);
    }
    return result_output();
}

/* ---- DeleteSecret, RestoreSecret ---- */

/* AWS answers so even when there is no such secret. */
static struct result delete_at_once(struct call *call, struct text id) {
    struct secret secret = {.name = arena_text_string(call->arena, id)};
    if (secrets_find_quietly(call, id, &secret)) {
        secrets_delete(call->store, secret.id);
    } else {
        char suffix[SUFFIX_SIZE + 1];
        ids_random_string(emulator_ids(call->emulator), IDS_ALPHANUMERIC, SUFFIX_SIZE, suffix);
        secret.arn = text_starts_with(id, "arn:")
                         ? secret.name
                         : arena_printf(call->arena, "arn:aws:secretsmanager:%s:%s:secret:%s-%s",
                                        call->identity.region, call->identity.account, secret.name, suffix);
    }
    secrets_write_names(call, &secret);
    output_timestamp(call_output(call), "DeletionDate", call->now_ms);
    return result_output();
}

struct result secrets_delete_secret(struct call *call, struct input input) {
    struct text id = input_text(input, "SecretId");
    struct secret secret;
    struct result refusal;
    int64_t days = input_integer(input, "RecoveryWindowInDays", 30);
    if (input_boolean(input, "ForceDeleteWithoutRecovery", false)) {
        if (input_has(input, "RecoveryWindowInDays")) {
            return call_error(call, &secretsmanager_error_InvalidParameterException,
                              "You can't use ForceDeleteWithoutRecovery in conjunction with "
                              "RecoveryWindowInDays.");
        }
        if (!text_starts_with(id, "arn:") && !secrets_name_is_good(call, id, &refusal)) {
            return refusal;
        }
        return delete_at_once(call, id);
    }
    if (days < 7 || days > 30) {
        return call_error(call, &secretsmanager_error_InvalidParameterException,
                          "RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
    }
    if (!secrets_find(call, id, &secret, &refusal)) {
        return refusal;
    }
    if (secret.deleted_ms) {
        return call_error(call, &secretsmanager_error_InvalidRequestException,
                          "You can't perform this operation on the secret because it was already scheduled "
                          "for deletion.");
    }
    secret.deleted_ms = call->now_ms;
    secret.removal_ms = call->now_ms + days * DAY_MS;
    secrets_update(call->store, &secret);
    secrets_write_names(call, &secret);
    output_timestamp(call_output(call), "DeletionDate", secret.removal_ms);
    return result_output();
}

struct result secrets_restore_secret(struct call *call, struct input input) {
    struct secret secret;
    struct result refusal;
    if (!secrets_find(call, input_text(input, "SecretId"), &secret, &refusal)) {
        return refusal;
    }
    secret.deleted_ms = 0;
    secret.removal_ms = 0;
    secrets_update(call->store, &secret);
    secrets_write_names(call, &secret);
    return result_output();
}
