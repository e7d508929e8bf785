/*
 * Typed reading of a decoded, validated request. Small and passed by value. Asking for a member that the
 * shape does not declare, or with another type, is a bug and dies (debug and test builds).
 *
 * An absent member gives NULL, an absent text, or the fallback; inputs of absent structures, lists and maps
 * have value == NULL and may be asked further.
 *
 *   for (struct input tag = input_first(input_list(input, "Tags")); tag.value; tag = input_next(tag))
 */
#ifndef STACKRIG_INPUT_H
#define STACKRIG_INPUT_H

#include "emulator/protocol/shape.h"

struct input {
    const struct shape *shape;
    const struct json_value *value; /* NULL: absent */
    struct arena *arena;
    const struct shape *parent; /* of a list element or map value: to find the next one's shape */
};

bool input_has(struct input input, const char *member);
/* A C string in the arena. */
const char *input_string(struct input input, const char *member);
/* Borrows the request's bytes: for large values. */
struct text input_text(struct input input, const char *member);
int64_t input_integer(struct input input, const char *member, int64_t fallback);
double input_double(struct input input, const char *member, double fallback);
bool input_boolean(struct input input, const char *member, bool fallback);
/* Decoded bytes (raw payloads are borrowed). */
struct text input_blob(struct input input, const char *member);
/* Milliseconds since 1970. */
int64_t input_timestamp(struct input input, const char *member, int64_t fallback);
struct input input_structure(struct input input, const char *member);
struct input input_list(struct input input, const char *member);
struct input input_map(struct input input, const char *member);
/* Members of a document type, or anything a service reads itself (DynamoDB items). */
const struct json_value *input_value(struct input input, const char *member);

/* Children of a list or map. */
size_t input_count(struct input collection);
struct input input_first(struct input collection);
struct input input_next(struct input element);
/* Of a map entry. */
struct text input_key(struct input element);
/* The element itself as a scalar. */
const char *input_as_string(struct input element);
struct text input_as_text(struct input element);
int64_t input_as_integer(struct input element);

#endif
