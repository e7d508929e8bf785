/* What is stored and shown beside tables: resource policies, Kinesis destinations, contributor insights. */
#include "emulator/base/arn.h"
#include "services/dynamodb/tables.h"

#define SETTING_KINESIS "KinesisStreamArn"
#define SETTING_KINESIS_STATUS "KinesisStatus"
#define SETTING_INSIGHTS "ContributorInsights"

/* ---- resource policies ---- */

static bool find_resource(struct call *call, struct input input, struct table **table,
                          struct result *refusal) {
    struct text reference = input_text(input, "ResourceArn"), name;
    const char *account, *region;
    *table = NULL;
    if (dynamodb_table_reference(call, reference, &account, &region, &name)) {
        *table = table_find(dynamodb_state_of(call), account, region, name);
    }
    if (!*table) {
        *refusal = call_error(call, &dynamodb_error_ResourceNotFoundException,
                              "Requested resource not found: Table: %.*s not found", TEXT_ARGUMENTS(name));
    }
    return *table != NULL;
}

static bool check_revision(struct call *call, struct input input, const struct table *table,
                           struct result *refusal) {
    struct text expected = input_text(input, "ExpectedRevisionId");
    struct text current = dynamodb_setting(call->store, table->id, SETTING_POLICY_REVISION, call->arena);
    bool none_expected = text_equals(expected, "NO_POLICY") && !current.data;
    if (expected.data && !none_expected && !(current.data && text_same(expected, current))) {
        *refusal =
            call_error(call, &dynamodb_error_PolicyNotFoundException,
                       "Resource-based policy not found for the provided ResourceArn: Requested revision "
                       "does not match the current one");
        return false;
    }
    return true;
}

struct result dynamodb_put_resource_policy(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    if (!find_resource(call, input, &table, &refusal) || !check_revision(call, input, table, &refusal)) {
        return refusal;
    }
    struct text revision = text_of(arena_printf(call->arena, "%lld", (long long)call->now_ms));
    dynamodb_set_setting(call->store, table->id, SETTING_POLICY, input_text(input, "Policy"));
    dynamodb_set_setting(call->store, table->id, SETTING_POLICY_REVISION, revision);
    output_text(call_output(call), "RevisionId", revision);
    return result_output();
}

struct result dynamodb_get_resource_policy(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    if (!find_resource(call, input, &table, &refusal)) {
        return refusal;
    }
    struct text policy = dynamodb_setting(call->store, table->id, SETTING_POLICY, call->arena);
    if (!policy.data) {
        return call_error(call, &dynamodb_error_PolicyNotFoundException,
                          "Resource-based policy not found for the provided ResourceArn: %.*s",
                          TEXT_ARGUMENTS(input_text(input, "ResourceArn")));
    }
    struct text revision = dynamodb_setting(call->store, table->id, SETTING_POLICY_REVISION, call->arena);
    output_text(call_output(call), "Policy", policy);
    output_text(call_output(call), "RevisionId",
                revision.data ? revision
                              : text_of(arena_printf(call->arena, "%lld", (long long)table->created_ms)));
    return result_output();
}

struct result dynamodb_delete_resource_policy(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    if (!find_resource(call, input, &table, &refusal) || !check_revision(call, input, table, &refusal)) {
        return refusal;
    }
    struct text revision = dynamodb_setting(call->store, table->id, SETTING_POLICY_REVISION, call->arena);
    dynamodb_set_setting(call->store, table->id, SETTING_POLICY, TEXT_NONE);
    dynamodb_set_setting(call->store, table->id, SETTING_POLICY_REVISION, TEXT_NONE);
    output_text(call_output(call), "RevisionId", revision);
    return result_output();
}

/* ---- Kinesis destinations: one at a time, stored; nothing is sent ---- */

static struct result change_kinesis(struct call *call, struct input input, bool enable) {
    struct result refusal;
    struct table *table;
    struct text stream = input_text(input, "StreamArn");
    if (!dynamodb_described_table(call, input, &table, &refusal)) {
        return refusal;
    }
    struct text current = dynamodb_setting(call->store, table->id, SETTING_KINESIS, call->arena);
    bool active =
        text_equals(dynamodb_setting(call->store, table->id, SETTING_KINESIS_STATUS, call->arena), "ACTIVE");
    if (enable && active) {
        return dynamodb_invalid(call,
                                "Table is not in a valid state to enable Kinesis Streaming Destination: "
                                "KinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform "
                                "ENABLE operation.");
    }
    if (!enable && (!active || !current.data || !text_same(current, stream))) {
        return dynamodb_invalid(call,
                                "Table is not in a valid state to disable Kinesis Streaming Destination: "
                                "KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.");
    }
    dynamodb_set_setting(call->store, table->id, SETTING_KINESIS, stream);
    dynamodb_set_setting(call->store, table->id, SETTING_KINESIS_STATUS,
                         enable ? TEXT("ACTIVE") : TEXT("DISABLED"));
    output_text(call_output(call), "TableName", table->name);
    output_text(call_output(call), "StreamArn", stream);
    output_string(call_output(call), "DestinationStatus", enable ? "ENABLING" : "DISABLING");
    return result_output();
}

struct result dynamodb_enable_kinesis_streaming_destination(struct call *call, struct input input) {
    return change_kinesis(call, input, true);
}

struct result dynamodb_disable_kinesis_streaming_destination(struct call *call, struct input input) {
    return change_kinesis(call, input, false);
}

struct result dynamodb_describe_kinesis_streaming_destination(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    struct output *out = call_output(call);
    if (!dynamodb_described_table(call, input, &table, &refusal)) {
        return refusal;
    }
    struct text stream = dynamodb_setting(call->store, table->id, SETTING_KINESIS, call->arena);
    output_text(out, "TableName", table->name);
    output_begin_list(out, "KinesisDataStreamDestinations");
    if (stream.data) {
        output_begin_structure(out, NULL);
        output_text(out, "StreamArn", stream);
        output_text(out, "DestinationStatus",
                    dynamodb_setting(call->store, table->id, SETTING_KINESIS_STATUS, call->arena));
        output_end(out);
    }
    output_end(out);
    return result_output();
}

/* ---- contributor insights ---- */

static const char *insights_setting(struct call *call, struct input input) {
    struct text index = input_text(input, "IndexName");
    return index.data ? arena_printf(call->arena, SETTING_INSIGHTS "/%.*s", TEXT_ARGUMENTS(index))
                      : SETTING_INSIGHTS;
}

struct result dynamodb_update_contributor_insights(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    bool enable = text_equals(input_text(input, "ContributorInsightsAction"), "ENABLE");
    if (!dynamodb_described_table(call, input, &table, &refusal)) {
        return refusal;
    }
    dynamodb_set_setting(call->store, table->id, insights_setting(call, input),
                         enable ? TEXT("ENABLED") : TEXT("DISABLED"));
    output_text(call_output(call), "TableName", table->name);
    output_text(call_output(call), "IndexName", input_text(input, "IndexName"));
    output_string(call_output(call), "ContributorInsightsStatus", enable ? "ENABLING" : "DISABLING");
    return result_output();
}

struct result dynamodb_describe_contributor_insights(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    if (!dynamodb_described_table(call, input, &table, &refusal)) {
        return refusal;
    }
    struct text status = dynamodb_setting(call->store, table->id, insights_setting(call, input), call->arena);
    output_text(call_output(call), "TableName", table->name);
    output_text(call_output(call), "IndexName", input_text(input, "IndexName"));
    output_text(call_output(call), "ContributorInsightsStatus", status.data ? status : TEXT("DISABLED"));
    return result_output();
}
