/* Custom resources (custom_resource.c does the work), nested stacks, wait conditions, CDK's metadata. */
#include "services/cloudformation/cloudformation_store.h"
#include "services/cloudformation/nested_stack.h"
#include "services/cloudformation/resource_types.h"
#include "services/cloudformation/wait_condition.h"

static const char *const no_attributes[] = {NULL};

/* CDK writes one into every template; there is nothing behind it. */
static bool note_metadata(struct resource_operation *operation, json_t *input) {
    (void)input;
    if (!operation->physical_id) {
        resource_set_physical_id(operation, text_of(operation->request.logical_id));
    }
    return true;
}

static const struct type_step metadata_steps[] = {{.build = note_metadata}, {0}};

static const struct property_row stack_properties[] = {
    {"TemplateURL", PROPERTY_STRING, PROPERTY_REQUIRED, NULL},
    {"NotificationARNs", PROPERTY_LIST, 0, NULL},
    {"Parameters", PROPERTY_MAP, 0, NULL},
    {"Tags", PROPERTY_LIST, 0, NULL},
    {"TimeoutInMinutes", PROPERTY_INTEGER, 0, NULL},
    {0},
};

static const char *const stack_attributes[] = {"Outputs.", NULL};

static const struct property_row no_properties[] = {{0}};

static const struct property_row condition_properties[] = {
    {"Count", PROPERTY_INTEGER, 0, NULL},
    {"Handle", PROPERTY_STRING, PROPERTY_REQUIRED, NULL},
    {"Timeout", PROPERTY_STRING, PROPERTY_REQUIRED, NULL},
    {0},
};

static const char *const condition_attributes[] = {"Data", NULL};

/* ---- macros ---- */

static const struct property_row macro_properties[] = {
    {"Name", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"FunctionName", PROPERTY_STRING, PROPERTY_REQUIRED, NULL},
    {"Description", PROPERTY_STRING, 0, NULL},
    {"LogGroupName", PROPERTY_STRING, 0, NULL},
    {"LogRoleARN", PROPERTY_STRING, 0, NULL},
    {0},
};

/* A macro is no more than its resource: transforms look it up there (macro_store_function()). */
static bool make_macro(struct resource_operation *operation, json_t *input) {
    (void)input;
    const struct identity *caller = &operation->request.caller;
    const char *name = resource_property_string(operation, "Name");
    if (macro_store_function(emulator_store(operation->emulator), operation->arena, caller->account,
                             caller->region, name)) {
        const char *message = arena_printf(
            operation->arena,
            "Resource of type 'AWS::CloudFormation::Macro' with identifier '%s' already exists.", name);
        resource_fail_handler(operation, "AlreadyExists", message);
        return true;
    }
    resource_set_physical_id(operation, text_of(name));
    return true;
}

static bool nothing(struct resource_operation *operation, json_t *input) {
    (void)operation;
    (void)input;
    return true;
}

static const struct type_step make_macro_steps[] = {{.build = make_macro}, {0}};
static const struct type_step nothing_steps[] = {{.build = nothing}, {0}};

const struct resource_type cloudformation_resources[] = {
    {.name = "AWS::CloudFormation::CustomResource"},
    {
        .name = "AWS::CloudFormation::Stack",
        .properties = stack_properties,
        .attributes = stack_attributes,
        .start = nested_stack_start,
        .cancel = nested_stack_cancel,
        .name_limit = 128,
    },
    {
        .name = "AWS::CloudFormation::WaitCondition",
        .properties = condition_properties,
        .attributes = condition_attributes,
        .start = wait_condition_start,
        .cancel = resource_succeed,
    },
    {
        .name = "AWS::CloudFormation::WaitConditionHandle",
        .properties = no_properties,
        .attributes = no_attributes,
        .start = wait_condition_handle_start,
    },
    {
        .name = "AWS::CloudFormation::Macro",
        .properties = macro_properties,
        .attributes = no_attributes,
        .create = make_macro_steps,
        .update = nothing_steps,
        .remove = nothing_steps,
    },
    {
        .name = "AWS::CDK::Metadata",
        .attributes = no_attributes,
        .create = metadata_steps,
        .update = metadata_steps,
        .remove = metadata_steps,
    },
    {0},
};
