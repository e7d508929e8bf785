/* Instance profiles: a role in a box for EC2. Source: sts-iam.md B; IAM API reference. */
#include "services/iam/iam.h"

struct result iam_create_instance_profile(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity profile = iam_new_entity(call, input, IAM_INSTANCE_PROFILE);
    if (!iam_create_entity(call, input, &profile, &refusal)) {
        return refusal;
    }
    output_begin_structure(call_output(call), "InstanceProfile");
    iam_write_instance_profile(call, &profile, true);
    output_end(call_output(call));
    return result_output();
}

struct result iam_get_instance_profile(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity profile;
    if (!iam_find_entity(call, input, IAM_INSTANCE_PROFILE, &profile, &refusal)) {
        return refusal;
    }
    output_begin_structure(call_output(call), "InstanceProfile");
    iam_write_instance_profile(call, &profile, true);
    output_end(call_output(call));
    return result_output();
}

struct result iam_delete_instance_profile(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity profile;
    if (!iam_find_entity(call, input, IAM_INSTANCE_PROFILE, &profile, &refusal) ||
        !iam_check_unused(call, &profile, &refusal)) {
        return refusal;
    }
    iam_store_delete(call->store, profile.id);
    return result_output();
}

static struct result write_profiles(struct call *call, struct input input, struct statement *profiles,
                                    const char *prefix) {
    struct output *out = call_output(call);
    struct iam_page page = iam_read_page(input);
    struct iam_entity profile;
    output_begin_list(out, "InstanceProfiles");
    while (iam_store_next_entity(profiles, call->arena, &profile)) {
        if ((prefix && strncmp(profile.path, prefix, strlen(prefix)) != 0) ||
            (page.after && strcasecmp(profile.name, page.after) <= 0)) {
            continue;
        }
        if (!iam_take_room(&page, profile.name)) {
            statement_reset(profiles);
            break;
        }
        output_begin_structure(out, NULL);
        iam_write_instance_profile(call, &profile, false);
        output_end(out);
    }
    output_end(out);
    iam_write_page(call, &page);
    return result_output();
}

struct result iam_list_instance_profiles(struct call *call, struct input input) {
    return write_profiles(call, input,
                          iam_store_entities(call->store, call->identity.account, IAM_INSTANCE_PROFILE,
                                             input_string(input, "Marker")),
                          input_string(input, "PathPrefix"));
}

struct result iam_list_instance_profiles_for_role(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity role;
    if (!iam_find_entity(call, input, IAM_ROLE, &role, &refusal)) {
        return refusal;
    }
    return write_profiles(call, input, iam_store_owners(call->store, role.id), NULL);
}

struct result iam_add_role_to_instance_profile(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity profile;
    struct iam_entity role;
    if (!iam_find_entity(call, input, IAM_INSTANCE_PROFILE, &profile, &refusal) ||
        !iam_find_entity(call, input, IAM_ROLE, &role, &refusal)) {
        return refusal;
    }
    if (iam_store_member_count(call->store, profile.id) > 0) {
        return call_error(call, &iam_error_LimitExceededException,
                          "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
    }
    iam_store_add_member(call->store, profile.id, role.id);
    return result_output();
}

struct result iam_remove_role_from_instance_profile(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity profile;
    struct iam_entity role;
    if (!iam_find_entity(call, input, IAM_INSTANCE_PROFILE, &profile, &refusal) ||
        !iam_find_entity(call, input, IAM_ROLE, &role, &refusal)) {
        return refusal;
    }
    if (!iam_store_remove_member(call->store, profile.id, role.id)) {
        return call_error(call, &iam_error_NoSuchEntityException, "The role with name %s cannot be found.",
                          role.name);
    }
    return result_output();
}
