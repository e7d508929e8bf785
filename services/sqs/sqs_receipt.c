#include "services/sqs/sqs_receipt.h"

#include "emulator/base/crypto.h"

/*
 * AWS's handles are some hundred characters of base64 that begin with "AQEB". Ours hold three numbers, each
 * scrambled with a mask so that neighbours do not look alike, filler made from them, and a checksum.
 */
#define BYTES (SQS_RECEIPT_SIZE / 4 * 3)
#define HEAD 3
#define CHECKSUM (BYTES - 4)

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static uint64_t mix(uint64_t value) {
    value ^= value >> 30;
    value *= UINT64_C(0xbf58476d1ce4e5b9);
    value ^= value >> 27;
    value *= UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

static void put(unsigned char *bytes, uint64_t number, int size) {
    for (int i = size - 1; i >= 0; i--) {
        bytes[i] = (unsigned char)(number & 0xff);
        number >>= 8;
    }
}

static uint64_t get(const unsigned char *bytes, int size) {
    uint64_t number = 0;
    for (int i = 0; i < size; i++) {
        number = number << 8 | bytes[i];
    }
    return number;
}

static void fill(unsigned char bytes[BYTES], const struct sqs_receipt *receipt) {
    uint64_t seed =
        mix((uint64_t)receipt->queue_id * 31 + (uint64_t)receipt->message_id * 131 + receipt->number);
    put(bytes, 0x010101, HEAD);
    put(bytes + HEAD, seed, 8);
    put(bytes + HEAD + 8, (uint64_t)receipt->queue_id ^ mix(seed + 1), 8);
    put(bytes + HEAD + 16, (uint64_t)receipt->message_id ^ mix(seed + 2), 8);
    put(bytes + HEAD + 24, receipt->number ^ (mix(seed + 3) & 0xffffffff), 4);
    uint64_t state = seed;
    for (int at = HEAD + 28; at < CHECKSUM; at++) {
        if ((at - HEAD - 28) % 8 == 0) {
            state = mix(state + 5);
        }
        bytes[at] = (unsigned char)(state >> 8 * ((at - HEAD - 28) % 8));
    }
    put(bytes + CHECKSUM, crypto_crc32((struct text){(const char *)bytes, CHECKSUM}), 4);
}

void sqs_receipt_write(char handle[SQS_RECEIPT_SIZE], const struct sqs_receipt *receipt) {
    unsigned char bytes[BYTES];
    fill(bytes, receipt);
    for (int i = 0; i < BYTES / 3; i++) {
        uint64_t group = get(bytes + 3 * i, 3);
        for (int j = 0; j < 4; j++) {
            handle[4 * i + j] = digits[group >> 6 * (3 - j) & 63];
        }
    }
}

bool sqs_receipt_read(struct text handle, struct sqs_receipt *receipt) {
    if (handle.size != SQS_RECEIPT_SIZE) {
        return false;
    }
    unsigned char bytes[BYTES];
    for (int i = 0; i < BYTES / 3; i++) {
        uint64_t group = 0;
        for (int j = 0; j < 4; j++) {
            const char *digit = memchr(digits, handle.data[4 * i + j], sizeof(digits) - 1);
            if (!digit) {
                return false;
            }
            group = group << 6 | (uint64_t)(digit - digits);
        }
        put(bytes + 3 * i, group, 3);
    }
    uint64_t seed = get(bytes + HEAD, 8);
    receipt->queue_id = (int64_t)(get(bytes + HEAD + 8, 8) ^ mix(seed + 1));
    receipt->message_id = (int64_t)(get(bytes + HEAD + 16, 8) ^ mix(seed + 2));
    receipt->number = (uint32_t)(get(bytes + HEAD + 24, 4) ^ (mix(seed + 3) & 0xffffffff));
    unsigned char expected[BYTES];
    fill(expected, receipt);
    return memcmp(bytes, expected, BYTES) == 0;
}
