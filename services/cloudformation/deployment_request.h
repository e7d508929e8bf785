/*
 * Turns the request of CreateStack, UpdateStack, CreateChangeSet, ValidateTemplate or GetTemplateSummary into
 * a checked deployment. Some of it takes calls to other services (template from S3, SSM parameter values,
 * the service role): then the request waits.
 */
#ifndef STACKRIG_CLOUDFORMATION_DEPLOYMENT_REQUEST_H
#define STACKRIG_CLOUDFORMATION_DEPLOYMENT_REQUEST_H

#include "emulator/core/emulator.h"
#include "services/cloudformation/deployment.h"

struct deployment_request;

/* Called when everything is checked; its result is the call's. */
typedef struct result deployment_ready_fn(struct deployment_request *request);

struct deployment_request {
    struct call *call;
    struct input input;
    deployment_ready_fn *ready;
    const char *operation; /* "CreateStack": which members the input has */
    bool template_only; /* ValidateTemplate, GetTemplateSummary: parameters and settings are not looked at */
    bool expanding;     /* a direct CreateStack or UpdateStack: transforms need CAPABILITY_AUTO_EXPAND */
    /* The stack as it is; update: */
    const char *previous_template; /* for UsePreviousTemplate and no template at all; NULL: none */
    const json_t *previous_settings;
    struct deployment_place place;
    void *argument; /* the caller's own */

    /* Results. */
    struct deployment *deployment;
    const char *policy_body; /* StackPolicyBody or what StackPolicyURL held; NULL: none given */

    /* Private. */
    int step;
    size_t parameter;
    struct waiting *waiting;
    struct transforming *transforming;
    struct text fetched;
};

/* All strings of the request must live in the call's arena. Returns the operation's result, or pending. */
struct result deployment_request_start(struct deployment_request *request);

/* The settings document (deployment.h) of a request whose parameters are checked; owned by the arena. */
json_t *deployment_request_settings(struct deployment_request *request);
/* Only fetches the policy that StackPolicyURL names. */
struct result deployment_request_policy(struct deployment_request *request);
/* A structured member of the request as jansson, owned by the arena. */
json_t *deployment_member_json(struct arena *arena, struct input input, const char *member);

#endif
