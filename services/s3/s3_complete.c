/* CompleteMultipartUpload: parts become an object. Source: s3-logs-events.md A3; recorded/s3,
 * TestS3MultipartUploadChecksum and TestS3ObjectWritePrecondition; S3 API reference. */
#include "services/s3/s3.h"

#define MINIMUM_PART_BYTES (5 * 1024 * 1024)

static bool is_composite(const char *checksum_type) {
    return checksum_type && strcmp(checksum_type, "COMPOSITE") == 0;
}

/* The parts that the request lists, as they are stored. */
struct assembly {
    struct s3_part *parts;
    size_t count;
    int64_t size;
};

static struct result invalid_part(struct call *call, const struct s3_upload *upload, int64_t number,
                                  const char *etag) {
    return s3_error(call, S3_INVALID_PART, "UploadId", upload->upload_id, "PartNumber",
                    arena_printf(call->arena, "%lld", (long long)number), "ETag", etag, NULL);
}

/* What the request says about the checksum of one part. */
static bool check_listed_checksum(struct call *call, struct input listed, const struct s3_upload *upload,
                                  const struct s3_part *part, const char *etag, struct result *refusal) {
    bool seen = false;
    for (int i = 0; i < S3_CHECKSUM_COUNT; i++) {
        enum s3_checksum_algorithm algorithm = (enum s3_checksum_algorithm)i;
        struct text value = input_text(listed, s3_checksum_member(algorithm));
        if (!value.data) {
            continue;
        }
        if (upload->checksum_algorithm &&
            strcmp(s3_checksum_name(algorithm), upload->checksum_algorithm) != 0) {
            *refusal = s3_error_text(
                call, S3_BAD_DIGEST,
                arena_printf(call->arena,
                             "The %s you specified for part %lld did not match what we received.",
                             s3_checksum_lower_name(algorithm), (long long)part->number),
                NULL);
            return false;
        }
        if (!upload->checksum_algorithm || !text_equals(value, part->checksum)) {
            *refusal = invalid_part(call, upload, part->number, etag);
            return false;
        }
        seen = true;
    }
    if (!seen && upload->checksum_algorithm && is_composite(upload->checksum_type)) {
        *refusal = s3_error_text(
            call, S3_INVALID_REQUEST,
            arena_printf(
                call->arena,
                "The upload was created using a %s checksum. The complete request must include the checksum "
                "for each part. It was missing for part %lld in the request.",
                s3_checksum_lower_name(s3_checksum_of_name(text_of(upload->checksum_algorithm))),
                (long long)part->number),
            NULL);
        return false;
    }
    return true;
}

static bool gather_part(struct call *call, struct input listed, const struct s3_upload *upload,
                        struct assembly *assembly, struct result *refusal) {
    struct s3_part *part = &assembly->parts[assembly->count];
    int64_t number = input_integer(listed, "PartNumber", 0);
    struct text etag = text_trim(input_text(listed, "ETag"));
    if (text_starts_with(etag, "\"") && text_ends_with(etag, "\"") && etag.size >= 2) {
        etag = text_slice(etag, 1, etag.size - 2);
    }
    const char *etag_string = arena_text_string(call->arena, etag);
    if (assembly->count > 0 && number <= part[-1].number) {
        *refusal = s3_error(call, S3_INVALID_PART_ORDER, "UploadId", upload->upload_id, NULL);
        return false;
    }
    if (!s3_store_find_part(call->store, upload->id, number, call->arena, part) ||
        !text_equals(etag, part->etag)) {
        *refusal = invalid_part(call, upload, number, etag_string);
        return false;
    }
    if (!check_listed_checksum(call, listed, upload, part, etag_string, refusal)) {
        return false;
    }
    assembly->count++;
    assembly->size += part->size;
    return true;
}

static bool gather(struct call *call, struct input input, const struct s3_upload *upload,
                   struct assembly *assembly, struct result *refusal) {
    struct input listed = input_list(input_structure(input, "MultipartUpload"), "Parts");
    size_t count = input_count(listed);
    *assembly = (struct assembly){.parts = arena_alloc(call->arena, (count + 1) * sizeof(*assembly->parts))};
    if (count == 0) {
        *refusal = s3_error_text(call, S3_INVALID_REQUEST, "You must specify at least one part", NULL);
        return false;
    }
    for (struct input part = input_first(listed); part.value; part = input_next(part)) {
        if (!gather_part(call, part, upload, assembly, refusal)) {
            return false;
        }
    }
    for (size_t i = 0; i + 1 < assembly->count; i++) {
        const struct s3_part *part = &assembly->parts[i];
        if (part->size < MINIMUM_PART_BYTES) {
            *refusal =
                s3_error(call, S3_ENTITY_TOO_SMALL, "ETag", part->etag, "MinSizeAllowed", "5242880",
                         "PartNumber", arena_printf(call->arena, "%lld", (long long)part->number),
                         "ProposedSize", arena_printf(call->arena, "%lld", (long long)part->size), NULL);
            return false;
        }
    }
    return true;
}

static bool check_type(struct call *call, struct input input, const struct s3_upload *upload,
                       struct result *refusal) {
    const char *type = input_string(input, "ChecksumType");
    if (type && (!upload->checksum_type || strcmp(type, upload->checksum_type) != 0)) {
        *refusal =
            s3_error_text(call, S3_INVALID_REQUEST,
                          arena_printf(call->arena,
                                       "The upload was created using the %s checksum mode. The complete "
                                       "request must use the same checksum mode.",
                                       upload->checksum_type ? upload->checksum_type : "null"),
                          NULL);
        return false;
    }
    return true;
}

/* The checksum of the whole, against the one the request may name. */
static bool join_checksums(struct call *call, struct input input, const struct s3_upload *upload,
                           const struct assembly *assembly, struct s3_object *object,
                           struct result *refusal) {
    const char **values = arena_alloc(call->arena, assembly->count * sizeof(*values));
    enum s3_checksum_algorithm algorithm =
        s3_checksum_of_name(text_of(assembly->parts[0].checksum_algorithm));
    for (size_t i = 0; i < assembly->count; i++) {
        values[i] = assembly->parts[i].checksum;
    }
    object->checksum_algorithm = s3_checksum_name(algorithm);
    object->checksum_type = is_composite(upload->checksum_type) ? "COMPOSITE" : "FULL_OBJECT";
    if (is_composite(upload->checksum_type)) {
        object->checksum = s3_checksum_composite(call->arena, algorithm, values, assembly->count);
        return true;
    }
    object->checksum = values[0];
    for (size_t i = 1; i < assembly->count; i++) {
        object->checksum =
            s3_checksum_combine(call->arena, algorithm, object->checksum, values[i], assembly->parts[i].size);
    }
    for (int i = 0; i < S3_CHECKSUM_COUNT; i++) {
        struct text given = input_text(input, s3_checksum_member((enum s3_checksum_algorithm)i));
        if (given.data && (i != (int)algorithm || !text_equals(given, object->checksum))) {
            *refusal = s3_error_text(
                call, S3_BAD_DIGEST,
                arena_printf(call->arena, "The %s you specified did not match the calculated checksum.",
                             s3_checksum_lower_name(algorithm)),
                NULL);
            return false;
        }
    }
    return true;
}

/* The MD5 of the parts' raw MD5s, and how many there are. */
static const char *join_etags(struct call *call, const struct assembly *assembly) {
    unsigned char *raw = arena_alloc(call->arena, assembly->count * 16);
    for (size_t i = 0; i < assembly->count; i++) {
        for (int byte = 0; byte < 16; byte++) {
            char pair[3] = {assembly->parts[i].etag[2 * byte], assembly->parts[i].etag[2 * byte + 1], '\0'};
            raw[i * 16 + (size_t)byte] = (unsigned char)strtoul(pair, NULL, 16);
        }
    }
    return arena_printf(call->arena, "%s-%zu",
                        s3_md5_hex(call, (struct text){(const char *)raw, assembly->count * 16}),
                        assembly->count);
}

static struct text parts_json(struct call *call, const struct assembly *assembly) {
    struct strbuf json = STRBUF_INIT;
    for (size_t i = 0; i < assembly->count; i++) {
        const struct s3_part *part = &assembly->parts[i];
        strbuf_printf(&json, "%c[%lld,%lld,\"%s\"]", i == 0 ? '[' : ',', (long long)part->number,
                      (long long)part->size, part->checksum);
    }
    strbuf_append_char(&json, ']');
    struct text text = arena_text(call->arena, strbuf_text(&json));
    strbuf_release(&json);
    return text;
}

static void store_assembly(struct call *call, const struct s3_bucket *bucket, const struct s3_upload *upload,
                           const struct assembly *assembly, struct s3_object *object) {
    int64_t start = 0;
    object->content_id = s3_store_new_content(call->store);
    for (size_t i = 0; i < assembly->count; i++) {
        s3_store_move_content(call->store, assembly->parts[i].content_id, object->content_id, start);
        start += assembly->parts[i].size;
    }
    s3_store_put_object(call->store, bucket->id, object);
    s3_store_delete_upload(call->store, upload->id);
}

static void write_completed(struct call *call, const struct s3_bucket *bucket,
                            const struct s3_object *object) {
    struct output *out = call_output(call);
    struct strbuf location = STRBUF_INIT;
    strbuf_printf(&location, "https://%s.s3.%s.amazonaws.com/", bucket->name, bucket->region);
    strbuf_append_percent(&location, text_of(object->key), "");
    output_string(out, "Location", arena_strdup(call->arena, location.data));
    strbuf_release(&location);
    output_string(out, "Bucket", bucket->name);
    output_string(out, "Key", object->key);
    output_string(out, "ETag", s3_quoted(call, object->etag));
    output_string(out, s3_checksum_member(s3_checksum_of_name(text_of(object->checksum_algorithm))),
                  object->checksum);
    output_string(out, "ChecksumType", object->checksum_type);
    s3_write_encryption(call, object->attributes);
    s3_write_version_id(call, bucket, object->version_id);
}

/* With If-Match, an object that was put after the upload began is in the way even when it is the wanted one.
 */
static bool check_conflict(struct call *call, struct input input, const struct s3_bucket *bucket,
                           const struct s3_upload *upload, struct result *refusal) {
    struct s3_object object;
    if (!input_has(input, "IfMatch") ||
        !s3_store_find_object(call->store, bucket->id, input_text(input, "Key"), NULL, call->arena,
                              &object) ||
        object.modified_ms <= upload->initiated_ms) {
        return true;
    }
    *refusal =
        s3_error(call, S3_CONDITIONAL_REQUEST_CONFLICT, "Condition", "If-Match", "Key", upload->key, NULL);
    return false;
}

struct result s3_complete_multipart_upload(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    struct s3_upload upload;
    struct assembly assembly;
    struct s3_object object = {.key = input_string(input, "Key"), .modified_ms = call->now_ms};
    if (!s3_find_upload(call, input, &bucket, &upload, &refusal) ||
        !check_type(call, input, &upload, &refusal) || !gather(call, input, &upload, &assembly, &refusal) ||
        !s3_check_write_conditions(call, &bucket, input, &refusal) ||
        !check_conflict(call, input, &bucket, &upload, &refusal) ||
        !join_checksums(call, input, &upload, &assembly, &object, &refusal)) {
        return refusal;
    }
    object.size = assembly.size;
    object.etag = join_etags(call, &assembly);
    object.parts = parts_json(call, &assembly);
    object.version_id = s3_new_version_id(call, &bucket);
    object.storage_class = upload.storage_class;
    object.attributes = upload.attributes;
    object.metadata = upload.metadata;
    object.acl = upload.acl;
    s3_apply_default_lock(call, &bucket, &object);
    store_assembly(call, &bucket, &upload, &assembly, &object);
    if (upload.tagging && !s3_store_tagging_header(call, text_of(upload.tagging), object.id, &refusal)) {
        return refusal;
    }
    write_completed(call, &bucket, &object);
    s3_notify(call, &bucket, "ObjectCreated:CompleteMultipartUpload", &object);
    return result_output();
}
