/* Values, versions and their staging labels. Source: ssm-secrets.md B3, Secrets Manager API reference. */
#include "emulator/base/ids.h"
#include "services/secretsmanager/secrets.h"

#define DAY_MS INT64_C(86400000)
#define MAXIMUM_VALUE 65536

bool secrets_has_value(const struct secrets_value *value) {
    return value->string.data || value->bytes.data;
}

bool secrets_read_value(struct call *call, struct input input, struct secrets_value *value,
                        struct result *refusal) {
    *value = (struct secrets_value){.version_id = input_string(input, "ClientRequestToken")};
    if (!value->version_id && !call->request) { /* another service, as SDKs do */
        char uuid[UUID_SIZE];
        ids_uuid(emulator_ids(call->emulator), uuid);
        value->version_id = arena_strdup(call->arena, uuid);
    }
    if (input_has(input, "SecretString")) {
        value->string = input_text(input, "SecretString");
    }
    if (input_has(input, "SecretBinary")) {
        value->bytes = input_blob(input, "SecretBinary");
    }
    if (value->string.data && value->bytes.data) {
        *refusal = call_error(call, &secretsmanager_error_InvalidParameterException,
                              "You can't specify both a binary secret value and a string secret value in the "
                              "same secret.");
    } else if (value->string.size > MAXIMUM_VALUE || value->bytes.size > MAXIMUM_VALUE) {
        *refusal = call_error(call, &secretsmanager_error_InvalidParameterException,
                              "The secret value must have a length less than or equal to %d.", MAXIMUM_VALUE);
    } else if (!value->version_id) {
        *refusal = call_error(call, &secretsmanager_error_InvalidRequestException,
                              "You must provide a ClientRequestToken value. We recommend a UUID-type value.");
    } else {
        return true;
    }
    return false;
}

bool secrets_add_version(struct call *call, const struct secret *secret, const struct secrets_value *value,
                         bool *added, struct result *refusal) {
    *added = statement_run_unique(secrets_statement(call->store, SECRETS_SQL_ADD_VERSION, "istbis",
                                                    secret->id, value->version_id, value->string,
                                                    value->bytes, call->now_ms, secret->kms_key_id));
    if (*added) {
        return true;
    }
    struct statement *statement =
        secrets_statement(call->store, SECRETS_SQL_FIND_VERSION, "is", secret->id, value->version_id);
    bool same = statement_step(statement) && statement_is_null(statement, 1) == !value->string.data &&
                text_same(statement_text(statement, value->string.data ? 1 : 2),
                          value->string.data ? value->string : value->bytes);
    statement_reset(statement);
    if (!same) {
        *refusal =
            call_error(call, &secretsmanager_error_ResourceExistsException,
                       "You can't use ClientRequestToken %s because that value is already in use for a "
                       "version of secret %s.",
                       value->version_id, secret->arn);
    }
    return same;
}

const char *secrets_version_of(struct call *call, int64_t secret, const char *stage) {
    struct statement *statement = secrets_statement(call->store, SECRETS_SQL_FIND_STAGE, "is", secret, stage);
    if (!statement_step(statement)) {
        return NULL;
    }
    const char *version_id = statement_string(statement, 0, call->arena);
    statement_reset(statement);
    return version_id;
}

static void put_stage(struct call *call, int64_t secret, const char *stage, const char *version_id) {
    statement_run(secrets_statement(call->store, SECRETS_SQL_PUT_STAGE, "iss", secret, stage, version_id));
}

void secrets_make_current(struct call *call, int64_t secret, const char *version_id) {
    const char *former = secrets_version_of(call, secret, "AWSCURRENT");
    put_stage(call, secret, "AWSCURRENT", version_id);
    if (former && strcmp(former, version_id) != 0) {
        put_stage(call, secret, "AWSPREVIOUS", former);
    }
}

/* Returns how many there are; writes the list when `member` is given and it is not empty. */
static int64_t write_stages(struct call *call, int64_t secret, const char *version_id, const char *member) {
    struct statement *statement =
        secrets_statement(call->store, SECRETS_SQL_VERSION_STAGES, "is", secret, version_id);
    int64_t count = 0;
    while (statement_step(statement)) {
        if (count++ == 0) {
            output_begin_list(call_output(call), member);
        }
        output_text(call_output(call), NULL, statement_text(statement, 0));
    }
    if (count > 0) {
        output_end(call_output(call));
    }
    return count;
}

/* ---- GetSecretValue ---- */

static struct result no_value(struct call *call, const char *what, const char *which) {
    return call_error(call, &secretsmanager_error_ResourceNotFoundException,
                      "Secrets Manager can't find the specified secret value for %s: %s", what, which);
}

void secrets_accessed(struct call *call, const struct secret *secret, const char *version_id) {
    int64_t day_ms = call->now_ms - call->now_ms % DAY_MS;
    if (secret->accessed_ms != day_ms) {
        statement_run(secrets_statement(call->store, SECRETS_SQL_SET_ACCESSED, "ii", secret->id, day_ms));
    }
    statement_run(
        secrets_statement(call->store, SECRETS_SQL_VERSION_ACCESSED, "isi", secret->id, version_id, day_ms));
}

bool secrets_write_value(struct call *call, const struct secret *secret, const char *version_id,
                         const char *stage, struct result *refusal) {
    const char *labelled = secrets_version_of(call, secret->id, stage ? stage : "AWSCURRENT");
    if (!version_id && !labelled) {
        *refusal = no_value(call, "staging label", stage ? stage : "AWSCURRENT");
        return false;
    }
    const char *wanted = version_id ? version_id : labelled;
    struct statement *statement =
        secrets_statement(call->store, SECRETS_SQL_FIND_VERSION, "is", secret->id, wanted);
    if (!statement_step(statement)) {
        *refusal = no_value(call, "VersionId", wanted);
        return false;
    }
    if (version_id && stage && (!labelled || strcmp(labelled, version_id) != 0)) {
        statement_reset(statement);
        *refusal =
            call_error(call, &secretsmanager_error_InvalidRequestException,
                       "You provided a VersionStage that is not associated to the provided VersionId.");
        return false;
    }
    struct output *out = call_output(call);
    secrets_write_names(call, secret);
    output_string(out, "VersionId", wanted);
    output_text(out, "SecretString", statement_text(statement, 1));
    if (!statement_is_null(statement, 2)) {
        output_blob(out, "SecretBinary", statement_text(statement, 2));
    }
    int64_t created_ms = statement_int64(statement, 3);
    statement_reset(statement);
    write_stages(call, secret->id, wanted, "VersionStages");
    output_timestamp(out, "CreatedDate", created_ms);
    secrets_accessed(call, secret, wanted);
    return true;
}

struct result secrets_get_secret_value(struct call *call, struct input input) {
    struct secret secret;
    struct result refusal;
    if (!secrets_find_live(call, input_text(input, "SecretId"), &secret, &refusal) ||
        !secrets_write_value(call, &secret, input_string(input, "VersionId"),
                             input_string(input, "VersionStage"), &refusal)) {
        return refusal;
    }
    return result_output();
}

/* ---- PutSecretValue ---- */

struct result secrets_put_secret_value(struct call *call, struct input input) {
    struct secrets_value value;
    struct secret secret;
    struct result refusal;
    bool added;
    if (!secrets_read_value(call, input, &value, &refusal)) {
        return refusal;
    }
    if (!secrets_has_value(&value)) {
        return call_error(call, &secretsmanager_error_InvalidRequestException,
                          "You must provide either SecretString or SecretBinary.");
    }
    if (!secrets_find_live(call, input_text(input, "SecretId"), &secret, &refusal)) {
        return refusal;
    }
    /* A version that rotation prepared has its labels and no value yet. */
    if (!secrets_add_version(call, &secret, &value, &added, &refusal)) {
        return refusal;
    }
    struct input stages = input_list(input, "VersionStages");
    if (added && input_count(stages) == 0) {
        secrets_make_current(call, secret.id, value.version_id);
    }
    for (struct input stage = input_first(stages); added && stage.value; stage = input_next(stage)) {
        if (strcmp(input_as_string(stage), "AWSCURRENT") == 0) {
            secrets_make_current(call, secret.id, value.version_id);
        } else {
            put_stage(call, secret.id, input_as_string(stage), value.version_id);
        }
    }
    if (added && !secrets_version_of(call, secret.id, "AWSCURRENT")) {
        put_stage(call, secret.id, "AWSCURRENT", value.version_id); /* the first value of all */
    }
    secret.changed_ms = call->now_ms;
    secrets_update(call->store, &secret);
    secrets_write_names(call, &secret);
    output_string(call_output(call), "VersionId", value.version_id);
    write_stages(call, secret.id, value.version_id, "VersionStages");
    return result_output();
}

/* ---- UpdateSecretVersionStage ---- */

static bool has_version(struct call *call, int64_t secret, const char *version_id) {
    struct statement *statement =
        secrets_statement(call->store, SECRETS_SQL_FIND_VERSION, "is", secret, version_id);
    bool found = statement_step(statement);
    statement_reset(statement);
    return found;
}

struct result secrets_update_secret_version_stage(struct call *call, struct input input) {
    const char *stage = input_string(input, "VersionStage");
    const char *target = input_string(input, "MoveToVersionId");
    const char *source = input_string(input, "RemoveFromVersionId");
    struct secret secret;
    struct result refusal;
    if (!secrets_find_live(call, input_text(input, "SecretId"), &secret, &refusal)) {
        return refusal;
    }
    const char *holder = secrets_version_of(call, secret.id, stage);
    if (target && !has_version(call, secret.id, target)) {
        return no_value(call, "VersionId", target);
    }
    if (holder && !source && (!target || strcmp(holder, target) != 0)) {
        return call_error(call, &secretsmanager_error_InvalidParameterException,
                          "The parameter RemoveFromVersionId can't be empty. Staging label %s is currently "
                          "attached to version %s, so you must explicitly reference that version in "
                          "RemoveFromVersionId.",
                          stage, holder);
    }
    if (source && (!holder || strcmp(holder, source) != 0)) {
        return call_error(call, &secretsmanager_error_InvalidParameterException,
                          "Not a valid value for the parameter RemoveFromVersionId. Staging label %s is not "
                          "attached to version %s.",
                          stage, source);
    }
    if (!target && strcmp(stage, "AWSCURRENT") == 0) {
        return call_error(
            call, &secretsmanager_error_InvalidParameterException,
            "You can only move staging label AWSCURRENT to a different secret version. It can't "
            "be completely removed.");
    }
    if (!target) {
        statement_run(secrets_statement(call->store, SECRETS_SQL_DELETE_STAGE, "is", secret.id, stage));
    } else if (strcmp(stage, "AWSCURRENT") == 0) {
        secrets_make_current(call, secret.id, target);
    } else {
        put_stage(call, secret.id, stage, target);
    }
    /* What becomes current is not the previous one any more. */
    const char *previous = secrets_version_of(call, secret.id, "AWSPREVIOUS");
    const char *current = secrets_version_of(call, secret.id, "AWSCURRENT");
    if (target && strcmp(stage, "AWSCURRENT") == 0 && previous && current && strcmp(previous, current) == 0) {
        statement_run(
            secrets_statement(call->store, SECRETS_SQL_DELETE_STAGE, "is", secret.id, "AWSPREVIOUS"));
    }
    secret.changed_ms = call->now_ms;
    secrets_update(call->store, &secret);
    secrets_write_names(call, &secret);
    return result_output();
}

/* ---- ListSecretVersionIds ---- */

struct result secrets_list_secret_version_ids(struct call *call, struct input input) {
    struct text token = input_text(input, "NextToken");
    int64_t limit = input_integer(input, "MaxResults", 100);
    int64_t after = 0;
    int64_t last = 0;
    const char *next = NULL;
    struct secret secret;
    struct result refusal;
    if (!secrets_find(call, input_text(input, "SecretId"), &secret, &refusal)) {
        return refusal;
    }
    if (token.size > 0 && !text_to_int64(token, &after)) {
        return call_error(call, &secretsmanager_error_InvalidNextTokenException, "Invalid NextToken.");
    }
    struct statement *statement =
        secrets_statement(call->store, SECRETS_SQL_LIST_VERSIONS, "iiii", secret.id, after,
                          (int64_t)input_boolean(input, "IncludeDeprecated", false), limit + 1);
    struct output *out = call_output(call);
    output_begin_list(out, "Versions");
    for (int64_t count = 0; statement_step(statement); count++) {
        if (count == limit) {
            next = arena_printf(call->arena, "%lld", (long long)last);
            statement_reset(statement);
            break;
        }
        last = statement_int64(statement, 0);
        const char *version_id = statement_string(statement, 1, call->arena);
        const char *key = statement_string(statement, 4, call->arena);
        output_begin_structure(out, NULL);
        output_string(out, "VersionId", version_id);
        write_stages(call, secret.id, version_id, "VersionStages");
        if (statement_int64(statement, 3) > 0) {
            output_timestamp(out, "LastAccessedDate", statement_int64(statement, 3));
        }
        output_timestamp(out, "CreatedDate", statement_int64(statement, 2));
        output_begin_list(out, "KmsKeyIds");
        output_string(out, NULL, key ? key : "DefaultEncryptionKey");
        output_end(out);
        output_end(out);
    }
    output_end(out);
    output_string(out, "NextToken", next);
    secrets_write_names(call, &secret);
    return result_output();
}
