/*
 * The tables of S3. A bucket's name is unique across accounts. Every version of an object is a row; the
 * content is cut into pieces of S3_PIECE_BYTES, so that no row grows beyond what SQLite likes.
 */
#ifndef STACKRIG_S3_STORE_H
#define STACKRIG_S3_STORE_H

#include "emulator/base/strbuf.h"
#include "emulator/io/store.h"

#define S3_PIECE_BYTES ((size_t)8 * 1024 * 1024)
/* Version id of objects that were put without versioning. */
#define S3_NULL_VERSION "null"

extern const struct store_module s3_store_module;

enum s3_versioning { S3_UNVERSIONED, S3_VERSIONING_ENABLED, S3_VERSIONING_SUSPENDED };

struct s3_bucket {
    int64_t id;
    const char *account;
    const char *region;
    const char *name;
    int64_t created_ms;
    enum s3_versioning versioning;
};

/* One version of an object, or a delete marker. Strings live in the arena of the reader. */
struct s3_object {
    int64_t id;
    int64_t content_id; /* 0: a delete marker */
    const char *key;
    const char *version_id;
    bool is_latest;
    bool is_delete_marker;
    int64_t size;
    const char *etag; /* without quotes */
    int64_t modified_ms;
    const char *storage_class;
    const char *checksum_algorithm; /* NULL: none */
    const char *checksum_type;
    const char *checksum;
    struct text attributes; /* JSON object: further members of PutObject by name */
    struct text metadata;   /* JSON object */
    const char *acl;        /* JSON list of grants; NULL: the owner's only */
    const char *lock_mode;  /* NULL: may be deleted; until lock_until_ms */
    int64_t lock_until_ms;
    const char *legal_hold; /* NULL, "ON", "OFF" */
    struct text parts; /* JSON list of [number, size, checksum]; absent: not made by a multipart upload */
};

/* ---- Buckets ---- */

bool s3_store_create_bucket(struct store *store, struct s3_bucket *bucket);
bool s3_store_find_bucket(struct store *store, struct text name, struct arena *arena,
                          struct s3_bucket *bucket);
/* Buckets of an account after a name, by name. */
struct statement *s3_store_buckets(struct store *store, const char *account, const char *after);
bool s3_store_next_bucket(struct statement *statement, struct arena *arena, struct s3_bucket *bucket);
/* Objects in it, delete markers too. */
bool s3_store_bucket_is_empty(struct store *store, int64_t bucket_id);
void s3_store_delete_bucket(struct store *store, int64_t bucket_id);
void s3_store_set_versioning(struct store *store, int64_t bucket_id, enum s3_versioning versioning);

/* Configurations ("Cors", "Policy" ...) as JSON or text. */
void s3_store_put_setting(struct store *store, int64_t bucket_id, const char *kind, struct text document);
/* Absent: not configured. Lives in the arena. */
struct text s3_store_setting(struct store *store, int64_t bucket_id, const char *kind, struct arena *arena);
void s3_store_delete_setting(struct store *store, int64_t bucket_id, const char *kind);

/* ---- Content ---- */

int64_t s3_store_add_content(struct store *store, struct text data);
int64_t s3_store_new_content(struct store *store);
/* Appends `size` bytes of the content from `start` on. */
void s3_store_read_content(struct store *store, int64_t content_id, int64_t start, int64_t size,
                           struct strbuf *buffer);
int64_t s3_store_copy_content(struct store *store, int64_t content_id);
/* Moves all pieces of one content behind those of another; `start` is where they begin there. */
void s3_store_move_content(struct store *store, int64_t from, int64_t to, int64_t start);
void s3_store_delete_content(struct store *store, int64_t content_id);

/* ---- Objects ---- */

/* Adds a version and makes it the latest one; a "null" version takes the place of the one before. */
void s3_store_put_object(struct store *store, int64_t bucket_id, struct s3_object *object);
/* version_id NULL: the latest, which may be a delete marker. */
bool s3_store_find_object(struct store *store, int64_t bucket_id, struct text key, const char *version_id,
                          struct arena *arena, struct s3_object *object);
/* Removes one version with its content and tags; the newest one left becomes the latest. */
void s3_store_delete_object(struct store *store, int64_t bucket_id, const struct s3_object *object);
void s3_store_set_acl(struct store *store, int64_t object_id, const char *acl);
void s3_store_set_lock(struct store *store, int64_t object_id, const char *mode, int64_t until_ms,
                       const char *legal_hold);

/* Latest versions that are no delete markers, after a key, by key. */
struct statement *s3_store_objects(struct store *store, int64_t bucket_id, struct text after);
/* All versions from a place on: keys after `after`, or of that key those older than `after_id`. */
struct statement *s3_store_versions(struct store *store, int64_t bucket_id, struct text after,
                                    int64_t after_id);
bool s3_store_next_object(struct statement *statement, struct arena *arena, struct s3_object *object);

/* ---- Tags of objects ---- */

void s3_store_put_object_tag(struct store *store, int64_t object_id, struct text key, struct text value);
void s3_store_delete_object_tags(struct store *store, int64_t object_id);
/* Rows of key and value, as they were given. */
struct statement *s3_store_object_tags(struct store *store, int64_t object_id);
int64_t s3_store_object_tag_count(struct store *store, int64_t object_id);

/* ---- Multipart uploads ---- */

struct s3_upload {
    int64_t id;
    const char *upload_id;
    const char *key;
    int64_t initiated_ms;
    const char *storage_class;
    const char *checksum_algorithm; /* NULL: the client named none */
    const char *checksum_type;
    struct text attributes;
    struct text metadata;
    const char *acl;     /* as of objects */
    const char *tagging; /* of x-amz-tagging; NULL: none */
};

struct s3_part {
    int64_t number;
    int64_t content_id;
    int64_t size;
    const char *etag;
    int64_t modified_ms;
    const char *checksum_algorithm; /* NULL: none */
    const char *checksum;
};

void s3_store_create_upload(struct store *store, int64_t bucket_id, struct s3_upload *upload);
bool s3_store_find_upload(struct store *store, int64_t bucket_id, struct text key, struct text upload_id,
                          struct arena *arena, struct s3_upload *upload);
/* With all parts and what is still theirs of the content (see s3_store_move_content()). */
void s3_store_delete_upload(struct store *store, int64_t upload);
/* Uploads by key, then by age, after a place. */
struct statement *s3_store_uploads(struct store *store, int64_t bucket_id, struct text after,
                                   int64_t after_id);
bool s3_store_next_upload(struct statement *statement, struct arena *arena, struct s3_upload *upload);
/* Takes the place of a part with the same number. */
void s3_store_put_part(struct store *store, int64_t upload, const struct s3_part *part);
struct statement *s3_store_parts(struct store *store, int64_t upload, int64_t after_number);
bool s3_store_next_part(struct statement *statement, struct arena *arena, struct s3_part *part);
bool s3_store_find_part(struct store *store, int64_t upload, int64_t number, struct arena *arena,
                        struct s3_part *part);

#endif
