/*
 * The tables of KMS: keys, their material (one row for each rotation), aliases, tags, grants, and plaintexts
 * that somebody scripted for blobs which no key of ours made.
 */
#ifndef STACKRIG_KMS_STORE_H
#define STACKRIG_KMS_STORE_H

#include "emulator/io/store.h"

extern const struct store_module kms_store_module;

enum kms_sql {
    KMS_SQL_ADD_KEY,
    KMS_SQL_FIND_KEY,
    KMS_SQL_LIST_KEYS,
    KMS_SQL_SET_STATE,
    KMS_SQL_SET_DELETION,
    KMS_SQL_SET_DESCRIPTION,
    KMS_SQL_SET_POLICY,
    KMS_SQL_SET_ROTATION,
    KMS_SQL_SET_MATERIAL,
    KMS_SQL_OVERDUE,
    KMS_SQL_DELETE_KEY,
    KMS_SQL_DELETE_MATERIAL,
    KMS_SQL_DELETE_TAGS,
    KMS_SQL_DELETE_GRANTS,
    KMS_SQL_DELETE_ALIASES,
    KMS_SQL_ADD_MATERIAL,
    KMS_SQL_FIND_MATERIAL,
    KMS_SQL_ROTATIONS,
    KMS_SQL_ADD_ALIAS,
    KMS_SQL_FIND_ALIAS,
    KMS_SQL_MOVE_ALIAS,
    KMS_SQL_DELETE_ALIAS,
    KMS_SQL_LIST_ALIASES,
    KMS_SQL_PUT_TAG,
    KMS_SQL_DELETE_TAG,
    KMS_SQL_LIST_TAGS,
    KMS_SQL_COUNT_TAGS,
    KMS_SQL_ADD_GRANT,
    KMS_SQL_FIND_GRANT,
    KMS_SQL_FIND_GRANT_TOKEN,
    KMS_SQL_SAME_GRANT,
    KMS_SQL_ADD_GRANT_TOKEN,
    KMS_SQL_DELETE_GRANT,
    KMS_SQL_DELETE_GRANT_TOKENS,
    KMS_SQL_LIST_GRANTS,
    KMS_SQL_RETIRABLE_GRANTS,
    KMS_SQL_PUT_PLAINTEXT,
    KMS_SQL_FIND_PLAINTEXTS,
    KMS_SQL_COUNT_PLAINTEXTS,
    KMS_SQL_FORGET_PLAINTEXTS,
    KMS_SQL_COUNT
};

/* One key. Texts live in the arena it was read into. */
struct kms_key {
    int64_t id;
    const char *account;
    const char *region;
    const char *key_id;
    const char *arn;
    const char *description;
    const char *usage;
    const char *spec;
    const char *manager; /* "CUSTOMER" or "AWS" */
    const char *state;   /* "Enabled", "Disabled", "PendingDeletion" */
    const char *policy;
    const char *material_id; /* current; 64 hex digits */
    int64_t created_ms;
    int64_t deletion_ms;      /* PendingDeletion */
    int64_t rotation_days;    /* 0: no rotation by itself */
    int64_t next_rotation_ms; /* rotation_days > 0 */
    bool multi_region;
};

/* The statement with its parameters bound in order: 's' const char * (NULL: NULL), 't' struct text, 'b' bytes
 * as struct text, 'i' int64_t. */
struct statement *kms_statement(struct store *store, enum kms_sql sql, const char *types, ...);
/* The row that KMS_SQL_FIND_KEY, _LIST_KEYS stand on. */
void kms_read_key(struct statement *statement, struct arena *arena, struct kms_key *key);

#endif
