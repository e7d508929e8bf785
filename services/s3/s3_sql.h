/* The database of S3: its statements, and how they get their first parameters. Private to s3_store*.c. */
#ifndef STACKRIG_S3_SQL_H
#define STACKRIG_S3_SQL_H

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

struct statement *s3_prepare(struct store *store, int index);
/* With the id as ?1; the text or the second number as ?2. */
struct statement *s3_prepare_id(struct store *store, int index, int64_t id);
struct statement *s3_prepare_id_text(struct store *store, int index, int64_t id, struct text text);
/* In the arena. */
struct text s3_column_text(struct statement *statement, int column, struct arena *arena);

#endif
