/*
 * Policies of roles, users and groups: inline ones, attached ones, boundaries. One handler for the three
 * kinds; the request's member tells which it is. Source: sts-iam.md B2; recorded/iam; IAM API reference.
 */
#include "emulator/base/arn.h"
#include "services/iam/iam.h"
#include "services/iam/policy_document.h"

#define MAXIMUM_ATTACHED 10

struct rules {
    const char *noun;  /* "role": in texts */
    int inline_bytes;  /* in all */
    const char *quota; /* of attached policies */
};

static const struct rules rules[] = {
    [IAM_ROLE] = {"role", 10240, "PoliciesPerRole"},
    [IAM_USER] = {"user", 2048, "PoliciesPerUser"},
    [IAM_GROUP] = {"group", 5120, "PoliciesPerGroup"},
};

/* ---- Inline policies ---- */

struct result iam_put_inline_policy(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity entity;
    struct text document = input_text(input, "PolicyDocument");
    if (!iam_find_named_entity(call, input, &entity, &refusal)) {
        return refusal;
    }
    const char *message = policy_document_check_identity(document);
    if (message) {
        return iam_malformed_policy(call, message);
    }
    iam_store_put_inline(call->store, entity.id, input_text(input, "PolicyName"), document);
    if (iam_store_inline_bytes(call->store, entity.id) > rules[entity.kind].inline_bytes) {
        return call_error(call, &iam_error_LimitExceededException,
                          "Maximum policy size of %d bytes exceeded for %s %s",
                          rules[entity.kind].inline_bytes, rules[entity.kind].noun, entity.name);
    }
    return result_output();
}

static struct result no_such_inline(struct call *call, const struct iam_entity *entity, struct text name) {
    return call_error(call, &iam_error_NoSuchEntityException, "The %s policy with name %.*s cannot be found.",
                      rules[entity->kind].noun, TEXT_ARGUMENTS(name));
}

struct result iam_get_inline_policy(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity entity;
    struct text name = input_text(input, "PolicyName");
    static const char *const members[] = {
        [IAM_ROLE] = "RoleName", [IAM_USER] = "UserName", [IAM_GROUP] = "GroupName"};
    if (!iam_find_named_entity(call, input, &entity, &refusal)) {
        return refusal;
    }
    struct text document = iam_store_inline(call->store, entity.id, name, call->arena);
    if (!document.data) {
        return no_such_inline(call, &entity, name);
    }
    output_string(call_output(call), members[entity.kind], entity.name);
    output_text(call_output(call), "PolicyName", name);
    iam_write_document(call, "PolicyDocument", document);
    return result_output();
}

struct result iam_delete_inline_policy(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity entity;
    struct text name = input_text(input, "PolicyName");
    if (!iam_find_named_entity(call, input, &entity, &refusal)) {
        return refusal;
    }
    if (!iam_store_delete_inline(call->store, entity.id, name)) {
        return no_such_inline(call, &entity, name);
    }
    return result_output();
}

struct result iam_list_inline_policies(struct call *call, struct input input) {
    struct result refusal;
    struct output *out = call_output(call);
    struct iam_page page = iam_read_page(input);
    struct iam_entity entity;
    if (!iam_find_named_entity(call, input, &entity, &refusal)) {
        return refusal;
    }
    struct statement *inlines = iam_store_inlines(call->store, entity.id, page.after);
    output_begin_list(out, "PolicyNames");
    while (statement_step(inlines)) {
        const char *name = statement_string(inlines, 0, call->arena);
        if (!iam_take_room(&page, name)) {
            statement_reset(inlines);
            break;
        }
        output_string(out, NULL, name);
    }
    output_end(out);
    iam_write_page(call, &page);
    return result_output();
}

/* ---- Attached policies ---- */

struct result iam_attach_policy(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity entity;
    struct text arn = input_text(input, "PolicyArn");
    if (!iam_check_policy_exists(call, arn, true, &refusal) ||
        !iam_find_named_entity(call, input, &entity, &refusal)) {
        return refusal;
    }
    iam_store_attach(call->store, entity.id, arn);
    if (iam_store_attachment_count(call->store, entity.id) > MAXIMUM_ATTACHED) {
        return call_error(call, &iam_error_LimitExceededException, "Cannot exceed quota for %s: %d",
                          rules[entity.kind].quota, MAXIMUM_ATTACHED);
    }
    return result_output();
}

struct result iam_detach_policy(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity entity;
    struct arn parsed;
    struct text arn = input_text(input, "PolicyArn");
    if (!arn_parse(arn, &parsed)) {
        return call_error(call, &error_validation_error, "Invalid ARN:  Could not be parsed!");
    }
    if (!iam_find_named_entity(call, input, &entity, &refusal)) {
        return refusal;
    }
    if (!iam_store_detach(call->store, entity.id, arn)) {
        return call_error(call, &iam_error_NoSuchEntityException, "Policy %.*s was not found.",
                          TEXT_ARGUMENTS(arn));
    }
    return result_output();
}

/* "policy/path/Name": the name, and whether the path begins with the prefix. */
static const char *name_of_policy(struct arena *arena, const char *arn, const char *path_prefix,
                                  bool *wanted) {
    const char *resource = strstr(arn, ":policy/");
    const char *path = resource ? resource + strlen(":policy") : arn;
    const char *name = strrchr(path, '/');
    *wanted = !path_prefix || strncmp(path, path_prefix, strlen(path_prefix)) == 0;
    return arena_strdup(arena, name ? name + 1 : path);
}

struct result iam_list_attached_policies(struct call *call, struct input input) {
    struct result refusal;
    struct output *out = call_output(call);
    struct iam_page page = iam_read_page(input);
    struct iam_entity entity;
    const char *prefix = input_string(input, "PathPrefix");
    if (!iam_find_named_entity(call, input, &entity, &refusal)) {
        return refusal;
    }
    /* The marker is the ARN shown last; order is that of attaching. */
    bool started = !page.after;
    struct statement *attachments = iam_store_attachments(call->store, entity.id);
    output_begin_list(out, "AttachedPolicies");
    while (statement_step(attachments)) {
        bool wanted;
        const char *arn = statement_string(attachments, 0, call->arena);
        const char *name = name_of_policy(call->arena, arn, prefix, &wanted);
        if (!started || !wanted) {
            started = started || strcmp(arn, page.after) == 0;
            continue;
        }
        if (!iam_take_room(&page, arn)) {
            statement_reset(attachments);
            break;
        }
        output_begin_structure(out, NULL);
        output_string(out, "PolicyName", name);
        output_string(out, "PolicyArn", arn);
        output_end(out);
    }
    output_end(out);
    iam_write_page(call, &page);
    return result_output();
}

/* ---- Permissions boundaries ---- */

struct result iam_put_permissions_boundary(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity entity;
    struct text arn = input_text(input, "PermissionsBoundary");
    if (!iam_find_named_entity(call, input, &entity, &refusal) ||
        !iam_check_policy_exists(call, arn, false, &refusal)) {
        return refusal;
    }
    entity.boundary_arn = arena_text_string(call->arena, arn);
    iam_store_update(call->store, &entity);
    return result_output();
}

struct result iam_delete_permissions_boundary(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity entity;
    if (!iam_find_named_entity(call, input, &entity, &refusal)) {
        return refusal;
    }
    entity.boundary_arn = NULL;
    iam_store_update(call->store, &entity);
    return result_output();
}
