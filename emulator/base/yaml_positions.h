/* Where the nodes of a YAML document stand: a hash table beside the jansson values, which have no room for
 * it. For yaml.c only. */
#ifndef STACKRIG_YAML_POSITIONS_H
#define STACKRIG_YAML_POSITIONS_H

#include <jansson.h>

#include "emulator/base/text.h"

struct yaml_place {
    int line; /* from 1; 0 unknown */
    int column;
};

struct yaml_positions;

struct yaml_positions *yaml_positions_open(void);
void yaml_positions_close(struct yaml_positions *positions);
/* Of a value (key NULL) or of a key in an object; replaces what was known. */
void yaml_positions_put(struct yaml_positions *positions, const json_t *value, const char *key,
                        struct yaml_place place);
void yaml_positions_put_text(struct yaml_positions *positions, const json_t *object, struct text key,
                             struct yaml_place place);
/* Line 0 when it was never put, and for true, false and null, which are the same wherever they stand. */
struct yaml_place yaml_positions_get(const struct yaml_positions *positions, const json_t *value,
                                     const char *key);

#endif
