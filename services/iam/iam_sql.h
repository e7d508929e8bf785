/* The database of IAM: its statements, and how they get their first parameters. Private to iam_store*.c. */
#ifndef STACKRIG_IAM_SQL_H
#define STACKRIG_IAM_SQL_H

#include "services/iam/iam_store.h"

enum {
    SQL_CREATE,
    SQL_FIND,
    SQL_ENTITIES,
    SQL_POLICY_USERS,
    SQL_UPDATE,
    SQL_DELETE_TAGS,
    SQL_DELETE_INLINES,
    SQL_DELETE_ATTACHMENTS,
    SQL_DELETE_VERSIONS,
    SQL_DELETE_MEMBERS,
    SQL_DELETE_KEYS,
    SQL_DELETE,
    SQL_PUT_TAG,
    SQL_DELETE_TAG,
    SQL_TAG_COUNT,
    SQL_TAGS,
    SQL_PUT_INLINE,
    SQL_INLINE,
    SQL_DELETE_INLINE,
    SQL_INLINES,
    SQL_INLINE_BYTES,
    SQL_ATTACH,
    SQL_DETACH,
    SQL_ATTACHMENTS,
    SQL_ATTACHMENT_COUNT,
    SQL_USAGE_COUNT,
    SQL_BOUNDARY_COUNT,
    SQL_ADD_VERSION,
    SQL_VERSIONS,
    SQL_VERSION,
    SQL_VERSION_COUNT,
    SQL_DELETE_VERSION,
    SQL_ADD_MEMBER,
    SQL_REMOVE_MEMBER,
    SQL_MEMBERS,
    SQL_OWNERS,
    SQL_MEMBER_COUNT,
    SQL_OWNER_COUNT,
    SQL_ADD_KEY,
    SQL_FIND_KEY,
    SQL_FIND_BY_ID,
    SQL_KEYS,
    SQL_KEY_COUNT,
    SQL_SET_KEY_STATUS,
    SQL_DELETE_KEY,
    SQL_PUT_LOGIN_PROFILE,
    SQL_LOGIN_PROFILE,
    SQL_DELETE_LOGIN_PROFILE,
    SQL_PUT_SETTING,
    SQL_SETTING,
    SQL_DELETE_SETTING,
    SQL_ALIAS_IS_TAKEN,
    SQL_ENTITY_COUNT,
    SQL_ALL_VERSIONS_COUNT,
    SQL_ADD_DELETION,
    SQL_HAS_DELETION,
    SQL_COUNT
};

struct statement *iam_prepare(struct store *store, int index);
/* With the id as ?1; the text or the second number as ?2. */
struct statement *iam_prepare_id(struct store *store, int index, int64_t id);
struct statement *iam_prepare_id_text(struct store *store, int index, int64_t id, struct text text);
struct statement *iam_prepare_ids(struct store *store, int index, int64_t first, int64_t second);
struct statement *iam_prepare_account(struct store *store, int index, const char *account, struct text text);

#endif
