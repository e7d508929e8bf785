/* TemplateURL and StackPolicyURL: which S3 object they name. Pure. */
#ifndef STACKRIG_CLOUDFORMATION_TEMPLATE_URL_H
#define STACKRIG_CLOUDFORMATION_TEMPLATE_URL_H

#include "emulator/base/arena.h"

/*
 * "https://s3.amazonaws.com/bucket/key" and its kin, the emulator's own addresses included. False: no
 * supported URL; *bad_domain then tells the one that AWS words apart, "S3 error: Domain name specified in
 * <bucket> is not a valid S3 domain", or is NULL. *version may be NULL.
 */
bool template_url_parse(struct arena *arena, const char *url, const char **bucket, const char **key,
                        const char **version, const char **bad_domain);

#endif
