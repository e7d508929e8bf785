#include "emulator/protocol/shape_types.h"

#include "emulator/base/clock.h"

/* Where a value stands decides about some texts. */
enum place { AS_MEMBER, AS_ELEMENT };

struct fitting {
    const struct shape_type_rules *rules;
    struct arena *arena;
    struct strbuf *message;
};

static bool fit(const struct fitting *fitting, const struct shape *shape, struct json_value *value,
                enum place place);

static bool refuse(const struct fitting *fitting, const char *text) {
    strbuf_append_string(fitting->message, text);
    return false;
}

static bool is_decimal(struct text number) {
    for (size_t index = 0; index < number.size; index++) {
        if (number.data[index] == '.' || number.data[index] == 'e' || number.data[index] == 'E') {
            return true;
        }
    }
    return false;
}

static const char *const java_names[] = {
    [SHAPE_STRING] = "String",   [SHAPE_INTEGER] = "Integer", [SHAPE_LONG] = "Long",
    [SHAPE_FLOAT] = "Float",     [SHAPE_DOUBLE] = "Double",   [SHAPE_BOOLEAN] = "Boolean",
    [SHAPE_BLOB] = "ByteBuffer", [SHAPE_TIMESTAMP] = "Date",  [SHAPE_STRUCTURE] = "Object",
    [SHAPE_LIST] = "List",       [SHAPE_MAP] = "Map",
};

/* "java.lang.String", "java.util.List<...>", "com.amazonaws.dynamodb.v20120810.AttributeValue" */
static void append_java_type(struct strbuf *buffer, const struct fitting *fitting,
                             const struct shape *shape) {
    if (shape->type == SHAPE_STRUCTURE) {
        struct text package = text_of(fitting->rules->error_prefix);
        if (package.size > 1) {
            strbuf_append(buffer, package.data, package.size - 1);
            strbuf_append_char(buffer, '.');
        }
        strbuf_append_string(buffer, shape->name);
    } else if (shape->type == SHAPE_LIST) {
        strbuf_append_string(buffer, "java.util.List<");
        append_java_type(buffer, fitting, shape->members[0].shape);
        strbuf_append_char(buffer, '>');
    } else if (shape->type == SHAPE_MAP) {
        strbuf_append_string(buffer, "java.util.Map<java.lang.String, ");
        append_java_type(buffer, fitting, shape->members[1].shape);
        strbuf_append_char(buffer, '>');
    } else {
        strbuf_append_string(buffer, shape->type == SHAPE_BLOB        ? "java.nio."
                                     : shape->type == SHAPE_TIMESTAMP ? "java.util."
                                                                      : "java.lang.");
        strbuf_append_string(buffer, java_names[shape->type]);
    }
}

static bool refuse_collection(const struct fitting *fitting, const struct shape *shape) {
    strbuf_append_string(fitting->message, "Unrecognized collection type ");
    if (shape->type != SHAPE_MAP && shape->type != SHAPE_LIST) {
        strbuf_append_string(fitting->message, "class ");
    }
    append_java_type(fitting->message, fitting, shape);
    return false;
}

/* A scalar of the wrong kind where a scalar is wanted, or a container where one is. */
static bool refuse_scalar(const struct fitting *fitting, const struct shape *shape,
                          const struct json_value *value) {
    static const char *const tokens[] = {
        [JSON_VALUE_NULL] = "NULL_VALUE",     [JSON_VALUE_FALSE] = "FALSE_VALUE",
        [JSON_VALUE_TRUE] = "TRUE_VALUE",     [JSON_VALUE_NUMBER] = "NUMBER_VALUE",
        [JSON_VALUE_STRING] = "STRING_VALUE",
    };
    if (value->type == JSON_VALUE_ARRAY) {
        return refuse_collection(fitting, shape);
    }
    if (value->type == JSON_VALUE_OBJECT) {
        return refuse(fitting, "Start of structure or map found where not expected");
    }
    const char *token = value->type == JSON_VALUE_NUMBER && is_decimal(value->text) ? "DECIMAL_VALUE"
                        : value->type == JSON_VALUE_BYTES                           ? "STRING_VALUE"
                                                                                    : tokens[value->type];
    strbuf_printf(fitting->message, "%s cannot be converted to %s", token, java_names[shape->type]);
    return false;
}

static bool fit_boolean(const struct fitting *fitting, const struct shape *shape, struct json_value *value) {
    if (value->type == JSON_VALUE_TRUE || value->type == JSON_VALUE_FALSE) {
        return true;
    }
    if (value->type == JSON_VALUE_STRING) {
        static const char *const words[] = {"true", "1", "yes", "false", "0", "no"};
        size_t word = 0;
        while (word < 6 && !text_equals_ignore_case(value->text, words[word])) {
            word++;
        }
        bool yes = word < 3;
        if (word == 6) {
            return refuse(fitting, "Unexpected token received from parser");
        }
        value->type = yes ? JSON_VALUE_TRUE : JSON_VALUE_FALSE;
        return true;
    }
    return refuse_scalar(fitting, shape, value);
}

static bool fit_number(const struct fitting *fitting, const struct shape *shape, struct json_value *value) {
    bool fraction = shape->type == SHAPE_FLOAT || shape->type == SHAPE_DOUBLE;
    if (value->type == JSON_VALUE_NUMBER ||
        (fraction && value->type == JSON_VALUE_STRING &&
         (text_equals(value->text, "NaN") || text_equals(value->text, "Infinity") ||
          text_equals(value->text, "-Infinity")))) {
        return true;
    }
    return refuse_scalar(fitting, shape, value);
}

static bool is_base64_character(char byte) {
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
           byte == '+' || byte == '/';
}

/* The bits of the last character that no byte uses. */
static bool has_stray_bits(struct text text, size_t padding) {
    char last = text.data[text.size - padding - 1];
    int value = last >= 'A' && last <= 'Z'   ? last - 'A'
                : last >= 'a' && last <= 'z' ? last - 'a' + 26
                : last >= '0' && last <= '9' ? last - '0' + 52
                : last == '+'                ? 62
                                             : 63;
    return (value & (padding == 1 ? 3 : 15)) != 0;
}

static bool fit_blob(const struct fitting *fitting, const struct shape *shape, struct json_value *value) {
    if (value->type == JSON_VALUE_BYTES) {
        return true;
    }
    if (value->type != JSON_VALUE_STRING) {
        if (value->type == JSON_VALUE_ARRAY || value->type == JSON_VALUE_OBJECT) {
            return refuse_scalar(fitting, shape, value);
        }
        return refuse(fitting, "only base-64-encoded strings are convertible to bytes");
    }
    struct text text = value->text;
    if (text.size % 4) {
        strbuf_printf(fitting->message,
                      "Base64 encoded length is expected a multiple of 4 bytes but found: %zu", text.size);
        return false;
    }
    size_t plain = 0;
    while (plain < text.size && is_base64_character(text.data[plain])) {
        plain++;
    }
    size_t padding = text.size - plain;
    if (padding > 2 || (padding >= 1 && text.data[plain] != '=') ||
        (padding == 2 && text.data[plain + 1] != '=') || (padding && has_stray_bits(text, padding))) {
        return refuse(fitting, "Invalid last non-pad Base64 character dectected");
    }
    return true;
}

/* Numbers are seconds. Text is taken where the model says so, and leniently where no Java package shows that
 * the service is as strict as DynamoDB. */
static bool fit_timestamp(const struct fitting *fitting, const struct shape *shape,
                          struct json_value *value) {
    if (value->type == JSON_VALUE_NUMBER) {
        return true;
    }
    int64_t time_ms;
    bool lenient = shape->timestamp_format != TIMESTAMP_DEFAULT || !fitting->rules->error_prefix[0];
    if (value->type == JSON_VALUE_STRING && lenient && clock_parse(value->text, &time_ms)) {
        return true;
    }
    return refuse_scalar(fitting, shape, value);
}

static void remove_next(struct json_value *parent, struct json_value *before) {
    struct json_value **place = before ? &before->next : &parent->child;
    *place = (*place)->next;
    parent->count--;
    parent->raw = TEXT_NONE;
}

/* Members that are null count as absent. True when one was taken out. */
static bool fit_structure(const struct fitting *fitting, const struct shape *shape, struct json_value *value,
                          bool *changed) {
    struct json_value *before = NULL;
    for (struct json_value *child = value->child; child; child = child->next) {
        if (child->type == JSON_VALUE_NULL) {
            remove_next(value, before);
            *changed = true;
            continue;
        }
        before = child;
        const struct shape_member *member = fitting->rules->wire_names ? shape_wire_member(shape, child->key)
                                                                       : shape_member(shape, child->key);
        if (!member) {
            continue; /* AWS ignores what it does not know */
        }
        struct text raw = child->raw;
        if (!fit(fitting, member->shape, child, AS_MEMBER)) {
            return false;
        }
        if (fitting->rules->wire_names) {
            child->key = (struct text){member->name, member->name_size};
        }
        if (raw.data && !child->raw.data) {
            *changed = true;
        }
    }
    return true;
}

static uint64_t hash_of(struct text text) {
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t index = 0; index < text.size; index++) {
        hash = (hash ^ (unsigned char)text.data[index]) * UINT64_C(1099511628211);
    }
    return hash ^ hash >> 29;
}

/* Of equal keys the last counts; a table keeps this linear for hostile maps. */
static bool drop_duplicate_keys(const struct fitting *fitting, struct json_value *map) {
    size_t capacity = 16;
    while (capacity < (size_t)map->count * 2) {
        capacity *= 2;
    }
    struct json_value **places = arena_zalloc(fitting->arena, capacity * sizeof(struct json_value *));
    bool dropped = false;
    for (struct json_value *child = map->child; child; child = child->next) {
        size_t place = (size_t)hash_of(child->key) & (capacity - 1);
        while (places[place] && !text_same(places[place]->key, child->key)) {
            place = (place + 1) & (capacity - 1);
        }
        if (places[place]) {
            places[place]->type = JSON_VALUE_NULL; /* swept below */
            places[place]->key = TEXT_NONE;
            dropped = true;
        }
        places[place] = child;
    }
    struct json_value *before = NULL;
    for (struct json_value *child = map->child; dropped && child; child = child->next) {
        if (!child->key.data) {
            remove_next(map, before);
        } else {
            before = child;
        }
    }
    return dropped;
}

static bool has_few_distinct_keys(const struct json_value *map) {
    for (const struct json_value *one = map->child; one; one = one->next) {
        for (const struct json_value *other = one->next; other; other = other->next) {
            if (text_same(one->key, other->key)) {
                return false;
            }
        }
    }
    return true;
}

static bool fit_children(const struct fitting *fitting, const struct shape *element, struct json_value *value,
                         bool *changed) {
    for (struct json_value *child = value->child; child; child = child->next) {
        struct text raw = child->raw;
        if (child->type != JSON_VALUE_NULL && !fit(fitting, element, child, AS_ELEMENT)) {
            return false;
        }
        if (raw.data && !child->raw.data) {
            *changed = true;
        }
    }
    return true;
}

/* Java keeps no class object of a generic type inside a generic type; DynamoDB lets that show. */
static const char generic_cast[] =
    "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class "
    "java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are "
    "in "
    "module java.base of loader 'bootstrap')";

static bool refuse_container(const struct fitting *fitting, const struct shape *shape,
                             const struct json_value *value, enum place place) {
    if (value->type == JSON_VALUE_OBJECT) {
        return refuse(fitting, "Start of structure or map found where not expected");
    }
    if (value->type == JSON_VALUE_ARRAY) {
        return refuse_collection(fitting, shape);
    }
    return refuse(fitting, place == AS_MEMBER               ? "Unexpected field type"
                           : shape->type == SHAPE_STRUCTURE ? "Unexpected value type in payload"
                                                            : generic_cast);
}

static bool fit_container(const struct fitting *fitting, const struct shape *shape, struct json_value *value,
                          enum place place) {
    enum json_type wanted = shape->type == SHAPE_LIST ? JSON_VALUE_ARRAY : JSON_VALUE_OBJECT;
    if (value->type != wanted) {
        return refuse_container(fitting, shape, value, place);
    }
    bool changed = false;
    bool fits;
    if (shape->type == SHAPE_STRUCTURE) {
        fits = fit_structure(fitting, shape, value, &changed);
    } else {
        if (shape->type == SHAPE_MAP && (value->count > 16 || !has_few_distinct_keys(value))) {
            changed = drop_duplicate_keys(fitting, value);
        }
        fits = fit_children(fitting, shape->members[shape->type == SHAPE_MAP].shape, value, &changed);
    }
    if (changed) {
        value->raw = TEXT_NONE; /* what was read is no longer what is meant */
    }
    return fits;
}

static bool fit(const struct fitting *fitting, const struct shape *shape, struct json_value *value,
                enum place place) {
    switch ((enum shape_type)shape->type) {
    case SHAPE_STRING:
        return value->type == JSON_VALUE_STRING || refuse_scalar(fitting, shape, value);
    case SHAPE_INTEGER:
    case SHAPE_LONG:
    case SHAPE_FLOAT:
    case SHAPE_DOUBLE:
        return fit_number(fitting, shape, value);
    case SHAPE_BOOLEAN:
        return fit_boolean(fitting, shape, value);
    case SHAPE_BLOB:
        return fit_blob(fitting, shape, value);
    case SHAPE_TIMESTAMP:
        return fit_timestamp(fitting, shape, value);
    case SHAPE_STRUCTURE:
        return (shape->flags & SHAPE_DOCUMENT) || fit_container(fitting, shape, value, place);
    case SHAPE_LIST:
    case SHAPE_MAP:
        return fit_container(fitting, shape, value, place);
    }
    return true;
}

bool shape_fit_types(const struct shape_type_rules *rules, const struct shape *shape,
                     struct json_value *value, struct arena *arena, struct strbuf *message) {
    struct fitting fitting = {.rules = rules, .arena = arena, .message = message};
    return fit(&fitting, shape, value, AS_MEMBER);
}

bool shape_check_types(const struct shape *shape, struct json_value *value, struct arena *arena,
                       struct strbuf *message) {
    static const struct shape_type_rules plain = {.error_prefix = ""};
    return shape_fit_types(&plain, shape, value, arena, message);
}
