#include "services/dynamodb/global_tables.h"

#include "services/dynamodb/tables.h"

static bool has_region(struct text regions, struct text region) {
    while (regions.data) {
        if (text_same(text_cut(&regions, ','), region)) {
            return true;
        }
    }
    return false;
}

static struct text with_region(struct call *call, struct text regions, const char *region) {
    return regions.data ? text_of(arena_printf(call->arena, "%.*s,%s", TEXT_ARGUMENTS(regions), region))
                        : text_of(region);
}

/* Absent when none is left. */
static struct text without_region(struct call *call, struct text regions, struct text region) {
    const char *list = NULL;
    while (regions.data) {
        struct text each = text_cut(&regions, ',');
        if (!text_same(each, region)) {
            list = list ? arena_printf(call->arena, "%s,%.*s", list, TEXT_ARGUMENTS(each))
                        : arena_text_string(call->arena, each);
        }
    }
    return text_of(list);
}

static struct table *sibling(struct call *call, const struct table *table, struct text region) {
    return table_find(dynamodb_state_of(call), table->account, arena_text_string(call->arena, region),
                      table->name);
}

static void set_regions(struct call *call, struct table *table, struct text regions) {
    dynamodb_set_setting(call->store, table->id, SETTING_REPLICAS, regions);
    table->replicas = regions.data ? arena_text(table->arena, regions) : TEXT_NONE;
}

bool replicas_check(struct call *call, struct input updates, const struct table *table,
                    struct result *refusal) {
    if (input_count(updates) > 1) {
        return table_fail(
            call, refusal,
            "Update table operation with more than one create or delete replica actions not allowed");
    }
    for (struct input update = input_first(updates); update.value; update = input_next(update)) {
        struct input create = input_structure(update, "Create");
        struct input delete = input_structure(update, "Delete");
        struct input change = input_structure(update, "Update");
        struct text region = input_text(create.value ? create : delete.value ? delete : change, "RegionName");
        if ((create.value != NULL) + (delete.value != NULL) + (change.value != NULL) > 1) {
            return table_fail(
                call, refusal,
                "Update table operation with more than one type of replica actions not allowed.");
        }
        if (!create.value && !delete.value && input_count(change) < 2) { /* a Region, and nothing to do */
            return table_fail(call, refusal,
                              "There are no actions specified in the Replica Update Action of the request.");
        }
        if ((create.value || delete.value) && text_equals(region, table->region)) {
            return table_fail(
                call, refusal,
                "Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, "
                "DeleteTable, or UpdateTable as required.");
        }
        bool known = has_region(table->replicas, region);
        if (create.value && (known || sibling(call, table, region))) {
            return table_fail(
                call, refusal,
                "Failed to create a the new replica of table with name: '%.*s' because one or more "
                "replicas already existed as tables.",
                TEXT_ARGUMENTS(table->name));
        }
        if (!create.value && !known) {
            return table_fail(
                call, refusal,
                "Update global table operation failed because one or more replicas were not part "
                "of the global table. Please retry the request without these replicas: [%.*s].",
                TEXT_ARGUMENTS(region));
        }
    }
    return true;
}

/* ---- members come and go ---- */

static void copy_items(struct call *call, const struct table *from, struct table *to) {
    struct item_place start = {.slot = -1, .hash = TEXT(""), .range = TEXT(""), .base = TEXT("")};
    struct statement *rows = dynamodb_store_scan(call->store, from, NULL, &start, KEY_SLOTS);
    struct text *texts = NULL;
    size_t count = 0, capacity = 0;
    while (statement_step(rows)) {
        if (count == capacity) {
            capacity = capacity * 2 + 64;
            struct text *more = arena_alloc(call->arena, capacity * sizeof(*more));
            if (count > 0) {
                memcpy(more, texts, count * sizeof(*more));
            }
            texts = more;
        }
        texts[count++] = arena_text(call->arena, dynamodb_store_row(rows).text);
    }
    for (size_t i = 0; i < count; i++) {
        struct item_write write = {.table = to, .repeated = true};
        write.new_item = attribute_parse_item(call->arena, texts[i]);
        (void)key_encode(call->arena, &to->schema, write.new_item, &write.key);
        item_write_load(call, &write, false);
        (void)item_write_check(call, &write, false);
        item_write_commit(call, &write);
    }
}

static void create_replica(struct call *call, struct table *table, const char *region) {
    struct strbuf definition = STRBUF_INIT;
    struct table draft = {.arena = call->arena};
    table_write_definition(&definition, table);
    table_read_definition(&draft, arena_text(call->arena, strbuf_text(&definition)));
    strbuf_release(&definition);
    draft.next_index = 0;
    struct table *replica = table_create(call, region, table->name, &draft);
    replica->read_units = table->read_units;
    replica->write_units = table->write_units;
    table_set_number(call, replica, SETTING_READ_UNITS, table->read_units);
    table_set_number(call, replica, SETTING_WRITE_UNITS, table->write_units);
    table_set_number(call, replica, SETTING_ON_DEMAND_SINCE,
                     table_number(call, table, SETTING_ON_DEMAND_SINCE));
    stream_begin(call, replica, TEXT("NEW_AND_OLD_IMAGES"));
    copy_items(call, table, replica);
    /* Everybody hears of the new one, the new one of everybody. */
    struct text others = with_region(call, table->replicas, table->region);
    for (struct text rest = table->replicas; rest.data;) {
        struct table *member = sibling(call, table, text_cut(&rest, ','));
        if (member) {
            set_regions(call, member, with_region(call, member->replicas, region));
        }
    }
    set_regions(call, replica, others);
    set_regions(call, table, with_region(call, table->replicas, region));
}

void replicas_leave(struct call *call, struct table *table) {
    for (struct text rest = table->replicas; rest.data;) {
        struct table *member = sibling(call, table, text_cut(&rest, ','));
        if (member) {
            set_regions(call, member, without_region(call, member->replicas, text_of(table->region)));
        }
    }
}

static void delete_replica(struct call *call, struct table *table, struct text region) {
    struct table *replica = sibling(call, table, region);
    if (replica) {
        replicas_leave(call, replica);
        if (replica->stream_view.data) {
            stream_end(call, replica);
        }
        dynamodb_store_delete_table(call->store, replica, replica->arn);
        table_forget(dynamodb_state_of(call), replica->account, replica->region, replica->name);
    }
}

void replicas_apply(struct call *call, struct input updates, struct table *table) {
    for (struct input update = input_first(updates); update.value; update = input_next(update)) {
        struct input create = input_structure(update, "Create");
        struct input delete = input_structure(update, "Delete");
        if (create.value) {
            if (!table->stream_view.data) {
                stream_begin(call, table, TEXT("NEW_AND_OLD_IMAGES"));
            }
            create_replica(call, table, input_string(create, "RegionName"));
        } else if (delete.value) {
            delete_replica(call, table, input_text(delete, "RegionName"));
        }
    }
}

void replicas_write(struct call *call, const struct item_write *write) {
    for (struct text rest = write->table->replicas; rest.data;) {
        struct item_write other = *write;
        other.table = sibling(call, write->table, text_cut(&rest, ','));
        other.repeated = true;
        if (other.table) {
            item_write_load(call, &other, true);
            item_write_commit(call, &other);
        }
    }
}
