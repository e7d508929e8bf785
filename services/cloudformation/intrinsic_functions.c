/* The functions that give values. Error texts: recorded answers where known, else as users report them. */
#include "emulator/base/crypto.h"
#include "emulator/base/strbuf.h"
#include "services/cloudformation/intrinsics_internal.h"
#include "services/cloudformation/sub_pattern.h"

#define JOIN_ERROR                                                                                           \
    "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list "  \
    "of "                                                                                                    \
    "strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined."
#define SPLIT_ERROR                                                                                          \
    "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a "      \
    "string "                                                                                                \
    "to be split or a function that returns a string to be split."
#define SELECT_ERROR                                                                                         \
    "Template error: Fn::Select requires a list argument with two elements: an integer index and a list"

/* The argument's value at an index of the argument list. */
static json_t *evaluate_at(struct evaluator *evaluator, const json_t *list, size_t index) {
    return evaluate_value(evaluator, json_array_get(list, index));
}

/* A text of the arena; NULL: the value is no scalar (or failed). Steals value. */
static const char *take_text(struct evaluator *evaluator, json_t *value) {
    const char *text = value ? scalar_text(evaluator->arena, value) : NULL;
    text = text ? arena_strdup(evaluator->arena, text) : NULL;
    json_decref(value);
    return text;
}

static bool is_settled(const struct evaluator *evaluator) {
    return evaluator->status == EVALUATION_OK;
}

/* ---- names ---------------------------------------------------------------------------------------- */

static json_t *intrinsic_ref(struct evaluator *evaluator, const json_t *argument) {
    return json_is_string(argument) ? evaluate_ref(evaluator, json_string_value(argument)) : NULL;
}

static json_t *intrinsic_getatt(struct evaluator *evaluator, const json_t *argument) {
    if (json_is_string(argument)) {
        struct text rest = text_of(json_string_value(argument));
        const char *name = arena_text_string(evaluator->arena, text_cut(&rest, '.'));
        return evaluate_attribute(evaluator, name, rest.data ? rest.data : "");
    }
    const char *name = take_text(evaluator, evaluate_at(evaluator, argument, 0));
    const char *attribute = take_text(evaluator, evaluate_at(evaluator, argument, 1));
    if (!name || !attribute) {
        return is_settled(evaluator)
                   ? evaluate_fail(evaluator,
                                   "Template error: every Fn::GetAtt object requires two non-empty "
                                   "parameters, the resource name and the resource attribute")
                   : NULL;
    }
    return evaluate_attribute(evaluator, name, attribute);
}

static json_t *intrinsic_import(struct evaluator *evaluator, const json_t *argument) {
    const struct environment *environment = evaluator->environment;
    json_t *value = evaluate_value(evaluator, argument);
    if (is_unknown(value)) {
        return value;
    }
    const char *name = take_text(evaluator, value);
    if (!name) {
        return is_settled(evaluator)
                   ? evaluate_fail(evaluator,
                                   "Template error: Fn::ImportValue requires a name that is a string")
                   : NULL;
    }
    if (!environment->import) {
        return evaluate_fail(evaluator, "No export named %s found", name);
    }
    return evaluate_lookup(evaluator, environment->import(environment->argument, name));
}

/* ---- Fn::Sub -------------------------------------------------------------------------------------- */

static json_t *sub_variable(struct evaluator *evaluator, const json_t *map, struct text variable) {
    const char *name = arena_text_string(evaluator->arena, variable);
    const json_t *mapped = json_object_get(map, name);
    if (mapped) {
        return evaluate_value(evaluator, mapped);
    }
    struct text rest = variable;
    struct text resource = text_cut(&rest, '.');
    if (!rest.data) {
        return evaluate_ref(evaluator, name);
    }
    return evaluate_attribute(evaluator, arena_text_string(evaluator->arena, resource),
                              arena_text_string(evaluator->arena, rest));
}

static json_t *intrinsic_sub(struct evaluator *evaluator, const json_t *argument) {
    const char *pattern = json_string_value(json_is_array(argument) ? json_array_get(argument, 0) : argument);
    const json_t *map = json_is_array(argument) ? json_array_get(argument, 1) : NULL;
    struct text rest = text_of(pattern);
    struct strbuf buffer = STRBUF_INIT;
    struct sub_piece piece;
    bool unknown = false;
    while (sub_pattern_next(&rest, &piece)) {
        if (!piece.variable) {
            strbuf_append_text(&buffer, piece.text);
            continue;
        }
        json_t *value = sub_variable(evaluator, map, piece.text);
        unknown |= is_unknown(value);
        const char *text = take_text(evaluator, value);
        if (!text && is_settled(evaluator)) {
            evaluate_fail(evaluator,
                          "Template error: variable %.*s in Fn::Sub expression does not resolve to a string",
                          TEXT_ARGUMENTS(piece.text));
        }
        strbuf_append_string(&buffer, text ? text : "");
    }
    if (rest.data) {
        evaluate_fail(evaluator, SUB_PATTERN_ERROR);
    }
    json_t *result = NULL;
    if (is_settled(evaluator)) {
        result = unknown ? unknown_value() : json_stringn(buffer.data ? buffer.data : "", buffer.size);
    }
    strbuf_release(&buffer);
    return result;
}

/* ---- lists ---------------------------------------------------------------------------------------- */

static json_t *join(struct evaluator *evaluator, const char *delimiter, const json_t *list) {
    struct strbuf buffer = STRBUF_INIT;
    size_t index;
    json_t *item;
    json_array_foreach((json_t *)list, index, item) {
        const char *text = scalar_text(evaluator->arena, item);
        if (!text) {
            strbuf_release(&buffer);
            return evaluate_fail(evaluator, JOIN_ERROR);
        }
        strbuf_printf(&buffer, "%s%s", index ? delimiter : "", text);
    }
    json_t *result = json_stringn(buffer.data ? buffer.data : "", buffer.size);
    strbuf_release(&buffer);
    return result;
}

static json_t *intrinsic_join(struct evaluator *evaluator, const json_t *argument) {
    const char *delimiter = take_text(evaluator, evaluate_at(evaluator, argument, 0));
    json_t *list = evaluate_at(evaluator, argument, 1);
    json_t *result = NULL;
    if (!is_settled(evaluator)) {
        result = NULL;
    } else if (is_unknown(list)) {
        result = unknown_value();
    } else if (!delimiter || !json_is_array(list)) {
        evaluate_fail(evaluator, JOIN_ERROR);
    } else {
        result = join(evaluator, delimiter, list);
    }
    json_decref(list);
    return result;
}

static json_t *split(const char *delimiter, const char *source) {
    json_t *list = json_array();
    size_t size = strlen(delimiter);
    struct text rest = text_of(source);
    ptrdiff_t at;
    while (size > 0 && (at = text_find(rest, delimiter)) >= 0) {
        json_array_append_new(list, json_stringn(rest.data, (size_t)at));
        rest = text_slice(rest, (size_t)at + size, rest.size);
    }
    json_array_append_new(list, json_stringn(rest.data, rest.size));
    return list;
}

static json_t *intrinsic_split(struct evaluator *evaluator, const json_t *argument) {
    const char *delimiter = take_text(evaluator, evaluate_at(evaluator, argument, 0));
    json_t *value = evaluate_at(evaluator, argument, 1);
    if (is_unknown(value)) {
        return value;
    }
    const char *source = take_text(evaluator, value);
    if (!is_settled(evaluator)) {
        return NULL;
    }
    return delimiter && source ? split(delimiter, source) : evaluate_fail(evaluator, SPLIT_ERROR);
}

static json_t *intrinsic_select(struct evaluator *evaluator, const json_t *argument) {
    json_t *index_value = evaluate_at(evaluator, argument, 0);
    bool unknown = is_unknown(index_value);
    const char *index_text = take_text(evaluator, index_value);
    json_t *list = evaluate_at(evaluator, argument, 1);
    int64_t index = -1;
    json_t *result = NULL;
    if (!is_settled(evaluator)) {
        result = NULL;
    } else if (unknown || (json_is_string(list) && is_unknown(list))) {
        result = unknown_value();
    } else if (json_array_size(argument) != 2 || !json_is_array(list) || !index_text ||
               !text_to_int64(text_trim(text_of(index_text)), &index) || index < 0 ||
               index >= (int64_t)json_array_size(list)) {
        evaluate_fail(evaluator, SELECT_ERROR);
    } else {
        result = json_incref(json_array_get(list, (size_t)index));
    }
    json_decref(list);
    return result;
}

/* ---- choices -------------------------------------------------------------------------------------- */

static json_t *intrinsic_if(struct evaluator *evaluator, const json_t *argument) {
    const char *condition = json_string_value(json_array_get(argument, 0));
    const json_t *holds = condition ? json_object_get(evaluator->environment->conditions, condition) : NULL;
    if (!holds) {
        return evaluate_fail(evaluator, "Template error: unresolved condition dependency %s in Fn::If",
                             condition ? condition : "");
    }
    return evaluate_at(evaluator, argument, json_is_true(holds) ? 1 : 2);
}

static json_t *map_default(struct evaluator *evaluator, const json_t *argument, bool *given) {
    const json_t *options = json_array_get(argument, 3);
    const json_t *value = json_object_get(options, "DefaultValue");
    *given = value != NULL;
    return evaluate_value(evaluator, value);
}

static json_t *intrinsic_find_in_map(struct evaluator *evaluator, const json_t *argument) {
    const char *keys[3] = {NULL};
    bool unknown = false;
    for (size_t i = 0; i < 3; i++) {
        json_t *value = evaluate_at(evaluator, argument, i);
        unknown |= is_unknown(value);
        keys[i] = take_text(evaluator, value);
    }
    if (!is_settled(evaluator)) {
        return NULL;
    }
    if (unknown) {
        return unknown_value();
    }
    if (!keys[0] || !keys[1] || !keys[2]) {
        return evaluate_fail(evaluator,
                             "Template error: every Fn::FindInMap object requires three parameters, "
                             "the map name, map key and the attribute for return value");
    }
    const json_t *map = json_object_get(evaluator->environment->template->mappings, keys[0]);
    json_t *found = json_object_get(json_object_get(map, keys[1]), keys[2]);
    if (found) {
        return json_deep_copy(found);
    }
    bool given;
    json_t *fallback = map_default(evaluator, argument, &given);
    return given ? fallback
                 : evaluate_fail(evaluator, "Template error: Unable to get mapping for %s::%s::%s", keys[0],
                                 keys[1], keys[2]);
}

/* ---- the others ----------------------------------------------------------------------------------- */

static json_t *intrinsic_base64(struct evaluator *evaluator, const json_t *argument) {
    json_t *value = evaluate_value(evaluator, argument);
    if (is_unknown(value)) {
        return value;
    }
    const char *text = take_text(evaluator, value);
    if (!text) {
        return is_settled(evaluator)
                   ? evaluate_fail(evaluator,
                                   "Template error: every Fn::Base64 object must have a String-typed value.")
                   : NULL;
    }
    struct strbuf buffer = STRBUF_INIT;
    crypto_append_base64(&buffer, text_of(text));
    json_t *result = json_string(buffer.data ? buffer.data : "");
    strbuf_release(&buffer);
    return result;
}

static json_t *intrinsic_getazs(struct evaluator *evaluator, const json_t *argument) {
    const struct environment *environment = evaluator->environment;
    json_t *value = evaluate_value(evaluator, argument);
    if (is_unknown(value)) {
        return value;
    }
    const char *region = take_text(evaluator, value);
    if (!is_settled(evaluator)) {
        return NULL;
    }
    if (!region || !region[0]) {
        region = environment->region;
    }
    if (environment->zones && strcmp(region, environment->region) == 0) {
        return json_deep_copy(environment->zones);
    }
    json_t *zones = json_array();
    for (const char *letter = "abc"; *letter; letter++) {
        json_array_append_new(zones, json_string(arena_printf(evaluator->arena, "%s%c", region, *letter)));
    }
    return zones;
}

static json_t *intrinsic_cidr(struct evaluator *evaluator, const json_t *argument) {
    json_t *arguments = evaluate_value(evaluator, argument);
    if (is_unknown(arguments)) {
        json_decref(arguments);
        return unknown_value();
    }
    size_t size = json_array_size(arguments);
    const char *block = json_string_value(json_array_get(arguments, 0));
    const char *count_text = json_string_value(json_array_get(arguments, 1));
    const char *bits_text = size > 2 ? json_string_value(json_array_get(arguments, 2)) : "8";
    int64_t count;
    int64_t bits;
    json_t *result = NULL;
    if (is_settled(evaluator)) {
        if (block && text_to_int64(text_of(count_text), &count) && text_to_int64(text_of(bits_text), &bits)) {
            result = cidr_split(block, count, bits);
        }
        if (!result) {
            evaluate_fail(evaluator,
                          "Template error: Fn::Cidr cannot split %s into %s blocks with %s subnet bits",
                          block ? block : "", count_text ? count_text : "", bits_text ? bits_text : "");
        }
    }
    json_decref(arguments);
    return result;
}

/* With AWS::LanguageExtensions only; template_read() refuses these two elsewhere. */

static json_t *intrinsic_length(struct evaluator *evaluator, const json_t *argument) {
    json_t *list = evaluate_value(evaluator, argument);
    json_t *result = NULL;
    if (is_settled(evaluator)) {
        if (json_is_string(list) && is_unknown(list)) {
            result = unknown_value();
        } else if (json_is_array(list)) {
            result = json_string(arena_printf(evaluator->arena, "%zu", json_array_size(list)));
        } else {
            evaluate_fail(evaluator, "Template error: every Fn::Length object requires a list of values");
        }
    }
    json_decref(list);
    return result;
}

static json_t *intrinsic_to_json_string(struct evaluator *evaluator, const json_t *argument) {
    json_t *value = evaluate_value(evaluator, argument);
    char *dumped = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    json_t *result = dumped && is_settled(evaluator) ? json_string(dumped) : NULL;
    free(dumped);
    json_decref(value);
    return result;
}

static const struct intrinsic intrinsics[] = {
    {"Ref", intrinsic_ref},           {"Fn::GetAtt", intrinsic_getatt},
    {"Fn::Sub", intrinsic_sub},       {"Fn::Join", intrinsic_join},
    {"Fn::Split", intrinsic_split},   {"Fn::Select", intrinsic_select},
    {"Fn::If", intrinsic_if},         {"Fn::FindInMap", intrinsic_find_in_map},
    {"Fn::Base64", intrinsic_base64}, {"Fn::GetAZs", intrinsic_getazs},
    {"Fn::Cidr", intrinsic_cidr},     {"Fn::ImportValue", intrinsic_import},
    {"Fn::Length", intrinsic_length}, {"Fn::ToJsonString", intrinsic_to_json_string},
};

const struct intrinsic *intrinsic_find(const char *name) {
    for (size_t i = 0; i < sizeof intrinsics / sizeof intrinsics[0]; i++) {
        if (strcmp(intrinsics[i].name, name) == 0) {
            return &intrinsics[i];
        }
    }
    return NULL;
}
