#include "services/sqs/sqs_store.h"

enum {
    SQL_CREATE_QUEUE,
    SQL_UPDATE_QUEUE,
    SQL_QUEUES,
    SQL_DELETE_ATTRIBUTES,
    SQL_DELETE_TAGS,
    SQL_DELETE_ACCEPTED,
    SQL_DELETE_MOVES,
    SQL_DELETE_QUEUE,
    SQL_ATTRIBUTES,
    SQL_PUT_ATTRIBUTE,
    SQL_DELETE_ATTRIBUTE,
    SQL_DELETED_MS,
    SQL_NOTE_DELETED,
    SQL_FORGET_DELETED,
    SQL_TAGS,
    SQL_TAG_COUNT,
    SQL_PUT_TAG,
    SQL_DELETE_TAG,
    SQL_ADD_MESSAGE,
    SQL_ADD_BODY,
    SQL_BODY,
    SQL_UPDATE_MESSAGE,
    SQL_MOVE_MESSAGE,
    SQL_SET_SOURCE,
    SQL_DELETE_MESSAGE,
    SQL_DELETE_BODY,
    SQL_MESSAGES,
    SQL_NEXT_ID,
    SQL_SET_NEXT_ID,
    SQL_FIND_DUPLICATE,
    SQL_NOTE_ACCEPTED,
    SQL_EXPIRE_ACCEPTED,
    SQL_CREATE_MOVE,
    SQL_UPDATE_MOVE,
    SQL_MOVES,
    SQL_SETTING,
    SQL_PUT_SETTING,
    SQL_COUNT
};

static const char *const sql[SQL_COUNT] = {
    [SQL_CREATE_QUEUE] =
        "INSERT INTO sqs_queue (account, region, name, created_ms, modified_ms, purged_ms, purged_id, "
        "scope_before, scope_changed_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_UPDATE_QUEUE] = "UPDATE sqs_queue SET modified_ms = ?2, purged_ms = ?3, purged_id = ?4, "
                         "scope_before = ?5, scope_changed_ms = ?6 WHERE id = ?1",
    [SQL_QUEUES] = "SELECT id, account, region, name, created_ms, modified_ms, purged_ms, purged_id, "
                   "scope_before, scope_changed_ms FROM sqs_queue ORDER BY id",
    [SQL_DELETE_ATTRIBUTES] = "DELETE FROM sqs_attribute WHERE queue_id = ?",
    [SQL_DELETE_TAGS] = "DELETE FROM sqs_tag WHERE queue_id = ?",
    [SQL_DELETE_ACCEPTED] = "DELETE FROM sqs_accepted WHERE queue_id = ?",
    [SQL_DELETE_MOVES] = "DELETE FROM sqs_move WHERE queue_id = ?",
    [SQL_DELETE_QUEUE] = "DELETE FROM sqs_queue WHERE id = ?",
    [SQL_ATTRIBUTES] = "SELECT name, value FROM sqs_attribute WHERE queue_id = ? ORDER BY name",
    [SQL_PUT_ATTRIBUTE] = "INSERT INTO sqs_attribute (queue_id, name, value) VALUES (?, ?, ?) "
                          "ON CONFLICT (queue_id, name) DO UPDATE SET value = excluded.value",
    [SQL_DELETE_ATTRIBUTE] = "DELETE FROM sqs_attribute WHERE queue_id = ? AND name = ?",
    [SQL_DELETED_MS] = "SELECT deleted_ms FROM sqs_deleted WHERE account = ? AND region = ? AND name = ?",
    [SQL_NOTE_DELETED] = "INSERT INTO sqs_deleted (account, region, name, deleted_ms) VALUES (?, ?, ?, ?) "
                         "ON CONFLICT (account, region, name) DO UPDATE SET deleted_ms = excluded.deleted_ms",
    [SQL_FORGET_DELETED] = "DELETE FROM sqs_deleted WHERE deleted_ms < ?",
    [SQL_TAGS] = "SELECT key, value FROM sqs_tag WHERE queue_id = ? ORDER BY key",
    [SQL_TAG_COUNT] = "SELECT count(*) FROM sqs_tag WHERE queue_id = ?",
    [SQL_PUT_TAG] = "INSERT INTO sqs_tag (queue_id, key, value) VALUES (?, ?, ?) "
                    "ON CONFLICT (queue_id, key) DO UPDATE SET value = excluded.value",
    [SQL_DELETE_TAG] = "DELETE FROM sqs_tag WHERE queue_id = ? AND key = ?",
    [SQL_ADD_MESSAGE] =
        "INSERT INTO sqs_message (id, queue_id, sequence, sent_ms, due_ms, first_receive_ms, "
        "last_receive_ms, "
        "receive_count, received_before, receipt, group_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
    [SQL_ADD_BODY] = "INSERT INTO sqs_body (id, uuid, body_md5, attributes_md5, trace_header, sender, "
                     "group_id, deduplication_id, source_arn, attributes, body) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_BODY] = "SELECT uuid, body, body_md5, attributes, attributes_md5, trace_header, sender, "
                 "group_id, deduplication_id, source_arn FROM sqs_body WHERE id = ?",
    [SQL_UPDATE_MESSAGE] = "UPDATE sqs_message SET due_ms = ?2, first_receive_ms = ?3, last_receive_ms = ?4, "
                           "receive_count = ?5, receipt = ?6 WHERE id = ?1",
    [SQL_MOVE_MESSAGE] = "UPDATE sqs_message SET queue_id = ?2, sequence = ?3, sent_ms = ?4, due_ms = ?5, "
                         "receive_count = ?6, first_receive_ms = ?7, received_before = ?8 WHERE id = ?1",
    [SQL_SET_SOURCE] = "UPDATE sqs_body SET source_arn = ?2, uuid = coalesce(?3, uuid) WHERE id = ?1",
    [SQL_DELETE_MESSAGE] = "DELETE FROM sqs_message WHERE id = ?",
    [SQL_DELETE_BODY] = "DELETE FROM sqs_body WHERE id = ?",
    [SQL_MESSAGES] =
        "SELECT id, queue_id, sequence, sent_ms, due_ms, first_receive_ms, last_receive_ms, "
        "receive_count, received_before, receipt, group_id FROM sqs_message ORDER BY sequence, id",
    [SQL_NEXT_ID] = "SELECT next_id FROM sqs_counter WHERE one = 1",
    [SQL_SET_NEXT_ID] = "INSERT INTO sqs_counter (one, next_id) VALUES (1, ?) "
                        "ON CONFLICT (one) DO UPDATE SET next_id = excluded.next_id",
    [SQL_FIND_DUPLICATE] =
        "SELECT uuid, sequence FROM sqs_accepted WHERE queue_id = ? AND key = ? AND expires_ms > ?",
    [SQL_NOTE_ACCEPTED] =
        "INSERT INTO sqs_accepted (queue_id, key, expires_ms, uuid, sequence) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (queue_id, key) DO UPDATE SET expires_ms = excluded.expires_ms, uuid = excluded.uuid, "
        "sequence = excluded.sequence",
    /* Some at a time: many may expire at once. */
    [SQL_EXPIRE_ACCEPTED] =
        "DELETE FROM sqs_accepted WHERE rowid IN (SELECT rowid FROM sqs_accepted WHERE queue_id = ? "
        "AND expires_ms <= ? ORDER BY expires_ms LIMIT 16)",
    [SQL_CREATE_MOVE] =
        "INSERT INTO sqs_move (queue_id, uuid, source_arn, destination_arn, rate, status, moved, to_move, "
        "failure, started_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_UPDATE_MOVE] = "UPDATE sqs_move SET status = ?2, moved = ?3, failure = ?4 WHERE id = ?1",
    [SQL_MOVES] = "SELECT id, queue_id, uuid, source_arn, destination_arn, rate, status, moved, to_move, "
                  "failure, started_ms FROM sqs_move WHERE ?1 = 0 OR queue_id = ?1 ORDER BY id DESC",
    [SQL_SETTING] = "SELECT value FROM sqs_setting WHERE name = ?",
    [SQL_PUT_SETTING] = "INSERT INTO sqs_setting (name, value) VALUES (?, ?) "
                        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
};

/* Queue ids are in receipt handles and are never used twice (AUTOINCREMENT); message ids come from
 * sqs_counter for the same reason. */
static const char schema[] =
    "CREATE TABLE sqs_queue (id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, "
    "region TEXT NOT NULL, name TEXT NOT NULL, created_ms INTEGER NOT NULL, modified_ms INTEGER NOT NULL, "
    "purged_ms INTEGER NOT NULL, purged_id INTEGER NOT NULL, scope_before TEXT, "
    "scope_changed_ms INTEGER NOT NULL, UNIQUE (account, region, name)) STRICT;"
    "CREATE TABLE sqs_attribute (queue_id INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, "
    "UNIQUE (queue_id, name)) STRICT;"
    "CREATE TABLE sqs_tag (queue_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, "
    "UNIQUE (queue_id, key)) STRICT;"
    "CREATE TABLE sqs_deleted (account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, "
    "deleted_ms INTEGER NOT NULL, UNIQUE (account, region, name)) STRICT;"
    "CREATE TABLE sqs_message (id INTEGER PRIMARY KEY, queue_id INTEGER NOT NULL, sequence INTEGER NOT NULL, "
    "sent_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, first_receive_ms INTEGER NOT NULL, "
    "last_receive_ms INTEGER NOT NULL, receive_count INTEGER NOT NULL, received_before INTEGER NOT NULL, "
    "receipt INTEGER NOT NULL, "
    "group_id TEXT) STRICT;"
    "CREATE TABLE sqs_body (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL, body_md5 TEXT, "
    "attributes_md5 TEXT, trace_header TEXT, sender TEXT NOT NULL, group_id TEXT, deduplication_id TEXT, "
    "source_arn TEXT, "
    "attributes BLOB, body TEXT NOT NULL) STRICT;"
    "CREATE TABLE sqs_counter (one INTEGER PRIMARY KEY, next_id INTEGER NOT NULL) STRICT;"
    "CREATE TABLE sqs_accepted (queue_id INTEGER NOT NULL, key TEXT NOT NULL, expires_ms INTEGER NOT NULL, "
    "uuid TEXT NOT NULL, sequence INTEGER NOT NULL, UNIQUE (queue_id, key)) STRICT;"
    "CREATE INDEX sqs_accepted_by_time ON sqs_accepted (queue_id, expires_ms);"
    "CREATE TABLE sqs_move (id INTEGER PRIMARY KEY, queue_id INTEGER NOT NULL, uuid TEXT NOT NULL, "
    "source_arn TEXT NOT NULL, destination_arn TEXT, rate INTEGER NOT NULL, status TEXT NOT NULL, "
    "moved INTEGER NOT NULL, to_move INTEGER NOT NULL, failure TEXT, started_ms INTEGER NOT NULL) STRICT;"
    "CREATE TABLE sqs_setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;";

const struct store_module sqs_store_module = {
    .name = "sqs", .schema = schema, .sql = sql, .sql_count = SQL_COUNT};

static struct statement *prepare(struct store *store, int index) {
    return store_statement(store, &sqs_store_module, index);
}

static struct statement *prepare_id(struct store *store, int index, int64_t id) {
    struct statement *statement = prepare(store, index);
    statement_bind_int64(statement, 1, id);
    return statement;
}

/* ---- queues ---- */

void sqs_store_create_queue(struct store *store, struct sqs_queue_row *row) {
    struct statement *create = prepare(store, SQL_CREATE_QUEUE);
    statement_bind_text(create, 1, row->account);
    statement_bind_text(create, 2, row->region);
    statement_bind_text(create, 3, row->name);
    statement_bind_int64(create, 4, row->created_ms);
    statement_bind_int64(create, 5, row->modified_ms);
    statement_bind_int64(create, 6, row->purged_ms);
    statement_bind_int64(create, 7, row->purged_id);
    statement_bind_text(create, 8, row->scope_before);
    statement_bind_int64(create, 9, row->scope_changed_ms);
    statement_run(create);
    row->id = store_last_rowid(store);
}

void sqs_store_update_queue(struct store *store, const struct sqs_queue_row *row) {
    struct statement *update = prepare_id(store, SQL_UPDATE_QUEUE, row->id);
    statement_bind_int64(update, 2, row->modified_ms);
    statement_bind_int64(update, 3, row->purged_ms);
    statement_bind_int64(update, 4, row->purged_id);
    statement_bind_text(update, 5, row->scope_before);
    statement_bind_int64(update, 6, row->scope_changed_ms);
    statement_run(update);
}

void sqs_store_delete_queue(struct store *store, int64_t queue_id) {
    for (int index = SQL_DELETE_ATTRIBUTES; index <= SQL_DELETE_QUEUE; index++) {
        statement_run(prepare_id(store, index, queue_id));
    }
}

struct statement *sqs_store_queues(struct store *store) {
    return prepare(store, SQL_QUEUES);
}

bool sqs_store_next_queue(struct statement *statement, struct sqs_queue_row *row) {
    if (!statement_step(statement)) {
        return false;
    }
    *row = (struct sqs_queue_row){
        .id = statement_int64(statement, 0),
        .account = statement_text(statement, 1),
        .region = statement_text(statement, 2),
        .name = statement_text(statement, 3),
        .created_ms = statement_int64(statement, 4),
        .modified_ms = statement_int64(statement, 5),
        .purged_ms = statement_int64(statement, 6),
        .purged_id = statement_int64(statement, 7),
        .scope_before = statement_text(statement, 8),
        .scope_changed_ms = statement_int64(statement, 9),
    };
    return true;
}

struct statement *sqs_store_attributes(struct store *store, int64_t queue_id) {
    return prepare_id(store, SQL_ATTRIBUTES, queue_id);
}

void sqs_store_put_attribute(struct store *store, int64_t queue_id, const char *name, struct text value) {
    bool present = value.size > 0;
    struct statement *put = prepare_id(store, present ? SQL_PUT_ATTRIBUTE : SQL_DELETE_ATTRIBUTE, queue_id);
    statement_bind_string(put, 2, name);
    if (present) {
        statement_bind_text(put, 3, value);
    }
    statement_run(put);
}

int64_t sqs_store_deleted_ms(struct store *store, const char *account, const char *region, struct text name) {
    struct statement *find = prepare(store, SQL_DELETED_MS);
    statement_bind_string(find, 1, account);
    statement_bind_string(find, 2, region);
    statement_bind_text(find, 3, name);
    return statement_only_number(find, 0);
}

void sqs_store_note_deleted(struct store *store, const char *account, const char *region, const char *name,
                            int64_t now_ms, int64_t forget_before_ms) {
    statement_run(prepare_id(store, SQL_FORGET_DELETED, forget_before_ms));
    struct statement *note = prepare(store, SQL_NOTE_DELETED);
    statement_bind_string(note, 1, account);
    statement_bind_string(note, 2, region);
    statement_bind_string(note, 3, name);
    statement_bind_int64(note, 4, now_ms);
    statement_run(note);
}

struct statement *sqs_store_tags(struct store *store, int64_t queue_id) {
    return prepare_id(store, SQL_TAGS, queue_id);
}

int64_t sqs_store_tag_count(struct store *store, int64_t queue_id) {
    return statement_only_number(prepare_id(store, SQL_TAG_COUNT, queue_id), 0);
}

void sqs_store_put_tag(struct store *store, int64_t queue_id, struct text key, struct text value) {
    struct statement *put = prepare_id(store, SQL_PUT_TAG, queue_id);
    statement_bind_text(put, 2, key);
    statement_bind_text(put, 3, value);
    statement_run(put);
}

void sqs_store_delete_tag(struct store *store, int64_t queue_id, struct text key) {
    struct statement *delete = prepare_id(store, SQL_DELETE_TAG, queue_id);
    statement_bind_text(delete, 2, key);
    statement_run(delete);
}

/* ---- messages ---- */

void sqs_store_add_message(struct store *store, int64_t queue_id, const struct sqs_message *message,
                           const struct sqs_body *body) {
    struct statement *add = prepare_id(store, SQL_ADD_MESSAGE, message->id);
    statement_bind_int64(add, 2, queue_id);
    statement_bind_int64(add, 3, message->sequence);
    statement_bind_int64(add, 4, message->sent_ms);
    statement_bind_int64(add, 5, message->due_ms);
    statement_bind_int64(add, 6, message->first_receive_ms);
    statement_bind_int64(add, 7, message->last_receive_ms);
    statement_bind_int64(add, 8, message->receive_count);
    statement_bind_int64(add, 9, message->receipt);
    /* Standard queues have no order to rebuild from groups. */
    statement_bind_text(add, 10, message->sequence > 0 ? body->group : TEXT_NONE);
    statement_run(add);
    struct statement *put = prepare_id(store, SQL_ADD_BODY, message->id);
    statement_bind_text(put, 2, body->uuid);
    statement_bind_text(put, 3, body->body_md5);
    statement_bind_text(put, 4, body->attributes_md5);
    statement_bind_text(put, 5, body->trace_header);
    statement_bind_text(put, 6, body->sender);
    statement_bind_text(put, 7, body->group);
    statement_bind_text(put, 8, body->deduplication_id);
    statement_bind_text(put, 9, body->source_arn);
    statement_bind_blob(put, 10, body->attributes);
    statement_bind_text(put, 11, body->body);
    statement_run(put);
}

bool sqs_store_body(struct store *store, int64_t message_id, struct sqs_body *body) {
    struct statement *find = prepare_id(store, SQL_BODY, message_id);
    if (!statement_step(find)) {
        return false;
    }
    *body = (struct sqs_body){
        .uuid = statement_text(find, 0),
        .body = statement_text(find, 1),
        .body_md5 = statement_text(find, 2),
        .attributes = statement_text(find, 3),
        .attributes_md5 = statement_text(find, 4),
        .trace_header = statement_text(find, 5),
        .sender = statement_text(find, 6),
        .group = statement_text(find, 7),
        .deduplication_id = statement_text(find, 8),
        .source_arn = statement_text(find, 9),
    };
    if (!body->body_md5.data) {
        sqs_md5(body->body, body->made_md5);
        body->body_md5 = text_of(body->made_md5);
    }
    return true;
}

void sqs_store_update_message(struct store *store, const struct sqs_message *message) {
    struct statement *update = prepare_id(store, SQL_UPDATE_MESSAGE, message->id);
    statement_bind_int64(update, 2, message->due_ms);
    statement_bind_int64(update, 3, message->first_receive_ms);
    statement_bind_int64(update, 4, message->last_receive_ms);
    statement_bind_int64(update, 5, message->receive_count);
    statement_bind_int64(update, 6, message->receipt);
    statement_run(update);
}

void sqs_store_move_message(struct store *store, int64_t queue_id, const struct sqs_message *message,
                            const char *source_arn, const char *uuid) {
    struct statement *move = prepare_id(store, SQL_MOVE_MESSAGE, message->id);
    statement_bind_int64(move, 2, queue_id);
    statement_bind_int64(move, 3, message->sequence);
    statement_bind_int64(move, 4, message->sent_ms);
    statement_bind_int64(move, 5, message->due_ms);
    statement_bind_int64(move, 6, message->receive_count);
    statement_bind_int64(move, 7, message->first_receive_ms);
    statement_bind_int64(move, 8, message->received_before);
    statement_run(move);
    struct statement *set = prepare_id(store, SQL_SET_SOURCE, message->id);
    statement_bind_string(set, 2, source_arn);
    statement_bind_string(set, 3, uuid);
    statement_run(set);
}

void sqs_store_delete_message(struct store *store, int64_t message_id) {
    statement_run(prepare_id(store, SQL_DELETE_MESSAGE, message_id));
    statement_run(prepare_id(store, SQL_DELETE_BODY, message_id));
}

struct statement *sqs_store_messages(struct store *store) {
    return prepare(store, SQL_MESSAGES);
}

bool sqs_store_next_message(struct statement *statement, int64_t *queue_id, struct sqs_message *message,
                            struct text *group) {
    if (!statement_step(statement)) {
        return false;
    }
    *message = (struct sqs_message){
        .id = statement_int64(statement, 0),
        .sequence = statement_int64(statement, 2),
        .sent_ms = statement_int64(statement, 3),
        .due_ms = statement_int64(statement, 4),
        .first_receive_ms = statement_int64(statement, 5),
        .last_receive_ms = statement_int64(statement, 6),
        .receive_count = (int32_t)statement_int64(statement, 7),
        .received_before = (int32_t)statement_int64(statement, 8),
        .receipt = (uint32_t)statement_int64(statement, 9),
    };
    *queue_id = statement_int64(statement, 1);
    *group = statement_text(statement, 10);
    return true;
}

int64_t sqs_store_reserve_ids(struct store *store, int64_t count) {
    int64_t first = statement_only_number(prepare(store, SQL_NEXT_ID), 0);
    first = first > 0 ? first : 1;
    statement_run(prepare_id(store, SQL_SET_NEXT_ID, first + count));
    return first;
}

/* ---- deduplication ---- */

bool sqs_store_find_duplicate(struct store *store, int64_t queue_id, struct text key, int64_t now_ms,
                              struct text *uuid, int64_t *sequence) {
    struct statement *find = prepare_id(store, SQL_FIND_DUPLICATE, queue_id);
    statement_bind_text(find, 2, key);
    statement_bind_int64(find, 3, now_ms);
    if (!statement_step(find)) {
        return false;
    }
    *uuid = statement_text(find, 0);
    *sequence = statement_int64(find, 1);
    return true;
}

void sqs_store_note_accepted(struct store *store, int64_t queue_id, struct text key, int64_t now_ms,
                             int64_t expires_ms, const char *uuid, int64_t sequence) {
    struct statement *expire = prepare_id(store, SQL_EXPIRE_ACCEPTED, queue_id);
    statement_bind_int64(expire, 2, now_ms);
    statement_run(expire);
    struct statement *note = prepare_id(store, SQL_NOTE_ACCEPTED, queue_id);
    statement_bind_text(note, 2, key);
    statement_bind_int64(note, 3, expires_ms);
    statement_bind_string(note, 4, uuid);
    statement_bind_int64(note, 5, sequence);
    statement_run(note);
}

void sqs_store_forget_accepted(struct store *store, int64_t queue_id) {
    statement_run(prepare_id(store, SQL_DELETE_ACCEPTED, queue_id));
}

/* ---- message move tasks ---- */

void sqs_store_create_move(struct store *store, struct sqs_move_row *row) {
    struct statement *create = prepare_id(store, SQL_CREATE_MOVE, row->queue_id);
    statement_bind_text(create, 2, row->uuid);
    statement_bind_text(create, 3, row->source_arn);
    statement_bind_text(create, 4, row->destination_arn);
    statement_bind_int64(create, 5, row->rate);
    statement_bind_text(create, 6, row->status);
    statement_bind_int64(create, 7, row->moved);
    statement_bind_int64(create, 8, row->to_move);
    statement_bind_text(create, 9, row->failure);
    statement_bind_int64(create, 10, row->started_ms);
    statement_run(create);
    row->id = store_last_rowid(store);
}

void sqs_store_update_move(struct store *store, int64_t id, const char *status, int64_t moved,
                           const char *failure) {
    struct statement *update = prepare_id(store, SQL_UPDATE_MOVE, id);
    statement_bind_string(update, 2, status);
    statement_bind_int64(update, 3, moved);
    statement_bind_string(update, 4, failure);
    statement_run(update);
}

struct statement *sqs_store_moves(struct store *store, int64_t queue_id) {
    return prepare_id(store, SQL_MOVES, queue_id);
}

bool sqs_store_next_move(struct statement *statement, struct sqs_move_row *row) {
    if (!statement_step(statement)) {
        return false;
    }
    *row = (struct sqs_move_row){
        .id = statement_int64(statement, 0),
        .queue_id = statement_int64(statement, 1),
        .uuid = statement_text(statement, 2),
        .source_arn = statement_text(statement, 3),
        .destination_arn = statement_text(statement, 4),
        .rate = statement_int64(statement, 5),
        .status = statement_text(statement, 6),
        .moved = statement_int64(statement, 7),
        .to_move = statement_int64(statement, 8),
        .failure = statement_text(statement, 9),
        .started_ms = statement_int64(statement, 10),
    };
    return true;
}

/* ---- settings ---- */

struct text sqs_store_setting(struct store *store, const char *name) {
    struct statement *find = prepare(store, SQL_SETTING);
    statement_bind_string(find, 1, name);
    return statement_step(find) ? statement_text(find, 0) : TEXT_NONE;
}

void sqs_store_put_setting(struct store *store, const char *name, struct text value) {
    struct statement *put = prepare(store, SQL_PUT_SETTING);
    statement_bind_string(put, 1, name);
    statement_bind_text(put, 2, value);
    statement_run(put);
}
