/* The database of Lambda: its statements, and rows read and written by tables of offsets. Private to
 * lambda_store*.c. */
#ifndef STACKRIG_LAMBDA_SQL_H
#define STACKRIG_LAMBDA_SQL_H

#include <stddef.h>

#include "services/lambda/lambda_store.h"

enum {
    ADD_FUNCTION,
    GET_FUNCTION,
    PUT_FUNCTION,
    DELETE_FUNCTION,
    DELETE_VERSIONS,
    DELETE_ALIASES,
    DELETE_SETTINGS,
    DELETE_VERSION,
    NEXT_GENERATION,
    PUT_VERSION,
    TOUCH_VERSION,
    GET_VERSION,
    NEWEST_VERSION,
    LIST_VERSIONS,
    RESERVED_SUM,
    FUNCTION_COUNT,
    CODE_SIZE_SUM,
    UNSETTLED,
    PUT_CODE,
    GET_CODE,
    SWEEP_CODE,
    GET_ALIAS,
    PUT_ALIAS,
    DELETE_ALIAS,
    LIST_ALIASES,
    ADD_STATEMENT,
    DELETE_STATEMENT,
    LIST_STATEMENTS,
    GET_POLICY,
    PUT_POLICY,
    DELETE_STATEMENTS,
    DELETE_POLICIES,
    GET_SETTING,
    PUT_SETTING,
    DELETE_SETTING,
    LIST_SETTINGS,
    GET_TOKEN,
    NEXT_LAYER_VERSION,
    ADD_LAYER_VERSION,
    GET_LAYER_VERSION,
    DELETE_LAYER_VERSION,
    LIST_LAYER_VERSIONS,
    LIST_LAYERS,
    PUT_EVENT,
    GET_EVENT,
    DELETE_EVENT,
    LIST_EVENTS,
    PUT_DOCUMENT,
    GET_DOCUMENT,
    DELETE_DOCUMENT,
    LIST_DOCUMENTS,
    STATEMENT_COUNT,
};

struct statement *lambda_statement(struct store *store, int index);
/* The statement with the owner in ?1 and ?2. */
struct statement *lambda_statement_owned(struct store *store, int index, struct lambda_owner owner);

/* Where a column lies in its struct: one table for reading and writing, so that they cannot disagree. */
struct column {
    size_t offset;
    bool is_text;
};

#define TEXT_COLUMN(type, member)                                                                            \
    { offsetof(type, member), true }
#define NUMBER_COLUMN(type, member)                                                                          \
    { offsetof(type, member), false }
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Parameters count from 1, columns from 0. */
void lambda_bind_row(struct statement *statement, int parameter, const void *row,
                     const struct column *columns, size_t count);
void lambda_read_row(struct statement *statement, int column, void *row, const struct column *columns,
                     size_t count, struct arena *arena);
/* Room for one more row in a growing array of the arena. */
void *lambda_grow_rows(struct arena *arena, void *rows, size_t count, size_t row_size);

#endif
