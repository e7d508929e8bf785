/*
 * The first half of an assertion: what is looked at. A query is one row and one function that asks the
 * emulator through AWS's own operations, or reads the trace; never the database.
 */
#ifndef STACKRIG_QUERIES_H
#define STACKRIG_QUERIES_H

#include "emulator/base/strbuf.h"
#include "harness/members.h"

struct scenario_run;

struct query {
    const char *name;
    enum member_type type;            /* of its main argument */
    const struct member_row *members; /* options of its own; NULL: none */
    /* The value found, a new reference; NULL: absent. What prevented the question goes to *problem. */
    json_t *(*ask)(struct scenario_run *run, const json_t *assertion, struct strbuf *problem);
    /* Its items are records: expectations name only the members that matter. */
    bool records;
    /* Makes a record of the short form of an expected item; NULL: there is none. New reference. */
    json_t *(*read_item)(const json_t *expected);
    /* One line for an item found; NULL: as JSON. */
    void (*print_item)(struct strbuf *buffer, const json_t *item);
};

/* Ends with a row without name. */
extern const struct query queries[];
const struct query *query_find(const char *name);
/* What every query takes besides its own members: path, only, without, json, each, distinct, item, save. */
extern const struct member_row query_modifiers[];

/* query_stack.c */
json_t *query_status(struct scenario_run *run, const json_t *assertion, struct strbuf *problem);
json_t *query_reason(struct scenario_run *run, const json_t *assertion, struct strbuf *problem);
json_t *query_physical_id(struct scenario_run *run, const json_t *assertion, struct strbuf *problem);
json_t *query_outputs(struct scenario_run *run, const json_t *assertion, struct strbuf *problem);
json_t *query_events(struct scenario_run *run, const json_t *assertion, struct strbuf *problem);
json_t *query_leftovers(struct scenario_run *run, const json_t *assertion, struct strbuf *problem);
json_t *event_read_item(const json_t *expected);
void event_print_item(struct strbuf *buffer, const json_t *item);
/* query_handler.c */
json_t *query_requests(struct scenario_run *run, const json_t *assertion, struct strbuf *problem);
json_t *query_answers(struct scenario_run *run, const json_t *assertion, struct strbuf *problem);
json_t *query_invocations(struct scenario_run *run, const json_t *assertion, struct strbuf *problem);
json_t *query_log(struct scenario_run *run, const json_t *assertion, struct strbuf *problem);
json_t *query_trace(struct scenario_run *run, const json_t *assertion, struct strbuf *problem);

#endif
