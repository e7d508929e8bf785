/* What can be said about a key: description, policy, tags, rotation. Source: kms.md sections 3, 7 and 9. */
#include <jansson.h>

#include "services/kms/kms.h"

#define DAY_MS INT64_C(86400000)
#define MAXIMUM_TAGS 50

/* The key of an operation that takes no aliases and changes something. */
static bool find_own(struct call *call, struct input input, struct kms_key *key, struct result *refusal) {
    return kms_find_key(call, input_text(input, "KeyId"), KMS_KEY_NAMES, key, refusal) &&
           kms_must_be_customers(call, key, refusal);
}

struct result kms_update_key_description(struct call *call, struct input input) {
    struct kms_key key;
    struct result refusal;
    if (!find_own(call, input, &key, &refusal) || !kms_must_live(call, &key, &refusal)) {
        return refusal;
    }
    statement_run(
        kms_statement(call->store, KMS_SQL_SET_DESCRIPTION, "it", key.id, input_text(input, "Description")));
    return result_output();
}

/* ---- policy ---- */

bool kms_policy_is_good(struct call *call, const char *policy, struct result *refusal) {
    if (!policy) {
        return true;
    }
    json_t *document = json_loads(policy, 0, NULL);
    json_t *statements = json_object_get(document, "Statement");
    bool good = json_is_array(statements) || json_is_object(statements);
    json_decref(document);
    if (!good) {
        *refusal = call_error(call, &kms_error_MalformedPolicyDocumentException,
                              "The policy document is not valid JSON or has no Statement.");
    }
    return good;
}

static bool policy_name_is_good(struct call *call, struct input input, struct result *refusal) {
    const char *name = input_string(input, "PolicyName");
    if (name && strcmp(name, "default") != 0) {
        *refusal = call_error(call, &kms_error_NotFoundException, "No such policy exists");
        return false;
    }
    return true;
}

struct result kms_get_key_policy(struct call *call, struct input input) {
    struct kms_key key;
    struct result refusal;
    if (!kms_find_key(call, input_text(input, "KeyId"), KMS_KEY_NAMES, &key, &refusal) ||
        !policy_name_is_good(call, input, &refusal)) {
        return refusal;
    }
    output_string(call_output(call), "Policy", key.policy);
    output_string(call_output(call), "PolicyName", "default");
    return result_output();
}

struct result kms_put_key_policy(struct call *call, struct input input) {
    struct kms_key key;
    struct result refusal;
    const char *policy = input_string(input, "Policy");
    if (!find_own(call, input, &key, &refusal) || !policy_name_is_good(call, input, &refusal) ||
        !kms_policy_is_good(call, policy, &refusal)) {
        return refusal;
    }
    statement_run(kms_statement(call->store, KMS_SQL_SET_POLICY, "is", key.id, policy));
    return result_output();
}

struct result kms_list_key_policies(struct call *call, struct input input) {
    struct kms_key key;
    struct result refusal;
    if (!kms_find_key(call, input_text(input, "KeyId"), KMS_KEY_NAMES, &key, &refusal)) {
        return refusal;
    }
    struct text after;
    int64_t limit;
    kms_read_page(input, 1000, &after, &limit);
    output_begin_list(call_output(call), "PolicyNames");
    if (text_compare(after, TEXT("default")) < 0) {
        output_string(call_output(call), NULL, "default");
    }
    output_end(call_output(call));
    kms_write_page_end(call, NULL);
    return result_output();
}

/* ---- tags ---- */

bool kms_tags_are_good(struct call *call, struct input tags, int64_t already, struct result *refusal) {
    const char *message = NULL;
    if ((int64_t)input_count(tags) + already > MAXIMUM_TAGS) {
        message = "Too many tags";
    }
    for (struct input tag = input_first(tags); tag.value && !message; tag = input_next(tag)) {
        struct text name = input_text(tag, "TagKey");
        /* CloudFormation, which calls from within, does set them. */
        if (call->request && text_equals_ignore_case(text_slice(name, 0, 4), "aws:")) {
            message = "Tags beginning with aws: are reserved";
        }
        for (struct input other = input_next(tag); other.value && !message; other = input_next(other)) {
            if (text_same(name, input_text(other, "TagKey"))) {
                message = "Duplicate tag keys";
            }
        }
    }
    if (message) {
        *refusal = call_error(call, &kms_error_TagException, "%s", message);
    }
    return !message;
}

void kms_put_tags(struct call *call, int64_t key, struct input tags) {
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        statement_run(kms_statement(call->store, KMS_SQL_PUT_TAG, "itt", key, input_text(tag, "TagKey"),
                                    input_text(tag, "TagValue")));
    }
}

static int64_t count_tags(struct call *call, int64_t key) {
    struct statement *statement = kms_statement(call->store, KMS_SQL_COUNT_TAGS, "i", key);
    statement_step(statement);
    int64_t count = statement_int64(statement, 0);
    statement_reset(statement);
    return count;
}

struct result kms_tag_resource(struct call *call, struct input input) {
    struct kms_key key;
    struct result refusal;
    struct input tags = input_list(input, "Tags");
    if (!find_own(call, input, &key, &refusal) || !kms_must_live(call, &key, &refusal) ||
        !kms_tags_are_good(call, tags, 0, &refusal)) {
        return refusal;
    }
    kms_put_tags(call, key.id, tags);
    if (count_tags(call, key.id) > MAXIMUM_TAGS) {
        return call_error(call, &kms_error_TagException, "Too many tags");
    }
    return result_output();
}

struct result kms_untag_resource(struct call *call, struct input input) {
    struct kms_key key;
    struct result refusal;
    if (!find_own(call, input, &key, &refusal) || !kms_must_live(call, &key, &refusal)) {
        return refusal;
    }
    struct input names = input_list(input, "TagKeys");
    for (struct input name = input_first(names); name.value; name = input_next(name)) {
        statement_run(kms_statement(call->store, KMS_SQL_DELETE_TAG, "it", key.id, input_as_text(name)));
    }
    return result_output();
}

struct result kms_list_resource_tags(struct call *call, struct input input) {
    struct kms_key key;
    struct result refusal;
    if (!kms_find_key(call, input_text(input, "KeyId"), KMS_KEY_NAMES, &key, &refusal)) {
        return refusal;
    }
    struct text after;
    int64_t limit;
    kms_read_page(input, MAXIMUM_TAGS, &after, &limit);
    struct statement *statement =
        kms_statement(call->store, KMS_SQL_LIST_TAGS, "iti", key.id, after, limit + 1);
    struct output *out = call_output(call);
    const char *last = NULL;
    const char *marker = NULL;
    output_begin_list(out, "Tags");
    for (int64_t count = 0; statement_step(statement); count++) {
        if (count == limit) {
            marker = last;
            statement_reset(statement);
            break;
        }
        last = statement_string(statement, 0, call->arena);
        output_begin_structure(out, NULL);
        output_string(out, "TagKey", last);
        output_text(out, "TagValue", statement_text(statement, 1));
        output_end(out);
    }
    output_end(out);
    kms_write_page_end(call, marker);
    return result_output();
}

/* ---- rotation ---- */

static bool can_rotate(struct call *call, const struct kms_key *key, struct result *refusal) {
    if (!kms_must_work(call, key, refusal)) {
        return false;
    }
    if (strcmp(key->spec, "SYMMETRIC_DEFAULT") != 0) {
        *refusal =
            call_error(call, &kms_error_UnsupportedOperationException,
                       "%s key spec is %s which is not valid for this operation.", key->arn, key->spec);
        return false;
    }
    return true;
}

struct result kms_enable_key_rotation(struct call *call, struct input input) {
    struct kms_key key;
    struct result refusal;
    if (!find_own(call, input, &key, &refusal) || !can_rotate(call, &key, &refusal)) {
        return refusal;
    }
    int64_t days =
        input_integer(input, "RotationPeriodInDays", key.rotation_days > 0 ? key.rotation_days : 365);
    int64_t next_ms = key.rotation_days == days ? key.next_rotation_ms : call->now_ms + days * DAY_MS;
    statement_run(kms_statement(call->store, KMS_SQL_SET_ROTATION, "iii", key.id, days, next_ms));
    return result_output();
}

struct result kms_disable_key_rotation(struct call *call, struct input input) {
    struct kms_key key;
    struct result refusal;
    if (!find_own(call, input, &key, &refusal) || !can_rotate(call, &key, &refusal)) {
        return refusal;
    }
    statement_run(kms_statement(call->store, KMS_SQL_SET_ROTATION, "iii", key.id, INT64_C(0), INT64_C(0)));
    return result_output();
}

struct result kms_get_key_rotation_status(struct call *call, struct input input) {
    struct kms_key key;
    struct result refusal;
    if (!kms_find_key(call, input_text(input, "KeyId"), KMS_KEY_NAMES, &key, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    bool waits = strcmp(key.state, "PendingDeletion") == 0;
    output_boolean(out, "KeyRotationEnabled", key.rotation_days > 0 && !waits);
    output_string(out, "KeyId", key.key_id);
    if (key.rotation_days > 0 && !waits) {
        output_integer(out, "RotationPeriodInDays", key.rotation_days);
        output_timestamp(out, "NextRotationDate", key.next_rotation_ms);
    }
    return result_output();
}

struct result kms_rotate_key_on_demand(struct call *call, struct input input) {
    struct kms_key key;
    struct result refusal;
    if (!find_own(call, input, &key, &refusal) || !can_rotate(call, &key, &refusal)) {
        return refusal;
    }
    kms_add_material(call, &key, "ON_DEMAND");
    output_string(call_output(call), "KeyId", key.key_id);
    return result_output();
}

struct result kms_list_key_rotations(struct call *call, struct input input) {
    struct kms_key key;
    struct result refusal;
    int64_t after;
    int64_t limit;
    if (!kms_find_key(call, input_text(input, "KeyId"), KMS_KEY_NAMES, &key, &refusal) ||
        !kms_read_numbered_page(call, input, 1000, &after, &limit, &refusal)) {
        return refusal;
    }
    if (input_has(input, "IncludeKeyMaterial")) {
        return call_error(call, &error_not_implemented,
                          "ListKeyRotations with IncludeKeyMaterial is not emulated");
    }
    struct statement *statement =
        kms_statement(call->store, KMS_SQL_ROTATIONS, "iii", key.id, after, limit + 1);
    struct output *out = call_output(call);
    const char *marker = NULL;
    int64_t last = 0;
    output_begin_list(out, "Rotations");
    for (int64_t count = 0; statement_step(statement); count++) {
        if (count == limit) {
            marker = arena_printf(call->arena, "%lld", (long long)last);
            statement_reset(statement);
            break;
        }
        last = statement_int64(statement, 0);
        output_begin_structure(out, NULL);
        output_string(out, "KeyId", key.key_id);
        output_timestamp(out, "RotationDate", statement_int64(statement, 2));
        output_text(out, "RotationType", statement_text(statement, 3));
        output_end(out);
    }
    output_end(out);
    kms_write_page_end(call, marker);
    return result_output();
}
