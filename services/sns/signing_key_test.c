/* The signatures were made, and verified with the certificate's public key, by another implementation
 * (Python's integers). */
#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/sns/signing_key.h"

static void check(enum digest digest, const char *wanted) {
    struct rsa_key *key = signing_key_open();
    struct strbuf signature = STRBUF_INIT;
    rsa_append_signature(&signature, key, digest, TEXT("hello"));
    CU_ASSERT_STRING_EQUAL(signature.data, wanted);
    strbuf_release(&signature);
    rsa_key_close(key);
}

static void version_1_is_rsa_over_sha1(void) {
    check(DIGEST_SHA1,
          "RGW8XfeDp0o85qlyL0uhHJZPOh/fbp6dCOu+Y7zNQaTBqob4RbRLX1OshMRUMjMhOoBrbchnFBbLj1q0gbkWdO"
          "7gTZbUoPQsX2Kn1I99j1YkCkUrsuShwWpA4hwl6UR1PZBRj91tTDIuzpqmtezBonGd+df2Ub/pxJihz3lixpe9"
          "Gedtr6nJHahWyZw2BJkiOipA0WpKOMTickGHGX5ZW2YH2h+1EAaVzQE2+mOtPJyzNW1kRmg2xE9bqxAwHDC5jP"
          "bywOh0y9su9Qb5B7jH4aDfbYjuQ1kyxrZ2j1odoH9PPpqkbycruxKIerli9DHm4yXE0h9AWfg1O3oClSmkuw==");
}

static void version_2_is_rsa_over_sha256(void) {
    check(DIGEST_SHA256,
          "nZa+ZFPLe4UyjsRypjSdHg5p/OdonrrJwrMISfM0r5NzQqs8E39hgPSg3rUSeBWwlvmlpBwMg1F4fLBelbOwET"
          "RleIOMd+uXSwSv700N2OZlIsE9R33FiRYBgz4cjRwIvsRWDe9HUaVyEE0N7vyGYLRnzwjp0IM9SvBxAn23ZjlO"
          "hKH2LJaz7A77ina6oG/feVeFYzc+bzV71NeXIq7gnfpYguzMF6oLeNXRxc2OtuGEoTYvDx+PLiJlT+pdc/I2uv"
          "tEV+eBfeZkeJ5JZtKtgN9/NmVgKqUDyNNdGvBGsskwZkdCadNYamFVWnsLjBdQnuMH9gDPJAPTCY6G3Za2aQ==");
}

void signing_key_test(void) {
    unit_test("version 1 is RSA over SHA-1", version_1_is_rsa_over_sha1);
    unit_test("version 2 is RSA over SHA-256", version_2_is_rsa_over_sha256);
}
