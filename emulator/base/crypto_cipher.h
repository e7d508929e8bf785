/* Authenticated encryption: AES-256-GCM over OpenSSL. */
#ifndef STACKRIG_CRYPTO_CIPHER_H
#define STACKRIG_CRYPTO_CIPHER_H

#include "emulator/base/crypto.h"

#define CIPHER_KEY_SIZE 32
#define CIPHER_NONCE_SIZE 12
#define CIPHER_TAG_SIZE 16

/* Appends the ciphertext and its tag. A nonce must serve a key once only. */
void cipher_append_sealed(struct strbuf *buffer, const unsigned char key[CIPHER_KEY_SIZE],
                          const unsigned char nonce[CIPHER_NONCE_SIZE], struct text authenticated,
                          struct text plaintext);
/* Appends the plaintext. False: another key, other authenticated data, or damaged; nothing is appended then.
 */
bool cipher_append_opened(struct strbuf *buffer, const unsigned char key[CIPHER_KEY_SIZE],
                          const unsigned char nonce[CIPHER_NONCE_SIZE], struct text authenticated,
                          struct text sealed);

#endif
