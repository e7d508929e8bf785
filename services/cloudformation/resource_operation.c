#include "services/cloudformation/resource_operation.h"

#include "emulator/base/die.h"
#include "emulator/protocol/shape.h"
#include "services/cloudformation/resource_call.h"
#include "services/cloudformation/resource_types.h"

struct resource_operations {
    struct emulator *emulator;
    struct resource_operation *first;
};

/* Attempts after a throttled call, and the first of their doubling distances. */
enum { THROTTLE_RETRIES = 5, THROTTLE_DELAY_MS = 1000 };

static void advance(struct resource_operation *operation);

struct resource_operations *resource_operations_open(struct emulator *emulator) {
    struct resource_operations *operations = xcalloc(1, sizeof *operations);
    operations->emulator = emulator;
    return operations;
}

static void release(struct resource_operation *operation) {
    json_decref(operation->request.properties);
    json_decref(operation->request.old_properties);
    json_decref(operation->request.stack_tags);
    json_decref(operation->request.old_stack_tags);
    json_decref(operation->request.attributes);
    json_decref(operation->attributes);
    json_decref(operation->scratch);
    arena_close(operation->arena);
    free(operation);
}

void resource_operations_clear(struct resource_operations *operations) {
    while (operations->first) {
        struct resource_operation *operation = operations->first;
        operations->first = operation->next;
        if (operation->task) {
            task_id task = operation->task;
            operation->task = 0;
            emulator_cancel(operations->emulator, task);
        }
        release(operation);
    }
}

void resource_operations_close(struct resource_operations *operations) {
    resource_operations_clear(operations);
    free(operations);
}

struct resource_operation *resource_operations_find_resource(struct resource_operations *operations,
                                                             const char *stack_id, int serial) {
    struct resource_operation *operation = operations->first;
    while (operation &&
           (operation->request.serial != serial || strcmp(operation->request.stack_id, stack_id) != 0)) {
        operation = operation->next;
    }
    return operation;
}

void resource_operations_each(struct resource_operations *operations,
                              void (*visit)(void *argument, struct resource_operation *operation),
                              void *argument) {
    for (struct resource_operation *operation = operations->first; operation; operation = operation->next) {
        visit(argument, operation);
    }
}

bool resource_operations_runnable(const struct resource_operations *operations) {
    int64_t now_ms = emulator_now_ms(operations->emulator);
    for (const struct resource_operation *operation = operations->first; operation;
         operation = operation->next) {
        if (operation->calling || (operation->task && operation->due_ms <= now_ms)) {
            return true;
        }
    }
    return false;
}

static const char *copy(struct arena *arena, const char *string) {
    return string ? arena_strdup(arena, string) : NULL;
}

static void copy_request(struct resource_operation *operation, const struct resource_request *request) {
    struct arena *arena = operation->arena;
    struct resource_request *mine = &operation->request;
    *mine = *request;
    mine->type_name = copy(arena, request->type_name);
    mine->stack_id = copy(arena, request->stack_id);
    mine->stack_name = copy(arena, request->stack_name);
    mine->logical_id = copy(arena, request->logical_id);
    mine->physical_id = copy(arena, request->physical_id);
    mine->caller.access_key = copy(arena, request->caller.access_key);
    mine->caller.session_token = copy(arena, request->caller.session_token);
    mine->caller.arn = copy(arena, request->caller.arn);
    mine->caller.user_id = copy(arena, request->caller.user_id);
    mine->caller.signing_service = NULL;
    json_incref(mine->properties);
    json_incref(mine->old_properties);
    json_incref(mine->stack_tags);
    json_incref(mine->old_stack_tags);
    json_incref(mine->attributes);
}

static void unlink_operation(struct resource_operation *operation) {
    struct resource_operation **link = &operation->owner->first;
    while (*link != operation) {
        link = &(*link)->next;
    }
    *link = operation->next;
}

/* Tells the runner and frees; the operation is gone afterwards. */
static void end(struct resource_operation *operation) {
    struct resource_outcome outcome = {
        .succeeded = !operation->failed,
        .physical_id = operation->physical_id,
        .attributes = operation->attributes,
        .reason = operation->reason,
        .no_echo = operation->no_echo,
    };
    unlink_operation(operation);
    operation->done(operation->argument, operation, &outcome);
    release(operation);
}

static const struct type_step *steps_of(const struct resource_operation *operation) {
    const struct resource_type *type = operation->request.type;
    switch (operation->request.action) {
    case RESOURCE_CREATE:
        return type->create;
    case RESOURCE_UPDATE:
        return type->update;
    case RESOURCE_DELETE:
        return type->remove;
    }
    return NULL;
}

static void run_task(void *argument, enum task_event event) {
    struct resource_operation *operation = argument;
    operation->task = 0;
    if (event == TASK_RUN) {
        advance(operation);
    }
}

void resource_announce(struct resource_operation *operation) {
    bool due = operation->announce && !operation->finished && operation->request.initiated;
    operation->announce = false;
    if (due) {
        operation->request.initiated(operation->argument, operation);
    }
}

static void later(struct resource_operation *operation, int64_t delay_ms) {
    resource_announce(operation);
    operation->due_ms = emulator_now_ms(operation->emulator) + delay_ms;
    operation->task = emulator_schedule(operation->emulator, operation->due_ms, run_task, operation);
}

struct resource_operation *resource_operation_start(struct resource_operations *operations,
                                                    const struct resource_request *request,
                                                    resource_done_fn *done, void *argument) {
    struct resource_operation *operation = xcalloc(1, sizeof *operation);
    operation->emulator = operations->emulator;
    operation->owner = operations;
    operation->arena = arena_open();
    operation->done = done;
    operation->argument = argument;
    copy_request(operation, request);
    char token[UUID_SIZE];
    ids_uuid(emulator_ids(operations->emulator), token);
    operation->request_token = arena_strdup(operation->arena, token);
    operation->physical_id = operation->request.physical_id;
    operation->attributes = request->attributes ? json_deep_copy(request->attributes) : json_object();
    operation->scratch = json_object();
    operation->next = operations->first;
    operations->first = operation;
    if (!request->type->start) {
        operation->step = steps_of(operation);
    }
    later(operation, 0);
    return operation;
}

static bool is_throttling(const char *code) {
    static const char *const codes[] = {
        "Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded",
        "SlowDown",   "RequestThrottled"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (strcmp(code, codes[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* A function that is still being made or changed: "The operation cannot be performed at this time." */
static bool is_busy(const struct call_reply *reply) {
    return strcmp(reply->error_code, "ResourceConflictException") == 0 && reply->error_message &&
           strstr(reply->error_message, "cannot be performed at this time");
}

static bool is_ignored(const struct type_step *step, const char *code) {
    struct text rest = text_of(step->ignored);
    while (rest.data) {
        if (text_equals(text_cut(&rest, ' '), code)) {
            return true;
        }
    }
    return false;
}

static void next_step(struct resource_operation *operation) {
    if (operation->step->flags & STEP_REPEATED) {
        operation->round++;
        return;
    }
    operation->step++;
    operation->round = 0;
}

static void call_done(void *argument, const struct call_reply *reply) {
    struct resource_operation *operation = argument;
    const struct type_step *step = operation->step;
    operation->calling = false;
    bool retried = reply->error_code && (is_throttling(reply->error_code) || is_busy(reply));
    if (retried && operation->throttled < THROTTLE_RETRIES) {
        later(operation, (int64_t)THROTTLE_DELAY_MS << operation->throttled++);
        return;
    }
    operation->throttled = 0;
    bool gone = operation->request.action == RESOURCE_DELETE && reply->error_code &&
                strcmp(resource_handler_error_code(reply->error_code), "NotFound") == 0;
    if (reply->error_code && !gone && !is_ignored(step, reply->error_code)) {
        resource_fail_call(operation, step->service, reply);
        end(operation);
        return;
    }
    operation->again = false;
    if (step->reply && !gone) {
        step->reply(operation, reply);
    }
    if (operation->failed) {
        end(operation);
    } else if (operation->again) {
        later(operation, operation->again_after_ms);
    } else {
        next_step(operation);
        advance(operation);
    }
}

static bool steps_left(const struct resource_operation *operation) {
    return operation->step && (operation->step->service || operation->step->build);
}

static bool build_input(struct resource_operation *operation, const struct type_step *step, json_t *input) {
    if (step->when_changed && !resource_property_changed(operation, step->when_changed)) {
        return false;
    }
    if (step->flags & STEP_PROPERTIES) {
        resource_copy_properties(operation, input);
    }
    if (step->id_member && (step->flags & STEP_ARN)) {
        json_object_set(input, step->id_member, json_object_get(operation->attributes, "Arn"));
    } else if (step->id_member) {
        resource_set_member(input, step->id_member, operation->physical_id);
    }
    return !step->build || step->build(operation, input);
}

/* Makes the next call, or ends the operation when no step is left. */
static void advance(struct resource_operation *operation) {
    if (operation->finished) {
        end(operation);
        return;
    }
    if (operation->request.type->start) {
        /* Its end, even an immediate one, comes as a task of its own. */
        operation->request.type->start(operation);
        return;
    }
    while (steps_left(operation)) {
        const struct type_step *step = operation->step;
        json_t *input = json_object();
        bool wanted = build_input(operation, step, input);
        if (operation->failed) {
            json_decref(input);
            break;
        }
        if (wanted && step->service) {
            operation->calling = true;
            resource_announce(operation);
            resource_call(operation, step->service, step->operation, input, call_done);
            json_decref(input);
            return;
        }
        json_decref(input);
        if (!wanted || !(step->flags & STEP_REPEATED)) {
            operation->step++;
            operation->round = 0;
        } else {
            operation->round++;
        }
    }
    end(operation);
}

/* A `start` function's end may come in any turn: the operation is freed in one of its own. */
static void finish(struct resource_operation *operation) {
    if (operation->finished) {
        return;
    }
    operation->finished = true;
    if (operation->task) {
        emulator_cancel(operation->emulator, operation->task);
    }
    later(operation, 0);
}

void resource_set_physical_id(struct resource_operation *operation, struct text id) {
    operation->announce |= !operation->physical_id && operation->request.action == RESOURCE_CREATE;
    operation->physical_id = arena_text_string(operation->arena, id);
}

void resource_set_attribute(struct resource_operation *operation, const char *name, struct text value) {
    if (value.data) {
        json_object_set_new(operation->attributes, name, json_stringn(value.data, value.size));
    }
}

void resource_fail(struct resource_operation *operation, const char *reason) {
    if (operation->failed || operation->finished) {
        return;
    }
    operation->failed = true;
    operation->reason = arena_strdup(operation->arena, reason);
    if (operation->request.type->start) {
        finish(operation);
    }
}

void resource_fail_handler(struct resource_operation *operation, const char *handler_error_code,
                           const char *message) {
    resource_fail(
        operation,
        arena_printf(operation->arena,
                     "Resource handler returned message: \"%s\" (RequestToken: %s, HandlerErrorCode: %s)",
                     message, operation->request_token, handler_error_code));
}

void resource_wake(struct resource_operation *operation, int64_t delay_ms) {
    if (operation->finished) {
        return;
    }
    if (operation->task) {
        emulator_cancel(operation->emulator, operation->task);
    }
    later(operation, delay_ms);
}

void resource_succeed(struct resource_operation *operation) {
    finish(operation);
}

void resource_again(struct resource_operation *operation, int64_t delay_ms) {
    operation->again = true;
    operation->again_after_ms = delay_ms;
}
