#include "emulator/base/crypto_rsa.h"

#include <openssl/bn.h>

#include "emulator/base/die.h"

#define MAXIMUM_SIZE 512

/* Small: the exponent is how often the padded digest is multiplied with itself. */
#define MAXIMUM_EXPONENT 7
#define LIMB_BITS 64
#define MAXIMUM_LIMBS (MAXIMUM_SIZE * 8 / LIMB_BITS)
#define MAXIMUM_HASH_LIMBS 4 /* SHA-256 */
#define MAXIMUM_SUM_LIMBS (MAXIMUM_LIMBS + MAXIMUM_EXPONENT * MAXIMUM_HASH_LIMBS + 2)

/*
 * What is signed is a constant (the padding) plus the digest h, a short number. So its power is a polynomial
 * of h whose coefficients are known beforehand. Horner's rule makes every multiplication one of a long number
 * with a short one, and the sum is so little longer than the modulus that one short Montgomery reduction,
 * whose factor the coefficients carry already, ends it: a tenth of the work of raising the padded number.
 * OpenSSL's big numbers prepare the coefficients; the rest is arithmetic on limbs, lowest first.
 */
struct polynomial {
    uint64_t coefficients[MAXIMUM_EXPONENT + 1][MAXIMUM_LIMBS];
    size_t hash_limbs;
    size_t spare_limbs; /* by which the sum is longer than the modulus; the reduction takes them away */
};

struct rsa_key {
    uint64_t modulus[MAXIMUM_LIMBS + 1]; /* with a zero above it */
    uint64_t inverse;                    /* -1 / modulus, modulo 2^64 */
    size_t limbs;
    size_t size; /* of the modulus in bytes */
    unsigned exponent;
    struct polynomial polynomials[2]; /* of SHA-1 and SHA-256 */
};

/* DER of DigestInfo up to the digest. Source: RFC 8017 section 9.2. */
static const unsigned char sha1_prefix[] = {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e,
                                            0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14};
static const unsigned char sha256_prefix[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                              0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

static void must(bool done) {
    if (!done) {
        die("OpenSSL: arithmetic of an RSA key failed");
    }
}

/* ---- preparing ---- */

/* 00 01 FF .. FF 00 DigestInfo, with zeros where the digest goes. */
static void pad(unsigned char *out, size_t size, bool sha256) {
    const unsigned char *prefix = sha256 ? sha256_prefix : sha1_prefix;
    size_t prefix_size = sha256 ? sizeof(sha256_prefix) : sizeof(sha1_prefix);
    size_t hash_size = sha256 ? 32 : 20;
    memset(out, 0xff, size);
    out[0] = 0;
    out[1] = 1;
    out[size - hash_size - prefix_size - 1] = 0;
    memcpy(out + size - hash_size - prefix_size, prefix, prefix_size);
    memset(out + size - hash_size, 0, hash_size);
}

/* Big-endian bytes as limbs; `limbs` of them. */
static void limbs_of_bytes(uint64_t *limbs, size_t count, const unsigned char *bytes, size_t size) {
    memset(limbs, 0, count * sizeof(*limbs));
    for (size_t i = 0; i < size; i++) {
        limbs[i / 8] |= (uint64_t)bytes[size - 1 - i] << i % 8 * 8;
    }
}

static void limbs_of(const struct rsa_key *key, uint64_t *limbs, const BIGNUM *number) {
    unsigned char bytes[MAXIMUM_SIZE];
    must(BN_bn2binpad(number, bytes, (int)key->size) >= 0);
    limbs_of_bytes(limbs, key->limbs, bytes, key->size);
}

/* Coefficient k of (padding + h) ^ e: binomial(e, k) * padding ^ (e - k), times 2 ^ spare bits. */
static void prepare(struct rsa_key *key, const BIGNUM *modulus, BN_CTX *context, bool sha256) {
    struct polynomial *polynomial = &key->polynomials[sha256];
    unsigned char bytes[MAXIMUM_SIZE];
    BIGNUM *power = BN_new();
    BIGNUM *padding = BN_new();
    BIGNUM *coefficient = BN_new();
    uint64_t binomial = 1;
    polynomial->hash_limbs = sha256 ? 4 : 3;
    polynomial->spare_limbs = key->exponent * polynomial->hash_limbs;
    pad(bytes, key->size, sha256);
    must(power && padding && coefficient && BN_bin2bn(bytes, (int)key->size, padding) && BN_one(power) &&
         BN_lshift(power, power, (int)(polynomial->spare_limbs * LIMB_BITS)) &&
         BN_nnmod(power, power, modulus, context));
    for (unsigned k = key->exponent + 1; k-- > 0;) {
        must(BN_copy(coefficient, power) && BN_mul_word(coefficient, binomial) &&
             BN_nnmod(coefficient, coefficient, modulus, context) &&
             BN_mod_mul(power, power, padding, modulus, context));
        limbs_of(key, polynomial->coefficients[k], coefficient);
        binomial = binomial * k / (key->exponent - k + 1);
    }
    BN_free(power);
    BN_free(padding);
    BN_free(coefficient);
}

struct rsa_key *rsa_key_open(const char *modulus, unsigned private_exponent) {
    struct rsa_key *key = xcalloc(1, sizeof(*key));
    BIGNUM *number = NULL;
    BN_CTX *context = BN_CTX_new();
    must(context && BN_hex2bn(&number, modulus) > 0);
    key->exponent = private_exponent;
    key->size = (size_t)BN_num_bytes(number);
    key->limbs = key->size / 8;
    if (key->size < 256 || key->size > MAXIMUM_SIZE || key->size % 8 != 0 || !BN_is_odd(number) ||
        private_exponent < 1 || private_exponent > MAXIMUM_EXPONENT) {
        die("an RSA key of %zu bytes and exponent %u", key->size, private_exponent);
    }
    limbs_of(key, key->modulus, number);
    uint64_t inverse = 1; /* Newton: every step doubles the bits that are right */
    for (int i = 0; i < 6; i++) {
        inverse *= 2 - key->modulus[0] * inverse;
    }
    key->inverse = -inverse;
    prepare(key, number, context, false);
    prepare(key, number, context, true);
    BN_free(number);
    BN_CTX_free(context);
    return key;
}

void rsa_key_close(struct rsa_key *key) {
    free(key);
}

/* ---- signing ---- */

__extension__ typedef unsigned __int128 wide;

/* to[0 .. count] += from[0 .. count - 1] * factor; what goes beyond is returned. */
static uint64_t multiply_add(uint64_t *to, const uint64_t *from, size_t count, uint64_t factor) {
    uint64_t carry = 0;
#pragma GCC unroll 8
    for (size_t i = 0; i < count; i++) {
        wide sum = (wide)from[i] * factor + to[i] + carry;
        to[i] = (uint64_t)sum;
        carry = (uint64_t)(sum >> LIMB_BITS);
    }
    return carry;
}

/* Adds a number of `count` limbs; to has room for the carry. */
static void add(uint64_t *to, const uint64_t *from, size_t count) {
    uint64_t carry = 0;
    for (size_t i = 0; i < count; i++) {
        wide sum = (wide)to[i] + from[i] + carry;
        to[i] = (uint64_t)sum;
        carry = (uint64_t)(sum >> LIMB_BITS);
    }
    for (size_t i = count; carry; i++) {
        carry = ++to[i] == 0;
    }
}

static bool is_below(const uint64_t *a, const uint64_t *b, size_t count) {
    for (size_t i = count; i-- > 0;) {
        if (a[i] != b[i]) {
            return a[i] < b[i];
        }
    }
    return false;
}

/* a -= b; what is borrowed beyond is lost. */
static void subtract(uint64_t *a, const uint64_t *b, size_t count) {
    uint64_t borrow = 0;
    for (size_t i = 0; i < count; i++) {
        wide difference = (wide)a[i] - b[i] - borrow;
        a[i] = (uint64_t)difference;
        borrow = (uint64_t)(difference >> LIMB_BITS) & 1;
    }
}

/* sum = the polynomial of h. */
static void evaluate(const struct rsa_key *key, const struct polynomial *polynomial, const uint64_t *hash,
                     uint64_t sum[MAXIMUM_SUM_LIMBS]) {
    uint64_t product[MAXIMUM_SUM_LIMBS];
    size_t length = key->limbs;
    memset(sum, 0, MAXIMUM_SUM_LIMBS * sizeof(*sum));
    memcpy(sum, polynomial->coefficients[key->exponent], key->limbs * sizeof(*sum));
    for (unsigned k = key->exponent; k-- > 0;) {
        memset(product, 0, sizeof(product));
        for (size_t i = 0; i < polynomial->hash_limbs; i++) {
            product[length + i] = multiply_add(product + i, sum, length, hash[i]);
        }
        length += polynomial->hash_limbs;
        add(product, polynomial->coefficients[k], key->limbs);
        memcpy(sum, product, sizeof(product));
    }
}

/* Montgomery: adds multiples of the modulus until the lowest limbs are zero, and takes those away. */
static const uint64_t *reduce(const struct rsa_key *key, const struct polynomial *polynomial,
                              uint64_t sum[MAXIMUM_SUM_LIMBS]) {
    for (size_t i = 0; i < polynomial->spare_limbs; i++) {
        uint64_t carry = multiply_add(sum + i, key->modulus, key->limbs, sum[i] * key->inverse);
        for (size_t k = i + key->limbs; carry; k++) {
            sum[k] += carry;
            carry = sum[k] < carry;
        }
    }
    uint64_t *result = sum + polynomial->spare_limbs;
    while (result[key->limbs] > 0 || !is_below(result, key->modulus, key->limbs)) {
        subtract(result, key->modulus, key->limbs + 1);
    }
    return result;
}

void rsa_append_signature(struct strbuf *buffer, struct rsa_key *key, enum digest digest, struct text data) {
    unsigned char bytes[MAXIMUM_SIZE];
    uint64_t hash[MAXIMUM_HASH_LIMBS];
    uint64_t sum[MAXIMUM_SUM_LIMBS];
    if (digest != DIGEST_SHA1 && digest != DIGEST_SHA256) {
        die("RSA signatures are made over SHA-1 or SHA-256");
    }
    const struct polynomial *polynomial = &key->polynomials[digest == DIGEST_SHA256];
    size_t hash_size = crypto_digest(digest, data, bytes);
    limbs_of_bytes(hash, MAXIMUM_HASH_LIMBS, bytes, hash_size);
    evaluate(key, polynomial, hash, sum);
    const uint64_t *signature = reduce(key, polynomial, sum);
    for (size_t i = 0; i < key->limbs; i++) {
        uint64_t limb = __builtin_bswap64(signature[key->limbs - 1 - i]);
        memcpy(bytes + i * sizeof(limb), &limb, sizeof(limb));
    }
    crypto_append_base64(buffer, (struct text){(const char *)bytes, key->size});
}
