/*
 * A borrowed run of bytes: not NUL-terminated, owns nothing. Requests, JSON values and database
 * columns are handed around as texts; a C string is made only where one is needed
 * (arena_text_string()).
 *
 * An absent text has data == NULL; an empty one has data != NULL and size == 0.
 */
#ifndef STACKRIG_TEXT_H
#define STACKRIG_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
    const char *data;
    size_t size;
};

#define TEXT(literal) ((struct text){(literal), sizeof(literal) - 1})
#define TEXT_NONE ((struct text){NULL, 0})
/* For printf("%.*s", TEXT_ARGUMENTS(text)). */
#define TEXT_ARGUMENTS(text) (int)(text).size, (text).data

/* NULL gives an absent text. */
static inline struct text text_of(const char *string) {
    return string ? (struct text){string, strlen(string)} : TEXT_NONE;
}
/* Inline, so that the length of a literal is known when compiled. */
static inline bool text_equals(struct text text, const char *string) {
    size_t size = strlen(string);
    return text.data && text.size == size && memcmp(text.data, string, size) == 0;
}
bool text_same(struct text a, struct text b);
bool text_equals_ignore_case(struct text text, const char *string);
static inline bool text_starts_with(struct text text, const char *prefix) {
    size_t size = strlen(prefix);
    return text.data && text.size >= size && memcmp(text.data, prefix, size) == 0;
}
bool text_ends_with(struct text text, const char *suffix);
/* memcmp order, a shorter prefix first: the order of strings in DynamoDB, S3 and SSM. */
int text_compare(struct text a, struct text b);
/* Index of the first such byte, or -1. */
ptrdiff_t text_find_char(struct text text, char wanted);
ptrdiff_t text_find(struct text text, const char *wanted);
/* Whether every byte is one of these; true of an empty text. */
bool text_is_made_of(struct text text, const char *characters);
/* The part from `start` (clamped), at most `size` bytes. */
struct text text_slice(struct text text, size_t start, size_t size);
struct text text_trim(struct text text);
/* Cuts the part before `separator` off the front of *rest and returns it; *rest becomes absent after the
 * last part. `while (rest.data) { struct text part = text_cut(&rest, ','); ... }` */
struct text text_cut(struct text *rest, char separator);
/* Whole text, optional sign, decimal. False: not a number or out of range; *number untouched. */
bool text_to_int64(struct text text, int64_t *number);
bool text_to_double(struct text text, double *number);

#endif
