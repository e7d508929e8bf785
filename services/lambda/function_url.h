/* HTTP of function URLs. */
#ifndef STACKRIG_FUNCTION_URL_H
#define STACKRIG_FUNCTION_URL_H

#include "services/lambda/lambda.h"

#define FUNCTION_URL_ID_SIZE 32

/*
 * http://HOST/<id>.lambda-url.<region>/ : the id and Region of AWS's host name as the first part of a path,
 * so that a client on this machine reaches it without a name server. AWS's form is understood too, by Host.
 */
const char *function_url(struct call *call, const char *region, const char *id);
bool function_url_match(struct emulator *emulator, const struct http_request *request);
struct result function_url_handle(struct call *call);

#endif
