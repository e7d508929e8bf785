/*
 * Shape tables made at run time from the layout of model.json: for tests whose models are data. Beside the
 * tests of the same name because the build has no place for test code that is no test.
 */
#ifndef STACKRIG_SHAPE_BUILDER_TEST_H
#define STACKRIG_SHAPE_BUILDER_TEST_H

#include <jansson.h>

#include "emulator/protocol/shape.h"

struct built_shapes;

/* `shapes`: {NAME: facts}; borrowed as long as the arena lives. */
struct built_shapes *built_shapes_open(struct arena *arena, const json_t *shapes);
/* NULL for NULL and for names that are not there. */
const struct shape *built_shape(struct built_shapes *built, const char *name);
/* From {name, http, in, out, wrapper, ...}. */
struct operation_model *built_operation(struct arena *arena, struct built_shapes *built, const json_t *facts);
/* From {protocol, json, namespace, ...}, without operations. */
struct service_model *built_service(struct arena *arena, const json_t *facts);

#endif
