#include "emulator/protocol/input.h"

#include <math.h>

#include "emulator/base/clock.h"
#include "emulator/base/crypto.h"
#include "emulator/base/die.h"

enum { ANY_TYPE = 1 << 15 };

/* A typo in a handler fails its first test. In a release the member is simply absent. */
static void check_declared(struct input input, const char *member, unsigned types) {
#ifdef STACKRIG_DEBUG
    if (!input.shape) {
        die("an input without a shape is asked for %s", member);
    }
    if (input.shape->type != SHAPE_STRUCTURE) {
        die("input of %s, no structure, is asked for its member %s", input.shape->name, member);
    }
    const struct shape_member *declared = shape_member(input.shape, text_of(member));
    if (!declared) {
        die("%s has no member %s", input.shape->name, member);
    }
    if (!(types & ANY_TYPE) && !(types & 1U << declared->shape->type)) {
        die("member %s of %s has another type", member, input.shape->name);
    }
#else
    (void)input;
    (void)member;
    (void)types;
#endif
}

static const struct json_value *find(struct input input, const char *member, unsigned types) {
    check_declared(input, member, types);
    return json_find(input.value, member);
}

bool input_has(struct input input, const char *member) {
    return find(input, member, ANY_TYPE) != NULL;
}

struct text input_text(struct input input, const char *member) {
    const struct json_value *value = find(input, member, 1U << SHAPE_STRING);
    return value ? value->text : TEXT_NONE;
}

const char *input_string(struct input input, const char *member) {
    return arena_text_string(input.arena, input_text(input, member));
}

static double to_double(const struct json_value *value, double fallback) {
    double number = fallback;
    if (value && text_equals(value->text, "NaN")) {
        return NAN;
    }
    if (value && text_equals(value->text, "Infinity")) {
        return INFINITY;
    }
    if (value && text_equals(value->text, "-Infinity")) {
        return -INFINITY;
    }
    return value && text_to_double(value->text, &number) ? number : fallback;
}

/* 1.0 and 1e3 are integers too; beyond the range the nearest one. */
static int64_t to_integer(const struct json_value *value, int64_t fallback) {
    int64_t integer;
    if (!value) {
        return fallback;
    }
    if (text_to_int64(value->text, &integer)) {
        return integer;
    }
    double number = to_double(value, (double)fallback);
    if (isnan(number)) {
        return fallback;
    }
    return number >= 9.2e18 ? INT64_MAX : number <= -9.2e18 ? INT64_MIN : (int64_t)floor(number);
}

int64_t input_integer(struct input input, const char *member, int64_t fallback) {
    return to_integer(find(input, member, 1U << SHAPE_INTEGER | 1U << SHAPE_LONG), fallback);
}

double input_double(struct input input, const char *member, double fallback) {
    return to_double(find(input, member, 1U << SHAPE_FLOAT | 1U << SHAPE_DOUBLE), fallback);
}

bool input_boolean(struct input input, const char *member, bool fallback) {
    const struct json_value *value = find(input, member, 1U << SHAPE_BOOLEAN);
    return value ? value->type == JSON_VALUE_TRUE : fallback;
}

struct text input_blob(struct input input, const char *member) {
    const struct json_value *value = find(input, member, 1U << SHAPE_BLOB);
    if (!value || value->type == JSON_VALUE_BYTES) {
        return value ? value->text : TEXT_NONE;
    }
    struct strbuf buffer = STRBUF_INIT;
    crypto_append_unbase64(&buffer, value->text);
    struct text bytes = strbuf_text(&buffer);
    bytes.data = arena_copy(input.arena, bytes.data, bytes.size);
    strbuf_release(&buffer);
    return bytes;
}

int64_t input_timestamp(struct input input, const char *member, int64_t fallback) {
    const struct json_value *value = find(input, member, 1U << SHAPE_TIMESTAMP);
    if (!value) {
        return fallback;
    }
    int64_t time_ms;
    if (value->type == JSON_VALUE_STRING && clock_parse(value->text, &time_ms)) {
        return time_ms;
    }
    if (text_to_int64(value->text, &time_ms) && time_ms > -INT64_C(1000000000000) &&
        time_ms < INT64_C(1000000000000)) {
        return time_ms * 1000;
    }
    double seconds = to_double(value, NAN);
    return isfinite(seconds) && fabs(seconds) < 9e15 ? (int64_t)llround(seconds * 1000) : fallback;
}

static struct input descend(struct input input, const char *member, enum shape_type type) {
    const struct json_value *value = find(input, member, 1U << type);
    const struct shape_member *declared = input.shape ? shape_member(input.shape, text_of(member)) : NULL;
    return (struct input){
        .shape = declared ? declared->shape : NULL,
        .value = value,
        .arena = input.arena,
    };
}

struct input input_structure(struct input input, const char *member) {
    return descend(input, member, SHAPE_STRUCTURE);
}

struct input input_list(struct input input, const char *member) {
    return descend(input, member, SHAPE_LIST);
}

struct input input_map(struct input input, const char *member) {
    return descend(input, member, SHAPE_MAP);
}

const struct json_value *input_value(struct input input, const char *member) {
    return find(input, member, ANY_TYPE);
}

size_t input_count(struct input collection) {
    return collection.value ? collection.value->count : 0;
}

struct input input_first(struct input collection) {
    struct input element = {.arena = collection.arena, .parent = collection.shape};
    if (collection.shape && (collection.shape->type == SHAPE_LIST || collection.shape->type == SHAPE_MAP)) {
        element.shape = collection.shape->members[collection.shape->type == SHAPE_MAP].shape;
    }
    element.value = collection.value ? collection.value->child : NULL;
    return element;
}

struct input input_next(struct input element) {
    element.value = element.value ? element.value->next : NULL;
    return element;
}

struct text input_key(struct input element) {
    return element.value ? element.value->key : TEXT_NONE;
}

struct text input_as_text(struct input element) {
    return element.value && element.value->type == JSON_VALUE_STRING ? element.value->text : TEXT_NONE;
}

const char *input_as_string(struct input element) {
    return arena_text_string(element.arena, input_as_text(element));
}

int64_t input_as_integer(struct input element) {
    return to_integer(element.value, 0);
}
