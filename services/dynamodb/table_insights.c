/* Contributor insights: switched on and off, shown and listed; nothing is counted. */
#include "services/dynamodb/tables.h"

#define SETTING_INSIGHTS "ContributorInsights" /* of an index: with /NAME; the mode while they are on */
#define SETTING_INSIGHTS_SINCE "ContributorInsightsSince"
#define MOST_RESULTS 100

/* The setting of the table, or of its index. */
static const char *setting_of(struct call *call, const char *setting, struct text index) {
    return index.data ? arena_printf(call->arena, "%s/%.*s", setting, TEXT_ARGUMENTS(index)) : setting;
}

static struct text mode_of(struct call *call, const struct table *table, struct text index) {
    return dynamodb_setting(call->store, table->id, setting_of(call, SETTING_INSIGHTS, index), call->arena);
}

/* Table and, when named, global index. */
static bool find_place(struct call *call, struct input input, struct table **table, struct result *refusal) {
    struct text name = input_text(input, "IndexName");
    if (!dynamodb_described_table(call, input, table, refusal)) {
        return false;
    }
    const struct table_index *index = name.data ? table_index(*table, name) : NULL;
    if (name.data && (!index || !index->global)) {
        *refusal = call_error(call, &dynamodb_error_ResourceNotFoundException,
                              "Requested resource not found: Index: %.*s not found for table: %.*s",
                              TEXT_ARGUMENTS(name), TEXT_ARGUMENTS((*table)->name));
        return false;
    }
    return true;
}

static void write_place(struct output *out, const struct table *table, struct text index, const char *status,
                        struct text mode) {
    output_text(out, "TableName", table->name);
    output_text(out, "IndexName", index);
    output_string(out, "ContributorInsightsStatus", status);
    output_text(out, "ContributorInsightsMode", mode);
}

struct result dynamodb_update_contributor_insights(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    struct text index = input_text(input, "IndexName"), mode = input_text(input, "ContributorInsightsMode");
    bool enable = text_equals(input_text(input, "ContributorInsightsAction"), "ENABLE");
    if (!find_place(call, input, &table, &refusal)) {
        return refusal;
    }
    mode = mode.data ? mode : TEXT("ACCESSED_AND_THROTTLED_KEYS");
    dynamodb_set_setting(call->store, table->id, setting_of(call, SETTING_INSIGHTS, index),
                         enable ? mode : TEXT_NONE);
    table_set_number(call, table, setting_of(call, SETTING_INSIGHTS_SINCE, index), call->now_ms);
    write_place(call_output(call), table, index, enable ? "ENABLING" : "DISABLING",
                enable ? mode : TEXT_NONE);
    return result_output();
}

struct result dynamodb_describe_contributor_insights(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    struct text index = input_text(input, "IndexName");
    if (!find_place(call, input, &table, &refusal)) {
        return refusal;
    }
    struct text mode = mode_of(call, table, index);
    int64_t since = table_number(call, table, setting_of(call, SETTING_INSIGHTS_SINCE, index));
    write_place(call_output(call), table, index, mode.data ? "ENABLED" : "DISABLED", mode);
    if (since) {
        output_timestamp(call_output(call), "LastUpdateDateTime", since);
    }
    return result_output();
}

/* ---- listing: tables by name, each before its indexes ---- */

struct listing {
    struct text after; /* TABLE or TABLE!INDEX, since ! sorts before all of a name; absent: all */
    int64_t left;      /* how many more go into the answer */
    const char *last;  /* the last that did */
    bool more;
};

static void list_place(struct call *call, const struct table *table, struct text index,
                       struct listing *listing) {
    struct text mode = mode_of(call, table, index);
    const char *place = index.data ? arena_printf(call->arena, "%.*s!%.*s", TEXT_ARGUMENTS(table->name),
                                                  TEXT_ARGUMENTS(index))
                                   : arena_text_string(call->arena, table->name);
    if (!mode.data || (listing->after.data && text_compare(text_of(place), listing->after) <= 0)) {
        return;
    }
    if (listing->left == 0) {
        listing->more = true;
        return;
    }
    listing->left--;
    listing->last = place;
    output_begin_structure(call_output(call), NULL);
    write_place(call_output(call), table, index, "ENABLED", mode);
    output_end(call_output(call));
}

static int by_name(const void *a, const void *b) {
    const struct table_index *const *first = a, *const *second = b;
    return text_compare((*first)->name, (*second)->name);
}

static void list_table(struct call *call, const struct table *table, struct listing *listing) {
    const struct table_index **sorted = arena_alloc(call->arena, (table->index_count + 1) * sizeof(*sorted));
    for (size_t i = 0; i < table->index_count; i++) {
        sorted[i] = &table->indexes[i];
    }
    qsort(sorted, table->index_count, sizeof(*sorted), by_name);
    list_place(call, table, TEXT_NONE, listing);
    for (size_t i = 0; i < table->index_count; i++) {
        list_place(call, table, sorted[i]->name, listing);
    }
}

static void list_all(struct call *call, struct listing *listing) {
    struct name {
        struct text text;
        struct name *next;
    } *first = NULL, **end = &first;
    struct statement *rows =
        dynamodb_store_table_names(call->store, call->identity.account, call->identity.region, TEXT_NONE);
    while (statement_step(rows)) {
        *end = arena_zalloc(call->arena, sizeof(**end));
        (*end)->text = arena_text(call->arena, statement_text(rows, 0));
        end = &(*end)->next;
    }
    for (struct name *name = first; name && !listing->more; name = name->next) {
        list_table(
            call,
            table_find(dynamodb_state_of(call), call->identity.account, call->identity.region, name->text),
            listing);
    }
}

struct result dynamodb_list_contributor_insights(struct call *call, struct input input) {
    struct result refusal;
    struct table *table = NULL;
    struct listing listing = {.after = input_text(input, "NextToken"),
                              .left = input_integer(input, "MaxResults", MOST_RESULTS)};
    if (input_has(input, "TableName") && !dynamodb_described_table(call, input, &table, &refusal)) {
        return refusal;
    }
    output_begin_list(call_output(call), "ContributorInsightsSummaries");
    if (table) {
        list_table(call, table, &listing);
    } else {
        list_all(call, &listing);
    }
    output_end(call_output(call));
    output_string(call_output(call), "NextToken", listing.more ? listing.last : NULL);
    return result_output();
}
