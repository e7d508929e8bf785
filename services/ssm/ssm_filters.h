/*
 * ParameterFilters of DescribeParameters and GetParametersByPath: their rules and whether a parameter passes.
 */
#ifndef STACKRIG_SSM_FILTERS_H
#define STACKRIG_SSM_FILTERS_H

#include "services/ssm/ssm.h"

/* Which keys and options are allowed depends on the operation. */
enum ssm_filter_use { SSM_FILTER_DESCRIBE, SSM_FILTER_BY_PATH };

/* False: *refusal is AWS's answer. */
bool ssm_filters_check(struct call *call, struct input filters, enum ssm_filter_use use,
                       struct result *refusal);
/* All filters hold. May read tags and labels from the store. */
bool ssm_filters_match(struct call *call, struct input filters, const struct ssm_parameter *parameter);
/* The older `Filters` member: Name (beginning), Type, KeyId. */
bool ssm_old_filters_match(struct input filters, const struct ssm_parameter *parameter);

/* A path to look below: absolute, of allowed letters. */
bool ssm_path_check(struct call *call, struct text path, struct result *refusal);
/* With exactly one slash at its end: the beginning of every path below it. */
struct text ssm_path_prefix(struct arena *arena, struct text path);

#endif
