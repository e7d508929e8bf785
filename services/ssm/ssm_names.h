/*
 * Names of parameters: what a client may call a new one, and what a client's way of naming one means. Pure.
 * Source: ssm-secrets.md A2; Systems Manager user guide, "About requirements and constraints for parameter
 * names".
 */
#ifndef STACKRIG_SSM_NAMES_H
#define STACKRIG_SSM_NAMES_H

#include "emulator/base/arena.h"

#define SSM_MAXIMUM_LEVELS 15

enum ssm_name_verdict {
    SSM_NAME_GOOD,
    SSM_NAME_BAD_PATH,        /* relative, an empty part, a byte that is not allowed, or "/ssm..." */
    SSM_NAME_RESERVED_PREFIX, /* "aws..." or "ssm..." */
    SSM_NAME_RESERVED_PATH,   /* "/aws.../..." belongs to AWS */
    SSM_NAME_TOO_DEEP,
};

/* May a new parameter be called so? */
enum ssm_name_verdict ssm_name_check(struct text name);

/* "p", "/a/b", either with ":3" or ":label", or a parameter's ARN. */
struct ssm_reference {
    struct text path;     /* with its leading slash, without selector */
    struct text name;     /* as written, without selector */
    struct text selector; /* what follows the colon; absent: none */
};

enum ssm_reference_verdict {
    SSM_REFERENCE_GOOD,
    SSM_REFERENCE_BAD_PATH, /* relative or with an empty part */
    SSM_REFERENCE_UNKNOWN,  /* can name nothing here: two selectors, an ARN of somebody else */
};

/* Only operations that read take a parameter's ARN for its name. */
bool ssm_is_arn(struct text text);

/* Borrows `text`; copies only to add a leading slash. */
enum ssm_reference_verdict ssm_reference_parse(struct arena *arena, struct text text, const char *account,
                                               const char *region, struct ssm_reference *reference);

/* May a version be labelled so? */
bool ssm_label_is_valid(struct text label);

/* Directly below `prefix` (which ends with a slash), not deeper. */
bool ssm_path_is_direct_child(struct text path, struct text prefix);

#endif
