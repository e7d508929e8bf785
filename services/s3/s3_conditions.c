#include "services/s3/s3_conditions.h"

#include <string.h>

static struct text without_quotes(struct text text) {
    text = text_trim(text);
    if (text_starts_with(text, "W/")) {
        text = text_slice(text, 2, text.size);
    }
    if (text.size >= 2 && text.data[0] == '"' && text.data[text.size - 1] == '"') {
        return text_slice(text, 1, text.size - 2);
    }
    return text;
}

bool s3_etag_matches(struct text header, const char *etag) {
    struct text rest = header;
    while (rest.data) {
        struct text one = without_quotes(text_cut(&rest, ','));
        if (text_equals(one, "*") || text_equals(one, etag)) {
            return true;
        }
    }
    return false;
}

enum s3_verdict s3_conditions_check(const struct s3_conditions *conditions, const char *etag,
                                    int64_t modified_ms, const char **failed) {
    int64_t modified_s = modified_ms / 1000;
    if (conditions->if_match.data) {
        *failed = "If-Match";
        if (!s3_etag_matches(conditions->if_match, etag)) {
            return S3_FAILED;
        }
    } else if (conditions->if_unmodified_since_ms >= 0 &&
               modified_s > conditions->if_unmodified_since_ms / 1000) {
        *failed = "If-Unmodified-Since";
        return S3_FAILED;
    }
    if (conditions->if_none_match.data) {
        *failed = "If-None-Match";
        return s3_etag_matches(conditions->if_none_match, etag) ? S3_NOT_MODIFIED : S3_GO_ON;
    }
    if (conditions->if_modified_since_ms >= 0 && modified_s <= conditions->if_modified_since_ms / 1000) {
        *failed = "If-Modified-Since";
        return S3_NOT_MODIFIED;
    }
    return S3_GO_ON;
}

static bool read_number(struct text text, int64_t *number) {
    return text.size > 0 && text.data[0] >= '0' && text.data[0] <= '9' && text_to_int64(text, number);
}

enum s3_range s3_range_read(struct text header, int64_t size, int64_t *start, int64_t *length) {
    int64_t first;
    int64_t last;
    if (!text_starts_with(header, "bytes=")) {
        return S3_RANGE_NONE;
    }
    struct text rest = text_slice(header, strlen("bytes="), header.size);
    struct text from = text_trim(text_cut(&rest, '-'));
    struct text to = rest.data ? text_trim(rest) : TEXT_NONE;
    if (!to.data) {
        return S3_RANGE_NONE;
    }
    if (from.size == 0) { /* the last N bytes */
        if (!read_number(to, &last)) {
            return S3_RANGE_NONE;
        }
        if (last == 0 || size == 0) {
            return S3_RANGE_UNSATISFIABLE;
        }
        *length = last < size ? last : size;
        *start = size - *length;
        return S3_RANGE_PART;
    }
    if (!read_number(from, &first)) {
        return S3_RANGE_NONE;
    }
    last = size - 1;
    if (to.size > 0 && (!read_number(to, &last) || last < first)) {
        return S3_RANGE_NONE;
    }
    if (first >= size) {
        return S3_RANGE_UNSATISFIABLE;
    }
    *start = first;
    *length = (last < size ? last + 1 : size) - first;
    return S3_RANGE_PART;
}
