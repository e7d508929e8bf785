/*
 * Lists of objects and versions. Keys that share a prefix up to a delimiter become one common prefix; the
 * reading then starts again behind them, so that a list costs what it shows, not what it hides.
 * Source: s3-logs-events.md A3; recorded/s3, test_s3_list_operations.
 */
#include "emulator/base/crypto.h"
#include "services/s3/s3.h"

#define DEFAULT_MAXIMUM 1000

struct text s3_encoded(struct call *call, struct input input, struct text text) {
    if (!text.data || !input_has(input, "EncodingType")) {
        return text;
    }
    struct strbuf buffer = STRBUF_INIT;
    strbuf_append_percent(&buffer, text, "/");
    struct text copy = arena_text(call->arena, buffer.data ? strbuf_text(&buffer) : TEXT(""));
    strbuf_release(&buffer);
    return copy;
}

bool s3_read_maximum(struct call *call, struct input input, const char *member, const char *argument,
                     int64_t *maximum, struct result *refusal) {
    *maximum = input_integer(input, member, DEFAULT_MAXIMUM);
    if (*maximum < 0 || *maximum > INT32_MAX) {
        *refusal = s3_error_text(
            call, S3_INVALID_ARGUMENT,
            arena_printf(call->arena, "Argument %s must be an integer between 0 and 2147483647", argument),
            "ArgumentName", argument, "ArgumentValue", arena_printf(call->arena, "%lld", (long long)*maximum),
            NULL);
        return false;
    }
    *maximum = *maximum < DEFAULT_MAXIMUM ? *maximum : DEFAULT_MAXIMUM;
    return true;
}

/* ---- The walk ---- */

struct walk {
    struct call *call;
    struct input input;
    struct s3_bucket bucket;
    struct text prefix;
    struct text delimiter; /* absent: none */
    struct text after;     /* keys (and common prefixes) up to here are not shown */
    int64_t after_id;      /* versions of `after`: older than this */
    bool versions;
    int64_t maximum;
    int64_t shown;
    bool truncated;
    struct text last; /* what was shown last: a key or a common prefix */
    const char *last_version_id;
    struct text *common; /* common prefixes, to be written after the objects */
    size_t common_count;
};

static bool has_prefix(struct text text, struct text prefix) {
    return prefix.size == 0 || text_same(text_slice(text, 0, prefix.size), prefix);
}

/* The key up to the first delimiter behind the prefix; absent: no common prefix. */
static struct text common_prefix_of(const struct walk *walk, struct text key) {
    if (walk->delimiter.size == 0) {
        return TEXT_NONE;
    }
    struct text rest = text_slice(key, walk->prefix.size, key.size);
    const char *found =
        rest.size ? memmem(rest.data, rest.size, walk->delimiter.data, walk->delimiter.size) : NULL;
    return found ? text_slice(key, 0, (size_t)(found - key.data) + walk->delimiter.size) : TEXT_NONE;
}

/* A text that sorts behind every key with this beginning: keys are UTF-8 and hold no 0xff. */
static struct text behind(struct call *call, struct text prefix) {
    return text_of(arena_printf(call->arena, "%.*s\xff", TEXT_ARGUMENTS(prefix)));
}

static struct statement *open_walk(struct walk *walk, struct text after) {
    return walk->versions ? s3_store_versions(walk->call->store, walk->bucket.id, after, walk->after_id)
                          : s3_store_objects(walk->call->store, walk->bucket.id, after);
}

/* The place just before the first key with the prefix, or behind what was shown before. */
static struct text start_of(struct walk *walk) {
    struct text after = walk->after.data ? walk->after : TEXT("");
    if (text_compare(after, walk->prefix) >= 0 || walk->prefix.size == 0) {
        struct text common = has_prefix(after, walk->prefix) ? common_prefix_of(walk, after) : TEXT_NONE;
        return common.data && text_same(common, after) ? behind(walk->call, common) : after;
    }
    char *before = arena_text_string(walk->call->arena, walk->prefix);
    size_t size = walk->prefix.size;
    /* The largest text below the prefix that any key could have as its beginning: its last byte less one. */
    before[size - 1] = (char)(before[size - 1] - 1);
    return text_of(arena_printf(walk->call->arena, "%.*s\xff", (int)size, before));
}

static bool next(struct walk *walk, struct statement **rows, struct s3_object *object) {
    while (s3_store_next_object(*rows, walk->call->arena, object)) {
        struct text key = text_of(object->key);
        if (!has_prefix(key, walk->prefix)) {
            if (text_compare(key, walk->prefix) > 0) {
                statement_reset(*rows);
                return false;
            }
            continue;
        }
        if (walk->shown == walk->maximum) {
            walk->truncated = walk->maximum > 0;
            statement_reset(*rows);
            return false;
        }
        walk->shown++;
        struct text common = common_prefix_of(walk, key);
        if (!common.data) {
            walk->last = key;
            walk->last_version_id = object->version_id;
            return true;
        }
        walk->common[walk->common_count++] = common;
        walk->last = common;
        walk->last_version_id = NULL;
        statement_reset(*rows);
        walk->after_id = 0;
        *rows = open_walk(walk, behind(walk->call, common));
    }
    return false;
}

static bool start_walk(struct walk *walk, struct call *call, struct input input, struct result *refusal) {
    struct text delimiter = input_text(input, "Delimiter");
    struct text prefix = input_text(input, "Prefix");
    walk->call = call;
    walk->input = input;
    walk->prefix = prefix.data ? prefix : TEXT("");
    walk->delimiter = delimiter.size > 0 ? delimiter : TEXT_NONE;
    if (!s3_find_bucket(call, input, &walk->bucket, refusal) ||
        !s3_read_maximum(call, input, "MaxKeys", "max-keys", &walk->maximum, refusal)) {
        return false;
    }
    walk->common = arena_alloc(call->arena, ((size_t)walk->maximum + 1) * sizeof(*walk->common));
    return true;
}

/* ---- Writing ---- */

static void write_summary(struct walk *walk, const struct s3_object *object) {
    struct output *out = call_output(walk->call);
    output_text(out, "Key", s3_encoded(walk->call, walk->input, text_of(object->key)));
    output_timestamp(out, "LastModified", object->modified_ms);
    output_string(out, "ETag", s3_quoted(walk->call, object->etag));
    if (object->checksum_algorithm) {
        output_begin_list(out, "ChecksumAlgorithm");
        output_string(out, NULL, object->checksum_algorithm);
        output_end(out);
        output_string(out, "ChecksumType", object->checksum_type);
    }
    output_integer(out, "Size", object->size);
    output_string(out, "StorageClass", object->storage_class);
}

static void write_objects(struct walk *walk, bool owner) {
    struct output *out = call_output(walk->call);
    struct s3_object object;
    output_begin_list(out, "Contents");
    struct statement *rows = open_walk(walk, start_of(walk));
    while (next(walk, &rows, &object)) {
        output_begin_structure(out, NULL);
        write_summary(walk, &object);
        if (owner) {
            s3_write_owner(walk->call, "Owner", walk->bucket.account);
        }
        output_end(out);
    }
    output_end(out);
}

static void write_frame(struct walk *walk) {
    struct output *out = call_output(walk->call);
    output_string(out, "Name", walk->bucket.name);
    output_text(out, "Prefix", s3_encoded(walk->call, walk->input, walk->prefix));
    output_text(out, "Delimiter", s3_encoded(walk->call, walk->input, walk->delimiter));
    output_integer(out, "MaxKeys", walk->maximum);
    output_string(out, "EncodingType", input_string(walk->input, "EncodingType"));
    output_boolean(out, "IsTruncated", walk->truncated);
    output_begin_list(out, "CommonPrefixes");
    for (size_t i = 0; i < walk->common_count; i++) {
        output_begin_structure(out, NULL);
        output_text(out, "Prefix", s3_encoded(walk->call, walk->input, walk->common[i]));
        output_end(out);
    }
    output_end(out);
}

/* ---- Operations ---- */

struct result s3_list_objects(struct call *call, struct input input) {
    struct result refusal;
    struct walk walk = {.after = input_text(input, "Marker")};
    if (!start_walk(&walk, call, input, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    write_objects(&walk, true);
    write_frame(&walk);
    output_text(out, "Marker", s3_encoded(call, input, walk.after.data ? walk.after : TEXT("")));
    if (walk.truncated && walk.delimiter.data) {
        output_text(out, "NextMarker", s3_encoded(call, input, walk.last));
    }
    return result_output();
}

/* Continuation tokens are the last key or prefix, in base64. */
static const char *make_token(struct call *call, struct text last) {
    struct strbuf token = STRBUF_INIT;
    crypto_append_base64(&token, last);
    const char *copy = arena_strdup(call->arena, token.data);
    strbuf_release(&token);
    return copy;
}

static bool read_token(struct call *call, struct text token, struct text *after, struct result *refusal) {
    struct strbuf bytes = STRBUF_INIT;
    bool good = token.size > 0 && crypto_append_unbase64(&bytes, token) && bytes.size > 0;
    *after = good ? arena_text(call->arena, strbuf_text(&bytes)) : TEXT_NONE;
    strbuf_release(&bytes);
    if (!good) {
        *refusal = s3_error_text(call, S3_INVALID_ARGUMENT, "The continuation token provided is incorrect",
                                 "ArgumentName", "continuation-token", NULL);
    }
    return good;
}

struct result s3_list_objects_v2(struct call *call, struct input input) {
    struct result refusal;
    struct text token = input_text(input, "ContinuationToken");
    struct text start_after = input_text(input, "StartAfter");
    struct walk walk = {.after = start_after};
    if (!start_walk(&walk, call, input, &refusal) ||
        (token.data && !read_token(call, token, &walk.after, &refusal))) {
        return refusal;
    }
    struct output *out = call_output(call);
    write_objects(&walk, input_boolean(input, "FetchOwner", false));
    write_frame(&walk);
    output_integer(out, "KeyCount", walk.shown);
    output_text(out, "ContinuationToken", token);
    output_text(out, "StartAfter", s3_encoded(call, input, start_after));
    if (walk.truncated) {
        output_string(out, "NextContinuationToken", make_token(call, walk.last));
    }
    return result_output();
}

/* The version marker names a version of the key marker; the list goes on behind it. */
static bool read_markers(struct walk *walk, struct result *refusal) {
    struct call *call = walk->call;
    struct s3_object object;
    const char *version_id = input_string(walk->input, "VersionIdMarker");
    if (!version_id || !*version_id) {
        return true;
    }
    if (!walk->after.data) {
        *refusal = s3_error_text(call, S3_INVALID_ARGUMENT,
                                 "A version-id marker cannot be specified without a key marker.",
                                 "ArgumentName", "version-id-marker", "ArgumentValue", version_id, NULL);
        return false;
    }
    if (s3_store_find_object(call->store, walk->bucket.id, walk->after, version_id, call->arena, &object)) {
        walk->after_id = object.id;
    }
    return true;
}

/* Versions and delete markers are two lists of one order: markers are kept aside while versions are written.
 */
static void write_versions(struct walk *walk) {
    struct output *out = call_output(walk->call);
    struct s3_object object;
    struct s3_object *markers =
        arena_alloc(walk->call->arena, ((size_t)walk->maximum + 1) * sizeof(*markers));
    size_t marker_count = 0;
    output_begin_list(out, "Versions");
    struct statement *rows = open_walk(walk, start_of(walk));
    while (next(walk, &rows, &object)) {
        if (object.is_delete_marker) {
            markers[marker_count++] = object;
            continue;
        }
        output_begin_structure(out, NULL);
        write_summary(walk, &object);
        output_string(out, "VersionId", object.version_id);
        output_boolean(out, "IsLatest", object.is_latest);
        s3_write_owner(walk->call, "Owner", walk->bucket.account);
        output_end(out);
    }
    output_end(out);
    output_begin_list(out, "DeleteMarkers");
    for (size_t i = 0; i < marker_count; i++) {
        output_begin_structure(out, NULL);
        output_text(out, "Key", s3_encoded(walk->call, walk->input, text_of(markers[i].key)));
        output_string(out, "VersionId", markers[i].version_id);
        output_boolean(out, "IsLatest", markers[i].is_latest);
        output_timestamp(out, "LastModified", markers[i].modified_ms);
        s3_write_owner(walk->call, "Owner", walk->bucket.account);
        output_end(out);
    }
    output_end(out);
}

struct result s3_list_object_versions(struct call *call, struct input input) {
    struct result refusal;
    struct walk walk = {.after = input_text(input, "KeyMarker"), .versions = true};
    const char *version_id_marker = input_string(input, "VersionIdMarker");
    if (!start_walk(&walk, call, input, &refusal) || !read_markers(&walk, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    write_versions(&walk);
    write_frame(&walk);
    output_text(out, "KeyMarker", s3_encoded(call, input, walk.after.data ? walk.after : TEXT("")));
    output_string(out, "VersionIdMarker", version_id_marker ? version_id_marker : "");
    if (walk.truncated) {
        output_text(out, "NextKeyMarker", s3_encoded(call, input, walk.last));
        output_string(out, "NextVersionIdMarker", walk.last_version_id);
    }
    return result_output();
}
