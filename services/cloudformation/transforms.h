/*
 * Where a template names transforms (the section Transform and Fn::Transform), one after the other in the
 * order in which CloudFormation runs them, and what becomes of their results. Pure; AWS::LanguageExtensions
 * is language_extensions.h's.
 *
 * Order: the innermost Fn::Transform first, several in one list from first to last; then the section's,
 * AWS::Include last. Source: User Guide, "Overview of using CloudFormation macros"; recorded
 * test_scope_order_and_parameters.
 */
#ifndef STACKRIG_CLOUDFORMATION_TRANSFORMS_H
#define STACKRIG_CLOUDFORMATION_TRANSFORMS_H

#include <jansson.h>

#include "emulator/base/arena.h"
#include "emulator/base/text.h"

#define TRANSFORM_INCLUDE "AWS::Include"
#define TRANSFORM_LANGUAGE_EXTENSIONS "AWS::LanguageExtensions"

struct transform_site {
    const char *name;   /* in the arena */
    json_t *parameters; /* object or NULL; borrowed from the template */
    json_t *fragment;   /* what the transform gets; owned by the arena */
    json_t *parent;     /* that holds the object with Fn::Transform; NULL: the template as a whole */
    const char *key;    /* in parent; NULL: by index */
    size_t index;
    json_t *rest; /* transforms left to run there; owned by the arena */
};

/* The template with scalars as typed; owned by the arena. NULL: not a map. */
json_t *transforms_parse(struct arena *arena, struct text body);
/* The next transform to run. False: none is left. */
bool transforms_next(struct arena *arena, json_t *root, struct transform_site *site);
/* Puts the result (not NULL) in the place of the fragment. Returns the template, which may be another object.
 */
json_t *transforms_put(struct arena *arena, json_t *root, const struct transform_site *site, json_t *result);
/* What AWS::Include makes of a fragment and the included text; owned by the arena. NULL: the text is neither
 * JSON nor YAML. */
json_t *transforms_include(struct arena *arena, const json_t *fragment, struct text included);

#endif
