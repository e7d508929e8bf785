/* What all kinds of entities have in common. Source: sts-iam.md B2; recorded/iam; IAM API reference. */
#include "services/iam/iam.h"

#include "emulator/core/emulator.h"

#define DEFAULT_PAGE 100

struct kind {
    const char *name_member; /* of requests and answers */
    const char *id_prefix;
    const char *arn_type;
    const char *missing; /* NoSuchEntity, with the name */
    const char *taken;   /* EntityAlreadyExists, with the name */
};

static const struct kind kinds[] = {
    [IAM_ROLE] = {"RoleName", "AROA", "role", "The role with name %s cannot be found.",
                  "Role with name %s already exists."},
    [IAM_USER] = {"UserName", "AIDA", "user", "The user with name %s cannot be found.",
                  "User with name %s already exists."},
    [IAM_GROUP] = {"GroupName", "AGPA", "group", "The group with name %s cannot be found.",
                   "Group with name %s already exists."},
    [IAM_INSTANCE_PROFILE] = {"InstanceProfileName", "AIPA", "instance-profile",
                              "Instance Profile %s cannot be found.", "Instance Profile %s already exists."},
    [IAM_POLICY] = {"PolicyName", "ANPA", "policy", "Policy %s was not found.",
                    "A policy called %s already exists. Duplicate names are not allowed."},
};

/* The formats above are constants of ours. */
static const char *with_name(struct arena *arena, const char *format, const char *name) {
    const char *place = strstr(format, "%s");
    return arena_printf(arena, "%.*s%s%s", (int)(place - format), format, name, place + 2);
}

bool iam_find_entity(struct call *call, struct input input, enum iam_kind kind, struct iam_entity *entity,
                     struct result *refusal) {
    const char *name = input_string(input, kinds[kind].name_member);
    if (iam_store_find(call->store, call->identity.account, kind, text_of(name), call->arena, entity)) {
        return true;
    }
    *refusal = call_error(call, &iam_error_NoSuchEntityException, "%s",
                          with_name(call->arena, kinds[kind].missing, name));
    return false;
}

bool iam_find_named_entity(struct call *call, struct input input, struct iam_entity *entity,
                           struct result *refusal) {
    int kind = IAM_ROLE;
    while (!shape_member(input.shape, text_of(kinds[kind].name_member))) {
        kind++;
    }
    return iam_find_entity(call, input, (enum iam_kind)kind, entity, refusal);
}

int64_t iam_now_ms(const struct call *call) {
    return call->now_ms / 1000 * 1000;
}

struct iam_entity iam_new_entity(struct call *call, struct input input, enum iam_kind kind) {
    char *unique_id = arena_alloc(call->arena, UNIQUE_ID_SIZE);
    const char *path = input_string(input, "Path");
    unique_id_make(emulator_ids(call->emulator), kinds[kind].id_prefix, unique_id);
    return (struct iam_entity){
        .kind = kind,
        .account = call->identity.account,
        .name = input_string(input, kinds[kind].name_member),
        .path = path ? path : "/",
        .unique_id = unique_id,
        .created_ms = iam_now_ms(call),
        .updated_ms = iam_now_ms(call),
    };
}

bool iam_create_entity(struct call *call, struct input input, struct iam_entity *entity,
                       struct result *refusal) {
    bool takes_tags = shape_member(input.shape, TEXT("Tags")) != NULL;
    if (takes_tags && !iam_check_tags(call, input_list(input, "Tags"), refusal)) {
        return false;
    }
    if (!iam_store_create(call->store, entity)) {
        *refusal = call_error(call, &iam_error_EntityAlreadyExistsException, "%s",
                              with_name(call->arena, kinds[entity->kind].taken, entity->name));
        return false;
    }
    if (takes_tags) {
        struct input tags = input_list(input, "Tags");
        for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
            iam_store_put_tag(call->store, entity->id, input_text(tag, "Key"), input_text(tag, "Value"));
        }
    }
    return true;
}

const char *iam_arn(struct arena *arena, const struct iam_entity *entity) {
    return arena_printf(arena, "arn:aws:iam::%s:%s%s%s", entity->account, kinds[entity->kind].arn_type,
                        entity->path, entity->name);
}

bool iam_check_unused(struct call *call, const struct iam_entity *entity, struct result *refusal) {
    static const char attached[] = "Cannot delete entity, must detach all policies first.";
    static const char inlined[] = "Cannot delete entity, must delete policies first.";
    struct statement *inlines = iam_store_inlines(call->store, entity->id, NULL);
    bool has_inline = statement_step(inlines);
    statement_reset(inlines);
    struct iam_login_profile profile;
    const char *message = NULL;
    if (entity->kind == IAM_ROLE && iam_store_owner_count(call->store, entity->id) > 0) {
        message = "Cannot delete entity, must remove roles from instance profile first.";
    } else if (entity->kind == IAM_INSTANCE_PROFILE && iam_store_member_count(call->store, entity->id) > 0) {
        message = "Cannot delete entity, must remove roles from instance profile first.";
    } else if ((entity->kind == IAM_USER && iam_store_owner_count(call->store, entity->id) > 0) ||
               (entity->kind == IAM_GROUP && iam_store_member_count(call->store, entity->id) > 0)) {
        message = "Cannot delete entity, must remove users from group first.";
    } else if (iam_store_access_key_count(call->store, entity->id) > 0) {
        message = "Cannot delete entity, must delete access keys first.";
    } else if (entity->kind == IAM_USER && iam_store_login_profile(call->store, entity->id, &profile)) {
        message = "Cannot delete entity, must delete login profile first.";
    } else if (iam_store_attachment_count(call->store, entity->id) > 0) {
        message = attached;
    } else if (has_inline) {
        message = inlined;
    }
    if (message) {
        *refusal = call_error(call, &iam_error_DeleteConflictException, "%s", message);
    }
    return !message;
}

/* ---- Writing ---- */

void iam_write_document(struct call *call, const char *member, struct text document) {
    struct strbuf encoded = STRBUF_INIT;
    strbuf_append_percent(&encoded, document, NULL);
    output_text(call_output(call), member, strbuf_text(&encoded));
    strbuf_release(&encoded);
}

struct result iam_malformed_policy(struct call *call, const char *message) {
    return call_error(call, &iam_error_MalformedPolicyDocumentException, "%s", message);
}

void iam_write_tags(struct call *call, const struct iam_entity *entity) {
    struct output *out = call_output(call);
    struct statement *tags = iam_store_tags(call->store, entity->id, NULL);
    bool open = false;
    while (statement_step(tags)) {
        if (!open) {
            output_begin_list(out, "Tags");
            open = true;
        }
        output_begin_structure(out, NULL);
        output_text(out, "Key", statement_text(tags, 0));
        output_text(out, "Value", statement_text(tags, 1));
        output_end(out);
    }
    if (open) {
        output_end(out);
    }
}

static void write_common(struct call *call, const struct iam_entity *entity, const char *id_member) {
    struct output *out = call_output(call);
    output_string(out, "Path", entity->path);
    output_string(out, kinds[entity->kind].name_member, entity->name);
    output_string(out, id_member, entity->unique_id);
    output_string(out, "Arn", iam_arn(call->arena, entity));
    output_timestamp(out, "CreateDate", entity->created_ms);
}

static void write_boundary(struct output *out, const struct iam_entity *entity) {
    if (entity->boundary_arn) {
        output_begin_structure(out, "PermissionsBoundary");
        output_string(out, "PermissionsBoundaryType", "Policy");
        output_string(out, "PermissionsBoundaryArn", entity->boundary_arn);
        output_end(out);
    }
}

void iam_write_role(struct call *call, const struct iam_entity *role, bool full) {
    struct output *out = call_output(call);
    write_common(call, role, "RoleId");
    iam_write_document(call, "AssumeRolePolicyDocument", text_of(role->trust_policy));
    output_string(out, "Description", role->description);
    output_integer(out, "MaxSessionDuration", role->max_session_s);
    if (full) {
        write_boundary(out, role);
        iam_write_tags(call, role);
        output_begin_structure(out, "RoleLastUsed");
        output_end(out);
    }
}

void iam_write_user(struct call *call, const struct iam_entity *user, bool full) {
    write_common(call, user, "UserId");
    if (full) {
        write_boundary(call_output(call), user);
        iam_write_tags(call, user);
    }
}

void iam_write_group(struct call *call, const struct iam_entity *group) {
    write_common(call, group, "GroupId");
}

void iam_write_instance_profile(struct call *call, const struct iam_entity *profile, bool full) {
    struct output *out = call_output(call);
    struct iam_entity role;
    write_common(call, profile, "InstanceProfileId");
    output_begin_list(out, "Roles");
    struct statement *members = iam_store_members(call->store, profile->id);
    while (iam_store_next_entity(members, call->arena, &role)) {
        output_begin_structure(out, NULL);
        write_common(call, &role, "RoleId");
        iam_write_document(call, "AssumeRolePolicyDocument", text_of(role.trust_policy));
        output_end(out);
    }
    output_end(out);
    if (full) {
        iam_write_tags(call, profile);
    }
}

/* ---- Pages ---- */

struct iam_page iam_read_page(struct input input) {
    return (struct iam_page){
        .after = input_string(input, "Marker"),
        .room = input_integer(input, "MaxItems", DEFAULT_PAGE),
    };
}

bool iam_take_room(struct iam_page *page, const char *name) {
    if (page->room-- == 0) {
        page->truncated = true;
        return false;
    }
    page->last = name;
    return true;
}

void iam_write_page(struct call *call, const struct iam_page *page) {
    struct output *out = call_output(call);
    output_boolean(out, "IsTruncated", page->truncated);
    output_string(out, "Marker", page->truncated ? page->last : NULL);
}
