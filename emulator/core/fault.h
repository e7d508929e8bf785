/*
 * Scripted failures. Rules are matched in dispatch alone, before and after every operation, endpoint and
 * service-made event (an invocation, a delivery); no handler asks about faults.
 *
 * A rule is countdown and repeat: it lets `skip` matches pass, acts on the next `times`, then sleeps.
 * Described for users in docs/FAULTS.md.
 */
#ifndef STACKRIG_FAULT_H
#define STACKRIG_FAULT_H

#include <jansson.h>

#include "emulator/base/diagnostic.h"
#include "emulator/core/call.h"

enum fault_phase {
    FAULT_BEFORE, /* nothing has happened yet */
    FAULT_AFTER,  /* the effect is committed, the answer is not sent */
};

enum fault_kind {
    FAULT_NONE,
    FAULT_ERROR,   /* answer this AWS error instead */
    FAULT_DELAY,   /* go on `delay_ms` of emulator time later */
    FAULT_LOSE,    /* before: the request never arrives, after: the answer never does; the connection closes.
                      For endpoints that swallow (custom resource answers): answered as if all were well */
    FAULT_FREEDOM, /* the operation takes a freedom that its service has (struct service_freedom) */
};

/* What to do at one point. */
struct fault_action {
    enum fault_kind kind;
    int64_t delay_ms;
    struct error_shape error; /* FAULT_ERROR; strings live as long as the rule */
    const char *message;
    const char *freedom; /* FAULT_FREEDOM: its name; lives as long as the rule */
    int rule;            /* index, for the trace */
};

struct faults;

/* services: whose freedoms rules may name; NULL-terminated, borrowed; NULL: none. */
struct faults *faults_open(const struct service *const *services);
void faults_close(struct faults *faults);
void faults_clear(struct faults *faults);
/* Rules currently loaded: 0 makes dispatch skip every fault point. */
int faults_count(const struct faults *faults);

/*
 * Adds the rules of a JSON/YAML value: one rule object or a list of them. Mistakes go to diagnostics with
 * the position position_of(argument, value) gives, and nothing is added then.
 */
bool faults_add(struct faults *faults, const json_t *rules,
                struct position (*position_of)(void *argument, const json_t *value), void *argument,
                struct diagnostics *diagnostics);
/* The rules with their counters, for GET /_stackrig/faults: a new reference. */
json_t *faults_describe(const struct faults *faults);

/* What the rules say at this point of this call; counts the match. */
struct fault_action faults_decide(struct faults *faults, const struct call *call, enum fault_phase phase);

/*
 * A point inside a service that is no call of its own: Lambda hands an event to an environment, SNS delivers
 * to an endpoint. `service` and `operation` name it ("lambda", "Invocation"); notes as in call_note().
 */
struct fault_action fault_point(struct emulator *emulator, const char *service, const char *operation,
                                enum fault_phase phase, const struct identity *identity,
                                const struct call_note *notes);

#endif
