/* Tags in effect on a resource: for resource_values.c; the types use resource_operation.h. */
#ifndef STACKRIG_CLOUDFORMATION_RESOURCE_TAGS_H
#define STACKRIG_CLOUDFORMATION_RESOURCE_TAGS_H

#include "services/cloudformation/resource_operation.h"

/* Update: whether any tag is to be set or taken away. */
bool resource_tags_changed(const struct resource_operation *operation);

#endif
