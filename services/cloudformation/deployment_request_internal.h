/* Shared by deployment_request.c and deployment_transforms.c; nobody else includes this. */
#ifndef STACKRIG_CLOUDFORMATION_DEPLOYMENT_REQUEST_INTERNAL_H
#define STACKRIG_CLOUDFORMATION_DEPLOYMENT_REQUEST_INTERNAL_H

#include "services/cloudformation/deployment_request.h"

enum progress { PROGRESS_DONE, PROGRESS_WAIT, PROGRESS_REFUSED };

/* Calls another service; `done` gets what deployment_request_answered() reads. Takes the input over. */
void deployment_request_ask(struct deployment_request *request, const char *service, const char *operation,
                            json_t *input, call_done_fn *done);
/* NULL: the client has gone meanwhile, the request with it. */
struct deployment_request *deployment_request_answered(void *argument);
/* Goes on with the request's step. */
void deployment_request_resume(struct deployment_request *request);
/* The bytes of a blob member in the call's arena. */
bool deployment_request_blob(struct call *call, const struct json_value *value, const char *member,
                             struct text *bytes);

#endif
