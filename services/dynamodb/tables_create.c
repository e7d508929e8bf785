/* CreateTable: what a request may say, in the order in which AWS complains. Source: dynamodb.md section 2. */
#include "services/dynamodb/tables.h"

#define MAXIMUM_LOCAL 5
#define MAXIMUM_GLOBAL 20
#define MAXIMUM_HALF_PARTS 4
#define MAXIMUM_TABLES 2500

bool table_fail(struct call *call, struct result *refusal, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_vprintf(call->arena, format, arguments);
    va_end(arguments);
    *refusal = dynamodb_invalid_plainly(call, "%s", message);
    return false;
}

void table_set_number(struct call *call, const struct table *table, const char *name, int64_t value) {
    dynamodb_set_setting(call->store, table->id, name,
                         value ? text_of(arena_printf(call->arena, "%lld", (long long)value)) : TEXT_NONE);
}

int64_t table_number(struct call *call, const struct table *table, const char *name) {
    int64_t number = 0;
    struct text text = dynamodb_setting(call->store, table->id, name, call->arena);
    if (text.data) {
        (void)text_to_int64(text, &number);
    }
    return number;
}

/* ---- throughput ---- */

bool check_throughput(struct call *call, struct input throughput, const char *index, struct result *refusal) {
    static const char *const members[] = {"ReadCapacityUnits", "WriteCapacityUnits"};
    for (size_t i = 0; i < 2; i++) {
        int64_t units = input_integer(throughput, members[i], 1);
        if (units > MAXIMUM_UNITS) {
            return table_fail(call, refusal, "Given value %lld for %s is out of bounds%s%s", (long long)units,
                              members[i], index ? " for index " : "", index ? index : "");
        }
    }
    return true;
}

static bool check_billing(struct call *call, struct input input, bool on_demand, struct result *refusal) {
    struct input throughput = input_structure(input, "ProvisionedThroughput");
    if (!on_demand && !throughput.value) {
        return table_fail(call, refusal,
                          INVALID_VALUES
                          "ReadCapacityUnits and WriteCapacityUnits must both be specified when "
                          "BillingMode is PROVISIONED");
    }
    if (on_demand && throughput.value) {
        return table_fail(call, refusal,
                          INVALID_VALUES "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
                                         "when BillingMode is PAY_PER_REQUEST");
    }
    return !throughput.value || check_throughput(call, throughput, NULL, refusal);
}

/* ---- keys ---- */

bool check_definitions_differ(struct call *call, const struct table *table, struct result *refusal) {
    for (size_t i = 1; i < table->attribute_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (text_same(table->attributes[i].name, table->attributes[j].name)) {
                return table_fail(call, refusal,
                                  INVALID_VALUES "Duplicate AttributeName in AttributeDefinitions: %.*s",
                                  TEXT_ARGUMENTS(table->attributes[i].name));
            }
        }
    }
    return true;
}

void read_attribute_definitions(struct call *call, struct input list, struct table *table) {
    table->attributes = arena_zalloc(call->arena, (input_count(list) + 1) * sizeof(struct key_part));
    for (struct input element = input_first(list); element.value; element = input_next(element)) {
        struct key_part *part = &table->attributes[table->attribute_count++];
        part->name = input_text(element, "AttributeName");
        (void)attribute_type_of(input_text(element, "AttributeType"), &part->type);
    }
}

static const char *list_names(struct call *call, const struct key_part *parts, size_t count) {
    const char *list = "";
    for (size_t i = 0; i < count; i++) {
        list = arena_printf(call->arena, "%s%s%.*s", list, i > 0 ? ", " : "", TEXT_ARGUMENTS(parts[i].name));
    }
    return list;
}

/*
 * Types of the schema's attributes. `lone`: the schema of a table without indexes, which has words of its own
 * for definitions that are fewer than the keys (a key named twice counts twice).
 */
static bool define_parts(struct call *call, const struct table *table, bool lone, struct key_schema *schema,
                         struct result *refusal) {
    size_t count = schema->hash_count + schema->range_count, known = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < table->attribute_count; j++) {
            if (text_same(schema->parts[i].name, table->attributes[j].name)) {
                schema->parts[i].type = table->attributes[j].type;
                known++;
                break;
            }
        }
    }
    if (lone && table->attribute_count < count) {
        return table_fail(call, refusal, "Invalid KeySchema: Some index key attribute have no definition");
    }
    if (known == count) {
        return true;
    }
    return table_fail(
        call, refusal,
        INVALID_VALUES "Some index key attributes are not defined in AttributeDefinitions. Keys: "
                       "[%s], AttributeDefinitions: [%s]",
        list_names(call, schema->parts, count), list_names(call, table->attributes, table->attribute_count));
}

/* HASH parts, then RANGE parts; one and at most one but for global indexes. */
static bool check_order(struct call *call, struct input list, bool multiple, struct result *refusal) {
    size_t at = 0, hashes = 0, ranges = 0;
    for (struct input element = input_first(list); element.value; element = input_next(element), at++) {
        bool hash = text_equals(input_text(element, "KeyType"), "HASH");
        hashes += hash;
        ranges += !hash;
        if (at == 0 && !hash) {
            return table_fail(call, refusal,
                              "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
        }
        if (at == 1 && hash && !multiple) {
            return table_fail(call, refusal,
                              "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
        }
        if ((hash && ranges > 0) || hashes > MAXIMUM_HALF_PARTS || ranges > MAXIMUM_HALF_PARTS ||
            (!multiple && at > 1)) {
            return table_fail(call, refusal,
                              "Invalid KeySchema: The KeySchema has too many elements or they "
                              "are not in the order HASH, RANGE");
        }
    }
    return true;
}

bool read_key_schema(struct call *call, struct input list, const struct table *table, enum key_schema_of of,
                     struct key_schema *schema, struct result *refusal) {
    *schema = (struct key_schema){0};
    size_t count = 0;
    for (struct input element = input_first(list); element.value && count < KEY_MAXIMUM_PARTS;
         element = input_next(element)) {
        schema->parts[count++].name = input_text(element, "AttributeName");
        bool hash = text_equals(input_text(element, "KeyType"), "HASH");
        schema->hash_count += hash;
        schema->range_count += !hash;
    }
    if (!define_parts(call, table, of == KEYS_OF_LONE_TABLE, schema, refusal)) {
        return false;
    }
    for (size_t i = 1; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            bool same = text_same(schema->parts[i].name, schema->parts[j].name);
            if (same && (i < schema->hash_count || j >= schema->hash_count)) { /* both HASH or both RANGE */
                return table_fail(call, refusal, INVALID_VALUES "Duplicate attribute in the KeySchema: %.*s",
                                  TEXT_ARGUMENTS(schema->parts[i].name));
            }
            if (same) {
                return table_fail(call, refusal,
                                  "Both the Hash Key and the Range Key element in the KeySchema "
                                  "have the same name");
            }
        }
    }
    return check_order(call, list, of == KEYS_OF_GLOBAL_INDEX, refusal);
}

/* ---- indexes ---- */

static bool read_projection(struct call *call, struct input projection, struct table_index *index,
                            struct result *refusal) {
    struct text type = input_text(projection, "ProjectionType");
    struct input attributes = input_list(projection, "NonKeyAttributes");
    if (!type.data) {
        return table_fail(call, refusal, INVALID_VALUES "Unknown ProjectionType: null");
    }
    index->projection = text_equals(type, "ALL")         ? PROJECTION_ALL
                        : text_equals(type, "KEYS_ONLY") ? PROJECTION_KEYS_ONLY
                                                         : PROJECTION_INCLUDE;
    if (index->projection == PROJECTION_INCLUDE && !attributes.value) {
        return table_fail(call, refusal,
                          INVALID_VALUES "ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
    }
    if (index->projection != PROJECTION_INCLUDE && attributes.value) {
        return table_fail(call, refusal,
                          INVALID_VALUES "ProjectionType is %.*s, but NonKeyAttributes is specified",
                          TEXT_ARGUMENTS(type));
    }
    index->included = arena_alloc(call->arena, (input_count(attributes) + 1) * sizeof(struct text));
    for (struct input name = input_first(attributes); name.value; name = input_next(name)) {
        index->included[index->included_count++] = input_as_text(name);
    }
    return true;
}

static bool check_local(struct call *call, const struct table *table, const struct table_index *index,
                        struct result *refusal) {
    if (index->schema.range_count == 0) {
        return table_fail(call, refusal,
                          INVALID_VALUES "Index KeySchema does not have a range key for index: %.*s",
                          TEXT_ARGUMENTS(index->name));
    }
    struct text own = index->schema.parts[0].name, of_table = table->schema.parts[0].name;
    if (!text_same(own, of_table)) {
        return table_fail(call, refusal,
                          INVALID_VALUES
                          "Index KeySchema does not have the same leading hash key as table "
                          "KeySchema for index: %.*s. index hash key: %.*s, table hash key: %.*s",
                          TEXT_ARGUMENTS(index->name), TEXT_ARGUMENTS(own), TEXT_ARGUMENTS(of_table));
    }
    return true;
}

static bool check_index_throughput(struct call *call, struct input element, bool on_demand,
                                   struct table_index *index, struct result *refusal) {
    struct input throughput = input_structure(element, "ProvisionedThroughput");
    const char *name = arena_text_string(call->arena, index->name);
    const char *what = arena_printf(call->arena, "index %s", name);
    struct input warm = input_structure(element, "WarmThroughput");
    struct warm_level least = {input_integer(throughput, "ReadCapacityUnits", 0),
                               input_integer(throughput, "WriteCapacityUnits", 0), NULL};
    if (!check_warm(call, warm, on_demand ? &WARM_ON_DEMAND : &least, what, refusal)) {
        return false;
    }
    if (on_demand && throughput.value) {
        return table_fail(call, refusal,
                          INVALID_VALUES "ProvisionedThroughput should not be specified for index: %s when "
                                         "BillingMode is PAY_PER_REQUEST",
                          name);
    }
    if (!on_demand && !throughput.value) {
        return table_fail(call, refusal,
                          INVALID_VALUES "ProvisionedThroughput is not specified for index: %s", name);
    }
    index->read_units = input_integer(throughput, "ReadCapacityUnits", 0);
    index->write_units = input_integer(throughput, "WriteCapacityUnits", 0);
    read_index_limits(element, index);
    return !throughput.value || check_throughput(call, throughput, name, refusal);
}

bool read_index(struct call *call, struct input element, bool global, const struct table *table,
                bool on_demand, struct table_index *index, struct result *refusal) {
    *index = (struct table_index){.global = global, .name = input_text(element, "IndexName")};
    if (!read_key_schema(call, input_list(element, "KeySchema"), table,
                         global ? KEYS_OF_GLOBAL_INDEX : KEYS_OF_LOCAL_INDEX, &index->schema, refusal) ||
        (!global && !check_local(call, table, index, refusal)) ||
        !read_projection(call, input_structure(element, "Projection"), index, refusal) ||
        (global && !check_index_throughput(call, element, on_demand, index, refusal))) {
        return false;
    }
    if (table_index(table, index->name)) {
        return table_fail(call, refusal, INVALID_VALUES "Duplicate index name: %.*s",
                          TEXT_ARGUMENTS(index->name));
    }
    return true;
}

static bool read_indexes(struct call *call, struct input list, bool global, struct table *table,
                         bool on_demand, struct result *refusal) {
    size_t count = input_count(list);
    if (!list.value) {
        return true;
    }
    if (count == 0) {
        return table_fail(call, refusal, INVALID_VALUES "List of %s is empty",
                          global ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes");
    }
    if (!global && table->schema.range_count == 0) {
        return table_fail(call, refusal,
                          INVALID_VALUES "Table KeySchema does not have a range key, which is required when "
                                         "specifying a LocalSecondaryIndex");
    }
    struct table_index *all = arena_zalloc(call->arena, (table->index_count + count) * sizeof(*all));
    if (table->index_count > 0) {
        memcpy(all, table->indexes, table->index_count * sizeof(*all));
    }
    table->indexes = all;
    for (struct input element = input_first(list); element.value; element = input_next(element)) {
        struct table_index index;
        if (!read_index(call, element, global, table, on_demand, &index, refusal)) {
            return false;
        }
        table->indexes[table->index_count++] = index;
    }
    if (!global && count > MAXIMUM_LOCAL) {
        return table_fail(call, refusal,
                          INVALID_VALUES "Number of LocalSecondaryIndexes exceeds per-table limit of 5");
    }
    if (global && count > MAXIMUM_GLOBAL) {
        return table_fail(call, refusal,
                          INVALID_VALUES "GlobalSecondaryIndex count exceeds the per-table limit of 20");
    }
    return true;
}

bool check_definitions_used(struct call *call, const struct table *table, struct result *refusal) {
    const char *used = "";
    size_t unused = 0;
    for (size_t i = 0; i < table->attribute_count; i++) {
        struct text name = table->attributes[i].name;
        bool found = key_schema_has(&table->schema, name);
        for (size_t j = 0; j < table->index_count; j++) {
            found = found || key_schema_has(&table->indexes[j].schema, name);
        }
        if (found) {
            used = arena_printf(call->arena, "%s%s%.*s", used, used[0] ? ", " : "", TEXT_ARGUMENTS(name));
        }
        unused += !found;
    }
    if (unused == 0) {
        return true;
    }
    if (table->index_count == 0) {
        return table_fail(call, refusal,
                          INVALID_VALUES "Number of attributes in KeySchema does not exactly match number of "
                                         "attributes defined in AttributeDefinitions");
    }
    return table_fail(call, refusal,
                      INVALID_VALUES
                      "Some AttributeDefinitions are not used. AttributeDefinitions: [%s], keys "
                      "used: [%s]",
                      list_names(call, table->attributes, table->attribute_count), used);
}

/* ---- the operation ---- */

bool table_read_draft(struct call *call, struct input input, struct table *draft, struct result *refusal) {
    struct text name = input_text(input, "TableName");
    bool on_demand = text_equals(input_text(input, "BillingMode"), "PAY_PER_REQUEST");
    if (!dynamodb_check_table_given(call, name, refusal) || !check_billing(call, input, on_demand, refusal)) {
        return false;
    }
    if (!input_has(input, "AttributeDefinitions")) {
        return table_fail(
            call, refusal,
            "1 validation error detected: Value null at 'attributeDefinitions' failed to satisfy "
            "constraint: Member must not be null");
    }
    read_attribute_definitions(call, input_list(input, "AttributeDefinitions"), draft);
    bool indexed = input_has(input, "LocalSecondaryIndexes") || input_has(input, "GlobalSecondaryIndexes");
    return read_key_schema(call, input_list(input, "KeySchema"), draft,
                           indexed ? KEYS_OF_TABLE : KEYS_OF_LONE_TABLE, &draft->schema, refusal) &&
           read_indexes(call, input_list(input, "LocalSecondaryIndexes"), false, draft, on_demand, refusal) &&
           read_indexes(call, input_list(input, "GlobalSecondaryIndexes"), true, draft, on_demand, refusal) &&
           check_definitions_differ(call, draft, refusal) && check_definitions_used(call, draft, refusal);
}

struct table *table_create(struct call *call, const char *region, struct text name, struct table *draft) {
    struct strbuf definition = STRBUF_INIT;
    table_write_definition(&definition, draft);
    struct dynamodb_table_row row = {.name = name, .created_ms = call->now_ms};
    row.definition = strbuf_text(&definition);
    row.id = dynamodb_store_add_table(call->store, call->identity.account, region, &row);
    /* Ids of indexes carry that of their table. */
    for (size_t i = 0; i < draft->index_count; i++) {
        draft->indexes[i].id = (row.id << 16) + draft->next_index++;
    }
    strbuf_clear(&definition);
    table_write_definition(&definition, draft);
    dynamodb_store_set_definition(call->store, row.id, strbuf_text(&definition));
    strbuf_release(&definition);
    char uuid[UUID_SIZE];
    ids_uuid(emulator_ids(call->emulator), uuid);
    dynamodb_set_setting(call->store, row.id, SETTING_TABLE_ID, text_of(uuid));
    return table_find(dynamodb_state_of(call), call->identity.account, region, name);
}

static void set_billing(struct call *call, struct input input, struct table *table) {
    struct input throughput = input_structure(input, "ProvisionedThroughput");
    table->read_units = input_integer(throughput, "ReadCapacityUnits", 0);
    table->write_units = input_integer(throughput, "WriteCapacityUnits", 0);
    table_set_number(call, table, SETTING_READ_UNITS, table->read_units);
    table_set_number(call, table, SETTING_WRITE_UNITS, table->write_units);
    table_set_number(call, table, SETTING_ON_DEMAND_SINCE, throughput.value ? 0 : call->now_ms);
    struct input warm = input_structure(input, "WarmThroughput");
    table_set_number(call, table, SETTING_WARM_READ, input_integer(warm, "ReadUnitsPerSecond", 0));
    table_set_number(call, table, SETTING_WARM_WRITE, input_integer(warm, "WriteUnitsPerSecond", 0));
}

static bool check_stream(struct call *call, struct input specification, struct result *refusal) {
    bool enabled = input_boolean(specification, "StreamEnabled", false);
    if (!specification.value || enabled == input_has(specification, "StreamViewType")) {
        return true;
    }
    return table_fail(call, refusal,
                      enabled ? INVALID_VALUES "StreamViewType is required when StreamEnabled is true"
                              : INVALID_VALUES "StreamViewType is not allowed when StreamEnabled is false");
}

struct result dynamodb_create_table(struct call *call, struct input input) {
    struct result refusal;
    struct table draft = {0};
    struct text name = input_text(input, "TableName");
    struct input stream = input_structure(input, "StreamSpecification");
    struct input throughput = input_structure(input, "ProvisionedThroughput");
    struct warm_level least = {input_integer(throughput, "ReadCapacityUnits", 0),
                               input_integer(throughput, "WriteCapacityUnits", 0), NULL};
    if (!table_read_draft(call, input, &draft, &refusal) || !check_stream(call, stream, &refusal) ||
        !check_warm(call, input_structure(input, "WarmThroughput"),
                    throughput.value ? &least : &WARM_ON_DEMAND, "table", &refusal)) {
        return refusal;
    }
    if (table_find(dynamodb_state_of(call), call->identity.account, call->identity.region, name)) {
        return call_error(call, &dynamodb_error_ResourceInUseException, "Table already exists: %.*s",
                          TEXT_ARGUMENTS(name));
    }
    if (dynamodb_store_table_count(call->store, call->identity.account, call->identity.region) >=
        MAXIMUM_TABLES) {
        return call_error(call, &dynamodb_error_LimitExceededException,
                          "Subscriber limit exceeded: There is a limit of %d tables per subscriber",
                          MAXIMUM_TABLES);
    }
    struct table *table = table_create(call, call->identity.region, name, &draft);
    if (!put_tags(call, table->arn, input_list(input, "Tags"), &refusal)) {
        table_forget(dynamodb_state_of(call), table->account, table->region, name);
        return refusal;
    }
    set_billing(call, input, table);
    set_on_demand_limits(call, input_structure(input, "OnDemandThroughput"), table);
    dynamodb_set_setting(call->store, table->id, SETTING_TABLE_CLASS, input_text(input, "TableClass"));
    dynamodb_set_setting(call->store, table->id, SETTING_POLICY, input_text(input, "ResourcePolicy"));
    table_set_number(call, table, SETTING_PROTECTED,
                     input_boolean(input, "DeletionProtectionEnabled", false));
    set_sse(call, table, input_structure(input, "SSESpecification"));
    if (input_boolean(stream, "StreamEnabled", false)) {
        stream_begin(call, table, input_text(stream, "StreamViewType"));
    }
    output_begin_structure(call_output(call), "TableDescription");
    write_table_description(call, table, "CREATING", false);
    output_end(call_output(call));
    return result_output();
}
