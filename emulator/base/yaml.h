/*
 * YAML text as jansson values with the position of every node, over libyaml (the only user of its header).
 * JSON is read by the same door: it is YAML's flow style, but json errors read better from jansson, so
 * yaml_load() tries JSON first when the text begins with '{'.
 *
 * Short forms of CloudFormation (!Ref X, !GetAtt A.B, ...) become {"Ref": ..} and {"Fn::GetAtt": [..]} when
 * `tags` is set; any other local tag is an error then.
 */
#ifndef STACKRIG_YAML_H
#define STACKRIG_YAML_H

#include <jansson.h>

#include "emulator/base/diagnostic.h"
#include "emulator/base/text.h"

struct yaml_document;

enum yaml_scalars {
    YAML_CORE_SCALARS,   /* 1 is an integer, true a boolean, ~ null */
    YAML_STRING_SCALARS, /* every plain scalar is a string as written (1.0 stays "1.0"); null stays null */
};

struct yaml_options {
    enum yaml_scalars scalars;
    bool cloudformation_tags;
    bool reject_duplicate_keys; /* else the last wins */
};

struct yaml_error {
    int line;
    int column;
    char message[256];
};

/* NULL and *error when it does not parse; one document only. `file` is borrowed for positions. */
struct yaml_document *yaml_load(struct text source, const char *file, const struct yaml_options *options,
                                struct yaml_error *error);
void yaml_close(struct yaml_document *document);
/* Borrowed from the document. */
json_t *yaml_root(const struct yaml_document *document);
/* Where a value of this document stands (and where its key stands, for object members). Line 0: unknown. */
struct position yaml_position(const struct yaml_document *document, const json_t *value);
struct position yaml_key_position(const struct yaml_document *document, const json_t *object, const char *key);

#endif
