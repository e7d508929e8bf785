/*
 * Sessions of roles. IAM is asked for the role, as a call between services: a role that exists decides about
 * the duration and the id; one that does not is accepted all the same, for permissions are not enforced.
 * Source: sts-iam.md A3; STS API reference, AssumeRole.
 */
#include "emulator/base/arn.h"
#include "emulator/base/crypto.h"
#include "emulator/base/die.h"
#include "emulator/core/emulator.h"
#include "services/sts/sts.h"

#include <jansson.h>

#define DEFAULT_DURATION_S 3600
#define CHAINED_DURATION_S 3600

/* A call that waits for IAM's answer. Lives on the heap: the answer may come after the client has gone. */
struct assumption {
    struct call *call; /* NULL: cancelled */
    struct input input;
    struct text account;               /* of the role */
    struct text role_name;             /* without its path */
    const struct token_claims *claims; /* AssumeRoleWithWebIdentity; NULL: AssumeRole */
};

/* What an identity token says. */
struct token_claims {
    const char *subject;
    const char *issuer;
    const char *audience;
    int64_t expires_s; /* 0: it does not say */
};

/* ---- The role ---- */

/* arn:aws:iam::ACCOUNT:role/PATH/NAME. False: *refusal. */
static bool read_role_arn(struct assumption *assumption, struct text text, struct result *refusal) {
    struct arn arn;
    if (!arn_parse(text, &arn) || !text_equals(arn.service, "iam") || arn.account.size != ACCOUNT_SIZE - 1 ||
        !text_starts_with(arn.resource, "role/") || text_ends_with(arn.resource, "/")) {
        *refusal =
            call_error(assumption->call, &error_validation_error, "%.*s is invalid", TEXT_ARGUMENTS(text));
        return false;
    }
    assumption->account = arn.account;
    while (arn.resource.data) {
        assumption->role_name = text_cut(&arn.resource, '/');
    }
    return true;
}

/* A role that nobody created still needs an id, the same each time. */
static const char *made_up_role_id(struct call *call, struct text role_arn) {
    unsigned char digest[DIGEST_MAXIMUM_SIZE];
    char *id = arena_alloc(call->arena, UNIQUE_ID_SIZE);
    crypto_digest(DIGEST_SHA256, role_arn, digest);
    memcpy(id, "AROA", 4);
    for (int i = 4; i < UNIQUE_ID_SIZE - 1; i++) {
        id[i] = IDS_BASE32[digest[i] % 32];
    }
    id[UNIQUE_ID_SIZE - 1] = '\0';
    return id;
}

/* ---- The session ---- */

/* True when the caller is itself a role's session: role chaining. */
static bool is_chained(struct call *call, struct sts_session *parent) {
    return sts_caller_session(call, parent) && parent->kind == STS_SESSION_OF_ROLE;
}

static bool check_duration(struct call *call, int64_t duration_s, int64_t maximum_s, struct result *refusal) {
    struct sts_session parent;
    if (duration_s > CHAINED_DURATION_S && is_chained(call, &parent)) {
        *refusal =
            call_error(call, &error_validation_error,
                       "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
                       "role chaining.");
        return false;
    }
    if (duration_s > maximum_s) {
        *refusal =
            call_error(call, &error_validation_error,
                       "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
        return false;
    }
    return true;
}

static bool is_transitive(struct input input, struct text key) {
    struct input keys = input_list(input, "TransitiveTagKeys");
    for (struct input other = input_first(keys); other.value; other = input_next(other)) {
        struct text text = input_as_text(other);
        if (text.size == key.size && strncasecmp(text.data, key.data, key.size) == 0) {
            return true;
        }
    }
    return false;
}

static void store_tags(struct call *call, struct input input, const char *access_key) {
    struct sts_session parent;
    if (is_chained(call, &parent)) {
        sts_store_copy_transitive_tags(call->store, parent.access_key, access_key);
    }
    struct input tags = input_list(input, "Tags");
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        struct text key = input_text(tag, "Key");
        sts_store_add_tag(call->store, access_key, key, input_text(tag, "Value"), is_transitive(input, key));
    }
}

static void write_claims(struct output *out, const struct token_claims *claims) {
    output_string(out, "SubjectFromWebIdentityToken", claims->subject);
    output_string(out, "Provider", claims->issuer);
    output_string(out, "Audience", claims->audience);
}

static struct result open_session(struct assumption *assumption, const char *role_id) {
    struct call *call = assumption->call;
    struct input input = assumption->input;
    struct output *out = call_output(call);
    const char *name = input_string(input, "RoleSessionName");
    char *account = arena_text_string(call->arena, assumption->account);
    struct sts_session parent;
    struct sts_session session = {
        .account = account,
        .arn = arena_printf(call->arena, "arn:aws:sts::%s:assumed-role/%.*s/%s", account,
                            TEXT_ARGUMENTS(assumption->role_name), name),
        .user_id = arena_printf(call->arena, "%s:%s", role_id, name),
        .kind = STS_SESSION_OF_ROLE,
        .source_identity = is_chained(call, &parent) ? parent.source_identity : NULL,
    };
    if (!assumption->claims && input_has(input, "SourceIdentity")) {
        session.source_identity = input_string(input, "SourceIdentity");
    }
    sts_open_session(call, &session, input_integer(input, "DurationSeconds", DEFAULT_DURATION_S));
    output_begin_structure(out, "AssumedRoleUser");
    output_string(out, "AssumedRoleId", session.user_id);
    output_string(out, "Arn", session.arn);
    output_end(out);
    struct input none = {0};
    sts_write_packed_size(call, input_text(input, "Policy"), input_list(input, "PolicyArns"),
                          assumption->claims ? none : input_list(input, "Tags"));
    output_string(out, "SourceIdentity", session.source_identity);
    if (assumption->claims) {
        write_claims(out, assumption->claims);
    } else {
        store_tags(call, input, session.access_key);
    }
    return result_output();
}

static void role_answered(void *argument, const struct call_reply *reply) {
    struct assumption *assumption = argument;
    struct call *call = assumption->call;
    if (call) {
        struct input input = assumption->input;
        const struct json_value *role = reply->error_code ? NULL : json_find(reply->value, "Role");
        const struct json_value *maximum = role ? json_find(role, "MaxSessionDuration") : NULL;
        int64_t maximum_s = INT64_MAX;
        struct result result;
        if (maximum) {
            text_to_int64(maximum->text, &maximum_s);
        }
        if (check_duration(call, input_integer(input, "DurationSeconds", DEFAULT_DURATION_S), maximum_s,
                           &result)) {
            char *role_id = arena_text_string(call->arena, role ? json_find_text(role, "RoleId") : TEXT_NONE);
            result = open_session(assumption,
                                  role_id ? role_id : made_up_role_id(call, input_text(input, "RoleArn")));
        }
        call_finish(call, result);
    }
    free(assumption);
}

static void forget(void *argument) {
    struct assumption *assumption = argument;
    assumption->call = NULL;
}

/* Asks IAM for the role; role_answered() goes on. */
static struct result ask_for_role(const struct assumption *wanted) {
    struct call *call = wanted->call;
    struct assumption *assumption = xmalloc(sizeof(*assumption));
    *assumption = *wanted;
    struct strbuf input = STRBUF_INIT;
    strbuf_append_string(&input, "{\"RoleName\":");
    json_write_string(&input, assumption->role_name);
    strbuf_append_char(&input, '}');
    struct call_request request = {
        .service = "iam",
        .operation = "GetRole",
        .input = strbuf_text(&input),
        .caller = identity_of_service(
            "sts.amazonaws.com", arena_text_string(call->arena, assumption->account), call->identity.region),
        .origin = "sts/AssumeRole",
    };
    call_on_cancel(call, forget, assumption);
    call_start(call->emulator, &request, role_answered, assumption);
    strbuf_release(&input);
    return result_pending();
}

/* ---- AssumeRole ---- */

static bool check_source_identity(struct call *call, struct input input, struct result *refusal) {
    struct sts_session parent;
    struct text wanted = input_text(input, "SourceIdentity");
    if (wanted.data && is_chained(call, &parent) && parent.source_identity &&
        !text_equals(wanted, parent.source_identity)) {
        *refusal = call_error(call, &error_access_denied,
                              "The source identity is already set for this assume role session");
        return false;
    }
    return true;
}

struct result sts_assume_role(struct call *call, struct input input) {
    struct result refusal;
    struct assumption assumption = {.call = call, .input = input};
    if (!read_role_arn(&assumption, input_text(input, "RoleArn"), &refusal) ||
        !sts_check_tags(call, input_list(input, "Tags"), input_list(input, "TransitiveTagKeys"), &refusal) ||
        !check_source_identity(call, input, &refusal) || !sts_check_policy(call, input, &refusal)) {
        return refusal;
    }
    return ask_for_role(&assumption);
}

/* ---- AssumeRoleWithWebIdentity ---- */

static char *claim_string(struct arena *arena, const json_t *claims, const char *name) {
    const json_t *claim = json_object_get(claims, name);
    const char *value = json_string_value(json_is_array(claim) ? json_array_get(claim, 0) : claim);
    return value ? arena_strdup(arena, value) : NULL;
}

/* The middle part of a JWT is base64url without padding. NULL: it is no JWT. */
static json_t *decode_claims(struct arena *arena, struct text token) {
    struct text rest = token;
    text_cut(&rest, '.');
    struct text part = rest.data ? text_cut(&rest, '.') : TEXT_NONE;
    if (!rest.data || part.size == 0) {
        return NULL;
    }
    size_t padded = (part.size + 3) / 4 * 4;
    char *base64 = arena_alloc(arena, padded);
    memset(base64, '=', padded);
    for (size_t i = 0; i < part.size; i++) {
        char byte = part.data[i];
        base64[i] = byte == '-' ? '+' : byte == '_' ? '/' : byte;
    }
    struct strbuf json = STRBUF_INIT;
    json_t *claims = crypto_append_unbase64(&json, (struct text){base64, padded})
                         ? json_loadb(json.data ? json.data : "", json.size, 0, NULL)
                         : NULL;
    strbuf_release(&json);
    return claims;
}

/* Believes what the token says: its signature would need the provider's keys. With ProviderId the token is an
 * opaque one of the old OAuth providers. False: *refusal. */
static bool read_token(struct call *call, struct input input, struct token_claims *claims,
                       struct result *refusal) {
    if (input_has(input, "ProviderId")) {
        claims->issuer = input_string(input, "ProviderId");
        claims->subject = input_string(input, "RoleSessionName");
        return true;
    }
    json_t *document = decode_claims(call->arena, input_text(input, "WebIdentityToken"));
    if (!json_is_object(document)) {
        json_decref(document);
        *refusal = call_error(
            call, &sts_error_InvalidIdentityTokenException,
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access "
            "Token)");
        return false;
    }
    claims->subject = claim_string(call->arena, document, "sub");
    claims->issuer = claim_string(call->arena, document, "iss");
    claims->audience = claim_string(call->arena, document, "aud");
    claims->expires_s = (int64_t)json_number_value(json_object_get(document, "exp"));
    json_decref(document);
    if (claims->expires_s > 0 && claims->expires_s <= call->now_ms / 1000) {
        *refusal =
            call_error(call, &sts_error_ExpiredTokenException,
                       "Token expired: current date/time %lld must be before the expiration date/time %lld",
                       (long long)(call->now_ms / 1000), (long long)claims->expires_s);
        return false;
    }
    return true;
}

struct result sts_assume_role_with_web_identity(struct call *call, struct input input) {
    struct result refusal;
    struct token_claims *claims = arena_zalloc(call->arena, sizeof(*claims));
    struct assumption assumption = {.call = call, .input = input, .claims = claims};
    if (!read_role_arn(&assumption, input_text(input, "RoleArn"), &refusal) ||
        !sts_check_policy(call, input, &refusal) || !read_token(call, input, claims, &refusal)) {
        return refusal;
    }
    return ask_for_role(&assumption);
}
