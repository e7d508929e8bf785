#include "emulator/base/yaml.h"

#include <yaml.h>

#include "emulator/base/arena.h"
#include "emulator/base/die.h"
#include "emulator/base/yaml_parts.h"

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

static struct yaml_place place_of(yaml_mark_t mark) {
    return (struct yaml_place){(int)mark.line + 1, (int)mark.column + 1};
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
        json_array_append_new(pair, yaml_string(resource));
        if (rest.data) {
            json_array_append_new(pair, yaml_string(rest));
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
        yaml_set_error(loader->error, place, "%s (%s that begins at line %zu)", problem, parser->context,
                       parser->context_mark.line + 1);
    } else {
        yaml_set_error(loader->error, place, "%s", problem);
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
        yaml_set_error(loader->error, place_of(event->start_mark), "unknown tag %s%s", is_core ? "!!" : "",
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
        return yaml_core_scalar(text);
    }
    if (!check_tag(loader, event, tag, YAML_STR_TAG, &function)) {
        return NULL;
    }
    if (function) {
        json_t *argument = yaml_string(text);
        yaml_positions_put(loader->document->positions, argument, NULL, place_of(event->start_mark));
        return wrap(loader, function, argument, place_of(event->start_mark));
    }
    if (tag || event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE) {
        return yaml_string(text);
    }
    if (loader->options->scalars == YAML_STRING_SCALARS) {
        return yaml_is_null(text) ? json_null() : yaml_string(text);
    }
    return yaml_core_scalar(text);
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
        yaml_set_error(loader->error, place, "a key must be a string");
        return NULL;
    }
    const char *tag = (const char *)event->data.scalar.tag;
    struct text text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    if ((tag && strcmp(tag, "!") != 0 && strcmp(tag, YAML_STR_TAG) != 0) || text_find_char(text, '\0') >= 0) {
        yaml_set_error(loader->error, place,
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
            yaml_set_error(loader->error, place, "duplicate key '%s'", key);
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
        yaml_set_error(loader->error, place, "nested too deeply");
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
        yaml_set_error(loader->error, place, "YAML aliases are not allowed in CloudFormation templates");
        return NULL;
    }
    for (const struct anchor *anchor = loader->anchors; anchor; anchor = anchor->next) {
        if (strcmp(anchor->name, name) == 0) {
            json_t *copy = copy_value(loader, anchor->value);
            if (!copy) {
                yaml_set_error(loader->error, place, "the aliases make the document too large");
            }
            return copy;
        }
    }
    /* Anchors count from the end of their node, so an alias inside its own node comes here too. */
    yaml_set_error(loader->error, place, "unknown alias *%s", name);
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
            yaml_set_error(loader->error, place, "a second document");
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
                yaml_set_error(loader->error, place, "nothing in it");
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
        document->root = yaml_load_json(text, options, document->positions, &json_error, &is_json);
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

void yaml_set_error(struct yaml_error *error, struct yaml_place place, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    error->line = place.line;
    error->column = place.column;
    vsnprintf(error->message, sizeof(error->message), format, arguments);
    va_end(arguments);
}
