#include "services/s3/s3_checksum.h"

#include "emulator/base/crypto.h"

/* Reflected polynomials. */
#define CRC32_POLYNOMIAL UINT64_C(0xedb88320)
#define CRC32C_POLYNOMIAL UINT64_C(0x82f63b78)
#define CRC64NVME_POLYNOMIAL UINT64_C(0x9a6c9329ac4bc9b5)

struct algorithm {
    const char *name;
    const char *member;
    const char *lower_name;
    size_t size;         /* bytes */
    uint64_t polynomial; /* 0: no CRC */
};

static const struct algorithm algorithms[S3_CHECKSUM_COUNT] = {
    [S3_CRC32] = {"CRC32", "ChecksumCRC32", "crc32", 4, CRC32_POLYNOMIAL},
    [S3_CRC32C] = {"CRC32C", "ChecksumCRC32C", "crc32c", 4, CRC32C_POLYNOMIAL},
    [S3_CRC64NVME] = {"CRC64NVME", "ChecksumCRC64NVME", "crc64nvme", 8, CRC64NVME_POLYNOMIAL},
    [S3_SHA1] = {"SHA1", "ChecksumSHA1", "sha1", 20, 0},
    [S3_SHA256] = {"SHA256", "ChecksumSHA256", "sha256", 32, 0},
};

const char *s3_checksum_name(enum s3_checksum_algorithm algorithm) {
    return algorithms[algorithm].name;
}

const char *s3_checksum_member(enum s3_checksum_algorithm algorithm) {
    return algorithms[algorithm].member;
}

const char *s3_checksum_lower_name(enum s3_checksum_algorithm algorithm) {
    return algorithms[algorithm].lower_name;
}

enum s3_checksum_algorithm s3_checksum_of_name(struct text name) {
    for (int i = 0; i < S3_CHECKSUM_COUNT; i++) {
        if (text_equals_ignore_case(name, algorithms[i].name)) {
            return (enum s3_checksum_algorithm)i;
        }
    }
    return S3_CHECKSUM_NONE;
}

bool s3_checksum_is_crc(enum s3_checksum_algorithm algorithm) {
    return algorithms[algorithm].polynomial != 0;
}

/* Four bits at a time: the table stays small, and only clients without a checksum of their own pay for it. */
static uint64_t crc64nvme(struct text data) {
    static const uint64_t table[16] = {
        0x0000000000000000, 0x78e0ff3b88be6f81, 0xf1c1fe77117cdf02, 0x8921014c99c2b083,
        0xd75adabd7a6e2d6f, 0xafba2586f2d042ee, 0x269b24ca6b12f26d, 0x5e7bdbf1e3ac9dec,
        0x9a6c9329ac4bc9b5, 0xe28c6c1224f5a634, 0x6bad6d5ebd3716b7, 0x134d926535897936,
        0x4d364994d625e4da, 0x35d6b6af5e9b8b5b, 0xbcf7b7e3c7593bd8, 0xc41748d84fe75459,
    };
    uint64_t crc = UINT64_MAX;
    for (size_t i = 0; i < data.size; i++) {
        crc ^= (unsigned char)data.data[i];
        crc = table[crc & 15] ^ crc >> 4;
        crc = table[crc & 15] ^ crc >> 4;
    }
    return ~crc;
}

static void put_big_endian(uint64_t number, size_t size, unsigned char *out) {
    for (size_t i = 0; i < size; i++) {
        out[i] = (unsigned char)(number >> (8 * (size - 1 - i)));
    }
}

static uint64_t get_big_endian(const unsigned char *bytes, size_t size) {
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++) {
        number = number << 8 | bytes[i];
    }
    return number;
}

static void compute(enum s3_checksum_algorithm algorithm, struct text data,
                    unsigned char out[DIGEST_MAXIMUM_SIZE]) {
    switch (algorithm) {
    case S3_CRC32:
        put_big_endian(crypto_crc32(data), 4, out);
        break;
    case S3_CRC32C:
        put_big_endian(crypto_crc32c(data), 4, out);
        break;
    case S3_CRC64NVME:
        put_big_endian(crc64nvme(data), 8, out);
        break;
    case S3_SHA1:
        crypto_digest(DIGEST_SHA1, data, out);
        break;
    case S3_SHA256:
        crypto_digest(DIGEST_SHA256, data, out);
        break;
    case S3_CHECKSUM_COUNT:
        break;
    }
}

static const char *encode(struct arena *arena, enum s3_checksum_algorithm algorithm,
                          const unsigned char *bytes) {
    struct strbuf base64 = STRBUF_INIT;
    crypto_append_base64(&base64, (struct text){(const char *)bytes, algorithms[algorithm].size});
    const char *text = arena_strdup(arena, base64.data);
    strbuf_release(&base64);
    return text;
}

static bool decode(enum s3_checksum_algorithm algorithm, struct text value, unsigned char *bytes) {
    struct strbuf raw = STRBUF_INIT;
    bool good = crypto_append_unbase64(&raw, value) && raw.size == algorithms[algorithm].size;
    if (good) {
        memcpy(bytes, raw.data, raw.size);
    }
    strbuf_release(&raw);
    return good;
}

const char *s3_checksum(struct arena *arena, enum s3_checksum_algorithm algorithm, struct text data) {
    unsigned char bytes[DIGEST_MAXIMUM_SIZE];
    compute(algorithm, data, bytes);
    return encode(arena, algorithm, bytes);
}

bool s3_checksum_is_valid(enum s3_checksum_algorithm algorithm, struct text value) {
    unsigned char bytes[DIGEST_MAXIMUM_SIZE];
    return decode(algorithm, value, bytes);
}

const char *s3_checksum_composite(struct arena *arena, enum s3_checksum_algorithm algorithm,
                                  const char *const *values, size_t count) {
    size_t size = algorithms[algorithm].size;
    unsigned char *joined = arena_alloc(arena, count * size);
    for (size_t i = 0; i < count; i++) {
        decode(algorithm, text_of(values[i]), joined + i * size);
    }
    return arena_printf(arena, "%s-%zu",
                        s3_checksum(arena, algorithm, (struct text){(char *)joined, count * size}), count);
}

/* ---- Combining CRCs: multiplication of polynomials modulo the CRC's, bit-reflected ---- */

static uint64_t multiply(uint64_t a, uint64_t b, uint64_t polynomial, uint64_t top) {
    uint64_t product = 0;
    for (uint64_t bit = top; bit; bit >>= 1) {
        if (a & bit) {
            product ^= b;
        }
        b = b & 1 ? b >> 1 ^ polynomial : b >> 1;
    }
    return product;
}

const char *s3_checksum_combine(struct arena *arena, enum s3_checksum_algorithm algorithm, const char *first,
                                const char *second, int64_t second_size) {
    unsigned char bytes[DIGEST_MAXIMUM_SIZE] = {0};
    size_t size = algorithms[algorithm].size;
    uint64_t polynomial = algorithms[algorithm].polynomial;
    uint64_t top = UINT64_C(1) << (size * 8 - 1); /* the polynomial "1" */
    decode(algorithm, text_of(first), bytes);
    uint64_t crc = get_big_endian(bytes, size);
    uint64_t power = top >> 1; /* x, squared on each round */
    for (uint64_t bits = (uint64_t)second_size * 8; bits; bits >>= 1) {
        if (bits & 1) {
            crc = multiply(power, crc, polynomial, top);
        }
        power = multiply(power, power, polynomial, top);
    }
    decode(algorithm, text_of(second), bytes);
    put_big_endian(crc ^ get_big_endian(bytes, size), size, bytes);
    return encode(arena, algorithm, bytes);
}
