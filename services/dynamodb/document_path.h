/*
 * Paths into an item (a.b[3].c): finding, projecting, and changing in place what they name. Pure.
 * Source: dynamodb.md sections 4.3 and 4.4.
 */
#ifndef STACKRIG_DOCUMENT_PATH_H
#define STACKRIG_DOCUMENT_PATH_H

#include "services/dynamodb/attribute_value.h"

struct path_step {
    struct text name; /* absent: an index */
    uint32_t index;
};

struct document_path {
    const struct path_step *steps;
    size_t count; /* > 0; the first step is a name */
};

/* A path of one name. */
struct document_path path_of_name(struct arena *arena, struct text name);
/* NULL: the item has nothing there. */
struct attribute *path_get(const struct attribute *item, const struct document_path *path);
bool path_same(const struct document_path *a, const struct document_path *b);
/* "[a, b, [1]]", as AWS's texts show paths. */
void path_describe(struct strbuf *buffer, const struct document_path *path);

enum path_relation {
    PATHS_APART,
    PATHS_OVERLAP,  /* one is the beginning of the other */
    PATHS_CONFLICT, /* one takes for a list what the other takes for a map */
};
enum path_relation paths_relation(const struct document_path *a, const struct document_path *b);

/* What the paths name, in its hierarchy, lists compacted. NULL: nothing. Shares values with the item. */
struct attribute *paths_project(struct arena *arena, const struct attribute *item,
                                const struct document_path *paths, size_t count);

/* A copy that shares nothing changeable. */
struct attribute *attribute_copy(struct arena *arena, const struct attribute *value);
/*
 * Puts a value (used up) where the path says: replaces, adds to a map, appends to a list. False: the way
 * there does not exist or is of another type.
 */
bool path_set(struct arena *arena, struct attribute *item, const struct document_path *path,
              struct attribute *value);
/* Marks what is there for path_sweep(); nothing there is fine. False: the way there does not exist. */
bool path_remove(struct attribute *item, const struct document_path *path);
/* Takes out what was marked. */
void path_sweep(struct attribute *item);

#endif
