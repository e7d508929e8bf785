/*
 * What IAM demands of a policy document before it stores it. Pure: it looks at the text alone and does not
 * evaluate permissions. Source: sts-iam.md B2; IAM user guide, "Grammar of the IAM JSON policy language".
 */
#ifndef STACKRIG_POLICY_DOCUMENT_H
#define STACKRIG_POLICY_DOCUMENT_H

#include "emulator/base/text.h"

/* NULL: good. Otherwise AWS's text for MalformedPolicyDocument. */
const char *policy_document_check_identity(struct text document);
const char *policy_document_check_trust(struct text document);
/* Characters that count against a quota: all but white space. */
size_t policy_document_size(struct text document);

#endif
