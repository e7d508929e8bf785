#include "services/cloudformation/template.h"

#include "emulator/base/strbuf.h"
#include "emulator/base/yaml.h"
#include "services/cloudformation/intrinsics.h"
#include "services/cloudformation/template_internal.h"

bool template_fail(struct template_reader *reader, const char *format, ...) {
    if (!reader->error) {
        va_list arguments;
        va_start(arguments, format);
        reader->error = arena_vprintf(reader->arena, format, arguments);
        va_end(arguments);
    }
    return false;
}

static void decref(void *value) {
    json_decref(value);
}

/* ---- reading text --------------------------------------------------------------------------------- */

/*
 * Source: recorded answers of ValidateTemplate and CreateStack: "JSON not well-formed. (line 1, column 25)"
 * for a byte in column 24, as the service names the place after it; "YAML not well-formed." without a place
 * for a text that ends too early.
 */
static const char *parse_error(struct arena *arena, struct text body, const struct yaml_error *error) {
    if (strstr(error->message, "aliases are not allowed")) {
        return "Template error: YAML aliases are not allowed in CloudFormation templates";
    }
    if (text_starts_with(text_trim(body), "{")) {
        return arena_printf(arena, "Template format error: JSON not well-formed. (line %d, column %d)",
                            error->line, error->column + 1);
    }
    if (strstr(error->message, "unexpected end of stream") || error->line <= 0) {
        return "Template format error: YAML not well-formed.";
    }
    return arena_printf(arena, "Template format error: YAML not well-formed. (line %d, column %d)",
                        error->line, error->column);
}

static bool has_nul(const json_t *value) {
    const char *key;
    json_t *member;
    size_t index;
    size_t size;
    if (json_is_string(value)) {
        return memchr(json_string_value(value), 0, json_string_length(value)) != NULL;
    }
    json_array_foreach((json_t *)value, index, member) {
        if (has_nul(member)) {
            return true;
        }
    }
    json_object_keylen_foreach((json_t *)value, key, size, member) {
        if (memchr(key, 0, size) || has_nul(member)) {
            return true;
        }
    }
    return false;
}

/* Only !!int and the like make other scalars than strings. */
static bool has_typed_scalars(const json_t *value) {
    const char *key;
    json_t *member;
    size_t index;
    json_array_foreach((json_t *)value, index, member) {
        if (has_typed_scalars(member)) {
            return true;
        }
    }
    json_object_foreach((json_t *)value, key, member) {
        if (has_typed_scalars(member)) {
            return true;
        }
    }
    return json_is_number(value) || json_is_boolean(value);
}

static json_t *parse(struct arena *arena, struct text body, const char **error) {
    const struct yaml_options options = {
        .scalars = YAML_STRING_SCALARS,
        .cloudformation_tags = true,
        .reject_aliases = true,
    };
    struct yaml_error problem;
    struct yaml_document *document = yaml_load(body, "template", &options, &problem);
    if (!document) {
        *error = parse_error(arena, body, &problem);
        return NULL;
    }
    json_t *root = json_incref(yaml_root(document));
    yaml_close(document);
    if (has_typed_scalars(root)) {
        json_t *strings = scalars_as_strings(root);
        json_decref(root);
        root = strings;
    }
    arena_cleanup(arena, decref, root);
    if (!json_is_object(root) || has_nul(root)) {
        *error = "Template format error: unsupported structure.";
        return NULL;
    }
    return root;
}

static struct template *read_root(struct arena *arena, json_t *root, bool processed, const char **error) {
    struct template_reader reader = {
        .arena = arena, .template = arena_zalloc(arena, sizeof(struct template)), .processed = processed};
    reader.template->root = root;
    bool good = template_read_parameters(&reader);
    reader.template->provisional = !processed && reader.template->transform_count > 0;
    if (good && !reader.template->provisional) {
        good = template_read_sections(&reader) && template_check_functions(&reader);
    }
    if (!good) {
        *error = reader.error;
        return NULL;
    }
    return reader.template;
}

struct template *template_read(struct arena *arena, struct text body, const char **error) {
    json_t *root = parse(arena, body, error);
    return root ? read_root(arena, root, false, error) : NULL;
}

struct template *template_read_processed(struct arena *arena, struct text body, const char **error) {
    json_t *root = parse(arena, body, error);
    return root ? read_root(arena, root, true, error) : NULL;
}

struct template *template_of_json(struct arena *arena, json_t *root, const char **error) {
    if (!json_is_object(root)) {
        *error = "Template format error: unsupported structure.";
        return NULL;
    }
    json_t *strings = scalars_as_strings(root);
    arena_cleanup(arena, decref, strings);
    /* A pointer, although cppcheck takes the tag for C++'s keyword. */
    /* cppcheck-suppress CastIntegerToAddressAtReturn */
    return read_root(arena, strings, true, error);
}

/* ---- asking --------------------------------------------------------------------------------------- */

const char *deletion_policy_name(enum deletion_policy policy) {
    static const char *const names[] = {
        [POLICY_NONE] = "Delete",       [POLICY_DELETE] = "Delete",
        [POLICY_RETAIN] = "Retain",     [POLICY_RETAIN_EXCEPT_ON_CREATE] = "RetainExceptOnCreate",
        [POLICY_SNAPSHOT] = "Snapshot",
    };
    return names[policy];
}

const struct template_parameter *template_find_parameter(const struct template *template, const char *name) {
    for (size_t i = 0; i < template->parameter_count; i++) {
        if (strcmp(template->parameters[i].name, name) == 0) {
            return &template->parameters[i];
        }
    }
    return NULL;
}

const struct template_resource *template_find_resource(const struct template *template,
                                                       const char *logical_id) {
    for (size_t i = 0; i < template->resource_count; i++) {
        if (strcmp(template->resources[i].logical_id, logical_id) == 0) {
            return &template->resources[i];
        }
    }
    return NULL;
}

bool template_has_transform(const struct template *template, const char *name) {
    for (size_t i = 0; i < template->transform_count; i++) {
        if (strcmp(template->transforms[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

bool template_type_is_custom(const char *type) {
    return strcmp(type, "AWS::CloudFormation::CustomResource") == 0 || strncmp(type, "Custom::", 8) == 0;
}

json_t *template_resource_types(struct arena *arena, const struct template *template) {
    json_t *types = json_array();
    arena_cleanup(arena, decref, types);
    for (size_t i = 0; i < template->resource_count; i++) {
        bool known = false;
        for (size_t j = 0; j < i && !known; j++) {
            known = strcmp(template->resources[i].type, template->resources[j].type) == 0;
        }
        if (!known) {
            json_array_append_new(types, json_string(template->resources[i].type));
        }
    }
    return types;
}

/* ---- capabilities --------------------------------------------------------------------------------- */

/* The IAM types and the property by which each gets a name of its own. */
struct iam_type {
    const char *type;
    const char *name_property; /* NULL: cannot be named */
};

/* Source: User Guide, "Acknowledging IAM resources in CloudFormation templates". */
static const struct iam_type iam_types[] = {
    {"AWS::IAM::AccessKey", NULL},
    {"AWS::IAM::Group", "GroupName"},
    {"AWS::IAM::GroupPolicy", NULL},
    {"AWS::IAM::InstanceProfile", "InstanceProfileName"},
    {"AWS::IAM::ManagedPolicy", "ManagedPolicyName"},
    {"AWS::IAM::Policy", NULL},
    {"AWS::IAM::Role", "RoleName"},
    {"AWS::IAM::RolePolicy", NULL},
    {"AWS::IAM::User", "UserName"},
    {"AWS::IAM::UserPolicy", NULL},
    {"AWS::IAM::UserToGroupAddition", NULL},
};

static const struct iam_type *find_iam_type(const char *type) {
    for (size_t i = 0; i < sizeof iam_types / sizeof iam_types[0]; i++) {
        if (strcmp(iam_types[i].type, type) == 0) {
            return &iam_types[i];
        }
    }
    return NULL;
}

const char *template_capability(struct arena *arena, const struct template *template, const char **reason) {
    struct strbuf types = STRBUF_INIT;
    bool named = false;
    for (size_t i = 0; i < template->resource_count; i++) {
        const struct template_resource *resource = &template->resources[i];
        const struct iam_type *row = find_iam_type(resource->type);
        if (!row) {
            continue;
        }
        named |= row->name_property && json_object_get(resource->properties, row->name_property);
        bool listed = false;
        for (size_t j = 0; j < i && !listed; j++) {
            listed = strcmp(template->resources[j].type, resource->type) == 0;
        }
        if (!listed) {
            strbuf_printf(&types, "%s%s", types.size ? ", " : "", resource->type);
        }
    }
    bool any = types.size > 0;
    if (any && reason) {
        *reason = arena_printf(arena, "The following resource(s) require capabilities: [%s]", types.data);
    }
    strbuf_release(&types);
    return named ? "CAPABILITY_NAMED_IAM" : any ? "CAPABILITY_IAM" : NULL;
}

static bool is_given(const json_t *given, const char *capability) {
    size_t index;
    json_t *item;
    json_array_foreach((json_t *)given, index, item) {
        if (json_is_string(item) && strcmp(json_string_value(item), capability) == 0) {
            return true;
        }
    }
    return false;
}

const char *template_missing_capability(struct arena *arena, const struct template *template,
                                        const json_t *given, bool expanding) {
    const char *iam = template_capability(arena, template, NULL);
    bool iam_given = !iam || is_given(given, "CAPABILITY_NAMED_IAM") || is_given(given, iam);
    bool expand_given =
        !expanding || template->transform_count == 0 || is_given(given, "CAPABILITY_AUTO_EXPAND");
    if (iam_given && expand_given) {
        return NULL;
    }
    return arena_printf(arena, "Requires capabilities : [%s%s%s]", iam_given ? "" : iam,
                        iam_given || expand_given ? "" : ", ", expand_given ? "" : "CAPABILITY_AUTO_EXPAND");
}
