/* Buckets. Source: s3-logs-events.md A3; recorded/s3; S3 API reference. */
#include "emulator/base/clock.h"
#include "emulator/base/crypto.h"
#include "services/s3/s3.h"

#define MAXIMUM_BUCKETS_PAGE 10000

/* ---- Presigned URLs ---- */

static const char *iso_time(struct call *call, int64_t time_ms) {
    struct strbuf text = STRBUF_INIT;
    clock_format_iso_s(&text, time_ms);
    const char *copy = arena_strdup(call->arena, text.data);
    strbuf_release(&text);
    return copy;
}

/* Version 4 says when it was signed and for how long, version 2 when it ends. False: it is over. */
static bool check_presigned(struct call *call, struct result *refusal) {
    const struct http_request *request = call->request;
    int64_t signed_ms;
    int64_t seconds;
    if (!request || !request->query.data || text_find(request->query, "Expires=") < 0) {
        return true;
    }
    struct text expires = http_request_query(request, "X-Amz-Expires");
    if (expires.data && clock_parse(http_request_query(request, "X-Amz-Date"), &signed_ms) &&
        text_to_int64(expires, &seconds) && signed_ms + seconds * 1000 < call->now_ms) {
        *refusal = s3_error_text(call, S3_ACCESS_DENIED, "Request has expired", "X-Amz-Expires",
                                 arena_text_string(call->arena, expires), "Expires",
                                 iso_time(call, signed_ms + seconds * 1000), "ServerTime",
                                 iso_time(call, call->now_ms), NULL);
        return false;
    }
    if (http_request_query(request, "Signature").data &&
        text_to_int64(http_request_query(request, "Expires"), &seconds) && seconds * 1000 < call->now_ms) {
        *refusal =
            s3_error_text(call, S3_ACCESS_DENIED, "Request has expired", "Expires",
                          iso_time(call, seconds * 1000), "ServerTime", iso_time(call, call->now_ms), NULL);
        return false;
    }
    return true;
}

bool s3_find_bucket(struct call *call, struct input input, struct s3_bucket *bucket, struct result *refusal) {
    struct text name = input_text(input, "Bucket");
    if (!check_presigned(call, refusal)) {
        return false;
    }
    if (!s3_store_find_bucket(call->store, name, call->arena, bucket)) {
        *refusal =
            s3_error(call, S3_NO_SUCH_BUCKET, "BucketName", arena_text_string(call->arena, name), NULL);
        return false;
    }
    if (shape_member(input.shape, TEXT("ExpectedBucketOwner")) && input_has(input, "ExpectedBucketOwner") &&
        !text_equals(input_text(input, "ExpectedBucketOwner"), bucket->account)) {
        *refusal = s3_error(call, S3_ACCESS_DENIED, NULL);
        return false;
    }
    return true;
}

const char *s3_owner_id(struct call *call, const char *account) {
    struct strbuf id = STRBUF_INIT;
    crypto_append_digest_hex(&id, DIGEST_SHA256, text_of(account));
    const char *copy = arena_strdup(call->arena, id.data);
    strbuf_release(&id);
    return copy;
}

void s3_write_owner(struct call *call, const char *member, const char *account) {
    struct output *out = call_output(call);
    output_begin_structure(out, member);
    output_string(out, "ID", s3_owner_id(call, account));
    output_end(out);
}

/* ---- CreateBucket ---- */

static bool is_letter_or_digit(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

static bool looks_like_an_address(struct text name) {
    int dots = 0;
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] != '.' && (name.data[i] < '0' || name.data[i] > '9')) {
            return false;
        }
        dots += name.data[i] == '.';
    }
    return dots == 3;
}

static bool is_bucket_name(struct text name) {
    if (name.size < 3 || name.size > 63 || !is_letter_or_digit(name.data[0]) ||
        !is_letter_or_digit(name.data[name.size - 1]) || text_find(name, "..") >= 0 ||
        looks_like_an_address(name)) {
        return false;
    }
    for (size_t i = 0; i < name.size; i++) {
        if (!is_letter_or_digit(name.data[i]) && name.data[i] != '.' && name.data[i] != '-') {
            return false;
        }
    }
    return true;
}

static struct result illegal_constraint(struct call *call, const char *constraint) {
    return s3_error_text(
        call, S3_ILLEGAL_LOCATION_CONSTRAINT,
        arena_printf(call->arena,
                     "The %s location constraint is incompatible for the region specific endpoint "
                     "this request was sent to.",
                     constraint),
        NULL);
}

/* The Region of the new bucket is that of the endpoint; the constraint has to say the same. */
static bool check_location(struct call *call, const char *constraint, struct result *refusal) {
    const char *region = call->identity.region;
    if (strcmp(region, "us-east-1") == 0) {
        /* The endpoint of us-east-1 creates buckets anywhere, but its own name is no constraint. */
        const struct shape_member *configuration =
            shape_member(call->operation->input, TEXT("CreateBucketConfiguration"));
        const struct shape *known = shape_member(configuration->shape, TEXT("LocationConstraint"))->shape;
        bool valid = !constraint;
        for (unsigned i = 0; constraint && i < known->enum_count; i++) {
            valid = valid || strcmp(known->enums[i], constraint) == 0;
        }
        if (!valid || (constraint && strcmp(constraint, "us-east-1") == 0)) {
            *refusal = s3_error(call, S3_INVALID_LOCATION_CONSTRAINT, "LocationConstraint", constraint, NULL);
            return false;
        }
        return true;
    }
    bool europe = constraint && strcmp(constraint, "EU") == 0 && strcmp(region, "eu-west-1") == 0;
    if (!constraint || (strcmp(constraint, region) != 0 && !europe)) {
        *refusal = illegal_constraint(call, constraint ? constraint : "unspecified");
        return false;
    }
    return true;
}

static bool check_ownership(struct call *call, const char *ownership, struct result *refusal) {
    if (ownership && strcmp(ownership, "BucketOwnerEnforced") != 0 &&
        strcmp(ownership, "BucketOwnerPreferred") != 0 && strcmp(ownership, "ObjectWriter") != 0) {
        *refusal =
            s3_error_text(call, S3_INVALID_ARGUMENT,
                          arena_printf(call->arena, "Invalid x-amz-object-ownership header: %s", ownership),
                          "ArgumentName", "x-amz-object-ownership", NULL);
        return false;
    }
    return true;
}

static void store_creation_settings(struct call *call, const struct s3_bucket *bucket, const char *ownership,
                                    struct input tags) {
    struct strbuf json = STRBUF_INIT;
    if (ownership) {
        strbuf_printf(&json, "{\"Rules\":[{\"ObjectOwnership\":\"%s\"}]}", ownership);
        s3_store_put_setting(call->store, bucket->id, "OwnershipControls", strbuf_text(&json));
    }
    if (input_count(tags) > 0) {
        strbuf_clear(&json);
        strbuf_append_string(&json, "{\"TagSet\":");
        json_write(&json, tags.value);
        strbuf_append_char(&json, '}');
        s3_store_put_setting(call->store, bucket->id, "Tagging", strbuf_text(&json));
    }
    strbuf_release(&json);
}

/* The name is taken: by somebody else, or by the caller, which us-east-1 takes for success. */
static bool check_taken(struct call *call, const struct s3_bucket *found, struct input tags,
                        struct result *refusal) {
    if (strcmp(found->account, call->identity.account) != 0) {
        *refusal = s3_error(call, S3_BUCKET_ALREADY_EXISTS, "BucketName", found->name, NULL);
        return false;
    }
    if (strcmp(call->identity.region, "us-east-1") != 0 || strcmp(found->region, "us-east-1") != 0 ||
        input_count(tags) > 0) {
        *refusal = s3_error(call, S3_BUCKET_ALREADY_OWNED_BY_YOU, "BucketName", found->name, NULL);
        return false;
    }
    return true;
}

struct result s3_create_bucket(struct call *call, struct input input) {
    struct result refusal;
    struct input configuration = input_structure(input, "CreateBucketConfiguration");
    struct input tags = input_list(configuration, "Tags");
    const char *constraint = input_string(configuration, "LocationConstraint");
    const char *ownership = input_string(input, "ObjectOwnership");
    struct text name = input_text(input, "Bucket");
    struct s3_bucket bucket;
    if (!is_bucket_name(name)) {
        return s3_error(call, S3_INVALID_BUCKET_NAME, "BucketName", arena_text_string(call->arena, name),
                        NULL);
    }
    constraint = constraint && *constraint ? constraint : NULL;
    if (!check_location(call, constraint, &refusal) || !check_ownership(call, ownership, &refusal) ||
        !s3_check_creation_acl(call, input, &refusal) || !s3_check_tag_set(call, tags, true, &refusal)) {
        return refusal;
    }
    if (s3_store_find_bucket(call->store, name, call->arena, &bucket)) {
        if (!check_taken(call, &bucket, tags, &refusal)) {
            return refusal;
        }
    } else {
        bool europe = constraint && strcmp(constraint, "EU") == 0;
        bucket = (struct s3_bucket){
            .account = call->identity.account,
            .region = europe       ? "eu-west-1"
                      : constraint ? constraint
                                   : call->identity.region,
            .name = arena_text_string(call->arena, name),
            .created_ms = call->now_ms,
            .versioning = input_boolean(input, "ObjectLockEnabledForBucket", false) ? S3_VERSIONING_ENABLED
                                                                                    : S3_UNVERSIONED,
        };
        s3_store_create_bucket(call->store, &bucket);
        store_creation_settings(call, &bucket, ownership, tags);
        const char *acl;
        if (ownership && !s3_read_acl(call, input, &bucket, &acl, &refusal)) {
            return refusal;
        }
        if (ownership && acl) {
            s3_store_put_setting(call->store, bucket.id, "Acl", text_of(acl));
        }
        if (bucket.versioning == S3_VERSIONING_ENABLED) {
            s3_store_put_setting(call->store, bucket.id, "ObjectLock",
                                 TEXT("{\"ObjectLockEnabled\":\"Enabled\"}"));
        }
    }
    bool global = strcmp(call->identity.region, "us-east-1") == 0;
    output_string(call_output(call), "Location",
                  global ? arena_printf(call->arena, "/%s", bucket.name)
                         : arena_printf(call->arena, "http://%s.s3.amazonaws.com/", bucket.name));
    output_string(call_output(call), "BucketArn", arena_printf(call->arena, "arn:aws:s3:::%s", bucket.name));
    return result_output();
}

/* ---- The rest ---- */

struct result s3_head_bucket(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    if (!s3_find_bucket(call, input, &bucket, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    output_string(out, "BucketArn", arena_printf(call->arena, "arn:aws:s3:::%s", bucket.name));
    output_string(out, "BucketRegion", bucket.region);
    output_boolean(out, "AccessPointAlias", false);
    return result_output();
}

struct result s3_delete_bucket(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    if (!s3_find_bucket(call, input, &bucket, &refusal)) {
        return refusal;
    }
    if (!s3_store_bucket_is_empty(call->store, bucket.id)) {
        return bucket.versioning == S3_UNVERSIONED
                   ? s3_error(call, S3_BUCKET_NOT_EMPTY, "BucketName", bucket.name, NULL)
                   : s3_error_text(
                         call, S3_BUCKET_NOT_EMPTY,
                         "The bucket you tried to delete is not empty. You must delete all versions in the "
                         "bucket.",
                         "BucketName", bucket.name, NULL);
    }
    s3_store_delete_bucket(call->store, bucket.id);
    return result_output();
}

struct result s3_list_buckets(struct call *call, struct input input) {
    struct output *out = call_output(call);
    struct s3_bucket bucket;
    const char *prefix = input_string(input, "Prefix");
    const char *region = input_string(input, "BucketRegion");
    const char *last = input_string(input, "ContinuationToken");
    int64_t room = input_integer(input, "MaxBuckets", MAXIMUM_BUCKETS_PAGE);
    const char *token = NULL;
    struct statement *buckets = s3_store_buckets(call->store, call->identity.account, last);
    output_begin_list(out, "Buckets");
    while (s3_store_next_bucket(buckets, call->arena, &bucket)) {
        if ((prefix && strncmp(bucket.name, prefix, strlen(prefix)) != 0) ||
            (region && strcmp(bucket.region, region) != 0)) {
            continue;
        }
        if (room-- == 0) {
            token = last;
            statement_reset(buckets);
            break;
        }
        output_begin_structure(out, NULL);
        output_string(out, "Name", bucket.name);
        output_timestamp(out, "CreationDate", bucket.created_ms);
        if (region || input_has(input, "MaxBuckets") || prefix) {
            output_string(out, "BucketRegion", bucket.region);
            output_string(out, "BucketArn", arena_printf(call->arena, "arn:aws:s3:::%s", bucket.name));
        }
        output_end(out);
        last = bucket.name;
    }
    output_end(out);
    s3_write_owner(call, "Owner", call->identity.account);
    output_string(out, "ContinuationToken", token);
    output_string(out, "Prefix", prefix);
    return result_output();
}

struct result s3_get_bucket_location(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    if (!s3_find_bucket(call, input, &bucket, &refusal)) {
        return refusal;
    }
    bool classic = strcmp(bucket.region, "us-east-1") == 0;
    output_string(call_output(call), "LocationConstraint", classic ? NULL : bucket.region);
    return result_output();
}

struct result s3_put_bucket_versioning(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    const char *status = input_string(input_structure(input, "VersioningConfiguration"), "Status");
    if (!s3_find_bucket(call, input, &bucket, &refusal)) {
        return refusal;
    }
    if (!status) {
        return s3_error(call, S3_ILLEGAL_VERSIONING_CONFIGURATION, NULL);
    }
    bool suspend = strcmp(status, "Suspended") == 0;
    if (suspend && s3_store_setting(call->store, bucket.id, "ObjectLock", call->arena).data) {
        return s3_error_text(call, S3_INVALID_BUCKET_STATE,
                             "An Object Lock configuration is present on this bucket, so the versioning "
                             "state cannot be changed.",
                             NULL);
    }
    s3_store_set_versioning(call->store, bucket.id,
                            suspend ? S3_VERSIONING_SUSPENDED : S3_VERSIONING_ENABLED);
    return result_output();
}

struct result s3_get_bucket_versioning(struct call *call, struct input input) {
    static const char *const names[] = {[S3_UNVERSIONED] = NULL,
                                        [S3_VERSIONING_ENABLED] = "Enabled",
                                        [S3_VERSIONING_SUSPENDED] = "Suspended"};
    struct result refusal;
    struct s3_bucket bucket;
    if (!s3_find_bucket(call, input, &bucket, &refusal)) {
        return refusal;
    }
    output_string(call_output(call), "Status", names[bucket.versioning]);
    return result_output();
}
