#include "services/cloudformation/intrinsics.h"

#include "emulator/base/json_value.h"
#include "services/cloudformation/intrinsics_internal.h"
#include "services/cloudformation/template_internal.h"

#define ATTRIBUTE_MASK "*****"

static void decref(void *value) {
    json_decref(value);
}

struct evaluation evaluate(const struct environment *environment, const json_t *value) {
    struct evaluator evaluator = {.environment = environment, .arena = environment->arena};
    json_t *result = evaluate_value(&evaluator, value);
    result = resolve_dynamic_references(&evaluator, result);
    if (evaluator.status != EVALUATION_OK) {
        json_decref(result);
        result = NULL;
    }
    if (result) {
        arena_cleanup(environment->arena, decref, result);
    }
    return (struct evaluation){evaluator.status, result, evaluator.error, evaluator.no_echo};
}

/* ---- results -------------------------------------------------------------------------------------- */

json_t *evaluate_fail(struct evaluator *evaluator, const char *format, ...) {
    if (evaluator->status != EVALUATION_ERROR) {
        va_list arguments;
        va_start(arguments, format);
        evaluator->error = arena_vprintf(evaluator->arena, format, arguments);
        va_end(arguments);
        evaluator->status = EVALUATION_ERROR;
    }
    return NULL;
}

json_t *unknown_value(void) {
    return json_string(UNKNOWN_VALUE);
}

bool is_unknown(const json_t *value) {
    size_t index;
    json_t *item;
    if (json_is_string(value)) {
        return strcmp(json_string_value(value), UNKNOWN_VALUE) == 0;
    }
    json_array_foreach((json_t *)value, index, item) {
        if (is_unknown(item)) {
            return true;
        }
    }
    return false;
}

json_t *evaluate_lookup(struct evaluator *evaluator, struct lookup lookup) {
    switch (lookup.status) {
    case LOOKUP_FOUND: {
        if (lookup.no_echo) {
            evaluator->no_echo = true;
        }
        if (lookup.no_echo && evaluator->environment->mask_no_echo) {
            json_decref(lookup.value);
            return json_string(ATTRIBUTE_MASK);
        }
        json_t *strings = scalars_as_strings(lookup.value);
        json_decref(lookup.value);
        return strings;
    }
    case LOOKUP_UNKNOWN:
        return unknown_value();
    case LOOKUP_NOT_YET:
        if (evaluator->status == EVALUATION_OK) {
            evaluator->status = EVALUATION_WAIT;
        }
        return NULL;
    case LOOKUP_ERROR:
        break;
    }
    return evaluate_fail(evaluator, "%s", lookup.error);
}

/* ---- names ---------------------------------------------------------------------------------------- */

/* False: no pseudo parameter. */
static bool pseudo_parameter(struct evaluator *evaluator, const char *name, json_t **value) {
    const struct environment *environment = evaluator->environment;
    const struct {
        const char *name;
        const char *value;
    } texts[] = {
        {"AWS::AccountId", environment->account_id},
        {"AWS::Partition", environment->partition ? environment->partition : "aws"},
        {"AWS::Region", environment->region},
        {"AWS::StackId", environment->stack_id},
        {"AWS::StackName", environment->stack_name},
        {"AWS::URLSuffix", environment->url_suffix ? environment->url_suffix : "amazonaws.com"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(texts[i].name, name) == 0) {
            *value = texts[i].value ? json_string(texts[i].value) : unknown_value();
            return true;
        }
    }
    if (strcmp(name, "AWS::NotificationARNs") == 0) {
        *value =
            environment->notification_arns ? json_deep_copy(environment->notification_arns) : json_array();
        return true;
    }
    *value = NULL;
    return strcmp(name, "AWS::NoValue") == 0;
}

json_t *evaluate_ref(struct evaluator *evaluator, const char *name) {
    const struct environment *environment = evaluator->environment;
    json_t *value;
    if (pseudo_parameter(evaluator, name, &value)) {
        return value;
    }
    const struct parameter_value *parameter = parameters_find(environment->parameters, name);
    if (parameter) {
        bool secret = parameter->declaration->no_echo;
        evaluator->no_echo |= secret;
        return secret && environment->mask_no_echo ? json_string(PARAMETER_MASK)
                                                   : json_deep_copy(parameter->ref);
    }
    if (!environment->ref) {
        return evaluate_fail(evaluator, "Template error: Unresolved dependencies [%s]", name);
    }
    return evaluate_lookup(evaluator, environment->ref(environment->argument, name));
}

json_t *evaluate_attribute(struct evaluator *evaluator, const char *logical_id, const char *attribute) {
    const struct environment *environment = evaluator->environment;
    if (!environment->attribute) {
        return evaluate_fail(evaluator, "Template error: Unresolved dependencies [%s]", logical_id);
    }
    return evaluate_lookup(evaluator, environment->attribute(environment->argument, logical_id, attribute));
}

/* ---- values --------------------------------------------------------------------------------------- */

static json_t *evaluate_members(struct evaluator *evaluator, const json_t *object) {
    json_t *result = json_object();
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)object, key, member) {
        json_t *value = evaluate_value(evaluator, member);
        if (value) {
            json_object_set_new(result, key, value);
        }
    }
    return result;
}

static json_t *evaluate_items(struct evaluator *evaluator, const json_t *array) {
    json_t *result = json_array();
    size_t index;
    json_t *item;
    json_array_foreach((json_t *)array, index, item) {
        json_t *value = evaluate_value(evaluator, item);
        if (value) {
            json_array_append_new(result, value);
        }
    }
    return result;
}

json_t *evaluate_value(struct evaluator *evaluator, const json_t *value) {
    if (!value || evaluator->status == EVALUATION_ERROR) {
        return NULL;
    }
    if (json_is_array(value)) {
        return evaluate_items(evaluator, value);
    }
    if (!json_is_object(value)) {
        return json_deep_copy(value);
    }
    json_t *argument;
    const char *name = template_function(value, &argument);
    const struct intrinsic *function = name ? intrinsic_find(name) : NULL;
    return function ? function->evaluate(evaluator, argument) : evaluate_members(evaluator, value);
}

/* ---- scalars -------------------------------------------------------------------------------------- */

const char *scalar_text(struct arena *arena, const json_t *value) {
    switch (json_typeof(value)) {
    case JSON_STRING:
        return json_string_value(value);
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_INTEGER:
        return arena_printf(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    case JSON_REAL: {
        struct strbuf buffer = STRBUF_INIT;
        json_write_double(&buffer, json_real_value(value));
        const char *text = arena_strdup(arena, buffer.data);
        strbuf_release(&buffer);
        return text;
    }
    case JSON_NULL:
        return "null";
    case JSON_OBJECT:
    case JSON_ARRAY:
        break;
    }
    return NULL;
}

json_t *scalars_as_strings(const json_t *value) {
    const char *key;
    json_t *member;
    size_t index;
    if (json_is_object(value)) {
        json_t *copy = json_object();
        json_object_foreach((json_t *)value, key, member) {
            json_object_set_new(copy, key, scalars_as_strings(member));
        }
        return copy;
    }
    if (json_is_array(value)) {
        json_t *copy = json_array();
        json_array_foreach((json_t *)value, index, member) {
            json_array_append_new(copy, scalars_as_strings(member));
        }
        return copy;
    }
    if (!json_is_boolean(value) && !json_is_number(value)) {
        return json_deep_copy(value);
    }
    struct arena *arena = arena_open();
    json_t *text = json_string(scalar_text(arena, value));
    arena_close(arena);
    return text;
}
