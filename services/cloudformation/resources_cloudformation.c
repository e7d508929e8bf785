/* Custom resources (custom_resource.c does the work), nested stacks, CDK's metadata. */
#include "services/cloudformation/nested_stack.h"
#include "services/cloudformation/resource_types.h"

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

const struct resource_type cloudformation_resources[] = {
    {.name = "AWS::CloudFormation::CustomResource"},
    {
        .name = "AWS::CDK::Metadata",
        .attributes = no_attributes,
        .create = metadata_steps,
        .update = metadata_steps,
        .remove = metadata_steps,
    },
    {0},
};
