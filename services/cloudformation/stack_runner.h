/*
 * Carries out what the stack machine says: writes events and rows, evaluates properties, makes the calls,
 * keeps timers, and feeds the answers back. One *run* for each stack that is being looked at or worked on;
 * everything it holds is also in the tables, so that a reopened database goes on.
 */
#ifndef STACKRIG_CLOUDFORMATION_STACK_RUNNER_H
#define STACKRIG_CLOUDFORMATION_STACK_RUNNER_H

#include "emulator/core/emulator.h"
#include "services/cloudformation/cloudformation_store.h"
#include "services/cloudformation/deployment.h"
#include "services/cloudformation/resource_operation.h"
#include "services/cloudformation/stack_machine.h"

struct stack_runner;
struct run_event;
struct run_wait;

struct stack_run {
    struct stack_runner *runner;
    struct emulator *emulator;
    struct store *store;
    struct arena *arena; /* lives as long as the run */
    struct stack_row
        row; /* as it was when the operation began; status and texts may be older than the store's */
    struct stack_state *state;
    struct deployment *deployment; /* of the operation; NULL: it has none (delete) */
    struct identity caller;        /* whoever makes the calls: the service role or the operation's caller */
    const json_t *stack_tags;
    bool status_changed;          /* since watchers were told */
    const json_t *old_stack_tags; /* during an update: those of the present template */
    const json_t *notification_arns;

    /* Private to the runner's own files. */
    struct stack_run *next;
    struct run_event *first_event;
    struct run_event **last_event;
    bool driving;
    bool finished;
    json_t *references;       /* dynamic references: text -> value, or null while it is asked for */
    json_t *reference_errors; /* text -> reason */
    struct run_wait *waits;   /* resources and outputs that wait for a reference */
    json_t *outputs;          /* of the operation, once evaluated */
    json_t *denials;          /* logical id -> what the stack policy says against its update */
    json_t *imports;          /* names imported by the operation */
    char *written;            /* state document as it stands in the table */
    json_t *touched;          /* serial -> time of its last event, until the rows are written */
};

struct stack_runner *stack_runner_open(struct emulator *emulator);
void stack_runner_close(struct stack_runner *runner);
/* After reset, restore or opening a file: forgets what was in memory and goes on from the tables. */
void stack_runner_resume(struct stack_runner *runner);
/* The emulator's own. */
struct stack_runner *stack_runner_of(struct emulator *emulator);
struct resource_operations *stack_runner_operations(struct stack_runner *runner);

/* The stack must exist. To be given back by stack_runner_release(), or by stack_runner_carry_out(). */
struct stack_run *stack_runner_run(struct emulator *emulator, const char *stack_id);
/* Reads the row again: a new operation begins on a stack that may be busy with another. */
void stack_runner_reload(struct stack_run *run);
/* Whether an operation is under way. */
bool stack_runner_is_busy(struct emulator *emulator, const char *stack_id);
void stack_runner_release(struct stack_run *run);
/*
 * Carries out what a request's machine function returned. abort_reason: NULL, or why the operation fails
 * before any resource. The run must not be used afterwards.
 */
void stack_runner_carry_out(struct stack_run *run, const struct machine_actions *actions,
                            const char *abort_reason);
/* An answer from outside the runner (custom resources). Nothing happens if the stack is gone. */
void stack_runner_post(struct emulator *emulator, const char *stack_id, const struct machine_event *event);

/* Called once when that stack has got another status (nested stacks), in the run's turn. */
typedef void stack_ended_fn(void *argument, const char *stack_id);
void stack_runner_watch(struct emulator *emulator, const char *stack_id, stack_ended_fn *ended,
                        void *argument);

/*
 * What the operations on nested stacks ask of them: stack_machine_release(), stack_machine_revert() or
 * stack_machine_cancel_update(). Nothing happens to one that is at rest.
 */
void stack_runner_steer_child(struct emulator *emulator, const char *child_id,
                              void (*steer)(struct stack_state *state, struct machine_actions *actions));

void stack_runner_unwatch(struct emulator *emulator, const void *argument);

/* A nested stack of this name is about to be created by its parent; asked for, and forgotten, by CreateStack.
 */
void stack_runner_expect_child(struct emulator *emulator, const char *child_name, const char *parent_id);
const char *stack_runner_expected_parent(struct emulator *emulator, struct arena *arena,
                                         const char *child_name);

/* ---- stack_evaluation.c, stack_outputs.c ---- */

/* The environment of the run's deployment with its look-ups; results live in the arena. */
/* mask_secrets: attributes of answers with NoEcho read as SECRET_MASK (secret parameters stay clear). */
struct environment stack_evaluation_environment(struct stack_run *run, struct arena *arena,
                                                bool mask_secrets);
#define SECRET_MASK "*****"
/* MACHINE_RESOLVE: posts the answer, now or when the references it needs are known. */
void stack_evaluation_resolve(struct stack_run *run, int serial, int work);
/* The same once the references are known. serial 0: the outputs. */
void stack_evaluation_wait(struct stack_run *run, int serial, int work);
/* Frees what waits. */
void stack_evaluation_release(struct stack_run *run);
/* An Fn::ImportValue of something that nobody exports: the reason; NULL: none. In the arena. */
const char *stack_evaluation_missing_import(struct stack_run *run, struct arena *arena);
/* EVALUATE_OUTPUTS: evaluates them, registers exports, posts the answer. */
void stack_evaluation_outputs(struct stack_run *run, int work);
/* "A and B": the stacks that import it, or NULL. In the arena. */
/* The exports are again those of the stack's last outputs: an update of it is taken back. */
void stack_outputs_restore_exports(struct stack_run *run);
const char *stack_outputs_users(struct stack_run *run, const char *export_name, struct arena *arena);
/* Puts an event into the run's queue. */
void stack_run_push(struct stack_run *run, const struct machine_event *event);
/* Works off the queue and writes the rows; the run may be gone afterwards. */
void stack_run_drive(struct stack_run *run);

#endif
