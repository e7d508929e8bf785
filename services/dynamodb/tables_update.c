/* UpdateTable. Source: dynamodb.md section 2. */
#include "services/dynamodb/global_tables.h"
#include "services/dynamodb/tables.h"

static bool nothing_to_do(struct input input) {
    static const char *const members[] = {"ProvisionedThroughput",
                                          "BillingMode",
                                          "StreamSpecification",
                                          "GlobalSecondaryIndexUpdates",
                                          "SSESpecification",
                                          "ReplicaUpdates",
                                          "TableClass",
                                          "DeletionProtectionEnabled",
                                          "OnDemandThroughput",
                                          "WarmThroughput",
                                          "MultiRegionConsistency"};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        bool empty_list = strcmp(members[i], "GlobalSecondaryIndexUpdates") == 0 &&
                          input_count(input_list(input, members[i])) == 0;
        if (input_has(input, members[i]) && !empty_list) {
            return false;
        }
    }
    return true;
}

/* ---- billing ---- */

/* Warm throughput only grows, from what a table of its kind has anyway. */
static bool check_warm_update(struct call *call, struct input input, const struct table *table,
                              struct result *refusal) {
    struct warm_level now = warm_of_table(call, table);
    now.name = "current WarmThroughput, decreasing WarmThroughput is not supported";
    if (!check_warm(call, input_structure(input, "WarmThroughput"), &now, "table", refusal)) {
        return false;
    }
    struct input list = input_list(input, "GlobalSecondaryIndexUpdates");
    for (struct input element = input_first(list); element.value; element = input_next(element)) {
        struct input update = input_structure(element, "Update");
        struct table_index *index = update.value ? table_index(table, input_text(update, "IndexName")) : NULL;
        if (index) {
            struct warm_level level = warm_of_index(table, index);
            level.name = now.name;
            const char *what = arena_printf(call->arena, "index %.*s", TEXT_ARGUMENTS(index->name));
            if (!check_warm(call, input_structure(update, "WarmThroughput"), &level, what, refusal)) {
                return false;
            }
        }
    }
    return true;
}

/* Without the table: its limits and what must go together. */
static bool check_request(struct call *call, struct input input, struct result *refusal) {
    struct input throughput = input_structure(input, "ProvisionedThroughput");
    struct input list = input_list(input, "GlobalSecondaryIndexUpdates");
    if (text_equals(input_text(input, "BillingMode"), "PROVISIONED") && !throughput.value) {
        return table_fail(call, refusal,
                          INVALID_VALUES "ProvisionedThroughput must be specified when BillingMode is "
                                         "PROVISIONED");
    }
    if (throughput.value && !check_throughput(call, throughput, NULL, refusal)) {
        return false;
    }
    for (struct input element = input_first(list); element.value; element = input_next(element)) {
        static const char *const kinds[] = {"Update", "Create", "Delete"};
        struct text name = TEXT_NONE;
        int given = 0;
        for (size_t i = 0; i < 3; i++) {
            struct input change = input_structure(element, kinds[i]);
            given += change.value != NULL;
            name = change.value ? input_text(change, "IndexName") : name;
        }
        if (given != 1) {
            return table_fail(call, refusal,
                              INVALID_VALUES "%s of GlobalSecondaryIndexUpdate.Update, "
                                             "GlobalSecondaryIndexUpdate.Create, "
                                             "GlobalSecondaryIndexUpdate.Delete must not be null",
                              given ? "Only one" : "One");
        }
        for (struct input other = input_first(list); other.value != element.value;
             other = input_next(other)) {
            for (size_t i = 0; i < 3; i++) {
                struct input change = input_structure(other, kinds[i]);
                if (change.value && text_same(input_text(change, "IndexName"), name)) {
                    return table_fail(call, refusal,
                                      INVALID_VALUES "Only one global secondary index update per index is "
                                                     "allowed simultaneously. Index: %.*s",
                                      TEXT_ARGUMENTS(name));
                }
            }
        }
    }
    return true;
}

static bool check_billing(struct call *call, struct input input, const struct table *table,
                          struct result *refusal) {
    struct text mode = input_text(input, "BillingMode");
    struct input throughput = input_structure(input, "ProvisionedThroughput");
    bool on_demand = mode.data ? text_equals(mode, "PAY_PER_REQUEST") : table->read_units == 0;
    if (on_demand && throughput.value) {
        return table_fail(call, refusal,
                          INVALID_VALUES
                          "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                          "BillingMode is PAY_PER_REQUEST");
    }
    if (!throughput.value) {
        return true;
    }
    int64_t read = input_integer(throughput, "ReadCapacityUnits", 0);
    int64_t write = input_integer(throughput, "WriteCapacityUnits", 0);
    if (read == table->read_units && write == table->write_units && !input_has(input, "BillingMode") &&
        !input_has(input, "GlobalSecondaryIndexUpdates") && !input_has(input, "StreamSpecification")) {
        return table_fail(
            call, refusal,
            "The provisioned throughput for the table will not change. The requested value equals "
            "the current value. Current ReadCapacityUnits provisioned for the table: %lld. "
            "Requested ReadCapacityUnits: %lld. Current WriteCapacityUnits provisioned for the "
            "table: %lld. Requested WriteCapacityUnits: %lld. Refer to the Amazon DynamoDB "
            "Developer Guide for current limits and how to request higher limits.",
            (long long)table->read_units, (long long)read, (long long)table->write_units, (long long)write);
    }
    return true;
}

static void set_billing(struct call *call, struct input input, struct table *table) {
    struct text mode = input_text(input, "BillingMode");
    struct input throughput = input_structure(input, "ProvisionedThroughput");
    if (mode.data || throughput.value) {
        warm_keep(call, table);
    }
    if (text_equals(mode, "PAY_PER_REQUEST")) {
        table->read_units = table->write_units = 0;
        table_set_number(call, table, SETTING_ON_DEMAND_SINCE, call->now_ms);
        for (size_t i = 0; i < table->index_count; i++) {
            table->indexes[i].read_units = table->indexes[i].write_units = 0;
        }
    }
    if (throughput.value) {
        int64_t read = input_integer(throughput, "ReadCapacityUnits", 0);
        int64_t write = input_integer(throughput, "WriteCapacityUnits", 0);
        bool down = read < table->read_units || write < table->write_units;
        if (down) {
            table_set_number(call, table, SETTING_DECREASES,
                             table_number(call, table, SETTING_DECREASES) + 1);
        }
        table_set_number(call, table, down ? SETTING_DECREASED : SETTING_INCREASED, call->now_ms);
        table->read_units = read;
        table->write_units = write;
    }
    table_set_number(call, table, SETTING_READ_UNITS, table->read_units);
    table_set_number(call, table, SETTING_WRITE_UNITS, table->write_units);
    struct input warm = input_structure(input, "WarmThroughput");
    if (warm.value) {
        struct warm_level now = warm_of_table(call, table);
        table_set_number(call, table, SETTING_WARM_READ, input_integer(warm, "ReadUnitsPerSecond", now.read));
        table_set_number(call, table, SETTING_WARM_WRITE,
                         input_integer(warm, "WriteUnitsPerSecond", now.write));
    }
}

/* A maximum of OnDemandThroughput: 0 is none, as -1 says. */
static int64_t read_maximum(struct input limits, const char *member, int64_t now) {
    int64_t wanted = input_integer(limits, member, now);
    return wanted < 0 ? 0 : wanted;
}

void set_on_demand_limits(struct call *call, struct input limits, struct table *table) {
    if (!limits.value) {
        return;
    }
    table->maximum_read_units = read_maximum(limits, "MaxReadRequestUnits", table->maximum_read_units);
    table->maximum_write_units = read_maximum(limits, "MaxWriteRequestUnits", table->maximum_write_units);
    table_set_number(call, table, SETTING_MAXIMUM_READ, table->maximum_read_units);
    table_set_number(call, table, SETTING_MAXIMUM_WRITE, table->maximum_write_units);
}

void read_index_limits(struct input element, struct table_index *index) {
    struct input limits = input_structure(element, "OnDemandThroughput");
    struct input warm = input_structure(element, "WarmThroughput");
    index->maximum_read_units = read_maximum(limits, "MaxReadRequestUnits", index->maximum_read_units);
    index->maximum_write_units = read_maximum(limits, "MaxWriteRequestUnits", index->maximum_write_units);
    index->warm_read_units = input_integer(warm, "ReadUnitsPerSecond", index->warm_read_units);
    index->warm_write_units = input_integer(warm, "WriteUnitsPerSecond", index->warm_write_units);
}

/* ---- indexes ---- */

struct index_changes {
    struct input create;
    struct text delete;
    struct table_index index; /* of create */
};

static bool read_changes(struct call *call, struct input input, struct table *table,
                         struct index_changes *changes, struct result *refusal) {
    struct input list = input_list(input, "GlobalSecondaryIndexUpdates");
    int heavy = 0;
    for (struct input element = input_first(list); element.value; element = input_next(element)) {
        heavy += !input_structure(element, "Update").value;
    }
    if (heavy > 1) {
        *refusal = call_error(call, &dynamodb_error_LimitExceededException,
                              "Subscriber limit exceeded: Only 1 online index can be created or deleted "
                              "simultaneously per table");
        return false;
    }
    for (struct input element = input_first(list); element.value; element = input_next(element)) {
        struct input create = input_structure(element, "Create");
        struct input update = input_structure(element, "Update");
        struct input delete = input_structure(element, "Delete");
        struct text name = input_text(update.value ? update : delete.value ? delete : create, "IndexName");
        const struct table_index *index = table_index(table, name);
        if (create.value && index) {
            return table_fail(call, refusal, "Attempting to create an index which already exists");
        }
        if (!create.value && (!index || !index->global)) {
            *refusal = call_error(call, &dynamodb_error_ResourceNotFoundException,
                                  "Requested resource not found: Table: %.*s index: %.*s not found",
                                  TEXT_ARGUMENTS(table->name), TEXT_ARGUMENTS(name));
            return false;
        }
        changes->create = create.value ? create : changes->create;
        changes->delete = delete.value ? name : changes->delete;
    }
    return true;
}

static const char *schema_words(struct call *call, const struct key_schema *schema,
                                const struct table *types) {
    const char *list = "";
    for (size_t i = 0; i < schema->hash_count + schema->range_count; i++) {
        enum attribute_type type = schema->parts[i].type;
        for (size_t j = 0; j < types->attribute_count; j++) {
            type = text_same(types->attributes[j].name, schema->parts[i].name) ? types->attributes[j].type
                                                                               : type;
        }
        list = arena_printf(call->arena, "%s%s%.*s:%s:%s", list, i > 0 ? ", " : "",
                            TEXT_ARGUMENTS(schema->parts[i].name), attribute_type_name(type),
                            i < schema->hash_count ? "HASH" : "RANGE");
    }
    return list;
}

/* The index's attributes are defined by the request itself, and as they were before. */
static bool check_new_index(struct call *call, struct input input, const struct table *table,
                            const struct table_index *index, struct result *refusal) {
    struct table given = {0};
    read_attribute_definitions(call, input_list(input, "AttributeDefinitions"), &given);
    for (size_t i = 0; i < given.attribute_count; i++) {
        for (size_t j = 0; j < table->attribute_count; j++) {
            if (text_same(given.attributes[i].name, table->attributes[j].name) &&
                given.attributes[i].type != table->attributes[j].type) {
                return table_fail(
                    call, refusal,
                    INVALID_VALUES
                    "Attributes cannot be redefined. Please check that your attribute has the same "
                    "type as previously defined. Existing schema: Schema:[SchemaElement: key{%s}] "
                    "New schema: Schema:[SchemaElement: key{%s}]",
                    schema_words(call, &index->schema, table), schema_words(call, &index->schema, &given));
            }
        }
    }
    return true;
}

/* Definitions given along replace those of the same name and add others. */
static void merge_definitions(struct call *call, struct input list, struct table *table) {
    size_t given = input_count(list);
    struct key_part *all = arena_zalloc(table->arena, (table->attribute_count + given + 1) * sizeof(*all));
    size_t count = table->attribute_count;
    if (count > 0) {
        memcpy(all, table->attributes, count * sizeof(*all));
    }
    for (struct input element = input_first(list); element.value; element = input_next(element)) {
        struct text name = input_text(element, "AttributeName");
        bool known = false;
        for (size_t i = 0; i < count; i++) {
            known = known || text_same(all[i].name, name);
        }
        if (!known) {
            all[count].name = arena_text(table->arena, name);
            (void)attribute_type_of(input_text(element, "AttributeType"), &all[count].type);
            count++;
        }
    }
    (void)call;
    table->attributes = all;
    table->attribute_count = count;
}

void table_drop_definitions(struct table *table) {
    size_t kept = 0;
    for (size_t i = 0; i < table->attribute_count; i++) {
        bool used = key_schema_has(&table->schema, table->attributes[i].name);
        for (size_t j = 0; j < table->index_count; j++) {
            used = used || key_schema_has(&table->indexes[j].schema, table->attributes[i].name);
        }
        if (used) {
            table->attributes[kept++] = table->attributes[i];
        }
    }
    table->attribute_count = kept;
}

void table_backfill(struct call *call, struct table *table, const struct table_index *index) {
    struct item_place start = {.slot = -1, .hash = TEXT(""), .range = TEXT(""), .base = TEXT("")};
    struct statement *rows = dynamodb_store_scan(call->store, table, NULL, &start, KEY_SLOTS);
    struct arena *arena = arena_open();
    while (statement_step(rows)) {
        struct stored_item row = dynamodb_store_row(rows);
        struct attribute *item = attribute_parse_item(arena, row.text);
        struct item_key base, key;
        if (key_encode_entry(arena, &index->schema, item, &key) &&
            key_encode(arena, &table->schema, item, &base)) {
            dynamodb_store_add_entry(call->store, index->id, &key, key_join(arena, &base), row.id);
        }
        arena_clear(arena);
    }
    arena_close(arena);
}

static void add_index(struct call *call, struct table *table, const struct table_index *index) {
    struct table_index *all = arena_zalloc(table->arena, (table->index_count + 1) * sizeof(*all));
    if (table->index_count > 0) {
        memcpy(all, table->indexes, table->index_count * sizeof(*all));
    }
    all[table->index_count] = *index;
    all[table->index_count].id = (table->id << 16) + table->next_index++;
    table->indexes = all;
    table->index_count++;
    table_backfill(call, table, &all[table->index_count - 1]);
}

static void delete_index(struct call *call, struct table *table, struct text name) {
    struct table_index *index = table_index(table, name);
    size_t at = (size_t)(index - table->indexes);
    dynamodb_store_delete_entries(call->store, index->id);
    memmove(index, index + 1, (table->index_count - at - 1) * sizeof(*index));
    table->index_count--;
}

static void update_throughputs(struct input input, struct table *table) {
    struct input list = input_list(input, "GlobalSecondaryIndexUpdates");
    for (struct input element = input_first(list); element.value; element = input_next(element)) {
        struct input update = input_structure(element, "Update");
        struct input throughput = input_structure(update, "ProvisionedThroughput");
        struct table_index *index = update.value ? table_index(table, input_text(update, "IndexName")) : NULL;
        if (index && throughput.value) {
            struct warm_level warm = warm_of_index(table, index);
            index->warm_read_units = warm.read;
            index->warm_write_units = warm.write;
            index->read_units = input_integer(throughput, "ReadCapacityUnits", 0);
            index->write_units = input_integer(throughput, "WriteCapacityUnits", 0);
        }
        if (index) {
            read_index_limits(update, index);
        }
    }
}

/* ---- streams, encryption ---- */

static bool check_stream(struct call *call, struct input specification, const struct table *table,
                         struct result *refusal) {
    if (!specification.value) {
        return true;
    }
    bool enable = input_boolean(specification, "StreamEnabled", false);
    if (enable && table->stream_view.data) {
        return table_fail(call, refusal, "Table already has an enabled stream: TableName: %.*s",
                          TEXT_ARGUMENTS(table->name));
    }
    if (!enable && !table->stream_view.data) {
        return table_fail(call, refusal, "Table has no stream to disable: TableName: %.*s",
                          TEXT_ARGUMENTS(table->name));
    }
    if (enable && !input_has(specification, "StreamViewType")) {
        return table_fail(call, refusal,
                          INVALID_VALUES "StreamViewType is required when StreamEnabled is true");
    }
    return true;
}

void set_sse(struct call *call, const struct table *table, struct input specification) {
    if (!specification.value) {
        return;
    }
    struct text key = TEXT_NONE;
    if (input_boolean(specification, "Enabled", false)) {
        struct text given = input_text(specification, "KMSMasterKeyId");
        char uuid[UUID_SIZE];
        ids_uuid(emulator_ids(call->emulator), uuid);
        key = text_starts_with(given.data ? given : TEXT(""), "arn:")
                  ? given
                  : text_of(arena_printf(call->arena, "arn:aws:kms:%s:%s:%s%s", table->region, table->account,
                                         given.data && text_starts_with(given, "alias/") ? "" : "key/",
                                         given.data ? arena_text_string(call->arena, given) : uuid));
    }
    dynamodb_set_setting(call->store, table->id, SETTING_SSE_KEY, key);
}

/* ---- the operation ---- */

static void store_definition(struct call *call, const struct table *table) {
    struct strbuf definition = STRBUF_INIT;
    table_write_definition(&definition, table);
    dynamodb_store_set_definition(call->store, table->id, strbuf_text(&definition));
    strbuf_release(&definition);
}

static void apply_others(struct call *call, struct input input, struct table *table) {
    struct input stream = input_structure(input, "StreamSpecification");
    set_sse(call, table, input_structure(input, "SSESpecification"));
    if (stream.value && input_boolean(stream, "StreamEnabled", false)) {
        stream_begin(call, table, input_text(stream, "StreamViewType"));
    } else if (stream.value) {
        stream_end(call, table);
    }
    if (input_has(input, "TableClass")) {
        dynamodb_set_setting(call->store, table->id, SETTING_TABLE_CLASS, input_text(input, "TableClass"));
        table_set_number(call, table, SETTING_CLASS_SINCE, call->now_ms);
    }
    if (input_has(input, "DeletionProtectionEnabled")) {
        table_set_number(call, table, SETTING_PROTECTED,
                         input_boolean(input, "DeletionProtectionEnabled", false));
    }
    set_on_demand_limits(call, input_structure(input, "OnDemandThroughput"), table);
}

struct result dynamodb_update_table(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    struct index_changes changes = {0};
    if (!dynamodb_check_table_given(call, input_text(input, "TableName"), &refusal)) {
        return refusal;
    }
    if (nothing_to_do(input)) {
        return dynamodb_invalid(call,
                                "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
                                "GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is "
                                "required");
    }
    if (!check_request(call, input, &refusal) || !dynamodb_described_table(call, input, &table, &refusal)) {
        return refusal;
    }
    if (!check_warm_update(call, input, table, &refusal) || !check_billing(call, input, table, &refusal) ||
        !check_stream(call, input_structure(input, "StreamSpecification"), table, &refusal) ||
        !read_changes(call, input, table, &changes, &refusal) ||
        !replicas_check(call, input_list(input, "ReplicaUpdates"), table, &refusal)) {
        return refusal;
    }
    /* A draft, so that a refusal leaves the table in memory as it is. */
    struct table draft = *table;
    merge_definitions(call, input_list(input, "AttributeDefinitions"), &draft);
    if (changes.create.value) {
        struct text mode = input_text(input, "BillingMode");
        bool on_demand = mode.data ? text_equals(mode, "PAY_PER_REQUEST") : table->read_units == 0;
        struct table named = *table; /* the index's attributes are those of the request alone */
        named.attribute_count = 0;
        read_attribute_definitions(call, input_list(input, "AttributeDefinitions"), &named);
        if (!read_index(call, changes.create, true, &named, on_demand, &changes.index, &refusal) ||
            !check_new_index(call, input, table, &changes.index, &refusal)) {
            return refusal;
        }
    }
    table->attributes = draft.attributes;
    table->attribute_count = draft.attribute_count;
    set_billing(call, input, table);
    update_throughputs(input, table);
    if (changes.create.value) {
        add_index(call, table, &changes.index);
    }
    if (changes.delete.data) {
        delete_index(call, table, changes.delete);
    }
    table_drop_definitions(table);
    apply_others(call, input, table);
    store_definition(call, table);
    replicas_apply(call, input_list(input, "ReplicaUpdates"), table);
    output_begin_structure(call_output(call), "TableDescription");
    write_table_description(call, table, "UPDATING", false);
    output_end(call_output(call));
    /* The next call reads it fresh: some of it borrows from this request. */
    table_forget(dynamodb_state_of(call), table->account, table->region, table->name);
    return result_output();
}
