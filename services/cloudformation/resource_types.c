#include "services/cloudformation/resource_types.h"

#include "services/cloudformation/resource_call.h"

static const struct resource_type *const tables[] = {
    cloudformation_resources,
    dynamodb_resources,
    events_resources,
    iam_policy_resources,
    iam_resources,
    iam_user_resources,
    inline_policy_resources,
    kms_resources,
    lambda_event_resources,
    lambda_resources,
    logs_resources,
    s3_resources,
    scheduler_resources,
    secretsmanager_resources,
    sns_resources,
    sqs_resources,
    ssm_resources,
};

bool resource_type_is_custom(const char *type_name) {
    return strncmp(type_name, "Custom::", 8) == 0 ||
           strcmp(type_name, "AWS::CloudFormation::CustomResource") == 0;
}

bool resource_type_is_nested(const char *type_name) {
    return strcmp(type_name, "AWS::CloudFormation::Stack") == 0;
}

const struct resource_type *resource_type_find(const char *type_name) {
    const char *wanted =
        resource_type_is_custom(type_name) ? "AWS::CloudFormation::CustomResource" : type_name;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        for (const struct resource_type *type = tables[i]; type->name; type++) {
            if (strcmp(type->name, wanted) == 0) {
                return type;
            }
        }
    }
    return NULL;
}

bool resource_type_is_available(struct emulator *emulator, const struct resource_type *type) {
    for (const struct type_step *step = type->create; step && (step->service || step->build); step++) {
        if (step->service && !resource_operation_model(emulator, step->service, step->operation)) {
            return false;
        }
    }
    return true;
}

static const struct property_row *find_property(const struct resource_type *type, const char *name) {
    for (const struct property_row *row = type->properties; row && row->name; row++) {
        if (strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return NULL;
}

bool resource_type_property_replaces(const struct resource_type *type, const char *property) {
    const struct property_row *row = find_property(type, property);
    return row && (row->flags & PROPERTY_CREATE_ONLY);
}

bool resource_type_is_tagged(const struct resource_type *type) {
    return find_property(type, "Tags") != NULL;
}

static bool is_readable(const struct resource_type *type, const char *name) {
    const struct property_row *row = find_property(type, name);
    return row && !(row->flags & PROPERTY_SECRET);
}

json_t *resource_type_attribute(const char *type_name, const json_t *attributes, const json_t *properties,
                                const char *name) {
    json_t *value = json_object_get(attributes, name);
    const struct resource_type *type = resource_type_find(type_name);
    if ((!value || json_is_null(value)) && type && is_readable(type, name)) {
        value = json_object_get(properties, name);
    }
    return json_is_null(value) ? NULL : value;
}

bool resource_type_has_attribute(const struct resource_type *type, const char *attribute) {
    if (!type->attributes || is_readable(type, attribute)) {
        return true;
    }
    for (const char *const *name = type->attributes; *name; name++) {
        size_t size = strlen(*name);
        /* "Outputs." stands for every name below it. */
        bool family = (*name)[size - 1] == '.';
        bool fits =
            family ? strncmp(*name, attribute, size) == 0 && attribute[size] : strcmp(*name, attribute) == 0;
        if (fits) {
            return true;
        }
    }
    return false;
}

static bool is_integer_text(const json_t *value) {
    int64_t number;
    return json_is_integer(value) ||
           (json_is_string(value) &&
            text_to_int64((struct text){json_string_value(value), json_string_length(value)}, &number)) ||
           (json_is_real(value) && json_real_value(value) == (double)(int64_t)json_real_value(value));
}

static bool is_number_text(const json_t *value) {
    double number;
    return json_is_number(value) ||
           (json_is_string(value) &&
            text_to_double((struct text){json_string_value(value), json_string_length(value)}, &number));
}

static bool is_boolean_text(const json_t *value) {
    struct text text = text_of(json_string_value(value));
    return json_is_boolean(value) ||
           (text.data && (text_equals_ignore_case(text, "true") || text_equals_ignore_case(text, "false")));
}

static bool has_type(const json_t *value, uint8_t type) {
    switch ((enum property_type)type) {
    case PROPERTY_STRING:
        return json_is_string(value) || json_is_number(value) || json_is_boolean(value);
    case PROPERTY_INTEGER:
        return is_integer_text(value);
    case PROPERTY_NUMBER:
        return is_number_text(value);
    case PROPERTY_BOOLEAN:
        return is_boolean_text(value);
    case PROPERTY_LIST:
        return json_is_array(value);
    case PROPERTY_MAP:
        return json_is_object(value);
    case PROPERTY_JSON:
        return json_is_object(value) || json_is_string(value);
    case PROPERTY_ANY:
        return true;
    }
    return false;
}

static const char *const type_names[] = {
    [PROPERTY_STRING] = "String",   [PROPERTY_INTEGER] = "Integer", [PROPERTY_NUMBER] = "Number",
    [PROPERTY_BOOLEAN] = "Boolean", [PROPERTY_LIST] = "List",       [PROPERTY_MAP] = "Map",
    [PROPERTY_JSON] = "Json",       [PROPERTY_ANY] = "Any",
};

const char *resource_type_check_properties(const struct resource_type *type, const json_t *properties,
                                           struct arena *arena) {
    if (!type->properties) {
        return NULL;
    }
    const char *found = NULL;
    for (const struct property_row *row = type->properties; row->name; row++) {
        const char *problem = NULL;
        const json_t *value = json_object_get(properties, row->name);
        if (!value && (row->flags & PROPERTY_REQUIRED)) {
            problem = arena_printf(arena, "The property {/%s} is required", row->name);
        } else if (value && !has_type(value, row->type)) {
            problem = arena_printf(arena, "Value of property {/%s} does not match type {%s}", row->name,
                                   type_names[row->type]);
        }
        if (problem) {
            found = found ? arena_printf(arena, "%s, %s", found, problem) : problem;
        }
    }
    const char *unknown = NULL;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)properties, key, value) {
        if (!find_property(type, key)) {
            unknown = unknown ? arena_printf(arena, "%s, %s", unknown, key) : key;
        }
    }
    if (unknown) {
        const char *problem = arena_printf(arena, "Encountered unsupported properties in {/}: [%s]", unknown);
        found = found ? arena_printf(arena, "%s, %s", found, problem) : problem;
    }
    return found ? arena_printf(arena, "Property validation failure: [%s]", found) : NULL;
}

char *resource_type_generate_name(struct arena *arena, struct ids *ids, const char *stack_name,
                                  const char *logical_id, int limit, bool lower_case) {
    enum { RANDOM = 12, DASHES = 2 };
    char random[RANDOM + 1];
    ids_random_string(ids, lower_case ? "abcdefghijklmnopqrstuvwxyz0123456789" : IDS_UPPER_ALPHANUMERIC,
                      RANDOM, random);
    int stack_size = (int)strlen(stack_name);
    int logical_size = (int)strlen(logical_id);
    int room = limit ? limit - RANDOM - DASHES : stack_size + logical_size;
    if (stack_size + logical_size > room) {
        /* Each may keep half of the room; what one does not need goes to the other. */
        int half = room / 2;
        if (stack_size <= half) {
            logical_size = room - stack_size;
        } else if (logical_size <= room - half) {
            stack_size = room - logical_size;
        } else {
            stack_size = half;
            logical_size = room - half;
        }
    }
    char *name =
        arena_printf(arena, "%.*s-%.*s-%s", stack_size, stack_name, logical_size, logical_id, random);
    for (char *c = name; lower_case && *c; c++) {
        if (*c >= 'A' && *c <= 'Z') {
            *c = (char)(*c - 'A' + 'a');
        }
    }
    return name;
}
