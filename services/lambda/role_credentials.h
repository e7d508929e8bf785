/* The session of a function's role, as STS hands it out to Lambda. */
#ifndef STACKRIG_ROLE_CREDENTIALS_H
#define STACKRIG_ROLE_CREDENTIALS_H

#include "services/lambda/lambda.h"

struct role_credentials {
    const char *access_key;
    const char *secret_key;
    const char *session_token; /* NULL: none */
    int64_t expire_ms;
};

struct credentials_request;

/* Borrowed during the callback. */
typedef void role_credentials_fn(void *argument, const struct role_credentials *credentials);

/* Calls back in a later turn, once, unless cancelled. A role that cannot be assumed (there is none of that
 * name) gives credentials of its account, so that a handler can work without one. */
struct credentials_request *role_credentials_request(struct emulator *emulator, struct lambda_owner owner,
                                                     const char *role, const char *function,
                                                     role_credentials_fn *ready, void *argument);
/* Nobody waits for it any more. NULL is allowed. */
void role_credentials_cancel(struct credentials_request *request);
/* The same when its call is dead, so that no answer will come (reset, shutdown). */
void role_credentials_abandon(struct credentials_request *request);

#endif
