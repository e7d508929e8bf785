/*
 * Object lock: versions that cannot be deleted before a date, or while a hold is on. Dates are compared with
 * the call's time when something is asked for. Source: recorded/s3, TestS3ObjectLock...; S3 API reference.
 */
#include "services/s3/s3.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define YEAR_DAYS 365

static const char both_needed[] =
    "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied";

/* The bucket's configuration, parsed; NULL: it has none. */
static const struct json_value *configuration_of(struct call *call, const struct s3_bucket *bucket) {
    struct text stored = s3_store_setting(call->store, bucket->id, "ObjectLock", call->arena);
    return stored.size > 0 ? json_parse(call->arena, stored, NULL) : NULL;
}

bool s3_is_locked(const struct call *call, const struct s3_object *object, bool bypass_governance) {
    if (object->legal_hold && strcmp(object->legal_hold, "ON") == 0) {
        return true;
    }
    return object->lock_mode && object->lock_until_ms > call->now_ms &&
           !(bypass_governance && strcmp(object->lock_mode, "GOVERNANCE") == 0);
}

/* ---- New objects ---- */

static void apply_default(struct call *call, const struct json_value *configuration,
                          struct s3_object *object) {
    const struct json_value *rule = json_find(configuration, "Rule");
    const struct json_value *retention = rule ? json_find(rule, "DefaultRetention") : NULL;
    const struct json_value *days = retention ? json_find(retention, "Days") : NULL;
    const struct json_value *years = retention ? json_find(retention, "Years") : NULL;
    int64_t number = 0;
    if (!retention || !text_to_int64(days ? days->text : years->text, &number)) {
        return;
    }
    object->lock_mode = arena_text_string(call->arena, json_find_text(retention, "Mode"));
    object->lock_until_ms = call->now_ms + number * (days ? 1 : YEAR_DAYS) * DAY_MS;
}

bool s3_read_lock(struct call *call, struct input input, const struct s3_bucket *bucket,
                  struct s3_object *object, struct result *refusal) {
    const char *mode = input_string(input, "ObjectLockMode");
    bool has_date = input_has(input, "ObjectLockRetainUntilDate");
    const struct json_value *configuration = configuration_of(call, bucket);
    object->lock_mode = mode;
    object->lock_until_ms = input_timestamp(input, "ObjectLockRetainUntilDate", 0);
    object->legal_hold = input_string(input, "ObjectLockLegalHoldStatus");
    if (!mode != !has_date) {
        *refusal =
            s3_error_text(call, S3_INVALID_ARGUMENT, both_needed, "ArgumentName",
                          mode ? "x-amz-object-lock-retain-until-date" : "x-amz-object-lock-mode", NULL);
        return false;
    }
    if ((mode || object->legal_hold) && !configuration) {
        *refusal =
            s3_error_text(call, S3_INVALID_REQUEST, "Bucket is missing Object Lock Configuration", NULL);
        return false;
    }
    if (mode && object->lock_until_ms <= call->now_ms) {
        *refusal = s3_error_text(call, S3_INVALID_ARGUMENT, "The retain until date must be in the future!",
                                 "ArgumentName", "x-amz-object-lock-retain-until-date", NULL);
        return false;
    }
    if (!mode && configuration) {
        apply_default(call, configuration, object);
    }
    return true;
}

void s3_apply_default_lock(struct call *call, const struct s3_bucket *bucket, struct s3_object *object) {
    const struct json_value *configuration = configuration_of(call, bucket);
    if (configuration) {
        apply_default(call, configuration, object);
    }
}

void s3_write_lock(struct call *call, const struct s3_object *object) {
    struct output *out = call_output(call);
    if (object->lock_mode) {
        output_string(out, "ObjectLockMode", object->lock_mode);
        output_timestamp(out, "ObjectLockRetainUntilDate", object->lock_until_ms);
    }
    output_string(out, "ObjectLockLegalHoldStatus", object->legal_hold);
}

/* ---- PutObjectLockConfiguration ---- */

static bool is_complete(struct input configuration) {
    struct input rule = input_structure(configuration, "Rule");
    struct input retention = input_structure(rule, "DefaultRetention");
    int64_t days = input_integer(retention, "Days", 0);
    int64_t years = input_integer(retention, "Years", 0);
    if (!configuration.value || !input_has(configuration, "ObjectLockEnabled")) {
        return false;
    }
    return !rule.value || (retention.value && input_has(retention, "Mode") && (days > 0) != (years > 0));
}

struct result s3_put_object_lock_configuration(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    struct input configuration = input_structure(input, "ObjectLockConfiguration");
    if (!s3_find_bucket(call, input, &bucket, &refusal)) {
        return refusal;
    }
    if (!is_complete(configuration)) {
        return s3_error(call, S3_MALFORMED_XML, NULL);
    }
    if (bucket.versioning != S3_VERSIONING_ENABLED) {
        return s3_error_text(
            call, S3_INVALID_BUCKET_STATE,
            "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration", NULL);
    }
    struct strbuf json = STRBUF_INIT;
    json_write(&json, configuration.value);
    s3_store_put_setting(call->store, bucket.id, "ObjectLock", strbuf_text(&json));
    strbuf_release(&json);
    return result_output();
}

/* ---- Retention and holds of stored objects ---- */

static bool find_lockable(struct call *call, struct input input, struct s3_object *object,
                          struct result *refusal) {
    struct s3_bucket bucket;
    if (!s3_find_bucket(call, input, &bucket, refusal) ||
        !s3_find_object(call, &bucket, input, object, refusal)) {
        return false;
    }
    if (!configuration_of(call, &bucket)) {
        *refusal =
            s3_error_text(call, S3_INVALID_REQUEST, "Bucket is missing Object Lock Configuration", NULL);
        return false;
    }
    return true;
}

/* A lock may always grow; a COMPLIANCE lock never shrinks, another one only for those who may bypass it. */
static bool may_change(const struct call *call, const struct s3_object *object, const char *mode,
                       int64_t until_ms, bool bypass_governance) {
    if (!object->lock_mode || object->lock_until_ms <= call->now_ms) {
        return true;
    }
    bool compliance = strcmp(object->lock_mode, "COMPLIANCE") == 0;
    bool weaker =
        !mode || until_ms < object->lock_until_ms || (compliance && strcmp(mode, "COMPLIANCE") != 0);
    return !weaker || (!compliance && bypass_governance);
}

struct result s3_put_object_retention(struct call *call, struct input input) {
    struct result refusal;
    struct s3_object object;
    struct input retention = input_structure(input, "Retention");
    const char *mode = input_string(retention, "Mode");
    int64_t until_ms = input_timestamp(retention, "RetainUntilDate", 0);
    if (!find_lockable(call, input, &object, &refusal)) {
        return refusal;
    }
    if (!mode != !input_has(retention, "RetainUntilDate")) {
        return s3_error(call, S3_MALFORMED_XML, NULL);
    }
    if (mode && until_ms <= call->now_ms) {
        return s3_error_text(call, S3_INVALID_ARGUMENT, "The retain until date must be in the future!",
                             "ArgumentName", "RetainUntilDate", NULL);
    }
    if (!may_change(call, &object, mode, until_ms,
                    input_boolean(input, "BypassGovernanceRetention", false))) {
        return s3_error_text(call, S3_ACCESS_DENIED, S3_LOCKED_TEXT, NULL);
    }
    s3_store_set_lock(call->store, object.id, mode, until_ms, object.legal_hold);
    return result_output();
}

static struct result no_lock(struct call *call) {
    return s3_error(call, S3_NO_SUCH_OBJECT_LOCK, NULL);
}

struct result s3_get_object_retention(struct call *call, struct input input) {
    struct result refusal;
    struct s3_object object;
    if (!find_lockable(call, input, &object, &refusal)) {
        return refusal;
    }
    if (!object.lock_mode) {
        return no_lock(call);
    }
    struct output *out = call_output(call);
    output_begin_structure(out, "Retention");
    output_string(out, "Mode", object.lock_mode);
    output_timestamp(out, "RetainUntilDate", object.lock_until_ms);
    output_end(out);
    return result_output();
}

struct result s3_put_object_legal_hold(struct call *call, struct input input) {
    struct result refusal;
    struct s3_object object;
    const char *status = input_string(input_structure(input, "LegalHold"), "Status");
    if (!find_lockable(call, input, &object, &refusal)) {
        return refusal;
    }
    if (!status) {
        return s3_error(call, S3_MALFORMED_XML, NULL);
    }
    s3_store_set_lock(call->store, object.id, object.lock_mode, object.lock_until_ms, status);
    return result_output();
}

struct result s3_get_object_legal_hold(struct call *call, struct input input) {
    struct result refusal;
    struct s3_object object;
    if (!find_lockable(call, input, &object, &refusal)) {
        return refusal;
    }
    if (!object.legal_hold) {
        return no_lock(call);
    }
    struct output *out = call_output(call);
    output_begin_structure(out, "LegalHold");
    output_string(out, "Status", object.legal_hold);
    output_end(out);
    return result_output();
}
