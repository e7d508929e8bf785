/*
 * AWS::CloudFormation::WaitConditionHandle and WaitCondition: a presigned-looking URL and a resource that
 * waits until enough signals were PUT to it. Signals are rows, so that they outlive a restart.
 */
#ifndef STACKRIG_CLOUDFORMATION_WAIT_CONDITION_H
#define STACKRIG_CLOUDFORMATION_WAIT_CONDITION_H

#include "emulator/core/service.h"
#include "services/cloudformation/resource_operation.h"

/* The types' `start` functions. */
void wait_condition_handle_start(struct resource_operation *operation);
void wait_condition_start(struct resource_operation *operation);

/* The endpoint row's functions: PUT to https://cloudformation-waitcondition-REGION.s3... */
bool wait_condition_match(struct emulator *emulator, const struct http_request *request);
void wait_condition_describe(struct call *call);
struct result wait_condition_handle(struct call *call);

#endif
