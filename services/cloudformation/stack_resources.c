/* DescribeStackResource, DescribeStackResources, ListStackResources. */
#include "services/cloudformation/paging.h"
#include "services/cloudformation/stack_begin.h"
#include "services/cloudformation/stack_runner.h"

enum { RESOURCES_PER_PAGE = 100 };

static bool is_shown(const struct stack_resource *resource) {
    return !resource->leftover && !resource->gone && resource->status != RESOURCE_NONE;
}

static void drift(struct output *out) {
    output_begin_structure(out, "DriftInformation");
    output_string(out, "StackResourceDriftStatus", "NOT_CHECKED");
    output_end(out);
}

static void write_resource(struct output *out, struct stack_run *run, const struct stack_resource *resource,
                           const char *time_member) {
    int64_t updated_ms = resource_store_updated_ms(run->store, run->row.stack_id, resource->serial);
    output_string(out, "LogicalResourceId", resource->logical_id);
    if (resource->physical_id && *resource->physical_id) {
        output_string(out, "PhysicalResourceId", resource->physical_id);
    }
    output_string(out, "ResourceType", resource->type);
    output_timestamp(out, time_member, updated_ms ? updated_ms : run->row.created_ms);
    output_string(out, "ResourceStatus", resource_status_name(resource->status));
    output_string(out, "ResourceStatusReason", resource->status_reason);
    drift(out);
}

/* ---- one ---- */

static void write_metadata(struct output *out, struct call *call, struct stack_run *run,
                           const char *logical_id) {
    const struct template_resource *declared =
        run->deployment ? template_find_resource(run->deployment->template, logical_id) : NULL;
    const char *metadata = "{}";
    if (declared && declared->metadata) {
        struct environment environment = stack_evaluation_environment(run, call->arena, false);
        const json_t *typed =
            json_object_get(deployment_typed_resource(run->deployment, logical_id), "Metadata");
        struct evaluation result = evaluate(&environment, typed ? typed : declared->metadata);
        metadata = deployment_dump(call->arena, result.value ? result.value : declared->metadata);
    }
    output_string(out, "Metadata", metadata);
}

struct result cloudformation_describe_stack_resource(struct call *call, struct input input) {
    const char *name = input_string(input, "StackName");
    const char *logical_id = input_string(input, "LogicalResourceId");
    struct stack_row row;
    if (!cloudformation_find_stack(call, name, &row)) {
        return cloudformation_stack_missing(call, "Stack '%s' does not exist", name);
    }
    struct stack_run *run = stack_runner_run(call->emulator, row.stack_id);
    const struct stack_resource *resource = stack_state_find(run->state, logical_id);
    if (!resource || !is_shown(resource) || (resource->status == RESOURCE_DELETE_COMPLETE && !row.deleted)) {
        stack_runner_release(run);
        return call_error(call, &error_validation_error, "Resource %s does not exist for stack %s",
                          logical_id, name);
    }
    struct output *out = call_output(call);
    output_begin_structure(out, "StackResourceDetail");
    output_string(out, "StackName", row.name);
    output_string(out, "StackId", row.stack_id);
    write_resource(out, run, resource, "LastUpdatedTimestamp");
    write_metadata(out, call, run, logical_id);
    output_end(out);
    stack_runner_release(run);
    return result_output();
}

/* ---- all ---- */

static struct result describe_resources(struct call *call, const struct stack_row *row,
                                        const char *logical_id) {
    struct output *out = call_output(call);
    struct stack_run *run = stack_runner_run(call->emulator, row->stack_id);
    int shown = 0;
    output_begin_list(out, "StackResources");
    size_t count = stack_state_count(run->state);
    for (size_t i = 0; i < count && shown < RESOURCES_PER_PAGE; i++) {
        const struct stack_resource *resource = stack_state_at(run->state, i);
        bool wanted = is_shown(resource) && (!logical_id || strcmp(resource->logical_id, logical_id) == 0);
        if (!wanted) {
            continue;
        }
        shown++;
        output_begin_structure(out, NULL);
        output_string(out, "StackName", row->name);
        output_string(out, "StackId", row->stack_id);
        write_resource(out, run, resource, "Timestamp");
        output_end(out);
    }
    output_end(out);
    stack_runner_release(run);
    return result_output();
}

struct result cloudformation_describe_stack_resources(struct call *call, struct input input) {
    const char *name = input_string(input, "StackName");
    const char *physical_id = input_string(input, "PhysicalResourceId");
    struct stack_row row;
    if (name && physical_id) {
        return cloudformation_refuse(call, "Cannot specify both StackName and PhysicalResourceId");
    }
    if (!name && !physical_id) {
        return cloudformation_refuse(call, "Either StackName or PhysicalResourceId must be specified");
    }
    if (physical_id) {
        const char *owner = resource_store_owner(call->store, call->arena, call->identity.account,
                                                 call->identity.region, physical_id);
        if (!owner || !stack_store_find_id(call->store, call->arena, owner, &row)) {
            return call_error(call, &error_validation_error, "Stack for %s does not exist", physical_id);
        }
    } else if (!cloudformation_find_stack(call, name, &row)) {
        return cloudformation_stack_missing(call, "Stack with id %s does not exist", name);
    }
    return describe_resources(call, &row, input_string(input, "LogicalResourceId"));
}

struct result cloudformation_list_stack_resources(struct call *call, struct input input) {
    const char *name = input_string(input, "StackName");
    struct stack_row row;
    int64_t skip;
    if (!cloudformation_find_stack(call, name, &row)) {
        return cloudformation_stack_missing(call, "Stack with id %s does not exist", name);
    }
    if (!paging_read_number(input_string(input, "NextToken"), &skip)) {
        return cloudformation_refuse(call, "Invalid NextToken");
    }
    struct output *out = call_output(call);
    struct stack_run *run = stack_runner_run(call->emulator, row.stack_id);
    int64_t seen = 0;
    bool more = false;
    output_begin_list(out, "StackResourceSummaries");
    size_t count = stack_state_count(run->state);
    for (size_t i = 0; i < count; i++) {
        const struct stack_resource *resource = stack_state_at(run->state, i);
        if (!is_shown(resource) || seen++ < skip) {
            continue;
        }
        if (seen > skip + RESOURCES_PER_PAGE) {
            more = true;
            break;
        }
        output_begin_structure(out, NULL);
        write_resource(out, run, resource, "LastUpdatedTimestamp");
        output_end(out);
    }
    output_end(out);
    if (more) {
        output_string(out, "NextToken", paging_write_number(call->arena, skip + RESOURCES_PER_PAGE));
    }
    stack_runner_release(run);
    return result_output();
}
