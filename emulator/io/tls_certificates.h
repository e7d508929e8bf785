/*
 * The throw-away certificate authority of the TLS door: one CA for each run, leaves minted by name.
 * OpenSSL types; for tls.c alone.
 */
#ifndef STACKRIG_TLS_CERTIFICATES_H
#define STACKRIG_TLS_CERTIFICATES_H

#include <openssl/types.h>

#include "emulator/base/text.h"

struct tls_certificates;

struct tls_certificates *tls_certificates_open(void);
void tls_certificates_close(struct tls_certificates *certificates);
/* The CA certificate as PEM, borrowed. */
struct text tls_certificates_ca_pem(const struct tls_certificates *certificates);
/* A leaf for a host name (from SNI; anything but a plausible name is taken as absent) or else for localhost
 * and the address the client connected to ("127.0.0.1", "::1"). Borrowed until the next call. */
X509 *tls_certificates_leaf(struct tls_certificates *certificates, const char *name, const char *address);
/* The private key of all leaves, borrowed. */
EVP_PKEY *tls_certificates_leaf_key(const struct tls_certificates *certificates);

#endif
