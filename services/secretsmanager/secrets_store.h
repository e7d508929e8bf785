/* The tables of Secrets Manager: secrets, their versions, staging labels and tags. */
#ifndef STACKRIG_SECRETS_STORE_H
#define STACKRIG_SECRETS_STORE_H

#include "emulator/io/store.h"

extern const struct store_module secrets_store_module;

enum secrets_sql {
    SECRETS_SQL_ADD,
    SECRETS_SQL_FIND_NAME,
    SECRETS_SQL_FIND_ARN,
    SECRETS_SQL_LIST,
    SECRETS_SQL_UPDATE,
    SECRETS_SQL_SET_ACCESSED,
    SECRETS_SQL_OVERDUE,
    SECRETS_SQL_DELETE,
    SECRETS_SQL_DELETE_VERSIONS,
    SECRETS_SQL_DELETE_STAGES,
    SECRETS_SQL_DELETE_TAGS,
    SECRETS_SQL_ADD_VERSION,
    SECRETS_SQL_FIND_VERSION,
    SECRETS_SQL_FIND_STAGE,
    SECRETS_SQL_VERSION_ACCESSED,
    SECRETS_SQL_LIST_VERSIONS,
    SECRETS_SQL_STAGED_VERSIONS,
    SECRETS_SQL_PUT_STAGE,
    SECRETS_SQL_DELETE_STAGE,
    SECRETS_SQL_VERSION_STAGES,
    SECRETS_SQL_PUT_TAG,
    SECRETS_SQL_DELETE_TAG,
    SECRETS_SQL_TAGS,
    SECRETS_SQL_COUNT
};

/* One secret; texts live in the arena it was read into. */
struct secret {
    int64_t id;
    const char *name;
    const char *arn;
    const char *description; /* NULL: none was given */
    const char *kms_key_id;  /* NULL: the default key */
    const char *policy;      /* NULL: none */
    int64_t created_ms;
    int64_t changed_ms;
    int64_t accessed_ms; /* 0: never */
    int64_t deleted_ms;  /* when DeleteSecret was called; 0: it was not */
    int64_t removal_ms;  /* when it is gone; 0: never */
};

/* Parameters in order: 's' const char * (NULL: NULL), 't' struct text, 'b' bytes as struct text (absent:
 * NULL), 'i' int64_t. */
struct statement *secrets_statement(struct store *store, enum secrets_sql sql, const char *types, ...);
/* A row of SECRETS_SQL_FIND_* and SECRETS_SQL_LIST. */
void secrets_read(struct statement *statement, struct arena *arena, struct secret *secret);
/* Writes all that can change. */
void secrets_update(struct store *store, const struct secret *secret);
/* With versions, labels and tags. */
void secrets_delete(struct store *store, int64_t id);

#endif
