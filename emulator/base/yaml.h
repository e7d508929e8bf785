/*
 * YAML text as jansson values with the position of every node, over libyaml (the only user of its header).
 * A text that begins with '{' is tried as JSON first, with json_parse(); what is not JSON may still be YAML's
 * flow style. When it is neither, the error is the one of JSON.
 *
 * Short forms of CloudFormation (!Ref X, !GetAtt A.B, ...) become {"Ref": ..} and {"Fn::GetAtt": [..]} when
 * `cloudformation_tags` is set; every other tag but YAML's own !!str, !!int, !!float, !!bool, !!null, !!map
 * and
 * !!seq is an error. Aliases become copies; the copies of one document are limited, so that a small hostile
 * text cannot grow. Keys are strings as written. No merge keys ("<<").
 */
#ifndef STACKRIG_YAML_H
#define STACKRIG_YAML_H

#include <jansson.h>

#include "emulator/base/diagnostic.h"
#include "emulator/base/text.h"

struct yaml_document;

enum yaml_scalars {
    /* YAML 1.2's core schema: 1 is an integer, true a boolean, ~ null; yes, no, on and off are strings.
     * Unlike there, a decimal number with leading zeros is a string (000000000000 is an account), and so are
     * .inf and .nan, which JSON does not have. */
    YAML_CORE_SCALARS,
    /* Every plain scalar is a string as written (1.0 stays "1.0"), in JSON numbers and booleans too; null
     * stays null. */
    YAML_STRING_SCALARS,
};

struct yaml_options {
    enum yaml_scalars scalars;
    bool cloudformation_tags;
    bool reject_duplicate_keys; /* else the last wins */
    bool reject_aliases;        /* as CloudFormation does, in its words */
};

struct yaml_error {
    int line;   /* from 1 */
    int column; /* from 1 */
    char message[256];
};

/* NULL and *error when it does not parse; one document only. `file` is borrowed for positions. */
struct yaml_document *yaml_load(struct text source, const char *file, const struct yaml_options *options,
                                struct yaml_error *error);
void yaml_close(struct yaml_document *document);
/* Borrowed from the document. */
json_t *yaml_root(const struct yaml_document *document);
/*
 * Where a value of this document stands (and where its key stands, for object members). Line 0: unknown.
 * true, false and null are one and the same value for jansson wherever they stand: always unknown; ask for
 * their key.
 */
struct position yaml_position(const struct yaml_document *document, const json_t *value);
struct position yaml_key_position(const struct yaml_document *document, const json_t *object,
                                  const char *key);

#endif
