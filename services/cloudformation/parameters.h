/*
 * Parameters of a template: declared against given. Pure. Values of SSM parameter types are looked up by the
 * caller between parameters_bind() and parameters_check():
 *
 *   struct parameters *p = parameters_bind(arena, template, given, count, previous, &error);
 *   for every p->rows[i] with ssm_name: call SSM GetParameter, then parameters_set_resolved(p, i, value)
 *   if (!parameters_check(p, &error)) refuse
 */
#ifndef STACKRIG_CLOUDFORMATION_PARAMETERS_H
#define STACKRIG_CLOUDFORMATION_PARAMETERS_H

#include "services/cloudformation/template.h"

/* One member of the request's Parameters. */
struct parameter_given {
    const char *key;
    const char *value; /* NULL: absent */
    bool use_previous_value;
};

struct parameter_value {
    const struct template_parameter *declaration;
    const char *value;    /* as given, previous or default: DescribeStacks' ParameterValue (unmasked) */
    const char *ssm_name; /* set for AWS::SSM::Parameter::Value<...>: the key to look up; else NULL */
    const char *resolved; /* DescribeStacks' ResolvedValue for those, after the look-up; else NULL */
    json_t *ref;          /* what Ref gives: a string, or an array of strings; set by parameters_check() */
};

struct parameters {
    struct arena *arena;
    struct parameter_value *rows; /* in template order, one for each declared parameter */
    size_t count;
};

/* Masked values of parameters with NoEcho, as the API shows them. */
#define PARAMETER_MASK "****"

/*
 * previous: the stack's present values as an object name -> value (the unmasked `value`s), or NULL for a new
 * stack. Lives in the arena. NULL and *error: "Parameters: [A] must have values", "... do not exist in the
 * template", "Invalid input for parameter key ...".
 */
struct parameters *parameters_bind(struct arena *arena, const struct template *template,
                                   const struct parameter_given *given, size_t given_count,
                                   const json_t *previous, const char **error);
/* NULL value: SSM has no such parameter, which parameters_check() then refuses. */
void parameters_set_resolved(struct parameters *parameters, size_t index, const char *value);
/* Types and constraints; fills `ref`. False and *error with AWS's text. */
bool parameters_check(struct parameters *parameters, const char **error);

/* Whether CloudFormation has this parameter type. */
bool parameter_type_is_known(const char *type);

const struct parameter_value *parameters_find(const struct parameters *parameters, const char *name);
/* name -> value, for the store and for `previous`; owned by the arena. */
json_t *parameters_values(const struct parameters *parameters);

#endif
