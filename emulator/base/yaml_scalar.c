/* What a plain scalar means: YAML 1.2's core schema with the exceptions that yaml.h tells. */
#include "emulator/base/yaml_parts.h"

#include "emulator/base/die.h"

bool yaml_is_null(struct text text) {
    return text.size == 0 || text_equals(text, "~") || text_equals(text, "null") ||
           text_equals(text, "Null") || text_equals(text, "NULL");
}

static bool is_word(struct text text, const char *lower, const char *title, const char *upper) {
    return text_equals(text, lower) || text_equals(text, title) || text_equals(text, upper);
}

static size_t count_digits(struct text text, size_t at) {
    size_t start = at;
    while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9') {
        at++;
    }
    return at - start;
}

/* 0x1F and 0o17. NULL: not such a number. */
static json_t *based_integer(struct text text) {
    bool hexadecimal = text_starts_with(text, "0x");
    if ((!hexadecimal && !text_starts_with(text, "0o")) || text.size == 2 || text.size > 17) {
        return NULL;
    }
    uint64_t number = 0;
    for (size_t i = 2; i < text.size; i++) {
        const char *digits = hexadecimal ? "0123456789abcdef" : "01234567";
        char byte = text.data[i] >= 'A' && text.data[i] <= 'F' ? (char)(text.data[i] | 0x20) : text.data[i];
        const char *digit = byte ? strchr(digits, byte) : NULL;
        if (!digit) {
            return NULL;
        }
        number = number << (hexadecimal ? 4 : 3) | (uint64_t)(digit - digits);
    }
    return number <= INT64_MAX ? json_integer((json_int_t)number) : NULL;
}

/* NULL: a string. Also for JSON's numbers, which are all numbers here. */
json_t *yaml_number(struct text text) {
    size_t sign = text.size && (text.data[0] == '-' || text.data[0] == '+');
    size_t whole = count_digits(text, sign);
    size_t at = sign + whole;
    if (whole > 1 && text.data[sign] == '0') {
        return NULL;
    }
    if (at == text.size && whole) {
        int64_t integer;
        if (text_to_int64(text, &integer)) {
            return json_integer(integer);
        }
    } else {
        size_t fraction = 0;
        if (at < text.size && text.data[at] == '.') {
            fraction = count_digits(text, at + 1);
            at += 1 + fraction;
        }
        if (!whole && !fraction) {
            return NULL;
        }
        if (at < text.size && (text.data[at] == 'e' || text.data[at] == 'E')) {
            at++;
            at += at < text.size && (text.data[at] == '-' || text.data[at] == '+');
            size_t exponent = count_digits(text, at);
            at += exponent ? exponent : text.size;
        }
        if (at != text.size) {
            return based_integer(text);
        }
    }
    double real;
    return text_to_double(text, &real) ? json_real(real) : NULL;
}

json_t *yaml_string(struct text text) {
    json_t *string = json_stringn(text.data ? text.data : "", text.size);
    if (!string) {
        die("not UTF-8 behind a reader that checked it");
    }
    return string;
}

json_t *yaml_core_scalar(struct text text) {
    if (yaml_is_null(text)) {
        return json_null();
    }
    if (is_word(text, "true", "True", "TRUE")) {
        return json_true();
    }
    if (is_word(text, "false", "False", "FALSE")) {
        return json_false();
    }
    json_t *number = yaml_number(text);
    return number ? number : yaml_string(text);
}
