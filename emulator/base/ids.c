#include "emulator/base/ids.h"

#include <sys/random.h>

#include "emulator/base/die.h"

/* xoshiro256** (Blackman, Vigna), seeded by splitmix64: nothing here has to be a secret, it has to be quick
 * and the same for the same seed. */
struct ids {
    uint64_t seed;
    uint64_t state[4];
};

#define LETTERS_OF_WORD 8 /* of ids_random_string() */

static uint64_t splitmix(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return z ^ z >> 31;
}

static uint64_t rotate_left(uint64_t word, int bits) {
    return word << bits | word >> (64 - bits);
}

static uint64_t next_word(struct ids *ids) {
    uint64_t *s = ids->state;
    uint64_t word = rotate_left(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return word;
}

struct ids *ids_open(uint64_t seed) {
    struct ids *ids = xmalloc(sizeof(*ids));
    ids_restart(ids, seed);
    return ids;
}

void ids_close(struct ids *ids) {
    free(ids);
}

uint64_t ids_seed(const struct ids *ids) {
    return ids->seed;
}

void ids_restart(struct ids *ids, uint64_t seed) {
    while (seed == 0) {
        if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed)) {
            die("the system gives no random bytes");
        }
        seed >>= 1; /* so that it can be written as a signed number and given back with --seed */
    }
    ids->seed = seed;
    for (size_t i = 0; i < 4; i++) {
        ids->state[i] = splitmix(&seed);
    }
}

void ids_random_bytes(struct ids *ids, void *bytes, size_t size) {
    char *out = bytes;
    while (size) {
        uint64_t word = next_word(ids);
        size_t part = size < sizeof(word) ? size : sizeof(word);
        memcpy(out, &word, part);
        out += part;
        size -= part;
    }
}

uint64_t ids_random_below(struct ids *ids, uint64_t bound) {
    if (bound == 0) {
        die("ids_random_below(0)");
    }
    /* The words below `uneven` would make the first values likelier than the last. */
    uint64_t uneven = (0 - bound) % bound;
    uint64_t word;
    do {
        word = next_word(ids);
    } while (word < uneven);
    return word % bound;
}

void ids_uuid(struct ids *ids, char uuid[UUID_SIZE]) {
    static const char hex[] = IDS_HEX;
    unsigned char bytes[16];
    ids_random_bytes(ids, bytes, sizeof(bytes));
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    char *out = uuid;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *out++ = '-';
        }
        *out++ = hex[bytes[i] >> 4];
        *out++ = hex[bytes[i] & 15];
    }
    *out = '\0';
}

void ids_random_string(struct ids *ids, const char *alphabet, size_t size, char *out) {
    /* A word is a fraction whose digits, in a base of as many as there are letters, come off one by one.
     * Eight of them leave 16 bits and more for the last: no letter is noticeably likelier than another. */
    size_t letters = strlen(alphabet);
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++) {
        word = i % LETTERS_OF_WORD == 0 ? next_word(ids) : word;
        unsigned __int128 product = (unsigned __int128)word * letters;
        out[i] = alphabet[(uint64_t)(product >> 64)];
        word = (uint64_t)product;
    }
    out[size] = '\0';
}
