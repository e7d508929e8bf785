/* The checksums that S3 keeps beside objects and parts. Values are base64 texts. Pure. */
#ifndef STACKRIG_S3_CHECKSUM_H
#define STACKRIG_S3_CHECKSUM_H

#include "emulator/base/arena.h"

enum s3_checksum_algorithm {
    S3_CRC32,
    S3_CRC32C,
    S3_CRC64NVME,
    S3_SHA1,
    S3_SHA256,
    S3_CHECKSUM_COUNT,
    S3_CHECKSUM_NONE = S3_CHECKSUM_COUNT,
};

/* "CRC32"; also what x-amz-checksum-algorithm says. */
const char *s3_checksum_name(enum s3_checksum_algorithm algorithm);
/* "ChecksumCRC32": the member of requests and answers. */
const char *s3_checksum_member(enum s3_checksum_algorithm algorithm);
/* "crc32", as in header names and error texts. */
const char *s3_checksum_lower_name(enum s3_checksum_algorithm algorithm);
/* S3_CHECKSUM_NONE: not one of ours. */
enum s3_checksum_algorithm s3_checksum_of_name(struct text name);
/* Of the whole data, not of the parts' checksums. */
bool s3_checksum_is_crc(enum s3_checksum_algorithm algorithm);

const char *s3_checksum(struct arena *arena, enum s3_checksum_algorithm algorithm, struct text data);
/* Base64 of the right size for the algorithm. */
bool s3_checksum_is_valid(enum s3_checksum_algorithm algorithm, struct text value);
/* The checksum of the raw checksums of the parts, joined (multipart, COMPOSITE), with "-COUNT" behind it. */
const char *s3_checksum_composite(struct arena *arena, enum s3_checksum_algorithm algorithm,
                                  const char *const *values, size_t count);
/* The CRC of two pieces from their CRCs: no data is needed (multipart, FULL_OBJECT). */
const char *s3_checksum_combine(struct arena *arena, enum s3_checksum_algorithm algorithm, const char *first,
                                const char *second, int64_t second_size);

#endif
