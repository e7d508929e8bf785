/*
 * Access control lists: kept and shown; the owner may do everything whatever they say. A bucket of which the
 * owner owns all objects takes none, as new buckets do. Source: recorded/s3, test_s3_bucket_acl_exceptions
 * and kin; S3 user guide, "Access control list overview".
 */
#include "services/s3/s3.h"

#define GROUPS "http://acs.amazonaws.com/groups/"
#define ALL_USERS GROUPS "global/AllUsers"
#define AUTHENTICATED_USERS GROUPS "global/AuthenticatedUsers"
#define LOG_DELIVERY GROUPS "s3/LogDelivery"
#define OWNER_ID_SIZE 64

/* ---- Lists being made: a JSON list of {"Grantee", "Permission"} ---- */

static void add_grant(struct strbuf *grants, const char *type, const char *member, struct text grantee,
                      const char *permission) {
    strbuf_append_char(grants, grants->size > 0 ? ',' : '[');
    strbuf_printf(grants, "{\"Grantee\":{\"Type\":\"%s\",\"%s\":", type, member);
    json_write_string(grants, grantee);
    strbuf_printf(grants, "},\"Permission\":\"%s\"}", permission);
}

static void add_owner(struct strbuf *grants, const char *owner_id) {
    add_grant(grants, "CanonicalUser", "ID", text_of(owner_id), "FULL_CONTROL");
}

static void add_group(struct strbuf *grants, const char *uri, const char *permission) {
    add_grant(grants, "Group", "URI", text_of(uri), permission);
}

static void add_canned(struct strbuf *grants, const char *acl, const char *owner_id) {
    add_owner(grants, owner_id);
    if (strncmp(acl, "public-read", 11) == 0) {
        add_group(grants, ALL_USERS, "READ");
    }
    if (strcmp(acl, "public-read-write") == 0) {
        add_group(grants, ALL_USERS, "WRITE");
    } else if (strcmp(acl, "authenticated-read") == 0) {
        add_group(grants, AUTHENTICATED_USERS, "READ");
    } else if (strcmp(acl, "log-delivery-write") == 0) {
        add_group(grants, LOG_DELIVERY, "WRITE");
        add_group(grants, LOG_DELIVERY, "READ_ACP");
    }
}

/* ---- What requests say ---- */

static bool is_owner_id(struct text id) {
    for (size_t i = 0; i < id.size; i++) {
        char byte = id.data[i];
        if (!((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f'))) {
            return false;
        }
    }
    return id.size == OWNER_ID_SIZE;
}

static bool is_group(struct text uri) {
    return text_equals(uri, ALL_USERS) || text_equals(uri, AUTHENTICATED_USERS) ||
           text_equals(uri, LOG_DELIVERY);
}

static bool check_grantee(struct call *call, struct text id, struct text uri, const char *id_argument,
                          const char *uri_argument, struct result *refusal) {
    if (id.data && !is_owner_id(id)) {
        *refusal = s3_error_text(call, S3_INVALID_ARGUMENT, "Invalid id", "ArgumentName", id_argument,
                                 "ArgumentValue", arena_text_string(call->arena, id), NULL);
        return false;
    }
    if (uri.data && !is_group(uri)) {
        *refusal = s3_error_text(call, S3_INVALID_ARGUMENT, "Invalid group uri", "ArgumentName", uri_argument,
                                 "ArgumentValue", arena_text_string(call->arena, uri), NULL);
        return false;
    }
    return true;
}

static const struct {
    const char *member;
    const char *header;
    const char *permission;
} grant_headers[] = {
    {"GrantFullControl", "x-amz-grant-full-control", "FULL_CONTROL"},
    {"GrantRead", "x-amz-grant-read", "READ"},
    {"GrantReadACP", "x-amz-grant-read-acp", "READ_ACP"},
    {"GrantWrite", "x-amz-grant-write", "WRITE"},
    {"GrantWriteACP", "x-amz-grant-write-acp", "WRITE_ACP"},
};

#define GRANT_HEADER_COUNT (sizeof(grant_headers) / sizeof(grant_headers[0]))

static bool sends_grant(struct input input, size_t i) {
    return shape_member(input.shape, text_of(grant_headers[i].member)) &&
           input_has(input, grant_headers[i].member);
}

static bool sends_grants(struct input input) {
    for (size_t i = 0; i < GRANT_HEADER_COUNT; i++) {
        if (sends_grant(input, i)) {
            return true;
        }
    }
    return false;
}

/* id="...", uri="...": of one header. */
static bool read_header(struct call *call, struct text header, size_t row, struct strbuf *grants,
                        struct result *refusal) {
    struct text rest = header;
    while (rest.data) {
        struct text part = text_trim(text_cut(&rest, ','));
        struct text name = text_cut(&part, '=');
        struct text value = part;
        bool is_id = text_equals(name, "id");
        if (value.size >= 2 && value.data[0] == '"' && value.data[value.size - 1] == '"') {
            value = text_slice(value, 1, value.size - 2);
        }
        if (!value.data || (!is_id && !text_equals(name, "uri"))) {
            *refusal = s3_error_text(call, S3_INVALID_ARGUMENT, "Argument format not recognized",
                                     "ArgumentName", grant_headers[row].header, "ArgumentValue",
                                     arena_text_string(call->arena, header), NULL);
            return false;
        }
        if (!check_grantee(call, is_id ? value : TEXT_NONE, is_id ? TEXT_NONE : value, "id", "uri",
                           refusal)) {
            return false;
        }
        add_grant(grants, is_id ? "CanonicalUser" : "Group", is_id ? "ID" : "URI", value,
                  grant_headers[row].permission);
    }
    return true;
}

static bool read_headers(struct call *call, struct input input, struct strbuf *grants,
                         struct result *refusal) {
    for (size_t i = 0; i < GRANT_HEADER_COUNT; i++) {
        if (sends_grant(input, i) &&
            !read_header(call, input_text(input, grant_headers[i].member), i, grants, refusal)) {
            return false;
        }
    }
    return true;
}

static bool read_policy(struct call *call, struct input policy, struct strbuf *grants,
                        struct result *refusal) {
    struct input owner = input_structure(policy, "Owner");
    struct input list = input_list(policy, "Grants");
    if (!list.value || !input_has(owner, "ID")) {
        *refusal = s3_error(call, S3_MALFORMED_ACL, NULL);
        return false;
    }
    if (!check_grantee(call, input_text(owner, "ID"), TEXT_NONE, "CanonicalUser/ID", NULL, refusal)) {
        return false;
    }
    for (struct input grant = input_first(list); grant.value; grant = input_next(grant)) {
        struct input grantee = input_structure(grant, "Grantee");
        const char *type = input_string(grantee, "Type");
        const char *permission = input_string(grant, "Permission");
        bool is_group_grant = type && strcmp(type, "Group") == 0;
        const char *member = is_group_grant ? "URI" : "ID";
        if (!type || !permission || !input_has(grantee, member)) {
            *refusal = s3_error(call, S3_MALFORMED_ACL, NULL);
            return false;
        }
        struct text value = input_text(grantee, member);
        if (!check_grantee(call, is_group_grant ? TEXT_NONE : value, is_group_grant ? value : TEXT_NONE,
                           "CanonicalUser/ID", "Group/URI", refusal)) {
            return false;
        }
        add_grant(grants, type, member, value, permission);
    }
    if (grants->size == 0) {
        strbuf_append_char(grants, '[');
    }
    return true;
}

/* ---- What buckets allow ---- */

/* The bucket's owner owns everything in it: new buckets, until they are told otherwise. */
static bool is_owner_enforced(struct call *call, const struct s3_bucket *bucket) {
    struct text stored = s3_store_setting(call->store, bucket->id, "OwnershipControls", call->arena);
    return !stored.data || text_find(stored, "BucketOwnerEnforced") >= 0;
}

static bool blocks_public_acls(struct call *call, const struct s3_bucket *bucket) {
    struct text stored = s3_store_setting(call->store, bucket->id, "PublicAccessBlock", call->arena);
    const struct json_value *block = stored.size > 0 ? json_parse(call->arena, stored, NULL) : NULL;
    const struct json_value *flag = block ? json_find(block, "BlockPublicAcls") : NULL;
    return !stored.data || (flag && (flag->type == JSON_VALUE_TRUE || text_equals(flag->text, "true")));
}

static bool is_allowed(struct call *call, const struct s3_bucket *bucket, struct text grants,
                       struct result *refusal) {
    if (is_owner_enforced(call, bucket)) {
        *refusal = s3_error(call, S3_ACL_NOT_SUPPORTED, NULL);
        return false;
    }
    if (text_find(grants, GROUPS "global/") >= 0 && blocks_public_acls(call, bucket)) {
        *refusal = s3_error(call, S3_ACCESS_DENIED, NULL);
        return false;
    }
    return true;
}

bool s3_read_acl(struct call *call, struct input input, const struct s3_bucket *bucket, const char **acl,
                 struct result *refusal) {
    struct strbuf grants = STRBUF_INIT;
    const char *canned = input_string(input, "ACL");
    bool has_policy =
        shape_member(input.shape, TEXT("AccessControlPolicy")) && input_has(input, "AccessControlPolicy");
    bool good = true;
    *acl = NULL;
    if (canned && sends_grants(input)) {
        *refusal = s3_error_text(call, S3_INVALID_REQUEST,
                                 "Specifying both Canned ACLs and Header Grants is not allowed", NULL);
        good = false;
    } else if (has_policy && (canned || sends_grants(input))) {
        *refusal = s3_error(call, S3_UNEXPECTED_CONTENT, NULL);
        good = false;
    } else if (canned) {
        add_canned(&grants, canned, s3_owner_id(call, bucket->account));
    } else if (has_policy) {
        good = read_policy(call, input_structure(input, "AccessControlPolicy"), &grants, refusal);
    } else {
        good = read_headers(call, input, &grants, refusal);
    }
    if (good && grants.size > 0 && !(canned && strcmp(canned, "bucket-owner-full-control") == 0)) {
        strbuf_append_char(&grants, ']');
        good = is_allowed(call, bucket, strbuf_text(&grants), refusal);
        *acl = arena_text_string(call->arena, strbuf_text(&grants));
    }
    strbuf_release(&grants);
    return good;
}

bool s3_check_creation_acl(struct call *call, struct input input, struct result *refusal) {
    const char *ownership = input_string(input, "ObjectOwnership");
    const char *canned = input_string(input, "ACL");
    bool enforced = !ownership || strcmp(ownership, "BucketOwnerEnforced") == 0;
    if (enforced && ((canned && strcmp(canned, "private") != 0) || sends_grants(input))) {
        *refusal = s3_error(call, S3_INVALID_BUCKET_ACL, NULL);
        return false;
    }
    return true;
}

/* ---- PutBucketAcl, PutObjectAcl ---- */

static bool read_required_acl(struct call *call, struct input input, const struct s3_bucket *bucket,
                              const char **acl, struct result *refusal) {
    if (!input_has(input, "ACL") && !input_has(input, "AccessControlPolicy") && !sends_grants(input)) {
        *refusal = s3_error(call, S3_MISSING_SECURITY_HEADER, "MissingHeaderName", "x-amz-acl", NULL);
        return false;
    }
    return s3_read_acl(call, input, bucket, acl, refusal);
}

struct result s3_put_bucket_acl(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    const char *acl;
    if (!s3_find_bucket(call, input, &bucket, &refusal) ||
        !read_required_acl(call, input, &bucket, &acl, &refusal)) {
        return refusal;
    }
    s3_store_put_setting(call->store, bucket.id, "Acl", text_of(acl ? acl : ""));
    return result_output();
}

struct result s3_put_object_acl(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    struct s3_object object;
    const char *acl;
    if (!s3_find_bucket(call, input, &bucket, &refusal) ||
        !s3_find_object(call, &bucket, input, &object, &refusal) ||
        !read_required_acl(call, input, &bucket, &acl, &refusal)) {
        return refusal;
    }
    s3_store_set_acl(call->store, object.id, acl);
    return result_output();
}

/* ---- GetBucketAcl, GetObjectAcl ---- */

struct result s3_get_acl(struct call *call, struct input input) {
    struct result refusal;
    struct s3_bucket bucket;
    struct s3_object object;
    struct text acl;
    if (!s3_find_bucket(call, input, &bucket, &refusal)) {
        return refusal;
    }
    if (strcmp(call->operation->name, "GetObjectAcl") == 0) {
        if (!s3_find_object(call, &bucket, input, &object, &refusal)) {
            return refusal;
        }
        acl = text_of(object.acl);
    } else {
        acl = s3_store_setting(call->store, bucket.id, "Acl", call->arena);
    }
    struct strbuf grants = STRBUF_INIT;
    if (acl.size == 0) {
        add_owner(&grants, s3_owner_id(call, bucket.account));
        strbuf_append_char(&grants, ']');
        acl = arena_text(call->arena, strbuf_text(&grants));
    }
    strbuf_release(&grants);
    s3_write_owner(call, "Owner", bucket.account);
    output_value(call_output(call), "Grants", json_parse(call->arena, acl, NULL));
    return result_output();
}
