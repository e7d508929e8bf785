#include "services/sts/sts.h"

#include "emulator/core/emulator.h"

static const struct operation_row operations[] = {
    {"AssumeRole", sts_assume_role},
    {"AssumeRoleWithWebIdentity", sts_assume_role_with_web_identity},
    {"DecodeAuthorizationMessage", sts_decode_authorization_message},
    {"GetAccessKeyInfo", sts_get_access_key_info},
    {"GetCallerIdentity", sts_get_caller_identity},
    {"GetFederationToken", sts_get_federation_token},
    {"GetSessionToken", sts_get_session_token},
    {NULL, NULL},
};

static const struct accepted_member accepted[] = {
    {"AssumeRole", "ExternalId", "trust policies are not enforced"},
    {"AssumeRole", "Policy", "checked for form and size; permissions are not enforced"},
    {"AssumeRole", "PolicyArns", "counted for the packed size; permissions are not enforced"},
    {"AssumeRole", "ProvidedContexts", "permissions are not enforced"},
    {"AssumeRole", "SerialNumber", "no MFA devices are known"},
    {"AssumeRole", "TokenCode", "no MFA devices are known"},
    {"AssumeRoleWithWebIdentity", "Policy", "checked for form and size; permissions are not enforced"},
    {"AssumeRoleWithWebIdentity", "PolicyArns", "permissions are not enforced"},
    {"GetFederationToken", "Policy", "checked for form and size; permissions are not enforced"},
    {"GetFederationToken", "PolicyArns", "permissions are not enforced"},
    {"GetSessionToken", "SerialNumber", "no MFA devices are known"},
    {"GetSessionToken", "TokenCode", "no MFA devices are known"},
    {NULL, NULL, NULL},
};

static bool resolve_access_key(struct emulator *emulator, const char *access_key, struct arena *arena,
                               struct identity *identity) {
    struct sts_session session;
    if (strncmp(access_key, "ASIA", 4) != 0 ||
        !sts_store_find(emulator_store(emulator), access_key, arena, &session)) {
        return false;
    }
    identity->expired = session.expires_ms <= emulator_now_ms(emulator);
    snprintf(identity->account, sizeof(identity->account), "%s", session.account);
    identity->arn = session.arn;
    identity->user_id = session.user_id;
    return true;
}

const struct service sts_service = {
    .model = &sts_model,
    .operations = operations,
    .store = &sts_store_module,
    .accepted = accepted,
    .resolve_access_key = resolve_access_key,
};
