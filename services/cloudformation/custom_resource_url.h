/* ResponseURL of custom resource requests: made, and taken apart again. Pure but for the random signature. */
#ifndef STACKRIG_CLOUDFORMATION_CUSTOM_RESOURCE_URL_H
#define STACKRIG_CLOUDFORMATION_CUSTOM_RESOURCE_URL_H

#include "emulator/base/arena.h"
#include "emulator/base/ids.h"

#define CUSTOM_RESOURCE_HOST "cloudformation-custom-resource-response-"

struct custom_resource_url {
    const char *region;
    const char *stack_id;
    const char *logical_id;
    const char *request_id;
    int64_t now_ms;
};

/*
 * A presigned S3 PUT as AWS makes it: https on the default port, the Region's host, the key
 * <StackId>|<LogicalResourceId>|<RequestId> with ':' and '|' escaped and '/' left, valid for 7200 s.
 * Source: captured events, cloudformation.md A3.
 */
char *custom_resource_url_build(struct arena *arena, struct ids *ids, const struct custom_resource_url *url);

struct custom_resource_key {
    const char *stack_id;
    const char *logical_id;
    const char *request_id;
};

/* Reads the path of a request, escaped or not, with or without the bucket in front. False: no such key. */
bool custom_resource_url_parse(struct arena *arena, struct text path, struct custom_resource_key *key);

#endif
