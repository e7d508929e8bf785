/*
 * Declared limits, patterns, enumerations and required members. Two passes: a quick one that only says
 * whether all is well, and, when it is not, one that writes AWS's text in the order of the model.
 */
#include <math.h>

#include "emulator/base/clock.h"
#include "emulator/base/crypto.h"
#include "emulator/protocol/shape.h"
#include "emulator/protocol/shape_pattern.h"

/* Coral front ends report no more. Source: protocols.md section 4. */
#define MAXIMUM_MESSAGES 10

/* ---- One value against its own shape (not its children) ---------------------------------------------- */

/* Java counts UTF-16 code units. */
static int64_t utf16_length(struct text text) {
    int64_t units = 0;
    for (size_t index = 0; index < text.size; index++) {
        unsigned char byte = (unsigned char)text.data[index];
        units += (byte & 0xc0) != 0x80; /* the first byte of a character */
        units += byte >= 0xf0;          /* a surrogate pair */
    }
    return units;
}

static int64_t length_of(const struct shape *shape, const struct json_value *value) {
    if (shape->type == SHAPE_STRING) {
        return utf16_length(value->text);
    }
    if (shape->type == SHAPE_BLOB) {
        return value->type == JSON_VALUE_BYTES ? (int64_t)value->text.size
                                               : (int64_t)crypto_unbase64_size(value->text);
    }
    return value->count;
}

static double number_of(const struct json_value *value) {
    double number = 0;
    return text_to_double(value->text, &number) ? number : NAN;
}

static bool is_number(const struct shape *shape) {
    return shape->type == SHAPE_INTEGER || shape->type == SHAPE_LONG || shape->type == SHAPE_FLOAT ||
           shape->type == SHAPE_DOUBLE;
}

static bool has_length(const struct shape *shape) {
    return shape->type == SHAPE_STRING || shape->type == SHAPE_BLOB || shape->type == SHAPE_LIST ||
           shape->type == SHAPE_MAP;
}

/* Beyond which limit it lies: -1, 0 or 1. */
static int outside_limits(const struct shape *shape, const struct json_value *value) {
    if (!(shape->flags & (SHAPE_HAS_MINIMUM | SHAPE_HAS_MAXIMUM))) {
        return 0;
    }
    int64_t measure;
    if (has_length(shape)) {
        if (shape->type == SHAPE_STRING && value->text.size / 3 >= (uint64_t)shape->minimum &&
            (!(shape->flags & SHAPE_HAS_MAXIMUM) || value->text.size <= (uint64_t)shape->maximum)) {
            return 0; /* however many bytes a character takes */
        }
        measure = length_of(shape, value);
    } else if (is_number(shape)) {
        if (!text_to_int64(value->text, &measure)) {
            double number = number_of(value);
            return (shape->flags & SHAPE_HAS_MINIMUM) && number < (double)shape->minimum   ? -1
                   : (shape->flags & SHAPE_HAS_MAXIMUM) && number > (double)shape->maximum ? 1
                                                                                           : 0;
        }
    } else {
        return 0;
    }
    return (shape->flags & SHAPE_HAS_MINIMUM) && measure < shape->minimum   ? -1
           : (shape->flags & SHAPE_HAS_MAXIMUM) && measure > shape->maximum ? 1
                                                                            : 0;
}

static bool in_enumeration(const struct shape *shape, struct text text) {
    for (unsigned index = 0; index < shape->enum_count; index++) {
        if (text_equals(text, shape->enums[index])) {
            return true;
        }
    }
    return shape->enum_count == 0;
}

static bool matches_pattern(const struct shape *shape, const struct json_value *value) {
    return !shape->pattern || shape->type != SHAPE_STRING ||
           shape_pattern_matches(shape->pattern, value->text);
}

/* An ARN in the place of a name. */
static bool is_free(const struct shape *shape, const struct json_value *value) {
    return (shape->flags & SHAPE_OR_ARN) && text_starts_with(value->text, "arn:");
}

/* The value itself, without its children. */
static bool is_sound(const struct shape *shape, const struct json_value *value) {
    if (is_free(shape, value)) {
        return true;
    }
    return outside_limits(shape, value) == 0 &&
           (shape->type != SHAPE_STRING ||
            (in_enumeration(shape, value->text) && matches_pattern(shape, value)));
}

/* ---- The quick pass ---------------------------------------------------------------------------------- */

static bool is_valid(const struct shape *shape, const struct json_value *value);

/* Structures with more members than bits in the set look each required one up. */
static bool has_required(const struct shape *shape, const struct json_value *value, uint64_t seen) {
    for (unsigned index = 0; index < shape->member_count; index++) {
        const struct shape_member *member = &shape->members[index];
        if (member->required && !(index < 64 ? seen >> index & 1 : json_find(value, member->name) != NULL)) {
            return false;
        }
    }
    return true;
}

static bool structure_is_valid(const struct shape *shape, const struct json_value *value) {
    uint64_t seen = 0;
    for (const struct json_value *child = value->child; child; child = child->next) {
        const struct shape_member *member = shape_member(shape, child->key);
        if (!member || child->type == JSON_VALUE_NULL) {
            continue;
        }
        ptrdiff_t index = member - shape->members;
        if (index < 64) {
            seen |= UINT64_C(1) << index;
        }
        if (!is_valid(member->shape, child)) {
            return false;
        }
    }
    return has_required(shape, value, seen);
}

static bool is_valid(const struct shape *shape, const struct json_value *value) {
    if (shape->type == SHAPE_STRUCTURE) {
        return (shape->flags & SHAPE_DOCUMENT) || structure_is_valid(shape, value);
    }
    if (!is_sound(shape, value)) {
        return false;
    }
    if (shape->type == SHAPE_LIST || shape->type == SHAPE_MAP) {
        struct json_value key = {.type = JSON_VALUE_STRING};
        const struct shape *element = shape->members[shape->type == SHAPE_MAP].shape;
        for (const struct json_value *child = value->child; child; child = child->next) {
            key.text = child->key;
            if (child->type == JSON_VALUE_NULL ||
                (shape->type == SHAPE_MAP && !is_sound(shape->members[0].shape, &key)) ||
                !is_valid(element, child)) {
                return false;
            }
        }
    }
    return true;
}

/* ---- The words --------------------------------------------------------------------------------------- */

struct report {
    struct strbuf *text;
    struct strbuf path;
    int count;
};

static void append_lower_first(struct strbuf *buffer, const char *name) {
    char first = name[0];
    strbuf_append_char(buffer, first >= 'A' && first <= 'Z' ? (char)(first - 'A' + 'a') : first);
    strbuf_append_string(buffer, name + 1);
}

static void append_value(struct strbuf *buffer, const struct shape *shape, const struct json_value *value);

/* KeySchemaElement(attributeName=x, keyType=HASH) */
static void append_structure(struct strbuf *buffer, const struct shape *shape,
                             const struct json_value *value) {
    strbuf_append_string(buffer, shape->name);
    strbuf_append_char(buffer, '(');
    for (unsigned index = 0; index < shape->member_count; index++) {
        const struct shape_member *member = &shape->members[index];
        strbuf_append_string(buffer, index ? ", " : "");
        append_lower_first(buffer, member->name);
        strbuf_append_char(buffer, '=');
        append_value(buffer, member->shape, json_find(value, member->name));
    }
    strbuf_append_char(buffer, ')');
}

static void append_collection(struct strbuf *buffer, const struct shape *shape,
                              const struct json_value *value) {
    bool map = shape->type == SHAPE_MAP;
    strbuf_append_char(buffer, map ? '{' : '[');
    for (const struct json_value *child = value->child; child; child = child->next) {
        strbuf_append_string(buffer, child == value->child ? "" : ", ");
        if (map) {
            strbuf_append_text(buffer, child->key);
            strbuf_append_char(buffer, '=');
        }
        append_value(buffer, shape->members[map].shape, child);
    }
    strbuf_append_char(buffer, map ? '}' : ']');
}

/* As Java's toString() prints it. */
static void append_value(struct strbuf *buffer, const struct shape *shape, const struct json_value *value) {
    if (!value || value->type == JSON_VALUE_NULL) {
        strbuf_append_string(buffer, "null");
    } else if (shape->flags & SHAPE_SENSITIVE) {
        strbuf_append_string(buffer, "***Sensitive Data Redacted***");
    } else if (shape->type == SHAPE_STRUCTURE && !(shape->flags & SHAPE_DOCUMENT)) {
        append_structure(buffer, shape, value);
    } else if (shape->type == SHAPE_LIST || shape->type == SHAPE_MAP) {
        append_collection(buffer, shape, value);
    } else if (shape->type == SHAPE_BLOB) {
        long size = (long)length_of(shape, value);
        strbuf_printf(buffer, "java.nio.HeapByteBuffer[pos=0 lim=%ld cap=%ld]", size, size);
    } else if (shape->type == SHAPE_TIMESTAMP && value->type == JSON_VALUE_NUMBER) {
        clock_format(buffer, "%a %b %d %H:%M:%S UTC %Y", (int64_t)(number_of(value) * 1000));
    } else if (value->type == JSON_VALUE_TRUE || value->type == JSON_VALUE_FALSE) {
        strbuf_append_string(buffer, value->type == JSON_VALUE_TRUE ? "true" : "false");
    } else if (shape->flags & SHAPE_DOCUMENT) {
        json_write(buffer, value);
    } else {
        strbuf_append_text(buffer, value->text);
    }
}

/* Begins a message up to the constraint. False: enough of them. */
static bool begin_message(struct report *report, const struct shape *shape, const struct json_value *value) {
    if (report->count == MAXIMUM_MESSAGES) {
        return false;
    }
    strbuf_append_string(report->text, report->count++ ? "; Value " : "Value ");
    if (!(shape->flags & (SHAPE_SENSITIVE | SHAPE_HIDDEN))) {
        if (value) {
            strbuf_append_char(report->text, '\'');
            append_value(report->text, shape, value);
            strbuf_append_string(report->text, "' ");
        } else {
            strbuf_append_string(report->text, "null ");
        }
    }
    strbuf_append_string(report->text, "at '");
    strbuf_append_text(report->text, strbuf_text(&report->path));
    strbuf_append_string(report->text, "' failed to satisfy constraint: ");
    return true;
}

static void append_limit(struct strbuf *buffer, const struct shape *shape, bool maximum) {
    strbuf_printf(buffer, "Member must have %s %s than or equal to %lld",
                  has_length(shape) ? "length" : "value", maximum ? "less" : "greater",
                  (long long)(maximum ? shape->maximum : shape->minimum));
}

static void append_enumeration(struct strbuf *buffer, const struct shape *shape) {
    strbuf_append_string(buffer, "Member must satisfy enum value set");
    if (shape->flags & SHAPE_HIDDEN) {
        return;
    }
    strbuf_append_string(buffer, ": [");
    for (unsigned index = 0; index < shape->enum_count; index++) {
        strbuf_append_string(buffer, index ? ", " : "");
        strbuf_append_string(buffer, shape->enums[index]);
    }
    strbuf_append_char(buffer, ']');
}

static void append_pattern(struct strbuf *buffer, const struct shape *shape) {
    strbuf_append_string(buffer, "Member must satisfy regular expression pattern: ");
    strbuf_append_string(buffer, shape->pattern);
}

/* All constraints of an element, whichever of them failed: "[Member must ..., Member must ...]". */
static void append_all_constraints(struct strbuf *buffer, const struct shape *shape, bool not_null) {
    const char *separator = "";
    strbuf_append_char(buffer, '[');
    if (shape->flags & SHAPE_HAS_MAXIMUM) {
        append_limit(buffer, shape, true);
        separator = ", ";
    }
    if (shape->flags & SHAPE_HAS_MINIMUM) {
        strbuf_append_string(buffer, separator);
        append_limit(buffer, shape, false);
        separator = ", ";
    }
    if (shape->pattern) {
        strbuf_append_string(buffer, separator);
        append_pattern(buffer, shape);
        separator = ", ";
    }
    if (shape->enum_count) {
        strbuf_append_string(buffer, separator);
        append_enumeration(buffer, shape);
        separator = ", ";
    }
    if (not_null) {
        strbuf_append_string(buffer, separator);
        strbuf_append_string(buffer, "Member must not be null");
    }
    strbuf_append_char(buffer, ']');
}

/* ---- The second pass --------------------------------------------------------------------------------- */

static void report_value(struct report *report, const struct shape *shape, const struct json_value *value);

static void report_limit(struct report *report, const struct shape *shape, const struct json_value *value) {
    int outside = outside_limits(shape, value);
    if (outside && begin_message(report, shape, value)) {
        append_limit(report->text, shape, outside > 0);
    }
}

/* Which of length and pattern comes first differs between services. Source: recorded/lambda, recorded/events.
 */
static void report_own(struct report *report, const struct shape *shape, const struct json_value *value) {
    bool pattern_first = shape->flags & SHAPE_PATTERN_FIRST;
    if (is_free(shape, value)) {
        return;
    }
    if ((shape->flags & SHAPE_OR_ARN) && value->text.size == 0 && begin_message(report, shape, value)) {
        strbuf_append_string(report->text, "Member must have length greater than or equal to 1");
        return;
    }
    if (!pattern_first) {
        report_limit(report, shape, value);
    }
    if (!matches_pattern(shape, value) && begin_message(report, shape, value)) {
        append_pattern(report->text, shape);
    }
    if (pattern_first) {
        report_limit(report, shape, value);
    }
    if (shape->type == SHAPE_STRING && !in_enumeration(shape, value->text) &&
        begin_message(report, shape, value)) {
        append_enumeration(report->text, shape);
    }
}

static void report_structure(struct report *report, const struct shape *shape,
                             const struct json_value *value) {
    size_t size = report->path.size;
    for (unsigned index = 0; index < shape->member_count && report->count < MAXIMUM_MESSAGES; index++) {
        const struct shape_member *member = &shape->members[index];
        const struct json_value *child = json_find(value, member->name);
        if (!child && !member->required) {
            continue;
        }
        strbuf_append_string(&report->path, size ? "." : "");
        append_lower_first(&report->path, member->name);
        if (child) {
            report_value(report, member->shape, child);
        } else if (begin_message(report, member->shape, NULL)) {
            strbuf_append_string(report->text, "Member must not be null");
        }
        strbuf_truncate(&report->path, size);
    }
}

/* What is wrong with a scalar or with the length of an element is told about the collection, once. */
static void report_elements(struct report *report, const struct shape *shape,
                            const struct json_value *value) {
    bool map = shape->type == SHAPE_MAP;
    const struct shape *element = shape->members[map].shape;
    bool bad_keys = false;
    bool bad_elements = false;
    for (const struct json_value *child = value->child; child; child = child->next) {
        struct json_value key = {.type = JSON_VALUE_STRING, .text = child->key};
        bad_keys |= map && !is_sound(shape->members[0].shape, &key);
        bad_elements |=
            child->type == JSON_VALUE_NULL || (element->type != SHAPE_STRUCTURE && !is_sound(element, child));
    }
    if (bad_keys && begin_message(report, shape, value)) {
        strbuf_append_string(report->text, "Map keys must satisfy constraint: ");
        append_all_constraints(report->text, shape->members[0].shape, false);
    }
    if (bad_elements && begin_message(report, shape, value)) {
        strbuf_append_string(report->text, map ? "Map value must satisfy constraint: "
                                               : "Member must satisfy constraint: ");
        append_all_constraints(report->text, element, !map);
    }
}

static void report_children(struct report *report, const struct shape *shape,
                            const struct json_value *value) {
    bool map = shape->type == SHAPE_MAP;
    const struct shape *element = shape->members[map].shape;
    if (element->type != SHAPE_STRUCTURE && element->type != SHAPE_LIST && element->type != SHAPE_MAP) {
        return;
    }
    size_t size = report->path.size;
    int number = 0;
    for (const struct json_value *child = value->child; child && report->count < MAXIMUM_MESSAGES;
         child = child->next) {
        number++;
        if (child->type == JSON_VALUE_NULL) {
            continue;
        }
        strbuf_append_char(&report->path, '.');
        if (map) {
            strbuf_append_text(&report->path, child->key);
        } else {
            strbuf_append_int64(&report->path, number);
        }
        strbuf_append_string(&report->path, ".member");
        if (element->type == SHAPE_STRUCTURE) {
            report_value(report, element, child);
        } else {
            report_elements(report, element, child); /* its own length stands with the collection */
            report_children(report, element, child);
        }
        strbuf_truncate(&report->path, size);
    }
}

static void report_value(struct report *report, const struct shape *shape, const struct json_value *value) {
    if (shape->flags & SHAPE_DOCUMENT) {
        return;
    }
    if (shape->type == SHAPE_STRUCTURE) {
        report_structure(report, shape, value);
        return;
    }
    report_own(report, shape, value);
    if (shape->type == SHAPE_LIST || shape->type == SHAPE_MAP) {
        report_elements(report, shape, value);
        report_children(report, shape, value);
    }
}

bool shape_validate(const struct shape *shape, const struct json_value *value, struct strbuf *message) {
    if (is_valid(shape, value)) {
        return true;
    }
    struct strbuf text = STRBUF_INIT;
    struct report report = {.text = &text, .path = STRBUF_INIT};
    report_value(&report, shape, value);
    if (report.count == 0) { /* only an earlier duplicate of a member was wrong; the last one counts */
        strbuf_release(&report.path);
        strbuf_release(&text);
        return true;
    }
    strbuf_printf(message, "%d validation error%s detected: ", report.count, report.count == 1 ? "" : "s");
    strbuf_append_text(message, strbuf_text(&text));
    strbuf_release(&report.path);
    strbuf_release(&text);
    return false;
}
