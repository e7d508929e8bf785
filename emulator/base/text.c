#include "emulator/base/text.h"

#include <math.h>

#include "emulator/base/die.h"

static char lower(char byte) {
    return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n' || byte == '\v' || byte == '\f';
}

bool text_same(struct text a, struct text b) {
    if (!a.data || !b.data) {
        return a.data == b.data;
    }
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

bool text_equals_ignore_case(struct text text, const char *string) {
    if (!text.data) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        if (lower(text.data[i]) != lower(string[i]) || string[i] == '\0') {
            return false;
        }
    }
    return string[text.size] == '\0';
}

bool text_ends_with(struct text text, const char *suffix) {
    size_t size = strlen(suffix);
    return text.data && text.size >= size && memcmp(text.data + text.size - size, suffix, size) == 0;
}

int text_compare(struct text a, struct text b) {
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common ? memcmp(a.data, b.data, common) : 0;
    if (order != 0) {
        return order;
    }
    return (a.size > b.size) - (a.size < b.size);
}

ptrdiff_t text_find_char(struct text text, char wanted) {
    const char *found = text.size ? memchr(text.data, wanted, text.size) : NULL;
    return found ? found - text.data : -1;
}

bool text_is_made_of(struct text text, const char *characters) {
    for (size_t i = 0; i < text.size; i++) {
        if (!text.data[i] || !strchr(characters, text.data[i])) {
            return false;
        }
    }
    return true;
}

ptrdiff_t text_find(struct text text, const char *wanted) {
    if (!text.data) {
        return -1;
    }
    const char *found = memmem(text.data, text.size, wanted, strlen(wanted));
    return found ? found - text.data : -1;
}

struct text text_slice(struct text text, size_t start, size_t size) {
    if (!text.data) {
        return TEXT_NONE;
    }
    if (start > text.size) {
        start = text.size;
    }
    size_t rest = text.size - start;
    return (struct text){text.data + start, size < rest ? size : rest};
}

struct text text_trim(struct text text) {
    while (text.size && is_blank(text.data[0])) {
        text.data++;
        text.size--;
    }
    while (text.size && is_blank(text.data[text.size - 1])) {
        text.size--;
    }
    return text;
}

struct text text_cut(struct text *rest, char separator) {
    ptrdiff_t at = text_find_char(*rest, separator);
    struct text part = *rest;
    if (at < 0) {
        *rest = TEXT_NONE;
        return part;
    }
    part.size = (size_t)at;
    rest->data += at + 1;
    rest->size -= (size_t)at + 1;
    return part;
}

bool text_to_int64(struct text text, int64_t *number) {
    size_t i = 0;
    bool negative = false;
    if (text.size && (text.data[0] == '-' || text.data[0] == '+')) {
        negative = text.data[0] == '-';
        i = 1;
    }
    if (i == text.size) {
        return false;
    }
    /* Counted downwards, because the smallest number has no positive twin. */
    int64_t value = 0;
    for (; i < text.size; i++) {
        unsigned digit = (unsigned char)text.data[i] - (unsigned)'0';
        if (digit > 9 || __builtin_mul_overflow(value, (int64_t)10, &value) ||
            __builtin_sub_overflow(value, (int64_t)digit, &value)) {
            return false;
        }
    }
    if (!negative) {
        if (value == INT64_MIN) {
            return false;
        }
        value = -value;
    }
    *number = value;
    return true;
}

bool text_to_double(struct text text, double *number) {
    bool digits = false;
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if (byte >= '0' && byte <= '9') {
            digits = true;
        } else if (byte != '+' && byte != '-' && byte != '.' && byte != 'e' && byte != 'E') {
            return false; /* strtod also reads hexadecimal, "inf", "nan" and leading blanks */
        }
    }
    if (!digits) {
        return false;
    }
    char local[64];
    char *copy = text.size < sizeof(local) ? local : xmalloc(text.size + 1);
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    char *end;
    double value = strtod(copy, &end);
    bool whole = end == copy + text.size && isfinite(value);
    if (copy != local) {
        free(copy);
    }
    if (whole) {
        *number = value;
    }
    return whole;
}
