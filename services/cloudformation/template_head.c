/* What can be read before a transform has run: version, description, Parameters, Transform; and helpers. */
#include "services/cloudformation/parameters.h"
#include "services/cloudformation/template_internal.h"

#define NAME_MAXIMUM 255
#define DESCRIPTION_MAXIMUM_BYTES 1024
#define PARAMETERS_MAXIMUM 200

const char *template_text_member(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

bool template_is_alphanumeric(const char *name) {
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

bool template_is_one_of(const char *name, const char *const *names) {
    for (; *names; names++) {
        if (strcmp(name, *names) == 0) {
            return true;
        }
    }
    return false;
}

const char *template_unknown_members(struct template_reader *reader, const json_t *object,
                                     const char *const *allowed) {
    const char *list = NULL;
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)object, key, member) {
        if (!template_is_one_of(key, allowed)) {
            list = list ? arena_printf(reader->arena, "%s, %s", list, key) : arena_strdup(reader->arena, key);
        }
    }
    return list;
}

bool template_check_count(struct template_reader *reader, const char *what, size_t count, size_t maximum) {
    return count <= maximum ||
           template_fail(reader,
                         "Template format error: Number of %s, %zu, is greater than maximum allowed, %zu",
                         what, count, maximum);
}

bool template_section_is_map(struct template_reader *reader, const char *name, json_t **section) {
    *section = json_object_get(reader->template->root, name);
    return !*section || json_is_object(*section) ||
           template_fail(reader, "Template format error: [/%s] %s must be an object.", name, name);
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
    if (!template_is_alphanumeric(name)) {
        return template_fail(reader, "Template format error: Parameter name %s is non alphanumeric.", name);
    }
    if (strlen(name) > NAME_MAXIMUM) {
        return template_fail(reader, "Template format error: Parameter name %s is too long.", name);
    }
    if (!json_is_object(body)) {
        return template_fail(reader, "Template format error: Any Parameters member must be an object.");
    }
    const char *unknown = template_unknown_members(reader, body, parameter_members);
    if (unknown) {
        return template_fail(reader, "Invalid template parameter property '%s'", unknown);
    }
    *parameter = (struct template_parameter){
        .name = name,
        .type = template_text_member(body, "Type"),
        .default_value = template_text_member(body, "Default"),
        .description = template_text_member(body, "Description"),
        .allowed_pattern = template_text_member(body, "AllowedPattern"),
        .constraint_description = template_text_member(body, "ConstraintDescription"),
        .min_length = template_text_member(body, "MinLength"),
        .max_length = template_text_member(body, "MaxLength"),
        .min_value = template_text_member(body, "MinValue"),
        .max_value = template_text_member(body, "MaxValue"),
        .allowed_values = json_object_get(body, "AllowedValues"),
        .no_echo = is_true(template_text_member(body, "NoEcho")),
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
        row.name = template_text_member(entry, "Name");
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
            size_t count = json_is_array(member) ? json_array_size(member) : 1;
            for (size_t i = 0; i < count; i++) {
                if (!add_transform(reader, list,
                                   json_is_array(member) ? json_array_get(member, i) : member)) {
                    return false;
                }
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

static bool read_head(struct template_reader *reader) {
    struct template *template = reader->template;
    const char *unknown = template_unknown_members(reader, template->root, sections);
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
    if (!read_head(reader) || !template_section_is_map(reader, "Parameters", &section)) {
        return false;
    }
    size_t count = json_object_size(section);
    if (!template_check_count(reader, "parameters", count, PARAMETERS_MAXIMUM)) {
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
