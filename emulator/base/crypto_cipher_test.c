#include "emulator/base/crypto_cipher.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

static struct text unhex(struct strbuf *buffer, const char *hex) {
    strbuf_clear(buffer);
    for (; *hex; hex += 2) {
        char digits[3] = {hex[0], hex[1], '\0'};
        strbuf_append_char(buffer, (char)strtol(digits, NULL, 16));
    }
    return strbuf_text(buffer);
}

/* Source: The Galois/Counter Mode of Operation (McGrew, Viega), test case 16. */
static void seals_as_published(void) {
    struct strbuf key = STRBUF_INIT;
    struct strbuf nonce = STRBUF_INIT;
    struct strbuf data = STRBUF_INIT;
    struct strbuf plain = STRBUF_INIT;
    struct strbuf sealed = STRBUF_INIT;
    struct strbuf hex = STRBUF_INIT;
    unhex(&key, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    unhex(&nonce, "cafebabefacedbaddecaf888");
    unhex(&data, "feedfacedeadbeeffeedfacedeadbeefabaddad2");
    unhex(&plain, "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    cipher_append_sealed(&sealed, (unsigned char *)key.data, (unsigned char *)nonce.data, strbuf_text(&data),
                         strbuf_text(&plain));
    crypto_append_hex(&hex, strbuf_text(&sealed));
    CU_ASSERT_STRING_EQUAL(hex.data, "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                                     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                                     "76fc6ece0f4e1768cddf8853bb2d551b");
    struct strbuf opened = STRBUF_INIT;
    CU_ASSERT(cipher_append_opened(&opened, (unsigned char *)key.data, (unsigned char *)nonce.data,
                                   strbuf_text(&data), strbuf_text(&sealed)));
    CU_ASSERT(text_same(strbuf_text(&opened), strbuf_text(&plain)));
    strbuf_clear(&opened);
    CU_ASSERT(!cipher_append_opened(&opened, (unsigned char *)key.data, (unsigned char *)nonce.data,
                                    TEXT("other"), strbuf_text(&sealed)));
    sealed.data[0] ^= 1;
    CU_ASSERT(!cipher_append_opened(&opened, (unsigned char *)key.data, (unsigned char *)nonce.data,
                                    strbuf_text(&data), strbuf_text(&sealed)));
    CU_ASSERT_EQUAL(opened.size, 0);
    struct strbuf *const all[] = {&key, &nonce, &data, &plain, &sealed, &hex, &opened};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        strbuf_release(all[i]);
    }
}

void crypto_cipher_test(void) {
    unit_test("AES-256-GCM matches the published vector and opens only what was sealed", seals_as_published);
}
