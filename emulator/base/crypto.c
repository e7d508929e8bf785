#include "emulator/base/crypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <zlib.h>

#include "emulator/base/die.h"

struct digest_row {
    const char *name;
    size_t size;
};

static const struct digest_row digest_rows[] = {
    [DIGEST_MD5] = {"MD5", 16},       [DIGEST_SHA1] = {"SHA1", 20},     [DIGEST_SHA256] = {"SHA256", 32},
    [DIGEST_SHA384] = {"SHA384", 48}, [DIGEST_SHA512] = {"SHA512", 64}, [DIGEST_SHA224] = {"SHA224", 28},
};

#define DIGESTS (sizeof(digest_rows) / sizeof(digest_rows[0]))

/* Fetched at first use and kept: a fetch costs more than the digest of a small body. Of each thread, because
 * the makers of RSA keys run beside the loop. */
struct engines {
    EVP_MD *digests[DIGESTS];
    EVP_MD_CTX *digest_context;
    EVP_MAC_CTX *macs[DIGESTS];
};

static _Thread_local struct engines engines;

static void must(bool done, const char *what) {
    if (!done) {
        die("OpenSSL: %s failed", what);
    }
}

static const EVP_MD *engine_of(enum digest digest) {
    EVP_MD **place = &engines.digests[digest];
    if (!*place) {
        *place = EVP_MD_fetch(NULL, digest_rows[digest].name, NULL);
        must(*place, digest_rows[digest].name);
    }
    return *place;
}

size_t crypto_digest(enum digest digest, struct text data, unsigned char out[DIGEST_MAXIMUM_SIZE]) {
    if (!engines.digest_context) {
        engines.digest_context = EVP_MD_CTX_new();
        must(engines.digest_context, "EVP_MD_CTX_new");
    }
    EVP_MD_CTX *context = engines.digest_context;
    must(EVP_DigestInit_ex2(context, engine_of(digest), NULL) &&
             EVP_DigestUpdate(context, data.data, data.size) && EVP_DigestFinal_ex(context, out, NULL),
         "digest");
    return digest_rows[digest].size;
}

static EVP_MAC_CTX *mac_of(enum digest digest) {
    EVP_MAC_CTX **place = &engines.macs[digest];
    if (!*place) {
        EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
        *place = EVP_MAC_CTX_new(mac);
        EVP_MAC_free(mac);
        OSSL_PARAM parameters[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)digest_rows[digest].name, 0),
            OSSL_PARAM_construct_end(),
        };
        must(*place && EVP_MAC_CTX_set_params(*place, parameters), "HMAC");
    }
    return *place;
}

size_t crypto_hmac(enum digest digest, struct text key, struct text data,
                   unsigned char out[DIGEST_MAXIMUM_SIZE]) {
    EVP_MAC_CTX *context = mac_of(digest);
    /* An absent key would mean "the one before". */
    const char *bytes = key.data ? key.data : "";
    size_t size = 0;
    must(EVP_MAC_init(context, (const unsigned char *)bytes, key.size, NULL) &&
             EVP_MAC_update(context, (const unsigned char *)data.data, data.size) &&
             EVP_MAC_final(context, out, &size, DIGEST_MAXIMUM_SIZE),
         "HMAC");
    return size;
}

void crypto_append_digest_hex(struct strbuf *buffer, enum digest digest, struct text data) {
    unsigned char bytes[DIGEST_MAXIMUM_SIZE];
    size_t size = crypto_digest(digest, data, bytes);
    crypto_append_hex(buffer, (struct text){(const char *)bytes, size});
}

void crypto_append_hex(struct strbuf *buffer, struct text bytes) {
    static const char hex[] = "0123456789abcdef";
    strbuf_reserve(buffer, bytes.size * 2);
    for (size_t i = 0; i < bytes.size; i++) {
        char pair[2] = {hex[(unsigned char)bytes.data[i] >> 4], hex[bytes.data[i] & 15]};
        strbuf_append(buffer, pair, sizeof(pair));
    }
}

/* ---- CRC-32C (Castagnoli), eight bytes a step ---- */

static uint32_t crc32c_tables[8][256];
static pthread_once_t crc32c_once = PTHREAD_ONCE_INIT;

static void make_crc32c_tables(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78U : 0);
        }
        crc32c_tables[0][i] = crc;
    }
    for (uint32_t i = 0; i < 256; i++) {
        for (int table = 1; table < 8; table++) {
            uint32_t before = crc32c_tables[table - 1][i];
            crc32c_tables[table][i] = before >> 8 ^ crc32c_tables[0][before & 255];
        }
    }
}

uint32_t crypto_crc32c(struct text data) {
    pthread_once(&crc32c_once, make_crc32c_tables);
    const unsigned char *bytes = (const unsigned char *)data.data;
    size_t size = data.size;
    uint32_t crc = UINT32_MAX;
    for (; size >= 8; size -= 8, bytes += 8) {
        uint32_t low = crc ^ ((uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                              (uint32_t)bytes[3] << 24);
        crc = crc32c_tables[7][low & 255] ^ crc32c_tables[6][low >> 8 & 255] ^
              crc32c_tables[5][low >> 16 & 255] ^ crc32c_tables[4][low >> 24] ^ crc32c_tables[3][bytes[4]] ^
              crc32c_tables[2][bytes[5]] ^ crc32c_tables[1][bytes[6]] ^ crc32c_tables[0][bytes[7]];
    }
    for (; size; size--, bytes++) {
        crc = crc >> 8 ^ crc32c_tables[0][(crc ^ *bytes) & 255];
    }
    return ~crc;
}

/* ---- Base64 ---- */

void crypto_append_base64(struct strbuf *buffer, struct text bytes) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = (const unsigned char *)bytes.data;
    size_t size = bytes.size;
    char block[512];
    size_t used = 0;
    strbuf_reserve(buffer, (size + 2) / 3 * 4);
    for (; size >= 3; size -= 3, in += 3) {
        unsigned group = (unsigned)in[0] << 16 | (unsigned)in[1] << 8 | in[2];
        block[used++] = alphabet[group >> 18];
        block[used++] = alphabet[group >> 12 & 63];
        block[used++] = alphabet[group >> 6 & 63];
        block[used++] = alphabet[group & 63];
        if (used == sizeof(block)) {
            strbuf_append(buffer, block, used);
            used = 0;
        }
    }
    if (size) { /* there is room: what is in the block is a multiple of four and not all of it */
        unsigned second = size == 2 ? in[1] : 0U;
        block[used++] = alphabet[in[0] >> 2];
        block[used++] = alphabet[(in[0] & 3U) << 4 | second >> 4];
        block[used++] = size == 2 ? alphabet[(second & 15) << 2] : '=';
        block[used++] = '=';
    }
    if (used) {
        strbuf_append(buffer, block, used);
    }
}

static int base64_value(char byte) {
    if (byte >= 'A' && byte <= 'Z') {
        return byte - 'A';
    }
    if (byte >= 'a' && byte <= 'z') {
        return byte - 'a' + 26;
    }
    if (byte >= '0' && byte <= '9') {
        return byte - '0' + 52;
    }
    return byte == '+' ? 62 : byte == '/' ? 63 : -1;
}

static size_t padding_of(struct text base64) {
    if (!base64.size || base64.data[base64.size - 1] != '=') {
        return 0;
    }
    return base64.data[base64.size - 2] == '=' ? 2 : 1;
}

long crypto_unbase64_size(struct text base64) {
    if (base64.size % 4 != 0) {
        return -1;
    }
    return (long)(base64.size / 4 * 3 - padding_of(base64));
}

bool crypto_append_unbase64(struct strbuf *buffer, struct text base64) {
    if (base64.size % 4 != 0) {
        return false;
    }
    size_t padding = padding_of(base64);
    strbuf_reserve(buffer, base64.size / 4 * 3);
    for (size_t i = 0; i < base64.size; i += 4) {
        bool last = i + 4 == base64.size;
        int values[4];
        for (size_t k = 0; k < 4; k++) {
            values[k] = last && k >= 4 - padding ? 0 : base64_value(base64.data[i + k]);
        }
        if ((values[0] | values[1] | values[2] | values[3]) < 0) {
            return false;
        }
        char out[3] = {(char)(values[0] << 2 | values[1] >> 4), (char)(values[1] << 4 | values[2] >> 2),
                       (char)(values[2] << 6 | values[3])};
        strbuf_append(buffer, out, last ? 3 - padding : 3);
    }
    return true;
}

void crypto_append_gzip(struct strbuf *buffer, struct text bytes) {
    const int gzip_window = 15 + 16; /* zlib's way of asking for a gzip header */
    z_stream stream = {.next_in = (unsigned char *)bytes.data, .avail_in = (unsigned)bytes.size};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        die("crypto: deflateInit2 failed");
    }
    int code = Z_OK;
    while (code == Z_OK) {
        unsigned char out[16384];
        stream.next_out = out;
        stream.avail_out = sizeof(out);
        code = deflate(&stream, Z_FINISH);
        strbuf_append(buffer, out, sizeof(out) - stream.avail_out);
    }
    deflateEnd(&stream);
}

bool crypto_append_gunzip(struct strbuf *buffer, struct text bytes) {
    const int gzip_window = 15 + 16;
    z_stream stream = {.next_in = (unsigned char *)bytes.data, .avail_in = (unsigned)bytes.size};
    if (inflateInit2(&stream, gzip_window) != Z_OK) {
        die("crypto: inflateInit2 failed");
    }
    int code = Z_OK;
    while (code == Z_OK && !buffer->overflow) {
        unsigned char out[16384];
        stream.next_out = out;
        stream.avail_out = sizeof(out);
        code = inflate(&stream, Z_NO_FLUSH);
        strbuf_append(buffer, out, sizeof(out) - stream.avail_out);
        if (code == Z_STREAM_END && stream.avail_in > 0) {
            code = inflateReset(&stream); /* one file after the other */
        }
    }
    inflateEnd(&stream);
    return code == Z_STREAM_END && !buffer->overflow;
}
