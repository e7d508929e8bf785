/*
 * Digests, HMAC, base64, ciphers and keys over OpenSSL, the only user of its headers. EVP objects are
 * fetched once per process and contexts reused (performance.md section 2).
 */
#ifndef STACKRIG_CRYPTO_H
#define STACKRIG_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emulator/base/strbuf.h"

enum digest { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512, DIGEST_SHA224 };

#define DIGEST_MAXIMUM_SIZE 64

/* Returns the size: 16, 20, 28, 32, 48 or 64. */
size_t crypto_digest(enum digest digest, struct text data, unsigned char out[DIGEST_MAXIMUM_SIZE]);
size_t crypto_hmac(enum digest digest, struct text key, struct text data,
                   unsigned char out[DIGEST_MAXIMUM_SIZE]);
/* Digest as lower-case hex, appended. */
void crypto_append_digest_hex(struct strbuf *buffer, enum digest digest, struct text data);
void crypto_append_hex(struct strbuf *buffer, struct text bytes);
uint32_t crypto_crc32(struct text data);
uint32_t crypto_crc32c(struct text data);

/* The bytes as a gzip file. */
void crypto_append_gzip(struct strbuf *buffer, struct text bytes);
/* All members of a gzip file. False: it is none, is cut off, or holds more than the buffer's limit. */
bool crypto_append_gunzip(struct strbuf *buffer, struct text bytes);

void crypto_append_base64(struct strbuf *buffer, struct text bytes);
/* Standard alphabet, padding required, no blanks. False: not base64; the buffer may hold a part. */
bool crypto_append_unbase64(struct strbuf *buffer, struct text base64);
/* Size that decoding gives, without decoding; -1 when the length cannot be base64. */
long crypto_unbase64_size(struct text base64);

#endif
