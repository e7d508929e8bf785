/* Tags, point-in-time recovery flags, limits, endpoints. Source: dynamodb.md sections 1 and 2. */
#include <ctype.h>

#include "emulator/base/arn.h"
#include "services/dynamodb/dynamodb_store_more.h"
#include "services/dynamodb/tables.h"

#define MAXIMUM_TAGS 50

/* ---- tags ---- */

/* Letters of any language, digits, blanks and a few signs. */
static bool is_plain(struct text text) {
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte < 0x80 && !isalnum(byte) && !isspace(byte) && !strchr("+-=._:/@", byte)) {
            return false;
        }
    }
    return true;
}

static bool check_tag(struct call *call, struct text key, struct text value, struct result *refusal) {
    if (!is_plain(key) || !is_plain(value)) {
        *refusal =
            dynamodb_invalid(call, "One or more parameter values were invalid: Tag keys and values are "
                                   "letters, whitespace, numbers and + - = . _ : / @");
        return false;
    }
    if (text_starts_with(key, "aws:")) {
        *refusal = dynamodb_invalid(call, "Tag key prefix 'aws:' is reserved for use by AWS");
        return false;
    }
    return true;
}

bool put_tags(struct call *call, const char *arn, struct input tags, struct result *refusal) {
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        if (!check_tag(call, input_text(tag, "Key"), input_text(tag, "Value"), refusal)) {
            return false;
        }
        dynamodb_store_put_tag(call->store, arn, input_text(tag, "Key"), input_text(tag, "Value"));
    }
    int64_t count = 0;
    struct statement *rows = dynamodb_store_tags(call->store, arn);
    while (statement_step(rows)) {
        count++;
    }
    if (count > MAXIMUM_TAGS) {
        *refusal = dynamodb_invalid(call,
                                    "One or more parameter values were invalid: Too many tags: %lld exceeds "
                                    "the limit of %d",
                                    (long long)count, MAXIMUM_TAGS);
        return false;
    }
    return true;
}

static const struct error_shape access_denied = {.name = "AccessDeniedException", .status = 400};

/* The table that an ARN names. False: *refusal. */
static bool find_resource(struct call *call, struct input input, const char *invalid, struct table **table,
                          struct result *refusal) {
    struct text text = input_text(input, "ResourceArn"), name;
    const char *account, *region;
    if (!text_starts_with(text, "arn:")) {
        *refusal = dynamodb_invalid(call, "Invalid TableArn: ARNs must start with 'arn:': %.*s",
                                    TEXT_ARGUMENTS(text));
        return false;
    }
    if (text_find(text, "/index/") >= 0 || !dynamodb_table_reference(call, text, &account, &region, &name)) {
        *refusal = dynamodb_invalid(call, invalid, TEXT_ARGUMENTS(text));
        return false;
    }
    *table = table_find(dynamodb_state_of(call), account, region, name);
    bool lists = strcmp(call->operation->name, "ListTagsOfResource") == 0; /* does not tell what exists */
    if (!*table && lists) {
        *refusal = call_error(call, &access_denied,
                              "User: arn:aws:iam::%s:root is not authorized to perform: dynamodb:%s on "
                              "resource: %.*s",
                              call->identity.account, call->operation->name, TEXT_ARGUMENTS(text));
        return false;
    }
    if (!*table) {
        *refusal =
            call_error(call, &dynamodb_error_ResourceNotFoundException,
                       "Requested resource not found: ResourcArn: %.*s not found", TEXT_ARGUMENTS(text));
    }
    return *table != NULL;
}

#define BAD_ARN "Invalid TableArn: Invalid ResourceArn provided as input %.*s"

struct result dynamodb_tag_resource(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    struct input tags = input_list(input, "Tags");
    if (input_count(tags) == 0) {
        return dynamodb_invalid(call, "Atleast one Tag needs to be provided as Input.");
    }
    if (!find_resource(call, input, BAD_ARN, &table, &refusal) ||
        !put_tags(call, table->arn, tags, &refusal)) {
        return refusal;
    }
    return result_output();
}

struct result dynamodb_untag_resource(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    struct input keys = input_list(input, "TagKeys");
    if (input_count(keys) == 0) {
        return dynamodb_invalid(call, "Atleast one Tag Key needs to be provided as Input.");
    }
    if (!find_resource(call, input, BAD_ARN, &table, &refusal)) {
        return refusal;
    }
    for (struct input key = input_first(keys); key.value; key = input_next(key)) {
        dynamodb_store_delete_tag(call->store, table->arn, input_as_text(key));
    }
    return result_output();
}

struct result dynamodb_list_tags_of_resource(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    if (!find_resource(call, input, BAD_ARN, &table, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    struct statement *rows = dynamodb_store_tags(call->store, table->arn);
    output_begin_list(out, "Tags");
    while (statement_step(rows)) {
        output_begin_structure(out, NULL);
        output_text(out, "Key", statement_text(rows, 0));
        output_text(out, "Value", statement_text(rows, 1));
        output_end(out);
    }
    output_end(out);
    return result_output();
}

/* ---- point-in-time recovery ---- */

int64_t recovery_begin_ms(struct call *call, const struct table *table) {
    int64_t since = table_number(call, table, SETTING_RECOVERY);
    int64_t days = table_number(call, table, SETTING_RECOVERY_DAYS);
    int64_t oldest = call->now_ms - (days ? days : RECOVERY_DAYS) * 24 * 60 * 60 * 1000;
    return since > oldest ? since : oldest;
}

static void write_backups(struct call *call, const struct table *table) {
    struct output *out = call_output(call);
    int64_t since = table_number(call, table, SETTING_RECOVERY);
    output_begin_structure(out, "ContinuousBackupsDescription");
    output_string(out, "ContinuousBackupsStatus", "ENABLED");
    output_begin_structure(out, "PointInTimeRecoveryDescription");
    output_string(out, "PointInTimeRecoveryStatus", since ? "ENABLED" : "DISABLED");
    if (since) {
        int64_t days = table_number(call, table, SETTING_RECOVERY_DAYS);
        output_integer(out, "RecoveryPeriodInDays", days ? days : RECOVERY_DAYS);
        output_timestamp(out, "EarliestRestorableDateTime", recovery_begin_ms(call, table));
        output_timestamp(out, "LatestRestorableDateTime", call->now_ms);
    }
    output_end(out);
    output_end(out);
}

static bool find_table(struct call *call, struct input input, struct table **table, struct result *refusal) {
    const char *account, *region;
    struct text name = input_text(input, "TableName"), plain;
    *table = NULL;
    if (dynamodb_table_reference(call, name, &account, &region, &plain)) {
        *table = table_find(dynamodb_state_of(call), account, region, plain);
    }
    if (!*table) {
        *refusal = call_error(call, &dynamodb_error_TableNotFoundException, "Table not found: %.*s",
                              TEXT_ARGUMENTS(plain));
    }
    return *table != NULL;
}

struct result dynamodb_describe_continuous_backups(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    if (!find_table(call, input, &table, &refusal)) {
        return refusal;
    }
    write_backups(call, table);
    return result_output();
}

struct result dynamodb_update_continuous_backups(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    if (!find_table(call, input, &table, &refusal)) {
        return refusal;
    }
    struct input wanted = input_structure(input, "PointInTimeRecoverySpecification");
    bool enabled = input_boolean(wanted, "PointInTimeRecoveryEnabled", false);
    int64_t since = table_number(call, table, SETTING_RECOVERY);
    table_set_number(call, table, SETTING_RECOVERY, enabled ? (since ? since : call->now_ms) : 0);
    if (!enabled) {
        dynamodb_store_delete_changes(call->store, table->id);
    }
    if (input_has(wanted, "RecoveryPeriodInDays")) {
        table_set_number(call, table, SETTING_RECOVERY_DAYS,
                         input_integer(wanted, "RecoveryPeriodInDays", 0));
    }
    write_backups(call, table);
    table_forget(dynamodb_state_of(call), table->account, table->region, table->name);
    return result_output();
}

/* ---- limits, endpoints ---- */

struct result dynamodb_describe_limits(struct call *call, struct input input) {
    struct output *out = call_output(call);
    (void)input;
    output_integer(out, "AccountMaxReadCapacityUnits", 80000);
    output_integer(out, "AccountMaxWriteCapacityUnits", 80000);
    output_integer(out, "TableMaxReadCapacityUnits", 40000);
    output_integer(out, "TableMaxWriteCapacityUnits", 40000);
    return result_output();
}

struct result dynamodb_describe_endpoints(struct call *call, struct input input) {
    struct output *out = call_output(call);
    struct text host = call->request ? http_request_header(call->request, "Host") : TEXT_NONE;
    (void)input;
    output_begin_list(out, "Endpoints");
    output_begin_structure(out, NULL);
    output_text(out, "Address",
                host.data
                    ? host
                    : text_of(arena_printf(call->arena, "dynamodb.%s.amazonaws.com", call->identity.region)));
    output_integer(out, "CachePeriodInMinutes", 1440);
    output_end(out);
    output_end(out);
    return result_output();
}
