/* Policies that hang on a function, a version, an alias or a layer version. */
#ifndef STACKRIG_RESOURCE_POLICY_H
#define STACKRIG_RESOURCE_POLICY_H

#include "services/lambda/lambda.h"

/* The Principal member of a statement: "*", a service, an account or an ARN. False: none of these. */
bool policy_append_principal(struct strbuf *document, struct arena *arena, const char *principal);
/* The whole policy of a resource; NULL when it has no statement. */
const char *policy_document(struct call *call, const char *resource, const char **revision_id);
/* Gives it a new revision id. */
void policy_changed(struct call *call, const char *resource);

#endif
