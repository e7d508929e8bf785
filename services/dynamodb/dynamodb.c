#include "services/dynamodb/dynamodb.h"

#include "emulator/base/die.h"
#include "services/dynamodb/dynamodb_store.h"

static const struct operation_row operations[] = {
    {"BatchExecuteStatement", dynamodb_batch_execute_statement},
    {"BatchGetItem", dynamodb_batch_get_item},
    {"BatchWriteItem", dynamodb_batch_write_item},
    {"CreateTable", dynamodb_create_table},
    {"DeleteItem", dynamodb_delete_item},
    {"DeleteTable", dynamodb_delete_table},
    {"DescribeContinuousBackups", dynamodb_describe_continuous_backups},
    {"DescribeEndpoints", dynamodb_describe_endpoints},
    {"DescribeLimits", dynamodb_describe_limits},
    {"DescribeTable", dynamodb_describe_table},
    {"DescribeTimeToLive", dynamodb_describe_time_to_live},
    {"ExecuteStatement", dynamodb_execute_statement},
    {"ExecuteTransaction", dynamodb_execute_transaction},
    {"GetItem", dynamodb_get_item},
    {"ListTables", dynamodb_list_tables},
    {"ListTagsOfResource", dynamodb_list_tags_of_resource},
    {"PutItem", dynamodb_put_item},
    {"Query", dynamodb_query},
    {"Scan", dynamodb_scan},
    {"TagResource", dynamodb_tag_resource},
    {"TransactGetItems", dynamodb_transact_get_items},
    {"TransactWriteItems", dynamodb_transact_write_items},
    {"UntagResource", dynamodb_untag_resource},
    {"UpdateContinuousBackups", dynamodb_update_continuous_backups},
    {"UpdateItem", dynamodb_update_item},
    {"UpdateTable", dynamodb_update_table},
    {"UpdateTimeToLive", dynamodb_update_time_to_live},
    {NULL, NULL},
};

static const struct accepted_member accepted[] = {
    {"CreateTable", "GlobalTableSourceArn", "known to the model only"},
    {"CreateTable", "WarmThroughput", "stored and shown; nothing is warmed"},
    {"CreateTable", "OnDemandThroughput", "stored and shown; nothing is throttled by it"},
    {"CreateTable", "ResourcePolicy", "stored and shown"},
    {"GetItem", "ConsistentRead", "every read is consistent; counts for the consumed capacity"},
    {NULL, NULL, NULL},
};

static void *open_state(struct emulator *emulator) {
    struct dynamodb_state *state = xcalloc(1, sizeof(*state));
    state->emulator = emulator;
    return state;
}

static void close_state(void *state) {
    table_forget_all(state);
    free(state);
}

static void resume(struct emulator *emulator, void *argument) {
    struct dynamodb_state *state = argument;
    (void)emulator;
    table_forget_all(state);
    state->sweep_ms = 0;
}

const struct service dynamodb_service = {
    .model = &dynamodb_model,
    .operations = operations,
    .store = &dynamodb_store_module,
    .accepted = accepted,
    .open = open_state,
    .close = close_state,
    .resume = resume,
};
