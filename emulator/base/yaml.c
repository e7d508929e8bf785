#include "emulator/base/yaml.h"

#include <yaml.h>

#include "emulator/base/arena.h"
#include "emulator/base/die.h"
#include "emulator/base/json_value.h"
#include "emulator/base/yaml_positions.h"

/* Deeper nesting is an error, so that hostile input cannot exhaust the stack. */
#define MAXIMUM_DEPTH 200
/* What all aliases of a document together may add. */
#define MAXIMUM_COPIED_NODES 100000
#define MAXIMUM_COPIED_BYTES ((size_t)16 * 1024 * 1024)

struct yaml_document {
    json_t *root;
    const char *file;
    struct yaml_positions *positions;
};

struct anchor {
    const char *name;
    json_t *value; /* a reference of its own: a duplicate key may replace the original */
    struct anchor *next;
};

struct loader {
    yaml_parser_t parser;
    struct yaml_document *document;
    const struct yaml_options *options;
    struct yaml_error *error;
    struct arena *arena;
    struct anchor *anchors;
    int depth;
    size_t copied_nodes;
    size_t copied_bytes;
};

static json_t *load_node(struct loader *loader, const yaml_event_t *event);

static void set_error(struct yaml_error *error, struct yaml_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void set_error(struct yaml_error *error, struct yaml_place place, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    error->line = place.line;
    error->column = place.column;
    vsnprintf(error->message, sizeof(error->message), format, arguments);
    va_end(arguments);
}

static struct yaml_place place_of(yaml_mark_t mark) {
    return (struct yaml_place){(int)mark.line + 1, (int)mark.column + 1};
}

/* ---- Scalars ---- */

static bool is_null(struct text text) {
    return text.size == 0 || text_equals(text, "~") || text_equals(text, "null") ||
           text_equals(text, "Null") || text_equals(text, "NULL");
}

static bool is_word(struct text text, const char *lower, const char *title, const char *upper) {
    return text_equals(text, lower) || text_equals(text, title) || text_equals(text, upper);
}

static size_t count_digits(struct text text, size_t at) {
    size_t start = at;
    while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9') {
        at++;
    }
    return at - start;
}

/* 0x1F and 0o17. NULL: not such a number. */
static json_t *based_integer(struct text text) {
    bool hexadecimal = text_starts_with(text, "0x");
    if ((!hexadecimal && !text_starts_with(text, "0o")) || text.size == 2 || text.size > 17) {
        return NULL;
    }
    uint64_t number = 0;
    for (size_t i = 2; i < text.size; i++) {
        const char *digits = hexadecimal ? "0123456789abcdef" : "01234567";
        char byte = text.data[i] >= 'A' && text.data[i] <= 'F' ? (char)(text.data[i] | 0x20) : text.data[i];
        const char *digit = byte ? strchr(digits, byte) : NULL;
        if (!digit) {
            return NULL;
        }
        number = number << (hexadecimal ? 4 : 3) | (uint64_t)(digit - digits);
    }
    return number <= INT64_MAX ? json_integer((json_int_t)number) : NULL;
}

/* NULL: a string. Also for JSON's numbers, which are all numbers here. */
static json_t *core_number(struct text text) {
    size_t sign = text.size && (text.data[0] == '-' || text.data[0] == '+');
    size_t whole = count_digits(text, sign);
    size_t at = sign + whole;
    if (whole > 1 && text.data[sign] == '0') {
        return NULL;
    }
    if (at == text.size && whole) {
        int64_t integer;
        if (text_to_int64(text, &integer)) {
            return json_integer(integer);
        }
    } else {
        size_t fraction = 0;
        if (at < text.size && text.data[at] == '.') {
            fraction = count_digits(text, at + 1);
            at += 1 + fraction;
        }
        if (!whole && !fraction) {
            return NULL;
        }
        if (at < text.size && (text.data[at] == 'e' || text.data[at] == 'E')) {
            at++;
            at += at < text.size && (text.data[at] == '-' || text.data[at] == '+');
            size_t exponent = count_digits(text, at);
            at += exponent ? exponent : text.size;
        }
        if (at != text.size) {
            return based_integer(text);
        }
    }
    double real;
    return text_to_double(text, &real) ? json_real(real) : NULL;
}

static json_t *string_of(struct text text) {
    json_t *string = json_stringn(text.data ? text.data : "", text.size);
    if (!string) {
        die("not UTF-8 behind a reader that checked it");
    }
    return string;
}

static json_t *core_scalar(struct text text) {
    if (is_null(text)) {
        return json_null();
    }
    if (is_word(text, "true", "True", "TRUE")) {
        return json_true();
    }
    if (is_word(text, "false", "False", "FALSE")) {
        return json_false();
    }
    json_t *number = core_number(text);
    return number ? number : string_of(text);
}

/* ---- CloudFormation's short forms ---- */

/* Source: AWS CloudFormation User Guide, "Intrinsic function reference". */
static const char *const function_tags[] = {
    "And",          "Base64",      "Cidr",      "Contains",   "EachMemberEquals",
    "EachMemberIn", "Equals",      "FindInMap", "GetAtt",     "GetAZs",
    "If",           "ImportValue", "Join",      "Length",     "Not",
    "Or",           "RefAll",      "Select",    "Split",      "Sub",
    "ToJsonString", "Transform",   "ValueOf",   "ValueOfAll",
};

/* "Ref" for "!Ref", "Fn::Sub" for "!Sub", in the arena; NULL: no short form. */
static const char *function_of(struct loader *loader, const char *tag) {
    if (!loader->options->cloudformation_tags || tag[0] != '!') {
        return NULL;
    }
    if (strcmp(tag, "!Ref") == 0 || strcmp(tag, "!Condition") == 0) {
        return arena_strdup(loader->arena, tag + 1);
    }
    for (size_t i = 0; i < sizeof(function_tags) / sizeof(function_tags[0]); i++) {
        if (strcmp(function_tags[i], tag + 1) == 0) {
            return arena_printf(loader->arena, "Fn::%s", tag + 1);
        }
    }
    return NULL;
}

/* Steals argument. */
static json_t *wrap(struct loader *loader, const char *function, json_t *argument, struct yaml_place place) {
    if (strcmp(function, "Fn::GetAtt") == 0 && json_is_string(argument)) {
        struct text rest = {json_string_value(argument), json_string_length(argument)};
        struct text resource = text_cut(&rest, '.');
        json_t *pair = json_array();
        json_array_append_new(pair, string_of(resource));
        if (rest.data) {
            json_array_append_new(pair, string_of(rest));
        }
        for (size_t i = 0; i < json_array_size(pair); i++) {
            yaml_positions_put(loader->document->positions, json_array_get(pair, i), NULL, place);
        }
        json_decref(argument);
        argument = pair;
        yaml_positions_put(loader->document->positions, argument, NULL, place);
    }
    json_t *object = json_object();
    json_object_set_new(object, function, argument);
    yaml_positions_put(loader->document->positions, object, function, place);
    return object;
}

/* ---- Nodes ---- */

static bool next_event(struct loader *loader, yaml_event_t *event) {
    if (yaml_parser_parse(&loader->parser, event)) {
        return true;
    }
    const yaml_parser_t *parser = &loader->parser;
    struct yaml_place place = place_of(parser->problem_mark);
    const char *problem = parser->problem ? parser->problem : "cannot be read";
    if (parser->error == YAML_MEMORY_ERROR) {
        die("no memory for a YAML document");
    }
    if (parser->error == YAML_READER_ERROR) {
        place = place_of(parser->mark);
    }
    if (parser->context) {
        set_error(loader->error, place, "%s (%s that begins at line %zu)", problem, parser->context,
                  parser->context_mark.line + 1);
    } else {
        set_error(loader->error, place, "%s", problem);
    }
    return false;
}

/* True when the tag says nothing against the kind of the node. *function: the short form, or NULL. */
static bool check_tag(struct loader *loader, const yaml_event_t *event, const char *tag, const char *own_tag,
                      const char **function) {
    *function = NULL;
    if (!tag || strcmp(tag, "!") == 0 || (own_tag && strcmp(tag, own_tag) == 0)) {
        return true;
    }
    *function = function_of(loader, tag);
    if (!*function) {
        const char *core = "tag:yaml.org,2002:";
        bool is_core = strncmp(tag, core, strlen(core)) == 0;
        set_error(loader->error, place_of(event->start_mark), "unknown tag %s%s", is_core ? "!!" : "",
                  is_core ? tag + strlen(core) : tag);
    }
    return *function;
}

static json_t *load_scalar(struct loader *loader, const yaml_event_t *event) {
    const char *tag = (const char *)event->data.scalar.tag;
    struct text text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    const char *function;
    if (tag && (strcmp(tag, YAML_INT_TAG) == 0 || strcmp(tag, YAML_FLOAT_TAG) == 0 ||
                strcmp(tag, YAML_BOOL_TAG) == 0 || strcmp(tag, YAML_NULL_TAG) == 0)) {
        return core_scalar(text);
    }
    if (!check_tag(loader, event, tag, YAML_STR_TAG, &function)) {
        return NULL;
    }
    if (function) {
        json_t *argument = string_of(text);
        yaml_positions_put(loader->document->positions, argument, NULL, place_of(event->start_mark));
        return wrap(loader, function, argument, place_of(event->start_mark));
    }
    if (tag || event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE) {
        return string_of(text);
    }
    if (loader->options->scalars == YAML_STRING_SCALARS) {
        return is_null(text) ? json_null() : string_of(text);
    }
    return core_scalar(text);
}

static bool load_items(struct loader *loader, json_t *array) {
    for (;;) {
        yaml_event_t event;
        if (!next_event(loader, &event)) {
            return false;
        }
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return true;
        }
        json_t *item = load_node(loader, &event);
        yaml_event_delete(&event);
        if (!item) {
            return false;
        }
        json_array_append_new(array, item);
    }
}

/* The key in the arena, or NULL and an error. */
static const char *load_key(struct loader *loader, const yaml_event_t *event) {
    struct yaml_place place = place_of(event->start_mark);
    if (event->type != YAML_SCALAR_EVENT) {
        set_error(loader->error, place, "a key must be a string");
        return NULL;
    }
    const char *tag = (const char *)event->data.scalar.tag;
    struct text text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    if ((tag && strcmp(tag, "!") != 0 && strcmp(tag, YAML_STR_TAG) != 0) || text_find_char(text, '\0') >= 0) {
        set_error(loader->error, place,
                  tag ? "a key cannot have a tag" : "a key cannot hold a NUL character");
        return NULL;
    }
    return arena_text_string(loader->arena, text);
}

static bool load_members(struct loader *loader, json_t *object) {
    for (;;) {
        yaml_event_t event;
        if (!next_event(loader, &event)) {
            return false;
        }
        if (event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            return true;
        }
        struct yaml_place place = place_of(event.start_mark);
        const char *key = load_key(loader, &event);
        yaml_event_delete(&event);
        if (!key) {
            return false;
        }
        if (loader->options->reject_duplicate_keys && json_object_get(object, key)) {
            set_error(loader->error, place, "duplicate key '%s'", key);
            return false;
        }
        if (!next_event(loader, &event)) {
            return false;
        }
        json_t *value = load_node(loader, &event);
        yaml_event_delete(&event);
        if (!value) {
            return false;
        }
        json_object_set_new(object, key, value);
        yaml_positions_put(loader->document->positions, object, key, place);
    }
}

static json_t *load_collection(struct loader *loader, const yaml_event_t *event) {
    bool mapping = event->type == YAML_MAPPING_START_EVENT;
    const char *tag =
        (const char *)(mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag);
    struct yaml_place place = place_of(event->start_mark);
    const char *function;
    if (!check_tag(loader, event, tag, mapping ? YAML_MAP_TAG : YAML_SEQ_TAG, &function)) {
        return NULL;
    }
    if (++loader->depth > MAXIMUM_DEPTH) {
        set_error(loader->error, place, "nested too deeply");
        return NULL;
    }
    json_t *collection = mapping ? json_object() : json_array();
    bool good = mapping ? load_members(loader, collection) : load_items(loader, collection);
    loader->depth--;
    if (!good) {
        json_decref(collection);
        return NULL;
    }
    if (function) {
        yaml_positions_put(loader->document->positions, collection, NULL, place);
        return wrap(loader, function, collection, place);
    }
    return collection;
}

/* ---- Aliases ---- */

/* A copy with the positions of the original, or NULL past the limits. */
static json_t *copy_value(struct loader *loader, json_t *original) {
    loader->copied_nodes++;
    loader->copied_bytes += json_string_length(original);
    if (loader->copied_nodes > MAXIMUM_COPIED_NODES || loader->copied_bytes > MAXIMUM_COPIED_BYTES) {
        return NULL;
    }
    struct yaml_positions *positions = loader->document->positions;
    json_t *copy;
    if (json_is_array(original)) {
        copy = json_array();
        for (size_t i = 0; i < json_array_size(original); i++) {
            json_t *item = copy_value(loader, json_array_get(original, i));
            if (!item) {
                json_decref(copy);
                return NULL;
            }
            json_array_append_new(copy, item);
        }
    } else if (json_is_object(original)) {
        copy = json_object();
        const char *key;
        json_t *value;
        json_object_foreach(original, key, value) {
            json_t *member = copy_value(loader, value);
            if (!member) {
                json_decref(copy);
                return NULL;
            }
            json_object_set_new(copy, key, member);
            yaml_positions_put(positions, copy, key, yaml_positions_get(positions, original, key));
        }
    } else {
        copy = json_copy(original);
    }
    yaml_positions_put(positions, copy, NULL, yaml_positions_get(positions, original, NULL));
    return copy;
}

static json_t *load_alias(struct loader *loader, const yaml_event_t *event) {
    const char *name = (const char *)event->data.alias.anchor;
    struct yaml_place place = place_of(event->start_mark);
    if (loader->options->reject_aliases) {
        set_error(loader->error, place, "YAML aliases are not allowed in CloudFormation templates");
        return NULL;
    }
    for (const struct anchor *anchor = loader->anchors; anchor; anchor = anchor->next) {
        if (strcmp(anchor->name, name) == 0) {
            json_t *copy = copy_value(loader, anchor->value);
            if (!copy) {
                set_error(loader->error, place, "the aliases make the document too large");
            }
            return copy;
        }
    }
    /* Anchors count from the end of their node, so an alias inside its own node comes here too. */
    set_error(loader->error, place, "unknown alias *%s", name);
    return NULL;
}

static void add_anchor(struct loader *loader, const yaml_char_t *name, json_t *value) {
    if (name) {
        struct anchor *anchor = arena_alloc(loader->arena, sizeof(*anchor));
        *anchor = (struct anchor){arena_strdup(loader->arena, (const char *)name), json_incref(value),
                                  loader->anchors};
        loader->anchors = anchor;
    }
}

/* A new reference to the node that begins with this event, or NULL and an error. */
static json_t *load_node(struct loader *loader, const yaml_event_t *event) {
    json_t *value;
    const yaml_char_t *anchor = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        value = load_scalar(loader, event);
    } else if (event->type == YAML_ALIAS_EVENT) {
        value = load_alias(loader, event);
    } else {
        anchor = event->type == YAML_MAPPING_START_EVENT ? event->data.mapping_start.anchor
                                                         : event->data.sequence_start.anchor;
        value = load_collection(loader, event);
    }
    if (value) {
        yaml_positions_put(loader->document->positions, value, NULL, place_of(event->start_mark));
        add_anchor(loader, anchor, value);
    }
    return value;
}

/* ---- JSON ---- */

struct json_loader {
    struct yaml_document *document;
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
    struct yaml_positions *positions = loader->document->positions;
    for (const struct json_value *child = value->child; child; child = child->next) {
        /* A key with escapes was decoded elsewhere; its value stands near enough. */
        bool in_source = child->key.data > loader->source.data &&
                         child->key.data < loader->source.data + loader->source.size;
        struct yaml_place place = advance(loader, in_source ? child->key.data - 1 : child->raw.data);
        if (text_find_char(child->key, '\0') >= 0) {
            set_error(loader->error, place, "a key cannot hold a NUL character");
            return false;
        }
        struct text key = child->key;
        if (loader->options->reject_duplicate_keys && json_object_getn(object, key.data, key.size)) {
            set_error(loader->error, place, "duplicate key '%.*s'", TEXT_ARGUMENTS(key));
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
        return string_of(value->type == JSON_VALUE_STRING ? value->text : value->raw);
    }
    if (value->type == JSON_VALUE_NUMBER) {
        json_t *number = core_number(value->text);
        return number ? number : string_of(value->text); /* 1e999 */
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
    yaml_positions_put(loader->document->positions, converted, NULL, place);
    return converted;
}

/* Sets the document's root. *is_json tells whether an error is one of a JSON text. */
static void load_json(struct yaml_document *document, struct text source, const struct yaml_options *options,
                      struct yaml_error *error, bool *is_json) {
    struct arena *arena = arena_open();
    struct json_error json_error;
    struct json_value *value = json_parse(arena, source, &json_error);
    *is_json = value;
    if (value) {
        struct json_loader loader = {document, options, error, source, source.data, {1, 1}};
        document->root = convert(&loader, value);
    } else {
        set_error(error, (struct yaml_place){json_error.line, json_error.column}, "%s", json_error.message);
    }
    arena_close(arena);
}

/* ---- Documents ---- */

/* Reads up to the end of the stream; a new reference to the only document, or NULL. */
static json_t *load_stream(struct loader *loader) {
    json_t *root = NULL;
    for (;;) {
        yaml_event_t event;
        if (!next_event(loader, &event)) {
            break;
        }
        struct yaml_place place = place_of(event.start_mark);
        yaml_event_type_t type = event.type;
        bool good = true;
        if (type == YAML_DOCUMENT_START_EVENT && root) {
            set_error(loader->error, place, "a second document");
            good = false;
        } else if (type == YAML_SCALAR_EVENT || type == YAML_ALIAS_EVENT ||
                   type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT) {
            root = load_node(loader, &event);
            good = root;
        }
        yaml_event_delete(&event);
        if (!good) {
            break;
        }
        if (type == YAML_STREAM_END_EVENT) {
            if (!root) {
                set_error(loader->error, place, "nothing in it");
            }
            return root;
        }
    }
    json_decref(root);
    return NULL;
}

static void load_yaml(struct yaml_document *document, struct text source, const struct yaml_options *options,
                      struct yaml_error *error) {
    struct loader loader = {.document = document, .options = options, .error = error, .arena = arena_open()};
    if (!yaml_parser_initialize(&loader.parser)) {
        die("no memory for a YAML parser");
    }
    yaml_parser_set_encoding(&loader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&loader.parser, (const unsigned char *)source.data, source.size);
    document->root = load_stream(&loader);
    yaml_parser_delete(&loader.parser);
    for (struct anchor *anchor = loader.anchors; anchor; anchor = anchor->next) {
        json_decref(anchor->value);
    }
    arena_close(loader.arena);
}

struct yaml_document *yaml_load(struct text source, const char *file, const struct yaml_options *options,
                                struct yaml_error *error) {
    struct yaml_document *document = xcalloc(1, sizeof(*document));
    document->file = file;
    document->positions = yaml_positions_open();
    struct text text = source.data ? source : TEXT("");
    bool is_json = false;
    struct yaml_error json_error;
    bool tried_json = text_starts_with(text_trim(text), "{");
    if (tried_json) {
        load_json(document, text, options, &json_error, &is_json);
        *error = json_error;
    }
    if (!document->root && !is_json) {
        load_yaml(document, text, options, error);
        if (!document->root && tried_json) {
            *error = json_error;
        }
    }
    if (!document->root) {
        yaml_close(document);
        return NULL;
    }
    return document;
}

void yaml_close(struct yaml_document *document) {
    if (document) {
        json_decref(document->root);
        yaml_positions_close(document->positions);
        free(document);
    }
}

json_t *yaml_root(const struct yaml_document *document) {
    return document->root;
}

static struct position position_of(const struct yaml_document *document, struct yaml_place place) {
    return (struct position){document->file, place.line, place.column};
}

struct position yaml_position(const struct yaml_document *document, const json_t *value) {
    return position_of(document, yaml_positions_get(document->positions, value, NULL));
}

struct position yaml_key_position(const struct yaml_document *document, const json_t *object,
                                  const char *key) {
    return position_of(document, yaml_positions_get(document->positions, object, key));
}
