/* How tables look: DescribeTable, ListTables, DeleteTable and every answer that holds a TableDescription. */
#include "services/dynamodb/global_tables.h"
#include "services/dynamodb/tables.h"

static void write_parts(struct output *out, const struct key_schema *schema) {
    output_begin_list(out, "KeySchema");
    for (size_t i = 0; i < schema->hash_count + schema->range_count; i++) {
        output_begin_structure(out, NULL);
        output_text(out, "AttributeName", schema->parts[i].name);
        output_string(out, "KeyType", i < schema->hash_count ? "HASH" : "RANGE");
        output_end(out);
    }
    output_end(out);
}

static void write_projection(struct output *out, const struct table_index *index) {
    static const char *const names[] = {"ALL", "KEYS_ONLY", "INCLUDE"};
    output_begin_structure(out, "Projection");
    output_string(out, "ProjectionType", names[index->projection]);
    if (index->projection == PROJECTION_INCLUDE) {
        output_begin_list(out, "NonKeyAttributes");
        for (size_t i = 0; i < index->included_count; i++) {
            output_text(out, NULL, index->included[i]);
        }
        output_end(out);
    }
    output_end(out);
}

static void write_throughput(struct output *out, int64_t read, int64_t write, int64_t decreases,
                             int64_t increased_ms, int64_t decreased_ms) {
    output_begin_structure(out, "ProvisionedThroughput");
    if (increased_ms) {
        output_timestamp(out, "LastIncreaseDateTime", increased_ms);
    }
    if (decreased_ms) {
        output_timestamp(out, "LastDecreaseDateTime", decreased_ms);
    }
    output_integer(out, "NumberOfDecreasesToday", decreases);
    output_integer(out, "ReadCapacityUnits", read);
    output_integer(out, "WriteCapacityUnits", write);
    output_end(out);
}

/* A maximum that is not set is -1. */
static void write_on_demand_limits(struct output *out, int64_t read, int64_t write) {
    if (read || write) {
        output_begin_structure(out, "OnDemandThroughput");
        output_integer(out, "MaxReadRequestUnits", read ? read : -1);
        output_integer(out, "MaxWriteRequestUnits", write ? write : -1);
        output_end(out);
    }
}

static void write_warm(struct output *out, struct warm_level level, const char *status) {
    output_begin_structure(out, "WarmThroughput");
    output_integer(out, "ReadUnitsPerSecond", level.read);
    output_integer(out, "WriteUnitsPerSecond", level.write);
    output_string(out, "Status", status);
    output_end(out);
}

static void write_index(struct call *call, const struct table *table, const struct table_index *index,
                        const char *status, bool describing) {
    struct output *out = call_output(call);
    int64_t count = dynamodb_store_index_count(call->store, index->id);
    output_begin_structure(out, NULL);
    output_text(out, "IndexName", index->name);
    write_parts(out, &index->schema);
    write_projection(out, index);
    if (index->global) {
        output_string(out, "IndexStatus", status ? status : "ACTIVE");
        write_throughput(out, index->read_units, index->write_units, 0, 0, 0);
    }
    output_integer(out, "IndexSizeBytes",
                   table->item_count > 0 ? table->item_bytes / table->item_count * count : 0);
    output_integer(out, "ItemCount", count);
    output_string(out, "IndexArn",
                  arena_printf(call->arena, "%s/index/%.*s", table->arn, TEXT_ARGUMENTS(index->name)));
    if (index->global) {
        write_on_demand_limits(out, index->maximum_read_units, index->maximum_write_units);
    }
    if (index->global && (describing || index->warm_read_units || index->warm_write_units)) {
        write_warm(out, warm_of_index(table, index), describing ? "ACTIVE" : "UPDATING");
    }
    output_end(out);
}

static void write_indexes(struct call *call, const struct table *table, bool global, const char *status,
                          bool describing) {
    bool open = false;
    for (size_t i = 0; i < table->index_count; i++) {
        const struct table_index *index = &table->indexes[i];
        if (index->global != global) {
            continue;
        }
        if (!open) {
            output_begin_list(call_output(call), global ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes");
            open = true;
        }
        bool creating = status && strcmp(status, "CREATING") == 0;
        write_index(call, table, index, creating ? status : NULL, describing);
    }
    if (open) {
        output_end(call_output(call));
    }
}

static void write_stream(struct call *call, const struct table *table) {
    struct output *out = call_output(call);
    struct text label = dynamodb_setting(call->store, table->id, SETTING_STREAM_LABEL, call->arena);
    if (table->stream_view.data) {
        output_begin_structure(out, "StreamSpecification");
        output_boolean(out, "StreamEnabled", true);
        output_text(out, "StreamViewType", table->stream_view);
        output_end(out);
    }
    if (label.data) {
        output_text(out, "LatestStreamLabel", label);
        output_string(out, "LatestStreamArn",
                      arena_printf(call->arena, "%s/stream/%.*s", table->arn, TEXT_ARGUMENTS(label)));
    }
}

static void write_sse(struct call *call, const struct table *table) {
    struct output *out = call_output(call);
    struct text key = dynamodb_setting(call->store, table->id, SETTING_SSE_KEY, call->arena);
    if (key.data) {
        output_begin_structure(out, "SSEDescription");
        output_string(out, "Status", "ENABLED");
        output_string(out, "SSEType", "KMS");
        output_text(out, "KMSMasterKeyArn", key);
        output_end(out);
    }
}

static void write_replicas(struct call *call, const struct table *table) {
    struct output *out = call_output(call);
    struct text regions = table->replicas;
    if (!regions.data) {
        return;
    }
    output_string(out, "GlobalTableVersion", "2019.11.21");
    output_begin_list(out, "Replicas");
    while (regions.data) {
        output_begin_structure(out, NULL);
        output_text(out, "RegionName", text_cut(&regions, ','));
        output_string(out, "ReplicaStatus", "ACTIVE");
        output_end(out);
    }
    output_end(out);
}

enum description { DESCRIBES_NEW, DESCRIBES, DESCRIBES_DELETED };

static void write_billing(struct call *call, const struct table *table, enum description description) {
    struct output *out = call_output(call);
    write_throughput(out, table->read_units, table->write_units, table_number(call, table, SETTING_DECREASES),
                     table_number(call, table, SETTING_INCREASED),
                     table_number(call, table, SETTING_DECREASED));
    int64_t since = table_number(call, table, SETTING_ON_DEMAND_SINCE);
    if (since) { /* also shown by tables that went back to PROVISIONED */
        output_begin_structure(out, "BillingModeSummary");
        output_string(out, "BillingMode", table->read_units ? "PROVISIONED" : "PAY_PER_REQUEST");
        if (description != DESCRIBES_NEW) {
            output_timestamp(out, "LastUpdateToPayPerRequestDateTime", since);
        }
        output_end(out);
    }
    write_on_demand_limits(out, table->maximum_read_units, table->maximum_write_units);
    int64_t warm_read = table_number(call, table, SETTING_WARM_READ);
    int64_t warm_write = table_number(call, table, SETTING_WARM_WRITE);
    bool describing = description == DESCRIBES;
    if (describing || (description == DESCRIBES_NEW && (warm_read || warm_write))) {
        write_warm(out, warm_of_table(call, table), describing ? "ACTIVE" : "UPDATING");
    }
}

void write_table_description(struct call *call, struct table *table, const char *status, bool describing) {
    struct output *out = call_output(call);
    dynamodb_store_count(call->store, table);
    output_begin_list(out, "AttributeDefinitions");
    for (size_t i = 0; i < table->attribute_count; i++) {
        output_begin_structure(out, NULL);
        output_text(out, "AttributeName", table->attributes[i].name);
        output_string(out, "AttributeType", attribute_type_name(table->attributes[i].type));
        output_end(out);
    }
    output_end(out);
    output_text(out, "TableName", table->name);
    write_parts(out, &table->schema);
    output_string(out, "TableStatus", status ? status : "ACTIVE");
    output_timestamp(out, "CreationDateTime", table->created_ms);
    write_billing(call, table, describing ? DESCRIBES : DESCRIBES_NEW);
    output_integer(out, "TableSizeBytes", table->item_bytes);
    output_integer(out, "ItemCount", table->item_count);
    output_string(out, "TableArn", table->arn);
    output_text(out, "TableId", dynamodb_setting(call->store, table->id, SETTING_TABLE_ID, call->arena));
    write_indexes(call, table, false, status, describing);
    write_indexes(call, table, true, status, describing);
    write_stream(call, table);
    write_replicas(call, table);
    write_sse(call, table);
    struct text class = dynamodb_setting(call->store, table->id, SETTING_TABLE_CLASS, call->arena);
    if (class.data) {
        output_begin_structure(out, "TableClassSummary");
        int64_t since = table_number(call, table, SETTING_CLASS_SINCE);
        output_text(out, "TableClass", class);
        if (since) {
            output_timestamp(out, "LastUpdateDateTime", since);
        }
        output_end(out);
    }
    struct text restored = dynamodb_setting(call->store, table->id, SETTING_RESTORED, call->arena);
    if (restored.data) {
        static const char over[] = "\"RestoreInProgress\":false}"; /* it is, when the table is active */
        struct text begun = text_slice(restored, 0, restored.size - (sizeof(over) - 1));
        bool going_on = status && strcmp(status, "CREATING") == 0;
        output_json(out, "RestoreSummary",
                    going_on ? text_of(arena_printf(call->arena, "%.*s\"RestoreInProgress\":true}",
                                                    TEXT_ARGUMENTS(begun)))
                             : restored);
    }
    output_boolean(out, "DeletionProtectionEnabled", table_number(call, table, SETTING_PROTECTED) != 0);
}

struct result dynamodb_describe_table(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    if (!dynamodb_described_table(call, input, &table, &refusal)) {
        return refusal;
    }
    output_begin_structure(call_output(call), "Table");
    write_table_description(call, table, NULL, true);
    output_end(call_output(call));
    return result_output();
}

struct result dynamodb_list_tables(struct call *call, struct input input) {
    struct output *out = call_output(call);
    int64_t limit = input_integer(input, "Limit", 100), count = 0;
    struct text last = TEXT_NONE;
    bool more = false;
    struct statement *names =
        dynamodb_store_table_names(call->store, call->identity.account, call->identity.region,
                                   input_text(input, "ExclusiveStartTableName"));
    output_begin_list(out, "TableNames");
    while (!more && statement_step(names)) {
        if (count == limit) {
            more = true;
            statement_reset(names);
            break;
        }
        last = arena_text(call->arena, statement_text(names, 0));
        output_text(out, NULL, last);
        count++;
    }
    output_end(out);
    output_text(out, "LastEvaluatedTableName", more ? last : TEXT_NONE);
    return result_output();
}

struct result dynamodb_delete_table(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    if (!dynamodb_described_table(call, input, &table, &refusal)) {
        return refusal;
    }
    if (table_number(call, table, SETTING_PROTECTED)) {
        return dynamodb_invalid_plainly(call,
                                        "Resource cannot be deleted as it is currently protected against "
                                        "deletion. Disable deletion protection first.");
    }
    struct output *out = call_output(call);
    output_begin_structure(out, "TableDescription");
    output_text(out, "TableName", table->name);
    output_string(out, "TableStatus", "DELETING");
    dynamodb_store_count(call->store, table);
    write_billing(call, table, DESCRIBES_DELETED);
    output_integer(out, "TableSizeBytes", table->item_bytes);
    output_integer(out, "ItemCount", table->item_count);
    output_string(out, "TableArn", table->arn);
    output_text(out, "TableId", dynamodb_setting(call->store, table->id, SETTING_TABLE_ID, call->arena));
    write_stream(call, table);
    output_boolean(out, "DeletionProtectionEnabled", false);
    output_end(out);
    if (table->stream_view.data) {
        stream_end(call, table);
    }
    replicas_leave(call, table);
    dynamodb_store_delete_table(call->store, table, table->arn);
    table_forget(dynamodb_state_of(call), table->account, table->region, table->name);
    return result_output();
}
