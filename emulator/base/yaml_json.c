/* JSON documents by the door of YAML: our own reader knows where every value stood. */
#include "emulator/base/yaml_parts.h"

#include "emulator/base/json_value.h"

struct json_loader {
    struct yaml_positions *positions;
    const struct yaml_options *options;
    struct yaml_error *error;
    struct text source;
    const char *at; /* the walk goes forward only, so counting lines costs one pass */
    struct yaml_place place;
};

static struct yaml_place advance(struct json_loader *loader, const char *to) {
    for (; loader->at < to; loader->at++) {
        if (*loader->at == '\n') {
            loader->place = (struct yaml_place){loader->place.line + 1, 1};
        } else if ((*loader->at & 0xc0) != 0x80) {
            loader->place.column++;
        }
    }
    return loader->place;
}

static json_t *convert(struct json_loader *loader, const struct json_value *value);

static bool convert_members(struct json_loader *loader, const struct json_value *value, json_t *object) {
    struct yaml_positions *positions = loader->positions;
    for (const struct json_value *child = value->child; child; child = child->next) {
        /* A key with escapes was decoded elsewhere; its value stands near enough. */
        bool in_source = child->key.data > loader->source.data &&
                         child->key.data < loader->source.data + loader->source.size;
        struct yaml_place place = advance(loader, in_source ? child->key.data - 1 : child->raw.data);
        if (text_find_char(child->key, '\0') >= 0) {
            yaml_set_error(loader->error, place, "a key cannot hold a NUL character");
            return false;
        }
        struct text key = child->key;
        if (loader->options->reject_duplicate_keys && json_object_getn(object, key.data, key.size)) {
            yaml_set_error(loader->error, place, "duplicate key '%.*s'", TEXT_ARGUMENTS(key));
            return false;
        }
        json_t *member = convert(loader, child);
        if (!member) {
            return false;
        }
        json_object_setn_new(object, key.data, key.size, member);
        yaml_positions_put_text(positions, object, key, place);
    }
    return true;
}

static json_t *convert_scalar(const struct json_loader *loader, const struct json_value *value) {
    if (value->type == JSON_VALUE_NULL) {
        return json_null();
    }
    if (value->type == JSON_VALUE_STRING || loader->options->scalars == YAML_STRING_SCALARS) {
        return yaml_string(value->type == JSON_VALUE_STRING ? value->text : value->raw);
    }
    if (value->type == JSON_VALUE_NUMBER) {
        json_t *number = yaml_number(value->text);
        return number ? number : yaml_string(value->text); /* 1e999 */
    }
    return json_boolean(value->type == JSON_VALUE_TRUE);
}

static json_t *convert(struct json_loader *loader, const struct json_value *value) {
    struct yaml_place place = advance(loader, value->raw.data);
    json_t *converted;
    bool good = true;
    if (value->type == JSON_VALUE_OBJECT) {
        converted = json_object();
        good = convert_members(loader, value, converted);
    } else if (value->type == JSON_VALUE_ARRAY) {
        converted = json_array();
        for (const struct json_value *child = value->child; child && good; child = child->next) {
            json_t *item = convert(loader, child);
            good = item && json_array_append_new(converted, item) == 0;
        }
    } else {
        converted = convert_scalar(loader, value);
    }
    if (!good) {
        json_decref(converted);
        return NULL;
    }
    yaml_positions_put(loader->positions, converted, NULL, place);
    return converted;
}

json_t *yaml_load_json(struct text source, const struct yaml_options *options,
                       struct yaml_positions *positions, struct yaml_error *error, bool *is_json) {
    struct arena *arena = arena_open();
    struct json_error json_error;
    struct json_value *value = json_parse(arena, source, &json_error);
    json_t *root = NULL;
    *is_json = value;
    if (value) {
        struct json_loader loader = {positions, options, error, source, source.data, {1, 1}};
        root = convert(&loader, value);
    } else {
        yaml_set_error(error, (struct yaml_place){json_error.line, json_error.column}, "%s",
                       json_error.message);
    }
    arena_close(arena);
    return root;
}
