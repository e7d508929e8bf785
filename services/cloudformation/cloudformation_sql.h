/* The numbers of CloudFormation's SQL statements, and how to prepare one. For the store's own files only. */
#ifndef STACKRIG_CLOUDFORMATION_SQL_H
#define STACKRIG_CLOUDFORMATION_SQL_H

#include "services/cloudformation/cloudformation_store.h"

enum {
    STACK_INSERT,
    STACK_UPDATE,
    STACK_FIND_ID,
    STACK_FIND_NAME,
    STACK_EACH,
    STACK_BUSY,
    STACK_SET_STATUS,
    STACK_SET_STATE,
    STACK_STATE,
    STACK_FORGET_EVENTS,
    STACK_FORGET_REQUESTS,
    STACK_FORGET_STATES,
    STACK_FORGET_RESOURCES,
    STACK_FORGET,
    RESOURCE_PUT,
    RESOURCE_TOUCH,
    RESOURCE_REMOVE,
    RESOURCE_EACH,
    RESOURCE_UPDATED,
    RESOURCE_OWNER,
    MACRO_FUNCTION,
    EVENT_INSERT,
    EVENT_EACH,
    EXPORT_PUT,
    EXPORT_CHANGE,
    EXPORT_REMOVE,
    EXPORT_FIND,
    EXPORT_EACH,
    IMPORT_CLEAR,
    IMPORT_ADD,
    IMPORT_EACH,
    CHANGE_SET_INSERT,
    CHANGE_SET_UPDATE,
    CHANGE_SET_FIND_ID,
    CHANGE_SET_FIND,
    CHANGE_SET_EACH,
    CHANGE_SET_REMOVE,
    CHANGE_SET_REMOVE_OTHERS,
    CHANGE_SET_OBSOLETE,
    REQUEST_INSERT,
    REQUEST_END,
    REQUEST_FIND,
    REQUEST_FIND_WORK,
    REQUEST_EACH,
    REQUEST_EACH_WAITING,
    TIMER_INSERT,
    TIMER_REMOVE,
    TIMER_REMOVE_STACK,
    TIMER_EACH,
    SIGNAL_PUT,
    SIGNAL_EACH,
    SIGNAL_CLEAR,
    TOKEN_FIND,
    TOKEN_PUT,
    SQL_COUNT,
};

/* Binds strings, from parameter 1 on. */
struct statement *cloudformation_prepare(struct store *store, int index, int count,
                                         const char *const *strings);

#define PREPARE(store, index, ...)                                                                           \
    cloudformation_prepare(store, index,                                                                     \
                           (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)),         \
                           (const char *const[]){__VA_ARGS__})

#endif
