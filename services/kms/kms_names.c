/* Which key a request means. Source: kms.md section 2, KMS API reference. */
#include "emulator/base/ids.h"
#include "services/kms/kms.h"

#define DAY_MS INT64_C(86400000)

/* Aliases of keys that AWS makes when a service first needs one, and what their keys' descriptions say. */
static const struct managed_key {
    const char *alias;
    const char *protects;
} managed_keys[] = {
    {"alias/aws/dynamodb", "my DynamoDB data"},
    {"alias/aws/ebs", "my EBS volumes"},
    {"alias/aws/kinesis", "my Kinesis streams"},
    {"alias/aws/lambda", "my Lambda functions"},
    {"alias/aws/rds", "my RDS database volumes"},
    {"alias/aws/s3", "my S3 objects"},
    {"alias/aws/secretsmanager", "my Secrets Manager data"},
    {"alias/aws/sns", "my SNS data"},
    {"alias/aws/sqs", "my SQS messages"},
    {"alias/aws/ssm", "my SSM parameters"},
};

void kms_delete_overdue(struct call *call) {
    struct statement *statement;
    while (statement_step(statement = kms_statement(call->store, KMS_SQL_OVERDUE, "i", call->now_ms))) {
        static const enum kms_sql parts[] = {KMS_SQL_DELETE_MATERIAL, KMS_SQL_DELETE_TAGS,
                                             KMS_SQL_DELETE_GRANTS, KMS_SQL_DELETE_ALIASES,
                                             KMS_SQL_DELETE_KEY};
        int64_t id = statement_int64(statement, 0);
        statement_reset(statement);
        for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
            statement_run(kms_statement(call->store, parts[i], "i", id));
        }
    }
}

/* As often as it is due by now. */
static void rotate_overdue(struct call *call, struct kms_key *key) {
    while (key->rotation_days > 0 && key->next_rotation_ms <= call->now_ms &&
           strcmp(key->state, "Enabled") == 0) {
        key->next_rotation_ms += key->rotation_days * DAY_MS;
        kms_add_material(call, key, "AUTOMATIC");
    }
}

bool kms_find_key_id(struct call *call, const char *account, const char *region, struct text key_id,
                     struct kms_key *key) {
    kms_delete_overdue(call);
    struct statement *statement =
        kms_statement(call->store, KMS_SQL_FIND_KEY, "sst", account, region, key_id);
    if (!statement_step(statement)) {
        return false;
    }
    kms_read_key(statement, call->arena, key);
    statement_reset(statement);
    rotate_overdue(call, key);
    return true;
}

static bool is_hex(struct text text, const char *also) {
    for (size_t i = 0; i < text.size; i++) {
        if (!text.data[i] ||
            (!strchr("0123456789abcdefABCDEF", text.data[i]) && !strchr(also, text.data[i]))) {
            return false;
        }
    }
    return true;
}

static bool is_key_id(struct text id) {
    if (text_starts_with(id, "mrk-")) {
        return id.size == 36 && is_hex(text_slice(id, 4, 32), "");
    }
    return id.size == 36 && id.data[8] == '-' && id.data[13] == '-' && id.data[18] == '-' &&
           id.data[23] == '-' && is_hex(id, "-");
}

/* The key of alias/aws/..., made now if need be. */
static bool find_managed(struct call *call, const char *account, struct text alias, struct kms_key *key) {
    for (size_t i = 0; i < sizeof(managed_keys) / sizeof(managed_keys[0]); i++) {
        if (!text_equals(alias, managed_keys[i].alias) || strcmp(account, call->identity.account) != 0) {
            continue;
        }
        *key = (struct kms_key){
            .description =
                arena_printf(call->arena, "Default key that protects %s when no other key is defined",
                             managed_keys[i].protects),
            .usage = "ENCRYPT_DECRYPT",
            .spec = "SYMMETRIC_DEFAULT",
            .manager = "AWS",
            .policy = kms_default_policy(call),
        };
        kms_make_key(call, key);
        statement_run(kms_statement(call->store, KMS_SQL_ADD_ALIAS, "sstii", account, key->region, alias,
                                    key->id, call->now_ms));
        return true;
    }
    return false;
}

static bool find_by_alias(struct call *call, const char *account, struct text alias, struct kms_key *key,
                          struct result *refusal) {
    kms_delete_overdue(call);
    const char *region = call->identity.region;
    struct statement *statement =
        kms_statement(call->store, KMS_SQL_FIND_ALIAS, "sst", account, region, alias);
    if (statement_step(statement)) {
        struct text key_id = arena_text(call->arena, statement_text(statement, 1));
        statement_reset(statement);
        return kms_find_key_id(call, account, region, key_id, key);
    }
    if (find_managed(call, account, alias, key)) {
        return true;
    }
    *refusal = call_error(call, &kms_error_NotFoundException, "Alias arn:aws:kms:%s:%s:%.*s is not found.",
                          region, account, TEXT_ARGUMENTS(alias));
    return false;
}

static bool refuse_name(struct call *call, struct text name, struct result *refusal) {
    *refusal = call_error(call, &kms_error_NotFoundException, "Invalid keyId '%.*s'", TEXT_ARGUMENTS(name));
    return false;
}

bool kms_find_key(struct call *call, struct text name, enum kms_naming naming, struct kms_key *key,
                  struct result *refusal) {
    const char *account = call->identity.account;
    const char *region = call->identity.region;
    struct text id = name;
    if (text_starts_with(name, "arn:")) {
        struct text rest = name;
        struct text part[5];
        for (size_t i = 0; i < 5; i++) {
            part[i] = text_cut(&rest, ':');
        }
        if (!rest.data || !text_equals(part[2], "kms") || part[4].size == 0) {
            *refusal =
                call_error(call, &kms_error_InvalidArnException, "Invalid arn %.*s", TEXT_ARGUMENTS(name));
            return false;
        }
        if (!text_equals(part[3], region)) {
            *refusal =
                call_error(call, &kms_error_NotFoundException, "Invalid arn %.*s", TEXT_ARGUMENTS(part[3]));
            return false;
        }
        account = arena_text_string(call->arena, part[4]);
        id = text_starts_with(rest, "key/") ? text_slice(rest, 4, rest.size) : rest;
    }
    if (text_starts_with(id, "alias/")) {
        return naming == KMS_ALL_NAMES ? find_by_alias(call, account, id, key, refusal)
                                       : refuse_name(call, name, refusal);
    }
    if (!is_key_id(id)) {
        return refuse_name(call, name, refusal);
    }
    if (!kms_find_key_id(call, account, region, id, key)) {
        *refusal =
            call_error(call, &kms_error_NotFoundException, "Key 'arn:aws:kms:%s:%s:key/%.*s' does not exist",
                       region, account, TEXT_ARGUMENTS(id));
        return false;
    }
    return true;
}

bool kms_must_live(struct call *call, const struct kms_key *key, struct result *refusal) {
    if (strcmp(key->state, "PendingDeletion") == 0) {
        *refusal = call_error(call, &kms_error_KMSInvalidStateException, "%s is pending deletion.", key->arn);
        return false;
    }
    return true;
}

bool kms_must_work(struct call *call, const struct kms_key *key, struct result *refusal) {
    if (strcmp(key->state, "Disabled") == 0) {
        *refusal = call_error(call, &kms_error_DisabledException, "%s is disabled.", key->arn);
        return false;
    }
    return kms_must_live(call, key, refusal);
}

bool kms_must_be_customers(struct call *call, const struct kms_key *key, struct result *refusal) {
    if (strcmp(key->manager, "AWS") == 0) {
        *refusal = call_error(call, &error_access_denied_exception,
                              "User: %s is not authorized to perform: kms:%s on resource: %s because no "
                              "resource-based policy allows the kms:%s action",
                              call->identity.arn, call->operation->name, key->arn, call->operation->name);
        return false;
    }
    return true;
}

bool kms_find_usable(struct call *call, struct input input, const char *member, const char *usage,
                     struct kms_key *key, struct result *refusal) {
    if (!kms_find_key(call, input_text(input, member), KMS_ALL_NAMES, key, refusal) ||
        !kms_must_work(call, key, refusal)) {
        return false;
    }
    if (strcmp(key->usage, usage) != 0) {
        *refusal = call_error(call, &kms_error_InvalidKeyUsageException,
                              "%s key usage is %s which is not valid for %s.", key->arn, key->usage,
                              call->operation->name);
        return false;
    }
    return true;
}

/* ---- pages ---- */

void kms_read_page(struct input input, int64_t maximum, struct text *after, int64_t *limit) {
    struct text marker = input_text(input, "Marker");
    *after = marker.data ? marker : TEXT("");
    *limit = input_integer(input, "Limit", maximum);
    if (*limit > maximum) {
        *limit = maximum;
    }
}

bool kms_read_numbered_page(struct call *call, struct input input, int64_t maximum, int64_t *after,
                            int64_t *limit, struct result *refusal) {
    struct text marker;
    kms_read_page(input, maximum, &marker, limit);
    *after = 0;
    if (marker.size > 0 && (!text_to_int64(marker, after) || *after < 0)) {
        *refusal = call_error(call, &kms_error_InvalidMarkerException, "Could not deserialize marker '%.*s'",
                              TEXT_ARGUMENTS(marker));
        return false;
    }
    return true;
}

void kms_write_page_end(struct call *call, const char *marker) {
    output_string(call_output(call), "NextMarker", marker);
    output_boolean(call_output(call), "Truncated", marker != NULL);
}

struct result kms_refuse_dry_run(struct call *call) {
    return call_error(call, &kms_error_DryRunOperationException,
                      "The request would have succeeded, but the DryRun option is set.");
}
