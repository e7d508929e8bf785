/*
 * A scenario file, read and checked: every mistake is a diagnostic with its position before anything runs.
 * The format is described in docs/SCENARIOS.md; steps, queries and predicates are rows elsewhere.
 */
#ifndef STACKRIG_SCENARIO_H
#define STACKRIG_SCENARIO_H

#include "harness/file_text.h"
#include "harness/members.h"

struct step_kind;
struct query;

struct scenario_step {
    const struct step_kind *kind;
    const json_t *value; /* the whole mapping; borrowed from the document */
};

struct scenario {
    char *file;
    struct file_text source;
    struct yaml_document *document;
    const char *name;
    uint64_t seed; /* 1 if not given */
    const char *account;
    const char *region;
    int64_t time_limit_ms;   /* real time for the whole scenario */
    const json_t *requires;  /* NULL: nothing */
    const json_t *variables; /* NULL: none */
    const json_t *always;    /* list of assertions; NULL: none */
    struct scenario_step *steps;
    int step_count;
};

/* NULL: what is wrong stands in diagnostics, whose positions borrow `file`. */
struct scenario *scenario_load(const char *file, struct diagnostics *diagnostics);
/* The same from memory, for tests. */
struct scenario *scenario_parse(const char *file, struct text source, struct diagnostics *diagnostics);
void scenario_close(struct scenario *scenario);

/* Checks a list of assertions: exactly one query each, its members, at least one predicate. */
void assertions_check(const struct member_check *check, const json_t *assertions);
/* The query that an assertion asks, or NULL when it names none or several. */
const struct query *assertion_query(const json_t *assertion);

#endif
