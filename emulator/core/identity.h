/*
 * Who calls, and where: account and Region of one call. Account: the access key id itself when it is 12
 * digits, the account of a session that STS handed out, else the emulator's default (000000000000).
 * Region: the credential scope, else the emulator's default (us-east-1).
 */
#ifndef STACKRIG_IDENTITY_H
#define STACKRIG_IDENTITY_H

#include "emulator/base/http_message.h"

#define ACCOUNT_SIZE 13 /* with the NUL */
#define REGION_SIZE 33

struct identity {
    char account[ACCOUNT_SIZE];
    char region[REGION_SIZE];
    const char *access_key;      /* NULL: anonymous */
    const char *session_token;   /* NULL: none */
    const char *arn;             /* principal: arn:aws:iam::ACCOUNT:root unless a session or user says else */
    const char *user_id;         /* of GetCallerIdentity */
    const char *signing_service; /* of the credential scope; NULL: unsigned */
    bool expired;                /* a session that is over: its calls are refused */
    bool service_principal;      /* an internal caller such as cloudformation.amazonaws.com; arn is its name */
};

struct emulator;

/* Reads Authorization header or presigned query. Strings live in the request's arena. Never fails: what
 * cannot be read falls back to the defaults. */
void identity_of_request(struct emulator *emulator, const struct http_request *request,
                         struct identity *identity);

#endif
