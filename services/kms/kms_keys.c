/* Keys and their states. Source: kms.md sections 3 and 4, KMS API reference. */
#include "emulator/base/crypto.h"
#include "emulator/base/ids.h"
#include "services/kms/kms.h"

#define DAY_MS INT64_C(86400000)
#define MATERIAL_ID_DIGITS 64

struct spec {
    const char *name;
    const char *usage;
    size_t material_size;
    const char *list;      /* member of KeyMetadata */
    const char *algorithm; /* its one element */
};

static const struct spec specs[] = {
    {"SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", 32, "EncryptionAlgorithms", "SYMMETRIC_DEFAULT"},
    {"HMAC_224", "GENERATE_VERIFY_MAC", 28, "MacAlgorithms", "HMAC_SHA_224"},
    {"HMAC_256", "GENERATE_VERIFY_MAC", 32, "MacAlgorithms", "HMAC_SHA_256"},
    {"HMAC_384", "GENERATE_VERIFY_MAC", 48, "MacAlgorithms", "HMAC_SHA_384"},
    {"HMAC_512", "GENERATE_VERIFY_MAC", 64, "MacAlgorithms", "HMAC_SHA_512"},
};

/* NULL: not one that is emulated. */
static const struct spec *find_spec(const char *name) {
    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
        if (strcmp(specs[i].name, name) == 0) {
            return &specs[i];
        }
    }
    return NULL;
}

char *kms_random_hex(struct call *call, size_t size) {
    char *hex = arena_alloc(call->arena, size + 1);
    ids_random_string(emulator_ids(call->emulator), IDS_HEX, size, hex);
    return hex;
}

void kms_add_material(struct call *call, struct kms_key *key, const char *rotation) {
    unsigned char bytes[64];
    size_t size = find_spec(key->spec)->material_size;
    ids_random_bytes(emulator_ids(call->emulator), bytes, size);
    key->material_id = kms_random_hex(call, MATERIAL_ID_DIGITS);
    statement_run(kms_statement(call->store, KMS_SQL_ADD_MATERIAL, "isbis", key->id, key->material_id,
                                (struct text){(const char *)bytes, size}, call->now_ms, rotation));
    statement_run(kms_statement(call->store, KMS_SQL_SET_MATERIAL, "isi", key->id, key->material_id,
                                key->next_rotation_ms));
}

struct text kms_material(struct call *call, const struct kms_key *key, struct text material_id) {
    struct statement *statement =
        kms_statement(call->store, KMS_SQL_FIND_MATERIAL, "it", key->id, material_id);
    if (!statement_step(statement)) {
        return TEXT_NONE;
    }
    struct text bytes = arena_text(call->arena, statement_text(statement, 0));
    statement_reset(statement);
    return bytes;
}

/* Printed as AWS prints it. */
const char *kms_default_policy(struct call *call) {
    return arena_printf(call->arena,
                        "{\n  \"Version\" : \"2012-10-17\",\n  \"Id\" : \"key-default-1\",\n"
                        "  \"Statement\" : [ {\n    \"Sid\" : \"Enable IAM User Permissions\",\n"
                        "    \"Effect\" : \"Allow\",\n    \"Principal\" : {\n"
                        "      \"AWS\" : \"arn:aws:iam::%s:root\"\n    },\n"
                        "    \"Action\" : \"kms:*\",\n    \"Resource\" : \"*\"\n  } ]\n}",
                        call->identity.account);
}

void kms_make_key(struct call *call, struct kms_key *key) {
    char uuid[UUID_SIZE];
    ids_uuid(emulator_ids(call->emulator), uuid);
    key->account = call->identity.account;
    key->region = call->identity.region;
    key->key_id = key->multi_region ? arena_printf(call->arena, "mrk-%s", kms_random_hex(call, 32))
                                    : arena_strdup(call->arena, uuid);
    key->arn = arena_printf(call->arena, "arn:aws:kms:%s:%s:key/%s", key->region, key->account, key->key_id);
    key->state = "Enabled";
    key->created_ms = call->now_ms;
    /* AWS turns the keys it manages once a year. */
    bool managed = strcmp(key->manager, "AWS") == 0;
    statement_run(kms_statement(call->store, KMS_SQL_ADD_KEY, "sssssssssii", key->account, key->region,
                                key->key_id, key->description, key->usage, key->spec, key->manager,
                                key->policy, "", call->now_ms, (int64_t)key->multi_region));
    key->id = store_last_rowid(call->store);
    if (managed) {
        key->rotation_days = 365;
        key->next_rotation_ms = call->now_ms + key->rotation_days * DAY_MS;
        statement_run(kms_statement(call->store, KMS_SQL_SET_ROTATION, "iii", key->id, key->rotation_days,
                                    key->next_rotation_ms));
    }
    kms_add_material(call, key, NULL);
}

static void write_metadata(struct call *call, const struct kms_key *key) {
    struct output *out = call_output(call);
    const struct spec *spec = find_spec(key->spec);
    output_begin_structure(out, "KeyMetadata");
    output_string(out, "AWSAccountId", key->account);
    output_string(out, "KeyId", key->key_id);
    output_string(out, "Arn", key->arn);
    output_timestamp(out, "CreationDate", key->created_ms);
    output_boolean(out, "Enabled", strcmp(key->state, "Enabled") == 0);
    output_string(out, "Description", key->description);
    output_string(out, "KeyUsage", key->usage);
    output_string(out, "KeyState", key->state);
    if (strcmp(key->state, "PendingDeletion") == 0) {
        output_timestamp(out, "DeletionDate", key->deletion_ms);
    }
    output_string(out, "Origin", "AWS_KMS");
    output_string(out, "KeyManager", key->manager);
    output_string(out, "CustomerMasterKeySpec", key->spec);
    output_string(out, "KeySpec", key->spec);
    output_begin_list(out, spec->list);
    output_string(out, NULL, spec->algorithm);
    output_end(out);
    output_boolean(out, "MultiRegion", key->multi_region);
    if (key->multi_region) {
        output_begin_structure(out, "MultiRegionConfiguration");
        output_string(out, "MultiRegionKeyType", "PRIMARY");
        output_begin_structure(out, "PrimaryKey");
        output_string(out, "Arn", key->arn);
        output_string(out, "Region", key->region);
        output_end(out);
        output_begin_list(out, "ReplicaKeys");
        output_end(out);
        output_end(out);
    }
    if (strcmp(key->spec, "SYMMETRIC_DEFAULT") == 0) {
        output_string(out, "CurrentKeyMaterialId", key->material_id);
    }
    output_end(out);
}

/* Settles spec and usage. False: *refusal. */
static bool read_spec(struct call *call, struct input input, struct kms_key *key, struct result *refusal) {
    const char *old_name = input_string(input, "CustomerMasterKeySpec");
    const char *name = input_string(input, "KeySpec");
    if (name && old_name) {
        *refusal = call_error(call, &error_validation_exception,
                              "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. "
                              "CustomerMasterKeySpec is deprecated.");
        return false;
    }
    key->spec = name ? name : old_name ? old_name : "SYMMETRIC_DEFAULT";
    key->usage = input_string(input, "KeyUsage");
    bool symmetric = strcmp(key->spec, "SYMMETRIC_DEFAULT") == 0;
    if (!key->usage && !symmetric) {
        *refusal = call_error(call, &error_validation_exception,
                              "You must specify a KeyUsage value for all KMS keys except for symmetric "
                              "encryption keys.");
        return false;
    }
    key->usage = key->usage ? key->usage : "ENCRYPT_DECRYPT";
    const struct spec *spec = find_spec(key->spec);
    if (!spec) {
        *refusal =
            call_error(call, &error_not_implemented, "CreateKey with KeySpec %s is not emulated", key->spec);
        return false;
    }
    if (strcmp(spec->usage, key->usage) != 0) {
        *refusal = call_error(call, &error_validation_exception,
                              "KeyUsage %s is not compatible with KeySpec %s", key->usage, key->spec);
        return false;
    }
    return true;
}

struct result kms_create_key(struct call *call, struct input input) {
    const char *origin = input_string(input, "Origin");
    const char *description = input_string(input, "Description");
    const char *policy = input_string(input, "Policy");
    struct kms_key key = {
        .description = description ? description : "",
        .manager = "CUSTOMER",
        .policy = policy ? policy : kms_default_policy(call),
        .multi_region = input_boolean(input, "MultiRegion", false),
    };
    struct result refusal;
    if (!read_spec(call, input, &key, &refusal)) {
        return refusal;
    }
    if ((origin && strcmp(origin, "AWS_KMS") != 0) || input_has(input, "CustomKeyStoreId") ||
        input_has(input, "XksKeyId")) {
        return call_error(call, &error_not_implemented, "CreateKey with Origin %s is not emulated",
                          origin ? origin : "AWS_CLOUDHSM");
    }
    struct input tags = input_list(input, "Tags");
    if (!kms_policy_is_good(call, policy, &refusal) || !kms_tags_are_good(call, tags, 0, &refusal)) {
        return refusal;
    }
    kms_make_key(call, &key);
    kms_put_tags(call, key.id, tags);
    write_metadata(call, &key);
    return result_output();
}

struct result kms_describe_key(struct call *call, struct input input) {
    struct kms_key key;
    struct result refusal;
    if (!kms_find_key(call, input_text(input, "KeyId"), KMS_ALL_NAMES, &key, &refusal)) {
        return refusal;
    }
    write_metadata(call, &key);
    return result_output();
}

struct result kms_list_keys(struct call *call, struct input input) {
    int64_t after;
    int64_t limit;
    struct result refusal;
    if (!kms_read_numbered_page(call, input, 1000, &after, &limit, &refusal)) {
        return refusal;
    }
    struct kms_key key = {0};
    kms_delete_overdue(call);
    struct statement *statement =
        kms_statement(call->store, KMS_SQL_LIST_KEYS, "ssii", call->identity.account, call->identity.region,
                      after, limit + 1);
    struct output *out = call_output(call);
    const char *marker = NULL;
    int64_t count = 0;
    output_begin_list(out, "Keys");
    while (statement_step(statement)) {
        if (count++ == limit) {
            marker = arena_printf(call->arena, "%lld", (long long)key.id);
            statement_reset(statement);
            break;
        }
        kms_read_key(statement, call->arena, &key);
        output_begin_structure(out, NULL);
        output_string(out, "KeyId", key.key_id);
        output_string(out, "KeyArn", key.arn);
        output_end(out);
    }
    output_end(out);
    kms_write_page_end(call, marker);
    return result_output();
}

/* ---- states ---- */

static struct result set_state(struct call *call, struct input input, const char *state) {
    struct kms_key key;
    struct result refusal;
    if (!kms_find_key(call, input_text(input, "KeyId"), KMS_KEY_NAMES, &key, &refusal) ||
        !kms_must_be_customers(call, &key, &refusal) || !kms_must_live(call, &key, &refusal)) {
        return refusal;
    }
    statement_run(kms_statement(call->store, KMS_SQL_SET_STATE, "is", key.id, state));
    return result_output();
}

struct result kms_enable_key(struct call *call, struct input input) {
    return set_state(call, input, "Enabled");
}

struct result kms_disable_key(struct call *call, struct input input) {
    return set_state(call, input, "Disabled");
}

struct result kms_schedule_key_deletion(struct call *call, struct input input) {
    struct kms_key key;
    struct result refusal;
    int64_t days = input_integer(input, "PendingWindowInDays", 30);
    if (days < 7 || days > 30) {
        return call_error(call, &error_validation_exception,
                          "PendingWindowInDays must be between 7 and 30 days (inclusive).");
    }
    if (!kms_find_key(call, input_text(input, "KeyId"), KMS_KEY_NAMES, &key, &refusal) ||
        !kms_must_be_customers(call, &key, &refusal) || !kms_must_live(call, &key, &refusal)) {
        return refusal;
    }
    int64_t deletion_ms = call->now_ms + days * DAY_MS;
    statement_run(
        kms_statement(call->store, KMS_SQL_SET_DELETION, "isi", key.id, "PendingDeletion", deletion_ms));
    struct output *out = call_output(call);
    output_string(out, "KeyId", key.arn);
    output_timestamp(out, "DeletionDate", deletion_ms);
    output_string(out, "KeyState", "PendingDeletion");
    output_integer(out, "PendingWindowInDays", days);
    return result_output();
}

/* The key is disabled then: AWS wants somebody to enable it on purpose. */
struct result kms_cancel_key_deletion(struct call *call, struct input input) {
    struct kms_key key;
    struct result refusal;
    if (!kms_find_key(call, input_text(input, "KeyId"), KMS_KEY_NAMES, &key, &refusal)) {
        return refusal;
    }
    if (strcmp(key.state, "PendingDeletion") != 0) {
        return call_error(call, &kms_error_KMSInvalidStateException, "%s is not pending deletion.", key.arn);
    }
    struct statement *statement = kms_statement(call->store, KMS_SQL_SET_DELETION, "is", key.id, "Disabled");
    statement_bind_null(statement, 3);
    statement_run(statement);
    output_string(call_output(call), "KeyId", key.arn);
    return result_output();
}
