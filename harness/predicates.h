/*
 * The second half of an assertion: what must hold of a value that a query found. Pure: no emulator, no
 * clock. A predicate is one row.
 */
#ifndef STACKRIG_PREDICATES_H
#define STACKRIG_PREDICATES_H

#include <jansson.h>
#include <stdbool.h>

/* How values are compared, and what stood in the way. */
struct comparison {
    bool records; /* list items are records: members that the expectation does not name are not looked at */
    int culprit;  /* out: index of the expected list item that was not met; -1 none */
};

struct predicate {
    const char *name;
    /* NULL: good. Otherwise why this expectation can never be met ("a regular expression ..."). */
    const char *(*problem)(const json_t *expected);
    /* found NULL: the value is absent. */
    bool (*holds)(struct comparison *comparison, const json_t *expected, const json_t *found);
};

/* Ends with a row without name. */
extern const struct predicate predicates[];
const struct predicate *predicate_find(const char *name);

/*
 * Does the found value meet the expected one? Mappings: all members named, and no others unless `open`.
 * Lists: item by item. In place of any value may stand {$matches: PATTERN}, {$contains: TEXT},
 * {$any: true} or {$absent: true}.
 */
bool value_meets(const json_t *expected, const json_t *found, bool open);

/* Some part of the subject matches. False also when the pattern does not compile. */
bool pattern_found(const char *pattern, const char *subject, size_t size);
bool pattern_compiles(const char *pattern);

#endif
