/*
 * Message attributes as they are kept: one run of bytes, sorted by name, in the very form whose MD5 AWS
 * answers. So the digest of any selection is the digest of the pieces selected. Pure.
 * Source: SQS developer guide, "Calculating the MD5 message digest for message attributes".
 */
#ifndef STACKRIG_SQS_MESSAGE_ATTRIBUTES_H
#define STACKRIG_SQS_MESSAGE_ATTRIBUTES_H

#include "emulator/base/arena.h"
#include "emulator/base/strbuf.h"

#define SQS_MAXIMUM_MESSAGE_ATTRIBUTES 10
#define SQS_MD5_SIZE 33 /* with the NUL */

struct sqs_message_attribute {
    struct text name;
    struct text type;
    struct text value; /* decoded bytes when binary */
    bool binary;
};

/* Sorts the attributes and appends them. */
void sqs_message_attributes_pack(struct strbuf *packed, struct sqs_message_attribute *attributes,
                                 size_t count);
/* Cuts the first one off the front of *packed, borrowing; *piece (may be NULL) gets its bytes. False: none is
 * left. */
bool sqs_message_attributes_next(struct text *packed, struct sqs_message_attribute *attribute,
                                 struct text *piece);
/* Lower-case hex. Also for bodies. */
void sqs_md5(struct text bytes, char hex[SQS_MD5_SIZE]);

/* Letters (of any alphabet), digits, "_", "-", "."; no dot at either end or beside another; not beginning
 * with "AWS." or "Amazon."; 1 to 256 characters. */
bool sqs_message_attribute_name_is_valid(struct text name);
/* String, Number, Binary, each alone or followed by a dot and a label; at most 256 bytes. */
bool sqs_message_attribute_type_is_valid(struct text type);
/* What a receiver asks for: a name, "All", ".*", "*" or a prefix as "foo.*". */
bool sqs_message_attribute_matches(struct text wanted, struct text name);

#endif
