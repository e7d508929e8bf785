#include "emulator/base/crypto_rsa.h"

#include <openssl/bn.h>

#include "emulator/base/die.h"

#define MAXIMUM_SIZE 512

struct rsa_key {
    BIGNUM *modulus;
    BIGNUM *number; /* of the last message */
    BIGNUM *power;
    BIGNUM *factor; /* R to the exponent: see power_of_number() */
    uint64_t exponent;
    BN_MONT_CTX *montgomery;
    BN_CTX *context;
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

struct rsa_key *rsa_key_open(const char *modulus, uint64_t private_exponent) {
    struct rsa_key *key = xcalloc(1, sizeof(*key));
    key->exponent = private_exponent;
    key->number = BN_new();
    key->power = BN_new();
    key->factor = BN_new();
    key->montgomery = BN_MONT_CTX_new();
    key->context = BN_CTX_new();
    must(BN_hex2bn(&key->modulus, modulus) > 0 && key->number && key->power && key->factor &&
         key->montgomery && key->context && BN_MONT_CTX_set(key->montgomery, key->modulus, key->context));
    must(BN_set_word(key->power, private_exponent) && BN_one(key->factor) &&
         BN_to_montgomery(key->factor, key->factor, key->montgomery, key->context) &&
         BN_mod_exp_mont(key->factor, key->factor, key->power, key->modulus, key->context, key->montgomery));
    key->size = (size_t)BN_num_bytes(key->modulus);
    if (key->size < 128 || key->size > MAXIMUM_SIZE) {
        die("an RSA key of %zu bytes", key->size);
    }
    return key;
}

void rsa_key_close(struct rsa_key *key) {
    if (key) {
        BN_free(key->modulus);
        BN_free(key->number);
        BN_free(key->power);
        BN_free(key->factor);
        BN_MONT_CTX_free(key->montgomery);
        BN_CTX_free(key->context);
        free(key);
    }
}

/* 00 01 FF .. FF 00 DigestInfo */
static void pad(unsigned char *out, size_t size, enum digest digest, struct text data) {
    unsigned char hash[DIGEST_MAXIMUM_SIZE];
    size_t hash_size = crypto_digest(digest, data, hash);
    const unsigned char *prefix = digest == DIGEST_SHA1 ? sha1_prefix : sha256_prefix;
    size_t prefix_size = digest == DIGEST_SHA1 ? sizeof(sha1_prefix) : sizeof(sha256_prefix);
    if (digest != DIGEST_SHA1 && digest != DIGEST_SHA256) {
        die("RSA signatures are made over SHA-1 or SHA-256");
    }
    memset(out, 0xff, size);
    out[0] = 0;
    out[1] = 1;
    out[size - hash_size - prefix_size - 1] = 0;
    memcpy(out + size - hash_size - prefix_size, prefix, prefix_size);
    memcpy(out + size - hash_size, hash, hash_size);
}

static void multiply(struct rsa_key *key, const BIGNUM *factor) {
    must(BN_mod_mul_montgomery(key->power, key->power, factor, key->montgomery, key->context));
}

/*
 * power = number ^ exponent. A Montgomery product is a b / R; the number is not brought into that form first,
 * so that the product of all steps lacks R ^ (exponent - 1), and one step with R ^ exponent puts it right.
 */
static void power_of_number(struct rsa_key *key) {
    must(BN_copy(key->power, key->number) != NULL);
    for (int bit = 62 - __builtin_clzll(key->exponent); bit >= 0; bit--) {
        multiply(key, key->power);
        if (key->exponent >> bit & 1) {
            multiply(key, key->number);
        }
    }
    multiply(key, key->factor);
}

void rsa_append_signature(struct strbuf *buffer, struct rsa_key *key, enum digest digest, struct text data) {
    unsigned char bytes[MAXIMUM_SIZE];
    pad(bytes, key->size, digest, data);
    must(BN_bin2bn(bytes, (int)key->size, key->number) != NULL);
    power_of_number(key);
    must(BN_bn2binpad(key->power, bytes, (int)key->size) >= 0);
    crypto_append_base64(buffer, (struct text){(const char *)bytes, key->size});
}
