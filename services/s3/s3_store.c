#include "services/s3/s3_sql.h"

/* ---- Buckets ---- */

bool s3_store_create_bucket(struct store *store, struct s3_bucket *bucket) {
    struct statement *create = s3_prepare(store, SQL_CREATE_BUCKET);
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
    struct statement *find = s3_prepare(store, SQL_FIND_BUCKET);
    statement_bind_text(find, 1, name);
    bool found = s3_store_next_bucket(find, arena, bucket);
    statement_reset(find);
    return found;
}

struct statement *s3_store_buckets(struct store *store, const char *account, const char *after) {
    struct statement *statement = s3_prepare(store, SQL_BUCKETS);
    statement_bind_string(statement, 1, account);
    statement_bind_string(statement, 2, after ? after : "");
    return statement;
}

bool s3_store_bucket_is_empty(struct store *store, int64_t bucket_id) {
    struct statement *statement = s3_prepare_id(store, SQL_BUCKET_IS_EMPTY, bucket_id);
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
    statement_run(s3_prepare_id(store, SQL_DELETE_BUCKET_SETTINGS, bucket_id));
    statement_run(s3_prepare_id(store, SQL_DELETE_BUCKET, bucket_id));
}

void s3_store_set_versioning(struct store *store, int64_t bucket_id, enum s3_versioning versioning) {
    struct statement *statement = s3_prepare_id(store, SQL_SET_VERSIONING, bucket_id);
    statement_bind_int64(statement, 2, versioning);
    statement_run(statement);
}

void s3_store_put_setting(struct store *store, int64_t bucket_id, const char *kind, struct text document) {
    struct statement *put = s3_prepare_id(store, SQL_PUT_SETTING, bucket_id);
    statement_bind_string(put, 2, kind);
    statement_bind_text(put, 3, document);
    statement_run(put);
}

struct text s3_store_setting(struct store *store, int64_t bucket_id, const char *kind, struct arena *arena) {
    struct statement *find = s3_prepare_id_text(store, SQL_SETTING, bucket_id, text_of(kind));
    struct text document = statement_step(find) ? s3_column_text(find, 0, arena) : TEXT_NONE;
    statement_reset(find);
    return document;
}

void s3_store_delete_setting(struct store *store, int64_t bucket_id, const char *kind) {
    statement_run(s3_prepare_id_text(store, SQL_DELETE_SETTING, bucket_id, text_of(kind)));
}

/* ---- Content ---- */

int64_t s3_store_new_content(struct store *store) {
    statement_run(s3_prepare(store, SQL_NEW_CONTENT));
    return store_last_rowid(store);
}

int64_t s3_store_add_content(struct store *store, struct text data) {
    int64_t id = s3_store_new_content(store);
    for (size_t start = 0; start < data.size; start += S3_PIECE_BYTES) {
        struct text piece = text_slice(data, start, S3_PIECE_BYTES);
        struct statement *add = s3_prepare_id(store, SQL_ADD_PIECE, id);
        statement_bind_int64(add, 2, (int64_t)start);
        statement_bind_int64(add, 3, (int64_t)piece.size);
        statement_bind_blob(add, 4, piece);
        statement_run(add);
    }
    return id;
}

void s3_store_read_content(struct store *store, int64_t content_id, int64_t start, int64_t size,
                           struct strbuf *buffer) {
    struct statement *pieces = s3_prepare_id(store, SQL_PIECES, content_id);
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
    struct statement *statement = s3_prepare_id(store, SQL_COPY_CONTENT, content_id);
    statement_bind_int64(statement, 2, copy);
    statement_run(statement);
    return copy;
}

void s3_store_move_content(struct store *store, int64_t from, int64_t to, int64_t start) {
    struct statement *statement = s3_prepare_id(store, SQL_MOVE_CONTENT, from);
    statement_bind_int64(statement, 2, to);
    statement_bind_int64(statement, 3, start);
    statement_run(statement);
}

void s3_store_delete_content(struct store *store, int64_t content_id) {
    statement_run(s3_prepare_id(store, SQL_DELETE_CONTENT, content_id));
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
        .attributes = s3_column_text(statement, 13, arena),
        .metadata = s3_column_text(statement, 14, arena),
        .parts = s3_column_text(statement, 15, arena),
        .lock_mode = statement_string(statement, 16, arena),
        .lock_until_ms = statement_int64(statement, 17),
        .legal_hold = statement_string(statement, 18, arena),
        .acl = statement_string(statement, 19, arena),
    };
    return true;
}

static void add_object(struct store *store, int64_t bucket_id, struct s3_object *object) {
    struct statement *add = s3_prepare_id(store, SQL_ADD_OBJECT, bucket_id);
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
    statement_run(s3_prepare_id(store, SQL_DELETE_TAGS, object->id));
    statement_run(s3_prepare_id(store, SQL_DELETE_OBJECT, object->id));
}

void s3_store_put_object(struct store *store, int64_t bucket_id, struct s3_object *object) {
    struct text key = text_of(object->key);
    if (strcmp(object->version_id, S3_NULL_VERSION) == 0) {
        struct arena *arena = arena_open();
        struct s3_object old;
        struct statement *find = s3_prepare_id_text(store, SQL_FIND_NULL_VERSION, bucket_id, key);
        bool found = s3_store_next_object(find, arena, &old);
        statement_reset(find);
        if (found) {
            remove_row(store, &old);
        }
        arena_close(arena);
    }
    statement_run(s3_prepare_id_text(store, SQL_UNSET_LATEST, bucket_id, key));
    add_object(store, bucket_id, object);
}

bool s3_store_find_object(struct store *store, int64_t bucket_id, struct text key, const char *version_id,
                          struct arena *arena, struct s3_object *object) {
    struct statement *find =
        s3_prepare_id_text(store, version_id ? SQL_FIND_VERSION : SQL_FIND_LATEST, bucket_id, key);
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
        statement_run(s3_prepare_id_text(store, SQL_SET_LATEST, bucket_id, text_of(object->key)));
    }
}

void s3_store_set_acl(struct store *store, int64_t object_id, const char *acl) {
    struct statement *set = s3_prepare_id(store, SQL_SET_ACL, object_id);
    statement_bind_string(set, 2, acl);
    statement_run(set);
}

void s3_store_set_lock(struct store *store, int64_t object_id, const char *mode, int64_t until_ms,
                       const char *legal_hold) {
    struct statement *set = s3_prepare_id(store, SQL_SET_LOCK, object_id);
    statement_bind_string(set, 2, mode);
    statement_bind_int64(set, 3, until_ms);
    statement_bind_string(set, 4, legal_hold);
    statement_run(set);
}

struct statement *s3_store_objects(struct store *store, int64_t bucket_id, struct text after) {
    return s3_prepare_id_text(store, SQL_OBJECTS, bucket_id, after.data ? after : TEXT(""));
}

struct statement *s3_store_versions(struct store *store, int64_t bucket_id, struct text after,
                                    int64_t after_id) {
    struct statement *statement =
        s3_prepare_id_text(store, SQL_VERSIONS, bucket_id, after.data ? after : TEXT(""));
    statement_bind_int64(statement, 3, after_id);
    return statement;
}

/* ---- Tags of objects ---- */

void s3_store_put_object_tag(struct store *store, int64_t object_id, struct text key, struct text value) {
    struct statement *put = s3_prepare_id_text(store, SQL_PUT_TAG, object_id, key);
    statement_bind_text(put, 3, value);
    statement_run(put);
}

void s3_store_delete_object_tags(struct store *store, int64_t object_id) {
    statement_run(s3_prepare_id(store, SQL_DELETE_TAGS, object_id));
}

struct statement *s3_store_object_tags(struct store *store, int64_t object_id) {
    return s3_prepare_id(store, SQL_TAGS, object_id);
}

int64_t s3_store_object_tag_count(struct store *store, int64_t object_id) {
    struct statement *count = s3_prepare_id(store, SQL_TAG_COUNT, object_id);
    int64_t number = statement_step(count) ? statement_int64(count, 0) : 0;
    statement_reset(count);
    return number;
}

/* ---- Multipart uploads ---- */

void s3_store_create_upload(struct store *store, int64_t bucket_id, struct s3_upload *upload) {
    struct statement *create = s3_prepare_id(store, SQL_CREATE_UPLOAD, bucket_id);
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
        .attributes = s3_column_text(statement, 7, arena),
        .metadata = s3_column_text(statement, 8, arena),
        .tagging = statement_string(statement, 9, arena),
        .acl = statement_string(statement, 10, arena),
    };
    return true;
}

bool s3_store_find_upload(struct store *store, int64_t bucket_id, struct text key, struct text upload_id,
                          struct arena *arena, struct s3_upload *upload) {
    struct statement *find = s3_prepare_id_text(store, SQL_FIND_UPLOAD, bucket_id, key);
    statement_bind_text(find, 3, upload_id);
    bool found = s3_store_next_upload(find, arena, upload);
    statement_reset(find);
    return found;
}

void s3_store_delete_upload(struct store *store, int64_t upload) {
    statement_run(s3_prepare_id(store, SQL_DELETE_PART_PIECES, upload));
    statement_run(s3_prepare_id(store, SQL_DELETE_PARTS, upload));
    statement_run(s3_prepare_id(store, SQL_DELETE_UPLOAD, upload));
}

struct statement *s3_store_uploads(struct store *store, int64_t bucket_id, struct text after,
                                   int64_t after_id) {
    struct statement *statement =
        s3_prepare_id_text(store, SQL_UPLOADS, bucket_id, after.data ? after : TEXT(""));
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
    struct statement *find = s3_prepare_id(store, SQL_FIND_PART, upload);
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
        struct statement *drop = s3_prepare_id(store, SQL_DELETE_PART, upload);
        statement_bind_int64(drop, 2, part->number);
        statement_run(drop);
    }
    arena_close(arena);
    struct statement *put = s3_prepare_id(store, SQL_PUT_PART, upload);
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
    struct statement *statement = s3_prepare_id(store, SQL_PARTS, upload);
    statement_bind_int64(statement, 2, after_number);
    return statement;
}
