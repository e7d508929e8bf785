/* Runs a request's AWS::Include transforms and macros before its template is looked at. */
#ifndef STACKRIG_CLOUDFORMATION_DEPLOYMENT_TRANSFORMS_H
#define STACKRIG_CLOUDFORMATION_DEPLOYMENT_TRANSFORMS_H

#include "services/cloudformation/deployment_request.h"
#include "services/cloudformation/deployment_request_internal.h"

/*
 * Leaves the outcome in the settings: "Processed", the template that came of it, or "TransformError", why the
 * operation fails. PROGRESS_WAIT: the request's step will be asked again.
 */
enum progress deployment_transforms_run(struct deployment_request *request, struct result *result);

#endif
