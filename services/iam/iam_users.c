/* Users and their access keys. Source: sts-iam.md B; recorded/iam; IAM API reference. */
#include "emulator/core/emulator.h"
#include "services/iam/iam.h"

#define MAXIMUM_ACCESS_KEYS 2

struct result iam_create_user(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity user = iam_new_entity(call, input, IAM_USER);
    struct text boundary = input_text(input, "PermissionsBoundary");
    user.boundary_arn = arena_text_string(call->arena, boundary);
    if ((boundary.data && !iam_check_policy_exists(call, boundary, false, &refusal)) ||
        !iam_create_entity(call, input, &user, &refusal)) {
        return refusal;
    }
    output_begin_structure(call_output(call), "User");
    iam_write_user(call, &user, true);
    output_end(call_output(call));
    return result_output();
}

/* The user whose access key signed the request. */
static bool find_caller(struct call *call, struct iam_entity *user) {
    struct iam_access_key key;
    return call->identity.access_key &&
           iam_store_find_access_key(call->store, text_of(call->identity.access_key), call->arena, &key,
                                     user);
}

/* UserName may be left out: the caller. False: *refusal. */
static bool find_user_or_caller(struct call *call, struct input input, struct iam_entity *user,
                                struct result *refusal) {
    if (input_has(input, "UserName")) {
        return iam_find_entity(call, input, IAM_USER, user, refusal);
    }
    if (find_caller(call, user)) {
        return true;
    }
    *refusal = call_error(call, &error_validation_error,
                          "Must specify userName when calling with non-User credentials");
    return false;
}

struct result iam_get_user(struct call *call, struct input input) {
    struct result refusal;
    struct output *out = call_output(call);
    struct iam_entity user;
    if (!input_has(input, "UserName") && !find_caller(call, &user)) {
        output_begin_structure(out, "User"); /* root has neither name nor path */
        output_string(out, "UserId", call->identity.user_id);
        output_string(out, "Arn", call->identity.arn);
        output_timestamp(out, "CreateDate", 0);
        output_end(out);
        return result_output();
    }
    if (!find_user_or_caller(call, input, &user, &refusal)) {
        return refusal;
    }
    output_begin_structure(out, "User");
    iam_write_user(call, &user, true);
    output_end(out);
    return result_output();
}

struct result iam_update_user(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity user;
    if (!iam_find_entity(call, input, IAM_USER, &user, &refusal)) {
        return refusal;
    }
    if (input_has(input, "NewUserName")) {
        user.name = input_string(input, "NewUserName");
    }
    if (input_has(input, "NewPath")) {
        user.path = input_string(input, "NewPath");
    }
    if (!iam_store_update(call->store, &user)) {
        return call_error(call, &iam_error_EntityAlreadyExistsException, "User with name %s already exists.",
                          user.name);
    }
    return result_output();
}

struct result iam_delete_user(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity user;
    if (!iam_find_entity(call, input, IAM_USER, &user, &refusal) ||
        !iam_check_unused(call, &user, &refusal)) {
        return refusal;
    }
    iam_store_delete(call->store, user.id);
    return result_output();
}

struct result iam_list_users(struct call *call, struct input input) {
    struct output *out = call_output(call);
    struct iam_page page = iam_read_page(input);
    struct iam_entity user;
    const char *prefix = input_string(input, "PathPrefix");
    struct statement *users = iam_store_entities(call->store, call->identity.account, IAM_USER, page.after);
    output_begin_list(out, "Users");
    while (iam_store_next_entity(users, call->arena, &user)) {
        if (prefix && strncmp(user.path, prefix, strlen(prefix)) != 0) {
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

/* ---- Access keys ---- */

struct result iam_create_access_key(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity user;
    char access_key[ACCESS_KEY_ID_SIZE];
    char secret_key[SECRET_ACCESS_KEY_SIZE];
    if (!find_user_or_caller(call, input, &user, &refusal)) {
        return refusal;
    }
    if (iam_store_access_key_count(call->store, user.id) >= MAXIMUM_ACCESS_KEYS) {
        return call_error(call, &iam_error_LimitExceededException,
                          "Cannot exceed quota for AccessKeysPerUser: %d", MAXIMUM_ACCESS_KEYS);
    }
    access_key_make_id(emulator_ids(call->emulator), "AKIA", user.account, access_key);
    access_key_make_secret(emulator_ids(call->emulator), secret_key);
    struct iam_access_key key = {
        .user_id = user.id,
        .access_key = access_key,
        .secret_key = secret_key,
        .status = "Active",
        .created_ms = iam_now_ms(call),
    };
    iam_store_add_access_key(call->store, &key);
    struct output *out = call_output(call);
    output_begin_structure(out, "AccessKey");
    output_string(out, "UserName", user.name);
    output_string(out, "AccessKeyId", key.access_key);
    output_string(out, "Status", key.status);
    output_string(out, "SecretAccessKey", key.secret_key);
    output_timestamp(out, "CreateDate", key.created_ms);
    output_end(out);
    return result_output();
}

/* A key of this user; the user may be left out. */
static bool find_key(struct call *call, struct input input, struct iam_access_key *key,
                     struct result *refusal) {
    struct iam_entity owner;
    struct text access_key = input_text(input, "AccessKeyId");
    struct iam_entity user = {0};
    if (input_has(input, "UserName") && !iam_find_entity(call, input, IAM_USER, &user, refusal)) {
        return false;
    }
    if (!iam_store_find_access_key(call->store, access_key, call->arena, key, &owner) ||
        strcmp(owner.account, call->identity.account) != 0 ||
        (input_has(input, "UserName") && user.id != owner.id)) {
        *refusal = call_error(call, &iam_error_NoSuchEntityException,
                              "The Access Key with id %.*s cannot be found.", TEXT_ARGUMENTS(access_key));
        return false;
    }
    return true;
}

struct result iam_update_access_key(struct call *call, struct input input) {
    struct result refusal;
    struct iam_access_key key;
    if (!find_key(call, input, &key, &refusal)) {
        return refusal;
    }
    iam_store_set_key_status(call->store, key.access_key, input_string(input, "Status"));
    return result_output();
}

struct result iam_delete_access_key(struct call *call, struct input input) {
    struct result refusal;
    struct iam_access_key key;
    if (!find_key(call, input, &key, &refusal)) {
        return refusal;
    }
    iam_store_delete_access_key(call->store, key.access_key);
    return result_output();
}

struct result iam_list_access_keys(struct call *call, struct input input) {
    struct result refusal;
    struct output *out = call_output(call);
    struct iam_entity user;
    struct iam_access_key key;
    struct iam_page page = {0};
    if (!find_user_or_caller(call, input, &user, &refusal)) {
        return refusal;
    }
    struct statement *keys = iam_store_access_keys(call->store, user.id);
    output_begin_list(out, "AccessKeyMetadata");
    while (iam_store_next_access_key(keys, call->arena, &key)) {
        output_begin_structure(out, NULL);
        output_string(out, "UserName", user.name);
        output_string(out, "AccessKeyId", key.access_key);
        output_string(out, "Status", key.status);
        output_timestamp(out, "CreateDate", key.created_ms);
        output_end(out);
    }
    output_end(out);
    iam_write_page(call, &page);
    return result_output();
}

/* Uses are not recorded: AWS answers N/A until there is one. */
struct result iam_get_access_key_last_used(struct call *call, struct input input) {
    struct output *out = call_output(call);
    struct iam_access_key key;
    struct iam_entity user;
    struct text access_key = input_text(input, "AccessKeyId");
    if (!iam_store_find_access_key(call->store, access_key, call->arena, &key, &user)) {
        return call_error(
            call, &error_access_denied,
            "User: %s is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key %.*s",
            call->identity.arn, TEXT_ARGUMENTS(access_key));
    }
    output_string(out, "UserName", user.name);
    output_begin_structure(out, "AccessKeyLastUsed");
    output_string(out, "ServiceName", "N/A");
    output_string(out, "Region", "N/A");
    output_end(out);
    return result_output();
}
