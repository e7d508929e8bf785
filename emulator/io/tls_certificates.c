#include "emulator/io/tls_certificates.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "emulator/base/die.h"
#include "emulator/base/strbuf.h"

/* Both the machine's clock and a virtual one must lie in here. */
#define NOT_BEFORE "20200101000000Z"
#define NOT_AFTER "20491231235959Z"
#define CACHED_LEAVES 256
#define MAXIMUM_NAME 253

struct leaf {
    char *name;
    X509 *certificate;
};

struct tls_certificates {
    EVP_PKEY *ca_key;
    X509 *ca;
    EVP_PKEY *leaf_key;
    struct strbuf pem;
    struct leaf leaves[CACHED_LEAVES];
    int leaf_count;
    int next_leaf; /* the oldest, once all places are taken */
};

static _Noreturn void fail(const char *what) {
    char reason[256];
    ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
    die("tls: %s: %s", what, reason);
}

static EVP_PKEY *new_key(void) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    if (!key) {
        fail("cannot make a key");
    }
    return key;
}

static void set_serial(X509 *certificate) {
    unsigned char bytes[8];
    if (RAND_bytes(bytes, sizeof bytes) != 1) {
        fail("no random bytes");
    }
    uint64_t serial;
    memcpy(&serial, bytes, sizeof serial);
    if (!ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1)) {
        fail("cannot set a serial number");
    }
}

static void add_extension(X509 *certificate, X509 *issuer, int id, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, id, value);
    if (!extension || !X509_add_ext(certificate, extension, -1)) {
        fail("cannot add an extension");
    }
    X509_EXTENSION_free(extension);
}

/* Everything but issuer, extensions and signature. */
static X509 *new_certificate(EVP_PKEY *key, const char *common_name) {
    X509 *certificate = X509_new();
    if (!certificate || !X509_set_version(certificate, X509_VERSION_3)) {
        fail("cannot make a certificate");
    }
    set_serial(certificate);
    X509_NAME *subject = X509_get_subject_name(certificate);
    if (!ASN1_TIME_set_string(X509_getm_notBefore(certificate), NOT_BEFORE) ||
        !ASN1_TIME_set_string(X509_getm_notAfter(certificate), NOT_AFTER) ||
        !X509_set_pubkey(certificate, key) ||
        !X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC, (const unsigned char *)"stackrig", -1, -1,
                                    0) ||
        !X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)common_name, -1, -1,
                                    0)) {
        fail("cannot fill a certificate");
    }
    return certificate;
}

static void sign(X509 *certificate, EVP_PKEY *key) {
    if (!X509_sign(certificate, key, EVP_sha256())) {
        fail("cannot sign a certificate");
    }
}

static void make_ca(struct tls_certificates *certificates) {
    certificates->ca_key = new_key();
    X509 *ca = new_certificate(certificates->ca_key, "stackrig throw-away CA");
    if (!X509_set_issuer_name(ca, X509_get_subject_name(ca))) {
        fail("cannot name the issuer");
    }
    add_extension(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(ca, ca, NID_subject_key_identifier, "hash");
    add_extension(ca, ca, NID_authority_key_identifier, "keyid:always");
    sign(ca, certificates->ca_key);
    certificates->ca = ca;

    BIO *memory = BIO_new(BIO_s_mem());
    if (!memory || !PEM_write_bio_X509(memory, ca)) {
        fail("cannot write the CA");
    }
    char *data = NULL;
    long size = BIO_get_mem_data(memory, &data);
    strbuf_append(&certificates->pem, data, (size_t)size);
    BIO_free(memory);
}

/* names: of the subject alternative name extension, "DNS:a,IP:b". */
static X509 *make_leaf(struct tls_certificates *certificates, const char *names) {
    X509 *leaf = new_certificate(certificates->leaf_key, "stackrig");
    if (!X509_set_issuer_name(leaf, X509_get_subject_name(certificates->ca))) {
        fail("cannot name the issuer");
    }
    add_extension(leaf, certificates->ca, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(leaf, certificates->ca, NID_key_usage, "critical,digitalSignature");
    add_extension(leaf, certificates->ca, NID_ext_key_usage, "serverAuth");
    add_extension(leaf, certificates->ca, NID_subject_alt_name, names);
    add_extension(leaf, certificates->ca, NID_subject_key_identifier, "hash");
    add_extension(leaf, certificates->ca, NID_authority_key_identifier, "keyid:always");
    sign(leaf, certificates->ca_key);
    return leaf;
}

struct tls_certificates *tls_certificates_open(void) {
    struct tls_certificates *certificates = xcalloc(1, sizeof *certificates);
    strbuf_init(&certificates->pem, 64 * 1024);
    certificates->leaf_key = new_key();
    make_ca(certificates);
    return certificates;
}

void tls_certificates_close(struct tls_certificates *certificates) {
    if (!certificates) {
        return;
    }
    for (int i = 0; i < certificates->leaf_count; i++) {
        free(certificates->leaves[i].name);
        X509_free(certificates->leaves[i].certificate);
    }
    X509_free(certificates->ca);
    EVP_PKEY_free(certificates->ca_key);
    EVP_PKEY_free(certificates->leaf_key);
    strbuf_release(&certificates->pem);
    free(certificates);
}

struct text tls_certificates_ca_pem(const struct tls_certificates *certificates) {
    return strbuf_text(&certificates->pem);
}

EVP_PKEY *tls_certificates_leaf_key(const struct tls_certificates *certificates) {
    return certificates->leaf_key;
}

/* Letters, digits, '-', '_' and '.': nothing that means something in an extension's value. At least one
 * letter, for an address is no name. */
static bool is_host_name(const char *name) {
    size_t size = strlen(name);
    bool has_letter = false;
    for (const char *c = name; *c; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');
        has_letter = has_letter || letter;
        if (!letter && (*c < '0' || *c > '9') && *c != '-' && *c != '_' && *c != '.') {
            return false;
        }
    }
    return has_letter && size <= MAXIMUM_NAME;
}

static X509 *find_or_make(struct tls_certificates *certificates, const char *names) {
    for (int i = 0; i < certificates->leaf_count; i++) {
        if (strcmp(certificates->leaves[i].name, names) == 0) {
            return certificates->leaves[i].certificate;
        }
    }
    struct leaf *leaf = &certificates->leaves[certificates->next_leaf];
    certificates->next_leaf = (certificates->next_leaf + 1) % CACHED_LEAVES;
    if (certificates->leaf_count < CACHED_LEAVES) {
        certificates->leaf_count++;
    }
    free(leaf->name);
    X509_free(leaf->certificate);
    *leaf = (struct leaf){xstrdup(names), make_leaf(certificates, names)};
    return leaf->certificate;
}

X509 *tls_certificates_leaf(struct tls_certificates *certificates, const char *name, const char *address) {
    struct strbuf names = STRBUF_INIT;
    if (name && is_host_name(name)) {
        strbuf_printf(&names, "DNS:%s", name);
    } else {
        /* Python 2.7 compares an address with the names alone. */
        strbuf_append_string(&names, "DNS:localhost,DNS:127.0.0.1,IP:127.0.0.1,IP:::1");
        if (address && strcmp(address, "127.0.0.1") != 0 && strcmp(address, "::1") != 0) {
            strbuf_printf(&names, ",DNS:%s,IP:%s", address, address);
        }
    }
    X509 *certificate = find_or_make(certificates, names.data);
    strbuf_release(&names);
    return certificate;
}
