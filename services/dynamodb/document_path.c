#include "services/dynamodb/document_path.h"

/* Of values on their way out, between path_remove() and path_sweep(). */
#define REMOVED ATTRIBUTE_TYPE_COUNT

struct document_path path_of_name(struct arena *arena, struct text name) {
    struct path_step *step = arena_zalloc(arena, sizeof(*step));
    step->name = name;
    return (struct document_path){.steps = step, .count = 1};
}

static struct attribute *step_into(const struct attribute *value, const struct path_step *step) {
    if (step->name.data) {
        return value->type == ATTRIBUTE_M ? attribute_find(value, step->name) : NULL;
    }
    return value->type == ATTRIBUTE_L ? attribute_element(value, step->index) : NULL;
}

struct attribute *path_get(const struct attribute *item, const struct document_path *path) {
    struct attribute *value = step_into(item, &path->steps[0]);
    for (size_t i = 1; i < path->count && value; i++) {
        value = step_into(value, &path->steps[i]);
    }
    return value;
}

static bool same_step(const struct path_step *a, const struct path_step *b) {
    if (a->name.data || b->name.data) {
        return a->name.data && b->name.data && text_same(a->name, b->name);
    }
    return a->index == b->index;
}

bool path_same(const struct document_path *a, const struct document_path *b) {
    return a->count == b->count && paths_relation(a, b) == PATHS_OVERLAP;
}

void path_describe(struct strbuf *buffer, const struct document_path *path) {
    strbuf_append_char(buffer, '[');
    for (size_t i = 0; i < path->count; i++) {
        const struct path_step *step = &path->steps[i];
        strbuf_append_string(buffer, i > 0 ? ", " : "");
        if (step->name.data) {
            strbuf_append_text(buffer, step->name);
        } else {
            strbuf_printf(buffer, "[%u]", (unsigned)step->index);
        }
    }
    strbuf_append_char(buffer, ']');
}

enum path_relation paths_relation(const struct document_path *a, const struct document_path *b) {
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        if ((a->steps[i].name.data == NULL) != (b->steps[i].name.data == NULL)) {
            return PATHS_CONFLICT;
        }
        if (!same_step(&a->steps[i], &b->steps[i])) {
            return PATHS_APART;
        }
    }
    return PATHS_OVERLAP;
}

/* ---- projecting ---- */

/* Of the paths that agree with the way down to here, those that go on to this member. */
struct projection {
    struct arena *arena;
    const struct document_path **paths;
    size_t count;
};

static struct attribute *project_value(const struct projection *projection, const struct attribute *value,
                                       size_t depth);

/* NULL: no path leads to the member, or nothing is there. */
static struct attribute *project_member(const struct projection *projection, const struct attribute *member,
                                        const struct path_step *here, size_t depth) {
    struct projection deeper = {.arena = projection->arena};
    deeper.paths = arena_alloc(projection->arena, projection->count * sizeof(struct document_path *));
    for (size_t i = 0; i < projection->count; i++) {
        const struct document_path *path = projection->paths[i];
        if (!same_step(&path->steps[depth], here)) {
            continue;
        }
        if (path->count == depth + 1) {
            return attribute_named(projection->arena, member, member->name);
        }
        deeper.paths[deeper.count++] = path;
    }
    return deeper.count > 0 ? project_value(&deeper, member, depth + 1) : NULL;
}

static struct attribute *project_value(const struct projection *projection, const struct attribute *value,
                                       size_t depth) {
    if (value->type != ATTRIBUTE_M && value->type != ATTRIBUTE_L) {
        return NULL;
    }
    struct attribute *result = attribute_new(projection->arena, value->type);
    struct attribute **end = &result->first;
    struct path_step here = {0};
    result->name = value->name;
    for (const struct attribute *member = value->first; member; member = member->next, here.index++) {
        here.name = value->type == ATTRIBUTE_M ? member->name : TEXT_NONE;
        struct attribute *part = project_member(projection, member, &here, depth);
        if (part) {
            *end = part;
            end = &part->next;
            result->count++;
        }
    }
    return result->count > 0 ? result : NULL;
}

struct attribute *paths_project(struct arena *arena, const struct attribute *item,
                                const struct document_path *paths, size_t count) {
    struct projection projection = {.arena = arena, .count = count};
    projection.paths = arena_alloc(arena, (count + 1) * sizeof(struct document_path *));
    for (size_t i = 0; i < count; i++) {
        projection.paths[i] = &paths[i];
    }
    return project_value(&projection, item, 0);
}

/* ---- changing ---- */

struct attribute *attribute_copy(struct arena *arena, const struct attribute *value) {
    struct attribute *copy = attribute_named(arena, value, value->name);
    struct attribute **end = &copy->first;
    for (const struct attribute *member = value->first; member; member = member->next) {
        *end = attribute_copy(arena, member);
        end = &(*end)->next;
    }
    *end = NULL;
    return copy;
}

/* The map or list that holds the last step, or NULL. */
static struct attribute *holder_of(struct attribute *item, const struct document_path *path) {
    struct document_path above = {.steps = path->steps, .count = path->count - 1};
    struct attribute *holder = above.count > 0 ? path_get(item, &above) : item;
    const struct path_step *last = &path->steps[path->count - 1];
    if (!holder || holder->type != (last->name.data ? ATTRIBUTE_M : ATTRIBUTE_L)) {
        return NULL;
    }
    return holder;
}

bool path_set(struct arena *arena, struct attribute *item, const struct document_path *path,
              struct attribute *value) {
    const struct path_step *last = &path->steps[path->count - 1];
    struct attribute *holder = holder_of(item, path);
    if (!holder) {
        return false;
    }
    struct attribute *there = step_into(holder, last);
    value = attribute_named(arena, value, last->name);
    if (there) {
        value->next = there->next;
        *there = *value;
    } else {
        attribute_append(holder, value);
    }
    return true;
}

bool path_remove(struct attribute *item, const struct document_path *path) {
    struct attribute *holder = holder_of(item, path);
    if (!holder) {
        return false;
    }
    struct attribute *there = step_into(holder, &path->steps[path->count - 1]);
    if (there) {
        there->type = REMOVED;
        there->first = NULL;
    }
    return true;
}

void path_sweep(struct attribute *item) {
    if (item->type != ATTRIBUTE_M && item->type != ATTRIBUTE_L) {
        return;
    }
    for (struct attribute **place = &item->first; *place;) {
        if ((*place)->type == REMOVED) {
            *place = (*place)->next;
            item->count--;
        } else {
            path_sweep(*place);
            place = &(*place)->next;
        }
    }
}
