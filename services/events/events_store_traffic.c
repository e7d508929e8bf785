/* Deliveries, archives, replays. */
#include "services/events/events_sql.h"

/* ---- deliveries ---- */

int64_t events_store_add_delivery(struct store *store, const struct events_delivery *delivery) {
    struct statement *statement = events_owned(store, SQL_ADD_DELIVERY, delivery->owner);
    const char *const strings[] = {delivery->rule_arn, delivery->rule_name, delivery->target,
                                   delivery->event};
    events_bind_strings(statement, 3, strings, 4);
    statement_bind_int64(statement, 7, delivery->due_ms);
    statement_bind_int64(statement, 8, delivery->created_ms);
    statement_bind_int64(statement, 9, delivery->failed);
    statement_bind_int64(statement, 10, delivery->hops);
    statement_bind_int64(statement, 11, delivery->delayed);
    statement_run(statement);
    return store_last_rowid(store);
}

bool events_store_delivery(struct store *store, int64_t id, struct arena *arena,
                           struct events_delivery *delivery) {
    struct statement *statement = events_statement(store, SQL_DELIVERY);
    statement_bind_int64(statement, 1, id);
    if (!statement_step(statement)) {
        return false;
    }
    *delivery = (struct events_delivery){
        .id = statement_int64(statement, 0),
        .owner = {statement_string(statement, 1, arena), statement_string(statement, 2, arena)},
        .rule_arn = statement_string(statement, 3, arena),
        .rule_name = statement_string(statement, 4, arena),
        .target = statement_string(statement, 5, arena),
        .event = statement_string(statement, 6, arena),
        .due_ms = statement_int64(statement, 7),
        .created_ms = statement_int64(statement, 8),
        .failed = statement_int64(statement, 9),
        .hops = statement_int64(statement, 10),
        .delayed = statement_int64(statement, 11) != 0,
    };
    statement_reset(statement);
    return true;
}

void events_store_move_delivery(struct store *store, const struct events_delivery *delivery) {
    struct statement *statement = events_statement(store, SQL_MOVE_DELIVERY);
    statement_bind_int64(statement, 1, delivery->id);
    statement_bind_int64(statement, 2, delivery->due_ms);
    statement_bind_int64(statement, 3, delivery->failed);
    statement_bind_int64(statement, 4, delivery->delayed);
    statement_run(statement);
}

void events_store_delete_delivery(struct store *store, int64_t id) {
    struct statement *statement = events_statement(store, SQL_DELETE_DELIVERY);
    statement_bind_int64(statement, 1, id);
    statement_run(statement);
}

bool events_store_due_delivery(struct store *store, int64_t now_ms, int64_t *id) {
    struct statement *statement = events_statement(store, SQL_DUE_DELIVERY);
    statement_bind_int64(statement, 1, now_ms);
    *id = events_ask_number(statement);
    return *id >= 0;
}

int64_t events_store_earliest_delivery(struct store *store) {
    struct statement *statement = events_statement(store, SQL_EARLIEST_DELIVERY);
    statement_bind_int64(statement, 1, EVENTS_DELIVERY_STARTED);
    return events_ask_number(statement);
}

void events_store_restart_deliveries(struct store *store, int64_t now_ms) {
    struct statement *statement = events_statement(store, SQL_RESTART_DELIVERIES);
    statement_bind_int64(statement, 1, now_ms);
    statement_bind_int64(statement, 2, EVENTS_DELIVERY_STARTED);
    statement_run(statement);
}

/* ---- archives ---- */

static bool read_archive(struct statement *statement, struct arena *arena, struct events_archive *archive) {
    if (!statement_step(statement)) {
        return false;
    }
    *archive = (struct events_archive){
        .name = statement_string(statement, 0, arena),
        .bus_arn = statement_string(statement, 1, arena),
        .description = statement_string(statement, 2, arena),
        .pattern = statement_string(statement, 3, arena),
        .kms_key = statement_string(statement, 4, arena),
        .retention_days = statement_int64(statement, 5),
        .created_ms = statement_int64(statement, 6),
        .event_count = statement_int64(statement, 7),
        .size_bytes = statement_int64(statement, 8),
        .owner = {statement_string(statement, 9, arena), statement_string(statement, 10, arena)},
    };
    statement_reset(statement);
    return true;
}

bool events_store_archive(struct store *store, struct events_owner owner, const char *name,
                          struct arena *arena, struct events_archive *archive) {
    struct statement *statement = events_owned(store, SQL_ARCHIVE, owner);
    statement_bind_string(statement, 3, name);
    return read_archive(statement, arena, archive);
}

bool events_store_next_archive(struct store *store, struct events_owner owner, const char *after,
                               struct arena *arena, struct events_archive *archive) {
    struct statement *statement = events_owned(store, SQL_NEXT_ARCHIVE, owner);
    statement_bind_string(statement, 3, after);
    return read_archive(statement, arena, archive);
}

void events_store_put_archive(struct store *store, const struct events_archive *archive) {
    struct statement *statement = events_owned(store, SQL_PUT_ARCHIVE, archive->owner);
    const char *const strings[] = {archive->name, archive->bus_arn, archive->description, archive->pattern,
                                   archive->kms_key};
    events_bind_strings(statement, 3, strings, 5);
    statement_bind_int64(statement, 8, archive->retention_days);
    statement_bind_int64(statement, 9, archive->created_ms);
    statement_run(statement);
}

void events_store_delete_archive(struct store *store, struct events_owner owner, const char *name) {
    static const enum events_sql steps[] = {SQL_DELETE_ARCHIVED, SQL_DELETE_ARCHIVE};
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct statement *statement = events_owned(store, steps[i], owner);
        statement_bind_string(statement, 3, name);
        statement_run(statement);
    }
}

void events_store_archive_event(struct store *store, struct events_owner owner, const char *archive,
                                int64_t time_ms, struct text event) {
    struct statement *statement = events_owned(store, SQL_ADD_ARCHIVED, owner);
    statement_bind_string(statement, 3, archive);
    statement_bind_int64(statement, 4, time_ms);
    statement_bind_text(statement, 5, event);
    statement_run(statement);
}

void events_store_expire_archive(struct store *store, struct events_owner owner, const char *archive,
                                 int64_t before_ms) {
    struct statement *statement = events_owned(store, SQL_EXPIRE_ARCHIVED, owner);
    statement_bind_string(statement, 3, archive);
    statement_bind_int64(statement, 4, before_ms);
    statement_run(statement);
}

const char *events_store_next_archived(struct store *store, struct events_owner owner, const char *archive,
                                       int64_t end_ms, int64_t *time_ms, int64_t *row, struct arena *arena) {
    struct statement *statement = events_owned(store, SQL_NEXT_ARCHIVED, owner);
    statement_bind_string(statement, 3, archive);
    statement_bind_int64(statement, 4, *time_ms);
    statement_bind_int64(statement, 5, *row);
    statement_bind_int64(statement, 6, end_ms);
    if (!statement_step(statement)) {
        return NULL;
    }
    *time_ms = statement_int64(statement, 0);
    *row = statement_int64(statement, 1);
    const char *event = statement_string(statement, 2, arena);
    statement_reset(statement);
    return event;
}

/* ---- replays ---- */

static bool read_replay(struct statement *statement, struct arena *arena, struct events_replay *replay) {
    if (!statement_step(statement)) {
        return false;
    }
    *replay = (struct events_replay){
        .name = statement_string(statement, 0, arena),
        .description = statement_string(statement, 1, arena),
        .archive_arn = statement_string(statement, 2, arena),
        .destination = statement_string(statement, 3, arena),
        .state = statement_string(statement, 4, arena),
        .from_ms = statement_int64(statement, 5),
        .to_ms = statement_int64(statement, 6),
        .started_ms = statement_int64(statement, 7),
        .ended_ms = statement_int64(statement, 8),
        .last_ms = statement_int64(statement, 9),
        .owner = {statement_string(statement, 10, arena), statement_string(statement, 11, arena)},
        .id = statement_int64(statement, 12),
    };
    statement_reset(statement);
    return true;
}

bool events_store_started_replay(struct store *store, int64_t *after, struct arena *arena,
                                 struct events_replay *replay) {
    struct statement *statement = events_statement(store, SQL_STARTED_REPLAY);
    statement_bind_int64(statement, 1, *after);
    bool found = read_replay(statement, arena, replay);
    *after = found ? replay->id : *after;
    return found;
}

bool events_store_replay(struct store *store, struct events_owner owner, const char *name,
                         struct arena *arena, struct events_replay *replay) {
    struct statement *statement = events_owned(store, SQL_REPLAY, owner);
    statement_bind_string(statement, 3, name);
    return read_replay(statement, arena, replay);
}

bool events_store_next_replay(struct store *store, struct events_owner owner, const char *after,
                              struct arena *arena, struct events_replay *replay) {
    struct statement *statement = events_owned(store, SQL_NEXT_REPLAY, owner);
    statement_bind_string(statement, 3, after);
    return read_replay(statement, arena, replay);
}

void events_store_put_replay(struct store *store, const struct events_replay *replay) {
    struct statement *statement = events_owned(store, SQL_PUT_REPLAY, replay->owner);
    const char *const strings[] = {replay->name, replay->description, replay->archive_arn,
                                   replay->destination, replay->state};
    events_bind_strings(statement, 3, strings, 5);
    const int64_t numbers[] = {replay->from_ms, replay->to_ms, replay->started_ms, replay->ended_ms,
                               replay->last_ms};
    for (int i = 0; i < 5; i++) {
        statement_bind_int64(statement, 8 + i, numbers[i]);
    }
    statement_run(statement);
}
