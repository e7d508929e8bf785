#include "services/cloudformation/transforms.h"

#include "emulator/base/yaml.h"

#define FUNCTION "Fn::Transform"
#define SECTION "Transform"

static void decref(void *value) {
    json_decref(value);
}

static json_t *keep(struct arena *arena, json_t *value) {
    arena_cleanup(arena, decref, value);
    return value;
}

static json_t *parse(struct arena *arena, struct text text) {
    const struct yaml_options options = {.scalars = YAML_CORE_SCALARS, .cloudformation_tags = true};
    struct yaml_error problem;
    struct yaml_document *document = yaml_load(text, "template", &options, &problem);
    if (!document) {
        return NULL;
    }
    json_t *copy = keep(arena, json_deep_copy(yaml_root(document)));
    yaml_close(document);
    return copy;
}

json_t *transforms_parse(struct arena *arena, struct text body) {
    json_t *root = parse(arena, body);
    return json_is_object(root) ? root : NULL;
}

/* ---- finding -------------------------------------------------------------------------------------- */

/* Inner ones first. `site` has the place of `value`. */
static json_t *search(json_t *value, struct transform_site *site) {
    const char *key;
    json_t *member;
    size_t index;
    json_object_foreach(value, key, member) {
        struct transform_site inner = {.parent = value, .key = key};
        json_t *found = strcmp(key, FUNCTION) == 0 ? NULL : search(member, &inner);
        if (found) {
            *site = inner;
            return found;
        }
    }
    json_array_foreach(value, index, member) {
        struct transform_site inner = {.parent = value, .index = index};
        json_t *found = search(member, &inner);
        if (found) {
            *site = inner;
            return found;
        }
    }
    return json_object_get(value, FUNCTION) ? value : NULL;
}

static const char *entry_name(const json_t *entry) {
    return json_string_value(json_is_object(entry) ? json_object_get(entry, "Name") : entry);
}

/* Takes entry number `index` out of the list at `member`; the others stay for later. */
static void take(struct arena *arena, const json_t *holder, const char *member, size_t index,
                 struct transform_site *site) {
    json_t *entries = json_object_get(holder, member);
    json_t *entry = json_is_array(entries) ? json_array_get(entries, index) : entries;
    const char *name = entry_name(entry);
    site->name = arena_strdup(arena, name ? name : "");
    site->parameters = json_is_object(entry) ? json_object_get(entry, "Parameters") : NULL;
    if (site->parameters) {
        site->parameters = keep(arena, json_deep_copy(site->parameters));
    }
    site->fragment = keep(arena, json_copy((json_t *)holder));
    json_object_del(site->fragment, member);
    site->rest = keep(arena, json_array());
    for (size_t i = 0; json_is_array(entries) && i < json_array_size(entries); i++) {
        if (i != index) {
            json_array_append(site->rest, json_array_get(entries, i));
        }
    }
}

/* Which of the section's is next: AWS::Include after all others. False: only language extensions are left. */
static bool next_of_section(const json_t *entries, size_t *index) {
    bool include = false;
    size_t count = json_is_array(entries) ? json_array_size(entries) : entries ? 1 : 0;
    for (size_t i = 0; i < count; i++) {
        const char *name = entry_name(json_is_array(entries) ? json_array_get(entries, i) : entries);
        if (!name || strcmp(name, TRANSFORM_LANGUAGE_EXTENSIONS) == 0) {
            continue;
        }
        if (strcmp(name, TRANSFORM_INCLUDE) != 0) {
            *index = i;
            return true;
        }
        if (!include) {
            *index = i;
            include = true;
        }
    }
    return include;
}

bool transforms_next(struct arena *arena, json_t *root, struct transform_site *site) {
    *site = (struct transform_site){0};
    json_t *holder = search(root, site);
    if (holder) {
        take(arena, holder, FUNCTION, 0, site);
        return true;
    }
    size_t index = 0;
    if (!next_of_section(json_object_get(root, SECTION), &index)) {
        return false;
    }
    take(arena, root, SECTION, index, site);
    return true;
}

/* ---- results -------------------------------------------------------------------------------------- */

json_t *transforms_put(struct arena *arena, json_t *root, const struct transform_site *site, json_t *result) {
    json_t *made = keep(arena, json_copy(result));
    if (json_array_size(site->rest) > 0 && json_is_object(made)) {
        json_object_set(made, site->parent || json_object_get(root, FUNCTION) ? FUNCTION : SECTION,
                        site->rest);
    }
    if (!site->parent) {
        /* A function at the top leaves the section as it is. */
        json_t *section = json_object_get(root, FUNCTION) ? json_object_get(root, SECTION) : NULL;
        if (section && json_is_object(made)) {
            json_object_set(made, SECTION, section);
        }
        return made;
    }
    if (site->key) {
        json_object_set(site->parent, site->key, made);
    } else {
        json_array_set(site->parent, site->index, made);
    }
    return root;
}

/* Members that both have are joined; elsewhere what is included wins. */
static void join(json_t *into, const json_t *from) {
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)from, key, member) {
        json_t *present = json_object_get(into, key);
        if (json_is_object(present) && json_is_object(member)) {
            json_t *joined = json_copy(present);
            join(joined, member);
            json_object_set_new(into, key, joined);
        } else {
            json_object_set(into, key, member);
        }
    }
}

json_t *transforms_include(struct arena *arena, const json_t *fragment, struct text included) {
    json_t *content = parse(arena, included);
    if (!content || json_is_string(content)) {
        return NULL;
    }
    if (!json_is_object(content) || json_object_size(fragment) == 0) {
        return content;
    }
    json_t *joined = keep(arena, json_copy((json_t *)fragment));
    join(joined, content);
    return joined;
}
