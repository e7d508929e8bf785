/* Mappings, Resources and Outputs: their members, types and limits. */
#include "services/cloudformation/template_internal.h"

#define NAME_MAXIMUM 255
#define MAPPINGS_MAXIMUM 200
#define RESOURCES_MAXIMUM 500
#define OUTPUTS_MAXIMUM 200

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
        good = strchr("_@-", *at) || template_is_alphanumeric((const char[]){*at, '\0'});
    }
    return good || template_fail(reader, "Template format error: Unrecognized resource types: [%s]", type);
}

static bool read_resource(struct template_reader *reader, const char *name, json_t *body,
                          struct template_resource *resource) {
    if (!json_is_object(body)) {
        /* A loop without the transform that knows loops. */
        if (strncmp(name, "Fn::ForEach::", 13) == 0) {
            return template_fail(
                reader, "Template format error: [/Resources/%s] resource definition is malformed", name);
        }
        return template_fail(reader, "Template format error: Any Resources member must be an object.");
    }
    if (!template_is_alphanumeric(name)) {
        return template_fail(reader, "Template format error: Resource name %s is non alphanumeric.", name);
    }
    if (strlen(name) > NAME_MAXIMUM) {
        return template_fail(reader, "Template format error: Resource name %s is too long.", name);
    }
    const char *type = template_text_member(body, "Type");
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
        if (!version && !template_is_one_of(key, resource_members)) {
            return template_fail(reader, "Invalid template resource property '%s'", key);
        }
    }
    json_t *properties = json_object_get(body, "Properties");
    if (properties && !json_is_object(properties)) {
        return template_fail(reader, "Template format error: [/Resources/%s] Properties must be an object.",
                             name);
    }
    if (json_object_get(body, "Condition") && !template_text_member(body, "Condition")) {
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
        .condition = template_text_member(body, "Condition"),
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
    if (!template_is_alphanumeric(name)) {
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
    const char *unknown = template_unknown_members(reader, body, output_members);
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
        .condition = template_text_member(body, "Condition"),
        .description = template_text_member(body, "Description"),
        .export_name = json_object_get(export, "Name"),
    };
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------------ */

static bool read_resources(struct template_reader *reader) {
    struct template *template = reader->template;
    json_t *section = json_object_get(template->root, "Resources");
    if (!json_is_object(section) || json_object_size(section) == 0) {
        return template_fail(reader, "Template format error: At least one Resources member must be defined.");
    }
    size_t count = json_object_size(section);
    if (!template_check_count(reader, "resources", count, RESOURCES_MAXIMUM)) {
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
    if (!template_section_is_map(reader, "Outputs", &section)) {
        return false;
    }
    size_t count = json_object_size(section);
    if (!template_check_count(reader, "outputs", count, OUTPUTS_MAXIMUM)) {
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
    return template_section_is_map(reader, "Mappings", &template->mappings) &&
           template_section_is_map(reader, "Conditions", &template->conditions) &&
           template_section_is_map(reader, "Rules", &template->rules) && read_mappings(reader) &&
           read_resources(reader) && read_outputs(reader);
}
