/* Kinesis destinations of tables: one at a time, stored and shown; nothing is sent. Source: texts of the
 * service in 2026. */
#include "services/dynamodb/tables.h"

#define SETTING_KINESIS "KinesisStreamArn"
#define SETTING_KINESIS_STATUS "KinesisStatus"
#define SETTING_KINESIS_PRECISION "KinesisPrecision"
#define DEFAULT_PRECISION TEXT("MILLISECOND")
#define NOT_VALID "Table is not in a valid state to enable Kinesis Streaming Destination: "

struct destination {
    struct text stream; /* absent: there never was one */
    struct text precision;
    bool active;
};

static struct destination read_destination(struct call *call, const struct table *table) {
    struct text status = dynamodb_setting(call->store, table->id, SETTING_KINESIS_STATUS, call->arena);
    struct text precision = dynamodb_setting(call->store, table->id, SETTING_KINESIS_PRECISION, call->arena);
    return (struct destination){
        .stream = dynamodb_setting(call->store, table->id, SETTING_KINESIS, call->arena),
        .precision = precision.data ? precision : DEFAULT_PRECISION,
        .active = text_equals(status, "ACTIVE"),
    };
}

/* `configuration`: the member that holds the precision; NULL: it is not shown. */
static struct result answer(struct call *call, const struct table *table, struct text stream,
                            const char *status, const char *configuration, struct text precision) {
    struct output *out = call_output(call);
    output_text(out, "TableName", table->name);
    output_text(out, "StreamArn", stream);
    output_string(out, "DestinationStatus", status);
    if (configuration) {
        output_begin_structure(out, configuration);
        output_text(out, "ApproximateCreationDateTimePrecision", precision);
        output_end(out);
    }
    return result_output();
}

struct result dynamodb_enable_kinesis_streaming_destination(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    struct text stream = input_text(input, "StreamArn");
    struct input configuration = input_structure(input, "EnableKinesisStreamingConfiguration");
    struct text precision = input_text(configuration, "ApproximateCreationDateTimePrecision");
    if (!dynamodb_described_table(call, input, &table, &refusal)) {
        return refusal;
    }
    if (read_destination(call, table).active) {
        return dynamodb_invalid(call, NOT_VALID "EnableKinesisStreamingDestination must be DISABLED or "
                                                "ENABLE_FAILED to perform ENABLE operation.");
    }
    dynamodb_set_setting(call->store, table->id, SETTING_KINESIS, stream);
    dynamodb_set_setting(call->store, table->id, SETTING_KINESIS_STATUS, TEXT("ACTIVE"));
    dynamodb_set_setting(call->store, table->id, SETTING_KINESIS_PRECISION, precision);
    return answer(call, table, stream, "ENABLING",
                  precision.data ? "EnableKinesisStreamingConfiguration" : NULL, precision);
}

struct result dynamodb_disable_kinesis_streaming_destination(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    struct text stream = input_text(input, "StreamArn");
    if (!dynamodb_described_table(call, input, &table, &refusal)) {
        return refusal;
    }
    if (input_has(input, "EnableKinesisStreamingConfiguration")) {
        return dynamodb_invalid(
            call, "Streaming destination cannot be updated with given parameters: Stream cannot "
                  "be disabled using EnableKinesisStreamingConfiguration parameters");
    }
    struct destination now = read_destination(call, table);
    if (!now.active || !text_same(now.stream, stream)) {
        return dynamodb_invalid(call, NOT_VALID
                                "KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.");
    }
    dynamodb_set_setting(call->store, table->id, SETTING_KINESIS_STATUS, TEXT("DISABLED"));
    return answer(call, table, stream, "DISABLING", NULL, TEXT_NONE);
}

struct result dynamodb_update_kinesis_streaming_destination(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    struct text stream = input_text(input, "StreamArn");
    struct input configuration = input_structure(input, "UpdateKinesisStreamingConfiguration");
    struct text precision = input_text(configuration, "ApproximateCreationDateTimePrecision");
    if (!precision.data) {
        return dynamodb_invalid(call,
                                "Streaming destination cannot be updated with given parameters: "
                                "UpdateKinesisStreamingConfiguration cannot be null or contain only null "
                                "values");
    }
    if (!dynamodb_described_table(call, input, &table, &refusal)) {
        return refusal;
    }
    struct destination now = read_destination(call, table);
    if (!now.active || !text_same(now.stream, stream)) {
        return dynamodb_invalid(call,
                                NOT_VALID
                                "Kinesis streaming is not in ACTIVE state. Updates are only allowed in "
                                "ACTIVE state. TableName: %.*s, kdsArn: %.*s",
                                TEXT_ARGUMENTS(table->name), TEXT_ARGUMENTS(stream));
    }
    if (text_same(now.precision, precision)) {
        struct text id = dynamodb_setting(call->store, table->id, SETTING_TABLE_ID, call->arena);
        return dynamodb_invalid(call,
                                "Invalid Request: Precision is already set to the desired value of %.*s for "
                                "tableId: %.*s, kdsArn: %.*s",
                                TEXT_ARGUMENTS(precision), TEXT_ARGUMENTS(id), TEXT_ARGUMENTS(stream));
    }
    dynamodb_set_setting(call->store, table->id, SETTING_KINESIS_PRECISION, precision);
    return answer(call, table, stream, "UPDATING", "UpdateKinesisStreamingConfiguration", precision);
}

struct result dynamodb_describe_kinesis_streaming_destination(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    struct output *out = call_output(call);
    if (!dynamodb_described_table(call, input, &table, &refusal)) {
        return refusal;
    }
    struct destination now = read_destination(call, table);
    output_text(out, "TableName", table->name);
    output_begin_list(out, "KinesisDataStreamDestinations");
    if (now.stream.data) {
        output_begin_structure(out, NULL);
        output_text(out, "StreamArn", now.stream);
        output_string(out, "DestinationStatus", now.active ? "ACTIVE" : "DISABLED");
        output_text(out, "ApproximateCreationDateTimePrecision", now.precision);
        output_end(out);
    }
    output_end(out);
    return result_output();
}
