/*
 * Shared by the stack_machine*.c files and stack_state.c; nobody else includes this.
 */
#ifndef STACKRIG_CLOUDFORMATION_STACK_MACHINE_INTERNAL_H
#define STACKRIG_CLOUDFORMATION_STACK_MACHINE_INTERNAL_H

#include "services/cloudformation/stack_machine.h"

enum machine_phase {
    PHASE_IDLE,
    PHASE_FORWARD,    /* creating and updating towards the template */
    PHASE_OUTPUTS,    /* EVALUATE_OUTPUTS sent */
    PHASE_MONITORING, /* all done, waiting for RollbackConfiguration's time */
    PHASE_RESTORE,    /* update rollback: back to the last stable properties */
    PHASE_CLEANUP,    /* deletes after an update or its rollback, three attempts each */
    PHASE_DELETE,     /* stack deletion or create rollback, one attempt each */
    PHASE_HELD,       /* a nested stack before its cleanup: until the parent has got so far */
};

struct stack_state {
    struct arena *arena;
    enum stack_status status;
    const char *reason;
    enum machine_phase phase;
    bool updating;         /* the operation is an update (or its rollback) */
    bool rolling_back;     /* deletes and cleanup undo the operation */
    bool stable;           /* the stack has reached a last known stable state once */
    bool leftovers_failed; /* a cleanup delete was given up */
    bool retain_except_on_create;
    bool force; /* FORCE_DELETE_STACK */
    bool hold;  /* machine_options */
    enum failure_policy on_failure;
    int64_t monitoring_ms;
    int next_serial;
    int next_work;
    int failures;     /* numbers the failures of a phase, for the order in the list text */
    int outputs_work; /* 0: not asked */
    int timeout_work; /* 0: no stack timeout runs */
    int monitor_work;
    struct stack_resource **resources;
    size_t count;
    size_t capacity;
    /* Hash table of the resources by logical id, made when it is first asked for. */
    struct stack_resource **index;
    size_t index_size;    /* a power of two */
    size_t indexed_count; /* how many of the resources it knows */
};

struct machine {
    struct stack_state *state;
    struct machine_actions *actions;
};

/* ---- stack_state.c ---- */
struct stack_resource *state_add_resource(struct stack_state *state, const char *logical_id,
                                          const char *type);
struct stack_resource *state_find(struct stack_state *state, const char *logical_id);
struct stack_resource *state_serial(const struct stack_state *state, int serial);
/* The slot gets its own reference to value (NULL empties it). */
void hold_json(json_t **slot, json_t *value);
void hold_properties(struct properties *slot, const struct properties *value);
void state_set_text(struct stack_state *state, const char **slot, const char *text);

/* ---- stack_machine_actions.c ---- */
struct machine_action *machine_add(struct machine *m, enum machine_action_kind kind);
/* Moves the stack's status and emits the stack event. */
void machine_emit_stack(struct machine *m, enum stack_status status, const char *reason);
/* Moves the resource's status and emits its event; properties may be NULL. */
void machine_emit(struct machine *m, struct stack_resource *resource, enum resource_status status,
                  const char *reason, const char *physical_id, const struct properties *properties);
/* As machine_emit() for DELETE_*: in cleanup without properties and with a UUID as event id. */
void machine_emit_delete(struct machine *m, struct stack_resource *resource, enum resource_status status,
                         const char *reason);
/* Sends work: a fresh number, the step, and a reference kept for the action's JSON. */
struct machine_action *machine_work(struct machine *m, struct stack_resource *resource,
                                    enum machine_action_kind kind, enum resource_step step);
json_t *machine_keep(struct machine *m, json_t *value);
/* "The following resource(s) failed to create: [A, B]. The following resource(s) failed to update: [C]. " */
const char *machine_failure_list(struct machine *m);
void machine_finish(struct machine *m, bool keep_new);
bool json_has_text(const json_t *list, const char *text);
bool resource_is_custom(const struct stack_resource *resource);
bool resource_is_nested(const struct stack_resource *resource);
bool step_in_flight(enum resource_step step);
/* Chooses the resources of a phase: forgets earlier failures. */
void machine_select(struct machine *m, struct stack_resource *resource, bool selected);

/* ---- stack_machine_forward.c ---- */
void forward_begin(struct machine *m, const struct stack_plan *plan, const struct machine_options *options);
void forward_advance(struct machine *m);
void forward_event(struct machine *m, struct stack_resource *resource, const struct machine_event *event);
/* Ends the forward phases as failed: cancels what is in flight, then rolls back as the policy says.
 * error: NULL for a list of the failed resources, else the text. user: CancelUpdateStack. */
void forward_abandon(struct machine *m, const char *error, bool user);
void forward_outputs(struct machine *m, const struct machine_event *event);
void forward_complete(struct machine *m);
/* What was reached is the last known stable state. */
void forward_settle(struct machine *m);
/* Begins the cleanup, or waits for the parent. */
void machine_clean_up(struct machine *m);
/* Emits the "cancelled" events of all work in flight and sends CANCEL. */
void machine_cancel_all(struct machine *m);
/* The answer to CANCEL, or one that crossed it. */
void machine_cancelled(struct machine *m, struct stack_resource *resource, const struct machine_event *event);
/* Remembers a physical resource that is to be deleted in cleanup. */
void machine_leave_over(struct machine *m, const struct stack_resource *resource, const char *physical_id,
                        const struct properties *properties, bool retain);

/* ---- stack_machine_restore.c ---- */
void restore_begin(struct machine *m, const char *const *skip, size_t skip_count);
void restore_advance(struct machine *m);
void restore_event(struct machine *m, struct stack_resource *resource, const struct machine_event *event);

/* ---- stack_machine_delete.c ---- */
/* PHASE_DELETE for the stack's deletion or a create rollback. */
void delete_begin(struct machine *m, const struct delete_options *options);
void cleanup_begin(struct machine *m);
void delete_advance(struct machine *m);
void delete_event(struct machine *m, struct stack_resource *resource, const struct machine_event *event);

#endif
