#include "services/dynamodb/dynamodb.h"

#include "emulator/base/die.h"
#include "services/dynamodb/dynamodb_store.h"
#include "services/dynamodb/front_door.h"
#include "services/dynamodb/throttle.h"
#include "services/dynamodb/transfers.h"

static const struct operation_row operations[] = {
    {"BatchExecuteStatement", dynamodb_batch_execute_statement},
    {"BatchGetItem", dynamodb_batch_get_item},
    {"BatchWriteItem", dynamodb_batch_write_item},
    {"CreateBackup", dynamodb_create_backup},
    {"CreateGlobalTable", dynamodb_create_global_table},
    {"CreateTable", dynamodb_create_table},
    {"DeleteBackup", dynamodb_delete_backup},
    {"DeleteItem", dynamodb_delete_item},
    {"DeleteResourcePolicy", dynamodb_delete_resource_policy},
    {"DeleteTable", dynamodb_delete_table},
    {"DescribeBackup", dynamodb_describe_backup},
    {"DescribeContinuousBackups", dynamodb_describe_continuous_backups},
    {"DescribeContributorInsights", dynamodb_describe_contributor_insights},
    {"DescribeEndpoints", dynamodb_describe_endpoints},
    {"DescribeExport", dynamodb_describe_export},
    {"DescribeGlobalTable", dynamodb_describe_global_table},
    {"DescribeGlobalTableSettings", dynamodb_describe_global_table_settings},
    {"DescribeImport", dynamodb_describe_import},
    {"DescribeKinesisStreamingDestination", dynamodb_describe_kinesis_streaming_destination},
    {"DescribeLimits", dynamodb_describe_limits},
    {"DescribeTable", dynamodb_describe_table},
    {"DescribeTimeToLive", dynamodb_describe_time_to_live},
    {"DisableKinesisStreamingDestination", dynamodb_disable_kinesis_streaming_destination},
    {"EnableKinesisStreamingDestination", dynamodb_enable_kinesis_streaming_destination},
    {"ExecuteStatement", dynamodb_execute_statement},
    {"ExecuteTransaction", dynamodb_execute_transaction},
    {"ExportTableToPointInTime", dynamodb_export_table_to_point_in_time},
    {"GetItem", dynamodb_get_item},
    {"GetResourcePolicy", dynamodb_get_resource_policy},
    {"ImportTable", dynamodb_import_table},
    {"ListBackups", dynamodb_list_backups},
    {"ListContributorInsights", dynamodb_list_contributor_insights},
    {"ListExports", dynamodb_list_exports},
    {"ListGlobalTables", dynamodb_list_global_tables},
    {"ListImports", dynamodb_list_imports},
    {"ListTables", dynamodb_list_tables},
    {"ListTagsOfResource", dynamodb_list_tags_of_resource},
    {"PutItem", dynamodb_put_item},
    {"PutResourcePolicy", dynamodb_put_resource_policy},
    {"Query", dynamodb_query},
    {"RestoreTableFromBackup", dynamodb_restore_table_from_backup},
    {"RestoreTableToPointInTime", dynamodb_restore_table_to_point_in_time},
    {"Scan", dynamodb_scan},
    {"TagResource", dynamodb_tag_resource},
    {"TransactGetItems", dynamodb_transact_get_items},
    {"TransactWriteItems", dynamodb_transact_write_items},
    {"UntagResource", dynamodb_untag_resource},
    {"UpdateContinuousBackups", dynamodb_update_continuous_backups},
    {"UpdateContributorInsights", dynamodb_update_contributor_insights},
    {"UpdateGlobalTable", dynamodb_update_global_table},
    {"UpdateGlobalTableSettings", dynamodb_update_global_table_settings},
    {"UpdateItem", dynamodb_update_item},
    {"UpdateKinesisStreamingDestination", dynamodb_update_kinesis_streaming_destination},
    {"UpdateTable", dynamodb_update_table},
    {"UpdateTimeToLive", dynamodb_update_time_to_live},
    {NULL, NULL},
};

static const struct accepted_member accepted[] = {
    {"CreateTable", "GlobalTableSourceArn", "known to the model only"},
    {"CreateTable", "WarmThroughput", "stored and shown; nothing is warmed"},
    {"CreateTable", "OnDemandThroughput", "stored and shown; throttles when throttling is switched on"},
    {"CreateTable", "ResourcePolicy", "stored and shown"},
    {"GetItem", "ConsistentRead", "every read is consistent; counts for the consumed capacity"},
    {"EnableKinesisStreamingDestination", "StreamArn", "stored and shown; nothing is sent to Kinesis"},
    {"UpdateContributorInsights", "ContributorInsightsAction", "stored and shown; nothing is counted"},
    {NULL, NULL, NULL},
};

/* What AWS may do and seldom does: leave a part of a batch to be asked for again, end a page early. */
static const struct service_freedom freedoms[] = {
    {"BatchGetItem", "partial"},
    {"BatchWriteItem", "partial"},
    {"Query", "partial"},
    {"Scan", "partial"},
    {NULL, NULL},
};

static void *open_state(struct emulator *emulator) {
    struct dynamodb_state *state = xcalloc(1, sizeof(*state));
    state->emulator = emulator;
    return state;
}

static void close_state(void *state) {
    table_forget_all(state);
    throttle_forget(state);
    transfers_forget(state, NULL);
    free(state);
}

static void resume(struct emulator *emulator, void *argument) {
    struct dynamodb_state *state = argument;
    (void)emulator;
    table_forget_all(state);
    throttle_load(state);
    transfers_forget(state, emulator_store(state->emulator));
    state->sweep_ms = 0;
}

const struct service dynamodb_service = {
    .model = &dynamodb_model,
    .operations = operations,
    .endpoints = dynamodb_endpoints,
    .store = &dynamodb_store_module,
    .accepted = accepted,
    .freedoms = freedoms,
    .validation_failed = dynamodb_validation_failed,
    .open_to_pages = true, /* as AWS: it answers every page */
    .open = open_state,
    .close = close_state,
    .resume = resume,
};
