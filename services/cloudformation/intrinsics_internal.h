/* Shared by the files of intrinsics.h; nobody else includes this. */
#ifndef STACKRIG_CLOUDFORMATION_INTRINSICS_INTERNAL_H
#define STACKRIG_CLOUDFORMATION_INTRINSICS_INTERNAL_H

#include "services/cloudformation/intrinsics.h"

/* One run of evaluate(). */
struct evaluator {
    const struct environment *environment;
    struct arena *arena;
    enum evaluation_status status;
    const char *error;
    bool no_echo;
};

/* A new reference; NULL: AWS::NoValue while status is OK, else there is no value. */
json_t *evaluate_value(struct evaluator *evaluator, const json_t *value);
/* The value of a name, as Ref gives it. Same result. */
json_t *evaluate_ref(struct evaluator *evaluator, const char *name);
json_t *evaluate_attribute(struct evaluator *evaluator, const char *logical_id, const char *attribute);
/* Keeps the first error; always NULL. */
json_t *evaluate_fail(struct evaluator *evaluator, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What a look-up answered, as evaluate_value(). */
json_t *evaluate_lookup(struct evaluator *evaluator, struct lookup lookup);
/* UNKNOWN_VALUE, or a list that holds it. */
bool is_unknown(const json_t *value);
json_t *unknown_value(void);

/* ---- intrinsic_functions.c ---- */
struct intrinsic {
    const char *name;
    json_t *(*evaluate)(struct evaluator *evaluator, const json_t *argument);
};
/* NULL: no function that gives a value. */
const struct intrinsic *intrinsic_find(const char *name);

/* ---- intrinsic_cidr.c ---- */
/* Fn::Cidr. NULL: block, count or bits do not make sense. */
json_t *cidr_split(const char *block, int64_t count, int64_t bits);

/* ---- dynamic_references.c ---- */
/* Steals value; resolves the references in all its strings. */
json_t *resolve_dynamic_references(struct evaluator *evaluator, json_t *value);

#endif
