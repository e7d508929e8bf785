/* Fn::Cidr: consecutive blocks of an IPv4 or IPv6 block. */
#include <arpa/inet.h>

#include "services/cloudformation/intrinsics_internal.h"

#define COUNT_MAXIMUM 256

/* Adds number << shift to a big-endian address. */
static void add_shifted(unsigned char *address, int size, uint64_t number, int shift) {
    unsigned carry = 0;
    for (int bit = 0; bit < size * 8; bit += 8) {
        int from = bit - shift; /* which bits of number fall into this byte */
        unsigned byte = 0;
        if (from >= 0) {
            byte = from < 64 ? (unsigned)(number >> from) & 0xff : 0;
        } else if (from > -8) {
            byte = (unsigned)(number << -from) & 0xff;
        }
        unsigned sum = address[size - 1 - bit / 8] + byte + carry;
        address[size - 1 - bit / 8] = (unsigned char)sum;
        carry = sum >> 8;
    }
}

static void clear_host_bits(unsigned char *address, int size, int prefix) {
    for (int bit = prefix; bit < size * 8; bit++) {
        address[bit / 8] &= (unsigned char)~(0x80 >> (bit % 8));
    }
}

json_t *cidr_split(const char *block, int64_t count, int64_t bits) {
    unsigned char address[16];
    char text[INET6_ADDRSTRLEN];
    struct text rest = text_of(block);
    struct text host = text_cut(&rest, '/');
    int64_t prefix;
    if (!rest.data || !text_to_int64(rest, &prefix) || host.size >= sizeof text) {
        return NULL;
    }
    memcpy(text, host.data, host.size);
    text[host.size] = '\0';
    int family = text_find_char(host, ':') >= 0 ? AF_INET6 : AF_INET;
    int width = family == AF_INET6 ? 128 : 32;
    if (inet_pton(family, text, address) != 1 || prefix < 0 || prefix > width || bits < 1 || bits > width ||
        count < 1 || count > COUNT_MAXIMUM) {
        return NULL;
    }
    int64_t room = width - bits - prefix; /* bits that number the blocks */
    if (room < 0 || (room < 9 && count > (INT64_C(1) << room))) {
        return NULL;
    }
    clear_host_bits(address, width / 8, (int)prefix);
    json_t *blocks = json_array();
    for (int64_t i = 0; i < count; i++) {
        unsigned char base[16];
        memcpy(base, address, sizeof base);
        add_shifted(base, width / 8, (uint64_t)i, (int)bits);
        inet_ntop(family, base, text, sizeof text);
        json_array_append_new(blocks, json_sprintf("%s/%d", text, width - (int)bits));
    }
    return blocks;
}
