/*
 * The life of one stack: state and event in, actions out. Pure: no store, no clock, no calls, no randomness.
 *
 * The state holds all that is known of the stack's resources, their properties and attributes included, so
 * the runner keeps no second copy. It is kept as one small JSON document for the stack and one for each
 * resource (stack_state_write(), stack_resource_write()); those of resources only need writing when `dirty`.
 *
 * How the runner drives it, all in one transaction:
 *   struct stack_state *state = stack_state_open(stack_document);       NULL for a new stack
 *   stack_state_add(state, resource_document) for each row, in the order of their serials
 *   stack_machine_create(state, &plan, &options, &actions)              or update, delete ... or
 *   stack_machine_step(state, &event, &actions)
 *   carry out actions.rows in order (table below); answers that are known at once are stepped afterwards,
 *   never from within the loop over the actions of the step before
 *   write the stack document and every resource with `dirty`; delete rows of resources with `gone`
 *   stack_state_close(state)
 *
 * | action           | the runner                                              | answers with
 * | EMIT_STACK       | stack event; the stack's row gets status and reason     | -
 * | EMIT_RESOURCE    | resource event; DescribeStackResources shows it         | -
 * | RESOLVE          | evaluates the properties of the operation's template;   | RESOLVED or RESOLVE_FAILED
 * |                  | Ref and GetAtt read stack_state_find()                  |
 * | CREATE           | makes it                                                | (INITIATED) SUCCEEDED |
 * FAILED | UPDATE           | changes it; action.old_properties are the present ones  | SUCCEEDED | FAILED |
 * DELETE           | deletes it                                              | SUCCEEDED | FAILED | CANCEL |
 * gives the work up: custom resources at once, native     | CANCELLED |                  | ones when it is
 * known whether something exists          | | EVALUATE_OUTPUTS | evaluates Outputs, registers exports |
 * OUTPUTS_READY | OUTPUTS_FAILED | TIMER            | sends MACHINE_TIMER after delay_ms of clock time |
 * TIMER | FINISHED         | the operation has ended; action.keep_new says which     | - |                  |
 * template, parameters and outputs are the stack's now    | Every answer carries action.resource and
 * action.work; one that comes too late (other work) is ignored, so the runner need not remember what it
 * cancelled.
 */
#ifndef STACKRIG_CLOUDFORMATION_STACK_MACHINE_H
#define STACKRIG_CLOUDFORMATION_STACK_MACHINE_H

#include <jansson.h>

#include "emulator/base/arena.h"
#include "services/cloudformation/stack_plan.h"
#include "services/cloudformation/stack_status.h"

/* ---- state --------------------------------------------------------------------------------------- */

/* What is happening to a resource within the present operation. */
enum resource_step {
    STEP_IDLE,       /* nothing (left) to do */
    STEP_WAITING,    /* for its dependencies */
    STEP_RESOLVING,  /* RESOLVE sent */
    STEP_CREATING,   /* CREATE sent */
    STEP_REPLACING,  /* CREATE sent for the successor of something */
    STEP_UPDATING,   /* UPDATE sent */
    STEP_RESTORING,  /* UPDATE sent, back to the last stable properties */
    STEP_CLEARING,   /* DELETE of a failed predecessor before creating anew */
    STEP_CANCELLING, /* CANCEL sent */
    STEP_DELETING,   /* DELETE sent */
    STEP_DONE,       /* this phase's work succeeded */
    STEP_FAILED,     /* this phase's work failed */
    STEP_RELEASING,  /* RELEASE sent: a nested stack cleans up */
    STEP_COUNT,
};

/* Properties as sent to the resource and as the API shows them (secrets masked). Borrowed references. */
struct properties {
    json_t *sent;  /* NULL: none */
    json_t *shown; /* NULL: as sent */
};

/*
 * One resource, or something left over from one (an old physical resource that waits to be deleted in
 * cleanup). Read-only outside stack_machine*.c.
 */
struct stack_resource {
    int serial; /* unique within the stack, never reused: the key of its row */
    const char *logical_id;
    const char *type;
    bool held;     /* a nested stack that waits with its cleanup for this stack's; the machine's own */
    bool leftover; /* not the resource itself: hidden from DescribeStackResources */
    bool dirty;    /* changed since stack_state_open(): write its row */
    bool gone;     /* delete its row; stack_state_find() passes over it */
    enum resource_status status;
    const char *status_reason; /* NULL: none */
    const char *physical_id;   /* "" while none is known */
    struct properties current; /* last sent to the physical resource */
    json_t *attributes;        /* object for GetAtt, of the last accepted answer; NULL: none */
    bool attributes_no_echo;

    /* The machine's own. */
    enum resource_step step;
    int work;                   /* number of the work in flight; 0: none */
    bool wanted;                /* in the operation's template */
    bool selected;              /* the present phase has work for it */
    bool blocked;               /* deletes: something that depends on it is still there; not stored */
    bool changed;               /* since the last stable state: a rollback has to show it restored */
    bool touched;               /* called since then: a rollback has to call it again */
    bool retain;                /* leftover: UpdateReplacePolicy keeps it */
    bool skip;                  /* deletion: RetainResources names it */
    int failure;                /* its place among the failures of the phase; 0: none */
    const char *replacement_id; /* of a successor under way; NULL: none */
    bool initiated;             /* "Resource creation Initiated" was emitted */
    int attempts;               /* deletes tried in cleanup */
    const char *generated_id;   /* fallback for a create that ends without an id; NULL: none */
    struct properties target;   /* of the operation's template */
    bool stable;                /* has a last known stable state: the four below */
    const char *stable_physical_id;
    struct properties stable_properties;
    json_t *stable_attributes;
    bool stable_no_echo;
    json_t *dependencies;        /* array of logical ids: of the operation's template, else of the stack's */
    json_t *stable_dependencies; /* the same at the last stable state */
    enum deletion_policy deletion_policy;
    enum deletion_policy update_replace_policy;
    enum deletion_policy stable_deletion_policy;
    enum deletion_policy stable_update_replace_policy;
};

enum failure_policy { FAILURE_ROLLBACK, FAILURE_DO_NOTHING, FAILURE_DELETE };

struct stack_state;

/* document: what stack_state_write() gave, or NULL for a new stack. */
struct stack_state *stack_state_open(const char *document);
/* document: what stack_resource_write() gave. */
void stack_state_add(struct stack_state *state, const char *document);
void stack_state_close(struct stack_state *state);

/* In the arena. */
char *stack_state_write(struct arena *arena, const struct stack_state *state);
char *stack_resource_write(struct arena *arena, const struct stack_resource *resource);

enum stack_status stack_state_status(const struct stack_state *state);
/* NULL: none. */
const char *stack_state_reason(const struct stack_state *state);
size_t stack_state_count(const struct stack_state *state);
/* 0 .. count-1, leftovers and gone ones included. */
const struct stack_resource *stack_state_at(const struct stack_state *state, size_t index);
/* The resource itself, never a leftover; NULL: not (any more) in the stack. */
const struct stack_resource *stack_state_find(const struct stack_state *state, const char *logical_id);
const struct stack_resource *stack_state_serial(const struct stack_state *state, int serial);
/* After the rows are written. */
void stack_state_clean(struct stack_state *state);
/* Object logical id -> type of what exists: for stack_plan_type_change(). Owned by the arena. */
json_t *stack_state_types(struct arena *arena, const struct stack_state *state);

/* ---- actions ------------------------------------------------------------------------------------- */

enum machine_action_kind {
    ACTION_EMIT_STACK,
    ACTION_EMIT_RESOURCE,
    ACTION_RESOLVE,
    ACTION_CREATE,
    ACTION_UPDATE,
    ACTION_DELETE,
    ACTION_CANCEL,
    ACTION_EVALUATE_OUTPUTS,
    ACTION_TIMER,
    ACTION_RELEASE,
    ACTION_HELD,
    ACTION_FINISHED,
};

/* Fields that a kind does not name are zero. Strings live in the actions' arena, JSON is borrowed from the
 * state. */
struct machine_action {
    enum machine_action_kind kind;
    int resource;             /* serial; 0: the stack */
    int work;                 /* to be given back in the answer */
    const char *logical_id;   /* all but EMIT_STACK, EVALUATE_OUTPUTS, TIMER, FINISHED */
    const char *type;         /* same */
    const char *physical_id;  /* EMIT_RESOURCE (may be ""), UPDATE, DELETE */
    json_t *properties;       /* CREATE, UPDATE, DELETE: to be sent; may be NULL for DELETE */
    json_t *old_properties;   /* UPDATE: present ones; CREATE of a replacement: those of the predecessor */
    json_t *shown_properties; /* EMIT_RESOURCE: ResourceProperties; NULL: the event has none */
    enum stack_status stack_status;       /* EMIT_STACK */
    enum resource_status resource_status; /* EMIT_RESOURCE */
    const char *reason;                   /* EMIT_*: NULL means no ResourceStatusReason */
    bool uuid_event_id; /* EMIT_RESOURCE: EventId is <LogicalId>-<uuid>, not <LogicalId>-<STATUS>-<time> */
    int64_t delay_ms;   /* TIMER */
    bool keep_new;      /* FINISHED: else the stack keeps the template it had before the operation */
};

/* Zero-initialise with the arena; rows grow there. */
struct machine_actions {
    struct arena *arena;
    struct machine_action *rows;
    size_t count;
    size_t capacity;
};

/* ---- events -------------------------------------------------------------------------------------- */

enum machine_event_kind {
    MACHINE_RESOLVED,       /* properties, (shown_properties), (replacement), (regardless), (fallback_id) */
    MACHINE_RESOLVE_FAILED, /* reason */
    MACHINE_INITIATED,      /* physical_id: the create has begun and has an id (emits the second event) */
    MACHINE_SUCCEEDED,      /* physical_id, attributes (not for deletes) */
    /* reason, physical_id: the id that a failed answer names or that exists now. NULL: none is known, a
     * create falls back on fallback_id; "": nothing was begun (invocation refused, property not valid), so
     * that there is nothing to delete either. */
    MACHINE_FAILED,
    MACHINE_CANCELLED, /* (physical_id: something exists) */
    MACHINE_OUTPUTS_READY,
    MACHINE_OUTPUTS_FAILED, /* reason: "No export named X found", "Export X cannot be deleted as ..." */
    MACHINE_ABORTED,        /* reason: the operation fails as a whole before or between resources */
    MACHINE_TIMER,
    MACHINE_NOTED, /* reason: an event of a resource that is being created, and no more (signals) */
};

struct machine_event {
    enum machine_event_kind kind;
    int resource;            /* action.resource */
    int work;                /* action.work */
    const char *physical_id; /* NULL: none */
    const char *reason;
    json_t *properties; /* borrowed; the machine takes its own reference */
    json_t *shown_properties;
    /* RESOLVED: a property changed that only a new physical resource can have (native types). Custom
     * resources never say so beforehand: they answer with another physical_id. */
    bool replacement;
    /* RESOLVED: to be updated although its properties are the same: its stack's tags changed and it takes
     * them, or it is a nested stack, whose template may have changed behind the same URL. */
    bool regardless;
    /* RESOLVED: the id in events and in the later Delete when a create ends without an id of its own, made by
     * the runner for custom resources: <StackName>-<LogicalId>-<13 upper-case alphanumerics>. */
    const char *fallback_id;
    json_t *attributes; /* SUCCEEDED: object or NULL */
    bool no_echo;       /* of attributes */
    bool held;          /* SUCCEEDED: a nested stack that waits to be released */
};

/* An event for work that is over, or for a resource that is gone, yields no actions. */
void stack_machine_step(struct stack_state *state, const struct machine_event *event,
                        struct machine_actions *actions);

/* ---- requests ------------------------------------------------------------------------------------ */

struct machine_options {
    enum failure_policy on_failure; /* create; for update FAILURE_DO_NOTHING is DisableRollback */
    bool retain_except_on_create;   /* the API's RetainExceptOnCreate */
    int64_t timeout_ms;             /* create: TimeoutInMinutes; 0: none */
    int64_t monitoring_ms;          /* RollbackConfiguration.MonitoringTimeInMinutes; 0: none */
    bool hold; /* update of a nested stack: its parent says when to clean up, or to go back */
};

/* A change set of type CREATE makes an empty stack. */
void stack_machine_review(struct stack_state *state, struct machine_actions *actions);
/* CreateStack, or ExecuteChangeSet on REVIEW_IN_PROGRESS. */
void stack_machine_create(struct stack_state *state, const struct stack_plan *plan,
                          const struct machine_options *options, struct machine_actions *actions);
/* UpdateStack, or ExecuteChangeSet. */
void stack_machine_update(struct stack_state *state, const struct stack_plan *plan,
                          const struct machine_options *options, struct machine_actions *actions);

/* A nested stack may go on with its cleanup, now or as soon as it comes to it. */
void stack_machine_release(struct stack_state *state, struct machine_actions *actions);
/* A nested stack that waits after its update goes back to what it was. */
void stack_machine_revert(struct stack_state *state, struct machine_actions *actions);
bool stack_state_is_held(const struct stack_state *state);

struct delete_options {
    const char *const *retain; /* RetainResources */
    size_t retain_count;
    bool force;          /* FORCE_DELETE_STACK */
    const char *refusal; /* an export is in use: "Delete canceled. Cannot delete export ..."; NULL: none */
};

/* Takes over whatever operation is under way. While DELETE_IN_PROGRESS: nothing. */
void stack_machine_delete(struct stack_state *state, const struct delete_options *options,
                          struct machine_actions *actions);
void stack_machine_cancel_update(struct stack_state *state, struct machine_actions *actions);
void stack_machine_continue_rollback(struct stack_state *state, const char *const *skip, size_t skip_count,
                                     struct machine_actions *actions);
/* RollbackStack. */
void stack_machine_rollback(struct stack_state *state, bool retain_except_on_create,
                            struct machine_actions *actions);

enum stack_request {
    REQUEST_CREATE, /* for a change set too */
    REQUEST_UPDATE,
    REQUEST_DELETE,
    REQUEST_DELETE_RETAIN, /* with RetainResources */
    REQUEST_DELETE_FORCE,
    REQUEST_CANCEL_UPDATE,
    REQUEST_CONTINUE_ROLLBACK,
    REQUEST_ROLLBACK,
};

/*
 * NULL if the stack's status admits the request, else the ValidationError's message. To be asked before the
 * functions above, which die on a request that is refused here.
 */
const char *stack_request_refusal(struct arena *arena, enum stack_status status, enum stack_request request,
                                  const char *stack_id);
/* ContinueUpdateRollback's ResourcesToSkip: NULL or the ValidationError's message. */
const char *stack_skip_refusal(struct arena *arena, const struct stack_state *state, const char *const *skip,
                               size_t skip_count);

#endif
