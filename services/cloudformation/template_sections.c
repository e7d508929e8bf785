/* The sections of a template: their members, types and limits. */
#include "services/cloudformation/parameters.h"
#include "services/cloudformation/template_internal.h"

#define NAME_MAXIMUM 255
#define DESCRIPTION_MAXIMUM_BYTES 1024
#define PARAMETERS_MAXIMUM 200
#define MAPPINGS_MAXIMUM 200
#define RESOURCES_MAXIMUM 500
#define OUTPUTS_MAXIMUM 200

static const char *text_member(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

static bool is_alphanumeric(const char *name) {
    if (!name[0]) {
        return false;
    }
    for (const char *at = name; *at; at++) {
        bool letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');
        if (!letter && !(*at >= '0' && *at <= '9')) {
            return false;
        }
    }
    return true;
}

static bool is_one_of(const char *name, const char *const *names) {
    for (; *names; names++) {
        if (strcmp(name, *names) == 0) {
            return true;
        }
    }
    return false;
}

/* The names of the members that are not allowed, as "A, B"; NULL: none. */
static const char *unknown_members(struct template_reader *reader, const json_t *object,
                                   const char *const *allowed) {
    const char *list = NULL;
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)object, key, member) {
        if (!is_one_of(key, allowed)) {
            list = list ? arena_printf(reader->arena, "%s, %s", list, key) : arena_strdup(reader->arena, key);
        }
    }
    return list;
}

/* ---- null ----------------------------------------------------------------------------------------- */

static bool refuse_null(struct template_reader *reader, const json_t *value, const char *path) {
    const char *key;
    json_t *member;
    size_t index;
    if (json_is_null(value)) {
        return template_fail(reader, "[%s] 'null' values are not allowed in templates", path);
    }
    json_object_foreach((json_t *)value, key, member) {
        if ((json_is_null(member) || json_is_object(member) || json_is_array(member)) &&
            !refuse_null(reader, member, arena_printf(reader->arena, "%s/%s", path, key))) {
            return false;
        }
    }
    json_array_foreach((json_t *)value, index, member) {
        if ((json_is_null(member) || json_is_object(member) || json_is_array(member)) &&
            !refuse_null(reader, member, arena_printf(reader->arena, "%s/%zu", path, index))) {
            return false;
        }
    }
    return true;
}

/* ---- Parameters ----------------------------------------------------------------------------------- */

static const char *const parameter_members[] = {
    "Type",     "Default",  "AllowedValues", "AllowedPattern",        "MinLength", "MaxLength",
    "MinValue", "MaxValue", "Description",   "ConstraintDescription", "NoEcho",    NULL,
};

static bool is_true(const char *text) {
    return text && (strcmp(text, "true") == 0 || strcmp(text, "True") == 0 || strcmp(text, "TRUE") == 0);
}

static bool read_parameter(struct template_reader *reader, const char *name, json_t *body,
                           struct template_parameter *parameter) {
    if (!is_alphanumeric(name)) {
        return template_fail(reader, "Template format error: Parameter name %s is non alphanumeric.", name);
    }
    if (strlen(name) > NAME_MAXIMUM) {
        return template_fail(reader, "Template format error: Parameter name %s is too long.", name);
    }
    if (!json_is_object(body)) {
        return template_fail(reader, "Template format error: Any Parameters member must be an object.");
    }
    const char *unknown = unknown_members(reader, body, parameter_members);
    if (unknown) {
        return template_fail(reader, "Invalid template parameter property '%s'", unknown);
    }
    *parameter = (struct template_parameter){
        .name = name,
        .type = text_member(body, "Type"),
        .default_value = text_member(body, "Default"),
        .description = text_member(body, "Description"),
        .allowed_pattern = text_member(body, "AllowedPattern"),
        .constraint_description = text_member(body, "ConstraintDescription"),
        .min_length = text_member(body, "MinLength"),
        .max_length = text_member(body, "MaxLength"),
        .min_value = text_member(body, "MinValue"),
        .max_value = text_member(body, "MaxValue"),
        .allowed_values = json_object_get(body, "AllowedValues"),
        .no_echo = is_true(text_member(body, "NoEcho")),
    };
    if (!parameter->type) {
        return template_fail(reader,
                             "Template format error: Every Parameters object must contain a Type member.");
    }
    if (!parameter_type_is_known(parameter->type)) {
        return template_fail(reader, "Template format error: Unrecognized parameter type: %s",
                             parameter->type);
    }
    if (json_object_get(body, "Default") && !parameter->default_value) {
        return template_fail(reader, "Template format error: Every Default member must be a string.");
    }
    if (parameter->allowed_values && !json_is_array(parameter->allowed_values)) {
        return template_fail(reader, "Template format error: AllowedValues must be a list.");
    }
    return true;
}

/* ---- Transform ------------------------------------------------------------------------------------ */

struct transform_list {
    struct template_transform *rows;
    size_t count;
    size_t capacity;
};

static bool add_transform(struct template_reader *reader, struct transform_list *list, json_t *entry) {
    struct template_transform row = {0};
    if (json_is_string(entry)) {
        row.name = json_string_value(entry);
    } else if (json_is_object(entry)) {
        row.name = text_member(entry, "Name");
        row.parameters = json_object_get(entry, "Parameters");
    }
    if (!row.name) {
        return template_fail(reader, "Key Name of transform definition must be a string.");
    }
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 4;
        struct template_transform *rows = arena_zalloc(reader->arena, capacity * sizeof *rows);
        if (list->count) {
            memcpy(rows, list->rows, list->count * sizeof *rows);
        }
        list->rows = rows;
        list->capacity = capacity;
    }
    list->rows[list->count++] = row;
    return true;
}

static bool find_transforms(struct template_reader *reader, struct transform_list *list, json_t *value) {
    const char *key;
    json_t *member;
    size_t index;
    json_object_foreach(value, key, member) {
        if (strcmp(key, "Fn::Transform") == 0) {
            if (!add_transform(reader, list, member)) {
                return false;
            }
        } else if (!find_transforms(reader, list, member)) {
            return false;
        }
    }
    json_array_foreach(value, index, member) {
        if (!find_transforms(reader, list, member)) {
            return false;
        }
    }
    return true;
}

static bool read_transforms(struct template_reader *reader) {
    struct transform_list list = {0};
    json_t *section = json_object_get(reader->template->root, "Transform");
    if (json_is_array(section)) {
        for (size_t i = 0; i < json_array_size(section); i++) {
            if (!add_transform(reader, &list, json_array_get(section, i))) {
                return false;
            }
        }
    } else if (section && !add_transform(reader, &list, section)) {
        return false;
    }
    if (!find_transforms(reader, &list, reader->template->root)) {
        return false;
    }
    reader->template->transforms = list.rows;
    reader->template->transform_count = list.count;
    return true;
}

/* ---- Mappings ------------------------------------------------------------------------------------- */

static bool is_mapping_value(const json_t *value) {
    if (json_is_string(value)) {
        return true;
    }
    size_t index;
    json_t *item;
    json_array_foreach((json_t *)value, index, item) {
        if (!json_is_string(item)) {
            return false;
        }
    }
    return json_is_array(value);
}

static bool read_mappings(struct template_reader *reader) {
    const char *name;
    const char *key;
    const char *attribute;
    json_t *mapping;
    json_t *attributes;
    json_t *value;
    json_t *section = reader->template->mappings;
    if (json_object_size(section) > MAPPINGS_MAXIMUM) {
        return template_fail(reader,
                             "Template format error: Number of mappings, %zu, is greater than maximum "
                             "allowed, %d",
                             json_object_size(section), MAPPINGS_MAXIMUM);
    }
    json_object_foreach(section, name, mapping) {
        if (!json_is_object(mapping)) {
            return template_fail(reader, "Template format error: Every Mappings member %s must be a map",
                                 name);
        }
        json_object_foreach(mapping, key, attributes) {
            if (!json_is_object(attributes)) {
                return template_fail(reader, "Template format error: Every Mappings member %s must be a map",
                                     key);
            }
            json_object_foreach(attributes, attribute, value) {
                if (!is_mapping_value(value)) {
                    return template_fail(
                        reader,
                        "Template format error: Every Mappings attribute must be a String or a List.");
                }
            }
        }
    }
    return true;
}

/* ---- Resources ------------------------------------------------------------------------------------ */

static const char *const resource_members[] = {
    "Type",         "Properties",     "DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy",
    "UpdatePolicy", "CreationPolicy", "Metadata",  NULL,
};

static bool read_policy(struct template_reader *reader, const json_t *body, const char *member,
                        enum deletion_policy *policy) {
    static const char *const names[] = {
        [POLICY_DELETE] = "Delete",
        [POLICY_RETAIN] = "Retain",
        [POLICY_RETAIN_EXCEPT_ON_CREATE] = "RetainExceptOnCreate",
        [POLICY_SNAPSHOT] = "Snapshot",
    };
    const json_t *value = json_object_get(body, member);
    if (!value) {
        return true;
    }
    if (!json_is_string(value)) {
        return template_fail(reader, "Template format error: Every %s member must be a string.", member);
    }
    for (size_t i = POLICY_DELETE; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], json_string_value(value)) == 0) {
            *policy = (enum deletion_policy)i;
            return true;
        }
    }
    return template_fail(reader, "Template format error: Unrecognized %s %s for resource", member,
                         json_string_value(value));
}

static bool read_depends_on(struct template_reader *reader, const json_t *body,
                            struct template_resource *resource) {
    json_t *value = json_object_get(body, "DependsOn");
    if (!value) {
        return true;
    }
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    const char **names = arena_alloc(reader->arena, (count + 1) * sizeof *names);
    for (size_t i = 0; i < count; i++) {
        names[i] = json_string_value(json_is_array(value) ? json_array_get(value, i) : value);
        if (!names[i]) {
            return template_fail(reader,
                                 "Template format error: DependsOn must be a string or list of strings.");
        }
    }
    resource->depends_on = names;
    resource->depends_on_count = count;
    return true;
}

static bool check_custom_type(struct template_reader *reader, const char *type) {
    const char *name = strncmp(type, "Custom::", 8) == 0 ? type + 8 : NULL;
    if (!name) {
        return true;
    }
    bool good = name[0] && strlen(type) <= 60;
    for (const char *at = name; good && *at; at++) {
        good = strchr("_@-", *at) || is_alphanumeric((const char[]){*at, '\0'});
    }
    return good || template_fail(reader, "Template format error: Unrecognized resource types: [%s]", type);
}

static bool read_resource(struct template_reader *reader, const char *name, json_t *body,
                          struct template_resource *resource) {
    if (!json_is_object(body)) {
        return template_fail(reader, "Template format error: Any Resources member must be an object.");
    }
    if (!is_alphanumeric(name)) {
        return template_fail(reader, "Template format error: Resource name %s is non alphanumeric.", name);
    }
    if (strlen(name) > NAME_MAXIMUM) {
        return template_fail(reader, "Template format error: Resource name %s is too long.", name);
    }
    const char *type = text_member(body, "Type");
    if (!type || !type[0]) {
        return template_fail(
            reader,
            "Template format error: [/Resources/%s] Every Resources object must contain a Type member.",
            name);
    }
    const char *key;
    json_t *member;
    json_object_foreach(body, key, member) {
        bool version = strcmp(key, "Version") == 0 && template_type_is_custom(type);
        if (!version && !is_one_of(key, resource_members)) {
            return template_fail(reader, "Invalid template resource property '%s'", key);
        }
    }
    json_t *properties = json_object_get(body, "Properties");
    if (properties && !json_is_object(properties)) {
        return template_fail(reader, "Template format error: [/Resources/%s] Properties must be an object.",
                             name);
    }
    if (json_object_get(body, "Condition") && !text_member(body, "Condition")) {
        return template_fail(reader, "Template format error: Every Condition member must be a string.");
    }
    if (!properties) {
        properties = json_object();
        arena_cleanup(reader->arena, (void (*)(void *))json_decref, properties);
    }
    *resource = (struct template_resource){
        .logical_id = name,
        .type = type,
        .properties = properties,
        .condition = text_member(body, "Condition"),
        .metadata = json_object_get(body, "Metadata"),
        .update_policy = json_object_get(body, "UpdatePolicy"),
        .creation_policy = json_object_get(body, "CreationPolicy"),
    };
    return check_custom_type(reader, type) && read_depends_on(reader, body, resource) &&
           read_policy(reader, body, "DeletionPolicy", &resource->deletion_policy) &&
           read_policy(reader, body, "UpdateReplacePolicy", &resource->update_replace_policy);
}

/* ---- Outputs -------------------------------------------------------------------------------------- */

static const char *const output_members[] = {"Value", "Description", "Export", "Condition", NULL};

static bool read_output(struct template_reader *reader, const char *name, json_t *body,
                        struct template_output *output) {
    if (!is_alphanumeric(name)) {
        return template_fail(reader, "Template format error: Output name %s is non alphanumeric.", name);
    }
    if (!json_is_object(body)) {
        return template_fail(reader, "Template format error: Any Outputs member must be an object.");
    }
    json_t *value = json_object_get(body, "Value");
    if (!value) {
        return template_fail(reader,
                             "Template format error: Every Outputs member must contain a Value object");
    }
    const char *unknown = unknown_members(reader, body, output_members);
    if (unknown) {
        return template_fail(reader, "Invalid template output property '%s'", unknown);
    }
    json_t *export = json_object_get(body, "Export");
    if (export && !json_object_get(export, "Name")) {
        return template_fail(
            reader, "Template format error: [/Outputs/%s/Export] Every Export must contain a Name.", name);
    }
    *output = (struct template_output){
        .name = name,
        .value = value,
        .condition = text_member(body, "Condition"),
        .description = text_member(body, "Description"),
        .export_name = json_object_get(export, "Name"),
    };
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------------ */

static const char *const sections[] = {
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Resources",
    "Outputs",
    "Hooks",
    NULL,
};

static bool check_count(struct template_reader *reader, const char *what, size_t count, size_t maximum) {
    return count <= maximum ||
           template_fail(reader,
                         "Template format error: Number of %s, %zu, is greater than maximum allowed, %zu",
                         what, count, maximum);
}

static bool section_is_map(struct template_reader *reader, const char *name, json_t **section) {
    *section = json_object_get(reader->template->root, name);
    return !*section || json_is_object(*section) ||
           template_fail(reader, "Template format error: [/%s] %s must be an object.", name, name);
}

static bool read_head(struct template_reader *reader) {
    struct template *template = reader->template;
    const char *unknown = unknown_members(reader, template->root, sections);
    if (unknown) {
        return template_fail(reader, "Invalid template property or properties [%s]", unknown);
    }
    if (!refuse_null(reader, template->root, "")) {
        return false;
    }
    json_t *version = json_object_get(template->root, "AWSTemplateFormatVersion");
    template->version = json_string_value(version);
    if (version && (!template->version || strcmp(template->version, "2010-09-09") != 0)) {
        return template_fail(reader,
                             "Template format error: unsupported value for AWSTemplateFormatVersion.");
    }
    json_t *description = json_object_get(template->root, "Description");
    template->description = json_string_value(description);
    if (description && !template->description) {
        return template_fail(reader, "Template format error: Description must be a string.");
    }
    if (template->description && strlen(template->description) > DESCRIPTION_MAXIMUM_BYTES) {
        return template_fail(reader, "Template format error: 'Description' length is greater than %d.",
                             DESCRIPTION_MAXIMUM_BYTES);
    }
    template->metadata = json_object_get(template->root, "Metadata");
    return true;
}

bool template_read_parameters(struct template_reader *reader) {
    struct template *template = reader->template;
    json_t *section;
    if (!read_head(reader) || !section_is_map(reader, "Parameters", &section)) {
        return false;
    }
    size_t count = json_object_size(section);
    if (!check_count(reader, "parameters", count, PARAMETERS_MAXIMUM)) {
        return false;
    }
    struct template_parameter *rows = arena_zalloc(reader->arena, (count + 1) * sizeof *rows);
    const char *name;
    json_t *body;
    json_object_foreach(section, name, body) {
        if (!read_parameter(reader, name, body, &rows[template->parameter_count])) {
            return false;
        }
        template->parameter_count++;
    }
    template->parameters = rows;
    return read_transforms(reader);
}

static bool read_resources(struct template_reader *reader) {
    struct template *template = reader->template;
    json_t *section = json_object_get(template->root, "Resources");
    if (!json_is_object(section) || json_object_size(section) == 0) {
        return template_fail(reader, "Template format error: At least one Resources member must be defined.");
    }
    size_t count = json_object_size(section);
    if (!check_count(reader, "resources", count, RESOURCES_MAXIMUM)) {
        return false;
    }
    struct template_resource *rows = arena_zalloc(reader->arena, count * sizeof *rows);
    const char *name;
    json_t *body;
    json_object_foreach(section, name, body) {
        if (!read_resource(reader, name, body, &rows[template->resource_count])) {
            return false;
        }
        template->resource_count++;
    }
    template->resources = rows;
    return true;
}

static bool read_outputs(struct template_reader *reader) {
    struct template *template = reader->template;
    json_t *section;
    if (!section_is_map(reader, "Outputs", &section)) {
        return false;
    }
    size_t count = json_object_size(section);
    if (!check_count(reader, "outputs", count, OUTPUTS_MAXIMUM)) {
        return false;
    }
    struct template_output *rows = arena_zalloc(reader->arena, (count + 1) * sizeof *rows);
    const char *name;
    json_t *body;
    json_object_foreach(section, name, body) {
        if (!read_output(reader, name, body, &rows[template->output_count])) {
            return false;
        }
        template->output_count++;
    }
    template->outputs = rows;
    return true;
}

bool template_read_sections(struct template_reader *reader) {
    struct template *template = reader->template;
    return section_is_map(reader, "Mappings", &template->mappings) &&
           section_is_map(reader, "Conditions", &template->conditions) &&
           section_is_map(reader, "Rules", &template->rules) && read_mappings(reader) &&
           read_resources(reader) && read_outputs(reader);
}
