/* What a resource is tagged with: AWS's own tags, its stack's, its own; the later win. */
#include "services/cloudformation/resource_tags.h"

#include "services/cloudformation/resource_types.h"

static void set_tag(json_t *map, const json_t *tag) {
    const char *key = json_string_value(json_object_get(tag, "Key"));
    if (key) {
        json_t *value = json_object_get(tag, "Value");
        json_object_set_new(map, key, value ? json_deep_copy(value) : json_string(""));
    }
}

/* The template's and the stack's tags, without AWS's own. */
static json_t *given_tags(const json_t *stack_tags, const json_t *own) {
    json_t *map = json_object();
    size_t i;
    json_t *tag;
    json_array_foreach(stack_tags, i, tag) {
        set_tag(map, tag);
    }
    if (json_is_object(own)) {
        json_object_update(map, (json_t *)own);
    }
    json_array_foreach(own, i, tag) {
        set_tag(map, tag);
    }
    return map;
}

static json_t *new_tags(const struct resource_operation *operation) {
    return given_tags(operation->request.stack_tags, resource_property(operation, "Tags"));
}

static json_t *old_tags(const struct resource_operation *operation) {
    return given_tags(operation->request.old_stack_tags, resource_old_property(operation, "Tags"));
}

bool resource_tags_changed(const struct resource_operation *operation) {
    json_t *now = new_tags(operation);
    json_t *before = old_tags(operation);
    bool changed = !json_equal(now, before);
    json_decref(now);
    json_decref(before);
    return changed;
}

json_t *resource_all_tags_map(struct resource_operation *operation) {
    const struct resource_request *request = &operation->request;
    if (!request->type->system_tags) {
        return new_tags(operation);
    }
    json_t *map = json_pack("{s:s, s:s, s:s}", "aws:cloudformation:stack-name", request->stack_name,
                            "aws:cloudformation:stack-id", request->stack_id, "aws:cloudformation:logical-id",
                            request->logical_id);
    json_t *given = new_tags(operation);
    json_object_update(map, given);
    json_decref(given);
    return map;
}

json_t *resource_all_tags(struct resource_operation *operation) {
    json_t *map = resource_all_tags_map(operation);
    json_t *list = json_array();
    const char *key;
    json_t *value;
    json_object_foreach(map, key, value) {
        json_array_append_new(list, json_pack("{s:s, s:O}", "Key", key, "Value", value));
    }
    json_decref(map);
    return list;
}

bool resource_untag(struct resource_operation *operation, json_t *input) {
    json_t *keys = json_array();
    json_t *now = new_tags(operation);
    json_t *before = old_tags(operation);
    const char *key;
    json_t *value;
    json_object_foreach(before, key, value) {
        if (!json_object_get(now, key)) {
            json_array_append_new(keys, json_string(key));
        }
    }
    json_decref(now);
    json_decref(before);
    json_object_set_new(input, "TagKeys", keys);
    return json_array_size(keys) > 0;
}

bool resource_tag_list(struct resource_operation *operation, json_t *input) {
    json_t *tags = resource_all_tags(operation);
    json_object_set_new(input, "Tags", tags);
    return json_array_size(tags) > 0;
}

bool resource_tag_map(struct resource_operation *operation, json_t *input) {
    json_t *tags = resource_all_tags_map(operation);
    json_object_set_new(input, "Tags", tags);
    return json_object_size(tags) > 0;
}

void resource_add_tag_list(struct resource_operation *operation, json_t *input) {
    if (!resource_tag_list(operation, input)) {
        json_object_del(input, "Tags");
    }
}
