/*
 * DynamoDB's numbers: decimal, 38 significant digits, exact. Pure; knows no attribute and no table.
 * Source: dynamodb.md section 3.
 */
#ifndef STACKRIG_DYNAMODB_NUMBER_H
#define STACKRIG_DYNAMODB_NUMBER_H

#include "emulator/base/arena.h"

#define NUMBER_DIGITS 38
/* Of the exponent of the first digit: d.ddd * 10^exponent. */
#define NUMBER_MAXIMUM_EXPONENT 125
#define NUMBER_MINIMUM_EXPONENT (-130)
/* number_encode() writes at most this many bytes. */
#define NUMBER_KEY_BYTES 24

/* d.ddd * 10^exponent without leading and trailing zeros; zero has no digits. */
struct number {
    bool negative;
    int exponent;
    int digit_count;
    uint8_t digits[NUMBER_DIGITS]; /* 0..9 */
};

enum number_verdict {
    NUMBER_GOOD,
    NUMBER_NOT_NUMERIC,
    NUMBER_TOO_MANY_DIGITS,
    NUMBER_OVERFLOW,
    NUMBER_UNDERFLOW,
};

enum number_verdict number_parse(struct text text, struct number *number);
/* The verdict on a text that number_parse() refuses, of those operations that read numbers with 32-bit
 * scales: an exponent that does not fit is no number, and the magnitude wraps. */
enum number_verdict number_verdict_32(struct text text, enum number_verdict verdict);
/* Plain decimal, never an exponent; lives in the arena. */
struct text number_format(struct arena *arena, const struct number *number);
/* True: the text already is what number_format() would write. */
bool number_is_normal(struct text text);
/* <0, 0, >0 by value. */
int number_compare(const struct number *a, const struct number *b);
enum number_verdict number_add(const struct number *a, const struct number *b, struct number *sum);
enum number_verdict number_subtract(const struct number *a, const struct number *b,
                                    struct number *difference);
/* Bytes that memcmp() orders as the values; no encoding is the beginning of another. Returns the size. */
size_t number_encode(const struct number *number, unsigned char out[NUMBER_KEY_BYTES]);
/* What AWS counts for its storage. */
size_t number_size(const struct number *number);
/* AWS's text; NULL for NUMBER_GOOD. `text` is quoted in the first of them. */
const char *number_verdict_message(struct arena *arena, enum number_verdict verdict, struct text text);

#endif
