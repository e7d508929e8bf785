/* Conditional requests and ranges. Pure. Source: RFC 9110 as S3 keeps it; s3-logs-events.md A3. */
#ifndef STACKRIG_S3_CONDITIONS_H
#define STACKRIG_S3_CONDITIONS_H

#include "emulator/base/text.h"

/* The four headers of a read; texts absent and times -1 when not sent. */
struct s3_conditions {
    struct text if_match;
    struct text if_none_match;
    int64_t if_modified_since_ms;
    int64_t if_unmodified_since_ms;
};

enum s3_verdict { S3_GO_ON, S3_NOT_MODIFIED, S3_FAILED };

/* failed: the header that did not hold ("If-Match"), for S3_FAILED and S3_NOT_MODIFIED. etag without quotes.
 */
enum s3_verdict s3_conditions_check(const struct s3_conditions *conditions, const char *etag,
                                    int64_t modified_ms, const char **failed);
/* One ETag of the header's list, or "*"; quotes may be missing. */
bool s3_etag_matches(struct text header, const char *etag);

enum s3_range { S3_RANGE_NONE, S3_RANGE_PART, S3_RANGE_UNSATISFIABLE };

/* "bytes=0-8", "bytes=5-", "bytes=-3" of an object of `size` bytes. What cannot be read is no range. */
enum s3_range s3_range_read(struct text header, int64_t size, int64_t *start, int64_t *length);

#endif
