/* GetObject and HeadObject. Source: s3-logs-events.md A3; recorded/s3; S3 API reference. */
#include "services/s3/s3.h"
#include "services/s3/s3_conditions.h"

/* The bytes that are asked for. */
struct window {
    int64_t start;
    int64_t length;
    bool partial;         /* 206 */
    const char *checksum; /* of a part; NULL: the object's */
    int64_t parts_count;  /* 0: no part was asked for */
};

static bool read_range(struct call *call, struct input input, const struct s3_object *object,
                       struct window *window, struct result *refusal) {
    struct text range = input_text(input, "Range");
    window->start = 0;
    window->length = object->size;
    if (!range.data) {
        return true;
    }
    switch (s3_range_read(range, object->size, &window->start, &window->length)) {
    case S3_RANGE_UNSATISFIABLE:
        *refusal = s3_error(call, S3_INVALID_RANGE, "ActualObjectSize",
                            arena_printf(call->arena, "%lld", (long long)object->size), "RangeRequested",
                            arena_text_string(call->arena, range), NULL);
        return false;
    case S3_RANGE_PART:
        window->partial = true;
        break;
    case S3_RANGE_NONE:
        break;
    }
    return true;
}

/* Parts are kept as [number, size, checksum]; an object that was not uploaded in parts is one part. */
static bool read_part(struct call *call, int64_t number, const struct s3_object *object,
                      struct window *window, struct result *refusal) {
    const struct json_value *parts = object->parts.data ? json_parse(call->arena, object->parts, NULL) : NULL;
    int64_t position = 0;
    int64_t start = 0;
    window->partial = true;
    window->parts_count = parts ? (int64_t)parts->count : 0;
    for (const struct json_value *part = parts ? parts->child : NULL; part; part = part->next) {
        int64_t size = 0;
        text_to_int64(part->child->next->text, &size);
        if (++position == number) {
            window->start = start;
            window->length = size;
            const struct json_value *checksum = part->child->next->next;
            window->checksum = checksum ? arena_text_string(call->arena, checksum->text) : NULL;
            return true;
        }
        start += size;
    }
    if (!parts && number == 1) {
        window->start = 0;
        window->length = object->size;
        return true;
    }
    *refusal = s3_error(call, S3_INVALID_PART_NUMBER, "PartNumberRequested",
                        arena_printf(call->arena, "%lld", (long long)number), "ActualPartCount",
                        arena_printf(call->arena, "%lld", (long long)(parts ? position : 1)), NULL);
    return false;
}

static bool read_window(struct call *call, struct input input, const struct s3_object *object,
                        struct window *window, struct result *refusal) {
    *window = (struct window){0};
    if (!input_has(input, "PartNumber")) {
        return read_range(call, input, object, window, refusal);
    }
    if (input_has(input, "Range")) {
        *refusal = s3_error_text(call, S3_INVALID_REQUEST,
                                 "Cannot specify both Range header and partNumber query parameter", NULL);
        return false;
    }
    return read_part(call, input_integer(input, "PartNumber", 1), object, window, refusal);
}

static void write_kept(struct output *out, const struct json_value *member, struct input input) {
    char *name = arena_text_string(input.arena, member->key);
    char *overriding = arena_printf(input.arena, "Response%s", name);
    if (shape_member(input.shape, text_of(overriding)) && input_has(input, overriding)) {
        return; /* written by write_overrides() */
    }
    if (strcmp(name, "Expires") == 0) {
        int64_t time_ms = 0;
        text_to_int64(member->text, &time_ms);
        output_timestamp(out, name, time_ms);
    } else if (strcmp(name, "BucketKeyEnabled") == 0) {
        output_boolean(out, name, member->type == JSON_VALUE_TRUE);
    } else if (strcmp(name, "ServerSideEncryption") != 0) {
        output_text(out, name, member->text);
    }
}

/* The response-... parameters of the query. */
static void write_overrides(struct output *out, struct input input) {
    static const char *const names[] = {"CacheControl", "ContentDisposition", "ContentEncoding",
                                        "ContentLanguage", "ContentType"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        output_text(out, names[i], input_text(input, arena_printf(input.arena, "Response%s", names[i])));
    }
    if (input_has(input, "ResponseExpires")) {
        output_timestamp(out, "Expires", input_timestamp(input, "ResponseExpires", 0));
    }
}

static void write_attributes(struct call *call, struct input input, const struct s3_object *object) {
    struct output *out = call_output(call);
    const struct json_value *kept = json_parse(call->arena, object->attributes, NULL);
    for (const struct json_value *member = kept->child; member; member = member->next) {
        write_kept(out, member, input);
    }
    if (!json_find(kept, "ContentType") && !input_has(input, "ResponseContentType")) {
        output_string(out, "ContentType", "binary/octet-stream");
    }
    write_overrides(out, input);
    struct text algorithm = json_find_text(kept, "ServerSideEncryption");
    output_text(out, "ServerSideEncryption", algorithm.data ? algorithm : TEXT("AES256"));
    const struct json_value *metadata = json_parse(call->arena, object->metadata, NULL);
    output_begin_map(out, "Metadata");
    for (const struct json_value *entry = metadata->child; entry; entry = entry->next) {
        output_text(out, arena_text_string(call->arena, entry->key), entry->text);
    }
    output_end(out);
}

static void write_headers(struct call *call, struct input input, const struct s3_bucket *bucket,
                          const struct s3_object *object, const struct window *window) {
    struct output *out = call_output(call);
    output_string(out, "AcceptRanges", "bytes");
    output_timestamp(out, "LastModified", object->modified_ms);
    output_string(out, "ETag", s3_quoted(call, object->etag));
    write_attributes(call, input, object);
    if (strcmp(object->storage_class, "STANDARD") != 0) {
        output_string(out, "StorageClass", object->storage_class);
    }
    s3_write_lock(call, object);
    int64_t tags = s3_store_object_tag_count(call->store, object->id);
    if (tags > 0 && shape_member(call->operation->output, TEXT("TagCount"))) {
        output_integer(out, "TagCount", tags);
    }
    s3_write_version_id(call, bucket, object->version_id);
    bool whole = window->length == object->size;
    if (input_has(input, "ChecksumMode") && (whole || window->checksum)) {
        s3_write_checksum(call, object->checksum_algorithm, object->checksum_type,
                          window->checksum ? window->checksum : object->checksum);
    }
    if (window->parts_count > 0) {
        output_integer(out, "PartsCount", window->parts_count);
    }
    if (window->partial) {
        output_string(out, "ContentRange",
                      arena_printf(call->arena, "bytes %lld-%lld/%lld", (long long)window->start,
                                   (long long)(window->start + window->length - 1), (long long)object->size));
        call->reply.status = 206;
    }
}

/* False: *answer is 304 or 412. */
static bool check_conditions(struct call *call, struct input input, const struct s3_object *object,
                             struct result *answer) {
    struct s3_conditions conditions = {
        .if_match = input_text(input, "IfMatch"),
        .if_none_match = input_text(input, "IfNoneMatch"),
        .if_modified_since_ms = input_timestamp(input, "IfModifiedSince", -1),
        .if_unmodified_since_ms = input_timestamp(input, "IfUnmodifiedSince", -1),
    };
    /* A time in the future says nothing. */
    if (conditions.if_modified_since_ms > call->now_ms) {
        conditions.if_modified_since_ms = -1;
    }
    const char *failed;
    switch (s3_conditions_check(&conditions, object->etag, object->modified_ms, &failed)) {
    case S3_GO_ON:
        return true;
    case S3_FAILED:
        *answer = s3_error(call, S3_PRECONDITION_FAILED, "Condition", failed, NULL);
        return false;
    case S3_NOT_MODIFIED:
        break;
    }
    output_string(call_output(call), "ETag", s3_quoted(call, object->etag));
    output_timestamp(call_output(call), "LastModified", object->modified_ms);
    call->reply.status = 304;
    *answer = result_output();
    return false;
}

/* Archived content has to be restored first. */
static bool check_not_archived(struct call *call, const struct s3_object *object, struct result *refusal) {
    if (strcmp(object->storage_class, "GLACIER") != 0 && strcmp(object->storage_class, "DEEP_ARCHIVE") != 0) {
        return true;
    }
    *refusal = s3_error(call, S3_INVALID_OBJECT_STATE, "StorageClass", object->storage_class, NULL);
    return false;
}

struct result s3_get_object(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    struct s3_object object;
    struct window window;
    if (!s3_find_bucket(call, input, &bucket, &refusal) ||
        !s3_find_object(call, &bucket, input, &object, &refusal) ||
        !check_not_archived(call, &object, &refusal) || !check_conditions(call, input, &object, &refusal) ||
        !read_window(call, input, &object, &window, &refusal)) {
        return refusal;
    }
    write_headers(call, input, &bucket, &object, &window);
    struct strbuf body;
    strbuf_init(&body, S3_MAXIMUM_OBJECT_BYTES);
    s3_store_read_content(call->store, object.content_id, window.start, window.length, &body);
    call_output(call)->body->limit_bytes = S3_MAXIMUM_OBJECT_BYTES; /* replies are smaller elsewhere */
    output_blob(call_output(call), "Body", strbuf_text(&body));
    strbuf_release(&body);
    return result_output();
}

struct result s3_head_object(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    struct s3_object object;
    struct window window;
    if (!s3_find_bucket(call, input, &bucket, &refusal) ||
        !s3_find_object(call, &bucket, input, &object, &refusal) ||
        !check_conditions(call, input, &object, &refusal) ||
        !read_window(call, input, &object, &window, &refusal)) {
        return refusal;
    }
    write_headers(call, input, &bucket, &object, &window);
    call->reply.announced_size = window.length;
    return result_output();
}
