/* GetTemplate, GetTemplateSummary, ValidateTemplate. */
#include "services/cloudformation/deployment_request.h"
#include "services/cloudformation/resource_types.h"
#include "services/cloudformation/stack_begin.h"

static bool is_arn(const char *name) {
    return strncmp(name, "arn:", 4) == 0;
}

/* ---- GetTemplate ---- */

/* What transforms made of the template; the template itself where it names none. */
static const char *processed(struct call *call, const struct deployment_place *place, const char *body,
                             const char *settings) {
    const char *error = NULL;
    struct deployment *deployment = deployment_open(call->arena, place, body, settings, &error);
    return deployment && deployment->processed ? deployment->processed : body;
}

static struct result write_template(struct call *call, struct input input,
                                    const struct deployment_place *place, const char *body,
                                    const char *settings) {
    struct output *out = call_output(call);
    const char *stage = input_string(input, "TemplateStage");
    if (body && stage && strcmp(stage, "Processed") == 0) {
        body = processed(call, place, body, settings);
    }
    output_string(out, "TemplateBody", body ? body : "{}");
    output_begin_list(out, "StagesAvailable");
    output_string(out, NULL, "Original");
    output_string(out, NULL, "Processed");
    output_end(out);
    return result_output();
}

static struct result change_set_template(struct call *call, struct input input, const char *stack_name,
                                         const char *name) {
    struct change_set_row change_set;
    struct stack_row row;
    bool found = false;
    if (is_arn(name)) {
        found = change_set_store_find_id(call->store, call->arena, name, &change_set);
    } else if (!stack_name) {
        return cloudformation_refuse(call, "StackName is a required parameter.");
    } else if (!cloudformation_find_stack(call, stack_name, &row)) {
        return cloudformation_stack_missing(call, "Stack with id %s does not exist", stack_name);
    } else {
        found = change_set_store_find(call->store, call->arena, row.stack_id, name, &change_set);
    }
    if (!found) {
        return call_error(call, &cloudformation_error_ChangeSetNotFoundException,
                          "ChangeSet [%s] does not exist", name);
    }
    struct deployment_place place = {change_set.account, change_set.region, change_set.stack_id,
                                     change_set.stack_name};
    return write_template(call, input, &place, change_set.template_body, change_set.settings);
}

struct result cloudformation_get_template(struct call *call, struct input input) {
    const char *stack_name = input_string(input, "StackName");
    const char *change_set = input_string(input, "ChangeSetName");
    struct stack_row row;
    if (change_set) {
        return change_set_template(call, input, stack_name, change_set);
    }
    if (!stack_name) {
        return cloudformation_refuse(call, "StackName is required if ChangeSetName is not specified.");
    }
    if (!cloudformation_find_stack(call, stack_name, &row)) {
        return cloudformation_stack_missing(call, "Stack with id %s does not exist", stack_name);
    }
    struct deployment_place place = {row.account, row.region, row.stack_id, row.name};
    return row.next_template ? write_template(call, input, &place, row.next_template, row.next_settings)
                             : write_template(call, input, &place, row.template_body, row.settings);
}

/* ---- GetTemplateSummary ---- */

static void constraints(struct output *out, const struct template_parameter *parameter) {
    output_begin_structure(out, "ParameterConstraints");
    if (parameter->allowed_values) {
        size_t i;
        json_t *value;
        output_begin_list(out, "AllowedValues");
        json_array_foreach(parameter->allowed_values, i, value) {
            output_string(out, NULL, json_string_value(value));
        }
        output_end(out);
    }
    output_end(out);
}

static void summary_parameters(struct output *out, const struct template *template) {
    output_begin_list(out, "Parameters");
    for (size_t i = 0; i < template->parameter_count; i++) {
        const struct template_parameter *parameter = &template->parameters[i];
        output_begin_structure(out, NULL);
        output_string(out, "ParameterKey", parameter->name);
        output_string(out, "DefaultValue",
                      parameter->default_value && parameter->no_echo ? PARAMETER_MASK
                                                                     : parameter->default_value);
        output_string(out, "ParameterType", parameter->type);
        output_boolean(out, "NoEcho", parameter->no_echo);
        output_string(out, "Description", parameter->description);
        constraints(out, parameter);
        output_end(out);
    }
    output_end(out);
}

static void capabilities(struct call *call, const struct template *template) {
    const char *reason = NULL;
    const char *capability = template_capability(call->arena, template, &reason);
    if (capability) {
        output_begin_list(call_output(call), "Capabilities");
        output_string(call_output(call), NULL, capability);
        output_end(call_output(call));
        output_string(call_output(call), "CapabilitiesReason", reason);
    }
}

static void transforms(struct output *out, const struct template *template) {
    if (template->transform_count == 0) {
        return;
    }
    output_begin_list(out, "DeclaredTransforms");
    for (size_t i = 0; i < template->transform_count; i++) {
        output_string(out, NULL, template->transforms[i].name);
    }
    output_end(out);
}

/* What an import would identify a resource by: its name, for types that are called by one.
 * Source: recorded test_get_template_summary_failed_stack. */
static void resource_identifier(struct output *out, const char *type_name) {
    const struct resource_type *type = resource_type_find(type_name);
    bool by_address = strncmp(type_name, "AWS::SNS::", 10) == 0 || strncmp(type_name, "AWS::SQS::", 10) == 0;
    if (type && type->name_property && !by_address) {
        output_begin_list(out, "ResourceIdentifiers");
        output_string(out, NULL, type->name_property);
        output_end(out);
    }
}

static void resource_types(struct call *call, const struct template *template) {
    struct output *out = call_output(call);
    json_t *types = template_resource_types(call->arena, template);
    size_t i;
    json_t *type;
    output_begin_list(out, "ResourceTypes");
    json_array_foreach(types, i, type) {
        output_string(out, NULL, json_string_value(type));
    }
    output_end(out);
    output_begin_list(out, "ResourceIdentifierSummaries");
    json_array_foreach(types, i, type) {
        output_begin_structure(out, NULL);
        output_string(out, "ResourceType", json_string_value(type));
        output_begin_list(out, "LogicalResourceIds");
        for (size_t r = 0; r < template->resource_count; r++) {
            if (strcmp(template->resources[r].type, json_string_value(type)) == 0) {
                output_string(out, NULL, template->resources[r].logical_id);
            }
        }
        output_end(out);
        resource_identifier(out, json_string_value(type));
        output_end(out);
    }
    output_end(out);
}

static struct result summarize(struct call *call, const struct template *template) {
    struct output *out = call_output(call);
    summary_parameters(out, template);
    output_string(out, "Description", template->description);
    capabilities(call, template);
    resource_types(call, template);
    output_string(out, "Version", template->version);
    if (template->metadata) {
        output_string(out, "Metadata", deployment_dump(call->arena, template->metadata));
    }
    transforms(out, template);
    return result_output();
}

static struct result summary_ready(struct deployment_request *request) {
    return summarize(request->call, request->deployment->template);
}

static struct result summary_of_stack(struct call *call, const char *name) {
    struct stack_row row;
    if (!cloudformation_find_stack(call, name, &row)) {
        return cloudformation_stack_missing(call, "Stack with id %s does not exist", name);
    }
    if (strcmp(row.status, "REVIEW_IN_PROGRESS") == 0) {
        return cloudformation_refuse(call,
                                     "GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.");
    }
    const char *error = NULL;
    const char *body = row.next_template ? row.next_template : row.template_body;
    struct template *template = body ? template_read(call->arena, text_of(body), &error) : NULL;
    return template ? summarize(call, template) : cloudformation_refuse(call, error ? error : "No template");
}

static struct result start(struct call *call, struct input input, deployment_ready_fn *ready) {
    struct deployment_request *request = arena_zalloc(call->arena, sizeof *request);
    *request = (struct deployment_request){
        .call = call,
        .input = input,
        .ready = ready,
        .operation = call->operation->name,
        .template_only = true,
        .place = {call->identity.account, call->identity.region, "", ""},
    };
    return deployment_request_start(request);
}

struct result cloudformation_get_template_summary(struct call *call, struct input input) {
    const char *name = input_string(input, "StackName");
    bool has_template = input_has(input, "TemplateBody") || input_has(input, "TemplateURL");
    if (name && has_template) {
        return cloudformation_refuse(
            call, "Only one of StackName, Template URL or Template Body may be specified.");
    }
    return name ? summary_of_stack(call, name) : start(call, input, summary_ready);
}

/* ---- ValidateTemplate ---- */

static struct result validation_ready(struct deployment_request *request) {
    struct call *call = request->call;
    const struct template *template = request->deployment->template;
    struct output *out = call_output(call);
    output_begin_list(out, "Parameters");
    for (size_t i = 0; i < template->parameter_count; i++) {
        const struct template_parameter *parameter = &template->parameters[i];
        output_begin_structure(out, NULL);
        output_string(out, "ParameterKey", parameter->name);
        output_string(out, "DefaultValue",
                      parameter->default_value && parameter->no_echo ? PARAMETER_MASK
                                                                     : parameter->default_value);
        output_boolean(out, "NoEcho", parameter->no_echo);
        output_string(out, "Description", parameter->description);
        output_end(out);
    }
    output_end(out);
    output_string(out, "Description", template->description);
    capabilities(call, template);
    transforms(out, template);
    return result_output();
}

struct result cloudformation_validate_template(struct call *call, struct input input) {
    return start(call, input, validation_ready);
}
