#include "services/dynamodb/page.h"

#include "services/dynamodb/item_write.h"
#include "services/dynamodb/throttle.h"

#define PAGE_BYTES (1024 * 1024)
/* What room is made for at once. */
#define EXPECTED_ROWS 16
#define EXPECTED_BYTES (64 * 1024)

/* ---- the request ---- */

static const char *const query_legacy[] = {"AttributesToGet", "QueryFilter", "ConditionalOperator",
                                           "KeyConditions", NULL};
static const char *const query_expressions[] = {"ProjectionExpression", "FilterExpression",
                                                "KeyConditionExpression", NULL};
static const char *const query_values[] = {"FilterExpression", "KeyConditionExpression", NULL};
static const char *const scan_legacy[] = {"AttributesToGet", "ScanFilter", "ConditionalOperator", NULL};
static const char *const scan_expressions[] = {"ProjectionExpression", "FilterExpression", NULL};
static const char *const scan_values[] = {"FilterExpression", NULL};

static bool fail(struct call *call, struct result *refusal, const char *message) {
    *refusal = dynamodb_invalid(call, "%s", message);
    return false;
}

/* Once the table is known, errors are not counted any more. */
static bool fail_plainly(struct call *call, struct result *refusal, const char *message) {
    *refusal = dynamodb_invalid_plainly(call, "%s", message);
    return false;
}

/* What Select forbids is counted in both operations. Source: dynamodb.md section 0. */
static bool fail_counted(struct call *call, struct result *refusal, const char *message) {
    *refusal = dynamodb_invalid_plainly(call, "1 validation error detected: %s", message);
    return false;
}

static bool check_select(struct call *call, struct input input, struct page *page, struct result *refusal) {
    struct text select = input_text(input, "Select");
    bool projected = page->projection != NULL;
    const char *member = input_has(input, "AttributesToGet") ? "AttributesToGet" : "ProjectionExpression";
    if (text_equals(select, "SPECIFIC_ATTRIBUTES") && !projected) {
        return fail_counted(call, refusal,
                            "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
                            "SPECIFIC_ATTRIBUTES");
    }
    if (projected && select.data && !text_equals(select, "SPECIFIC_ATTRIBUTES")) {
        const char *what =
            text_equals(select, "COUNT") ? "only the Count" : arena_text_string(call->arena, select);
        return fail_counted(
            call, refusal,
            arena_printf(call->arena, "Cannot specify the %s when choosing to get %s", member, what));
    }
    if (text_equals(select, "ALL_PROJECTED_ATTRIBUTES") && !input_has(input, "IndexName")) {
        return fail_counted(call, refusal,
                            "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
    }
    page->count_only = text_equals(select, "COUNT");
    return true;
}

/* Some texts stand without the words before them, for no visible reason. Source: dynalite's tests. */
static bool read_start(struct call *call, struct input input, struct page *page, struct result *refusal) {
    static const char *const bare[] = {"contains duplicates", "number set", "numeric value",
                                       "significant digits", "number with magnitude"};
    const char *message = NULL;
    if (!input_has(input, "ExclusiveStartKey")) {
        return true;
    }
    page->start = attribute_read_item(call->arena, dynamodb_wording(call),
                                      input_value(input, "ExclusiveStartKey"), &message);
    if (page->start) {
        return true;
    }
    for (size_t i = 0; i < sizeof(bare) / sizeof(bare[0]); i++) {
        if (strstr(message, bare[i])) {
            return fail(call, refusal, message);
        }
    }
    return fail(call, refusal,
                arena_printf(call->arena, "The provided starting key is invalid: %s", message));
}

/* Key conditions may be of the old kind beside new filters. */
static const char *const *query_mixed(struct input input) {
    static const char *const without_conditions[] = {"AttributesToGet", "QueryFilter", "ConditionalOperator",
                                                     NULL};
    bool alone = input_has(input, "KeyConditions") && !input_has(input, "KeyConditionExpression");
    return alone ? without_conditions : query_legacy;
}

static bool check_key_conditions(struct call *call, struct input input, struct result *refusal) {
    if (input_has(input, "KeyConditions") || input_has(input, "KeyConditionExpression")) {
        return true;
    }
    return fail(
        call, refusal,
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
}

static bool check_segments(struct call *call, struct input input, struct result *refusal) {
    bool segment = input_has(input, "Segment"), total = input_has(input, "TotalSegments");
    int64_t which = input_integer(input, "Segment", 0), of = input_integer(input, "TotalSegments", 1);
    if (segment && !total) {
        return fail(call, refusal,
                    "The TotalSegments parameter is required but was not present in the request when "
                    "Segment parameter is present");
    }
    if (total && !segment) {
        return fail(call, refusal,
                    "The Segment parameter is required but was not present in the request when parameter "
                    "TotalSegments is present");
    }
    if (which >= of) {
        return fail(call, refusal,
                    arena_printf(call->arena,
                                 "The Segment parameter is zero-based and must be less than parameter "
                                 "TotalSegments: Segment: %lld is not less than TotalSegments: %lld",
                                 (long long)which, (long long)of));
    }
    return true;
}

bool page_read_request(struct call *call, struct input input, const char *filter_member, struct page *page,
                       struct node **key_condition, struct result *refusal) {
    bool query = key_condition != NULL;
    struct placeholders placeholders;
    if (!dynamodb_check_mix(call, input, query ? query_mixed(input) : scan_legacy,
                            query ? query_expressions : scan_expressions, query ? query_values : scan_values,
                            refusal) ||
        (query && !legacy_read_filter(call, input, filter_member, &page->filter, refusal)) ||
        !legacy_read_attributes_to_get(call, input, &page->projection, refusal) ||
        (!query && !legacy_read_filter(call, input, filter_member, &page->filter, refusal)) ||
        !read_start(call, input, page, refusal) ||
        !(query ? check_key_conditions(call, input, refusal) : check_segments(call, input, refusal)) ||
        !dynamodb_read_placeholders(call, input, true, &placeholders, refusal) ||
        !dynamodb_read_condition(call, input, "FilterExpression", ROLE_FILTER, &placeholders, &page->filter,
                                 refusal) ||
        !dynamodb_read_projection(call, input, &placeholders, &page->projection, refusal) ||
        (query && !dynamodb_read_condition(call, input, "KeyConditionExpression", ROLE_KEY_CONDITION,
                                           &placeholders, key_condition, refusal)) ||
        !check_select(call, input, page, refusal) || !dynamodb_check_used(call, &placeholders, refusal) ||
        (query && !legacy_read_key_conditions(call, input, key_condition, refusal))) {
        return false;
    }
    page->limit = input_integer(input, "Limit", 0);
    page->consistent = input_boolean(input, "ConsistentRead", false);
    return true;
}

/* Attributes that the index lacks are an error in a global one and a look into the table in a local one. */
bool page_check_projection(struct call *call, struct page *page, struct result *refusal) {
    const char *missing = "";
    for (size_t i = 0; page->projection && i < page->projection->count; i++) {
        struct text name = page->projection->paths[i].steps[0].name;
        if (!table_index_holds(page->table, page->index, name)) {
            missing =
                arena_printf(call->arena, "%s%s%.*s", missing, missing[0] ? ", " : "", TEXT_ARGUMENTS(name));
        }
    }
    if (!missing[0]) {
        return true;
    }
    if (page->index->global) {
        return fail_plainly(
            call, refusal,
            arena_printf(call->arena,
                         "One or more parameter values were invalid: Global secondary index %.*s does "
                         "not project [%s]",
                         TEXT_ARGUMENTS(page->index->name), missing));
    }
    page->whole = true;
    return true;
}

bool page_find(struct call *call, struct input input, struct page *page, struct result *refusal) {
    if (!dynamodb_named_table(call, input_text(input, "TableName"), &page->table, refusal)) {
        return false;
    }
    page->schema = &page->table->schema;
    if (!input_has(input, "IndexName")) {
        return true;
    }
    struct text name = input_text(input, "IndexName");
    page->index = table_index(page->table, name);
    if (!page->index) {
        *refusal = dynamodb_invalid_plainly(call, "The table does not have the specified index: %.*s",
                                            TEXT_ARGUMENTS(name));
        return false;
    }
    page->schema = &page->index->schema;
    if (page->index->global && page->consistent) {
        return fail_plainly(call, refusal, "Consistent reads are not supported on global secondary indexes");
    }
    if (text_equals(input_text(input, "Select"), "ALL_ATTRIBUTES")) {
        if (page->index->global && page->index->projection != PROJECTION_ALL) {
            return fail_plainly(
                call, refusal,
                arena_printf(call->arena,
                             "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is "
                             "not supported for global secondary index %.*s because its projection type "
                             "is not ALL",
                             TEXT_ARGUMENTS(name)));
        }
        page->whole = true;
    }
    return page_check_projection(call, page, refusal);
}

bool page_start(struct call *call, const struct page *page, struct item_place *place, const char **message) {
    struct item_key key, base;
    struct key_schema both = *page->schema;
    const struct key_schema *schemas[] = {page->schema, &page->table->schema};
    size_t wanted = 0;
    *message = "The provided key element does not match the schema";
    for (const struct attribute *member = page->start->first; member; member = member->next) {
        wanted += key_schema_has(&both, member->name) || key_schema_has(&page->table->schema, member->name);
    }
    if (wanted != page->start->count) {
        return false;
    }
    for (size_t i = 0; i < 2; i++) {
        struct attribute *part = key_of_item(call->arena, schemas[i], page->start);
        const char *wrong = key_check(call->arena, schemas[i], part);
        if (wrong) {
            *message = wrong;
            return false;
        }
    }
    if (!key_encode(call->arena, page->schema, page->start, &key) ||
        !key_encode(call->arena, &page->table->schema, page->start, &base)) {
        return false;
    }
    *place = (struct item_place){.slot = key.slot, .hash = key.hash, .range = key.range};
    place->base = key_join(call->arena, &base);
    return true;
}

bool projection_check_keys(struct call *call, const struct table *table,
                           const struct projection_paths *projection, struct result *refusal) {
    for (size_t i = 0; projection && i < projection->count; i++) {
        const char *message = path_check_scalar(call, table, &projection->paths[i]);
        if (message) {
            return fail_plainly(call, refusal, message);
        }
    }
    return true;
}

bool page_check_projected_keys(struct call *call, const struct page *page, struct result *refusal) {
    return projection_check_keys(call, page->table, page->projection, refusal);
}

bool page_check_filtered_keys(struct call *call, const struct page *page, struct result *refusal) {
    const char *message = page->filter ? node_check_scalars(call, page->table, page->filter) : NULL;
    return !message || fail_plainly(call, refusal, message);
}

/* ---- the answer ---- */

/* Keys of index and table, as a client sends them back. */
static struct attribute *place_of(struct call *call, const struct page *page, struct text text) {
    const struct key_schema *schemas[] = {page->schema, &page->table->schema};
    struct attribute *key = attribute_new(call->arena, ATTRIBUTE_M);
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < schemas[i]->hash_count + schemas[i]->range_count; j++) {
            struct text name = schemas[i]->parts[j].name;
            struct attribute *value =
                attribute_find(key, name) ? NULL : attribute_parse_member(call->arena, text, name);
            if (value) {
                attribute_append(key, value);
            }
        }
    }
    return key;
}

static void write_map(struct output *out, const char *member, const struct attribute *map) {
    struct strbuf text = STRBUF_INIT;
    attribute_write_item(&text, map);
    output_json(out, member, strbuf_text(&text));
    strbuf_release(&text);
}

/* One row that counts or not, and is shown as the request wants. */
static void take_row(struct call *call, const struct page *page, struct page_state *state,
                     const struct stored_item *row, struct arena *arena) {
    bool narrowed = page->index && page->index->projection != PROJECTION_ALL;
    struct output *out = call_output(call);
    int64_t bytes = row->size;
    if (!page->filter && !page->projection && !narrowed) {
        state->bytes += bytes;
        state->count++;
        if (!page->count_only) {
            output_json(out, NULL, row->text);
        }
        return;
    }
    struct attribute *item = attribute_parse_item(arena, row->text);
    if (narrowed) {
        struct attribute *view = table_index_view(arena, page->table, page->index, item);
        bytes = (int64_t)attribute_item_size(view);
        state->table_units += page->whole ? read_units(row->size, page->consistent) : 0;
        item = page->whole ? item : view;
    }
    state->bytes += bytes;
    if (page->filter && !expression_holds(arena, page->filter, item)) {
        return;
    }
    state->count++;
    if (page->count_only) {
        return;
    }
    if (page->projection) {
        item = paths_project(arena, item, page->projection->paths, page->projection->count);
    }
    if (item) {
        write_map(out, NULL, item);
    } else {
        output_json(out, NULL, TEXT("{}"));
    }
}

bool page_write_consumed(struct call *call, struct text mode, struct text table_name, const struct page *page,
                         const struct page_state *state, struct result *refusal) {
    if (!wants_capacity(mode) && !throttle_is_on(call)) {
        return true;
    }
    struct consumed consumed = {.table = page->table, .table_name = table_name};
    double units = read_units(state->bytes, page->consistent);
    if (page->index) {
        consumed.index_units = arena_zalloc(call->arena, page->table->index_count * sizeof(double));
        consumed.index_units[page->index - page->table->indexes] = units;
        consumed.units = state->table_units;
    } else {
        consumed.units = units;
    }
    if (!throttle_admits(call, &consumed, refusal)) {
        return false;
    }
    consumed_write(call_output(call), "ConsumedCapacity", mode, &consumed);
    return true;
}

/* Room for rows like this one, so that the answer need not grow step by step. */
static void expect_rows(struct call *call, const struct stored_item *row, int64_t limit) {
    int64_t rows = limit > 0 && limit < EXPECTED_ROWS ? limit : EXPECTED_ROWS;
    int64_t bytes = rows * ((int64_t)row->text.size + 64);
    strbuf_reserve(call_output(call)->body, (size_t)(bytes < EXPECTED_BYTES ? bytes : EXPECTED_BYTES));
}

void page_read_rows(struct call *call, const struct page *page, struct statement *rows,
                    struct page_state *state) {
    bool parses = page->filter || page->projection || page->index;
    struct arena *arena = parses ? arena_open() : NULL;
    int64_t limit = page->limit;
    if (dynamodb_fault_is(call, "partial")) { /* a page may end anywhere */
        limit = 1 + (int64_t)ids_random_below(emulator_ids(call->emulator), limit ? (uint64_t)limit : 10);
    }
    while (statement_step(rows)) {
        struct stored_item row = dynamodb_store_row(rows);
        if (state->scanned == 0 && !page->count_only) {
            expect_rows(call, &row, limit);
        }
        take_row(call, page, state, &row, arena);
        state->scanned++;
        if (state->scanned == limit || state->bytes >= PAGE_BYTES) {
            state->last = place_of(call, page, arena_text(call->arena, row.text));
            statement_reset(rows);
            break;
        }
        if (arena) {
            arena_clear(arena);
        }
    }
    arena_close(arena);
}

struct result page_answer(struct call *call, struct input input, const struct page *page,
                          struct statement *rows) {
    struct result refusal;
    struct output *out = call_output(call);
    struct page_state state = {0};
    if (!page->count_only) {
        output_begin_list(out, "Items");
    }
    page_read_rows(call, page, rows, &state);
    if (!page->count_only) {
        output_end(out);
    }
    output_integer(out, "Count", state.count);
    output_integer(out, "ScannedCount", state.scanned);
    if (state.last) {
        write_map(out, "LastEvaluatedKey", state.last);
    }
    return page_write_consumed(call, input_text(input, "ReturnConsumedCapacity"),
                               input_text(input, "TableName"), page, &state, &refusal)
               ? result_output()
               : refusal;
}
