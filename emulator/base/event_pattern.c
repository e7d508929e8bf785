/* Event patterns, read: objects, keys, alternatives. */
#include <ctype.h>

#include "emulator/base/event_pattern_reader.h"

/* How much of the source the parser of AWS shows. */
#define SHOWN_BYTES 500

/* ---- refusing: AWS's parser tells how far it had read ---- */

bool pattern_refuse(struct pattern_reader *reader, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    reader->message = arena_vprintf(reader->arena, format, arguments);
    va_end(arguments);
    return false;
}

bool pattern_refuse_at(struct pattern_reader *reader, const char *end, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *text = arena_vprintf(reader->arena, format, arguments);
    va_end(arguments);
    struct text shown = text_slice(reader->source, 0, SHOWN_BYTES);
    const char *rest = "";
    if (shown.size < reader->source.size) {
        rest = arena_printf(reader->arena, "[truncated %zu chars]", reader->source.size - shown.size);
    }
    int line = 1;
    const char *start = reader->source.data;
    for (const char *byte = start; byte < end; byte++) {
        if (*byte == '\n') {
            line++;
            start = byte + 1;
        }
    }
    return pattern_refuse(reader, "%s\n at [Source: (String)\"%.*s\"%s; line: %d, column: %td]", text,
                          TEXT_ARGUMENTS(shown), rest, line, end - start + 1);
}

const char *pattern_after_token(const struct json_value *value) {
    switch (value->type) {
    case JSON_VALUE_STRING:
    case JSON_VALUE_ARRAY:
    case JSON_VALUE_OBJECT:
        return value->raw.data + 1;
    case JSON_VALUE_NULL:
    case JSON_VALUE_FALSE:
    case JSON_VALUE_TRUE:
    case JSON_VALUE_NUMBER:
    case JSON_VALUE_BYTES:
        break;
    }
    return value->raw.data + value->raw.size;
}

const char *pattern_after_value(const struct json_value *value) {
    return value->raw.data + value->raw.size;
}

/* ---- objects ---- */

/* Two or more objects; any other list under "$or" belongs to a key of that name. */
static bool is_alternatives(const struct json_value *member) {
    if (!text_equals(member->key, "$or") || member->type != JSON_VALUE_ARRAY || member->count < 2) {
        return false;
    }
    for (const struct json_value *value = member->child; value; value = value->next) {
        if (value->type != JSON_VALUE_OBJECT) {
            return false;
        }
    }
    return true;
}

static struct event_pattern *read_object(struct pattern_reader *reader, const struct json_value *object);

static bool read_alternatives(struct pattern_reader *reader, const struct json_value *list,
                              struct pattern_key *key) {
    struct event_pattern **last = &key->alternatives;
    for (const struct json_value *value = list->child; value; value = value->next) {
        *last = read_object(reader, value);
        if (!*last) {
            return false;
        }
        last = &(*last)->next;
    }
    return true;
}

static bool read_member(struct pattern_reader *reader, const struct json_value *member,
                        struct pattern_key *key) {
    key->name = member->key;
    if (is_alternatives(member)) {
        return read_alternatives(reader, member, key);
    }
    if (member->type == JSON_VALUE_OBJECT) {
        key->object = read_object(reader, member);
        return key->object != NULL;
    }
    if (member->type != JSON_VALUE_ARRAY) {
        return pattern_refuse_at(reader, pattern_after_token(member),
                                 "\"%.*s\" must be an object or an array", TEXT_ARGUMENTS(member->key));
    }
    return pattern_read_conditions(reader, member, key);
}

static struct event_pattern *read_object(struct pattern_reader *reader, const struct json_value *object) {
    struct event_pattern *result = arena_zalloc(reader->arena, sizeof(*result));
    struct pattern_key **last = &result->keys;
    if (!object->child) {
        pattern_refuse_at(reader, pattern_after_value(object), "Empty objects are not allowed");
        return NULL;
    }
    for (const struct json_value *member = object->child; member; member = member->next) {
        *last = arena_zalloc(reader->arena, sizeof(**last));
        if (!read_member(reader, member, *last)) {
            return NULL;
        }
        last = &(*last)->next;
    }
    return result;
}

/* ---- the source ---- */

/* Words that are none of JSON's are named as Jackson names them. */
static void refuse_json(struct pattern_reader *reader, const struct json_error *error) {
    const char *start = reader->source.data + error->offset;
    const char *end = start;
    const char *stop = reader->source.data + reader->source.size;
    while (end < stop && (isalnum((unsigned char)*end) || *end == '_' || *end == '$')) {
        end++;
    }
    if (end > start) {
        pattern_refuse_at(reader, end,
                          "Unrecognized token '%.*s': was expecting (JSON String, Number, Array, Object or "
                          "token 'null', 'true' or 'false')",
                          (int)(end - start), start);
    } else {
        pattern_refuse_at(reader, start, "%s", error->message);
    }
}

const struct event_pattern *event_pattern_read(struct arena *arena, struct text source,
                                               const char **message) {
    struct pattern_reader reader = {.arena = arena, .source = source};
    struct json_error error;
    struct event_pattern *pattern = NULL;
    const struct json_value *value = json_parse(arena, source, &error);
    if (!value) {
        refuse_json(&reader, &error);
    } else if (value->type != JSON_VALUE_OBJECT) {
        pattern_refuse_at(&reader, pattern_after_token(value), "Filter is not an object");
    } else {
        pattern = read_object(&reader, value);
    }
    *message = reader.message;
    return reader.message ? NULL : pattern;
}
