/* Answers of DynamoDB's front end beside its operations: the health check, wrong content types. */
#ifndef STACKRIG_DYNAMODB_FRONT_DOOR_H
#define STACKRIG_DYNAMODB_FRONT_DOOR_H

#include "emulator/core/service.h"

extern const struct endpoint_row dynamodb_endpoints[];

#endif
