/* CreateChangeSet, DescribeChangeSet, ExecuteChangeSet, DeleteChangeSet, ListChangeSets. */
#include "services/cloudformation/change_sets.h"

#include "services/cloudformation/deployment_changes.h"
#include "services/cloudformation/deployment_request.h"
#include "services/cloudformation/stack_begin.h"
#include "services/cloudformation/stack_describe.h"

#define NO_CHANGES                                                                                           \
    "The submitted information didn't contain changes. Submit different information to create a change set."

static bool is_arn(const char *name) {
    return strncmp(name, "arn:", 4) == 0;
}

static bool is_creation(struct input input) {
    const char *type = input_string(input, "ChangeSetType");
    return type && strcmp(type, "CREATE") == 0;
}

/* ---- CreateChangeSet ---- */

/* Its name is free again. */
static bool was_executed(const struct change_set_row *row) {
    return strcmp(row->execution_status, "EXECUTE_COMPLETE") == 0 ||
           strcmp(row->execution_status, "EXECUTE_FAILED") == 0;
}

/* Refuses by the stack's state; called before and after the waiting for other services. */
static bool admit(struct call *call, struct input input, bool exists, const struct stack_row *row,
                  struct result *result) {
    const char *name = input_string(input, "StackName");
    const char *change_set = input_string(input, "ChangeSetName");
    bool review = exists && strcmp(row->status, "REVIEW_IN_PROGRESS") == 0;
    struct change_set_row known;
    if (is_creation(input) && exists && !review) {
        *result = call_error(call, &error_validation_error,
                             "Stack [%s] already exists and cannot be created again with the changeSet [%s].",
                             name, change_set);
        return false;
    }
    if (!is_creation(input) && (!exists || review)) {
        *result = cloudformation_stack_missing(call, "Stack [%s] does not exist", name);
        return false;
    }
    if (!is_creation(input)) {
        const char *refusal =
            stack_request_refusal(call->arena, stack_status_of(row->status), REQUEST_UPDATE, row->stack_id);
        if (refusal) {
            *result = cloudformation_refuse(call, refusal);
            return false;
        }
    }
    if (exists && change_set_store_find(call->store, call->arena, row->stack_id, change_set, &known) &&
        !was_executed(&known)) {
        *result = call_error(call, &cloudformation_error_AlreadyExistsException,
                             "ChangeSet [%s] already exists", change_set);
        return false;
    }
    return true;
}

static void begin_review(struct call *call, const char *stack_id, const char *name) {
    struct stack_row row = {
        .stack_id = stack_id,
        .account = call->identity.account,
        .region = call->identity.region,
        .name = name,
        .status = "REVIEW_IN_PROGRESS",
        .created_ms = call->now_ms,
    };
    stack_begin_operation(call, &row, NULL);
    stack_store_insert(call->store, &row);
    struct stack_run *run = stack_runner_run(call->emulator, stack_id);
    struct machine_actions actions = {.arena = call->arena};
    stack_machine_review(run->state, &actions);
    stack_runner_carry_out(run, &actions, NULL);
    stack_runner_release(stack_runner_run(call->emulator, stack_id));
}

static void judge(struct call *call, const struct stack_row *row, bool exists, const struct deployment *after,
                  struct change_set_row *change_set) {
    struct deployment *before = exists ? stack_begin_present(call, row) : NULL;
    struct stack_run *run = stack_runner_run(call->emulator, change_set->stack_id);
    json_t *changes = json_pack("{s:O, s:O}", "Plain", deployment_changes(before, after, run->state, false),
                                "Values", deployment_changes(before, after, run->state, true));
    stack_runner_release(run);
    bool differs = !before || deployment_differs(before, after);
    change_set->changes = deployment_dump(call->arena, changes);
    json_decref(changes);
    change_set->status = differs ? "CREATE_COMPLETE" : "FAILED";
    change_set->execution_status = differs ? "AVAILABLE" : "UNAVAILABLE";
    change_set->reason = differs ? NULL : NO_CHANGES;
    const char *error = deployment_setting(after->settings, "TransformError");
    if (error) {
        change_set->changes = "{}";
        change_set->status = "FAILED";
        change_set->execution_status = "UNAVAILABLE";
        change_set->reason = error;
    }
}

static struct result create_change_set(struct deployment_request *request) {
    struct call *call = request->call;
    struct input input = request->input;
    struct stack_row row;
    struct result result;
    bool exists = cloudformation_find_stack(call, input_string(input, "StackName"), &row);
    if (!admit(call, input, exists, &row, &result)) {
        return result;
    }
    if (exists && row.settings) {
        struct stack_run *run = stack_runner_run(call->emulator, row.stack_id);
        const char *error = stack_plan_type_change(call->arena, request->deployment->plan,
                                                   stack_state_types(call->arena, run->state));
        stack_runner_release(run);
        if (error) {
            return cloudformation_refuse(call, error);
        }
    }
    const char *name = input_string(input, "ChangeSetName");
    struct change_set_row change_set = {
        .change_set_id =
            arena_printf(call->arena, "arn:aws:cloudformation:%s:%s:changeSet/%s/%s", call->identity.region,
                         call->identity.account, name, stack_begin_uuid(call)),
        .account = call->identity.account,
        .region = call->identity.region,
        .stack_id = request->place.stack_id,
        .stack_name = request->place.stack_name,
        .name = name,
        .created_ms = call->now_ms,
        .settings = deployment_dump(call->arena, request->deployment->settings),
        .template_body = arena_text_string(call->arena, request->deployment->body),
        .caller = stack_begin_caller(call),
    };
    if (!exists) {
        begin_review(call, change_set.stack_id, change_set.stack_name);
    }
    judge(call, &row, exists, request->deployment, &change_set);
    change_set_store_insert(call->store, &change_set);
    output_string(call_output(call), "Id", change_set.change_set_id);
    output_string(call_output(call), "StackId", change_set.stack_id);
    return result_output();
}

struct result cloudformation_create_change_set(struct call *call, struct input input) {
    const char *name = input_string(input, "StackName");
    const char *type = input_string(input, "ChangeSetType");
    if ((type && strcmp(type, "IMPORT") == 0) || input_has(input, "ResourcesToImport")) {
        return call_error(call, &error_not_implemented,
                          "Change sets that import resources are not emulated.");
    }
    /* Rules of the API Reference; the texts are ours. */
    const char *on_failure = input_string(input, "OnStackFailure");
    if (on_failure && strcmp(on_failure, "DELETE") == 0 && !is_creation(input)) {
        return cloudformation_refuse(call,
                                     "OnStackFailure can be DELETE only for change sets of type CREATE.");
    }
    struct stack_row row;
    struct result result;
    bool exists = cloudformation_find_stack(call, name, &row);
    if (!admit(call, input, exists, &row, &result)) {
        return result;
    }
    struct deployment_request *request = arena_zalloc(call->arena, sizeof *request);
    *request = (struct deployment_request){
        .call = call,
        .input = input,
        .ready = create_change_set,
        .operation = "CreateChangeSet",
        .previous_template = exists ? row.template_body : NULL,
        .previous_settings = exists ? deployment_document(call->arena, row.settings) : NULL,
        .place = {call->identity.account, call->identity.region,
                  exists ? row.stack_id : stack_begin_new_id(call, name), exists ? row.name : name},
    };
    return deployment_request_start(request);
}

/* ---- finding ---- */

static struct result not_found(struct call *call, const char *name) {
    return call_error(call, &cloudformation_error_ChangeSetNotFoundException, "ChangeSet [%s] does not exist",
                      name);
}

/* may_miss: one that is gone already is no error (DeleteChangeSet). */
static bool find(struct call *call, struct input input, struct change_set_row *row, bool may_miss,
                 struct result *result) {
    const char *name = input_string(input, "ChangeSetName");
    const char *stack_name = input_string(input, "StackName");
    struct stack_row stack;
    bool found;
    if (is_arn(name)) {
        found = change_set_store_find_id(call->store, call->arena, name, row) &&
                strcmp(row->account, call->identity.account) == 0;
    } else if (!stack_name) {
        *result =
            cloudformation_refuse(call, "StackName must be specified if ChangeSetName is not specified as an "
                                        "ARN.");
        return false;
    } else if (!cloudformation_find_stack(call, stack_name, &stack)) {
        *result = cloudformation_stack_missing(call, "Stack [%s] does not exist", stack_name);
        return false;
    } else {
        found = change_set_store_find(call->store, call->arena, stack.stack_id, name, row);
    }
    if (!found) {
        *result = may_miss ? result_output() : not_found(call, name);
    }
    return found;
}

/* ---- DescribeChangeSet ---- */

static void copy_string(struct output *out, const json_t *object, const char *name) {
    output_string(out, name, deployment_setting(object, name));
}

static void describe_detail(struct output *out, const json_t *detail, bool values) {
    const json_t *target = json_object_get(detail, "Target");
    output_begin_structure(out, NULL);
    output_begin_structure(out, "Target");
    copy_string(out, target, "Attribute");
    copy_string(out, target, "Name");
    copy_string(out, target, "RequiresRecreation");
    if (values) {
        copy_string(out, target, "Path");
        copy_string(out, target, "BeforeValue");
        copy_string(out, target, "AfterValue");
        copy_string(out, target, "AttributeChangeType");
    }
    output_end(out);
    copy_string(out, detail, "Evaluation");
    copy_string(out, detail, "ChangeSource");
    copy_string(out, detail, "CausingEntity");
    output_end(out);
}

static void describe_change(struct output *out, const json_t *change, bool values) {
    size_t i;
    json_t *item;
    output_begin_structure(out, NULL);
    output_string(out, "Type", "Resource");
    output_begin_structure(out, "ResourceChange");
    copy_string(out, change, "PolicyAction");
    copy_string(out, change, "Action");
    copy_string(out, change, "LogicalResourceId");
    copy_string(out, change, "PhysicalResourceId");
    copy_string(out, change, "ResourceType");
    copy_string(out, change, "Replacement");
    stack_describe_strings(out, "Scope", json_object_get(change, "Scope"), true);
    output_begin_list(out, "Details");
    json_array_foreach(json_object_get(change, "Details"), i, item) {
        describe_detail(out, item, values);
    }
    output_end(out);
    if (values) {
        copy_string(out, change, "BeforeContext");
        copy_string(out, change, "AfterContext");
    }
    output_end(out);
    output_end(out);
}

struct result cloudformation_describe_change_set(struct call *call, struct input input) {
    struct change_set_row row;
    struct result result;
    if (!find(call, input, &row, false, &result)) {
        return result;
    }
    bool values = input_boolean(input, "IncludePropertyValues", false);
    const json_t *settings = deployment_document(call->arena, row.settings);
    struct output *out = call_output(call);
    output_string(out, "ChangeSetName", row.name);
    output_string(out, "ChangeSetId", row.change_set_id);
    output_string(out, "StackId", row.stack_id);
    output_string(out, "StackName", row.stack_name);
    copy_string(out, settings, "Description");
    stack_describe_parameters(out, settings);
    output_timestamp(out, "CreationTime", row.created_ms);
    output_string(out, "ExecutionStatus", row.execution_status);
    output_string(out, "Status", row.status);
    output_string(out, "StatusReason", row.reason);
    stack_describe_strings(out, "NotificationARNs", json_object_get(settings, "NotificationARNs"), true);
    stack_describe_rollback(out, json_object_get(settings, "RollbackConfiguration"));
    stack_describe_strings(out, "Capabilities", json_object_get(settings, "Capabilities"), true);
    if (json_array_size(json_object_get(settings, "Tags")) > 0) {
        stack_describe_tags(out, json_object_get(settings, "Tags"));
    }
    size_t i;
    json_t *change;
    output_begin_list(out, "Changes");
    const json_t *changes =
        json_object_get(deployment_document(call->arena, row.changes), values ? "Values" : "Plain");
    json_array_foreach(changes, i, change) {
        describe_change(out, change, values);
    }
    output_end(out);
    output_boolean(out, "IncludeNestedStacks", false);
    copy_string(out, settings, "OnStackFailure");
    return result_output();
}

/* ---- ListChangeSets, DeleteChangeSet ---- */

static void list_change_set(void *argument, const struct change_set_row *row) {
    struct output *out = argument;
    if (was_executed(row)) {
        return;
    }
    json_t *settings = json_loads(row->settings, 0, NULL);
    output_begin_structure(out, NULL);
    output_string(out, "StackId", row->stack_id);
    output_string(out, "StackName", row->stack_name);
    output_string(out, "ChangeSetId", row->change_set_id);
    output_string(out, "ChangeSetName", row->name);
    output_string(out, "ExecutionStatus", row->execution_status);
    output_string(out, "Status", row->status);
    output_string(out, "StatusReason", row->reason);
    output_timestamp(out, "CreationTime", row->created_ms);
    copy_string(out, settings, "Description");
    output_boolean(out, "IncludeNestedStacks", false);
    output_end(out);
    json_decref(settings);
}

struct result cloudformation_list_change_sets(struct call *call, struct input input) {
    const char *name = input_string(input, "StackName");
    struct stack_row row;
    if (!cloudformation_find_stack(call, name, &row)) {
        return cloudformation_stack_missing(call, "Stack [%s] does not exist", name);
    }
    output_begin_list(call_output(call), "Summaries");
    change_set_store_each(call->store, call->arena, row.stack_id, list_change_set, call_output(call));
    output_end(call_output(call));
    return result_output();
}

struct result cloudformation_delete_change_set(struct call *call, struct input input) {
    struct change_set_row row;
    struct result result = result_output();
    if (!find(call, input, &row, true, &result)) {
        return result;
    }
    if (strcmp(row.execution_status, "EXECUTE_IN_PROGRESS") == 0) {
        return call_error(call, &cloudformation_error_InvalidChangeSetStatusException,
                          "ChangeSet [%s] cannot be deleted in its current status of [%s]", row.change_set_id,
                          row.execution_status);
    }
    change_set_store_remove(call->store, row.change_set_id);
    return result_output();
}

/* ---- ExecuteChangeSet ---- */

static void execute(struct call *call, struct input input, struct change_set_row *change_set,
                    struct stack_row *row) {
    json_t *settings = deployment_document(call->arena, change_set->settings);
    if (input_has(input, "DisableRollback")) {
        json_object_set_new(settings, "DisableRollback",
                            json_boolean(input_boolean(input, "DisableRollback", false)));
    }
    if (input_boolean(input, "RetainExceptOnCreate", false)) {
        json_object_set_new(settings, "RetainExceptOnCreate", json_true());
    }
    struct deployment_place place = {row->account, row->region, row->stack_id, row->name};
    const char *error = NULL;
    struct deployment *deployment = deployment_open(call->arena, &place, change_set->template_body,
                                                    deployment_dump(call->arena, settings), &error);
    bool creation = strcmp(row->status, "REVIEW_IN_PROGRESS") == 0;
    row->change_set_id = change_set->change_set_id;
    row->updated_ms = call->now_ms;
    stack_begin_operation(call, row, input_string(input, "ClientRequestToken"));
    change_set->execution_status = "EXECUTE_IN_PROGRESS";
    change_set_store_update(call->store, change_set);
    change_set_store_remove_others(call->store, row->stack_id, change_set->change_set_id);
    if (creation) {
        stack_begin_create(call, row, true, deployment);
    } else {
        stack_begin_update(call, row, deployment, input_boolean(input, "DisableRollback", false),
                           row->policy);
    }
}

struct result cloudformation_execute_change_set(struct call *call, struct input input) {
    struct change_set_row change_set;
    struct stack_row row;
    struct result result;
    if (!find(call, input, &change_set, false, &result)) {
        return result;
    }
    bool available = strcmp(change_set.status, "CREATE_COMPLETE") == 0 &&
                     strcmp(change_set.execution_status, "AVAILABLE") == 0;
    if (!available) {
        bool complete = strcmp(change_set.status, "CREATE_COMPLETE") == 0;
        return call_error(call, &cloudformation_error_InvalidChangeSetStatusException,
                          "ChangeSet [%s] cannot be executed in its current %sstatus of [%s]",
                          change_set.change_set_id, complete ? "execution " : "",
                          complete ? change_set.execution_status : change_set.status);
    }
    if (!stack_store_find_id(call->store, call->arena, change_set.stack_id, &row) || row.deleted) {
        return cloudformation_stack_missing(call, "Stack [%s] does not exist", change_set.stack_name);
    }
    const json_t *settings = deployment_document(call->arena, change_set.settings);
    if (input_has(input, "DisableRollback") && json_object_get(settings, "OnStackFailure")) {
        return cloudformation_refuse(call,
                                     "DisableRollback cannot be given for a change set that was created "
                                     "with OnStackFailure.");
    }
    bool creation = strcmp(row.status, "REVIEW_IN_PROGRESS") == 0;
    const char *refusal = creation ? NULL
                                   : stack_request_refusal(call->arena, stack_status_of(row.status),
                                                           REQUEST_UPDATE, row.stack_id);
    if (refusal) {
        return cloudformation_refuse(call, refusal);
    }
    execute(call, input, &change_set, &row);
    return result_output();
}

void change_set_finished(struct stack_run *run, struct arena *arena) {
    struct change_set_row row;
    const char *id = run->row.change_set_id;
    if (!id || !change_set_store_find_id(run->store, arena, id, &row) ||
        strcmp(row.execution_status, "EXECUTE_IN_PROGRESS") != 0) {
        return;
    }
    enum stack_status status = stack_state_status(run->state);
    bool good = status == STACK_CREATE_COMPLETE || status == STACK_UPDATE_COMPLETE;
    row.execution_status = good ? "EXECUTE_COMPLETE" : "EXECUTE_FAILED";
    change_set_store_update(run->store, &row);
}
