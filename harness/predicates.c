#include "harness/predicates.h"

#include <math.h>
#include <string.h>

#include "emulator/base/pattern.h"

bool pattern_compiles(const char *pattern) {
    struct arena *arena = arena_open();
    bool compiles = pattern_compile(arena, text_of(pattern), NULL) != NULL;
    arena_close(arena);
    return compiles;
}

bool pattern_found(const char *pattern, const char *subject, size_t size) {
    struct arena *arena = arena_open();
    struct pattern *compiled = pattern_compile(arena, text_of(pattern), NULL);
    bool found = compiled && pattern_matches(compiled, (struct text){subject, size});
    arena_close(arena);
    return found;
}

/* ---- values ---- */

enum { MARK_NONE, MARK_MET, MARK_MISSED };

static bool text_meets_pattern(const json_t *pattern, const json_t *found) {
    return json_is_string(pattern) && json_is_string(found) &&
           pattern_found(json_string_value(pattern), json_string_value(found), json_string_length(found));
}

static bool text_contains(const json_t *part, const json_t *found) {
    return json_is_string(part) && json_is_string(found) &&
           strstr(json_string_value(found), json_string_value(part));
}

/* A mapping whose only member is a $word stands for a condition, not for itself. */
static int meets_mark(const json_t *expected, const json_t *found) {
    if (!json_is_object(expected) || json_object_size(expected) != 1) {
        return MARK_NONE;
    }
    const char *name = json_object_iter_key(json_object_iter((json_t *)expected));
    const json_t *argument = json_object_get(expected, name);
    bool met;
    if (strcmp(name, "$matches") == 0) {
        met = text_meets_pattern(argument, found);
    } else if (strcmp(name, "$contains") == 0) {
        met = text_contains(argument, found);
    } else if (strcmp(name, "$any") == 0) {
        met = found && !json_is_null(found);
    } else if (strcmp(name, "$absent") == 0) {
        met = !found || json_is_null(found);
    } else {
        return MARK_NONE;
    }
    return met ? MARK_MET : MARK_MISSED;
}

static bool mapping_meets(const json_t *expected, const json_t *found, bool open) {
    if (!json_is_object(found)) {
        return false;
    }
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)expected, name, value) {
        if (!value_meets(value, json_object_get(found, name), open)) {
            return false;
        }
    }
    json_object_foreach((json_t *)found, name, value) {
        if (!open && !json_object_get(expected, name)) {
            return false;
        }
    }
    return true;
}

static bool list_meets(const json_t *expected, const json_t *found, bool open) {
    if (!json_is_array(found) || json_array_size(expected) != json_array_size(found)) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(expected); i++) {
        if (!value_meets(json_array_get(expected, i), json_array_get(found, i), open)) {
            return false;
        }
    }
    return true;
}

bool value_meets(const json_t *expected, const json_t *found, bool open) {
    int mark = meets_mark(expected, found);
    if (mark != MARK_NONE) {
        return mark == MARK_MET;
    }
    if (!found) {
        return json_is_null(expected);
    }
    if (json_is_object(expected)) {
        return mapping_meets(expected, found, open);
    }
    if (json_is_array(expected)) {
        return list_meets(expected, found, open);
    }
    if (json_is_number(expected) && json_is_number(found)) {
        return fabs(json_number_value(expected) - json_number_value(found)) < 1e-9;
    }
    return json_equal(expected, found);
}

/* ---- predicates ---- */

static bool equals_holds(struct comparison *comparison, const json_t *expected, const json_t *found) {
    if (!json_is_array(expected) || !json_is_array(found)) {
        return value_meets(expected, found, comparison->records);
    }
    size_t common = json_array_size(expected);
    for (size_t i = 0; i < common; i++) {
        if (!value_meets(json_array_get(expected, i), json_array_get(found, i), comparison->records) ||
            i >= json_array_size(found)) {
            comparison->culprit = (int)i;
            return false;
        }
    }
    return json_array_size(found) == common;
}

static bool differs_holds(struct comparison *comparison, const json_t *expected, const json_t *found) {
    return !value_meets(expected, found, comparison->records);
}

static bool list_has(const struct comparison *comparison, const json_t *expected, const json_t *found) {
    size_t index;
    json_t *item;
    (void)comparison;
    json_array_foreach((json_t *)found, index, item) {
        if (value_meets(expected, item, true)) {
            return true;
        }
    }
    return false;
}

static bool has_one(const struct comparison *comparison, const json_t *expected, const json_t *found) {
    if (json_is_string(found)) {
        return json_is_string(expected) && text_contains(expected, found);
    }
    if (json_is_object(found)) {
        return value_meets(expected, found, true);
    }
    return list_has(comparison, expected, found);
}

static bool contains_holds(struct comparison *comparison, const json_t *expected, const json_t *found) {
    if (!json_is_array(expected)) {
        return has_one(comparison, expected, found);
    }
    for (size_t i = 0; i < json_array_size(expected); i++) {
        if (!has_one(comparison, json_array_get(expected, i), found)) {
            comparison->culprit = (int)i;
            return false;
        }
    }
    return true;
}

static bool lacks_holds(struct comparison *comparison, const json_t *expected, const json_t *found) {
    if (!json_is_array(expected)) {
        return !has_one(comparison, expected, found);
    }
    for (size_t i = 0; i < json_array_size(expected); i++) {
        if (has_one(comparison, json_array_get(expected, i), found)) {
            comparison->culprit = (int)i;
            return false;
        }
    }
    return true;
}

static bool matches_holds(struct comparison *comparison, const json_t *expected, const json_t *found) {
    (void)comparison;
    size_t index;
    json_t *item;
    json_array_foreach((json_t *)found, index, item) {
        if (!text_meets_pattern(expected, item)) {
            return false;
        }
    }
    return json_is_array(found) ? json_array_size(found) > 0 : text_meets_pattern(expected, found);
}

static bool ordered_holds(struct comparison *comparison, const json_t *expected, const json_t *found) {
    size_t next = 0;
    for (size_t i = 0; i < json_array_size(expected); i++) {
        const json_t *wanted = json_array_get(expected, i);
        while (next < json_array_size(found) && !value_meets(wanted, json_array_get(found, next), true)) {
            next++;
        }
        if (next >= json_array_size(found)) {
            comparison->culprit = (int)i;
            return false;
        }
        next++;
    }
    return true;
}

static bool exists_holds(struct comparison *comparison, const json_t *expected, const json_t *found) {
    (void)comparison;
    return json_is_true(expected) == (found && !json_is_null(found));
}

static bool absent_holds(struct comparison *comparison, const json_t *expected, const json_t *found) {
    return !exists_holds(comparison, expected, found);
}

static bool at_least_holds(struct comparison *comparison, const json_t *expected, const json_t *found) {
    (void)comparison;
    return json_is_number(found) && json_number_value(found) >= json_number_value(expected) - 1e-9;
}

static bool at_most_holds(struct comparison *comparison, const json_t *expected, const json_t *found) {
    (void)comparison;
    return json_is_number(found) && json_number_value(found) <= json_number_value(expected) + 1e-9;
}

static bool count_holds(struct comparison *comparison, const json_t *expected, const json_t *found) {
    (void)comparison;
    json_int_t count = (json_int_t)(json_is_object(found)  ? json_object_size(found)
                                    : json_is_array(found) ? json_array_size(found)
                                    : found                ? 1
                                                           : 0);
    if (json_is_integer(expected)) {
        return count == json_integer_value(expected);
    }
    const json_t *least = json_object_get(expected, "at_least");
    const json_t *most = json_object_get(expected, "at_most");
    return (!least || count >= json_integer_value(least)) && (!most || count <= json_integer_value(most));
}

static bool one_of_holds(struct comparison *comparison, const json_t *expected, const json_t *found) {
    size_t index;
    json_t *item;
    json_array_foreach((json_t *)expected, index, item) {
        if (value_meets(item, found, comparison->records)) {
            return true;
        }
    }
    return false;
}

/* ---- what an expectation must look like ---- */

static const char *any_problem(const json_t *expected) {
    (void)expected;
    return NULL;
}

static const char *pattern_problem(const json_t *expected) {
    if (!json_is_string(expected)) {
        return "takes a regular expression (PCRE2)";
    }
    return pattern_compiles(json_string_value(expected)) ? NULL : "is not a valid regular expression (PCRE2)";
}

static const char *list_problem(const json_t *expected) {
    return json_is_array(expected) && json_array_size(expected) > 0 ? NULL
                                                                    : "takes a list of at least one item";
}

static const char *true_problem(const json_t *expected) {
    return json_is_boolean(expected) ? NULL : "takes true or false";
}

static const char *number_problem(const json_t *expected) {
    return json_is_number(expected) ? NULL : "takes a number";
}

static const char *count_problem(const json_t *expected) {
    if (json_is_integer(expected)) {
        return NULL;
    }
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)expected, name, value) {
        bool known = strcmp(name, "at_least") == 0 || strcmp(name, "at_most") == 0;
        if (!known || !json_is_integer(value)) {
            return "takes a whole number, or at_least and at_most with whole numbers";
        }
    }
    return json_is_object(expected) && json_object_size(expected) > 0
               ? NULL
               : "takes a whole number, or at_least and at_most with whole numbers";
}

const struct predicate predicates[] = {
    {"equals", any_problem, equals_holds},
    {"differs", any_problem, differs_holds},
    {"contains", any_problem, contains_holds},
    {"lacks", any_problem, lacks_holds},
    {"matches", pattern_problem, matches_holds},
    {"ordered", list_problem, ordered_holds},
    {"count", count_problem, count_holds},
    {"exists", true_problem, exists_holds},
    {"absent", true_problem, absent_holds},
    {"at_least", number_problem, at_least_holds},
    {"at_most", number_problem, at_most_holds},
    {"one_of", list_problem, one_of_holds},
    {0},
};

const struct predicate *predicate_find(const char *name) {
    for (const struct predicate *predicate = predicates; predicate->name; predicate++) {
        if (strcmp(predicate->name, name) == 0) {
            return predicate;
        }
    }
    return NULL;
}
