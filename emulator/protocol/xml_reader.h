/*
 * A small XML reader for request bodies: elements, attributes, text, CDATA, comments, processing
 * instructions. No DTD, hence no entities beyond the five and numbers; depth and size are bounded. Namespace
 * prefixes are kept as written; declarations are attributes like others.
 */
#ifndef STACKRIG_XML_READER_H
#define STACKRIG_XML_READER_H

#include "emulator/base/arena.h"

#define XML_MAXIMUM_DEPTH 128
/* Elements and attributes of one document; the largest that S3 takes (10,000 parts) has some 80,000. */
#define XML_MAXIMUM_NODES 1000000

struct xml_attribute {
    struct text name;
    struct text value; /* decoded */
    struct xml_attribute *next;
};

struct xml_element {
    struct text name; /* with its prefix */
    struct text text; /* character data of this element, without that of its children; never absent */
    struct xml_attribute *attributes;
    struct xml_element *child;
    struct xml_element *next;
};

/* One root element. NULL: malformed (*message says what; may be NULL). Borrows `source`. */
struct xml_element *xml_parse(struct arena *arena, struct text source, const char **message);
/* The name without a prefix. */
struct text xml_local_name(const struct xml_element *element);
/* Absent when there is none. */
struct text xml_attribute(const struct xml_element *element, const char *name);

#endif
