#include "services/cloudformation/parameters.h"

#include "emulator/base/pattern.h"

#define VALUE_MAXIMUM_BYTES 4096

/* ---- types ---------------------------------------------------------------------------------------- */

/* Source: User Guide, "CloudFormation-supplied parameter types". */
static const char *const aws_types[] = {
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::KeyPair::KeyName",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::Volume::Id",
    "AWS::EC2::VPC::Id",
    "AWS::Route53::HostedZone::Id",
};

#define SSM_VALUE "AWS::SSM::Parameter::Value<"

static bool is_aws_type(struct text type) {
    for (size_t i = 0; i < sizeof aws_types / sizeof aws_types[0]; i++) {
        if (text_equals(type, aws_types[i])) {
            return true;
        }
    }
    return false;
}

/* The T of prefix<T>; absent when the type is another one. */
static struct text inner_type(struct text type, const char *prefix) {
    if (!text_starts_with(type, prefix) || !text_ends_with(type, ">")) {
        return TEXT_NONE;
    }
    size_t size = strlen(prefix);
    return text_slice(type, size, type.size - size - 1);
}

static bool is_list_type(struct text type) {
    return text_equals(type, "CommaDelimitedList") || text_starts_with(type, "List<");
}

bool parameter_type_is_known(const char *name) {
    struct text type = text_of(name);
    if (text_equals(type, "String") || text_equals(type, "Number") || text_equals(type, "List<Number>") ||
        text_equals(type, "CommaDelimitedList") || text_equals(type, "AWS::SSM::Parameter::Name")) {
        return true;
    }
    struct text inner = inner_type(type, SSM_VALUE);
    if (inner.data) {
        struct text item = inner_type(inner, "List<");
        return text_equals(inner, "String") || text_equals(inner, "CommaDelimitedList") ||
               text_equals(item, "String") || is_aws_type(inner) || is_aws_type(item);
    }
    return is_aws_type(type) || is_aws_type(inner_type(type, "List<")) || text_equals(type, "List<String>");
}

/* ---- binding -------------------------------------------------------------------------------------- */

static const char *append_name(struct arena *arena, const char *list, const char *name) {
    return list ? arena_printf(arena, "%s, %s", list, name) : arena_strdup(arena, name);
}

static const struct parameter_given *find_given(const struct parameter_given *given, size_t count,
                                                const char *name) {
    for (size_t i = count; i-- > 0;) {
        if (strcmp(given[i].key, name) == 0) {
            return &given[i];
        }
    }
    return NULL;
}

static bool check_given(struct arena *arena, const struct template *template,
                        const struct parameter_given *given, size_t count, const json_t *previous,
                        const char **error) {
    const char *unknown = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!template_find_parameter(template, given[i].key)) {
            unknown = append_name(arena, unknown, given[i].key);
        }
    }
    if (unknown) {
        *error = arena_printf(arena, "Parameters: [%s] do not exist in the template", unknown);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!given[i].use_previous_value) {
            continue;
        }
        if (given[i].value && given[i].value[0]) {
            *error = arena_printf(
                arena,
                "Invalid input for parameter key %s. Cannot specify usePreviousValue as true and "
                "non empty value for a parameter",
                given[i].key);
            return false;
        }
        if (!json_object_get(previous, given[i].key)) {
            *error = arena_printf(
                arena,
                "Invalid input for parameter key %s. Cannot specify usePreviousValue as true for "
                "a parameter key not in the previous template",
                given[i].key);
            return false;
        }
    }
    return true;
}

static const char *choose_value(const struct template_parameter *declaration,
                                const struct parameter_given *given, const json_t *previous) {
    if (given && given->use_previous_value) {
        return json_string_value(json_object_get(previous, declaration->name));
    }
    /* A parameter that UpdateStack leaves out falls back to its default, not to the previous value. */
    return given && given->value ? given->value : declaration->default_value;
}

struct parameters *parameters_bind(struct arena *arena, const struct template *template,
                                   const struct parameter_given *given, size_t given_count,
                                   const json_t *previous, const char **error) {
    if (!check_given(arena, template, given, given_count, previous, error)) {
        return NULL;
    }
    struct parameters *parameters = arena_zalloc(arena, sizeof *parameters);
    parameters->arena = arena;
    parameters->count = template->parameter_count;
    parameters->rows = arena_zalloc(arena, (template->parameter_count + 1) * sizeof *parameters->rows);
    const char *missing = NULL;
    for (size_t i = 0; i < template->parameter_count; i++) {
        const struct template_parameter *declaration = &template->parameters[i];
        const char *value =
            choose_value(declaration, find_given(given, given_count, declaration->name), previous);
        struct parameter_value *row = &parameters->rows[i];
        row->declaration = declaration;
        row->value = value ? arena_strdup(arena, value) : NULL;
        if (inner_type(text_of(declaration->type), SSM_VALUE).data) {
            row->ssm_name = row->value;
        }
        if (!value) {
            missing = append_name(arena, missing, declaration->name);
        }
    }
    if (missing) {
        *error = arena_printf(arena, "Parameters: [%s] must have values", missing);
        return NULL;
    }
    return parameters;
}

void parameters_set_resolved(struct parameters *parameters, size_t index, const char *value) {
    parameters->rows[index].resolved = value ? arena_strdup(parameters->arena, value) : NULL;
}

/* ---- constraints ---------------------------------------------------------------------------------- */

struct constraint {
    struct arena *arena;
    const struct template_parameter *declaration;
    const char *error;
};

/* Keeps the message; always false. The template's own words win. */
static bool violate(struct constraint *constraint, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool violate(struct constraint *constraint, const char *format, ...) {
    const struct template_parameter *declaration = constraint->declaration;
    if (declaration->constraint_description) {
        constraint->error = arena_printf(constraint->arena, "Parameter '%s' failed to satisfy constraint: %s",
                                         declaration->name, declaration->constraint_description);
        return false;
    }
    va_list arguments;
    va_start(arguments, format);
    const char *rule = arena_vprintf(constraint->arena, format, arguments);
    va_end(arguments);
    constraint->error = arena_printf(constraint->arena, "Parameter '%s' %s", declaration->name, rule);
    return false;
}

static size_t count_characters(struct text text) {
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    }
    return count;
}

static bool check_length(struct constraint *constraint, struct text value) {
    const struct template_parameter *declaration = constraint->declaration;
    int64_t limit;
    int64_t length = (int64_t)count_characters(value);
    if (declaration->min_length && text_to_int64(text_of(declaration->min_length), &limit) &&
        length < limit) {
        return violate(constraint, "must contain at least %s characters", declaration->min_length);
    }
    if (declaration->max_length && text_to_int64(text_of(declaration->max_length), &limit) &&
        length > limit) {
        return violate(constraint, "must contain at most %s characters", declaration->max_length);
    }
    return true;
}

static bool check_number(struct constraint *constraint, struct text value) {
    const struct template_parameter *declaration = constraint->declaration;
    double number;
    double limit;
    if (!text_to_double(text_trim(value), &number)) {
        constraint->error =
            arena_printf(constraint->arena, "Parameter '%s' must be a number.", declaration->name);
        return false;
    }
    if (declaration->min_value && text_to_double(text_of(declaration->min_value), &limit) && number < limit) {
        return violate(constraint, "must be a number not less than %s", declaration->min_value);
    }
    if (declaration->max_value && text_to_double(text_of(declaration->max_value), &limit) && number > limit) {
        return violate(constraint, "must be a number not greater than %s", declaration->max_value);
    }
    return true;
}

static bool check_pattern(struct constraint *constraint, struct text value) {
    const char *expression = constraint->declaration->allowed_pattern;
    if (!expression) {
        return true;
    }
    const char *whole = arena_printf(constraint->arena, "\\A(?:%s)\\z", expression);
    struct pattern *pattern = pattern_compile(constraint->arena, text_of(whole), NULL);
    if (!pattern) {
        constraint->error = arena_printf(constraint->arena,
                                         "Template error: AllowedPattern of parameter '%s' is not valid: %s",
                                         constraint->declaration->name, expression);
        return false;
    }
    return pattern_matches(pattern, value) || violate(constraint, "must match pattern %s", expression);
}

static bool check_allowed(struct constraint *constraint, struct text value) {
    size_t index;
    json_t *allowed;
    if (!constraint->declaration->allowed_values) {
        return true;
    }
    json_array_foreach(constraint->declaration->allowed_values, index, allowed) {
        if (json_is_string(allowed) && text_equals(value, json_string_value(allowed))) {
            return true;
        }
    }
    return violate(constraint, "must be one of AllowedValues");
}

/* One value, or one item of a list. */
static bool check_item(struct constraint *constraint, struct text value, bool number) {
    return (!number || check_number(constraint, value)) && check_allowed(constraint, value) &&
           check_length(constraint, value) && check_pattern(constraint, value);
}

/* ---- values --------------------------------------------------------------------------------------- */

static void decref(void *value) {
    json_decref(value);
}

static json_t *split_list(const char *value) {
    json_t *list = json_array();
    struct text rest = text_of(value);
    while (rest.data) {
        struct text item = text_trim(text_cut(&rest, ','));
        json_array_append_new(list, json_stringn(item.data, item.size));
    }
    return list;
}

static bool check_row(struct parameters *parameters, struct parameter_value *row, const char **error) {
    const struct template_parameter *declaration = row->declaration;
    struct constraint constraint = {.arena = parameters->arena, .declaration = declaration};
    struct text type = text_of(declaration->type);
    struct text inner = inner_type(type, SSM_VALUE);
    if (strlen(row->value) > VALUE_MAXIMUM_BYTES) {
        *error = arena_printf(parameters->arena, "Parameter '%s' must contain at most %d characters",
                              declaration->name, VALUE_MAXIMUM_BYTES);
        return false;
    }
    if (inner.data && !row->resolved) {
        *error =
            arena_printf(parameters->arena, "Parameter %s should either have input value or default value",
                         declaration->name);
        return false;
    }
    /* Constraints of an SSM parameter type are about the key, not about the value behind it. */
    bool list = is_list_type(inner.data ? inner : type);
    const char *value = inner.data ? row->resolved : row->value;
    row->ref = list ? split_list(value) : json_string(value);
    if (!row->ref) {
        row->ref = json_string("");
    }
    arena_cleanup(parameters->arena, decref, row->ref);
    bool number = text_equals(type, "Number") || text_equals(type, "List<Number>");
    bool good = true;
    if (list && !inner.data) {
        for (size_t i = 0; good && i < json_array_size(row->ref); i++) {
            good = check_item(&constraint, text_of(json_string_value(json_array_get(row->ref, i))), number);
        }
    } else {
        good = check_item(&constraint, text_of(row->value), number);
    }
    *error = constraint.error;
    return good;
}

bool parameters_check(struct parameters *parameters, const char **error) {
    for (size_t i = 0; i < parameters->count; i++) {
        if (!check_row(parameters, &parameters->rows[i], error)) {
            return false;
        }
    }
    return true;
}

const struct parameter_value *parameters_find(const struct parameters *parameters, const char *name) {
    for (size_t i = 0; parameters && i < parameters->count; i++) {
        if (strcmp(parameters->rows[i].declaration->name, name) == 0) {
            return &parameters->rows[i];
        }
    }
    return NULL;
}

json_t *parameters_values(const struct parameters *parameters) {
    json_t *values = json_object();
    arena_cleanup(parameters->arena, decref, values);
    for (size_t i = 0; i < parameters->count; i++) {
        json_object_set_new(values, parameters->rows[i].declaration->name,
                            json_string(parameters->rows[i].value));
    }
    return values;
}
