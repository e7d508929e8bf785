#include "harness/variables.h"

#include <string.h>

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789_"
#define MAXIMUM_NAME 64

/* The variable that begins at "${", its name and the byte after it; false: none begins here. */
static bool read_name(const char *cursor, char name[MAXIMUM_NAME], const char **end) {
    size_t size = strspn(cursor + 2, NAME_CHARACTERS);
    if (size == 0 || size >= MAXIMUM_NAME || cursor[2 + size] != '}') {
        return false;
    }
    memcpy(name, cursor + 2, size);
    name[size] = '\0';
    *end = cursor + size + 3;
    return true;
}

void variables_scan(const char *string, void (*found)(void *argument, const char *name), void *argument) {
    char name[MAXIMUM_NAME];
    for (const char *cursor = strchr(string, '$'); cursor; cursor = strchr(cursor, '$')) {
        const char *end;
        if (cursor[1] == '$') {
            cursor += 2;
        } else if (cursor[1] == '{' && read_name(cursor, name, &end)) {
            found(argument, name);
            cursor = end;
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
    char name[MAXIMUM_NAME];
    const char *end;
    if (strncmp(string, "${", 2) == 0 && read_name(string, name, &end) && *end == '\0') {
        json_t *value = json_object_get(variables, name);
        if (!value) {
            strbuf_append_string(unknown, name);
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
        } else if (strncmp(string, "${", 2) == 0 && read_name(string, name, &end)) {
            const json_t *value = json_object_get(variables, name);
            if (value) {
                append_value(&buffer, value);
            } else if (good) {
                strbuf_append_string(unknown, name);
                good = false;
            }
            string = end;
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
