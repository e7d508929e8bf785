/*
 * The members a mapping of a scenario file may have, as rows: checked with positions before anything runs,
 * so that the code that reads them later need not. Also the values of our own that YAML lacks (durations).
 */
#ifndef STACKRIG_MEMBERS_H
#define STACKRIG_MEMBERS_H

#include <jansson.h>
#include <stdint.h>

#include "emulator/base/diagnostic.h"
#include "emulator/base/yaml.h"

enum member_type {
    MEMBER_ANY,
    MEMBER_STRING,
    MEMBER_STRINGS, /* one string, or a list of strings */
    MEMBER_BOOLEAN,
    MEMBER_INTEGER,
    MEMBER_DURATION, /* 90s, 3m, 1h30m, 250ms, or a number of seconds */
    MEMBER_MAPPING,
    MEMBER_LIST,
};

struct member_row {
    const char *name;
    enum member_type type;
    bool required;
};

/* What a check needs; `what` names the mapping in messages ("step 'call'"). */
struct member_check {
    const struct yaml_document *document;
    struct diagnostics *diagnostics;
    const char *what;
};

/* Is the value of that type? If not, one diagnostic at its position is added. */
bool member_check_type(const struct member_check *check, const json_t *object, const char *name,
                       enum member_type type);
/*
 * Checks that every member of the object has a row in one of the tables (each ends with a row without name;
 * tables may be NULL), types, and required members. Adds diagnostics; false when it added any.
 */
bool members_check(const struct member_check *check, const json_t *object, const struct member_row *rows,
                   const struct member_row *more_rows);

/* Milliseconds of a duration; false when the value is none. */
bool duration_of(const json_t *value, int64_t *milliseconds);
/* The member as duration, or the fallback. */
int64_t duration_member(const json_t *object, const char *name, int64_t fallback_ms);
/* The member as string, or NULL. */
const char *string_member(const json_t *object, const char *name);

/* Member of a value by path: "Parameter.Value", "Items[0].id", "[-1]". Borrowed; NULL: absent. */
json_t *value_at_path(json_t *value, const char *path);

#endif
