/* Deleting objects and versions. Source: s3-logs-events.md A3; recorded/s3, test_delete_objects_versioned. */
#include "services/s3/s3.h"
#include "services/s3/s3_conditions.h"

/* What happened to one key. */
struct deletion {
    const char *version_id; /* of what was removed, or of the new delete marker; NULL: nothing to tell */
    bool is_delete_marker;  /* that version is, or was, a delete marker */
    bool marker_was_made;
    bool no_such_version;
    bool locked;
};

static struct deletion add_marker(struct call *call, const struct s3_bucket *bucket, const char *key) {
    struct s3_object marker = {
        .key = key,
        .version_id = s3_new_version_id(call, bucket),
        .is_delete_marker = true,
        .modified_ms = call->now_ms,
    };
    s3_store_put_object(call->store, bucket->id, &marker);
    s3_notify(call, bucket, "ObjectRemoved:DeleteMarkerCreated", &marker);
    return (struct deletion){
        .version_id = marker.version_id, .is_delete_marker = true, .marker_was_made = true};
}

/* Without a version id: a version is hidden where versions are kept, else removed. */
static struct deletion delete_one(struct call *call, const struct s3_bucket *bucket, const char *key,
                                  const char *version_id, bool bypass_governance) {
    struct s3_object object;
    if (!version_id && bucket->versioning != S3_UNVERSIONED) {
        return add_marker(call, bucket, key);
    }
    if (!s3_store_find_object(call->store, bucket->id, text_of(key), version_id, call->arena, &object)) {
        return (struct deletion){.no_such_version = version_id && strcmp(version_id, S3_NULL_VERSION) != 0};
    }
    if (s3_is_locked(call, &object, bypass_governance)) {
        return (struct deletion){.locked = true};
    }
    s3_store_delete_object(call->store, bucket->id, &object);
    s3_notify(call, bucket, "ObjectRemoved:Delete", &object);
    return (struct deletion){.version_id = version_id,
                             .is_delete_marker = version_id && object.is_delete_marker};
}

static bool check_delete_conditions(struct call *call, const struct s3_bucket *bucket, struct input input,
                                    struct result *refusal) {
    struct s3_object object;
    struct text key = input_text(input, "Key");
    if (input_has(input, "IfMatchLastModifiedTime") || input_has(input, "IfMatchSize")) {
        *refusal = s3_error(call, S3_NOT_IMPLEMENTED, "Header",
                            input_has(input, "IfMatchSize") ? "x-amz-if-match-size"
                                                            : "x-amz-if-match-last-modified-time",
                            NULL);
        return false;
    }
    if (!input_has(input, "IfMatch")) {
        return true;
    }
    if (!s3_store_find_object(call->store, bucket->id, key, NULL, call->arena, &object) ||
        object.is_delete_marker) {
        *refusal = s3_error(call, S3_NO_SUCH_KEY, "Key", arena_text_string(call->arena, key), NULL);
        return false;
    }
    if (!s3_etag_matches(input_text(input, "IfMatch"), object.etag)) {
        *refusal = s3_error(call, S3_PRECONDITION_FAILED, "Condition", "If-Match", NULL);
        return false;
    }
    return true;
}

struct result s3_delete_object(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    if (!s3_find_bucket(call, input, &bucket, &refusal) ||
        !check_delete_conditions(call, &bucket, input, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    struct deletion deletion =
        delete_one(call, &bucket, input_string(input, "Key"), input_string(input, "VersionId"),
                   input_boolean(input, "BypassGovernanceRetention", false));
    if (deletion.locked) {
        return s3_error_text(call, S3_ACCESS_DENIED, S3_LOCKED_TEXT, NULL);
    }
    if (deletion.no_such_version && !s3_version_id_was_made(input_string(input, "VersionId"))) {
        return s3_no_such_version(call, input_string(input, "Key"), input_string(input, "VersionId"));
    }
    if (deletion.is_delete_marker) {
        output_boolean(out, "DeleteMarker", true);
    }
    output_string(out, "VersionId", deletion.version_id);
    return result_output();
}

static void write_deleted(struct output *out, struct input object, const struct deletion *deletion) {
    output_begin_structure(out, NULL);
    output_string(out, "Key", input_string(object, "Key"));
    output_string(out, "VersionId", input_string(object, "VersionId"));
    if (deletion->is_delete_marker) {
        output_boolean(out, "DeleteMarker", true);
        output_string(out, "DeleteMarkerVersionId", deletion->version_id);
    }
    output_end(out);
}

struct failure {
    struct input object;
    const char *code;
    const char *message;
};

static void write_failure(struct output *out, const struct failure *failure) {
    output_begin_structure(out, NULL);
    output_string(out, "Key", input_string(failure->object, "Key"));
    output_string(out, "VersionId", input_string(failure->object, "VersionId"));
    output_string(out, "Code", failure->code);
    output_string(out, "Message", failure->message);
    output_end(out);
}

struct result s3_delete_objects(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    struct input request = input_structure(input, "Delete");
    struct input objects = input_list(request, "Objects");
    size_t count = input_count(objects);
    if (!s3_find_bucket(call, input, &bucket, &refusal)) {
        return refusal;
    }
    if (count == 0 || count > 1000) {
        return s3_error(call, S3_MALFORMED_XML, NULL);
    }
    struct output *out = call_output(call);
    bool quiet = input_boolean(request, "Quiet", false);
    bool bypass_governance = input_boolean(input, "BypassGovernanceRetention", false);
    struct failure *failures = arena_alloc(call->arena, count * sizeof(*failures));
    size_t failure_count = 0;
    output_begin_list(out, "Deleted");
    for (struct input object = input_first(objects); object.value; object = input_next(object)) {
        struct deletion deletion = delete_one(call, &bucket, input_string(object, "Key"),
                                              input_string(object, "VersionId"), bypass_governance);
        if (deletion.no_such_version) {
            failures[failure_count++] = (struct failure){object, s3_error_name(S3_NO_SUCH_VERSION),
                                                         s3_error_message(S3_NO_SUCH_VERSION)};
        } else if (deletion.locked) {
            failures[failure_count++] =
                (struct failure){object, s3_error_name(S3_ACCESS_DENIED), S3_LOCKED_TEXT};
        } else if (!quiet) {
            write_deleted(out, object, &deletion);
        }
    }
    output_end(out);
    output_begin_list(out, "Errors");
    for (size_t i = 0; i < failure_count; i++) {
        write_failure(out, &failures[i]);
    }
    output_end(out);
    return result_output();
}
