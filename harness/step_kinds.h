/*
 * What a step of a scenario can be. One row and one documented function per kind; the comment above the
 * function is the kind's manual, docs/SCENARIOS.md repeats it.
 *
 * A step is a mapping; the member that names its kind holds the main argument, the others are options:
 *   - deploy: sum
 *     template: sum.yaml
 */
#ifndef STACKRIG_STEP_KINDS_H
#define STACKRIG_STEP_KINDS_H

#include "harness/scenario.h"

struct scenario_run;

struct step_kind {
    const char *name;
    enum member_type type;            /* of the main argument */
    const struct member_row *members; /* options; ends with a row without name; NULL: none */
    /* Checks what the rows cannot say; NULL: nothing. */
    void (*check)(const struct member_check *check, const json_t *step);
    /* Runs it; `step` has its variables replaced. Failures go to run_fail(). */
    void (*run)(struct scenario_run *run, const json_t *step);
};

/* Ends with a row without name. */
extern const struct step_kind step_kinds[];
const struct step_kind *step_kind_find(const char *name);

/* step_stack.c */
void step_deploy(struct scenario_run *run, const json_t *step);
void step_delete(struct scenario_run *run, const json_t *step);
void step_wait(struct scenario_run *run, const json_t *step);
/* step_call.c */
void step_call(struct scenario_run *run, const json_t *step);
void step_invoke(struct scenario_run *run, const json_t *step);
void step_http(struct scenario_run *run, const json_t *step);
void step_expect(struct scenario_run *run, const json_t *step);
/* step_world.c */
void step_fault(struct scenario_run *run, const json_t *step);
void step_clear_faults(struct scenario_run *run, const json_t *step);
void step_advance(struct scenario_run *run, const json_t *step);
void step_function(struct scenario_run *run, const json_t *step);
void step_cold(struct scenario_run *run, const json_t *step);
void step_put_object(struct scenario_run *run, const json_t *step);
void step_snapshot(struct scenario_run *run, const json_t *step);
void step_restore(struct scenario_run *run, const json_t *step);

void check_wait(const struct member_check *check, const json_t *step);
void check_expect(const struct member_check *check, const json_t *step);
void check_deploy(const struct member_check *check, const json_t *step);
void check_call(const struct member_check *check, const json_t *step);
void check_fault(const struct member_check *check, const json_t *step);
void check_put_object(const struct member_check *check, const json_t *step);

#endif
