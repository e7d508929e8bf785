#include "services/s3/s3_store.h"

enum {
    SQL_CREATE_BUCKET,
    SQL_FIND_BUCKET,
    SQL_BUCKETS,
    SQL_BUCKET_IS_EMPTY,
    SQL_DELETE_BUCKET_SETTINGS,
    SQL_DELETE_BUCKET,
    SQL_SET_VERSIONING,
    SQL_PUT_SETTING,
    SQL_SETTING,
    SQL_DELETE_SETTING,
    SQL_NEW_CONTENT,
    SQL_ADD_PIECE,
    SQL_PIECES,
    SQL_COPY_CONTENT,
    SQL_MOVE_CONTENT,
    SQL_DELETE_CONTENT,
    SQL_FIND_NULL_VERSION,
    SQL_UNSET_LATEST,
    SQL_ADD_OBJECT,
    SQL_FIND_LATEST,
    SQL_FIND_VERSION,
    SQL_DELETE_OBJECT,
    SQL_SET_LATEST,
    SQL_SET_LOCK,
    SQL_SET_ACL,
    SQL_OBJECTS,
    SQL_VERSIONS,
    SQL_PUT_TAG,
    SQL_DELETE_TAGS,
    SQL_TAGS,
    SQL_TAG_COUNT,
    SQL_CREATE_UPLOAD,
    SQL_FIND_UPLOAD,
    SQL_UPLOADS,
    SQL_DELETE_PART_PIECES,
    SQL_DELETE_PARTS,
    SQL_DELETE_UPLOAD,
    SQL_FIND_PART,
    SQL_DELETE_PART,
    SQL_PUT_PART,
    SQL_PARTS,
    SQL_COUNT
};

#define BUCKET_COLUMNS "SELECT id, account, region, name, created_ms, versioning FROM s3_bucket "
#define OBJECT_COLUMNS                                                                                       \
    "SELECT id, content_id, key, version_id, is_latest, is_delete_marker, size, etag, modified_ms, "         \
    "storage_class, checksum_algorithm, checksum_type, checksum, attributes, metadata, parts, lock_mode, "   \
    "lock_until_ms, legal_hold, acl FROM s3_object WHERE bucket_id = ?1 "
#define UPLOAD_COLUMNS                                                                                       \
    "SELECT id, upload_id, key, initiated_ms, storage_class, checksum_algorithm, checksum_type, "            \
    "attributes, "                                                                                           \
    "metadata, tagging, acl FROM s3_upload WHERE bucket_id = ?1 "
#define PART_COLUMNS                                                                                         \
    "SELECT number, content_id, size, etag, modified_ms, checksum_algorithm, checksum FROM s3_part "         \
    "WHERE upload = ?1 "

static const char *const sql[SQL_COUNT] = {
    [SQL_CREATE_BUCKET] =
        "INSERT INTO s3_bucket (account, region, name, created_ms, versioning) VALUES (?, ?, ?, ?, ?)",
    [SQL_FIND_BUCKET] = BUCKET_COLUMNS "WHERE name = ?",
    [SQL_BUCKETS] = BUCKET_COLUMNS "WHERE account = ? AND name > ? ORDER BY name",
    [SQL_BUCKET_IS_EMPTY] = "SELECT 1 FROM s3_object WHERE bucket_id = ? LIMIT 1",
    [SQL_DELETE_BUCKET_SETTINGS] = "DELETE FROM s3_setting WHERE bucket_id = ?",
    [SQL_DELETE_BUCKET] = "DELETE FROM s3_bucket WHERE id = ?",
    [SQL_SET_VERSIONING] = "UPDATE s3_bucket SET versioning = ?2 WHERE id = ?1",
    [SQL_PUT_SETTING] = "INSERT INTO s3_setting (bucket_id, kind, document) VALUES (?, ?, ?) "
                        "ON CONFLICT (bucket_id, kind) DO UPDATE SET document = excluded.document",
    [SQL_SETTING] = "SELECT document FROM s3_setting WHERE bucket_id = ? AND kind = ?",
    [SQL_DELETE_SETTING] = "DELETE FROM s3_setting WHERE bucket_id = ? AND kind = ?",
    [SQL_NEW_CONTENT] = "INSERT INTO s3_content (id) VALUES (NULL)",
    [SQL_ADD_PIECE] = "INSERT INTO s3_piece (content_id, start, size, data) VALUES (?, ?, ?, ?)",
    [SQL_PIECES] =
        "SELECT start, data FROM s3_piece WHERE content_id = ?1 AND start < ?3 AND start + size > ?2 "
        "ORDER BY start",
    [SQL_COPY_CONTENT] = "INSERT INTO s3_piece (content_id, start, size, data) "
                         "SELECT ?2, start, size, data FROM s3_piece WHERE content_id = ?1",
    [SQL_MOVE_CONTENT] = "UPDATE s3_piece SET content_id = ?2, start = start + ?3 WHERE content_id = ?1",
    [SQL_DELETE_CONTENT] = "DELETE FROM s3_piece WHERE content_id = ?",
    [SQL_FIND_NULL_VERSION] = OBJECT_COLUMNS "AND key = ?2 AND version_id = 'null'",
    [SQL_UNSET_LATEST] =
        "UPDATE s3_object SET is_latest = 0 WHERE bucket_id = ? AND key = ? AND is_latest = 1",
    [SQL_ADD_OBJECT] =
        "INSERT INTO s3_object (bucket_id, content_id, key, version_id, is_latest, is_delete_marker, "
        "size, etag, modified_ms, storage_class, checksum_algorithm, checksum_type, checksum, "
        "attributes, metadata, parts, lock_mode, lock_until_ms, legal_hold, acl) "
        "VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_FIND_LATEST] = OBJECT_COLUMNS "AND key = ?2 AND is_latest = 1",
    [SQL_FIND_VERSION] = OBJECT_COLUMNS "AND key = ?2 AND version_id = ?3",
    [SQL_DELETE_OBJECT] = "DELETE FROM s3_object WHERE id = ?",
    [SQL_SET_LATEST] = "UPDATE s3_object SET is_latest = 1 WHERE id = "
                       "(SELECT max(id) FROM s3_object WHERE bucket_id = ? AND key = ?)",
    [SQL_SET_ACL] = "UPDATE s3_object SET acl = ?2 WHERE id = ?1",
    [SQL_SET_LOCK] = "UPDATE s3_object SET lock_mode = ?2, lock_until_ms = ?3, legal_hold = ?4 WHERE id = ?1",
    [SQL_OBJECTS] = OBJECT_COLUMNS "AND is_latest = 1 AND is_delete_marker = 0 AND key > ?2 ORDER BY key",
    [SQL_VERSIONS] = OBJECT_COLUMNS "AND (key > ?2 OR (key = ?2 AND id < ?3)) ORDER BY key, id DESC",
    [SQL_PUT_TAG] = "INSERT INTO s3_object_tag (object_id, key, value) VALUES (?, ?, ?)",
    [SQL_DELETE_TAGS] = "DELETE FROM s3_object_tag WHERE object_id = ?",
    [SQL_TAGS] = "SELECT key, value FROM s3_object_tag WHERE object_id = ? ORDER BY id",
    [SQL_TAG_COUNT] = "SELECT count(*) FROM s3_object_tag WHERE object_id = ?",
    [SQL_CREATE_UPLOAD] = "INSERT INTO s3_upload (bucket_id, upload_id, key, initiated_ms, storage_class, "
                          "checksum_algorithm, checksum_type, attributes, metadata, tagging, acl) "
                          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_FIND_UPLOAD] = UPLOAD_COLUMNS "AND key = ?2 AND upload_id = ?3",
    [SQL_UPLOADS] = UPLOAD_COLUMNS "AND (key > ?2 OR (key = ?2 AND id > ?3)) ORDER BY key, id",
    [SQL_DELETE_PART_PIECES] =
        "DELETE FROM s3_piece WHERE content_id IN (SELECT content_id FROM s3_part WHERE upload = ?)",
    [SQL_DELETE_PARTS] = "DELETE FROM s3_part WHERE upload = ?",
    [SQL_DELETE_UPLOAD] = "DELETE FROM s3_upload WHERE id = ?",
    [SQL_FIND_PART] = PART_COLUMNS "AND number = ?2",
    [SQL_DELETE_PART] = "DELETE FROM s3_part WHERE upload = ? AND number = ?",
    [SQL_PUT_PART] =
        "INSERT INTO s3_part (upload, number, content_id, size, etag, modified_ms, checksum_algorithm, "
        "checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_PARTS] = PART_COLUMNS "AND number > ?2 ORDER BY number",
};

const struct store_module s3_store_module = {
    .name = "s3",
    .schema =
        "CREATE TABLE IF NOT EXISTS s3_bucket (id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL,"
        " region TEXT NOT NULL, name TEXT NOT NULL UNIQUE, created_ms INTEGER NOT NULL,"
        " versioning INTEGER NOT NULL) STRICT;"
        "CREATE INDEX IF NOT EXISTS s3_bucket_account ON s3_bucket (account, name);"
        "CREATE TABLE IF NOT EXISTS s3_setting (bucket_id INTEGER NOT NULL, kind TEXT NOT NULL,"
        " document TEXT NOT NULL, UNIQUE (bucket_id, kind)) STRICT;"
        "CREATE TABLE IF NOT EXISTS s3_content (id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT;"
        "CREATE TABLE IF NOT EXISTS s3_piece (content_id INTEGER NOT NULL, start INTEGER NOT NULL,"
        " size INTEGER NOT NULL, data BLOB NOT NULL, UNIQUE (content_id, start)) STRICT;"
        "CREATE TABLE IF NOT EXISTS s3_object (id INTEGER PRIMARY KEY AUTOINCREMENT,"
        " bucket_id INTEGER NOT NULL, content_id INTEGER NOT NULL, key TEXT NOT NULL,"
        " version_id TEXT NOT NULL, is_latest INTEGER NOT NULL, is_delete_marker INTEGER NOT NULL,"
        " size INTEGER NOT NULL, etag TEXT, modified_ms INTEGER NOT NULL, storage_class TEXT,"
        " checksum_algorithm TEXT, checksum_type TEXT, checksum TEXT, attributes TEXT, metadata TEXT,"
        " parts TEXT, lock_mode TEXT, lock_until_ms INTEGER NOT NULL, legal_hold TEXT, acl TEXT,"
        " UNIQUE (bucket_id, key, version_id)) STRICT;"
        "CREATE UNIQUE INDEX IF NOT EXISTS s3_object_latest ON s3_object (bucket_id, key) WHERE is_latest = "
        "1;"
        "CREATE INDEX IF NOT EXISTS s3_object_age ON s3_object (bucket_id, key, id DESC);"
        "CREATE TABLE IF NOT EXISTS s3_object_tag (id INTEGER PRIMARY KEY, object_id INTEGER NOT NULL,"
        " key TEXT NOT NULL, value TEXT NOT NULL, UNIQUE (object_id, key)) STRICT;"
        "CREATE TABLE IF NOT EXISTS s3_upload (id INTEGER PRIMARY KEY AUTOINCREMENT,"
        " bucket_id INTEGER NOT NULL, upload_id TEXT NOT NULL UNIQUE, key TEXT NOT NULL,"
        " initiated_ms INTEGER NOT NULL, storage_class TEXT NOT NULL, checksum_algorithm TEXT,"
        " checksum_type TEXT, attributes TEXT, metadata TEXT, tagging TEXT, acl TEXT) STRICT;"
        "CREATE INDEX IF NOT EXISTS s3_upload_key ON s3_upload (bucket_id, key, id);"
        "CREATE TABLE IF NOT EXISTS s3_part (upload INTEGER NOT NULL, number INTEGER NOT NULL,"
        " content_id INTEGER NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,"
        " modified_ms INTEGER NOT NULL, checksum_algorithm TEXT, checksum TEXT, UNIQUE (upload, number)) "
        "STRICT;",
    .sql = sql,
    .sql_count = SQL_COUNT,
};

static struct statement *prepare(struct store *store, int index) {
    return store_statement(store, &s3_store_module, index);
}

static struct statement *prepare_id(struct store *store, int index, int64_t id) {
    struct statement *statement = prepare(store, index);
    statement_bind_int64(statement, 1, id);
    return statement;
}

static struct statement *prepare_id_text(struct store *store, int index, int64_t id, struct text text) {
    struct statement *statement = prepare_id(store, index, id);
    statement_bind_text(statement, 2, text);
    return statement;
}

static struct text column_text(struct statement *statement, int column, struct arena *arena) {
    return arena_text(arena, statement_text(statement, column));
}

/* ---- Buckets ---- */

bool s3_store_create_bucket(struct store *store, struct s3_bucket *bucket) {
    struct statement *create = prepare(store, SQL_CREATE_BUCKET);
    statement_bind_string(create, 1, bucket->account);
    statement_bind_string(create, 2, bucket->region);
    statement_bind_string(create, 3, bucket->name);
    statement_bind_int64(create, 4, bucket->created_ms);
    statement_bind_int64(create, 5, bucket->versioning);
    if (!statement_run_unique(create)) {
        return false;
    }
    bucket->id = store_last_rowid(store);
    return true;
}

bool s3_store_next_bucket(struct statement *statement, struct arena *arena, struct s3_bucket *bucket) {
    if (!statement_step(statement)) {
        return false;
    }
    *bucket = (struct s3_bucket){
        .id = statement_int64(statement, 0),
        .account = statement_string(statement, 1, arena),
        .region = statement_string(statement, 2, arena),
        .name = statement_string(statement, 3, arena),
        .created_ms = statement_int64(statement, 4),
        .versioning = (enum s3_versioning)statement_int64(statement, 5),
    };
    return true;
}

bool s3_store_find_bucket(struct store *store, struct text name, struct arena *arena,
                          struct s3_bucket *bucket) {
    struct statement *find = prepare(store, SQL_FIND_BUCKET);
    statement_bind_text(find, 1, name);
    bool found = s3_store_next_bucket(find, arena, bucket);
    statement_reset(find);
    return found;
}

struct statement *s3_store_buckets(struct store *store, const char *account, const char *after) {
    struct statement *statement = prepare(store, SQL_BUCKETS);
    statement_bind_string(statement, 1, account);
    statement_bind_string(statement, 2, after ? after : "");
    return statement;
}

bool s3_store_bucket_is_empty(struct store *store, int64_t bucket_id) {
    struct statement *statement = prepare_id(store, SQL_BUCKET_IS_EMPTY, bucket_id);
    bool empty = !statement_step(statement);
    statement_reset(statement);
    return empty;
}

void s3_store_delete_bucket(struct store *store, int64_t bucket_id) {
    struct s3_upload upload;
    struct arena *arena = arena_open();
    struct statement *uploads = s3_store_uploads(store, bucket_id, TEXT(""), 0);
    while (s3_store_next_upload(uploads, arena, &upload)) {
        s3_store_delete_upload(store, upload.id);
    }
    arena_close(arena);
    statement_run(prepare_id(store, SQL_DELETE_BUCKET_SETTINGS, bucket_id));
    statement_run(prepare_id(store, SQL_DELETE_BUCKET, bucket_id));
}

void s3_store_set_versioning(struct store *store, int64_t bucket_id, enum s3_versioning versioning) {
    struct statement *statement = prepare_id(store, SQL_SET_VERSIONING, bucket_id);
    statement_bind_int64(statement, 2, versioning);
    statement_run(statement);
}

void s3_store_put_setting(struct store *store, int64_t bucket_id, const char *kind, struct text document) {
    struct statement *put = prepare_id(store, SQL_PUT_SETTING, bucket_id);
    statement_bind_string(put, 2, kind);
    statement_bind_text(put, 3, document);
    statement_run(put);
}

struct text s3_store_setting(struct store *store, int64_t bucket_id, const char *kind, struct arena *arena) {
    struct statement *find = prepare_id_text(store, SQL_SETTING, bucket_id, text_of(kind));
    struct text document = statement_step(find) ? column_text(find, 0, arena) : TEXT_NONE;
    statement_reset(find);
    return document;
}

void s3_store_delete_setting(struct store *store, int64_t bucket_id, const char *kind) {
    statement_run(prepare_id_text(store, SQL_DELETE_SETTING, bucket_id, text_of(kind)));
}

/* ---- Content ---- */

int64_t s3_store_new_content(struct store *store) {
    statement_run(prepare(store, SQL_NEW_CONTENT));
    return store_last_rowid(store);
}

int64_t s3_store_add_content(struct store *store, struct text data) {
    int64_t id = s3_store_new_content(store);
    for (size_t start = 0; start < data.size; start += S3_PIECE_BYTES) {
        struct text piece = text_slice(data, start, S3_PIECE_BYTES);
        struct statement *add = prepare_id(store, SQL_ADD_PIECE, id);
        statement_bind_int64(add, 2, (int64_t)start);
        statement_bind_int64(add, 3, (int64_t)piece.size);
        statement_bind_blob(add, 4, piece);
        statement_run(add);
    }
    return id;
}

void s3_store_read_content(struct store *store, int64_t content_id, int64_t start, int64_t size,
                           struct strbuf *buffer) {
    struct statement *pieces = prepare_id(store, SQL_PIECES, content_id);
    statement_bind_int64(pieces, 2, start);
    statement_bind_int64(pieces, 3, start + size);
    strbuf_reserve(buffer, (size_t)size);
    while (statement_step(pieces)) {
        int64_t piece_start = statement_int64(pieces, 0);
        struct text data = statement_text(pieces, 1);
        int64_t skip = start > piece_start ? start - piece_start : 0;
        int64_t left = start + size - (piece_start + skip);
        strbuf_append_text(buffer, text_slice(data, (size_t)skip, (size_t)left));
    }
}

int64_t s3_store_copy_content(struct store *store, int64_t content_id) {
    int64_t copy = s3_store_new_content(store);
    struct statement *statement = prepare_id(store, SQL_COPY_CONTENT, content_id);
    statement_bind_int64(statement, 2, copy);
    statement_run(statement);
    return copy;
}

void s3_store_move_content(struct store *store, int64_t from, int64_t to, int64_t start) {
    struct statement *statement = prepare_id(store, SQL_MOVE_CONTENT, from);
    statement_bind_int64(statement, 2, to);
    statement_bind_int64(statement, 3, start);
    statement_run(statement);
}

void s3_store_delete_content(struct store *store, int64_t content_id) {
    statement_run(prepare_id(store, SQL_DELETE_CONTENT, content_id));
}

/* ---- Objects ---- */

bool s3_store_next_object(struct statement *statement, struct arena *arena, struct s3_object *object) {
    if (!statement_step(statement)) {
        return false;
    }
    *object = (struct s3_object){
        .id = statement_int64(statement, 0),
        .content_id = statement_int64(statement, 1),
        .key = statement_string(statement, 2, arena),
        .version_id = statement_string(statement, 3, arena),
        .is_latest = statement_int64(statement, 4) != 0,
        .is_delete_marker = statement_int64(statement, 5) != 0,
        .size = statement_int64(statement, 6),
        .etag = statement_string(statement, 7, arena),
        .modified_ms = statement_int64(statement, 8),
        .storage_class = statement_string(statement, 9, arena),
        .checksum_algorithm = statement_string(statement, 10, arena),
        .checksum_type = statement_string(statement, 11, arena),
        .checksum = statement_string(statement, 12, arena),
        .attributes = column_text(statement, 13, arena),
        .metadata = column_text(statement, 14, arena),
        .parts = column_text(statement, 15, arena),
        .lock_mode = statement_string(statement, 16, arena),
        .lock_until_ms = statement_int64(statement, 17),
        .legal_hold = statement_string(statement, 18, arena),
        .acl = statement_string(statement, 19, arena),
    };
    return true;
}

static void add_object(struct store *store, int64_t bucket_id, struct s3_object *object) {
    struct statement *add = prepare_id(store, SQL_ADD_OBJECT, bucket_id);
    statement_bind_int64(add, 2, object->content_id);
    statement_bind_string(add, 3, object->key);
    statement_bind_string(add, 4, object->version_id);
    statement_bind_int64(add, 5, object->is_delete_marker);
    statement_bind_int64(add, 6, object->size);
    statement_bind_string(add, 7, object->etag);
    statement_bind_int64(add, 8, object->modified_ms);
    statement_bind_string(add, 9, object->storage_class);
    statement_bind_string(add, 10, object->checksum_algorithm);
    statement_bind_string(add, 11, object->checksum_type);
    statement_bind_string(add, 12, object->checksum);
    statement_bind_text(add, 13, object->attributes);
    statement_bind_text(add, 14, object->metadata);
    statement_bind_text(add, 15, object->parts);
    statement_bind_string(add, 16, object->lock_mode);
    statement_bind_int64(add, 17, object->lock_until_ms);
    statement_bind_string(add, 18, object->legal_hold);
    statement_bind_string(add, 19, object->acl);
    statement_run(add);
    object->id = store_last_rowid(store);
}

static void remove_row(struct store *store, const struct s3_object *object) {
    if (object->content_id) {
        s3_store_delete_content(store, object->content_id);
    }
    statement_run(prepare_id(store, SQL_DELETE_TAGS, object->id));
    statement_run(prepare_id(store, SQL_DELETE_OBJECT, object->id));
}

void s3_store_put_object(struct store *store, int64_t bucket_id, struct s3_object *object) {
    struct text key = text_of(object->key);
    if (strcmp(object->version_id, S3_NULL_VERSION) == 0) {
        struct arena *arena = arena_open();
        struct s3_object old;
        struct statement *find = prepare_id_text(store, SQL_FIND_NULL_VERSION, bucket_id, key);
        bool found = s3_store_next_object(find, arena, &old);
        statement_reset(find);
        if (found) {
            remove_row(store, &old);
        }
        arena_close(arena);
    }
    statement_run(prepare_id_text(store, SQL_UNSET_LATEST, bucket_id, key));
    add_object(store, bucket_id, object);
}

bool s3_store_find_object(struct store *store, int64_t bucket_id, struct text key, const char *version_id,
                          struct arena *arena, struct s3_object *object) {
    struct statement *find =
        prepare_id_text(store, version_id ? SQL_FIND_VERSION : SQL_FIND_LATEST, bucket_id, key);
    if (version_id) {
        statement_bind_string(find, 3, version_id);
    }
    bool found = s3_store_next_object(find, arena, object);
    statement_reset(find);
    return found;
}

void s3_store_delete_object(struct store *store, int64_t bucket_id, const struct s3_object *object) {
    remove_row(store, object);
    if (object->is_latest) {
        statement_run(prepare_id_text(store, SQL_SET_LATEST, bucket_id, text_of(object->key)));
    }
}

void s3_store_set_acl(struct store *store, int64_t object_id, const char *acl) {
    struct statement *set = prepare_id(store, SQL_SET_ACL, object_id);
    statement_bind_string(set, 2, acl);
    statement_run(set);
}

void s3_store_set_lock(struct store *store, int64_t object_id, const char *mode, int64_t until_ms,
                       const char *legal_hold) {
    struct statement *set = prepare_id(store, SQL_SET_LOCK, object_id);
    statement_bind_string(set, 2, mode);
    statement_bind_int64(set, 3, until_ms);
    statement_bind_string(set, 4, legal_hold);
    statement_run(set);
}

struct statement *s3_store_objects(struct store *store, int64_t bucket_id, struct text after) {
    return prepare_id_text(store, SQL_OBJECTS, bucket_id, after.data ? after : TEXT(""));
}

struct statement *s3_store_versions(struct store *store, int64_t bucket_id, struct text after,
                                    int64_t after_id) {
    struct statement *statement =
        prepare_id_text(store, SQL_VERSIONS, bucket_id, after.data ? after : TEXT(""));
    statement_bind_int64(statement, 3, after_id);
    return statement;
}

/* ---- Tags of objects ---- */

void s3_store_put_object_tag(struct store *store, int64_t object_id, struct text key, struct text value) {
    struct statement *put = prepare_id_text(store, SQL_PUT_TAG, object_id, key);
    statement_bind_text(put, 3, value);
    statement_run(put);
}

void s3_store_delete_object_tags(struct store *store, int64_t object_id) {
    statement_run(prepare_id(store, SQL_DELETE_TAGS, object_id));
}

struct statement *s3_store_object_tags(struct store *store, int64_t object_id) {
    return prepare_id(store, SQL_TAGS, object_id);
}

int64_t s3_store_object_tag_count(struct store *store, int64_t object_id) {
    struct statement *count = prepare_id(store, SQL_TAG_COUNT, object_id);
    int64_t number = statement_step(count) ? statement_int64(count, 0) : 0;
    statement_reset(count);
    return number;
}

/* ---- Multipart uploads ---- */

void s3_store_create_upload(struct store *store, int64_t bucket_id, struct s3_upload *upload) {
    struct statement *create = prepare_id(store, SQL_CREATE_UPLOAD, bucket_id);
    statement_bind_string(create, 2, upload->upload_id);
    statement_bind_string(create, 3, upload->key);
    statement_bind_int64(create, 4, upload->initiated_ms);
    statement_bind_string(create, 5, upload->storage_class);
    statement_bind_string(create, 6, upload->checksum_algorithm);
    statement_bind_string(create, 7, upload->checksum_type);
    statement_bind_text(create, 8, upload->attributes);
    statement_bind_text(create, 9, upload->metadata);
    statement_bind_string(create, 10, upload->tagging);
    statement_bind_string(create, 11, upload->acl);
    statement_run(create);
    upload->id = store_last_rowid(store);
}

bool s3_store_next_upload(struct statement *statement, struct arena *arena, struct s3_upload *upload) {
    if (!statement_step(statement)) {
        return false;
    }
    *upload = (struct s3_upload){
        .id = statement_int64(statement, 0),
        .upload_id = statement_string(statement, 1, arena),
        .key = statement_string(statement, 2, arena),
        .initiated_ms = statement_int64(statement, 3),
        .storage_class = statement_string(statement, 4, arena),
        .checksum_algorithm = statement_string(statement, 5, arena),
        .checksum_type = statement_string(statement, 6, arena),
        .attributes = column_text(statement, 7, arena),
        .metadata = column_text(statement, 8, arena),
        .tagging = statement_string(statement, 9, arena),
        .acl = statement_string(statement, 10, arena),
    };
    return true;
}

bool s3_store_find_upload(struct store *store, int64_t bucket_id, struct text key, struct text upload_id,
                          struct arena *arena, struct s3_upload *upload) {
    struct statement *find = prepare_id_text(store, SQL_FIND_UPLOAD, bucket_id, key);
    statement_bind_text(find, 3, upload_id);
    bool found = s3_store_next_upload(find, arena, upload);
    statement_reset(find);
    return found;
}

void s3_store_delete_upload(struct store *store, int64_t upload) {
    statement_run(prepare_id(store, SQL_DELETE_PART_PIECES, upload));
    statement_run(prepare_id(store, SQL_DELETE_PARTS, upload));
    statement_run(prepare_id(store, SQL_DELETE_UPLOAD, upload));
}

struct statement *s3_store_uploads(struct store *store, int64_t bucket_id, struct text after,
                                   int64_t after_id) {
    struct statement *statement =
        prepare_id_text(store, SQL_UPLOADS, bucket_id, after.data ? after : TEXT(""));
    statement_bind_int64(statement, 3, after_id);
    return statement;
}

bool s3_store_next_part(struct statement *statement, struct arena *arena, struct s3_part *part) {
    if (!statement_step(statement)) {
        return false;
    }
    *part = (struct s3_part){
        .number = statement_int64(statement, 0),
        .content_id = statement_int64(statement, 1),
        .size = statement_int64(statement, 2),
        .etag = statement_string(statement, 3, arena),
        .modified_ms = statement_int64(statement, 4),
        .checksum_algorithm = statement_string(statement, 5, arena),
        .checksum = statement_string(statement, 6, arena),
    };
    return true;
}

bool s3_store_find_part(struct store *store, int64_t upload, int64_t number, struct arena *arena,
                        struct s3_part *part) {
    struct statement *find = prepare_id(store, SQL_FIND_PART, upload);
    statement_bind_int64(find, 2, number);
    bool found = s3_store_next_part(find, arena, part);
    statement_reset(find);
    return found;
}

void s3_store_put_part(struct store *store, int64_t upload, const struct s3_part *part) {
    struct s3_part old;
    struct arena *arena = arena_open();
    if (s3_store_find_part(store, upload, part->number, arena, &old)) {
        s3_store_delete_content(store, old.content_id);
        struct statement *drop = prepare_id(store, SQL_DELETE_PART, upload);
        statement_bind_int64(drop, 2, part->number);
        statement_run(drop);
    }
    arena_close(arena);
    struct statement *put = prepare_id(store, SQL_PUT_PART, upload);
    statement_bind_int64(put, 2, part->number);
    statement_bind_int64(put, 3, part->content_id);
    statement_bind_int64(put, 4, part->size);
    statement_bind_string(put, 5, part->etag);
    statement_bind_int64(put, 6, part->modified_ms);
    statement_bind_string(put, 7, part->checksum_algorithm);
    statement_bind_string(put, 8, part->checksum);
    statement_run(put);
}

struct statement *s3_store_parts(struct store *store, int64_t upload, int64_t after_number) {
    struct statement *statement = prepare_id(store, SQL_PARTS, upload);
    statement_bind_int64(statement, 2, after_number);
    return statement;
}
