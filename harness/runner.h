/*
 * Runs scenarios, each in a process of its own, some at a time. A scenario that crashes or hangs is a result
 * like any other; its handler processes are ended with it.
 */
#ifndef STACKRIG_RUNNER_H
#define STACKRIG_RUNNER_H

#include "harness/run_result.h"
#include "harness/scenario.h"

struct runner_options {
    int jobs;
    bool keep_going; /* go on with a scenario's later steps after a failure */
    bool only_invariants;
    bool collect_points;
    const json_t *const *faults; /* one a scenario, NULL for none; NULL: none at all */
    /* Called in the order of the list, as soon as a scenario and all before it are done; may be NULL. */
    void (*finished)(void *argument, const struct scenario_result *result);
    void *argument;
};

/* Fills *result; run_result_release() afterwards. */
void runner_run(struct scenario *const *scenarios, int count, const struct runner_options *options,
                struct run_result *result);
void run_result_release(struct run_result *result);

#endif
