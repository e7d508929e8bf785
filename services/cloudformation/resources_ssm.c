/* AWS::SSM::Parameter. */
#include "services/cloudformation/resource_types.h"

static const struct property_row parameter_properties[] = {
    {"Type", PROPERTY_STRING, PROPERTY_REQUIRED, NULL},
    {"Value", PROPERTY_STRING, PROPERTY_REQUIRED, NULL},
    {"Name", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"Description", PROPERTY_STRING, 0, NULL},
    {"AllowedPattern", PROPERTY_STRING, 0, NULL},
    {"DataType", PROPERTY_STRING, 0, NULL},
    {"Policies", PROPERTY_STRING, 0, NULL},
    {"Tier", PROPERTY_STRING, 0, NULL},
    {"Tags", PROPERTY_MAP, 0, "-"},
    {0},
};

static const char *const parameter_attributes[] = {"Type", "Value", NULL};

/* Without a name: CFN-<logical id>-<random>, unlike other types. */
static const char *parameter_name(struct resource_operation *operation) {
    const char *name = resource_property_string(operation, "Name");
    if (name) {
        return name;
    }
    char random[13];
    ids_random_string(emulator_ids(operation->emulator), IDS_ALPHANUMERIC, 12, random);
    return arena_printf(operation->arena, "CFN-%s-%s", operation->request.logical_id, random);
}

static bool put_parameter(struct resource_operation *operation, json_t *input) {
    const char *name = operation->physical_id ? operation->physical_id : parameter_name(operation);
    resource_set_member(input, "Name", name);
    json_object_set_new(operation->scratch, "Name", json_string(name));
    if (operation->request.action == RESOURCE_UPDATE) {
        json_object_set_new(input, "Overwrite", json_true());
        return true;
    }
    resource_add_tag_list(operation, input);
    return true;
}

static void parameter_put(struct resource_operation *operation, const struct call_reply *reply) {
    (void)reply;
    resource_set_physical_id(operation,
                             text_of(json_string_value(json_object_get(operation->scratch, "Name"))));
    resource_set_attribute(operation, "Type", text_of(resource_property_string(operation, "Type")));
    resource_set_attribute(operation, "Value", text_of(resource_property_string(operation, "Value")));
}

static bool add_tags(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "ResourceType", "Parameter");
    return resource_tag_list(operation, input);
}

static bool remove_tags(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "ResourceType", "Parameter");
    return resource_untag(operation, input);
}

/* SecureString has to be made by hand: CloudFormation refuses it. */
static const char *check_parameter(struct resource_operation *operation) {
    const char *type = resource_property_string(operation, "Type");
    if (type && strcmp(type, "SecureString") == 0) {
        return "SSM Secure reference is not supported in: [AWS::SSM::Parameter/Properties/Type]";
    }
    return NULL;
}

static const struct type_step create_parameter[] = {
    {.service = "ssm",
     .operation = "PutParameter",
     .flags = STEP_PROPERTIES,
     .build = put_parameter,
     .reply = parameter_put},
    {0},
};
static const struct type_step update_parameter[] = {
    {.service = "ssm",
     .operation = "PutParameter",
     .flags = STEP_PROPERTIES,
     .build = put_parameter,
     .reply = parameter_put},
    {.service = "ssm",
     .operation = "RemoveTagsFromResource",
     .id_member = "ResourceId",
     .when_changed = "Tags",
     .build = remove_tags},
    {.service = "ssm",
     .operation = "AddTagsToResource",
     .id_member = "ResourceId",
     .when_changed = "Tags",
     .build = add_tags},
    {0},
};
static const struct type_step remove_parameter[] = {
    {.service = "ssm", .operation = "DeleteParameter", .id_member = "Name"},
    {0},
};

const struct resource_type ssm_resources[] = {
    {
        .name = "AWS::SSM::Parameter",
        .properties = parameter_properties,
        .attributes = parameter_attributes,
        .create = create_parameter,
        .update = update_parameter,
        .remove = remove_parameter,
        .system_tags = true,
        .name_is_unique = true,
        .name_property = "Name",
        .check = check_parameter,
    },
    {0},
};
