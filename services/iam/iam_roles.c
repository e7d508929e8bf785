/* Roles. Source: sts-iam.md B2; recorded/iam, test_create_describe_role; IAM API reference. */
#include "services/iam/iam.h"
#include "services/iam/policy_document.h"

#define DEFAULT_SESSION_S 3600
#define MAXIMUM_TRUST_BYTES 2048

static bool check_trust(struct call *call, struct text document, struct result *refusal) {
    const char *message = policy_document_check_trust(document);
    if (message) {
        *refusal = iam_malformed_policy(call, message);
        return false;
    }
    if (policy_document_size(document) > MAXIMUM_TRUST_BYTES) {
        *refusal = call_error(call, &iam_error_LimitExceededException,
                              "Cannot exceed quota for ACLSizePerRole: %d", MAXIMUM_TRUST_BYTES);
        return false;
    }
    return true;
}

/* CreateRole answers what was asked for; GetRole also what was not. */
static void write_created(struct call *call, struct input input, const struct iam_entity *role) {
    struct output *out = call_output(call);
    output_begin_structure(out, "Role");
    output_string(out, "Path", role->path);
    output_string(out, "RoleName", role->name);
    output_string(out, "RoleId", role->unique_id);
    output_string(out, "Arn", iam_arn(call->arena, role));
    output_timestamp(out, "CreateDate", role->created_ms);
    iam_write_document(call, "AssumeRolePolicyDocument", text_of(role->trust_policy));
    output_string(out, "Description", role->description);
    if (input_has(input, "MaxSessionDuration")) {
        output_integer(out, "MaxSessionDuration", role->max_session_s);
    }
    if (role->boundary_arn) {
        output_begin_structure(out, "PermissionsBoundary");
        output_string(out, "PermissionsBoundaryType", "Policy");
        output_string(out, "PermissionsBoundaryArn", role->boundary_arn);
        output_end(out);
    }
    iam_write_tags(call, role);
    output_end(out);
}

struct result iam_create_role(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity role = iam_new_entity(call, input, IAM_ROLE);
    struct text boundary = input_text(input, "PermissionsBoundary");
    role.trust_policy = input_string(input, "AssumeRolePolicyDocument");
    role.description = input_string(input, "Description");
    role.max_session_s = input_integer(input, "MaxSessionDuration", DEFAULT_SESSION_S);
    role.boundary_arn = arena_text_string(call->arena, boundary);
    if (!check_trust(call, text_of(role.trust_policy), &refusal) ||
        (boundary.data && !iam_check_policy_exists(call, boundary, false, &refusal)) ||
        !iam_create_entity(call, input, &role, &refusal)) {
        return refusal;
    }
    write_created(call, input, &role);
    return result_output();
}

struct result iam_get_role(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity role;
    if (!iam_find_entity(call, input, IAM_ROLE, &role, &refusal)) {
        return refusal;
    }
    output_begin_structure(call_output(call), "Role");
    iam_write_role(call, &role, true);
    output_end(call_output(call));
    return result_output();
}

struct result iam_delete_role(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity role;
    if (!iam_find_entity(call, input, IAM_ROLE, &role, &refusal)) {
        return refusal;
    }
    if (strncmp(role.path, "/aws-service-role/", strlen("/aws-service-role/")) == 0) {
        return call_error(
            call, &iam_error_UnmodifiableEntityException,
            "Cannot perform the operation on the protected role '%s' - this role is only modifiable by "
            "AWS",
            role.name);
    }
    if (!iam_check_unused(call, &role, &refusal)) {
        return refusal;
    }
    iam_store_delete(call->store, role.id);
    return result_output();
}

struct result iam_update_role(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity role;
    if (!iam_find_entity(call, input, IAM_ROLE, &role, &refusal)) {
        return refusal;
    }
    if (input_has(input, "Description")) {
        role.description = input_string(input, "Description");
    }
    role.max_session_s = input_integer(input, "MaxSessionDuration", role.max_session_s);
    iam_store_update(call->store, &role);
    call_output(call);
    return result_output();
}

struct result iam_update_role_description(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity role;
    if (!iam_find_entity(call, input, IAM_ROLE, &role, &refusal)) {
        return refusal;
    }
    role.description = input_string(input, "Description");
    iam_store_update(call->store, &role);
    output_begin_structure(call_output(call), "Role");
    iam_write_role(call, &role, true);
    output_end(call_output(call));
    return result_output();
}

struct result iam_update_assume_role_policy(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity role;
    struct text document = input_text(input, "PolicyDocument");
    if (!iam_find_entity(call, input, IAM_ROLE, &role, &refusal) || !check_trust(call, document, &refusal)) {
        return refusal;
    }
    role.trust_policy = arena_text_string(call->arena, document);
    iam_store_update(call->store, &role);
    return result_output();
}

struct result iam_list_roles(struct call *call, struct input input) {
    struct output *out = call_output(call);
    struct iam_page page = iam_read_page(input);
    struct iam_entity role;
    const char *prefix = input_string(input, "PathPrefix");
    struct statement *roles = iam_store_entities(call->store, call->identity.account, IAM_ROLE, page.after);
    output_begin_list(out, "Roles");
    while (iam_store_next_entity(roles, call->arena, &role)) {
        if (prefix && strncmp(role.path, prefix, strlen(prefix)) != 0) {
            continue;
        }
        if (!iam_take_room(&page, role.name)) {
            statement_reset(roles);
            break;
        }
        output_begin_structure(out, NULL);
        iam_write_role(call, &role, false);
        output_end(out);
    }
    output_end(out);
    iam_write_page(call, &page);
    return result_output();
}
