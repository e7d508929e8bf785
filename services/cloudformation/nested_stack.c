#include "services/cloudformation/nested_stack.h"

#include "emulator/base/die.h"
#include "services/cloudformation/deployment.h"
#include "services/cloudformation/resource_call.h"
#include "services/cloudformation/resource_types.h"
#include "services/cloudformation/stack_runner.h"

/* ---- adoption ---- */

/*
 * The parent is told by the child's name: generated names are unique, and only a call from within this
 * service can carry one that its parent has just noted.
 */
void nested_stack_adopt(struct call *call, struct stack_row *row) {
    if (call->request) {
        return;
    }
    const char *parent_id = stack_runner_expected_parent(call->emulator, call->arena, row->name);
    struct stack_row parent;
    if (parent_id && stack_store_find_id(call->store, call->arena, parent_id, &parent)) {
        row->parent_id = parent_id;
        row->root_id = parent.root_id ? parent.root_id : parent_id;
    }
}

/* ---- the child's end ---- */

static void note_outputs(struct resource_operation *operation, const struct stack_row *child) {
    json_t *outputs = deployment_document(operation->arena, child->outputs);
    size_t i;
    json_t *output;
    json_object_clear(operation->attributes);
    json_array_foreach(outputs, i, output) {
        const char *name =
            arena_printf(operation->arena, "Outputs.%s", deployment_setting(output, "OutputKey"));
        const char *secret = deployment_setting(output, "Secret");
        resource_set_attribute(operation, name,
                               text_of(secret ? secret : deployment_setting(output, "OutputValue")));
    }
}

static void fail_embedded(struct resource_operation *operation, const struct stack_row *child) {
    const char *reason = child->status_reason ? child->status_reason : "";
    switch (operation->request.action) {
    case RESOURCE_CREATE:
        reason = arena_printf(operation->arena, "Embedded stack %s was not successfully created: %s",
                              child->stack_id, reason);
        break;
    case RESOURCE_UPDATE:
        reason =
            arena_printf(operation->arena,
                         "Embedded stack %s was not successfully updated. Currently in %s with reason: %s",
                         child->stack_id, child->status, reason);
        break;
    case RESOURCE_DELETE:
        reason = arena_printf(operation->arena, "Embedded stack %s was not successfully deleted: %s",
                              child->stack_id, reason);
        break;
    }
    resource_fail(operation, reason);
}

/* True when the child is through; then the operation has ended. */
static bool judge(struct resource_operation *operation, const char *child_id) {
    static const char *const wanted[] = {[RESOURCE_CREATE] = "CREATE_COMPLETE",
                                         [RESOURCE_UPDATE] = "UPDATE_COMPLETE",
                                         [RESOURCE_DELETE] = "DELETE_COMPLETE"};
    struct stack_row child;
    if (!stack_store_find_id(emulator_store(operation->emulator), operation->arena, child_id, &child)) {
        resource_succeed(operation);
        return true;
    }
    if (stack_status_in_progress(stack_status_of(child.status))) {
        return false;
    }
    if (strcmp(child.status, wanted[operation->request.action]) == 0) {
        note_outputs(operation, &child);
        resource_succeed(operation);
    } else {
        fail_embedded(operation, &child);
    }
    return true;
}

static void child_ended(void *argument, const char *stack_id) {
    judge(argument, stack_id);
}

static void wait_for_child(struct resource_operation *operation, const char *child_id) {
    if (!judge(operation, child_id)) {
        stack_runner_watch(operation->emulator, child_id, child_ended, operation);
        resource_announce(operation);
    }
}

/* ---- calls ---- */

static json_t *parameters(const struct resource_operation *operation) {
    json_t *list = json_array();
    const char *key;
    json_t *value;
    json_object_foreach(resource_property(operation, "Parameters"), key, value) {
        const char *text = NULL;
        if (json_is_array(value)) {
            size_t i;
            json_t *item;
            json_array_foreach(value, i, item) {
                const char *part = resource_scalar_text(operation->arena, item);
                text = text ? arena_printf(operation->arena, "%s,%s", text, part ? part : "") : part;
            }
        } else {
            text = resource_scalar_text(operation->arena, value);
        }
        json_array_append_new(
            list, json_pack("{s:s, s:s}", "ParameterKey", key, "ParameterValue", text ? text : ""));
    }
    return list;
}

/* The parent's acknowledgements hold for its children. */
static json_t *child_input(struct resource_operation *operation, const char *name) {
    json_t *input =
        json_pack("{s:s, s:o, s:[s, s, s]}", "StackName", name, "Parameters", parameters(operation),
                  "Capabilities", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND");
    json_t *tags = resource_all_tags(operation);
    json_object_set_new(input, "Tags", tags);
    resource_set_member(input, "TemplateURL", resource_property_string(operation, "TemplateURL"));
    json_t *topics = resource_property(operation, "NotificationARNs");
    if (topics) {
        json_object_set(input, "NotificationARNs", topics);
    }
    return input;
}

static void call_done(void *argument, const struct call_reply *reply) {
    struct resource_operation *operation = argument;
    bool unchanged = reply->error_code && operation->request.action == RESOURCE_UPDATE &&
                     strcmp(reply->error_message, "No updates are to be performed.") == 0;
    if (unchanged) {
        resource_succeed(operation);
        return;
    }
    if (reply->error_code) {
        resource_fail(operation, reply->error_message);
        return;
    }
    struct text id = json_find_text(reply->value, "StackId");
    if (operation->request.action == RESOURCE_CREATE) {
        resource_set_physical_id(operation, id);
        if (operation->cancelled) {
            resource_succeed(operation);
            return;
        }
    }
    wait_for_child(operation, operation->physical_id);
}

static void create(struct resource_operation *operation) {
    if (operation->physical_id) {
        /* Begun before a restart: the child is there and goes on by itself. */
        wait_for_child(operation, operation->physical_id);
        return;
    }
    const char *name = resource_name(operation);
    json_t *input = child_input(operation, name);
    json_object_set_new(input, "OnFailure", json_string("DO_NOTHING"));
    json_t *timeout = resource_property(operation, "TimeoutInMinutes");
    if (timeout) {
        json_object_set(input, "TimeoutInMinutes", timeout);
    }
    stack_runner_expect_child(operation->emulator, name, operation->request.stack_id);
    resource_call(operation, "cloudformation", "CreateStack", input, call_done);
    json_decref(input);
}

static void update(struct resource_operation *operation) {
    json_t *input = child_input(operation, operation->physical_id);
    resource_call(operation, "cloudformation", "UpdateStack", input, call_done);
    json_decref(input);
}

static void delete (struct resource_operation *operation) {
    json_t *input = json_pack("{s:s}", "StackName", operation->physical_id);
    resource_call(operation, "cloudformation", "DeleteStack", input, call_done);
    json_decref(input);
}

void nested_stack_start(struct resource_operation *operation) {
    switch (operation->request.action) {
    case RESOURCE_CREATE:
        create(operation);
        break;
    case RESOURCE_UPDATE:
        update(operation);
        break;
    case RESOURCE_DELETE:
        delete (operation);
        break;
    }
}

/* A child that is being created can be left to the delete that follows; it takes over. */
void nested_stack_cancel(struct resource_operation *operation) {
    if (operation->request.action == RESOURCE_CREATE && operation->physical_id) {
        stack_runner_unwatch(operation->emulator, operation);
        resource_succeed(operation);
    }
}
