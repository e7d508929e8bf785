/*
 * RSA signatures (PKCS #1 v1.5) with a key given as numbers. For keys that guard nothing: the time it takes
 * tells about the exponent.
 */
#ifndef STACKRIG_CRYPTO_RSA_H
#define STACKRIG_CRYPTO_RSA_H

#include "emulator/base/crypto.h"

struct rsa_key;

/* Hexadecimal modulus of 2,048 to 4,096 bits (a multiple of 64), odd; exponent up to 7. */
struct rsa_key *rsa_key_open(const char *modulus, unsigned private_exponent);
void rsa_key_close(struct rsa_key *key);
/* Appends the signature in base64. DIGEST_SHA1 or DIGEST_SHA256. */
void rsa_append_signature(struct strbuf *buffer, struct rsa_key *key, enum digest digest, struct text data);

#endif
