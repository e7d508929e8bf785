#include "services/dynamodb/dynamodb_number.h"

#include <string.h>

static bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

/* The part after 'e'. False: malformed. */
static bool parse_exponent(struct text text, size_t *at, int64_t *exponent) {
    bool negative = false;
    if (*at < text.size && (text.data[*at] == '+' || text.data[*at] == '-')) {
        negative = text.data[(*at)++] == '-';
    }
    if (*at >= text.size) {
        return false;
    }
    int64_t value = 0;
    for (; *at < text.size; (*at)++) { /* what does not fit 64 bits is no number */
        int digit = text.data[*at] - '0';
        if (!is_digit(text.data[*at]) || value > (INT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *exponent = negative ? -value : value;
    return true;
}

/* What the digits of a text have told. */
struct digit_scan {
    int64_t seen;     /* digits at all */
    int64_t fraction; /* of them behind the point */
    int64_t kept;     /* from the first significant one on, trailing zeros included */
    int64_t last;     /* of those, up to the last that is not zero */
};

static bool scan_digits(struct text text, size_t *at, struct number *number, struct digit_scan *scan) {
    bool point = false;
    for (; *at < text.size; (*at)++) {
        char byte = text.data[*at];
        if (byte == '.' && !point) {
            point = true;
            continue;
        }
        if (!is_digit(byte)) {
            break;
        }
        scan->seen++;
        scan->fraction += point;
        if (byte == '0' && scan->kept == 0) {
            continue;
        }
        if (scan->kept < NUMBER_DIGITS) {
            number->digits[scan->kept] = (uint8_t)(byte - '0');
        }
        scan->kept++;
        scan->last = byte == '0' ? scan->last : scan->kept;
    }
    return scan->seen > 0;
}

enum number_verdict number_parse(struct text text, struct number *number) {
    struct digit_scan scan = {0};
    int64_t exponent = 0;
    size_t at = 0;
    *number = (struct number){0};
    if (text.size > 0 && (text.data[0] == '-' || text.data[0] == '+')) {
        number->negative = text.data[at++] == '-';
    }
    if (!scan_digits(text, &at, number, &scan)) {
        return NUMBER_NOT_NUMERIC;
    }
    if (at < text.size) {
        char byte = text.data[at++];
        if ((byte != 'e' && byte != 'E') || !parse_exponent(text, &at, &exponent)) {
            return NUMBER_NOT_NUMERIC;
        }
    }
    int64_t bound = INT64_MAX / 2; /* far beyond the range, far from the edge */
    exponent = exponent > bound ? bound : exponent < -bound ? -bound : exponent;
    int64_t lowest = exponent - scan.fraction; /* of the last digit written */
    int64_t highest = lowest + (scan.kept > 0 ? scan.kept - 1 : 0);
    if (highest > NUMBER_MAXIMUM_EXPONENT) { /* for zero too: 0e126 is refused, 0.0e126 is not */
        return NUMBER_OVERFLOW;
    }
    if (highest < NUMBER_MINIMUM_EXPONENT) {
        return NUMBER_UNDERFLOW;
    }
    if (scan.last == 0) {
        number->negative = false;
        return NUMBER_GOOD;
    }
    if (scan.last > NUMBER_DIGITS) {
        return NUMBER_TOO_MANY_DIGITS;
    }
    number->exponent = (int)highest;
    number->digit_count = (int)scan.last;
    return NUMBER_GOOD;
}

enum number_verdict number_verdict_32(struct text text, enum number_verdict verdict) {
    struct number ignored;
    struct digit_scan scan = {0};
    int64_t exponent = 0;
    size_t at = text.size > 0 && (text.data[0] == '-' || text.data[0] == '+');
    if (verdict != NUMBER_OVERFLOW && verdict != NUMBER_UNDERFLOW) {
        return verdict;
    }
    (void)scan_digits(text, &at, &ignored, &scan);
    if (at < text.size) {
        at++;
        (void)parse_exponent(text, &at, &exponent);
    }
    int64_t scale = scan.fraction - exponent;
    if (exponent < INT32_MIN || exponent > INT32_MAX || scale < INT32_MIN || scale > INT32_MAX ||
        exponent == INT32_MIN) {
        return NUMBER_NOT_NUMERIC;
    }
    int64_t magnitude = (scan.kept > 0 ? scan.kept : 1) - scale;
    if (magnitude > INT32_MAX) {
        return NUMBER_UNDERFLOW;
    }
    return magnitude < INT32_MIN ? NUMBER_OVERFLOW : verdict;
}

struct text number_format(struct arena *arena, const struct number *number) {
    if (number->digit_count == 0) {
        return TEXT("0");
    }
    char *out = arena_alloc(arena, NUMBER_DIGITS + NUMBER_MAXIMUM_EXPONENT - NUMBER_MINIMUM_EXPONENT + 4);
    size_t size = 0;
    if (number->negative) {
        out[size++] = '-';
    }
    if (number->exponent < 0) {
        out[size++] = '0';
        out[size++] = '.';
        for (int i = -1; i > number->exponent; i--) {
            out[size++] = '0';
        }
    }
    for (int i = 0; i < number->digit_count; i++) {
        if (i > 0 && i == number->exponent + 1) {
            out[size++] = '.';
        }
        out[size++] = (char)('0' + number->digits[i]);
    }
    for (int i = number->digit_count; i <= number->exponent; i++) {
        out[size++] = '0';
    }
    return (struct text){out, size};
}

bool number_is_normal(struct text text) {
    size_t start = text.size > 0 && text.data[0] == '-';
    size_t point = 0, digits = text.size - start;
    for (size_t i = start; i < text.size; i++) {
        if (text.data[i] == '.' && point == 0 && i > start) {
            point = i;
            digits--;
        } else if (!is_digit(text.data[i])) {
            return false;
        }
    }
    if (digits == 0 || digits > NUMBER_DIGITS) {
        return false; /* the long ones are judged by number_parse() */
    }
    bool zero = digits == 1 && text.data[start] == '0';
    if (point > 0) {
        return text.data[text.size - 1] != '.' && text.data[text.size - 1] != '0' &&
               (text.data[start] != '0' || point == start + 1);
    }
    return zero ? start == 0 : text.data[start] != '0';
}

static int compare_magnitude(const struct number *a, const struct number *b) {
    if (a->digit_count == 0 || b->digit_count == 0) {
        return (a->digit_count > 0) - (b->digit_count > 0);
    }
    if (a->exponent != b->exponent) {
        return a->exponent < b->exponent ? -1 : 1;
    }
    for (int i = 0; i < a->digit_count || i < b->digit_count; i++) {
        int left = i < a->digit_count ? a->digits[i] : 0;
        int right = i < b->digit_count ? b->digits[i] : 0;
        if (left != right) {
            return left < right ? -1 : 1;
        }
    }
    return 0;
}

int number_compare(const struct number *a, const struct number *b) {
    if (a->negative != b->negative) {
        return a->negative ? -1 : 1;
    }
    int magnitude = compare_magnitude(a, b);
    return a->negative ? -magnitude : magnitude;
}

/* ---- arithmetic: both numbers as columns of digits over the whole range of exponents ---- */

#define COLUMNS (NUMBER_MAXIMUM_EXPONENT - NUMBER_MINIMUM_EXPONENT + NUMBER_DIGITS + 2)
#define UNITS (NUMBER_DIGITS - NUMBER_MINIMUM_EXPONENT) /* the column of 10^0; column 0 is the lowest */

static void add_columns(int columns[COLUMNS], const struct number *number, int sign) {
    for (int i = 0; i < number->digit_count; i++) {
        columns[UNITS + number->exponent - i] += sign * number->digits[i];
    }
}

/* Of the columns from low to high, beyond which there are only zeros. */
static enum number_verdict from_columns(const int columns[COLUMNS], int low, int high,
                                        struct number *number) {
    while (high >= low && columns[high] == 0) {
        high--;
    }
    if (high < low) {
        *number = (struct number){0};
        return NUMBER_GOOD;
    }
    while (columns[low] == 0) {
        low++;
    }
    number->exponent = high - UNITS;
    number->digit_count = high - low + 1;
    if (number->exponent > NUMBER_MAXIMUM_EXPONENT) {
        return NUMBER_OVERFLOW;
    }
    if (number->exponent < NUMBER_MINIMUM_EXPONENT) {
        return NUMBER_UNDERFLOW;
    }
    if (number->digit_count > NUMBER_DIGITS) {
        return NUMBER_TOO_MANY_DIGITS;
    }
    for (int i = 0; i < number->digit_count; i++) {
        number->digits[i] = (uint8_t)columns[high - i];
    }
    return NUMBER_GOOD;
}

static int lowest_column(const struct number *number) {
    return number->digit_count > 0 ? UNITS + number->exponent - number->digit_count + 1 : UNITS;
}

/* |big| + sign * |small|, with |big| >= |small|. */
static enum number_verdict combine(const struct number *big, const struct number *small, int sign,
                                   struct number *out) {
    int columns[COLUMNS] = {0};
    int low = lowest_column(big) < lowest_column(small) ? lowest_column(big) : lowest_column(small);
    int high = UNITS + big->exponent + 1; /* where the last carry goes */
    add_columns(columns, big, 1);
    add_columns(columns, small, sign);
    for (int i = low; i < high; i++) {
        while (columns[i] < 0) {
            columns[i] += 10;
            columns[i + 1]--;
        }
        columns[i + 1] += columns[i] / 10;
        columns[i] %= 10;
    }
    return from_columns(columns, low, high, out);
}

enum number_verdict number_add(const struct number *a, const struct number *b, struct number *sum) {
    bool a_is_big = compare_magnitude(a, b) >= 0;
    const struct number *big = a_is_big ? a : b;
    const struct number *small = a_is_big ? b : a;
    struct number result = {.negative = big->negative};
    enum number_verdict verdict = combine(big, small, a->negative == b->negative ? 1 : -1, &result);
    *sum = result;
    return verdict;
}

enum number_verdict number_subtract(const struct number *a, const struct number *b,
                                    struct number *difference) {
    struct number negated = *b;
    negated.negative = b->digit_count > 0 && !b->negative;
    return number_add(a, &negated, difference);
}

/* Sign, exponent, pairs of digits, and an end that sorts below (negative: above) every pair. */
size_t number_encode(const struct number *number, unsigned char out[NUMBER_KEY_BYTES]) {
    size_t size = 0;
    if (number->digit_count == 0) {
        out[size++] = 1;
        return size;
    }
    unsigned flip = number->negative ? 0xFF : 0;
    out[size++] = number->negative ? 0 : 2;
    out[size++] = (unsigned char)((unsigned)(number->exponent - NUMBER_MINIMUM_EXPONENT) ^ flip);
    for (int i = 0; i < number->digit_count; i += 2) {
        unsigned low = i + 1 < number->digit_count ? number->digits[i + 1] : 0;
        out[size++] = (unsigned char)((number->digits[i] * 10U + low + 1) ^ flip);
    }
    out[size++] = (unsigned char)(0 ^ flip);
    return size;
}

size_t number_size(const struct number *number) {
    int before = number->exponent < 0                         ? 0 /* digits before the point */
                 : number->digit_count < number->exponent + 1 ? number->digit_count
                                                              : number->exponent + 1;
    int behind = number->digit_count - before;
    if (number->digit_count == 0) {
        return 1;
    }
    return (size_t)((before + 1) / 2 + (behind + 1) / 2 + 1) + number->negative;
}

const char *number_verdict_message(struct arena *arena, enum number_verdict verdict, struct text text) {
    switch (verdict) {
    case NUMBER_GOOD:
        return NULL;
    case NUMBER_NOT_NUMERIC:
        return text.size == 0
                   ? "The parameter cannot be converted to a numeric value"
                   : arena_printf(arena, "The parameter cannot be converted to a numeric value: %.*s",
                                  TEXT_ARGUMENTS(text));
    case NUMBER_TOO_MANY_DIGITS:
        return "Attempting to store more than 38 significant digits in a Number";
    case NUMBER_OVERFLOW:
        return "Number overflow. Attempting to store a number with magnitude larger than supported range";
    case NUMBER_UNDERFLOW:
        return "Number underflow. Attempting to store a number with magnitude smaller than supported range";
    }
    return NULL;
}
