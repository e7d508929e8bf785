/* Tags of objects, and the rules for tags. Source: recorded/s3, test_tagging_validation, test_object_tagging.
 */
#include "services/s3/s3.h"

#define MAXIMUM_BUCKET_TAGS 50
#define MAXIMUM_TAG_KEY 128
#define MAXIMUM_TAG_VALUE 256

/* Letters, digits, blanks and + - = . _ : / @; everything outside ASCII is a letter for us. */
static bool has_tag_letters(struct text text) {
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        bool good = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                    (byte >= '0' && byte <= '9') || byte >= 0x80 || (byte && strchr(" +-=._:/@", byte));
        if (!good) {
            return false;
        }
    }
    return true;
}

static bool check_tag(struct call *call, struct text key, struct text value, bool of_bucket,
                      struct result *refusal) {
    const char *key_string = arena_text_string(call->arena, key);
    /* CloudFormation, which calls from within, does set them. */
    if (call->request && text_starts_with(key, "aws:")) {
        bool creating = strcmp(call->operation->name, "CreateBucket") == 0;
        *refusal = creating
                       ? s3_error_text(
                             call, S3_INVALID_TAG,
                             "User-defined tag keys can't start with \"aws:\". This prefix is reserved for "
                             "system tags. Remove \"aws:\" from your tag keys and try again.",
                             NULL)
                       : s3_error_text(call, S3_INVALID_TAG,
                                       of_bucket ? "System tags cannot be added/updated by requester"
                                                 : "Your TagKey cannot be prefixed with aws:",
                                       "TagKey", key_string, NULL);
        return false;
    }
    if (key.size == 0 || key.size > MAXIMUM_TAG_KEY || !has_tag_letters(key)) {
        *refusal = s3_error_text(call, S3_INVALID_TAG, "The TagKey you have provided is invalid", "TagKey",
                                 key_string, NULL);
        return false;
    }
    if (value.size > MAXIMUM_TAG_VALUE || !has_tag_letters(value)) {
        *refusal = s3_error_text(call, S3_INVALID_TAG, "The TagValue you have provided is invalid", "TagKey",
                                 key_string, "TagValue", arena_text_string(call->arena, value), NULL);
        return false;
    }
    return true;
}

bool s3_check_tag_set(struct call *call, struct input tag_set, bool of_bucket, struct result *refusal) {
    static const struct error_shape bad_request = {.name = "BadRequest", .code = "BadRequest", .status = 400};
    size_t maximum = of_bucket ? MAXIMUM_BUCKET_TAGS : S3_MAXIMUM_OBJECT_TAGS;
    if (input_count(tag_set) > maximum) {
        *refusal = call_error(call, &bad_request, "%s tags cannot be greater than %zu",
                              of_bucket ? "Bucket" : "Object", maximum);
        return false;
    }
    for (struct input tag = input_first(tag_set); tag.value; tag = input_next(tag)) {
        struct text key = input_text(tag, "Key");
        for (struct input other = input_first(tag_set); other.value != tag.value; other = input_next(other)) {
            if (text_same(input_text(other, "Key"), key)) {
                *refusal =
                    s3_error_text(call, S3_INVALID_TAG, "Cannot provide multiple Tags with the same key",
                                  "TagKey", arena_text_string(call->arena, key), NULL);
                return false;
            }
        }
        if (!check_tag(call, key, input_text(tag, "Value"), of_bucket, refusal)) {
            return false;
        }
    }
    return true;
}

/* ---- x-amz-tagging ---- */

static struct text decoded(struct call *call, struct text text) {
    struct strbuf buffer = STRBUF_INIT;
    strbuf_append_unpercent(&buffer, text, true);
    struct text copy = arena_text(call->arena, buffer.data ? strbuf_text(&buffer) : TEXT(""));
    strbuf_release(&buffer);
    return copy;
}

static struct result bad_header(struct call *call, struct text header) {
    return s3_error_text(
        call, S3_INVALID_ARGUMENT,
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
        "without tag name duplicates.",
        "ArgumentName", "x-amz-tagging", "ArgumentValue", arena_text_string(call->arena, header), NULL);
}

bool s3_store_tagging_header(struct call *call, struct text header, int64_t object_id,
                             struct result *refusal) {
    struct text keys[S3_MAXIMUM_OBJECT_TAGS];
    size_t count = 0;
    struct text rest = header;
    while (rest.data && header.size > 0) {
        struct text value = text_cut(&rest, '&');
        struct text key = decoded(call, text_cut(&value, '='));
        value = decoded(call, value.data ? value : TEXT(""));
        bool duplicate = false;
        for (size_t i = 0; i < count; i++) {
            duplicate = duplicate || text_same(keys[i], key);
        }
        if (duplicate || key.size == 0 || count == S3_MAXIMUM_OBJECT_TAGS ||
            text_find_char(value, '=') >= 0) {
            *refusal = bad_header(call, header);
            return false;
        }
        if (!check_tag(call, key, value, false, refusal)) {
            return false;
        }
        keys[count++] = key;
        if (object_id) {
            s3_store_put_object_tag(call->store, object_id, key, value);
        }
    }
    return true;
}

/* ---- Operations ---- */

struct result s3_put_object_tagging(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    struct s3_object object;
    struct input tags = input_list(input_structure(input, "Tagging"), "TagSet");
    if (!s3_find_bucket(call, input, &bucket, &refusal) ||
        !s3_find_object(call, &bucket, input, &object, &refusal) ||
        !s3_check_tag_set(call, tags, false, &refusal)) {
        return refusal;
    }
    s3_store_delete_object_tags(call->store, object.id);
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        s3_store_put_object_tag(call->store, object.id, input_text(tag, "Key"), input_text(tag, "Value"));
    }
    s3_write_version_id(call, &bucket, object.version_id);
    s3_notify(call, &bucket, "ObjectTagging:Put", &object);
    return result_output();
}

struct result s3_get_object_tagging(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    struct s3_object object;
    if (!s3_find_bucket(call, input, &bucket, &refusal) ||
        !s3_find_object(call, &bucket, input, &object, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    s3_write_version_id(call, &bucket, object.version_id);
    struct statement *tags = s3_store_object_tags(call->store, object.id);
    output_begin_list(out, "TagSet");
    while (statement_step(tags)) {
        output_begin_structure(out, NULL);
        output_text(out, "Key", statement_text(tags, 0));
        output_text(out, "Value", statement_text(tags, 1));
        output_end(out);
    }
    output_end(out);
    return result_output();
}

struct result s3_delete_object_tagging(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    struct s3_object object;
    if (!s3_find_bucket(call, input, &bucket, &refusal) ||
        !s3_find_object(call, &bucket, input, &object, &refusal)) {
        return refusal;
    }
    s3_store_delete_object_tags(call->store, object.id);
    s3_write_version_id(call, &bucket, object.version_id);
    s3_notify(call, &bucket, "ObjectTagging:Delete", &object);
    return result_output();
}
