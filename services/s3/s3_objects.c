/* Putting objects, and what comes with them. Source: s3-logs-events.md A3; recorded/s3; S3 API reference. */
#include "emulator/base/crypto.h"
#include "emulator/base/ids.h"
#include "emulator/core/emulator.h"
#include "services/s3/s3.h"
#include "services/s3/s3_conditions.h"

#define MAXIMUM_KEY_BYTES 1024
#define MAXIMUM_METADATA_BYTES 2048
#define VERSION_ID_SIZE 32
#define VERSION_SEAL_SIZE 6

/* Members that are kept as they came and given back with the object. */
static const char *const kept_members[] = {
    "CacheControl", "ContentDisposition",      "ContentEncoding",      "ContentLanguage", "ContentType",
    "SSEKMSKeyId",  "WebsiteRedirectLocation", "ServerSideEncryption", "Expires",         "BucketKeyEnabled",
};

/* ---- Finding ---- */

const char *s3_quoted(struct call *call, const char *etag) {
    return arena_printf(call->arena, "\"%s\"", etag);
}

static void add_marker_headers(struct call *call, const struct s3_object *object) {
    http_reply_add_header(&call->reply, "x-amz-delete-marker", TEXT("true"));
    http_reply_add_header(&call->reply, "x-amz-version-id", text_of(object->version_id));
}

bool s3_find_object(struct call *call, const struct s3_bucket *bucket, struct input input,
                    struct s3_object *object, struct result *refusal) {
    struct text key = input_text(input, "Key");
    const char *version_id = input_string(input, "VersionId");
    const char *key_string = arena_text_string(call->arena, key);
    if (!s3_store_find_object(call->store, bucket->id, key, version_id, call->arena, object)) {
        *refusal = version_id ? s3_no_such_version(call, key_string, version_id)
                              : s3_error(call, S3_NO_SUCH_KEY, "Key", key_string, NULL);
        return false;
    }
    if (object->is_delete_marker) {
        *refusal = version_id ? s3_error(call, S3_METHOD_NOT_ALLOWED, "Method",
                                         arena_strdup(call->arena, call->operation->http_method),
                                         "ResourceType", "DeleteMarker", NULL)
                              : s3_error(call, S3_NO_SUCH_KEY, "Key", key_string, NULL);
        add_marker_headers(call, object);
        if (version_id) {
            http_reply_add_header(&call->reply, "Allow", TEXT("DELETE"));
        }
        return false;
    }
    return true;
}

/* The last characters of a version id tell whether S3 made it: AWS refuses those that it did not. */
static void seal_version_id(char *id) {
    static const char alphabet[] = IDS_ALPHANUMERIC "._";
    unsigned char digest[DIGEST_MAXIMUM_SIZE];
    crypto_digest(DIGEST_SHA256, (struct text){id, VERSION_ID_SIZE - VERSION_SEAL_SIZE}, digest);
    for (size_t i = 0; i < VERSION_SEAL_SIZE; i++) {
        id[VERSION_ID_SIZE - VERSION_SEAL_SIZE + i] = alphabet[digest[i] % (sizeof alphabet - 1)];
    }
}

bool s3_version_id_was_made(const char *version_id) {
    char id[VERSION_ID_SIZE + 1];
    if (strcmp(version_id, S3_NULL_VERSION) == 0) {
        return true;
    }
    if (strlen(version_id) != VERSION_ID_SIZE) {
        return false;
    }
    memcpy(id, version_id, sizeof id);
    seal_version_id(id);
    return strcmp(id, version_id) == 0;
}

struct result s3_no_such_version(struct call *call, const char *key, const char *version_id) {
    if (s3_version_id_was_made(version_id)) {
        return s3_error(call, S3_NO_SUCH_VERSION, "Key", key, "VersionId", version_id, NULL);
    }
    return s3_error_text(call, S3_INVALID_ARGUMENT, "Invalid version id specified", "ArgumentName",
                         "versionId", "ArgumentValue", version_id, NULL);
}

const char *s3_new_version_id(struct call *call, const struct s3_bucket *bucket) {
    if (bucket->versioning != S3_VERSIONING_ENABLED) {
        return S3_NULL_VERSION;
    }
    char *id = arena_alloc(call->arena, VERSION_ID_SIZE + 1);
    ids_random_string(emulator_ids(call->emulator), IDS_ALPHANUMERIC "._", VERSION_ID_SIZE, id);
    seal_version_id(id);
    return id;
}

void s3_write_version_id(struct call *call, const struct s3_bucket *bucket, const char *version_id) {
    if (bucket->versioning != S3_UNVERSIONED) {
        output_string(call_output(call), "VersionId", version_id);
    }
}

/* ---- What comes with an object ---- */

/* Refused: pretending to encrypt or to lock would be a lie. Uploads in parts take the bucket's default lock.
 */
static bool check_unsupported(struct call *call, struct input input, struct result *refusal) {
    static const struct {
        const char *member;
        const char *header;
    } rows[] = {{"SSECustomerAlgorithm", "x-amz-server-side-encryption-customer-algorithm"},
                {"SSECustomerKey", "x-amz-server-side-encryption-customer-key"},
                {"ObjectLockMode", "x-amz-object-lock-mode"},
                {"ObjectLockLegalHoldStatus", "x-amz-object-lock-legal-hold"},
                {"WriteOffsetBytes", "x-amz-write-offset-bytes"}};
    bool locks_later = strcmp(call->operation->name, "CreateMultipartUpload") == 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if ((locks_later || strncmp(rows[i].member, "ObjectLock", 10) != 0) &&
            shape_member(input.shape, text_of(rows[i].member)) && input_has(input, rows[i].member)) {
            *refusal = s3_error(call, S3_NOT_IMPLEMENTED, "Header", rows[i].header, NULL);
            return false;
        }
    }
    return true;
}

static void write_kept_member(struct strbuf *json, struct input input, const char *member) {
    const struct json_value *value = input_value(input, member);
    strbuf_append_char(json, json->size > 1 ? ',' : '{');
    json_write_string(json, text_of(member));
    strbuf_append_char(json, ':');
    if (strcmp(member, "Expires") == 0) {
        strbuf_append_int64(json, input_timestamp(input, member, 0));
    } else {
        json_write(json, value);
    }
}

static struct text attributes_of(struct call *call, struct input input) {
    struct strbuf json = STRBUF_INIT;
    for (size_t i = 0; i < sizeof(kept_members) / sizeof(kept_members[0]); i++) {
        if (shape_member(input.shape, text_of(kept_members[i])) && input_has(input, kept_members[i])) {
            write_kept_member(&json, input, kept_members[i]);
        }
    }
    strbuf_append_string(&json, json.size > 0 ? "}" : "{}");
    struct text text = arena_text(call->arena, strbuf_text(&json));
    strbuf_release(&json);
    return text;
}

static bool read_metadata(struct call *call, struct input input, struct text *metadata,
                          struct result *refusal) {
    static const struct error_shape too_large = {
        .name = "MetadataTooLarge", .code = "MetadataTooLarge", .status = 400};
    struct input map = input_map(input, "Metadata");
    size_t size = 0;
    for (struct input entry = input_first(map); entry.value; entry = input_next(entry)) {
        size += input_key(entry).size + input_as_text(entry).size;
    }
    if (size > MAXIMUM_METADATA_BYTES) {
        *refusal =
            call_error(call, &too_large, "Your metadata headers exceed the maximum allowed metadata size");
        return false;
    }
    struct strbuf json = STRBUF_INIT;
    if (map.value) {
        json_write(&json, map.value);
    }
    *metadata = arena_text(call->arena, map.value ? strbuf_text(&json) : TEXT("{}"));
    strbuf_release(&json);
    return true;
}

bool s3_read_attributes(struct call *call, struct input input, struct s3_object *object,
                        struct result *refusal) {
    const char *storage_class = input_string(input, "StorageClass");
    if (!check_unsupported(call, input, refusal) || !read_metadata(call, input, &object->metadata, refusal)) {
        return false;
    }
    object->storage_class = storage_class ? storage_class : "STANDARD";
    object->attributes = attributes_of(call, input);
    return true;
}

void s3_write_encryption(struct call *call, struct text attributes) {
    static const char *const members[] = {"SSEKMSKeyId"};
    struct output *out = call_output(call);
    const struct json_value *kept = json_parse(call->arena, attributes, NULL);
    struct text algorithm = json_find_text(kept, "ServerSideEncryption");
    output_text(out, "ServerSideEncryption", algorithm.data ? algorithm : TEXT("AES256"));
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (shape_member(call->operation->output, text_of(members[i]))) {
            output_text(out, members[i], json_find_text(kept, members[i]));
        }
    }
    const struct json_value *bucket_key = json_find(kept, "BucketKeyEnabled");
    if (bucket_key && shape_member(call->operation->output, TEXT("BucketKeyEnabled"))) {
        output_boolean(out, "BucketKeyEnabled", bucket_key->type == JSON_VALUE_TRUE);
    }
}

/* ---- Checksums ---- */

static bool check_content_md5(struct call *call, struct input input, struct text body,
                              struct result *refusal) {
    unsigned char digest[DIGEST_MAXIMUM_SIZE];
    struct text md5 = input_text(input, "ContentMD5");
    if (!md5.data) {
        return true;
    }
    struct strbuf raw = STRBUF_INIT;
    bool valid = crypto_append_unbase64(&raw, md5) && raw.size == 16;
    bool equal = valid && crypto_digest(DIGEST_MD5, body, digest) == 16 && memcmp(raw.data, digest, 16) == 0;
    strbuf_release(&raw);
    if (!equal) {
        *refusal = s3_error(call, valid ? S3_BAD_DIGEST : S3_INVALID_DIGEST, NULL);
    }
    return equal;
}

bool s3_read_checksum(struct call *call, struct input input, struct text body, const char **algorithm,
                      const char **value, struct result *refusal) {
    enum s3_checksum_algorithm chosen = s3_checksum_of_name(input_text(input, "ChecksumAlgorithm"));
    struct text given = TEXT_NONE;
    for (int i = 0; i < S3_CHECKSUM_COUNT; i++) {
        struct text header = input_text(input, s3_checksum_member((enum s3_checksum_algorithm)i));
        if (header.data) {
            chosen = (enum s3_checksum_algorithm)i;
            given = header;
        }
    }
    if (!check_content_md5(call, input, body, refusal)) {
        return false;
    }
    chosen = chosen == S3_CHECKSUM_NONE ? S3_CRC64NVME : chosen;
    if (given.data && !s3_checksum_is_valid(chosen, given)) {
        *refusal = s3_error_text(call, S3_INVALID_REQUEST,
                                 arena_printf(call->arena, "Value for x-amz-checksum-%s header is invalid.",
                                              s3_checksum_lower_name(chosen)),
                                 NULL);
        return false;
    }
    *algorithm = s3_checksum_name(chosen);
    *value = s3_checksum(call->arena, chosen, body);
    if (given.data && !text_equals(given, *value)) {
        *refusal = s3_error_text(call, S3_BAD_DIGEST,
                                 arena_printf(call->arena,
                                              "The %s you specified did not match the calculated checksum.",
                                              *algorithm),
                                 NULL);
        return false;
    }
    return true;
}

void s3_write_checksum(struct call *call, const char *algorithm, const char *type, const char *value) {
    if (algorithm) {
        enum s3_checksum_algorithm known = s3_checksum_of_name(text_of(algorithm));
        output_string(call_output(call), s3_checksum_member(known), value);
        output_string(call_output(call), "ChecksumType", type);
    }
}

/* ---- PutObject ---- */

bool s3_check_write_conditions(struct call *call, const struct s3_bucket *bucket, struct input input,
                               struct result *refusal) {
    struct text if_match = input_text(input, "IfMatch");
    struct text if_none_match = input_text(input, "IfNoneMatch");
    struct s3_object object;
    if (!if_match.data && !if_none_match.data) {
        return true;
    }
    struct text key = input_text(input, "Key");
    bool exists = s3_store_find_object(call->store, bucket->id, key, NULL, call->arena, &object) &&
                  !object.is_delete_marker;
    if (if_none_match.data && !text_equals(text_trim(if_none_match), "*")) {
        *refusal = s3_error_text(call, S3_NOT_IMPLEMENTED,
                                 "A header you provided implies functionality that is not implemented",
                                 "Header", "If-None-Match", NULL);
        return false;
    }
    if (if_match.data && !exists) {
        *refusal = s3_error(call, S3_NO_SUCH_KEY, "Key", arena_text_string(call->arena, key), NULL);
        return false;
    }
    if ((if_none_match.data && exists) || (if_match.data && !s3_etag_matches(if_match, object.etag))) {
        *refusal = s3_error(call, S3_PRECONDITION_FAILED, "Condition",
                            if_match.data ? "If-Match" : "If-None-Match", NULL);
        return false;
    }
    return true;
}

const char *s3_md5_hex(struct call *call, struct text data) {
    struct strbuf hex = STRBUF_INIT;
    crypto_append_digest_hex(&hex, DIGEST_MD5, data);
    const char *copy = arena_strdup(call->arena, hex.data);
    strbuf_release(&hex);
    return copy;
}

static bool check_key(struct call *call, struct text key, struct result *refusal) {
    if (key.size > MAXIMUM_KEY_BYTES) {
        *refusal = s3_error(call, S3_KEY_TOO_LONG, "Size", arena_printf(call->arena, "%zu", key.size),
                            "MaxSizeAllowed", "1024", NULL);
        return false;
    }
    return true;
}

struct result s3_put_object(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    struct text body = input_blob(input, "Body");
    struct text tagging = input_text(input, "Tagging");
    body = body.data ? body : TEXT("");
    struct s3_object object = {
        .key = input_string(input, "Key"),
        .size = (int64_t)body.size,
        .modified_ms = call->now_ms,
        .checksum_type = "FULL_OBJECT",
    };
    if (!s3_find_bucket(call, input, &bucket, &refusal) ||
        !check_key(call, input_text(input, "Key"), &refusal) ||
        !s3_check_write_conditions(call, &bucket, input, &refusal) ||
        !s3_read_attributes(call, input, &object, &refusal) ||
        !s3_read_lock(call, input, &bucket, &object, &refusal) ||
        !s3_read_acl(call, input, &bucket, &object.acl, &refusal) ||
        !s3_read_checksum(call, input, body, &object.checksum_algorithm, &object.checksum, &refusal)) {
        return refusal;
    }
    object.version_id = s3_new_version_id(call, &bucket);
    object.etag = s3_md5_hex(call, body);
    object.content_id = s3_store_add_content(call->store, body);
    s3_store_put_object(call->store, bucket.id, &object);
    if (tagging.data && !s3_store_tagging_header(call, tagging, object.id, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    output_string(out, "ETag", s3_quoted(call, object.etag));
    s3_write_encryption(call, object.attributes);
    s3_write_checksum(call, object.checksum_algorithm, object.checksum_type, object.checksum);
    s3_write_version_id(call, &bucket, object.version_id);
    s3_notify(call, &bucket, "ObjectCreated:Put", &object);
    return result_output();
}
