/* All SQL of EventBridge, by name; for events_store*.c alone. */
#ifndef STACKRIG_EVENTS_SQL_H
#define STACKRIG_EVENTS_SQL_H

#include "services/events/events_store.h"

enum events_sql {
    SQL_BUS,
    SQL_NEXT_BUS,
    SQL_PUT_BUS,
    SQL_DELETE_BUS,
    SQL_RULE,
    SQL_RULE_BY_ID,
    SQL_NEXT_RULE,
    SQL_PUT_RULE,
    SQL_DELETE_RULE,
    SQL_DELETE_RULE_TARGETS,
    SQL_SET_NEXT,
    SQL_DUE_RULE,
    SQL_EARLIEST_RULE,
    SQL_PUT_TARGET,
    SQL_REMOVE_TARGET,
    SQL_TARGET_COUNT,
    SQL_HAS_TARGET,
    SQL_NEXT_TARGET,
    SQL_NEXT_RULE_OF,
    SQL_PUT_TAG,
    SQL_REMOVE_TAG,
    SQL_FORGET_TAGS,
    SQL_NEXT_TAG,
    SQL_ADD_DELIVERY,
    SQL_DELIVERY,
    SQL_MOVE_DELIVERY,
    SQL_DELETE_DELIVERY,
    SQL_DUE_DELIVERY,
    SQL_EARLIEST_DELIVERY,
    SQL_RESTART_DELIVERIES,
    SQL_ARCHIVE,
    SQL_NEXT_ARCHIVE,
    SQL_PUT_ARCHIVE,
    SQL_DELETE_ARCHIVE,
    SQL_DELETE_ARCHIVED,
    SQL_ADD_ARCHIVED,
    SQL_EXPIRE_ARCHIVED,
    SQL_NEXT_ARCHIVED,
    SQL_REPLAY,
    SQL_NEXT_REPLAY,
    SQL_PUT_REPLAY,
    SQL_STARTED_REPLAY,
    SQL_COUNT
};

/* The statement with account and Region bound to 1 and 2. */
struct statement *events_owned(struct store *store, enum events_sql index, struct events_owner owner);
struct statement *events_statement(struct store *store, enum events_sql index);
void events_bind_strings(struct statement *statement, int first, const char *const *strings, int count);
/* One number of a statement with one number; -1: no row, or NULL. */
int64_t events_ask_number(struct statement *statement);

#endif
