#include "services/cloudformation/resource_lists.h"

static const char *text_at(const json_t *list, size_t index, const char *key) {
    const json_t *item = json_array_get(list, index);
    return json_string_value(key ? json_object_get(item, key) : item);
}

static bool has(const json_t *list, const char *text, const char *key) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *other = text_at(list, i, key);
        if (other && strcmp(other, text) == 0) {
            return true;
        }
    }
    return false;
}

/* The n'th text of `list` that `other` does not have. */
static const char *nth_missing(const json_t *list, const json_t *other, const char *key, int n) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = text_at(list, i, key);
        if (text && !has(other, text, key) && n-- == 0) {
            return text;
        }
    }
    return NULL;
}

const char *resource_list_added(const struct resource_operation *operation, const char *property) {
    return nth_missing(resource_property(operation, property), resource_old_property(operation, property),
                       NULL, operation->round);
}

const char *resource_list_removed_key(const struct resource_operation *operation, const char *property,
                                      const char *key) {
    if (operation->request.action == RESOURCE_DELETE) {
        return nth_missing(resource_property(operation, property), NULL, key, operation->round);
    }
    return nth_missing(resource_old_property(operation, property), resource_property(operation, property),
                       key, operation->round);
}

const char *resource_list_removed(const struct resource_operation *operation, const char *property) {
    return resource_list_removed_key(operation, property, NULL);
}
