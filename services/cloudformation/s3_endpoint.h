/* Answers in S3's name at the presigned URLs that CloudFormation hands out. */
#ifndef STACKRIG_CLOUDFORMATION_S3_ENDPOINT_H
#define STACKRIG_CLOUDFORMATION_S3_ENDPOINT_H

#include "emulator/core/call.h"

#define S3_ENDPOINT_BAD_SIGNATURE                                                                            \
    "The request signature we calculated does not match the signature you provided. Check your key and "     \
    "signing method."

/* 200, an ETag, no body: what S3 answers to a PUT whatever it holds. */
void s3_endpoint_stored(struct call *call);
/* 403 with S3's error document. */
struct result s3_endpoint_deny(struct call *call, const char *code, const char *message);

#endif
