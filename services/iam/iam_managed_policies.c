/* Managed policies and their versions. Source: sts-iam.md B2; recorded/iam, test_user_attach_policy; IAM API
 * reference. */
#include "emulator/base/arn.h"
#include "emulator/base/crypto.h"
#include "services/iam/iam.h"
#include "services/iam/policy_document.h"

#define MAXIMUM_VERSIONS 5
#define MAXIMUM_BYTES 6144
/* When AWS made its own policies: 2015-02-06T18:40:00Z, as most of them say. */
#define AWS_POLICY_TIME_MS INT64_C(1423248000000)

/* ---- Finding ---- */

/* "arn:aws:iam::ACCOUNT:policy/PATH/NAME" of the caller's account. */
static bool find_own(struct call *call, struct text text, struct iam_entity *policy) {
    struct arn arn;
    if (!arn_parse(text, &arn) || !text_equals(arn.service, "iam") ||
        !text_equals(arn.account, call->identity.account) || !text_starts_with(arn.resource, "policy/")) {
        return false;
    }
    struct text rest = arn.resource;
    struct text name = rest;
    while (rest.data) {
        name = text_cut(&rest, '/');
    }
    return iam_store_find(call->store, call->identity.account, IAM_POLICY, name, call->arena, policy) &&
           text_equals(text, iam_arn(call->arena, policy));
}

static bool check_arn(struct call *call, struct text text, struct result *refusal) {
    struct arn arn;
    if (!arn_parse(text, &arn) || !text_equals(arn.service, "iam")) {
        *refusal = call_error(call, &error_validation_error, "Invalid ARN:  Could not be parsed!");
        return false;
    }
    return true;
}

static struct result not_found(struct call *call, struct text arn) {
    return call_error(call, &iam_error_NoSuchEntityException, "Policy %.*s was not found.",
                      TEXT_ARGUMENTS(arn));
}

bool iam_check_policy_exists(struct call *call, struct text arn, bool attaching, struct result *refusal) {
    struct iam_entity policy;
    if (!check_arn(call, arn, refusal)) {
        return false;
    }
    /* AWS has over a thousand policies of its own; their permissions are not enforced, so any may be
     * attached. */
    if (text_starts_with(arn, "arn:aws:iam::aws:policy/") || find_own(call, arn, &policy)) {
        return true;
    }
    *refusal = attaching ? call_error(call, &iam_error_NoSuchEntityException,
                                      "Policy %.*s does not exist or is not attachable.", TEXT_ARGUMENTS(arn))
                         : not_found(call, arn);
    return false;
}

/* A policy of the account, for operations that change it. */
static bool find_changeable(struct call *call, struct input input, struct iam_entity *policy,
                            struct result *refusal) {
    struct text arn = input_text(input, "PolicyArn");
    if (!check_arn(call, arn, refusal)) {
        return false;
    }
    if (text_starts_with(arn, "arn:aws:iam::aws:policy/")) {
        *refusal = call_error(call, &error_access_denied,
                              "User: %s is not authorized to perform: iam:%s on resource: policy %.*s",
                              call->identity.arn, call->operation->name, TEXT_ARGUMENTS(arn));
        return false;
    }
    if (!find_own(call, arn, policy)) {
        *refusal = not_found(call, arn);
        return false;
    }
    return true;
}

/* ---- Writing ---- */

static const char *version_id(struct call *call, int64_t number) {
    return arena_printf(call->arena, "v%lld", (long long)number);
}

static void write_policy(struct call *call, const struct iam_entity *policy, bool full) {
    struct output *out = call_output(call);
    const char *arn = iam_arn(call->arena, policy);
    output_string(out, "PolicyName", policy->name);
    output_string(out, "PolicyId", policy->unique_id);
    output_string(out, "Arn", arn);
    output_string(out, "Path", policy->path);
    output_string(out, "DefaultVersionId", version_id(call, policy->default_version));
    output_integer(out, "AttachmentCount", iam_store_usage_count(call->store, policy->account, arn));
    output_integer(out, "PermissionsBoundaryUsageCount",
                   iam_store_boundary_count(call->store, policy->account, arn));
    output_boolean(out, "IsAttachable", true);
    if (full) {
        output_string(out, "Description", policy->description);
    }
    output_timestamp(out, "CreateDate", policy->created_ms);
    output_timestamp(out, "UpdateDate", policy->updated_ms);
    if (full) {
        iam_write_tags(call, policy);
    }
}

/* Ids of AWS's own policies: always the same. */
static const char *aws_policy_id(struct call *call, const char *arn) {
    unsigned char digest[DIGEST_MAXIMUM_SIZE];
    char *id = arena_alloc(call->arena, UNIQUE_ID_SIZE);
    crypto_digest(DIGEST_SHA256, text_of(arn), digest);
    memcpy(id, "ANPA", 4);
    for (int i = 4; i < UNIQUE_ID_SIZE - 1; i++) {
        id[i] = IDS_BASE32[digest[i] % 32];
    }
    id[UNIQUE_ID_SIZE - 1] = '\0';
    return id;
}

static void write_aws_policy(struct call *call, const struct iam_aws_policy *policy) {
    struct output *out = call_output(call);
    const char *arn = arena_printf(call->arena, "arn:aws:iam::aws:policy%s%s", policy->path, policy->name);
    output_string(out, "PolicyName", policy->name);
    output_string(out, "PolicyId", aws_policy_id(call, arn));
    output_string(out, "Arn", arn);
    output_string(out, "Path", policy->path);
    output_string(out, "DefaultVersionId", "v1");
    output_integer(out, "AttachmentCount", iam_store_usage_count(call->store, call->identity.account, arn));
    output_integer(out, "PermissionsBoundaryUsageCount",
                   iam_store_boundary_count(call->store, call->identity.account, arn));
    output_boolean(out, "IsAttachable", true);
    output_timestamp(out, "CreateDate", AWS_POLICY_TIME_MS);
    output_timestamp(out, "UpdateDate", AWS_POLICY_TIME_MS);
}

/* ---- Policies ---- */

static bool check_document(struct call *call, struct text document, struct result *refusal) {
    const char *message = policy_document_check_identity(document);
    if (message) {
        *refusal = iam_malformed_policy(call, message);
        return false;
    }
    if (policy_document_size(document) > MAXIMUM_BYTES) {
        *refusal = call_error(call, &iam_error_LimitExceededException,
                              "Cannot exceed quota for PolicySize: %d", MAXIMUM_BYTES);
        return false;
    }
    return true;
}

struct result iam_create_policy(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity policy = iam_new_entity(call, input, IAM_POLICY);
    struct text document = input_text(input, "PolicyDocument");
    policy.description = input_string(input, "Description");
    policy.default_version = 1;
    policy.next_version = 2;
    if (!check_document(call, document, &refusal) || !iam_create_entity(call, input, &policy, &refusal)) {
        return refusal;
    }
    iam_store_add_version(call->store, policy.id, 1, document, iam_now_ms(call));
    output_begin_structure(call_output(call), "Policy");
    write_policy(call, &policy, true);
    output_end(call_output(call));
    return result_output();
}

struct result iam_get_policy(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity policy;
    struct text arn = input_text(input, "PolicyArn");
    if (!check_arn(call, arn, &refusal)) {
        return refusal;
    }
    const struct iam_aws_policy *of_aws = iam_aws_policy_of_arn(arn);
    if (!of_aws && !find_own(call, arn, &policy)) {
        return not_found(call, arn);
    }
    output_begin_structure(call_output(call), "Policy");
    if (of_aws) {
        write_aws_policy(call, of_aws);
    } else {
        write_policy(call, &policy, true);
    }
    output_end(call_output(call));
    return result_output();
}

struct result iam_delete_policy(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity policy;
    if (!find_changeable(call, input, &policy, &refusal)) {
        return refusal;
    }
    const char *arn = iam_arn(call->arena, &policy);
    if (iam_store_usage_count(call->store, policy.account, arn) > 0 ||
        iam_store_boundary_count(call->store, policy.account, arn) > 0) {
        return call_error(call, &iam_error_DeleteConflictException,
                          "Cannot delete a policy attached to entities.");
    }
    if (iam_store_version_count(call->store, policy.id) > 1) {
        return call_error(
            call, &iam_error_DeleteConflictException,
            "This policy has more than one version. Before you delete a policy, you must delete the "
            "policy's versions. The default version is deleted with the policy.");
    }
    iam_store_delete(call->store, policy.id);
    return result_output();
}

struct listing {
    const char *prefix;
    bool only_attached;
    const char *usage;
};

static bool is_wanted(struct call *call, const struct listing *listing, const char *path, const char *arn) {
    const char *account = call->identity.account;
    bool attached = iam_store_usage_count(call->store, account, arn) > 0;
    bool boundary = iam_store_boundary_count(call->store, account, arn) > 0;
    if (listing->prefix && strncmp(path, listing->prefix, strlen(listing->prefix)) != 0) {
        return false;
    }
    if (listing->usage && !(strcmp(listing->usage, "PermissionsBoundary") == 0 ? boundary : attached)) {
        return false;
    }
    return !listing->only_attached || attached || boundary;
}

/* AWS's policies come behind the account's own; their markers begin with "aws:". */
static void list_of_aws(struct call *call, const struct listing *listing, struct iam_page *page) {
    const struct iam_aws_policy *policy;
    bool started = !page->after || strncmp(page->after, "aws:", 4) != 0;
    for (size_t i = 0; !page->truncated && (policy = iam_aws_policy_at(i)); i++) {
        const char *marker = arena_printf(call->arena, "aws:%s", policy->name);
        const char *arn =
            arena_printf(call->arena, "arn:aws:iam::aws:policy%s%s", policy->path, policy->name);
        if (!started) {
            started = strcmp(marker, page->after) == 0;
        } else if (is_wanted(call, listing, policy->path, arn) && iam_take_room(page, marker)) {
            output_begin_structure(call_output(call), NULL);
            write_aws_policy(call, policy);
            output_end(call_output(call));
        }
    }
}

static void list_own(struct call *call, const struct listing *listing, struct iam_page *page) {
    struct iam_entity policy;
    struct statement *policies =
        iam_store_entities(call->store, call->identity.account, IAM_POLICY, page->after);
    while (iam_store_next_entity(policies, call->arena, &policy)) {
        if (!is_wanted(call, listing, policy.path, iam_arn(call->arena, &policy))) {
            continue;
        }
        if (!iam_take_room(page, policy.name)) {
            statement_reset(policies);
            break;
        }
        output_begin_structure(call_output(call), NULL);
        write_policy(call, &policy, false);
        output_end(call_output(call));
    }
}

struct result iam_list_policies(struct call *call, struct input input) {
    struct output *out = call_output(call);
    struct iam_page page = iam_read_page(input);
    const char *scope = input_string(input, "Scope");
    struct listing listing = {
        .prefix = input_string(input, "PathPrefix"),
        .only_attached = input_boolean(input, "OnlyAttached", false),
        .usage = input_string(input, "PolicyUsageFilter"),
    };
    bool behind_own = page.after && strncmp(page.after, "aws:", 4) == 0;
    output_begin_list(out, "Policies");
    if (!behind_own && (!scope || strcmp(scope, "AWS") != 0)) {
        list_own(call, &listing, &page);
    }
    if (!page.truncated && (!scope || strcmp(scope, "Local") != 0)) {
        list_of_aws(call, &listing, &page);
    }
    output_end(out);
    iam_write_page(call, &page);
    return result_output();
}

struct policy_uses {
    bool attached;
    bool bounded;
    const char *path_prefix; /* "/": any */
};

/* Entities of one kind that the policy is attached to, or bounds. */
static void list_entities_of(struct call *call, const char *arn, const struct policy_uses *uses,
                             enum iam_kind kind, const char *list, const char *name_member,
                             const char *id_member) {
    struct output *out = call_output(call);
    struct iam_entity entity;
    struct statement *entities =
        iam_store_policy_users(call->store, call->identity.account, arn, uses->attached, uses->bounded);
    output_begin_list(out, list);
    while (iam_store_next_entity(entities, call->arena, &entity)) {
        if (entity.kind == kind && text_starts_with(text_of(entity.path), uses->path_prefix)) {
            output_begin_structure(out, NULL);
            output_string(out, name_member, entity.name);
            output_string(out, id_member, entity.unique_id);
            output_end(out);
        }
    }
    output_end(out);
}

struct result iam_list_entities_for_policy(struct call *call, struct input input) {
    struct result refusal;
    struct iam_page page = {0};
    struct text arn = input_text(input, "PolicyArn");
    const char *filter = input_string(input, "EntityFilter");
    const char *usage = input_string(input, "PolicyUsageFilter");
    const char *prefix = input_string(input, "PathPrefix");
    const struct policy_uses uses = {
        .attached = !usage || strcmp(usage, "PermissionsPolicy") == 0,
        .bounded = !usage || strcmp(usage, "PermissionsBoundary") == 0,
        .path_prefix = prefix ? prefix : "/",
    };
    if (!iam_check_policy_exists(call, arn, false, &refusal)) {
        return refusal;
    }
    static const struct {
        enum iam_kind kind;
        const char *filter;
        const char *list;
        const char *name_member;
        const char *id_member;
    } rows[] = {{IAM_GROUP, "Group", "PolicyGroups", "GroupName", "GroupId"},
                {IAM_USER, "User", "PolicyUsers", "UserName", "UserId"},
                {IAM_ROLE, "Role", "PolicyRoles", "RoleName", "RoleId"}};
    const char *arn_string = arena_text_string(call->arena, arn);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!filter || strcmp(filter, rows[i].filter) == 0) {
            list_entities_of(call, arn_string, &uses, rows[i].kind, rows[i].list, rows[i].name_member,
                             rows[i].id_member);
        }
    }
    iam_write_page(call, &page);
    return result_output();
}

/* ---- Versions ---- */

static void write_version(struct call *call, const struct iam_entity *policy,
                          const struct iam_version *version, bool with_document) {
    struct output *out = call_output(call);
    if (with_document) {
        iam_write_document(call, "Document", version->document);
    }
    output_string(out, "VersionId", version_id(call, version->number));
    output_boolean(out, "IsDefaultVersion", version->number == policy->default_version);
    output_timestamp(out, "CreateDate", version->created_ms);
}

struct result iam_create_policy_version(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity policy;
    struct text document = input_text(input, "PolicyDocument");
    if (!find_changeable(call, input, &policy, &refusal) || !check_document(call, document, &refusal)) {
        return refusal;
    }
    if (iam_store_version_count(call->store, policy.id) >= MAXIMUM_VERSIONS) {
        return call_error(
            call, &iam_error_LimitExceededException,
            "A managed policy can have up to %d versions. Before you create a new version, you must "
            "delete an existing version.",
            MAXIMUM_VERSIONS);
    }
    struct iam_version version = {.number = policy.next_version++, .created_ms = iam_now_ms(call)};
    iam_store_add_version(call->store, policy.id, version.number, document, iam_now_ms(call));
    if (input_boolean(input, "SetAsDefault", false)) {
        policy.default_version = version.number;
    }
    policy.updated_ms = iam_now_ms(call);
    iam_store_update(call->store, &policy);
    output_begin_structure(call_output(call), "PolicyVersion");
    write_version(call, &policy, &version, false);
    output_end(call_output(call));
    return result_output();
}

/* "v3" of an own policy. False: *refusal. */
static bool find_version(struct call *call, struct input input, const struct iam_entity *policy,
                         struct iam_version *version, struct result *refusal) {
    struct text id = input_text(input, "VersionId");
    int64_t number = 0;
    if (text_to_int64(text_slice(id, 1, id.size), &number) &&
        iam_store_version(call->store, policy->id, number, call->arena, version)) {
        return true;
    }
    *refusal = call_error(call, &iam_error_NoSuchEntityException,
                          "Policy %s version %.*s does not exist or is not attachable.",
                          iam_arn(call->arena, policy), TEXT_ARGUMENTS(id));
    return false;
}

static struct result get_version_of_aws(struct call *call, struct input input,
                                        const struct iam_aws_policy *policy) {
    struct output *out = call_output(call);
    struct text arn = input_text(input, "PolicyArn");
    if (!text_equals(input_text(input, "VersionId"), "v1") || !policy->document) {
        return call_error(call, &iam_error_NoSuchEntityException,
                          "Policy %.*s version %s does not exist or is not attachable.", TEXT_ARGUMENTS(arn),
                          input_string(input, "VersionId"));
    }
    output_begin_structure(out, "PolicyVersion");
    iam_write_document(call, "Document", text_of(policy->document));
    output_string(out, "VersionId", "v1");
    output_boolean(out, "IsDefaultVersion", true);
    output_timestamp(out, "CreateDate", AWS_POLICY_TIME_MS);
    output_end(out);
    return result_output();
}

struct result iam_get_policy_version(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity policy;
    struct iam_version version;
    struct text arn = input_text(input, "PolicyArn");
    if (!check_arn(call, arn, &refusal)) {
        return refusal;
    }
    const struct iam_aws_policy *of_aws = iam_aws_policy_of_arn(arn);
    if (of_aws) {
        return get_version_of_aws(call, input, of_aws);
    }
    if (!find_own(call, arn, &policy)) {
        return not_found(call, arn);
    }
    if (!find_version(call, input, &policy, &version, &refusal)) {
        return refusal;
    }
    output_begin_structure(call_output(call), "PolicyVersion");
    write_version(call, &policy, &version, true);
    output_end(call_output(call));
    return result_output();
}

struct result iam_delete_policy_version(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity policy;
    struct iam_version version;
    if (!find_changeable(call, input, &policy, &refusal) ||
        !find_version(call, input, &policy, &version, &refusal)) {
        return refusal;
    }
    if (version.number == policy.default_version) {
        return call_error(call, &iam_error_DeleteConflictException,
                          "Cannot delete the default version of a policy.");
    }
    iam_store_delete_version(call->store, policy.id, version.number);
    return result_output();
}

struct result iam_list_policy_versions(struct call *call, struct input input) {
    struct result refusal;
    struct output *out = call_output(call);
    struct iam_entity policy;
    struct iam_version version;
    struct iam_page page = {0};
    struct text arn = input_text(input, "PolicyArn");
    if (!check_arn(call, arn, &refusal)) {
        return refusal;
    }
    const struct iam_aws_policy *of_aws = iam_aws_policy_of_arn(arn);
    if (!of_aws && !find_own(call, arn, &policy)) {
        return not_found(call, arn);
    }
    output_begin_list(out, "Versions");
    if (of_aws) {
        output_begin_structure(out, NULL);
        output_string(out, "VersionId", "v1");
        output_boolean(out, "IsDefaultVersion", true);
        output_timestamp(out, "CreateDate", AWS_POLICY_TIME_MS);
        output_end(out);
    } else {
        struct statement *versions = iam_store_versions(call->store, policy.id);
        while (iam_store_next_version(versions, &version)) {
            output_begin_structure(out, NULL);
            write_version(call, &policy, &version, false);
            output_end(out);
        }
    }
    output_end(out);
    iam_write_page(call, &page);
    return result_output();
}

struct result iam_set_default_policy_version(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity policy;
    struct iam_version version;
    if (!find_changeable(call, input, &policy, &refusal) ||
        !find_version(call, input, &policy, &version, &refusal)) {
        return refusal;
    }
    policy.default_version = version.number;
    policy.updated_ms = iam_now_ms(call);
    iam_store_update(call->store, &policy);
    return result_output();
}
