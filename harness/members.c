#include "harness/members.h"

#include <math.h>
#include <string.h>

#include "emulator/base/text.h"
#include "harness/options.h"

#define MAXIMUM_NAMES 64

static const char *const type_words[] = {
    [MEMBER_ANY] = "a value",
    [MEMBER_STRING] = "a string",
    [MEMBER_STRINGS] = "a string or a list of strings",
    [MEMBER_BOOLEAN] = "true or false",
    [MEMBER_INTEGER] = "a whole number",
    [MEMBER_DURATION] = "a duration such as 90s, 3m or 1h30m",
    [MEMBER_MAPPING] = "a mapping",
    [MEMBER_LIST] = "a list",
};

static bool is_strings(const json_t *value) {
    if (json_is_string(value)) {
        return true;
    }
    size_t index;
    json_t *item;
    json_array_foreach(value, index, item) {
        if (!json_is_string(item)) {
            return false;
        }
    }
    return json_is_array(value);
}

static bool is_type(const json_t *value, enum member_type type) {
    int64_t milliseconds;
    switch (type) {
    case MEMBER_ANY:
        return true;
    case MEMBER_STRING:
        return json_is_string(value);
    case MEMBER_STRINGS:
        return is_strings(value);
    case MEMBER_BOOLEAN:
        return json_is_boolean(value);
    case MEMBER_INTEGER:
        return json_is_integer(value);
    case MEMBER_DURATION:
        /* A saved variable may hold it. */
        return duration_of(value, &milliseconds) ||
               (json_is_string(value) && strstr(json_string_value(value), "${"));
    case MEMBER_MAPPING:
        return json_is_object(value);
    case MEMBER_LIST:
        return json_is_array(value);
    }
    return false;
}

bool member_check_type(const struct member_check *check, const json_t *object, const char *name,
                       enum member_type type) {
    const json_t *value = json_object_get(object, name);
    if (is_type(value, type)) {
        return true;
    }
    const char *hint = "";
    if (type == MEMBER_STRING && (json_is_number(value) || json_is_boolean(value))) {
        hint = "; write it in quotes";
    }
    diagnostics_add(check->diagnostics, yaml_key_position(check->document, object, name),
                    "'%s' of %s must be %s%s", name, check->what, type_words[type], hint);
    return false;
}

static const struct member_row *find_row(const struct member_row *rows, const char *name) {
    for (const struct member_row *row = rows; row && row->name; row++) {
        if (strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return NULL;
}

static void unknown_member(const struct member_check *check, const json_t *object, const char *name,
                           const struct member_row *rows, const struct member_row *more_rows) {
    const char *names[MAXIMUM_NAMES + 1] = {0};
    size_t count = 0;
    for (const struct member_row *row = rows; row && row->name && count < MAXIMUM_NAMES; row++) {
        names[count++] = row->name;
    }
    for (const struct member_row *row = more_rows; row && row->name && count < MAXIMUM_NAMES; row++) {
        names[count++] = row->name;
    }
    const char *nearest = options_nearest(name, names);
    struct position position = yaml_key_position(check->document, object, name);
    if (nearest) {
        diagnostics_add(check->diagnostics, position, "%s has no member '%s', did you mean '%s'?",
                        check->what, name, nearest);
    } else {
        diagnostics_add(check->diagnostics, position, "%s has no member '%s'", check->what, name);
    }
}

static bool check_required(const struct member_check *check, const json_t *object,
                           const struct member_row *rows) {
    bool good = true;
    for (const struct member_row *row = rows; row && row->name; row++) {
        if (row->required && !json_object_get(object, row->name)) {
            diagnostics_add(check->diagnostics, yaml_position(check->document, object), "%s needs '%s'",
                            check->what, row->name);
            good = false;
        }
    }
    return good;
}

bool members_check(const struct member_check *check, const json_t *object, const struct member_row *rows,
                   const struct member_row *more_rows) {
    bool good = true;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value) {
        const struct member_row *row = find_row(rows, name);
        if (!row) {
            row = find_row(more_rows, name);
        }
        if (!row) {
            unknown_member(check, object, name, rows, more_rows);
            good = false;
        } else if (!member_check_type(check, object, name, row->type)) {
            good = false;
        }
    }
    bool complete = check_required(check, object, rows);
    complete = check_required(check, object, more_rows) && complete;
    return good && complete;
}

static const struct {
    const char *unit;
    int64_t milliseconds;
} duration_units[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 3600 * 1000}, {"d", 24 * 3600 * 1000}};

/* The unit at the start of the text; the longest name wins because "ms" stands first. */
static int64_t take_unit(const char **cursor) {
    for (size_t i = 0; i < sizeof duration_units / sizeof duration_units[0]; i++) {
        size_t size = strlen(duration_units[i].unit);
        if (strncmp(*cursor, duration_units[i].unit, size) == 0) {
            *cursor += size;
            return duration_units[i].milliseconds;
        }
    }
    return 0;
}

#define LONGEST_DURATION_MS (INT64_C(36500) * 24 * 3600 * 1000)

bool duration_of(const json_t *value, int64_t *milliseconds) {
    if (json_is_number(value)) {
        double seconds = json_number_value(value);
        *milliseconds = (int64_t)(seconds * 1000);
        return seconds >= 0 && seconds * 1000 <= (double)LONGEST_DURATION_MS;
    }
    const char *cursor = json_string_value(value);
    if (!cursor || !*cursor) {
        return false;
    }
    int64_t total = 0;
    while (*cursor) {
        size_t digits = strspn(cursor, "0123456789");
        int64_t number;
        if (!text_to_int64((struct text){cursor, digits}, &number)) {
            return false;
        }
        cursor += digits;
        int64_t unit = take_unit(&cursor);
        if (unit == 0 || number > LONGEST_DURATION_MS / unit) {
            return false;
        }
        total += number * unit;
        if (total > LONGEST_DURATION_MS) {
            return false;
        }
    }
    *milliseconds = total;
    return true;
}

int64_t duration_member(const json_t *object, const char *name, int64_t fallback_ms) {
    int64_t milliseconds;
    return duration_of(json_object_get(object, name), &milliseconds) ? milliseconds : fallback_ms;
}

const char *string_member(const json_t *object, const char *name) {
    return json_string_value(json_object_get(object, name));
}

/* ---- paths ---- */

static json_t *step_into(json_t *value, struct text part) {
    ptrdiff_t bracket = text_find_char(part, '[');
    struct text name = bracket >= 0 ? text_slice(part, 0, (size_t)bracket) : part;
    if (name.size > 0) {
        value = json_object_getn(value, name.data, name.size);
    }
    while (bracket >= 0 && value) {
        part = text_slice(part, (size_t)bracket + 1, part.size);
        struct text rest = part;
        struct text number = text_cut(&rest, ']');
        int64_t index;
        if (!text_to_int64(number, &index)) {
            return NULL;
        }
        int64_t size = (int64_t)json_array_size(value);
        value = index < -size || index >= size
                    ? NULL
                    : json_array_get(value, (size_t)(index < 0 ? index + size : index));
        part = rest.data ? rest : TEXT("");
        bracket = text_find_char(part, '[');
    }
    return value;
}

json_t *value_at_path(json_t *value, const char *path) {
    /* A key with dots in it, as custom resources have them, wins over a path. */
    json_t *whole = json_object_get(value, path);
    if (whole) {
        return whole;
    }
    struct text rest = text_of(path);
    while (rest.data && value) {
        value = step_into(value, text_cut(&rest, '.'));
    }
    return value;
}
