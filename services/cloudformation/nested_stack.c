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
    if (strcmp(child->status, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS") == 0) {
        json_t *settings = deployment_document(operation->arena, child->next_settings);
        json_t *held = json_object_get(settings, "Outputs");
        outputs = held ? held : outputs;
    }
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

/* How a child's rollback began. */
struct rollback {
    struct arena *arena;
    const char *reason; /* NULL: it did not */
};

static void note_rollback(void *argument, const struct event_row *event) {
    struct rollback *rollback = argument;
    if (!rollback->reason && strcmp(event->status, "UPDATE_ROLLBACK_IN_PROGRESS") == 0) {
        rollback->reason = arena_strdup(rollback->arena, event->reason ? event->reason : "");
    }
}

/* AWS says this as soon as the child begins to go back; here that may be over in the same moment. */
static const char *update_failure(struct resource_operation *operation, const struct stack_row *child) {
    struct rollback rollback = {.arena = operation->arena};
    const char *status = child->status;
    const char *reason = child->status_reason ? child->status_reason : "";
    if (strncmp(status, "UPDATE_ROLLBACK_", 16) == 0 && !operation->request.restoring) {
        enum { LATEST = 50 };
        event_store_each(emulator_store(operation->emulator), operation->arena, child->stack_id, INT64_MAX,
                         LATEST, note_rollback, &rollback);
    }
    if (rollback.reason) {
        status = "UPDATE_ROLLBACK_IN_PROGRESS";
        reason = rollback.reason;
    }
    return arena_printf(operation->arena,
                        "Embedded stack %s was not successfully updated. Currently in %s with reason: %s",
                        child->stack_id, status, reason);
}

static void fail_embedded(struct resource_operation *operation, const struct stack_row *child) {
    const char *reason = child->status_reason ? child->status_reason : "";
    switch (operation->request.action) {
    case RESOURCE_CREATE:
        reason = arena_printf(operation->arena, "Embedded stack %s was not successfully created: %s",
                              child->stack_id, reason);
        break;
    case RESOURCE_UPDATE:
        reason = update_failure(operation, child);
        break;
    case RESOURCE_DELETE:
        reason = arena_printf(operation->arena, "Embedded stack %s was not successfully deleted: %s",
                              child->stack_id, reason);
        break;
    }
    resource_fail(operation, reason);
}

/* What a child's status says of the operation. */
enum verdict { VERDICT_WAIT, VERDICT_GOOD, VERDICT_BAD };

static enum verdict verdict_on_update(const struct resource_operation *operation, enum stack_status status) {
    bool restoring = operation->request.restoring;
    switch ((int)status) {
    case STACK_UPDATE_COMPLETE:
    case STACK_UPDATE_COMPLETE_CLEANUP_IN_PROGRESS:
        return VERDICT_GOOD;
    case STACK_UPDATE_ROLLBACK_COMPLETE:
    case STACK_UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS:
        return restoring ? VERDICT_GOOD : VERDICT_BAD;
    case STACK_UPDATE_ROLLBACK_IN_PROGRESS:
        /* The parent does not wait for the end of its child's rollback before it begins its own. */
        return restoring ? VERDICT_WAIT : VERDICT_BAD;
    default:
        return stack_status_in_progress(status) ? VERDICT_WAIT : VERDICT_BAD;
    }
}

static enum verdict verdict_on(const struct resource_operation *operation, enum stack_status status) {
    enum resource_action action = operation->request.action;
    if (action == RESOURCE_UPDATE && !operation->request.releasing) {
        return verdict_on_update(operation, status);
    }
    if (stack_status_in_progress(status)) {
        return VERDICT_WAIT;
    }
    bool good = operation->request.releasing ||
                status == (action == RESOURCE_CREATE ? STACK_CREATE_COMPLETE : STACK_DELETE_COMPLETE);
    return good ? VERDICT_GOOD : VERDICT_BAD;
}

/* True when the child is through; then the operation has ended. */
static bool judge(struct resource_operation *operation, const char *child_id) {
    struct stack_row child;
    if (!stack_store_find_id(emulator_store(operation->emulator), operation->arena, child_id, &child)) {
        resource_succeed(operation);
        return true;
    }
    switch (verdict_on(operation, stack_status_of(child.status))) {
    case VERDICT_WAIT:
        return false;
    case VERDICT_GOOD:
        operation->held = stack_status_in_progress(stack_status_of(child.status));
        note_outputs(operation, &child);
        resource_succeed(operation);
        return true;
    case VERDICT_BAD:
        fail_embedded(operation, &child);
        return true;
    }
    return true;
}

static void watch_child(struct resource_operation *operation, const char *child_id);

static void child_changed(void *argument, const char *stack_id) {
    watch_child(argument, stack_id);
}

static void watch_child(struct resource_operation *operation, const char *child_id) {
    if (!judge(operation, child_id)) {
        stack_runner_watch(operation->emulator, child_id, child_changed, operation);
    }
}

static void wait_for_child(struct resource_operation *operation, const char *child_id) {
    watch_child(operation, child_id);
    resource_announce(operation);
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

/* True when there is a child that goes its way by itself: only to be waited for. */
static bool steer(struct resource_operation *operation) {
    struct stack_row child;
    struct store *store = emulator_store(operation->emulator);
    if (!stack_store_find_id(store, operation->arena, operation->physical_id, &child)) {
        return operation->request.releasing;
    }
    if (operation->request.releasing) {
        stack_runner_steer_child(operation->emulator, operation->physical_id, stack_machine_release);
        return true;
    }
    if (operation->request.restoring && strcmp(child.status, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS") == 0) {
        stack_runner_steer_child(operation->emulator, operation->physical_id, stack_machine_revert);
        return true;
    }
    bool rolled_back = operation->request.restoring && strcmp(child.status, "UPDATE_ROLLBACK_COMPLETE") == 0;
    /* In progress: it rolls back by itself, or its update was begun before a restart. */
    return rolled_back || stack_status_in_progress(stack_status_of(child.status));
}

static void update(struct resource_operation *operation) {
    if (steer(operation)) {
        wait_for_child(operation, operation->physical_id);
        return;
    }
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

static bool is_updating(struct resource_operation *operation) {
    struct stack_row child;
    return stack_store_find_id(emulator_store(operation->emulator), operation->arena, operation->physical_id,
                               &child) &&
           strcmp(child.status, "UPDATE_IN_PROGRESS") == 0;
}

/*
 * A child that is being created can be left to the delete that follows; it takes over. One that is being
 * updated begins to go back, which the parent's own rollback waits for.
 */
void nested_stack_cancel(struct resource_operation *operation) {
    bool creating = operation->request.action == RESOURCE_CREATE && operation->physical_id;
    bool updating = operation->request.action == RESOURCE_UPDATE && !operation->request.restoring &&
                    !operation->request.releasing && is_updating(operation);
    if (!creating && !updating) {
        return;
    }
    stack_runner_unwatch(operation->emulator, operation);
    if (updating) {
        stack_runner_steer_child(operation->emulator, operation->physical_id, stack_machine_cancel_update);
    }
    resource_succeed(operation);
}
