/*
 * One create, update or delete of one physical resource on its way: a chain of calls to other services,
 * each in a turn of its own. Knows nothing of stacks' states; it starts with resolved properties and ends
 * with an outcome.
 */
#ifndef STACKRIG_CLOUDFORMATION_RESOURCE_OPERATION_H
#define STACKRIG_CLOUDFORMATION_RESOURCE_OPERATION_H

#include <jansson.h>

#include "emulator/core/emulator.h"

struct resource_type;
struct resource_operation;
struct resource_operations;

enum resource_action { RESOURCE_CREATE, RESOURCE_UPDATE, RESOURCE_DELETE };

/* What to do; everything is copied (json values get a reference and must not change any more). */
struct resource_request {
    enum resource_action action;
    const struct resource_type *type;
    const char *type_name; /* as written: Custom::X */
    const char *stack_id;
    const char *stack_name;
    const char *logical_id;
    const char *physical_id; /* update, delete; create: NULL */
    json_t *properties;      /* resolved; delete: the last accepted ones */
    json_t *old_properties;  /* update */
    json_t *stack_tags;      /* [{"Key","Value"}] or NULL */
    json_t *old_stack_tags;  /* update: those the resource was last given */
    json_t *attributes;      /* as the last operation left them; NULL */
    bool restoring;          /* update: back to what was before the stack's operation */
    bool releasing;          /* of a nested stack: only let it clean up */
    struct identity caller;
    int serial; /* the runner's: which resource, and which work on it */
    int work;
    /* Told once when a create has an id. May be NULL. */
    void (*initiated)(void *argument, const struct resource_operation *operation);
};

struct resource_outcome {
    bool succeeded;
    const char *physical_id; /* NULL: nothing came into being */
    json_t *attributes;      /* object for Fn::GetAtt; borrowed */
    const char *reason;      /* of a failure */
    bool no_echo;            /* custom resources: attributes are masked in views */
};

typedef void resource_done_fn(void *argument, const struct resource_operation *operation,
                              const struct resource_outcome *outcome);

struct resource_operation {
    struct emulator *emulator;
    struct arena *arena; /* lives as long as the operation */
    struct resource_request request;
    const char *request_token; /* "RequestToken" of error texts */
    const char *physical_id;
    json_t *attributes; /* owned */
    json_t *scratch;    /* owned: what one step leaves for the next */
    bool held;          /* a nested stack that waits with its cleanup */
    bool cancelled;     /* the runner's: nobody wants the outcome but to clear it away */
    int round;          /* of a repeated step */

    /* Private to resource_operation.c. */
    struct resource_operations *owner;
    struct resource_operation *next;
    const struct type_step *step;
    int throttled;
    bool announce; /* there is a new physical id that the runner has not heard of */
    bool again;
    int64_t again_after_ms;
    bool failed;
    bool finished;
    const char *reason;
    bool no_echo;
    task_id task;
    int64_t due_ms; /* of the task */
    bool calling;
    resource_done_fn *done;
    void *argument;
};

/* All operations on their way in one emulator. */
struct resource_operations *resource_operations_open(struct emulator *emulator);
/* Forgets them all; nobody is told. */
void resource_operations_clear(struct resource_operations *operations);
void resource_operations_close(struct resource_operations *operations);
/* The one under way on this resource, or NULL. */
struct resource_operation *resource_operations_find_resource(struct resource_operations *operations,
                                                             const char *stack_id, int serial);

void resource_operations_each(struct resource_operations *operations,
                              void (*visit)(void *argument, struct resource_operation *operation),
                              void *argument);
/* True while some operation has work that needs no time to pass. */
bool resource_operations_runnable(const struct resource_operations *operations);

/* Begins. done is called exactly once, in a later turn, unless the operations are cleared. */
struct resource_operation *resource_operation_start(struct resource_operations *operations,
                                                    const struct resource_request *request,
                                                    resource_done_fn *done, void *argument);

/* ---- For the types' functions ---- */

/* The resource exists from here on under this id (copied). */
void resource_set_physical_id(struct resource_operation *operation, struct text id);
void resource_set_attribute(struct resource_operation *operation, const char *name, struct text value);
/* Tells the runner of a new id before a wait; operations that end at once need no such step. */
void resource_announce(struct resource_operation *operation);
/* Ends the operation: "Resource handler returned message: ..." is made of message and code. */
void resource_fail_handler(struct resource_operation *operation, const char *handler_error_code,
                           const char *message);
/* Ends it with exactly this reason (copied). */
void resource_fail(struct resource_operation *operation, const char *reason);
/* For `start` functions: ends it. */
void resource_succeed(struct resource_operation *operation);
/* For `start` functions that wait: calls `start` again after delay_ms, or sooner when woken again. */
void resource_wake(struct resource_operation *operation, int64_t delay_ms);
/* Makes the current step's call once more after delay_ms of emulator time. */
void resource_again(struct resource_operation *operation, int64_t delay_ms);

/* A resolved property, NULL when absent. */
json_t *resource_property(const struct resource_operation *operation, const char *name);
/* As text: scalars are written out; NULL when absent or no scalar. In the arena. */
const char *resource_property_string(struct resource_operation *operation, const char *name);
json_t *resource_old_property(const struct resource_operation *operation, const char *name);
/* Update: whether it differs from before ("Tags": with the stack's). Other actions: whether it is there. */
bool resource_property_changed(const struct resource_operation *operation, const char *name);
/* The value of a scalar as text, in the arena; NULL for others. */
const char *resource_scalar_text(struct arena *arena, const json_t *value);
/* Copies every property that the operation's input declares under its API name. */
void resource_copy_properties(struct resource_operation *operation, json_t *input);
/* Sets a text member unless value is NULL. */
void resource_set_member(json_t *input, const char *member, const char *value);
/*
 * What the resource is tagged with: its property Tags over its stack's tags, and where its type has them
 * AWS's own ("aws:cloudformation:stack-name" ...): [{Key, Value}]. New reference.
 */
json_t *resource_all_tags(struct resource_operation *operation);
/* The same as {"key": "value"}. New reference. */
json_t *resource_all_tags_map(struct resource_operation *operation);
/* For `build`: the member TagKeys, those that an update takes away. Tags set on the resource by others stay.
 */
bool resource_untag(struct resource_operation *operation, json_t *input);
/* For `build`: the member Tags as a list or as a map. */
bool resource_tag_list(struct resource_operation *operation, json_t *input);
bool resource_tag_map(struct resource_operation *operation, json_t *input);
/* The same for creates: an input without tags has no such member. */
void resource_add_tag_list(struct resource_operation *operation, json_t *input);
/* A policy document as JSON text, in the arena. */
const char *resource_document_text(struct resource_operation *operation, const json_t *document);
/* The physical name: the type's name property, else a generated one; the same each time it is asked. */
const char *resource_name(struct resource_operation *operation);

#endif
