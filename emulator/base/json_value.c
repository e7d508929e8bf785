/* The tree and the writer. The reader is in json_parse.c. */
#include "emulator/base/json_value.h"

#include <float.h>
#include <math.h>

#include "emulator/base/crypto.h"
#include "emulator/base/die.h"

const struct json_value *json_find(const struct json_value *object, const char *key) {
    if (!object || object->type != JSON_VALUE_OBJECT) {
        return NULL;
    }
    size_t size = strlen(key);
    const struct json_value *found = NULL;
    for (const struct json_value *member = object->child; member; member = member->next) {
        if (member->key.size == size && memcmp(member->key.data, key, size) == 0) {
            found = member;
        }
    }
    return found && found->type != JSON_VALUE_NULL ? found : NULL;
}

struct text json_find_text(const struct json_value *object, const char *key) {
    const struct json_value *member = json_find(object, key);
    return member && member->type == JSON_VALUE_STRING ? member->text : TEXT_NONE;
}

struct json_value *json_new(struct arena *arena, enum json_type type) {
    struct json_value *value = arena_alloc(arena, sizeof(*value));
    *value = (struct json_value){.type = type};
    return value;
}

struct json_value *json_new_string(struct arena *arena, struct text text) {
    struct json_value *value = json_new(arena, JSON_VALUE_STRING);
    value->text = text.data ? text : TEXT("");
    return value;
}

void json_append(struct json_value *parent, struct json_value *child) {
    struct json_value **place = &parent->child;
    while (*place) {
        place = &(*place)->next;
    }
    *place = child;
    parent->count++;
    parent->raw = TEXT_NONE;
}

void json_append_member(struct json_value *object, struct text key, struct json_value *child) {
    child->key = key;
    json_append(object, child);
}

void json_append_after(struct json_value *parent, struct json_value **last, struct json_value *child) {
    if (*last) {
        (*last)->next = child;
    } else {
        parent->child = child;
    }
    *last = child;
    parent->count++;
    parent->raw = TEXT_NONE;
}

static void write_children(struct strbuf *buffer, const struct json_value *parent, char open, char close) {
    strbuf_append_char(buffer, open);
    for (const struct json_value *child = parent->child; child; child = child->next) {
        if (child != parent->child) {
            strbuf_append_char(buffer, ',');
        }
        if (parent->type == JSON_VALUE_OBJECT) {
            json_write_string(buffer, child->key);
            strbuf_append_char(buffer, ':');
        }
        json_write(buffer, child);
    }
    strbuf_append_char(buffer, close);
}

void json_write(struct strbuf *buffer, const struct json_value *value) {
    if (value->raw.data) {
        strbuf_append_text(buffer, value->raw);
        return;
    }
    switch (value->type) {
    case JSON_VALUE_NULL:
        strbuf_append(buffer, "null", 4);
        break;
    case JSON_VALUE_FALSE:
        strbuf_append(buffer, "false", 5);
        break;
    case JSON_VALUE_TRUE:
        strbuf_append(buffer, "true", 4);
        break;
    case JSON_VALUE_NUMBER:
        strbuf_append_text(buffer, value->text);
        break;
    case JSON_VALUE_STRING:
        json_write_string(buffer, value->text);
        break;
    case JSON_VALUE_ARRAY:
        write_children(buffer, value, '[', ']');
        break;
    case JSON_VALUE_OBJECT:
        write_children(buffer, value, '{', '}');
        break;
    case JSON_VALUE_BYTES:
        strbuf_append_char(buffer, '"');
        crypto_append_base64(buffer, value->text);
        strbuf_append_char(buffer, '"');
        break;
    }
}

/* What follows the backslash; 'u' stands for \u00XX, 0 for no escape. */
static const char escapes[256] = {
    [0] = 'u',  [1] = 'u',    [2] = 'u',    [3] = 'u',    [4] = 'u',   [5] = 'u',     [6] = 'u',
    [7] = 'u',  ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', [11] = 'u',  ['\f'] = 'f',  ['\r'] = 'r',
    [14] = 'u', [15] = 'u',   [16] = 'u',   [17] = 'u',   [18] = 'u',  [19] = 'u',    [20] = 'u',
    [21] = 'u', [22] = 'u',   [23] = 'u',   [24] = 'u',   [25] = 'u',  [26] = 'u',    [27] = 'u',
    [28] = 'u', [29] = 'u',   [30] = 'u',   [31] = 'u',   ['"'] = '"', ['\\'] = '\\',
};

/* Eight bytes that all stand for themselves: no control character, quote or backslash among them. */
static bool is_plain_word(const char *bytes) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t highs = UINT64_C(0x8080808080808080);
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    uint64_t quotes = word ^ ones * '"';
    uint64_t backslashes = word ^ ones * '\\';
    uint64_t controls = (word - ones * 0x20) & ~word;
    return !((controls | ((quotes - ones) & ~quotes) | ((backslashes - ones) & ~backslashes)) & highs);
}

void json_write_string(struct strbuf *buffer, struct text text) {
    static const char hex[] = "0123456789abcdef";
    strbuf_append_char(buffer, '"');
    size_t plain = 0;
    for (size_t i = 0; i < text.size; i++) {
        while (i + sizeof(uint64_t) <= text.size && is_plain_word(text.data + i)) {
            i += sizeof(uint64_t);
        }
        if (i == text.size) {
            break;
        }
        unsigned char byte = (unsigned char)text.data[i];
        char escape = escapes[byte];
        if (!escape) {
            continue;
        }
        strbuf_append(buffer, text.data + plain, i - plain);
        plain = i + 1;
        if (escape == 'u') {
            char unit[6] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
            strbuf_append(buffer, unit, sizeof(unit));
        } else {
            char pair[2] = {'\\', escape};
            strbuf_append(buffer, pair, sizeof(pair));
        }
    }
    if (text.size > plain) {
        strbuf_append(buffer, text.data + plain, text.size - plain);
    }
    strbuf_append_char(buffer, '"');
}

/* Writes d.ddd times ten to the power `exponent` without an exponent. */
static void write_plain(struct strbuf *buffer, const char *digits, int count, int exponent) {
    if (exponent < 0) {
        strbuf_append_string(buffer, "0.");
        for (int i = -1; i > exponent; i--) {
            strbuf_append_char(buffer, '0');
        }
        strbuf_append(buffer, digits, (size_t)count);
        return;
    }
    for (int i = 0; i <= exponent || i < count; i++) {
        if (i == exponent + 1) {
            strbuf_append_char(buffer, '.');
        }
        strbuf_append_char(buffer, i < count ? digits[i] : '0');
    }
}

void json_write_double(struct strbuf *buffer, double number) {
    if (!isfinite(number)) {
        strbuf_append_string(buffer, isnan(number) ? "\"NaN\""
                                     : number > 0  ? "\"Infinity\""
                                                   : "\"-Infinity\"");
        return;
    }
    char text[32];
    /* Fifteen digits without the zeros at their end are the shortest, but for the few bits of subnormals. */
    for (int precision = fabs(number) < DBL_MIN ? 0 : 14; precision <= 16; precision++) {
        snprintf(text, sizeof(text), "%.*e", precision, fabs(number));
        if (strtod(text, NULL) == fabs(number)) {
            break;
        }
    }
    char *exponent_at = strchr(text, 'e');
    if (!exponent_at) {
        die("cannot format a number as '%s'", text);
    }
    int exponent = (int)strtol(exponent_at + 1, NULL, 10);
    /* d.ddd000e+XX: the digits alone, without the zeros at the end. */
    char digits[24] = {text[0]};
    int count = 1;
    for (const char *at = text + 1; at < exponent_at; at++) {
        if (*at != '.') {
            digits[count++] = *at;
        }
    }
    while (count > 1 && digits[count - 1] == '0') {
        count--;
    }
    if (signbit(number)) {
        strbuf_append_char(buffer, '-');
    }
    if (exponent >= -7 && exponent < 21) {
        write_plain(buffer, digits, count, exponent);
        return;
    }
    strbuf_append_char(buffer, digits[0]);
    if (count > 1) {
        strbuf_append_char(buffer, '.');
        strbuf_append(buffer, digits + 1, (size_t)count - 1);
    }
    strbuf_printf(buffer, "e%+d", exponent);
}
