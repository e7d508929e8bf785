/* DynamoDB Streams: a service of its own on the wire, over the tables of DynamoDB. */
#ifndef STACKRIG_DYNAMODB_STREAMS_H
#define STACKRIG_DYNAMODB_STREAMS_H

#include "emulator/core/service.h"

extern const struct service dynamodbstreams_service;

#endif
