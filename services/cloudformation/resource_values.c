/* Reading of resolved properties for the resource types' functions. */
#include "emulator/protocol/shape.h"
#include "services/cloudformation/intrinsics.h"
#include "services/cloudformation/resource_call.h"
#include "services/cloudformation/resource_tags.h"
#include "services/cloudformation/resource_types.h"

static void release_text(void *argument) {
    free(argument);
}

/* A jansson dump that dies with the arena; "" when it cannot be written. */
static const char *keep_dump(struct arena *arena, const json_t *value) {
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (!text) {
        return "";
    }
    arena_cleanup(arena, release_text, text);
    return text;
}

json_t *resource_property(const struct resource_operation *operation, const char *name) {
    return json_object_get(operation->request.properties, name);
}

json_t *resource_old_property(const struct resource_operation *operation, const char *name) {
    return json_object_get(operation->request.old_properties, name);
}

const char *resource_scalar_text(struct arena *arena, const json_t *value) {
    return value ? scalar_text(arena, value) : NULL;
}

const char *resource_property_string(struct resource_operation *operation, const char *name) {
    return resource_scalar_text(operation->arena, resource_property(operation, name));
}

bool resource_property_changed(const struct resource_operation *operation, const char *name) {
    json_t *now = resource_property(operation, name);
    if (operation->request.action != RESOURCE_UPDATE) {
        return now != NULL;
    }
    if (strcmp(name, "Tags") == 0) {
        return resource_tags_changed(operation);
    }
    json_t *before = resource_old_property(operation, name);
    return now && before ? !json_equal(now, before) : now != before;
}

void resource_copy_properties(struct resource_operation *operation, json_t *input) {
    const struct type_step *step = operation->step;
    const struct operation_model *model =
        resource_operation_model(operation->emulator, step->service, step->operation);
    if (!model || !model->input) {
        return;
    }
    const struct property_row *row = operation->request.type->properties;
    for (; row && row->name; row++) {
        const char *member = row->member ? row->member : row->name;
        json_t *value = resource_property(operation, row->name);
        if (value && shape_member(model->input, text_of(member))) {
            json_object_set(input, member, value);
        }
    }
}

void resource_set_member(json_t *input, const char *member, const char *value) {
    if (value) {
        json_object_set_new(input, member, json_string(value));
    }
}

const char *resource_document_text(struct resource_operation *operation, const json_t *document) {
    if (!document) {
        return NULL;
    }
    return json_is_string(document) ? json_string_value(document) : keep_dump(operation->arena, document);
}

const char *resource_name(struct resource_operation *operation) {
    const struct resource_type *type = operation->request.type;
    const char *given = type->name_property ? resource_property_string(operation, type->name_property) : NULL;
    if (given) {
        return given;
    }
    const char *before = json_string_value(json_object_get(operation->scratch, "GeneratedName"));
    if (!before) {
        const char *name = resource_type_generate_name(
            operation->arena, emulator_ids(operation->emulator), operation->request.stack_name,
            operation->request.logical_id, type->name_limit, type->name_lower_case);
        json_object_set_new(operation->scratch, "GeneratedName", json_string(name));
        before = json_string_value(json_object_get(operation->scratch, "GeneratedName"));
    }
    return before;
}
