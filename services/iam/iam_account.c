/*
 * Sign-in of users and what belongs to the whole account: alias, password policy, summary. There is nothing
 * to sign in to, so no password is kept. Source: IAM API reference; texts that differ are marked.
 */
#include "emulator/core/emulator.h"
#include "services/iam/iam.h"

#define DEFAULT_PASSWORD_LENGTH 8

/* ---- Password policy ---- */

/* Parsed; NULL: the account has none. */
static const struct json_value *password_policy(struct call *call) {
    struct text stored =
        iam_store_setting(call->store, call->identity.account, "PasswordPolicy", call->arena);
    return stored.data ? json_parse(call->arena, stored, NULL) : NULL;
}

static const char *const flags[] = {"RequireSymbols",
                                    "RequireNumbers",
                                    "RequireUppercaseCharacters",
                                    "RequireLowercaseCharacters",
                                    "AllowUsersToChangePassword",
                                    "HardExpiry"};

/* Replaces the policy before: what the request leaves out goes back to its default. */
struct result iam_update_account_password_policy(struct call *call, struct input input) {
    struct strbuf json = STRBUF_INIT;
    strbuf_printf(&json,
                  "{\"MinimumPasswordLength\":%lld,\"MaxPasswordAge\":%lld,\"PasswordReusePrevention\":%lld",
                  (long long)input_integer(input, "MinimumPasswordLength", 6),
                  (long long)input_integer(input, "MaxPasswordAge", 0),
                  (long long)input_integer(input, "PasswordReusePrevention", 0));
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        strbuf_printf(&json, ",\"%s\":%s", flags[i],
                      input_boolean(input, flags[i], false) ? "true" : "false");
    }
    strbuf_append_char(&json, '}');
    iam_store_put_setting(call->store, call->identity.account, "PasswordPolicy", strbuf_text(&json));
    strbuf_release(&json);
    return result_output();
}

static int64_t stored_integer(const struct json_value *policy, const char *member) {
    int64_t number = 0;
    text_to_int64(json_find(policy, member)->text, &number);
    return number;
}

static struct result no_password_policy(struct call *call) {
    return call_error(call, &iam_error_NoSuchEntityException,
                      "The Password Policy with domain name %s cannot be found.", call->identity.account);
}

struct result iam_get_account_password_policy(struct call *call, struct input input) {
    struct output *out = call_output(call);
    const struct json_value *policy = password_policy(call);
    (void)input;
    if (!policy) {
        return no_password_policy(call);
    }
    int64_t age = stored_integer(policy, "MaxPasswordAge");
    int64_t reuse = stored_integer(policy, "PasswordReusePrevention");
    output_begin_structure(out, "PasswordPolicy");
    output_integer(out, "MinimumPasswordLength", stored_integer(policy, "MinimumPasswordLength"));
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        output_boolean(out, flags[i], json_find(policy, flags[i])->type == JSON_VALUE_TRUE);
    }
    output_boolean(out, "ExpirePasswords", age > 0);
    if (age > 0) {
        output_integer(out, "MaxPasswordAge", age);
    }
    if (reuse > 0) {
        output_integer(out, "PasswordReusePrevention", reuse);
    }
    output_end(out);
    return result_output();
}

struct result iam_delete_account_password_policy(struct call *call, struct input input) {
    (void)input;
    return iam_store_delete_setting(call->store, call->identity.account, "PasswordPolicy")
               ? result_output()
               : no_password_policy(call);
}

/* ---- Login profiles ---- */

/* Text [inferred]. */
static bool check_password(struct call *call, struct input input, struct result *refusal) {
    struct text password = input_text(input, "Password");
    const struct json_value *policy = password_policy(call);
    int64_t length = policy ? stored_integer(policy, "MinimumPasswordLength") : DEFAULT_PASSWORD_LENGTH;
    if (password.data && (int64_t)password.size < length) {
        *refusal = call_error(call, &iam_error_PasswordPolicyViolationException,
                              "Password should have a minimum length of %lld", (long long)length);
        return false;
    }
    return true;
}

static bool find_profile(struct call *call, struct input input, struct iam_entity *user,
                         struct iam_login_profile *profile, struct result *refusal) {
    if (!iam_find_entity(call, input, IAM_USER, user, refusal)) {
        return false;
    }
    if (!iam_store_login_profile(call->store, user->id, profile)) {
        *refusal = call_error(call, &iam_error_NoSuchEntityException,
                              "Login Profile for User %s cannot be found.", user->name);
        return false;
    }
    return true;
}

static struct result write_profile(struct call *call, const struct iam_entity *user,
                                   const struct iam_login_profile *profile) {
    struct output *out = call_output(call);
    output_begin_structure(out, "LoginProfile");
    output_string(out, "UserName", user->name);
    output_timestamp(out, "CreateDate", profile->created_ms);
    output_boolean(out, "PasswordResetRequired", profile->reset_required);
    output_end(out);
    return result_output();
}

struct result iam_create_login_profile(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity user;
    struct iam_login_profile profile;
    if (!iam_find_entity(call, input, IAM_USER, &user, &refusal) || !check_password(call, input, &refusal)) {
        return refusal;
    }
    if (iam_store_login_profile(call->store, user.id, &profile)) {
        return call_error(call, &iam_error_EntityAlreadyExistsException,
                          "Login Profile for user %s already exists.", user.name);
    }
    profile = (struct iam_login_profile){
        .created_ms = iam_now_ms(call),
        .reset_required = input_boolean(input, "PasswordResetRequired", false),
    };
    iam_store_put_login_profile(call->store, user.id, &profile);
    return write_profile(call, &user, &profile);
}

struct result iam_get_login_profile(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity user;
    struct iam_login_profile profile;
    return find_profile(call, input, &user, &profile, &refusal) ? write_profile(call, &user, &profile)
                                                                : refusal;
}

struct result iam_update_login_profile(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity user;
    struct iam_login_profile profile;
    if (!find_profile(call, input, &user, &profile, &refusal) || !check_password(call, input, &refusal)) {
        return refusal;
    }
    profile.reset_required = input_boolean(input, "PasswordResetRequired", profile.reset_required);
    iam_store_put_login_profile(call->store, user.id, &profile);
    return result_output();
}

struct result iam_delete_login_profile(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity user;
    struct iam_login_profile profile;
    if (!find_profile(call, input, &user, &profile, &refusal)) {
        return refusal;
    }
    iam_store_delete_login_profile(call->store, user.id);
    return result_output();
}

/* ---- Alias: one for each account, unique among all ---- */

struct result iam_create_account_alias(struct call *call, struct input input) {
    struct text alias = input_text(input, "AccountAlias");
    if (iam_store_alias_is_taken(call->store, alias)) {
        return call_error(call, &iam_error_EntityAlreadyExistsException,
                          "The account alias %.*s already exists.", TEXT_ARGUMENTS(alias));
    }
    iam_store_put_setting(call->store, call->identity.account, "Alias", alias);
    return result_output();
}

struct result iam_delete_account_alias(struct call *call, struct input input) {
    struct text alias = input_text(input, "AccountAlias");
    struct text stored = iam_store_setting(call->store, call->identity.account, "Alias", call->arena);
    if (!text_same(alias, stored)) {
        return call_error(call, &iam_error_NoSuchEntityException, "The account alias %.*s cannot be found.",
                          TEXT_ARGUMENTS(alias));
    }
    iam_store_delete_setting(call->store, call->identity.account, "Alias");
    return result_output();
}

struct result iam_list_account_aliases(struct call *call, struct input input) {
    struct output *out = call_output(call);
    struct iam_page page = iam_read_page(input);
    struct text stored = iam_store_setting(call->store, call->identity.account, "Alias", call->arena);
    output_begin_list(out, "AccountAliases");
    output_text(out, NULL, stored);
    output_end(out);
    iam_write_page(call, &page);
    return result_output();
}

/* ---- Summary ---- */

struct result iam_get_account_summary(struct call *call, struct input input) {
    static const struct {
        const char *count;
        const char *quota;
        enum iam_kind kind;
        int64_t limit;
    } kinds[] = {{"Users", "UsersQuota", IAM_USER, 5000},
                 {"Groups", "GroupsQuota", IAM_GROUP, 300},
                 {"Roles", "RolesQuota", IAM_ROLE, 1000},
                 {"Policies", "PoliciesQuota", IAM_POLICY, 1500},
                 {"InstanceProfiles", "InstanceProfilesQuota", IAM_INSTANCE_PROFILE, 1000}};
    static const struct {
        const char *name;
        int64_t value;
    } constants[] = {{"AccessKeysPerUserQuota", 2},
                     {"AccountAccessKeysPresent", 0},
                     {"AccountMFAEnabled", 0},
                     {"AccountSigningCertificatesPresent", 0},
                     {"AssumeRolePolicySizeQuota", 2048},
                     {"AttachedPoliciesPerGroupQuota", 10},
                     {"AttachedPoliciesPerRoleQuota", 10},
                     {"AttachedPoliciesPerUserQuota", 10},
                     {"GlobalEndpointTokenVersion", 1},
                     {"GroupPolicySizeQuota", 5120},
                     {"GroupsPerUserQuota", 10},
                     {"MFADevices", 0},
                     {"MFADevicesInUse", 0},
                     {"PolicySizeQuota", 6144},
                     {"PolicyVersionsInUseQuota", 10000},
                     {"Providers", 0},
                     {"RolePolicySizeQuota", 10240},
                     {"ServerCertificates", 0},
                     {"ServerCertificatesQuota", 20},
                     {"SigningCertificatesPerUserQuota", 2},
                     {"UserPolicySizeQuota", 2048},
                     {"VersionsPerPolicyQuota", 5}};
    struct output *out = call_output(call);
    (void)input;
    output_begin_map(out, "SummaryMap");
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        output_integer(out, kinds[i].count,
                       iam_store_entity_count(call->store, call->identity.account, kinds[i].kind));
        output_integer(out, kinds[i].quota, kinds[i].limit);
    }
    output_integer(out, "PolicyVersionsInUse",
                   iam_store_all_versions_count(call->store, call->identity.account));
    for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
        output_integer(out, constants[i].name, constants[i].value);
    }
    output_end(out);
    return result_output();
}
