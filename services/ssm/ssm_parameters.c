/* The parameters themselves: Put, Delete. Source: ssm-secrets.md A2-A4, SSM API reference. */
#include "emulator/base/crypto.h"
#include "emulator/base/ids.h"
#include "emulator/base/pattern.h"
#include "emulator/core/emulator.h"
#include "services/ssm/ssm.h"

#define MAXIMUM_VERSIONS 100
#define MAXIMUM_STANDARD_BYTES 4096
#define MAXIMUM_ADVANCED_BYTES 8192
#define MAXIMUM_TAGS 50
/* Key material, nonce and tag around a KMS ciphertext: what makes it longer than the text. */
#define CIPHERTEXT_OVERHEAD 180

static const char bad_path[] =
    "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist "
    "of "
    "sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the "
    "following 3 symbols .-_";

struct ssm_scope ssm_scope_of(const struct call *call) {
    return (struct ssm_scope){.account = call->identity.account, .region = call->identity.region};
}

struct text ssm_visible_value(const struct ssm_parameter *parameter, bool with_decryption) {
    return parameter->ciphertext.data && !with_decryption ? parameter->ciphertext : parameter->value;
}

struct result ssm_bad_path(struct call *call) {
    return call_error(call, &error_validation_exception, "%s", bad_path);
}

struct result ssm_not_found(struct call *call, struct text name) {
    return call_error(call, &ssm_error_ParameterNotFound, "Parameter %.*s not found.", TEXT_ARGUMENTS(name));
}

struct result ssm_version_not_found(struct call *call, struct text version, struct text name) {
    return call_error(
        call, &ssm_error_ParameterVersionNotFound,
        "Systems Manager could not find version %.*s of %.*s. Verify the version and try again.",
        TEXT_ARGUMENTS(version), TEXT_ARGUMENTS(name));
}

bool ssm_read_reference(struct call *call, struct text text, struct ssm_reference *reference,
                        struct result *refusal) {
    switch (
        ssm_reference_parse(call->arena, text, call->identity.account, call->identity.region, reference)) {
    case SSM_REFERENCE_GOOD:
        return true;
    case SSM_REFERENCE_BAD_PATH:
        *refusal = ssm_bad_path(call);
        return false;
    case SSM_REFERENCE_UNKNOWN:
        break;
    }
    *refusal = ssm_not_found(call, text);
    return false;
}

/* Joined by hand: printf is a tenth of what GetParameter costs. */
struct text ssm_parameter_arn(struct call *call, struct text path) {
    const struct text parts[] = {TEXT("arn:aws:ssm:"),
                                 text_of(call->identity.region),
                                 TEXT(":"),
                                 ssm_is_public(path) ? TEXT("") : text_of(call->identity.account),
                                 TEXT(":parameter"),
                                 path};
    size_t size = 0;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        size += parts[i].size;
    }
    char *arn = arena_alloc(call->arena, size);
    char *end = arn;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        memcpy(end, parts[i].data, parts[i].size);
        end += parts[i].size;
    }
    return (struct text){arn, size};
}

void ssm_write_parameter(struct call *call, const struct ssm_parameter *parameter, struct text selector,
                         bool with_decryption) {
    struct output *out = call_output(call);
    output_text(out, "Name", parameter->name);
    output_text(out, "Type", parameter->type);
    output_text(out, "Value", ssm_visible_value(parameter, with_decryption));
    output_integer(out, "Version", parameter->version);
    if (selector.data) {
        output_string(out, "Selector", arena_printf(call->arena, ":%.*s", TEXT_ARGUMENTS(selector)));
    }
    output_timestamp(out, "LastModifiedDate", parameter->modified_ms);
    output_text(out, "ARN", ssm_parameter_arn(call, parameter->path));
    output_text(out, "DataType", parameter->data_type);
}

/* ---- PutParameter ---- */

static struct result name_refused(struct call *call, enum ssm_name_verdict verdict, struct text name) {
    switch (verdict) {
    case SSM_NAME_RESERVED_PREFIX:
        return call_error(call, &error_validation_exception,
                          "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).");
    case SSM_NAME_RESERVED_PATH:
        return call_error(call, &error_access_denied_exception, "No access to reserved parameter name: %.*s.",
                          TEXT_ARGUMENTS(name));
    case SSM_NAME_TOO_DEEP:
        return call_error(call, &ssm_error_HierarchyLevelLimitExceededException,
                          "A hierarchy can have a maximum of %d levels.", SSM_MAXIMUM_LEVELS);
    case SSM_NAME_BAD_PATH:
    case SSM_NAME_GOOD:
        break;
    }
    return ssm_bad_path(call);
}

/* What can be said against the request without looking at the stored parameter. */
static bool check_request(struct call *call, struct input input, struct result *refusal) {
    struct text name = input_text(input, "Name");
    struct text value = input_text(input, "Value");
    const char *type = input_string(input, "Type");
    enum ssm_name_verdict verdict = ssm_name_check(name);
    if (value.size == 0) {
        *refusal =
            call_error(call, &error_validation_exception,
                       "1 validation error detected: Value '' at 'value' failed to satisfy constraint: "
                       "Member must have length greater than or equal to 1.");
    } else if (input_boolean(input, "Overwrite", false) && input_count(input_list(input, "Tags")) > 0) {
        *refusal =
            call_error(call, &error_validation_exception,
                       "Invalid request: tags and overwrite can't be used together. To create a parameter "
                       "with tags, please remove overwrite flag. To update tags for an existing parameter, "
                       "please use AddTagsToResource or RemoveTagsFromResource.");
    } else if (verdict != SSM_NAME_GOOD) {
        *refusal = name_refused(call, verdict, name);
    } else if (type && strcmp(type, "SecureString") != 0 && input_has(input, "KeyId")) {
        *refusal = call_error(call, &error_validation_exception,
                              "KeyId is required for SecureString type parameter only.");
    } else if (text_find(value, "{{") >= 0 && text_find(value, "}}") > text_find(value, "{{")) {
        *refusal =
            call_error(call, &error_validation_exception,
                       "Parameter value can't nest another parameter. Do not use \"{{}}\" in the value.");
    } else if (input_count(input_list(input, "Tags")) > MAXIMUM_TAGS) {
        *refusal = call_error(call, &ssm_error_TooManyTagsError, NULL);
    } else {
        return true;
    }
    return false;
}

static bool check_type(struct call *call, const struct ssm_parameter *stored,
                       const struct ssm_parameter *wanted, struct result *refusal) {
    if (!wanted->type.data) {
        *refusal = call_error(call, &error_validation_exception,
                              "A parameter type is required when you create a parameter.");
        return false;
    }
    bool was_secure = stored && text_equals(stored->type, "SecureString");
    if (stored && was_secure != text_equals(wanted->type, "SecureString")) {
        *refusal =
            call_error(call, &ssm_error_HierarchyTypeMismatchException,
                       "Parameter Store does not support changing a parameter type in a hierarchy. For "
                       "example, you can't change a parameter from a String type to a SecureString type. "
                       "You must create a new, unique parameter.");
        return false;
    }
    if (!text_equals(wanted->data_type, "text") && !text_equals(wanted->data_type, "aws:ec2:image") &&
        !text_equals(wanted->data_type, "aws:ssm:integration")) {
        *refusal =
            call_error(call, &error_validation_exception,
                       "The following data type is not supported: %.*s (Data type names are all lowercase.)",
                       TEXT_ARGUMENTS(wanted->data_type));
        return false;
    }
    return true;
}

/* Settles the tier and holds the value against its limits. */
static bool check_tier(struct call *call, const struct ssm_parameter *stored, struct ssm_parameter *wanted,
                       struct result *refusal) {
    bool was_advanced = stored && text_equals(stored->tier, "Advanced");
    bool needs_advanced = wanted->value.size > MAXIMUM_STANDARD_BYTES || wanted->policies.data;
    if (text_equals(wanted->tier, "Intelligent-Tiering")) {
        wanted->tier = needs_advanced || was_advanced ? TEXT("Advanced") : TEXT("Standard");
    }
    bool advanced = text_equals(wanted->tier, "Advanced");
    if (was_advanced && !advanced) {
        *refusal = call_error(
            call, &error_validation_exception,
            "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from "
            "the advanced-parameter tier to the standard-parameter tier. If necessary, you can "
            "delete the advanced parameter and recreate it as a standard parameter.");
    } else if (!advanced && wanted->value.size > MAXIMUM_STANDARD_BYTES) {
        *refusal = call_error(
            call, &error_validation_exception,
            "Standard tier parameters support a maximum parameter value of %d characters. To create a larger "
            "parameter value, upgrade the parameter to use the advanced-parameter tier. For more "
            "information, see "
            "https://docs.aws.amazon.com/systems-manager/latest/userguide/"
            "parameter-store-advanced-parameters.html",
            MAXIMUM_STANDARD_BYTES);
    } else if (wanted->value.size > MAXIMUM_ADVANCED_BYTES) {
        *refusal = call_error(call, &error_validation_exception,
                              "Advanced tier parameters support a maximum parameter value of %d characters.",
                              MAXIMUM_ADVANCED_BYTES);
    } else if (!advanced && wanted->policies.data) {
        *refusal = call_error(call, &error_validation_exception,
                              "Parameter policies are supported only for advanced-tier parameters.");
    } else {
        return true;
    }
    return false;
}

static bool check_pattern(struct call *call, const struct ssm_parameter *wanted, struct result *refusal) {
    if (wanted->allowed_pattern.size == 0) {
        return true;
    }
    const char *message = NULL;
    struct pattern *pattern = pattern_compile(call->arena, wanted->allowed_pattern, &message);
    if (!pattern) {
        *refusal = call_error(call, &ssm_error_InvalidAllowedPatternException,
                              "The request does not meet the regular expression requirement: %s", message);
        return false;
    }
    if (!pattern_matches(pattern, wanted->value)) {
        *refusal = call_error(call, &ssm_error_ParameterPatternMismatchException,
                              "Parameter value, cannot be validated against allowedPattern: %.*s",
                              TEXT_ARGUMENTS(wanted->allowed_pattern));
        return false;
    }
    return true;
}

/* Something that looks like what KMS would answer and tells nothing about the value. */
static struct text make_ciphertext(struct call *call, size_t value_size) {
    static const char header[] = {1, 2, 2, 0, 0x78}; /* base64 "AQICAHg", the beginning of KMS's blobs */
    size_t size = sizeof(header) + value_size + CIPHERTEXT_OVERHEAD;
    char *blob = arena_alloc(call->arena, size);
    ids_random_bytes(emulator_ids(call->emulator), blob, size);
    memcpy(blob, header, sizeof(header));
    struct strbuf base64 = STRBUF_INIT;
    crypto_append_base64(&base64, (struct text){blob, size});
    struct text ciphertext = arena_text(call->arena, strbuf_text(&base64));
    strbuf_release(&base64);
    return ciphertext;
}

/* Makes room for one more version. False: the oldest one has a label. */
static bool drop_oldest_version(struct call *call, const struct ssm_parameter *stored,
                                struct result *refusal) {
    if (ssm_store_version_count(call->store, stored->id) < MAXIMUM_VERSIONS) {
        return true;
    }
    int64_t oldest = ssm_store_oldest_version(call->store, stored->id);
    if (ssm_store_label_count(call->store, stored->id, oldest) > 0) {
        *refusal = call_error(
            call, &ssm_error_ParameterMaxVersionLimitExceeded,
            "You attempted to create a new version of %.*s by calling the PutParameter API with "
            "the overwrite flag. Version %lld, the oldest version, can't be deleted because it has "
            "a label associated with it. Move the label to another version of the parameter, and "
            "try again.",
            TEXT_ARGUMENTS(stored->name), (long long)oldest);
        return false;
    }
    ssm_store_delete_version(call->store, stored->id, oldest);
    return true;
}

/* The member as given, else what the stored parameter has, else the default. */
static struct text given_or(struct text given, const struct ssm_parameter *stored, struct text kept,
                            struct text fallback) {
    return given.data ? given : stored ? kept : fallback;
}

/* The new version as the request and the stored one (NULL: none) make it. */
static struct ssm_parameter next_version(struct call *call, struct input input,
                                         struct ssm_reference reference, const struct ssm_parameter *stored) {
    static const struct ssm_parameter none;
    const struct ssm_parameter *old = stored ? stored : &none;
    struct ssm_parameter next = {
        .id = old->id,
        .path = reference.path,
        .name = stored ? old->name : reference.name,
        .version = old->version + 1,
        .type = given_or(input_text(input, "Type"), stored, old->type, TEXT_NONE),
        .value = input_text(input, "Value"),
        .data_type = given_or(input_text(input, "DataType"), stored, old->data_type, TEXT("text")),
        .modified_ms = call->now_ms,
        .modified_user = text_of(call->identity.arn),
        .tier = given_or(input_text(input, "Tier"), stored, old->tier, TEXT("Standard")),
        .description = given_or(input_text(input, "Description"), stored, old->description, TEXT_NONE),
        .allowed_pattern =
            given_or(input_text(input, "AllowedPattern"), stored, old->allowed_pattern, TEXT_NONE),
        .policies = given_or(input_text(input, "Policies"), stored, old->policies, TEXT_NONE),
    };
    if (text_equals(next.type, "SecureString")) {
        next.key_id = given_or(input_text(input, "KeyId"), stored, old->key_id, TEXT("alias/aws/ssm"));
        next.ciphertext = make_ciphertext(call, next.value.size);
    }
    return next;
}

static void copy_parameter(struct arena *arena, struct ssm_parameter *parameter) {
    struct text *texts[] = {&parameter->path,     &parameter->name,        &parameter->type,
                            &parameter->tier,     &parameter->key_id,      &parameter->data_type,
                            &parameter->policies, &parameter->description, &parameter->allowed_pattern};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = arena_text(arena, *texts[i]);
    }
}

struct result ssm_put_parameter(struct call *call, struct input input) {
    struct result refusal;
    struct ssm_reference reference;
    if (!check_request(call, input, &refusal) ||
        !ssm_read_reference(call, input_text(input, "Name"), &reference, &refusal)) {
        return refusal;
    }
    struct ssm_rows found = ssm_store_newest_full(call->store, ssm_scope_of(call), reference.path);
    struct ssm_parameter *stored = NULL;
    if (ssm_rows_next(&found)) {
        stored = &found.row;
        copy_parameter(call->arena, stored);
        ssm_rows_end(&found);
    }
    if (stored && !input_boolean(input, "Overwrite", false)) {
        return call_error(
            call, &ssm_error_ParameterAlreadyExists,
            "The parameter already exists. To overwrite this value, set the overwrite option in the "
            "request to true.");
    }
    struct ssm_parameter next = next_version(call, input, reference, stored);
    if (!check_type(call, stored, &next, &refusal) || !check_tier(call, stored, &next, &refusal) ||
        !check_pattern(call, &next, &refusal) || (stored && !drop_oldest_version(call, stored, &refusal))) {
        return refusal;
    }
    ssm_store_put(call->store, ssm_scope_of(call), &next);
    for (struct input tag = input_first(input_list(input, "Tags")); tag.value; tag = input_next(tag)) {
        ssm_store_put_tag(call->store, next.id, input_text(tag, "Key"), input_text(tag, "Value"));
    }
    output_integer(call_output(call), "Version", next.version);
    output_text(call_output(call), "Tier", next.tier);
    return result_output();
}

/* ---- DeleteParameter, DeleteParameters ---- */

struct result ssm_delete_parameter(struct call *call, struct input input) {
    struct result refusal;
    struct ssm_reference reference;
    struct text name = input_text(input, "Name");
    if (ssm_is_arn(name)) {
        return ssm_bad_path(call);
    }
    if (!ssm_read_reference(call, name, &reference, &refusal)) {
        return refusal;
    }
    if (reference.selector.data || !ssm_store_delete(call->store, ssm_scope_of(call), reference.path)) {
        return ssm_not_found(call, name);
    }
    return result_output();
}

bool ssm_seen_before(struct input list, struct input element) {
    for (struct input other = input_first(list); other.value != element.value; other = input_next(other)) {
        if (text_same(input_as_text(other), input_as_text(element))) {
            return true;
        }
    }
    return false;
}

struct result ssm_delete_parameters(struct call *call, struct input input) {
    struct output *out = call_output(call);
    struct input names = input_list(input, "Names");
    struct text invalid[10]; /* the declared maximum of Names */
    size_t invalid_count = 0;
    output_begin_list(out, "DeletedParameters");
    for (struct input name = input_first(names); name.value; name = input_next(name)) {
        struct ssm_reference reference;
        struct text text = input_as_text(name);
        if (ssm_seen_before(names, name)) {
            continue;
        }
        if (!ssm_is_arn(text) &&
            ssm_reference_parse(call->arena, text, call->identity.account, call->identity.region,
                                &reference) == SSM_REFERENCE_GOOD &&
            !reference.selector.data && ssm_store_delete(call->store, ssm_scope_of(call), reference.path)) {
            output_text(out, NULL, text);
        } else {
            invalid[invalid_count++] = text;
        }
    }
    output_end(out);
    output_begin_list(out, "InvalidParameters");
    for (size_t i = 0; i < invalid_count; i++) {
        output_text(out, NULL, invalid[i]);
    }
    output_end(out);
    return result_output();
}
