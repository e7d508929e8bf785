/* Differences of list properties for repeated steps: what has to be added or taken away. */
#ifndef STACKRIG_CLOUDFORMATION_RESOURCE_LISTS_H
#define STACKRIG_CLOUDFORMATION_RESOURCE_LISTS_H

#include "services/cloudformation/resource_operation.h"

/* The operation->round'th text of the property that was not there before (create: all). NULL: no more. */
const char *resource_list_added(const struct resource_operation *operation, const char *property);
/* The round'th text that was there and is not any more (delete: all that are there). NULL: no more. */
const char *resource_list_removed(const struct resource_operation *operation, const char *property);
/* The same for lists of objects, which `key` tells apart: the removed object's key. */
const char *resource_list_removed_key(const struct resource_operation *operation, const char *property,
                                      const char *key);

#endif
