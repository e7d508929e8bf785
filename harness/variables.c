#include "harness/variables.h"

#include <string.h>

#include "harness/members.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789_"
#define PATH_CHARACTERS NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ.[]-"
#define MAXIMUM_NAME 64
#define MAXIMUM_PATH 256

struct reference {
    char name[MAXIMUM_NAME];
    char path[MAXIMUM_PATH]; /* "" when there is none */
    const char *end;         /* the byte after '}' */
};

/* The variable that begins at "${"; false: none begins here. */
static bool read_reference(const char *cursor, struct reference *reference) {
    size_t size = strspn(cursor + 2, NAME_CHARACTERS);
    const char *path = cursor + 2 + size;
    size_t path_size = *path == '.' || *path == '[' ? strspn(path, PATH_CHARACTERS) : 0;
    if (size == 0 || size >= MAXIMUM_NAME || path_size >= MAXIMUM_PATH || path[path_size] != '}') {
        return false;
    }
    memcpy(reference->name, cursor + 2, size);
    reference->name[size] = '\0';
    size_t dot = *path == '.' ? 1 : 0;
    memcpy(reference->path, path + dot, path_size - dot);
    reference->path[path_size - dot] = '\0';
    reference->end = path + path_size + 1;
    return true;
}

/* Borrowed; NULL: no such variable, or nothing at its path. */
static json_t *find_value(const struct reference *reference, const json_t *variables) {
    json_t *value = json_object_get(variables, reference->name);
    return value && *reference->path ? value_at_path(value, reference->path) : value;
}

void variables_scan(const char *string, void (*found)(void *argument, const char *name), void *argument) {
    struct reference reference;
    for (const char *cursor = strchr(string, '$'); cursor; cursor = strchr(cursor, '$')) {
        if (cursor[1] == '$') {
            cursor += 2;
        } else if (cursor[1] == '{' && read_reference(cursor, &reference)) {
            found(argument, reference.name);
            cursor = reference.end;
        } else {
            cursor++;
        }
    }
}

static void append_value(struct strbuf *buffer, const json_t *value) {
    if (json_is_string(value)) {
        strbuf_append(buffer, json_string_value(value), json_string_length(value));
        return;
    }
    char *dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    strbuf_append_string(buffer, dump ? dump : "");
    free(dump);
}

static json_t *expand_string(const char *string, const json_t *variables, struct strbuf *unknown) {
    struct reference reference;
    if (strncmp(string, "${", 2) == 0 && read_reference(string, &reference) && *reference.end == '\0') {
        json_t *value = find_value(&reference, variables);
        if (!value) {
            strbuf_append_string(unknown, reference.name);
            return NULL;
        }
        return json_deep_copy(value);
    }
    struct strbuf buffer = STRBUF_INIT;
    bool good = true;
    while (*string) {
        if (strncmp(string, "$${", 3) == 0) {
            strbuf_append_string(&buffer, "${");
            string += 3;
        } else if (strncmp(string, "${", 2) == 0 && read_reference(string, &reference)) {
            const json_t *value = find_value(&reference, variables);
            if (value) {
                append_value(&buffer, value);
            } else if (good) {
                strbuf_append_string(unknown, reference.name);
                good = false;
            }
            string = reference.end;
        } else {
            strbuf_append_char(&buffer, *string++);
        }
    }
    json_t *expanded = good ? json_stringn(buffer.data ? buffer.data : "", buffer.size) : NULL;
    strbuf_release(&buffer);
    return expanded;
}

static json_t *expand_object(const json_t *value, const json_t *variables, const char *verbatim,
                             struct strbuf *unknown) {
    json_t *copy = json_object();
    const char *name;
    json_t *member;
    json_object_foreach((json_t *)value, name, member) {
        bool as_it_is = verbatim && strcmp(name, verbatim) == 0;
        json_t *expanded =
            as_it_is ? json_deep_copy(member) : variables_expand(member, variables, verbatim, unknown);
        if (!expanded) {
            json_decref(copy);
            return NULL;
        }
        json_object_set_new(copy, name, expanded);
    }
    return copy;
}

static json_t *expand_array(const json_t *value, const json_t *variables, const char *verbatim,
                            struct strbuf *unknown) {
    json_t *copy = json_array();
    size_t index;
    json_t *item;
    json_array_foreach((json_t *)value, index, item) {
        json_t *expanded = variables_expand(item, variables, verbatim, unknown);
        if (!expanded) {
            json_decref(copy);
            return NULL;
        }
        json_array_append_new(copy, expanded);
    }
    return copy;
}

json_t *variables_expand(const json_t *value, const json_t *variables, const char *verbatim,
                         struct strbuf *unknown) {
    if (json_is_string(value)) {
        return expand_string(json_string_value(value), variables, unknown);
    }
    if (json_is_object(value)) {
        return expand_object(value, variables, verbatim, unknown);
    }
    if (json_is_array(value)) {
        return expand_array(value, variables, verbatim, unknown);
    }
    return json_deep_copy(value);
}
