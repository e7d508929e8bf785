#include "emulator/base/crypto_cipher.h"

#include <limits.h>
#include <openssl/evp.h>

#include "emulator/base/die.h"

static void must(bool done) {
    if (!done) {
        die("OpenSSL: AES-256-GCM failed");
    }
}

static const unsigned char *bytes_of(struct text text) {
    return (const unsigned char *)(text.data ? text.data : "");
}

/* OpenSSL counts in int. */
static int length_of(struct text text) {
    if (text.size > INT_MAX / 2) {
        die("%zu bytes are too many for one ciphertext", text.size);
    }
    return (int)text.size;
}

static EVP_CIPHER_CTX *begin(const unsigned char *key, const unsigned char *nonce, struct text authenticated,
                             bool seal) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int size;
    must(context && EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce, seal ? 1 : 0));
    if (authenticated.size > 0) {
        must(EVP_CipherUpdate(context, NULL, &size, bytes_of(authenticated), length_of(authenticated)));
    }
    return context;
}

void cipher_append_sealed(struct strbuf *buffer, const unsigned char key[CIPHER_KEY_SIZE],
                          const unsigned char nonce[CIPHER_NONCE_SIZE], struct text authenticated,
                          struct text plaintext) {
    unsigned char tag[CIPHER_TAG_SIZE];
    unsigned char rest[EVP_MAX_BLOCK_LENGTH];
    unsigned char *out = xmalloc(plaintext.size + 1);
    int size = 0;
    EVP_CIPHER_CTX *context = begin(key, nonce, authenticated, true);
    must(EVP_CipherUpdate(context, out, &size, bytes_of(plaintext), length_of(plaintext)));
    int end = 0; /* of a counter mode: nothing is left over */
    must(EVP_CipherFinal_ex(context, rest, &end) &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, CIPHER_TAG_SIZE, tag));
    strbuf_append(buffer, out, (size_t)size);
    strbuf_append(buffer, tag, sizeof(tag));
    EVP_CIPHER_CTX_free(context);
    free(out);
}

bool cipher_append_opened(struct strbuf *buffer, const unsigned char key[CIPHER_KEY_SIZE],
                          const unsigned char nonce[CIPHER_NONCE_SIZE], struct text authenticated,
                          struct text sealed) {
    if (sealed.size < CIPHER_TAG_SIZE) {
        return false;
    }
    struct text body = text_slice(sealed, 0, sealed.size - CIPHER_TAG_SIZE);
    unsigned char tag[CIPHER_TAG_SIZE];
    memcpy(tag, sealed.data + body.size, sizeof(tag));
    unsigned char rest[EVP_MAX_BLOCK_LENGTH];
    unsigned char *out = xmalloc(body.size + 1);
    int size = 0;
    int end = 0;
    EVP_CIPHER_CTX *context = begin(key, nonce, authenticated, false);
    must(EVP_CipherUpdate(context, out, &size, bytes_of(body), length_of(body)) &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, CIPHER_TAG_SIZE, tag));
    bool good = EVP_CipherFinal_ex(context, rest, &end) > 0;
    if (good) {
        strbuf_append(buffer, out, (size_t)size);
    }
    EVP_CIPHER_CTX_free(context);
    free(out);
    return good;
}
