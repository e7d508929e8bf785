/* The statements of SNS, for sns_store*.c alone. */
#ifndef STACKRIG_SNS_SQL_H
#define STACKRIG_SNS_SQL_H

#include "services/sns/sns_store.h"

enum sns_sql {
    SQL_ATTRIBUTE,
    SQL_PUT_ATTRIBUTE,
    SQL_DELETE_ATTRIBUTE,
    SQL_ATTRIBUTES,
    SQL_DELETE_ATTRIBUTES,
    SQL_TAG,
    SQL_TAG_COUNT,
    SQL_PUT_TAG,
    SQL_DELETE_TAG,
    SQL_TAGS,
    SQL_DELETE_TAGS,
    SQL_HAS_TOPIC,
    SQL_ADD_TOPIC,
    SQL_DELETE_TOPIC,
    SQL_TOPICS,
    SQL_ADVANCE_SEQUENCE,
    SQL_ADD_SUBSCRIPTION,
    SQL_SAVE_SUBSCRIPTION,
    SQL_LEAVE_SUBSCRIPTION,
    SQL_DELETE_SUBSCRIPTION,
    SQL_ORPHAN_SUBSCRIPTIONS,
    SQL_SUBSCRIPTION,
    SQL_SUBSCRIPTION_OF_TOKEN,
    SQL_SAME_SUBSCRIPTION,
    SQL_SUBSCRIPTIONS,
    SQL_SUBSCRIPTIONS_OF,
    SQL_COUNT_SUBSCRIPTIONS,
    SQL_FILTER_COUNT,
    SQL_FIND_ACCEPTED,
    SQL_NOTE_ACCEPTED,
    SQL_EXPIRE_ACCEPTED,
    SQL_DELETE_ACCEPTED,
    SQL_ADD_DELIVERY,
    SQL_DELAY_DELIVERY,
    SQL_DELETE_DELIVERY,
    SQL_DELIVERY,
    SQL_GROUP_WAITS,
    SQL_UNBLOCK_GROUP,
    SQL_NEXT_DUE,
    SQL_EARLIEST_DUE,
    SQL_RESUME_DELIVERIES,
    SQL_DROP_DELIVERIES,
    SQL_RECORD,
    SQL_RECORDED,
    SQL_DELETE_RECORDED,
    SQL_DELETE_RECORDED_OF,
    SQL_ARCHIVE,
    SQL_EXPIRE_ARCHIVE,
    SQL_ARCHIVE_BEGIN,
    SQL_ARCHIVED,
    SQL_DELETE_ARCHIVE,
    SQL_ADD_PLATFORM,
    SQL_HAS_PLATFORM,
    SQL_DELETE_PLATFORM,
    SQL_ENDPOINT_OF_TOKEN,
    SQL_APPLICATIONS,
    SQL_ENDPOINTS,
    SQL_PUT_NUMBER,
    SQL_NUMBER,
    SQL_DELETE_NUMBER,
    SQL_NUMBERS,
    SNS_SQL_COUNT
};

/* Reset and unbound; ?1 is bound to the string unless it is NULL. */
struct statement *sns_prepare(struct store *store, enum sns_sql index, const char *first);
/* The one number of a one-row answer; `otherwise` when it is NULL or there is no row. */
int64_t sns_single_number(struct statement *statement, int64_t otherwise);
/* The one text of a one-row answer, in the arena; absent when it is NULL or there is no row. */
struct text sns_single_text(struct statement *statement, struct arena *arena);

#endif
