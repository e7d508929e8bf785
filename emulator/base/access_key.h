/*
 * Ids of access keys and of IAM's entities, in AWS's forms. An access key id carries its account, as on AWS:
 * GetAccessKeyInfo only has to decode it.
 */
#ifndef STACKRIG_ACCESS_KEY_H
#define STACKRIG_ACCESS_KEY_H

#include "emulator/base/ids.h"
#include "emulator/base/text.h"

#define ACCESS_KEY_ID_SIZE 21     /* with the NUL */
#define SECRET_ACCESS_KEY_SIZE 41 /* with the NUL */
#define UNIQUE_ID_SIZE 22         /* with the NUL */

/* prefix: "AKIA" (lasting) or "ASIA" (session); account: 12 digits. */
void access_key_make_id(struct ids *ids, const char *prefix, const char *account,
                        char id[ACCESS_KEY_ID_SIZE]);
void access_key_make_secret(struct ids *ids, char secret[SECRET_ACCESS_KEY_SIZE]);
/* The account inside an access key id, 12 digits and a NUL. False: it carries none. */
bool access_key_account(struct text id, char account[13]);

/* "AROA" (role), "AIDA" (user), "AGPA" (group), "ANPA" (policy), "AIPA" (instance profile) and 17 more. */
void unique_id_make(struct ids *ids, const char *prefix, char id[UNIQUE_ID_SIZE]);

#endif
