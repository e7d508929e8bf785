/* arn:partition:service:region:account:resource, split without copying. */
#ifndef STACKRIG_ARN_H
#define STACKRIG_ARN_H

#include "emulator/base/arena.h"

struct arn {
    struct text partition;
    struct text service;
    struct text region;   /* empty for IAM and S3 */
    struct text account;  /* empty for S3 */
    struct text resource; /* the rest, colons included */
};

/* Borrows from text. False: not six parts beginning with "arn:". */
bool arn_parse(struct text text, struct arn *arn);
char *arn_build(struct arena *arena, const char *service, const char *region, const char *account,
                const char *resource);

#endif
