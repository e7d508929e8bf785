/*
 * One scenario being played: the emulator it runs against, what it has learnt so far, and the result being
 * written. Steps and queries get at the emulator through this and through AWS's operations alone.
 */
#ifndef STACKRIG_SCENARIO_RUN_H
#define STACKRIG_SCENARIO_RUN_H

#include "emulator/core/emulator.h"
#include "emulator/core/trace.h"
#include "harness/run_result.h"
#include "harness/scenario.h"

/* A stack that the scenario has touched. */
struct known_stack {
    const char *name;
    char *id;                 /* ARN; NULL: not created yet */
    size_t events_before;     /* events it had when the last operation began */
    uint64_t trace_before;    /* newest trace record when the last operation began */
    int64_t operation_ms;     /* when the last operation began */
    json_t *inventory_before; /* what existed before the stack was first deployed */
    struct known_stack *next; /* in order of first use */
};

struct snapshot_data {
    const char *name;
    void *data;
    size_t size;
    struct snapshot_data *next;
};

struct scenario_run {
    struct emulator *emulator;
    const struct scenario *scenario;
    struct scenario_result *result;
    struct arena *arena; /* lives as long as the run */
    json_t *variables;   /* saved values by name */
    struct known_stack *stacks;
    struct snapshot_data *snapshots;
    const json_t *step; /* the step as written, for positions */
    const char *step_title;
    int64_t started_ms;
    int expectations; /* checked in this step */
    bool failed;      /* in this step */
    bool judging;     /* false: failures are not reported (explore looks at invariants alone) */
};

struct play_options {
    bool keep_going;          /* go on with later steps after a failure */
    bool only_invariants;     /* steps may fail; only `always` is judged, once more at the very end */
    bool collect_points;      /* tell the fault points that were reached */
    const json_t *fault;      /* a rule to begin with; NULL: none */
    const char *node_modules; /* folder of npm packages; NULL: none */
    const char *handlers;     /* folder of handlers with their libraries; NULL: none */
};

/* Plays the whole scenario in this process and writes its result. */
void scenario_play(const struct scenario *scenario, struct scenario_result *result,
                   const struct play_options *options);

/* ---- failing ---- */

/* Where a member of the current step stands; name NULL: the step itself. */
struct position run_position(const struct scenario_run *run, const char *name);
/* Reports a failure of the current step at a position. Texts are copied; detail, expected, found may be NULL.
 */
void run_fail(struct scenario_run *run, struct position position, const char *what, const char *expected,
              const char *found, const char *detail);
/* The step cannot be done, in one sentence. */
void run_fail_step(struct scenario_run *run, const char *member, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- asking ---- */

/* How an AWS call ended. */
struct call_outcome {
    bool answered;          /* false: it never came back (a fault, or it waits for ever) */
    int status;             /* HTTP; 0: the answer was lost */
    const char *error_code; /* NULL: it worked */
    const char *error_name; /* another name of the same error; NULL: none */
    const char *error_message;
    json_t *output; /* new reference; NULL: none */
};

/* Is this the error that a scenario names? By its code, or by its name in the model. */
bool outcome_is_error(const struct call_outcome *outcome, const char *wanted);

/* Who makes a call. */
struct scenario_caller {
    const char *access_key; /* 12 digits: that account */
    const char *region;
    const char *session_token; /* NULL: none */
};

/* Caller of the scenario's own calls: its account and Region. */
struct scenario_caller run_caller(struct scenario_run *run);

/* One AWS operation by the scenario itself; `input` is stolen. Emulated time passes as far as the call needs
 * it. Strings of the outcome live in run->arena. */
struct call_outcome run_call(struct scenario_run *run, const struct scenario_caller *caller,
                             const char *service, const char *operation, json_t *input);
/* A question of the harness: the same, at the present moment (time does not move), not part of the story. */
struct call_outcome run_ask(struct scenario_run *run, const char *service, const char *operation,
                            json_t *input);

/* Runs whatever is to do until condition holds; at most until_ms of emulated time. */
bool run_until(struct scenario_run *run, bool (*condition)(void *argument), void *argument, int64_t until_ms);
/* Lets everything that is due now end, handlers at work too: a handler's last words come after its answer. */
void run_settle(struct scenario_run *run);

/* ---- what is known ---- */

void run_save(struct scenario_run *run, const char *name, json_t *value /* stolen */);
/* By name; NULL when the scenario has not deployed it. */
struct known_stack *run_find_stack(struct scenario_run *run, const char *name);
/* The same, made if need be. */
struct known_stack *run_stack(struct scenario_run *run, const char *name);
/* Name or ARN by which the stack can be described, also when it is deleted. */
const char *run_stack_reference(struct scenario_run *run, const char *name);
/* "STACK/LOGICAL_ID" becomes the physical id of that resource; anything else is a function's name already. */
const char *run_function_name(struct scenario_run *run, const char *name);
uint64_t run_newest_trace(struct scenario_run *run);
/* Is this record one of the harness's own questions? */
bool run_is_question(const struct trace_record *record);

/* Compact JSON; free() it. */
char *value_dump(const json_t *value);

/* ---- expectations ---- */

/* Compares a value of the current step's answer with what its member expects; mappings may have more members.
 */
void run_check_value(struct scenario_run *run, const char *member, const char *what, const json_t *expected,
                     const json_t *found);
/* Does what the step's `save` says: {variable: path in output}. */
void run_save_members(struct scenario_run *run, const json_t *step, json_t *output);

/* Checks the assertions of a list, as written (for positions) and with variables replaced. */
void run_check_assertions(struct scenario_run *run, const json_t *written, const json_t *assertions);
/* Does one assertion hold now? Nothing is reported. */
bool run_assertion_holds(struct scenario_run *run, const json_t *assertion);

/* Everything that list operations show, as sorted strings "iam Role NAME"; new reference. leftovers.c */
json_t *run_inventory(struct scenario_run *run);
/* Operations and events at which a fault could have acted, with how often; those that the harness itself asks
 * are left out. New reference. explore_points.c */
json_t *run_fault_points(struct scenario_run *run);
/* Calls, events and handler output around a failure, into the result. story.c */
void run_tell_story(struct scenario_run *run);

#endif
