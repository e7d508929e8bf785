/* Uploads in parts. Source: s3-logs-events.md A3; recorded/s3, TestS3MultipartUploadChecksum; S3 API
 * reference. */
#include "emulator/base/crypto.h"
#include "emulator/base/ids.h"
#include "emulator/core/emulator.h"
#include "services/s3/s3.h"
#include "services/s3/s3_conditions.h"

#define MAXIMUM_PART_NUMBER 10000
#define UPLOAD_ID_SIZE 96

bool s3_find_upload(struct call *call, struct input input, struct s3_bucket *bucket, struct s3_upload *upload,
                    struct result *refusal) {
    if (!s3_find_bucket(call, input, bucket, refusal)) {
        return false;
    }
    if (!s3_store_find_upload(call->store, bucket->id, input_text(input, "Key"),
                              input_text(input, "UploadId"), call->arena, upload)) {
        *refusal = s3_error(call, S3_NO_SUCH_UPLOAD, "UploadId", input_string(input, "UploadId"), NULL);
        return false;
    }
    return true;
}

static bool is_composite(const char *checksum_type) {
    return checksum_type && strcmp(checksum_type, "COMPOSITE") == 0;
}

/* ---- CreateMultipartUpload ---- */

static bool choose_checksum(struct call *call, struct input input, struct s3_upload *upload,
                            struct result *refusal) {
    const char *name = input_string(input, "ChecksumAlgorithm");
    const char *type = input_string(input, "ChecksumType");
    enum s3_checksum_algorithm algorithm = s3_checksum_of_name(text_of(name));
    if (!name && type) {
        *refusal =
            s3_error_text(call, S3_INVALID_REQUEST,
                          "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm "
                          "header.",
                          NULL);
        return false;
    }
    if (!name) {
        return true;
    }
    if (algorithm == S3_CHECKSUM_NONE) {
        *refusal = s3_error_text(
            call, S3_INVALID_REQUEST,
            "Checksum algorithm provided is unsupported. Please try again with any of the valid "
            "types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
            NULL);
        return false;
    }
    type = type ? type : algorithm == S3_CRC64NVME ? "FULL_OBJECT" : "COMPOSITE";
    if (is_composite(type) ? algorithm == S3_CRC64NVME : !s3_checksum_is_crc(algorithm)) {
        *refusal = s3_error_text(
            call, S3_INVALID_REQUEST,
            arena_printf(call->arena, "The %s checksum type cannot be used with the %s checksum algorithm.",
                         type, s3_checksum_lower_name(algorithm)),
            NULL);
        return false;
    }
    upload->checksum_algorithm = s3_checksum_name(algorithm);
    upload->checksum_type = type;
    return true;
}

struct result s3_create_multipart_upload(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    struct s3_object object = {0};
    struct text tagging = input_text(input, "Tagging");
    char *upload_id = arena_alloc(call->arena, UPLOAD_ID_SIZE + 1);
    struct s3_upload upload = {
        .upload_id = upload_id, .key = input_string(input, "Key"), .initiated_ms = call->now_ms};
    if (!s3_find_bucket(call, input, &bucket, &refusal) ||
        !s3_read_attributes(call, input, &object, &refusal) ||
        !s3_read_acl(call, input, &bucket, &upload.acl, &refusal) ||
        !choose_checksum(call, input, &upload, &refusal) ||
        (tagging.data && !s3_store_tagging_header(call, tagging, 0, &refusal))) {
        return refusal;
    }
    ids_random_string(emulator_ids(call->emulator), IDS_ALPHANUMERIC "._", UPLOAD_ID_SIZE, upload_id);
    upload.storage_class = object.storage_class;
    upload.attributes = object.attributes;
    upload.metadata = object.metadata;
    upload.tagging = arena_text_string(call->arena, tagging);
    s3_store_create_upload(call->store, bucket.id, &upload);
    struct output *out = call_output(call);
    output_string(out, "Bucket", bucket.name);
    output_string(out, "Key", upload.key);
    output_string(out, "UploadId", upload.upload_id);
    s3_write_encryption(call, upload.attributes);
    output_string(out, "ChecksumAlgorithm", upload.checksum_algorithm);
    output_string(out, "ChecksumType", upload.checksum_type);
    return result_output();
}

/* ---- UploadPart, UploadPartCopy ---- */

static bool check_part_number(struct call *call, int64_t number, struct result *refusal) {
    if (number < 1 || number > MAXIMUM_PART_NUMBER) {
        *refusal = s3_error_text(call, S3_INVALID_ARGUMENT,
                                 "Part number must be an integer between 1 and 10000, inclusive",
                                 "ArgumentName", "partNumber", "ArgumentValue",
                                 arena_printf(call->arena, "%lld", (long long)number), NULL);
        return false;
    }
    return true;
}

static bool sends_checksum(struct input input) {
    for (int i = 0; i < S3_CHECKSUM_COUNT; i++) {
        if (input_has(input, s3_checksum_member((enum s3_checksum_algorithm)i))) {
            return true;
        }
    }
    return false;
}

/* Checks what the client sent; keeps the checksum that completing will need. */
static bool read_part_checksum(struct call *call, struct input input, const struct s3_upload *upload,
                               struct text body, struct s3_part *part, const char **sent,
                               struct result *refusal) {
    const char *value;
    bool given = sends_checksum(input);
    *sent = NULL;
    if (!s3_read_checksum(call, input, body, sent, &value, refusal)) {
        return false;
    }
    if (given && upload->checksum_algorithm && strcmp(*sent, upload->checksum_algorithm) != 0) {
        *refusal = s3_error_text(
            call, S3_INVALID_REQUEST,
            arena_printf(call->arena,
                         "Checksum Type mismatch occurred, expected checksum Type: %s, actual checksum "
                         "Type: %s",
                         s3_checksum_lower_name(s3_checksum_of_name(text_of(upload->checksum_algorithm))),
                         s3_checksum_lower_name(s3_checksum_of_name(text_of(*sent)))),
            NULL);
        return false;
    }
    const char *needed = upload->checksum_algorithm ? upload->checksum_algorithm : "CRC64NVME";
    enum s3_checksum_algorithm algorithm = s3_checksum_of_name(text_of(needed));
    part->checksum_algorithm = needed;
    part->checksum = strcmp(needed, *sent) == 0 ? value : s3_checksum(call->arena, algorithm, body);
    if (given) {
        output_string(call_output(call), s3_checksum_member(s3_checksum_of_name(text_of(*sent))), value);
    } else if (upload->checksum_algorithm) {
        output_string(call_output(call), s3_checksum_member(algorithm), part->checksum);
    }
    return true;
}

struct result s3_upload_part(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    struct s3_upload upload;
    struct text body = input_blob(input, "Body");
    const char *sent;
    body = body.data ? body : TEXT("");
    struct s3_part part = {.number = input_integer(input, "PartNumber", 0),
                           .size = (int64_t)body.size,
                           .modified_ms = call->now_ms};
    if (!s3_find_upload(call, input, &bucket, &upload, &refusal) ||
        !check_part_number(call, part.number, &refusal) ||
        !read_part_checksum(call, input, &upload, body, &part, &sent, &refusal)) {
        return refusal;
    }
    part.etag = s3_md5_hex(call, body);
    part.content_id = s3_store_add_content(call->store, body);
    s3_store_put_part(call->store, upload.id, &part);
    output_string(call_output(call), "ETag", s3_quoted(call, part.etag));
    s3_write_encryption(call, upload.attributes);
    return result_output();
}

static bool read_copy_range(struct call *call, struct input input, const struct s3_object *source,
                            int64_t *start, int64_t *length, struct result *refusal) {
    struct text range = input_text(input, "CopySourceRange");
    *start = 0;
    *length = source->size;
    if (!range.data || s3_range_read(range, source->size, start, length) == S3_RANGE_PART) {
        return true;
    }
    *refusal = s3_error_text(
        call, S3_INVALID_ARGUMENT,
        "The x-amz-copy-source-range value must be of the form bytes=first-last where first and "
        "last are the zero-based offsets of the first and last bytes to copy",
        "ArgumentName", "x-amz-copy-source-range", "ArgumentValue", arena_text_string(call->arena, range),
        NULL);
    return false;
}

struct result s3_upload_part_copy(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    struct s3_bucket from;
    struct s3_upload upload;
    struct s3_object source;
    int64_t start;
    struct s3_part part = {.number = input_integer(input, "PartNumber", 0), .modified_ms = call->now_ms};
    if (!s3_find_upload(call, input, &bucket, &upload, &refusal) ||
        !check_part_number(call, part.number, &refusal) ||
        !s3_find_copy_source(call, input, &from, &source, &refusal) ||
        !read_copy_range(call, input, &source, &start, &part.size, &refusal)) {
        return refusal;
    }
    struct strbuf buffer;
    strbuf_init(&buffer, S3_MAXIMUM_OBJECT_BYTES);
    s3_store_read_content(call->store, source.content_id, start, part.size, &buffer);
    struct text body = buffer.data ? strbuf_text(&buffer) : TEXT("");
    part.etag = s3_md5_hex(call, body);
    part.checksum_algorithm = upload.checksum_algorithm ? upload.checksum_algorithm : "CRC64NVME";
    enum s3_checksum_algorithm algorithm = s3_checksum_of_name(text_of(part.checksum_algorithm));
    part.checksum = s3_checksum(call->arena, algorithm, body);
    part.content_id = s3_store_add_content(call->store, body);
    strbuf_release(&buffer);
    s3_store_put_part(call->store, upload.id, &part);
    struct output *out = call_output(call);
    output_begin_structure(out, "CopyPartResult");
    output_string(out, "ETag", s3_quoted(call, part.etag));
    output_timestamp(out, "LastModified", part.modified_ms);
    if (upload.checksum_algorithm) {
        output_string(out, s3_checksum_member(algorithm), part.checksum);
    }
    output_end(out);
    s3_write_encryption(call, upload.attributes);
    if (from.versioning != S3_UNVERSIONED) {
        output_string(out, "CopySourceVersionId", source.version_id);
    }
    return result_output();
}

/* ---- AbortMultipartUpload ---- */

struct result s3_abort_multipart_upload(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    struct s3_upload upload;
    if (!s3_find_upload(call, input, &bucket, &upload, &refusal)) {
        return refusal;
    }
    s3_store_delete_upload(call->store, upload.id);
    return result_output();
}

/* ---- Lists ---- */

static void write_people(struct call *call, const struct s3_bucket *bucket) {
    s3_write_owner(call, "Initiator", bucket->account);
    s3_write_owner(call, "Owner", bucket->account);
}

struct result s3_list_parts(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    struct s3_upload upload;
    struct s3_part part;
    int64_t maximum;
    int64_t marker = input_integer(input, "PartNumberMarker", 0);
    if (!s3_find_upload(call, input, &bucket, &upload, &refusal) ||
        !s3_read_maximum(call, input, "MaxParts", "max-parts", &maximum, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    int64_t room = maximum;
    int64_t last = 0;
    bool truncated = false;
    struct statement *parts = s3_store_parts(call->store, upload.id, marker);
    output_begin_list(out, "Parts");
    while (s3_store_next_part(parts, call->arena, &part)) {
        if (room-- == 0) {
            truncated = true;
            statement_reset(parts);
            break;
        }
        output_begin_structure(out, NULL);
        output_integer(out, "PartNumber", part.number);
        output_timestamp(out, "LastModified", part.modified_ms);
        output_string(out, "ETag", s3_quoted(call, part.etag));
        output_integer(out, "Size", part.size);
        if (upload.checksum_algorithm) {
            output_string(out, s3_checksum_member(s3_checksum_of_name(text_of(upload.checksum_algorithm))),
                          part.checksum);
        }
        output_end(out);
        last = part.number;
    }
    output_end(out);
    output_string(out, "Bucket", bucket.name);
    output_string(out, "Key", upload.key);
    output_string(out, "UploadId", upload.upload_id);
    output_integer(out, "PartNumberMarker", marker);
    output_integer(out, "NextPartNumberMarker", last);
    output_integer(out, "MaxParts", maximum);
    output_boolean(out, "IsTruncated", truncated);
    output_string(out, "StorageClass", upload.storage_class);
    output_string(out, "ChecksumAlgorithm", upload.checksum_algorithm);
    output_string(out, "ChecksumType", upload.checksum_type);
    write_people(call, &bucket);
    return result_output();
}

static void write_upload(struct call *call, struct input input, const struct s3_bucket *bucket,
                         const struct s3_upload *upload) {
    struct output *out = call_output(call);
    output_begin_structure(out, NULL);
    output_string(out, "UploadId", upload->upload_id);
    output_text(out, "Key", s3_encoded(call, input, text_of(upload->key)));
    output_timestamp(out, "Initiated", upload->initiated_ms);
    output_string(out, "StorageClass", upload->storage_class);
    output_string(out, "ChecksumAlgorithm", upload->checksum_algorithm);
    output_string(out, "ChecksumType", upload->checksum_type);
    write_people(call, bucket);
    output_end(out);
}

/* Where the list begins: behind a key, or behind one upload of that key. */
static bool read_upload_markers(struct call *call, struct input input, const struct s3_bucket *bucket,
                                int64_t *after_id, struct result *refusal) {
    struct text key = input_text(input, "KeyMarker");
    struct text upload_id = input_text(input, "UploadIdMarker");
    struct s3_upload upload;
    *after_id = INT64_MAX;
    if (key.size == 0 || upload_id.size == 0) {
        return true; /* an upload marker alone is ignored */
    }
    if (!s3_store_find_upload(call->store, bucket->id, key, upload_id, call->arena, &upload)) {
        *refusal = s3_error_text(call, S3_INVALID_ARGUMENT, "Invalid uploadId marker", "ArgumentName",
                                 "upload-id-marker", "ArgumentValue",
                                 arena_text_string(call->arena, upload_id), NULL);
        return false;
    }
    *after_id = upload.id;
    return true;
}

struct result s3_list_multipart_uploads(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    struct s3_upload upload;
    int64_t maximum;
    int64_t after_id;
    struct text marker = input_text(input, "KeyMarker");
    struct text prefix = input_text(input, "Prefix");
    if (!s3_find_bucket(call, input, &bucket, &refusal) ||
        !s3_read_maximum(call, input, "MaxUploads", "max-uploads", &maximum, &refusal) ||
        !read_upload_markers(call, input, &bucket, &after_id, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    int64_t room = maximum;
    struct s3_upload last = {.key = "", .upload_id = ""};
    bool truncated = false;
    struct statement *uploads = s3_store_uploads(call->store, bucket.id, marker, after_id);
    output_begin_list(out, "Uploads");
    while (s3_store_next_upload(uploads, call->arena, &upload)) {
        if (prefix.data && !text_starts_with(text_of(upload.key), arena_text_string(call->arena, prefix))) {
            continue;
        }
        if (room-- == 0) {
            truncated = true;
            statement_reset(uploads);
            break;
        }
        write_upload(call, input, &bucket, &upload);
        last = upload;
    }
    output_end(out);
    output_string(out, "Bucket", bucket.name);
    output_text(out, "KeyMarker", s3_encoded(call, input, marker.data ? marker : TEXT("")));
    output_text(out, "UploadIdMarker", marker.size > 0 ? input_text(input, "UploadIdMarker") : TEXT(""));
    output_text(out, "NextKeyMarker", s3_encoded(call, input, text_of(last.key)));
    output_string(out, "NextUploadIdMarker", last.upload_id);
    output_text(out, "Prefix", s3_encoded(call, input, prefix));
    output_string(out, "EncodingType", input_string(input, "EncodingType"));
    output_integer(out, "MaxUploads", maximum);
    output_boolean(out, "IsTruncated", truncated);
    return result_output();
}
