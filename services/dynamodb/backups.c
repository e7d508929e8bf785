/*
 * Backups on demand and restores, also to a point in time: what each write replaced is kept while
 * point-in-time recovery is on. Source: DynamoDB API Reference; order and texts: findings against the service
 * in 2026.
 */
#include "services/dynamodb/dynamodb_store_more.h"
#include "services/dynamodb/item_write.h"
#include "services/dynamodb/tables.h"

static struct result backup_not_found(struct call *call, struct text arn) {
    return call_error(call, &dynamodb_error_BackupNotFoundException, "Backup not found: %.*s",
                      TEXT_ARGUMENTS(arn));
}

static bool find_table(struct call *call, struct text reference, struct table **table,
                       struct result *refusal) {
    const char *account, *region;
    struct text name;
    *table = NULL;
    if (dynamodb_table_reference(call, reference, &account, &region, &name)) {
        *table = table_find(dynamodb_state_of(call), account, region, name);
    }
    if (!*table) {
        *refusal = call_error(call, &dynamodb_error_TableNotFoundException, "Table not found: %.*s",
                              TEXT_ARGUMENTS(name));
    }
    return *table != NULL;
}

static void write_details(struct call *call, const struct backup_row *backup, const char *status) {
    struct output *out = call_output(call);
    output_begin_structure(out, "BackupDetails");
    output_text(out, "BackupArn", backup->arn);
    output_text(out, "BackupName", backup->name);
    output_integer(out, "BackupSizeBytes", backup->size);
    output_string(out, "BackupStatus", status);
    output_string(out, "BackupType", "USER");
    output_timestamp(out, "BackupCreationDateTime", backup->created_ms);
    output_end(out);
}

struct result dynamodb_create_backup(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    if (!find_table(call, input_text(input, "TableName"), &table, &refusal)) {
        return refusal;
    }
    char random[9];
    ids_random_string(emulator_ids(call->emulator), IDS_HEX, 8, random);
    dynamodb_store_count(call->store, table);
    struct strbuf definition = STRBUF_INIT;
    table_write_definition(&definition, table);
    struct backup_row backup = {
        .arn = text_of(
            arena_printf(call->arena, "%s/backup/%014lld-%s", table->arn, (long long)call->now_ms, random)),
        .name = input_text(input, "BackupName"),
        .table_name = table->name,
        .created_ms = call->now_ms,
        .size = table->item_bytes,
        .definition = strbuf_text(&definition),
        .settings = text_of(arena_printf(
            call->arena, "{\"read\":%lld,\"write\":%lld,\"items\":%lld,\"created\":%lld,\"id\":\"%s\"}",
            (long long)table->read_units, (long long)table->write_units, (long long)table->item_count,
            (long long)table->created_ms,
            arena_text_string(call->arena,
                              dynamodb_setting(call->store, table->id, SETTING_TABLE_ID, call->arena)))),
    };
    dynamodb_store_add_backup(call->store, table->account, table->region, table->id, &backup);
    strbuf_release(&definition);
    write_details(call, &backup, "CREATING");
    return result_output();
}

static int64_t number_of(const struct json_value *object, const char *key) {
    int64_t number = 0;
    const struct json_value *value = json_find(object, key);
    if (value) {
        (void)text_to_int64(value->text, &number);
    }
    return number;
}

static void write_source(struct call *call, const struct backup_row *backup) {
    struct output *out = call_output(call);
    struct table draft = {.arena = call->arena};
    const struct json_value *facts = json_parse(call->arena, backup->settings, NULL);
    table_read_definition(&draft, backup->definition);
    output_begin_structure(out, "SourceTableDetails");
    output_text(out, "TableName", backup->table_name);
    output_text(out, "TableId", json_find_text(facts, "id"));
    struct text arn = backup->arn;
    output_text(out, "TableArn", text_slice(arn, 0, (size_t)text_find(arn, "/backup/")));
    output_integer(out, "TableSizeBytes", backup->size);
    output_begin_list(out, "KeySchema");
    for (size_t i = 0; i < draft.schema.hash_count + draft.schema.range_count; i++) {
        output_begin_structure(out, NULL);
        output_text(out, "AttributeName", draft.schema.parts[i].name);
        output_string(out, "KeyType", i < draft.schema.hash_count ? "HASH" : "RANGE");
        output_end(out);
    }
    output_end(out);
    output_timestamp(out, "TableCreationDateTime", number_of(facts, "created"));
    output_begin_structure(out, "ProvisionedThroughput");
    output_integer(out, "ReadCapacityUnits", number_of(facts, "read"));
    output_integer(out, "WriteCapacityUnits", number_of(facts, "write"));
    output_end(out);
    output_integer(out, "ItemCount", number_of(facts, "items"));
    output_string(out, "BillingMode", number_of(facts, "read") ? "PROVISIONED" : "PAY_PER_REQUEST");
    output_end(out);
}

static struct result describe(struct call *call, struct input input, bool delete) {
    struct text arn = input_text(input, "BackupArn");
    struct backup_row backup;
    if (!dynamodb_store_find_backup(call->store, arn, call->arena, &backup)) {
        return backup_not_found(call, arn);
    }
    output_begin_structure(call_output(call), "BackupDescription");
    write_details(call, &backup, delete ? "DELETED" : "AVAILABLE");
    write_source(call, &backup);
    output_end(call_output(call));
    if (delete) {
        dynamodb_store_delete_backup(call->store, backup.id);
    }
    return result_output();
}

struct result dynamodb_describe_backup(struct call *call, struct input input) {
    return describe(call, input, false);
}

struct result dynamodb_delete_backup(struct call *call, struct input input) {
    return describe(call, input, true);
}

struct result dynamodb_list_backups(struct call *call, struct input input) {
    struct output *out = call_output(call);
    struct text wanted = input_text(input, "TableName"), last = TEXT_NONE;
    int64_t limit = input_integer(input, "Limit", 100), count = 0;
    int64_t from = input_timestamp(input, "TimeRangeLowerBound", 0);
    int64_t to = input_timestamp(input, "TimeRangeUpperBound", INT64_MAX);
    bool more = false;
    bool others = text_equals(input_text(input, "BackupType"), "SYSTEM") ||
                  text_equals(input_text(input, "BackupType"), "AWS_BACKUP");
    struct statement *rows =
        dynamodb_store_backups(call->store, call->identity.account, call->identity.region,
                               input_text(input, "ExclusiveStartBackupArn"));
    output_begin_list(out, "BackupSummaries");
    while (statement_step(rows)) {
        struct backup_row backup = dynamodb_store_backup_row(rows);
        struct text table_arn = text_slice(backup.arn, 0, (size_t)text_find(backup.arn, "/backup/"));
        bool match = !wanted.data || text_same(wanted, backup.table_name) || text_same(wanted, table_arn);
        if (!match || others || backup.created_ms < from || backup.created_ms >= to) {
            continue;
        }
        if (count == limit) {
            more = true;
            statement_reset(rows);
            break;
        }
        last = arena_text(call->arena, backup.arn);
        output_begin_structure(out, NULL);
        output_text(out, "TableName", backup.table_name);
        output_text(out, "TableArn", table_arn);
        output_text(out, "BackupArn", backup.arn);
        output_text(out, "BackupName", backup.name);
        output_timestamp(out, "BackupCreationDateTime", backup.created_ms);
        output_string(out, "BackupStatus", "AVAILABLE");
        output_string(out, "BackupType", "USER");
        output_integer(out, "BackupSizeBytes", backup.size);
        output_end(out);
        count++;
    }
    output_end(out);
    output_text(out, "LastEvaluatedBackupArn", more ? last : TEXT_NONE);
    return result_output();
}

/* ---- restoring ---- */

static void restore_item(struct call *call, struct table *table, struct text text) {
    struct item_write write = {.table = table};
    struct attribute *item = attribute_parse_item(call->arena, text);
    if (key_encode(call->arena, &table->schema, item, &write.key)) {
        write.new_item = item;
        item_write_load(call, &write, false);
        (void)item_write_check(call, &write, false);
        item_write_commit(call, &write);
    }
}

/* What a restored table comes from. */
struct restore_source {
    const char *table_arn;
    struct text backup_arn; /* absent: a point in time */
    struct text definition;
    int64_t read_units;
    int64_t write_units;
    int64_t time_ms; /* of what is restored */
};

/* Keeps those indexes of the kind that the override names; an absent one keeps them all. */
static bool choose_indexes(struct call *call, struct input input, bool global, struct table *draft,
                           struct result *refusal) {
    const char *member = global ? "GlobalSecondaryIndexOverride" : "LocalSecondaryIndexOverride";
    struct input list = input_list(input, member);
    struct table all = *draft;
    if (!input_has(input, member)) {
        return true;
    }
    draft->indexes = arena_zalloc(call->arena, (all.index_count + 1) * sizeof(*all.indexes));
    draft->index_count = 0;
    for (size_t i = 0; i < all.index_count; i++) {
        if (all.indexes[i].global != global) {
            draft->indexes[draft->index_count++] = all.indexes[i];
        }
    }
    for (struct input element = input_first(list); element.value; element = input_next(element)) {
        struct text name = input_text(element, "IndexName");
        struct table_index *index = table_index(&all, name);
        if (!index || index->global != global || table_index(draft, name)) {
            return table_fail(
                call, refusal,
                "Invalid Request: Index %.*s does not match a secondary index that existed in the "
                "source table and cannot be created during the restore operation",
                TEXT_ARGUMENTS(name));
        }
        struct input throughput = input_structure(element, "ProvisionedThroughput");
        index->read_units = input_integer(throughput, "ReadCapacityUnits", index->read_units);
        index->write_units = input_integer(throughput, "WriteCapacityUnits", index->write_units);
        read_index_limits(element, index);
        draft->indexes[draft->index_count++] = *index;
    }
    return true;
}

/* The source's definition with the overrides of the request. */
static bool read_draft(struct call *call, struct input input, const struct restore_source *source,
                       struct table *draft, struct result *refusal) {
    struct text mode = input_text(input, "BillingModeOverride");
    struct input throughput = input_structure(input, "ProvisionedThroughputOverride");
    bool provisioned = text_equals(mode, "PROVISIONED");
    bool on_demand = mode.data ? !provisioned : source->read_units == 0;
    if (provisioned && !throughput.value && source->read_units == 0) {
        return table_fail(call, refusal,
                          "Invalid Request: Must override ProvisionedThroughput if BillingMode is overridden "
                          "to PROVISIONED");
    }
    if (on_demand && throughput.value) {
        return table_fail(call, refusal,
                          mode.data
                              ? "Invalid Request: Cannot override ProvisionedThroughput if BillingMode is "
                                "overridden to PAY_PER_REQUEST"
                              : "Invalid Request: Cannot override ProvisionedThroughput unless "
                                "BillingMode is PROVISIONED");
    }
    table_read_definition(draft, source->definition);
    draft->next_index = 0;
    if (!choose_indexes(call, input, false, draft, refusal) ||
        !choose_indexes(call, input, true, draft, refusal)) {
        return false;
    }
    for (size_t i = 0; on_demand && i < draft->index_count; i++) {
        draft->indexes[i].read_units = draft->indexes[i].write_units = 0;
    }
    table_drop_definitions(draft);
    draft->read_units = on_demand ? 0 : input_integer(throughput, "ReadCapacityUnits", source->read_units);
    draft->write_units = on_demand ? 0 : input_integer(throughput, "WriteCapacityUnits", source->write_units);
    return true;
}

static void set_summary(struct call *call, const struct table *table, const struct restore_source *source) {
    struct strbuf summary = STRBUF_INIT;
    strbuf_append_char(&summary, '{');
    if (source->backup_arn.data) {
        strbuf_printf(&summary, "\"SourceBackupArn\":\"%.*s\",", TEXT_ARGUMENTS(source->backup_arn));
    }
    strbuf_printf(&summary, "\"SourceTableArn\":\"%s\",\"RestoreDateTime\":%lld,\"RestoreInProgress\":false}",
                  source->table_arn, (long long)(source->time_ms / 1000));
    dynamodb_set_setting(call->store, table->id, SETTING_RESTORED, strbuf_text(&summary));
    strbuf_release(&summary);
}

/* The new table with the old one's keys and indexes; its items come from `rows` (item text in `column`). */
static struct result restore(struct call *call, struct input input, const struct restore_source *source,
                             const struct table *draft, struct statement *rows, int column) {
    struct text name = input_text(input, "TargetTableName");
    struct table copy = *draft;
    struct table *table = table_create(call, call->identity.region, name, &copy);
    table->read_units = draft->read_units;
    table->write_units = draft->write_units;
    table_set_number(call, table, SETTING_READ_UNITS, table->read_units);
    table_set_number(call, table, SETTING_WRITE_UNITS, table->write_units);
    table_set_number(call, table, SETTING_ON_DEMAND_SINCE, table->read_units == 0 ? call->now_ms : 0);
    set_on_demand_limits(call, input_structure(input, "OnDemandThroughputOverride"), table);
    set_sse(call, table, input_structure(input, "SSESpecificationOverride"));
    set_summary(call, table, source);
    while (statement_step(rows)) {
        restore_item(call, table, arena_text(call->arena, statement_text(rows, column)));
    }
    output_begin_structure(call_output(call), "TableDescription");
    write_table_description(call, table, "CREATING", false);
    output_end(call_output(call));
    return result_output();
}

static bool target_is_free(struct call *call, struct input input, struct result *refusal) {
    struct text name = input_text(input, "TargetTableName");
    if (table_find(dynamodb_state_of(call), call->identity.account, call->identity.region, name)) {
        *refusal = call_error(call, &dynamodb_error_TableAlreadyExistsException, "Table already exists: %.*s",
                              TEXT_ARGUMENTS(name));
        return false;
    }
    return true;
}

struct result dynamodb_restore_table_from_backup(struct call *call, struct input input) {
    struct result refusal;
    struct text arn = input_text(input, "BackupArn");
    struct backup_row backup;
    if (!dynamodb_store_find_backup(call->store, arn, call->arena, &backup)) {
        return backup_not_found(call, arn);
    }
    if (!target_is_free(call, input, &refusal)) {
        return refusal;
    }
    const struct json_value *facts = json_parse(call->arena, backup.settings, NULL);
    struct text table_arn = text_slice(arn, 0, (size_t)text_find(arn, "/backup/"));
    struct restore_source source = {.table_arn = arena_text_string(call->arena, table_arn),
                                    .backup_arn = arn,
                                    .definition = backup.definition,
                                    .read_units = number_of(facts, "read"),
                                    .write_units = number_of(facts, "write"),
                                    .time_ms = backup.created_ms};
    struct table draft = {.arena = call->arena};
    if (!read_draft(call, input, &source, &draft, &refusal)) {
        return refusal;
    }
    return restore(call, input, &source, &draft, dynamodb_store_backup_items(call->store, backup.id), 0);
}

/* Seconds as AWS's text shows them. */
static const char *show_time(struct call *call, int64_t time_ms) {
    struct strbuf text = STRBUF_INIT;
    clock_format_iso_s(&text, time_ms);
    const char *shown = arena_text_string(call->arena, strbuf_text(&text));
    strbuf_release(&text);
    return shown;
}

/* Which moment: *when, within what is kept. Both ends are told in seconds, and so they count. */
static bool read_moment(struct call *call, struct input input, const struct table *source, int64_t *when,
                        struct result *refusal) {
    int64_t since = recovery_begin_ms(call, source);
    *when = input_timestamp(input, "RestoreDateTime", call->now_ms);
    if (*when / 1000 >= since / 1000 && *when / 1000 <= call->now_ms / 1000) {
        return true;
    }
    *refusal = call_error(call, &dynamodb_error_InvalidRestoreTimeException,
                          "RestoreDateTime '%s' must be within EarliestRestorableDateTime '%s' and "
                          "LatestRestorableDateTime '%s'",
                          show_time(call, *when), show_time(call, since), show_time(call, call->now_ms));
    return false;
}

/* Form, source, recovery, time, target: in this order. */
struct result dynamodb_restore_table_to_point_in_time(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    bool by_name = input_has(input, "SourceTableName"),
         latest = input_boolean(input, "UseLatestRestorableTime", false);
    int64_t when;
    if (by_name == input_has(input, "SourceTableArn")) {
        return dynamodb_invalid(call, "Must provide exactly one of: sourceTableArn, sourceTableName");
    }
    if (latest && input_has(input, "RestoreDateTime")) {
        return dynamodb_invalid(call,
                                "Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be "
                                "set for point-in-time restore request. Please specify either "
                                "RestoreDateTime time or UseLatestRestorableTime");
    }
    if (!latest && !input_has(input, "RestoreDateTime")) {
        return dynamodb_invalid(call,
                                "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime "
                                "must be specified, but not both");
    }
    if (!find_table(call, input_text(input, by_name ? "SourceTableName" : "SourceTableArn"), &table,
                    &refusal)) {
        return refusal;
    }
    if (table->recovery_ms == 0) {
        return call_error(call, &dynamodb_error_PointInTimeRecoveryUnavailableException,
                          "Point in time recovery is not enabled for table '%.*s'",
                          TEXT_ARGUMENTS(table->name));
    }
    if (!read_moment(call, input, table, &when, &refusal) || !target_is_free(call, input, &refusal)) {
        return refusal;
    }
    struct strbuf definition = STRBUF_INIT;
    table_write_definition(&definition, table);
    struct restore_source source = {.table_arn = table->arn,
                                    .definition = arena_text(call->arena, strbuf_text(&definition)),
                                    .read_units = table->read_units,
                                    .write_units = table->write_units,
                                    .time_ms = when};
    struct table draft = {.arena = call->arena};
    strbuf_release(&definition);
    if (!read_draft(call, input, &source, &draft, &refusal)) {
        return refusal;
    }
    return restore(call, input, &source, &draft, dynamodb_store_items_at(call->store, table->id, when), 3);
}
