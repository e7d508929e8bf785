#include "emulator/base/crypto_rsa.h"

#include <openssl/bn.h>

#include "emulator/base/die.h"

#define MAXIMUM_SIZE 512

/* Small: the exponent is how often the padded digest is multiplied with itself. */
#define MAXIMUM_EXPONENT 7

/*
 * What is signed is a constant (the padding) plus the digest h, a short number. So its power is a polynomial
 * of h whose coefficients are known beforehand, and the multiplications have one short side: a third of the
 * work. The coefficients carry the factor that a Montgomery reduction takes away.
 */
struct rsa_key {
    BIGNUM *modulus;
    BIGNUM *coefficients[2][MAXIMUM_EXPONENT + 1]; /* of SHA-1 and SHA-256 */
    BIGNUM *digest;
    BIGNUM *power; /* of the digest */
    BIGNUM *product;
    BIGNUM *sum;
    BN_MONT_CTX *montgomery;
    BN_CTX *context;
    unsigned exponent;
    size_t size; /* of the modulus in bytes */
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

/* Coefficient k of (padding + h) ^ e: binomial(e, k) * padding ^ (e - k), in Montgomery's form. */
static void prepare_coefficients(struct rsa_key *key, bool sha256) {
    unsigned char bytes[MAXIMUM_SIZE];
    BIGNUM *power = BN_new();
    BIGNUM *padding = BN_new();
    uint64_t binomial = 1;
    pad(bytes, key->size, sha256);
    must(power && padding && BN_bin2bn(bytes, (int)key->size, padding) && BN_one(power));
    for (unsigned k = key->exponent + 1; k-- > 0;) {
        BIGNUM *coefficient = BN_dup(power);
        must(coefficient && BN_mul_word(coefficient, binomial) &&
             BN_nnmod(coefficient, coefficient, key->modulus, key->context) &&
             BN_to_montgomery(coefficient, coefficient, key->montgomery, key->context) &&
             BN_mod_mul(power, power, padding, key->modulus, key->context));
        key->coefficients[sha256][k] = coefficient;
        binomial = binomial * k / (key->exponent - k + 1);
    }
    BN_free(power);
    BN_free(padding);
}

struct rsa_key *rsa_key_open(const char *modulus, unsigned private_exponent) {
    struct rsa_key *key = xcalloc(1, sizeof(*key));
    key->exponent = private_exponent;
    key->digest = BN_new();
    key->power = BN_new();
    key->product = BN_new();
    key->sum = BN_new();
    key->montgomery = BN_MONT_CTX_new();
    key->context = BN_CTX_new();
    must(BN_hex2bn(&key->modulus, modulus) > 0 && key->digest && key->power && key->product && key->sum &&
         key->montgomery && key->context && BN_MONT_CTX_set(key->montgomery, key->modulus, key->context));
    key->size = (size_t)BN_num_bytes(key->modulus);
    /* The sum must stay below modulus * 2 ^ bits for the reduction. */
    if (key->size < 256 || key->size > MAXIMUM_SIZE || private_exponent < 1 ||
        private_exponent > MAXIMUM_EXPONENT) {
        die("an RSA key of %zu bytes and exponent %u", key->size, private_exponent);
    }
    prepare_coefficients(key, false);
    prepare_coefficients(key, true);
    return key;
}

void rsa_key_close(struct rsa_key *key) {
    if (key) {
        for (unsigned i = 0; i <= key->exponent; i++) {
            BN_free(key->coefficients[0][i]);
            BN_free(key->coefficients[1][i]);
        }
        BN_free(key->modulus);
        BN_free(key->digest);
        BN_free(key->power);
        BN_free(key->product);
        BN_free(key->sum);
        BN_MONT_CTX_free(key->montgomery);
        BN_CTX_free(key->context);
        free(key);
    }
}

void rsa_append_signature(struct strbuf *buffer, struct rsa_key *key, enum digest digest, struct text data) {
    unsigned char bytes[MAXIMUM_SIZE];
    if (digest != DIGEST_SHA1 && digest != DIGEST_SHA256) {
        die("RSA signatures are made over SHA-1 or SHA-256");
    }
    BIGNUM *const *coefficients = key->coefficients[digest == DIGEST_SHA256];
    size_t hash_size = crypto_digest(digest, data, bytes);
    must(BN_bin2bn(bytes, (int)hash_size, key->digest) && BN_copy(key->power, key->digest) &&
         BN_copy(key->sum, coefficients[0]));
    for (unsigned k = 1; k <= key->exponent; k++) {
        must(BN_mul(key->product, coefficients[k], key->power, key->context) &&
             BN_add(key->sum, key->sum, key->product));
        if (k < key->exponent) {
            must(BN_mul(key->power, key->power, key->digest, key->context));
        }
    }
    must(BN_from_montgomery(key->sum, key->sum, key->montgomery, key->context) &&
         BN_bn2binpad(key->sum, bytes, (int)key->size) >= 0);
    crypto_append_base64(buffer, (struct text){(const char *)bytes, key->size});
}
