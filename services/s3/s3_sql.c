#include "services/s3/s3_sql.h"

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

struct statement *s3_prepare(struct store *store, int index) {
    return store_statement(store, &s3_store_module, index);
}

struct statement *s3_prepare_id(struct store *store, int index, int64_t id) {
    struct statement *statement = s3_prepare(store, index);
    statement_bind_int64(statement, 1, id);
    return statement;
}

struct statement *s3_prepare_id_text(struct store *store, int index, int64_t id, struct text text) {
    struct statement *statement = s3_prepare_id(store, index, id);
    statement_bind_text(statement, 2, text);
    return statement;
}

struct text s3_column_text(struct statement *statement, int column, struct arena *arena) {
    return arena_text(arena, statement_text(statement, column));
}
