/*
 * S3. s3.c lists the operations; s3_buckets.c has buckets, s3_settings.c their configurations, s3_objects.c
 * putting and reading objects, s3_delete.c deleting, s3_copy.c copying, s3_lock.c retention, s3_acl.c access
 * control lists, s3_listing.c lists, s3_tagging.c tags, s3_multipart.c and s3_complete.c uploads in parts,
 * s3_notifications.c events. s3_conditions and s3_checksum are pure.
 */
#ifndef STACKRIG_S3_H
#define STACKRIG_S3_H

#include "emulator/core/service.h"
#include "services/s3/model.h"
#include "services/s3/s3_checksum.h"
#include "services/s3/s3_errors.h"
#include "services/s3/s3_store.h"

#define S3_MAXIMUM_OBJECT_TAGS 10
/* 5 TiB, as on AWS: beyond what memory holds. */
#define S3_MAXIMUM_OBJECT_BYTES ((size_t)5 << 40)

extern const struct service s3_service;

struct result s3_create_bucket(struct call *call, struct input input);
struct result s3_head_bucket(struct call *call, struct input input);
struct result s3_delete_bucket(struct call *call, struct input input);
struct result s3_list_buckets(struct call *call, struct input input);
struct result s3_get_bucket_location(struct call *call, struct input input);
struct result s3_put_bucket_versioning(struct call *call, struct input input);
struct result s3_get_bucket_versioning(struct call *call, struct input input);

struct result s3_put_setting(struct call *call, struct input input);
struct result s3_get_setting(struct call *call, struct input input);
struct result s3_delete_setting(struct call *call, struct input input);
struct result s3_put_bucket_policy(struct call *call, struct input input);
struct result s3_get_bucket_policy(struct call *call, struct input input);
struct result s3_put_bucket_notification(struct call *call, struct input input);

struct result s3_put_object(struct call *call, struct input input);
struct result s3_get_object(struct call *call, struct input input);
struct result s3_head_object(struct call *call, struct input input);
struct result s3_get_object_attributes(struct call *call, struct input input);
struct result s3_copy_object(struct call *call, struct input input);
struct result s3_delete_object(struct call *call, struct input input);
struct result s3_delete_objects(struct call *call, struct input input);

struct result s3_list_objects(struct call *call, struct input input);
struct result s3_list_objects_v2(struct call *call, struct input input);
struct result s3_list_object_versions(struct call *call, struct input input);

struct result s3_put_object_tagging(struct call *call, struct input input);
struct result s3_get_object_tagging(struct call *call, struct input input);
struct result s3_delete_object_tagging(struct call *call, struct input input);

struct result s3_put_bucket_acl(struct call *call, struct input input);
struct result s3_put_object_acl(struct call *call, struct input input);
struct result s3_get_acl(struct call *call, struct input input);

struct result s3_put_object_lock_configuration(struct call *call, struct input input);
struct result s3_put_object_retention(struct call *call, struct input input);
struct result s3_get_object_retention(struct call *call, struct input input);
struct result s3_put_object_legal_hold(struct call *call, struct input input);
struct result s3_get_object_legal_hold(struct call *call, struct input input);

struct result s3_create_multipart_upload(struct call *call, struct input input);
struct result s3_upload_part(struct call *call, struct input input);
struct result s3_upload_part_copy(struct call *call, struct input input);
struct result s3_complete_multipart_upload(struct call *call, struct input input);
struct result s3_abort_multipart_upload(struct call *call, struct input input);
struct result s3_list_parts(struct call *call, struct input input);
struct result s3_list_multipart_uploads(struct call *call, struct input input);

/* ---- Buckets and objects of a request (s3_buckets.c, s3_objects.c) ---- */

/* The bucket that `Bucket` names. False: *refusal (no such bucket, another owner than expected, an expired
 * presigned URL). */
bool s3_find_bucket(struct call *call, struct input input, struct s3_bucket *bucket, struct result *refusal);
/* Canonical id of an account's owner: 64 hex digits. */
const char *s3_owner_id(struct call *call, const char *account);
/* `Owner`-like structure with its ID. */
void s3_write_owner(struct call *call, const char *member, const char *account);

/* The object (a version) that `Key` and `VersionId` name; delete markers are refused as AWS does. */
bool s3_find_object(struct call *call, const struct s3_bucket *bucket, struct input input,
                    struct s3_object *object, struct result *refusal);
/* An ETag in its quotes. */
const char *s3_quoted(struct call *call, const char *etag);
/* An ETag without its quotes. */
const char *s3_md5_hex(struct call *call, struct text data);
/* False: no object ever had this version id. */
bool s3_version_id_was_made(const char *version_id);
/* NoSuchVersion, or InvalidArgument for an id that was never made. Source: recorded/s3, test_s3_api. */
struct result s3_no_such_version(struct call *call, const char *key, const char *version_id);
/* Version id for a new object of this bucket. */
const char *s3_new_version_id(struct call *call, const struct s3_bucket *bucket);
/* Writes VersionId when the bucket has, or had, versioning. */
void s3_write_version_id(struct call *call, const struct s3_bucket *bucket, const char *version_id);
/* What the request says about the object beside its content: attributes, metadata, storage class. False:
 * *refusal (encryption by customer keys, object locks, metadata beyond 2 KiB). */
bool s3_read_attributes(struct call *call, struct input input, struct s3_object *object,
                        struct result *refusal);
/* Writes an object's checksum and its type; algorithm NULL: it has none. */
void s3_write_checksum(struct call *call, const char *algorithm, const char *type, const char *value);
/* Members of attributes that writes answer too (encryption). */
void s3_write_encryption(struct call *call, struct text attributes);
/* Fills and checks the object's checksum from the request's headers: what it names, what it sends, else
 * CRC64NVME. False: *refusal. */
bool s3_read_checksum(struct call *call, struct input input, struct text body, const char **algorithm,
                      const char **value, struct result *refusal);
/* If-Match and If-None-Match of a write against what is stored now. False: *refusal. */
bool s3_check_write_conditions(struct call *call, const struct s3_bucket *bucket, struct input input,
                               struct result *refusal);

/* ---- Uploads (s3_multipart.c) ---- */

/* The bucket and the upload that the request names. False: *refusal. */
bool s3_find_upload(struct call *call, struct input input, struct s3_bucket *bucket, struct s3_upload *upload,
                    struct result *refusal);

/* ---- Tags (s3_tagging.c) ---- */

/* Rules for tags of a bucket or an object. False: *refusal. */
bool s3_check_tag_set(struct call *call, struct input tag_set, bool of_bucket, struct result *refusal);
/* "k=v&k2=v2" of x-amz-tagging. NULL and no store: only checks. False: *refusal. */
bool s3_store_tagging_header(struct call *call, struct text header, int64_t object_id,
                             struct result *refusal);

/* ---- Copying (s3_copy.c) ---- */

/* The object that `CopySource` names, when the copy conditions hold. False: *refusal. */
bool s3_find_copy_source(struct call *call, struct input input, struct s3_bucket *bucket,
                         struct s3_object *object, struct result *refusal);

/* ---- Object lock (s3_lock.c) ---- */

#define S3_LOCKED_TEXT "Access Denied because object protected by object lock."

/* What the request says about a new object's lock, else the bucket's default. False: *refusal. */
bool s3_read_lock(struct call *call, struct input input, const struct s3_bucket *bucket,
                  struct s3_object *object, struct result *refusal);
void s3_apply_default_lock(struct call *call, const struct s3_bucket *bucket, struct s3_object *object);
/* Whether this version may not be deleted now. */
bool s3_is_locked(const struct call *call, const struct s3_object *object, bool bypass_governance);
void s3_write_lock(struct call *call, const struct s3_object *object);

/* ---- Access control lists (s3_acl.c) ---- */

/* The list that the request brings, as JSON; *acl is NULL when it brings none. False: *refusal. */
bool s3_read_acl(struct call *call, struct input input, const struct s3_bucket *bucket, const char **acl,
                 struct result *refusal);
/* May a bucket be created with the list in this request? False: *refusal. */
bool s3_check_creation_acl(struct call *call, struct input input, struct result *refusal);

/* ---- Notifications (s3_notifications.c) ---- */

/* Sends an event ("ObjectCreated:Put") to the destinations that the bucket's configuration names. The last
 * thing a handler does: what is sent is not taken back when the call fails. */
void s3_notify(struct call *call, const struct s3_bucket *bucket, const char *event,
               const struct s3_object *object);

/* ---- Lists (s3_listing.c) ---- */

/* The text as `EncodingType` wants it: percent-encoded for "url". */
struct text s3_encoded(struct call *call, struct input input, struct text text);
/* MaxKeys and kin: 0..1000, fewer when asked for. False: *refusal. */
bool s3_read_maximum(struct call *call, struct input input, const char *member, const char *argument,
                     int64_t *maximum, struct result *refusal);

#endif
