/* Callers and the sessions that are no roles. Source: sts-iam.md A2, A3; STS API reference. */
#include "emulator/base/crypto.h"
#include "emulator/core/emulator.h"
#include "services/sts/sts.h"

#include <jansson.h>

#define SESSION_TOKEN_BYTES 256
#define DEFAULT_DURATION_S 43200
/* How long a session that is over is still known, so that its calls are told so. */
#define REMEMBERED_MS (INT64_C(24) * 3600 * 1000)
#define MAXIMUM_POLICY_BYTES 2048
#define PACKED_BYTES 8192 /* of plain text: about what fits when packed */

/* InvalidParameterValue is in no model. */
static const struct error_shape invalid_parameter_value = {
    .name = "InvalidParameterValue", .code = "InvalidParameterValue", .status = 400};

struct result sts_get_caller_identity(struct call *call, struct input input) {
    (void)input;
    struct output *out = call_output(call);
    /* The order of AWS's own XML (API reference, GetCallerIdentity, sample response). */
    output_string(out, "Arn", call->identity.arn);
    output_string(out, "UserId", call->identity.user_id);
    output_string(out, "Account", call->identity.account);
    return result_output();
}

bool sts_caller_session(struct call *call, struct sts_session *session) {
    return call->identity.access_key &&
           sts_store_find(call->store, call->identity.access_key, call->arena, session);
}

void sts_open_session(struct call *call, struct sts_session *session, int64_t duration_s) {
    struct ids *ids = emulator_ids(call->emulator);
    char *access_key = arena_alloc(call->arena, ACCESS_KEY_ID_SIZE);
    char *secret_key = arena_alloc(call->arena, SECRET_ACCESS_KEY_SIZE);
    char random[SESSION_TOKEN_BYTES];
    access_key_make_id(ids, "ASIA", session->account, access_key);
    access_key_make_secret(ids, secret_key);
    ids_random_bytes(ids, random, sizeof(random));
    struct strbuf token = STRBUF_INIT;
    strbuf_append_string(&token, "IQoJb3JpZ2luX2Vj"); /* how AWS's tokens begin */
    crypto_append_base64(&token, (struct text){random, sizeof(random)});
    session->access_key = access_key;
    session->secret_key = secret_key;
    session->session_token = arena_strdup(call->arena, token.data);
    session->expires_ms = (call->now_ms / 1000 + duration_s) * 1000;
    strbuf_release(&token);
    sts_store_purge(call->store, call->now_ms - REMEMBERED_MS);
    sts_store_add(call->store, session);

    struct output *out = call_output(call);
    output_begin_structure(out, "Credentials");
    output_string(out, "AccessKeyId", session->access_key);
    output_string(out, "SecretAccessKey", session->secret_key);
    output_string(out, "SessionToken", session->session_token);
    output_timestamp(out, "Expiration", session->expires_ms);
    output_end(out);
}

/* ---- Rules that several operations share ---- */

bool sts_check_policy(struct call *call, struct input input, struct result *refusal) {
    struct text policy = input_text(input, "Policy");
    if (!policy.data) {
        return true;
    }
    if (policy.size > MAXIMUM_POLICY_BYTES) {
        *refusal =
            call_error(call, &error_validation_error,
                       "1 validation error detected: Value '%.*s' at 'policy' failed to satisfy constraint: "
                       "Member must have length less than or equal to %d",
                       TEXT_ARGUMENTS(policy), MAXIMUM_POLICY_BYTES);
        return false;
    }
    json_t *document = json_loadb(policy.data, policy.size, 0, NULL);
    bool good = json_is_object(document);
    json_decref(document);
    if (!good) {
        *refusal = call_error(call, &sts_error_MalformedPolicyDocumentException,
                              "This policy contains invalid Json");
    }
    return good;
}

static bool same_ignoring_case(struct text a, struct text b) {
    return a.size == b.size && strncasecmp(a.data, b.data, a.size) == 0;
}

static bool has_tag(struct input tags, struct text key) {
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        if (same_ignoring_case(input_text(tag, "Key"), key)) {
            return true;
        }
    }
    return false;
}

static bool check_tag(struct call *call, struct input tags, struct input tag, struct result *refusal) {
    struct text key = input_text(tag, "Key");
    for (struct input other = input_first(tags); other.value != tag.value; other = input_next(other)) {
        if (same_ignoring_case(input_text(other, "Key"), key)) {
            *refusal =
                call_error(call, &invalid_parameter_value,
                           "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
            return false;
        }
    }
    if (call->identity.access_key &&
        sts_store_has_transitive_tag(call->store, call->identity.access_key, key)) {
        *refusal =
            call_error(call, &invalid_parameter_value,
                       "One of the specified transitive tag keys can't be set because it conflicts with a "
                       "transitive tag key from the calling session.");
        return false;
    }
    return true;
}

bool sts_check_tags(struct call *call, struct input tags, struct input transitive_keys,
                    struct result *refusal) {
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        if (!check_tag(call, tags, tag, refusal)) {
            return false;
        }
    }
    for (struct input key = input_first(transitive_keys); key.value; key = input_next(key)) {
        if (!has_tag(tags, input_as_text(key))) {
            *refusal = call_error(call, &invalid_parameter_value,
                                  "The specified transitive tag key must be included in the requested tags.");
            return false;
        }
    }
    return true;
}

/* AWS packs policies and tags into a binary form and tells how full it is. Ours is the plain size in percent.
 */
void sts_write_packed_size(struct call *call, struct text policy, struct input arns, struct input tags) {
    size_t size = policy.size;
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        size += input_text(tag, "Key").size + input_text(tag, "Value").size;
    }
    for (struct input arn = input_first(arns); arn.value; arn = input_next(arn)) {
        size += input_text(arn, "arn").size;
    }
    if (size > 0) {
        int64_t percent = (int64_t)(size * 100 / PACKED_BYTES);
        output_integer(call_output(call), "PackedPolicySize", percent > 0 ? percent : 1);
    }
}

/* ---- GetSessionToken, GetFederationToken ---- */

/* Credentials of a session cannot ask for another one, except by AssumeRole. */
static bool check_lasting_credentials(struct call *call, struct result *refusal) {
    struct sts_session session;
    if (!sts_caller_session(call, &session)) {
        return true;
    }
    *refusal = call_error(call, &error_access_denied, "Cannot call %s with session credentials",
                          call->operation->name);
    return false;
}

struct result sts_get_session_token(struct call *call, struct input input) {
    struct result refusal;
    if (!check_lasting_credentials(call, &refusal)) {
        return refusal;
    }
    struct sts_session session = {
        .account = call->identity.account,
        .arn = call->identity.arn,
        .user_id = call->identity.user_id,
        .kind = STS_SESSION_OF_USER,
    };
    sts_open_session(call, &session, input_integer(input, "DurationSeconds", DEFAULT_DURATION_S));
    return result_output();
}

struct result sts_get_federation_token(struct call *call, struct input input) {
    struct result refusal;
    struct output *out = call_output(call);
    struct input tags = input_list(input, "Tags");
    if (!check_lasting_credentials(call, &refusal) || !sts_check_policy(call, input, &refusal) ||
        !sts_check_tags(call, tags, (struct input){0}, &refusal)) {
        return refusal;
    }
    const char *name = input_string(input, "Name");
    struct sts_session session = {
        .account = call->identity.account,
        .arn = arena_printf(call->arena, "arn:aws:sts::%s:federated-user/%s", call->identity.account, name),
        .user_id = arena_printf(call->arena, "%s:%s", call->identity.account, name),
        .kind = STS_SESSION_FEDERATED,
    };
    sts_open_session(call, &session, input_integer(input, "DurationSeconds", DEFAULT_DURATION_S));
    output_begin_structure(out, "FederatedUser");
    output_string(out, "FederatedUserId", session.user_id);
    output_string(out, "Arn", session.arn);
    output_end(out);
    sts_write_packed_size(call, input_text(input, "Policy"), input_list(input, "PolicyArns"), tags);
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        sts_store_add_tag(call->store, session.access_key, input_text(tag, "Key"), input_text(tag, "Value"),
                          false);
    }
    return result_output();
}

/* ---- GetAccessKeyInfo, DecodeAuthorizationMessage ---- */

struct result sts_get_access_key_info(struct call *call, struct input input) {
    char account[ACCOUNT_SIZE];
    struct text key = input_text(input, "AccessKeyId");
    if (!access_key_account(key, account)) {
        return call_error(call, &error_validation_error, "Invalid Access Key ID: %.*s", TEXT_ARGUMENTS(key));
    }
    output_string(call_output(call), "Account", account);
    return result_output();
}

/* Nothing here ever sends an encoded message, so none can be valid. */
struct result sts_decode_authorization_message(struct call *call, struct input input) {
    (void)input;
    return call_error(call, &sts_error_InvalidAuthorizationMessageException, "Message is not valid");
}
