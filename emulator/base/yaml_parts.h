/* What the YAML reader is made of; for yaml*.c only. */
#ifndef STACKRIG_YAML_PARTS_H
#define STACKRIG_YAML_PARTS_H

#include <jansson.h>

#include "emulator/base/yaml.h"

struct yaml_place {
    int line; /* from 1; 0 unknown */
    int column;
};

void yaml_set_error(struct yaml_error *error, struct yaml_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- yaml_positions.c: a hash table beside the jansson values, which have no room for their places ---- */

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

/* ---- yaml_scalar.c; each returns a new reference ---- */

bool yaml_is_null(struct text text);
json_t *yaml_string(struct text text);
/* NULL: a string. */
json_t *yaml_number(struct text text);
json_t *yaml_core_scalar(struct text text);

/* ---- yaml_json.c ---- */

/* A new reference, or NULL and *error. *is_json: it was JSON, whatever else is wrong with it. */
json_t *yaml_load_json(struct text source, const struct yaml_options *options,
                       struct yaml_positions *positions, struct yaml_error *error, bool *is_json);

#endif
