/*
 * DynamoDB. dynamodb.c lists the operations; handlers stand in tables_*.c (tables), items.c, batches.c,
 * transactions.c, query.c and scan.c (items), stream_records.c (what streams record), time_to_live.c.
 *
 * Where others attach: PartiQL makes the trees of expression.h and writes through item_write.h; global tables
 * hear of every committed write in item_write_commit(); backups copy rows by dynamodb_store_more.h. Reading
 * of streams is the service dynamodbstreams, over dynamodb's tables by stream_records.h.
 */
#ifndef STACKRIG_DYNAMODB_H
#define STACKRIG_DYNAMODB_H

#include "emulator/core/service.h"
#include "services/dynamodb/expression.h"
#include "services/dynamodb/model.h"
#include "services/dynamodb/table.h"

extern const struct service dynamodb_service;

operation_fn dynamodb_create_table, dynamodb_describe_table, dynamodb_update_table, dynamodb_delete_table,
    dynamodb_list_tables;
operation_fn dynamodb_put_item, dynamodb_get_item, dynamodb_update_item, dynamodb_delete_item;
operation_fn dynamodb_batch_get_item, dynamodb_batch_write_item;
operation_fn dynamodb_transact_get_items, dynamodb_transact_write_items;
operation_fn dynamodb_query, dynamodb_scan;
operation_fn dynamodb_execute_statement, dynamodb_batch_execute_statement, dynamodb_execute_transaction;
operation_fn dynamodb_tag_resource, dynamodb_untag_resource, dynamodb_list_tags_of_resource;
operation_fn dynamodb_update_time_to_live, dynamodb_describe_time_to_live;
operation_fn dynamodb_describe_limits, dynamodb_describe_endpoints;
operation_fn dynamodb_create_backup, dynamodb_delete_backup, dynamodb_describe_backup, dynamodb_list_backups,
    dynamodb_restore_table_from_backup, dynamodb_restore_table_to_point_in_time;
operation_fn dynamodb_put_resource_policy, dynamodb_get_resource_policy, dynamodb_delete_resource_policy;
operation_fn dynamodb_enable_kinesis_streaming_destination, dynamodb_disable_kinesis_streaming_destination,
    dynamodb_describe_kinesis_streaming_destination;
operation_fn dynamodb_update_contributor_insights, dynamodb_describe_contributor_insights,
    dynamodb_list_contributor_insights;
operation_fn dynamodb_update_kinesis_streaming_destination;
operation_fn dynamodb_export_table_to_point_in_time, dynamodb_describe_export, dynamodb_list_exports;
operation_fn dynamodb_import_table, dynamodb_describe_import, dynamodb_list_imports;
operation_fn dynamodb_create_global_table, dynamodb_update_global_table, dynamodb_describe_global_table,
    dynamodb_describe_global_table_settings, dynamodb_update_global_table_settings,
    dynamodb_list_global_tables;
operation_fn dynamodb_describe_continuous_backups, dynamodb_update_continuous_backups;

/* ---- Shared by the handlers (dynamodb_request.c) ---- */

struct dynamodb_state *dynamodb_state_of(const struct call *call);
/* Does a fault rule take this freedom (dynamodb.c) for the call? */
bool dynamodb_fault_is(const struct call *call, const char *kind);
/* ValidationException of the request alone; some operations put a count before the text (dynamodb.md section
 * 0). */
struct result dynamodb_invalid(struct call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Without that count, in every operation: what is found out only when the table is known, or its item. */
struct result dynamodb_invalid_plainly(struct call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Is the operation one of these? NULL ends the list. */
bool dynamodb_is_one_of(const struct call *call, const char *const *names);
/* In which words the operation tells what is wrong with values. */
enum wording dynamodb_wording(const struct call *call);
/* For the service table: the answer to what the model's constraints refuse (model_messages.c). */
struct result dynamodb_validation_failed(struct call *call, struct input input, const char *message);

/* A table by its name or ARN. False: *refusal is the answer, as operations on items give it. */
bool dynamodb_named_table(struct call *call, struct text name, struct table **table, struct result *refusal);
/* The same, as operations on tables answer. */
bool dynamodb_described_table(struct call *call, struct input input, struct table **table,
                              struct result *refusal);
/* Which table a name or ARN means. False: an ARN that is none. */
bool dynamodb_table_reference(struct call *call, struct text reference, const char **account,
                              const char **region, struct text *name);
/*
 * For the operations on tables: given, length and characters, in the words that they have of their own.
 * Source: dynamodb.md section 2.
 */
bool dynamodb_check_table_given(struct call *call, struct text name, struct result *refusal);

/* Names of parameters, each list NULL-terminated. False: both kinds are given, or placeholders without an
 * expression that may hold them. */
bool dynamodb_check_mix(struct call *call, struct input input, const char *const *legacy,
                        const char *const *expressions, const char *const *with_values,
                        struct result *refusal);
/* The second half of that. `with_values` is the list of expressions that may hold values, NULL: none. */
bool dynamodb_check_placeholders(struct call *call, struct input input, const char *const *expressions,
                                 const char *const *with_values, struct result *refusal);
/* Reads both maps of placeholders, or that of names alone. */
bool dynamodb_read_placeholders(struct call *call, struct input input, bool with_values,
                                struct placeholders *placeholders, struct result *refusal);
/* ConditionExpression, FilterExpression ...; *node stays NULL when the member is absent. */
bool dynamodb_read_condition(struct call *call, struct input input, const char *member,
                             enum expression_role role, struct placeholders *placeholders, struct node **node,
                             struct result *refusal);
bool dynamodb_read_projection(struct call *call, struct input input, struct placeholders *placeholders,
                              struct projection_paths **projection, struct result *refusal);
/* No projected path leads into a key attribute. (page.c) */
bool projection_check_keys(struct call *call, const struct table *table,
                           const struct projection_paths *projection, struct result *refusal);
bool dynamodb_check_used(struct call *call, const struct placeholders *placeholders, struct result *refusal);

/* ---- Legacy parameters as trees (legacy.c). False: *refusal. ---- */

bool legacy_read_expected(struct call *call, struct input input, struct node **condition,
                          struct result *refusal);
/* QueryFilter, ScanFilter. */
bool legacy_read_filter(struct call *call, struct input input, const char *member, struct node **condition,
                        struct result *refusal);
/* KeyConditions: an AND of comparisons. */
bool legacy_read_key_conditions(struct call *call, struct input input, struct node **condition,
                                struct result *refusal);
/* Of KeyConditions, once the table is known. */
bool legacy_check_indexable(struct call *call, struct input input, struct result *refusal);
bool legacy_read_updates(struct call *call, struct input input, struct update **update,
                         struct result *refusal);
/* AttributesToGet of an operation or of a part of a batch. */
bool legacy_read_attributes_to_get(struct call *call, struct input input,
                                   struct projection_paths **projection, struct result *refusal);

/* ---- ConsumedCapacity (capacity.c) ---- */

struct consumed {
    const struct table *table;
    struct text table_name; /* as the request named it */
    double units;           /* of the table itself */
    double *index_units;    /* by table->indexes; NULL: none */
    bool in_transaction;
    bool writes;
};

double read_units(int64_t bytes, bool consistent);
double write_units(int64_t bytes);
/* What a write of that item costs, indexes included. NULL items: none before, none after. */
void consumed_add_write(struct arena *arena, struct consumed *consumed, const struct attribute *old_item,
                        const struct attribute *new_item, int64_t old_bytes, int64_t new_bytes,
                        double factor);
/* Adds what another request to the same table consumed. */
void consumed_add(struct arena *arena, struct consumed *sum, const struct consumed *more);
/* Writes the member as ReturnConsumedCapacity asks; member NULL: an element of a list. */
void consumed_write(struct output *out, const char *member, struct text mode,
                    const struct consumed *consumed);
/* "TOTAL" or "INDEXES". */
bool wants_capacity(struct text mode);
/* ItemCollectionMetrics for tables with local indexes, when asked for. */
void write_collection_metrics(struct call *call, const struct table *table, struct input input,
                              const struct attribute *item);
void write_collection_metrics_entry(struct call *call, const struct table *table,
                                    const struct attribute *item);
bool has_local_index(const struct table *table);

/* ---- Streams and TTL ---- */

/* Begins a stream for the table; its keys are part of every record. */
void stream_begin(struct call *call, struct table *table, struct text view);
void stream_end(struct call *call, struct table *table);
/* In seconds; 0: never. */
int64_t expiry_of(const struct table *table, const struct attribute *item);
/* Deletes what has expired, about once a minute. Called before tables and streams are read, so that no timer
 * pulls a virtual clock forward. */
void time_to_live_sweep(struct call *call);

/* TableDescription into the open structure; status and index_status NULL: ACTIVE. */
void write_table_description(struct call *call, struct table *table, const char *status, bool describing);

#endif
