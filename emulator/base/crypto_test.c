#include "emulator/base/crypto.h"

#include <CUnit/CUnit.h>

#include "emulator/base/ids.h"
#include "harness/unit_tests.h"

/* Source: RFC 1321, FIPS 180-4 examples. */
static void digests_match_published_vectors(void) {
    static const struct {
        enum digest digest;
        const char *data;
        const char *hex;
    } rows[] = {
        {DIGEST_MD5, "", "d41d8cd98f00b204e9800998ecf8427e"},
        {DIGEST_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72"},
        {DIGEST_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {DIGEST_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {DIGEST_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {DIGEST_SHA384, "abc",
         "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
        {DIGEST_SHA512, "abc",
         "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
         "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    };
    struct strbuf buffer = STRBUF_INIT;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        strbuf_clear(&buffer);
        crypto_append_digest_hex(&buffer, rows[i].digest, text_of(rows[i].data));
        CU_ASSERT_STRING_EQUAL(buffer.data, rows[i].hex);
    }
    unsigned char out[DIGEST_MAXIMUM_SIZE];
    CU_ASSERT_EQUAL(crypto_digest(DIGEST_MD5, TEXT_NONE, out), 16);
    strbuf_release(&buffer);
}

static void assert_hmac(enum digest digest, struct text key, const char *data, const char *hex) {
    unsigned char out[DIGEST_MAXIMUM_SIZE];
    size_t size = crypto_hmac(digest, key, text_of(data), out);
    struct strbuf buffer = STRBUF_INIT;
    crypto_append_hex(&buffer, (struct text){(const char *)out, size});
    CU_ASSERT_STRING_EQUAL(buffer.data, hex);
    strbuf_release(&buffer);
}

/* Source: RFC 4231 test case 2, RFC 2202; the empty key is Wikipedia's example. */
static void hmacs_match_and_keys_do_not_stick(void) {
    for (int round = 0; round < 2; round++) {
        assert_hmac(DIGEST_SHA256, TEXT("Jefe"), "what do ya want for nothing?",
                    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert_hmac(DIGEST_SHA256, TEXT(""), "",
                    "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
        assert_hmac(DIGEST_SHA256, TEXT_NONE, "",
                    "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
        assert_hmac(DIGEST_SHA1, TEXT("Jefe"), "what do ya want for nothing?",
                    "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        assert_hmac(DIGEST_SHA512, TEXT("Jefe"), "what do ya want for nothing?",
                    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
    }
}

static void checksums_match(void) {
    CU_ASSERT_EQUAL(crypto_crc32(TEXT("123456789")), 0xcbf43926U);
    CU_ASSERT_EQUAL(crypto_crc32c(TEXT("123456789")), 0xe3069283U);
    CU_ASSERT_EQUAL(crypto_crc32(TEXT("")), 0);
    CU_ASSERT_EQUAL(crypto_crc32c(TEXT("")), 0);
    /* Folded in blocks or not: the same as bit by bit. */
    char bytes[600];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)(i * i * 31 + i / 7);
    }
    for (size_t size = 0; size < sizeof(bytes) - 16; size++) {
        uint32_t crc = 0xffffffffU;
        for (size_t i = 0; i < size * 8; i++) {
            uint32_t bit = ((unsigned char)bytes[size % 16 + i / 8] >> i % 8 ^ crc) & 1;
            crc = crc >> 1 ^ (bit ? 0xedb88320U : 0);
        }
        CU_ASSERT_EQUAL(crypto_crc32((struct text){bytes + size % 16, size}), ~crc);
    }
    /* Source: RFC 3720, B.4: 32 bytes of zeros and of ones. */
    char block[32];
    memset(block, 0, sizeof(block));
    CU_ASSERT_EQUAL(crypto_crc32c((struct text){block, 32}), 0x8a9136aaU);
    memset(block, 0xff, sizeof(block));
    CU_ASSERT_EQUAL(crypto_crc32c((struct text){block, 32}), 0x62a8ab43U);
}

static void base64_matches_and_reads_back(void) {
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"},
                                          {"\xfb\xff", "+/8="}};
    struct strbuf buffer = STRBUF_INIT;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        strbuf_clear(&buffer);
        crypto_append_base64(&buffer, text_of(rows[i][0]));
        CU_ASSERT(text_equals(strbuf_text(&buffer), rows[i][1]));
        strbuf_clear(&buffer);
        CU_ASSERT(crypto_append_unbase64(&buffer, text_of(rows[i][1])));
        CU_ASSERT(text_equals(strbuf_text(&buffer), rows[i][0]));
        CU_ASSERT_EQUAL(crypto_unbase64_size(text_of(rows[i][1])), (long)strlen(rows[i][0]));
    }
    struct ids *ids = ids_open(4);
    for (size_t size = 0; size < 70; size++) {
        char bytes[70];
        ids_random_bytes(ids, bytes, size);
        struct strbuf encoded = STRBUF_INIT;
        crypto_append_base64(&encoded, (struct text){bytes, size});
        strbuf_clear(&buffer);
        CU_ASSERT(crypto_append_unbase64(&buffer, strbuf_text(&encoded)));
        CU_ASSERT(text_same(strbuf_text(&buffer), (struct text){bytes, size}));
        strbuf_release(&encoded);
    }
    ids_close(ids);
    strbuf_release(&buffer);
}

static void refuses_what_is_no_base64(void) {
    static const char *const wrong[] = {
        "Z", "Zg", "Zg=", "====", "Z===", "=Zg=", "Zg =", "Zg=A", "Zm9v\n", "Zm-_", "Zg==Zg==", "Zm9v===="};
    struct strbuf buffer = STRBUF_INIT;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        CU_ASSERT_FALSE(crypto_append_unbase64(&buffer, text_of(wrong[i])));
    }
    CU_ASSERT_EQUAL(crypto_unbase64_size(TEXT("Zg")), -1);
    strbuf_release(&buffer);
}

void crypto_test(void) {
    unit_test("digests match the published vectors", digests_match_published_vectors);
    unit_test("HMACs match and a key never stays for the next one", hmacs_match_and_keys_do_not_stick);
    unit_test("CRC-32 and CRC-32C match the published vectors", checksums_match);
    unit_test("base64 matches RFC 4648 and reads back", base64_matches_and_reads_back);
    unit_test("what is no base64 is refused", refuses_what_is_no_base64);
}
