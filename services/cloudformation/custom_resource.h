/*
 * Custom resources: the request that goes to a Lambda function or an SNS topic, the presigned-looking URL
 * its answer is PUT to, the deadline. Requests are rows; a task only wakes up at a due time.
 */
#ifndef STACKRIG_CLOUDFORMATION_CUSTOM_RESOURCE_H
#define STACKRIG_CLOUDFORMATION_CUSTOM_RESOURCE_H

#include "emulator/core/service.h"
#include "services/cloudformation/stack_runner.h"

/* Carries out CREATE, UPDATE or DELETE; answers through the run's queue or, later, stack_runner_post(). */
void custom_resource_send(struct stack_run *run, const struct machine_action *action,
                          enum resource_action kind, struct arena *arena);
/* Nobody waits for the answer of this resource any more; its handler is not told. */
void custom_resource_cancel(struct stack_run *run, int serial);
/* True while a request of this work waits for its answer. */
bool custom_resource_waits(struct stack_run *run, int serial, int work);
/* RequestId of the last request that was answered; "" when there is none. */
const char *custom_resource_last_request(struct stack_run *run, int serial, struct arena *arena);

/* Ends a waiting request in its row. False: somebody was faster. */
bool custom_resource_end_request(struct emulator *emulator, const char *request_id, const char *state,
                                 struct text answer, const char *reason, struct arena *arena,
                                 struct custom_request_row *row);
/* Tells the machine; physical_id NULL: none is known. */
void custom_resource_post_failure(struct emulator *emulator, const struct custom_request_row *row,
                                  const char *reason, const char *physical_id);

/* The endpoint row's functions: PUT to https://cloudformation-custom-resource-response-REGION.s3... */
bool custom_resource_response_match(struct emulator *emulator, const struct http_request *request);
void custom_resource_response_describe(struct call *call);
struct result custom_resource_response_handle(struct call *call);
/* Says 200 although the answer is lost. */
void custom_resource_response_swallow(struct call *call);

#endif
