/* What the operations on tables share; for tables_*.c only. */
#ifndef STACKRIG_DYNAMODB_TABLES_H
#define STACKRIG_DYNAMODB_TABLES_H

#include "services/dynamodb/dynamodb.h"
#include "services/dynamodb/dynamodb_store.h"

/* More facts about tables, shown by DescribeTable. */
#define SETTING_TABLE_ID "TableId"
#define SETTING_TABLE_CLASS "TableClass"
#define SETTING_CLASS_SINCE "TableClassSince" /* milliseconds; changed by UpdateTable */
#define SETTING_PROTECTED "DeletionProtectionEnabled"
#define SETTING_SSE_KEY "KMSMasterKeyArn"
#define SETTING_ON_DEMAND_SINCE "LastUpdateToPayPerRequestDateTime"
#define SETTING_INCREASED "LastIncreaseDateTime"
#define SETTING_DECREASED "LastDecreaseDateTime"
#define SETTING_DECREASES "NumberOfDecreasesToday"
#define SETTING_WARM_READ "WarmReadUnits"
#define SETTING_WARM_WRITE "WarmWriteUnits"
#define SETTING_POLICY "ResourcePolicy"
#define SETTING_POLICY_REVISION "ResourcePolicyRevision"
#define SETTING_RESTORED "RestoreSummary"

#define INVALID_VALUES "One or more parameter values were invalid: "
#define MAXIMUM_UNITS 1000000000000LL

bool table_fail(struct call *call, struct result *refusal, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void table_set_number(struct call *call, const struct table *table, const char *name, int64_t value);
/* 0: not set. */
int64_t table_number(struct call *call, const struct table *table, const char *name);

enum key_schema_of {
    KEYS_OF_LONE_TABLE, /* a table without indexes */
    KEYS_OF_TABLE,
    KEYS_OF_LOCAL_INDEX,
    KEYS_OF_GLOBAL_INDEX, /* may have several parts of a kind */
};

/* With types from table->attributes. */
bool read_key_schema(struct call *call, struct input list, const struct table *table, enum key_schema_of of,
                     struct key_schema *schema, struct result *refusal);
bool read_index(struct call *call, struct input element, bool global, const struct table *table,
                bool on_demand, struct table_index *index, struct result *refusal);
/* AttributeDefinitions, in the call's arena. */
void read_attribute_definitions(struct call *call, struct input list, struct table *table);
/* No attribute is defined twice. */
bool check_definitions_differ(struct call *call, const struct table *table, struct result *refusal);
/* Every definition is a key of something. */
bool check_definitions_used(struct call *call, const struct table *table, struct result *refusal);
/* ---- WarmThroughput (warm_throughput.c) ---- */

/* As a bound: what it is called; NULL: the capacity units of ProvisionedThroughput. */
struct warm_level {
    int64_t read;
    int64_t write;
    const char *name;
};
#define WARM_ON_DEMAND                                                                                       \
    ((struct warm_level){12000, 4000,                                                                        \
                         "initial throughput for OnDemand. See: "                                            \
                         "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"                 \
                         "on-demand-capacity-mode.html#on-demand-capacity-mode-initial"})
/* What is warm now. */
struct warm_level warm_of_table(struct call *call, const struct table *table);
struct warm_level warm_of_index(const struct table *table, const struct table_index *index);
/* Before the capacity changes: remembers what is warm, which stays so. */
void warm_keep(struct call *call, struct table *table);
/* `what`: "table" or "index NAME"; an absent structure is good. */
bool check_warm(struct call *call, struct input warm, const struct warm_level *least, const char *what,
                struct result *refusal);
bool check_throughput(struct call *call, struct input throughput, const char *index, struct result *refusal);
/* OnDemandThroughput, given or not: -1 takes a maximum away. */
void set_on_demand_limits(struct call *call, struct input limits, struct table *table);
void read_index_limits(struct input element, struct table_index *index);
void set_sse(struct call *call, const struct table *table, struct input specification);
/* Tags with AWS's rules. */
bool put_tags(struct call *call, const char *arn, struct input tags, struct result *refusal);
/* What CreateTable's members make of a table, checked. False: *refusal. */
bool table_read_draft(struct call *call, struct input input, struct table *draft, struct result *refusal);
/* Since when point-in-time recovery can restore the table, where it is on. */
int64_t recovery_begin_ms(struct call *call, const struct table *table);
/* Creates the table in the database with what belongs to every new one; its settings are yet to be made.
 * Returns the cached table. */
struct table *table_create(struct call *call, const char *region, struct text name, struct table *draft);
/* Definitions that no key needs go. */
void table_drop_definitions(struct table *table);
/* Fills the index from the table's items. */
void table_backfill(struct call *call, struct table *table, const struct table_index *index);

#endif
