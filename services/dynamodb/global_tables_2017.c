/*
 * Global tables of version 2017.11.29: AWS makes none any more, so there is none to be found. Those of 2019
 * are tables with replicas (global_tables.c). Source: findings against the service in 2026.
 */
#include "services/dynamodb/tables.h"

static struct result refuse(struct call *call) {
    return dynamodb_invalid(
        call,
        INVALID_VALUES "DynamoDB global tables version 2017.11.29 is not supported. We recommend using "
                       "DynamoDB global tables version 2019.11.21, instead of version 2017.11.29 (Legacy).");
}

static struct result not_found(struct call *call, struct input input) {
    return call_error(call, &dynamodb_error_GlobalTableNotFoundException,
                      "Global table with name: '%.*s' does not exist.",
                      TEXT_ARGUMENTS(input_text(input, "GlobalTableName")));
}

struct result dynamodb_create_global_table(struct call *call, struct input input) {
    (void)input;
    return refuse(call);
}

struct result dynamodb_update_global_table(struct call *call, struct input input) {
    return not_found(call, input);
}

struct result dynamodb_describe_global_table(struct call *call, struct input input) {
    return not_found(call, input);
}

struct result dynamodb_describe_global_table_settings(struct call *call, struct input input) {
    return not_found(call, input);
}

struct result dynamodb_update_global_table_settings(struct call *call, struct input input) {
    return not_found(call, input);
}

struct result dynamodb_list_global_tables(struct call *call, struct input input) {
    (void)input;
    output_begin_list(call_output(call), "GlobalTables");
    output_end(call_output(call));
    return result_output();
}
