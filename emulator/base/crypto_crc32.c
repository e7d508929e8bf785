/*
 * CRC-32 (zlib's). Every answer of DynamoDB carries one, so that it is worth the processor's carry-less
 * multiplication: 64 bytes at a time are folded into 64 others by multiplying with powers of x modulo the
 * polynomial, until 16 are left, which Barrett's reduction brings down to the 32 of the remainder.
 * Source: Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ" (Intel, 2009).
 */
#include <zlib.h>

#include "emulator/base/crypto.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define FOLDED 64 /* bytes; fewer are left to zlib */

/* Powers of x, bit-reflected: by which to multiply what is to move on by so many bits. */
struct fold_by {
    uint64_t high_half;
    uint64_t low_half;
};

static const struct fold_by by_512_bits = {0x154442bd4, 0x1c6e41596};
static const struct fold_by by_128_bits = {0x1751997d0, 0x0ccaa009e};
static const uint64_t by_64_bits = 0x163cd6124;
static const uint64_t polynomial = 0x1db710641;
static const uint64_t reciprocal = 0x1f7011641;

__attribute__((target("pclmul,sse4.1"))) static __m128i constant(struct fold_by by) {
    return _mm_set_epi64x((long long)by.low_half, (long long)by.high_half);
}

__attribute__((target("pclmul,sse4.1"))) static __m128i load(const char *bytes) {
    return _mm_loadu_si128((const __m128i *)(const void *)bytes);
}

/* `sum` moved on, and `next` added. */
__attribute__((target("pclmul,sse4.1"))) static __m128i fold(__m128i sum, __m128i by, __m128i next) {
    __m128i low = _mm_clmulepi64_si128(sum, by, 0x00);
    __m128i high = _mm_clmulepi64_si128(sum, by, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

__attribute__((target("pclmul,sse4.1"))) static uint32_t reduce(__m128i sum) {
    const __m128i low_words = _mm_set_epi32(0, -1, 0, -1);
    /* 128 to 96 bits, then to 64. */
    sum = _mm_xor_si128(_mm_srli_si128(sum, 8), _mm_clmulepi64_si128(sum, constant(by_128_bits), 0x10));
    __m128i low = _mm_and_si128(sum, low_words);
    sum = _mm_xor_si128(_mm_srli_si128(sum, 4),
                        _mm_clmulepi64_si128(low, _mm_cvtsi64_si128((long long)by_64_bits), 0x00));
    /* Barrett: the quotient by the reciprocal, its product with the polynomial, the difference. */
    __m128i barrett = _mm_set_epi64x((long long)reciprocal, (long long)polynomial);
    __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(sum, low_words), barrett, 0x10);
    __m128i product = _mm_clmulepi64_si128(_mm_and_si128(quotient, low_words), barrett, 0x00);
    return (uint32_t)_mm_extract_epi32(_mm_xor_si128(sum, product), 1);
}

/* Of the first bytes, a multiple of 16 and at least FOLDED. */
__attribute__((target("pclmul,sse4.1"))) static uint32_t crc_of_blocks(const char *bytes, size_t size) {
    __m128i sums[4];
    __m128i by = constant(by_512_bits);
    for (int i = 0; i < 4; i++) {
        sums[i] = load(bytes + 16 * i);
    }
    sums[0] = _mm_xor_si128(sums[0], _mm_cvtsi32_si128(-1));
    size_t at = FOLDED;
    for (; size - at >= FOLDED; at += FOLDED) {
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) {
            sums[i] = fold(sums[i], by, load(bytes + at + 16 * (size_t)i));
        }
    }
    by = constant(by_128_bits);
    __m128i sum = sums[0];
    for (int i = 1; i < 4; i++) {
        sum = fold(sum, by, sums[i]);
    }
    for (; at < size; at += 16) {
        sum = fold(sum, by, load(bytes + at));
    }
    return ~reduce(sum);
}

static size_t fold_whole_blocks(struct text data, uint32_t *crc) {
    size_t whole = data.size & ~(size_t)15;
    if (whole < FOLDED || !__builtin_cpu_supports("pclmul") || !__builtin_cpu_supports("sse4.1")) {
        return 0;
    }
    *crc = crc_of_blocks(data.data, whole);
    return whole;
}
#else
static size_t fold_whole_blocks(struct text data, uint32_t *crc) {
    (void)data;
    (void)crc;
    return 0;
}
#endif

uint32_t crypto_crc32(struct text data) {
    uint32_t crc = 0;
    size_t done = fold_whole_blocks(data, &crc);
    return (uint32_t)crc32_z(crc, (const unsigned char *)data.data + done, data.size - done);
}
