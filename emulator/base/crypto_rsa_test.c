/* Against OpenSSL raising the padded digest in one go. */
#include "emulator/base/crypto_rsa.h"

#include <CUnit/CUnit.h>
#include <openssl/bn.h>

#include "harness/unit_tests.h"

static const unsigned char prefixes[2][19] = {
    {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14},
    {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
     0x04, 0x20},
};

static void sign_slowly(struct strbuf *out, const BIGNUM *modulus, unsigned exponent, bool sha256,
                        struct text data) {
    unsigned char bytes[512];
    size_t size = (size_t)BN_num_bytes(modulus);
    size_t prefix_size = sha256 ? 19 : 15;
    size_t hash_size = sha256 ? 32 : 20;
    BN_CTX *context = BN_CTX_new();
    BIGNUM *power = BN_new();
    BIGNUM *number = BN_new();
    memset(bytes, 0xff, size);
    bytes[0] = 0;
    bytes[1] = 1;
    bytes[size - hash_size - prefix_size - 1] = 0;
    memcpy(bytes + size - hash_size - prefix_size, prefixes[sha256], prefix_size);
    crypto_digest(sha256 ? DIGEST_SHA256 : DIGEST_SHA1, data, bytes + size - hash_size);
    BN_set_word(power, exponent);
    BN_bin2bn(bytes, (int)size, number);
    CU_ASSERT(BN_mod_exp(number, number, power, modulus, context));
    BN_bn2binpad(number, bytes, (int)size);
    crypto_append_base64(out, (struct text){(const char *)bytes, size});
    BN_free(power);
    BN_free(number);
    BN_CTX_free(context);
}

/* An odd modulus of so many bytes, its digits from a digest of its own. */
static void check_modulus(size_t size, unsigned exponent, const char *first_digits) {
    struct strbuf digits = STRBUF_INIT;
    BIGNUM *modulus = NULL;
    strbuf_append_string(&digits, first_digits);
    while (digits.size < size * 2) {
        crypto_append_digest_hex(&digits, DIGEST_SHA256, strbuf_text(&digits));
    }
    strbuf_truncate(&digits, size * 2 - 1);
    strbuf_append_char(&digits, '1');
    BN_hex2bn(&modulus, digits.data);
    struct rsa_key *key = rsa_key_open(digits.data, exponent);
    for (int i = 0; i < 300; i++) {
        char data[32];
        struct strbuf found = STRBUF_INIT;
        struct strbuf expected = STRBUF_INIT;
        snprintf(data, sizeof(data), "message %d", i);
        rsa_append_signature(&found, key, i % 2 ? DIGEST_SHA256 : DIGEST_SHA1, text_of(data));
        sign_slowly(&expected, modulus, exponent, i % 2, text_of(data));
        CU_ASSERT_STRING_EQUAL(found.data, expected.data);
        strbuf_release(&found);
        strbuf_release(&expected);
    }
    rsa_key_close(key);
    BN_free(modulus);
    strbuf_release(&digits);
}

static void signatures_equal_openssls(void) {
    check_modulus(256, 5, "c0ffee");
    check_modulus(256, 1, "8000000000000000000000000000000000");
    check_modulus(512, 7, "ffffffffffffffffffffffffffffffffff");
    check_modulus(264, 3, "ffffffffffffffff0000000000000000");
}

void crypto_rsa_test(void) {
    unit_test("signatures equal those of plain exponentiation", signatures_equal_openssls);
}
