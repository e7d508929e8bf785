/* ServiceToken of a custom resource: the Lambda function or SNS topic that handles it. Pure. */
#ifndef STACKRIG_CLOUDFORMATION_SERVICE_TOKEN_H
#define STACKRIG_CLOUDFORMATION_SERVICE_TOKEN_H

#include <stdbool.h>

/* NULL: usable in this Region; else the failure's reason. token NULL: missing. */
const char *service_token_problem(const char *token, const char *region);
bool service_token_is_topic(const char *token);

#endif
