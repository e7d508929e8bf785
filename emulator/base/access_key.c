#include "emulator/base/access_key.h"

#define PREFIX_SIZE 4
#define CODED_BYTES 10 /* 16 letters of five bits */
#define ACCOUNT_BITS_SHIFT 7
#define ACCOUNT_MASK UINT64_C(0x7fffffffff80)
#define NEWER_FORM (UINT64_C(1) << 47)

static const char alphabet[] = IDS_BASE32;

/* Ten bytes, of which the first six hold the account (shifted left by seven bits), the rest is chance. */
static void encode(const unsigned char bytes[CODED_BYTES], char *letters) {
    for (int i = 0; i < 16; i++) {
        int bit = i * 5;
        unsigned pair = (unsigned)bytes[bit / 8] << 8 | (bit / 8 + 1 < CODED_BYTES ? bytes[bit / 8 + 1] : 0U);
        letters[i] = alphabet[pair >> (11 - bit % 8) & 31];
    }
}

static bool decode(const char *letters, unsigned char bytes[CODED_BYTES]) {
    memset(bytes, 0, CODED_BYTES);
    for (int i = 0; i < 16; i++) {
        const char *found = letters[i] ? strchr(alphabet, letters[i]) : NULL;
        if (!found) {
            return false;
        }
        int bit = i * 5;
        unsigned pair = (unsigned)(found - alphabet) << (11 - bit % 8);
        bytes[bit / 8] = (unsigned char)(bytes[bit / 8] | pair >> 8);
        if (bit / 8 + 1 < CODED_BYTES) {
            bytes[bit / 8 + 1] = (unsigned char)(bytes[bit / 8 + 1] | (pair & 0xff));
        }
    }
    return true;
}

void access_key_make_id(struct ids *ids, const char *prefix, const char *account,
                        char id[ACCESS_KEY_ID_SIZE]) {
    unsigned char bytes[CODED_BYTES];
    int64_t number = 0;
    ids_random_bytes(ids, bytes, sizeof(bytes));
    text_to_int64(text_of(account), &number);
    uint64_t coded = NEWER_FORM | ((uint64_t)number << ACCOUNT_BITS_SHIFT & ACCOUNT_MASK) | (bytes[5] & 0x7f);
    for (int i = 0; i < 6; i++) {
        bytes[i] = (unsigned char)(coded >> (40 - 8 * i) & 0xff);
    }
    memcpy(id, prefix, PREFIX_SIZE);
    encode(bytes, id + PREFIX_SIZE);
    id[ACCESS_KEY_ID_SIZE - 1] = '\0';
}

void access_key_make_secret(struct ids *ids, char secret[SECRET_ACCESS_KEY_SIZE]) {
    ids_random_string(ids, IDS_ALPHANUMERIC "/+", SECRET_ACCESS_KEY_SIZE - 1, secret);
}

bool access_key_account(struct text id, char account[13]) {
    unsigned char bytes[CODED_BYTES];
    if (id.size != ACCESS_KEY_ID_SIZE - 1 ||
        (!text_starts_with(id, "AKIA") && !text_starts_with(id, "ASIA")) ||
        !decode(id.data + PREFIX_SIZE, bytes)) {
        return false;
    }
    uint64_t coded = 0;
    for (int i = 0; i < 6; i++) {
        coded = coded << 8 | bytes[i];
    }
    uint64_t number = (coded & ACCOUNT_MASK) >> ACCOUNT_BITS_SHIFT;
    if (!(coded & NEWER_FORM) || number > UINT64_C(999999999999)) {
        return false;
    }
    snprintf(account, 13, "%012llu", (unsigned long long)number);
    return true;
}

void unique_id_make(struct ids *ids, const char *prefix, char id[UNIQUE_ID_SIZE]) {
    memcpy(id, prefix, PREFIX_SIZE);
    ids_random_string(ids, alphabet, UNIQUE_ID_SIZE - 1 - PREFIX_SIZE, id + PREFIX_SIZE);
}
