#include "services/sqs/sqs_names.h"

#define MAXIMUM_NAME 80
#define MAXIMUM_GROUP_ID 128
#define ACCOUNT_DIGITS 12

static bool is_word(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '_';
}

static bool all_words(struct text text) {
    for (size_t i = 0; i < text.size; i++) {
        if (!is_word(text.data[i])) {
            return false;
        }
    }
    return text.size > 0;
}

bool sqs_name_is_valid(struct text name, bool fifo) {
    if (name.size > MAXIMUM_NAME || text_ends_with(name, ".fifo") != fifo) {
        return false;
    }
    return all_words(fifo ? text_slice(name, 0, name.size - strlen(".fifo")) : name);
}

bool sqs_entry_id_is_valid(struct text id) {
    return id.size <= MAXIMUM_NAME && all_words(id);
}

bool sqs_group_id_is_valid(struct text id) {
    for (size_t i = 0; i < id.size; i++) {
        if (id.data[i] <= ' ' || id.data[i] > '~') {
            return false;
        }
    }
    return id.size > 0 && id.size <= MAXIMUM_GROUP_ID;
}

/* U+FFFE and U+FFFF are no characters, U+D800 to U+DFFF are halves of some. */
static bool is_forbidden_sequence(const unsigned char *bytes, size_t left) {
    if (left < 3) {
        return false;
    }
    return (bytes[0] == 0xef && bytes[1] == 0xbf && bytes[2] >= 0xbe) ||
           (bytes[0] == 0xed && bytes[1] >= 0xa0);
}

/* Eight bytes of plain ASCII without controls: nothing to look at. */
static bool is_plain(const unsigned char *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    const uint64_t ones = UINT64_C(0x0101010101010101);
    /* A byte with its high bit set is no ASCII; one below the blank borrows. */
    return ((word | (word - ones * ' ')) & ones * 0x80) == 0;
}

bool sqs_characters_are_valid(struct text body) {
    const unsigned char *bytes = (const unsigned char *)body.data;
    for (size_t i = 0; i < body.size; i++) {
        while (body.size - i > sizeof(uint64_t) && is_plain(bytes + i)) {
            i += sizeof(uint64_t);
        }
        unsigned char byte = bytes[i];
        if (byte < ' ' && byte != '\t' && byte != '\n' && byte != '\r') {
            return false;
        }
        if (byte >= 0xed && is_forbidden_sequence(bytes + i, body.size - i)) {
            return false;
        }
    }
    return true;
}

static bool is_account(struct text text) {
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return text.size == ACCOUNT_DIGITS;
}

/* "us-east-1": letters, a dash, and a digit at the end. */
static bool looks_like_region(struct text text) {
    return text.size > 5 && text.size < 32 && text_find_char(text, '-') > 0 && all_words(text) &&
           text.data[text.size - 1] >= '0' && text.data[text.size - 1] <= '9';
}

struct text sqs_region_of_host(struct text host) {
    struct text rest = host;
    struct text first = text_cut(&rest, '.');
    struct text second = rest.data ? text_cut(&rest, '.') : TEXT_NONE;
    if (text_equals(first, "sqs") && looks_like_region(second)) {
        return second;
    }
    if (second.data && text_equals(second, "queue") && looks_like_region(first)) {
        return first;
    }
    return TEXT_NONE;
}

bool sqs_queue_url_parse(struct text url, struct sqs_queue_url *parsed) {
    *parsed = (struct sqs_queue_url){0};
    ptrdiff_t scheme = text_find(url, "://");
    struct text path = url;
    if (scheme >= 0) {
        struct text rest = text_slice(url, (size_t)scheme + 3, url.size);
        parsed->region = sqs_region_of_host(text_cut(&rest, '/'));
        path = rest.data ? rest : TEXT("");
    }
    path = text_starts_with(path, "/") ? text_slice(path, 1, path.size) : path;
    struct text segments[5];
    size_t count = 0;
    while (path.data && count < 5) {
        segments[count++] = text_cut(&path, '/');
    }
    if (count > 1 && segments[count - 1].size == 0) {
        count--; /* a slash at the end */
    }
    if (count == 4 && text_equals(segments[0], "queue") && is_account(segments[2])) {
        parsed->region = segments[1];
        parsed->region_in_path = true;
        parsed->account = segments[2];
        parsed->name = segments[3];
    } else if (count == 2 && is_account(segments[0])) {
        parsed->account = segments[0];
        parsed->name = segments[1];
    } else if (count == 2 && text_equals(segments[0], "queue")) {
        parsed->name = segments[1];
    } else if (count == 1 && scheme < 0) {
        parsed->name = segments[0];
    }
    return parsed->name.size > 0;
}
