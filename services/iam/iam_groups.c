/* Groups and who is in them. Source: sts-iam.md B; IAM API reference. */
#include "services/iam/iam.h"

struct result iam_create_group(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity group = iam_new_entity(call, input, IAM_GROUP);
    if (!iam_create_entity(call, input, &group, &refusal)) {
        return refusal;
    }
    output_begin_structure(call_output(call), "Group");
    iam_write_group(call, &group);
    output_end(call_output(call));
    return result_output();
}

struct result iam_get_group(struct call *call, struct input input) {
    struct result refusal;
    struct output *out = call_output(call);
    struct iam_page page = iam_read_page(input);
    struct iam_entity group;
    struct iam_entity user;
    if (!iam_find_entity(call, input, IAM_GROUP, &group, &refusal)) {
        return refusal;
    }
    output_begin_structure(out, "Group");
    iam_write_group(call, &group);
    output_end(out);
    struct statement *users = iam_store_members(call->store, group.id);
    output_begin_list(out, "Users");
    while (iam_store_next_entity(users, call->arena, &user)) {
        if (page.after && strcmp(user.name, page.after) <= 0) {
            continue;
        }
        if (!iam_take_room(&page, user.name)) {
            statement_reset(users);
            break;
        }
        output_begin_structure(out, NULL);
        iam_write_user(call, &user, false);
        output_end(out);
    }
    output_end(out);
    iam_write_page(call, &page);
    return result_output();
}

struct result iam_update_group(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity group;
    if (!iam_find_entity(call, input, IAM_GROUP, &group, &refusal)) {
        return refusal;
    }
    if (input_has(input, "NewGroupName")) {
        group.name = input_string(input, "NewGroupName");
    }
    if (input_has(input, "NewPath")) {
        group.path = input_string(input, "NewPath");
    }
    if (!iam_store_update(call->store, &group)) {
        return call_error(call, &iam_error_EntityAlreadyExistsException, "Group with name %s already exists.",
                          group.name);
    }
    return result_output();
}

struct result iam_delete_group(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity group;
    if (!iam_find_entity(call, input, IAM_GROUP, &group, &refusal) ||
        !iam_check_unused(call, &group, &refusal)) {
        return refusal;
    }
    iam_store_delete(call->store, group.id);
    return result_output();
}

/* Groups of a reading, from page.after on. */
static void write_groups(struct call *call, struct statement *groups, struct iam_page *page,
                         const char *prefix) {
    struct output *out = call_output(call);
    struct iam_entity group;
    output_begin_list(out, "Groups");
    while (iam_store_next_entity(groups, call->arena, &group)) {
        if ((prefix && strncmp(group.path, prefix, strlen(prefix)) != 0) ||
            (page->after && strcasecmp(group.name, page->after) <= 0)) {
            continue;
        }
        if (!iam_take_room(page, group.name)) {
            statement_reset(groups);
            break;
        }
        output_begin_structure(out, NULL);
        iam_write_group(call, &group);
        output_end(out);
    }
    output_end(out);
    iam_write_page(call, page);
}

struct result iam_list_groups(struct call *call, struct input input) {
    struct iam_page page = iam_read_page(input);
    write_groups(call, iam_store_entities(call->store, call->identity.account, IAM_GROUP, page.after), &page,
                 input_string(input, "PathPrefix"));
    return result_output();
}

struct result iam_list_groups_for_user(struct call *call, struct input input) {
    struct result refusal;
    struct iam_page page = iam_read_page(input);
    struct iam_entity user;
    if (!iam_find_entity(call, input, IAM_USER, &user, &refusal)) {
        return refusal;
    }
    write_groups(call, iam_store_owners(call->store, user.id), &page, NULL);
    return result_output();
}

static bool find_both(struct call *call, struct input input, struct iam_entity *group,
                      struct iam_entity *user, struct result *refusal) {
    return iam_find_entity(call, input, IAM_GROUP, group, refusal) &&
           iam_find_entity(call, input, IAM_USER, user, refusal);
}

struct result iam_add_user_to_group(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity group;
    struct iam_entity user;
    if (!find_both(call, input, &group, &user, &refusal)) {
        return refusal;
    }
    iam_store_add_member(call->store, group.id, user.id);
    return result_output();
}

struct result iam_remove_user_from_group(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity group;
    struct iam_entity user;
    if (!find_both(call, input, &group, &user, &refusal)) {
        return refusal;
    }
    iam_store_remove_member(call->store, group.id, user.id);
    return result_output();
}
