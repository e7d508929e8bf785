/*
 * Which service, operation and protocol a request means: from the surest sign to the weakest
 * (protocols.md section 1). Pure: looks at the request and the tables only.
 */
#ifndef STACKRIG_ROUTE_H
#define STACKRIG_ROUTE_H

#include "emulator/base/http_message.h"
#include "emulator/core/service.h"
#include "emulator/protocol/codec.h"

struct route {
    const struct service *service;           /* NULL: nobody's */
    const struct operation_model *operation; /* NULL: unknown; error says so */
    const struct operation_row *row;         /* NULL: known but not emulated */
    const struct codec *codec; /* NULL with service: no protocol to answer in */
    const struct text *uri_values;
    const struct error_shape *error; /* when operation is NULL */
    const char *message;
};

/* signing_service: of the credential scope, NULL when unsigned. Never fails: what no sign claims is S3's. */
void route_request(const struct service *const *services, const struct http_request *request,
                   const char *signing_service, struct route *route);
/* A call from another service, by names. */
void route_internal(const struct service *const *services, const char *service, const char *operation,
                    struct route *route);

/*
 * Matches a path against a URI template of the model ("/a/{B}/{Key+}"). Returns the score (literal segments
 * weigh more than labels) or -1. values get the labels in order, still encoded.
 */
int route_match_path(const char *template, struct text path, struct text *values, int maximum_values);

#define ROUTE_MAXIMUM_LABELS 8

#endif
