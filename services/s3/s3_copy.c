/* CopyObject. Source: s3-logs-events.md A3; recorded/s3, test_s3_copy_object_...; S3 API reference. */
#include "emulator/base/crypto.h"
#include "services/s3/s3.h"
#include "services/s3/s3_conditions.h"

/* "bucket/key", "/bucket/key?versionId=V", percent-encoded. False: not of that form. */
static bool read_copy_source(struct call *call, struct text source, struct text *bucket, struct text *key,
                             const char **version_id) {
    ptrdiff_t query = text_find(source, "?versionId=");
    *version_id = NULL;
    if (query >= 0) {
        *version_id = arena_text_string(
            call->arena, text_slice(source, (size_t)query + strlen("?versionId="), source.size));
        source = text_slice(source, 0, (size_t)query);
    }
    struct strbuf decoded = STRBUF_INIT;
    strbuf_append_unpercent(&decoded, source, false);
    struct text path = arena_text(call->arena, strbuf_text(&decoded));
    strbuf_release(&decoded);
    if (text_starts_with(path, "/")) {
        path = text_slice(path, 1, path.size);
    }
    ptrdiff_t slash = text_find_char(path, '/');
    if (slash <= 0 || (size_t)slash + 1 == path.size) {
        return false;
    }
    *bucket = text_slice(path, 0, (size_t)slash);
    *key = text_slice(path, (size_t)slash + 1, path.size);
    return true;
}

static bool check_source_conditions(struct call *call, struct input input, const struct s3_object *object,
                                    struct result *refusal) {
    struct s3_conditions conditions = {
        .if_match = input_text(input, "CopySourceIfMatch"),
        .if_none_match = input_text(input, "CopySourceIfNoneMatch"),
        .if_modified_since_ms = input_timestamp(input, "CopySourceIfModifiedSince", -1),
        .if_unmodified_since_ms = input_timestamp(input, "CopySourceIfUnmodifiedSince", -1),
    };
    if (conditions.if_modified_since_ms > call->now_ms) {
        conditions.if_modified_since_ms = -1;
    }
    const char *failed;
    if (s3_conditions_check(&conditions, object->etag, object->modified_ms, &failed) == S3_GO_ON) {
        return true;
    }
    *refusal = s3_error(call, S3_PRECONDITION_FAILED, "Condition",
                        arena_printf(call->arena, "x-amz-copy-source-%s", failed), NULL);
    return false;
}

bool s3_find_copy_source(struct call *call, struct input input, struct s3_bucket *bucket,
                         struct s3_object *object, struct result *refusal) {
    struct text bucket_name;
    struct text key;
    const char *version_id;
    if (!read_copy_source(call, input_text(input, "CopySource"), &bucket_name, &key, &version_id)) {
        *refusal = s3_error_text(call, S3_INVALID_ARGUMENT, "Invalid copy source object key", "ArgumentName",
                                 "x-amz-copy-source", "ArgumentValue", "x-amz-copy-source", NULL);
        return false;
    }
    if (!s3_store_find_bucket(call->store, bucket_name, call->arena, bucket)) {
        *refusal = s3_error(call, S3_NO_SUCH_BUCKET, "BucketName",
                            arena_text_string(call->arena, bucket_name), NULL);
        return false;
    }
    bool found = s3_store_find_object(call->store, bucket->id, key, version_id, call->arena, object);
    if (found && object->is_delete_marker && version_id) {
        *refusal =
            s3_error_text(call, S3_INVALID_REQUEST,
                          "The source of a copy request may not specifically refer to a delete marker by "
                          "version id.",
                          NULL);
        return false;
    }
    if (!found || object->is_delete_marker) {
        const char *key_string = arena_text_string(call->arena, key);
        *refusal = version_id && !found ? s3_no_such_version(call, key_string, version_id)
                                        : s3_error(call, S3_NO_SUCH_KEY, "Key", key_string, NULL);
        return false;
    }
    return check_source_conditions(call, input, object, refusal);
}

static bool directs_replacement(struct input input, const char *member) {
    const char *directive = input_string(input, member);
    return directive && strcmp(directive, "REPLACE") == 0;
}

/* A copy onto itself has to change something beside the content. */
static bool check_change(struct call *call, struct input input, const struct s3_bucket *from,
                         const struct s3_object *source, const struct s3_bucket *to, struct result *refusal) {
    if (from->id != to->id || !text_equals(input_text(input, "Key"), source->key) ||
        (!source->is_latest && input_has(input, "CopySource")) ||
        directs_replacement(input, "MetadataDirective") || input_has(input, "StorageClass") ||
        input_has(input, "ServerSideEncryption") || input_has(input, "WebsiteRedirectLocation") ||
        input_has(input, "ChecksumAlgorithm") || to->versioning == S3_VERSIONING_ENABLED ||
        to->versioning == S3_VERSIONING_SUSPENDED) {
        return true;
    }
    *refusal = s3_error_text(
        call, S3_INVALID_REQUEST,
        "This copy request is illegal because it is trying to copy an object to itself without "
        "changing the object's metadata, storage class, website redirect location or encryption "
        "attributes.",
        NULL);
    return false;
}

/* Copies keep their source's ETag, but not the one of a multipart upload: they are one piece again. */
static void recompute(struct call *call, struct input input, const struct s3_object *source,
                      struct s3_object *copy) {
    const char *wanted = input_string(input, "ChecksumAlgorithm");
    bool new_checksum = !source->checksum_algorithm || strcmp(source->checksum_type, "COMPOSITE") == 0 ||
                        (wanted && strcmp(wanted, source->checksum_algorithm) != 0);
    if (!source->parts.data && !new_checksum) {
        return;
    }
    struct strbuf body;
    strbuf_init(&body, S3_MAXIMUM_OBJECT_BYTES);
    s3_store_read_content(call->store, source->content_id, 0, source->size, &body);
    struct text content = body.data ? strbuf_text(&body) : TEXT("");
    struct strbuf hex = STRBUF_INIT;
    crypto_append_digest_hex(&hex, DIGEST_MD5, content);
    copy->etag = arena_strdup(call->arena, hex.data);
    strbuf_release(&hex);
    if (new_checksum) {
        enum s3_checksum_algorithm algorithm =
            s3_checksum_of_name(text_of(wanted ? wanted : source->checksum_algorithm));
        algorithm = algorithm == S3_CHECKSUM_NONE ? S3_CRC64NVME : algorithm;
        copy->checksum_algorithm = s3_checksum_name(algorithm);
        copy->checksum = s3_checksum(call->arena, algorithm, content);
        copy->checksum_type = "FULL_OBJECT";
    }
    strbuf_release(&body);
}

/* Attributes and metadata of the copy: the source's, unless the request replaces them. */
static bool choose_attributes(struct call *call, struct input input, const struct s3_object *source,
                              struct s3_object *copy, struct result *refusal) {
    if (!s3_read_attributes(call, input, copy, refusal)) {
        return false;
    }
    if (!directs_replacement(input, "MetadataDirective")) {
        copy->metadata = source->metadata;
        if (!input_has(input, "ServerSideEncryption") && !input_has(input, "WebsiteRedirectLocation")) {
            copy->attributes = source->attributes;
        }
    }
    return true;
}

static void write_copy_result(struct call *call, const struct s3_object *copy) {
    struct output *out = call_output(call);
    output_begin_structure(out, "CopyObjectResult");
    output_string(out, "ETag", s3_quoted(call, copy->etag));
    output_timestamp(out, "LastModified", copy->modified_ms);
    if (copy->checksum_algorithm) {
        output_string(out, "ChecksumType", copy->checksum_type);
        output_string(out, s3_checksum_member(s3_checksum_of_name(text_of(copy->checksum_algorithm))),
                      copy->checksum);
    }
    output_end(out);
}

struct tags {
    struct text keys[S3_MAXIMUM_OBJECT_TAGS];
    struct text values[S3_MAXIMUM_OBJECT_TAGS];
    size_t count;
};

static struct tags read_tags(struct call *call, int64_t object_id) {
    struct tags tags = {.count = 0};
    struct statement *rows = s3_store_object_tags(call->store, object_id);
    while (statement_step(rows)) {
        tags.keys[tags.count] = arena_text(call->arena, statement_text(rows, 0));
        tags.values[tags.count++] = arena_text(call->arena, statement_text(rows, 1));
    }
    return tags;
}

static void write_tags(struct call *call, const struct tags *tags, int64_t object_id) {
    for (size_t i = 0; i < tags->count; i++) {
        s3_store_put_object_tag(call->store, object_id, tags->keys[i], tags->values[i]);
    }
}

struct result s3_copy_object(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket to;
    struct s3_bucket from;
    struct s3_object source;
    if (!s3_find_bucket(call, input, &to, &refusal) ||
        !s3_find_copy_source(call, input, &from, &source, &refusal) ||
        !check_change(call, input, &from, &source, &to, &refusal) ||
        !s3_check_write_conditions(call, &to, input, &refusal)) {
        return refusal;
    }
    struct s3_object copy = source;
    copy.key = input_string(input, "Key");
    copy.modified_ms = call->now_ms;
    copy.parts = TEXT_NONE;
    if (!choose_attributes(call, input, &source, &copy, &refusal) ||
        !s3_read_lock(call, input, &to, &copy, &refusal) ||
        !s3_read_acl(call, input, &to, &copy.acl, &refusal)) {
        return refusal;
    }
    recompute(call, input, &source, &copy);
    copy.version_id = s3_new_version_id(call, &to);
    copy.content_id = s3_store_copy_content(call->store, source.content_id);
    /* Putting the copy may remove its source (a copy onto itself): its tags are read before. */
    struct tags tags = read_tags(call, source.id);
    s3_store_put_object(call->store, to.id, &copy);
    if (!directs_replacement(input, "TaggingDirective")) {
        write_tags(call, &tags, copy.id);
    } else if (input_has(input, "Tagging") &&
               !s3_store_tagging_header(call, input_text(input, "Tagging"), copy.id, &refusal)) {
        return refusal;
    }
    write_copy_result(call, &copy);
    s3_write_encryption(call, copy.attributes);
    if (from.versioning != S3_UNVERSIONED) {
        output_string(call_output(call), "CopySourceVersionId", source.version_id);
    }
    s3_write_version_id(call, &to, copy.version_id);
    s3_notify(call, &to, "ObjectCreated:Copy", &copy);
    return result_output();
}
