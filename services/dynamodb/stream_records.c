/* What tables write to their streams. Source: dynamodb.md section 10. */
#include "services/dynamodb/stream_records.h"

#include "services/dynamodb/item_write.h"

static bool view_has(struct text view, const char *image) {
    return text_equals(view, "NEW_AND_OLD_IMAGES") || text_equals(view, image);
}

static void write_map(struct strbuf *json, const char *name, const struct attribute *map) {
    strbuf_printf(json, ",\"%s\":", name);
    attribute_write_item(json, map);
}

/* All of the record behind its sequence number, which the database gives. */
static void write_record(struct call *call, struct strbuf *json, const struct item_write *write) {
    const struct table *table = write->table;
    bool existed = write->old.id != 0;
    const struct attribute *either = write->new_item ? write->new_item : write->old_item;
    const struct attribute *key = key_of_item(call->arena, &table->schema, either);
    size_t size = attribute_item_size(key);
    unsigned char random[16];
    strbuf_printf(json, "\"ApproximateCreationDateTime\":%lld", (long long)(call->now_ms / 1000));
    write_map(json, "Keys", key);
    if (write->new_item && view_has(table->stream_view, "NEW_IMAGE")) {
        write_map(json, "NewImage", write->new_item);
        size += attribute_item_size(write->new_item);
    }
    if (existed && view_has(table->stream_view, "OLD_IMAGE")) {
        write_map(json, "OldImage", write->old_item);
        size += attribute_item_size(write->old_item);
    }
    ids_random_bytes(emulator_ids(call->emulator), random, sizeof(random));
    strbuf_printf(json, ",\"SizeBytes\":%zu,\"StreamViewType\":\"%.*s\"},\"eventID\":\"", size,
                  TEXT_ARGUMENTS(table->stream_view));
    for (size_t i = 0; i < sizeof(random); i++) {
        strbuf_printf(json, "%02x", random[i]);
    }
    strbuf_printf(json, "\",\"eventName\":\"%s\"",
                  !write->new_item ? "REMOVE"
                  : existed        ? "MODIFY"
                                   : "INSERT");
    if (write->by_time_to_live) {
        strbuf_append_string(
            json, ",\"userIdentity\":{\"PrincipalId\":\"dynamodb.amazonaws.com\",\"Type\":\"Service\"}");
    }
    strbuf_append_char(json, '}');
}

void stream_record_write(struct call *call, const struct item_write *write) {
    bool existed = write->old.id != 0;
    if ((!existed && !write->new_item) ||
        (existed && write->new_item && attribute_equals(write->old_item, write->new_item))) {
        return; /* nothing has changed */
    }
    struct strbuf json = STRBUF_INIT;
    write_record(call, &json, write);
    stream_store_add(call->store, write->table->stream_id, call->now_ms, strbuf_text(&json));
    strbuf_release(&json);
}

void stream_begin(struct call *call, struct table *table, struct text view) {
    struct strbuf label = STRBUF_INIT;
    struct strbuf keys = STRBUF_INIT;
    stream_store_trim(call->store, call->now_ms - STREAM_RETENTION_MS);
    struct stream_row same;
    int64_t labelled_ms = call->now_ms;
    do { /* a virtual clock may stand still between two streams of one table */
        strbuf_clear(&label);
        clock_format_iso_ms(&label, labelled_ms++);
        strbuf_truncate(&label, label.size - 1); /* without its Z */
    } while (stream_store_find(call->store, table->account, table->region, table->name, strbuf_text(&label),
                               call->arena, &same));
    strbuf_append_char(&keys, '[');
    for (size_t i = 0; i < table->schema.hash_count + table->schema.range_count; i++) {
        strbuf_append_string(&keys, i > 0 ? ",{\"AttributeName\":" : "{\"AttributeName\":");
        json_write_string(&keys, table->schema.parts[i].name);
        strbuf_printf(&keys, ",\"KeyType\":\"%s\"}", i == 0 ? "HASH" : "RANGE");
    }
    strbuf_append_char(&keys, ']');
    table->stream_view = arena_text(table->arena, view);
    table->stream_id =
        stream_store_begin(call->store, table, strbuf_text(&label), view, strbuf_text(&keys), call->now_ms);
    dynamodb_set_setting(call->store, table->id, SETTING_STREAM_VIEW, view);
    dynamodb_set_setting(call->store, table->id, SETTING_STREAM_LABEL, strbuf_text(&label));
    dynamodb_set_setting(call->store, table->id, SETTING_STREAM_ID,
                         text_of(arena_printf(call->arena, "%lld", (long long)table->stream_id)));
    strbuf_release(&label);
    strbuf_release(&keys);
}

void stream_end(struct call *call, struct table *table) {
    stream_store_end(call->store, table->stream_id, call->now_ms);
    table->stream_view = TEXT_NONE;
    dynamodb_set_setting(call->store, table->id, SETTING_STREAM_VIEW, TEXT_NONE);
    dynamodb_set_setting(call->store, table->id, SETTING_STREAM_ID, TEXT_NONE);
}
