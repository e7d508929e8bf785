/*
 * How a request names a function: name, name:qualifier, partial ARN, full ARN. Pure text work; whether the
 * function exists is nobody's concern here.
 */
#ifndef STACKRIG_FUNCTION_REFERENCE_H
#define STACKRIG_FUNCTION_REFERENCE_H

#include "emulator/base/text.h"

struct function_reference {
    struct text region;  /* absent unless an ARN names one */
    struct text account; /* absent unless the text names one */
    struct text name;
    struct text qualifier; /* absent when there is none */
};

/*
 * Borrows `text`, whose form the shape's pattern has checked already. False: more parts than a reference has.
 * Source: lambda.md section 1; recordings test_function_name_and_qualifier_validation.
 */
bool function_reference_parse(struct text text, struct function_reference *reference);
/* "us-east-1", "us-gov-west-1", "us-iso-east-1" */
bool text_is_region(struct text text);
/* Twelve digits. */
bool text_is_account(struct text text);
/* A version number (digits alone), not an alias and not $LATEST. */
bool qualifier_is_version(const char *qualifier);

#endif
