/* GetObjectAttributes. Source: recorded/s3, test_list_parts_via_object_attrs_pagination and others. */
#include "services/s3/s3.h"

#define DEFAULT_PARTS 1000

static bool is_wanted(struct input input, const char *attribute) {
    struct input attributes = input_list(input, "ObjectAttributes");
    for (struct input one = input_first(attributes); one.value; one = input_next(one)) {
        if (text_equals(input_as_text(one), attribute)) {
            return true;
        }
    }
    return false;
}

static void write_checksum(struct call *call, const struct s3_object *object) {
    struct output *out = call_output(call);
    struct text value = text_of(object->checksum);
    if (strcmp(object->checksum_type, "COMPOSITE") == 0) {
        value = text_cut(&value, '-'); /* here AWS leaves out how many parts there are */
    }
    output_begin_structure(out, "Checksum");
    output_text(out, s3_checksum_member(s3_checksum_of_name(text_of(object->checksum_algorithm))), value);
    output_string(out, "ChecksumType", object->checksum_type);
    output_end(out);
}

static void write_part(struct call *call, const struct s3_object *object, const struct json_value *part) {
    struct output *out = call_output(call);
    int64_t number = 0;
    int64_t size = 0;
    text_to_int64(part->child->text, &number);
    text_to_int64(part->child->next->text, &size);
    output_begin_structure(out, NULL);
    output_integer(out, "PartNumber", number);
    output_integer(out, "Size", size);
    output_text(out, s3_checksum_member(s3_checksum_of_name(text_of(object->checksum_algorithm))),
                part->child->next->next->text);
    output_end(out);
}

/* Single parts are only told of where each has a checksum of its own that counts: COMPOSITE. */
static void write_parts(struct call *call, struct input input, const struct s3_object *object) {
    struct output *out = call_output(call);
    const struct json_value *parts = json_parse(call->arena, object->parts, NULL);
    int64_t marker = input_integer(input, "PartNumberMarker", 0);
    int64_t maximum = input_integer(input, "MaxParts", DEFAULT_PARTS);
    int64_t room = maximum;
    int64_t last = 0;
    bool truncated = false;
    output_begin_structure(out, "ObjectParts");
    output_integer(out, "TotalPartsCount", (int64_t)parts->count);
    if (strcmp(object->checksum_type, "COMPOSITE") == 0) {
        output_begin_list(out, "Parts");
        for (const struct json_value *part = parts->child; part && !truncated; part = part->next) {
            int64_t number = 0;
            text_to_int64(part->child->text, &number);
            if (number <= marker) {
                continue;
            }
            truncated = room-- == 0;
            if (!truncated) {
                write_part(call, object, part);
                last = number;
            }
        }
        output_end(out);
        output_integer(out, "PartNumberMarker", marker);
        output_integer(out, "NextPartNumberMarker", last);
        output_integer(out, "MaxParts", maximum);
        output_boolean(out, "IsTruncated", truncated);
    }
    output_end(out);
}

struct result s3_get_object_attributes(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    struct s3_object object;
    if (!s3_find_bucket(call, input, &bucket, &refusal) ||
        !s3_find_object(call, &bucket, input, &object, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    output_timestamp(out, "LastModified", object.modified_ms);
    s3_write_version_id(call, &bucket, object.version_id);
    if (is_wanted(input, "ETag")) {
        output_string(out, "ETag", object.etag);
    }
    if (is_wanted(input, "Checksum") && object.checksum_algorithm) {
        write_checksum(call, &object);
    }
    if (is_wanted(input, "ObjectParts") && object.parts.data) {
        write_parts(call, input, &object);
    }
    if (is_wanted(input, "StorageClass")) {
        output_string(out, "StorageClass", object.storage_class);
    }
    if (is_wanted(input, "ObjectSize")) {
        output_integer(out, "ObjectSize", object.size);
    }
    return result_output();
}
