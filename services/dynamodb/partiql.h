/*
 * PartiQL statements as the trees of expression.h. Parsing is pure. Source: dynamodb.md section 11.
 */
#ifndef STACKRIG_PARTIQL_H
#define STACKRIG_PARTIQL_H

#include "services/dynamodb/expression.h"

enum partiql_kind { PARTIQL_SELECT, PARTIQL_INSERT, PARTIQL_UPDATE, PARTIQL_DELETE, PARTIQL_EXISTS };
enum partiql_returning {
    RETURNING_NOTHING,
    RETURNING_ALL_OLD,
    RETURNING_ALL_NEW,
    RETURNING_MODIFIED_OLD,
    RETURNING_MODIFIED_NEW
};

struct partiql {
    enum partiql_kind kind;
    struct text table;
    struct text index;                   /* SELECT; absent: none */
    struct projection_paths *projection; /* SELECT; NULL: all */
    const char *not_selectable;          /* SELECT COUNT(*): the text, told behind what the index refuses */
    struct node *where;                  /* NULL: none */
    bool descending;                     /* ORDER BY ... DESC */
    struct attribute *item;              /* INSERT */
    struct update *update;               /* UPDATE */
    enum partiql_returning returning;
};

/* Parameters: a list of values as in requests, NULL: none. NULL: *message is AWS's text. */
struct partiql *partiql_parse(struct arena *arena, struct text source, const struct json_value *parameters,
                              const char **message);

#endif
