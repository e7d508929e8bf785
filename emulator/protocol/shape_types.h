/*
 * Fits a parsed JSON value to its shape: the part of decoding that all JSON protocols share. Declared types
 * are checked with AWS's texts; null members, earlier duplicates of map keys and words for booleans are put
 * right, so that what follows sees one form.
 */
#ifndef STACKRIG_SHAPE_TYPES_H
#define STACKRIG_SHAPE_TYPES_H

#include "emulator/protocol/shape.h"

struct shape_type_rules {
    const char *error_prefix; /* of the service: its Java package shows in some texts */
    bool wire_names;          /* rest-json: members are found by wire name and renamed to the model's */
};

/* False: *message is the text of a SerializationException.
 * Source: protocols.md section 4 (recorded: dynalite, moto). */
bool shape_fit_types(const struct shape_type_rules *rules, const struct shape *shape,
                     struct json_value *value, struct arena *arena, struct strbuf *message);

/* By the name on the wire; NULL when there is none. */
const struct shape_member *shape_wire_member(const struct shape *structure, struct text name);

#endif
