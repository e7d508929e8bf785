/* Time to live. Source: dynamodb.md section 9. */
#include "services/dynamodb/item_write.h"
#include "services/dynamodb/stream_records.h"

#define SWEEP_EVERY_MS 60000
#define FIVE_YEARS_S (5LL * 365 * 24 * 60 * 60)
#define SWEEP_ITEMS 1000

int64_t expiry_of(const struct table *table, const struct attribute *item) {
    int64_t seconds = 0;
    const struct attribute *value =
        table->ttl_attribute.data ? attribute_find(item, table->ttl_attribute) : NULL;
    if (!value || value->type != ATTRIBUTE_N) {
        return 0;
    }
    struct text whole = value->text;
    ptrdiff_t point = text_find_char(whole, '.');
    whole.size = point >= 0 ? (size_t)point : whole.size;
    return text_to_int64(whole, &seconds) && seconds > 0 ? seconds : 0;
}

struct expired {
    const char *account;
    const char *region;
    struct text table;
    struct text item;
    struct expired *next;
};

static struct expired *find_expired(struct call *call) {
    int64_t now_s = call->now_ms / 1000;
    struct statement *rows = dynamodb_store_expired(call->store, now_s, now_s - FIVE_YEARS_S, SWEEP_ITEMS);
    struct expired *first = NULL, **end = &first;
    while (statement_step(rows)) {
        struct expired *expired = arena_zalloc(call->arena, sizeof(*expired));
        expired->account = statement_string(rows, 0, call->arena);
        expired->region = statement_string(rows, 1, call->arena);
        expired->table = arena_text(call->arena, statement_text(rows, 2));
        expired->item = arena_text(call->arena, statement_text(rows, 3));
        *end = expired;
        end = &expired->next;
    }
    return first;
}

void time_to_live_sweep(struct call *call) {
    struct dynamodb_state *state = dynamodb_state_of(call);
    if (call->now_ms < state->sweep_ms) {
        return;
    }
    state->sweep_ms = call->now_ms + SWEEP_EVERY_MS;
    stream_store_trim(call->store, call->now_ms - STREAM_RETENTION_MS);
    for (struct expired *expired = find_expired(call); expired; expired = expired->next) {
        struct item_write write = {.by_time_to_live = true};
        write.table = table_find(state, expired->account, expired->region, expired->table);
        if (write.table && key_encode(call->arena, &write.table->schema,
                                      attribute_parse_item(call->arena, expired->item), &write.key)) {
            item_write_load(call, &write, true);
            item_write_commit(call, &write);
            write.table->counted = false; /* this call may still fail and bring the item back */
        }
    }
}

/* Every item's expiry by the attribute that counts from now on. */
static void set_expiries(struct call *call, const struct table *table) {
    struct item_place start = {.slot = -1, .hash = TEXT(""), .range = TEXT(""), .base = TEXT("")};
    struct statement *rows = dynamodb_store_scan(call->store, table, NULL, &start, KEY_SLOTS);
    struct arena *arena = arena_open();
    while (statement_step(rows)) {
        struct stored_item row = dynamodb_store_row(rows);
        int64_t expires =
            table->ttl_attribute.data ? expiry_of(table, attribute_parse_item(arena, row.text)) : 0;
        dynamodb_store_set_expiry(call->store, row.id, expires);
        arena_clear(arena);
    }
    arena_close(arena);
}

struct result dynamodb_update_time_to_live(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    struct input wanted = input_structure(input, "TimeToLiveSpecification");
    struct text attribute = input_text(wanted, "AttributeName");
    bool enabled = input_boolean(wanted, "Enabled", false);
    if (!dynamodb_described_table(call, input, &table, &refusal)) {
        return refusal;
    }
    if (!enabled && !table->ttl_attribute.data) {
        return dynamodb_invalid(call, "TimeToLive is already disabled");
    }
    if (table->ttl_attribute.data && !text_same(table->ttl_attribute, attribute)) {
        return dynamodb_invalid(
            call, "TimeToLive is active on a different AttributeName: current AttributeName is %.*s",
            TEXT_ARGUMENTS(table->ttl_attribute));
    }
    if (enabled && table->ttl_attribute.data) {
        return dynamodb_invalid(call, "TimeToLive is already enabled");
    }
    table->ttl_attribute = enabled ? arena_text(table->arena, attribute) : TEXT_NONE;
    dynamodb_set_setting(call->store, table->id, SETTING_TTL_ATTRIBUTE, table->ttl_attribute);
    set_expiries(call, table);
    struct output *out = call_output(call);
    output_begin_structure(out, "TimeToLiveSpecification");
    output_boolean(out, "Enabled", enabled);
    output_text(out, "AttributeName", attribute);
    output_end(out);
    return result_output();
}

struct result dynamodb_describe_time_to_live(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    if (!dynamodb_described_table(call, input, &table, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    output_begin_structure(out, "TimeToLiveDescription");
    output_string(out, "TimeToLiveStatus", table->ttl_attribute.data ? "ENABLED" : "DISABLED");
    output_text(out, "AttributeName", table->ttl_attribute);
    output_end(out);
    return result_output();
}
