#include "services/sns/filter_reader.h"

#define MAXIMUM_KEYS 5
#define MAXIMUM_COMBINATIONS 150
/* How much of the source the parser of AWS shows. */
#define SHOWN_BYTES 500

/* ---- refusing: AWS's parser tells how far it had read ---- */

bool filter_refuse(struct filter_reader *reader, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    reader->message = arena_vprintf(reader->arena, format, arguments);
    va_end(arguments);
    return false;
}

bool filter_refuse_at(struct filter_reader *reader, const char *end, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *text = arena_vprintf(reader->arena, format, arguments);
    va_end(arguments);
    struct text shown = text_slice(reader->source, 0, SHOWN_BYTES);
    const char *rest = "";
    if (shown.size < reader->source.size) {
        rest = arena_printf(reader->arena, "[truncated %zu chars]", reader->source.size - shown.size);
    }
    return filter_refuse(reader, "%s\n at [Source: (String)\"%.*s\"%s; line: 1, column: %td]", text,
                         TEXT_ARGUMENTS(shown), rest, end - reader->source.data + 1);
}

const char *filter_after_token(const struct json_value *value) {
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

const char *filter_after_value(const struct json_value *value) {
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

static struct filter_object *read_object(struct filter_reader *reader, const struct json_value *object,
                                         int depth, int64_t *combinations);

/* Each alternative is counted from what stood before the $or; the sum goes on. */
static bool read_alternatives(struct filter_reader *reader, const struct json_value *list,
                              struct filter_key *key, int depth, int64_t *combinations) {
    struct filter_object **last = &key->alternatives;
    int64_t sum = 0;
    for (const struct json_value *value = list->child; value; value = value->next) {
        int64_t own = *combinations;
        *last = read_object(reader, value, depth, &own);
        if (!*last) {
            return false;
        }
        sum += own;
        last = &(*last)->next;
    }
    *combinations = sum;
    return true;
}

static bool read_member(struct filter_reader *reader, const struct json_value *member, struct filter_key *key,
                        int depth, int64_t *combinations) {
    key->name = member->key;
    if (is_alternatives(member)) {
        return read_alternatives(reader, member, key, depth, combinations);
    }
    if (member->type == JSON_VALUE_OBJECT) {
        key->object = read_object(reader, member, depth + 1, combinations);
        return key->object != NULL;
    }
    if (member->type != JSON_VALUE_ARRAY) {
        return filter_refuse_at(reader, filter_after_token(member), "\"%.*s\" must be an object or an array",
                                TEXT_ARGUMENTS(member->key));
    }
    if (*combinations <= MAXIMUM_COMBINATIONS) { /* beyond that it only must not overflow */
        *combinations *= (int64_t)member->count * depth;
    }
    return filter_read_conditions(reader, member, key);
}

static struct filter_object *read_object(struct filter_reader *reader, const struct json_value *object,
                                         int depth, int64_t *combinations) {
    struct filter_object *result = arena_zalloc(reader->arena, sizeof(*result));
    struct filter_key **last = &result->keys;
    if (!object->child) {
        filter_refuse_at(reader, filter_after_value(object), "Empty objects are not allowed");
        return NULL;
    }
    for (const struct json_value *member = object->child; member; member = member->next) {
        *last = arena_zalloc(reader->arena, sizeof(**last));
        if (!read_member(reader, member, *last, depth, combinations)) {
            return NULL;
        }
        last = &(*last)->next;
    }
    return result;
}

static bool is_nested(const struct filter_object *object) {
    for (const struct filter_key *key = object->keys; key; key = key->next) {
        if (key->object) {
            return true;
        }
        for (const struct filter_object *one = key->alternatives; one; one = one->next) {
            if (is_nested(one)) {
                return true;
            }
        }
    }
    return false;
}

/* ---- the source ---- */

/* AWS shows the policy without the blanks between its tokens. */
static struct text without_blanks(struct arena *arena, struct text source) {
    char *text = arena_alloc(arena, source.size + 1);
    size_t size = 0;
    bool quoted = false;
    for (size_t i = 0; i < source.size; i++) {
        char byte = source.data[i];
        if (!quoted && (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r')) {
            continue;
        }
        text[size++] = byte;
        if (quoted && byte == '\\' && i + 1 < source.size) {
            text[size++] = source.data[++i];
        } else if (byte == '"') {
            quoted = !quoted;
        }
    }
    text[size] = '\0';
    return (struct text){text, size};
}

#define REDACTED                                                                                             \
    "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %d, column: "  \
    "%zu]"

static void refuse_json(struct filter_reader *reader, struct text source, const struct json_error *error) {
    size_t end = error->offset;
    while (end < source.size &&
           strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$", source.data[end])) {
        end++;
    }
    if (end > error->offset) {
        filter_refuse(
            reader,
            "failed to parse JSON. Unrecognized token '%.*s': was expecting (JSON String, Number, Array, "
            "Object or token 'null', 'true' or 'false')" REDACTED,
            (int)(end - error->offset), source.data + error->offset, error->line,
            (size_t)error->column + end - error->offset);
    } else {
        filter_refuse(reader, "failed to parse JSON. %s" REDACTED, error->message, error->line,
                      (size_t)error->column);
    }
}

const struct filter_object *filter_policy_read(struct arena *arena, struct text source,
                                               enum filter_scope scope, const char **message) {
    struct filter_reader reader = {.arena = arena, .source = without_blanks(arena, source)};
    struct json_error error;
    struct filter_object *policy = NULL;
    int64_t combinations = 1;
    const struct json_value *value = json_parse(arena, source, &error);
    if (!value) {
        refuse_json(&reader, source, &error);
    } else {
        value = json_parse(arena, reader.source, NULL);
    }
    if (value && value->type != JSON_VALUE_OBJECT) {
        filter_refuse_at(&reader, filter_after_token(value), "Filter is not an object");
    } else if (value) {
        policy = read_object(&reader, value, 1, &combinations);
    }
    if (policy && value->count > MAXIMUM_KEYS) {
        filter_refuse(&reader, "Filter policy can not have more than 5 keys");
    } else if (policy && combinations > MAXIMUM_COMBINATIONS) {
        filter_refuse(&reader, "Filter policy is too complex");
    } else if (policy && scope == FILTER_MESSAGE_ATTRIBUTES && is_nested(policy)) {
        filter_refuse(&reader, "Filter policy scope MessageAttributes does not support nested filter policy");
    }
    *message = reader.message;
    return reader.message ? NULL : policy;
}
