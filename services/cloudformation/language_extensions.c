#include "services/cloudformation/language_extensions.h"

#include "emulator/base/strbuf.h"
#include "emulator/base/yaml.h"
#include "services/cloudformation/intrinsics_internal.h"
#include "services/cloudformation/template_internal.h"

#define NAME "AWS::LanguageExtensions"
#define LOOP "Fn::ForEach::"
/* What all loops of a template together may make, so that nested ones cannot exhaust the memory. */
#define COPIES_MAXIMUM 20000

struct expansion {
    const struct environment *environment;
    struct arena *arena;
    size_t copies;
    const char *error;
};

static bool expansion_fail(struct expansion *expansion, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Keeps the first error; always false. */
static bool expansion_fail(struct expansion *expansion, const char *format, ...) {
    if (!expansion->error) {
        va_list arguments;
        va_start(arguments, format);
        const char *text = arena_vprintf(expansion->arena, format, arguments);
        va_end(arguments);
        expansion->error = arena_printf(expansion->arena, "Transform " NAME " failed with: %s", text);
    }
    return false;
}

static void decref(void *value) {
    json_decref(value);
}

/* ---- loops ---------------------------------------------------------------------------------------- */

/* One turn of a loop: ${Identifier} and &{Identifier} stand for the item. */
struct turn {
    struct arena *arena;
    const char *identifier;
    const char *item;
    const char *plain_item; /* only its alphanumeric characters, for logical ids */
};

static const char *alphanumeric(struct arena *arena, const char *item) {
    char *plain = arena_strdup(arena, item);
    char *out = plain;
    for (const char *at = item; *at; at++) {
        if ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9')) {
            *out++ = *at;
        }
    }
    *out = '\0';
    return plain;
}

static const char *replace(struct arena *arena, const char *text, const char *wanted, const char *by) {
    struct text rest = text_of(text);
    ptrdiff_t at = text_find(rest, wanted);
    if (at < 0) {
        return text;
    }
    struct strbuf buffer = STRBUF_INIT;
    for (; at >= 0; at = text_find(rest, wanted)) {
        strbuf_append(&buffer, rest.data, (size_t)at);
        strbuf_append_string(&buffer, by);
        rest = text_slice(rest, (size_t)at + strlen(wanted), rest.size);
    }
    strbuf_append_text(&buffer, rest);
    const char *result = arena_strdup(arena, buffer.data ? buffer.data : "");
    strbuf_release(&buffer);
    return result;
}

static const char *replace_item(const struct turn *turn, const char *text) {
    const char *whole = arena_printf(turn->arena, "${%s}", turn->identifier);
    const char *plain = arena_printf(turn->arena, "&{%s}", turn->identifier);
    return replace(turn->arena, replace(turn->arena, text, whole, turn->item), plain, turn->plain_item);
}

static bool is_item_ref(const struct turn *turn, const json_t *value) {
    const char *name = json_string_value(json_object_get(value, "Ref"));
    return name && json_object_size(value) == 1 && strcmp(name, turn->identifier) == 0;
}

/* A copy with the item put in, keys included. */
static json_t *substitute(const struct turn *turn, const json_t *value) {
    const char *key;
    json_t *member;
    size_t index;
    if (json_is_string(value)) {
        return json_string(replace_item(turn, json_string_value(value)));
    }
    if (is_item_ref(turn, value)) {
        return json_string(turn->item);
    }
    if (json_is_object(value)) {
        json_t *copy = json_object();
        json_object_foreach((json_t *)value, key, member) {
            json_object_set_new(copy, replace_item(turn, key), substitute(turn, member));
        }
        return copy;
    }
    if (json_is_array(value)) {
        json_t *copy = json_array();
        json_array_foreach((json_t *)value, index, member) {
            json_array_append_new(copy, substitute(turn, member));
        }
        return copy;
    }
    return json_deep_copy(value);
}

static bool expand_object(struct expansion *expansion, const json_t *object, json_t *into);
static json_t *expand(struct expansion *expansion, const json_t *value);

/* The items of a loop: a list of texts, or a function that gives one. NULL: failed. */
static json_t *loop_items(struct expansion *expansion, const json_t *collection) {
    struct evaluation result = evaluate(expansion->environment, collection);
    if (result.status == EVALUATION_ERROR) {
        expansion_fail(expansion, "%s", result.error);
        return NULL;
    }
    json_t *flat = json_array();
    arena_cleanup(expansion->arena, decref, flat);
    size_t index;
    json_t *item;
    json_array_foreach(result.value, index, item) {
        if (json_is_array(item)) {
            json_array_extend(flat, item); /* a Ref to a list among the items */
        } else {
            json_array_append(flat, item);
        }
    }
    if (!json_is_array(result.value) || is_unknown(flat)) {
        expansion_fail(expansion, "%s",
                       json_is_string(collection)
                           ? "Fn::ForEach layout is incorrect"
                           : "Could not find a collection or could not be resolved for Fn::ForEach");
        return NULL;
    }
    return flat;
}

static bool expand_loop(struct expansion *expansion, const json_t *loop, json_t *into) {
    const char *identifier = json_string_value(json_array_get(loop, 0));
    const json_t *body = json_array_get(loop, 2);
    if (json_array_size(loop) != 3 || !identifier || !json_is_object(body)) {
        return expansion_fail(expansion, "Fn::ForEach layout is incorrect");
    }
    json_t *items = loop_items(expansion, json_array_get(loop, 1));
    size_t index;
    json_t *item;
    json_array_foreach(items, index, item) {
        const char *text = scalar_text(expansion->arena, item);
        if (!text) {
            return expansion_fail(expansion, "Fn::ForEach layout is incorrect");
        }
        if (++expansion->copies > COPIES_MAXIMUM) {
            return expansion_fail(expansion, "Fn::ForEach makes too many members");
        }
        struct turn turn = {expansion->arena, identifier, text, alphanumeric(expansion->arena, text)};
        json_t *copy = substitute(&turn, body);
        bool good = expand_object(expansion, copy, into);
        json_decref(copy);
        if (!good) {
            return false;
        }
    }
    return items != NULL;
}

/* ---- functions that are known now ------------------------------------------------------------------ */

static bool mentions_condition(const json_t *value) {
    const char *key;
    json_t *member;
    size_t index;
    json_object_foreach((json_t *)value, key, member) {
        if (strcmp(key, "Fn::If") == 0 || mentions_condition(member)) {
            return true;
        }
    }
    json_array_foreach((json_t *)value, index, member) {
        if (mentions_condition(member)) {
            return true;
        }
    }
    return false;
}

static bool mentions_unknown(const json_t *value) {
    const char *key;
    json_t *member;
    size_t index;
    if (json_is_string(value)) {
        return strstr(json_string_value(value), UNKNOWN_VALUE) != NULL;
    }
    json_object_foreach((json_t *)value, key, member) {
        if (mentions_unknown(member)) {
            return true;
        }
    }
    json_array_foreach((json_t *)value, index, member) {
        if (mentions_unknown(member)) {
            return true;
        }
    }
    return false;
}

/* The value of a function if no resource and no condition takes part, else NULL: the runner evaluates it
 * then. */
static json_t *evaluate_now(struct expansion *expansion, const char *name, const json_t *function) {
    if (mentions_condition(function)) {
        return NULL;
    }
    struct evaluation result = evaluate(expansion->environment, function);
    if (result.status == EVALUATION_ERROR) {
        expansion_fail(expansion, "%s", result.error);
        return NULL;
    }
    if (result.status != EVALUATION_OK || !result.value || mentions_unknown(result.value)) {
        return NULL;
    }
    int64_t length;
    if (strcmp(name, "Fn::Length") == 0 && text_to_int64(text_of(json_string_value(result.value)), &length)) {
        return json_integer(length);
    }
    return json_incref(result.value);
}

static bool is_evaluated_now(const char *name) {
    return strcmp(name, "Fn::Length") == 0 || strcmp(name, "Fn::ToJsonString") == 0 ||
           strcmp(name, "Fn::FindInMap") == 0;
}

static bool expand_object(struct expansion *expansion, const json_t *object, json_t *into) {
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)object, key, member) {
        if (strncmp(key, LOOP, strlen(LOOP)) == 0) {
            if (!expand_loop(expansion, member, into)) {
                return false;
            }
            continue;
        }
        json_t *expanded = expand(expansion, member);
        if (!expanded) {
            return false;
        }
        json_object_set_new(into, key, expanded);
    }
    return true;
}

/* A new reference; NULL: failed. */
static json_t *expand(struct expansion *expansion, const json_t *value) {
    json_t *argument;
    size_t index;
    json_t *item;
    const char *name = template_function(value, &argument);
    if (name && is_evaluated_now(name)) {
        json_t *known = evaluate_now(expansion, name, value);
        if (known || expansion->error) {
            return known;
        }
    }
    if (json_is_array(value)) {
        json_t *copy = json_array();
        json_array_foreach((json_t *)value, index, item) {
            json_t *expanded = expand(expansion, item);
            if (!expanded) {
                json_decref(copy);
                return NULL;
            }
            json_array_append_new(copy, expanded);
        }
        return copy;
    }
    if (!json_is_object(value)) {
        return json_deep_copy(value);
    }
    json_t *copy = json_object();
    if (!expand_object(expansion, value, copy)) {
        json_decref(copy);
        return NULL;
    }
    return copy;
}

/* ---- the template --------------------------------------------------------------------------------- */

/* DeletionPolicy: !Ref Parameter */
static void settle_policies(struct expansion *expansion, json_t *resources) {
    static const char *const members[] = {"DeletionPolicy", "UpdateReplacePolicy"};
    const char *name;
    json_t *resource;
    json_object_foreach(resources, name, resource) {
        for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
            json_t *policy = json_object_get(resource, members[i]);
            if (!json_is_object(policy)) {
                continue;
            }
            struct evaluation result = evaluate(expansion->environment, policy);
            if (result.status == EVALUATION_OK && result.value) {
                json_object_set(resource, members[i], result.value);
            }
        }
    }
}

static json_t *expand_root(struct expansion *expansion, const json_t *root) {
    static const char *const sections[] = {"Conditions", "Resources", "Outputs"};
    json_t *processed = json_copy((json_t *)root);
    arena_cleanup(expansion->arena, decref, processed);
    json_object_del(processed, "Transform");
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        const json_t *section = json_object_get(root, sections[i]);
        json_t *expanded = section ? expand(expansion, section) : NULL;
        if (section && !expanded) {
            return NULL;
        }
        if (expanded) {
            json_object_set_new(processed, sections[i], expanded);
        }
    }
    settle_policies(expansion, json_object_get(processed, "Resources"));
    return processed;
}

static struct lookup unknown_name(void *argument, const char *name) {
    (void)argument;
    (void)name;
    return (struct lookup){.status = LOOKUP_UNKNOWN};
}

static struct lookup unknown_attribute(void *argument, const char *logical_id, const char *attribute) {
    (void)argument;
    (void)logical_id;
    (void)attribute;
    return (struct lookup){.status = LOOKUP_UNKNOWN};
}

const char *language_extensions_expand(const struct environment *given, struct text body,
                                       const char **error) {
    /* Read again with types, which the processed template shows: FifoTopic stays true. */
    const struct yaml_options options = {.scalars = YAML_CORE_SCALARS, .cloudformation_tags = true};
    struct yaml_error problem;
    struct yaml_document *document = yaml_load(body, "template", &options, &problem);
    if (!document) {
        *error = "Template format error: unsupported structure.";
        return NULL;
    }
    struct template template = *given->template;
    struct environment environment = *given;
    json_t *mappings = scalars_as_strings(json_object_get(yaml_root(document), "Mappings"));
    template.mappings = mappings;
    environment.template = &template;
    environment.ref = unknown_name;
    environment.attribute = unknown_attribute;
    environment.import = unknown_name;
    environment.dynamic_reference = NULL;
    struct expansion expansion = {.environment = &environment, .arena = given->arena};
    json_t *processed = expand_root(&expansion, yaml_root(document));
    char *dumped = processed ? json_dumps(processed, JSON_COMPACT) : NULL;
    const char *text = dumped ? arena_strdup(given->arena, dumped) : NULL;
    free(dumped);
    json_decref(mappings);
    yaml_close(document);
    *error = expansion.error;
    return text;
}
